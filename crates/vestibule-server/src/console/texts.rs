//! What the console says, in the reader's language. A language is a file in `locales`; whatever one lacks is said in English,
//! and a test sees to it that English and German lack nothing.

use std::sync::OnceLock;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

/// Each language with its texts. The first is spoken where no other is wanted.
const LANGUAGES: [(&str, &str); 2] = [("en", include_str!("locales/en.ftl")), ("de", include_str!("locales/de.ftl"))];

type Bundle = FluentBundle<FluentResource>;

fn bundles() -> &'static [(&'static str, Bundle)] {
    static BUNDLES: OnceLock<Vec<(&'static str, Bundle)>> = OnceLock::new();
    BUNDLES.get_or_init(|| LANGUAGES.into_iter().map(|(tag, text)| (tag, bundle(tag, text))).collect())
}

fn bundle(tag: &str, text: &str) -> Bundle {
    let language: LanguageIdentifier = tag.parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![language]);
    // Marks round what is put into a text would stand in titles and attributes, too.
    bundle.set_use_isolating(false);
    let resource = match FluentResource::try_new(text.to_owned()) {
        Ok(resource) => resource,
        Err((readable, faults)) => {
            tracing::error!(tag, ?faults, "texts of the console cannot be read");
            readable
        }
    };
    if let Err(faults) = bundle.add_resource(resource) {
        tracing::error!(tag, ?faults, "texts of the console stand twice");
    }
    bundle
}

/// A language that the console speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speech(usize);

impl Speech {
    /// The language of this tag, or the usual one.
    #[cfg(test)]
    pub fn of(tag: &str) -> Self {
        Self(LANGUAGES.iter().position(|(known, _)| tag.eq_ignore_ascii_case(known)).unwrap_or_default())
    }

    /// The best that a reader wishes for in `Accept-Language` (RFC 9110, section 12.5.4): the known one of the greatest weight,
    /// the first of equals.
    pub fn preferred(header: Option<&str>) -> Self {
        let mut best = (Self(0), 0.0);
        for wish in header.unwrap_or_default().split(',') {
            let (tag, weight) = wish.split_once(";q=").map_or((wish, 1.0), |(tag, weight)| (tag, weight.trim().parse().unwrap_or(0.0)));
            let primary = tag.trim().split('-').next().unwrap_or_default();
            let known = LANGUAGES.iter().position(|(known, _)| primary.eq_ignore_ascii_case(known));
            if let Some(known) = known.filter(|_| weight > best.1) {
                best = (Self(known), weight);
            }
        }
        best.0
    }

    /// Its tag.
    pub fn tag(self) -> &'static str {
        LANGUAGES.get(self.0).map_or("en", |(tag, _)| tag)
    }

    /// A text.
    pub fn say(self, id: &str) -> String {
        self.format(id, None)
    }

    /// A text with a value in it.
    pub fn with(self, id: &str, name: &str, value: &str) -> String {
        self.with_all(id, &[(name, value)])
    }

    /// A text with several values in it.
    pub fn with_all(self, id: &str, values: &[(&str, &str)]) -> String {
        let args = values.iter().map(|(name, value)| ((*name).to_owned(), FluentValue::from((*value).to_owned())));
        self.format(id, Some(FluentArgs::from_iter(args)))
    }

    /// A text about so many things, which may be said differently for one.
    pub fn count(self, id: &str, count: i64) -> String {
        self.format(id, Some(FluentArgs::from_iter([("count".to_owned(), FluentValue::from(count))])))
    }

    fn format(self, id: &str, args: Option<FluentArgs<'_>>) -> String {
        let own = bundles().get(self.0);
        for (_, bundle) in own.into_iter().chain(bundles().first()) {
            if let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) {
                return bundle.format_pattern(pattern, args.as_ref(), &mut Vec::new()).into_owned();
            }
        }
        tracing::error!(id, "the console has no words for this");
        id.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn ids(text: &str) -> BTreeSet<&str> {
        text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase())).filter_map(|line| line.split(" =").next()).collect()
    }

    #[test]
    fn every_language_has_every_text_and_can_be_read() {
        let [(_, english), others @ ..] = LANGUAGES;
        for (tag, text) in others {
            assert_eq!(ids(text), ids(english), "{tag}");
        }
        for (tag, text) in LANGUAGES {
            assert!(FluentResource::try_new(text.to_owned()).is_ok(), "{tag}");
            let lines = text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase())).count();
            assert_eq!(lines, ids(text).len(), "{tag} says something twice");
        }
    }

    #[test]
    fn a_reader_gets_the_language_wished_for_most_that_is_there() {
        for (header, tag) in [
            (None, "en"),
            (Some("de-DE,de;q=0.9,en;q=0.8"), "de"),
            (Some("fr, en;q=0.2, de;q=0.7"), "de"),
            (Some("fr"), "en"),
            (Some("de;q=0"), "en"),
            (Some("en, de"), "en"),
            (Some(";q=,,;"), "en"),
        ] {
            assert_eq!(Speech::preferred(header).tag(), tag, "{header:?}");
        }
    }

    #[test]
    fn numbers_choose_their_words() {
        assert_eq!(Speech::of("en").count("count-sessions", 1), "1 agent is inside");
        assert_eq!(Speech::of("en").count("count-sessions", 2), "2 agents are inside");
        assert_eq!(Speech::of("xx").say("now-title"), "Now");
    }
}
