//! The token endpoint, the clock and the description beside it (`spec/here-support.md`, section 6).
//!
//! A client proves itself by a signed header ([`oauth1`]) or by an assertion ([`assertion`]); what
//! it wishes stands in the body ([`request`]), form or JSON, and the answer has the same encoding.

pub mod assertion;
pub mod metadata;
pub mod oauth1;
pub mod refusal;
pub mod request;

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{
        HeaderMap, HeaderValue, Uri,
        header::{AUTHORIZATION, CACHE_CONTROL, HOST, PRAGMA},
    },
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use vestibule_core::{refusal::Refusal, time::Timestamp};
use vestibule_operations::{Ctx, IssuedToken, KeyOwner, Operations, SignIn};

use self::{
    assertion::Assertion,
    oauth1::Signed,
    refusal::TokenRefusal,
    request::{CLIENT_ASSERTION, CLIENT_ASSERTION_TYPE, Sent},
};
use super::words::token::{ASSERTION_TYPE, PATH};
use crate::{
    body,
    exchange::{Exchange, random_uuid},
};

/// `GET /timestamp`: the clock that signatures are held to.
pub async fn timestamp(exchange: Exchange) -> Json<Value> {
    Json(json!({ "timestamp": exchange.ctx.now.seconds() }))
}

/// `POST /oauth2/token`.
pub async fn issue(State(operations): State<Operations>, exchange: Exchange, uri: Uri, headers: HeaderMap, body: Body) -> Response {
    let bytes = body::read(body).await;
    let exchange = exchange.arrived(&operations);
    let steps = async {
        let sent = Sent::read(&headers, &bytes?)?; //                                     413, 400
        let proof = Proof::find(&headers, &sent, exchange.ctx.now)?; //                   401, 400
        let covers = |signed: &Signed, secret: &str| is_signed_by(signed, secret, &operations.settings().public_url, &headers, &uri, &sent);
        let client = Client::find(&operations, &exchange.ctx, proof, covers).await?; //   401
        let issued = client.sign_in(&operations, &exchange.ctx, &sent).await?; //         401, 400, 403, 401
        Ok(answer(&issued, &sent))
    };
    steps.await.unwrap_or_else(|refusal: TokenRefusal| refusal::response(&refusal, &exchange.ctx))
}

/// How a client wants to prove itself.
enum Proof {
    Signed(Signed),
    Asserted(Assertion),
}

impl Proof {
    /// The one proof that a request brings. A header beside an assertion is two (RFC 6749, section 2.3).
    fn find(headers: &HeaderMap, sent: &Sent, now: Timestamp) -> Result<Self, TokenRefusal> {
        let field = |name| sent.text(name).map_err(|fault| TokenRefusal::Fields(vec![fault]));
        let mut all = headers.get_all(AUTHORIZATION).iter();
        match (all.next(), all.next(), field(CLIENT_ASSERTION)?) {
            (None, _, None) => Err(TokenRefusal::Header("it is missing")),
            (Some(header), None, None) => Signed::read(header.as_bytes(), now).map(Self::Signed),
            (None, _, Some(assertion)) if field(CLIENT_ASSERTION_TYPE)?.as_deref() == Some(ASSERTION_TYPE) => {
                Assertion::read(&assertion).map(Self::Asserted)
            }
            (None, _, Some(_)) => Err(TokenRefusal::Unproven("The client assertion's type is missing or not `jwt-bearer`.")),
            (Some(_), _, _) => Err(TokenRefusal::Header("there is more than one proof")),
        }
    }
}

/// A client whose key is known, and what its proof came to.
struct Client {
    owner: KeyOwner,
    proven: Result<Once, TokenRefusal>,
}

/// What a proof leaves to be remembered.
struct Once {
    value: String,
    until: Timestamp,
}

impl Client {
    /// Looks the key up and checks the proof. An unknown key costs what a wrong signature costs, and
    /// gets the same answer.
    async fn find(operations: &Operations, ctx: &Ctx, proof: Proof, covers: impl Fn(&Signed, &str) -> bool) -> Result<Self, TokenRefusal> {
        match proof {
            Proof::Signed(signed) => {
                const MISMATCH: TokenRefusal = TokenRefusal::Unproven("The request signature does not verify with this access key.");
                let key = operations.access_key(ctx, &signed.key_id).await?;
                let is_proven = covers(&signed, key.as_ref().map_or("", |key| key.secret.expose_secret()));
                let owner = key.ok_or(MISMATCH)?.owner;
                let once = Once { value: signed.nonce, until: signed.nonce_until };
                Ok(Self { owner, proven: is_proven.then_some(once).ok_or(MISMATCH) })
            }
            Proof::Asserted(assertion) => {
                const UNKNOWN: TokenRefusal = TokenRefusal::Unproven("The client assertion is not signed by this key.");
                let key = operations.public_key(ctx, &assertion.key_id).await?.ok_or(UNKNOWN)?;
                let audience = format!("{}{PATH}", operations.settings().public_url);
                let proof = assertion.verify(&key.pem, key.owner.account_id.as_str(), &audience, ctx.now);
                // Without a `jti` nothing says that the client means it once, so any fresh value will do.
                let value = |jti: Option<String>| jti.unwrap_or_else(|| random_uuid(&ctx.chance));
                Ok(Self { owner: key.owner, proven: proof.map(|proof| Once { value: value(proof.jti), until: proof.until }) })
            }
        }
    }

    /// Issues a token, or files why not.
    async fn sign_in(self, operations: &Operations, ctx: &Ctx, sent: &Sent) -> Result<IssuedToken, TokenRefusal> {
        let owner = self.owner.clone();
        let outcome = self.admit(operations, ctx, sent).await;
        if let Err(refusal) = &outcome
            && let Some(code) = refusal::code_in_log(refusal)
        {
            operations.sign_in_failed(ctx, &owner, code).await;
        }
        outcome
    }

    /// The steps from the proof to the token, in the order that callers can observe. What only the
    /// holder of the key may know comes after the proof.
    async fn admit(self, operations: &Operations, ctx: &Ctx, sent: &Sent) -> Result<IssuedToken, TokenRefusal> {
        let Self { owner, proven } = self;
        let once = proven?; //                                                       401300
        if !owner.enabled {
            return Err(TokenRefusal::KeyDisabled); //                                401424
        }
        owner.check_standing().map_err(Refusal::from)?; //                           401311, 401500, 401510
        let wish = sent.wish()?; //                                                  400
        if wish.scope.as_ref().is_some_and(|scope| scope.realm() != owner.realm.as_str()) {
            return Err(TokenRefusal::NotMember); //                                  403109
        }
        let lifetime_s = lifetime_s(wish.expires_in_s, operations.settings().token_lifetime_s);
        let by = SignIn { owner, once: once.value, once_until: once.until, scope: wish.scope, lifetime_s };
        Ok(operations.sign_in(ctx, by).await?) //                                    401207
    }
}

/// Whether the signature covers this request, at an address under which we are known. A query that
/// cannot be decoded cannot have been signed.
fn is_signed_by(signed: &Signed, secret: &str, public_url: &str, headers: &HeaderMap, uri: &Uri, sent: &Sent) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let urls = oauth1::token_urls(public_url, host, uri.path());
    let query = request::pairs(uri.query().unwrap_or_default());
    query.is_some_and(|query| signed.is_by(secret, &urls, &[&query, sent.signed()].concat()))
}

/// A wished lifetime counts only below the default (section 6).
fn lifetime_s(wished: Option<i64>, default: i64) -> i64 {
    wished.map_or(default, |wished| wished.min(default))
}

/// The answer, in the encoding of the request (section 6).
fn answer(issued: &IssuedToken, sent: &Sent) -> Response {
    let (token, kind, life) = match sent {
        Sent::Form(_) => ("access_token", "token_type", "expires_in"),
        Sent::Json(_) => ("accessToken", "tokenType", "expiresIn"),
    };
    let mut body = Map::new();
    body.insert(token.to_owned(), issued.token.expose_secret().into());
    body.insert(kind.to_owned(), "bearer".into());
    body.insert(life.to_owned(), issued.expires_in_s.into());
    if let Some(scope) = &issued.scope {
        body.insert("scope".to_owned(), scope.as_str().into());
    }
    let headers = [(CACHE_CONTROL, HeaderValue::from_static("no-store")), (PRAGMA, HeaderValue::from_static("no-cache"))];
    (headers, Json(body)).into_response()
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
