//! Tokens: one's own, those of robots, all of the customer's (`spec/wavefront-accounts.md`, sections 6 and 9.4).
//!
//! A token is its own name, so paths hold secrets: they are in no log line, which has the route's path alone.

use axum::response::Response;
use vestibule_core::{
    account::AccountKind,
    id::AccountKey,
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{ShownToken, UnitOfWork};

use super::{
    Asks, Route,
    call::Call,
    envelope,
    named::{self, Whom},
    people::scene,
    wire::tokens::{TOKEN_ID, TokenBody, TokenModelBody, TokenWrite},
};

/// Those operations.
pub const ROUTES: &[Route] = &[
    Route::new("get", "/apitoken", "token.list", |call| Box::pin(list(call, Owner::Caller))).for_all_who(Asks::Nothing),
    Route::new("post", "/apitoken", "token.create", |call| Box::pin(create_own(call))).for_all_who(Asks::Nothing),
    Route::new("put", "/apitoken/{id}", "token.rename", |call| Box::pin(rename(call, Owner::Caller))).for_all_who(Asks::Nothing),
    Route::new("delete", "/apitoken/{id}", "token.revoke", |call| Box::pin(revoke(call, Owner::Caller))).for_all_who(Asks::Nothing),
    Route::new("get", "/apitoken/serviceaccount/{id}", "token.list", |call| Box::pin(list(call, Owner::Robot))),
    Route::new("post", "/apitoken/serviceaccount/{id}", "token.create", |call| Box::pin(create_for_robot(call))),
    Route::new("put", "/apitoken/serviceaccount/{id}/{token}", "token.rename", |call| Box::pin(rename(call, Owner::Robot))),
    Route::new("delete", "/apitoken/serviceaccount/{id}/{token}", "token.revoke", |call| Box::pin(revoke(call, Owner::Robot))),
    Route::new("get", "/apitoken/customertokens", "token.list", |call| Box::pin(list_all(call))),
    Route::new("get", "/apitoken/customertokens/{id}", "token.read", |call| Box::pin(show(call))),
    Route::new("put", "/apitoken/customertokens/revoke", "token.revoke", |call| Box::pin(revoke_any(call))),
];

/// Whose tokens an address is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// The caller's own, which ask for no permission.
    Caller,
    /// Those of the robot that the path names.
    Robot,
}

/// An owner, as a request names one.
#[derive(Debug, Clone)]
enum Named {
    Key(AccountKey),
    Id(String),
}

impl Owner {
    /// Whom the request is about. A visiting agent has no account of its own here.
    fn of(self, call: &Call) -> Result<Named, Refusal> {
        let caller = &call.ctx.account()?.principal;
        match self {
            Self::Caller if caller.kind == AccountKind::Support => Err(Refusal::Absent("account")),
            Self::Caller => Ok(Named::Key(caller.key)),
            Self::Robot => Ok(Named::Id(call.account()?)),
        }
    }

    /// The parameter that names the token.
    const fn token(self) -> &'static str {
        match self {
            Self::Caller => "id",
            Self::Robot => "token",
        }
    }
}

impl Named {
    async fn find(&self, work: &mut UnitOfWork<'_>) -> Result<AccountKey, Refusal> {
        match self {
            Self::Key(key) => Ok(*key),
            Self::Id(id) => Ok(named::account(work, id, Whom::Robots).await?.key),
        }
    }
}

/// All tokens of an account, the oldest first.
async fn listed(work: &mut UnitOfWork<'_>, account: AccountKey) -> Result<Vec<TokenBody>, Refusal> {
    Ok(work.tokens_of(account).await?.iter().map(TokenBody::of).collect())
}

async fn list(call: Call, owner: Owner) -> Result<Response, Refusal> {
    let whose = owner.of(&call)?; //                                             404
    let tokens = call.read(move |mut work| {
        Box::pin(async move {
            let account = whose.find(&mut work).await?; //                       404
            listed(&mut work, account).await
        })
    });
    Ok(envelope::ok(&tokens.await?)) //                                          200
}

/// `POST /apitoken`: the whole list, the new one last. The body is not looked at.
async fn create_own(call: Call) -> Result<Response, Refusal> {
    call.allow_own_tokens().await?; //                                           403
    create(call, Owner::Caller, String::new()).await
}

/// `POST /apitoken/serviceaccount/{id}`: of the body only the name counts.
async fn create_for_robot(call: Call) -> Result<Response, Refusal> {
    let wish = TokenWrite::read(&call.object_or_empty()?)?; //                   400
    create(call, Owner::Robot, wish.name.unwrap_or_default()).await
}

async fn create(call: Call, owner: Owner, name: String) -> Result<Response, Refusal> {
    let whose = owner.of(&call)?; //                                             404
    let tokens = call.write(move |mut work| {
        Box::pin(async move {
            let account = whose.find(&mut work).await?; //                       404
            work.new_token(account, &name).await?; //                            400 when it has all it may
            listed(&mut work, account).await
        })
    });
    Ok(envelope::ok(&tokens.await?)) //                                          200
}

/// The token that a path names, of this account.
async fn named_token(work: &mut UnitOfWork<'_>, account: Option<AccountKey>, raw: &str) -> Result<ShownToken, Refusal> {
    work.find_token(account, &raw.to_ascii_lowercase()).await?.ok_or(Refusal::Absent("token"))
}

async fn rename(call: Call, owner: Owner) -> Result<Response, Refusal> {
    let wish = TokenWrite::read(&call.object()?)?; //                            400
    let (whose, raw) = (owner.of(&call)?, call.param(owner.token(), "token")?); // 404
    let renamed = call.write(move |mut work| {
        Box::pin(async move {
            let account = whose.find(&mut work).await?; //                       404
            let token = named_token(&mut work, Some(account), &raw).await?; //   404
            wish.check_path(&raw)?; //                                           400
            match wish.name {
                Some(name) => work.rename_token(&token, &name).await, //         400
                None => Ok(token),
            }
        })
    });
    Ok(envelope::ok(&TokenBody::of(&renamed.await?))) //                         200
}

/// The tokens that are left (inferred).
async fn revoke(call: Call, owner: Owner) -> Result<Response, Refusal> {
    let (whose, raw) = (owner.of(&call)?, call.param(owner.token(), "token")?); // 404
    let left = call.write(move |mut work| {
        Box::pin(async move {
            let account = whose.find(&mut work).await?; //                       404
            let token = named_token(&mut work, Some(account), &raw).await?; //   404
            work.revoke_token(&token).await?;
            listed(&mut work, account).await
        })
    });
    Ok(envelope::ok(&left.await?)) //                                            200
}

/// `GET /apitoken/customertokens`.
async fn list_all(call: Call) -> Result<Response, Refusal> {
    let tokens = call.read(move |mut work| {
        Box::pin(async move {
            let scene = scene(&mut work, []).await?;
            Ok(work.all_tokens().await?.iter().map(|token| TokenModelBody::of(token, &scene)).collect::<Vec<_>>())
        })
    });
    Ok(envelope::ok(&tokens.await?)) //                                          200
}

/// `GET /apitoken/customertokens/{id}`.
async fn show(call: Call) -> Result<Response, Refusal> {
    let raw = call.param("id", "token")?; //                                     404
    let token = call.read(move |mut work| {
        Box::pin(async move {
            let token = named_token(&mut work, None, &raw).await?; //            404
            let scene = scene(&mut work, []).await?;
            Ok(TokenModelBody::of(&token, &scene))
        })
    });
    Ok(envelope::ok(&token.await?)) //                                           200
}

/// `PUT /apitoken/customertokens/revoke`: the token as it was.
async fn revoke_any(call: Call) -> Result<Response, Refusal> {
    let raw = TokenWrite::read(&call.object()?)?.id; //                          400
    let raw = raw.ok_or_else(|| Malformed::new(TOKEN_ID, Fault::Missing))?; //   400
    let gone = call.write(move |mut work| {
        Box::pin(async move {
            let token = named_token(&mut work, None, &raw).await?; //            404
            work.revoke_token(&token).await?;
            Ok(token)
        })
    });
    Ok(envelope::ok(&TokenBody::of(&gone.await?))) //                            200
}
