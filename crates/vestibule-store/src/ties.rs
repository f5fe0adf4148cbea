//! Customers as grants see them, held in memory: how one stands, and who may act for it. A question whether one
//! customer may act for another looks at two of these, and reads nothing.

use vestibule_core::{
    customer::{CustomerId, CustomerNumber, CustomerStatus},
    grant::Party,
    id::RealmId,
    refusal::Refusal,
};

use crate::{
    customers::id,
    error::StoreError,
    memory::{Facet, Found},
    store::Store,
    tx::{Moment, Tx},
};

/// Most customers whose ties are held in memory; `docs/operations.md` has what one costs.
pub(crate) const TIES_MAX: usize = 2_000_000;

/// A customer that is not purged, with the holders of the grants on it.
#[derive(Debug)]
pub struct Ties {
    /// Its id.
    pub id: CustomerId,
    is_served: bool,
    department: Option<Box<str>>,
    /// By id.
    holders: Box<[CustomerId]>,
}

impl Ties {
    /// What of it a grant's standing depends on.
    pub fn party(&self) -> Party<'_> {
        Party { id: self.id, is_served: self.is_served, department: self.department.as_deref() }
    }

    /// Whether it gave a grant to this customer; nothing is said of whether that is in force.
    pub fn is_granted_to(&self, holder: CustomerId) -> bool {
        self.holders.binary_search(&holder).is_ok()
    }
}

impl Store {
    /// A customer with its ties; absent when there never was one with this id, or it is purged.
    pub async fn find_ties(&self, realm: &RealmId, id: CustomerId, moment: &Moment) -> Result<Found<Option<Ties>>, Refusal> {
        let key = (realm.clone(), id);
        let held = self.found(
            |m| &m.ties,
            key,
            realm,
            moment,
            move |tx| Box::pin(async move { Ok((tx.find_ties(id).await?, vec![Facet::Customer(id)])) }),
        );
        held.await
    }

    /// The customer that goes by a number, purged or not.
    pub async fn find_customer_id(&self, realm: &RealmId, number: CustomerNumber, moment: &Moment) -> Result<Option<CustomerId>, Refusal> {
        let key = (realm.clone(), number.clone());
        let held = self.remembered(
            |m| &m.customer_numbers,
            key,
            realm,
            moment,
            move |tx| {
                Box::pin(async move {
                    let found = tx.find_customer_numbered(&number).await?.map(|customer| customer.id);
                    // One that takes another number gives this one back.
                    let of_found = found.map(Facet::Customer);
                    Ok((found, [Facet::CustomerNumber(number)].into_iter().chain(of_found).collect()))
                })
            },
        );
        held.await
    }
}

impl Tx {
    async fn find_ties(&mut self, customer: CustomerId) -> Result<Option<Ties>, StoreError> {
        let sql = "SELECT customer.id, customer.status, customer.department, customer_grant.holder_id FROM customer \
                   LEFT JOIN customer_grant ON customer_grant.realm_id = $1 AND customer_grant.granter_id = customer.id \
                   WHERE customer.realm_id = $1 AND customer.id = $2 AND customer.purged_at IS NULL \
                   ORDER BY customer_grant.holder_id";
        let params = [self.r(), customer.get().into()];
        let rows = self.query(sql, &params).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let granted = rows.iter().filter(|row| row.int_or_null(3).is_ok_and(|holder| holder.is_some()));
        Ok(Some(Ties {
            id: id(first, 0)?,
            is_served: first.parsed::<CustomerStatus>(1)?.is_served(),
            department: first.text_or_null(2)?.map(Box::from),
            holders: granted.map(|row| id(row, 3)).collect::<Result<_, _>>()?,
        }))
    }
}
