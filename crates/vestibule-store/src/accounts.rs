//! Rows of accounts.

use std::{collections::BTreeMap, sync::Arc};

use vestibule_core::{
    account::{Account, AccountKind, Profile},
    department::Seat,
    id::{AccountId, AccountKey, RealmId},
    policy::Statement,
    principal::Principal,
    refusal::Refusal,
    time::Timestamp,
};

use crate::{
    authorship,
    backend::{Row, Value},
    error::StoreError,
    memory::Facet,
    store::Store,
    tx::{FIRST_PAGE, Moment, Page, PageRequest, Tx},
};

pub(crate) const COLUMNS: &str = "key, id, kind, name, active, ends_at, statements, attributes, version, created_at, first_name, last_name, \
                                  contact_number, terms_first_at, terms_last_at, created_by, modified_by, modified_at, description, sso_id, \
                                  home_department, foreign_departments";

pub(crate) fn read(row: &Row) -> Result<Account, StoreError> {
    let unreadable = |what: &str| StoreError::Unreadable { what: format!("{what} of account {}", row.text(0).unwrap_or("?")) };
    Ok(Account {
        key: row.parsed(0)?,
        id: row.parsed(1)?,
        kind: row.parsed(2)?,
        name: row.text(3)?.to_owned(),
        active: row.flag(4)?,
        ends_at: row.int_or_null(5)?.map(Timestamp::from_millis),
        statements: Statement::read_stored(row.text(6)?),
        attributes: serde_json::from_str(row.text(7)?).map_err(|_| unreadable("attributes"))?,
        version: row.int(8)?,
        created_at: Timestamp::from_millis(row.int(9)?),
        profile: Profile {
            first_name: row.text(10)?.to_owned(),
            last_name: row.text(11)?.to_owned(),
            contact_number: row.text(12)?.to_owned(),
            terms_first_at: row.int_or_null(13)?.map(Timestamp::from_millis),
            terms_last_at: row.int_or_null(14)?.map(Timestamp::from_millis),
            sso_id: row.text(19)?.to_owned(),
        },
        authorship: authorship::read(row, 15)?,
        description: row.text(18)?.to_owned(),
        seat: Seat {
            home: row.text_or_null(20)?.map(str::to_owned),
            foreign: serde_json::from_str(row.text(21)?).map_err(|_| unreadable("departments"))?,
        },
    })
}

impl Store {
    /// Accounts with their compiled rights, in the order asked: those not in memory are compiled on one snapshot.
    pub async fn find_principals(&self, realm: &RealmId, keys: &[AccountKey], moment: &Moment) -> Result<Vec<Arc<Principal>>, Refusal> {
        let accounts = &self.memories().accounts;
        let mut found: BTreeMap<_, _> =
            keys.iter().filter_map(|key| Some((*key, accounts.find(&(realm.clone(), *key))?.clone()))).collect();
        let missing: Vec<_> = keys.iter().copied().filter(|key| !found.contains_key(key)).collect();
        if !missing.is_empty() {
            let (read_at, shared) = (self.stamps().count(), self.memories().shared.clone());
            let compiled = self.read(realm, moment.clone(), move |tx| {
                Box::pin(async move {
                    let mut compiled = Vec::with_capacity(missing.len());
                    for key in missing {
                        compiled.push((key, tx.compile_account(key, &shared).await?));
                    }
                    Ok(compiled)
                })
            });
            for (key, (principal, made_from)) in compiled.await? {
                let made_from = made_from.into_iter().map(|facet| (realm.clone(), facet));
                accounts.hold((realm.clone(), key), principal.clone(), read_at, made_from);
                found.insert(key, principal);
            }
        }
        Ok(keys.iter().filter_map(|key| found.get(key).cloned().flatten()).collect())
    }
}

impl Tx {
    /// An account by its key.
    pub async fn find_account(&mut self, key: AccountKey) -> Result<Option<Account>, StoreError> {
        let params = [self.r(), key.to_string().into()];
        let sql = format!("SELECT {COLUMNS} FROM account WHERE realm_id = $1 AND key = $2");
        self.query_one(&sql, &params).await?.as_ref().map(read).transpose()
    }

    /// An account by the folded form of its id.
    pub async fn find_account_named(&mut self, folded: &str) -> Result<Option<Account>, StoreError> {
        let params = [self.r(), folded.into()];
        let sql = format!("SELECT {COLUMNS} FROM account WHERE realm_id = $1 AND id_folded = $2");
        self.query_one(&sql, &params).await?.as_ref().map(read).transpose()
    }

    /// Every account of kind `user` or `service`, by id: what a manifest is compared with.
    pub async fn list_own_accounts(&mut self) -> Result<Vec<Account>, StoreError> {
        let params = [self.r()];
        let sql = format!("SELECT {COLUMNS} FROM account WHERE realm_id = $1 AND kind <> 'support' ORDER BY id_folded");
        self.query(&sql, &params).await?.iter().map(read).collect()
    }

    /// Ids and keys of accounts of one kind whose ids come after `after`, in the order of their bytes.
    pub async fn list_account_ids(
        &mut self,
        kind: AccountKind,
        after: &str,
        limit: usize,
    ) -> Result<Vec<(AccountId, AccountKey)>, StoreError> {
        let params = [self.r(), kind.as_str().into(), after.into(), Value::Int(limit as i64)];
        let sql = "SELECT id, key FROM account WHERE realm_id = $1 AND kind = $2 AND id > $3 ORDER BY id LIMIT $4";
        self.query(sql, &params).await?.iter().map(|row| Ok((row.parsed(0)?, row.parsed(1)?))).collect()
    }

    /// A page of the accounts of these kinds, newest first. Keys are ordered by time, so the last key of a page is
    /// its cursor.
    pub async fn page_accounts(&mut self, kinds: &[AccountKind], page: PageRequest) -> Result<Page<Account>, StoreError> {
        let params = [self.r(), page.after_or(FIRST_PAGE), page.one_more()];
        // Each kind has its accounts in order; of all kinds at once everything would be read and sorted for each page.
        let of_kind = |kind: &AccountKind| {
            format!(
                "SELECT key FROM (SELECT key FROM account WHERE realm_id = $1 AND kind = '{kind}' AND key < $2 \
                 ORDER BY key DESC LIMIT $3) of_{kind}"
            )
        };
        let newest = kinds.iter().map(of_kind).collect::<Vec<_>>().join(" UNION ALL ");
        let sql = format!("SELECT {COLUMNS} FROM account WHERE realm_id = $1 AND key IN ({newest}) ORDER BY key DESC LIMIT $3");
        let items = self.query(&sql, &params).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(items, page.limit, |account| account.key.to_string()))
    }

    /// Every account of a visiting agent.
    pub async fn list_visitors(&mut self) -> Result<Vec<Account>, StoreError> {
        let params = [self.r()];
        let sql = format!("SELECT {COLUMNS} FROM account WHERE realm_id = $1 AND kind = 'support' ORDER BY id_folded");
        self.query(&sql, &params).await?.iter().map(read).collect()
    }

    /// Makes an account, or stores a changed one.
    pub async fn save_account(&mut self, account: &Account) -> Result<(), StoreError> {
        let sql = "INSERT INTO account (realm_id, key, id, id_folded, kind, name, active, ends_at, statements, attributes, version, created_at, \
                   first_name, last_name, contact_number, terms_first_at, terms_last_at, created_by, modified_by, modified_at, \
                   description, sso_id, home_department, foreign_departments) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24) \
                   ON CONFLICT (realm_id, key) DO UPDATE SET id = excluded.id, id_folded = excluded.id_folded, kind = excluded.kind, \
                   name = excluded.name, active = excluded.active, ends_at = excluded.ends_at, statements = excluded.statements, \
                   attributes = excluded.attributes, version = excluded.version, first_name = excluded.first_name, \
                   last_name = excluded.last_name, contact_number = excluded.contact_number, terms_first_at = excluded.terms_first_at, \
                   terms_last_at = excluded.terms_last_at, modified_by = excluded.modified_by, modified_at = excluded.modified_at, \
                   description = excluded.description, sso_id = excluded.sso_id, home_department = excluded.home_department, \
                   foreign_departments = excluded.foreign_departments";
        let json =
            |text: Result<String, serde_json::Error>| text.map_err(|_| StoreError::Unreadable { what: format!("account {}", account.key) });
        let profile = &account.profile;
        let mut params = vec![
            self.r(),
            account.key.to_string().into(),
            account.id.as_str().into(),
            account.id.folded().into(),
            account.kind.as_str().into(),
            account.name.clone().into(),
            account.active.into(),
            account.ends_at.map(Timestamp::millis).into(),
            json(serde_json::to_string(&account.statements))?.into(),
            json(serde_json::to_string(&account.attributes))?.into(),
            account.version.into(),
            account.created_at.millis().into(),
            profile.first_name.clone().into(),
            profile.last_name.clone().into(),
            profile.contact_number.clone().into(),
            profile.terms_first_at.map(Timestamp::millis).into(),
            profile.terms_last_at.map(Timestamp::millis).into(),
        ];
        params.extend(authorship::values(&account.authorship));
        params.extend([account.description.clone().into(), profile.sso_id.clone().into()]);
        params.extend([account.seat.home.clone().into(), json(serde_json::to_string(&account.seat.foreign))?.into()]);
        self.touch(Facet::Account(account.key));
        self.touch(Facet::AccountName(account.id.folded()));
        self.touch(Facet::Actions);
        self.change(sql, &params).await?;
        Ok(())
    }

    /// Removes an account with all that is its own; see [`Tx::delete_accounts`].
    pub async fn delete_account(&mut self, account: &Account) -> Result<(), StoreError> {
        self.delete_accounts(std::slice::from_ref(account)).await
    }
}
