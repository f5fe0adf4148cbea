//! Roles: what each says, and who holds it. One is written as statements, and looked at as lines before it is kept.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use vestibule_core::{
    id::{RealmId, RoleId},
    policy::Statement,
    realm::Realm,
    refusal::{Fault, Malformed, Refusal},
    role::Role,
};
use vestibule_operations::{PageRequest, Right, RoleChange, RoleView, UnitOfWork};

use super::{HERE, ROWS, place};
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
    Page { path: "/console/realms/{realm}/people/roles", attempted: "roles.list", show: Some(list), act: None },
    Page { path: "/console/realms/{realm}/people/roles/new", attempted: "roles.create", show: Some(write), act: Some(make) },
    Page { path: "/console/realms/{realm}/people/roles/{id}", attempted: "roles.read", show: Some(show), act: None },
    Page { path: "/console/realms/{realm}/people/roles/{id}/edit", attempted: "roles.update", show: Some(edit), act: Some(keep) },
    Page { path: "/console/realms/{realm}/people/roles/{id}/delete", attempted: "roles.delete", show: Some(ask), act: Some(delete) },
];

/// What a role that is about to be written says at first.
const EXAMPLE: &str = r#"[
  {"effect": "allow", "actions": ["config:retrieve"], "resources": ["*"]}
]"#;

#[derive(Template)]
#[template(path = "console/roles.html")]
struct RolesPage {
    f: Frame,
    roles: Vec<RoleView>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "console/role.html")]
struct RolePage {
    f: Frame,
    view: RoleView,
    lines: Vec<Line>,
}

/// Writing a role: what was written, and what it comes to once that was looked at.
#[derive(Template)]
#[template(path = "console/write_role.html")]
struct WritePage {
    f: Frame,
    title: String,
    name: String,
    description: String,
    statements: String,
    preview: Option<Vec<Line>>,
    version: i64,
    back: String,
}

fn place_of(id: RoleId) -> String {
    format!("{HERE}/roles/{id}")
}

fn list(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let wanted = PageRequest { after: visit.query().find("after").map(str::to_owned), limit: ROWS };
        let found = visit.operations.read(&visit.ctx, &realm, move |mut work| {
            Box::pin(async move {
                let page = work.roles(wanted).await?;
                Ok((work.role_views(page.items).await?, page.next, work.realm().clone()))
            })
        });
        let (roles, next, home) = found.await?;
        Ok(page(StatusCode::OK, &RolesPage { f: Frame::of(&visit, Some(home), HERE), roles, next }))
    })
}

async fn view(work: &mut UnitOfWork<'_>, id: RoleId) -> Result<(RoleView, Realm), Refusal> {
    let role = work.role(id).await?;
    let view = work.role_views(vec![role]).await?.pop().ok_or(Refusal::Internal)?;
    Ok((view, work.realm().clone()))
}

async fn found(visit: &Visit, realm: &RealmId, id: RoleId) -> Result<(RoleView, Realm), Refusal> {
    visit.ctx.allow(Right::AdministerRealm, realm)?;
    visit.operations.read(&visit.ctx, realm, move |mut work| Box::pin(async move { view(&mut work, id).await })).await
}

fn show(visit: Visit, params: Named) -> Answer {
    Box::pin(async move { shown(&visit, &named(&params, 0)?, named(&params, 1)?, None).await })
}

async fn shown(visit: &Visit, realm: &RealmId, id: RoleId, fault: Option<String>) -> Result<Response, Refusal> {
    let (view, home) = found(visit, realm, id).await?;
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let lines = lines(&view.role.statements);
    Ok(page(status, &RolePage { f: Frame::of(visit, Some(home), HERE).with_fault(fault), view, lines }))
}

/// Statements as people write them.
fn read(written: &str) -> Result<Vec<Statement>, Malformed> {
    let raw = serde_json::from_str(written).map_err(|error| Malformed::new("statements", Fault::NotJson(error.to_string())))?;
    Statement::parse_list("statements", raw)
}

/// The page to write a role on; what was written is shown as lines, too, wherever it can be read.
fn written(visit: &Visit, home: Realm, before: Option<&Role>, fault: Option<String>) -> Result<Response, Refusal> {
    let query = visit.query();
    let said = |name: &str| visit.form.find(name).or_else(|| query.find(name)).map(str::to_owned);
    let statements = match (said("statements"), before) {
        (Some(statements), _) => statements,
        (None, Some(role)) => serde_json::to_string_pretty(&role.statements).map_err(|_| Refusal::Internal)?,
        (None, None) => EXAMPLE.to_owned(),
    };
    let is_looked_at = said("statements").is_some();
    let (preview, unreadable) = match read(&statements) {
        Ok(statements) => (is_looked_at.then(|| lines(&statements)), None),
        Err(malformed) => (None, faults::said(visit.speech, &malformed.into())),
    };
    let fault = fault.or(unreadable);
    let status = if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let f = Frame::of(visit, Some(home), HERE).with_fault(fault);
    let page_of = WritePage {
        title: before.map_or_else(|| f.t("role-new"), |role| f.tv("role-edit", "name", &role.name)),
        name: said("name").or_else(|| before.map(|role| role.name.clone())).unwrap_or_default(),
        description: said("description").or_else(|| before.map(|role| role.description.clone())).unwrap_or_default(),
        statements,
        preview,
        version: before.map_or(0, |role| role.version),
        back: f.at(&before.map_or_else(|| format!("{HERE}/roles"), |role| place_of(role.id))),
        f,
    };
    Ok(page(status, &page_of))
}

fn write(visit: Visit, params: Named) -> Answer {
    Box::pin(async move { anew(&visit, &named(&params, 0)?, None).await })
}

async fn anew(visit: &Visit, realm: &RealmId, fault: Option<String>) -> Result<Response, Refusal> {
    visit.ctx.allow(Right::AdministerRealm, realm)?;
    let home = visit.operations.read(&visit.ctx, realm, |work| Box::pin(async move { Ok(work.realm().clone()) })).await?;
    written(visit, home, None, fault)
}

/// The name, the description and the statements that a form carries.
fn wish(form: &Form) -> Result<(String, String, Vec<Statement>), Malformed> {
    let description = form.find("description").unwrap_or_default().to_owned();
    Ok((form.require("name")?.to_owned(), description, read(form.require("statements")?)?))
}

fn make(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let realm: RealmId = named(&params, 0)?;
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let made = async {
            let (name, description, statements) = wish(&visit.form)?;
            visit
                .operations
                .write(&visit.ctx, &realm, move |mut work| {
                    Box::pin(async move { work.new_role_saying(&name, &description, statements).await })
                })
                .await
        };
        match made.await {
            Ok(role) => Ok(see_other(&format!("{REALMS}/{realm}{}?done=made", place_of(role.id)))),
            Err(refusal) => match faults::said(visit.speech, &refusal) {
                Some(fault) => anew(&visit, &realm, Some(fault)).await,
                None => Err(refusal),
            },
        }
    })
}

fn edit(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, RoleId) = (named(&params, 0)?, named(&params, 1)?);
        let (view, home) = found(&visit, &realm, id).await?;
        written(&visit, home, Some(&view.role), None)
    })
}

fn keep(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, RoleId) = (named(&params, 0)?, named(&params, 1)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let kept = async {
            let (name, description, statements) = wish(&visit.form)?;
            let seen = visit.form.find("version").and_then(|version| version.parse().ok());
            let (name, description, statements) = (Some(name), Some(description), Some(statements));
            let change = RoleChange { name, description, statements, ..RoleChange::default() };
            visit
                .operations
                .write(&visit.ctx, &realm, move |mut work| Box::pin(async move { work.change_role(id, change, seen).await }))
                .await
        };
        match kept.await {
            Ok(_) => Ok(see_other(&format!("{REALMS}/{realm}{}?done=amended", place_of(id)))),
            Err(refusal) => match faults::said(visit.speech, &refusal) {
                Some(fault) => {
                    let (view, home) = found(&visit, &realm, id).await?;
                    written(&visit, home, Some(&view.role), Some(fault))
                }
                None => Err(refusal),
            },
        }
    })
}

fn ask(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, RoleId) = (named(&params, 0)?, named(&params, 1)?);
        let (view, home) = found(&visit, &realm, id).await?;
        let f = Frame::of(&visit, Some(home), HERE);
        let count = |many: u64| i64::try_from(many).unwrap_or(i64::MAX);
        let [accounts, groups] = [("role-accounts", view.accounts), ("role-groups", view.groups)].map(|(id, many)| f.tn(id, &count(many)));
        let words = format!("{} {accounts} {groups}", f.tv("role-delete-words", "name", &view.role.name));
        let (title, act, back) = (f.t("role-delete"), f.t("act-delete"), f.at(&place_of(id)));
        Ok(page(StatusCode::OK, &ConfirmPage { f, title, words, act, back }))
    })
}

fn delete(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, RoleId) = (named(&params, 0)?, named(&params, 1)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let gone = visit.operations.write(&visit.ctx, &realm, move |mut work| Box::pin(async move { work.delete_role(id).await }));
        match gone.await {
            Ok(_) | Err(Refusal::Absent("role")) => Ok(see_other(&format!("{REALMS}/{realm}{HERE}/roles?done=removed"))),
            Err(refusal) => match faults::said(visit.speech, &refusal) {
                Some(fault) => shown(&visit, &realm, id, Some(fault)).await,
                None => Err(refusal),
            },
        }
    })
}

impl RolePage {
    fn account_place(&self, id: &vestibule_core::id::AccountId) -> String {
        self.f.at(&place(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_a_name_and_statements_that_can_be_read() {
        let of = |text: &str| wish(&Form::read(text).unwrap());
        let (name, description, statements) = of("name=ops&statements=%5B%5D").unwrap();
        assert_eq!((name.as_str(), description.as_str(), statements.len()), ("ops", "", 0));
        assert_eq!(read(EXAMPLE).unwrap().len(), 1, "the example can be read");
        for (text, field) in [
            ("statements=%5B%5D", "name"),
            ("name=ops", "statements"),
            ("name=ops&statements=%7B", "statements"),
            ("name=ops&statements=%5B%7B%7D%5D", "statements"),
        ] {
            assert_eq!(of(text).unwrap_err().field, field, "{text}");
        }
    }
}
