//! The manifest: the state that an operator wishes realms to be in, as text.
//!
//! Here lives what a manifest may say and how it is read: TOML becomes types that nothing
//! wrong can be written in, and every fault is reported with its file, line and key. Nothing
//! here touches a file, the environment or the database: secrets that stand elsewhere come
//! from a closure. What a manifest does is `apply.rs`. Begin with [`Manifest::parse`].

mod accounts;
mod customers;
mod fault;
mod objects;
mod read;
mod realms;
mod references;
mod secrets;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::Value;
use uuid::Uuid;
use vestibule_core::{
    account::AccountKind,
    credential::ProjectScope,
    id::{AccountId, RealmId},
    object::Object,
    policy::{ActionPattern, Statement},
    redirect::RedirectUri,
    support::Invitee,
    time::Timestamp,
};

pub use self::{
    customers::{ContactEntry, CustomerEntry, CustomersEntry, HelpDeskEntry},
    fault::{ManifestError, Problem},
    secrets::SecretSource,
};

/// One manifest, read and checked. What it does not mention is not its business: an absent
/// key says nothing, it does not say "none".
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The realms it speaks of; ids are unique.
    pub realms: Vec<RealmEntry>,
    /// The vendor's people, who stand outside every tenant; addresses are unique.
    pub support_staff: Vec<StaffEntry>,
}

/// What a manifest says of one realm.
#[derive(Debug, Clone)]
pub struct RealmEntry {
    /// The slug; never `vendor`.
    pub id: RealmId,
    /// Shown to people; absent: unchanged, or the slug for a new realm.
    pub name: Option<String>,
    /// The m3ter organization id; absent: unchanged, or made up for a new realm.
    pub organization_id: Option<Uuid>,
    /// Who may come in.
    pub support: SupportEntry,
    /// Roles by name; built-in managed roles are not among them.
    pub roles: Vec<RoleEntry>,
    /// Groups by name.
    pub groups: Vec<GroupEntry>,
    /// Accounts; ids are unique without case.
    pub accounts: Vec<AccountEntry>,
    /// The help desk that verified contacts are handed over to.
    pub help_desk: Option<HelpDeskEntry>,
    /// Whom the realm serves.
    pub customers: Option<CustomersEntry>,
    /// Facts about the tenant's own things.
    pub objects: Vec<Object>,
}

/// `[realms.support]`.
#[derive(Debug, Clone, Default)]
pub struct SupportEntry {
    /// The HERE feature switch; absent: unchanged, or off for a new realm.
    pub enabled: Option<bool>,
    /// The vendor's domain, lower case; absent: unchanged, or the default for a new realm.
    pub staff_domain: Option<String>,
    /// The window; absent: unchanged.
    pub window: Option<WindowEntry>,
    /// Invitations by invitee; those not mentioned are the tenant's and stay.
    pub invitations: Vec<InvitationEntry>,
}

/// A window that a manifest opens, or closes by an end that has passed.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowEntry {
    /// Its end.
    pub ends_at: Timestamp,
    /// What all support staff may do until then.
    pub statements: Vec<Statement>,
}

/// An invitation that a manifest makes or amends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationEntry {
    /// Somebody of the staff domain, or anyone of it.
    pub invitee: Invitee,
    /// Its end, if ever.
    pub expires_at: Option<Timestamp>,
}

/// A role.
#[derive(Debug, Clone, PartialEq)]
pub struct RoleEntry {
    /// Unique in its realm; may be *AccountExecutive*.
    pub name: String,
    /// All that it says.
    pub statements: Vec<Statement>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupEntry {
    /// Unique in its realm.
    pub name: String,
    /// Names of roles of this manifest or built-in ones.
    pub roles: Vec<String>,
}

/// An account. It has exactly the permissions, roles, groups and credentials listed.
#[derive(Debug, Clone)]
pub struct AccountEntry {
    /// What it signs in with.
    pub id: AccountId,
    /// A user or a service; never support.
    pub kind: AccountKind,
    /// Shown to people; empty when absent.
    pub name: String,
    /// Actions allowed on everything, beside what roles say.
    pub permissions: Vec<ActionPattern>,
    /// Names of roles of this manifest or built-in ones.
    pub roles: Vec<String>,
    /// Names of groups of this manifest.
    pub groups: Vec<String>,
    /// Facts for conditions.
    pub attributes: BTreeMap<String, Value>,
    /// The department that it belongs to; absent: none.
    pub home_department: Option<String>,
    /// Other departments whose customers it may touch.
    pub foreign_departments: Vec<String>,
    /// How it proves itself.
    pub credentials: Vec<CredentialEntry>,
}

/// One of the vendor's people.
#[derive(Debug, Clone)]
pub struct StaffEntry {
    /// The verified address, which is also the account's id in the vendor realm.
    pub email: AccountId,
    /// Shown to people; empty when absent.
    pub name: String,
    /// How they prove themselves; tokens carry no scope.
    pub credentials: Vec<CredentialEntry>,
}

/// A credential. Public ids and tokens are unique in the manifest.
#[derive(Debug, Clone)]
pub struct CredentialEntry {
    /// The proof itself.
    pub proof: Proof,
    /// Given by its owner; empty when absent.
    pub name: String,
    /// The project scope of the token, or of tokens signed for by the key.
    pub scope: Option<ProjectScope>,
    /// Where people who sign in through an access key may be sent back to.
    pub redirect_uris: Vec<RedirectUri>,
}

/// What a credential proves with. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub enum Proof {
    /// A bearer token.
    Token {
        /// The token itself.
        secret: SecretString,
    },
    /// An id and a shared secret.
    AccessKey {
        /// The id that clients present.
        id: String,
        /// What they sign with.
        secret: SecretString,
    },
    /// A password.
    Password {
        /// In the clear; only its hash is stored.
        secret: SecretString,
    },
    /// A public key for signed assertions.
    PublicKey {
        /// The `kid` that assertions name.
        id: String,
        /// PEM, `BEGIN PUBLIC KEY` or `BEGIN RSA PUBLIC KEY`.
        pem: String,
    },
}
