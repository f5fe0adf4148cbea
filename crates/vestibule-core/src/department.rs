//! Departments: how a realm divides its customers and its people, if it does.

use std::{fmt, str::FromStr};

use crate::{
    customer::{Customer, CustomerId},
    refusal::Malformed,
    time::Timestamp,
};

/// A division of a realm. Customers and accounts name it; it is never renamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Department {
    /// Its id; unique in its realm.
    pub id: DepartmentId,
    /// Its name; unique in its realm. See [`Department::check_name`].
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Department {
    /// Checks a name: trimmed, 1 to [`Customer::LABEL_BYTES_MAX`] bytes, no control characters.
    pub fn check_name(raw: &str) -> Result<String, Malformed> {
        Customer::check_label("name", raw)
    }
}

/// A department's id: decimal, from 1, with one spelling, like a customer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DepartmentId(CustomerId);

impl DepartmentId {
    /// The first id of a realm.
    pub const FIRST: Self = Self(CustomerId::FIRST);

    /// The id after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.next())
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.0.get()
    }
}

impl TryFrom<i64> for DepartmentId {
    type Error = Malformed;
    fn try_from(raw: i64) -> Result<Self, Malformed> {
        CustomerId::try_from(raw).map(Self)
    }
}

impl FromStr for DepartmentId {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        raw.parse().map(Self)
    }
}

impl fmt::Display for DepartmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where an account sits. One without a home reaches nothing but where it is foreign (`spec/egain-grants.md`,
/// section 2; inferred there).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seat {
    /// The department that it belongs to.
    pub home: Option<String>,
    /// Others whose customers it may touch, too; sorted, each once, see [`Seat::new`].
    pub foreign: Vec<String>,
}

impl Seat {
    /// Most foreign departments of an account.
    pub const FOREIGN_MAX: usize = 100;

    /// A seat: the foreign departments in order, each once, and none that is the home.
    pub fn new(home: Option<String>, mut foreign: Vec<String>) -> Self {
        foreign.retain(|name| home.as_ref() != Some(name));
        foreign.sort();
        foreign.dedup();
        Self { home, foreign }
    }

    /// Every department that it names.
    pub fn departments(&self) -> impl Iterator<Item = &str> {
        self.home.iter().chain(&self.foreign).map(String::as_str)
    }

    /// Whether a customer in this department, or in none, is within reach. One in none is nobody's.
    pub fn reaches(&self, department: Option<&str>) -> bool {
        department.is_some_and(|wanted| self.departments().any(|name| name == wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_reaches_its_home_and_where_it_is_foreign() {
        let seat = |home: &str, foreign: &[&str]| {
            Seat::new(Some(home.to_owned()).filter(|home| !home.is_empty()), foreign.iter().map(|name| (*name).to_owned()).collect())
        };
        for (seat, reached) in [
            (seat("Service", &[]), ["Service", "", ""]),
            (seat("Service", &["Sales"]), ["Service", "Sales", ""]),
            (seat("", &["Sales"]), ["", "Sales", ""]),
            (seat("", &[]), ["", "", ""]),
        ] {
            for (department, is_reached) in ["Service", "Sales", "sales"].into_iter().zip(reached.map(|name| !name.is_empty())) {
                assert_eq!(seat.reaches(Some(department)), is_reached, "{department} from {seat:?}");
            }
            assert!(!seat.reaches(None), "a customer in no department is nobody's: {seat:?}");
        }
    }

    #[test]
    fn a_seat_has_one_spelling() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let seat = Seat::new(Some("B".to_owned()), names(&["C", "A", "B", "C"]));
        assert_eq!(seat.foreign, names(&["A", "C"]));
        assert_eq!(seat.departments().collect::<Vec<_>>(), ["B", "A", "C"]);
        assert_eq!((DepartmentId::FIRST.to_string(), DepartmentId::FIRST.next().get()), ("1000".to_owned(), 1_001));
        assert!("01".parse::<DepartmentId>().is_err() && "1".parse::<DepartmentId>().is_ok());
    }
}
