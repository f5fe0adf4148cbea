//! The door round every handler: who calls. Refusals are filed and rendered here, so that no `?` in a handler can skip it.
//! And the readers of what a request brings: parameters, queries, bodies.

use axum::{
    body::Bytes,
    extract::{Query, Request},
    http::{HeaderMap, HeaderValue, Method, Uri, header::ALLOW},
    response::{IntoResponse, Response},
};
use vestibule_core::{
    contact::ContactKind,
    id::RealmId,
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{Ctx, CustomerPass, CustomerRef, CustomerRight, Operations, Steps, UnitOfWork};

use super::{Route, Served, caller, refusal, words};
use crate::{
    body::{self, MediaType, Object},
    call::Params,
    exchange::{Exchange, random_uuid},
    traces,
};

/// A call by a client application that proved who it is, in its own realm.
pub struct Call {
    /// What can be done.
    pub operations: Operations,
    /// Who calls, and when.
    pub ctx: Ctx,
    /// The caller's realm.
    pub realm: RealmId,
    params: Params,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, Malformed>,
}

/// Answers one request to a route.
pub async fn answer(
    route: &'static Route,
    operations: Operations,
    exchange: Exchange,
    params: Option<Params>,
    request: Request,
) -> Response {
    let guid = random_uuid(&exchange.ctx.chance);
    if route.served == Served::SlashedAlone && request.method() != Method::GET {
        let allow = [(ALLOW, HeaderValue::from_static("GET"))];
        return (allow, refusal::bad_method(&guid)).into_response(); //           405
    }
    let mut ctx = exchange.ctx;
    let refusal = match Call::open(&operations, &mut ctx, params, request).await {
        Err(refusal) => refusal,
        Ok(call) => match (route.steps)(call).await {
            Ok(response) => return response,
            Err(refusal) => refusal,
        },
    };
    operations.file_refusal(&ctx, ctx.realm().ok(), route.attempted, &refusal).await;
    refusal::response(&refusal, &guid)
}

impl Call {
    /// The steps before a route's own, in the order that callers can observe (section 3). The caller is judged when the
    /// body is there: one that trickles in must not carry its sender past the end of a credential.
    async fn open(operations: &Operations, ctx: &mut Ctx, params: Option<Params>, request: Request) -> Result<Self, Refusal> {
        let (parts, stream) = request.into_parts();
        let body = body::read(stream).await;
        ctx.now = operations.now();
        let named = params.as_ref().and_then(|params| params.find("realm"));
        *ctx = caller::authenticate(operations, ctx.clone(), &parts.headers, named).await?; // 401
        let params = params.ok_or(Refusal::Absent("account"))?; //               404
        let realm = ctx.realm()?.clone();
        traces::realm(&realm);
        ctx.unscoped()?; //                                                      403
        Ok(Self { operations: operations.clone(), ctx: ctx.clone(), realm, params, uri: parts.uri, headers: parts.headers, body })
    }

    /// Reads on one snapshot of the realm.
    pub async fn read<T, F>(&self, steps: F) -> Result<T, Refusal>
    where
        F: for<'t> FnOnce(UnitOfWork<'t>) -> Steps<'t, T> + Send + 'static,
        T: Send + 'static,
    {
        self.operations.read(&self.ctx, &self.realm, steps).await
    }

    /// Runs steps as one unit of work.
    pub async fn write<T, F>(&self, steps: F) -> Result<T, Refusal>
    where
        F: for<'t> FnOnce(UnitOfWork<'t>) -> Steps<'t, T> + Send + 'static,
        T: Send + 'static,
    {
        self.operations.write(&self.ctx, &self.realm, steps).await
    }

    /// A parameter of the path; one that no database could be asked for names nothing.
    fn param(&self, name: &str) -> Result<&str, Refusal> {
        self.params.find(name).filter(|text| !text.contains('\0')).ok_or(Refusal::Absent("account"))
    }

    /// The account that the path names: by its number, or by what a partner calls it.
    pub fn account(&self) -> Result<CustomerRef, Refusal> {
        match self.params.find(words::param::PARTNER) {
            Some(_) => Ok(CustomerRef::ByPartner(self.param(words::param::PARTNER)?.to_owned())),
            None => Ok(CustomerRef::ByNumber(self.param(words::param::ACCOUNT)?.to_owned())),
        }
    }

    /// Asks the decision engine for a right on the account that the path names. What it says is told when it is known
    /// that there is such an account.
    pub async fn pass(&self, right: CustomerRight) -> Result<CustomerPass, Refusal> {
        self.operations.customer_pass(&self.ctx, &self.realm, self.account()?, right).await
    }

    /// The contact that the path names. Any other word is refused when it is known that the account is the caller's to see.
    pub fn contact_type(&self) -> Result<ContactKind, Refusal> {
        contact_type(self.param(words::param::CONTACT_TYPE)?)
    }

    /// A query parameter's value; given twice it is refused.
    pub fn query(&self, name: &'static str) -> Result<Option<String>, Malformed> {
        let unreadable = |_| Malformed::new("query", Fault::Format("a query"));
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&self.uri).map_err(unreadable)?;
        let mut named = pairs.into_iter().filter(|(known, _)| known == name).map(|(_, value)| value);
        let first = named.next();
        match named.next() {
            None => Ok(first),
            Some(_) => Err(Malformed::new(name, Fault::Repeated)),
        }
    }

    /// The body, which must be one JSON object.
    pub fn object(&self) -> Result<Object, Malformed> {
        let bytes = self.body.as_ref().map_err(Clone::clone)?; //                413
        MediaType::of(&self.headers, &[MediaType::Json])?; //                    415
        body::object(bytes) //                                                   400
    }

    /// Refuses a body that is said to be something else than JSON, although there need not be one (section 4.1 lists 415
    /// for `GET /accounts`; that none is demanded is inferred).
    pub fn json_if_typed(&self) -> Result<(), Malformed> {
        match MediaType::of(&self.headers, &[MediaType::Json]) {
            Err(Malformed { fault: Fault::NoContentType, .. }) => Ok(()),
            other => other.map(drop),
        }
    }

    /// The address of a path of this dialect, as clients reach it: by what the operator says of the public address, never
    /// by what a request says (section 2.1). A call below a realm gets links below it.
    pub fn href(&self, path: &str) -> String {
        let below = self.params.find("realm").map(|realm| format!("/realms/{realm}")).unwrap_or_default();
        format!("{}{below}{path}", self.operations.settings().public_url)
    }
}

/// One of the four words, letter by letter (section 2).
pub fn contact_type(raw: &str) -> Result<ContactKind, Refusal> {
    words::CONTACT_TYPES.into_iter().find(|kind| kind.as_str() == raw).ok_or(Refusal::Absent("contact"))
}
