//! Rows of customers. A purged customer keeps its row.

use vestibule_core::{
    customer::{Customer, CustomerId, CustomerNumber, CustomerStatus},
    refusal::Refusal,
    time::Timestamp,
};

use crate::{
    authorship,
    backend::{Row, Value},
    error::StoreError,
    memory::Facet,
    tx::{Page, PageRequest, Tx},
};

pub(crate) const COLUMNS: &str = "id, number, kind, status, purged_at, department, currency, partner_account_id, version, created_at, \
                                  created_by, modified_by, modified_at, name";

fn read(row: &Row) -> Result<Customer, StoreError> {
    read_at(row, 0)
}

/// The customer whose columns begin at this one.
pub(crate) fn read_at(row: &Row, at: usize) -> Result<Customer, StoreError> {
    Ok(Customer {
        id: id(row, at)?,
        number: row.text_or_null(at + 1)?.map(|_| row.parsed(at + 1)).transpose()?,
        kind: row.parsed(at + 2)?,
        status: row.parsed(at + 3)?,
        purged_at: row.int_or_null(at + 4)?.map(Timestamp::from_millis),
        department: row.text_or_null(at + 5)?.map(str::to_owned),
        currency: row.parsed(at + 6)?,
        partner_account_id: row.text_or_null(at + 7)?.map(str::to_owned),
        version: row.int(at + 8)?,
        created_at: Timestamp::from_millis(row.int(at + 9)?),
        authorship: authorship::read(row, at + 10)?,
        name: row.text_or_null(at + 13)?.map(str::to_owned),
    })
}

/// The customer's id in a column.
pub(crate) fn id(row: &Row, column: usize) -> Result<CustomerId, StoreError> {
    CustomerId::try_from(row.int(column)?).map_err(|_| StoreError::Unreadable { what: "a customer's id".to_owned() })
}

/// A status as a parameter; nothing stands for any.
fn status_or_any(status: Option<CustomerStatus>) -> Value {
    status.map_or("", CustomerStatus::as_str).into()
}

/// Those of the realm that are served, with a status if one is wanted.
const SERVED: &str = "FROM customer WHERE realm_id = $1 AND purged_at IS NULL AND ($2 = '' OR status = $2)";

impl Tx {
    /// A customer by its id, purged or not.
    pub async fn find_customer(&mut self, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        self.customer_where("id = $2", id.get().into()).await
    }

    /// The same by its number.
    pub async fn find_customer_numbered(&mut self, number: &CustomerNumber) -> Result<Option<Customer>, StoreError> {
        self.customer_where("number = $2", number.as_str().into()).await
    }

    /// The same by what a partner calls it.
    pub async fn find_customer_of_partner(&mut self, partner_account_id: &str) -> Result<Option<Customer>, StoreError> {
        self.customer_where("partner_account_id = $2", partner_account_id.into()).await
    }

    async fn customer_where(&mut self, is: &str, value: Value) -> Result<Option<Customer>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM customer WHERE realm_id = $1 AND {is}");
        let params = [self.r(), value];
        self.query_one(&sql, &params).await?.as_ref().map(read).transpose()
    }

    /// A page of the customers that are not purged, by id.
    pub async fn page_customers(&mut self, status: Option<CustomerStatus>, page: PageRequest) -> Result<Page<Customer>, Refusal> {
        let after = page.after.as_deref().map(str::parse::<CustomerId>).transpose()?.map_or(0, CustomerId::get);
        let sql = format!("SELECT {COLUMNS} {SERVED} AND id > $3 ORDER BY id LIMIT $4");
        let params = [self.r(), status_or_any(status), after.into(), page.one_more()];
        let items = self.query(&sql, &params).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(items, page.limit, |customer| customer.id.to_string()))
    }

    /// So many of the customers that have a number and are not purged, by id, from an offset on.
    pub async fn slice_customers(
        &mut self,
        status: Option<CustomerStatus>,
        offset: u64,
        limit: usize,
    ) -> Result<Vec<Customer>, StoreError> {
        let sql = format!("SELECT {COLUMNS} {SERVED} AND number IS NOT NULL ORDER BY id LIMIT $3 OFFSET $4");
        let (limit, offset) = (i64::try_from(limit).unwrap_or(i64::MAX), i64::try_from(offset).unwrap_or(i64::MAX));
        let params = [self.r(), status_or_any(status), limit.into(), offset.into()];
        self.query(&sql, &params).await?.iter().map(read).collect()
    }

    /// How many [`Tx::slice_customers`] cuts its slices from.
    pub async fn count_customers(&mut self, status: Option<CustomerStatus>) -> Result<u64, StoreError> {
        let params = [self.r(), status_or_any(status)];
        let row = self.query_one(&format!("SELECT COUNT(*) {SERVED} AND number IS NOT NULL"), &params).await?;
        Ok(row.map_or(Ok(0), |row| row.int(0))?.unsigned_abs())
    }

    /// The largest id that was ever given in the realm.
    pub async fn last_customer_id(&mut self) -> Result<Option<CustomerId>, StoreError> {
        let params = [self.r()];
        let row = self.query_one("SELECT id FROM customer WHERE realm_id = $1 ORDER BY id DESC LIMIT 1", &params).await?;
        row.map(|row| id(&row, 0)).transpose()
    }

    /// Stores a customer, new or changed.
    pub async fn save_customer(&mut self, customer: &Customer) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT INTO customer (realm_id, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
             ON CONFLICT (realm_id, id) DO UPDATE SET number = excluded.number, kind = excluded.kind, status = excluded.status, \
             purged_at = excluded.purged_at, department = excluded.department, currency = excluded.currency, \
             partner_account_id = excluded.partner_account_id, version = excluded.version, modified_by = excluded.modified_by, \
             modified_at = excluded.modified_at, name = excluded.name"
        );
        let mut params = vec![
            self.r(),
            customer.id.get().into(),
            customer.number.as_ref().map(CustomerNumber::as_str).into(),
            customer.kind.as_str().into(),
            customer.status.as_str().into(),
            customer.purged_at.map(Timestamp::millis).into(),
            customer.department.clone().into(),
            customer.currency.as_str().into(),
            customer.partner_account_id.clone().into(),
            customer.version.into(),
            customer.created_at.millis().into(),
        ];
        params.extend(authorship::values(&customer.authorship));
        params.push(customer.name.clone().into());
        self.touch(Facet::Customer(customer.id));
        if let Some(number) = &customer.number {
            self.touch(Facet::CustomerNumber(number.clone()));
        }
        self.change(&sql, &params).await?;
        Ok(())
    }

    /// Removes what was the customer's own: its contacts, the links, codes and sign-ins of those, its cases, what was said
    /// with it, and its grants in both directions.
    pub async fn strip_customer(&mut self, id: CustomerId) -> Result<(), StoreError> {
        // Those who let it act for them may be held with its id, which is never given again.
        self.touch(Facet::Customer(id));
        let params = [self.r(), id.get().into()];
        for of_it in [
            "attachment WHERE realm_id = $1 AND activity_id IN (SELECT id FROM activity WHERE realm_id = $1 AND customer_id = $2)",
            "activity WHERE realm_id = $1 AND customer_id = $2",
            "customer_case WHERE realm_id = $1 AND customer_id = $2",
            "contact WHERE realm_id = $1 AND customer_id = $2",
            "email_verification WHERE realm_id = $1 AND customer_id = $2",
            "client_sign_in WHERE realm_id = $1 AND customer_id = $2",
            "sign_in_link WHERE realm_id = $1 AND customer_id = $2",
            "handoff_code WHERE realm_id = $1 AND (customer_id = $2 OR holder_id = $2)",
            "customer_grant WHERE realm_id = $1 AND (granter_id = $2 OR holder_id = $2)",
        ] {
            self.change(&format!("DELETE FROM {of_it}"), &params).await?;
        }
        Ok(())
    }
}
