//! What the native API's requests ask for: bodies and query strings, read into core types or
//! refused with the names of their fields.

pub mod cases;
pub mod desk;
pub mod people;

use std::{fmt::Display, str::FromStr};

use axum::http::Uri;
use serde_json::Value;
use uuid::Uuid;
use vestibule_core::{
    audit::Action,
    id::{RealmId, SessionId},
    policy::Statement,
    realm::{Realm, SupportSettings},
    refusal::{Fault, Malformed, Refusal},
    support::Entry,
    time::Timestamp,
};
use vestibule_operations::{EventFilter, NewRealm, PageRequest, RealmChange, SessionFilter};

use super::fields::Fields;

/// Items of a page unless asked.
const PAGE_DEFAULT: usize = 50;
/// Most items of a page.
const PAGE_MAX: usize = 200;
/// Events of a page unless asked (`spec/audit-log.md`, section 4.1).
const EVENTS_DEFAULT: usize = 100;
/// Most events of a page.
const EVENTS_MAX: usize = 1_000;

/// Which page of a list without filters.
pub fn page(uri: &Uri) -> Result<PageRequest, Refusal> {
    let mut fields = Fields::query(uri)?;
    let page = fields.page(PAGE_DEFAULT, PAGE_MAX);
    fields.finish(Some(page))
}

/// The same of a list whose cursor is an id, in the one way in which lists are ordered by it.
pub fn page_by<I: FromStr<Err = Malformed> + Display>(uri: &Uri) -> Result<PageRequest, Refusal> {
    let mut fields = Fields::query(uri)?;
    let page = ordered_page::<I>(&mut fields);
    fields.finish(Some(page))
}

fn ordered_page<I: FromStr<Err = Malformed> + Display>(fields: &mut Fields) -> PageRequest {
    let PageRequest { after, limit } = fields.page(PAGE_DEFAULT, PAGE_MAX);
    let after = after.and_then(|after| fields.check("after", after.parse::<I>()));
    PageRequest { after: after.map(|after| after.to_string()), limit }
}

/// A cursor that is the id of the last item seen.
pub fn after_id<T: FromStr<Err = Malformed>>(after: Option<&str>) -> Result<Option<T>, Malformed> {
    after.map(str::parse).transpose().map_err(|malformed: Malformed| malformed.of("after"))
}

/// A realm to make.
pub fn new_realm(body: Value) -> Result<NewRealm, Refusal> {
    let mut fields = Fields::of(body)?;
    let id = fields.required_parsed::<RealmId>("id");
    let name = fields.required("name").and_then(|name| fields.check("name", Realm::check_name(&name)));
    let organization_id = fields.text("organization_id").and_then(|raw| fields.check("organization_id", uuid(&raw)));
    let support_enabled = fields.flag("support_enabled").unwrap_or_default();
    let staff_domain = staff_domain(&mut fields).unwrap_or_else(|| SupportSettings::STAFF_DOMAIN_DEFAULT.to_owned());
    fields.finish(id.zip(name).map(|(id, name)| NewRealm { id, name, organization_id, support_enabled, staff_domain }))
}

/// What to change of a realm: at least one member.
pub fn realm_change(body: Value) -> Result<RealmChange, Refusal> {
    if body.as_object().is_some_and(serde_json::Map::is_empty) {
        return Err(Malformed::body(Fault::Empty).into());
    }
    let mut fields = Fields::of(body)?;
    let name = fields.text("name").and_then(|name| fields.check("name", Realm::check_name(&name)));
    let support_enabled = fields.flag("support_enabled");
    let staff_domain = staff_domain(&mut fields);
    fields.finish(Some(RealmChange { name, support_enabled, staff_domain }))
}

fn staff_domain(fields: &mut Fields) -> Option<String> {
    let raw = fields.text("staff_domain")?;
    fields.check("staff_domain", SupportSettings::check_staff_domain(&raw))
}

fn uuid(raw: &str) -> Result<Uuid, Malformed> {
    Uuid::try_parse(raw).map_err(|_| Malformed::body(Fault::Format("a UUID")))
}

/// Whom to invite. Whether the address is of the realm's staff domain is seen once the realm is.
pub struct Invite {
    /// An address, or `*`.
    pub email: String,
    /// When the invitation ends, if ever.
    pub expires_at: Option<Timestamp>,
}

/// Somebody to invite.
pub fn invite(body: Value) -> Result<Invite, Refusal> {
    let mut fields = Fields::of(body)?;
    let email = fields.required("email");
    let expires_at = fields.parsed("expires_at");
    fields.finish(email.map(|email| Invite { email, expires_at }))
}

/// A window as it shall be: its end and its statements.
pub fn new_window(body: Value) -> Result<(Timestamp, Vec<Statement>), Refusal> {
    let mut fields = Fields::of(body)?;
    let ends_at = fields.required_parsed("ends_at");
    let statements = fields.statements("statements");
    fields.finish(ends_at.zip(statements))
}

/// Why an agent enters.
pub fn entry(body: Value) -> Result<Entry, Refusal> {
    let mut fields = Fields::of(body)?;
    let reason = fields.required("reason");
    let ticket = fields.text("ticket");
    let (reason, ticket) = fields.finish(reason.map(|reason| (reason, ticket)))?;
    Ok(Entry::new(&reason, ticket.as_deref())?)
}

/// Which sessions to list.
pub fn sessions(uri: &Uri) -> Result<(SessionFilter, PageRequest), Refusal> {
    let mut fields = Fields::query(uri)?;
    let live = fields.word("state", &[("live", true), ("past", false)]);
    let agent = fields.text("agent");
    let page = fields.page(PAGE_DEFAULT, PAGE_MAX);
    fields.finish(Some((SessionFilter { live, agent }, page)))
}

/// Which events to list.
pub fn events(uri: &Uri) -> Result<(EventFilter, PageRequest), Refusal> {
    let mut fields = Fields::query(uri)?;
    let outcome = fields.word("outcome", &[("success", "success"), ("denied", "denied"), ("failed", "failed")]);
    let filter = EventFilter {
        action: fields.parsed::<Action>("action").map(|action| action.as_str().to_owned()),
        outcome: outcome.map(ToOwned::to_owned),
        actor: fields.text("actor"),
        session: fields.parsed::<SessionId>("session").map(|session| session.to_string()),
        target: fields.text("target"),
        from: fields.parsed("from"),
        to: fields.parsed("to"),
    };
    let page = fields.page(EVENTS_DEFAULT, EVENTS_MAX);
    fields.finish(Some((filter, page)))
}

/// Whether an export shows sealed values: not unless asked.
pub fn export(uri: &Uri) -> Result<bool, Refusal> {
    let mut fields = Fields::query(uri)?;
    let disclosures = fields.word("disclosures", &[("true", true), ("false", false)]);
    fields.finish(Some(disclosures.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_realm_to_make_needs_an_id_and_a_name() {
        let full = json!({ "id": "acme", "name": " Acme ", "organization_id": "7d0c1a52-58f5-4a1b-9a63-0d7d3b8f0a11", "support_enabled": true, "staff_domain": "Here.COM" });
        let wish = new_realm(full).unwrap();
        assert_eq!((wish.name.as_str(), wish.staff_domain.as_str(), wish.support_enabled), ("Acme", "here.com", true));
        assert!(!new_realm(json!({ "id": "acme", "name": "Acme" })).unwrap().support_enabled);
        for body in [
            json!({ "id": "acme" }),
            json!({ "name": "Acme" }),
            json!({ "id": "Acme", "name": "Acme" }),
            json!({ "id": "acme", "name": " " }),
            json!({ "id": "acme", "name": "Acme", "organization_id": "7" }),
            json!({ "id": "acme", "name": "Acme", "staff_domain": "here" }),
        ] {
            assert!(new_realm(body.clone()).is_err(), "{body}");
        }
    }

    #[test]
    fn a_change_changes_something() {
        assert!(realm_change(json!({})).is_err());
        assert_eq!(realm_change(json!({ "support_enabled": false })).unwrap().support_enabled, Some(false));
    }

    #[test]
    fn an_entry_has_a_reason() {
        assert_eq!(entry(json!({ "reason": " why ", "ticket": "T-1" })).unwrap(), Entry::new("why", Some("T-1")).unwrap());
        for body in [json!({}), json!({ "reason": "" }), json!({ "reason": "x", "ticket": "" }), json!({ "reason": "x", "ticket": "a b" })]
        {
            assert!(entry(body.clone()).is_err(), "{body}");
        }
    }

    #[test]
    fn events_are_asked_for_by_the_thousand_at_most() {
        let read = |query: &str| events(&format!("/x?{query}").parse().unwrap()).map(|(_, page)| page.limit).ok();
        for (query, limit) in [
            ("", Some(100)),
            ("limit=1000", Some(1_000)),
            ("limit=1001", None),
            ("outcome=denied&from=2026-11-21T22:50:00Z", Some(100)),
            ("outcome=maybe", None),
            ("from=yesterday", None),
        ] {
            assert_eq!(read(query), limit, "{query}");
        }
    }
}
