//! What a client can find out by itself about the standard door (RFC 8414). Its issuer is the server's address and
//! [`vestibule_operations::STANDARD_ISSUER`], since the address alone names another door, whose description stands at
//! the root.

use axum::{Json, extract::State};
use serde_json::{Value, json};
use vestibule_core::pkce::Challenge;
use vestibule_operations::{Operations, STANDARD_ISSUER};

use super::token::GRANTS;

/// Where the description stands: the issuer's path comes last (RFC 8414, section 3.1).
pub const PATH: &str = "/.well-known/oauth-authorization-server/oauth";

/// `GET /.well-known/oauth-authorization-server/oauth`.
pub async fn show(State(operations): State<Operations>) -> Json<Value> {
    Json(describe(&operations.settings().public_url))
}

fn describe(public_url: &str) -> Value {
    json!({
        "issuer": format!("{public_url}{STANDARD_ISSUER}"),
        "authorization_endpoint": format!("{public_url}/oauth/authorize"),
        "token_endpoint": format!("{public_url}/oauth/token"),
        "jwks_uri": format!("{public_url}/.well-known/jwks.json"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": GRANTS,
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "code_challenge_methods_supported": [Challenge::METHOD],
        "authorization_response_iss_parameter_supported": true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_stands_where_its_issuer_says() {
        let described = describe("https://vestibule.example");
        assert_eq!(described["issuer"], "https://vestibule.example/oauth");
        assert!(PATH.ends_with(STANDARD_ISSUER));
        assert_eq!(described["authorization_endpoint"], "https://vestibule.example/oauth/authorize");
        assert_eq!(described["code_challenge_methods_supported"], json!(["S256"]));
    }
}
