//! Accounts of either kind (operations 2, 3, 7 to 11, 17, 18, 20 to 23 and 26 of `spec/wavefront-accounts.md`, section 3).

use std::collections::BTreeSet;

use axum::response::Response;
use serde::Serialize;
use vestibule_core::{
    account::{Account, AccountKind},
    policy::ActionName,
    refusal::{Fault, Malformed, Refusal},
    role::Holder,
};
use vestibule_operations::{AccountQuery, Order, UnitOfWork};

use super::{
    Asks, Route,
    call::Call,
    envelope::{self, Warning},
    functions,
    named::{self, Place, Whom},
    people::{People, only},
    wire::{
        accounts::{UserBody, united_permissions},
        pages::{Cut, PageBody, Window},
    },
    words::{Permission, TOKEN_MANAGEMENT, USER_MANAGEMENT},
};

/// Those operations.
pub const ROUTES: &[Route] = &[
    Route::new("get", "/account", "account.list", |call| Box::pin(list(call))),
    Route::new("get", "/account/{id}", "account.read", |call| Box::pin(show(call))).for_all_who(Asks::AccountsOrOneself),
    Route::new("delete", "/account/{id}", "account.delete", |call| Box::pin(delete(call))),
    Route::new("get", "/account/{id}/businessFunctions", "account.read", |call| Box::pin(business_functions(call)))
        .for_all_who(Asks::AccountsOrOneself),
    Route::new("post", "/account/{id}/addRoles", "role.attach", |call| Box::pin(edit_roles(call, Edit::Add))).listing(),
    Route::new("post", "/account/{id}/removeRoles", "role.detach", |call| Box::pin(edit_roles(call, Edit::Remove))).listing(),
    Route::new("post", "/account/{id}/addUserGroups", "group.add", |call| {
        Box::pin(async move { Ok(envelope::bare(&edit_groups(call, Edit::Add, Whom::Anybody).await?)) })
    })
    .listing(),
    Route::new("post", "/account/{id}/removeUserGroups", "group.remove", |call| {
        Box::pin(async move { Ok(envelope::bare(&edit_groups(call, Edit::Remove, Whom::Anybody).await?)) })
    })
    .listing(),
    Route::new("post", "/account/{id}/grant/{permission}", "account.grant", |call| Box::pin(edit_permission(call, Edit::Add))),
    Route::new("post", "/account/{id}/revoke/{permission}", "account.revoke", |call| Box::pin(edit_permission(call, Edit::Remove))),
    Route::new("post", "/account/grant/{permission}", "account.grant", |call| {
        Box::pin(edit_permission_of_many(call, Edit::Add, Whom::Anybody))
    })
    .listing(),
    Route::new("post", "/account/revoke/{permission}", "account.revoke", |call| {
        Box::pin(edit_permission_of_many(call, Edit::Remove, Whom::Anybody))
    })
    .listing(),
    Route::new("post", "/account/deleteAccounts", "account.delete", |call| Box::pin(delete_many(call, Whom::Anybody))).listing(),
    Route::new("post", "/account/validateAccounts", "account.validate", |call| Box::pin(validate(call, Whom::Anybody))).listing(),
];

/// The parameter that names a permission.
const PERMISSION: &str = "permission";

/// Which way a list is changed. Either may be done twice (section 9.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// What is not in it is put in.
    Add,
    /// What is in it is taken out.
    Remove,
}

/// Operation 11.
async fn list(call: Call) -> Result<Response, Refusal> {
    let window = Window::of_query(&call)?; //                                    400
    let page = call.read(move |mut work| {
        Box::pin(async move {
            let kinds = vec![AccountKind::User, AccountKind::Service];
            let (offset, limit) = (window.offset, window.limit);
            let query = AccountQuery { kinds, matches: Vec::new(), order: Order::Ascending, offset, limit };
            let slice = work.search_accounts(&query).await?;
            Ok((People::of_views(&mut work, slice.items).await?, slice.more))
        })
    });
    let (people, more) = page.await?;
    Ok(envelope::ok(&PageBody::new(window, Cut::read_so_far(window, people.accounts(), more)))) // 200
}

/// Operation 9.
async fn show(call: Call) -> Result<Response, Refusal> {
    let people = one(&call, Whom::Anybody).await?; //                            404
    Ok(envelope::ok(&only(people.accounts())?)) //                               200
}

/// The account that a path names, gathered.
pub async fn one(call: &Call, whom: Whom) -> Result<People, Refusal> {
    let id = call.account()?; //                                                 404
    call.read(move |mut work| {
        Box::pin(async move {
            let account = named::account(&mut work, &id, whom).await?; //        404
            People::gather(&mut work, vec![account]).await
        })
    })
    .await
}

/// Operation 10.
async fn business_functions(call: Call) -> Result<Response, Refusal> {
    Ok(envelope::ok(&functions_of(&one(&call, Whom::Anybody).await?)?)) //       200, 404
}

/// What the one account that was gathered can do.
pub fn functions_of(people: &People) -> Result<BTreeSet<&'static str>, Refusal> {
    let view = people.views.first().ok_or(Refusal::Internal)?;
    Ok(functions::of(view.account.kind, &united_permissions(view, people.scene.now)))
}

/// Operation 7: the account as it was (inferred).
async fn delete(call: Call) -> Result<Response, Refusal> {
    Ok(envelope::ok(&only(delete_one(&call, Whom::Anybody).await?.accounts())?)) // 200
}

/// Deletes the account that a path names; gives what it was.
pub async fn delete_one(call: &Call, whom: Whom) -> Result<People, Refusal> {
    let id = call.account()?; //                                                 404
    call.write(move |mut work| {
        Box::pin(async move {
            let account = named::account(&mut work, &id, whom).await?; //        404
            let key = account.key;
            let people = People::gather(&mut work, vec![account]).await?;
            work.remove_accounts(&[key]).await?; //                              400 for oneself
            work.keep_somebody_who_may(USER_MANAGEMENT).await?; //               400
            Ok(people)
        })
    })
    .await
}

/// Operation 8: the ids that were deleted.
pub async fn delete_many(call: Call, whom: Whom) -> Result<Response, Refusal> {
    let ids = call.ids()?; //                                                    400
    let deleted = call.write(move |mut work| {
        Box::pin(async move {
            let mut warning = Warning::default();
            let accounts = listed(&mut work, &ids, whom, &mut warning).await?; // 400
            work.remove_accounts(&named::keys(&accounts)).await?; //             400 for oneself
            work.keep_somebody_who_may(USER_MANAGEMENT).await?; //               400
            Ok((accounts.into_iter().map(|account| account.id).collect::<Vec<_>>(), warning))
        })
    });
    let (deleted, warning) = deleted.await?;
    Ok(envelope::warned(&warning, &deleted)) //                                  200
}

/// The accounts that a whole body names; none of a list that names some is refused.
async fn listed(work: &mut UnitOfWork<'_>, ids: &[String], whom: Whom, warning: &mut Warning) -> Result<Vec<Account>, Refusal> {
    let found = named::accounts(work, ids).await?.only_those(whom).some("account")?;
    found.warn(warning, named::ACCOUNTS);
    Ok(found.items)
}

/// Operations 2 and 20.
async fn edit_roles(call: Call, edit: Edit) -> Result<Response, Refusal> {
    let (ids, id) = (call.ids()?, call.account()?); //                           400, 404
    let people = call.write(move |mut work| {
        Box::pin(async move {
            let account = named::account(&mut work, &id, Whom::Anybody).await?; // 404
            let roles = named::roles(&mut work, &ids).await?.some("role")?; //   400
            let roles: Vec<_> = roles.items.iter().map(|role| role.id).collect();
            let holders = [Holder::Account(account.key)];
            match edit {
                Edit::Add => work.assign_roles(&holders, &roles).await?,
                Edit::Remove => work.unassign_roles(&holders, &roles).await?,
            };
            work.keep_somebody_who_may(USER_MANAGEMENT).await?; //               400
            People::gather(&mut work, vec![account]).await
        })
    });
    Ok(envelope::bare(&people.await?.user())) //                                 200
}

/// Operations 3 and 21.
pub async fn edit_groups(call: Call, edit: Edit, whom: Whom) -> Result<UserBody, Refusal> {
    let (ids, id) = (call.ids()?, call.account()?); //                           400, 404
    let people = call.write(move |mut work| {
        Box::pin(async move {
            let account = named::account(&mut work, &id, whom).await?; //        404
            let groups = named::groups(&mut work, &ids).await?.some("user group")?; // 400
            for group in &groups.items {
                match (named::place(account.kind, group), edit) {
                    (Place::Free, Edit::Add) => drop(work.add_members(group.id, &[account.key]).await?),
                    (Place::Free, Edit::Remove) => drop(work.remove_members(group.id, &[account.key]).await?),
                    // It is in already, or can never be (section 9.6).
                    (Place::Kept, Edit::Add) | (Place::Foreign, _) => {}
                    (Place::Kept, Edit::Remove) => return Err(KEPT), //          400
                }
            }
            work.keep_somebody_who_may(USER_MANAGEMENT).await?; //               400
            People::gather(&mut work, vec![account]).await
        })
    });
    Ok(people.await?.user()) //                                                  200
}

/// Who is in a system group cannot be taken out of it (section 9.6).
pub const KEPT: Refusal = Refusal::Conflict { what: "group", state: "holds every account of its kind" };

/// Operations 17 and 22.
async fn edit_permission(call: Call, edit: Edit) -> Result<Response, Refusal> {
    let action = permission(&call)?; //                                          400
    let id = call.account()?; //                                                 404
    Ok(envelope::bare(&edit_one(&call, id, action, edit, Whom::Anybody).await?)) // 200
}

/// The action of the permission that the path names.
fn permission(call: &Call) -> Result<ActionName, Refusal> {
    let unreadable = |_| Malformed::new(PERMISSION, Fault::Format("a permission"));
    Ok(Permission::action(&call.param(PERMISSION, PERMISSION).map_err(unreadable)?, PERMISSION)?)
}

/// Gives a permission to one account, or takes it.
pub async fn edit_one(call: &Call, id: String, action: ActionName, edit: Edit, whom: Whom) -> Result<UserBody, Refusal> {
    let people = call.write(move |mut work| {
        Box::pin(async move {
            let account = named::account(&mut work, &id, whom).await?; //        404
            let changed = edited(&mut work, vec![account], &action, edit).await?; // 400
            People::gather(&mut work, changed).await
        })
    });
    Ok(people.await?.user())
}

/// Operations 18 and 23: the first account (section 9.8, inferred).
pub async fn edit_permission_of_many(call: Call, edit: Edit, whom: Whom) -> Result<Response, Refusal> {
    let action = permission(&call)?; //                                          400
    let ids = call.ids()?; //                                                    400
    let people = call.write(move |mut work| {
        Box::pin(async move {
            let accounts = listed(&mut work, &ids, whom, &mut Warning::default()).await?; // 400
            let mut changed = edited(&mut work, accounts, &action, edit).await?; // 400
            changed.truncate(1);
            People::gather(&mut work, changed).await
        })
    });
    Ok(envelope::bare(&people.await?.user())) //                                 200
}

/// These accounts after a change of one permission.
async fn edited(work: &mut UnitOfWork<'_>, accounts: Vec<Account>, action: &ActionName, edit: Edit) -> Result<Vec<Account>, Refusal> {
    let keys = named::keys(&accounts);
    match edit {
        Edit::Add => {
            let has_robot = accounts.iter().any(|account| account.kind == AccountKind::Service);
            check_bearable(has_robot, action)?;
            work.change_permissions(&keys, Some(action), None).await
        }
        Edit::Remove => {
            let changed = work.change_permissions(&keys, None, Some(action)).await?;
            work.keep_somebody_who_may(USER_MANAGEMENT).await?;
            Ok(changed)
        }
    }
}

/// Refuses to give a robot the permission to make tokens for itself (section 9.9, inferred).
pub fn check_bearable(is_robot: bool, action: &ActionName) -> Result<(), Refusal> {
    match is_robot && action.as_str() == TOKEN_MANAGEMENT {
        true => Err(Refusal::Conflict { what: "service account", state: "cannot hold `token_management`" }),
        false => Ok(()),
    }
}

/// `ValidatedUsersDTO`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ValidatedBody {
    valid_users: Vec<UserBody>,
    invalid_identifiers: Vec<String>,
}

/// Operation 26: who is there in the order asked, and the rest; never an error (section 9.7, inferred).
pub async fn validate(call: Call, whom: Whom) -> Result<Response, Refusal> {
    let ids = call.ids()?; //                                                    400
    let found = call.read(move |mut work| {
        Box::pin(async move {
            let found = named::accounts(&mut work, &ids).await?.only_those(whom);
            Ok((People::gather(&mut work, found.items).await?, found.unknown))
        })
    });
    let (people, invalid_identifiers) = found.await?;
    Ok(envelope::ok(&ValidatedBody { valid_users: people.users(), invalid_identifiers })) // 200
}
