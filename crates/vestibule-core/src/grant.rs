//! Customer grants: one customer lets another act for it.

use crate::{customer::CustomerId, id::AccountKey, policy::Because, refusal::Refusal, time::Timestamp};

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
    /// Refuses a grant that would say nothing: to oneself.
    pub fn check(granter: CustomerId, holder: CustomerId) -> Result<(), Refusal> {
        match granter == holder {
            true => Err(Refusal::Conflict { what: "customer", state: "cannot be granted to itself" }),
            false => Ok(()),
        }
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
    /// The holder is not in the granter's department.
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

/// May `holder` act for `granter`, by these grants? Everybody acts for themselves.
pub fn acts_for(holder: CustomerId, granter: CustomerId, grants: &[CustomerGrant], action: &str) -> Result<(), Refusal> {
    let is_given = || grants.iter().any(|grant| grant.holder == holder && grant.granter == granter);
    match holder == granter || is_given() {
        true => Ok(()),
        false => Err(Refusal::Forbidden { action: action.to_owned(), because: Because::NothingAllows }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_goes_one_way_and_no_further() {
        let id = |id: i64| CustomerId::try_from(id).unwrap();
        let grant =
            |granter, holder| CustomerGrant { granter: id(granter), holder: id(holder), created_at: Timestamp::EPOCH, created_by: None };
        let grants = [grant(1, 2), grant(2, 3)];
        for (holder, granter, may) in [(2, 1, true), (1, 2, false), (3, 2, true), (3, 1, false), (1, 1, true), (4, 4, true), (4, 1, false)]
        {
            assert_eq!(acts_for(id(holder), id(granter), &grants, "helpdesk:handoff").is_ok(), may, "{holder} for {granter}");
        }
        assert!(CustomerGrant::check(id(1), id(1)).is_err() && CustomerGrant::check(id(1), id(2)).is_ok());
    }
}
