//! Searching customers: by their people's addresses and numbers, by name, by when they were made.

use vestibule_core::{
    customer::{Customer, CustomerId, CustomerKind},
    time::Timestamp,
};

use crate::{
    account_search::Order,
    backend::Value,
    customer_grants::id_list,
    customers::{self, COLUMNS},
    error::StoreError,
    tx::Tx,
};

/// What customers must all be like to be found. Those that were purged are not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerSearch {
    /// The telephone number of one of its people, as written.
    pub phone: Option<String>,
    /// The e-mail address of one of its people, without ASCII case.
    pub email: Option<String>,
    /// A part of its own name or of one of its people's first and last names, without ASCII case.
    pub name: Option<String>,
    /// The department that it is in.
    pub department: Option<String>,
    /// Departments of which it is in one.
    pub departments: Option<Vec<String>>,
    /// No other than this one.
    pub only: Option<CustomerId>,
    /// What kind of customer.
    pub kind: Option<CustomerKind>,
    /// Made at this instant or later.
    pub created_from: Option<Timestamp>,
    /// Made at this instant or earlier.
    pub created_to: Option<Timestamp>,
}

/// What customers that are found are sorted by; alike ones by id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CustomerOrder {
    /// By id.
    #[default]
    Id,
    /// By the word for its kind.
    Kind,
    /// By the name of an individual's person, else by its own.
    Name,
}

/// What an individual's person is called, else the customer itself; see `Customer::called`.
const CALLED: &str = "(SELECT MIN(contact.called) FROM contact WHERE contact.realm_id = $1 AND contact.customer_id = customer.id)";

impl CustomerOrder {
    fn clause(self, order: Order) -> String {
        let way = match order {
            Order::Ascending => "ASC",
            Order::Descending => "DESC",
        };
        match self {
            Self::Id => format!("id {way}"),
            Self::Kind => format!("kind {way}, id"),
            Self::Name => {
                format!("CASE kind WHEN 'individual' THEN COALESCE({CALLED}, LOWER(name), '') ELSE COALESCE(LOWER(name), '') END {way}, id")
            }
        }
    }
}

/// A pattern that finds a text anywhere, whatever its characters mean to LIKE.
fn anywhere(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.to_ascii_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern + "%"
}

/// The condition of a search, and what it binds after the realm.
fn condition(search: &CustomerSearch, list: impl Fn(usize) -> String) -> (String, Vec<Value>) {
    let mut clauses = vec!["FROM customer WHERE realm_id = $1 AND purged_at IS NULL".to_owned()];
    let mut values: Vec<Value> = Vec::new();
    let mut add = |value: Option<Value>, clause: &dyn Fn(&str) -> String| {
        if let Some(value) = value {
            values.push(value);
            clauses.push(clause(&format!("${}", values.len() + 1)));
        }
    };
    let by_contact = |column: &'static str| {
        move |p: &str| format!("id IN (SELECT customer_id FROM contact WHERE realm_id = $1 AND {column} <> '' AND {column} = {p})")
    };
    add(search.phone.clone().map(Value::from), &by_contact("phone"));
    add(search.email.as_deref().map(|email| email.to_ascii_lowercase().into()), &by_contact("email"));
    add(search.department.clone().map(Value::from), &|p| format!("department = {p}"));
    add(search.departments.as_ref().map(|names| Value::list(names.clone())), &|p| {
        let at = p.trim_start_matches('$').parse().unwrap_or_default();
        format!("department IN (SELECT text FROM {} wanted)", list(at))
    });
    add(search.only.map(|only| only.get().into()), &|p| format!("id = {p}"));
    add(search.kind.map(|kind| kind.as_str().into()), &|p| format!("kind = {p}"));
    add(search.created_from.map(|from| from.millis().into()), &|p| format!("created_at >= {p}"));
    add(search.created_to.map(|to| to.millis().into()), &|p| format!("created_at <= {p}"));
    add(search.name.as_deref().map(|name| anywhere(name).into()), &|p| {
        format!(
            "(LOWER(name) LIKE {p} ESCAPE '\\' \
             OR id IN (SELECT customer_id FROM contact WHERE realm_id = $1 AND called LIKE {p} ESCAPE '\\'))"
        )
    });
    (clauses.join(" AND "), values)
}

impl Tx {
    /// So many of the customers that a search finds, from an offset on.
    pub async fn search_customers(
        &mut self,
        search: &CustomerSearch,
        (by, order): (CustomerOrder, Order),
        offset: u64,
        limit: usize,
    ) -> Result<Vec<Customer>, StoreError> {
        let (condition, values) = condition(search, |at| self.connection().list(at));
        let count = values.len();
        let sql = format!("SELECT {COLUMNS} {condition} ORDER BY {} LIMIT ${} OFFSET ${}", by.clause(order), count + 2, count + 3);
        let (limit, offset) = (i64::try_from(limit).unwrap_or(i64::MAX), i64::try_from(offset).unwrap_or(i64::MAX));
        let params: Vec<Value> = [self.r()].into_iter().chain(values).chain([limit.into(), offset.into()]).collect();
        self.query(&sql, &params).await?.iter().map(|row| customers::read_at(row, 0)).collect()
    }

    /// How many customers a search finds.
    pub async fn count_found_customers(&mut self, search: &CustomerSearch) -> Result<u64, StoreError> {
        let (condition, values) = condition(search, |at| self.connection().list(at));
        let params: Vec<Value> = [self.r()].into_iter().chain(values).collect();
        let row = self.query_one(&format!("SELECT COUNT(*) {condition}"), &params).await?;
        Ok(row.map_or(Ok(0), |row| row.int(0))?.unsigned_abs())
    }

    /// Those of these customers that are not purged, in no order.
    pub async fn list_customers(&mut self, ids: &[CustomerId]) -> Result<Vec<Customer>, StoreError> {
        let list = self.connection().list(2);
        let sql = format!(
            "SELECT {COLUMNS} FROM customer WHERE realm_id = $1 AND purged_at IS NULL \
             AND id IN (SELECT CAST(text AS BIGINT) FROM {list} wanted)"
        );
        let params = [self.r(), id_list(ids.iter().copied())];
        self.query(&sql, &params).await?.iter().map(|row| customers::read_at(row, 0)).collect()
    }

    /// Whether the realm has a customer that is not purged.
    pub async fn has_customers(&mut self) -> Result<bool, StoreError> {
        let params = [self.r()];
        let sql = "SELECT id FROM customer WHERE realm_id = $1 AND purged_at IS NULL LIMIT 1";
        Ok(self.query_one(sql, &params).await?.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_name_is_found_as_it_is_written() {
        for (text, pattern) in [("Reyes", "%reyes%"), ("50%", "%50\\%%"), ("a_b", "%a\\_b%"), ("a\\b", "%a\\\\b%"), ("", "%%")] {
            assert_eq!(anywhere(text), pattern);
        }
    }

    #[test]
    fn a_search_binds_what_it_names_in_order() {
        let search = CustomerSearch { phone: Some("+49".to_owned()), kind: Some(CustomerKind::Group), ..CustomerSearch::default() };
        let (condition, values) = condition(&search, |_| String::new());
        assert!(condition.contains("phone = $2") && condition.ends_with("kind = $3"), "{condition}");
        assert_eq!(values, [Value::from("+49"), Value::from("group")]);
    }
}
