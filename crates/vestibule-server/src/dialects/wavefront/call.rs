//! The door round every handler: token, realm, permission. Refusals are filed and rendered here, so that no `?` in a
//! handler can skip it. And the readers of what a request brings: parameters, queries, bodies.

use axum::{
    body::Bytes,
    extract::{Query, Request, State},
    http::{HeaderMap, request::Parts},
    response::Response,
};
use serde_json::{Map, Value};
use vestibule_core::{
    account::AccountKind,
    id::RealmId,
    policy::{Because, ResourceId},
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_operations::{Ctx, Operations, Steps, UnitOfWork};

use super::{Asks, Route, caller, refusal, wire, words};
use crate::{
    body::{self, MediaType, Object},
    call::Params,
    exchange::Exchange,
    traces,
};

/// A call by somebody who proved who they are, in their own realm, and may make it.
pub struct Call {
    /// What can be done.
    pub operations: Operations,
    /// Who calls, and when.
    pub ctx: Ctx,
    /// The caller's realm, which is the customer here.
    pub realm: RealmId,
    params: Params,
    parts: Parts,
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
    let mut ctx = exchange.ctx;
    let refusal = match Call::open(route, &operations, &mut ctx, params, request).await {
        Err(refusal) => refusal,
        Ok(call) => match (route.steps)(call).await {
            Ok(response) => return response,
            Err(refusal) => refusal,
        },
    };
    operations.file_refusal(&ctx, ctx.realm().ok(), route.attempted, &refusal).await;
    refusal::response(&refusal)
}

/// 401, else 404: nothing is served there.
pub async fn nothing_here(State(operations): State<Operations>, exchange: Exchange, headers: HeaderMap) -> Response {
    match caller::authenticate(&operations, exchange.ctx, &headers).await {
        Err(refusal) => refusal::response(&refusal),
        Ok(_) => refusal::response(&Refusal::Absent("address")),
    }
}

/// 401, else 405.
pub async fn method_not_allowed(State(operations): State<Operations>, exchange: Exchange, headers: HeaderMap) -> Response {
    match caller::authenticate(&operations, exchange.ctx, &headers).await {
        Err(refusal) => refusal::response(&refusal),
        Ok(_) => refusal::method_not_allowed(),
    }
}

impl Call {
    /// The steps before a route's own, in the order that callers can observe (section 4, inferred).
    async fn open(
        route: &'static Route,
        operations: &Operations,
        ctx: &mut Ctx,
        params: Option<Params>,
        request: Request,
    ) -> Result<Self, Refusal> {
        let (parts, stream) = request.into_parts();
        *ctx = caller::authenticate(operations, ctx.clone(), &parts.headers).await?; // 401
        let body = body::read_at_most(stream, route.bytes_max).await.map(|arrived| arrived.bytes);
        caller::arrived(operations, ctx, &parts.headers).await?; //                 401
        let params = params.ok_or(Refusal::Absent("realm"))?; //                    404
        let realm = caller::realm(ctx, params.find("realm"))?; //                 404
        traces::realm(&realm);
        ctx.unscoped()?; //                                                         403
        let call = Self { operations: operations.clone(), ctx: ctx.clone(), realm, params, parts, body };
        match route.asks {
            Asks::Nothing => {}
            Asks::AccountsOrOneself if call.is_about_oneself()? => {}
            Asks::Accounts | Asks::AccountsOrOneself => call.allow(words::USER_MANAGEMENT).await?, // 403
        }
        Ok(call)
    }

    /// Asks the decision engine for an action of this dialect. Visiting agents have what their session brings.
    pub async fn allow(&self, action: &str) -> Result<(), Refusal> {
        let accounts = ResourceId::whole(words::SERVICE, words::ACCOUNT);
        self.operations.allow_on(&self.ctx, &self.realm, action, &accounts).await
    }

    /// Asks for the right to make tokens for oneself, which only people can have (section 7).
    pub async fn allow_own_tokens(&self) -> Result<(), Refusal> {
        match self.ctx.account()?.principal.kind {
            AccountKind::User => self.allow(words::TOKEN_MANAGEMENT).await,
            AccountKind::Service | AccountKind::Support => {
                Err(Refusal::Forbidden { action: words::TOKEN_MANAGEMENT.to_owned(), because: Because::NothingAllows })
            }
        }
    }

    /// Whether the path names the caller.
    fn is_about_oneself(&self) -> Result<bool, Refusal> {
        let own = &self.ctx.account()?.principal;
        let is_named = self.params.find("id").is_some_and(|id| wire::is_same_id(id, own.id.as_str()));
        Ok(is_named && own.kind != AccountKind::Support)
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
    pub fn param(&self, name: &str, what: &'static str) -> Result<String, Refusal> {
        self.params.find(name).filter(|text| !text.contains('\0')).map(str::to_owned).ok_or(Refusal::Absent(what))
    }

    /// The account that the path names, as it is written there.
    pub fn account(&self) -> Result<String, Refusal> {
        self.param("id", "account")
    }

    /// A query parameter's value; given twice it is refused.
    pub fn query(&self, name: &'static str) -> Result<Option<String>, Malformed> {
        let unreadable = |_| Malformed::new("query", Fault::Format("a query"));
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&self.parts.uri).map_err(unreadable)?;
        one_of(name, pairs)
    }

    /// A query parameter that is true or false, in any case (section 2); absent, it is false.
    pub fn flag(&self, name: &'static str) -> Result<bool, Malformed> {
        match self.query(name)?.as_deref() {
            None => Ok(false),
            Some(yes) if yes.eq_ignore_ascii_case("true") => Ok(true),
            Some(no) if no.eq_ignore_ascii_case("false") => Ok(false),
            Some(_) => Err(Malformed::new(name, Fault::NotA("`true` or `false`"))),
        }
    }

    /// The body's JSON, if there is any: no bytes and null are none. Only where there are bytes does their type matter
    /// (section 2).
    fn value(&self) -> Result<Option<Value>, Malformed> {
        let bytes = self.body.as_ref().map_err(Clone::clone)?;
        if bytes.is_empty() || bytes.trim_ascii() == b"null" {
            return Ok(None);
        }
        MediaType::of(&self.parts.headers, &[MediaType::Json])?; //                 415
        Ok(Some(body::value(bytes)?).filter(|value| !value.is_null())) //           400
    }

    /// The body, which must be one JSON object.
    pub fn object(&self) -> Result<Object, Malformed> {
        match self.value()? {
            Some(Value::Object(members)) => Ok(Object::new(members)),
            _ => Err(Malformed::body(Fault::NotA("a JSON object"))),
        }
    }

    /// The same where no body is as good as `{}`.
    pub fn object_or_empty(&self) -> Result<Object, Malformed> {
        match self.value()? {
            Some(Value::Object(members)) => Ok(Object::new(members)),
            None => Ok(Object::new(Map::new())),
            Some(_) => Err(Malformed::body(Fault::NotA("a JSON object"))),
        }
    }

    /// The body, which must be a list. Nothing, null and `{}` are an empty one (section 9.8).
    pub fn list(&self) -> Result<Vec<Value>, Malformed> {
        match self.value()? {
            None => Ok(Vec::new()),
            Some(Value::Object(members)) if members.is_empty() => Ok(Vec::new()),
            Some(Value::Array(list)) if list.len() <= words::IDS_MAX => Ok(list),
            Some(Value::Array(_)) => Err(Malformed::body(Fault::TooMany { limit: words::IDS_MAX })),
            Some(_) => Err(Malformed::body(Fault::NotA("a list"))),
        }
    }

    /// The body, which must be a list of ids.
    pub fn ids(&self) -> Result<Vec<String>, Malformed> {
        wire::ids(&self.list()?, "body")
    }

    /// A value of a form, which must be there.
    pub fn form(&self, name: &'static str) -> Result<String, Malformed> {
        let bytes = self.body.as_ref().map_err(Clone::clone)?;
        MediaType::of(&self.parts.headers, &[MediaType::Form])?; //                 415
        let unreadable = || Malformed::body(Fault::Format("a form"));
        let text = std::str::from_utf8(bytes).map_err(|_| unreadable())?;
        let uri = format!("/?{text}").parse().map_err(|_| unreadable())?;
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&uri).map_err(|_| unreadable())?;
        one_of(name, pairs)?.ok_or_else(|| Malformed::new(name, Fault::Missing))
    }
}

fn one_of(name: &'static str, pairs: Vec<(String, String)>) -> Result<Option<String>, Malformed> {
    let mut named = pairs.into_iter().filter(|(known, _)| known == name).map(|(_, value)| value);
    match (named.next(), named.next()) {
        (value, None) => Ok(value),
        (_, Some(_)) => Err(Malformed::new(name, Fault::Repeated)),
    }
}
