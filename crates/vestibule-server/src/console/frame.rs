//! What stands round every page: the way about, who is signed in, and the banner of whoever is inside somebody else's tenant.

use askama::Template;
use axum::{
    http::{Method, StatusCode},
    response::Response,
};
use vestibule_core::{id::RealmId, realm::Realm, refusal::Refusal, support::SupportSession, time::Timestamp};
use vestibule_operations::Right;

use super::{
    faults, instants, landing,
    texts::Speech,
    visit::{Form, Visit},
};
use crate::pages;

/// What a page may load and where its forms may go: here, and nowhere else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// A place that the side leads to: its path below the realm, and its name.
pub type Place = (&'static str, &'static str);

/// Where a tenant's people can go, and by which right; everybody has settings.
const TENANT: [(Place, Option<Right>); 7] = [
    (("", "nav-now"), Some(Right::AdministerRealm)),
    (("/support", "nav-support"), Some(Right::AdministerRealm)),
    (("/people", "nav-people"), Some(Right::AdministerRealm)),
    (("/customers", "nav-customers"), Some(Right::AdministerRealm)),
    (("/decide", "nav-decide"), Some(Right::AdministerRealm)),
    (("/log", "nav-log"), Some(Right::RetrieveAudit)),
    (("/settings", "nav-settings"), None),
];
/// Where the vendor's can go while in no tenant.
const STAFF: [Place; 2] = [("", "nav-realms"), ("/realms/vendor/settings", "nav-settings")];

/// Where no place of the side is.
const NOWHERE: &str = "/nowhere";

/// Where this reader can go in a realm.
fn places(visit: &Visit, realm: &RealmId) -> Vec<Place> {
    let is_open = |right: &Option<Right>| right.is_none_or(|right| visit.ctx.allow(right, realm).is_ok());
    TENANT.iter().filter(|(_, right)| is_open(right)).map(|(place, _)| *place).collect()
}

/// The first place of their own realm that a tenant's person can go to.
pub fn start(visit: &Visit) -> String {
    let home = &visit.who.home;
    let first = places(visit, home).first().map_or("", |(path, _)| *path);
    format!("{}/{home}{first}", super::REALMS)
}

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
    /// Where the reader can go.
    pub places: Vec<Place>,
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
        // What an address tells is about what was sent before, and not about what is sent to it.
        let told = if visit.method == Method::POST { Form::default() } else { visit.query() };
        Self {
            speech: visit.speech,
            now: visit.ctx.now,
            who,
            form_token: visit.who.form_token.clone(),
            here,
            places: realm.as_ref().map_or_else(|| STAFF.to_vec(), |realm| places(visit, &realm.id)),
            realm,
            inside,
            notice: told.find(landing::DONE).and_then(|done| notice(visit.speech, done)),
            fault: told.find(landing::UNDONE).map(|_| visit.speech.say("fault-undone")),
        }
    }

    /// The same with what was wrong, if anything was.
    #[must_use]
    pub fn with_fault(self, fault: Option<String>) -> Self {
        Self { fault: fault.or(self.fault), ..self }
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
        let link = |(path, name): &Place| Link { href: self.at(path), name: self.t(name), is_here: *path == self.here };
        self.places.iter().map(link).collect()
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

/// The page that says that something is not to be had, for whoever is not known.
#[derive(Template)]
#[template(path = "console/refused.html")]
struct RefusedPage {
    speech: Speech,
    title: String,
    words: String,
}

/// The same for whoever is signed in: with the way about, and out.
#[derive(Template)]
#[template(path = "console/refused_inside.html")]
struct RefusedInsidePage {
    f: Frame,
    title: String,
    words: String,
}

/// How the console refuses whoever is not known, or cannot be told more.
pub fn refused(speech: Speech, refusal: &Refusal) -> Response {
    let (status, words) = told(speech, refusal);
    page(status, &RefusedPage { speech, title: speech.say("refused-title"), words })
}

/// How the console refuses whoever is signed in. Where even their own realm cannot be read, nothing stands round the page.
pub async fn refused_inside(visit: &Visit, refusal: &Refusal) -> Response {
    let home = match refusal {
        Refusal::Unauthenticated(_) | Refusal::Unavailable => return refused(visit.speech, refusal),
        _ if visit.who.home.is_vendor() => None,
        _ => {
            let read = visit.operations.read(&visit.ctx, &visit.who.home, |work| Box::pin(async move { Ok(work.realm().clone()) }));
            match read.await {
                Ok(home) => Some(home),
                Err(_) => return refused(visit.speech, refusal),
            }
        }
    };
    let (status, words) = told(visit.speech, refusal);
    page(status, &RefusedInsidePage { f: Frame::of(visit, home, NOWHERE), title: visit.speech.say("refused-title"), words })
}

/// What is said of a refusal: what is absent and what is not the reader's to see look alike.
fn told(speech: Speech, refusal: &Refusal) -> (StatusCode, String) {
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
    let words = [Some(speech.say(&format!("refused-{name}"))), faults::why(speech, refusal)];
    (status, words.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

/// A page of the console.
pub fn page(status: StatusCode, template: &impl Template) -> Response {
    pages::page(status, POLICY, template)
}
