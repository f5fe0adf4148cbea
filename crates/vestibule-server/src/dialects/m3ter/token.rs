//! `POST /oauth/token` (`spec/m3ter-support.md`, section 4): client credentials, HTTP Basic, JSON or a form.
//!
//! The official Python SDK asks before every request, so nothing is written here and nothing is read but
//! memory. The answer's token is ours like any other, with m3ter's claims added; nobody decides by them.

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, PRAGMA, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use vestibule_core::{
    account::AccountKind,
    policy::{Compiled, Effect, Part, Pattern, Scope},
    refusal::{Malformed, Refusal},
};
use vestibule_operations::{Ctx, IssuedToken, KeyHolder, Operations};

use super::{
    refusal::{message, status_of},
    statements::enum_name,
    words::token::{GRANT, LIFETIME_S, PERMISSIONS_BYTES_MAX, PERMISSIONS_MAX},
};
use crate::{
    body::{self, MediaType},
    exchange::{self, Exchange},
    oauth,
};

/// Why there is no token.
#[derive(Debug)]
enum TokenRefusal {
    /// 401, `invalid_client`: no Basic credentials, or not those of an active key. All alike.
    Client,
    /// 400, `invalid_request`: the body cannot be read, or names no grant.
    Request(Malformed),
    /// 400, `invalid_request`: the grant is missing.
    NoGrant,
    /// 400, `unsupported_grant_type`.
    Grant,
    /// Whatever else stands in the way.
    Other(Refusal),
}

/// `POST /oauth/token`.
pub async fn issue(State(operations): State<Operations>, exchange: Exchange, headers: HeaderMap, body: Body) -> Response {
    let bytes = body::read(body).await;
    let ctx = exchange.arrived(&operations).ctx;
    // A form that names its client, or asks for a grant that this dialect has not, is for the standard door.
    if let Some(form) = bytes.as_ref().ok().and_then(|bytes| oauth::token::read(&headers, bytes)) {
        return oauth::token::answer(&operations, &ctx, &headers, &form).await;
    }
    let steps = async {
        let holder = client(&operations, &ctx, &headers).await?; //              401
        let bytes = bytes.map_err(TokenRefusal::Request)?; //                    400, 413
        check_grant(&headers, &bytes)?; //                                       400
        let claims = claims(&operations, &ctx, &holder).await?;
        operations.issue_for(&ctx, &holder, LIFETIME_S, &claims).map_err(TokenRefusal::Other)
    };
    let mut response = match steps.await {
        Ok(issued) => answer(&issued),
        Err(refusal) => refused(&refusal),
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// Whose key id and secret came by HTTP Basic (RFC 7617): a service user, or anybody else of the realm who was given an
/// access key (ours).
async fn client(operations: &Operations, ctx: &Ctx, headers: &HeaderMap) -> Result<KeyHolder, TokenRefusal> {
    let (id, secret) = exchange::basic(headers).map_err(|_| TokenRefusal::Client)?;
    let holder = operations.key_holder(ctx, &id, &secret).await.map_err(TokenRefusal::Other)?;
    let may_sign_in = |holder: &KeyHolder| {
        let owner = &holder.owner;
        owner.kind != AccountKind::Support && owner.enabled && owner.check_standing().is_ok()
    };
    holder.filter(may_sign_in).ok_or(TokenRefusal::Client)
}

/// Refuses a request that asks for another grant. `scope` is not used, and neither is anything else.
fn check_grant(headers: &HeaderMap, bytes: &[u8]) -> Result<(), TokenRefusal> {
    let named = match MediaType::of(headers, &[MediaType::Json, MediaType::Form]).map_err(TokenRefusal::Request)? {
        MediaType::Json => {
            let object = body::object(bytes).map_err(TokenRefusal::Request)?;
            object.text_or_none("grant_type").map_err(TokenRefusal::Request)?.map(str::to_owned)
        }
        MediaType::Form => form_grant(bytes)?,
    };
    match named.as_deref() {
        None | Some("") => Err(TokenRefusal::NoGrant),
        Some(GRANT) => Ok(()),
        Some(_) => Err(TokenRefusal::Grant),
    }
}

/// The grant of a form, in which it may stand once (RFC 6749, section 3.2).
fn form_grant(bytes: &[u8]) -> Result<Option<String>, TokenRefusal> {
    let pairs: Vec<(String, String)> = std::str::from_utf8(bytes)
        .ok()
        .and_then(|text| axum::extract::Query::try_from_uri(&format!("/?{text}").parse().ok()?).ok())
        .map(|axum::extract::Query(pairs)| pairs)
        .ok_or(TokenRefusal::NoGrant)?;
    let mut grants = pairs.into_iter().filter(|(name, _)| name == "grant_type").map(|(_, value)| value);
    match (grants.next(), grants.next()) {
        (grant, None) => Ok(grant),
        (_, Some(_)) => Err(TokenRefusal::NoGrant),
    }
}

/// m3ter's claims beside our own: the organization, and what the holder may do as a map from compiled keys.
async fn claims(operations: &Operations, ctx: &Ctx, holder: &KeyHolder) -> Result<Map<String, Value>, TokenRefusal> {
    let organization = operations.organization(ctx, &holder.owner.realm).await.map_err(TokenRefusal::Other)?;
    let organization = organization.ok_or(TokenRefusal::Other(Refusal::Absent("realm")))?;
    let permissions = permissions(&holder.principal.rights);
    Ok(Map::from_iter([("orgId".to_owned(), organization.to_string().into()), ("permissions".to_owned(), permissions.into())]))
}

/// `SERVICE-OR-TYPE#ACTION#ITEM#id` and whether it is allowed: what fits of the statements without a condition.
fn permissions(rights: &Compiled) -> Map<String, Value> {
    let (mut permissions, mut bytes) = (Map::new(), 0);
    for statement in rights.sources().iter().flat_map(|source| source.statements.iter()).filter(|one| one.condition().is_none()) {
        let is_allow = statement.effect() == Effect::Allow;
        for (action, resource) in statement.actions().iter().flat_map(|action| statement.resources().iter().map(move |to| (action, to))) {
            let key = compiled_key(&enum_name(action.as_str()), resource);
            bytes += key.len();
            if permissions.len() >= PERMISSIONS_MAX || bytes > PERMISSIONS_BYTES_MAX {
                return permissions;
            }
            // A deny stands, whatever else is said under the same key.
            let held = permissions.entry(key).or_insert(is_allow.into());
            *held = (held == &Value::Bool(true) && is_allow).into();
        }
    }
    permissions
}

fn compiled_key(action: &str, resource: &Pattern) -> String {
    let (what, item, id) = match resource.scope() {
        Scope::Everything => ("*", "ITEM", "*"),
        Scope::Service(service) => (&**service, "ITEM", "*"),
        Scope::Kind { kind, part, .. } => match part {
            Part::Whole | Part::Items => (&**kind, "ITEM", "*"),
            Part::Item(id) => (&**kind, "ITEM", &**id),
            Part::Grouped => (&**kind, "GROUP", "*"),
            Part::Group(id) => (&**kind, "GROUP", &**id),
        },
    };
    format!("{}#{action}#{item}#{id}", what.to_ascii_uppercase())
}

fn answer(issued: &IssuedToken) -> Response {
    let token = issued.token.expose_secret();
    Json(json!({ "token_type": "Bearer", "access_token": token, "expires_in": issued.expires_in_s, "scope": null })).into_response()
}

fn refused(refusal: &TokenRefusal) -> Response {
    let (status, error, message) = match refusal {
        TokenRefusal::Client => {
            (StatusCode::UNAUTHORIZED, "invalid_client", "the id and secret of an active access key are needed, by HTTP Basic".to_owned())
        }
        TokenRefusal::Request(malformed) => {
            let refusal = Refusal::Malformed(malformed.clone());
            (status_of(&refusal), "invalid_request", message(&refusal))
        }
        TokenRefusal::NoGrant => (StatusCode::BAD_REQUEST, "invalid_request", format!("`grant_type` must be there once, as `{GRANT}`")),
        TokenRefusal::Grant => {
            (StatusCode::BAD_REQUEST, "unsupported_grant_type", format!("`grant_type` is not `{GRANT}`, the one grant here"))
        }
        TokenRefusal::Other(refusal) => (status_of(refusal), "server_error", message(refusal)),
    };
    let mut response = (status, Json(json!({ "message": message, "error": error }))).into_response();
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(r#"Basic realm="m3ter", charset="UTF-8""#));
    }
    response
}
