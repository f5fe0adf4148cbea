//! The rules of Vestibule.
//!
//! Here lives whatever a customer could argue about: who is admitted, what a statement
//! allows, how the log is built and checked. There is no I/O, no async and no clock:
//! time and randomness come in as arguments. No dialect, no status code and no table is
//! known here. Begin with [`support::admission`] and [`policy`].

pub mod account;
pub mod account_invitation;
pub mod audit;
pub mod authorship;
pub mod case;
pub mod chance;
pub mod console_session;
pub mod contact;
pub mod contact_details;
pub mod credential;
pub mod customer;
pub mod department;
pub mod factor;
pub mod grant;
pub mod group;
pub mod handoff;
pub mod help_desk;
pub mod id;
pub mod object;
pub mod passkey;
pub mod pkce;
pub mod policy;
pub mod principal;
pub mod rate_limit;
pub mod realm;
pub mod redirect;
pub mod refusal;
pub mod resource_group;
pub mod role;
pub mod scope;
pub mod sign_in;
pub mod support;
pub mod time;
pub mod verification;
