//! Robots (operations 1, 5, 6, 12, 14 and 24 of `spec/wavefront-accounts.md`, section 3).

use axum::response::Response;
use secrecy::SecretString;
use vestibule_core::{
    account::{Account, AccountKind},
    credential::{ShowableToken, TOKENS_MAX},
    id::AccountId,
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{AccountChange, NewAccount, UnitOfWork};

use super::{
    Route,
    call::Call,
    envelope::{self, Warning},
    named::{self, Whom},
    people::{People, only},
    rights::{self, AllUnknown},
    users::everybody,
    wire::accounts::{ServiceAccountWrite, TOKENS, of_identifier},
    words::USER_MANAGEMENT,
};

/// Those operations.
pub const ROUTES: &[Route] = &[
    Route::new("get", "/account/serviceaccount", "account.list", |call| Box::pin(list(call))),
    Route::new("post", "/account/serviceaccount", "account.create", |call| Box::pin(create(call))),
    Route::new("get", "/account/serviceaccount/{id}", "account.read", |call| Box::pin(show(call))),
    Route::new("put", "/account/serviceaccount/{id}", "account.update", |call| Box::pin(update(call))),
    Route::new("post", "/account/serviceaccount/{id}/activate", "account.activate", |call| Box::pin(switch(call, Switch::On))),
    Route::new("post", "/account/serviceaccount/{id}/deactivate", "account.deactivate", |call| Box::pin(switch(call, Switch::Off))),
];

/// Whether a robot's tokens are to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Switch {
    On,
    Off,
}

/// Operation 12.
async fn list(call: Call) -> Result<Response, Refusal> {
    let robots = call.read(|mut work| {
        Box::pin(async move {
            let people = everybody(&mut work, AccountKind::Service).await?;
            people.with_tokens(&mut work).await
        })
    });
    Ok(envelope::ok(&robots.await?.robots())) //                                 200
}

/// Operation 14.
async fn show(call: Call) -> Result<Response, Refusal> {
    let id = call.account()?; //                                                 404
    let robot = call.read(move |mut work| {
        Box::pin(async move {
            let account = named::account(&mut work, &id, Whom::Robots).await?; // 404
            robot(&mut work, account).await
        })
    });
    Ok(envelope::ok(&only(robot.await?.robots())?)) //                           200
}

/// One robot, gathered.
async fn robot(work: &mut UnitOfWork<'_>, account: Account) -> Result<People, Refusal> {
    People::gather(work, vec![account]).await?.with_tokens(work).await
}

/// Operation 5. It is active unless it says otherwise (section 5, inferred).
async fn create(call: Call) -> Result<Response, Refusal> {
    let wish = ServiceAccountWrite::read(&call.object()?)?; //                   400
    let id = AccountId::service(wish.name()?).map_err(of_identifier)?; //        400
    let made = call.write(move |mut work| {
        Box::pin(async move {
            let mut warning = Warning::default();
            let rights = rights::read(&mut work, &wish.rights, AccountKind::Service, AllUnknown::PassedOver, &mut warning).await?; // 400
            let new = NewAccount {
                name: id.as_str().trim_start_matches(AccountId::SERVICE_PREFIX).to_owned(),
                id,
                kind: AccountKind::Service,
                description: wish.description.unwrap_or_default(),
                active: wish.active.unwrap_or(true),
                permissions: rights.permissions,
                roles: rights.roles.unwrap_or_default(),
                groups: rights.groups,
                tokens: tokens(&wish.tokens)?, //                                400
                sso_id: String::new(),
            };
            let made = work.new_account(new).await?; //                          409, 400 for a token in use
            Ok((robot(&mut work, made.account).await?, warning))
        })
    });
    let (people, warning) = made.await?;
    Ok(envelope::warned(&warning, &only(people.robots())?)) //                   200
}

/// Tokens that a client chose: each a UUID, and no more than an account may have (section 9.4).
fn tokens(raw: &[String]) -> Result<Vec<SecretString>, Malformed> {
    if raw.len() > TOKENS_MAX {
        return Err(Malformed::new(TOKENS, Fault::TooMany { limit: TOKENS_MAX }));
    }
    let read = |(at, token): (usize, &String)| ShowableToken::parse(token).map_err(|malformed| malformed.of(format!("{TOKENS}[{at}]")));
    raw.iter().enumerate().map(read).map(|token| token.map(SecretString::from)).collect()
}

/// Operation 24.
async fn update(call: Call) -> Result<Response, Refusal> {
    let wish = ServiceAccountWrite::read(&call.object()?)?; //                   400
    let id = call.account()?; //                                                 404
    let changed = call.write(move |mut work| {
        Box::pin(async move {
            let account = named::account(&mut work, &id, Whom::Robots).await?; // 404
            wish.check_path(&id)?; //                                            400
            let mut warning = Warning::default();
            let rights = rights::read(&mut work, &wish.rights, account.kind, AllUnknown::Refused, &mut warning).await?; // 400
            let add_tokens = new_tokens(&mut work, &account, &wish.tokens).await?; // 400
            let change = AccountChange { description: wish.description, active: wish.active, add_tokens, ..rights.into() };
            let changed = work.change_account(account.key, change, None).await?; // 400
            work.keep_somebody_who_may(USER_MANAGEMENT).await?; //               400
            Ok((robot(&mut work, changed.account).await?, warning))
        })
    });
    let (people, warning) = changed.await?;
    Ok(envelope::warned(&warning, &only(people.robots())?)) //                   200
}

/// Those tokens of a list that the account has not got. A list never takes any away: clients send an empty one with
/// every change, and would cut off what they manage (section 9.4, inferred).
async fn new_tokens(work: &mut UnitOfWork<'_>, account: &Account, raw: &[String]) -> Result<Vec<SecretString>, Refusal> {
    let mut new = Vec::new();
    for (token, parsed) in raw.iter().zip(tokens(raw)?) {
        if work.find_token(Some(account.key), &token.to_ascii_lowercase()).await?.is_none() {
            new.push(parsed);
        }
    }
    Ok(new)
}

/// Operations 1 and 6: either may be done twice (section 9.2, inferred).
async fn switch(call: Call, to: Switch) -> Result<Response, Refusal> {
    let id = call.account()?; //                                                 404
    let people = call.write(move |mut work| {
        Box::pin(async move {
            let account = named::account(&mut work, &id, Whom::Robots).await?; // 404
            let change = AccountChange { active: Some(to == Switch::On), ..AccountChange::default() };
            let changed = work.change_account(account.key, change, None).await?; // 400 for oneself
            work.keep_somebody_who_may(USER_MANAGEMENT).await?; //               400
            robot(&mut work, changed.account).await
        })
    });
    Ok(envelope::ok(&only(people.await?.robots())?)) //                          200
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_may_choose_as_many_tokens_as_an_account_has_room_for() {
        let token = |number: usize| format!("A411c16b-3cf7-4f03-bf11-{number:012}");
        for (count, good) in [(0, true), (1, true), (TOKENS_MAX, true), (TOKENS_MAX + 1, false)] {
            let raw: Vec<_> = (0..count).map(token).collect();
            assert_eq!(tokens(&raw).is_ok(), good, "{count}");
        }
        assert_eq!(tokens(&[token(1), "main".to_owned()]).unwrap_err().field, "tokens[1]");
    }
}
