//! Tokens (`spec/wavefront-accounts.md`, section 5, "UserApiToken" and "ApiTokenModel").

use secrecy::ExposeSecret;
use serde::Serialize;
use vestibule_core::{
    account::AccountKind,
    refusal::{Fault, Malformed},
};
use vestibule_operations::ShownToken;

use super::{Scene, text};
use crate::body::Object;

/// The member that holds a token.
pub const TOKEN_ID: &str = "tokenID";
const TOKEN_NAME: &str = "tokenName";

/// What a request says of a token.
#[derive(Clone)]
pub struct TokenWrite {
    /// The token itself; it is a secret.
    pub id: Option<String>,
    /// Given by its owner.
    pub name: Option<String>,
}

impl TokenWrite {
    /// Reads the members' types. A token that is created is not for the client to choose here.
    pub fn read(body: &Object) -> Result<Self, Malformed> {
        Ok(Self { id: text(body, TOKEN_ID)?, name: text(body, TOKEN_NAME)? })
    }

    /// Refuses a body about another token than the path's (section 4).
    pub fn check_path(&self, path: &str) -> Result<(), Malformed> {
        match self.id.as_deref().is_none_or(|id| id.eq_ignore_ascii_case(path)) {
            true => Ok(()),
            false => Err(Malformed::new(TOKEN_ID, Fault::Format("the token that the path names"))),
        }
    }
}

/// What a token is called: itself. One that was not made in the form of this dialect is kept as a hash alone, and goes by
/// its credential's id, which names it and proves nothing.
pub fn id_of(token: &ShownToken) -> String {
    token.text.as_ref().map_or_else(|| token.credential.id.to_string(), |text| text.expose_secret().to_owned())
}

/// `accountType`: the three values that both generations of the client know.
pub fn account_type(token: &ShownToken) -> &'static str {
    match (token.kind, token.active) {
        (AccountKind::Service, true) => "SERVICE_ACCOUNT",
        (AccountKind::Service, false) => "INACTIVE_SERVICE_ACCOUNT",
        (AccountKind::User | AccountKind::Support, _) => "USER_ACCOUNT",
    }
}

/// `UserApiToken`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenBody {
    #[serde(rename = "tokenID")]
    token_id: String,
    token_name: String,
    account: String,
    account_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used: Option<i64>,
    date_generated: i64,
}

impl TokenBody {
    /// A token as its account sees it.
    pub fn of(token: &ShownToken) -> Self {
        Self {
            token_id: id_of(token),
            token_name: token.credential.name.clone(),
            account: token.account.to_string(),
            account_type: account_type(token),
            last_used: token.credential.last_used_at.map(|at| at.millis()),
            date_generated: token.credential.created_at.millis(),
        }
    }
}

/// `ApiTokenModel`: the same in a list of all of the customer's.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenModelBody {
    id: String,
    name: String,
    account: String,
    account_type: &'static str,
    customer: String,
    created_epoch_millis: i64,
    date_generated: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used: Option<i64>,
}

impl TokenModelBody {
    /// A token of the customer's.
    pub fn of(token: &ShownToken, scene: &Scene) -> Self {
        let made = token.credential.created_at.millis();
        Self {
            id: id_of(token),
            name: token.credential.name.clone(),
            account: token.account.to_string(),
            account_type: account_type(token),
            customer: scene.customer.clone(),
            created_epoch_millis: made,
            date_generated: made,
            last_used: token.credential.last_used_at.map(|at| at.millis()),
        }
    }
}
