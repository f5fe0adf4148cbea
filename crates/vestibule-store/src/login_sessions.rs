//! Rows of sessions that begin with a name and a password. Of a session's secret there is a keyed hash.

use vestibule_core::{
    id::{AccountKey, LoginSessionId},
    sign_in::LoginSession,
    time::Timestamp,
};

use crate::{backend::Row, error::StoreError, tx::Tx};

const COLUMNS: &str = "id, account_key, password_id, started_at, seen_at";

fn read(row: &Row) -> Result<LoginSession, StoreError> {
    Ok(LoginSession {
        id: row.parsed(0)?,
        account: row.parsed(1)?,
        password: row.parsed(2)?,
        started_at: Timestamp::from_millis(row.int(3)?),
        seen_at: Timestamp::from_millis(row.int(4)?),
    })
}

impl Tx {
    /// An account's sessions, live or not, oldest first.
    pub async fn list_login_sessions(&mut self, account: AccountKey) -> Result<Vec<LoginSession>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM login_session WHERE realm_id = $1 AND account_key = $2 ORDER BY started_at, id");
        let params = [self.r(), account.to_string().into()];
        self.query(&sql, &params).await?.iter().map(read).collect()
    }

    /// The session whose secret has this keyed hash.
    pub async fn find_login_session(&mut self, lookup: &[u8; 32]) -> Result<Option<LoginSession>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM login_session WHERE realm_id = $1 AND lookup = $2");
        let params = [self.r(), lookup.to_vec().into()];
        self.query_one(&sql, &params).await?.as_ref().map(read).transpose()
    }

    /// Stores a new session by the keyed hash of its secret.
    pub async fn insert_login_session(&mut self, session: &LoginSession, lookup: [u8; 32]) -> Result<(), StoreError> {
        let sql = format!("INSERT INTO login_session (realm_id, {COLUMNS}, lookup) VALUES ($1, $2, $3, $4, $5, $6, $7)");
        let params = [
            self.r(),
            session.id.to_string().into(),
            session.account.to_string().into(),
            session.password.to_string().into(),
            session.started_at.millis().into(),
            session.seen_at.millis().into(),
            lookup.to_vec().into(),
        ];
        self.change(&sql, &params).await?;
        Ok(())
    }

    /// Writes down that a session was used; one that is gone stays gone.
    pub async fn note_login_session(&mut self, id: LoginSessionId) -> Result<(), StoreError> {
        let sql = "UPDATE login_session SET seen_at = $3 WHERE realm_id = $1 AND id = $2 AND seen_at < $3";
        let params = [self.r(), id.to_string().into(), self.now().millis().into()];
        self.note(sql, &params).await?;
        Ok(())
    }

    /// Forgets a session that was ended.
    pub async fn delete_login_session(&mut self, id: LoginSessionId) -> Result<(), StoreError> {
        let params = [self.r(), id.to_string().into()];
        self.change("DELETE FROM login_session WHERE realm_id = $1 AND id = $2", &params).await?;
        Ok(())
    }

    /// Forgets a session that is over by the clock.
    pub async fn forget_login_session(&mut self, id: LoginSessionId) -> Result<(), StoreError> {
        let params = [self.r(), id.to_string().into()];
        self.note("DELETE FROM login_session WHERE realm_id = $1 AND id = $2", &params).await?;
        Ok(())
    }
}
