//! Reading TOML by hand, so that each value knows its line and no fault hides the next one.
//!
//! A [`Node`] is a value with its key and place; a [`Section`] is a table whose keys are known.
//! Readers note faults and answer `None`; [`Manifest::parse`](super::Manifest::parse) gives a
//! manifest only when none was noted.

use std::{cell::RefCell, collections::BTreeMap, ops::Range, str::FromStr};

use secrecy::SecretString;
use serde_json::Value;
use toml::de::{DeTable, DeValue};
use vestibule_core::{
    refusal::{Fault, Malformed},
    time::Timestamp,
};

use super::{ManifestError, Problem, SecretSource, fault::nearest};

/// Fetches a secret that stands elsewhere, or says why it cannot, without showing it.
pub(super) type Fetch<'a> = dyn Fn(&SecretSource) -> Result<SecretString, String> + 'a;

/// One reading of one text.
pub(super) struct Reading<'a> {
    file: &'a str,
    text: &'a str,
    pub(super) fetch: &'a Fetch<'a>,
    faults: RefCell<Vec<ManifestError>>,
    /// What must be unique in the whole text: public ids and tokens find their realm by themselves.
    unique: RefCell<BTreeMap<(&'static str, String), usize>>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(text: &'a str, file: &'a str, fetch: &'a Fetch<'a>) -> Self {
        Self { file, text, fetch, faults: RefCell::default(), unique: RefCell::default() }
    }

    /// The line of a byte, from 1.
    fn line(&self, offset: usize) -> usize {
        1 + self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
    }

    pub(super) fn fault(&self, offset: usize, key: impl Into<String>, problem: Problem) {
        let error = ManifestError { file: self.file.to_owned(), line: self.line(offset), key: key.into(), problem };
        self.faults.borrow_mut().push(error);
    }

    /// All faults in the order of the text.
    pub(super) fn finish(self) -> Vec<ManifestError> {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|fault| fault.line);
        faults
    }
}

/// A value, its dotted key and its place.
pub(super) struct Node<'a> {
    pub(super) reading: &'a Reading<'a>,
    pub(super) key: String,
    value: &'a DeValue<'a>,
    offset: usize,
}

impl<'a> Node<'a> {
    pub(super) fn refuse<T>(&self, problem: Problem) -> Option<T> {
        self.reading.fault(self.offset, self.key.as_str(), problem);
        None
    }

    /// Notes that `malformed` is wrong here, or in a member below.
    pub(super) fn refuse_member<T>(&self, malformed: Malformed) -> Option<T> {
        let key = format!("{}.{}", self.key, malformed.field);
        self.reading.fault(self.offset, key, Problem::Breaks(malformed.fault));
        None
    }

    /// What a rule of the core says of this value.
    pub(super) fn check<T>(&self, checked: Result<T, Malformed>) -> Option<T> {
        checked.map_or_else(|malformed| self.refuse(Problem::Breaks(malformed.fault)), Some)
    }

    pub(super) fn text(&self) -> Option<&'a str> {
        self.value.as_str().or_else(|| self.refuse(Problem::NotA("a string")))
    }

    /// A string that is neither empty nor longer than `limit` bytes, without control characters.
    pub(super) fn short_text(&self, limit: usize) -> Option<&'a str> {
        match self.text()? {
            "" => self.refuse(Problem::Breaks(Fault::Empty)),
            long if long.len() > limit => self.refuse(Problem::Breaks(Fault::TooLong { limit })),
            odd if odd.chars().any(char::is_control) => self.refuse(Problem::Breaks(Fault::Format("text without control characters"))),
            text => Some(text),
        }
    }

    pub(super) fn parsed<T: FromStr<Err = Malformed>>(&self) -> Option<T> {
        self.check(self.text()?.parse())
    }

    pub(super) fn flag(&self) -> Option<bool> {
        self.value.as_bool().or_else(|| self.refuse(Problem::NotA("true or false")))
    }

    /// An instant, as a string or as TOML's own date-time with an offset.
    pub(super) fn instant(&self) -> Option<Timestamp> {
        match self.value {
            DeValue::Datetime(instant) => self.check(instant.to_string().parse()),
            _ => self.parsed(),
        }
    }

    /// One of a closed list of words.
    pub(super) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let given = self.text()?;
        words.iter().find(|(word, _)| *word == given).map(|(_, meant)| *meant).or_else(|| {
            let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.refuse(Problem::Breaks(Fault::UnknownValue(known.join(", "))))
        })
    }

    pub(super) fn list(&self) -> Vec<Node<'a>> {
        let node = |item: &'a toml::Spanned<DeValue<'a>>| self.below(&self.key, item.get_ref(), &item.span());
        match self.value.as_array() {
            Some(items) => items.iter().map(node).collect(),
            None => self.refuse(Problem::NotA("an array")).unwrap_or_default(),
        }
    }

    /// The texts of an array.
    pub(super) fn texts(&self) -> Vec<(Node<'a>, &'a str)> {
        self.list().into_iter().filter_map(|node| node.text().map(|text| (node, text))).collect()
    }

    /// The table here, whose keys are these and no others.
    pub(super) fn section(self, known: &[&str]) -> Option<Section<'a>> {
        let Some(table) = self.value.as_table() else { return self.refuse(Problem::NotA("a table")) };
        let section = Section { node: self, table };
        for key in table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let near = nearest(key.get_ref(), known.iter().copied());
            section.node.reading.fault(key.span().start, section.key(key.get_ref()), Problem::UnknownKey(near));
        }
        Some(section)
    }

    /// The names in a table of facts, and their values as JSON; date-times become text.
    pub(super) fn facts(&self) -> BTreeMap<String, Value> {
        let Some(table) = self.value.as_table() else { return self.refuse(Problem::NotA("a table")).unwrap_or_default() };
        let fact = |(name, value)| Some((name, value_of(value)?));
        let facts: Option<_> = table.iter().map(|(name, value)| fact((name.get_ref().to_string(), value.get_ref()))).collect();
        facts.or_else(|| self.refuse(Problem::NotA("made of values that JSON has"))).unwrap_or_default()
    }

    /// Notes a value that was given before, anywhere in the text. The value itself is not shown.
    pub(super) fn unique_in_text(&self, what: &'static str, value: &str) -> Option<()> {
        let before = self.reading.unique.borrow().get(&(what, value.to_owned())).copied();
        match before {
            Some(line) => self.refuse(Problem::Repeated(line)),
            None => {
                self.reading.unique.borrow_mut().insert((what, value.to_owned()), self.line());
                Some(())
            }
        }
    }

    pub(super) fn line(&self) -> usize {
        self.reading.line(self.offset)
    }

    /// The text here, if it is one; nothing is noted.
    pub(super) fn peek_text(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    /// The text of a member of the table here; nothing is noted.
    pub(super) fn peek(&self, member: &str) -> Option<&'a str> {
        let (_, value) = self.value.as_table()?.iter().find(|(name, _)| name.get_ref() == member)?;
        value.get_ref().as_str()
    }

    fn below(&self, key: &str, value: &'a DeValue<'a>, span: &Range<usize>) -> Self {
        Self { reading: self.reading, key: key.to_owned(), value, offset: span.start }
    }
}

/// A table.
pub(super) struct Section<'a> {
    pub(super) node: Node<'a>,
    table: &'a DeTable<'a>,
}

impl<'a> Section<'a> {
    pub(super) fn root(reading: &'a Reading<'a>, value: &'a DeValue<'a>, known: &[&str]) -> Option<Self> {
        Node { reading, key: String::new(), value, offset: 0 }.section(known)
    }

    /// The value of `key`, if it is given; it stands where its key does.
    pub(super) fn find(&self, key: &str) -> Option<Node<'a>> {
        let (name, value) = self.table.iter().find(|(name, _)| name.get_ref() == key)?;
        Some(self.node.below(&self.key(key), value.get_ref(), &name.span()))
    }

    /// The value of `key`, which must be given.
    pub(super) fn require(&self, key: &str) -> Option<Node<'a>> {
        self.find(key).or_else(|| {
            self.node.reading.fault(self.node.offset, self.key(key), Problem::Missing);
            None
        })
    }

    /// The items of `key`; none when it is absent.
    pub(super) fn items(&self, key: &str) -> Vec<Node<'a>> {
        self.find(key).map(|node| node.list()).unwrap_or_default()
    }

    /// The items of `key`; nothing is noted.
    pub(super) fn peek_list(&self, key: &str) -> Vec<Node<'a>> {
        let node = self.find(key);
        node.filter(|node| node.value.is_array()).map(|node| node.list()).unwrap_or_default()
    }

    /// The dotted key of a member.
    fn key(&self, key: &str) -> String {
        match self.node.key.as_str() {
            "" => key.to_owned(),
            above => format!("{above}.{key}"),
        }
    }
}

/// JSON for a TOML value; absent for infinities and numbers that are none.
fn value_of(value: &DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => Value::from(i64::from_str_radix(number.as_str(), number.radix()).ok()?),
        DeValue::Float(number) => Value::Number(serde_json::Number::from_f64(number.as_str().parse().ok()?)?),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(instant) => Value::String(instant.to_string()),
        DeValue::Array(items) => Value::Array(items.iter().map(|item| value_of(item.get_ref())).collect::<Option<_>>()?),
        DeValue::Table(table) => {
            let fact = |(name, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
                let name: &std::borrow::Cow<'_, str> = name.get_ref();
                Some((name.to_string(), value_of(value.get_ref())?))
            };
            Value::Object(table.iter().map(fact).collect::<Option<_>>()?)
        }
    })
}
