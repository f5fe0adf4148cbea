//! Rows of contacts, and of the links that verify their addresses.

use vestibule_core::{
    contact::{Contact, ContactKind, normalised},
    customer::CustomerId,
    id::RealmId,
    refusal::Refusal,
    time::Timestamp,
    verification::EmailVerification,
};

use crate::{
    authorship,
    backend::Row,
    customers::id,
    error::StoreError,
    store::Store,
    tx::{Moment, Tx},
};

const COLUMNS: &str = "customer_id, kind, position, details, email_verified, version, created_at, created_by, modified_by, modified_at";

fn read(row: &Row) -> Result<Contact, StoreError> {
    let unreadable = |_| StoreError::Unreadable { what: "details of a contact".to_owned() };
    Ok(Contact {
        customer: id(row, 0)?,
        kind: row.parsed(1)?,
        position: row.int(2)?,
        details: serde_json::from_str(row.text(3)?).map_err(unreadable)?,
        email_verified: row.flag(4)?,
        version: row.int(5)?,
        created_at: Timestamp::from_millis(row.int(6)?),
        authorship: authorship::read(row, 7)?,
    })
}

impl Tx {
    /// A customer's contact of a kind; the first of several.
    pub async fn find_contact(&mut self, customer: CustomerId, kind: ContactKind) -> Result<Option<Contact>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM contact WHERE realm_id = $1 AND customer_id = $2 AND kind = $3 ORDER BY position LIMIT 1");
        let params = [self.r(), customer.get().into(), kind.as_str().into()];
        self.query_one(&sql, &params).await?.as_ref().map(read).transpose()
    }

    /// All of a customer's contacts, in the order of their kinds.
    pub async fn list_contacts(&mut self, customer: CustomerId) -> Result<Vec<Contact>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM contact WHERE realm_id = $1 AND customer_id = $2");
        let params = [self.r(), customer.get().into()];
        let mut contacts = self.query(&sql, &params).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        contacts.sort_by_key(|contact| (contact.kind, contact.position));
        Ok(contacts)
    }

    /// Stores a contact, new or changed.
    pub async fn save_contact(&mut self, contact: &Contact) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT INTO contact (realm_id, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
             ON CONFLICT (realm_id, customer_id, kind, position) DO UPDATE SET details = excluded.details, \
             email_verified = excluded.email_verified, version = excluded.version, modified_by = excluded.modified_by, \
             modified_at = excluded.modified_at"
        );
        let unwritable = |_| StoreError::Unreadable { what: "details of a contact".to_owned() };
        let mut params = vec![
            self.r(),
            contact.customer.get().into(),
            contact.kind.as_str().into(),
            contact.position.into(),
            serde_json::to_string(&contact.details).map_err(unwritable)?.into(),
            contact.email_verified.into(),
            contact.version.into(),
            contact.created_at.millis().into(),
        ];
        params.extend(authorship::values(&contact.authorship));
        self.change(&sql, &params).await?;
        Ok(())
    }

    /// The contacts whose first address is this one, [`normalised`], and known to be theirs; none of them
    /// where more than `limit` are alike.
    pub async fn list_contacts_at(&mut self, email: &str, limit: usize) -> Result<Vec<Contact>, StoreError> {
        // The index is without case, and more is alike to it than is the same address.
        let sql = format!(
            "SELECT {COLUMNS} FROM contact WHERE realm_id = $1 AND email = $2 AND email <> '' AND email_verified = 1 \
             ORDER BY customer_id, kind, position LIMIT $3"
        );
        let params = [self.r(), email.to_ascii_lowercase().into(), i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1).into()];
        let mut contacts = self.query(&sql, &params).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        if contacts.len() > limit {
            return Ok(Vec::new());
        }
        contacts.retain(|contact| contact.email().map(normalised).as_deref() == Some(email));
        Ok(contacts)
    }

    /// Removes a contact.
    pub async fn delete_contact(&mut self, contact: &Contact) -> Result<(), StoreError> {
        let sql = "DELETE FROM contact WHERE realm_id = $1 AND customer_id = $2 AND kind = $3 AND position = $4";
        let params = [self.r(), contact.customer.get().into(), contact.kind.as_str().into(), contact.position.into()];
        self.change(sql, &params).await?;
        Ok(())
    }

    /// Stores what a letter's link stands for, by the selector and the keyed hash of the secret in it; a link that
    /// was sent to the contact before is no longer good.
    pub async fn save_verification(
        &mut self,
        verification: &EmailVerification,
        selector: &str,
        lookup: [u8; 32],
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO email_verification (realm_id, customer_id, kind, selector, lookup, email, expires_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (realm_id, customer_id, kind) DO UPDATE SET \
                   selector = excluded.selector, lookup = excluded.lookup, email = excluded.email, expires_at = excluded.expires_at";
        let params = [
            self.r(),
            verification.customer.get().into(),
            verification.kind.as_str().into(),
            selector.into(),
            lookup.to_vec().into(),
            verification.email.clone().into(),
            verification.expires_at.millis().into(),
        ];
        self.change(sql, &params).await?;
        Ok(())
    }

    /// What a link stands for, if this is the keyed hash of its secret.
    pub async fn find_verification(&mut self, selector: &str, lookup: &[u8; 32]) -> Result<Option<EmailVerification>, StoreError> {
        let sql = "SELECT customer_id, kind, email, expires_at FROM email_verification \
                   WHERE realm_id = $1 AND selector = $2 AND lookup = $3";
        let params = [self.r(), selector.into(), lookup.to_vec().into()];
        let read = |row: Row| {
            Ok(EmailVerification {
                customer: id(&row, 0)?,
                kind: row.parsed(1)?,
                email: row.text(2)?.to_owned(),
                expires_at: Timestamp::from_millis(row.int(3)?),
            })
        };
        self.query_one(sql, &params).await?.map(read).transpose()
    }

    /// Forgets the link that was sent to a contact; `false` when there is none.
    pub async fn delete_verification(&mut self, customer: CustomerId, kind: ContactKind) -> Result<bool, StoreError> {
        let sql = "DELETE FROM email_verification WHERE realm_id = $1 AND customer_id = $2 AND kind = $3 RETURNING kind";
        let params = [self.r(), customer.get().into(), kind.as_str().into()];
        Ok(!self.change_returning(sql, &params).await?.is_empty())
    }
}

impl Store {
    /// In which realm the link with this selector was sent.
    pub async fn locate_verification(&self, selector: &str, moment: &Moment) -> Result<Option<RealmId>, Refusal> {
        let selector = selector.to_owned();
        self.read(&RealmId::vendor(), moment.clone(), move |tx| {
            Box::pin(async move {
                let row = tx.query_one("SELECT realm_id FROM email_verification WHERE selector = $1", &[selector.into()]).await?;
                Ok(row.map(|row| row.parsed(0)).transpose()?)
            })
        })
        .await
    }
}
