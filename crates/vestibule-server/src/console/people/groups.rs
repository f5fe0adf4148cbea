//! Groups of accounts: who is in them, which roles they give, and in which others they are. How one comes into another stands
//! in `nesting.rs`.

use std::str::FromStr;

use askama::Template;
use axum::{http::StatusCode, response::Response};
use vestibule_core::{
    group::Group,
    id::{GroupId, RealmId, RoleId},
    realm::Realm,
    refusal::{Fault, Malformed, Refusal},
    role::{Holder, Role},
};
use vestibule_operations::{GroupView, Insider, PageRequest, Right, UnitOfWork};

use super::{Choices, HERE, ROWS, nesting, place};
use crate::{
    call::Answer,
    console::{
        Named, Page, REALMS,
        confirm::ConfirmPage,
        faults,
        frame::{Frame, page},
        named,
        preview::{Line, lines},
        visit::{Form, Visit, see_other},
    },
};

/// The pages of this file.
pub const PAGES: &[Page] = &[
    Page { path: "/console/realms/{realm}/people/groups", attempted: "groups.list", show: Some(list), act: Some(make) },
    Page { path: "/console/realms/{realm}/people/groups/{id}", attempted: "groups.read", show: Some(show), act: None },
    Page { path: "/console/realms/{realm}/people/groups/{id}/role", attempted: "groups.roles", show: Some(ask_role), act: Some(set_role) },
    Page { path: "/console/realms/{realm}/people/groups/{id}/delete", attempted: "groups.delete", show: Some(ask), act: Some(delete) },
];

#[derive(Template)]
#[template(path = "console/groups.html")]
struct GroupsPage {
    f: Frame,
    groups: Vec<GroupView>,
    next: Option<String>,
    sent: Form,
}

#[derive(Template)]
#[template(path = "console/group.html")]
struct GroupPage {
    f: Frame,
    view: GroupView,
    insiders: Vec<Insider>,
    next: Option<String>,
    /// The groups that it is in directly.
    around: Vec<Group>,
    choices: Choices,
    /// What was sent as the group to put into it.
    inner: String,
}

#[derive(Template)]
#[template(path = "console/group_role.html")]
struct RolePage {
    f: Frame,
    title: String,
    words: String,
    deed: String,
    role: Role,
    lines: Vec<Line>,
    is_taking: bool,
    back: String,
}

/// Where a group has its page, below the realm.
pub fn place_of(id: GroupId) -> String {
    format!("{HERE}/groups/{id}")
}

fn list(visit: Visit, params: Named) -> Answer {
    Box::pin(async move { listed(&visit, &named(&params, 0)?, None).await })
}

async fn listed(visit: &Visit, realm: &RealmId, fault: Option<String>) -> Result<Response, Refusal> {
    visit.ctx.allow(Right::AdministerRealm, realm)?;
    let wanted = PageRequest { after: visit.query().find("after").map(str::to_owned), limit: ROWS };
    let found = visit.operations.read(&visit.ctx, realm, move |mut work| {
        Box::pin(async move {
            let page = work.groups_of_accounts(wanted).await?;
            Ok((work.group_views(page.items).await?, page.next, work.realm().clone()))
        })
    });
    let (groups, next, home) = found.await?;
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let f = Frame::of(visit, Some(home), HERE).with_fault(fault);
    Ok(page(status, &GroupsPage { f, groups, next, sent: visit.form.clone() }))
}

fn make(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let made = async {
            let name = visit.form.require("name")?.to_owned();
            let description = visit.form.find("description").unwrap_or_default().to_owned();
            visit
                .operations
                .write(&visit.ctx, &realm, move |mut work| Box::pin(async move { work.new_group(&name, &description, &[]).await }))
                .await
        };
        match made.await {
            Ok((group, _)) => Ok(see_other(&format!("{REALMS}/{realm}{}?done=made", place_of(group.id)))),
            Err(refusal) => match faults::said(visit.speech, &refusal) {
                Some(fault) => listed(&visit, &realm, Some(fault)).await,
                None => Err(refusal),
            },
        }
    })
}

struct Gathered {
    view: GroupView,
    insiders: Vec<Insider>,
    next: Option<String>,
    around: Vec<Group>,
    choices: Choices,
    realm: Realm,
}

async fn view(work: &mut UnitOfWork<'_>, id: GroupId) -> Result<GroupView, Refusal> {
    let group = work.group_of_accounts(id).await?;
    work.group_views(vec![group]).await?.pop().ok_or(Refusal::Internal)
}

async fn gather(work: &mut UnitOfWork<'_>, id: GroupId, wanted: PageRequest) -> Result<Gathered, Refusal> {
    let view = view(work, id).await?;
    let page = work.insiders(id, wanted).await?;
    let (around, mut choices) = (work.groups_around(id).await?, Choices::gather(work).await?);
    choices.roles.retain(|role| view.roles.iter().all(|held| held.id != role.id));
    let is_inside = |other: GroupId| page.items.iter().any(|insider| matches!(insider, Insider::Group(group) if group.id == other));
    let is_around = |other: GroupId| around.iter().any(|group| group.id == other);
    choices.groups.retain(|other| other.id != id && !is_inside(other.id) && !is_around(other.id));
    Ok(Gathered { view, insiders: page.items, next: page.next, around, choices, realm: work.realm().clone() })
}

fn show(visit: Visit, params: Named) -> Answer {
    Box::pin(async move { shown(&visit, &named(&params, 0)?, named(&params, 1)?, None).await })
}

/// The page of a group, with what was wrong with what was sent to it.
pub async fn shown(visit: &Visit, realm: &RealmId, id: GroupId, fault: Option<String>) -> Result<Response, Refusal> {
    visit.ctx.allow(Right::AdministerRealm, realm)?;
    let wanted = PageRequest { after: visit.query().find("after").map(str::to_owned), limit: ROWS };
    let found = visit.operations.read(&visit.ctx, realm, move |mut work| Box::pin(async move { gather(&mut work, id, wanted).await }));
    let Gathered { view, insiders, next, around, choices, realm } = found.await?;
    let query = visit.query();
    let inner = query.find("inner").or_else(|| visit.form.find("inner")).unwrap_or_default().to_owned();
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let f = Frame::of(visit, Some(realm), HERE).with_fault(fault);
    Ok(page(status, &GroupPage { f, view, insiders, next, around, choices, inner }))
}

/// What is to be done with a role of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Give,
    Take,
}

impl FromStr for Deed {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        match raw {
            "give" => Ok(Self::Give),
            "take" => Ok(Self::Take),
            _ => Err(Malformed::new("act", Fault::UnknownValue("give, take".to_owned()))),
        }
    }
}

fn wish(form: &Form) -> Result<(Deed, RoleId), Malformed> {
    Ok((form.require("act")?.parse()?, form.require("role")?.parse().map_err(|malformed: Malformed| malformed.of("role"))?))
}

/// What everybody in the group would gain or lose.
fn ask_role(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, GroupId) = (named(&params, 0)?, named(&params, 1)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let query = visit.query();
        let (deed, role) = wish(&query)?;
        let found = visit.operations.read(&visit.ctx, &realm, move |mut work| {
            Box::pin(async move { Ok((view(&mut work, id).await?, work.role(role).await?, work.realm().clone())) })
        });
        let (view, role, home) = found.await?;
        let f = Frame::of(&visit, Some(home), HERE);
        let is_taking = deed == Deed::Take;
        let title = f.tv(if is_taking { "change-take-title" } else { "change-give-title" }, "name", &role.name);
        let users = i64::try_from(view.users).unwrap_or(i64::MAX);
        let words = format!("{} {}", f.tv("group-role-words", "name", &view.group.name), f.tn("group-users", &users));
        let (deed, back) = (query.find("act").unwrap_or_default().to_owned(), f.at(&place_of(id)));
        let lines = lines(&role.statements);
        Ok(page(StatusCode::OK, &RolePage { f, title, words, deed, role, lines, is_taking, back }))
    })
}

fn set_role(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, GroupId) = (named(&params, 0)?, named(&params, 1)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let (deed, role) = wish(&visit.form)?;
        let done = visit.operations.write(&visit.ctx, &realm, move |mut work| {
            Box::pin(async move {
                let holder = Holder::Group(work.group_of_accounts(id).await?.id);
                let role = work.role(role).await?.id;
                match deed {
                    Deed::Give => work.assign_roles(&[holder], &[role]).await,
                    Deed::Take => work.unassign_roles(&[holder], &[role]).await,
                }
            })
        });
        match done.await {
            Ok(_) => Ok(see_other(&format!("{REALMS}/{realm}{}?done=amended", place_of(id)))),
            Err(refusal) => match faults::said(visit.speech, &refusal) {
                Some(fault) => shown(&visit, &realm, id, Some(fault)).await,
                None => Err(refusal),
            },
        }
    })
}

fn ask(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, GroupId) = (named(&params, 0)?, named(&params, 1)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let found = visit
            .operations
            .read(&visit.ctx, &realm, move |mut work| Box::pin(async move { Ok((view(&mut work, id).await?, work.realm().clone())) }));
        let (view, home) = found.await?;
        let f = Frame::of(&visit, Some(home), HERE);
        let roles = view.roles.iter().map(|role| role.name.as_str()).collect::<Vec<_>>().join(", ");
        let lost = if roles.is_empty() { String::new() } else { f.tv("group-delete-roles", "names", &roles) };
        let users = f.tn("group-users", &i64::try_from(view.users).unwrap_or(i64::MAX));
        let words = format!("{} {users} {lost}", f.tv("group-delete-words", "name", &view.group.name));
        let (title, act, back) = (f.t("group-delete"), f.t("act-delete"), f.at(&place_of(id)));
        Ok(page(StatusCode::OK, &ConfirmPage { f, title, words, act, back }))
    })
}

fn delete(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, GroupId) = (named(&params, 0)?, named(&params, 1)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let gone = visit.operations.write(&visit.ctx, &realm, move |mut work| Box::pin(async move { work.remove_group(id).await }));
        match gone.await {
            Ok(_) | Err(Refusal::Absent("group")) => Ok(see_other(&format!("{REALMS}/{realm}{HERE}/groups?done=removed"))),
            Err(refusal) => match faults::said(visit.speech, &refusal) {
                Some(fault) => shown(&visit, &realm, id, Some(fault)).await,
                None => Err(refusal),
            },
        }
    })
}

impl GroupsPage {
    fn said(&self, field: &str) -> String {
        self.sent.find(field).unwrap_or_default().to_owned()
    }

    fn roles(&self, view: &GroupView) -> String {
        view.roles.iter().map(|role| role.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl GroupPage {
    /// Whether the realm keeps it, and nobody may change who is in it.
    fn is_kept(&self, group: &Group) -> bool {
        group.system.is_some()
    }

    /// How many accounts are in it, in words.
    fn count(&self) -> String {
        self.f.tn("group-users", &i64::try_from(self.view.users).unwrap_or(i64::MAX))
    }

    fn place(&self, insider: &Insider) -> String {
        match insider {
            Insider::Account(account) => self.f.at(&place(&account.id)),
            Insider::Group(group) => self.f.at(&place_of(group.id)),
        }
    }

    fn name(&self, insider: &Insider) -> String {
        match insider {
            Insider::Account(account) => account.id.to_string(),
            Insider::Group(group) => self.f.tv("way-group", "name", &group.name),
        }
    }

    /// The page that asks before somebody goes out of the group; nobody does who is in it by itself.
    fn leaving(&self, insider: &Insider) -> Option<String> {
        let id = self.view.group.id;
        let page = match insider {
            Insider::Account(account) => format!("{HERE}/change?account={}&act=leave:{id}", super::segment(account.id.as_str())),
            Insider::Group(inner) => nesting::taking(id, inner.id),
        };
        (!self.is_kept(&self.view.group)).then(|| self.f.at(&page))
    }

    /// The page of a group around it.
    fn outer_place(&self, outer: &Group) -> String {
        self.f.at(&place_of(outer.id))
    }

    /// The page that asks before it goes out of a group around it.
    fn going_out(&self, outer: &Group) -> String {
        self.f.at(&nesting::taking(outer.id, self.view.group.id))
    }

    /// Whether a group was sent as the one to put into it.
    fn is_sent(&self, group: &Group) -> bool {
        self.inner == group.id.to_string()
    }
}
