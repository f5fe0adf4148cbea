//! What happens in which order.
//!
//! A door hands in a [`Ctx`] and takes steps of a [`UnitOfWork`]; each aggregate's steps stand in its
//! own file. Rules are the core's, rows the store's; no status code and no wire shape is known here.
//! Begin with `operations.rs` and `unit_of_work.rs`.

mod access_history;
mod account_changes;
mod account_credentials;
mod account_defaults;
mod account_groups;
mod account_invitations;
mod account_search;
mod account_tokens;
mod accounts;
pub mod apply;
mod authenticate;
mod authors;
mod basic;
mod cases;
mod client_sign_ins;
mod client_tokens;
mod console;
mod contacts;
mod context;
mod credentials;
mod cursors;
mod customer_grants;
mod customer_pass;
mod customers;
mod decisions;
mod denials;
mod departments;
mod export;
mod factors;
mod handoffs;
mod help_desks;
mod invitations;
mod jobs;
mod log;
mod login_sessions;
mod maintenance;
pub mod manifest;
mod master_key;
mod measures;
mod members;
mod mentions;
mod nesting;
pub mod notify;
mod operations;
mod outbox;
mod own_account;
mod passkeys;
mod passwords;
mod permission;
mod policies;
mod realm_checks;
mod realms;
mod resource_groups;
mod roles;
mod second_factor;
mod service_users;
mod sessions;
mod sign_in;
mod tickets;
mod tokens;
mod unit_of_work;
mod users;
mod verification;
mod windows;

pub use access_history::{Access, Stood};
pub use account_changes::{AccountChange, AccountDetails, Changed, NewAccount};
pub use account_credentials::{CredentialChange, CredentialWish, MadeCredential, Proving};
pub use account_groups::{GroupChange, GroupView};
pub use account_invitations::{JoinLink, OpenInvitation, PersonWish, read_link};
pub use account_search::Slice;
pub use account_tokens::ShownToken;
pub use accounts::AccountView;
pub use authenticate::{AccessKey, KeyOwner, PublicKey};
pub use cases::{ActivityView, NewActivity};
pub use client_sign_ins::{Client, LinkPage, SentBack, SignInWish};
pub use client_tokens::{ClientToken, ForWhom};
pub use console::{ConsoleCaller, OpenRealm, Presence};
pub use context::{AccountCaller, Caller, Ctx, CustomerCaller, RequestOrigin, Right};
pub use customer_grants::{GrantsOf, Named};
pub use customer_pass::{CustomerPass, CustomerRef, CustomerRight};
pub use customers::{CustomerChange, CustomerSlice, NewCustomer, TAKEN_ADDRESS};
pub use decisions::{
    Act, Answer, Entity, Explained, Found, GrantGrounds, Grounds, PageWish, Question, Search, Semantic, Told, Visit, Wanted,
};
pub use export::{ExportError, Exported};
pub use factors::{Added, NewApp};
pub use handoffs::{HandedOff, HandoffPage, HandoffWish, RedeemedHandoff};
pub use invitations::{Invited, SupportAccess};
pub use jobs::Workers;
pub use log::{Event, EventPage};
pub use login_sessions::{LoggedIn, WhenFull};
pub use maintenance::{RestoreError, examine, has_master_key, restore};
pub use members::Insider;
pub use nesting::NestingEffect;
pub use operations::{Edge, OpenError, OpenSettings, Operations, Settings};
pub use own_account::{OwnSession, OwnSignIn};
pub use passkeys::{MadePasskey, PasskeyAsk, PasskeyProof};
pub use passwords::HashedPassword;
pub use policies::{PrincipalRef, RoleWish};
pub use realm_checks::RealmKeys;
pub use realms::{NewRealm, RealmChange};
pub use roles::{Ignored, PERMISSION_SERVICE, RoleChange, RoleView, SAMPLE_MAX};
pub use second_factor::SignedIn;
pub use service_users::{KEY_PAIRS_MAX, KeyState, NewKeyPair};
pub use sessions::{Entered, VISITOR_PREFIX};
pub use sign_in::{KeyHolder, SignIn};
pub use tokens::{IssuedToken, PublicJwk, STANDARD_ISSUER};
pub use unit_of_work::UnitOfWork;
pub use users::{Reach, UserWish};
pub use vestibule_store::{
    AccountDefaults, AccountField, AccountMatch, AccountQuery, BackupError, CaseSearch, CustomerOrder, CustomerSearch, EventFilter,
    Examination, IfThere, KeyFit, MailState, Matching, Order, OutboxEntry, OwnFiles, Page, PageRequest, SessionFilter, Steps, TRACES,
    back_up, chain, embedded_file, is_sealed, spare,
};
pub use windows::Everything;
