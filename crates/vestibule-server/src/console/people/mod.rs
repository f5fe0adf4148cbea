//! People and machines: who has an account, found by name, address, role or group; and the ways to get one. One account stands
//! in `account.rs`, what is done to several at once in `change.rs`.

pub mod account;
pub mod change;
pub mod groups;
pub mod nesting;
pub mod roles;

use askama::Template;
use axum::{http::StatusCode, response::Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use vestibule_core::{
    account::{Account, AccountKind, AccountStanding, Profile},
    account_invitation::AccountInvitation,
    group::Group,
    id::{AccountId, RealmId, RoleId},
    realm::Realm,
    refusal::{Malformed, Refusal},
    role::Role,
    time::Timestamp,
};
use vestibule_operations::{
    AccountField, AccountMatch, AccountQuery, AccountView, Matching, NewAccount, Order, PageRequest, PersonWish, Right, UnitOfWork,
};

use super::{
    Named, Page, REALMS, faults,
    frame::{Frame, page},
    named,
    visit::{Form, Visit, see_other},
};
use crate::call::Answer;

/// The pages of this file.
pub const PAGES: &[Page] = &[
    Page { path: "/console/realms/{realm}/people", attempted: "accounts.list", show: Some(show), act: None },
    Page { path: "/console/realms/{realm}/people/new", attempted: "accounts.create", show: Some(ask), act: Some(make) },
    Page { path: "/console/realms/{realm}/people/new/invite", attempted: "accounts.invite", show: None, act: Some(invite) },
];

/// Where all this is, below the realm.
pub const HERE: &str = "/people";
/// Rows of a page.
pub const ROWS: usize = 50;
/// Groups and roles that a list of choices offers, the newest: each has a page of its own that offers the rest.
const CHOICES_MAX: usize = 40;
/// Invitations that are still open and shown.
const INVITATIONS_MAX: usize = 20;

/// An account as a row.
pub struct Row {
    id: String,
    href: String,
    name: String,
    kind: &'static str,
    standing: &'static str,
    roles: String,
    groups: String,
    last_used_at: Option<Timestamp>,
}

#[derive(Template)]
#[template(path = "console/people.html")]
struct PeoplePage {
    f: Frame,
    rows: Vec<Row>,
    q: String,
    kind: String,
    kinds: [AccountKind; 3],
    choices: Choices,
    next: Option<String>,
    invitations: Vec<AccountInvitation>,
}

#[derive(Template)]
#[template(path = "console/new.html")]
struct NewPage {
    f: Frame,
    roles: Vec<Role>,
    sent: Form,
}

/// What can be given to accounts or taken from them.
pub struct Choices {
    groups: Vec<Group>,
    roles: Vec<Role>,
    /// Whether the realm has more groups than are offered.
    has_more_groups: bool,
}

/// The name of a kind of account, as a text.
pub fn kind_text(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::User => "kind-user",
        AccountKind::Service => "kind-service",
        AccountKind::Support => "kind-support",
    }
}

/// How an account stands, as a text.
pub fn standing_text(account: &Account, now: Timestamp) -> &'static str {
    match account.standing(now) {
        AccountStanding::Active => "standing-active",
        AccountStanding::Disabled => "standing-disabled",
        AccountStanding::Expired => "standing-expired",
    }
}

/// A text as a segment of a path, or as a value of a query.
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Where an account has its page, below the realm.
pub fn place(id: &AccountId) -> String {
    format!("{HERE}/accounts/{}", segment(id.as_str()))
}

fn names<'a>(named: impl Iterator<Item = &'a String>) -> String {
    named.map(String::as_str).collect::<Vec<_>>().join(", ")
}

impl Row {
    /// A row for an account.
    pub fn of(view: &AccountView, f: &Frame) -> Self {
        let account = &view.account;
        Self {
            id: account.id.to_string(),
            href: f.at(&place(&account.id)),
            name: account.name.clone(),
            kind: kind_text(account.kind),
            standing: standing_text(account, f.now),
            roles: names(view.roles.iter().map(|role| &role.name)),
            groups: names(view.groups.iter().filter(|group| group.system.is_none()).map(|group| &group.name)),
            last_used_at: view.last_used_at,
        }
    }
}

impl Choices {
    /// The newest groups and roles.
    pub async fn gather(work: &mut UnitOfWork<'_>) -> Result<Self, Refusal> {
        let newest = || PageRequest { after: None, limit: CHOICES_MAX };
        let mut groups = work.groups_of_accounts(newest()).await?;
        groups.items.retain(|group| group.system.is_none());
        let has_more_groups = groups.next.is_some();
        Ok(Self { groups: groups.items, roles: work.roles(newest()).await?.items, has_more_groups })
    }
}

/// What is asked for of the accounts.
struct Asked {
    q: Option<String>,
    kinds: Vec<AccountKind>,
    after: Option<String>,
    skip: usize,
}

/// What a page of the list shows.
struct Listed {
    views: Vec<AccountView>,
    next: Option<String>,
    choices: Choices,
    invitations: Vec<AccountInvitation>,
    realm: Realm,
}

/// The unit's steps behind the list. The whole list goes by keys; what a search finds is counted off.
async fn gather(work: &mut UnitOfWork<'_>, asked: Asked) -> Result<Listed, Refusal> {
    let Asked { q, kinds, after, skip } = asked;
    let (views, next) = match q {
        None => {
            let page = work.accounts(&kinds, PageRequest { after, limit: ROWS }).await?;
            (work.account_views(page.items).await?, page.next.map(|next| format!("after={next}")))
        }
        Some(q) => {
            let wanted = AccountMatch { field: AccountField::Any, values: vec![q], how: Matching::Contains, negated: false };
            let query = AccountQuery { kinds, matches: vec![wanted], order: Order::Ascending, offset: skip, limit: ROWS };
            let found = work.search_accounts(&query).await?;
            (found.items, found.more.then(|| format!("skip={}", skip + ROWS)))
        }
    };
    let mut invitations = work.person_invitations(PageRequest { after: None, limit: INVITATIONS_MAX }).await?.items;
    invitations.retain(|invitation| invitation.accepted_at.is_none() && work.now() < invitation.expires_at);
    Ok(Listed { views, next, choices: Choices::gather(work).await?, invitations, realm: work.realm().clone() })
}

fn show(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let query = visit.query();
        let (q, kind) = (query.find("q").map(str::to_owned), query.find("kind").unwrap_or_default().to_owned());
        let asked = Asked {
            q: q.clone(),
            kinds: kind.parse().map_or(vec![AccountKind::User, AccountKind::Service], |kind| vec![kind]),
            after: query.find("after").map(str::to_owned),
            skip: query.find("skip").and_then(|skip| skip.parse().ok()).unwrap_or_default(),
        };
        let found = visit.operations.read(&visit.ctx, &realm, move |mut work| Box::pin(async move { gather(&mut work, asked).await }));
        let Listed { views, next, choices, invitations, realm } = found.await?;
        let f = Frame::of(&visit, Some(realm), HERE);
        let rows = views.iter().map(|view| Row::of(view, &f)).collect();
        let q = q.unwrap_or_default();
        let next = next.map(|next| format!("q={}&kind={kind}&{next}", segment(&q)));
        let kinds = [AccountKind::User, AccountKind::Service, AccountKind::Support];
        Ok(page(StatusCode::OK, &PeoplePage { f, rows, q, kind, kinds, choices, next, invitations }))
    })
}

fn ask(visit: Visit, params: Named) -> Answer {
    Box::pin(async move { asked(&visit, &named(&params, 0)?, None).await })
}

/// The two ways to get somebody in, with what was sent where it must be put right.
async fn asked(visit: &Visit, realm: &RealmId, fault: Option<String>) -> Result<Response, Refusal> {
    visit.ctx.allow(Right::AdministerRealm, realm)?;
    let (choices, home) = visit
        .operations
        .read(&visit.ctx, realm, |mut work| Box::pin(async move { Ok((Choices::gather(&mut work).await?, work.realm().clone())) }))
        .await?;
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let f = Frame::of(visit, Some(home), HERE).with_fault(fault);
    Ok(page(status, &NewPage { f, roles: choices.roles, sent: visit.form.clone() }))
}

/// What can be put right is said on the page; the rest is refused.
async fn or_said(visit: &Visit, realm: &RealmId, refusal: Refusal) -> Result<Response, Refusal> {
    match faults::said(visit.speech, &refusal) {
        Some(fault) => asked(visit, realm, Some(fault)).await,
        None => Err(refusal),
    }
}

/// The roles that a form ticks.
fn ticked_roles(form: &Form) -> Result<Vec<RoleId>, Malformed> {
    form.all("role").iter().map(|id| id.parse::<RoleId>().map_err(|malformed| malformed.of("role"))).collect()
}

/// Makes a machine's account.
fn make(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let made = async {
            let name = visit.form.require("name")?.to_owned();
            let id = AccountId::service(&format!("{}{name}", AccountId::SERVICE_PREFIX)).map_err(|malformed| malformed.of("name"))?;
            let roles = ticked_roles(&visit.form)?;
            let description = visit.form.find("description").unwrap_or_default().to_owned();
            let new = NewAccount { name, description, roles, ..NewAccount::bare(id, AccountKind::Service) };
            visit
                .operations
                .write(&visit.ctx, &realm, move |mut work| {
                    Box::pin(async move {
                        work.check_roles(&new.roles).await?;
                        Ok(work.new_account(new).await?.account.id)
                    })
                })
                .await
        };
        match made.await {
            Ok(id) => Ok(see_other(&format!("{REALMS}/{realm}{}?done=made", place(&id)))),
            Err(refusal) => or_said(&visit, &realm, refusal).await,
        }
    })
}

/// Sends a person a letter with a link to join by.
fn invite(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let invited = async {
            let form = &visit.form;
            let email = AccountInvitation::check_email(form.require("email")?)?;
            let profile = Profile::new(form.require("first_name")?, form.require("last_name")?, "")?;
            let wish = PersonWish { email, profile, roles: ticked_roles(form)?, ends_at: None, expires_at: None };
            visit.operations.write(&visit.ctx, &realm, move |mut work| Box::pin(async move { work.invite_person(wish).await })).await
        };
        match invited.await {
            Ok(_) => Ok(see_other(&format!("{REALMS}/{realm}{HERE}?done=asked-to-join"))),
            Err(refusal) => or_said(&visit, &realm, refusal).await,
        }
    })
}

impl PeoplePage {
    fn kind_name(&self, kind: &AccountKind) -> String {
        self.f.t(kind_text(*kind))
    }
}

impl NewPage {
    /// What was sent of a field.
    fn said(&self, field: &str) -> String {
        self.sent.find(field).unwrap_or_default().to_owned()
    }

    /// Whether a role was ticked.
    fn is_ticked(&self, role: &Role) -> bool {
        self.sent.all("role").contains(&role.id.to_string())
    }
}
