//! What stands round every page: the way about, who is signed in, and the banner of whoever is inside somebody else's tenant.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use vestibule_core::{id::RealmId, realm::Realm, refusal::Refusal, support::SupportSession, time::Timestamp};

use super::{instants, texts::Speech, visit::Visit};
use crate::pages;

/// What a page may load and where its forms may go: here, and nowhere else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// A place that the side leads to: its path below the realm, and its name.
type Place = (&'static str, &'static str);

/// Where a tenant's people can go.
const TENANT: [Place; 7] = [
    ("", "nav-now"),
    ("/support", "nav-support"),
    ("/people", "nav-people"),
    ("/customers", "nav-customers"),
    ("/decide", "nav-decide"),
    ("/log", "nav-log"),
    ("/settings", "nav-settings"),
];
/// Where the vendor's can go while in no tenant.
const STAFF: [Place; 2] = [("", "nav-realms"), ("/realms/vendor/settings", "nav-settings")];

/// What stands round a page.
pub struct Frame {
    /// The reader's language.
    pub speech: Speech,
    /// Now.
    pub now: Timestamp,
    /// Whose console it is; absent for the vendor's people outside of any tenant.
    pub realm: Option<Realm>,
    /// Who is signed in.
    pub who: String,
    /// What forms carry.
    pub form_token: String,
    /// Where the reader is, as a place's path.
    pub here: &'static str,
    /// The visit that an agent is inside of, and where.
    pub inside: Option<(RealmId, Box<SupportSession>)>,
    /// Said once, at the top.
    pub notice: Option<String>,
    /// What was wrong with what was sent.
    pub fault: Option<String>,
}

/// A link of the side.
pub struct Link {
    /// Where it leads.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Whether the reader is there.
    pub is_here: bool,
}

impl Frame {
    /// The frame of a page of a realm.
    pub fn of(visit: &Visit, realm: Option<Realm>, here: &'static str) -> Self {
        let inside = visit.who.visitor.as_ref().and_then(|visitor| Some((visitor.realm.clone(), visitor.session.clone()?)));
        let principal = &visit.who.principal;
        let who = if principal.name.is_empty() { principal.id.to_string() } else { format!("{} ({})", principal.name, principal.id) };
        Self {
            speech: visit.speech,
            now: visit.ctx.now,
            realm,
            who,
            form_token: visit.who.form_token.clone(),
            here,
            inside,
            notice: visit.query().find("done").and_then(|done| notice(visit.speech, done)),
            fault: None,
        }
    }

    /// The same with what was wrong.
    #[must_use]
    pub fn with_fault(self, fault: Option<String>) -> Self {
        Self { fault, ..self }
    }

    /// A text.
    pub fn t(&self, id: &str) -> String {
        self.speech.say(id)
    }

    /// A text with a value in it.
    pub fn tv(&self, id: &str, name: &str, value: impl ToString) -> String {
        self.speech.with(id, name, &value.to_string())
    }

    /// A text about so many things.
    pub fn tn(&self, id: &str, count: &i64) -> String {
        self.speech.count(id, *count)
    }

    /// An instant in words, as an element: only for `|safe`.
    pub fn when(&self, at: &Timestamp) -> String {
        instants::element(self.speech, self.now, *at)
    }

    /// The address of a place of this realm.
    pub fn at(&self, place: &str) -> String {
        match &self.realm {
            Some(realm) => format!("{}/{}{place}", super::REALMS, realm.id),
            None => format!("{}{place}", super::PATH),
        }
    }

    /// Where the reader can go.
    pub fn links(&self) -> Vec<Link> {
        let places: &[Place] = if self.realm.is_some() { &TENANT } else { &STAFF };
        let link = |(path, name): &Place| Link { href: self.at(path), name: self.t(name), is_here: *path == self.here };
        places.iter().map(link).collect()
    }
}

/// What was done, by the word that the address carries; any other word says nothing.
fn notice(speech: Speech, done: &str) -> Option<String> {
    const DONE: [&str; 25] = [
        "invited",
        "amended",
        "uninvited",
        "opened",
        "extended",
        "closed",
        "ended",
        "ended-all",
        "entered",
        "left",
        "made",
        "removed",
        "asked-to-join",
        "letter-sent",
        "revoked",
        "factor-added",
        "factor-removed",
        "password-changed",
        "realm-changed",
        "support-off",
        "desk-changed",
        "secret-added",
        "secret-activated",
        "secret-removed",
        "mail-tried",
    ];
    DONE.contains(&done).then(|| speech.say(&format!("done-{done}")))
}

/// The page that says that something is not to be had.
#[derive(Template)]
#[template(path = "console/refused.html")]
struct RefusedPage {
    speech: Speech,
    title: String,
    words: String,
}

/// How the console refuses: what is absent and what is not the reader's to see look alike.
pub fn refused(speech: Speech, refusal: &Refusal) -> Response {
    let (status, name) = match refusal {
        Refusal::Forbidden { .. } | Refusal::Scoped => (StatusCode::FORBIDDEN, "forbidden"),
        Refusal::Absent(_) | Refusal::NotAdmitted | Refusal::SupportOff => (StatusCode::NOT_FOUND, "absent"),
        Refusal::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "too-many"),
        Refusal::Stale { .. } | Refusal::Conflict { .. } | Refusal::Exists(_) => (StatusCode::CONFLICT, "conflict"),
        Refusal::Unauthenticated(_) => (StatusCode::UNAUTHORIZED, "signed-out"),
        Refusal::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        Refusal::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        _ => (StatusCode::BAD_REQUEST, "malformed"),
    };
    let words = match status {
        StatusCode::BAD_REQUEST | StatusCode::CONFLICT => format!("{} ({refusal})", speech.say(&format!("refused-{name}"))),
        _ => speech.say(&format!("refused-{name}")),
    };
    page(status, &RefusedPage { speech, title: speech.say("refused-title"), words })
}

/// A page of the console.
pub fn page(status: StatusCode, template: &impl Template) -> Response {
    pages::page(status, POLICY, template)
}
