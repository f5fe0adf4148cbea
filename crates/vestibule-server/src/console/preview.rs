//! Statements in words, and what they open: each action on a line, what takes something away first.

use std::collections::BTreeSet;

use vestibule_core::{
    id::RealmId,
    policy::{ActionName, ActionPattern, Effect, Statement},
    refusal::Refusal,
};
use vestibule_operations::Everything;

use super::visit::Visit;
use crate::dialects::{m3ter::words as m3ter, wavefront::words as wavefront};

/// A statement in words.
pub struct Line {
    /// Allow or deny.
    pub effect: &'static str,
    /// An action.
    pub action: String,
    /// On what.
    pub resources: String,
    /// What must hold besides, as it was written; absent: nothing.
    pub condition: Option<String>,
    /// Whether it takes something away, or may.
    pub is_destructive: bool,
}

/// Each action that statements speak of, what takes something away first.
pub fn lines(statements: &[Statement]) -> Vec<Line> {
    sorted(statements.iter().flat_map(|statement| told(statement, statement.actions().to_vec())).collect())
}

/// Each action that statements open or deny: `all` as each of `known`, and as itself for those that nobody here knows. What a
/// statement takes back whatever it is asked on is not open.
pub fn opened(statements: &[Statement], known: &BTreeSet<ActionName>) -> Vec<Line> {
    let is_denied = |action: &ActionPattern| statements.iter().any(|statement| statement.denies_everywhere(action));
    let meant = |statement: &Statement| {
        if statement.effect() == Effect::Deny {
            return statement.actions().to_vec();
        }
        let mut actions = statement.actions().to_vec();
        if actions.contains(&ActionPattern::All) {
            actions = known.iter().cloned().map(ActionPattern::Named).chain([ActionPattern::All]).collect();
        }
        actions.retain(|action| !is_denied(action));
        actions
    };
    sorted(statements.iter().flat_map(|statement| told(statement, meant(statement))).collect())
}

fn told(statement: &Statement, actions: Vec<ActionPattern>) -> Vec<Line> {
    let resources = statement.resources().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let is_allow = statement.effect() == Effect::Allow;
    let condition = statement.condition().and_then(|condition| serde_json::to_string(condition.written()).ok());
    let line = |action: ActionPattern| Line {
        effect: if is_allow { "allow" } else { "deny" },
        is_destructive: is_allow && action.may_take_away(),
        action: action.to_string(),
        resources: resources.clone(),
        condition: condition.clone(),
    };
    actions.into_iter().map(line).collect()
}

fn sorted(mut lines: Vec<Line>) -> Vec<Line> {
    lines.sort_by_key(|line| (!line.is_destructive, line.effect == "deny"));
    lines
}

/// What `all` and `*` come to in a realm now: the actions that its statements and things name, those that are asked for by the
/// APIs served here, and what there is of what.
pub async fn everything(visit: &Visit, realm: &RealmId) -> Result<Everything, Refusal> {
    let mut everything = visit.operations.everything(&visit.ctx, realm).await?;
    let permissions = wavefront::PERMISSIONS.iter().map(|permission| format!("{}:{}", wavefront::SERVICE, permission.name));
    let served = m3ter::ACTIONS.iter().map(|name| (*name).to_owned()).chain(permissions);
    everything.actions.extend(served.filter_map(|name| name.parse().ok()));
    Ok(everything)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Statement> {
        Statement::parse_list("statements", serde_json::from_str(text).unwrap()).unwrap()
    }

    #[test]
    fn what_takes_something_away_comes_first() {
        let own = r#"[{"effect":"allow","actions":["config:retrieve","config:delete"],"resources":["*"]},
                      {"effect":"deny","actions":["config:delete"],"resources":["config:plan/item/P1"]}]"#;
        let lines = lines(&read(own));
        let told: Vec<_> = lines.iter().map(|line| (line.effect, line.action.as_str(), line.is_destructive)).collect();
        assert_eq!(told, [("allow", "config:delete", true), ("allow", "config:retrieve", false), ("deny", "config:delete", false)]);
        assert!(lines.iter().all(|line| line.condition.is_none()));
    }

    #[test]
    fn what_must_hold_besides_is_told() {
        let own = r#"[{"effect":"allow","actions":["a:b"],"resources":["*"],"condition":{"subject.team":"north"}}]"#;
        assert_eq!(lines(&read(own))[0].condition.as_deref(), Some(r#"{"subject.team":"north"}"#));
    }

    #[test]
    fn all_is_each_action_that_is_known_and_those_that_are_not() {
        let known: BTreeSet<ActionName> = ["a:read", "a:delete", "a:write", "b:read"].iter().map(|name| name.parse().unwrap()).collect();
        let own = r#"[{"effect":"allow","actions":["all"],"resources":["*"]},
                      {"effect":"deny","actions":["a:write"],"resources":["*"]},
                      {"effect":"deny","actions":["b:read"],"resources":["b:thing/item/1"]},
                      {"effect":"deny","actions":["a:read"],"resources":["*"],"condition":{"subject.team":"north"}}]"#;
        let lines = opened(&read(own), &known);
        let allowed: Vec<_> = lines.iter().filter(|line| line.effect == "allow").map(|line| line.action.as_str()).collect();
        assert_eq!(allowed, ["a:delete", "all", "a:read", "b:read"], "none that is denied whatever it is asked on, or whoever asks");
        assert_eq!(lines.iter().filter(|line| line.effect == "deny").count(), 3);
        let nothing =
            r#"[{"effect":"allow","actions":["all","a:read"],"resources":["*"]},{"effect":"deny","actions":["all"],"resources":["*"]}]"#;
        let lines = opened(&read(nothing), &known);
        assert_eq!(lines.iter().map(|line| (line.effect, line.action.as_str())).collect::<Vec<_>>(), [("deny", "all")]);
    }
}
