//! Objects read member by member into fields of their own, with no value of the whole in between, for
//! the door that is asked by the ten thousand a second. What is refused, and how it is named, is as in
//! [`super::value`]; a member that nobody knows is read by the same rules and dropped.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, value::RawValue};
use vestibule_core::refusal::{Fault, Malformed};

use super::{Path, Strict};

/// What an object's members are read into.
pub trait Fields<'de>: Default {
    /// The members that are known, 32 at most.
    const NAMES: &'static [&'static str];

    /// Reads the value of the member of this number, which comes next in `members` and stands `at` this place.
    fn read<A: MapAccess<'de>>(&mut self, number: usize, members: &mut A, at: Strict<'_>) -> Result<(), A::Error>;
}

/// Reads a body that is one JSON object into its fields.
pub fn read<'de, F: Fields<'de>>(bytes: &'de [u8]) -> Result<F, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed::body(Fault::NotUtf8))?;
    read_within(text, 0)
}

/// The same for an object that stands so many levels deep in a body.
pub fn read_within<'de, F: Fields<'de>>(text: &'de str, depth: usize) -> Result<F, Malformed> {
    let found = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let object = Object::<F>::at(Strict { depth, path: None, found: &found });
    let read = object.deserialize(&mut reader).and_then(|fields| reader.end().map(|()| fields));
    match read {
        Ok(Some(fields)) => Ok(fields),
        Ok(None) => Err(Malformed::body(NOT_AN_OBJECT)),
        Err(error) => Err(found.take().unwrap_or_else(|| Malformed::body(Fault::NotJson(error.to_string())))),
    }
}

const NOT_AN_OBJECT: Fault = Fault::NotA("an object");
const NOT_TEXT: Fault = Fault::NotA("a string");

/// Reads an object into fields; null is none.
pub struct Object<'p, F> {
    at: Strict<'p>,
    fields: F,
}

impl<'p, F: Default> Object<'p, F> {
    /// The object that stands at this place.
    pub fn at(at: Strict<'p>) -> Self {
        Self { at, fields: F::default() }
    }
}

impl<'de, F: Fields<'de>> DeserializeSeed<'de> for Object<'_, F> {
    type Value = Option<F>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<F>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: Fields<'de>> Visitor<'de> for Object<'_, F> {
    type Value = Option<F>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<Option<F>, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Option<F>, A::Error> {
        let inside = self.at.deeper()?;
        let (mut known, mut others) = (0_u32, BTreeSet::new());
        while let Some(Name(name)) = members.next_key()? {
            let path = Path { name: &name, outer: self.at.path };
            let at = Strict { path: Some(&path), ..inside };
            match F::NAMES.iter().position(|known| **known == *name) {
                Some(number) => {
                    let bit = 1_u32.checked_shl(number as u32).unwrap_or_default();
                    if known & bit != 0 {
                        return Err(at.refuse(Malformed::new(path.text(), Fault::Repeated)));
                    }
                    known |= bit;
                    self.fields.read(number, &mut members, at)?;
                }
                None if others.contains(&name) => return Err(at.refuse(Malformed::new(path.text(), Fault::Repeated))),
                None => {
                    members.next_value_seed(at)?;
                    others.insert(name);
                }
            }
        }
        Ok(Some(self.fields))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Option<F>, E> {
        Err(self.at.not_a(NOT_AN_OBJECT))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Option<F>, E> {
        Err(self.at.not_a(NOT_AN_OBJECT))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Option<F>, E> {
        Err(self.at.not_a(NOT_AN_OBJECT))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Option<F>, E> {
        Err(self.at.not_a(NOT_AN_OBJECT))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Option<F>, E> {
        Err(self.at.not_a(NOT_AN_OBJECT))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Option<F>, A::Error> {
        Err(self.at.not_a(NOT_AN_OBJECT))
    }
}

/// A member's name, borrowed where JSON has no escapes in it.
struct Name<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

/// Reads text that is not empty and holds no NUL, which no id of ours has and no database could even be
/// asked for; null is none.
pub struct Text<'p>(pub Strict<'p>);

impl Text<'_> {
    fn check<E: Error>(&self, text: &str) -> Result<(), E> {
        match text {
            "" => Err(self.0.not_a(Fault::Empty)),
            text if text.contains('\0') => Err(self.0.not_a(Fault::Format("text without NUL"))),
            _ => Ok(()),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Text<'_> {
    type Value = Option<Cow<'de, str>>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text<'_> {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        self.check(text).map(|()| Some(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        self.check(text).map(|()| Some(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Err(self.0.not_a(NOT_TEXT))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Err(self.0.not_a(NOT_TEXT))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Err(self.0.not_a(NOT_TEXT))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Err(self.0.not_a(NOT_TEXT))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(self.0.not_a(NOT_TEXT))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(self.0.not_a(NOT_TEXT))
    }
}

/// Reads an object with whatever members; null is none.
pub struct Attributes<'p>(pub Strict<'p>);

impl<'de> DeserializeSeed<'de> for Attributes<'_> {
    type Value = Option<BTreeMap<String, Value>>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match deserializer.deserialize_any(self.0)? {
            Value::Object(members) => Ok(Some(members.into_iter().collect())),
            Value::Null => Ok(None),
            _ => Err(self.0.not_a(NOT_AN_OBJECT)),
        }
    }
}

/// Reads a whole number that is not negative; null is none.
pub struct Count<'p>(pub Strict<'p>);

impl<'de> DeserializeSeed<'de> for Count<'_> {
    type Value = Option<u64>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match deserializer.deserialize_any(self.0)? {
            Value::Number(number) => number.as_u64().map(Some).ok_or_else(|| self.0.not_a(NOT_A_COUNT)),
            Value::Null => Ok(None),
            _ => Err(self.0.not_a(NOT_A_COUNT)),
        }
    }
}

const NOT_A_COUNT: Fault = Fault::NotA("a whole number from 0");

/// Takes an array's items as they are written, so that each can be read, or fail, by itself; null is none.
pub struct Items<'p> {
    /// Where it stands.
    pub at: Strict<'p>,
    /// Most items.
    pub limit: usize,
}

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = Option<Vec<&'de RawValue>>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

const NOT_AN_ARRAY: Fault = Fault::NotA("an array");

impl<'de> Visitor<'de> for Items<'_> {
    type Value = Option<Vec<&'de RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            if list.len() == self.limit {
                return Err(self.at.not_a(Fault::TooMany { limit: self.limit }));
            }
            list.push(item);
        }
        Ok(Some(list))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Err(self.at.not_a(NOT_AN_ARRAY))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Err(self.at.not_a(NOT_AN_ARRAY))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Err(self.at.not_a(NOT_AN_ARRAY))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Err(self.at.not_a(NOT_AN_ARRAY))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Err(self.at.not_a(NOT_AN_ARRAY))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(self.at.not_a(NOT_AN_ARRAY))
    }
}
