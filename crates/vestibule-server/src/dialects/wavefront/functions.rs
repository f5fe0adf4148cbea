//! Business functions: what an account's permissions come to, as clients show or hide their controls by
//! (`spec/wavefront-accounts.md`, section 8). The official clients refuse any name that they do not know, and the
//! lists of their versions differ: only names of that section are here. Which permission brings which is inferred there.

use std::collections::BTreeSet;

use vestibule_core::account::AccountKind;

/// What every person has (section 8, "every user account"). Robots have nothing by themselves.
const OF_EVERY_USER: &[&str] = &[
    "LOGIN",
    "LOGOUT",
    "CHANGE_PASSWORD",
    "SEND_FORGOTTEN_PASSWORD_EMAILS",
    "CHANGE_USER_PREFERENCE",
    "GET_TOKENS",
    "REVOKE_TOKEN",
    "SEND_UI_METRICS",
    "MODIFY_OWN_ONBOARDING_STATE",
    "MODIFY_SAVED_SEARCHES",
    "MODIFY_SAVED_TRACES_SEARCH",
    "MODIFY_PRIVATE_TAGS",
    "VIEW_MY_MESSAGES",
    "VIEW_SAVED_SEARCHES",
    "VIEW_MONITORED_APPLICATION_SERVICE",
    "VIEW_MONITORED_CLUSTER",
    "VIEW_MONITORED_CLUSTER_TAGS",
    "VIEW_DASHBOARDS",
    "VIEW_DASHBOARDS_TAGS",
    "VIEW_METRIC_TIMESERIES",
    "VIEW_HOSTS",
    "VIEW_HOST_TAGS",
    "VIEW_EVENTS",
    "VIEW_EVENT_TAGS",
    "VIEW_ALERTS",
    "VIEW_ALERT_TAGS",
    "VIEW_REGISTERED_QUERIES",
    "VIEW_REGISTERED_QUERY_TAGS",
    "VIEW_MAINTENANCE_WINDOWS",
    "VIEW_NOTIFICANTS",
    "VIEW_TARGETS",
    "VIEW_CUSTOM_METRICS",
    "VIEW_EXTERNAL_LINKS",
    "VIEW_EXTERNAL_LINK_DIGESTS",
    "VIEW_EXTERNAL_LINK_TAGS",
    "VIEW_APPLICATIONS",
    "VIEW_ANOMALY",
    "VIEW_SLOW_QUERY_PAGE",
    "VIEW_INGESTION_POLICY",
    "VIEW_CLUSTER_INFO",
];

/// What each permission brings (section 8). `batch_query_priority` brings nothing.
const OF_PERMISSIONS: [(&str, &[&str]); 16] = [
    (
        "agent_management",
        &[
            "VIEW_AGENTS",
            "VIEW_AGENT_TAGS",
            "VIEW_SSH_CONFIGS",
            "VIEW_EXTERNAL_SERVICES",
            "VIEW_EXTERNAL_SERVICES_TAGS",
            "MODIFY_AGENTS",
            "MODIFY_AGENT_TAGS",
            "MODIFY_MACHINES",
            "MODIFY_SSH_CONFIGS",
            "MODIFY_EXTERNAL_SERVICES",
            "MODIFY_EXTERNAL_SERVICES_TAGS",
        ],
    ),
    ("alerts_management", &["MODIFY_ALERTS", "MODIFY_ALERT_TAGS", "MODIFY_MAINTENANCE_WINDOWS", "MODIFY_NOTIFICANTS", "MODIFY_TARGETS"]),
    ("application_management", &["MODIFY_APPLICATIONS"]),
    (
        "monitored_application_service_management",
        &["MODIFY_MONITORED_APPLICATION_SERVICE", "MODIFY_MONITORED_CLUSTER", "MODIFY_MONITORED_CLUSTER_TAGS"],
    ),
    ("dashboard_management", &["MODIFY_DASHBOARDS", "MODIFY_DASHBOARD_TAGS"]),
    ("derived_metrics_management", &["MODIFY_REGISTERED_QUERIES", "MODIFY_REGISTERED_QUERY_TAGS"]),
    ("embedded_charts", &["CREATE_EMBEDDED_CHARTS"]),
    ("events_management", &["MODIFY_EVENTS", "MODIFY_EVENT_TAGS"]),
    ("external_links_management", &["MODIFY_EXTERNAL_LINKS", "MODIFY_EXTERNAL_LINK_TAGS"]),
    ("host_tag_management", &["MODIFY_HOSTS", "MODIFY_HOST_TAGS"]),
    ("ingestion", &["METRIC_INGESTION", "METRIC_INGESTION_LISTENER", "SPY_ON_POINTS", "SPY_ON_ID_CREATIONS", "SPY_UNUSED_METRICS"]),
    ("log_management", &["VIEW_LOGS"]),
    ("metrics_management", &["VIEW_METRIC_TIMESERIES", "MODIFY_METRIC_VISIBILITY", "MODIFY_CUSTOM_METRICS", "METRICS_POLICY_MANAGEMENT"]),
    ("saml_sso_management", &["VIEW_SAML_SSO_SETTINGS", "MODIFY_SAML_SSO_SETTINGS"]),
    ("token_management", &["CREATE_TOKEN"]),
    (
        "user_management",
        &[
            "GET_ALL_ACCOUNTS",
            "GET_ALL_USERS",
            "GET_ALL_SERVICE_ACCOUNTS",
            "ADMINISTER_GROUPS",
            "ADMINISTER_USER_GROUPS",
            "ADMINISTER_SERVICE_ACCOUNTS",
            "ADMINISTER_ALL_TOKENS",
            "ADMINISTER_CUSTOMER_PREFERENCES",
            "ROLES_MANAGEMENT",
            "INVITE_USER",
            "DELETE_ACCOUNT",
            "REVOKE_ALL_TOKENS",
        ],
    ),
];

/// The functions of an account of this kind with these united permissions, by name.
pub fn of(kind: AccountKind, united: &[&str]) -> BTreeSet<&'static str> {
    let own = if kind == AccountKind::User { OF_EVERY_USER } else { &[] };
    let brought = OF_PERMISSIONS.iter().filter(|(name, _)| united.contains(name)).flat_map(|(_, functions)| functions.iter());
    own.iter().chain(brought).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialects::wavefront::words::PERMISSIONS;

    #[test]
    fn every_permission_brings_what_the_page_says() {
        for (name, count, one) in [
            ("agent_management", 11, "MODIFY_MACHINES"),
            ("alerts_management", 5, "MODIFY_TARGETS"),
            ("application_management", 1, "MODIFY_APPLICATIONS"),
            ("batch_query_priority", 0, ""),
            ("dashboard_management", 2, "MODIFY_DASHBOARD_TAGS"),
            ("derived_metrics_management", 2, "MODIFY_REGISTERED_QUERIES"),
            ("embedded_charts", 1, "CREATE_EMBEDDED_CHARTS"),
            ("events_management", 2, "MODIFY_EVENTS"),
            ("external_links_management", 2, "MODIFY_EXTERNAL_LINKS"),
            ("host_tag_management", 2, "MODIFY_HOST_TAGS"),
            ("ingestion", 5, "SPY_UNUSED_METRICS"),
            ("log_management", 1, "VIEW_LOGS"),
            ("metrics_management", 4, "METRICS_POLICY_MANAGEMENT"),
            ("monitored_application_service_management", 3, "MODIFY_MONITORED_CLUSTER"),
            ("saml_sso_management", 2, "VIEW_SAML_SSO_SETTINGS"),
            ("token_management", 1, "CREATE_TOKEN"),
            ("user_management", 12, "INVITE_USER"),
        ] {
            let brought = of(AccountKind::Service, &[name]);
            assert_eq!((brought.len(), one.is_empty() || brought.contains(one)), (count, true), "{name}");
        }
        assert!(OF_PERMISSIONS.iter().all(|(name, _)| PERMISSIONS.iter().any(|permission| permission.name == *name)));
    }

    #[test]
    fn a_person_has_forty_functions_and_a_robot_none() {
        assert_eq!((of(AccountKind::User, &[]).len(), of(AccountKind::Service, &[]).len()), (40, 0));
        // One of a person's own comes with *Metrics* too, and is there once.
        let all = PERMISSIONS.map(|permission| permission.name);
        assert_eq!((of(AccountKind::User, &all).len(), of(AccountKind::Service, &all).len()), (95, 56));
    }
}
