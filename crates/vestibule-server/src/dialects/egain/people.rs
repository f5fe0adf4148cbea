//! Customers by the ids that a request gives: read, looked up, and held to the caller's departments (`spec/egain-grants.md`,
//! section 6, steps 9 and 10).

use vestibule_core::{
    customer::{Customer, CustomerId},
    id::AccountKey,
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{CustomerRight, UnitOfWork};

use super::words::{IN_PATH, PATH_ID_CHARS_MAX};

/// Where ids came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    Body,
    Path,
}

/// Ids as a request gives them, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids {
    /// Those that can be ids, in their order.
    pub known: Vec<CustomerId>,
    /// Those that cannot.
    others: Vec<String>,
    from: From,
    longest: usize,
}

impl Ids {
    /// Ids of a body.
    pub fn of_body(raw: impl IntoIterator<Item = String>) -> Self {
        Self::of(raw, From::Body)
    }

    /// Ids of a path.
    pub fn of_path(raw: impl IntoIterator<Item = String>) -> Self {
        Self::of(raw, From::Path)
    }

    fn of(raw: impl IntoIterator<Item = String>, from: From) -> Self {
        let mut ids = Self { known: Vec::new(), others: Vec::new(), from, longest: 0 };
        for raw in raw {
            ids.longest = ids.longest.max(raw.chars().count());
            match raw.parse::<CustomerId>() {
                Ok(id) if ids.known.contains(&id) => {}
                Ok(id) => ids.known.push(id),
                Err(_) if ids.others.contains(&raw) => {}
                Err(_) => ids.others.push(raw),
            }
        }
        ids
    }

    /// These and others of the same place.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        let written = |ids: &Self| ids.known.iter().map(ToString::to_string).chain(ids.others.iter().cloned()).collect::<Vec<_>>();
        let whole = Self::of([written(self), written(others)].concat(), self.from);
        Self { longest: self.longest.max(others.longest), ..whole }
    }

    /// Those of them who were looked up.
    pub fn among(&self, customers: &[Customer]) -> Vec<Customer> {
        customers.iter().filter(|customer| self.known.contains(&customer.id)).cloned().collect()
    }

    /// Step 9: the customers with these ids, in their order. Those that are unknown are refused, all of them by name; so is
    /// an id of the path that is too long.
    pub async fn served(&self, work: &mut UnitOfWork<'_>) -> Result<Vec<Customer>, Refusal> {
        if self.from == From::Path && self.longest > PATH_ID_CHARS_MAX {
            return Err(Malformed::new(IN_PATH, Fault::TooLong { limit: PATH_ID_CHARS_MAX }).into());
        }
        let unknown = match work.served_customers(&self.known).await {
            Ok(served) if self.others.is_empty() => return Ok(served),
            Ok(_) => self.others.clone(),
            Err(Refusal::UnknownIds { ids, .. }) => [ids, self.others.clone()].concat(),
            Err(refusal) => return Err(refusal),
        };
        let what = match self.from {
            From::Body => "customer",
            From::Path => IN_PATH,
        };
        Err(Refusal::UnknownIds { what, ids: unknown })
    }
}

/// Step 10: refuses a user who does not reach all of these customers.
pub async fn reach(
    work: &mut UnitOfWork<'_>,
    seated: Option<AccountKey>,
    customers: &[Customer],
    right: CustomerRight,
) -> Result<(), Refusal> {
    match seated {
        Some(account) => work.check_reach(account, customers, right.action()).await,
        None => Ok(()),
    }
}

/// The first of those who were looked up.
pub fn first(customers: Vec<Customer>) -> Result<Customer, Refusal> {
    customers.into_iter().next().ok_or(Refusal::Internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_each_once() {
        let ids = Ids::of_body(["7", "0", "8", "7", "0", "99999999999999999999"].map(str::to_owned));
        assert_eq!(ids.known.iter().map(|id| id.get()).collect::<Vec<_>>(), [7, 8]);
        assert_eq!(ids.others, ["0", "99999999999999999999"]);
        let more = ids.and(&Ids::of_body(["9", "8", "x"].map(str::to_owned)));
        assert_eq!(more.known.iter().map(|id| id.get()).collect::<Vec<_>>(), [7, 8, 9]);
        assert_eq!(more.others, ["0", "99999999999999999999", "x"]);
    }
}
