//! Pages of lists (`spec/wavefront-accounts.md`, section 5, "PagedX"): an offset, a limit, whether there is more.

use serde::Serialize;
use vestibule_core::refusal::{Fault, Malformed};

use crate::{
    body::Object,
    dialects::wavefront::{
        call::Call,
        words::{PAGE_DEFAULT, PAGE_MAX},
    },
};

/// Which page a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Items that come before it.
    pub offset: usize,
    /// Most items on it: 1 to [`PAGE_MAX`].
    pub limit: usize,
}

const OFFSET: &str = "offset";
const LIMIT: &str = "limit";
/// The wire's numbers are 32 bits wide.
const OFFSET_MAX: i64 = i32::MAX as i64;

impl Window {
    /// Of a request's query.
    pub fn of_query(call: &Call) -> Result<Self, Malformed> {
        let number = |name| match call.query(name)? {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| Malformed::new(name, Fault::NotA("an integer"))),
        };
        Self::new(number(OFFSET)?, number(LIMIT)?)
    }

    /// Of a request's body.
    pub fn of_body(body: &Object) -> Result<Self, Malformed> {
        Self::new(body.integer_or_none(OFFSET)?, body.integer_or_none(LIMIT)?)
    }

    fn new(offset: Option<i64>, limit: Option<i64>) -> Result<Self, Malformed> {
        let most = i64::try_from(PAGE_MAX).unwrap_or(i64::MAX);
        let within = |name, number: Option<i64>, default: usize, min, max| match number {
            None => Ok(default),
            Some(number) if (min..=max).contains(&number) => Ok(usize::try_from(number).unwrap_or(default)),
            Some(_) => Err(Malformed::new(name, Fault::OutOfRange { min, max })),
        };
        Ok(Self { offset: within(OFFSET, offset, 0, 0, OFFSET_MAX)?, limit: within(LIMIT, limit, PAGE_DEFAULT, 1, most)? })
    }

    /// The page of a whole list.
    pub fn cut<T>(self, mut all: Vec<T>) -> Cut<T> {
        let total = all.len();
        let items: Vec<T> = all.drain(self.offset.min(total)..self.offset.saturating_add(self.limit).min(total)).collect();
        Cut { more: self.offset.saturating_add(items.len()) < total, items, total }
    }
}

/// What a page holds, and what it was cut from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut<T> {
    /// The items on it.
    pub items: Vec<T>,
    /// Whether any follow.
    pub more: bool,
    /// How many there are altogether; fewer than there are is allowed.
    pub total: usize,
}

impl<T> Cut<T> {
    /// Of a list that was read no further than its page: how many there are is not known, but one more where there is more.
    pub fn read_so_far(window: Window, items: Vec<T>, more: bool) -> Self {
        Self { total: window.offset.saturating_add(items.len()).saturating_add(usize::from(more)), items, more }
    }

    /// The same page of what its items are shown as.
    pub fn map<S>(self, show: impl FnMut(T) -> S) -> Cut<S> {
        Cut { items: self.items.into_iter().map(show).collect(), more: self.more, total: self.total }
    }
}

/// `PagedX`. There is no `cursor`: a client of theirs would take it before the offset (section 5).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageBody<T> {
    items: Vec<T>,
    offset: usize,
    limit: usize,
    total_items: usize,
    more_items: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort: Option<SortBody>,
}

/// How a search was sorted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SortBody {
    /// Whether the smallest comes first.
    pub ascending: bool,
    /// By what.
    pub field: String,
    /// Whether nobody asked for it.
    pub default: bool,
}

impl<T> PageBody<T> {
    /// The page that was asked for, which is told even where it lies past the end.
    pub fn new(window: Window, cut: Cut<T>) -> Self {
        let Window { offset, limit } = window;
        Self { items: cut.items, offset, limit, total_items: cut.total, more_items: cut.more, sort: None }
    }

    /// The same with the order that it is in.
    pub fn sorted(self, sort: SortBody) -> Self {
        Self { sort: Some(sort), ..self }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_is_cut_from_a_list() {
        for (offset, limit, items, more) in [
            (0, 2, &[1, 2][..], true),
            (1, 2, &[2, 3], false),
            (0, 3, &[1, 2, 3], false),
            (0, 1_000, &[1, 2, 3], false),
            (2, 1, &[3], false),
            (3, 1, &[], false),
            (i32::MAX as usize, 1, &[], false),
        ] {
            let cut = Window { offset, limit }.cut(vec![1, 2, 3]);
            assert_eq!((&cut.items[..], cut.more, cut.total), (items, more, 3), "{offset} {limit}");
        }
        let window = Window { offset: 4, limit: 2 };
        let page = PageBody::new(window, Cut::read_so_far(window, vec!["a", "b"], true).map(str::to_uppercase));
        let expected = json!({ "items": ["A", "B"], "offset": 4, "limit": 2, "totalItems": 7, "moreItems": true });
        assert_eq!(serde_json::to_value(&page).unwrap(), expected);
        let sort = SortBody { ascending: false, field: "default".to_owned(), default: true };
        assert_eq!(serde_json::to_value(page.sorted(sort.clone())).unwrap()["sort"], serde_json::to_value(sort).unwrap());
    }

    #[test]
    fn a_page_has_one_to_a_thousand_items() {
        let read = |json: serde_json::Value| Window::of_body(&Object::new(json.as_object().unwrap().clone()));
        for (body, window) in [
            (json!({}), Ok((0, 100))),
            (json!({ "offset": null, "limit": null }), Ok((0, 100))),
            (json!({ "offset": 0, "limit": 1 }), Ok((0, 1))),
            (json!({ "offset": 2_147_483_647, "limit": 1_000 }), Ok((2_147_483_647, 1_000))),
            (json!({ "limit": 0 }), Err("limit")),
            (json!({ "limit": 1_001 }), Err("limit")),
            (json!({ "limit": "1" }), Err("limit")),
            (json!({ "offset": -1 }), Err("offset")),
            (json!({ "offset": 2_147_483_648_i64 }), Err("offset")),
        ] {
            let expected = window.map(|(offset, limit)| Window { offset, limit });
            assert_eq!(read(body.clone()).map_err(|malformed| malformed.field.into_owned()), expected.map_err(str::to_owned), "{body}");
        }
    }
}
