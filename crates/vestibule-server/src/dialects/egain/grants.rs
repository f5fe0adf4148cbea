//! Grants: given, shown, taken back (`spec/egain-grants.md`, sections 4 to 6). Each handler is what comes after the checks
//! that all calls share: shape, permission, existence, departments, rules.

use vestibule_operations::{CustomerRight, GrantsOf, Named};

use super::{
    Mount, Route,
    call::Call,
    caller::{self, Actor},
    errors::Failure,
    people::{self, Ids},
    refusal,
    reply::Reply,
    wire::{self, Shown},
    words::param,
};

/// G1 to G5; the first at the bare path, too.
pub const ROUTES: &[Route] = &[
    Route::new("post", "/customer/grant", &[Mount::V3, Mount::Legacy, Mount::Bare], "customer.grant", |call| Box::pin(create(call)))
        .taking(wire::GRANTS),
    Route::new("get", "/customer/{id}/grants", &[Mount::V3], "customer.grants.read", |call| Box::pin(show(call))),
    Route::new("get", "/customer/{id}/grant", &[Mount::Legacy], "customer.grants.read", |call| Box::pin(show(call))),
    Route::new("get", "/customer/grants", &[Mount::V3], "customer.grants.read", |call| Box::pin(own(call))).admitting(&[Actor::Customer]),
    Route::new("delete", "/customer/{id}/grantedcustomer/{grantedcustomerid}", &[Mount::V3], "customer.grant.remove", |call| {
        Box::pin(remove(call))
    }),
    Route::new("delete", "/customer/{id}/grant", &[Mount::Legacy], "customer.grant.remove", |call| Box::pin(remove_several(call)))
        .taking(wire::GRANTS),
];

const EDIT: CustomerRight = CustomerRight::Edit;
const VIEW: CustomerRight = CustomerRight::View;

async fn create(call: Call) -> Result<Reply, Failure> {
    let wanted = wire::wanted(call.body()?)?; //                                 400
    let (on, to) = (Ids::of_body([wanted.on]), Ids::of_body(wanted.to));
    let all = on.and(&to);
    call.allow(EDIT, &all.known).await?; //                                      403
    let (seated, opened) = (call.seated(), on.known.first().copied());
    let made = call.write(move |mut work| {
        Box::pin(async move {
            let served = all.served(&mut work).await?; //                        400
            people::reach(&mut work, seated, &served, EDIT).await?; //           403
            let granter = people::first(on.among(&served))?;
            work.grant_customers(&granter, &to.among(&served)).await?; //        400
            Ok(granter.id)
        })
    });
    let granter = made.await.map_err(|refusal| refusal::of_grant(refusal, opened))?;
    Ok(Reply::created(call.href(&format!("/customer/{granter}/{}", call.surface.grants())))) // 201
}

async fn show(call: Call) -> Result<Reply, Failure> {
    let ids = call.path_ids(&[param::ID]);
    call.allow(VIEW, &ids.known).await?; //                                      403
    let seated = call.seated();
    let found = call.read(move |mut work| {
        Box::pin(async move {
            let served = ids.served(&mut work).await?; //                        400, 404
            people::reach(&mut work, seated, &served, VIEW).await?; //           403
            work.grants_of(people::first(served)?.id).await
        })
    });
    Ok(shown(&call, &found.await?, Shown::Wholly)) //                            200, 204
}

async fn own(call: Call) -> Result<Reply, Failure> {
    let customer = caller::customer(&call.ctx)?;
    let found = call.read(move |mut work| Box::pin(async move { work.grants_of(customer).await })).await?;
    Ok(shown(&call, &found, Shown::ToItself)) //                                 200, 204
}

fn shown(call: &Call, found: &GrantsOf, shown: Shown) -> Reply {
    let href = |named: &Named| call.href(&format!("/customer/{}", named.id));
    wire::grants(found, shown, href).map_or_else(Reply::nothing, Reply::ok)
}

async fn remove(call: Call) -> Result<Reply, Failure> {
    let (on, to) = (call.path_ids(&[param::ID]), call.path_ids(&[param::HOLDER]));
    let all = on.and(&to);
    call.allow(EDIT, &all.known).await?; //                                      403
    let seated = call.seated();
    let removed = call.write(move |mut work| {
        Box::pin(async move {
            let served = all.served(&mut work).await?; //                        400, 404
            people::reach(&mut work, seated, &served, EDIT).await?; //           403
            work.revoke_customer_grants(&people::first(on.among(&served))?, &to.known).await // 400
        })
    });
    removed.await?;
    Ok(Reply::nothing()) //                                                      204
}

async fn remove_several(call: Call) -> Result<Reply, Failure> {
    let to = Ids::of_body(wire::holders(call.body()?)?); //                      400
    let on = call.path_ids(&[param::ID]);
    call.allow(EDIT, &[on.known.clone(), to.known.clone()].concat()).await?; //  403
    let seated = call.seated();
    let removed = call.write(move |mut work| {
        Box::pin(async move {
            let holders = to.served(&mut work).await?; //                        400
            let granter = people::first(on.served(&mut work).await?)?; //        400, 404
            let all = [std::slice::from_ref(&granter), &holders].concat();
            people::reach(&mut work, seated, &all, EDIT).await?; //              403
            work.revoke_customer_grants(&granter, &to.known).await //            400
        })
    });
    removed.await?;
    Ok(Reply::nothing()) //                                                      204
}
