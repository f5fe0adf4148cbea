//! What a refusal of the core looks like: one exhaustive table from its reasons to the catalogue (`spec/egain-grants.md`,
//! section 7). Where the same reason has two codes, by where the id came from, handlers say which.

use axum::{
    extract::{Request, State},
    response::Response,
};
use vestibule_core::{
    customer::CustomerId,
    grant::GrantRefusal,
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::Operations;

use super::{
    Surface,
    errors::{self, Failure},
    negotiate::Voice,
    texts::Text,
    words,
};

impl From<Malformed> for Failure {
    fn from(malformed: Malformed) -> Self {
        Self::from(Refusal::Malformed(malformed))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let failure = match &refusal {
            Refusal::Unauthenticated(_) | Refusal::NonceReused => Self::of(&errors::CREDENTIAL, ["Authorization"]),
            Refusal::Scoped => Self::of(&errors::ACTOR, ["A token with a project scope"]),
            Refusal::ActorBarred { actor } => Self::of(&errors::ACTOR, [actor]),
            Refusal::ScopeMissing { scopes } => Self::of(&errors::SCOPE, [scopes]),
            Refusal::Forbidden { action, .. } => Self::of(&errors::FORBIDDEN, [words::action_name(action)]),
            Refusal::OutsideDepartment { action } => outside(action),
            Refusal::EmailNotVerified | Refusal::AddressBarred => Self::of(&errors::FORBIDDEN, [refusal.to_string()]),
            Refusal::Absent("grant") => Self::of(&errors::NO_GRANT, [""; 0]),
            Refusal::Absent(what) => absent(what),
            // A stranger is told what somebody is told who asks for a realm that is not there.
            Refusal::NotAdmitted | Refusal::SupportOff => absent("realm"),
            Refusal::UnknownIds { what: words::IN_PATH, ids } => Self::of(&errors::PATH_IDS_UNKNOWN, [ids.join(", ")]),
            Refusal::UnknownIds { what: words::THING_IN_PATH, ids } => absent(&ids.join(", ")),
            Refusal::UnknownIds { what: "case" | "user", ids } => {
                Self::of(&errors::BODY_IDS_UNKNOWN, [ids.join(", ")]).saying(Text::Generic)
            }
            Refusal::UnknownIds { ids, .. } => Self::of(&errors::BODY_IDS_UNKNOWN, [ids.join(", ")]),
            Refusal::TooMany { retry_after_s, .. } => Self::of(&errors::THROTTLED, [""; 0]).later(*retry_after_s),
            Refusal::Malformed(malformed) => malformed_failure(malformed),
            Refusal::ManyMalformed(many) => many.first().map_or_else(|| bad("body"), malformed_failure),
            Refusal::Stale { .. } => Self::of(&errors::STALE, ["customer", ""]),
            Refusal::Grant(grant) => grant_failure(grant, "customer.id"),
            Refusal::SessionsFull { cap } => Self::of(&errors::LIMIT, [cap.to_string().as_str(), "sessions"]),
            Refusal::InvitationsFull { cap } => Self::of(&errors::LIMIT, [cap.to_string().as_str(), "invitations"]),
            Refusal::Exists(_) | Refusal::Conflict { .. } | Refusal::NoHelpDesk | Refusal::NoneValid(_) | Refusal::KeyReused => {
                bad("body").with("reason", refusal.to_string())
            }
            Refusal::Unavailable | Refusal::Internal => Self::of(&errors::INTERNAL, [""; 0]),
        };
        failure.because(refusal)
    }
}

fn bad(path: &str) -> Failure {
    Failure::of(&errors::BAD_VALUE, [path])
}

/// A thing of the path that is not there, or not the caller's to see.
fn absent(what: &str) -> Failure {
    Failure::of(&errors::PATH_IDS_UNKNOWN, [what]).saying(Text::Generic)
}

/// A customer outside the departments that a user reaches: told as a right that is lacking (section 6, rule 10, inferred).
fn outside(action: &str) -> Failure {
    Failure::of(&errors::FORBIDDEN, [words::action_name(action)]).with("reason", "department")
}

/// A member of a body, or the body, at fault (section 6, steps 6 and 7).
fn malformed_failure(malformed: &Malformed) -> Failure {
    let path = malformed.field.as_ref();
    match &malformed.fault {
        Fault::UnknownMember => Failure::of(&errors::UNKNOWN_MEMBER, [path]),
        // What was sent is too long to be told.
        Fault::TooLong { limit } if path == words::IN_PATH => Failure::of(&errors::PATH_ID_LONG, [format!("longer than {limit}")]),
        Fault::Missing => Failure::of(&errors::MISSING, [path]),
        Fault::Empty => Failure::of(&errors::EMPTY, [path]),
        Fault::TooMany { limit } => Failure::of(&errors::LIMIT, [limit.to_string().as_str(), path]),
        Fault::NoContentType | Fault::WrongContentType(_) => Failure::of(&errors::CONTENT_TYPE, [""]),
        fault => bad(path).with("reason", fault.to_string()),
    }
}

/// A grant that cannot be given (section 6, rules 11 to 14): `path` is where the customer at fault stands in the body.
fn grant_failure(grant: &GrantRefusal, path: &str) -> Failure {
    match grant {
        GrantRefusal::NotIndividual { customer } => reasoned(path, *customer, "not_individual").saying(Text::Type),
        GrantRefusal::SameCustomer { customer } => reasoned(path, *customer, "same_customer"),
        GrantRefusal::DepartmentMismatch { customer } => reasoned(path, *customer, "department_mismatch").saying(Text::Department),
        GrantRefusal::Full { customer, limit } => {
            let limit = limit.to_string();
            let place = path.trim_end_matches(".id");
            Failure::of(&errors::LIMIT, [limit.as_str(), place]).with("customer.id", customer.to_string()).with("limit", limit.clone())
        }
    }
}

fn reasoned(path: &str, customer: CustomerId, reason: &str) -> Failure {
    bad(path).with("customer.id", customer.to_string()).with("reason", reason)
}

/// The same where it is known who was to be opened up: the path says on which side the customer at fault stands.
pub fn of_grant(refusal: Refusal, granter: Option<CustomerId>) -> Failure {
    let Refusal::Grant(grant) = &refusal else { return refusal.into() };
    let at_fault = match grant {
        GrantRefusal::NotIndividual { customer }
        | GrantRefusal::SameCustomer { customer }
        | GrantRefusal::DepartmentMismatch { customer }
        | GrantRefusal::Full { customer, .. } => *customer,
    };
    // Whoever is granted to itself stands on both sides; the second is the one too many.
    let is_granter = Some(at_fault) == granter && !matches!(grant, GrantRefusal::SameCustomer { .. });
    let path = if is_granter { "grantsOn.customer.id" } else { "grantsTo.customer.id" };
    grant_failure(grant, path).because(refusal)
}

/// 404: nothing is served there; nobody is asked who they are (section 6, step 1).
pub async fn nothing_here(State(_): State<Operations>, request: Request) -> Response {
    let surface = Surface::of(request.uri().path());
    Failure::of(&errors::NOWHERE, [""; 0]).response(Voice::as_far_as_known(request.headers(), surface))
}

/// 405: the router adds `Allow`.
pub async fn method_not_allowed(State(_): State<Operations>, request: Request) -> Response {
    let surface = Surface::of(request.uri().path());
    Failure::of(&errors::METHOD, [""; 0]).response(Voice::as_far_as_known(request.headers(), surface))
}

#[cfg(test)]
mod tests {
    use vestibule_core::{policy::Because, refusal::Unauthenticated};

    use super::*;

    #[test]
    fn each_refusal_has_its_code() {
        let malformed = |fault| Refusal::Malformed(Malformed::new("a.b", fault));
        let id = |id: i64| CustomerId::try_from(id).unwrap();
        for (refusal, code) in [
            (Refusal::Unauthenticated(Unauthenticated::Missing), "401-101"),
            (Refusal::NonceReused, "401-101"),
            (Refusal::Scoped, "403-112"),
            (Refusal::ActorBarred { actor: "Customer" }, "403-112"),
            (Refusal::ScopeMissing { scopes: "a" }, "403-197"),
            (Refusal::Forbidden { action: "customer:edit".to_owned(), because: Because::NothingAllows }, "403-178"),
            (Refusal::OutsideDepartment { action: "customer:edit".to_owned() }, "403-178"),
            (Refusal::EmailNotVerified, "403-178"),
            (Refusal::Absent("grant"), "400-127"),
            (Refusal::Absent("realm"), "404-100"),
            (Refusal::NotAdmitted, "404-100"),
            (Refusal::UnknownIds { what: "customer", ids: vec!["1".to_owned()] }, "400-194"),
            (Refusal::UnknownIds { what: words::IN_PATH, ids: vec!["1".to_owned()] }, "404-100"),
            (Malformed::new(words::IN_PATH, Fault::TooLong { limit: 255 }).into(), "400-108"),
            (Refusal::TooMany { allowed: 1, period_s: 1, retry_after_s: 1 }, "429-001"),
            (malformed(Fault::UnknownMember), "400-147"),
            (malformed(Fault::Missing), "400-146"),
            (malformed(Fault::Empty), "400-387"),
            (malformed(Fault::TooMany { limit: 75 }), "400-10424"),
            (malformed(Fault::NotUtf8), "400-152"),
            (malformed(Fault::NoContentType), "415-100"),
            (Refusal::ManyMalformed(vec![Malformed::new("a", Fault::Empty)]), "400-387"),
            (Refusal::Stale { current: 1 }, "409-100"),
            (GrantRefusal::NotIndividual { customer: id(1) }.into(), "400-152"),
            (GrantRefusal::Full { customer: id(1), limit: 75 }.into(), "400-10424"),
            (Refusal::SessionsFull { cap: 5 }, "400-10424"),
            (Refusal::InvitationsFull { cap: 5 }, "400-10424"),
            (Refusal::Exists("customer"), "400-152"),
            (Refusal::Unavailable, "500-100"),
            (Refusal::Internal, "500-100"),
        ] {
            let failure = Failure::from(refusal.clone());
            assert_eq!((failure.code(), failure.refusal()), (code, Some(&refusal)));
        }
        for (refusal, path) in [
            (GrantRefusal::NotIndividual { customer: id(1) }, "grantsOn.customer.id"),
            (GrantRefusal::NotIndividual { customer: id(2) }, "grantsTo.customer.id"),
            (GrantRefusal::SameCustomer { customer: id(1) }, "grantsTo.customer.id"),
            (GrantRefusal::Full { customer: id(1), limit: 75 }, "grantsOn.customer"),
        ] {
            assert!(of_grant(refusal.into(), Some(id(1))).to_string().ends_with(&format!("'{path}'.")), "{path}");
        }
    }
}
