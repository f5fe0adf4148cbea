//! Plain permissions: actions that a list of statements allows everywhere, whatever else is so.
//!
//! Where people hold permissions by name, without resources or conditions, these are what is shown to them
//! of a list, given and taken. All that a list says besides stays as it was written; whether something may
//! be done is for [`decide`](super::decide) alone to say.

use std::collections::BTreeSet;

use crate::policy::{ActionName, ActionPattern, Effect, Pattern, Statement};

/// The actions that plain statements name: those that [`revoke`] can take away.
pub fn allowed_everywhere(statements: &[Statement]) -> BTreeSet<ActionName> {
    statements.iter().filter(|statement| speaks_plainly(statement)).flat_map(named).cloned().collect()
}

/// Whether a list says nothing but plain permissions of one service; one without statements does.
pub fn is_plain(statements: &[Statement], service: &str) -> bool {
    let of_service = |action: &ActionPattern| matches!(action, ActionPattern::Named(name) if name.service() == service);
    statements.iter().all(|statement| speaks_plainly(statement) && statement.actions().iter().all(of_service))
}

/// Allows an action everywhere, by a statement of its own; `false` when one does already.
pub fn grant(statements: &mut Vec<Statement>, action: &ActionName) -> bool {
    let is_new = !allowed_everywhere(statements).contains(action);
    if is_new {
        statements.push(Statement::allow_everywhere(action.clone()));
    }
    is_new
}

/// Takes an action out of all plain statements, and away those that name nothing else; `false` when none
/// names it. What other statements say of it stays.
pub fn revoke(statements: &mut Vec<Statement>, action: &ActionName) -> bool {
    let is_held = allowed_everywhere(statements).contains(action);
    if is_held {
        let names_it = |statement: &Statement| speaks_plainly(statement) && named(statement).any(|name| name == action);
        let without = |statement: Statement| {
            let rest: Vec<_> = statement.actions().iter().filter(|other| other.as_str() != action.as_str()).cloned().collect();
            (!rest.is_empty()).then(|| Statement::allow_all_everywhere(rest))
        };
        *statements = std::mem::take(statements)
            .into_iter()
            .filter_map(|statement| if names_it(&statement) { without(statement) } else { Some(statement) })
            .collect();
    }
    is_held
}

/// Makes the plain permissions of one service exactly these; `false` when they were. Those of other services stay.
pub fn replace(statements: &mut Vec<Statement>, service: &str, wanted: &BTreeSet<ActionName>) -> bool {
    let held = allowed_everywhere(statements);
    let mut is_changed = false;
    for gone in held.iter().filter(|action| action.service() == service && !wanted.contains(*action)) {
        is_changed |= revoke(statements, gone);
    }
    for new in wanted.difference(&held) {
        is_changed |= grant(statements, new);
    }
    is_changed
}

/// Whether a statement allows on everything, without a condition.
fn speaks_plainly(statement: &Statement) -> bool {
    statement.effect() == Effect::Allow
        && statement.condition().is_none()
        && statement.damage().is_none()
        && statement.resources().iter().all(|pattern| *pattern == Pattern::everything())
}

fn named(statement: &Statement) -> impl Iterator<Item = &ActionName> {
    statement.actions().iter().filter_map(|action| match action {
        ActionPattern::Named(name) => Some(name),
        ActionPattern::All => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Statements as `effect actions resources`, lists with commas; `?` in front of the effect: under a condition.
    fn read(texts: &[&str]) -> Vec<Statement> {
        let one = |text: &&str| {
            let mut parts = text.split(' ');
            let mut list = || parts.next().unwrap().split(',').filter(|one| !one.is_empty()).map(str::to_owned).collect::<Vec<_>>();
            let (effect, actions, resources) = (list().remove(0), list(), list());
            let condition = effect.strip_prefix('?').map(|_| serde_json::json!({"subject.team": "north"}));
            let raw = crate::policy::RawStatement { effect: effect.trim_start_matches('?').to_owned(), actions, resources, condition };
            Statement::parse(raw).unwrap()
        };
        texts.iter().map(one).collect()
    }

    fn names(list: &[&str]) -> BTreeSet<ActionName> {
        list.iter().map(|name| name.parse().unwrap()).collect()
    }

    /// What is no plain permission of `w:a`, though it may allow it.
    const OTHERS: [&str; 5] = ["deny w:a *", "?allow w:a *", "allow w:a w:*", "allow w:a *,w:*", "allow all *"];

    #[test]
    fn a_plain_permission_is_an_unconditioned_allow_of_a_named_action_on_everything() {
        for (list, held, plain) in [
            (&[][..], &[][..], true),
            (&["allow w:a *"], &["w:a"], true),
            (&["allow w:a,w:b *", "allow w:b *,*"], &["w:a", "w:b"], true),
            (&["allow  *"], &[], true),
            (&["allow w:a *", "allow c:x *"], &["c:x", "w:a"], false),
            (&["allow w:a,all *"], &["w:a"], false),
            (&["allow w:a *", "deny w:b *"], &["w:a"], false),
        ] {
            assert_eq!((allowed_everywhere(&read(list)), is_plain(&read(list), "w")), (names(held), plain), "{list:?}");
        }
        for other in OTHERS {
            assert_eq!((allowed_everywhere(&read(&[other])).len(), is_plain(&read(&[other]), "w")), (0, false), "{other}");
        }
        let damaged = Statement::read_stored(r#"[{"effect":"allow"}]"#);
        assert!(!is_plain(&damaged, "w") && allowed_everywhere(&damaged).is_empty());
    }

    #[test]
    fn what_is_given_can_be_taken_and_nothing_else_is_touched() {
        let action = "w:a".parse().unwrap();
        for (before, taken, is_held) in [
            (&[][..], &[][..], false),
            (&["allow w:a *"], &[], true),
            (&["allow w:a,w:b *", "allow w:a *", "allow c:x *"], &["allow w:b *", "allow c:x *"], true),
            (&["allow w:a,all *"], &["allow all *"], true),
            (&OTHERS, &OTHERS, false),
        ] {
            let mut list = read(before);
            assert_eq!(revoke(&mut list, &action), is_held, "{before:?}");
            assert_eq!(list, read(taken), "{before:?}");
            assert!(!revoke(&mut list, &action), "twice");
            assert!(grant(&mut list, &action) && !grant(&mut list, &action));
            assert_eq!(list, [read(taken), read(&["allow w:a *"])].concat(), "{before:?}");
        }
    }

    #[test]
    fn permissions_of_one_service_are_replaced_and_those_of_others_stay() {
        for (before, wanted, after, is_changed) in [
            (&["allow w:a *", "allow c:x *"][..], &["w:b"][..], &["allow c:x *", "allow w:b *"][..], true),
            (&["allow w:a,c:x *", "deny w:a *"], &[], &["allow c:x *", "deny w:a *"], true),
            (&["allow w:b,w:a *"], &["w:a", "w:b"], &["allow w:b,w:a *"], false),
            (&["allow c:x *"], &[], &["allow c:x *"], false),
        ] {
            let mut list = read(before);
            assert_eq!(replace(&mut list, "w", &names(wanted)), is_changed, "{before:?}");
            assert_eq!(list, read(after), "{before:?}");
        }
    }
}
