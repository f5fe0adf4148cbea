//! An act on one account or on many: first a page that names exactly whom it changes and whom not, and only then the act, on
//! those whom that page named. All of them or, when one refuses, none.

use std::str::FromStr;

use askama::Template;
use axum::{http::StatusCode, response::Response};
use vestibule_core::{
    account::{Account, AccountKind},
    group::Group,
    id::{AccountKey, GroupId, RealmId, RoleId},
    realm::Realm,
    refusal::{Fault, Malformed, Refusal},
    role::{Holder, Role},
};
use vestibule_operations::{AccountChange, AccountView, PageRequest, Right, UnitOfWork};

use super::{HERE, Row, place};
use crate::{
    call::Answer,
    console::{
        Named, Page, REALMS, faults,
        frame::{Frame, page},
        named,
        preview::{Line, lines},
        visit::{Form, Visit, see_other},
    },
};

/// The pages of this file.
pub const PAGES: &[Page] =
    &[Page { path: "/console/realms/{realm}/people/change", attempted: "accounts.change", show: Some(preview), act: Some(carry_out) }];

/// Most accounts that one act is about.
const ACCOUNTS_MAX: usize = 200;
/// Most credentials that are counted of an account that is to go.
const CREDENTIALS_MAX: usize = 100;

/// What is to be done with accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    On,
    Off,
    Join(GroupId),
    Leave(GroupId),
    Give(RoleId),
    Take(RoleId),
    Delete,
}

impl FromStr for Deed {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        let unknown = || Malformed::new("act", Fault::Format("one of the acts offered"));
        match raw.split_once(':') {
            None => [("on", Self::On), ("off", Self::Off), ("delete", Self::Delete)]
                .into_iter()
                .find(|(word, _)| *word == raw)
                .map(|(_, deed)| deed)
                .ok_or_else(unknown),
            Some(("join", id)) => Ok(Self::Join(id.parse().map_err(|_| unknown())?)),
            Some(("leave", id)) => Ok(Self::Leave(id.parse().map_err(|_| unknown())?)),
            Some(("give", id)) => Ok(Self::Give(id.parse().map_err(|_| unknown())?)),
            Some(("take", id)) => Ok(Self::Take(id.parse().map_err(|_| unknown())?)),
            Some(_) => Err(unknown()),
        }
    }
}

impl Deed {
    /// Where its texts begin: its title, and what it does to one account.
    fn text(self) -> &'static str {
        match self {
            Self::On => "change-on",
            Self::Off => "change-off",
            Self::Join(_) => "change-join",
            Self::Leave(_) => "change-leave",
            Self::Give(_) => "change-give",
            Self::Take(_) => "change-take",
            Self::Delete => "change-delete",
        }
    }

    /// Whether it takes something away.
    fn is_taking(self) -> bool {
        matches!(self, Self::Off | Self::Leave(_) | Self::Take(_) | Self::Delete)
    }

    /// Why it leaves an account as it is, if it does.
    fn passed_over(self, view: &AccountView, own: AccountKey) -> Option<Passed> {
        let account = &view.account;
        let is_in = |id: GroupId| view.groups.iter().any(|group| group.id == id);
        let holds = |id: RoleId| view.roles.iter().any(|role| role.id == id);
        let is_so = match self {
            Self::On => account.active,
            Self::Off => !account.active,
            Self::Join(id) => is_in(id),
            Self::Leave(id) => !is_in(id),
            Self::Give(id) => holds(id),
            Self::Take(id) => !holds(id),
            Self::Delete => false,
        };
        match account.key == own && matches!(self, Self::Off | Self::Delete) {
            true => Some(Passed::Own),
            false => is_so.then_some(Passed::Already),
        }
    }
}

/// Why an act leaves an account as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passed {
    Already,
    Own,
}

/// What an act is about beside accounts.
enum About {
    Nothing,
    Group(Box<Group>, Vec<Role>),
    Role(Box<Role>),
}

/// What an act would do now.
struct Plan {
    changed: Vec<AccountView>,
    /// How many credentials go with each of them, where they go.
    credentials: Vec<usize>,
    passed: Vec<(AccountView, Passed)>,
    unknown: Vec<String>,
    about: About,
    realm: Realm,
}

#[derive(Template)]
#[template(path = "console/change.html")]
struct ChangePage {
    f: Frame,
    title: String,
    words: String,
    changed: Vec<(Row, String)>,
    passed: Vec<(Row, String)>,
    unknown: Vec<String>,
    act: String,
    lines: Vec<Line>,
    is_taking: bool,
}

/// Who is meant, and what is to be done with them.
fn read(form: &Form) -> Result<(Vec<String>, Deed), Malformed> {
    let accounts = form.all("account");
    let deed = form.require("act")?.parse()?;
    match accounts.len() {
        0 => Err(Malformed::new("account", Fault::Missing)),
        many if many > ACCOUNTS_MAX => Err(Malformed::new("account", Fault::TooMany { limit: ACCOUNTS_MAX })),
        _ => Ok((accounts, deed)),
    }
}

async fn plan(work: &mut UnitOfWork<'_>, ids: &[String], deed: Deed, own: AccountKey) -> Result<Plan, Refusal> {
    let about = match deed {
        Deed::On | Deed::Off | Deed::Delete => About::Nothing,
        Deed::Join(id) | Deed::Leave(id) => {
            let group = work.group_of_accounts(id).await?;
            let (group, roles) = work.with_roles(vec![group]).await?.pop().ok_or(Refusal::Internal)?;
            About::Group(Box::new(group), roles)
        }
        Deed::Give(id) | Deed::Take(id) => About::Role(Box::new(work.role(id).await?)),
    };
    let (known, unknown) = work.find_accounts_by_ids(ids).await?;
    let (mut changed, mut passed) = (Vec::new(), Vec::new());
    for view in work.account_views(known).await? {
        match deed.passed_over(&view, own) {
            Some(why) => passed.push((view, why)),
            None => changed.push(view),
        }
    }
    let mut credentials = Vec::new();
    if deed == Deed::Delete {
        for view in &changed {
            let held = work.credentials_of(&view.account, PageRequest { after: None, limit: CREDENTIALS_MAX }).await?;
            credentials.push(held.items.len());
        }
    }
    Ok(Plan { changed, credentials, passed, unknown, about, realm: work.realm().clone() })
}

fn preview(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        let query = visit.query();
        shown(&visit, &realm, &query, None).await
    })
}

async fn shown(visit: &Visit, realm: &RealmId, form: &Form, fault: Option<String>) -> Result<Response, Refusal> {
    visit.ctx.allow(Right::AdministerRealm, realm)?;
    let (ids, deed) = match read(form) {
        Ok(read) => read,
        Err(malformed) if malformed.field == "account" && malformed.fault == Fault::Missing => return nobody(visit, realm).await,
        Err(malformed) => return Err(malformed.into()),
    };
    let own = visit.who.principal.key;
    let planned = visit.operations.read(&visit.ctx, realm, move |mut work| Box::pin(async move { plan(&mut work, &ids, deed, own).await }));
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok(page(status, &drawn(visit, planned.await?, deed, form.find("act").unwrap_or_default()).with_fault(fault)))
}

/// Who sends nobody is told so, where people are ticked.
async fn nobody(visit: &Visit, realm: &RealmId) -> Result<Response, Refusal> {
    let home = visit.operations.read(&visit.ctx, realm, |work| Box::pin(async move { Ok(work.realm().clone()) })).await?;
    let f = Frame::of(visit, Some(home), HERE).with_fault(Some(visit.speech.say("change-nobody")));
    let (title, words, act) = (f.t("nav-people"), String::new(), String::new());
    let empty = ChangePage {
        f,
        title,
        words,
        changed: Vec::new(),
        passed: Vec::new(),
        unknown: Vec::new(),
        act,
        lines: Vec::new(),
        is_taking: false,
    };
    Ok(page(StatusCode::BAD_REQUEST, &empty))
}

/// A plan in words.
fn drawn(visit: &Visit, plan: Plan, deed: Deed, act: &str) -> ChangePage {
    let f = Frame::of(visit, Some(plan.realm), HERE);
    let (name, said) = match &plan.about {
        About::Nothing => (String::new(), Vec::new()),
        About::Group(group, roles) => (group.name.clone(), roles.iter().flat_map(|role| lines(&role.statements)).collect()),
        About::Role(role) => (role.name.clone(), lines(&role.statements)),
    };
    let count = i64::try_from(plan.changed.len()).unwrap_or(i64::MAX);
    let mut credentials = plan.credentials.into_iter();
    let effect = |view: &AccountView, credentials: Option<usize>| match deed {
        Deed::Delete => f.tn("goes-with-credentials", &credentials.and_then(|count| i64::try_from(count).ok()).unwrap_or_default()),
        Deed::On => f.t("becomes-on"),
        Deed::Off => f.t(if view.account.kind == AccountKind::Service { "becomes-off-machine" } else { "becomes-off" }),
        Deed::Join(_) | Deed::Leave(_) | Deed::Give(_) | Deed::Take(_) => f.tv(&format!("{}-one", deed.text()), "name", &name),
    };
    let changed = plan.changed.iter().map(|view| (Row::of(view, &f), effect(view, credentials.next()))).collect();
    let why = |why: Passed| f.t(if why == Passed::Own { "passed-own" } else { "passed-already" });
    let passed = plan.passed.iter().map(|(view, passed)| (Row::of(view, &f), why(*passed))).collect();
    let (title, words) = (f.tv(&format!("{}-title", deed.text()), "name", &name), f.tn("change-count", &count));
    ChangePage { title, words, changed, passed, unknown: plan.unknown, act: act.to_owned(), lines: said, is_taking: deed.is_taking(), f }
}

/// Does it to those whom the page named; who is as wanted by now stays so.
async fn act_on(work: &mut UnitOfWork<'_>, ids: &[String], deed: Deed) -> Result<Vec<Account>, Refusal> {
    let (known, _) = work.find_accounts_by_ids(ids).await?;
    let keys: Vec<AccountKey> = known.iter().map(|account| account.key).collect();
    let holders: Vec<Holder> = keys.iter().map(|key| Holder::Account(*key)).collect();
    match deed {
        Deed::On | Deed::Off => {
            for key in keys {
                let change = AccountChange { active: Some(deed == Deed::On), ..AccountChange::default() };
                work.change_account(key, change, None).await?;
            }
        }
        Deed::Join(id) => drop(work.add_members(id, &keys).await?),
        Deed::Leave(id) => drop(work.remove_members(id, &keys).await?),
        Deed::Give(id) => {
            let role = work.role(id).await?.id;
            work.assign_roles(&holders, &[role]).await?;
        }
        Deed::Take(id) => {
            let role = work.role(id).await?.id;
            work.unassign_roles(&holders, &[role]).await?;
        }
        Deed::Delete => work.remove_accounts(&keys).await?,
    }
    Ok(known)
}

fn carry_out(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let (ids, deed) = read(&visit.form)?;
        let done =
            visit.operations.write(&visit.ctx, &realm, move |mut work| Box::pin(async move { act_on(&mut work, &ids, deed).await })).await;
        match done {
            Ok(accounts) => Ok(see_other(&back(&realm, &accounts, deed))),
            Err(refusal) => match faults::said(visit.speech, &refusal) {
                Some(fault) => shown(&visit, &realm, &visit.form, Some(fault)).await,
                None => Err(refusal),
            },
        }
    })
}

/// Back to where it shows: the one account, or the list.
fn back(realm: &RealmId, accounts: &[Account], deed: Deed) -> String {
    let place = match accounts {
        [one] if deed != Deed::Delete => place(&one.id),
        _ => HERE.to_owned(),
    };
    format!("{REALMS}/{realm}{place}?done={}", if deed == Deed::Delete { "removed" } else { "amended" })
}

impl ChangePage {
    fn with_fault(mut self, fault: Option<String>) -> Self {
        self.f = self.f.with_fault(fault);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_is_one_of_those_offered_about_somebody() {
        let id = "019a2004-5dc0-7000-8000-000000000001";
        let read = |text: &str| read(&Form::read(text).unwrap()).map(|(accounts, deed)| (accounts.len(), deed));
        assert_eq!(read("account=a&account=b&account=a&act=off").unwrap(), (2, Deed::Off));
        assert_eq!(read(&format!("account=a&act=join:{id}")).unwrap(), (1, Deed::Join(id.parse().unwrap())));
        for (text, field) in [
            ("act=off", "account"),
            ("account=a", "act"),
            ("account=a&act=burn", "act"),
            ("account=a&act=join:x", "act"),
            (&format!("account=a&act=burn:{id}"), "act"),
        ] {
            assert_eq!(read(text).unwrap_err().field, field, "{text}");
        }
        let many: String = (0..=ACCOUNTS_MAX).map(|n| format!("account={n}&")).collect();
        assert!(read(&format!("{many}act=on")).is_err());
        assert!(read(&format!("{}act=on", many.replacen("account=0&", "", 1))).is_ok());
    }
}
