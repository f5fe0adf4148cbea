//! The ways of spoiling a body.

use serde_json::{Value, json};

/// A body that no door takes.
pub struct Attack {
    pub what: String,
    pub body: Vec<u8>,
    /// The field at fault, where there is one; the answer must name it.
    pub field: Option<String>,
    /// The one status that will do, where there is one.
    pub status: Option<u16>,
}

/// Stands where the attack's own text goes.
const HERE: &str = "@@@";
/// Levels of nesting.
const DEEP: usize = 10_000;

/// One value of each JSON type, under its name in schemas.
fn of_each_type() -> [(&'static str, Value); 9] {
    let wide = serde_json::from_str("123456789012345678901234567890").unwrap();
    [
        ("null", Value::Null),
        ("boolean", json!(true)),
        ("integer", json!(7)),
        ("integer", wide),
        ("string", json!("text")),
        ("array", json!([])),
        ("array", json!([[7]])),
        ("object", json!({})),
        ("object", json!({ "a": [1] })),
    ]
}

/// Everything that is tried at a door whose bodies follow `schema`, of which `good` is one.
pub fn against(good: &Value, schema: &Value, bytes_max: usize) -> Vec<Attack> {
    let mut all = on_the_text(&good.to_string(), bytes_max);
    let members = good.as_object().unwrap();
    for (name, value) in members {
        let twice = format!("{{{}:{value},{}", json!(name), &good.to_string()[1..]);
        all.push(Attack { field: Some(name.clone()), ..attack(format!("`{name}` twice"), twice) });
    }
    let nested = format!(r#"{{"zz":[{{"a":1,"b":2,"a":1}}],{}"#, &good.to_string()[1..]);
    all.push(Attack { field: Some("zz".to_owned()), ..attack("a nested member twice", nested) });
    on_the_members(good, schema, "", &mut all);
    all
}

fn attack(what: impl Into<String>, body: impl Into<Vec<u8>>) -> Attack {
    Attack { what: what.into(), body: body.into(), field: None, status: None }
}

/// What does not look at the meaning.
fn on_the_text(good: &str, bytes_max: usize) -> Vec<Attack> {
    let mut all = vec![
        attack("nothing", ""),
        attack("blanks", " \r\n\t"),
        attack("deep arrays", "[".repeat(DEEP) + &"]".repeat(DEEP)),
        attack("deep objects", r#"{"a":"#.repeat(DEEP) + "1" + &"}".repeat(DEEP)),
        attack("deep and open", "[".repeat(DEEP)),
        attack("deep in a member", format!(r#"{{"zz":{}{},{}"#, "[".repeat(DEEP), "]".repeat(DEEP), &good[1..])),
        attack("one byte cut off", &good.as_bytes()[..good.len() - 1]),
        attack("half", &good.as_bytes()[..good.len() / 2]),
        attack("a brace", "{"),
        attack("bytes after the end", format!("{good}x")),
        attack("a second object", format!("{good}{good}")),
        attack("NUL after the end", format!("{good}\0")),
        attack("a byte order mark", format!("\u{feff}{good}")),
        attack("UTF-16", good.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()),
        attack("not UTF-8", [b"{\"\xff", &good.as_bytes()[2..]].concat()),
        attack("overlong UTF-8", [b"{\"\xc0\xaf", &good.as_bytes()[2..]].concat()),
        attack("a lone surrogate as a name", format!(r#"{{"\ud800":1,{}"#, &good[1..])),
        attack("a comment", format!("/**/{good}")),
        attack("a trailing comma", format!("{},}}", &good[..good.len() - 1])),
        attack("not a number", r#"{"a":NaN}"#),
        Attack { status: Some(413), ..attack("a byte too long", padded(good, bytes_max + 1)) },
        Attack { status: Some(413), ..attack("far too long", padded(good, bytes_max * 2)) },
    ];
    for (kind, value) in of_each_type().into_iter().filter(|(kind, _)| *kind != "object") {
        all.push(attack(format!("{kind} at the top"), value.to_string()));
    }
    all
}

/// The same object, blanks inside it, of this length.
pub fn padded(good: &str, bytes: usize) -> Vec<u8> {
    format!("{{{}{}", " ".repeat(bytes - good.len()), &good[1..]).into_bytes()
}

/// Every type in place of every member that the schema knows, and texts that nobody can keep.
fn on_the_members(good: &Value, schema: &Value, at: &str, all: &mut Vec<Attack>) {
    let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let place = format!("{at}/{name}");
        let is = |kind: &str| member["type"] == kind || member["type"].as_array().is_some_and(|all| all.iter().any(|one| one == kind));
        for (kind, value) in of_each_type() {
            // An optional member that is null is absent.
            if !(is(kind) || kind == "null" && !required(name)) {
                all.push(Attack {
                    field: Some(field(&place)),
                    ..attack(format!("{kind} as {place}"), with(good, &place, value).to_string())
                });
            }
        }
        let text = with(good, &place, json!(HERE)).to_string();
        let raw = |what: &str, raw: &[u8]| {
            let (before, after) = text.split_once("\"@@@\"").unwrap();
            attack(format!("{what} as {place}"), [before.as_bytes(), raw, after.as_bytes()].concat())
        };
        all.extend([raw("a lone surrogate", br#""\udfff""#), raw("too large a number", b"1e400"), raw("a raw NUL", b"\"a\0b\"")]);
        if is("string") {
            all.push(Attack { field: Some(field(&place)), ..raw("an escaped NUL", br#""a\u0000b""#) });
        }
        if good.pointer(&place).is_some() {
            on_the_members(good, member, &place, all);
        }
        // What is wrong with an item that fails alone is no fault of the whole: `access` tries that.
        // Nor is there an item to spoil where the example leaves the list out.
        if is("array") && member["x-fails-alone"] != true && good.pointer(&place).is_some() {
            on_the_items(good, member, &place, all);
        }
    }
}

/// The same for the items of a list.
fn on_the_items(good: &Value, list: &Value, at: &str, all: &mut Vec<Attack>) {
    let place = format!("{at}/0");
    for (kind, value) in of_each_type() {
        if list["items"]["type"] != kind {
            all.push(Attack { field: Some(field(at)), ..attack(format!("{kind} as {place}"), with(good, &place, value).to_string()) });
        }
    }
    if list["items"]["type"] == "string" {
        let body = with(good, &place, json!("a\0b")).to_string();
        all.push(Attack { field: Some(field(at)), ..attack(format!("an escaped NUL as {place}"), body) });
    }
    if good.pointer(&place).is_some() {
        on_the_members(good, &list["items"], &place, all);
    }
}

/// The first member on the way; answers may name more of it.
fn field(pointer: &str) -> String {
    pointer.split('/').nth(1).unwrap().to_owned()
}

fn with(good: &Value, place: &str, value: Value) -> Value {
    let mut body = good.clone();
    let (parent, name) = place.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(members) => drop(members.insert(name.to_owned(), value)),
        Value::Array(items) => items[0] = value,
        _ => panic!("{place} is in no object and no list"),
    }
    body
}
