//! What people are told, in the fifteen locales of `spec/egain-grants.md`, section 8: one Fluent file for each, beside this
//! one. A test holds each to the whole list.

use std::{collections::BTreeMap, sync::LazyLock};

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;
use vestibule_core::customer::CustomerKind;

use super::negotiate::Language;

/// A text for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// U1.
    Forbidden,
    /// U2.
    Type,
    /// U3.
    Department,
    /// U4; its value is the limit.
    Cap,
    /// U5; its value is the id.
    Unknown,
    /// U6.
    NoGrant,
    /// U7.
    Generic,
    /// U8.
    SignIn,
    /// What a kind of customer is called.
    Kind(CustomerKind),
}

impl Text {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 11] = [
        Self::Forbidden,
        Self::Type,
        Self::Department,
        Self::Cap,
        Self::Unknown,
        Self::NoGrant,
        Self::Generic,
        Self::SignIn,
        Self::Kind(CustomerKind::Individual),
        Self::Kind(CustomerKind::Group),
        Self::Kind(CustomerKind::Corporate),
    ];

    /// Its name in the files.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::Type => "type",
            Self::Department => "department",
            Self::Cap => "cap",
            Self::Unknown => "unknown",
            Self::NoGrant => "no-grant",
            Self::Generic => "generic",
            Self::SignIn => "sign-in",
            Self::Kind(kind) => kind.as_str(),
        }
    }

    /// The text with its value put in as it is: numbers and ids are not grouped, and no marks of direction stand round
    /// them, for clients compare.
    pub fn say(self, language: Language, value: &str) -> String {
        let told = said(language, self, value).or_else(|| said(Language::default(), self, value));
        told.unwrap_or_default()
    }
}

fn said(language: Language, text: Text, value: &str) -> Option<String> {
    let bundle = BUNDLES.get(language.tag())?;
    let pattern = bundle.get_message(text.id())?.value()?;
    let mut values = FluentArgs::new();
    values.set("value", value.to_owned());
    Some(bundle.format_pattern(pattern, Some(&values), &mut Vec::new()).into_owned())
}

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<BTreeMap<&'static str, Bundle>> =
    LazyLock::new(|| SOURCES.iter().filter_map(|(tag, source)| Some((*tag, bundle(tag, source)?))).collect());

fn bundle(tag: &str, source: &str) -> Option<Bundle> {
    let tag: LanguageIdentifier = tag.parse().ok()?;
    let resource = FluentResource::try_new(source.to_owned()).ok()?;
    let mut bundle = Bundle::new_concurrent(vec![tag]);
    bundle.set_use_isolating(false);
    bundle.add_resource(resource).ok()?;
    Some(bundle)
}

/// The locales in the order of section 3, with their texts.
pub const SOURCES: [(&str, &str); 15] = [
    ("en-US", include_str!("locales/en-US.ftl")),
    ("es-ES", include_str!("locales/es-ES.ftl")),
    ("fr-FR", include_str!("locales/fr-FR.ftl")),
    ("it-IT", include_str!("locales/it-IT.ftl")),
    ("de-DE", include_str!("locales/de-DE.ftl")),
    ("nl-NL", include_str!("locales/nl-NL.ftl")),
    ("pt-BR", include_str!("locales/pt-BR.ftl")),
    ("pt-PT", include_str!("locales/pt-PT.ftl")),
    ("da-DK", include_str!("locales/da-DK.ftl")),
    ("ru-RU", include_str!("locales/ru-RU.ftl")),
    ("fr-CA", include_str!("locales/fr-CA.ftl")),
    ("zh-CN", include_str!("locales/zh-CN.ftl")),
    ("ja-JP", include_str!("locales/ja-JP.ftl")),
    ("ko-KR", include_str!("locales/ko-KR.ftl")),
    ("sv-SE", include_str!("locales/sv-SE.ftl")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_locale_has_every_text_and_no_other() {
        for (tag, source) in SOURCES {
            let bundle = bundle(tag, source).unwrap();
            let names: Vec<_> = source.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(' ').next().unwrap()).collect();
            assert_eq!(names, Text::ALL.map(Text::id), "{tag}");
            for text in Text::ALL {
                let (mut values, mut errors) = (FluentArgs::new(), Vec::new());
                values.set("value", "75");
                let pattern = bundle.get_message(text.id()).unwrap().value().unwrap();
                let told = bundle.format_pattern(pattern, Some(&values), &mut errors);
                assert!(errors.is_empty() && !told.is_empty(), "{tag} {text:?}: {errors:?}");
                assert_eq!(told.contains("75"), matches!(text, Text::Cap | Text::Unknown), "{tag} {text:?}");
            }
        }
    }

    #[test]
    fn a_value_stands_in_a_text_as_it_is() {
        for (tag, _) in SOURCES {
            let told = Text::Unknown.say(Language::find(tag).unwrap(), "1234567");
            assert!(told.contains("1234567") && !told.contains(['\u{2068}', '\u{2069}']), "{told}");
        }
    }
}
