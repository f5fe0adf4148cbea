//! The look-up of whoever presents a name and a password, and does not say in which realm.

use vestibule_core::{
    credential::CredentialKind,
    id::{AccountKey, CredentialId, RealmId},
    refusal::Refusal,
};

use crate::{backend::Row, error::StoreError, store::Store, tx::Moment};

/// A password by the account that has it.
#[derive(Debug, Clone)]
pub struct FoundPassword {
    /// Where the account belongs.
    pub realm: RealmId,
    /// The account.
    pub account: AccountKey,
    /// The password's credential.
    pub credential: CredentialId,
    /// The password's hash.
    pub hash: Vec<u8>,
}

const COLUMNS: &str = "SELECT a.realm_id, a.key, c.id, c.secret FROM account a \
                       JOIN credential c ON c.realm_id = a.realm_id AND c.account_key = a.key";

fn read(row: &Row) -> Result<FoundPassword, StoreError> {
    Ok(FoundPassword { realm: row.parsed(0)?, account: row.parsed(1)?, credential: row.parsed(2)?, hash: row.blob(3)?.to_vec() })
}

impl Store {
    /// The password of the account that goes by a folded id: in a realm, or else in the only realm of a tenant
    /// where such an account has one. `None`: there is none, or more than one realm has.
    pub async fn find_password_named(
        &self,
        realm: Option<&RealmId>,
        folded: &str,
        moment: &Moment,
    ) -> Result<Option<FoundPassword>, Refusal> {
        let (of_realm, folded) = (realm.cloned(), folded.to_owned());
        self.read(&RealmId::vendor(), moment.clone(), move |tx| {
            Box::pin(async move {
                let kind = CredentialKind::Password.as_str();
                let found = match of_realm {
                    Some(realm) => {
                        let sql = format!("{COLUMNS} WHERE a.realm_id = $1 AND a.id_folded = $2 AND c.kind = $3 LIMIT 2");
                        tx.query(&sql, &[realm.as_str().into(), folded.into(), kind.into()]).await?
                    }
                    None => {
                        let sql = format!("{COLUMNS} WHERE a.id_folded = $1 AND c.kind = $2 AND a.realm_id <> $3 LIMIT 2");
                        tx.query(&sql, &[folded.into(), kind.into(), RealmId::VENDOR.into()]).await?
                    }
                };
                match found.as_slice() {
                    [one] => Ok(Some(read(one)?)),
                    _ => Ok(None),
                }
            })
        })
        .await
    }
}
