//! Wavefront's names, caps and spellings, each with its place in `spec/wavefront-accounts.md`.
//! What that page marks "(inferred)" is a constant here, unless it is a step of a handler.

use axum::http::HeaderName;
use vestibule_core::{
    policy::ActionName,
    refusal::{Fault, Malformed},
};

/// What every path begins with (section 2).
pub const PREFIX: &str = "/api/v2";
/// Where a realm serves its dialects when one host cannot tell realms apart.
pub const REALM: &str = "/realms/{realm}";
/// The published header for tokens (section 2); `Authorization` counts before it (ours).
pub const TOKEN_HEADER: HeaderName = HeaderName::from_static("x-auth-token");

/// The service of this dialect's permissions.
pub const SERVICE: &str = "wavefront";
/// The type that permissions are asked on, as a whole.
pub const ACCOUNT: &str = "account";
/// The action behind the permission *Accounts*: nearly everything on the page (section 9.9).
pub const USER_MANAGEMENT: &str = "wavefront:user_management";
/// The action behind *API Tokens*: to make tokens for oneself. Robots cannot have it (section 7).
pub const TOKEN_MANAGEMENT: &str = "wavefront:token_management";

/// Most ids in a list that is a whole body (ours). A list of so many ids of accounts fits into [`LIST_BYTES_MAX`].
pub const IDS_MAX: usize = 10_000;
/// Most bytes of a body that is a list, or may hold long ones (ours).
pub const LIST_BYTES_MAX: usize = 1024 * 1024;
/// Most items on a page; clients hold searches to it themselves (section 6).
pub const PAGE_MAX: usize = 1_000;
/// Items on a page when nobody says how many (sections 3 and 6).
pub const PAGE_DEFAULT: usize = 100;
/// Most entries of a search, and most values of one entry (ours).
pub const TERMS_MAX: usize = 100;
/// See [`TERMS_MAX`].
pub const VALUES_MAX: usize = 1_000;
/// How many accounts are read at a time where a list has no pages (ours).
pub const BATCH: usize = 1_000;

/// What a code in the envelope says: done, with something left out (section 4). The HTTP status stays 200.
pub const CODE_WARNED: u16 = 202;

/// One of the permissions that members `groups` and `permissions` name (section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// As it is spelt, with its case.
    pub name: &'static str,
    /// Shown to people.
    pub display: &'static str,
    /// What it allows, for people.
    pub allows: &'static str,
}

const fn permission(name: &'static str, display: &'static str, allows: &'static str) -> Permission {
    Permission { name, display, allows }
}

/// All of them, in the order of their names. Anything else is refused (section 7, inferred).
pub const PERMISSIONS: [Permission; 17] = [
    permission("agent_management", "Proxies", "View and manage proxies and cloud integrations"),
    permission("alerts_management", "Alerts", "Manage alerts, alert tags, targets and maintenance windows"),
    permission("application_management", "Applications", "Manage Apdex thresholds and sampling policies"),
    permission("batch_query_priority", "Batch Query Priority", "Run queries at low priority"),
    permission("dashboard_management", "Dashboards", "Manage dashboards, charts and their tags"),
    permission("derived_metrics_management", "Derived Metrics", "Manage registered queries"),
    permission("embedded_charts", "Chart Embedding", "Make embeddable chart snippets"),
    permission("events_management", "Events", "Manage user events and their tags"),
    permission("external_links_management", "External Links", "Manage external links"),
    permission("host_tag_management", "Source Tags", "Manage sources and their tags"),
    permission("ingestion", "Direct Data Ingestion", "Ingest without a proxy"),
    permission("log_management", "Logs", "Browse logs"),
    permission("metrics_management", "Metrics", "Hide metrics and manage the metrics security policy"),
    permission("monitored_application_service_management", "Integrations", "Install and remove integrations"),
    permission("saml_sso_management", "SAML IdP Admin", "Set up single sign-on"),
    permission("token_management", "API Tokens", "Make API tokens for one's own user account"),
    permission("user_management", "Accounts", "Manage accounts, roles, groups and tokens"),
];

impl Permission {
    /// The action that a name stands for, case and all (section 7, inferred). `field` is where it was given.
    pub fn action(name: &str, field: &'static str) -> Result<ActionName, Malformed> {
        let known = PERMISSIONS.iter().find(|permission| permission.name == name);
        let action = known.and_then(|known| format!("{SERVICE}:{}", known.name).parse().ok());
        action.ok_or_else(|| Malformed::new(field, Fault::UnknownValue(PERMISSIONS.map(|permission| permission.name).join(", "))))
    }

    /// The name of an action, if it is one of ours.
    pub fn name_of(action: &ActionName) -> Option<&'static str> {
        let name = action.as_str().strip_prefix(SERVICE)?.strip_prefix(':')?;
        PERMISSIONS.iter().map(|permission| permission.name).find(|known| *known == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seventeen_names_stand_for_actions_and_no_other() {
        assert!(PERMISSIONS.is_sorted_by(|one, next| one.name < next.name), "each once, in order");
        for permission in PERMISSIONS {
            let action = Permission::action(permission.name, "groups").unwrap();
            assert_eq!((action.service(), Permission::name_of(&action)), (SERVICE, Some(permission.name)));
        }
        for odd in ["", "browse", "INGESTION", "wavefront:ingestion", "all", "*", "ingestion "] {
            assert_eq!(Permission::action(odd, "groups").unwrap_err().field, "groups", "{odd}");
        }
        for foreign in ["config:ingestion", "wavefront:browse"] {
            assert_eq!(Permission::name_of(&foreign.parse().unwrap()), None, "{foreign}");
        }
        assert_eq!(Permission::action("user_management", "x").unwrap().as_str(), USER_MANAGEMENT);
        assert_eq!(Permission::action("token_management", "x").unwrap().as_str(), TOKEN_MANAGEMENT);
    }
}
