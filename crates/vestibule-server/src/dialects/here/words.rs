//! HERE's names, caps and spellings, each with its place in `spec/here-support.md`.
//! What that page marks "(inferred)" is a constant here.

use vestibule_core::rate_limit::RateLimit;

/// The prefix of HERE's Authentication API (section 1); `/support` alone is our alias of it.
pub const PREFIX: &str = "/authentication/v1.1";
/// The methods of `/support`, for `Allow` (section 3). Whoever serves GET serves HEAD.
pub const SUPPORT_METHODS: &str = "GET, HEAD, POST, DELETE";
/// `POST /support` is limited to 6 calls a minute and realm (sections 3.2 and 5).
pub const INVITES: RateLimit = RateLimit { name: "here.support.post", allowed: 6, period_s: 60 };

/// The member and query parameter that names an invitee (section 3.2).
pub const EMAIL_ADDRESS: &str = "emailAddress";
/// The member that says when an invitation ends (section 3.2).
pub const EXPIRES_AT: &str = "expiresAt";
/// The format of [`EXPIRES_AT`].
pub const EXPIRES_AT_FORMAT: &str = "of the form `yyyy-MM-ddTHH:mm:ss(.NNN)Z`";

/// What was attempted, as the log names it.
pub mod attempted {
    /// `GET /support`.
    pub const READ: &str = "support_access.read";
    /// `POST /support`.
    pub const INVITE: &str = "invitation.create";
    /// `DELETE /support`.
    pub const REMOVE: &str = "invitation.revoke";
}

/// Token requests (section 6).
pub mod token {
    /// The path under the public address.
    pub const PATH: &str = "/oauth2/token";
    /// The one grant that is served.
    pub const GRANT: &str = "client_credentials";
    /// RFC 7523, section 2.2.
    pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    /// How far a signature's time may be off, either way, in seconds (section 6.1, inferred).
    pub const TIMESTAMP_OFF_S_MAX: i64 = 600;
    /// Most members of a signed header (inferred); published clients send six. Each is held against all
    /// before it, so without a bound one header of 400 kB keeps a thread busy for seconds.
    pub const MEMBERS_MAX: usize = 64;
    /// Longest nonce, `jti` or key id, in bytes (inferred).
    pub const NAME_BYTES_MAX: usize = 255;
    /// How far ahead an assertion may end, in seconds: that long its `jti` must be kept (inferred).
    pub const ASSERTION_LIFETIME_S_MAX: i64 = 86_400;
}
