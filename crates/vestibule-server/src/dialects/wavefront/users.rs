//! People (operations 4, 13, 15, 16, 19 and 25 of `spec/wavefront-accounts.md`, section 3).

use axum::response::Response;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use vestibule_core::{
    account::{Account, AccountKind},
    account_invitation::AccountInvitation,
    credential::Password,
    id::AccountId,
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{
    AccountChange, AccountField, AccountMatch, AccountQuery, AccountView, HashedPassword, Matching, NewAccount, Order, UnitOfWork,
};

use super::{
    Asks, Route,
    accounts::one,
    call::Call,
    envelope::{self, Warning},
    named::{self, Whom},
    people::People,
    rights::{self, AllUnknown},
    wire::accounts::{EMAIL, UserToCreate, UserWrite},
    words::{BATCH, USER_MANAGEMENT},
};
use crate::body::Object;

/// Those operations.
pub const ROUTES: &[Route] = &[
    Route::new("get", "/account/user", "account.list", |call| Box::pin(list(call))),
    Route::new("post", "/account/user", "account.create", |call| Box::pin(create_or_update(call))),
    // Clients show it to whoever lacks the permission: whom to ask.
    Route::new("get", "/account/user/admin", "account.list", |call| Box::pin(administrators(call))).for_all_who(Asks::Nothing),
    Route::new("post", "/account/user/invite", "account.invite", |call| Box::pin(invite(call))).listing(),
    Route::new("get", "/account/user/{id}", "account.read", |call| Box::pin(show(call))).for_all_who(Asks::AccountsOrOneself),
    Route::new("put", "/account/user/{id}", "account.update", |call| Box::pin(update(call))),
];

const SEND_EMAIL: &str = "sendEmail";

/// Operation 13.
async fn list(call: Call) -> Result<Response, Refusal> {
    Ok(envelope::ok(&all(&call).await?.users())) //                              200
}

/// All users.
pub async fn all(call: &Call) -> Result<People, Refusal> {
    call.read(|mut work| Box::pin(async move { everybody(&mut work, AccountKind::User).await })).await
}

/// Everybody of a kind, by id: these lists have no pages.
pub async fn everybody(work: &mut UnitOfWork<'_>, kind: AccountKind) -> Result<People, Refusal> {
    let views = all_matching(work, kind, Vec::new()).await?;
    People::of_views(work, views).await
}

async fn all_matching(work: &mut UnitOfWork<'_>, kind: AccountKind, matches: Vec<AccountMatch>) -> Result<Vec<AccountView>, Refusal> {
    let mut query = AccountQuery { kinds: vec![kind], matches, order: Order::Ascending, offset: 0, limit: BATCH };
    let mut views = Vec::new();
    loop {
        let slice = work.search_accounts(&query).await?;
        views.extend(slice.items);
        if !slice.more {
            return Ok(views);
        }
        query.offset += BATCH;
    }
}

/// Operation 16: people who have the permission, wherever it comes from, by id (section 9.5, inferred).
async fn administrators(call: Call) -> Result<Response, Refusal> {
    let has_it = AccountMatch {
        field: AccountField::UnitedPermission,
        values: vec![USER_MANAGEMENT.to_owned()],
        how: Matching::Exact,
        negated: false,
    };
    let found = call.read(move |mut work| Box::pin(async move { all_matching(&mut work, AccountKind::User, vec![has_it]).await }));
    let ids: Vec<_> = found.await?.into_iter().map(|view| view.account.id).collect();
    Ok(envelope::ok(&ids)) //                                                    200
}

/// Operation 15.
async fn show(call: Call) -> Result<Response, Refusal> {
    Ok(envelope::bare(&one(&call, Whom::Users).await?.user())) //                200, 404
}

/// Operation 4.
async fn create_or_update(call: Call) -> Result<Response, Refusal> {
    let (people, _) = put(&call).await?;
    Ok(envelope::bare(&people.user())) //                                        200
}

/// Makes the user that a body describes, or changes it by what is given; and what was passed over.
pub async fn put(call: &Call) -> Result<(People, Warning), Refusal> {
    let wants_mail = call.flag(SEND_EMAIL)?; //                                  400
    let wish = UserToCreate::read(&call.object()?)?; //                          400
    call.write(move |mut work| {
        Box::pin(async move {
            let mut warning = Warning::default();
            let put = put_one(&mut work, &wish, &mut warning).await?; //         400, 409
            match put.is_new {
                true if wants_mail => work.send_activation(put.account.key).await?,
                true => {}
                false => work.keep_somebody_who_may(USER_MANAGEMENT).await?, //  400
            }
            Ok((People::gather(&mut work, vec![put.account]).await?, warning))
        })
    })
    .await
}

/// A user that was made or changed.
struct Put {
    account: Account,
    is_new: bool,
}

async fn put_one(work: &mut UnitOfWork<'_>, wish: &UserToCreate, warning: &mut Warning) -> Result<Put, Refusal> {
    match work.find_account_by_id(&wish.email).await? {
        Some(account) if account.kind == AccountKind::User => {
            let rights = rights::read(work, &wish.rights, AccountKind::User, AllUnknown::Refused, warning).await?;
            let changed = work.change_account(account.key, rights.into(), None).await?;
            Ok(Put { account: changed.account, is_new: false })
        }
        Some(_) => Err(Refusal::Exists("account")),
        None => {
            let id = email(&wish.email)?;
            let rights = rights::read(work, &wish.rights, AccountKind::User, AllUnknown::PassedOver, warning).await?;
            let new = NewAccount {
                id,
                kind: AccountKind::User,
                name: String::new(),
                description: String::new(),
                active: true,
                // Left out, they are the realm's defaults; empty, they are none (section 9.6).
                permissions: rights.permissions,
                roles: rights.roles.unwrap_or_default(),
                groups: rights.groups,
                tokens: Vec::new(),
                sso_id: String::new(),
            };
            Ok(Put { account: work.new_account(new).await?.account, is_new: true })
        }
    }
}

/// A person's identifier: an e-mail address (section 9.1), which none of a robot's may look like.
fn email(raw: &str) -> Result<AccountId, Malformed> {
    match AccountId::is_service(raw) {
        true => Err(Malformed::new(EMAIL, Fault::Format("an e-mail address"))),
        false => AccountInvitation::check_email(raw).map_err(|malformed| malformed.of(EMAIL)),
    }
}

/// Operation 19: the first of them (section 9.8, inferred).
async fn invite(call: Call) -> Result<Response, Refusal> {
    Ok(envelope::bare(&invite_all(&call).await?.user())) //                      200
}

/// Makes the users that a body lists, or changes those that are there, and mails each a link to become active.
pub async fn invite_all(call: &Call) -> Result<People, Refusal> {
    let wishes = invitees(&call.list()?)?; //                                    400
    call.write(move |mut work| {
        Box::pin(async move {
            let mut accounts = Vec::new();
            for wish in &wishes {
                let put = put_one(&mut work, wish, &mut Warning::default()).await?; // 400, 409
                // Whoever has a password needs no link, and gets none.
                work.send_activation(put.account.key).await?; //                 400 for who has no access
                accounts.push(put.account);
            }
            work.keep_somebody_who_may(USER_MANAGEMENT).await?; //               400
            accounts.truncate(1);
            People::gather(&mut work, accounts).await
        })
    })
    .await
}

fn invitees(list: &[Value]) -> Result<Vec<UserToCreate>, Malformed> {
    let read = |(at, value): (usize, &Value)| {
        let Value::Object(members) = value else { return Err(Malformed::new(format!("body[{at}]"), Fault::NotA("a JSON object"))) };
        UserToCreate::read(&Object::new(members.clone())).map_err(|malformed| {
            let member = format!("body[{at}].{}", malformed.field);
            malformed.of(member)
        })
    };
    list.iter().enumerate().map(read).collect()
}

/// Operation 25.
async fn update(call: Call) -> Result<Response, Refusal> {
    let (people, _) = change(&call).await?;
    Ok(envelope::bare(&people.user())) //                                        200
}

/// A password as it is kept, worked out before the unit begins: it takes long.
async fn hashed(call: &Call, password: &SecretString) -> Result<HashedPassword, Refusal> {
    Password::check(password.expose_secret()).map_err(|malformed| malformed.of("credential"))?;
    call.operations.hash_password(password.clone()).await
}

/// Changes the user that the path names by what is given; and what was passed over.
pub async fn change(call: &Call) -> Result<(People, Warning), Refusal> {
    let wish = UserWrite::read(&call.object()?)?; //                             400
    let id = call.account()?; //                                                 404
    let password = match &wish.password {
        Some(password) => Some(hashed(call, password).await),
        None => None,
    };
    call.write(move |mut work| {
        Box::pin(async move {
            let account = named::account(&mut work, &id, Whom::Users).await?; // 404
            wish.check_path(&id)?; //                                            400
            let password = password.transpose()?; //                             400
            let mut warning = Warning::default();
            let rights = rights::read(&mut work, &wish.rights, account.kind, AllUnknown::Refused, &mut warning).await?; // 400
            let change = AccountChange { sso_id: wish.sso_id, password, ..rights.into() };
            let changed = work.change_account(account.key, change, None).await?; // 400
            work.keep_somebody_who_may(USER_MANAGEMENT).await?; //               400
            Ok((People::gather(&mut work, vec![changed.account]).await?, warning))
        })
    })
    .await
}
