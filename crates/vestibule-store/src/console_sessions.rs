//! Rows of console sessions and of the links that begin one. Both are found by a keyed hash, without a realm: a cookie says
//! nothing else.

use vestibule_core::{
    console_session::ConsoleSession,
    id::{AccountKey, RealmId, SessionId},
    refusal::Refusal,
    time::Timestamp,
};

use crate::{
    backend::Row,
    error::StoreError,
    store::Store,
    tx::{Moment, Tx},
};

const COLUMNS: &str = "account_key, credential_id, signed_in_at, seen_at, visit_realm, visit_session";

/// Most sessions of an account that are listed.
const SESSIONS_MAX: i64 = 50;

fn read(row: &Row, from: usize) -> Result<ConsoleSession, StoreError> {
    let visit = row.text_or_null(from + 4)?.map(|_| Ok::<_, StoreError>((row.parsed(from + 4)?, row.parsed(from + 5)?)));
    Ok(ConsoleSession {
        account: row.parsed(from)?,
        credential: row.text_or_null(from + 1)?.map(|_| row.parsed(from + 1)).transpose()?,
        signed_in_at: Timestamp::from_millis(row.int(from + 2)?),
        seen_at: Timestamp::from_millis(row.int(from + 3)?),
        visit: visit.transpose()?,
    })
}

impl Tx {
    /// Stores a new session. Those of the realm that are long over go.
    pub async fn insert_console_session(&mut self, session: &ConsoleSession, lookup: &[u8; 32]) -> Result<(), StoreError> {
        let old = [self.r(), self.now().plus_seconds(-ConsoleSession::LIMIT_S).millis().into()];
        self.note("DELETE FROM console_session WHERE realm_id = $1 AND signed_in_at <= $2", &old).await?;
        let sql = format!("INSERT INTO console_session (realm_id, lookup, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
        let params = [
            self.r(),
            lookup.to_vec().into(),
            session.account.to_string().into(),
            session.credential.map(|credential| credential.to_string()).into(),
            session.signed_in_at.millis().into(),
            session.seen_at.millis().into(),
            session.visit.as_ref().map(|(realm, _)| realm.as_str()).into(),
            session.visit.as_ref().map(|(_, session)| session.to_string()).into(),
        ];
        self.note(&sql, &params).await?;
        Ok(())
    }

    /// Notes that a session is used now. One that has ended meanwhile stays ended.
    pub async fn note_console_session(&mut self, lookup: &[u8; 32]) -> Result<(), StoreError> {
        let params = [self.r(), lookup.to_vec().into(), self.now().millis().into()];
        self.note("UPDATE console_session SET seen_at = $3 WHERE realm_id = $1 AND lookup = $2 AND seen_at < $3", &params).await?;
        Ok(())
    }

    /// Puts a session inside a visit; `false`: it has ended meanwhile.
    pub async fn visit_from_console(&mut self, lookup: &[u8; 32], realm: &RealmId, visit: SessionId) -> Result<bool, StoreError> {
        let sql = "UPDATE console_session SET visit_realm = $3, visit_session = $4 WHERE realm_id = $1 AND lookup = $2";
        let params = [self.r(), lookup.to_vec().into(), realm.as_str().into(), visit.to_string().into()];
        Ok(self.note(sql, &params).await? > 0)
    }

    /// Ends a session; `false`: it has ended before.
    pub async fn delete_console_session(&mut self, lookup: &[u8; 32]) -> Result<bool, StoreError> {
        let params = [self.r(), lookup.to_vec().into()];
        Ok(self.note("DELETE FROM console_session WHERE realm_id = $1 AND lookup = $2", &params).await? > 0)
    }

    /// The sessions of an account that may stand still, newest first, each with its keyed hash.
    pub async fn list_console_sessions(&mut self, account: AccountKey) -> Result<Vec<(Vec<u8>, ConsoleSession)>, StoreError> {
        let sql = format!(
            "SELECT lookup, {COLUMNS} FROM console_session WHERE realm_id = $1 AND account_key = $2 AND seen_at > $3 \
             ORDER BY signed_in_at DESC, lookup LIMIT $4"
        );
        let seen = self.now().plus_seconds(-ConsoleSession::IDLE_S);
        let params = [self.r(), account.to_string().into(), seen.millis().into(), SESSIONS_MAX.into()];
        self.query(&sql, &params).await?.iter().map(|row| Ok((row.blob(0)?.to_vec(), read(row, 1)?))).collect()
    }

    /// Ends the sessions of an account but this one.
    pub async fn delete_other_console_sessions(&mut self, account: AccountKey, kept: &[u8; 32]) -> Result<(), StoreError> {
        let params = [self.r(), account.to_string().into(), kept.to_vec().into()];
        self.note("DELETE FROM console_session WHERE realm_id = $1 AND account_key = $2 AND lookup <> $3", &params).await?;
        Ok(())
    }

    /// Ends every session of an account.
    pub async fn delete_console_sessions_of(&mut self, account: AccountKey) -> Result<(), StoreError> {
        let params = [self.r(), account.to_string().into()];
        self.note("DELETE FROM console_session WHERE realm_id = $1 AND account_key = $2", &params).await?;
        Ok(())
    }

    /// Remembers a link that signs an account in once.
    pub async fn insert_console_link(&mut self, account: AccountKey, lookup: &[u8; 32], until: Timestamp) -> Result<(), StoreError> {
        let old = [self.r(), self.now().millis().into()];
        self.note("DELETE FROM console_link WHERE realm_id = $1 AND expires_at <= $2", &old).await?;
        let sql = "INSERT INTO console_link (realm_id, lookup, account_key, expires_at) VALUES ($1, $2, $3, $4)";
        let params = [self.r(), lookup.to_vec().into(), account.to_string().into(), until.millis().into()];
        self.note(sql, &params).await?;
        Ok(())
    }

    /// Uses a link up; `false`: it was used, it is too old, or there never was one.
    pub async fn take_console_link(&mut self, lookup: &[u8; 32]) -> Result<bool, StoreError> {
        let sql = "DELETE FROM console_link WHERE realm_id = $1 AND lookup = $2 AND expires_at > $3";
        let params = [self.r(), lookup.to_vec().into(), self.now().millis().into()];
        Ok(self.note(sql, &params).await? > 0)
    }
}

impl Store {
    /// A console session by its keyed hash, and its realm.
    pub async fn find_console_session(&self, lookup: [u8; 32], moment: &Moment) -> Result<Option<(RealmId, ConsoleSession)>, Refusal> {
        self.read(&RealmId::vendor(), moment.clone(), move |tx| {
            Box::pin(async move {
                let sql = format!("SELECT realm_id, {COLUMNS} FROM console_session WHERE lookup = $1");
                let row = tx.query_one(&sql, &[lookup.to_vec().into()]).await?;
                Ok(row.map(|row| Ok::<_, StoreError>((row.parsed(0)?, read(&row, 1)?))).transpose()?)
            })
        })
        .await
    }

    /// The account that the link with this keyed hash signs in, and its realm.
    pub async fn find_console_link(&self, lookup: [u8; 32], moment: &Moment) -> Result<Option<(RealmId, AccountKey)>, Refusal> {
        self.read(&RealmId::vendor(), moment.clone(), move |tx| {
            Box::pin(async move {
                let sql = "SELECT realm_id, account_key FROM console_link WHERE lookup = $1 AND expires_at > $2";
                let row = tx.query_one(sql, &[lookup.to_vec().into(), tx.now().millis().into()]).await?;
                Ok(row.map(|row| Ok::<_, StoreError>((row.parsed(0)?, row.parsed(1)?))).transpose()?)
            })
        })
        .await
    }

    /// Realms that may stand open to an agent now, by id: somebody of the agent's address, or anyone, is invited, or a window
    /// is open.
    pub async fn find_open_realms(&self, folded: &str, limit: usize, moment: &Moment) -> Result<Vec<RealmId>, Refusal> {
        let (folded, limit) = (folded.to_owned(), i64::try_from(limit).unwrap_or(i64::MAX));
        self.read(&RealmId::vendor(), moment.clone(), move |tx| {
            Box::pin(async move {
                let sql = "SELECT realm_id FROM invitation WHERE invitee_folded IN ($1, '*') AND (expires_at IS NULL OR expires_at > $2) \
                           UNION SELECT realm_id FROM support_window WHERE ends_at > $2 ORDER BY realm_id LIMIT $3";
                let rows = tx.query(sql, &[folded.into(), tx.now().millis().into(), limit.into()]).await?;
                Ok(rows.iter().map(|row| row.parsed(0)).collect::<Result<_, StoreError>>()?)
            })
        })
        .await
    }
}
