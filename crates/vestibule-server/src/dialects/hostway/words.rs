//! Names and caps of the hosting API (`spec/hostway-sso.md`). What the page leaves open is marked as ours or inferred.

use vestibule_core::contact::ContactKind;

/// Before every address, for one host that cannot tell realms apart.
pub const REALM: &str = "/realms/{realm}";

/// Parameters of paths.
pub mod param {
    /// An account's number.
    pub const ACCOUNT: &str = "accountId";
    /// Which contact.
    pub const CONTACT_TYPE: &str = "contactType";
    /// What a partner calls an account.
    pub const PARTNER: &str = "partnerId";
}

/// Parameters of queries.
pub mod query {
    /// Only accounts that stand so.
    pub const STATUS: &str = "filterStatus";
    /// Which page, from 1.
    pub const PAGE: &str = "page";
    /// How many accounts a page has.
    pub const PAGE_SIZE: &str = "pageSize";
    /// Where the help desk is to send the contact (ours).
    pub const RETURN_TO: &str = "return_to";
}

/// The contacts of an account, in the order of answers (section 2). Compared case-sensitively (inferred); the primary
/// contact has no name here.
pub const CONTACT_TYPES: [ContactKind; 4] =
    [ContactKind::Regular, ContactKind::Billing, ContactKind::Administrator, ContactKind::Technical];

/// How many accounts a page has unless the client says (section 4.1).
pub const PAGE_SIZE_DEFAULT: u64 = 100;
/// Most accounts on a page (inferred).
pub const PAGE_SIZE_MAX: u64 = 1_000;

/// The one action on contacts (section 4.1).
pub const VERIFY_EMAIL: &str = "verifyEmail";

/// What hangs on an account (section 4.1); not all of it is served here.
pub const RELATED: [&str; 10] =
    ["paymentInfo", "products", "exchange", "dedicatedServers", "contacts", "email", "domains", "attributes", "flexcloud", "users"];

/// The challenge of a 401 (section 2.2; RFC 7617).
pub const CHALLENGE: &str = r#"Basic realm="api", charset="UTF-8""#;
/// The media type of every body (section 2.1).
pub const JSON: &str = "application/json; charset=UTF-8";
