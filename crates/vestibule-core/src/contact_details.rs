//! What may be said of a contact: the fields, and the rule of each (`spec/hostway-sso.md`, section 4.1).

use serde::{Deserialize, Serialize};

use crate::{
    account_invitation::AccountInvitation,
    refusal::{Fault, Malformed},
};

/// What is known of a person. What is empty is not known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactDetails {
    /// What they are called.
    pub name: PersonName,
    /// Where letters reach them.
    pub address: PostalAddress,
    /// Where calls and mail reach them.
    pub media: ContactMedia,
}

/// What a person is called.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each field is its own word")]
pub struct PersonName {
    pub salutation: String,
    pub first: String,
    pub middle: String,
    pub last: String,
    pub company: String,
}

/// Where letters reach a person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each field is its own word")]
pub struct PostalAddress {
    pub street1: String,
    pub street2: String,
    pub city: String,
    pub state_or_province: String,
    pub postal_code: String,
    /// ISO 3166-1, two letters.
    pub country_code: String,
}

/// Where calls and mail reach a person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each field is its own word")]
pub struct ContactMedia {
    pub phone1: String,
    pub phone2: String,
    /// E.164.
    pub fax: String,
    /// The address that is verified and asserted.
    pub email1: String,
    pub email2: String,
}

/// How much must be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// Every required field.
    Whole,
    /// Whatever is known.
    Partial,
}

/// What characters a field may have.
#[derive(Debug, Clone, Copy)]
enum Script {
    /// Letters, digits, white space and `-.'`.
    Name,
    /// Anything but control characters.
    Text,
    /// A country of ISO 3166-1.
    Country,
    /// `+` and up to 15 digits.
    E164,
    /// An e-mail address.
    Email,
}

/// A field's rule: its name, whether it is required, its most characters, and what those are.
type Rule = (&'static str, bool, usize, Script);

/// The rules. Those of middle name, salutation, street, postal code, state and telephone are ours (section 4.1,
/// "not recovered, so choose").
const RULES: [Rule; 16] = [
    ("salutation", false, 50, Script::Name),
    ("first_name", true, 50, Script::Name),
    ("middle_name", false, 50, Script::Name),
    ("last_name", true, 50, Script::Name),
    ("company", false, 200, Script::Name),
    ("street1", true, 100, Script::Text),
    ("street2", false, 100, Script::Text),
    ("city", true, 50, Script::Name),
    ("state_or_province", false, 50, Script::Text),
    ("postal_code", true, 20, Script::Text),
    ("country_code", true, 2, Script::Country),
    ("phone1", true, 20, Script::Text),
    ("phone2", false, 20, Script::Text),
    ("fax", false, 20, Script::E164),
    ("email1", true, 100, Script::Email),
    ("email2", false, 100, Script::Email),
];

impl ContactDetails {
    /// Checks every field, trimmed. Each fault is named by its field, in the order of the fields.
    pub fn check(mut self, wanted: Completeness) -> Result<Self, Vec<Malformed>> {
        let mut faults = Vec::new();
        for (rule, value) in RULES.into_iter().zip(self.fields()) {
            *value = value.trim().to_owned();
            if let Some(fault) = fault(rule, value, wanted) {
                faults.push(Malformed::new(rule.0, fault));
            }
        }
        if faults.is_empty() { Ok(self) } else { Err(faults) }
    }

    /// The fields in the order of [`RULES`].
    fn fields(&mut self) -> [&mut String; RULES.len()] {
        let Self { name, address, media } = self;
        [
            &mut name.salutation,
            &mut name.first,
            &mut name.middle,
            &mut name.last,
            &mut name.company,
            &mut address.street1,
            &mut address.street2,
            &mut address.city,
            &mut address.state_or_province,
            &mut address.postal_code,
            &mut address.country_code,
            &mut media.phone1,
            &mut media.phone2,
            &mut media.fax,
            &mut media.email1,
            &mut media.email2,
        ]
    }
}

fn fault((_, required, limit, script): Rule, value: &str, wanted: Completeness) -> Option<Fault> {
    let is_name = |c: char| c.is_alphanumeric() || is_combining(c) || (c.is_whitespace() && !c.is_control()) || "-.'".contains(c);
    match script {
        _ if value.is_empty() => (required && wanted == Completeness::Whole).then_some(Fault::Missing),
        _ if value.chars().count() > limit => Some(Fault::TooLong { limit }),
        Script::Name => (!value.chars().all(is_name)).then_some(Fault::Format("letters, digits, white space and `-.'`")),
        Script::Text => value.chars().any(char::is_control).then_some(Fault::Format("text without control characters")),
        Script::Country => (!is_country(value)).then_some(Fault::Format("a country code of ISO 3166-1, such as `US`")),
        Script::E164 => (!is_e164(value)).then_some(Fault::Format("an international number, such as `+13125550142`")),
        Script::Email => AccountInvitation::check_email(value).err().map(|malformed| malformed.fault),
    }
}

/// Accents that stand apart from their letters.
fn is_combining(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// Whether a number is one of E.164: `+`, a digit that is not 0, at most 14 more.
pub fn is_e164(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or_default();
    (2..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Every code of ISO 3166-1 alpha-2, one after the other.
const COUNTRIES: &str = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZ\
    DEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZ\
    LALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASB\
    SCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW";

fn is_country(code: &str) -> bool {
    COUNTRIES.as_bytes().chunks_exact(2).any(|known| known == code.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> ContactDetails {
        let mut details = ContactDetails::default();
        let said = [
            "Dr.",
            "Zoë",
            "",
            "O'Brien",
            "Brien Widgets",
            "1 Main St.",
            "",
            "Saint-Étienne",
            "",
            "60601",
            "US",
            "312 555 0142",
            "",
            "",
            "zoe@example.org",
            "",
        ];
        for (field, text) in details.fields().into_iter().zip(said) {
            text.clone_into(field);
        }
        details
    }

    /// The faults of a whole contact in which one field is something else.
    fn faults(field: &str, value: &str) -> Vec<Malformed> {
        let at = RULES.iter().position(|rule| rule.0 == field).unwrap();
        let mut details = whole();
        value.clone_into(details.fields()[at]);
        details.check(Completeness::Whole).err().unwrap_or_default()
    }

    #[test]
    fn every_field_has_its_rule_and_its_name() {
        let long = |n: usize| "é".repeat(n);
        for (field, good, bad) in [
            ("salutation", &["", "Mr.", &long(50)][..], &["a,b", &long(51)][..]),
            ("first_name", &["José María", "x2", "e\u{301}", &long(50)], &["", " ", "a\nb", "<b>", &long(51)]),
            ("last_name", &["O'Brien-Smith"], &["", "a\u{7}"]),
            ("company", &["", &long(200)], &["A & B", &long(201)]),
            ("city", &["Łódź"], &["", "a/b"]),
            ("street1", &["1 Main St., #4"], &["", "a\tb", &long(101)]),
            ("country_code", &["US", "ZW", "AD"], &["", "us", "XX", "UK", "DAE", "U"]),
            ("phone1", &["312 555 0142"], &["", &long(21)]),
            ("fax", &["", "+13125550142", "+12"], &["13125550142", "+0312", "+1", "+1234567890123456", "+1 312"]),
            ("email1", &["zoe@example.org", " zoe@example.org "], &["", "zoe", "a\r\nbcc:b@example.org"]),
            ("email2", &["", "a@b.example"], &["a@b"]),
        ] {
            for value in good {
                assert_eq!(faults(field, value), [], "{field}: {value:?}");
            }
            for value in bad {
                let found = faults(field, value);
                assert_eq!(found.iter().map(|fault| fault.field.as_ref()).collect::<Vec<_>>(), [field], "{field}: {value:?}");
            }
        }
        let email = |n: usize| format!("{}@b.example", "x".repeat(n));
        assert_eq!((faults("email1", &email(90)).len(), faults("email1", &email(91)).len()), (0, 1), "100 characters");
    }

    #[test]
    fn all_faults_are_told_at_once_in_the_order_of_the_fields() {
        let told =
            |wanted| ContactDetails::default().check(wanted).map_err(|faults| faults.iter().map(|one| one.field.to_string()).collect());
        let required = RULES.iter().filter(|rule| rule.1).map(|rule| rule.0.to_owned()).collect::<Vec<_>>();
        assert_eq!(told(Completeness::Whole), Err(required));
        assert_eq!(told(Completeness::Partial), Ok(ContactDetails::default()));
    }

    #[test]
    fn the_countries_are_249_in_order() {
        let codes: Vec<_> = COUNTRIES.as_bytes().chunks(2).collect();
        assert!(codes.is_sorted() && codes.len() == 249, "{}", codes.len());
    }
}
