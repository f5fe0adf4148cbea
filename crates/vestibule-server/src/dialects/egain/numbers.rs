//! Ids of cases, activities and attachments as a path gives them: several, with commas between (`spec/egain-grants.md`,
//! section 6, step 9).

use vestibule_core::{case::Counted, refusal::Refusal};

use super::{
    errors::{self, Failure},
    words::{IDS_MAX, PATH_ID_CHARS_MAX, THING_IN_PATH},
};

/// Ids of one kind, each once, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers<Of> {
    /// Those that can be ids.
    pub known: Vec<Counted<Of>>,
    others: Vec<String>,
}

impl<Of: Copy + PartialEq> Numbers<Of> {
    /// Reads what stands in the path. One id that is too long, or more ids than there may be, are refused.
    pub fn of_path(raw: &str) -> Result<Self, Failure> {
        let mut numbers = Self { known: Vec::new(), others: Vec::new() };
        for (count, one) in raw.split(',').enumerate() {
            if one.chars().count() > PATH_ID_CHARS_MAX {
                return Err(Failure::of(&errors::PATH_ID_LONG, [format!("longer than {PATH_ID_CHARS_MAX}")]));
            }
            if count >= IDS_MAX {
                return Err(Failure::of(&errors::LIMIT, [IDS_MAX.to_string().as_str(), "ids"]));
            }
            match one.parse::<Counted<Of>>() {
                Ok(id) if numbers.known.contains(&id) => {}
                Ok(id) => numbers.known.push(id),
                Err(_) => numbers.others.push(one.to_owned()),
            }
        }
        Ok(numbers)
    }

    /// What was found, in the order asked; ids that name nothing are refused, all of them by name.
    pub fn all<T>(&self, found: Vec<T>, id: impl Fn(&T) -> Counted<Of>) -> Result<Vec<T>, Refusal> {
        let mut found: Vec<Option<T>> = found.into_iter().map(Some).collect();
        let (mut all, mut unknown) = (Vec::with_capacity(found.len()), Vec::new());
        for wanted in &self.known {
            let place = found.iter_mut().find(|one| one.as_ref().is_some_and(|one| id(one) == *wanted));
            match place.and_then(Option::take) {
                Some(one) => all.push(one),
                None => unknown.push(wanted.to_string()),
            }
        }
        unknown.extend(self.others.iter().cloned());
        match unknown.is_empty() {
            true => Ok(all),
            false => Err(Refusal::UnknownIds { what: THING_IN_PATH, ids: unknown }),
        }
    }
}

#[cfg(test)]
mod tests {
    use vestibule_core::case::{CaseId, OfCase};

    use super::*;

    #[test]
    fn ids_of_a_path_are_found_in_their_order_or_told_of() {
        let id = |id: i64| CaseId::try_from(id).unwrap();
        let numbers = Numbers::<OfCase>::of_path("3,1,3").unwrap();
        assert_eq!(numbers.all(vec![id(1), id(2), id(3)], |one| *one), Ok(vec![id(3), id(1)]));
        for (path, missing) in [("3,9", &["9"][..]), ("x,1,07", &["x", "07"]), ("", &[""]), ("9,x", &["9", "x"])] {
            let found = Numbers::<OfCase>::of_path(path).unwrap().all(vec![id(1), id(3)], |one| *one);
            let ids = missing.iter().map(|id| (*id).to_owned()).collect();
            assert_eq!(found, Err(Refusal::UnknownIds { what: THING_IN_PATH, ids }), "{path}");
        }
        let many = |count: usize| vec!["1"; count].join(",");
        let code = |path: &str| Numbers::<OfCase>::of_path(path).err().map(|failure| failure.code());
        for (path, refused) in
            [(many(75), None), (many(76), Some("400-10424")), ("9".repeat(255), None), ("9".repeat(256), Some("400-108"))]
        {
            assert_eq!(code(&path), refused);
        }
    }
}
