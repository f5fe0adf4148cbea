//! Searching lists that are in memory: roles, groups and tokens are few enough to be read whole. And the facets of
//! anything, once it is read.

use std::collections::{BTreeMap, BTreeSet};

use vestibule_operations::Matching;

use super::request::{FREETEXT, FacetWish, Sort, Term, Wish};
use crate::dialects::wavefront::wire::pages::Cut;

/// What can be asked of things of one kind.
pub struct Keys<T> {
    /// The keys.
    pub names: &'static [&'static str],
    /// What a thing has under one of them: nothing, one value, or many.
    pub values: fn(&T, &str) -> Vec<String>,
}

impl<T> Keys<T> {
    /// The page that a search asks for.
    pub fn page(&self, wish: &Wish, mut all: Vec<T>) -> Cut<T> {
        all.retain(|item| self.holds(&wish.terms, item));
        if let Some(Sort { field, ascending }) = &wish.sort {
            all.sort_by_cached_key(|item| (self.values)(item, field).into_iter().next().unwrap_or_default());
            if !ascending {
                all.reverse();
            }
        }
        wish.window.cut(all)
    }

    /// The values under each of these keys, of what a question's search would find.
    pub fn facets(&self, wish: &FacetWish, names: &[String], all: &[T]) -> Facets {
        let mut facets = Facets::new();
        let told = |value: &String| wish.filter.as_ref().is_none_or(|(wanted, how)| fits(*how, value, wanted));
        for name in names {
            let facet = facets.entry(name.clone()).or_default();
            for item in all.iter().filter(|item| self.holds(&wish.terms, item)) {
                facet.extend((self.values)(item, name).into_iter().filter(told));
            }
        }
        facets
    }

    /// Whether every entry holds.
    fn holds(&self, terms: &[Term], item: &T) -> bool {
        terms.iter().all(|term| {
            let one = [term.key.as_str()];
            let keys: &[&str] = if term.key == FREETEXT { self.names } else { &one };
            let mut values = keys.iter().flat_map(|key| (self.values)(item, key));
            values.any(|value| term.values.iter().any(|wanted| fits(term.how, &value, wanted))) != term.negated
        })
    }
}

/// Values by key, each once and in order.
pub type Facets = BTreeMap<String, BTreeSet<String>>;

/// Whether a value is as wanted. What is asked for in part may be in another case (inferred).
pub fn fits(how: Matching, value: &str, wanted: &str) -> bool {
    match how {
        Matching::Contains => value.to_lowercase().contains(&wanted.to_lowercase()),
        Matching::StartsWith => value.to_lowercase().starts_with(&wanted.to_lowercase()),
        Matching::Exact => value == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialects::wavefront::wire::pages::Window;

    type Thing = (&'static str, &'static [&'static str]);

    const KEYS: Keys<Thing> = Keys {
        names: &["name", "tags"],
        values: |thing, key| match key {
            "name" => vec![thing.0.to_owned()],
            _ => thing.1.iter().map(ToString::to_string).collect(),
        },
    };
    const ALL: [Thing; 4] = [("Delta", &["x"]), ("alpha", &["x", "y"]), ("Beta", &[]), ("gamma ALPHA", &["z"])];

    fn term(key: &str, values: &[&str], how: Matching, negated: bool) -> Term {
        Term { key: key.to_owned(), values: values.iter().map(ToString::to_string).collect(), how, negated }
    }

    fn found(terms: Vec<Term>, sort: Option<(&str, bool)>) -> Vec<&'static str> {
        let sort = sort.map(|(field, ascending)| Sort { field: field.to_owned(), ascending });
        let wish = Wish { terms, window: Window { offset: 0, limit: 10 }, sort };
        KEYS.page(&wish, ALL.to_vec()).items.into_iter().map(|thing| thing.0).collect()
    }

    #[test]
    fn entries_are_anded_and_their_values_ored() {
        use Matching::{Contains, Exact, StartsWith};
        for (terms, expected) in [
            (vec![], &["Delta", "alpha", "Beta", "gamma ALPHA"][..]),
            (vec![term("name", &["alpha"], Contains, false)], &["alpha", "gamma ALPHA"]),
            (vec![term("name", &["alpha"], StartsWith, false)], &["alpha"]),
            (vec![term("name", &["ALPHA"], StartsWith, false)], &["alpha"]),
            (vec![term("name", &["ALPHA"], Exact, false)], &[]),
            (vec![term("name", &["alpha"], Exact, false)], &["alpha"]),
            (vec![term("name", &["Alpha", "Beta"], Exact, false)], &["Beta"]),
            (vec![term("tags", &["x"], Exact, false)], &["Delta", "alpha"]),
            (vec![term("tags", &["x"], Exact, true)], &["Beta", "gamma ALPHA"]),
            (vec![term("tags", &["x"], Exact, false), term("tags", &["y"], Exact, false)], &["alpha"]),
            (vec![term("tags", &["x"], Exact, false), term("tags", &["y"], Exact, true)], &["Delta"]),
            (vec![term(FREETEXT, &["z", "BET"], Contains, false)], &["Beta", "gamma ALPHA"]),
            (vec![term(FREETEXT, &["a"], Contains, true)], &[]),
        ] {
            assert_eq!(found(terms.clone(), None), expected, "{terms:?}");
        }
    }

    #[test]
    fn an_order_is_by_the_first_value() {
        assert_eq!(found(vec![], Some(("name", true))), ["Beta", "Delta", "alpha", "gamma ALPHA"]);
        assert_eq!(found(vec![], Some(("name", false))), ["gamma ALPHA", "alpha", "Delta", "Beta"]);
        assert_eq!(found(vec![], Some(("tags", true))), ["Beta", "Delta", "alpha", "gamma ALPHA"]);
    }

    #[test]
    fn facets_are_the_values_of_what_is_found() {
        let facets = |terms, filter: Option<(&str, Matching)>| {
            let filter = filter.map(|(wanted, how)| (wanted.to_owned(), how));
            let wish = FacetWish { terms, window: Window { offset: 0, limit: 10 }, filter };
            KEYS.facets(&wish, &["tags".to_owned()], &ALL).remove("tags").unwrap().into_iter().collect::<Vec<_>>()
        };
        assert_eq!(facets(vec![], None), ["x", "y", "z"]);
        assert_eq!(facets(vec![], Some(("Y", Matching::Contains))), ["y"]);
        assert_eq!(facets(vec![], Some(("Y", Matching::Exact))), [""; 0]);
        assert_eq!(facets(vec![term("name", &["alpha"], Matching::Exact, false)], None), ["x", "y"]);
    }
}
