//! Groups inside groups: one is put into another, or taken out, after a look at how many that changes and what it gives or takes.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use vestibule_core::{
    id::{GroupId, RealmId},
    realm::Realm,
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{NestingEffect, Right};

use super::{
    HERE,
    groups::{place_of, shown},
};
use crate::{
    call::Answer,
    console::{
        Named, Page, REALMS, faults,
        frame::{Frame, page},
        named,
        preview::{Line, lines},
        visit::{Visit, see_other},
    },
};

/// The pages of this file.
pub const PAGES: &[Page] = &[
    Page { path: "/console/realms/{realm}/people/groups/{id}/inner", attempted: "groups.nest", show: Some(ask), act: Some(put) },
    Page {
        path: "/console/realms/{realm}/people/groups/{id}/inner/{inner}/take",
        attempted: "groups.unnest",
        show: Some(ask_taking),
        act: Some(take),
    },
];

/// What is said of a word that no group goes by.
const NO_GROUP: Fault = Fault::Format("the name or the id of a group");

#[derive(Template)]
#[template(path = "console/nesting.html")]
struct NestingPage {
    f: Frame,
    title: String,
    words: String,
    inner: GroupId,
    lines: Vec<Line>,
    is_taking: bool,
    back: String,
}

/// The page that asks before one group goes out of another, below the realm.
pub fn taking(outer: GroupId, inner: GroupId) -> String {
    format!("{}/inner/{inner}/take", place_of(outer))
}

/// Which way a group goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

impl Way {
    /// Its title, the words for the roles that come or go by it, and the words where none do.
    fn texts(self) -> [&'static str; 3] {
        match self {
            Self::In => ["change-join-title", "nest-gains", "nest-gains-nothing"],
            Self::Out => ["change-leave-title", "nest-loses", "nest-loses-nothing"],
        }
    }
}

/// An effect in words.
fn drawn(visit: &Visit, home: Realm, effect: NestingEffect, way: Way) -> NestingPage {
    let NestingEffect { outer, inner, accounts, roles } = effect;
    let (f, [title, some, none]) = (Frame::of(visit, Some(home), HERE), way.texts());
    let names = roles.iter().map(|role| role.name.as_str()).collect::<Vec<_>>().join(", ");
    let who =
        format!("{} {}", f.tv("nest-words", "name", &inner.name), f.tn("nest-accounts", &i64::try_from(accounts).unwrap_or(i64::MAX)));
    let what = if names.is_empty() { f.t(none) } else { f.tv(some, "names", &names) };
    NestingPage {
        title: f.tv(title, "name", &outer.name),
        words: format!("{who} {what}"),
        inner: inner.id,
        lines: roles.iter().flat_map(|role| lines(&role.statements)).collect(),
        is_taking: way == Way::Out,
        back: f.at(&place_of(outer.id)),
        f,
    }
}

/// What can be put right is said on the page of the group around; the rest is refused.
async fn or_said(visit: &Visit, realm: &RealmId, outer: GroupId, refusal: Refusal) -> Result<Response, Refusal> {
    match faults::said(visit.speech, &refusal) {
        Some(fault) => shown(visit, realm, outer, Some(fault)).await,
        None => Err(refusal),
    }
}

/// What everybody in the one group would gain in the other.
fn ask(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, GroupId) = (named(&params, 0)?, named(&params, 1)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let looked = async {
            let word = visit.query().require("inner")?.to_owned();
            let read = visit.operations.read(&visit.ctx, &realm, move |mut work| {
                Box::pin(async move {
                    let outer = work.group_of_accounts(id).await?.id;
                    let inner = match work.group_called(&word).await {
                        Err(Refusal::Absent(_)) => return Err(Malformed::new("inner", NO_GROUP).into()),
                        found => found?.id,
                    };
                    Ok((work.effect_of_nesting(outer, inner).await?, work.realm().clone()))
                })
            });
            read.await
        };
        match looked.await {
            Ok((effect, home)) => Ok(page(StatusCode::OK, &drawn(&visit, home, effect, Way::In))),
            Err(refusal) => or_said(&visit, &realm, id, refusal).await,
        }
    })
}

fn put(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id): (RealmId, GroupId) = (named(&params, 0)?, named(&params, 1)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let done = async {
            let inner: GroupId = visit.form.require("inner")?.parse().map_err(|malformed: Malformed| malformed.of("inner"))?;
            visit.operations.write(&visit.ctx, &realm, move |mut work| Box::pin(async move { work.nest(id, inner).await })).await
        };
        match done.await {
            Ok(_) => Ok(see_other(&format!("{REALMS}/{realm}{}?done=amended", place_of(id)))),
            Err(refusal) => or_said(&visit, &realm, id, refusal).await,
        }
    })
}

/// What everybody in the one group would lose without the other.
fn ask_taking(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id, inner): (RealmId, GroupId, GroupId) = (named(&params, 0)?, named(&params, 1)?, named(&params, 2)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let found = visit.operations.read(&visit.ctx, &realm, move |mut work| {
            Box::pin(async move { Ok((work.effect_of_unnesting(id, inner).await?, work.realm().clone())) })
        });
        let (effect, home) = found.await?;
        Ok(page(StatusCode::OK, &drawn(&visit, home, effect, Way::Out)))
    })
}

fn take(visit: Visit, params: Named) -> Answer {
    Box::pin(async move {
        let (realm, id, inner): (RealmId, GroupId, GroupId) = (named(&params, 0)?, named(&params, 1)?, named(&params, 2)?);
        visit.ctx.allow(Right::AdministerRealm, &realm)?;
        let taken = visit.operations.write(&visit.ctx, &realm, move |mut work| Box::pin(async move { work.unnest(id, inner).await }));
        match taken.await {
            Ok(_) => Ok(see_other(&format!("{REALMS}/{realm}{}?done=amended", place_of(id)))),
            Err(refusal) => or_said(&visit, &realm, id, refusal).await,
        }
    })
}
