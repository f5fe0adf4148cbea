//! Authorship: who made a thing, and who changed it last.

use crate::{id::AccountKey, time::Timestamp};

/// Who made a thing, and who changed it last and when. Nobody stands where the server or its operator
/// did it, and for what was made before authors were kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Authorship {
    /// Who made it.
    pub created_by: Option<AccountKey>,
    /// Who changed it last; absent while nobody has.
    pub modified_by: Option<AccountKey>,
    /// When it was changed last; absent while it never was.
    pub modified_at: Option<Timestamp>,
}

impl Authorship {
    /// Of a thing made by `author`, and not changed yet.
    pub fn made_by(author: Option<AccountKey>) -> Self {
        Self { created_by: author, modified_by: None, modified_at: None }
    }

    /// The same after a change.
    #[must_use]
    pub fn changed(self, author: Option<AccountKey>, now: Timestamp) -> Self {
        Self { modified_by: author, modified_at: Some(now), ..self }
    }

    /// Who wrote it last: whoever changed it, or else whoever made it.
    pub fn last_author(&self) -> Option<AccountKey> {
        match self.modified_at {
            Some(_) => self.modified_by,
            None => self.created_by,
        }
    }

    /// When it was written last; `created_at` while it was never changed.
    pub fn last_written(&self, created_at: Timestamp) -> Timestamp {
        self.modified_at.unwrap_or(created_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_author_is_who_wrote_last() {
        let key = |bits| Some(AccountKey::from_uuid(uuid::Uuid::from_u128(bits)));
        let (made, later) = (Timestamp::from_millis(1), Timestamp::from_millis(2));
        let fresh = Authorship::made_by(key(1));
        assert_eq!((fresh.last_author(), fresh.last_written(made)), (key(1), made));
        let changed = fresh.changed(key(2), later);
        assert_eq!((changed.created_by, changed.last_author(), changed.last_written(made)), (key(1), key(2), later));
        // The server's own change hides an older author.
        assert_eq!(fresh.changed(None, later).last_author(), None);
    }
}
