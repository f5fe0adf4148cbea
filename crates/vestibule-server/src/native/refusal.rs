//! The one table from refusals to problems, for the native API. It has no `_` arm: a new refusal
//! must be given its place here before anything compiles.

use vestibule_core::refusal::{Fault, Malformed, Refusal, Unauthenticated};

use crate::problem::{Kind, Problem};

/// How a refusal looks.
pub fn problem(refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::Unauthenticated(why) => {
            Problem::new(Kind::Unauthenticated, why).challenge(!matches!(why, Unauthenticated::Missing | Unauthenticated::NotBearer))
        }
        Refusal::NonceReused => Problem::new(Kind::Unauthenticated, refusal).challenge(true),
        Refusal::Scoped => Problem::new(Kind::ScopedToken, refusal),
        // Which statement denied is the realm's business, not the caller's.
        Refusal::Forbidden { action, .. } => Problem::new(Kind::Forbidden, format_args!("`{action}` is not allowed")),
        Refusal::OutsideDepartment { .. } | Refusal::ActorBarred { .. } | Refusal::ScopeMissing { .. } => {
            Problem::new(Kind::Forbidden, refusal)
        }
        Refusal::Absent(_) | Refusal::UnknownIds { .. } => Problem::new(Kind::NotFound, refusal),
        // An agent who is not admitted must not learn that the realm exists.
        Refusal::NotAdmitted => Problem::new(Kind::NotFound, Refusal::Absent("realm")),
        Refusal::SupportOff => Problem::new(Kind::SupportDisabled, refusal),
        Refusal::TooMany { retry_after_s, .. } => Problem::new(Kind::TooManyRequests, refusal).retry_after(*retry_after_s),
        Refusal::Malformed(malformed) => Problem::new(kind_of(malformed), refusal).naming([malformed]),
        Refusal::ManyMalformed(malformed) => Problem::new(Kind::Malformed, refusal).naming(malformed),
        Refusal::NoneValid(_) => Problem::new(Kind::Malformed, refusal),
        Refusal::EmailNotVerified => Problem::new(Kind::EmailNotVerified, refusal),
        Refusal::AddressBarred => Problem::new(Kind::AddressBarred, refusal),
        Refusal::NoHelpDesk => Problem::new(Kind::NoHelpDesk, refusal),
        Refusal::InvitationsFull { .. } => Problem::new(Kind::InvitationsFull, refusal),
        Refusal::Stale { .. } => Problem::new(Kind::StaleVersion, refusal),
        Refusal::KeyReused => Problem::new(Kind::IdempotencyKeyReused, refusal),
        Refusal::Exists(_) => Problem::new(Kind::Exists, refusal),
        Refusal::Conflict { .. } | Refusal::Grant(_) | Refusal::SessionsFull { .. } => Problem::new(Kind::Conflict, refusal),
        Refusal::Unavailable => Problem::new(Kind::Unavailable, refusal).retry_after(UNAVAILABLE_RETRY_S),
        Refusal::Internal => Problem::new(Kind::Internal, refusal),
    }
}

/// Seconds after which a client may try again when the database did not answer.
const UNAVAILABLE_RETRY_S: u32 = 1;

/// Two faults of the body have statuses of their own (RFC 9110, sections 15.5.14 and 15.5.16).
fn kind_of(malformed: &Malformed) -> Kind {
    match &malformed.fault {
        Fault::TooLong { .. } if malformed.field == "body" => Kind::BodyTooLarge,
        Fault::NoContentType | Fault::WrongContentType(_) => Kind::UnsupportedMediaType,
        _ => Kind::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_its_status() {
        let malformed = |fault| Refusal::Malformed(Malformed::body(fault));
        for (refusal, status) in [
            (Refusal::Unauthenticated(Unauthenticated::Revoked), 401),
            (Refusal::NonceReused, 401),
            (Refusal::Scoped, 403),
            (Refusal::Absent("invitation"), 404),
            (Refusal::SupportOff, 409),
            (Refusal::TooMany { allowed: 6, period_s: 60, retry_after_s: 12 }, 429),
            (malformed(Fault::Empty), 400),
            (malformed(Fault::TooLong { limit: 65_536 }), 413),
            (Malformed::new("reason", Fault::TooLong { limit: 1_000 }).into(), 400),
            (malformed(Fault::NoContentType), 415),
            (malformed(Fault::WrongContentType("application/json")), 415),
            (Refusal::ManyMalformed(vec![]), 400),
            (Refusal::NoneValid("role"), 400),
            (Refusal::EmailNotVerified, 403),
            (Refusal::AddressBarred, 403),
            (Refusal::NoHelpDesk, 409),
            (Refusal::SessionsFull { cap: 5 }, 409),
            (Refusal::OutsideDepartment { action: "customer:edit".to_owned() }, 403),
            (Refusal::ScopeMissing { scopes: "a b" }, 403),
            (Refusal::UnknownIds { what: "customer", ids: vec!["9".to_owned()] }, 404),
            (Refusal::InvitationsFull { cap: 5 }, 409),
            (Refusal::Stale { current: 4 }, 412),
            (Refusal::KeyReused, 422),
            (Refusal::Exists("realm"), 409),
            (Refusal::Conflict { what: "session", state: "has ended" }, 409),
            (Refusal::Unavailable, 503),
            (Refusal::Internal, 500),
        ] {
            assert_eq!(problem(&refusal).status(), status, "{refusal:?}");
        }
    }

    #[test]
    fn not_admitted_looks_like_no_such_realm() {
        assert_eq!(problem(&Refusal::NotAdmitted), problem(&Refusal::Absent("realm")));
    }
}
