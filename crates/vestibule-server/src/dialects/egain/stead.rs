//! In whose stead a customer calls: its own, or that of a customer who let it (`spec/egain-grants.md`, section 1). A query
//! parameter names the other; without a grant in force that parameter is refused, as if its value were bad.

use vestibule_core::{customer::CustomerId, grant::Deed, refusal::Refusal};
use vestibule_operations::UnitOfWork;

use super::{
    call::Call,
    caller,
    errors::{self, Failure},
    query,
};

/// What the parameter is to users and client applications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToOthers {
    /// A filter like any other.
    Filter,
    /// Not offered.
    Nothing,
}

/// Whose things are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stead {
    param: &'static str,
    deed: Deed,
    /// The customer who calls, if one does.
    holder: Option<CustomerId>,
    /// The customer whom the parameter names.
    named: Option<CustomerId>,
}

impl Stead {
    /// Reads the parameter. What is no id names nobody.
    pub fn read(call: &Call, param: &'static str, deed: Deed, to_others: ToOthers) -> Result<Self, Failure> {
        let holder = caller::customer(&call.ctx).ok();
        let named = match call.query.find(param)? {
            None => None,
            Some(_) if holder.is_none() && to_others == ToOthers::Nothing => return Err(Failure::of(&errors::QUERY_UNKNOWN, [param])),
            Some(raw) => Some(raw.parse().map_err(|_| query::refused(param))?),
        };
        Ok(Self { param, deed, holder, named })
    }

    /// The customer whom the parameter names.
    pub const fn named(&self) -> Option<CustomerId> {
        self.named
    }

    /// The one customer whose things are asked for; absent: everybody's. Whoever may not act for another is refused, which
    /// [`Stead::refused`] makes a fault of the parameter.
    pub async fn settle(self, work: &mut UnitOfWork<'_>) -> Result<Option<CustomerId>, Refusal> {
        match (self.holder, self.named) {
            (Some(holder), Some(granter)) => Ok(Some(work.acting_for(holder, granter, self.deed).await?.id)),
            (own, named) => Ok(own.or(named)),
        }
    }

    /// What a refusal is told as.
    pub fn refused(self, refusal: Refusal) -> Failure {
        match refusal {
            Refusal::Forbidden { .. } if self.holder.is_some() => query::refused(self.param).because(refusal),
            other => other.into(),
        }
    }

    /// A link of the answer: one that is made in another's stead leads to what is read in it, by the parameter that is
    /// known there.
    pub fn linked(self, path: String, param: &str) -> String {
        match (self.holder, self.named) {
            (Some(_), Some(granter)) => {
                let joint = if path.contains('?') { '&' } else { '?' };
                format!("{path}{joint}{param}={granter}")
            }
            _ => path,
        }
    }
}
