//! Resource groups, user groups among them (`spec/m3ter-support.md`, section 7: R1 to R4).

use axum::response::Response;
use serde::Serialize;
use vestibule_core::{
    group::Group,
    id::{GroupId, MembershipId},
    refusal::{Fault, Malformed, Refusal},
    resource_group::{GroupType, Member, Membership},
};
use vestibule_operations::PageRequest;

use super::{
    Asks, Of, Route,
    call::{Call, ok},
    pages, policies,
    wire::{self, Audit},
    words::{PAGE_OF_GROUPS_MAX, kind::RESOURCE_GROUP},
};
use crate::body::Object;

/// R1 to R4.
pub const ROUTES: &[Route] = &[
    Route::new("get", "/resourcegroups/{type}", "group.list", Asks::retrieve(RESOURCE_GROUP, Of::Whole), |call| Box::pin(list(call))),
    Route::new("post", "/resourcegroups/{type}", "group.create", Asks::create(RESOURCE_GROUP), |call| Box::pin(create(call))),
    Route::new("get", "/resourcegroups/{type}/{id}", "group.read", Asks::retrieve(RESOURCE_GROUP, Of::Named), |call| Box::pin(show(call))),
    Route::new("put", "/resourcegroups/{type}/{id}", "group.update", Asks::update(RESOURCE_GROUP, Of::Named), |call| {
        Box::pin(update(call))
    }),
    Route::new("delete", "/resourcegroups/{type}/{id}", "group.delete", Asks::delete(RESOURCE_GROUP, Of::Named), |call| {
        Box::pin(delete(call))
    }),
    Route::new("post", "/resourcegroups/{type}/{id}/addresource", "group.add", Asks::update(RESOURCE_GROUP, Of::Named), |call| {
        Box::pin(change(call, Change::Add))
    }),
    Route::new("post", "/resourcegroups/{type}/{id}/removeresource", "group.remove", Asks::update(RESOURCE_GROUP, Of::Named), |call| {
        Box::pin(change(call, Change::Remove))
    }),
    Route::new("post", "/resourcegroups/{type}/{id}/contents", "group.list_contents", Asks::retrieve(RESOURCE_GROUP, Of::Named), |call| {
        Box::pin(contents(call))
    }),
    Route::new(
        "get",
        "/resourcegroups/{type}/{id}/permissions",
        "group.list_policies",
        Asks::retrieve(RESOURCE_GROUP, Of::Named),
        |call| Box::pin(policies(call)),
    ),
];

const NAME: &str = "name";
const TARGET_ID: &str = "targetId";
const TARGET_TYPE: &str = "targetType";

/// The type that the path names; what cannot be one has no groups.
fn of(call: &Call) -> Result<GroupType, Refusal> {
    call.id_at("type", "resource type")
}

/// R1, `GET` of a type.
async fn list(call: Call) -> Result<Response, Refusal> {
    let (wish, kind) = (pages::Wish::read(&call, PAGE_OF_GROUPS_MAX)?, of(&call)?); // 400, 404
    let fetch = |page: PageRequest| {
        let kind = kind.clone();
        call.operations.read(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.groups(&kind, page).await }))
    };
    let of = pages::Of { kind: RESOURCE_GROUP, id: |group: &Group| group.id.to_string() };
    pages::answer(&call, wish, of, fetch, GroupBody::of).await //                 200
}

/// R1, `POST`.
async fn create(call: Call) -> Result<Response, Refusal> {
    let body = call.object()?; //                                                 400
    let name = Group::check_name(body.text(NAME)?)?; //                           400
    wire::no_version(&body)?; //                                                  400
    let kind = of(&call)?; //                                                     404
    let made =
        call.operations.write(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.create_group(&kind, &name).await }));
    Ok(ok(&GroupBody::of(&made.await?))) //                                       200
}

/// R1, `GET` of a group.
async fn show(call: Call) -> Result<Response, Refusal> {
    let (kind, id): (_, GroupId) = (of(&call)?, call.id("group")?); //            404
    let found = call.operations.read(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.group(&kind, id).await })).await?; // 404
    Ok(ok(&GroupBody::of(&found))) //                                             200
}

/// R1, `PUT`.
async fn update(call: Call) -> Result<Response, Refusal> {
    let body = call.object()?; //                                                 400
    let (name, version) = (Group::check_name(body.text(NAME)?)?, wire::version(&body)?); // 400
    let (kind, id): (_, GroupId) = (of(&call)?, call.id("group")?); //            404
    let written = call.operations.write(&call.ctx, &call.realm, move |mut work| {
        Box::pin(async move {
            let stored = work.group(&kind, id).await?; //                         404
            let seen = wire::seen(version, Some(stored.version))?; //             400
            work.update_group(&kind, id, &name, seen).await
        })
    });
    Ok(ok(&GroupBody::of(&written.await?))) //                                    200
}

/// R1, `DELETE`: the group as it was.
async fn delete(call: Call) -> Result<Response, Refusal> {
    let (kind, id): (_, GroupId) = (of(&call)?, call.id("group")?); //            404
    let gone = call.operations.write(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.delete_group(&kind, id).await }));
    Ok(ok(&GroupBody::of(&gone.await?))) //                                       200, 404
}

/// What R2 does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Add,
    Remove,
}

/// R2. The group's version may be left out: what is put in or taken out is named, so that nothing of another's writing
/// is lost (inferred). One that is named must be the stored one.
async fn change(call: Call, change: Change) -> Result<Response, Refusal> {
    let body = call.object()?; //                                                 400
    let (target, version) = (Target::read(&body)?, wire::version(&body)?); //     400
    let (kind, id): (_, GroupId) = (of(&call)?, call.id("group")?); //            404
    let member = target.member()?; //                                             404
    let written = call.operations.write(&call.ctx, &call.realm, move |mut work| {
        Box::pin(async move {
            match change {
                Change::Add => work.add_to_group(&kind, id, member, version).await, // 404, 400 for a circle
                Change::Remove => work.remove_from_group(&kind, id, member, version).await, // 404
            }
        })
    });
    Ok(ok(&GroupBody::of(&written.await.map_err(named)?))) //                     200
}

/// A fault under the member's name here.
fn named(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Malformed(malformed) if malformed.field == "group" => Refusal::Malformed(malformed.of(TARGET_ID)),
        other => other,
    }
}

/// R3.
async fn contents(call: Call) -> Result<Response, Refusal> {
    let wish = pages::Wish::read(&call, PAGE_OF_GROUPS_MAX)?; //                  400
    let (kind, id): (_, GroupId) = (of(&call)?, call.id("group")?); //            404
    let fetch = |page: PageRequest| {
        let kind = kind.clone();
        call.operations.read(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.members(&kind, id, page).await }))
    };
    // Whoever may see the group may see what is in it.
    let of = pages::Of { kind: RESOURCE_GROUP, id: |item: &Membership| item.group.to_string() };
    pages::answer(&call, wish, of, fetch, ItemBody::of).await //                  200, 404
}

/// R4: only groups of users hold policies.
async fn policies(call: Call) -> Result<Response, Refusal> {
    let wish = pages::Wish::read(&call, PAGE_OF_GROUPS_MAX)?; //                  400
    let (kind, id): (_, GroupId) = (of(&call)?, call.id("group")?); //            404
    let fetch = |page: PageRequest| {
        let kind = kind.clone();
        call.operations.read(&call.ctx, &call.realm, move |mut work| Box::pin(async move { work.roles_of_group(&kind, id, page).await }))
    };
    policies::page(&call, wish, fetch).await //                                   200, 404
}

/// `ResourceGroup`.
#[derive(Serialize)]
pub struct GroupBody {
    id: GroupId,
    version: i64,
    name: String,
    #[serde(flatten)]
    audit: Audit,
}

impl GroupBody {
    /// A group as it is shown.
    pub fn of(group: &Group) -> Self {
        Self { id: group.id, version: group.version, name: group.name.clone(), audit: Audit::of(group.created_at, &group.authorship) }
    }
}

/// What an `ItemRequest` names, but for its version.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Item(String),
    Group(String),
}

impl Target {
    /// The enum says `ITEM`, the example `item`: both are read (section 7, inferred).
    fn read(body: &Object) -> Result<Self, Malformed> {
        let id = wire::id(TARGET_ID, body.text(TARGET_ID)?)?.to_owned();
        match body.text(TARGET_TYPE)? {
            "ITEM" | "item" => Ok(Self::Item(id)),
            "GROUP" | "group" => Ok(Self::Group(id)),
            _ => Err(Malformed::new(TARGET_TYPE, Fault::UnknownValue("ITEM, GROUP".to_owned()))),
        }
    }

    fn member(&self) -> Result<Member, Refusal> {
        match self {
            // An id that no statement could spell is at fault itself.
            Self::Item(id) => Ok(Member::Item(id.parse().map_err(|malformed: Malformed| malformed.of(TARGET_ID))?)),
            Self::Group(id) => Ok(Member::Group(id.parse().map_err(|_: Malformed| Refusal::Absent("group"))?)),
        }
    }
}

/// `GroupItem`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemBody {
    id: MembershipId,
    version: i64,
    target_id: String,
    target_type: &'static str,
    #[serde(flatten)]
    audit: Audit,
}

impl ItemBody {
    fn of(membership: &Membership) -> Self {
        Self {
            id: membership.id(),
            // Nothing of a membership can change.
            version: 1,
            target_id: membership.member.id(),
            target_type: match membership.member {
                Member::Item(_) => "ITEM",
                Member::Group(_) => "GROUP",
            },
            audit: Audit::of(membership.created_at, &membership.authorship),
        }
    }
}
