//! What was wrong with what was sent, in the reader's language: by the names that forms give their fields, and not in the words
//! of any API.

use vestibule_core::{
    grant::GrantRefusal,
    refusal::{Fault, Malformed, Refusal},
};

use super::texts::Speech;

/// What forms call what faults name; what stands in no form has no name.
const LABELS: [(&str, &str); 51] = [
    ("act", "act"),
    ("at", "decide-at"),
    ("before", "before"),
    ("city", "field-city"),
    ("code", "own-app-code"),
    ("company", "field-company"),
    ("context.time", "decide-at"),
    ("country_code", "field-country_code"),
    ("days", "until"),
    ("delivery", "desk-delivery"),
    ("department", "department"),
    ("description", "description"),
    ("domain", "realm-domain"),
    ("email", "address"),
    ("email1", "field-email1"),
    ("email2", "field-email2"),
    ("expires_at", "until"),
    ("factors", "own-factors"),
    ("fax", "field-fax"),
    ("first_name", "field-first_name"),
    ("from", "from"),
    ("group", "group-to-add"),
    ("holder", "grant-give"),
    ("hours", "until"),
    ("inner", "group-to-add"),
    ("kind", "kind"),
    ("last_name", "field-last_name"),
    ("middle_name", "field-middle_name"),
    ("name", "name"),
    ("number", "customer-number"),
    ("passkey", "own-passkey"),
    ("password", "own-password-new"),
    ("phone1", "field-phone1"),
    ("phone2", "field-phone2"),
    ("postal_code", "field-postal_code"),
    ("proving", "kind"),
    ("reason", "reason"),
    ("role", "roles"),
    ("roles", "roles"),
    ("salutation", "field-salutation"),
    ("secret", "desk-secret-new"),
    ("secrets", "desk-secrets"),
    ("staff_domain", "realm-domain"),
    ("state_or_province", "field-state_or_province"),
    ("statements", "window-own"),
    ("status", "standing"),
    ("street1", "field-street1"),
    ("street2", "field-street2"),
    ("subdomain", "desk-subdomain"),
    ("ticket", "ticket"),
    ("to", "before"),
];
/// What a value must be, as faults put it and as a text.
const FORMS: [(&str, &str); 40] = [
    ("text without spaces", "form-no-spaces"),
    ("`sa::` and a name", "form-no-spaces"),
    ("text without control characters", "form-plain"),
    ("a domain such as `here.com`", "form-domain"),
    ("one label of a domain, such as `acme`", "form-subdomain"),
    ("32 bytes or more", "form-secret"),
    ("12 characters or more", "form-password-long"),
    ("one that is not known from leaks, where guessing begins", "form-password-unknown"),
    ("letters, digits and `._-`", "form-number"),
    ("letters, digits, white space and `-.'`", "form-name"),
    ("a country code of ISO 3166-1, such as `US`", "form-country"),
    ("an international number, such as `+13125550142`", "form-phone"),
    ("an e-mail address", "form-address"),
    ("an id that a person can have", "form-address"),
    ("printable ASCII without spaces", "form-ticket"),
    ("the code that the app shows now", "form-code"),
    ("one made here and now, by a device that knows its user", "form-passkey"),
    ("a key on P-256, of Ed25519, or of RSA with 2,048 bits", "form-passkey"),
    ("base64url", "form-passkey"),
    ("an RFC 3339 instant", "form-instant"),
    ("a day, or an instant of RFC 3339", "form-day"),
    ("the id or the number of a customer", "form-customer"),
    ("the name or the id of a group", "form-group"),
    ("the id of a role of this realm", "form-role"),
    ("one of the lengths offered", "form-offered"),
    ("one of the acts offered", "form-offered"),
    ("`service:verb`, or `all`", "form-action"),
    ("`*` or `service:…`", "form-pattern"),
    ("a pattern whose service is of `a-z`, `0-9`, `_`, `-`", "form-pattern"),
    ("`service:*` or `service:type/…`", "form-pattern"),
    ("a pattern whose type is of `a-z`, `0-9`, `_`, `-`", "form-pattern"),
    ("a pattern whose id is one segment, or `*` alone", "form-pattern"),
    ("`service:type/*`, `service:type/item/…` or `service:type/group/…`", "form-pattern"),
    ("`subject.`, `resource.`, `action.` or `context.` and a name", "form-condition"),
    ("a value or one of `eq`, `ne`, `in`, `not_in`, `exists`, `eq_attr`", "form-condition"),
    ("a value; for a missing attribute write `{\"exists\": false}`", "form-condition"),
    ("an object", "form-condition"),
    ("true or false under `exists`", "form-condition"),
    ("an attribute under `eq_attr`", "form-condition"),
    ("an array under `in` or `not_in`", "form-condition"),
];
/// How things stand in the way, as conflicts put it and as a text.
const STATES: [(&str, &str); 17] = [
    ("is managed and cannot be changed", "state-role-built-in"),
    ("is built in: only its statements change", "state-role-built-in"),
    ("is a system group: only its roles change", "state-group-kept"),
    ("is active already", "state-secret-active"),
    ("is retired", "state-secret-retired"),
    ("has lapsed", "state-visit-over"),
    ("has ended", "state-visit-over"),
    ("is a visiting agent", "state-visiting"),
    ("is a visiting agent's", "state-visiting"),
    ("is the last that may manage accounts", "state-last-manager"),
    ("is the caller's own", "state-own"),
    ("holds 20 tokens already: revoke one first", "state-tokens-full"),
    ("holds 20 access keys already: revoke one first", "state-keys-full"),
    ("has customers: switching departments takes force", "state-departments"),
    ("is verified already", "state-verified"),
    ("has chosen a password", "state-joined"),
    ("has no second factor", "state-no-factor"),
];

/// What is said on the page that was sent; absent where the reader can do nothing about it there.
pub fn said(speech: Speech, refusal: &Refusal) -> Option<String> {
    match refusal {
        Refusal::Stale { .. } => Some(speech.say("fault-stale")),
        Refusal::NoHelpDesk => Some(speech.say("fault-no-help-desk")),
        Refusal::EmailNotVerified => Some(speech.say("fault-not-verified")),
        Refusal::TooMany { retry_after_s, .. } => Some(speech.with("fault-too-many", "seconds", &retry_after_s.to_string())),
        Refusal::Malformed(malformed) => Some(of(speech, malformed)),
        refusal => why(speech, refusal).map(|what| speech.with("fault-form", "what", &what)),
    }
}

/// What is said of one thing that was sent.
pub fn of(speech: Speech, malformed: &Malformed) -> String {
    match malformed.fault {
        Fault::Cycle => speech.say("fault-circle"),
        _ => speech.with("fault-form", "what", &sentence(speech, malformed)),
    }
}

/// Why something is refused, where the reader can put it right.
pub fn why(speech: Speech, refusal: &Refusal) -> Option<String> {
    Some(match refusal {
        Refusal::Malformed(malformed) => sentence(speech, malformed),
        Refusal::ManyMalformed(many) => many.iter().map(|malformed| sentence(speech, malformed)).collect::<Vec<_>>().join(" "),
        Refusal::Exists(what) => speech.say(taken(what)),
        Refusal::Conflict { state, .. } => speech.say(text_of(&STATES, state).unwrap_or("state-other")),
        Refusal::Grant(refusal) => grant(speech, refusal),
        Refusal::UnknownIds { ids, .. } => speech.with("fault-unknown-ids", "ids", &ids.join(", ")),
        Refusal::NoneValid(_) => speech.say("fault-none-valid"),
        Refusal::InvitationsFull { cap } => speech.with("fault-invitations-full", "cap", &cap.to_string()),
        Refusal::AddressBarred => speech.say("fault-address-barred"),
        Refusal::Unauthenticated(_)
        | Refusal::Scoped
        | Refusal::Forbidden { .. }
        | Refusal::Absent(_)
        | Refusal::SupportOff
        | Refusal::NotAdmitted
        | Refusal::TooMany { .. }
        | Refusal::NonceReused
        | Refusal::Stale { .. }
        | Refusal::KeyReused
        | Refusal::EmailNotVerified
        | Refusal::NoHelpDesk
        | Refusal::OutsideDepartment { .. }
        | Refusal::ActorBarred { .. }
        | Refusal::ScopeMissing { .. }
        | Refusal::SessionsFull { .. }
        | Refusal::Unavailable
        | Refusal::Internal => return None,
    })
}

/// A fault as a sentence, by the name that the form gives what is at fault.
fn sentence(speech: Speech, Malformed { field, fault }: &Malformed) -> String {
    let Some(field) = label(speech, field) else { return speech.say("fault-unreadable") };
    let say = |id, more: &[(&str, &str)]| speech.with_all(id, &[&[("field", field.as_str())], more].concat());
    match fault {
        Fault::Missing | Fault::Empty => say("fault-missing", &[]),
        Fault::NotA(form) | Fault::Format(form) => match text_of(&FORMS, form) {
            Some(text) => say("fault-form-of", &[("form", &speech.say(text))]),
            None => say("fault-other", &[]),
        },
        Fault::TooLong { limit } => say("fault-too-long", &[("limit", &limit.to_string())]),
        Fault::TooMany { limit } => say("fault-too-many-of", &[("limit", &limit.to_string())]),
        Fault::OutOfRange { min, max } => say("fault-out-of-range", &[("min", &min.to_string()), ("max", &max.to_string())]),
        Fault::NotInFuture => say("fault-not-in-future", &[]),
        Fault::Foreign { domain } => say("fault-foreign", &[("domain", domain)]),
        Fault::UnknownValue(known) => say("fault-unknown-value", &[("known", known)]),
        Fault::UnknownMember => say("fault-unknown-member", &[]),
        Fault::Repeated => say("fault-repeated", &[]),
        Fault::NotJson(what) => say("fault-not-json", &[("at", &place(speech, what))]),
        Fault::TooDeep { limit } => say("fault-too-deep", &[("limit", &limit.to_string())]),
        Fault::NotUtf8 | Fault::NoContentType | Fault::WrongContentType(_) | Fault::Statement(_) => say("fault-other", &[]),
        Fault::Cycle => speech.say("fault-circle"),
    }
}

/// What the form calls a field; in a list that people write themselves, the entry and its member as they wrote it.
fn label(speech: Speech, field: &str) -> Option<String> {
    let (name, within) = field.split_once('[').map_or((field, None), |(name, within)| (name, Some(within)));
    let label = speech.say(text_of(&LABELS, name)?);
    let entry = within.and_then(|within| within.split_once("].")).and_then(|(at, member)| Some((at.parse::<usize>().ok()?, member)));
    Some(match entry {
        Some((at, member)) => speech.with_all("fault-entry", &[("field", &label), ("number", &(at + 1).to_string()), ("member", member)]),
        None => label,
    })
}

/// Where a text stops being JSON: its reader says it in English, and ends with `at line 1 column 2`.
fn place(speech: Speech, what: &str) -> String {
    let place = what.rsplit_once(" at line ").and_then(|(_, place)| place.split_once(" column "));
    place.map(|(line, column)| speech.with_all("fault-at", &[("line", line), ("column", column)])).unwrap_or_default()
}

/// What is there already.
fn taken(what: &str) -> &'static str {
    match what {
        "customer" => "exists-customer",
        "user" => "exists-person",
        vestibule_operations::TAKEN_ADDRESS => "exists-address",
        _ => "exists-name",
    }
}

fn grant(speech: Speech, refusal: &GrantRefusal) -> String {
    let say = |id, customer: &dyn ToString| speech.with(id, "customer", &customer.to_string());
    match refusal {
        GrantRefusal::NotIndividual { customer } => say("grant-not-individual", customer),
        GrantRefusal::SameCustomer { customer } => say("grant-same", customer),
        GrantRefusal::DepartmentMismatch { customer } => say("grant-department", customer),
        GrantRefusal::Full { customer, limit } => {
            speech.with_all("grant-full", &[("customer", &customer.to_string()), ("limit", &limit.to_string())])
        }
    }
}

fn text_of(table: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == word).map(|(_, text)| *text)
}

#[cfg(test)]
#[path = "faults_tests.rs"]
mod tests;
