//! Statements in both spellings, and each fault by its member.

use serde_json::json;

use super::*;
use crate::body;

fn read_in(case: EnumCase, statements: &Value) -> Result<String, (String, Fault)> {
    let body = body::object(json!({ "rules": statements }).to_string().as_bytes()).unwrap();
    let list = read(&body, "rules", case).map_err(|malformed| (malformed.field.into_owned(), malformed.fault))?;
    Ok(serde_json::to_string(&Shown::new(&list.unwrap(), case)).unwrap())
}

fn rule(effect: &str, action: &str) -> Value {
    json!([{ "effect": effect, "action": [action], "resource": ["config:*"] }])
}

#[test]
fn lower_case_is_read_and_shown_as_it_is_and_capitals_are_refused() {
    let field = |effect, action| read_in(EnumCase::Lower, &rule(effect, action)).err().map(|(field, _)| field);
    for action in ACTIONS.iter().chain(&["all", "*"]) {
        assert_eq!(field("deny", action), None, "{action}");
    }
    assert_eq!(field("ALLOW", "config:create").as_deref(), Some("rules[0].effect"));
    for unknown in
        ["CONFIG_CREATE", "ALL", "config:*", "config:creat", "plan:create", "account:readAccountExecutives", "realm:administer", ""]
    {
        assert_eq!(field("allow", unknown).as_deref(), Some("rules[0].action[0]"), "{unknown}");
    }
    assert_eq!(
        read_in(EnumCase::Lower, &rule("allow", "*")).as_deref(),
        Ok(r#"[{"effect":"allow","action":["all"],"resource":["config:*"]}]"#)
    );
}

#[test]
fn the_switch_reads_either_spelling_and_shows_the_enums() {
    for action in ACTIONS.iter().chain(&["all"]) {
        let name = enum_name(action);
        let shown = format!(r#"[{{"effect":"DENY","action":["{name}"],"resource":["config:*"]}}]"#);
        for (effect, spelt) in [("DENY", name.as_str()), ("deny", action)] {
            assert_eq!(read_in(EnumCase::Upper, &rule(effect, spelt)).as_deref(), Ok(shown.as_str()));
        }
    }
    for unknown in ["CONFIG_", "_", "CONFIG_PLAN_CREATE", "Config_Create", "MARKETPLACE:USAGE_CREATE"] {
        assert!(read_in(EnumCase::Upper, &rule("ALLOW", unknown)).is_err(), "{unknown}");
    }
}

#[test]
fn what_m3ter_has_no_name_for_is_shown_as_it_is_stored_or_left_out_of_enums() {
    let actions = ["account:readAccountExecutives", "config:retrieve"];
    let native: Vec<Statement> = serde_json::from_value(json!([{ "effect": "allow", "actions": actions, "resources": ["*"] }])).unwrap();
    for (case, effect, shown) in [(EnumCase::Lower, "allow", &actions[..]), (EnumCase::Upper, "ALLOW", &["CONFIG_RETRIEVE"])] {
        let written = serde_json::to_value(Shown::new(&native, case)).unwrap();
        assert_eq!(written, json!([{ "effect": effect, "action": shown, "resource": ["*"] }]));
    }
}

#[test]
fn a_condition_passes_through() {
    let written = json!([{ "effect": "allow", "action": [], "resource": ["*"], "condition": { "subject.team": { "eq": "north" } } }]);
    let shown = read_in(EnumCase::Lower, &written).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), written);
}

#[test]
fn each_fault_names_its_statement_and_member() {
    let good = json!({ "effect": "allow", "action": [], "resource": ["*"] });
    for (bad, field) in [
        (json!("allow"), "rules[1]"),
        (json!(null), "rules[1]"),
        (json!({ "action": [], "resource": ["*"] }), "rules[1].effect"),
        (json!({ "effect": null, "action": [], "resource": ["*"] }), "rules[1].effect"),
        (json!({ "effect": 1, "action": [], "resource": ["*"] }), "rules[1].effect"),
        (json!({ "effect": "allow", "resource": ["*"] }), "rules[1].action"),
        (json!({ "effect": "allow", "action": "all", "resource": ["*"] }), "rules[1].action"),
        (json!({ "effect": "allow", "action": ["all", 7], "resource": ["*"] }), "rules[1].action[1]"),
        (json!({ "effect": "allow", "action": [] }), "rules[1].resource"),
        (json!({ "effect": "allow", "action": [], "resource": [] }), "rules[1].resource"),
        (json!({ "effect": "allow", "action": [], "resource": ["*", "config:plan"] }), "rules[1].resource[1]"),
        (json!({ "effect": "allow", "action": vec!["all"; 101], "resource": ["*"] }), "rules[1].action"),
        (json!({ "effect": "allow", "action": [], "resource": ["*"], "condition": 1 }), "rules[1].condition"),
    ] {
        let refused = read_in(EnumCase::Lower, &json!([good, bad])).unwrap_err();
        assert_eq!(refused.0, field, "{bad}");
    }
    let many = |count: usize| read_in(EnumCase::Lower, &Value::Array(vec![good.clone(); count])).map(drop);
    assert_eq!(many(1_000), Ok(()));
    assert_eq!(many(1_001), Err(("rules".to_owned(), Fault::TooMany { limit: 1_000 })));
}
