//! What can happen, as a closed table: an event with any other action cannot be written.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

use crate::refusal::{Fault, Malformed};

/// What happened, `noun.verb`. The words are in [`Action::TABLE`], in the same order.
#[expect(missing_docs, reason = "each variant is its own word, spelt out in the table below")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    LogCreated,
    RealmCreated,
    RealmUpdated,
    SupportEnabled,
    SupportDisabled,
    InvitationCreated,
    InvitationAmended,
    InvitationRepeated,
    InvitationRevoked,
    WindowOpened,
    WindowAmended,
    WindowClosed,
    SessionEntered,
    SessionRefused,
    SessionEnded,
    AccountCreated,
    AccountUpdated,
    AccountEnabled,
    AccountDisabled,
    AccountDeleted,
    AccountInvited,
    AccountJoined,
    CredentialCreated,
    CredentialUpdated,
    CredentialRevoked,
    FactorAdded,
    FactorRemoved,
    FactorCodesMade,
    RoleCreated,
    RoleUpdated,
    RoleDeleted,
    PrivilegeAssigned,
    PrivilegeRevoked,
    GroupCreated,
    GroupUpdated,
    GroupDeleted,
    GroupMemberAdded,
    GroupMemberRemoved,
    GroupSubgroupAdded,
    GroupSubgroupRemoved,
    DepartmentCreated,
    CustomerCreated,
    CustomerUpdated,
    CustomerStatusChanged,
    CustomerPurged,
    CustomerGrantAdded,
    CustomerGrantRemoved,
    ContactUpdated,
    ContactRemoved,
    ContactVerificationRequested,
    ContactVerified,
    CaseCreated,
    ActivityCreated,
    HandoffIssued,
    HandoffRedeemed,
    HelpDeskUpdated,
    HelpDeskSecretAdded,
    HelpDeskSecretActivated,
    HelpDeskSecretRemoved,
    SigninSucceeded,
    SigninFailed,
    SigninRequested,
    SigninEnded,
    SigninLinkCreated,
    TokenExchanged,
    DecisionAllowed,
    DecisionDenied,
    RequestDenied,
    AuditRead,
    AuditExported,
}

impl Action {
    /// Every action with its word.
    pub const TABLE: [(Self, &'static str); 70] = [
        (Self::LogCreated, "log.created"),
        (Self::RealmCreated, "realm.created"),
        (Self::RealmUpdated, "realm.updated"),
        (Self::SupportEnabled, "support.enabled"),
        (Self::SupportDisabled, "support.disabled"),
        (Self::InvitationCreated, "invitation.created"),
        (Self::InvitationAmended, "invitation.amended"),
        (Self::InvitationRepeated, "invitation.repeated"),
        (Self::InvitationRevoked, "invitation.revoked"),
        (Self::WindowOpened, "window.opened"),
        (Self::WindowAmended, "window.amended"),
        (Self::WindowClosed, "window.closed"),
        (Self::SessionEntered, "session.entered"),
        (Self::SessionRefused, "session.refused"),
        (Self::SessionEnded, "session.ended"),
        (Self::AccountCreated, "account.created"),
        (Self::AccountUpdated, "account.updated"),
        (Self::AccountEnabled, "account.enabled"),
        (Self::AccountDisabled, "account.disabled"),
        (Self::AccountDeleted, "account.deleted"),
        (Self::AccountInvited, "account.invited"),
        (Self::AccountJoined, "account.joined"),
        (Self::CredentialCreated, "credential.created"),
        (Self::CredentialUpdated, "credential.updated"),
        (Self::CredentialRevoked, "credential.revoked"),
        (Self::FactorAdded, "factor.added"),
        (Self::FactorRemoved, "factor.removed"),
        (Self::FactorCodesMade, "factor.codes_made"),
        (Self::RoleCreated, "role.created"),
        (Self::RoleUpdated, "role.updated"),
        (Self::RoleDeleted, "role.deleted"),
        (Self::PrivilegeAssigned, "privilege.assigned"),
        (Self::PrivilegeRevoked, "privilege.revoked"),
        (Self::GroupCreated, "group.created"),
        (Self::GroupUpdated, "group.updated"),
        (Self::GroupDeleted, "group.deleted"),
        (Self::GroupMemberAdded, "group.member_added"),
        (Self::GroupMemberRemoved, "group.member_removed"),
        (Self::GroupSubgroupAdded, "group.subgroup_added"),
        (Self::GroupSubgroupRemoved, "group.subgroup_removed"),
        (Self::DepartmentCreated, "department.created"),
        (Self::CustomerCreated, "customer.created"),
        (Self::CustomerUpdated, "customer.updated"),
        (Self::CustomerStatusChanged, "customer.status_changed"),
        (Self::CustomerPurged, "customer.purged"),
        (Self::CustomerGrantAdded, "customer.grant_added"),
        (Self::CustomerGrantRemoved, "customer.grant_removed"),
        (Self::ContactUpdated, "contact.updated"),
        (Self::ContactRemoved, "contact.removed"),
        (Self::ContactVerificationRequested, "contact.verification_requested"),
        (Self::ContactVerified, "contact.verified"),
        (Self::CaseCreated, "case.created"),
        (Self::ActivityCreated, "activity.created"),
        (Self::HandoffIssued, "handoff.issued"),
        (Self::HandoffRedeemed, "handoff.redeemed"),
        (Self::HelpDeskUpdated, "help_desk.updated"),
        (Self::HelpDeskSecretAdded, "help_desk.secret_added"),
        (Self::HelpDeskSecretActivated, "help_desk.secret_activated"),
        (Self::HelpDeskSecretRemoved, "help_desk.secret_removed"),
        (Self::SigninSucceeded, "signin.succeeded"),
        (Self::SigninFailed, "signin.failed"),
        (Self::SigninRequested, "signin.requested"),
        (Self::SigninEnded, "signin.ended"),
        (Self::SigninLinkCreated, "signin.link_created"),
        (Self::TokenExchanged, "token.exchanged"),
        (Self::DecisionAllowed, "decision.allowed"),
        (Self::DecisionDenied, "decision.denied"),
        (Self::RequestDenied, "request.denied"),
        (Self::AuditRead, "audit.read"),
        (Self::AuditExported, "audit.exported"),
    ];

    /// The word in the event.
    pub fn as_str(self) -> &'static str {
        // INVARIANT: the rows stand in the order of the variants; the constant below proves it.
        Self::TABLE.get(self as usize).map_or("", |(_, word)| word)
    }
}

// Does not compile unless every variant has its row, at its own place.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks the index")]
const _: () = {
    let mut row = 0;
    while row < Action::TABLE.len() {
        assert!(Action::TABLE[row].0 as usize == row, "a row stands out of order");
        row += 1;
    }
    assert!(Action::AuditExported as usize + 1 == Action::TABLE.len(), "a variant has no row");
};

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl FromStr for Action {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        Self::TABLE
            .iter()
            .find(|(_, word)| *word == raw)
            .map(|(action, _)| *action)
            .ok_or_else(|| Malformed::new("action", Fault::UnknownValue("the actions of the audit log".to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_action_is_read_back_from_its_word() {
        for (action, word) in Action::TABLE {
            assert_eq!(action.as_str(), word);
            assert_eq!(word.parse(), Ok(action));
            let (noun, verb) = word.split_once('.').unwrap();
            assert!([noun, verb].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
        }
        assert_eq!(Action::TABLE.iter().map(|row| row.1).collect::<BTreeSet<_>>().len(), Action::TABLE.len());
    }

    #[test]
    fn the_page_about_the_log_tells_of_each_action_in_this_order() {
        let page = include_str!("../../../../docs/audit-log.md");
        let table = page.split("| Action | When |").nth(1).unwrap().split("\n\n").next().unwrap();
        let told: Vec<_> = table.lines().filter_map(|row| row.strip_prefix("| `")?.split('`').next()).collect();
        assert_eq!(told, Action::TABLE.map(|row| row.1));
    }

    #[test]
    fn unknown_actions_are_refused() {
        for raw in ["", "log", "log.", "log.burnt", "Log.created", "log.created ", "session.entered\n"] {
            assert!(raw.parse::<Action>().is_err(), "{raw:?}");
        }
    }
}
