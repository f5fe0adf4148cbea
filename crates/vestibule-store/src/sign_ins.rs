//! Rows of sign-ins through clients: codes and what rests on them, and the links in customers' letters.

use vestibule_core::{
    customer::CustomerId,
    id::{RealmId, SignInId},
    refusal::Refusal,
    scope::Scopes,
    sign_in::{ClientSignIn, SignInAsk, Signer},
    time::Timestamp,
};

use crate::{
    backend::{Row, Value},
    customers::id,
    error::StoreError,
    memory::Facet,
    store::Store,
    tx::{Moment, Tx},
};

/// What a link in a customer's letter stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInLink {
    /// What the client asked for.
    pub ask: SignInAsk,
    /// What the client wants to be told with the code.
    pub state: Option<String>,
    /// Who is to be signed in.
    pub customer: CustomerId,
    /// The address that the letter went to, exactly as it was written.
    pub email: String,
    /// The link is good for nothing from this instant on.
    pub expires_at: Timestamp,
}

const ASK: &str = "client_id, redirect_uri, scopes, challenge";
const COLUMNS: &str = "id, account_key, password_id, customer_id, code_ends_at, redeemed_at, revoked_at";

fn scopes_text(scopes: &Scopes) -> Value {
    match scopes {
        Scopes::All => "".into(),
        Scopes::Named(_) => scopes.to_string().into(),
    }
}

fn ask(row: &Row, column: usize) -> Result<SignInAsk, StoreError> {
    let scopes = match row.text(column + 2)? {
        "" => Scopes::All,
        _ => row.parsed(column + 2)?,
    };
    Ok(SignInAsk { client: row.parsed(column)?, redirect_uri: row.parsed(column + 1)?, scopes, challenge: row.parsed(column + 3)? })
}

fn ask_values(ask: &SignInAsk) -> [Value; 4] {
    [ask.client.to_string().into(), ask.redirect_uri.as_str().into(), scopes_text(&ask.scopes), ask.challenge.as_str().into()]
}

fn read(row: &Row) -> Result<ClientSignIn, StoreError> {
    let signer = match row.int_or_null(3)? {
        Some(_) => Signer::Customer(id(row, 3)?),
        None => Signer::Account { account: row.parsed(1)?, password: row.parsed(2)? },
    };
    Ok(ClientSignIn {
        id: row.parsed(0)?,
        signer,
        code_ends_at: Timestamp::from_millis(row.int(4)?),
        redeemed_at: row.int_or_null(5)?.map(Timestamp::from_millis),
        revoked_at: row.int_or_null(6)?.map(Timestamp::from_millis),
        ask: ask(row, 7)?,
    })
}

impl Tx {
    /// Remembers a sign-in whose code was just given, by the code's keyed hash, until nothing that comes of it is good.
    pub async fn insert_sign_in(&mut self, sign_in: &ClientSignIn, lookup: [u8; 32], kept_until: Timestamp) -> Result<(), StoreError> {
        let over = [self.r(), self.now().millis().into()];
        self.note("DELETE FROM client_sign_in WHERE realm_id = $1 AND kept_until <= $2", &over).await?;
        let (account, password, customer) = match sign_in.signer {
            Signer::Account { account, password } => (Some(account.to_string()), Some(password.to_string()), None),
            Signer::Customer(customer) => (None, None, Some(customer.get())),
        };
        let mut params = vec![
            self.r(),
            sign_in.id.to_string().into(),
            account.into(),
            password.into(),
            customer.into(),
            sign_in.code_ends_at.millis().into(),
            sign_in.redeemed_at.map(Timestamp::millis).into(),
            sign_in.revoked_at.map(Timestamp::millis).into(),
        ];
        params.extend(ask_values(&sign_in.ask));
        params.extend([lookup.to_vec().into(), kept_until.millis().into()]);
        let sql = format!(
            "INSERT INTO client_sign_in (realm_id, {COLUMNS}, {ASK}, lookup, kept_until) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        );
        self.change(&sql, &params).await?;
        Ok(())
    }

    /// The sign-in whose code has this keyed hash.
    pub async fn find_sign_in_by_code(&mut self, lookup: &[u8; 32]) -> Result<Option<ClientSignIn>, StoreError> {
        let sql = format!("SELECT {COLUMNS}, {ASK} FROM client_sign_in WHERE realm_id = $1 AND lookup = $2");
        let params = [self.r(), lookup.to_vec().into()];
        self.query_one(&sql, &params).await?.as_ref().map(read).transpose()
    }

    /// A sign-in by its id.
    pub async fn find_sign_in(&mut self, id: SignInId) -> Result<Option<ClientSignIn>, StoreError> {
        let sql = format!("SELECT {COLUMNS}, {ASK} FROM client_sign_in WHERE realm_id = $1 AND id = $2");
        let params = [self.r(), id.to_string().into()];
        self.query_one(&sql, &params).await?.as_ref().map(read).transpose()
    }

    /// Stores whether a sign-in's code was redeemed, and whether what came of it was taken back.
    pub async fn update_sign_in(&mut self, sign_in: &ClientSignIn) -> Result<(), StoreError> {
        let sql = "UPDATE client_sign_in SET redeemed_at = $3, revoked_at = $4 WHERE realm_id = $1 AND id = $2";
        let params = [
            self.r(),
            sign_in.id.to_string().into(),
            sign_in.redeemed_at.map(Timestamp::millis).into(),
            sign_in.revoked_at.map(Timestamp::millis).into(),
        ];
        self.touch(Facet::SignIn(sign_in.id));
        self.change(sql, &params).await?;
        Ok(())
    }

    /// Remembers what a letter's link stands for, by the keyed hash of its secret.
    pub async fn insert_sign_in_link(&mut self, link: &SignInLink, lookup: [u8; 32]) -> Result<(), StoreError> {
        let over = [self.r(), self.now().millis().into()];
        self.note("DELETE FROM sign_in_link WHERE realm_id = $1 AND expires_at <= $2", &over).await?;
        let mut params = vec![
            self.r(),
            lookup.to_vec().into(),
            link.state.clone().into(),
            link.customer.get().into(),
            link.email.clone().into(),
            link.expires_at.millis().into(),
        ];
        params.extend(ask_values(&link.ask));
        let sql = format!(
            "INSERT INTO sign_in_link (realm_id, lookup, state, customer_id, email, expires_at, {ASK}) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        );
        self.change(&sql, &params).await?;
        Ok(())
    }

    /// What a link stands for, if this is the keyed hash of its secret.
    pub async fn find_sign_in_link(&mut self, lookup: &[u8; 32]) -> Result<Option<SignInLink>, StoreError> {
        let sql = format!("SELECT state, customer_id, email, expires_at, {ASK} FROM sign_in_link WHERE realm_id = $1 AND lookup = $2");
        let params = [self.r(), lookup.to_vec().into()];
        let read = |row: Row| {
            Ok(SignInLink {
                state: row.text_or_null(0)?.map(str::to_owned),
                customer: id(&row, 1)?,
                email: row.text(2)?.to_owned(),
                expires_at: Timestamp::from_millis(row.int(3)?),
                ask: ask(&row, 4)?,
            })
        };
        self.query_one(&sql, &params).await?.map(read).transpose()
    }

    /// Uses a link up; `false`: somebody else has.
    pub async fn delete_sign_in_link(&mut self, lookup: &[u8; 32]) -> Result<bool, StoreError> {
        let sql = "DELETE FROM sign_in_link WHERE realm_id = $1 AND lookup = $2 RETURNING expires_at";
        let params = [self.r(), lookup.to_vec().into()];
        Ok(!self.change_returning(sql, &params).await?.is_empty())
    }
}

impl Store {
    /// What somebody's sign-in says of the tokens that rest on it: from memory, unless it was never seen before.
    pub async fn find_sign_in(&self, realm: &RealmId, id: SignInId, moment: &Moment) -> Result<Option<ClientSignIn>, Refusal> {
        self.remembered(
            |memories| &memories.sign_ins,
            (realm.clone(), id),
            realm,
            moment,
            move |tx| Box::pin(async move { Ok((tx.find_sign_in(id).await?, vec![Facet::SignIn(id)])) }),
        )
        .await
    }
}
