//! Handing a log out page by page, in the forms that a bundle has. Each page costs what it holds,
//! however long the log; a row that is missing in its table is missing in its page.

use std::ops::Range;

use vestibule_core::audit::{
    Hash, Record, VKey,
    bundle::{Disclosed, Redacted},
};

use crate::{
    audit::{int, unreadable},
    backend::{Row, Value},
    error::StoreError,
    tx::Tx,
};

/// A page of one of a log's tables.
#[derive(Debug)]
pub struct LogPage<T> {
    /// What it holds, in the log's order.
    pub items: Vec<T>,
    /// The index that the next page begins with; `None`: this was the last.
    pub next: Option<u64>,
}

impl<T> LogPage<T> {
    /// From rows that begin with their index; a page that is not full is the last.
    fn of(rows: &[Row], limit: usize, read: impl Fn(&Row) -> Result<Option<T>, StoreError>) -> Result<Self, StoreError> {
        let items = rows.iter().filter_map(|row| read(row).transpose()).collect::<Result<_, _>>()?;
        let last = rows.last().filter(|_| rows.len() >= limit).map(|row| row.int(0)).transpose()?;
        Ok(Self { items, next: last.map(|last| last.unsigned_abs() + 1) })
    }
}

impl Tx {
    /// The log's keys, oldest first.
    pub async fn list_log_keys(&mut self) -> Result<Vec<VKey>, StoreError> {
        let params = [self.r()];
        let rows = self.query("SELECT vkey FROM audit_key WHERE realm_id = $1 ORDER BY from_size", &params).await?;
        rows.iter().map(|row| row.parsed(0)).collect()
    }

    /// The committed leaf hashes of a range of the log, at most `limit`.
    pub async fn list_leaves(&mut self, range: Range<u64>, limit: usize) -> Result<LogPage<Hash>, StoreError> {
        let sql = "SELECT idx, hash FROM audit_leaf WHERE realm_id = $1 AND idx >= $2 AND idx < $3 ORDER BY idx LIMIT $4";
        let rows = self.query(sql, &self.page_of(range, limit)).await?;
        LogPage::of(&rows, limit, |row| Hash::from_slice(row.blob(1)?).map(Some).ok_or_else(|| unreadable("a leaf")))
    }

    /// The records of a range of the log, at most `limit`. One that has lost its bytes and its leaf is left out.
    pub async fn list_records(&mut self, range: Range<u64>, limit: usize) -> Result<LogPage<Record>, StoreError> {
        let sql = "SELECT e.idx, e.bytes, l.hash FROM audit_event e \
                   LEFT JOIN audit_leaf l ON l.realm_id = e.realm_id AND l.idx = e.idx \
                   WHERE e.realm_id = $1 AND e.idx >= $2 AND e.idx < $3 ORDER BY e.idx LIMIT $4";
        let rows = self.query(sql, &self.page_of(range, limit)).await?;
        LogPage::of(&rows, limit, |row| {
            let leaf_hash = row.blob_or_null(2)?.and_then(Hash::from_slice);
            let redacted = |leaf_hash| Ok(Record::Redacted(Redacted { index: row.int(0)?.unsigned_abs(), leaf_hash }));
            match row.blob_or_null(1)? {
                Some(bytes) => Ok(Some(Record::Event(bytes.to_vec()))),
                None => leaf_hash.map(redacted).transpose(),
            }
        })
    }

    /// What opens the sealed members of a range of the log, at most `limit` unless one event alone has more: an event's stand
    /// in one page. Nothing opens a forgotten person's.
    pub async fn list_disclosures(&mut self, range: Range<u64>, limit: usize) -> Result<LogPage<Disclosed>, StoreError> {
        // The event of the first member that is too many begins the next page; the primary key alone answers which it is.
        let sql = "SELECT idx FROM audit_seal WHERE realm_id = $1 AND idx >= $2 AND idx < $3 ORDER BY idx LIMIT 1 OFFSET $4";
        let beyond = self.query_one(sql, &self.page_of(range.clone(), limit)).await?.map(|row| row.int(0)).transpose()?;
        let next = beyond.map(|index| index.unsigned_abs().max(range.start + 1));
        let opened = self.disclosures(range.start..next.unwrap_or(range.end)).await?;
        let items = opened.into_iter().map(|(index, one)| Disclosed { index, name: one.name, d: one.text }).collect();
        Ok(LogPage { items, next })
    }

    fn page_of(&self, range: Range<u64>, limit: usize) -> [Value; 4] {
        [self.r(), int(range.start), int(range.end), int(limit as u64)]
    }
}
