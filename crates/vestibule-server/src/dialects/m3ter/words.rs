//! m3ter's names, caps and spellings, each with its place in `spec/m3ter-support.md`.
//! What that page marks "(inferred)" is a constant here.

use super::Limit;

/// What every path but the token's begins with (section 2).
pub const ORGANIZATION: &str = "/organizations/{orgId}";
/// Where a realm serves its dialects when one host cannot tell realms apart.
pub const REALM: &str = "/realms/{realm}";
/// The parameter that names the organization.
pub const ORG_ID: &str = "orgId";

/// The service in which our own endpoints ask for permission (section 8.3, inferred).
pub const SERVICE: &str = "config";
/// The action of seeing.
pub const RETRIEVE: &str = "config:retrieve";
/// The types of [`SERVICE`] (section 8.3, inferred).
pub mod kind {
    /// The support grant.
    pub const SUPPORT: &str = "support";
    /// Permission policies.
    pub const POLICY: &str = "permissionpolicy";
    /// Users.
    pub const USER: &str = "user";
    /// Invitations of people.
    pub const INVITATION: &str = "invitation";
    /// Resource groups, user groups among them.
    pub const RESOURCE_GROUP: &str = "resourcegroup";
    /// Service users.
    pub const SERVICE_USER: &str = "serviceuser";
}

/// Most requests of one source address in a rolling 5 minutes (section 3).
pub const PER_ADDRESS: Limit = Limit { allowed: 20_000, period_s: 300 };
/// Most requests for one organization in a second (section 3).
pub const PER_ORGANIZATION: Limit = Limit { allowed: 50, period_s: 1 };

/// The member that counts the writes of an entity (section 3.1).
pub const VERSION: &str = "version";
/// The query parameter that bounds a page (section 3.2). The default is the most (inferred).
pub const PAGE_SIZE: &str = "pageSize";
/// Most policies on a page (section 2, P1).
pub const PAGE_OF_POLICIES_MAX: usize = 100;
/// Most policies of support staff on a page (section 2, S3).
pub const PAGE_OF_SUPPORT_POLICIES_MAX: usize = 200;
/// Most users on a page, and of what a user has (section 2, U1 and U3).
pub const PAGE_OF_USERS_MAX: usize = 200;
/// Most invitations on a page (section 2, I1).
pub const PAGE_OF_INVITATIONS_MAX: usize = 200;
/// Most resource groups on a page, and of what is in one (section 2, R1, R3 and R4).
pub const PAGE_OF_GROUPS_MAX: usize = 100;
/// Most service users on a page (inferred).
pub const PAGE_OF_SERVICE_USERS_MAX: usize = 200;
/// Most users that one list may be asked for by id (ours).
pub const IDS_MAX: usize = 200;
/// The query parameter and member that lead to the next page (section 3.2).
pub const NEXT_TOKEN: &str = "nextToken";
/// The form of a date-time (section 3).
pub const DATE_TIME: &str = "an RFC 3339 date-time such as `2031-03-01T00:00:00Z`";

/// Actions that statements may name, besides `all` (section 8.2).
pub const ACTIONS: [&str; 17] = [
    "config:create",
    "config:retrieve",
    "config:update",
    "config:delete",
    "config:export",
    "analytics:query",
    "measurements:upload",
    "measurements:fileupload",
    "measurements:retrieve",
    "measurements:export",
    "forecast:retrieve",
    "healthscores:retrieve",
    "anomalies:retrieve",
    "exports:download",
    "marketplace_usage:create",
    "marketplace_usage:retrieve",
    "audit:retrieve",
];

/// Token requests (section 4).
pub mod token {
    /// The path under the public address.
    pub const PATH: &str = "/oauth/token";
    /// The one grant that is served.
    pub const GRANT: &str = "client_credentials";
    /// How long a token is good, in seconds: 5 hours.
    pub const LIFETIME_S: i64 = 18_000;
    /// Most entries of the claim `permissions`, and most bytes of them together (ours): a token must fit
    /// into a header. Nobody decides by the claim.
    pub const PERMISSIONS_MAX: usize = 40;
    /// See [`PERMISSIONS_MAX`].
    pub const PERMISSIONS_BYTES_MAX: usize = 1_600;
}
