//! Rows of customer grants: who may act for whom. Units of work ask the rows; single questions are answered from memory,
//! by [`crate::Ties`].

use std::collections::{BTreeMap, BTreeSet};

use vestibule_core::{
    contact::ContactKind,
    contact_details::ContactDetails,
    customer::{Customer, CustomerId},
    grant::CustomerGrant,
    time::Timestamp,
};

use crate::{
    authorship,
    backend::{Row, Value},
    customers::{self, COLUMNS, id},
    error::StoreError,
    memory::Facet,
    tx::Tx,
};

/// A granter and a holder, as far as there are such customers, and whether there is a grant between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parties {
    /// Who would be acted for.
    pub granter: Customer,
    /// Who would act.
    pub holder: Customer,
    /// Whether there is a grant; nothing is said of whether it is in force.
    pub is_granted: bool,
}

/// One of the two ends of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantSide {
    /// Who may act for a customer.
    Holders,
    /// Whom a customer may act for.
    Granters,
}

impl GrantSide {
    /// The column of the one who is asked about, and that of those who are found.
    const fn columns(self) -> (&'static str, &'static str) {
        match self {
            Self::Holders => ("granter_id", "holder_id"),
            Self::Granters => ("holder_id", "granter_id"),
        }
    }
}

/// A customer's columns as those of a table of this name.
fn columns_of(table: &str) -> String {
    COLUMNS.split(", ").map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", ")
}

/// Ids as one parameter, for [`crate::backend::Connection::list`].
pub(crate) fn id_list(ids: impl IntoIterator<Item = CustomerId>) -> Value {
    Value::list(ids.into_iter().map(|id| id.to_string()))
}

impl Tx {
    /// Both customers of a question whether one may act for the other, and whether it was let: one look by key at each
    /// of three rows. Absent when one of the two customers never was.
    pub async fn find_parties(&mut self, granter: CustomerId, holder: CustomerId) -> Result<Option<Parties>, StoreError> {
        let sql = format!(
            "SELECT {}, {}, (SELECT COUNT(*) FROM customer_grant WHERE realm_id = $1 AND granter_id = $2 AND holder_id = $3) \
             FROM customer granter JOIN customer holder ON holder.realm_id = $1 AND holder.id = $3 \
             WHERE granter.realm_id = $1 AND granter.id = $2",
            columns_of("granter"),
            columns_of("holder")
        );
        let params = [self.r(), granter.get().into(), holder.get().into()];
        let width = COLUMNS.split(", ").count();
        let read = |row: Row| {
            let (granter, holder) = (customers::read_at(&row, 0)?, customers::read_at(&row, width)?);
            Ok(Parties { granter, holder, is_granted: row.flag(2 * width)? })
        };
        self.query_one(&sql, &params).await?.map(read).transpose()
    }

    /// Who may act for a customer, by id.
    pub async fn list_grants_of(&mut self, granter: CustomerId) -> Result<Vec<CustomerGrant>, StoreError> {
        self.list_grants(granter, GrantSide::Holders).await
    }

    /// The grants of a customer on one side, by the id of the other.
    pub async fn list_grants(&mut self, customer: CustomerId, side: GrantSide) -> Result<Vec<CustomerGrant>, StoreError> {
        let (own, other) = side.columns();
        let sql = format!(
            "SELECT granter_id, holder_id, created_at, created_by FROM customer_grant \
             WHERE realm_id = $1 AND {own} = $2 ORDER BY {other}"
        );
        let params = [self.r(), customer.get().into()];
        let read = |row: &Row| {
            Ok(CustomerGrant {
                granter: id(row, 0)?,
                holder: id(row, 1)?,
                created_at: Timestamp::from_millis(row.int(2)?),
                created_by: authorship::author(row, 3)?,
            })
        };
        self.query(&sql, &params).await?.iter().map(read).collect()
    }

    /// The customers at the other ends of a customer's grants, by id.
    pub async fn list_granted(&mut self, customer: CustomerId, side: GrantSide) -> Result<Vec<Customer>, StoreError> {
        let (own, other) = side.columns();
        let sql = format!(
            "SELECT {} FROM customer_grant JOIN customer other ON other.realm_id = $1 AND other.id = customer_grant.{other} \
             WHERE customer_grant.realm_id = $1 AND customer_grant.{own} = $2 ORDER BY other.id",
            columns_of("other")
        );
        let params = [self.r(), customer.get().into()];
        self.query(&sql, &params).await?.iter().map(|row| customers::read_at(row, 0)).collect()
    }

    /// The same on both sides with what is known of the first contact of each: at `0` those whom the customer may act
    /// for, at `1` those who may act for it. One statement.
    pub async fn list_named_grants(&mut self, customer: CustomerId) -> Result<[Vec<(Customer, Option<ContactDetails>)>; 2], StoreError> {
        let half = |side: GrantSide| {
            let (own, other) = side.columns();
            format!(
                "SELECT {}, '{other}', contact.kind, contact.position, contact.details FROM customer_grant \
                 JOIN customer other ON other.realm_id = $1 AND other.id = customer_grant.{other} \
                 LEFT JOIN contact ON contact.realm_id = $1 AND contact.customer_id = other.id \
                 WHERE customer_grant.realm_id = $1 AND customer_grant.{own} = $2",
                columns_of("other")
            )
        };
        let sql = format!("{} UNION ALL {}", half(GrantSide::Granters), half(GrantSide::Holders));
        let params = [self.r(), customer.get().into()];
        let (mut granters, mut holders) = (BTreeMap::new(), BTreeMap::new());
        let width = COLUMNS.split(", ").count();
        for row in self.query(&sql, &params).await? {
            let (customer, contact) = (customers::read_at(&row, 0)?, contact_at(&row, width + 1)?);
            let side = if row.text(width)? == GrantSide::Granters.columns().1 { &mut granters } else { &mut holders };
            let kept: &mut (Customer, Option<Person>) = side.entry(customer.id).or_insert((customer, None));
            let is_earlier = |one: &Person| kept.1.as_ref().is_none_or(|first| (one.0, one.1) < (first.0, first.1));
            if contact.as_ref().is_some_and(is_earlier) {
                kept.1 = contact;
            }
        }
        let bare = |(customer, contact): (Customer, Option<Person>)| (customer, contact.map(|(.., details)| details));
        Ok([granters, holders].map(|side| side.into_values().map(bare).collect()))
    }

    /// How many grants each of these customers holds; those that hold none are left out.
    pub async fn count_grants_held(&mut self, holders: &BTreeSet<CustomerId>) -> Result<BTreeMap<CustomerId, usize>, StoreError> {
        let list = self.connection().list(2);
        let sql = format!(
            "SELECT holder_id, COUNT(*) FROM customer_grant \
             WHERE realm_id = $1 AND holder_id IN (SELECT CAST(text AS BIGINT) FROM {list} wanted) GROUP BY holder_id"
        );
        let params = [self.r(), id_list(holders.iter().copied())];
        let read = |row: &Row| Ok((id(row, 0)?, usize::try_from(row.int(1)?).unwrap_or(usize::MAX)));
        self.query(&sql, &params).await?.iter().map(read).collect()
    }

    /// Stores a grant; `false` when it was given before.
    pub async fn insert_grant(&mut self, grant: &CustomerGrant) -> Result<bool, StoreError> {
        let sql = "INSERT INTO customer_grant (realm_id, granter_id, holder_id, created_at, created_by) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT DO NOTHING RETURNING holder_id";
        let params = [
            self.r(),
            grant.granter.get().into(),
            grant.holder.get().into(),
            grant.created_at.millis().into(),
            authorship::author_value(grant.created_by),
        ];
        self.touch(Facet::Customer(grant.granter));
        Ok(!self.change_returning(sql, &params).await?.is_empty())
    }

    /// Removes a grant; `false` when there is none.
    pub async fn delete_grant(&mut self, granter: CustomerId, holder: CustomerId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM customer_grant WHERE realm_id = $1 AND granter_id = $2 AND holder_id = $3 RETURNING holder_id";
        let params = [self.r(), granter.get().into(), holder.get().into()];
        self.touch(Facet::Customer(granter));
        Ok(!self.change_returning(sql, &params).await?.is_empty())
    }
}

/// A contact's kind, its position, and what is known of it.
type Person = (ContactKind, i64, ContactDetails);

/// The contact in three columns, if there is one.
fn contact_at(row: &Row, at: usize) -> Result<Option<Person>, StoreError> {
    let unreadable = |_| StoreError::Unreadable { what: "details of a contact".to_owned() };
    match row.text_or_null(at)? {
        None => Ok(None),
        Some(_) => Ok(Some((row.parsed(at)?, row.int(at + 1)?, serde_json::from_str(row.text(at + 2)?).map_err(unreadable)?))),
    }
}
