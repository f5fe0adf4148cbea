//! Lists in pieces (`spec/egain-grants.md`, section 9): by pages or by ranges, never both; which attributes are wanted, and
//! in what order.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    errors::{self, Failure},
    node::Node,
    query::Query,
};

/// Which page, from 1.
pub const PAGE_NUM: &str = "$pagenum";
/// How many a page has.
pub const PAGE_SIZE: &str = "$pagesize";
/// Where a range begins, from 1.
pub const RANGE_START: &str = "$rangestart";
/// How many a range has.
pub const RANGE_SIZE: &str = "$rangesize";
/// Which attributes are wanted.
pub const ATTRIBUTE: &str = "$attribute";
/// By what a list is sorted.
pub const SORT: &str = "$sort";
/// In which direction.
pub const ORDER: &str = "$order";
/// The names of paging, for routes that offer it.
pub const PAGING: [&str; 4] = [PAGE_NUM, PAGE_SIZE, RANGE_START, RANGE_SIZE];

/// How many a piece has unless the client says.
pub const SIZE_DEFAULT: u64 = 25;
/// Most in a piece.
pub const SIZE_MAX: u64 = 75;

/// Which piece of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// How many stand before it.
    pub offset: u64,
    /// How many it has at most.
    pub size: u64,
    /// The page's number, if pages are counted.
    page: Option<u64>,
}

impl Wish {
    /// Reads either way of paging; nothing said, it is the first page.
    pub fn read(query: &Query) -> Result<Self, Failure> {
        let (page, page_size) = (query.number(PAGE_NUM, 1, i64::MAX.unsigned_abs())?, query.number(PAGE_SIZE, 1, SIZE_MAX)?);
        let (start, range_size) = (query.number(RANGE_START, 1, i64::MAX.unsigned_abs())?, query.number(RANGE_SIZE, 1, SIZE_MAX)?);
        if (page.is_some() || page_size.is_some()) && (start.is_some() || range_size.is_some()) {
            return Err(Failure::of(&errors::PAGING_MIXED, [""; 0]));
        }
        if start.is_some() || range_size.is_some() {
            return Ok(Self { offset: start.unwrap_or(1) - 1, size: range_size.unwrap_or(SIZE_DEFAULT), page: None });
        }
        let (page, size) = (page.unwrap_or(1), page_size.unwrap_or(SIZE_DEFAULT));
        // A page beyond every database is a page with nothing on it.
        let offset = (page - 1).saturating_mul(size).min(i64::MAX.unsigned_abs());
        Ok(Self { offset, size, page: Some(page) })
    }

    /// The piece of a list that is all there.
    pub fn of<T>(&self, all: Vec<T>) -> Vec<T> {
        let places = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        all.into_iter().skip(places(self.offset)).take(places(self.size)).collect()
    }

    /// `paginationInfo`, which pages have and ranges have not: how many there are in all, which page this is, and links to
    /// those beside it. `path` is the list's own.
    pub fn info(&self, total: u64, path: &str, query: &Query) -> Option<Node> {
        let page = self.page?;
        let last = total.div_ceil(self.size);
        let link = |rel, page: u64| {
            let wanted = [(PAGE_NUM, page.to_string()), (PAGE_SIZE, self.size.to_string())];
            let pairs = query.others(&PAGING).map(|(name, value)| (name, value.to_owned())).chain(wanted);
            let pairs: Vec<_> = pairs.map(|(name, value)| format!("{}={}", encoded(name), encoded(&value))).collect();
            Node::link(rel, format!("{path}?{}", pairs.join("&")))
        };
        let before = (1 < page && page <= last.saturating_add(1)).then(|| link("prev", page - 1));
        let after = (page < last).then(|| link("next", page + 1));
        let links: Vec<_> = before.into_iter().chain(after).collect();
        let number = |number: u64| Node::Number(i64::try_from(number).unwrap_or(i64::MAX));
        let mut members = vec![("count", number(total)), ("pagenum", number(page)), ("pagesize", number(self.size))];
        if !links.is_empty() {
            members.push(("link", Node::List(links)));
        }
        Some(Node::Object(members))
    }
}

/// What a query may hold as it is; `$` stays as clients write it.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'$').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string()
}

/// Which of the attributes that can be selected are wanted; nothing said, there is no choice.
pub fn attributes<'w>(query: &Query, known: &[&'w str]) -> Result<Option<Vec<&'w str>>, Failure> {
    let Some(raw) = query.find(ATTRIBUTE)? else { return Ok(None) };
    let find = |name: &str| {
        let found = known.iter().find(|one| **one == name).copied();
        found.ok_or_else(|| Failure::of(&errors::ATTRIBUTE_UNKNOWN, [name, &known.join(", ")]))
    };
    raw.split(',').map(|name| find(name.trim())).collect::<Result<Vec<_>, _>>().map(Some)
}

/// How a list is to be sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sorted {
    /// By which attribute.
    pub by: String,
    /// From the last to the first.
    pub descending: bool,
}

/// Reads `$sort` and `$order`; `known` says what can be sorted by.
pub fn sorted(query: &Query, known: impl Fn(&str) -> bool) -> Result<Option<Sorted>, Failure> {
    let order = query.one_of(ORDER, &["asc", "desc"])?;
    match (query.find(SORT)?, order) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Failure::of(&errors::ORDER_ALONE, [""; 0])),
        (Some(by), order) if known(by) => Ok(Some(Sorted { by: by.to_owned(), descending: order == Some("desc") })),
        (Some(_), _) => Err(super::query::refused(SORT)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        let offered = [&PAGING[..], &[ATTRIBUTE, SORT, ORDER, "name"]].concat();
        Query::read(&format!("/x?{text}").parse().unwrap(), &offered).unwrap()
    }

    #[test]
    fn a_piece_is_asked_for_by_page_or_by_range() {
        let read = |text: &str| Wish::read(&query(text)).map(|wish| (wish.offset, wish.size, wish.page)).map_err(|failure| failure.code());
        for (text, expected) in [
            ("", Ok((0, 25, Some(1)))),
            ("$pagenum=3", Ok((50, 25, Some(3)))),
            ("$pagesize=75&$pagenum=2", Ok((75, 75, Some(2)))),
            ("$rangestart=4", Ok((3, 25, None))),
            ("$rangesize=1", Ok((0, 1, None))),
            ("$pagenum=9223372036854775807&$pagesize=75", Ok((i64::MAX.unsigned_abs(), 75, Some(i64::MAX.unsigned_abs())))),
            ("$pagenum=1&$rangesize=1", Err("400-120")),
            ("$pagenum=0", Err("400-244")),
            ("$pagesize=76", Err("400-244")),
            ("$pagesize=", Err("400-244")),
            ("$rangestart=x", Err("400-244")),
            ("$rangestart=9223372036854775808", Err("400-244")),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        assert_eq!(Wish::read(&query("$pagenum=2&$pagesize=2")).unwrap().of(vec![1, 2, 3, 4, 5]), [3, 4]);
        assert_eq!(Wish::read(&query("$rangestart=5")).unwrap().of(vec![1, 2, 3, 4, 5]), [5]);
    }

    #[test]
    fn a_page_links_to_those_beside_it() {
        let links = |text: &str, total| {
            let query = query(text);
            let Some(Node::Object(members)) = Wish::read(&query).unwrap().info(total, "/x", &query) else { return None };
            let Some((_, Node::List(links))) = members.into_iter().find(|(name, _)| *name == "link") else { return Some(String::new()) };
            Some(serde_json::to_string(&links).unwrap())
        };
        let link = |rel: &str, page: u64| format!(r#"{{"rel":"{rel}","href":"/x?name=a%26b&$pagenum={page}&$pagesize=25"}}"#);
        for (text, total, expected) in [
            ("name=a%26b", 25, Some(String::new())),
            ("name=a%26b", 26, Some(format!("[{}]", link("next", 2)))),
            ("name=a%26b&$pagenum=2", 51, Some(format!("[{},{}]", link("prev", 1), link("next", 3)))),
            ("name=a%26b&$pagenum=2", 26, Some(format!("[{}]", link("prev", 1)))),
            ("name=a%26b&$pagenum=9", 26, Some(String::new())),
            ("$rangestart=1", 26, None),
        ] {
            assert_eq!(links(text, total), expected, "{text} of {total}");
        }
    }

    #[test]
    fn attributes_and_order_are_of_a_list() {
        let attributes = |text: &str| super::attributes(&query(text), &["id", "type"]).map_err(|failure| failure.code());
        assert_eq!(attributes(""), Ok(None));
        assert_eq!(attributes("$attribute=type,id"), Ok(Some(vec!["type", "id"])));
        assert_eq!(attributes("$attribute=type,x"), Err("400-116"));
        let sorted = |text: &str| super::sorted(&query(text), |by| by == "id").map_err(|failure| failure.code());
        let by_id = |descending| Ok(Some(Sorted { by: "id".to_owned(), descending }));
        for (text, expected) in [
            ("", Ok(None)),
            ("$sort=id", by_id(false)),
            ("$sort=id&$order=desc", by_id(true)),
            ("$sort=x", Err("400-244")),
            ("$order=asc", Err("400-124")),
            ("$sort=id&$order=down", Err("400-102")),
        ] {
            assert_eq!(sorted(text), expected, "{text}");
        }
    }
}
