//! Rows of realms.

use std::sync::Arc;

use vestibule_core::{
    id::RealmId,
    realm::{Realm, SupportSettings},
    refusal::Refusal,
    time::Timestamp,
};

use crate::{
    backend::{Row, Value},
    error::StoreError,
    memory::Facet,
    store::Store,
    tx::{Moment, Page, PageRequest, Tx},
};

const COLUMNS: &str = "id, name, organization_id, list_id, support_enabled, staff_domain, listed, version, created_at, \
                       departmentalization";

fn read(row: &Row) -> Result<Realm, StoreError> {
    Ok(Realm {
        id: row.parsed(0)?,
        name: row.text(1)?.to_owned(),
        organization_id: row.parsed(2)?,
        support: SupportSettings {
            list_id: row.parsed(3)?,
            enabled: row.flag(4)?,
            staff_domain: row.text(5)?.to_owned(),
            listed: row.flag(6)?,
        },
        version: row.int(7)?,
        created_at: Timestamp::from_millis(row.int(8)?),
        departmentalization: row.flag(9)?,
    })
}

fn values(realm: &Realm) -> Vec<Value> {
    vec![
        realm.id.as_str().into(),
        realm.name.clone().into(),
        realm.organization_id.to_string().into(),
        realm.support.list_id.to_string().into(),
        realm.support.enabled.into(),
        realm.support.staff_domain.clone().into(),
        realm.support.listed.into(),
        realm.version.into(),
        realm.created_at.millis().into(),
        realm.departmentalization.into(),
    ]
}

impl Tx {
    /// This transaction's realm, if it exists.
    pub async fn find_realm(&mut self) -> Result<Option<Realm>, StoreError> {
        let params = [self.r()];
        self.query_one(&format!("SELECT {COLUMNS} FROM realm WHERE id = $1"), &params).await?.as_ref().map(read).transpose()
    }

    /// Makes this transaction's realm; `false` when its name or organization is taken.
    pub async fn insert_realm(&mut self, realm: &Realm) -> Result<bool, StoreError> {
        let sql = format!("INSERT INTO realm ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING");
        self.touch(Facet::Realm);
        self.touch(Facet::Realms);
        Ok(self.change(&sql, &values(realm)).await? == 1)
    }

    /// The names of all realms, and nothing else of them. Like the operators' list it crosses realms.
    pub(crate) async fn list_realm_ids(&mut self) -> Result<Vec<RealmId>, StoreError> {
        self.query("SELECT id FROM realm ORDER BY id", &[]).await?.iter().map(|row| row.parsed(0)).collect()
    }

    /// Stores a changed realm.
    pub async fn save_realm(&mut self, realm: &Realm) -> Result<(), StoreError> {
        let sql = "UPDATE realm SET name = $2, organization_id = $3, list_id = $4, support_enabled = $5, staff_domain = $6, \
                   listed = $7, version = $8, created_at = $9, departmentalization = $10 WHERE id = $1";
        self.touch(Facet::Realm);
        self.change(sql, &values(realm)).await?;
        Ok(())
    }
}

impl Store {
    /// A realm, if it exists; from memory.
    pub async fn find_realm(&self, realm: &RealmId, moment: &Moment) -> Result<Option<Arc<Realm>>, Refusal> {
        let held = self.remembered(
            |m| &m.realms,
            realm.clone(),
            realm,
            moment,
            |tx| Box::pin(async move { Ok((tx.find_realm().await?.map(Arc::new), vec![Facet::Realm])) }),
        );
        held.await
    }

    /// A page of the tenants' realms by slug, for operators; the vendor's own is not among them.
    pub async fn list_realms(&self, moment: &Moment, page: PageRequest) -> Result<Page<Realm>, Refusal> {
        self.read(&RealmId::vendor(), moment.clone(), move |tx| {
            Box::pin(async move {
                let sql = format!("SELECT {COLUMNS} FROM realm WHERE id > $1 AND id <> $2 ORDER BY id LIMIT $3");
                let params = [page.after.unwrap_or_default().into(), RealmId::VENDOR.into(), Value::Int(page.limit as i64 + 1)];
                let rows = tx.query(&sql, &params).await?;
                let items = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
                Ok(Page::cut(items, page.limit, |realm| realm.id.to_string()))
            })
        })
        .await
    }
}
