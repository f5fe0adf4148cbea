//! What a manifest may say, and how its faults read.

use secrecy::{ExposeSecret, SecretString};
use vestibule_core::account::AccountKind;

use super::*;

const EXAMPLE: &str = include_str!("../../../../examples/acme.toml");
const CANARY: &str = "canary-5ecret";

/// Files and variables hold the canary, unless they are named `none`.
fn fetch(source: &SecretSource) -> Result<SecretString, String> {
    match source {
        SecretSource::File(path) if path.as_os_str() == "none" => Err("no such file".to_owned()),
        SecretSource::Env(name) if name == "none" => Err("not set".to_owned()),
        SecretSource::File(_) | SecretSource::Env(_) => Ok(SecretString::from(CANARY)),
    }
}

fn faults(text: &str) -> Vec<String> {
    Manifest::parse(text, "acme.toml", &fetch).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

/// `body` stands below `[[realms]]` and its id, from line 3 on.
#[track_caller]
fn check(body: &str, expected: &[&str]) {
    assert_eq!(faults(&format!("[[realms]]\nid = \"acme\"\n{body}")), expected, "{body}");
}

#[test]
fn the_example_says_what_it_says() {
    let manifest = Manifest::parse(EXAMPLE, "acme.toml", &fetch).unwrap();
    let realm = &manifest.realms[0];
    assert_eq!((realm.id.as_str(), realm.name.as_deref(), realm.support.enabled), ("acme", Some("Acme Widgets"), Some(true)));
    let window = realm.support.window.as_ref().unwrap();
    assert_eq!((window.ends_at.to_string().as_str(), window.statements.len()), ("2031-03-01T00:00:00Z", 1));
    let ada = &realm.accounts[0];
    assert_eq!((ada.id.as_str(), ada.kind, ada.name.as_str()), ("ada@acme.example", AccountKind::User, "Ada Lind"));
    assert_eq!((ada.roles.clone(), ada.groups.clone(), ada.permissions.len()), (vec!["org-admin".into()], vec!["operators".into()], 2));
    assert_eq!(ada.attributes["team"], "north");
    let Proof::AccessKey { id, secret } = &ada.credentials[1].proof else { panic!("{:?}", ada.credentials) };
    assert_eq!((id.as_str(), secret.expose_secret()), ("dK7pQ2sVx9LmT4wZ", "v8Rk-2nQ_xW5tYhB3jLcMz7pSdFg1aEo"));
    assert_eq!(manifest.support_staff[0].email.as_str(), "mia.falk@here.com");
    let customers = realm.customers.as_ref().unwrap();
    let grants: Vec<_> = customers.list[0].grants_to.iter().map(ToString::to_string).collect();
    assert_eq!((customers.list[0].id.get(), grants), (2210, vec!["2214".to_owned()]));
    assert_eq!(customers.list[0].contacts[0].kind.as_str(), "technical");
    assert_eq!(realm.help_desk.as_ref().unwrap().delivery, Some(vestibule_core::help_desk::Delivery::Query));
    assert_eq!(
        (customers.departmentalization, customers.departments.as_slice()),
        (Some(false), ["Service".into(), "Sales".into()].as_slice())
    );
    assert_eq!((ada.home_department.as_deref(), ada.foreign_departments.len()), (Some("Service"), 0));
}

#[test]
fn every_fault_is_reported_with_its_line_and_key() {
    let text = r#"
[[realms]]
id = "Acme"
nmae = "x"
[realms.suport]
[realms.support]
enabled = "yes"
window = { ends_at = "tomorrow", statements = [
  { effect = "permit", actions = ["config:retrieve"], resources = ["*"] },
  { effect = "allow", actions = ["retrieve"], resources = ["*"], conditions = {} },
] }
invitations = [{ email = "mia@elsewhere.com" }, { email = "*", expires_at = 2031-04-30 }]
[[realms]]
id = "vendor"
"#;
    let expected = [
        "acme.toml:3: `realms.id` is not lower-case letters, digits and inner hyphens",
        "acme.toml:4: unknown key `realms.nmae` (did you mean `name`?)",
        "acme.toml:5: unknown key `realms.suport` (did you mean `support`?)",
        "acme.toml:7: `realms.support.enabled` is not true or false",
        "acme.toml:8: `realms.support.window.ends_at` is not an RFC 3339 instant",
        "acme.toml:9: `realms.support.window.statements.effect` is not one of the values known here: allow, deny",
        "acme.toml:10: unknown key `realms.support.window.statements.conditions` (did you mean `condition`?)",
        "acme.toml:10: `realms.support.window.statements.actions[0]` is not `service:verb`, or `all`",
        "acme.toml:12: `realms.support.invitations.email` is neither an address at `here.com` nor `*`",
        "acme.toml:12: `realms.support.invitations.expires_at` is not an RFC 3339 instant",
        "acme.toml:14: `realms.id` is not free: it is the vendor's own realm",
    ];
    let mut faults = faults(text);
    faults.sort_by_key(|fault| fault.split(':').nth(1).and_then(|line| line.parse::<usize>().ok()));
    assert_eq!(faults, expected);
}

#[test]
fn names_must_be_there_and_be_there_once() {
    check(
        "roles = [{ name = 'a', statements = [] }, { name = 'a', statements = [] }]",
        &["acme.toml:3: `realms.roles.name` was given before, on line 3"],
    );
    check(
        "roles = [{ name = 'ReadOnly', statements = [] }]",
        &["acme.toml:3: `realms.roles.name` is a built-in role, which cannot be changed"],
    );
    check(
        "roles = [{ name = 'AccountExecutive', statements = [] }]\ngroups = [{ name = 'g', roles = ['ReadOnly', 'AccountExecutive'] }]",
        &[],
    );
    check(
        "groups = [{ name = 'g', roles = ['Readonly'] }]",
        &["acme.toml:3: `realms.groups.roles` names an unknown role `Readonly` (did you mean `ReadOnly`?)"],
    );
    check(
        "accounts = [{ id = 'a', kind = 'user', groups = ['nobody'] },\n{ id = 'A', kind = 'support' }, { kind = 'user' }]",
        &[
            "acme.toml:3: `realms.accounts.groups` names an unknown group `nobody`",
            "acme.toml:4: `realms.accounts.id` was given before, on line 3",
            "acme.toml:4: `realms.accounts.kind` is not one of the values known here: user, service",
            "acme.toml:4: `realms.accounts.id` is missing",
        ],
    );
    // A role with a fault of its own is still there for those who mention it.
    check("roles = [{ name = 'a' }]\ngroups = [{ name = 'g', roles = ['a'] }]", &["acme.toml:3: `realms.roles.statements` is missing"]);
    check(
        "[realms.customers]\ndepartments = ['Service']\nlist = [{ id = '1', kind = 'group', department = 'Servise', grants_to = ['2'] }]",
        &[
            "acme.toml:5: `realms.customers.list.department` names an unknown department `Servise` (did you mean `Service`?)",
            "acme.toml:5: `realms.customers.list.grants_to` names an unknown customer `2`",
        ],
    );
    assert_eq!(faults("[[realms]]\nid = 'a'\n[[realms]]\nid = 'a'\n"), ["acme.toml:4: `realms.id` was given before, on line 2"]);
}

#[test]
fn a_sixth_person_is_not_invited() {
    let people = |n: usize| (0..n).map(|n| format!("{{ email = 'p{n}@here.com' }}, ")).collect::<String>();
    check(&format!("support.invitations = [{}{{ email = '*' }}]", people(5)), &[]);
    check(&format!("support.invitations = [{}]", people(6)), &["acme.toml:3: `realms.support.invitations` has more than 5 items"]);
    check(
        "support.invitations = [{ email = 'a@here.com' }, { email = 'A@HERE.COM' }]",
        &["acme.toml:3: `realms.support.invitations.email` was given before, on line 3"],
    );
}

#[test]
fn a_secret_comes_from_exactly_one_place_and_is_never_shown() {
    let credential = |body: &str| format!("accounts = [{{ id = 'a', kind = 'user', credentials = [{{ {body} }}] }}]");
    let at = "acme.toml:3: `realms.accounts.credentials";
    for (body, expected) in [
        ("type = 'token', secret = 'canary-5ecret'", None),
        ("type = 'token', secret_file = 'f'", None),
        ("type = 'password', secret_env = 'V'", None),
        ("type = 'password', secret = 'canary-5ecr'", Some(".secret` is not 12 characters or more")),
        ("type = 'access-key', id = 'k', secret_file = 'f'", None),
        ("type = 'access-key', id = 'k', secret_file = 'f', redirect_uris = ['https://a.example/', 'http://[::1]/']", None),
        (
            "type = 'access-key', id = 'k', secret_file = 'f', redirect_uris = ['http://a.example/']",
            Some(".redirect_uris` is not an https address, one of this machine, or one of an app's own scheme"),
        ),
        ("type = 'token'", Some("` needs exactly one of `secret`, `secret_file`, `secret_env`")),
        (
            "type = 'token', secret = 'canary-5ecret', secret_env = 'V'",
            Some("` needs exactly one of `secret`, `secret_file`, `secret_env`"),
        ),
        ("type = 'token', secret_file = 'none'", Some(".secret_file`: no such file")),
        ("type = 'token', secret_env = 'none'", Some(".secret_env`: not set")),
        ("type = 'token', secret = ''", Some(".secret` is empty")),
        ("type = 'token', secret = 'canary-5ecret x'", Some(".secret` is not letters, digits and `-._~+/=`, as a token must be")),
        ("type = 'access-key', secret = 'canary-5ecret'", Some(".id` is missing")),
        ("type = 'public-key', id = 'k', pem = '-----BEGIN PRIVATE KEY----- canary-5ecret'", Some(".pem` is not a public key in PEM")),
        ("type = 'public-key', id = 'k', pem = '-----BEGIN PUBLIC KEY-----'", None),
        (
            "type = 'tokn', secret = 'canary-5ecret'",
            Some(".type` is not one of the values known here: token, access-key, password, public-key"),
        ),
        ("type = 'token', secret = 'canary-5ecret', scope = 'x'", Some(".scope` is not `hrn:here:authorization::<realm>:project/<id>`")),
    ] {
        let expected: Vec<_> = expected.iter().map(|tail| format!("{at}{tail}")).collect();
        check(&credential(body), &expected.iter().map(String::as_str).collect::<Vec<_>>());
        let shown = format!("{:?}", Manifest::parse(&format!("[[realms]]\nid='a'\n{}", credential(body)), "f", &fetch));
        assert!(!shown.contains(CANARY), "{shown}");
    }
    assert_eq!(
        faults(
            "support_staff = [{ email = 'a@b.c', credentials = [{ type = 'token', secret = 'x' },\n{ type = 'token', secret = 'x' }] }, { email = 'mia' }]"
        ),
        [
            "acme.toml:2: `support_staff.credentials.secret` was given before, on line 1",
            "acme.toml:2: `support_staff.email` is not an e-mail address",
        ]
    );
}

#[test]
fn a_text_that_is_not_toml_is_refused_without_showing_it() {
    let faults = faults("[[realms]]\nid = \"acme\"\nsecret = \"canary-5ecret\nname = = 1\n");
    assert!(faults.len() > 1 && faults[0].starts_with("acme.toml:3: not TOML: "), "{faults:?}");
    assert!(!faults.concat().contains(CANARY), "{faults:?}");
    assert!(super::tests::faults("[[realms]]\nid = 'a'\nid = 'b'\n")[0].starts_with("acme.toml:3: not TOML: duplicate key"));
    assert_eq!(super::tests::faults("realms = 1"), ["acme.toml:1: `realms` is not an array"]);
    assert_eq!(super::tests::faults("realms = [1]"), ["acme.toml:1: `realms` is not a table"]);
    assert_eq!(super::tests::faults("tenants = []"), ["acme.toml:1: unknown key `tenants`"]);
}

#[test]
fn inline_arrays_and_tables_say_the_same() {
    let inline = "[[realms]]\nid = 'a'\nroles = [{ name = 'r', statements = [{ effect = 'deny', actions = [], resources = ['*'], condition = { 'subject.team' = 'north' } }] }]";
    let tables = "[[realms]]\nid = 'a'\n[[realms.roles]]\nname = 'r'\n[[realms.roles.statements]]\neffect = 'deny'\nactions = []\nresources = ['*']\n[realms.roles.statements.condition]\n'subject.team' = 'north'\n";
    let [inline, tables] = [inline, tables].map(|text| Manifest::parse(text, "f", &fetch).unwrap().realms.remove(0).roles);
    assert_eq!(inline, tables);
    assert!(inline[0].statements[0].condition().is_some());
}
