//! Rows of support sessions.

use vestibule_core::{
    id::SessionId,
    support::{Admitter, Entry, SupportSession},
    time::Timestamp,
};

use crate::{
    backend::{Row, Value},
    error::StoreError,
    memory::Facet,
    tx::{Page, PageRequest, Tx},
};

const COLUMNS: &str = "id, agent_key, agent_email, account_key, reason, ticket, admitted_by, started_at, ends_at, ended_at, ended_why";

/// Which sessions of a realm are wanted.
#[derive(Debug, Clone, Default)]
pub struct SessionFilter {
    /// `true`: live ones; `false`: past ones; absent: all.
    pub live: Option<bool>,
    /// The agent's address, without regard to case.
    pub agent: Option<String>,
}

/// What admitted, as the row spells it.
fn admitter_text(by: Admitter) -> String {
    match by {
        Admitter::Invitation(id) => id.to_string(),
        Admitter::Window { version } => format!("window:{version}"),
    }
}

fn read(row: &Row) -> Result<SupportSession, StoreError> {
    let unreadable = || StoreError::Unreadable { what: format!("session {}", row.text(0).unwrap_or("?")) };
    let by = row.text(6)?;
    let admitted_by = match by.strip_prefix("window:") {
        Some(version) => Admitter::Window { version: version.parse().map_err(|_| unreadable())? },
        None => Admitter::Invitation(by.parse().map_err(|_| unreadable())?),
    };
    let ended = match (row.int_or_null(9)?, row.text_or_null(10)?) {
        (Some(at), Some(why)) => Some((Timestamp::from_millis(at), why.parse().map_err(|_| unreadable())?)),
        _ => None,
    };
    Ok(SupportSession {
        id: row.parsed(0)?,
        agent: row.parsed(1)?,
        agent_email: row.text(2)?.to_owned(),
        account: row.parsed(3)?,
        entry: Entry::new(row.text(4)?, row.text_or_null(5)?).map_err(|_| unreadable())?,
        admitted_by,
        started_at: Timestamp::from_millis(row.int(7)?),
        ends_at: Timestamp::from_millis(row.int(8)?),
        ended,
    })
}

impl Tx {
    /// A session of this realm.
    pub async fn find_session(&mut self, id: SessionId) -> Result<Option<SupportSession>, StoreError> {
        let params = [self.r(), id.to_string().into()];
        let sql = format!("SELECT {COLUMNS} FROM support_session WHERE realm_id = $1 AND id = $2");
        self.query_one(&sql, &params).await?.as_ref().map(read).transpose()
    }

    /// Every live session, oldest first; those that rest on `by` when it is given.
    pub async fn list_live_sessions(&mut self, by: Option<Admitter>) -> Result<Vec<SupportSession>, StoreError> {
        let params = [self.r(), self.now().millis().into()];
        let sql = format!("SELECT {COLUMNS} FROM support_session WHERE realm_id = $1 AND ends_at > $2 AND ended_at IS NULL ORDER BY id");
        let live = self.query(&sql, &params).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let rests = |session: &SupportSession| match (by, session.admitted_by) {
            (None, _) => true,
            // A window is one thing through all its versions.
            (Some(Admitter::Window { .. }), Admitter::Window { .. }) => true,
            (Some(by), admitted_by) => by == admitted_by,
        };
        Ok(live.into_iter().filter(rests).collect())
    }

    /// A page of sessions, newest first. Ids are ordered by time, so the last id of a page is its cursor.
    pub async fn list_sessions(&mut self, filter: &SessionFilter, page: PageRequest) -> Result<Page<SupportSession>, StoreError> {
        let live = match filter.live {
            Some(true) => "AND ended_at IS NULL AND ends_at > $5",
            Some(false) => "AND (ended_at IS NOT NULL OR ends_at <= $5)",
            None => "",
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM support_session WHERE realm_id = $1 AND id < $2 \
             AND ($3 = '' OR LOWER(agent_email) = $3) {live} ORDER BY id DESC LIMIT $4"
        );
        let mut params = vec![
            self.r(),
            // `g` sorts after every hexadecimal digit: the first page.
            page.after.unwrap_or_else(|| "g".to_owned()).into(),
            filter.agent.as_deref().unwrap_or_default().to_ascii_lowercase().into(),
            Value::Int(page.limit as i64 + 1),
        ];
        // PostgreSQL takes no parameter that its statement does not use.
        params.extend(filter.live.map(|_| Value::from(self.now().millis())));
        let items = self.query(&sql, &params).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(items, page.limit, |session| session.id.to_string()))
    }

    /// Makes a session, or stores a changed one.
    pub async fn save_session(&mut self, session: &SupportSession) -> Result<(), StoreError> {
        let sql = "INSERT INTO support_session (realm_id, id, agent_key, agent_email, account_key, reason, ticket, admitted_by, started_at, \
                   ends_at, ended_at, ended_why) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
                   ON CONFLICT (realm_id, id) DO UPDATE SET ends_at = excluded.ends_at, ended_at = excluded.ended_at, ended_why = excluded.ended_why";
        let params = [
            self.r(),
            session.id.to_string().into(),
            session.agent.to_string().into(),
            session.agent_email.clone().into(),
            session.account.to_string().into(),
            session.entry.reason().into(),
            session.entry.ticket().into(),
            admitter_text(session.admitted_by).into(),
            session.started_at.millis().into(),
            session.ends_at.millis().into(),
            session.ended.map(|(at, _)| at.millis()).into(),
            session.ended.map(|(_, why)| why.as_str()).into(),
        ];
        self.touch(Facet::Session(session.id));
        self.change(sql, &params).await?;
        Ok(())
    }
}
