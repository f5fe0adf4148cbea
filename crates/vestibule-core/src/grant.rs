//! Customer grants: one customer lets another act for it.

use std::{collections::BTreeSet, fmt, str::FromStr};

use crate::{
    customer::{Customer, CustomerId, CustomerKind, word},
    id::AccountKey,
    refusal::Malformed,
    time::Timestamp,
};

/// Most grants on one customer, and most grants that one customer holds (`spec/egain-grants.md`, section 1).
pub const GRANTS_MAX: usize = 75;

/// A directed edge: the holder may act for the granter. Neither the other way round, nor for whoever the granter
/// may act for (`spec/egain-grants.md`, section 1; inferred there).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomerGrant {
    /// The customer that is opened up.
    pub granter: CustomerId,
    /// The customer that may act for it.
    pub holder: CustomerId,
    /// When it was given.
    pub created_at: Timestamp,
    /// Who gave it.
    pub created_by: Option<AccountKey>,
}

impl CustomerGrant {
    /// Refuses grants that these parties cannot have (`spec/egain-grants.md`, section 6, rules 11 to 13, in that order):
    /// all are individuals; nobody grants to itself; with departments on, all are in one. Which customer is at fault,
    /// the refusal says.
    pub fn check(granter: &Customer, holders: &[Customer], departmentalization: bool) -> Result<(), GrantRefusal> {
        let all = || std::iter::once(granter).chain(holders);
        if let Some(other) = all().find(|customer| customer.kind != CustomerKind::Individual) {
            return Err(GrantRefusal::NotIndividual { customer: other.id });
        }
        if holders.iter().any(|holder| holder.id == granter.id) {
            return Err(GrantRefusal::SameCustomer { customer: granter.id });
        }
        match all().find(|customer| departmentalization && !Party::from(granter).is_beside((*customer).into())) {
            Some(stranger) => Err(GrantRefusal::DepartmentMismatch { customer: stranger.id }),
            None => Ok(()),
        }
    }

    /// Refuses new grants for which there is no room (rule 14): first the granter's limit, then that of each holder.
    /// `on` are the holders of grants on the granter so far; `held` counts the grants that each new holder has by now.
    /// Whoever holds a grant on it already is not counted again. Returns the holders that are new, by id.
    pub fn check_room(
        granter: CustomerId,
        on: &BTreeSet<CustomerId>,
        holders: impl IntoIterator<Item = CustomerId>,
        held: impl Fn(CustomerId) -> usize,
    ) -> Result<BTreeSet<CustomerId>, GrantRefusal> {
        let new: BTreeSet<CustomerId> = holders.into_iter().filter(|holder| !on.contains(holder)).collect();
        let is_full = |customer, count| match count > GRANTS_MAX {
            true => Err(GrantRefusal::Full { customer, limit: GRANTS_MAX }),
            false => Ok(()),
        };
        // A realm that was over the limit before there was one keeps what it has.
        if !new.is_empty() {
            is_full(granter, on.len() + new.len())?;
        }
        new.iter().try_for_each(|holder| is_full(*holder, held(*holder) + 1))?;
        Ok(new)
    }

    /// Whether a grant between these two authorises now: both are open, and with departments on they are in one. A
    /// grant that is not in force stays, and is in force again when that changes (`spec/egain-grants.md`, section 6).
    pub fn in_force(granter: &Customer, holder: &Customer, departmentalization: bool) -> bool {
        GrantState::of(granter.into(), holder.into(), true, departmentalization).allows()
    }
}

/// A customer as far as a grant's standing depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Party<'a> {
    /// Its id.
    pub id: CustomerId,
    /// Whether it is served now: neither purged, nor suspended, closed or not open yet.
    pub is_served: bool,
    /// The department that serves it, if it is in one.
    pub department: Option<&'a str>,
}

impl<'a> From<&'a Customer> for Party<'a> {
    fn from(customer: &'a Customer) -> Self {
        Self {
            id: customer.id,
            is_served: customer.purged_at.is_none() && customer.status.is_served(),
            department: customer.department.as_deref(),
        }
    }
}

impl Party<'_> {
    /// Whether two are in one department. Two that are in none are not.
    fn is_beside(self, other: Self) -> bool {
        self.department.is_some() && self.department == other.department
    }
}

/// How one customer stands to another for whom it would act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantState {
    /// They are the same, and it is served.
    Itself,
    /// There is a grant, and it authorises.
    InForce,
    /// There is no grant.
    Absent,
    /// One of the two is not open, or gone.
    NotOpen,
    /// There is a grant, but departments keep the two apart.
    DepartmentMismatch,
}

impl GrantState {
    /// How these two stand; `is_granted`: whether there is a grant at all.
    pub fn of(granter: Party<'_>, holder: Party<'_>, is_granted: bool, departmentalization: bool) -> Self {
        let is_itself = granter.id == holder.id;
        match granter.is_served && holder.is_served {
            _ if !is_itself && !is_granted => Self::Absent,
            false => Self::NotOpen,
            true if is_itself => Self::Itself,
            true if departmentalization && !granter.is_beside(holder) => Self::DepartmentMismatch,
            true => Self::InForce,
        }
    }

    /// Whether the one may act for the other.
    pub const fn allows(self) -> bool {
        matches!(self, Self::Itself | Self::InForce)
    }

    /// The word in explained answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Itself => "itself",
            Self::InForce => "in_force",
            Self::Absent => "absent",
            Self::NotOpen => "not_open",
            Self::DepartmentMismatch => "department_mismatch",
        }
    }
}

/// What the holder of a grant may do in the granter's place (`spec/egain-grants.md`, section 1), and what any customer
/// may do for itself; nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Deed {
    /// See its activities.
    ViewActivity,
    /// See its attachments.
    ViewAttachment,
    /// See its cases.
    ViewCase,
    /// See the customer.
    ViewCustomer,
    /// Send and answer e-mails as it.
    SendEmail,
    /// Have its contacts signed in at the help desk.
    HandOff,
}

impl Deed {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 6] =
        [Self::ViewActivity, Self::ViewAttachment, Self::ViewCase, Self::ViewCustomer, Self::SendEmail, Self::HandOff];

    /// The action's name, `service:verb`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ViewActivity => "activity:view",
            Self::ViewAttachment => "attachment:view",
            Self::ViewCase => "case:view",
            Self::ViewCustomer => "customer:view",
            Self::SendEmail => "email:send",
            Self::HandOff => "helpdesk:handoff",
        }
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Deed {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        word("action", &Self::ALL, Self::as_str, raw)
    }
}

/// Why a grant cannot be given (`spec/egain-grants.md`, section 6, rules 11 to 14).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantRefusal {
    /// Only individual customers take part in grants.
    #[error("customer {customer} is not an individual")]
    NotIndividual {
        /// The customer at fault.
        customer: CustomerId,
    },
    /// A customer is granted to itself.
    #[error("customer {customer} cannot be granted to itself")]
    SameCustomer {
        /// The customer at fault.
        customer: CustomerId,
    },
    /// The customer is in no department, or not in the granter's.
    #[error("customer {customer} is in another department")]
    DepartmentMismatch {
        /// The customer at fault.
        customer: CustomerId,
    },
    /// The customer takes part in as many grants as it may on that side.
    #[error("customer {customer} would have more than {limit} grants")]
    Full {
        /// The customer whose limit it is.
        customer: CustomerId,
        /// The limit, [`GRANTS_MAX`].
        limit: usize,
    },
}

#[cfg(test)]
#[path = "grant_tests.rs"]
mod tests;
