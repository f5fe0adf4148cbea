//! Rows of the log: appending in the transaction of the change, and checkpoints. Reading back is `events.rs`, and for
//! whoever takes all of it `export.rs`.
//!
//! The head row is a realm's lock: it is taken when a unit of work begins, so that limits, caps and
//! versions are decided by one unit at a time, and indexes come from it without gaps.

use std::collections::{BTreeMap, BTreeSet};

use vestibule_core::{
    audit::{Draft, Frontier, Head, Leaf, LogKey},
    id::RealmId,
    refusal::Refusal,
    time::Timestamp,
};

use crate::{
    backend::{Row, Value, Write},
    error::StoreError,
    memory::Facet,
    sealed::seal_with,
    store::Store,
    tx::{Moment, Tx},
};

pub(crate) fn unreadable(what: &str) -> StoreError {
    StoreError::Unreadable { what: what.to_owned() }
}

pub(crate) fn int(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn read_head(row: &Row) -> Result<Head, StoreError> {
    let size = u64::try_from(row.int(1)?).map_err(|_| unreadable("the log's size"))?;
    Ok(Head {
        origin: row.text(0)?.to_owned(),
        size,
        last_time: Timestamp::from_millis(row.int(3)?),
        frontier: Frontier::from_bytes(size, row.blob(2)?)?,
    })
}

/// Most events that are written at once.
const EVENTS_TOGETHER_MAX: usize = 250;

/// Keys that a unit has opened: an event names its actor in several sealed members.
type SubjectKeys = BTreeMap<String, [u8; 32]>;

/// The statement that stores so many sealed members of one event.
fn insert_seals(count: usize) -> String {
    let row = |at: usize| format!("(${}, ${}, ${}, ${}, ${})", 5 * at + 1, 5 * at + 2, 5 * at + 3, 5 * at + 4, 5 * at + 5);
    let rows: Vec<String> = (0..count).map(row).collect();
    format!("INSERT INTO audit_seal (realm_id, idx, name, subject, sealed) VALUES {}", rows.join(", "))
}

/// What of an event stands in columns, to be found by; the record is its bytes.
struct Columns {
    action: &'static str,
    outcome: &'static str,
    actor: String,
    session: Option<String>,
    target: String,
}

impl Columns {
    fn of(draft: &Draft) -> Self {
        Self {
            action: draft.action.as_str(),
            outcome: draft.outcome.as_str(),
            actor: draft.actor.id.clone(),
            session: draft.session.as_ref().map(|session| session.id.to_string()),
            target: draft.target.id.clone(),
        }
    }
}

impl Tx {
    /// Takes the realm's lock; a realm that is being made has none yet.
    pub(crate) async fn lock(&mut self) -> Result<(), StoreError> {
        let head = self.read_head(true).await?;
        self.set_head(head);
        Ok(())
    }

    /// The log's head as it stands.
    pub async fn head(&mut self) -> Result<Option<Head>, StoreError> {
        self.read_head(false).await
    }

    async fn read_head(&mut self, and_lock: bool) -> Result<Option<Head>, StoreError> {
        let lock = if and_lock { self.connection().lock_clause() } else { "" };
        let sql = format!("SELECT origin, size, frontier, last_time FROM audit_log WHERE realm_id = $1{lock}");
        let params = [self.r()];
        self.query_one(&sql, &params).await?.as_ref().map(read_head).transpose()
    }

    /// Begins the realm's log with a key of its own and event 0.
    pub async fn create_log(&mut self, origin: &str) -> Result<(), StoreError> {
        let seed: [u8; 32] = self.chance().bytes();
        let key = LogKey::from_seed(origin, seed).map_err(|_| unreadable("the log's origin"))?;
        let (head, leaf) = Head::create(origin, key.vkey(), self.now(), self.chance())?;
        let sql = "INSERT INTO audit_log (realm_id, origin, size, frontier, last_time) VALUES ($1, $2, $3, $4, $5)";
        let params = [self.r(), origin.into(), int(head.size), head.frontier.to_bytes().into(), head.last_time.millis().into()];
        self.note(sql, &params).await?;
        let wrapped = self.sealer().seal(&format!("log-key/{}", self.realm()), &seed, self.chance())?;
        let sql = "INSERT INTO audit_key (realm_id, vkey, wrapped_seed, from_size) VALUES ($1, $2, $3, 0)";
        let params = [self.r(), key.vkey().to_string().into(), wrapped.into()];
        self.note(sql, &params).await?;
        let columns =
            Columns { action: "log.created", outcome: "success", actor: "server".to_owned(), session: None, target: "1".to_owned() };
        let writes = self.write_events(vec![(columns, leaf)], &mut SubjectKeys::new()).await?;
        self.note_all(&writes).await?;
        self.set_head(Some(head));
        Ok(())
    }

    /// Files what the unit recorded. Rows that changed without an event are refused.
    pub(crate) async fn file_events(&mut self) -> Result<(), StoreError> {
        let drafts = self.take_drafts();
        if drafts.is_empty() {
            return if self.is_changed() { Err(StoreError::Unrecorded) } else { Ok(()) };
        }
        let mut head = self.take_head().ok_or_else(|| unreadable("the log's head"))?;
        let before = head.size;
        let (mut keys, mut drafts) = (SubjectKeys::new(), drafts.into_iter().peekable());
        let mut changed = Vec::new();
        while drafts.peek().is_some() {
            let mut events = Vec::new();
            for draft in drafts.by_ref().take(EVENTS_TOGETHER_MAX) {
                events.push((Columns::of(&draft), head.append(draft, self.now(), &self.chance().clone())?));
            }
            let mut writes = self.write_events(events, &mut keys).await?;
            if drafts.peek().is_none() {
                writes.push(self.move_head(&head, before));
            }
            changed = self.note_all(&writes).await?;
        }
        if changed.last() != Some(&1) {
            return Err(unreadable("the log's head, which moved under its lock"));
        }
        self.touch(Facet::Log);
        Ok(())
    }

    /// Says how the head moves on from a size.
    fn move_head(&self, head: &Head, before: u64) -> Write {
        let sql = "UPDATE audit_log SET size = $2, frontier = $3, last_time = $4 WHERE realm_id = $1 AND size = $5";
        let params = vec![self.r(), int(head.size), head.frontier.to_bytes().into(), head.last_time.millis().into(), int(before)];
        Write { sql: sql.into(), params }
    }

    /// Says what is to be written of events, and of the people in them.
    async fn write_events(&mut self, events: Vec<(Columns, Leaf)>, keys: &mut SubjectKeys) -> Result<Vec<Write>, StoreError> {
        let mut writes = Vec::new();
        let subjects = events.iter().flat_map(|(_, leaf)| &leaf.disclosures).map(|disclosure| disclosure.subject.as_str());
        self.find_or_make_subject_keys(subjects.collect(), keys, &mut writes).await?;
        for (columns, leaf) in events {
            self.write_event(columns, leaf, keys, &mut writes)?;
        }
        Ok(writes)
    }

    /// Says what is to be written of an event.
    fn write_event(&self, columns: Columns, leaf: Leaf, keys: &SubjectKeys, writes: &mut Vec<Write>) -> Result<(), StoreError> {
        let sql = "INSERT INTO audit_event (realm_id, idx, id, time, action, outcome, actor_id, session_id, target_id, bytes) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let params = vec![
            self.r(),
            int(leaf.index),
            leaf.id.to_string().into(),
            leaf.time.millis().into(),
            columns.action.into(),
            columns.outcome.into(),
            columns.actor.into(),
            columns.session.into(),
            columns.target.into(),
            leaf.bytes.into(),
        ];
        writes.push(Write { sql: sql.into(), params });
        let params = vec![self.r(), int(leaf.index), Value::Blob(leaf.hash.bytes().to_vec())];
        writes.push(Write { sql: "INSERT INTO audit_leaf (realm_id, idx, hash) VALUES ($1, $2, $3)".into(), params });
        let (mut params, count) = (Vec::new(), leaf.disclosures.len());
        for disclosure in leaf.disclosures {
            let key = keys.get(&disclosure.subject).ok_or_else(|| unreadable("a subject's key"))?;
            let context = format!("{}/{}/{}", self.realm(), leaf.index, disclosure.name);
            let sealed = seal_with(key, &context, disclosure.text.as_bytes(), self.chance())?;
            params.extend([self.r(), int(leaf.index), disclosure.name.into(), disclosure.subject.into(), sealed.into()]);
        }
        if count > 0 {
            writes.push(Write { sql: insert_seals(count).into(), params });
        }
        Ok(())
    }

    /// The keys under which people's sealed members stand; deleting one forgets the person.
    async fn find_or_make_subject_keys(
        &mut self,
        mut subjects: BTreeSet<&str>,
        keys: &mut SubjectKeys,
        writes: &mut Vec<Write>,
    ) -> Result<(), StoreError> {
        subjects.retain(|subject| !keys.contains_key(*subject));
        if subjects.is_empty() {
            return Ok(());
        }
        let context = |tx: &Self, subject: &str| format!("subject/{}/{subject}", tx.realm());
        let sql =
            format!("SELECT subject, wrapped FROM audit_subject_key WHERE realm_id = $1 AND subject IN {}", self.connection().list(2));
        let params = [self.r(), Value::list(subjects.iter().copied())];
        for row in self.query(&sql, &params).await? {
            let subject = row.text(0)?;
            let key = self.sealer().open(&context(self, subject), row.blob(1)?)?;
            keys.insert(subject.to_owned(), key.try_into().map_err(|_| unreadable("a subject's key"))?);
        }
        subjects.retain(|subject| !keys.contains_key(*subject));
        for subject in subjects {
            let key: [u8; 32] = self.chance().bytes();
            let wrapped = self.sealer().seal(&context(self, subject), &key, self.chance())?;
            let params = vec![self.r(), subject.into(), wrapped.into()];
            writes.push(Write { sql: "INSERT INTO audit_subject_key (realm_id, subject, wrapped) VALUES ($1, $2, $3)".into(), params });
            keys.insert(subject.to_owned(), key);
        }
        Ok(())
    }

    /// The key that signs the realm's log now.
    pub async fn log_key(&mut self) -> Result<LogKey, StoreError> {
        let params = [self.r()];
        let sql = "SELECT l.origin, k.wrapped_seed FROM audit_key k JOIN audit_log l ON l.realm_id = k.realm_id \
                   WHERE k.realm_id = $1 AND k.to_size IS NULL ORDER BY k.from_size DESC LIMIT 1";
        let row = self.query_one(sql, &params).await?.ok_or_else(|| unreadable("the log's key"))?;
        let seed = self.sealer().open(&format!("log-key/{}", self.realm()), row.blob(1)?)?;
        let seed = seed.try_into().map_err(|_| unreadable("the log's key"))?;
        LogKey::from_seed(row.text(0)?, seed).map_err(|_| unreadable("the log's key"))
    }

    /// The newest signed checkpoint: its size, its note and when it was signed.
    pub async fn newest_checkpoint(&mut self) -> Result<Option<(u64, String, Timestamp)>, StoreError> {
        let params = [self.r()];
        let sql = "SELECT size, note, signed_at FROM audit_checkpoint WHERE realm_id = $1 ORDER BY size DESC LIMIT 1";
        let read = |row: Row| Ok((row.int(0)?.unsigned_abs(), row.text(1)?.to_owned(), Timestamp::from_millis(row.int(2)?)));
        self.query_one(sql, &params).await?.map(read).transpose()
    }

    /// Stores a signed checkpoint. Ed25519 is deterministic: two signers of one size write one note.
    pub async fn save_checkpoint(&mut self, size: u64, note: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO audit_checkpoint (realm_id, size, note, signed_at) VALUES ($1, $2, $3, $4) ON CONFLICT (realm_id, size) DO NOTHING";
        let params = [self.r(), int(size), note.into(), self.now().millis().into()];
        self.note(sql, &params).await?;
        Ok(())
    }
}

impl Store {
    /// Realms whose newest checkpoint is behind their head: read once at start, later told by commits.
    pub async fn list_unsigned_logs(&self, moment: &Moment) -> Result<Vec<RealmId>, Refusal> {
        self.read(&RealmId::vendor(), moment.clone(), |tx| {
            Box::pin(async move {
                let sql = "SELECT l.realm_id FROM audit_log l WHERE l.size > COALESCE( \
                           (SELECT MAX(c.size) FROM audit_checkpoint c WHERE c.realm_id = l.realm_id), 0) ORDER BY l.realm_id";
                let rows = tx.query(sql, &[]).await?;
                Ok(rows.iter().map(|row| row.parsed(0)).collect::<Result<_, _>>()?)
            })
        })
        .await
    }
}
