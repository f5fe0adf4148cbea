//! Departments, whether they keep customers and people apart, and who reaches which customers by them.

use vestibule_core::{
    account::AccountKind,
    audit::{Action, Thing},
    customer::Customer,
    department::{Department, DepartmentId, Seat},
    id::AccountKey,
    realm::Realm,
    refusal::{Fault, Malformed, Refusal},
};

use crate::{account_changes::AccountChange, policies::check_version, unit_of_work::UnitOfWork};

/// Most departments of a realm.
const DEPARTMENTS_MAX: usize = 1_000;

impl UnitOfWork<'_> {
    /// The realm's departments, by name.
    pub async fn departments(&mut self) -> Result<Vec<Department>, Refusal> {
        Ok(self.tx.list_departments().await?)
    }

    /// Makes a department. A name that is taken is refused.
    pub async fn create_department(&mut self, name: &str) -> Result<Department, Refusal> {
        let name = Department::check_name(name)?;
        let there = self.departments().await?;
        if there.iter().any(|department| department.name == name) {
            return Err(Refusal::Exists("department"));
        }
        if there.len() >= DEPARTMENTS_MAX {
            return Err(Refusal::Conflict { what: "realm", state: "has as many departments as it may" });
        }
        let id = there.iter().map(|department| department.id.next()).max().unwrap_or(DepartmentId::FIRST);
        let department = Department { id, name, created_at: self.now() };
        if !self.tx.insert_department(&department).await? {
            return Err(Refusal::Exists("department"));
        }
        let draft = self.draft(Action::DepartmentCreated, Thing::new("department", id.to_string()));
        self.tx.record(draft.with_data("name", department.name.as_str()));
        Ok(department)
    }

    /// Whether the realm keeps its customers and people apart by department.
    pub fn departmentalization(&self) -> bool {
        self.realm.departmentalization
    }

    /// Switches that. Once there are customers it takes force: grants between departments stop, and customers in no
    /// department are out of everybody's reach (`spec/egain-grants.md`, section 9; inferred there). Another version of
    /// the realm than the stored one is refused.
    pub async fn set_departmentalization(&mut self, on: bool, forced: bool, seen: Option<i64>) -> Result<Realm, Refusal> {
        check_version(seen, self.realm.version)?;
        if self.realm.departmentalization == on {
            return Ok(self.realm.clone());
        }
        if !forced && self.tx.has_customers().await? {
            return Err(Refusal::Conflict { what: "realm", state: "has customers: switching departments takes force" });
        }
        self.realm = Realm { departmentalization: on, version: self.realm.version + 1, ..self.realm.clone() };
        self.tx.save_realm(&self.realm).await?;
        let draft = self.draft(Action::RealmUpdated, Thing::new("realm", self.realm.id.to_string()));
        self.tx.record(draft.with_change(["departmentalization"]).with_data("departmentalization", on));
        Ok(self.realm.clone())
    }

    /// Where an account sits.
    pub async fn seat(&mut self, account: AccountKey) -> Result<Seat, Refusal> {
        Ok(self.own_account(account).await?.seat)
    }

    /// Seats an account elsewhere; the departments must be there.
    pub async fn set_seat(&mut self, account: AccountKey, seat: Seat) -> Result<(), Refusal> {
        let change =
            AccountChange { home_department: Some(seat.home), foreign_departments: Some(seat.foreign), ..AccountChange::default() };
        self.change_account(account, change, None).await.map(drop)
    }

    /// A seat in departments that the realm has, at most [`Seat::FOREIGN_MAX`] of them foreign.
    pub(crate) async fn checked_seat(&mut self, seat: Seat) -> Result<Seat, Refusal> {
        if seat.foreign.len() > Seat::FOREIGN_MAX {
            return Err(Malformed::new("foreign_departments", Fault::TooMany { limit: Seat::FOREIGN_MAX }).into());
        }
        if let Some(home) = &seat.home {
            self.check_departments("home_department", [home.as_str()]).await?;
        }
        self.check_departments("foreign_departments", seat.foreign.iter().map(String::as_str)).await?;
        Ok(seat)
    }

    /// Refuses names that are no department of the realm's.
    pub(crate) async fn check_departments(&mut self, field: &'static str, names: impl IntoIterator<Item = &str>) -> Result<(), Refusal> {
        let names: Vec<&str> = names.into_iter().collect();
        if names.is_empty() {
            return Ok(());
        }
        let there = self.departments().await?;
        match names.iter().all(|name| there.iter().any(|department| department.name == **name)) {
            true => Ok(()),
            false => {
                let known: Vec<_> = there.into_iter().map(|department| department.name).collect();
                Err(Malformed::new(field, Fault::UnknownValue(known.join(", "))).into())
            }
        }
    }

    /// Refuses a person from whose seat one of these customers is out of reach, while departments are kept apart
    /// (`spec/egain-grants.md`, section 6, rule 10). Robots reach all customers; whoever is no account of the realm sits
    /// nowhere in it.
    pub async fn check_reach(&mut self, account: AccountKey, customers: &[Customer], action: &str) -> Result<(), Refusal> {
        let Some(seat) = self.reach_of(account).await? else { return Ok(()) };
        match customers.iter().all(|customer| seat.reaches(customer.department.as_deref())) {
            true => Ok(()),
            false => Err(Refusal::OutsideDepartment { action: action.to_owned() }),
        }
    }

    /// The departments whose customers an account reaches; absent: all of the realm's. Robots reach all, and whoever is no
    /// account of the realm sits nowhere in it.
    pub async fn reach_of(&mut self, account: AccountKey) -> Result<Option<Seat>, Refusal> {
        if !self.departmentalization() {
            return Ok(None);
        }
        Ok(match self.tx.find_account(account).await? {
            Some(robot) if robot.kind == AccountKind::Service => None,
            Some(account) => Some(account.seat),
            None => Some(Seat::default()),
        })
    }
}
