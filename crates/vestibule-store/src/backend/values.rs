//! What statements bind and answers hold, for both databases.

use std::str::FromStr;

use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

use crate::error::StoreError;

/// A parameter or a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// BIGINT.
    Int(i64),
    /// TEXT.
    Text(String),
    /// BLOB or BYTEA.
    Blob(Vec<u8>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}
impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}
impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}
impl Value {
    /// Texts as one parameter, for [`Connection::list`]: however many there are, the statement stays the same.
    pub fn list<S: Into<String>>(texts: impl IntoIterator<Item = S>) -> Self {
        // What PostgreSQL has no text for finds nothing.
        let texts: Vec<String> = texts.into_iter().map(|text| text.into().replace('\0', "\u{fffd}")).collect();
        Self::Text(serde_json::to_string(&texts).unwrap_or_default())
    }

    /// Pairs of texts as one parameter, for [`Connection::pairs`].
    pub fn pairs(pairs: &[[String; 2]]) -> Self {
        Self::Text(serde_json::to_string(pairs).unwrap_or_default())
    }
}
impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer.
#[derive(Debug)]
pub struct Row(pub(super) Vec<Value>);

impl Row {
    /// TEXT in column `column`, counted from 0.
    pub fn text(&self, column: usize) -> Result<&str, StoreError> {
        self.text_or_null(column)?.ok_or_else(|| self.unreadable(column))
    }

    /// TEXT or NULL.
    pub fn text_or_null(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.unreadable(column)),
        }
    }

    /// BIGINT.
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.int_or_null(column)?.ok_or_else(|| self.unreadable(column))
    }

    /// BIGINT or NULL.
    pub fn int_or_null(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.0.get(column) {
            Some(Value::Int(int)) => Ok(Some(*int)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.unreadable(column)),
        }
    }

    /// BIGINT that stands for a truth value.
    pub fn flag(&self, column: usize) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }

    /// BLOB.
    pub fn blob(&self, column: usize) -> Result<&[u8], StoreError> {
        self.blob_or_null(column)?.ok_or_else(|| self.unreadable(column))
    }

    /// BLOB or NULL.
    pub fn blob_or_null(&self, column: usize) -> Result<Option<&[u8]>, StoreError> {
        match self.0.get(column) {
            Some(Value::Blob(blob)) => Ok(Some(blob)),
            // SQLite users who mend rows by hand write TEXT; its bytes are what counts.
            Some(Value::Text(text)) => Ok(Some(text.as_bytes())),
            Some(Value::Null) => Ok(None),
            _ => Err(self.unreadable(column)),
        }
    }

    /// TEXT that is read into a type.
    pub fn parsed<T: FromStr>(&self, column: usize) -> Result<T, StoreError> {
        self.text(column)?.parse().map_err(|_| self.unreadable(column))
    }

    fn unreadable(&self, column: usize) -> StoreError {
        StoreError::Unreadable { what: format!("column {column} of {}", self.0.len()) }
    }
}

/// A column of SQLite.
pub fn sqlite_value(value: rusqlite::types::ValueRef<'_>) -> Value {
    use rusqlite::types::ValueRef;
    match value {
        ValueRef::Integer(int) => Value::Int(int),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(blob) => Value::Blob(blob.to_vec()),
        // No column of ours is a float; one that was written by hand reads as nothing.
        ValueRef::Null | ValueRef::Real(_) => Value::Null,
    }
}

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(int) => int.to_sql(kind, out),
            // PostgreSQL has no text with a zero byte in it; askers who send one find nothing.
            Self::Text(text) if text.contains('\0') => text.replace('\0', "\u{fffd}").to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
            Self::Blob(blob) => blob.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::TEXT | Type::BYTEA | Type::VARCHAR)
    }

    to_sql_checked!();
}

/// A row of PostgreSQL.
pub fn postgres_row(row: &tokio_postgres::Row) -> Result<Row, tokio_postgres::Error> {
    let value = |(column, of): (usize, &tokio_postgres::Column)| match *of.type_() {
        Type::INT8 => row.try_get::<_, Option<i64>>(column).map(Value::from),
        Type::INT4 => row.try_get::<_, Option<i32>>(column).map(|int| Value::from(int.map(i64::from))),
        Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(column).map(Value::from),
        _ => row.try_get::<_, Option<String>>(column).map(Value::from),
    };
    row.columns().iter().enumerate().map(value).collect::<Result<_, _>>().map(Row)
}
