//! Nothing lives here. `tests/policy/` puts random worlds to `vestibule_core::policy` and to
//! Cedar, an engine that others wrote, and wants one answer. The crate exists so that Cedar is
//! built for that test and for nothing else; no crate may depend on this one.
