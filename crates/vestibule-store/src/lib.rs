//! Remembering: rows, their transactions and what of them is held in memory.
//!
//! Only [`Store::write`] and [`Store::read`] lead to a table, and each statement binds the realm
//! first; look-ups of whoever comes with a secret and no realm (`credentials.rs`, `passwords.rs`, `factors.rs`, `contacts.rs`,
//! `console_sessions.rs`, `handoffs.rs`) are the one exception. Nothing is decided
//! here: rules are the core's, order is the operations'. Begin with `store.rs` and `tx.rs`.

mod account_defaults;
mod account_facts;
mod account_invitations;
mod account_lists;
mod account_search;
mod accounts;
mod audit;
mod authorship;
mod backend;
mod backup;
mod cases;
mod changes;
mod console_sessions;
mod contacts;
mod credentials;
mod customer_grants;
mod customer_search;
mod customers;
mod departments;
mod error;
mod events;
mod examine;
mod factors;
mod groups;
mod handoffs;
mod help_desks;
mod lanes;
mod limits;
mod login_sessions;
mod measures;
mod memory;
mod migrations;
mod objects;
mod outbox;
mod passwords;
mod principals;
mod realms;
mod resource_groups;
mod roles;
mod running;
mod samples;
mod sealed;
mod sessions;
mod sign_ins;
mod store;
mod support;
mod tally;
mod ties;
mod tokens;
mod traces;
mod tx;
mod uses;
mod writer;

pub use account_defaults::AccountDefaults;
pub use account_facts::AccountFacts;
pub use account_search::{AccountField, AccountMatch, AccountQuery, Matching, Order};
pub use audit::Export;
pub use backup::{BackupError, IfThere, back_up, embedded_file, restore};
pub use cases::CaseSearch;
pub use credentials::{FoundCredential, NewCredential, secret_context};
pub use customer_grants::{GrantSide, Parties};
pub use customer_search::{CustomerOrder, CustomerSearch};
pub use error::{StoreError, chain};
pub use events::{EventFilter, StoredEvent};
pub use examine::{Examination, KeyFit, examine};
pub use factors::FoundPasskey;
pub use groups::Place;
pub use handoffs::HandoffCode;
pub use memory::{Facet, Found};
pub use outbox::{MailState, OutboxEntry};
pub use passwords::FoundPassword;
pub use principals::{Places, Proven, Token};
pub use sealed::Sealer;
pub use sessions::SessionFilter;
pub use sign_ins::SignInLink;
pub use store::{Steps, Store};
pub use tally::Tally;
pub use ties::Ties;
pub use tokens::HeldToken;
pub use traces::TARGET as TRACES;
pub use tx::{Moment, Page, PageRequest, Tx};
