//! Each language has a sentence for each fault, and none of them speaks as an API does.

use std::{fs, path::Path};

use vestibule_core::{id::RealmId, policy::Statement, realm::SupportSettings, support::Invitee};

use super::*;

const LANGUAGES: [&str; 2] = ["en", "de"];

/// Forms that faults ask for of what nobody writes into a form of the console.
const ELSEWHERE: [&str; 21] = [
    "a SHA-256 in base64url",
    "a UUID",
    "a cursor of this list",
    "a decimal number from 1",
    "a host such as `help.example.com`",
    "a media type, such as `text/plain`",
    "a number",
    "a path, or an https URL at the help desk or a listed host",
    "a project of this realm",
    "a type of `a-z`, `0-9`, `_`, `-`",
    "an e-mail address, or a domain without `@`",
    "an https address, one of this machine, or one of an app's own scheme",
    "for this kind of credential",
    "`hrn:here:authorization::<realm>:project/<id>`",
    "lower-case letters, digits and inner hyphens",
    "names of printable ASCII, apart by single spaces",
    "one segment of a resource's name",
    "`service:type/item/id` or `service:type/group/id`",
    "text other than `.` and `..`",
    "text without NUL",
    "three capital letters, such as `USD`",
];

#[track_caller]
fn check(fault: Result<impl Sized, Malformed>, english: &str, german: &str) {
    let malformed = fault.err().unwrap();
    assert_eq!(of(Speech::of("en"), &malformed), english);
    assert_eq!(of(Speech::of("de"), &malformed), german);
}

// People read: "Bitte sehen Sie noch einmal nach: `email` is neither an address at `here.com` nor `*`."
#[test]
fn a_fault_is_told_by_the_forms_own_name_in_the_readers_language() {
    check(
        Invitee::parse("x@evil.example", "here.com"),
        "Please look again. “E-mail address” must be an address at here.com.",
        "Bitte sehen Sie noch einmal nach. „E-Mail-Adresse“ muss eine Adresse bei here.com sein.",
    );
    check(
        SupportSettings::check_staff_domain("no domain"),
        "Please look again. “Domain of the support staff” does not fit. What fits: a domain such as here.com.",
        "Bitte sehen Sie noch einmal nach. „Domain der Supportleute“ passt nicht. Es passt: eine Domain wie here.com.",
    );
    let statements = serde_json::from_str(r#"[{"effect":"let","actions":[],"resources":["*"]}]"#).unwrap();
    check(
        Statement::parse_list("statements", statements),
        "Please look again. “Statements, no. 1: effect” is none of the values known here: allow, deny.",
        "Bitte sehen Sie noch einmal nach. „Regeln, Nr. 1: effect“ ist keiner der Werte, die es hier gibt: allow, deny.",
    );
    let unread = serde_json::from_str::<Vec<u8>>("[1,").map_err(|error| Malformed::new("statements", Fault::NotJson(error.to_string())));
    check(
        unread,
        "Please look again. “Statements” cannot be read as JSON, from line 1, character 3.",
        "Bitte sehen Sie noch einmal nach. „Regeln“ ist nicht als JSON zu lesen, ab Zeile 1, Zeichen 3.",
    );
    check(
        "no realm".parse::<RealmId>(),
        "Please look again. What was sent cannot be read.",
        "Bitte sehen Sie noch einmal nach. Was gesendet wurde, ist nicht zu lesen.",
    );
}

#[test]
fn every_fault_has_a_sentence_in_every_language() {
    let faults = [
        Fault::Missing,
        Fault::Empty,
        Fault::NotA("an object"),
        Fault::TooLong { limit: 100 },
        Fault::TooMany { limit: 100 },
        Fault::OutOfRange { min: 1, max: 2 },
        Fault::Format("nothing that is known here"),
        Fault::NotInFuture,
        Fault::Foreign { domain: "here.com".to_owned() },
        Fault::UnknownValue("a, b".to_owned()),
        Fault::UnknownMember,
        Fault::Repeated,
        Fault::NotJson("EOF at line 1 column 2".to_owned()),
        Fault::NotUtf8,
        Fault::TooDeep { limit: 10 },
        Fault::NoContentType,
        Fault::WrongContentType("text/plain"),
        Fault::Statement("no".to_owned()),
        Fault::Cycle,
    ];
    for language in LANGUAGES {
        for fault in &faults {
            let speech = Speech::of(language);
            let said = of(speech, &Malformed::new("email", fault.clone()));
            assert!(said.ends_with('.') && !said.contains(['{', '`']) && !said.contains("email"), "{language}: {said}");
            assert!(language == "en" || !said.contains(&fault.to_string()), "{said}");
            assert!(*fault == Fault::Cycle || said.contains(&speech.say("address")), "{language}: {said}");
        }
    }
}

#[test]
fn every_word_of_the_tables_is_a_text_of_every_language() {
    let customer = "2210".parse().unwrap();
    let grants = [
        GrantRefusal::NotIndividual { customer },
        GrantRefusal::SameCustomer { customer },
        GrantRefusal::DepartmentMismatch { customer },
        GrantRefusal::Full { customer, limit: 75 },
    ];
    for speech in LANGUAGES.map(Speech::of) {
        for (word, text) in LABELS.iter().chain(&FORMS).chain(&STATES) {
            assert_ne!(speech.say(text), *text, "{word}");
        }
        for what in ["customer", "user", vestibule_operations::TAKEN_ADDRESS, "group"] {
            assert_ne!(speech.say(taken(what)), taken(what), "{what}");
        }
        for refusal in &grants {
            let said = said(speech, &Refusal::Grant(refusal.clone())).unwrap();
            assert!(said.contains("2210") && !said.contains(&refusal.to_string()), "{said}");
        }
    }
}

/// The texts that stand in a source between `before` and a quotation mark.
fn quoted(source: &str, before: &str) -> Vec<String> {
    let text = |rest: &str| rest.replace("\\\"", "\0").split('"').next().unwrap().replace('\0', "\"");
    source.split(before).skip(1).map(text).collect()
}

fn sources(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: std::path::PathBuf| match path.is_dir() {
        true => sources(&path),
        false => vec![fs::read_to_string(path).unwrap()],
    };
    entries.filter(|path| !path.ends_with("manifest")).flat_map(read).collect()
}

#[test]
fn every_form_that_a_fault_asks_for_is_known_here_or_is_met_elsewhere() {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["../vestibule-core/src", "../vestibule-operations/src", "src/console"].map(|folder| ours.join(folder));
    let sources: Vec<String> = folders.iter().flat_map(|folder| sources(folder)).collect();
    let asked: Vec<String> = sources.iter().flat_map(|source| quoted(source, "Fault::Format(\"")).collect();
    let is_known = |form: &String| text_of(&FORMS, form).is_some() || ELSEWHERE.contains(&form.as_str());
    let unknown: Vec<_> = asked.iter().filter(|form| !is_known(form) && !form.starts_with("nothing that")).collect();
    assert!(unknown.is_empty(), "each has a text in `FORMS`, or stands in `ELSEWHERE`: {unknown:#?}");
}

#[test]
fn every_fault_is_named_and_what_nobody_can_mend_is_not() {
    let english = Speech::of("en");
    let [one, two] = ["name", "number"].map(|field| Malformed::new(field, Fault::Missing));
    let told = said(english, &Refusal::ManyMalformed(vec![one, two])).unwrap();
    assert_eq!(told, "Please look again. “Name” is missing. “Number” is missing.");
    assert_eq!(said(english, &Refusal::Internal), None);
    assert_eq!(said(english, &Refusal::Absent("group")), None);
}
