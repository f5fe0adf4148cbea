//! What a client can find out by itself (RFC 8414; `spec/here-support.md`, section 6.3).

use axum::{Json, extract::State};
use serde_json::{Value, json};
use vestibule_operations::Operations;

use crate::dialects::here::words::token::{GRANT, PATH};

/// `GET /.well-known/oauth-authorization-server`. Signed headers have no name in that registry, so
/// only assertions are listed.
pub async fn show(State(operations): State<Operations>) -> Json<Value> {
    Json(describe(&operations.settings().public_url))
}

fn describe(public_url: &str) -> Value {
    json!({
        "issuer": public_url,
        "token_endpoint": format!("{public_url}{PATH}"),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "grant_types_supported": [GRANT],
        "response_types_supported": ["token"],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_leads_to_the_token_endpoint() {
        assert_eq!(
            describe("https://vestibule.example/in"),
            json!({
                "issuer": "https://vestibule.example/in",
                "token_endpoint": "https://vestibule.example/in/oauth2/token",
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
                "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
                "grant_types_supported": ["client_credentials"],
                "response_types_supported": ["token"],
            })
        );
    }
}
