//! Users (`spec/egain-grants.md`, section 9): made, changed, shown with their departments and roles. Who may administer the
//! realm may do this, people and programs alike (ours: a program that could make people could give itself any right).

use secrecy::SecretString;
use vestibule_core::{
    account::{Account, AccountKind},
    department::{Department, Seat},
    id::{AccountId, AccountKey},
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{AccountChange, AccountDetails, NewAccount, Right, UnitOfWork};

use super::{
    Mount, Route,
    call::Call,
    case_wire::date,
    errors::{self, Failure},
    node::{Document, Node},
    reply::Reply,
    user_wire::{self as wire, Departments},
    words::{self, IDS_MAX, PATH_ID_CHARS_MAX, THING_IN_PATH, param, scope},
};

const USERS: &[Mount] = &[Mount::Users];

/// The writes and reads.
pub const ROUTES: &[Route] = &[
    Route::new("post", "/user", USERS, "user.create", |call| Box::pin(create(call))).taking(wire::USER).within(scope::USER_MANAGE),
    Route::new("patch", "/user", USERS, "user.change", |call| Box::pin(change(call))).taking(wire::USER).within(scope::USER_MANAGE),
    Route::new("get", "/users/{ids}", USERS, "user.read", |call| Box::pin(show(call))).within(scope::USER_READ),
    Route::new("get", "/user/{id}/role", USERS, "user.roles.read", |call| Box::pin(roles(call))).within(scope::USER_READ),
];

/// Who is named by an id of a body or a path: the account's key, or nobody.
async fn find(work: &mut UnitOfWork<'_>, raw: &str, what: &'static str) -> Result<Account, Refusal> {
    let unknown = || Refusal::UnknownIds { what, ids: vec![raw.to_owned()] };
    let key: AccountKey = raw.parse().map_err(|_| unknown())?;
    match work.user(key).await {
        Ok(user) if user.kind == AccountKind::User => Ok(user),
        Ok(_) | Err(Refusal::Absent(_)) => Err(unknown()),
        Err(other) => Err(other),
    }
}

/// A seat as the body wants it: departments by name or id, one of them home.
fn seat(there: &[Department], before: Seat, wanted: &Departments) -> Result<Seat, Refusal> {
    let known = |text: &str| there.iter().find(|one| one.name == text || one.id.to_string() == text).map(|one| one.name.clone());
    let unknown = |field: &'static str| Refusal::from(Malformed::new(field, Fault::Format("a department of the realm")));
    let Seat { mut home, mut foreign } = before;
    for id in &wanted.unlinked {
        let name = known(id).ok_or_else(|| unknown("departments.unlink.link.href"))?;
        home = home.filter(|home| *home != name);
        foreign.retain(|one| *one != name);
    }
    for (name, is_home) in &wanted.added {
        let name = known(name).ok_or_else(|| unknown("departments.department"))?;
        match is_home {
            true => home = Some(name),
            false => foreign.push(name),
        }
    }
    Ok(Seat::new(home, foreign))
}

async fn create(call: Call) -> Result<Reply, Failure> {
    let wanted = wire::new_user(call.body()?)?; //                               400
    let id: AccountId = wanted.login.parse().map_err(|_| Failure::of(&errors::BAD_VALUE, ["loginId"]))?; // 400
    call.ctx.allow(Right::AdministerRealm, &call.realm)?; //                     403
    let password = call.operations.hash_password(SecretString::from(wanted.password)).await?; // 400
    let (said, departments) = (wanted.said, wanted.departments);
    let made = call.write(move |mut work| {
        Box::pin(async move {
            let seat = seat(&work.departments().await?, Seat::default(), &departments)?; // 400
            let mut new = NewAccount::bare(id, AccountKind::User);
            new.name = said.screen_name.unwrap_or_default();
            let mut details = AccountDetails { seat, ..AccountDetails::default() };
            details.profile.first_name = said.first_name.unwrap_or_default();
            details.profile.last_name = said.last_name.unwrap_or_default();
            let made = work.new_account_with(new, details).await?.account; //    400
            let change = AccountChange { password: Some(password), ..AccountChange::default() };
            work.change_account(made.key, change, None).await?;
            Ok(made.key)
        })
    });
    let made = made.await.map_err(|refusal| match refusal {
        Refusal::Exists(_) => Failure::of(&errors::BAD_VALUE, ["loginId"]).with("reason", "not_unique").because(refusal),
        other => other.into(),
    })?;
    Ok(Reply::created(call.href_at(words::USERS, &format!("/users/{made}")))) // 201
}

async fn change(call: Call) -> Result<Reply, Failure> {
    let (id, said, departments) = wire::user_change(call.body()?)?; //           400
    call.ctx.allow(Right::AdministerRealm, &call.realm)?; //                     403
    let changed = call.write(move |mut work| {
        Box::pin(async move {
            let user = find(&mut work, &id, "user").await?; //                   400
            let seat = seat(&work.departments().await?, user.seat, &departments)?; // 400
            let change = AccountChange {
                name: said.screen_name,
                first_name: said.first_name,
                last_name: said.last_name,
                home_department: Some(seat.home),
                foreign_departments: Some(seat.foreign),
                ..AccountChange::default()
            };
            work.change_account(user.key, change, None).await.map(drop)
        })
    });
    changed.await?;
    Ok(Reply::nothing()) //                                                      204
}

async fn show(call: Call) -> Result<Reply, Failure> {
    let ids: Vec<String> = call.param(param::IDS).split(',').map(str::to_owned).collect();
    if ids.iter().any(|id| id.chars().count() > PATH_ID_CHARS_MAX) {
        return Err(Failure::of(&errors::PATH_ID_LONG, [format!("longer than {PATH_ID_CHARS_MAX}")])); // 400
    }
    if ids.len() > IDS_MAX {
        return Err(Failure::of(&errors::LIMIT, [IDS_MAX.to_string().as_str(), "ids"])); // 400
    }
    call.ctx.allow(Right::AdministerRealm, &call.realm)?; //                     403
    let found = call.read(move |mut work| {
        Box::pin(async move {
            let (mut found, mut unknown): (Vec<Account>, Vec<String>) = (Vec::new(), Vec::new());
            for id in ids {
                match find(&mut work, &id, THING_IN_PATH).await {
                    Ok(user) if found.iter().any(|one| one.key == user.key) => {}
                    Ok(user) => found.push(user),
                    Err(Refusal::UnknownIds { ids, .. }) => unknown.extend(ids),
                    Err(other) => return Err(other),
                }
            }
            match unknown.is_empty() {
                true => Ok((found, work.departments().await?)),
                false => Err(Refusal::UnknownIds { what: THING_IN_PATH, ids: unknown }),
            }
        })
    });
    let (found, departments) = found.await?; //                                  404
    let users = found.iter().map(|user| node(&call, user, &departments)).collect();
    let node = Node::Object(vec![("user", Node::List(users))]);
    Ok(Reply::ok(Document { root: "users", namespace: words::PLATFORM_NAMESPACE, node })) // 200
}

fn node(call: &Call, user: &Account, departments: &[Department]) -> Node {
    let text = |text: &str| Node::text(text);
    let one = |department: &Department, is_home: bool| {
        let mut members = vec![("name", text(&department.name))];
        if is_home {
            members.push(("home", text(words::YES)));
        }
        members.push(("id", Node::attribute(department.id.to_string())));
        Node::Object(members)
    };
    let is_in = |department: &&Department| user.seat.departments().any(|name| name == department.name);
    let is_home = |department: &Department| user.seat.home.as_ref() == Some(&department.name);
    let seats: Vec<_> = departments.iter().filter(is_in).map(|department| one(department, is_home(department))).collect();
    let link = Node::link("self", call.href_at(words::USERS, &format!("/users/{}", user.key)));
    let mut members = vec![
        ("link", Node::List(vec![link])),
        ("loginId", text(user.id.as_str())),
        ("firstName", text(&user.profile.first_name)),
        ("lastName", text(&user.profile.last_name)),
        ("screenName", text(&user.name)),
    ];
    if !seats.is_empty() {
        members.push(("departments", Node::Object(vec![("department", Node::List(seats))])));
    }
    members.extend([("created", date(user.created_at)), ("id", Node::attribute(user.key.to_string()))]);
    Node::Object(members)
}

async fn roles(call: Call) -> Result<Reply, Failure> {
    let id = call.param(param::ID).to_owned();
    if id.chars().count() > PATH_ID_CHARS_MAX {
        return Err(Failure::of(&errors::PATH_ID_LONG, [format!("longer than {PATH_ID_CHARS_MAX}")])); // 400
    }
    call.ctx.allow(Right::AdministerRealm, &call.realm)?; //                     403
    let found = call.read(move |mut work| {
        Box::pin(async move {
            let user = find(&mut work, &id, THING_IN_PATH).await?; //            404
            Ok(work.account_view(user).await?.roles)
        })
    });
    let found = found.await?;
    if found.is_empty() {
        return Ok(Reply::nothing()); //                                          204
    }
    let one = |role: &vestibule_core::role::Role| {
        let id = Node::attribute(role.id.to_string());
        Node::Object(vec![("name", Node::text(&*role.name)), ("description", Node::text(&*role.description)), ("id", id)])
    };
    let node = Node::Object(vec![("role", Node::List(found.iter().map(one).collect()))]);
    Ok(Reply::ok(Document { root: "roles", namespace: words::PLATFORM_NAMESPACE, node })) // 200
}
