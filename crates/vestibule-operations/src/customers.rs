//! Customers: listed, searched, made, changed, purged.

use vestibule_core::{
    audit::{Action, Draft, Thing},
    authorship::Authorship,
    customer::{Currency, Customer, CustomerId, CustomerKind, CustomerNumber, CustomerStatus},
    id::AccountKey,
    refusal::{Fault, Malformed, Refusal},
};
use vestibule_store::{CustomerOrder, CustomerSearch, Order, Page, PageRequest};

use crate::{
    customer_pass::CustomerRight,
    policies::{check_cursor, check_version},
    unit_of_work::UnitOfWork,
};

/// What is there already, where an e-mail address is taken.
pub const TAKEN_ADDRESS: &str = "customer with that e-mail address";

/// A customer to be made.
#[derive(Debug, Clone)]
pub struct NewCustomer {
    /// Its id; made up when absent.
    pub id: Option<CustomerId>,
    /// Its number, if it has one.
    pub number: Option<CustomerNumber>,
    /// What it is called, where that is not the name of its one person.
    pub name: Option<String>,
    /// What kind of customer.
    pub kind: CustomerKind,
    /// How it stands.
    pub status: CustomerStatus,
    /// The department that serves it.
    pub department: Option<String>,
    /// What it pays in.
    pub currency: Currency,
    /// What a partner calls it.
    pub partner_account_id: Option<String>,
}

/// What is to change of a customer; absent: it stays.
#[derive(Debug, Clone, Default)]
pub struct CustomerChange {
    /// Its number; `Some(None)`: it is to have none.
    pub number: Option<Option<CustomerNumber>>,
    /// What it is called; `Some(None)`: by its person alone.
    pub name: Option<Option<String>>,
    /// What kind of customer.
    pub kind: Option<CustomerKind>,
    /// How it stands.
    pub status: Option<CustomerStatus>,
    /// The department that serves it; `Some(None)`: none.
    pub department: Option<Option<String>>,
    /// What it pays in.
    pub currency: Option<Currency>,
    /// What a partner calls it; `Some(None)`: nothing.
    pub partner_account_id: Option<Option<String>>,
}

/// Customers from an offset on, and how many there are in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerSlice {
    /// The customers.
    pub items: Vec<Customer>,
    /// How many the whole list has.
    pub total: u64,
}

impl UnitOfWork<'_> {
    /// A page of the realm's customers by id, with a status if one is wanted.
    pub async fn customers(&mut self, status: Option<CustomerStatus>, page: PageRequest) -> Result<Page<Customer>, Refusal> {
        check_cursor::<CustomerId>(&page)?;
        self.tx.page_customers(status, page).await
    }

    /// So many of the customers that have a number, by id, from an offset on.
    pub async fn customer_slice(&mut self, status: Option<CustomerStatus>, offset: u64, limit: usize) -> Result<CustomerSlice, Refusal> {
        let total = self.tx.count_customers(status).await?;
        Ok(CustomerSlice { items: self.tx.slice_customers(status, offset, limit).await?, total })
    }

    /// So many of the customers that a search finds, from an offset on; purged ones are not found.
    pub async fn customer_search(
        &mut self,
        search: &CustomerSearch,
        order: (CustomerOrder, Order),
        offset: u64,
        limit: usize,
    ) -> Result<CustomerSlice, Refusal> {
        let total = self.tx.count_found_customers(search).await?;
        Ok(CustomerSlice { items: self.tx.search_customers(search, order, offset, limit).await?, total })
    }

    /// Makes a customer. Its id, number and partner's id must never have been given before.
    pub async fn create_customer(&mut self, wish: NewCustomer) -> Result<Customer, Refusal> {
        let id = match wish.id {
            Some(id) => id,
            None => self.next_customer_id().await?,
        };
        let customer = Customer {
            id,
            number: wish.number,
            name: wish.name,
            kind: wish.kind,
            status: wish.status,
            purged_at: None,
            department: wish.department,
            currency: wish.currency,
            partner_account_id: wish.partner_account_id,
            version: 1,
            created_at: self.now(),
            authorship: Authorship::made_by(self.ctx.author()),
        };
        let names_another = CustomerNumber::from_id(id);
        if self.tx.find_customer(id).await?.is_some() || self.tx.find_customer_numbered(&names_another).await?.is_some() {
            return Err(Refusal::Exists("customer"));
        }
        self.check_names_free(&customer).await?;
        self.check_departments("department", customer.department.as_deref()).await?;
        self.tx.save_customer(&customer).await?;
        let draft = self.customer_draft(Action::CustomerCreated, &customer).with_data("kind", customer.kind.as_str());
        self.tx.record(draft.with_data("status", customer.status.as_str()));
        Ok(customer)
    }

    /// The realm's next id. One that is the number of another customer is left out: statements would take the one for
    /// the other.
    async fn next_customer_id(&mut self) -> Result<CustomerId, Refusal> {
        let last = self.tx.last_customer_id().await?;
        let mut id = last.map_or(CustomerId::FIRST, |last| last.next().max(CustomerId::FIRST));
        while self.tx.find_customer_numbered(&CustomerNumber::from_id(id)).await?.is_some() {
            id = id.next();
        }
        Ok(id)
    }

    /// Refuses a number or a partner's id that another customer has or had, and a number that is another's id.
    async fn check_names_free(&mut self, customer: &Customer) -> Result<(), Refusal> {
        if let Some(number) = &customer.number {
            let holder = self.tx.find_customer_numbered(number).await?;
            let namesake = match number.as_str().parse::<CustomerId>() {
                Ok(id) => self.tx.find_customer(id).await?,
                Err(_) => None,
            };
            if [holder, namesake].into_iter().flatten().any(|other| other.id != customer.id) {
                return Err(Refusal::Exists("customer"));
            }
        }
        if let Some(partner) = &customer.partner_account_id
            && self.tx.find_customer_of_partner(partner).await?.is_some_and(|other| other.id != customer.id)
        {
            return Err(Refusal::Exists("customer"));
        }
        Ok(())
    }

    /// Refuses an e-mail address that another customer's people have: in its department, where departments are kept apart
    /// (`spec/egain-grants.md`, section 9). An empty one is nobody's.
    pub async fn check_address_free(&mut self, customer: &Customer, email: &str) -> Result<(), Refusal> {
        if email.is_empty() {
            return Ok(());
        }
        let department = customer.department.clone().filter(|_| self.departmentalization());
        let search = CustomerSearch { email: Some(email.to_owned()), department, ..CustomerSearch::default() };
        let found = self.customer_search(&search, (CustomerOrder::Id, Order::Ascending), 0, 2).await?;
        match found.items.iter().any(|other| other.id != customer.id) {
            true => Err(Refusal::Exists(TAKEN_ADDRESS)),
            false => Ok(()),
        }
    }

    /// Refuses a new customer in no department where departments are kept apart, and in one that its maker does not reach;
    /// nobody's seat reaches all.
    pub async fn check_department_of_new(&mut self, maker: Option<AccountKey>, department: Option<&str>) -> Result<(), Refusal> {
        if self.departmentalization() && department.is_none() {
            return Err(Malformed::new("department", Fault::Missing).into());
        }
        if let (Some(maker), Some(department)) = (maker, department)
            && self.reach_of(maker).await?.is_some_and(|seat| !seat.reaches(Some(department)))
        {
            return Err(Refusal::OutsideDepartment { action: CustomerRight::Create.action().to_owned() });
        }
        Ok(())
    }

    /// Changes a customer; what is as wanted already is no change, and has no event. Refuses another version than the stored
    /// one, and to take away a number, by which statements and people name the customer, or the department where customers
    /// are kept apart.
    pub async fn change_customer(&mut self, before: Customer, change: CustomerChange, seen: Option<i64>) -> Result<Customer, Refusal> {
        check_version(seen, before.version)?;
        let after = Customer {
            number: change.number.unwrap_or_else(|| before.number.clone()),
            name: change.name.unwrap_or_else(|| before.name.clone()),
            kind: change.kind.unwrap_or(before.kind),
            status: change.status.unwrap_or(before.status),
            department: change.department.unwrap_or_else(|| before.department.clone()),
            currency: change.currency.unwrap_or_else(|| before.currency.clone()),
            partner_account_id: change.partner_account_id.unwrap_or_else(|| before.partner_account_id.clone()),
            ..before.clone()
        };
        if after == before {
            return Ok(before);
        }
        let is_left_out = after.department.is_none() && before.department.is_some() && self.departmentalization();
        let taken = [("number", after.number.is_none() && before.number.is_some()), ("department", is_left_out)];
        if let Some((field, _)) = taken.into_iter().find(|(_, is_taken)| *is_taken) {
            return Err(Malformed::new(field, Fault::Missing).into());
        }
        self.check_names_free(&after).await?;
        if after.department != before.department {
            self.check_departments("department", after.department.as_deref()).await?;
        }
        let after = self.written_customer(after).await?;
        let named = [
            ("number", before.number != after.number),
            ("name", before.name != after.name),
            ("kind", before.kind != after.kind),
            ("department", before.department != after.department),
            ("currency", before.currency != after.currency),
            ("partner_account_id", before.partner_account_id != after.partner_account_id),
        ];
        let fields: Vec<_> = named.into_iter().filter(|(_, is_changed)| *is_changed).map(|(field, _)| field).collect();
        if !fields.is_empty() {
            let draft = self.customer_draft(Action::CustomerUpdated, &after).with_change(fields);
            self.tx.record(draft);
        }
        if before.status != after.status {
            let draft = self.customer_draft(Action::CustomerStatusChanged, &after).with_data("from", before.status.as_str());
            self.tx.record(draft.with_data("status", after.status.as_str()));
        }
        Ok(after)
    }

    /// Purges a customer: it is gone for everyone, and with it its contacts and grants. Its names stay taken.
    pub async fn purge_customer(&mut self, customer: Customer) -> Result<Customer, Refusal> {
        self.purge_into(customer, None).await
    }

    /// The same, saying into which other customer it went, if into one.
    pub(crate) async fn purge_into(&mut self, customer: Customer, heir: Option<CustomerId>) -> Result<Customer, Refusal> {
        let purged = customer.purge(self.now())?;
        let purged = self.written_customer(purged).await?;
        self.tx.strip_customer(purged.id).await?;
        let draft = self.customer_draft(Action::CustomerPurged, &purged);
        let draft = match heir {
            Some(heir) => draft.with_data("merged_into", heir.to_string()),
            None => draft,
        };
        self.tx.record(draft);
        Ok(purged)
    }

    async fn written_customer(&mut self, customer: Customer) -> Result<Customer, Refusal> {
        let authorship = customer.authorship.changed(self.ctx.author(), self.now());
        let customer = Customer { version: customer.version + 1, authorship, ..customer };
        self.tx.save_customer(&customer).await?;
        Ok(customer)
    }

    /// Begins an event about a customer. Its number is no personal data: it names an affair, not a person.
    pub(crate) fn customer_draft(&self, action: Action, customer: &Customer) -> Draft {
        let draft = self.draft(action, Thing::new("customer", customer.id.to_string()));
        match &customer.number {
            Some(number) => draft.with_data("number", number.as_str()),
            None => draft,
        }
    }
}
