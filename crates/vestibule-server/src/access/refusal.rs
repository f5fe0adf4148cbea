//! The table from refusals to problems, for decisions (`spec/authzen-decisions.md`, section A5).
//! It has no `_` arm.

use vestibule_core::refusal::{Fault, Malformed, Refusal, Unauthenticated};

use crate::problem::{Kind, Problem};

/// How a refusal looks. Another content type is 400 here, as the certification scenario wants it
/// (section A7, case 2.4.3); a caller who may not ask this decision point gets 403, never 404.
pub fn problem(refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::Unauthenticated(why) => {
            Problem::new(Kind::Unauthenticated, why).challenge(!matches!(why, Unauthenticated::Missing | Unauthenticated::NotBearer))
        }
        Refusal::NonceReused => Problem::new(Kind::Unauthenticated, refusal).challenge(true),
        Refusal::Scoped => Problem::new(Kind::ScopedToken, refusal),
        Refusal::Forbidden { action, .. } => Problem::new(Kind::Forbidden, format_args!("`{action}` is not allowed")),
        Refusal::OutsideDepartment { .. } | Refusal::ActorBarred { .. } | Refusal::ScopeMissing { .. } => {
            Problem::new(Kind::Forbidden, refusal)
        }
        // Whether another realm exists is not said: its path answers 403 either way.
        Refusal::Absent(_) | Refusal::NotAdmitted | Refusal::SupportOff => Problem::new(Kind::Forbidden, OTHER_REALM),
        Refusal::TooMany { retry_after_s, .. } => Problem::new(Kind::TooManyRequests, refusal).retry_after(*retry_after_s),
        Refusal::Malformed(malformed) => Problem::new(kind_of(malformed), refusal).naming([malformed]),
        Refusal::ManyMalformed(malformed) => Problem::new(Kind::Malformed, refusal).naming(malformed),
        Refusal::Unavailable => Problem::new(Kind::Unavailable, refusal).retry_after(1),
        // A question changes nothing, so these cannot come of one.
        Refusal::InvitationsFull { .. }
        | Refusal::Stale { .. }
        | Refusal::KeyReused
        | Refusal::Exists(_)
        | Refusal::NoneValid(_)
        | Refusal::EmailNotVerified
        | Refusal::AddressBarred
        | Refusal::NoHelpDesk
        | Refusal::Grant(_)
        | Refusal::UnknownIds { .. }
        | Refusal::SessionsFull { .. }
        | Refusal::Conflict { .. }
        | Refusal::Internal => Problem::new(Kind::Internal, Refusal::Internal),
    }
}

const OTHER_REALM: &str = "the token is not of this realm";

fn kind_of(malformed: &Malformed) -> Kind {
    match malformed.fault {
        Fault::TooLong { .. } if malformed.field == "body" => Kind::BodyTooLarge,
        _ => Kind::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_its_status() {
        let body = |fault| Refusal::Malformed(Malformed::body(fault));
        for (refusal, status) in [
            (Refusal::Unauthenticated(Unauthenticated::Missing), 401),
            (Refusal::Absent("realm"), 403),
            (Refusal::ActorBarred { actor: "a customer" }, 403),
            (Refusal::UnknownIds { what: "customer", ids: vec![] }, 500),
            (body(Fault::NoContentType), 400),
            (body(Fault::WrongContentType("application/json")), 400),
            (body(Fault::Empty), 400),
            (body(Fault::TooDeep { limit: 32 }), 400),
            (body(Fault::TooLong { limit: 1 << 20 }), 413),
            (Malformed::new("subject", Fault::Missing).into(), 400),
            (Refusal::Unavailable, 503),
            (Refusal::Internal, 500),
        ] {
            assert_eq!(problem(&refusal).status(), status, "{refusal:?}");
        }
    }
}
