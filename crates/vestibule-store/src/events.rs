//! Reading a realm's log back: events by their place, by what stands in their columns, by their time. However long the log,
//! a page costs what its events cost: each thing that is asked for has an index in the log's order, and times never fall
//! along the log, so that an instant is found by halving.

use std::{collections::BTreeMap, ops::Range};

use vestibule_core::{
    audit::{Action, Disclosure, Hash},
    time::Timestamp,
};

use crate::{
    audit::{int, unreadable},
    backend::{Connection, Row, Value},
    error::StoreError,
    sealed::open_with,
    tx::Tx,
};

/// Which events are wanted; every member narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// The action, e.g. `session.entered`.
    pub action: Option<String>,
    /// `success`, `denied` or `failed`.
    pub outcome: Option<String>,
    /// The actor's id.
    pub actor: Option<String>,
    /// The session's id.
    pub session: Option<String>,
    /// The target's id.
    pub target: Option<String>,
    /// Not before this instant.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub to: Option<Timestamp>,
}

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its place in the log, from 0.
    pub index: u64,
    /// Its canonical bytes; `None` once redacted.
    pub bytes: Option<Vec<u8>>,
    /// The leaf hash that the log committed; `None` in a damaged database.
    pub leaf_hash: Option<Hash>,
    /// Its sealed members, opened.
    pub disclosures: Vec<Disclosure>,
}

/// A column that events are found by, with what it must say, and the index that has it in the log's order.
#[derive(Clone, Copy)]
struct Column<'f> {
    name: &'static str,
    index: &'static str,
    wanted: &'f String,
}

/// The index of outcomes has none that succeeded: those are nearly all.
const NOT_SUCCESS: &str = "audit_event_not_success";

impl<'f> Column<'f> {
    /// What an event must say in it.
    fn clause(self, parameter: usize) -> String {
        // The database cannot tell of a parameter that the index has it.
        let some = if self.index == NOT_SUCCESS { " AND e.outcome <> 'success'" } else { "" };
        format!("e.{} = ${parameter}{some}", self.name)
    }

    fn hint(self) -> String {
        format!(" INDEXED BY {}", self.index)
    }
}

impl EventFilter {
    /// The columns that are asked for; an empty text asks for nothing.
    fn columns<'f>(&'f self) -> Vec<Column<'f>> {
        let outcome = if self.outcome.as_deref() == Some("success") { "" } else { NOT_SUCCESS };
        let columns = [
            ("session_id", "audit_event_of_session", &self.session),
            ("target_id", "audit_event_of_target", &self.target),
            ("actor_id", "audit_event_of_actor", &self.actor),
            ("action", "audit_event_of_action", &self.action),
            ("outcome", outcome, &self.outcome),
        ];
        let asked = |wanted: &'f Option<String>| wanted.as_ref().filter(|wanted| !wanted.is_empty());
        columns.into_iter().filter_map(|(name, index, wanted)| Some(Column { name, index, wanted: asked(wanted)? })).collect()
    }
}

/// So many events with a value are counted, to find the value that fewest have.
const COUNTED_MAX: i64 = 2_000;

/// What opens or shuts a way in, or a customer's grant.
const ACCESS: [Action; 9] = [
    Action::InvitationCreated,
    Action::InvitationAmended,
    Action::InvitationRevoked,
    Action::WindowOpened,
    Action::WindowAmended,
    Action::WindowClosed,
    Action::CustomerGrantAdded,
    Action::CustomerGrantRemoved,
    Action::CustomerPurged,
];

/// Sealed members of the events that a clause names, each with its subject's key, which a forgotten person has no more.
/// Not joined: PostgreSQL would read every person's key for each page of a log that has many.
const SEALED: &str = "SELECT s.idx, s.name, s.subject, s.sealed, \
                      (SELECT k.wrapped FROM audit_subject_key k WHERE k.realm_id = s.realm_id AND k.subject = s.subject) \
                      FROM audit_seal s WHERE s.realm_id = $1";

impl Tx {
    /// The opened sealed members of a range of events; an erased person's are left out.
    pub(crate) async fn disclosures(&mut self, range: Range<u64>) -> Result<Vec<(u64, Disclosure)>, StoreError> {
        let params = [self.r(), int(range.start), int(range.end)];
        let rows = self.query(&format!("{SEALED} AND s.idx >= $2 AND s.idx < $3 ORDER BY s.idx, s.name"), &params).await?;
        rows.iter().filter_map(|row| self.opened(row).transpose()).collect()
    }

    fn opened(&self, row: &Row) -> Result<Option<(u64, Disclosure)>, StoreError> {
        let Some(wrapped) = row.blob_or_null(4)? else { return Ok(None) };
        let (index, name, subject) = (row.int(0)?, row.text(1)?, row.text(2)?);
        let key = self.sealer().open(&format!("subject/{}/{subject}", self.realm()), wrapped)?;
        let key: [u8; 32] = key.try_into().map_err(|_| unreadable("a subject's key"))?;
        let text = open_with(&key, &format!("{}/{index}/{name}", self.realm()), row.blob(3)?)?;
        let text = String::from_utf8(text).map_err(|_| unreadable("a sealed member"))?;
        Ok(Some((index.unsigned_abs(), Disclosure { name: name.to_owned(), subject: subject.to_owned(), text })))
    }

    /// The newest events that opened or shut a way in, or a customer's grant, at most `limit`, newest first.
    pub async fn list_access_events(&mut self, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        let newest = |action: Action| {
            let own = format!("realm_id = $1 AND action = '{}' ORDER BY idx DESC LIMIT $2", action.as_str());
            format!("SELECT * FROM (SELECT idx, bytes, NULL FROM audit_event WHERE {own}) AS of_one")
        };
        let each = ACCESS.map(newest).join(" UNION ALL ");
        let params = [self.r(), Value::Int(limit as i64)];
        let rows = self.query(&format!("SELECT * FROM ({each}) AS newest ORDER BY 1 DESC LIMIT $2"), &params).await?;
        self.with_disclosures(rows).await
    }

    /// Events from index `from` on that pass the filter, at most `limit`, in order.
    pub async fn list_events(&mut self, filter: &EventFilter, from: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.events_where(filter, (from, u64::MAX), "e.idx", limit).await
    }

    /// Events before index `before` that pass the filter, at most `limit`, newest first.
    pub async fn list_events_before(&mut self, filter: &EventFilter, before: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.events_where(filter, (0, before), "e.idx DESC", limit).await
    }

    async fn events_where(
        &mut self,
        filter: &EventFilter,
        (mut from, mut before): (u64, u64),
        order: &str,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        if let Some(instant) = filter.from {
            from = from.max(self.first_event_at(instant).await?);
        }
        if let Some(instant) = filter.to {
            before = before.min(self.first_event_at(instant).await?);
        }
        let columns = filter.columns();
        let by = self.narrowest(&columns).await?;
        let clauses: String = (5..).zip(&columns).map(|(at, column)| format!(" AND {}", column.clause(at))).collect();
        let sql = format!(
            "SELECT e.idx, e.bytes, l.hash FROM audit_event e{by} \
             LEFT JOIN audit_leaf l ON l.realm_id = e.realm_id AND l.idx = e.idx \
             WHERE e.realm_id = $1 AND e.idx >= $2 AND e.idx < $3{clauses} ORDER BY {order} LIMIT $4"
        );
        let mut params = vec![self.r(), int(from), int(before), Value::Int(limit as i64)];
        params.extend(columns.iter().map(|column| Value::from(column.wanted.clone())));
        let rows = self.query(&sql, &params).await?;
        self.with_disclosures(rows).await
    }

    /// How SQLite is told by which index to look: it knows too little of the values to choose. PostgreSQL counts them itself.
    async fn narrowest(&mut self, columns: &[Column<'_>]) -> Result<String, StoreError> {
        if matches!(self.connection(), Connection::Postgres(_)) {
            return Ok(String::new());
        }
        let indexed: Vec<_> = columns.iter().copied().filter(|column| !column.index.is_empty()).collect();
        let mut best: Option<(i64, Column<'_>)> = None;
        for column in &indexed {
            // One alone needs no counting.
            let count = if indexed.len() == 1 { 0 } else { self.count_of(*column).await? };
            if best.is_none_or(|(least, _)| count < least) {
                best = Some((count, *column));
            }
        }
        Ok(best.map(|(_, column)| column.hint()).unwrap_or_default())
    }

    async fn count_of(&mut self, column: Column<'_>) -> Result<i64, StoreError> {
        let (hint, clause) = (column.hint(), column.clause(2));
        let sql = format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM audit_event e{hint} WHERE e.realm_id = $1 AND {clause} LIMIT {COUNTED_MAX}) AS counted"
        );
        let params = [self.r(), column.wanted.clone().into()];
        self.query_one(&sql, &params).await?.map_or(Ok(0), |row| row.int(0))
    }

    /// The index of the first event that is not before an instant; the log's size if there is none.
    async fn first_event_at(&mut self, instant: Timestamp) -> Result<u64, StoreError> {
        let (mut low, mut high) = (0, self.head().await?.map_or(0, |head| head.size));
        while low < high {
            let middle = low + (high - low) / 2;
            let params = [self.r(), int(middle)];
            let sql = "SELECT idx, time FROM audit_event WHERE realm_id = $1 AND idx >= $2 ORDER BY idx LIMIT 1";
            match self.query_one(sql, &params).await? {
                Some(row) if row.int(1)? < instant.millis() => low = row.int(0)?.unsigned_abs() + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// Events as they were read, each with its sealed members.
    async fn with_disclosures(&mut self, rows: Vec<Row>) -> Result<Vec<StoredEvent>, StoreError> {
        let mut of_each: BTreeMap<u64, Vec<Disclosure>> = BTreeMap::new();
        let indexes = rows.iter().map(|row| row.int(0)).collect::<Result<Vec<_>, _>>()?;
        let listed = format!("(SELECT CAST(listed.text AS BIGINT) FROM {} AS listed)", self.connection().list(2));
        let params = [self.r(), Value::list(indexes.iter().map(i64::to_string))];
        for row in self.query(&format!("{SEALED} AND s.idx IN {listed} ORDER BY s.idx, s.name"), &params).await? {
            let Some((index, disclosure)) = self.opened(&row)? else { continue };
            of_each.entry(index).or_default().push(disclosure);
        }
        let event = |(row, index): (&Row, i64)| {
            let index = index.unsigned_abs();
            let leaf_hash = row.blob_or_null(2)?.and_then(Hash::from_slice);
            let disclosures = of_each.remove(&index).unwrap_or_default();
            Ok(StoredEvent { index, bytes: row.blob_or_null(1)?.map(<[u8]>::to_vec), leaf_hash, disclosures })
        };
        rows.iter().zip(indexes).map(event).collect()
    }
}
