//! Shapes of the native API's answers. Member names are promises (`openapi/*.json` tells of each).

pub mod cases;
pub mod desk;
pub mod people;

use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;
use vestibule_core::{
    id::{AccountKey, InvitationId, MailId, RealmId, SessionId},
    policy::Statement,
    realm::Realm,
    refusal::Refusal,
    support::{Admitter, Invitation, SupportSession, Window},
    time::Timestamp,
};
use vestibule_operations::{Event, EventPage, OutboxEntry, Page, SupportAccess};

/// One page of a list.
#[derive(Serialize)]
pub struct List<T> {
    items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Shows each item of a page.
pub fn list<'a, T, S>(page: &'a Page<T>, shown: impl Fn(&'a T) -> S) -> List<S> {
    List { items: page.items.iter().map(shown).collect(), next: page.next.clone() }
}

/// A realm.
#[derive(Serialize)]
pub struct ShownRealm<'a> {
    id: &'a RealmId,
    name: &'a str,
    organization_id: Uuid,
    support_enabled: bool,
    staff_domain: &'a str,
    version: i64,
    created_at: Timestamp,
}

/// Shows a realm.
pub fn realm(realm: &Realm) -> ShownRealm<'_> {
    ShownRealm {
        id: &realm.id,
        name: &realm.name,
        organization_id: realm.organization_id,
        support_enabled: realm.support.enabled,
        staff_domain: &realm.support.staff_domain,
        version: realm.version,
        created_at: realm.created_at,
    }
}

/// An invitation.
#[derive(Serialize)]
pub struct ShownInvitation<'a> {
    id: InvitationId,
    email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    created_at: Timestamp,
}

/// Shows an invitation.
pub fn invitation(invitation: &Invitation) -> ShownInvitation<'_> {
    ShownInvitation {
        id: invitation.id,
        email: invitation.invitee.as_str(),
        expires_at: invitation.expires_at,
        created_at: invitation.created_at,
    }
}

/// A window.
#[derive(Serialize)]
pub struct ShownWindow<'a> {
    ends_at: Timestamp,
    /// A statement writes itself as our own JSON, which is this one.
    statements: &'a [Statement],
    live: bool,
    version: i64,
}

/// Shows a window as it stands at `now`.
pub fn window(window: &Window, now: Timestamp) -> ShownWindow<'_> {
    ShownWindow { ends_at: window.ends_at, statements: &window.statements, live: window.is_live(now), version: window.version }
}

/// Whom a realm lets in.
#[derive(Serialize)]
pub struct ShownAccess<'a> {
    realm: &'a RealmId,
    enabled: bool,
    staff_domain: &'a str,
    listed: bool,
    invitations: Vec<ShownInvitation<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<ShownWindow<'a>>,
}

/// Shows the switch, the list and the window as they stand at `now`.
pub fn support_access<'a>(realm: &'a Realm, access: &'a SupportAccess, open: Option<&'a Window>, now: Timestamp) -> ShownAccess<'a> {
    ShownAccess {
        realm: &realm.id,
        enabled: realm.support.enabled,
        staff_domain: &realm.support.staff_domain,
        listed: access.listed,
        invitations: access.invitations.iter().map(invitation).collect(),
        window: open.map(|open| window(open, now)),
    }
}

/// What a session rests on.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum ShownAdmitter {
    Invitation { id: InvitationId },
    Window { version: i64 },
}

/// A session.
#[derive(Serialize)]
pub struct ShownSession<'a> {
    id: SessionId,
    realm: &'a RealmId,
    agent: &'a str,
    account: AccountKey,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<&'a str>,
    admitted_by: ShownAdmitter,
    state: &'static str,
    started_at: Timestamp,
    expires_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_by: Option<&'static str>,
}

/// Shows a session of a realm as it stands at `now`.
pub fn session<'a>(session: &'a SupportSession, realm: &'a RealmId, now: Timestamp) -> ShownSession<'a> {
    ShownSession {
        id: session.id,
        realm,
        agent: &session.agent_email,
        account: session.account,
        reason: session.entry.reason(),
        ticket: session.entry.ticket(),
        admitted_by: match session.admitted_by {
            Admitter::Invitation(id) => ShownAdmitter::Invitation { id },
            Admitter::Window { version } => ShownAdmitter::Window { version },
        },
        state: session.standing(now).as_str(),
        started_at: session.started_at,
        expires_at: session.ends_at,
        ended_at: session.ended.map(|(at, _)| at),
        ended_by: session.ended.map(|(_, why)| why.as_str()),
    }
}

/// A session that began, with its token: the only time it is shown.
#[derive(Serialize)]
pub struct Entered<'a> {
    /// The session.
    #[serde(flatten)]
    pub session: ShownSession<'a>,
    /// Its bearer token.
    pub token: &'a str,
}

/// How many sessions ended.
#[derive(Serialize)]
pub struct Ended {
    /// How many were live.
    pub ended: u64,
}

/// A sealed value of an event.
#[derive(Serialize)]
struct Disclosure<'a> {
    name: &'a str,
    d: &'a str,
}

/// An event as the log keeps it.
#[derive(Serialize)]
pub struct ShownEvent<'a> {
    index: u64,
    /// The stored bytes themselves: the leaf hash is made over them, so nothing may write them anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leaf_hash: Option<String>,
    disclosures: Vec<Disclosure<'a>>,
}

/// Shows an event.
pub fn event(stored: &Event) -> Result<ShownEvent<'_>, Refusal> {
    let event = stored.text.as_deref().map(serde_json::from_str).transpose().map_err(|error| {
        tracing::error!(event.index = stored.index, %error, "a stored event is not JSON");
        Refusal::Internal
    })?;
    let disclosures = stored.disclosures.iter().map(|sealed| Disclosure { name: &sealed.name, d: &sealed.text }).collect();
    Ok(ShownEvent { index: stored.index, event, leaf_hash: stored.leaf_hash.map(|hash| hash.to_string()), disclosures })
}

/// One page of events.
#[derive(Serialize)]
pub struct ShownEvents<'a> {
    items: Vec<ShownEvent<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'a str>,
    size: u64,
}

/// Shows a page of events.
pub fn events(page: &EventPage) -> Result<ShownEvents<'_>, Refusal> {
    let items = page.events.iter().map(event).collect::<Result<_, _>>()?;
    Ok(ShownEvents { items, next: page.next.as_deref(), size: page.size })
}

/// A mail.
#[derive(Serialize)]
pub struct ShownMail<'a> {
    id: MailId,
    to: &'a str,
    subject: &'a str,
    text: &'a str,
    html: &'a str,
    state: &'static str,
    attempts: i64,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<&'a str>,
}

/// Shows a mail.
pub fn mail(mail: &OutboxEntry) -> ShownMail<'_> {
    ShownMail {
        id: mail.id,
        to: &mail.to,
        subject: &mail.subject,
        text: &mail.text,
        html: &mail.html,
        state: mail.state.as_str(),
        attempts: mail.attempts,
        created_at: mail.created_at,
        sent_at: mail.sent_at,
        next_attempt_at: mail.next_attempt_at,
        last_error: mail.last_error.as_deref(),
    }
}

#[cfg(test)]
mod tests {
    use vestibule_core::audit::{Disclosure as Sealed, Hash};

    use super::*;

    fn stored(text: &str) -> Event {
        let disclosures = vec![Sealed { name: "reason.text".to_owned(), subject: "mia".to_owned(), text: "WyJ4Il0".to_owned() }];
        Event { index: 4, text: Some(text.to_owned()), leaf_hash: Some(Hash::from_bytes([0xab; 32])), disclosures }
    }

    #[test]
    fn an_event_goes_out_byte_for_byte() {
        let text = r#"{"action":"session.ended","n":10000000000000001,"v":1}"#;
        let page = EventPage { events: vec![stored(text)], next: None, size: 5 };
        let expected = format!(
            r#"{{"items":[{{"index":4,"event":{text},"leaf_hash":"{}","disclosures":[{{"name":"reason.text","d":"WyJ4Il0"}}]}}],"size":5}}"#,
            "ab".repeat(32)
        );
        assert_eq!(serde_json::to_string(&events(&page).unwrap()).unwrap(), expected);
    }

    #[test]
    fn a_stored_event_that_is_damaged_is_our_fault() {
        assert_eq!(event(&stored("{")).err(), Some(Refusal::Internal));
    }
}
