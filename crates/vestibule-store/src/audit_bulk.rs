//! Filing the events of a unit that changed many things: the same rows as one by one, in few statements.

use std::collections::BTreeSet;

use vestibule_core::audit::Leaf;

use crate::{
    audit::{Columns, SubjectKeys, int, subject_context, unreadable},
    backend::Value,
    error::StoreError,
    sealed::seal_with,
    tx::Tx,
};

/// Events from which on they are filed together.
pub(crate) const TOGETHER_MIN: usize = 16;
/// Rows that one statement stores: few sizes, so that few statements are prepared.
const ROWS: [usize; 3] = [100, 10, 1];

/// A table and those of its columns that are stored.
struct Table {
    table: &'static str,
    columns: &'static str,
    width: usize,
}

const EVENTS: Table =
    Table { table: "audit_event", columns: "realm_id, idx, id, time, action, outcome, actor_id, session_id, target_id, bytes", width: 10 };
const LEAVES: Table = Table { table: "audit_leaf", columns: "realm_id, idx, hash", width: 3 };
const SEALS: Table = Table { table: "audit_seal", columns: "realm_id, idx, name, subject, sealed", width: 5 };
const KEYS: Table = Table { table: "audit_subject_key", columns: "realm_id, subject, wrapped", width: 3 };

/// `($1, $2), ($3, $4), …`.
fn places(rows: usize, width: usize) -> String {
    let row = |row: usize| {
        let places: Vec<String> = (1..=width).map(|column| format!("${}", row * width + column)).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

impl Tx {
    /// Stores events with their leaves and what is sealed of them.
    pub(crate) async fn insert_events(&mut self, events: &[(Columns, Leaf)]) -> Result<(), StoreError> {
        let subjects = events.iter().flat_map(|(_, leaf)| &leaf.disclosures).map(|disclosure| disclosure.subject.clone());
        let keys = self.subject_keys(subjects.collect()).await?;
        let (mut rows, mut leaves, mut seals) = (Vec::new(), Vec::new(), Vec::new());
        for (columns, leaf) in events {
            rows.extend(columns.values(self.r(), leaf));
            leaves.extend([self.r(), int(leaf.index), Value::Blob(leaf.hash.bytes().to_vec())]);
            for disclosure in &leaf.disclosures {
                let key = keys.get(&disclosure.subject).ok_or_else(|| unreadable("a subject's key"))?;
                let context = format!("{}/{}/{}", self.realm(), leaf.index, disclosure.name);
                let sealed = seal_with(key, &context, disclosure.text.as_bytes(), self.chance())?;
                seals.extend([self.r(), int(leaf.index), disclosure.name.clone().into(), disclosure.subject.clone().into(), sealed.into()]);
            }
        }
        self.insert_rows(&EVENTS, rows).await?;
        self.insert_rows(&LEAVES, leaves).await?;
        self.insert_rows(&SEALS, seals).await
    }

    /// The keys of subjects; who has none yet is given one.
    async fn subject_keys(&mut self, subjects: BTreeSet<String>) -> Result<SubjectKeys, StoreError> {
        let mut keys = SubjectKeys::new();
        let list = self.connection().list(2);
        let sql =
            format!("SELECT subject, wrapped FROM audit_subject_key WHERE realm_id = $1 AND subject IN (SELECT text FROM {list} them)");
        let params = [self.r(), Value::list(subjects.iter().cloned())];
        for row in self.query(&sql, &params).await? {
            let subject = row.text(0)?.to_owned();
            let key = self.sealer().open(&subject_context(self.realm(), &subject), row.blob(1)?)?;
            keys.insert(subject, key.try_into().map_err(|_| unreadable("a subject's key"))?);
        }
        let mut rows = Vec::new();
        for subject in subjects {
            if keys.contains_key(&subject) {
                continue;
            }
            let key: [u8; 32] = self.chance().bytes();
            let wrapped = self.sealer().seal(&subject_context(self.realm(), &subject), &key, self.chance())?;
            rows.extend([self.r(), subject.clone().into(), wrapped.into()]);
            keys.insert(subject, key);
        }
        self.insert_rows(&KEYS, rows).await?;
        Ok(keys)
    }

    async fn insert_rows(&mut self, into: &Table, values: Vec<Value>) -> Result<(), StoreError> {
        let Table { table, columns, width } = into;
        let mut rest = values.as_slice();
        for rows in ROWS {
            let sql = format!("INSERT INTO {table} ({columns}) VALUES {}", places(rows, *width));
            while let Some((together, after)) = rest.split_at_checked(rows * width) {
                self.note(&sql, together).await?;
                rest = after;
                if rest.is_empty() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
