//! The verbs: what each does from its flags to its exit code.

pub mod apply;
pub mod audit;
pub mod backup;
pub mod doctor;
pub mod healthcheck;
pub mod quickstart;
pub mod serve;
pub mod sign_in_link;
