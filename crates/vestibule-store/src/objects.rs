//! Rows of objects, the actions that a realm speaks of, and both in memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use vestibule_core::{
    id::RealmId,
    object::Object,
    policy::{ActionName, ActionPattern, Statement},
    refusal::Refusal,
};

use crate::{
    backend::{Row, Value},
    error::StoreError,
    memory::Facet,
    store::Store,
    tx::{Moment, Tx},
};

const COLUMNS: &str = "kind, id, attributes, actions";

fn read(row: &Row) -> Result<Object, StoreError> {
    let unreadable = |_| StoreError::Unreadable { what: format!("object {} {}", row.text(0).unwrap_or("?"), row.text(1).unwrap_or("?")) };
    Ok(Object {
        kind: row.text(0)?.to_owned(),
        id: row.text(1)?.to_owned(),
        attributes: serde_json::from_str(row.text(2)?).map_err(unreadable)?,
        actions: serde_json::from_str::<Vec<String>>(row.text(3)?)
            .map_err(unreadable)?
            .iter()
            .filter_map(|name| name.parse().ok())
            .collect(),
    })
}

impl Store {
    /// What the realm says of one of its things.
    pub async fn find_object(&self, realm: &RealmId, kind: String, id: String, moment: &Moment) -> Result<Option<Arc<Object>>, Refusal> {
        let key = (realm.clone(), kind.clone(), id.clone());
        self.remembered(
            |m| &m.objects,
            key,
            realm,
            moment,
            move |tx| {
                Box::pin(async move {
                    let found = tx.find_object(&kind, &id).await?.map(Arc::new);
                    Ok((found, vec![Facet::Object(kind, id)]))
                })
            },
        )
        .await
    }

    /// Every action that the realm's statements or objects name, in order.
    pub async fn named_actions(&self, realm: &RealmId, moment: &Moment) -> Result<Arc<BTreeSet<ActionName>>, Refusal> {
        self.remembered(
            |m| &m.actions,
            realm.clone(),
            realm,
            moment,
            |tx| Box::pin(async move { Ok((Arc::new(tx.named_actions().await?), vec![Facet::Actions])) }),
        )
        .await
    }
}

impl Tx {
    /// One object.
    pub async fn find_object(&mut self, kind: &str, id: &str) -> Result<Option<Object>, StoreError> {
        let params = [self.r(), kind.into(), id.into()];
        let sql = format!("SELECT {COLUMNS} FROM object WHERE realm_id = $1 AND kind = $2 AND id = $3");
        self.query_one(&sql, &params).await?.as_ref().map(read).transpose()
    }

    /// Objects of a type whose ids come after `after`, in the order of their bytes.
    pub async fn list_objects(&mut self, kind: &str, after: &str, limit: usize) -> Result<Vec<Object>, StoreError> {
        let params = [self.r(), kind.into(), after.into(), Value::Int(limit as i64)];
        let sql = format!("SELECT {COLUMNS} FROM object WHERE realm_id = $1 AND kind = $2 AND id > $3 ORDER BY id LIMIT $4");
        self.query(&sql, &params).await?.iter().map(read).collect()
    }

    /// Makes an object, or stores a changed one.
    pub async fn save_object(&mut self, object: &Object) -> Result<(), StoreError> {
        let sql = "INSERT INTO object (realm_id, kind, id, attributes, actions) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (realm_id, kind, id) DO UPDATE SET attributes = excluded.attributes, actions = excluded.actions";
        let json = |text: Result<String, serde_json::Error>| {
            text.map_err(|_| StoreError::Unreadable { what: format!("object {} {}", object.kind, object.id) })
        };
        let actions: Vec<&str> = object.actions.iter().map(ActionName::as_str).collect();
        let params = [
            self.r(),
            object.kind.clone().into(),
            object.id.clone().into(),
            json(serde_json::to_string(&object.attributes))?.into(),
            json(serde_json::to_string(&actions))?.into(),
        ];
        self.touch(Facet::Object(object.kind.clone(), object.id.clone()));
        self.touch(Facet::Actions);
        self.change(sql, &params).await?;
        Ok(())
    }

    /// How many objects there are of each type.
    pub async fn count_objects(&mut self) -> Result<BTreeMap<String, u64>, StoreError> {
        let params = [self.r()];
        let rows = self.query("SELECT kind, COUNT(*) FROM object WHERE realm_id = $1 GROUP BY kind", &params).await?;
        rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.int(1)?.unsigned_abs()))).collect()
    }

    async fn named_actions(&mut self) -> Result<BTreeSet<ActionName>, StoreError> {
        let mut named = BTreeSet::new();
        for sql in [
            "SELECT DISTINCT statements FROM role WHERE realm_id = $1",
            "SELECT DISTINCT statements FROM account WHERE realm_id = $1 AND statements <> '[]'",
            "SELECT statements FROM support_window WHERE realm_id = $1",
        ] {
            let params = [self.r()];
            for row in self.query(sql, &params).await? {
                for statement in Statement::read_stored(row.text(0)?) {
                    named.extend(statement.actions().iter().filter_map(|pattern| match pattern {
                        ActionPattern::Named(name) => Some(name.clone()),
                        ActionPattern::All => None,
                    }));
                }
            }
        }
        let params = [self.r()];
        for row in self.query("SELECT DISTINCT actions FROM object WHERE realm_id = $1", &params).await? {
            let names: Vec<String> = serde_json::from_str(row.text(0)?).unwrap_or_default();
            named.extend(names.iter().filter_map(|name| name.parse().ok()));
        }
        Ok(named)
    }
}
