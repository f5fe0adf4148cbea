//! Every reason for which Vestibule says no, as types that a caller can tell apart.
//!
//! What a refusal looks like on the wire is each dialect's table (`dialects/*/refusal.rs`);
//! nothing here knows a status code.

use std::borrow::Cow;

use crate::{grant::GrantRefusal, policy::Because};

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The caller did not prove who it is.
    #[error("the caller is not authenticated: {0}")]
    Unauthenticated(#[from] Unauthenticated),
    /// The token carries a project scope where none may be.
    #[error("the token carries a project scope")]
    Scoped,
    /// The decision engine denied the action.
    #[error("`{action}` is not allowed: {because}")]
    Forbidden {
        /// The action, `service:verb`.
        action: String,
        /// What decided it.
        because: Because,
    },
    /// There is no such thing, or it is not the caller's to see.
    #[error("no such {0}")]
    Absent(&'static str),
    /// The realm has not switched support access on.
    #[error("support access is switched off for this realm")]
    SupportOff,
    /// The agent is not invited and no window is open. Looks like [`Refusal::Absent`] from outside.
    #[error("the agent is not admitted to this realm")]
    NotAdmitted,
    /// A rate limit is spent.
    #[error("more than {allowed} calls in {period_s} s")]
    TooMany {
        /// Calls allowed in the period.
        allowed: u32,
        /// Length of the sliding period, in seconds.
        period_s: u32,
        /// Seconds until the next call can succeed, at least 1.
        retry_after_s: u32,
    },
    /// A nonce or `jti` was used before with this credential.
    #[error("the nonce was used before")]
    NonceReused,
    /// The request cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Several fields cannot be read; each is named.
    #[error("{} fields are malformed", .0.len())]
    ManyMalformed(Vec<Malformed>),
    /// The support access list holds as many people as it may.
    #[error("the list already holds {cap} addresses")]
    InvitationsFull {
        /// The most individual addresses a list may hold.
        cap: usize,
    },
    /// The thing has changed since the caller read it.
    #[error("the version is stale: it is now {current}")]
    Stale {
        /// The version that is stored.
        current: i64,
    },
    /// An idempotency key was used before with another request.
    #[error("this idempotency key was used with another request")]
    KeyReused,
    /// A thing that must be the only one with a name, an id, a number or a secret is there already.
    #[error("another {0} has that name, id, number or secret")]
    Exists(&'static str),
    /// The thing cannot be changed this way as it stands, e.g. a session that has ended.
    #[error("the {what} {state}")]
    Conflict {
        /// The thing.
        what: &'static str,
        /// How it stands, e.g. `has ended`.
        state: &'static str,
    },
    /// The contact's e-mail address is not known to be theirs.
    #[error("the e-mail address is not verified")]
    EmailNotVerified,
    /// The realm lets nobody with this e-mail address be handed over.
    #[error("the e-mail address is barred from hand-offs")]
    AddressBarred,
    /// The realm has no help desk that is switched on and has an active secret.
    #[error("the realm has no help desk that could be signed in to")]
    NoHelpDesk,
    /// A list of ids was given, and none of them names what it should.
    #[error("no valid {0} ids were found")]
    NoneValid(&'static str),
    /// A customer grant cannot be given.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// Ids were given that name nothing; each is listed.
    #[error("no such {what}: {}", .ids.join(", "))]
    UnknownIds {
        /// The thing, e.g. `customer`.
        what: &'static str,
        /// The ids, as they were given.
        ids: Vec<String>,
    },
    /// A customer sits in no department that the caller reaches.
    #[error("`{action}` is not allowed in that department")]
    OutsideDepartment {
        /// The action, `service:verb`.
        action: String,
    },
    /// Callers of this kind are not served here.
    #[error("{actor} may not call this")]
    ActorBarred {
        /// The kind of caller, e.g. `a customer`.
        actor: &'static str,
    },
    /// The token lacks a scope.
    #[error("the token lacks the scope: {scopes}")]
    ScopeMissing {
        /// The scopes of which one is wanted.
        scopes: &'static str,
    },
    /// The login has as many live sessions as it may.
    #[error("the login already has {cap} sessions")]
    SessionsFull {
        /// The most live sessions of a login.
        cap: usize,
    },
    /// The database cannot be reached now; trying again later may help.
    #[error("the service is not available now")]
    Unavailable,
    /// A fault of ours, logged where it was met.
    #[error("internal error")]
    Internal,
}

/// How a caller failed to prove who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unauthenticated {
    /// No credential was presented.
    #[error("no credential")]
    Missing,
    /// The `Authorization` scheme is not `Bearer`.
    #[error("not a bearer token")]
    NotBearer,
    /// The token has characters no token has.
    #[error("the token has characters that no token has")]
    BadCharacters,
    /// We never issued this token.
    #[error("unknown token")]
    Unknown,
    /// The token's time is over.
    #[error("the token has expired")]
    Expired,
    /// The token, its credential or its session was revoked.
    #[error("the token was revoked")]
    Revoked,
    /// The account is gone.
    #[error("the account is gone")]
    AccountGone,
    /// The account is switched off.
    #[error("the account is disabled")]
    AccountDisabled,
    /// The account's access has ended.
    #[error("the account has expired")]
    AccountExpired,
    /// A service account is gone.
    #[error("the app is gone")]
    AppGone,
    /// A service account is switched off.
    #[error("the app is inactive")]
    AppInactive,
}

/// A part of the request that cannot be read, and how.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {fault}")]
pub struct Malformed {
    /// The field as the reader spells it, or `body`.
    pub field: Cow<'static, str>,
    /// What is wrong with it.
    pub fault: Fault,
}

impl Malformed {
    /// A fault in a named field.
    pub fn new(field: impl Into<Cow<'static, str>>, fault: Fault) -> Self {
        Self { field: field.into(), fault }
    }

    /// The same fault under the field name that this reader uses.
    #[must_use]
    pub fn of(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.field = field.into();
        self
    }

    /// A fault of the body as a whole.
    pub fn body(fault: Fault) -> Self {
        Self::new("body", fault)
    }
}

/// What can be wrong with a field or a body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Required and absent, or null.
    #[error("is missing")]
    Missing,
    /// Required and empty.
    #[error("is empty")]
    Empty,
    /// Of another JSON type.
    #[error("is not {0}")]
    NotA(&'static str),
    /// Longer than `limit` bytes.
    #[error("is longer than {limit} bytes")]
    TooLong {
        /// Most bytes allowed.
        limit: usize,
    },
    /// More than `limit` items.
    #[error("has more than {limit} items")]
    TooMany {
        /// Most items allowed.
        limit: usize,
    },
    /// A number outside its range.
    #[error("is outside {min} to {max}")]
    OutOfRange {
        /// Smallest allowed.
        min: i64,
        /// Largest allowed.
        max: i64,
    },
    /// Not of the form described.
    #[error("is not {0}")]
    Format(&'static str),
    /// An instant that must lie ahead and does not.
    #[error("is not in the future")]
    NotInFuture,
    /// An address outside the staff domain.
    #[error("is neither an address at `{domain}` nor `*`")]
    Foreign {
        /// The vendor's domain, without `@`.
        domain: String,
    },
    /// A value outside a closed list; for actions, statements and enums.
    #[error("is not one of the values known here: {0}")]
    UnknownValue(String),
    /// A member that is not known here.
    #[error("is not known here")]
    UnknownMember,
    /// Given more than once.
    #[error("is given more than once")]
    Repeated,
    /// The body is not JSON; what and where.
    #[error("is not JSON: {0}")]
    NotJson(String),
    /// The body is not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// The body nests deeper than `limit`.
    #[error("nests deeper than {limit}")]
    TooDeep {
        /// Most levels allowed.
        limit: usize,
    },
    /// No `Content-Type` where one is required.
    #[error("has no Content-Type")]
    NoContentType,
    /// Another `Content-Type` than the route takes.
    #[error("has a Content-Type that is not {0}")]
    WrongContentType(&'static str),
    /// A statement that breaks a rule: which, and how.
    #[error("breaks a rule: {0}")]
    Statement(String),
    /// A nesting that would close a circle.
    #[error("would contain itself")]
    Cycle,
}
