//! What can go wrong while remembering, and how it looks to an operation.

use vestibule_core::refusal::Refusal;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is full, read-only or out of connections. Trying again may help.
    #[error("the database is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Nothing has come from the database for a while: the way to it is cut, or it hangs.
    #[error("the database is silent")]
    Silent,
    /// A statement failed for another reason: a defect of ours, or a damaged file.
    #[error("a statement failed: {statement}")]
    Statement {
        /// The statement, without its parameters.
        statement: String,
        /// What the driver said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A row holds something that cannot be read back.
    #[error("cannot read {what} back")]
    Unreadable {
        /// The row's kind and id.
        what: String,
    },
    /// The schema was written by a newer release.
    #[error("the database has schema {found}, this release knows {known}: use a newer release")]
    FromTheFuture {
        /// Schema version found.
        found: i64,
        /// Newest schema version known here.
        known: i64,
    },
    /// The database was made under another master key. It was not touched.
    #[error("the master key does not open what the database holds")]
    ForeignKey,
    /// The database URL cannot be used.
    #[error("cannot use the database URL: {0}")]
    Url(String),
    /// A unit of work changed rows and recorded no event. A defect of ours; nothing was stored.
    #[error("a unit of work changed rows without an event")]
    Unrecorded,
    /// A unit of work waited for something that is not the database. A defect of ours; nothing was stored.
    #[error("a unit of work waited for something that is not the database")]
    Waited,
    /// The event could not be built. Nothing was stored.
    #[error("the event could not be built")]
    Event(#[from] vestibule_core::audit::AuditError),
    /// Sealed bytes do not open: another master key, or a damaged row.
    #[error("cannot open what was sealed for {0}: is this the right master key?")]
    Sealed(String),
}

/// Logged here, once: above this line a failure is only [`Refusal::Unavailable`] or [`Refusal::Internal`].
impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = chain(&error), "the store failed");
        match error {
            StoreError::Unavailable(_) | StoreError::Silent => Self::Unavailable,
            _ => Self::Internal,
        }
    }
}

/// An error and its sources in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}
