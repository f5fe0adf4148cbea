//! A transaction on one realm: what it may touch, what it records, what it keeps when refused.

use std::sync::Arc;

use vestibule_core::{
    audit::{Draft, Head},
    chance::Chance,
    id::RealmId,
    time::Timestamp,
};

use crate::{
    backend::{Begin, Connection, Row, Value, Write},
    error::StoreError,
    memory::Facet,
    sealed::Sealer,
};

/// The instant of a unit of work, and its chance.
#[derive(Debug, Clone)]
pub struct Moment {
    /// Now, for everything in the unit.
    pub now: Timestamp,
    /// Where its ids and salts come from.
    pub chance: Chance,
}

/// Which page of a list is wanted.
#[derive(Debug, Clone)]
pub struct PageRequest {
    /// The cursor of the page before; absent: the first page.
    pub after: Option<String>,
    /// Most items.
    pub limit: usize,
}

/// What every id that is a UUID sorts before (`g` comes after the hexadecimal digits): the cursor of the
/// first page of a list that runs from the newest.
pub(crate) const FIRST_PAGE: &str = "g";

impl PageRequest {
    /// The cursor as a parameter, or what stands for the first page.
    pub(crate) fn after_or(&self, first: &str) -> Value {
        self.after.as_deref().unwrap_or(first).into()
    }

    /// How many items are read: one more than fit says whether there is another page.
    pub(crate) fn one_more(&self) -> Value {
        Value::Int(i64::try_from(self.limit).unwrap_or(i64::MAX).saturating_add(1))
    }
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// Its items.
    pub items: Vec<T>,
    /// The cursor of the next page; absent: this was the last.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Cuts a list that was read one item longer than the page: the item too many says that there is more.
    pub fn cut(mut items: Vec<T>, limit: usize, cursor: impl FnOnce(&T) -> String) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(cursor);
        Self { items, next }
    }
}

/// A transaction on one realm.
pub struct Tx {
    connection: Connection,
    realm: Arc<RealmId>,
    moment: Moment,
    sealer: Sealer,
    head: Option<Head>,
    drafts: Vec<Draft>,
    touched: Vec<(RealmId, Facet)>,
    is_changed: bool,
    is_kept: bool,
    is_rehearsal: bool,
    is_open: bool,
}

impl Tx {
    pub(crate) fn new(connection: Connection, realm: RealmId, moment: Moment, sealer: Sealer) -> Self {
        Self {
            connection,
            realm: Arc::new(realm),
            moment,
            sealer,
            head: None,
            drafts: Vec::new(),
            touched: Vec::new(),
            is_changed: false,
            is_kept: false,
            is_rehearsal: false,
            is_open: false,
        }
    }

    /// The realm that every statement of this transaction binds.
    pub fn realm(&self) -> &RealmId {
        &self.realm
    }

    /// The unit's instant.
    pub fn now(&self) -> Timestamp {
        self.moment.now
    }

    /// The unit's chance.
    pub fn chance(&self) -> &Chance {
        &self.moment.chance
    }

    /// The master key's seals.
    pub fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// Records an event; it lands with the change, or not at all.
    pub fn record(&mut self, draft: Draft) {
        self.drafts.push(draft);
    }

    /// Says that what was compiled from `facet` is no longer true once this commits.
    pub fn touch(&mut self, facet: Facet) {
        let realm = match facet {
            // A hash is looked up before its realm is known, and the list of realms is no realm's.
            Facet::Lookup(_) | Facet::Realms => RealmId::vendor(),
            _ => self.realm().clone(),
        };
        self.touched.push((realm, facet));
    }

    /// What was written so far stays even if a later step refuses: a spent call, a used nonce. Only
    /// bookkeeping can be kept: a change goes with its event, which a refusal drops.
    pub async fn keep(&mut self) -> Result<(), StoreError> {
        if self.is_changed || !self.drafts.is_empty() {
            return Err(StoreError::Unrecorded);
        }
        self.is_kept = true;
        self.connection.control("SAVEPOINT kept").await
    }

    /// Everything that this unit does is undone at its end, and its answer given all the same.
    pub fn rehearse(&mut self) {
        self.is_rehearsal = true;
    }

    pub(crate) fn is_rehearsal(&self) -> bool {
        self.is_rehearsal
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// Drops what a refused unit had gathered.
    pub(crate) fn forget(&mut self) {
        self.drafts.clear();
        self.touched.clear();
    }

    /// What of the touched other processes hold values of; the log and the outbox they look at themselves.
    pub(crate) fn told_facets(&self) -> impl Iterator<Item = String> {
        let told = |(_, facet): &&(RealmId, Facet)| !matches!(facet, Facet::Log | Facet::Outbox);
        self.touched.iter().filter(told).map(|(realm, facet)| facet.told(realm))
    }

    pub(crate) fn into_parts(self) -> (Connection, Vec<(RealmId, Facet)>) {
        (self.connection, self.touched)
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Whether this holds the realm's lock. A realm that another process made since this began is found, and not held.
    pub fn is_locked(&self) -> bool {
        self.head.is_some()
    }

    pub(crate) fn set_head(&mut self, head: Option<Head>) {
        self.head = head;
    }

    pub(crate) fn take_head(&mut self) -> Option<Head> {
        self.head.take()
    }

    pub(crate) fn take_drafts(&mut self) -> Vec<Draft> {
        std::mem::take(&mut self.drafts)
    }

    /// Whether rows changed that an event must tell of.
    pub(crate) fn is_changed(&self) -> bool {
        self.is_changed
    }

    pub(crate) async fn begin(&mut self, how: Begin) -> Result<(), StoreError> {
        self.is_open = true;
        self.connection.begin(how).await
    }

    /// Begins a unit in a transaction that has begun; told nothing, its savepoint is made already.
    pub(crate) async fn enter(&mut self, sql: &'static str) -> Result<(), StoreError> {
        self.is_open = true;
        self.control(sql).await
    }

    /// Ends what [`Tx::begin`] or [`Tx::enter`] began; told nothing, there is nothing to end but that.
    pub(crate) async fn finish(&mut self, sql: &'static str) -> Result<(), StoreError> {
        self.control(sql).await?;
        self.is_open = false;
        Ok(())
    }

    /// Whether the transaction was left half-way: by a panic, or by an end that failed.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    pub(crate) async fn control(&mut self, sql: &'static str) -> Result<(), StoreError> {
        match sql {
            "" => Ok(()),
            _ => self.connection.control(sql).await,
        }
    }

    pub(crate) async fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.connection.query(sql, params).await
    }

    pub(crate) async fn query_one(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>, StoreError> {
        Ok(self.connection.query(sql, params).await?.into_iter().next())
    }

    /// Changes rows that a customer would miss: the unit must record an event.
    pub(crate) async fn change(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        self.is_changed = true;
        self.connection.execute(sql, params).await
    }

    /// Changes rows that a customer would miss, and reads what the statement returns of those that it changed.
    pub(crate) async fn change_returning(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let changed = self.connection.query(sql, params).await?;
        self.is_changed |= !changed.is_empty();
        Ok(changed)
    }

    /// Changes rows that are only bookkeeping (limits, nonces, the outbox's progress, the log itself).
    pub(crate) async fn note(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        self.connection.execute(sql, params).await
    }

    /// Many such changes at once.
    pub(crate) async fn note_all(&mut self, writes: &[Write]) -> Result<Vec<u64>, StoreError> {
        self.connection.execute_all(writes).await
    }

    /// The realm as a parameter; it comes first in every statement.
    pub(crate) fn r(&self) -> Value {
        Value::from(self.realm.as_str())
    }
}
