//! The three columns that say who made a row and who changed it last.

use vestibule_core::{authorship::Authorship, id::AccountKey, time::Timestamp};

use crate::{
    backend::{Row, Value},
    error::StoreError,
};

/// The account in a column, if there is one.
pub(crate) fn author(row: &Row, column: usize) -> Result<Option<AccountKey>, StoreError> {
    row.text_or_null(column)?.map(|_| row.parsed(column)).transpose()
}

/// Reads `created_by, modified_by, modified_at`, which stand side by side from `column` on.
pub(crate) fn read(row: &Row, column: usize) -> Result<Authorship, StoreError> {
    Ok(Authorship {
        created_by: author(row, column)?,
        modified_by: author(row, column + 1)?,
        modified_at: row.int_or_null(column + 2)?.map(Timestamp::from_millis),
    })
}

/// The account as a column's value.
pub(crate) fn author_value(author: Option<AccountKey>) -> Value {
    author.map(|key| key.to_string()).into()
}

/// The three columns' values.
pub(crate) fn values(authorship: &Authorship) -> [Value; 3] {
    [author_value(authorship.created_by), author_value(authorship.modified_by), authorship.modified_at.map(Timestamp::millis).into()]
}
