//! A realm: one tenant, and the settings that decide who may come in.

use uuid::Uuid;

use crate::{
    id::{RealmId, SupportListId},
    refusal::{Fault, Malformed},
    time::Timestamp,
};

/// One tenant. Everything but the vendor's own settings belongs to exactly one realm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Realm {
    /// The slug; the HERE realm and the Wavefront customer id.
    pub id: RealmId,
    /// Shown to people; at most [`Realm::NAME_BYTES_MAX`] bytes.
    pub name: String,
    /// The m3ter organization id.
    pub organization_id: Uuid,
    /// Whether customers and people are kept apart by department.
    pub departmentalization: bool,
    /// Who may come in, and on what terms.
    pub support: SupportSettings,
    /// Counts the writes to this row, from 1.
    pub version: i64,
    /// When the realm was made.
    pub created_at: Timestamp,
}

impl Realm {
    /// Longest display name, in bytes.
    pub const NAME_BYTES_MAX: usize = 200;

    /// Checks a display name: 1 to [`Realm::NAME_BYTES_MAX`] bytes, no control characters.
    pub fn check_name(raw: &str) -> Result<String, Malformed> {
        match raw.trim() {
            "" => Err(Malformed::new("name", Fault::Empty)),
            long if long.len() > Self::NAME_BYTES_MAX => Err(Malformed::new("name", Fault::TooLong { limit: Self::NAME_BYTES_MAX })),
            control if control.chars().any(char::is_control) => {
                Err(Malformed::new("name", Fault::Format("text without control characters")))
            }
            name => Ok(name.to_owned()),
        }
    }
}

/// A realm's support settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportSettings {
    /// The list's id; made with the realm and kept for good (`spec/here-support.md`, section 5).
    pub list_id: SupportListId,
    /// The HERE feature switch; default off.
    pub enabled: bool,
    /// The vendor's e-mail domain, without `@`, lower case. Only its people can be invited.
    pub staff_domain: String,
    /// Whether the list exists: a full delete removes it until somebody is invited again.
    pub listed: bool,
}

impl SupportSettings {
    /// The staff domain of a realm that names none.
    pub const STAFF_DOMAIN_DEFAULT: &'static str = "here.com";

    /// Checks a domain: letters, digits, `-` and at least one inner `.`; folded to lower case.
    pub fn check_staff_domain(raw: &str) -> Result<String, Malformed> {
        let domain = raw.to_ascii_lowercase();
        let labels = || domain.split('.');
        let good = domain.len() <= 253
            && labels().count() >= 2
            && labels().all(|l| !l.is_empty() && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
        match good {
            true => Ok(domain),
            false => Err(Malformed::new("staff_domain", Fault::Format("a domain such as `here.com`"))),
        }
    }
}
