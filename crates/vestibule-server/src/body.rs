//! Bodies as every door reads them: bounded bytes first, parsed strictly at the handler's own step.
//!
//! [`read`] takes the bytes off the connection, [`object`] reads them as one JSON object, and
//! [`Object`] hands out members as typed values or says what is wrong with them. No dialect's
//! field, code or status is known here. What serde_json would let pass and two readers could
//! understand in two ways (a repeated member, bytes after the end) is refused.

pub mod fields;

use std::{
    cell::RefCell,
    fmt,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{HeaderMap, header::CONTENT_TYPE},
};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use vestibule_core::refusal::{Fault, Malformed};

/// Most bytes of a body.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// Most levels of objects and arrays in a body.
pub const DEPTH_MAX: usize = 32;
/// How much of a body that is too long is still taken off the connection, so that a client which
/// sends before it reads gets to see the answer.
const DISCARDED_BYTES_MAX: usize = 1024 * 1024;

/// A media type that a route may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

impl MediaType {
    /// As written in `Content-Type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }

    /// Which of the types a route takes the body has. Parameters such as `charset` are accepted;
    /// what the bytes are is checked when they are read. Neither none nor two headers will do.
    pub fn of(headers: &HeaderMap, taken: &[Self]) -> Result<Self, Malformed> {
        let mut all = headers.get_all(CONTENT_TYPE).iter();
        let wrong = Fault::WrongContentType(taken.first().map_or("", |first| first.as_str()));
        let (named, more) = match (all.next(), all.next()) {
            (None, _) => return Err(Malformed::body(Fault::NoContentType)),
            (Some(named), more) => (named.to_str().unwrap_or_default(), more),
        };
        let essence = named.split(';').next().unwrap_or_default().trim();
        match taken.iter().find(|one| essence.eq_ignore_ascii_case(one.as_str())) {
            Some(found) if more.is_none() => Ok(*found),
            _ => Err(Malformed::body(wrong)),
        }
    }
}

/// How long a body may take to arrive. A connection that sends in drops must not keep its place.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(30);

/// The bytes of a body: at most [`BODY_BYTES_MAX`], else [`Fault::TooLong`]. One that breaks off,
/// or takes longer than [`ARRIVAL_TIMEOUT`], is not JSON.
pub async fn read(body: Body) -> Result<Bytes, Malformed> {
    Ok(read_at_most(body, BODY_BYTES_MAX).await?.bytes)
}

/// A body that has arrived.
pub struct Arrived {
    /// Its bytes.
    pub bytes: Bytes,
    /// Whether it was waited for: most bodies come with their heads.
    pub late: bool,
}

/// The same, for a route with a limit of its own.
pub async fn read_at_most(body: impl HttpBody<Data = Bytes>, limit: usize) -> Result<Arrived, Malformed> {
    let mut arriving = pin!(arrived(body, limit));
    // One that is here already needs no timer.
    if let Poll::Ready(here) = poll_fn(|cx| Poll::Ready(arriving.as_mut().poll(cx))).await {
        return here.map(|bytes| Arrived { bytes, late: false });
    }
    let late = |_| Malformed::body(Fault::NotJson("it took too long to arrive".to_owned()));
    let bytes = tokio::time::timeout(ARRIVAL_TIMEOUT, arriving).await.map_err(late)??;
    Ok(Arrived { bytes, late: true })
}

async fn arrived(body: impl HttpBody<Data = Bytes>, limit: usize) -> Result<Bytes, Malformed> {
    let mut body = pin!(body);
    let (mut first, mut more, mut seen) = (Bytes::new(), Vec::new(), 0_usize);
    // The end is asked for first: it is known before the connection says so.
    while !body.is_end_stream() {
        let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await else { break };
        let frame = frame.map_err(|_| Malformed::body(Fault::NotJson("it broke off".to_owned())))?;
        let Ok(data) = frame.into_data() else { continue };
        seen = seen.saturating_add(data.len());
        match seen {
            _ if seen > limit.saturating_add(DISCARDED_BYTES_MAX) => break,
            _ if seen > limit => {}
            // Most bodies come in one piece, which needs no copy.
            _ if first.is_empty() => first = data,
            _ => more.extend_from_slice(&data),
        }
    }
    match (seen <= limit, more.is_empty()) {
        (false, _) => Err(Malformed::body(Fault::TooLong { limit })),
        (true, true) => Ok(first),
        (true, false) => Ok([&first[..], &more].concat().into()),
    }
}

/// Reads a body that is one JSON object.
pub fn object(bytes: &[u8]) -> Result<Object, Malformed> {
    match value(bytes)? {
        Value::Object(members) => Ok(Object(members)),
        _ => Err(Malformed::body(Fault::NotA("a JSON object"))),
    }
}

/// Reads a body that is one JSON value: UTF-8, nothing after it, at most [`DEPTH_MAX`] levels, no
/// member twice in one object. A repeated member is named by its path.
pub fn value(bytes: &[u8]) -> Result<Value, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed::body(Fault::NotUtf8))?;
    let found = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Strict { depth: 0, path: None, found: &found }.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    read.map_err(|error| found.take().unwrap_or_else(|| Malformed::body(Fault::NotJson(error.to_string()))))
}

/// Where in the body the reader is, innermost first.
struct Path<'p> {
    name: &'p str,
    outer: Option<&'p Self>,
}

impl Path<'_> {
    fn text(&self) -> String {
        match self.outer {
            Some(outer) => format!("{}.{}", outer.text(), self.name),
            None => self.name.to_owned(),
        }
    }
}

/// Builds a value, counting levels and refusing members that come twice. What it refuses it leaves
/// in `found`, since serde_json's error could only carry it as text.
#[derive(Clone, Copy)]
pub struct Strict<'p> {
    depth: usize,
    path: Option<&'p Path<'p>>,
    found: &'p RefCell<Option<Malformed>>,
}

impl Strict<'_> {
    /// What stands here is at fault.
    fn not_a<E: Error>(self, fault: Fault) -> E {
        let malformed = self.path.map_or_else(|| Malformed::body(fault.clone()), |path| Malformed::new(path.text(), fault.clone()));
        self.refuse(malformed)
    }

    fn refuse<E: Error>(self, malformed: Malformed) -> E {
        let error = E::custom(&malformed);
        self.found.replace(Some(malformed));
        error
    }

    /// One level further in.
    fn deeper<E: Error>(self) -> Result<Self, E> {
        match self.depth {
            DEPTH_MAX => Err(self.refuse(Malformed::body(Fault::TooDeep { limit: DEPTH_MAX }))),
            depth => Ok(Self { depth: depth + 1, ..self }),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let path = Path { name: &name, outer: self.path };
            if map.contains_key(&name) {
                return Err(self.refuse(Malformed::new(path.text(), Fault::Repeated)));
            }
            let value = members.next_value_seed(Strict { depth: inside.depth, path: Some(&path), found: self.found })?;
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

/// The members of a JSON object, as typed values. A required member that is null is missing; an
/// optional one that is null is absent.
#[derive(Debug, Clone, PartialEq)]
pub struct Object(Map<String, Value>);

impl Object {
    /// An object from inside another.
    pub fn new(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// A member as it stands, null included.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A required string.
    pub fn text(&self, name: &'static str) -> Result<&str, Malformed> {
        self.required(name, self.text_or_none(name)?)
    }

    /// An optional string.
    pub fn text_or_none(&self, name: &'static str) -> Result<Option<&str>, Malformed> {
        self.typed(name, "a string", Value::as_str)
    }

    /// An optional `true` or `false`.
    pub fn boolean_or_none(&self, name: &'static str) -> Result<Option<bool>, Malformed> {
        self.typed(name, "a boolean", Value::as_bool)
    }

    /// An optional whole number.
    pub fn integer_or_none(&self, name: &'static str) -> Result<Option<i64>, Malformed> {
        self.typed(name, "an integer", Value::as_i64)
    }

    /// An optional array.
    pub fn list_or_none(&self, name: &'static str) -> Result<Option<&[Value]>, Malformed> {
        self.typed(name, "an array", |value| value.as_array().map(Vec::as_slice))
    }

    /// An optional object.
    pub fn object_or_none(&self, name: &'static str) -> Result<Option<&Map<String, Value>>, Malformed> {
        self.typed(name, "a JSON object", Value::as_object)
    }

    /// Refuses the first member that is not one of `known`.
    pub fn only(&self, known: &[&str]) -> Result<(), Malformed> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            Some(unknown) => Err(Malformed::new(unknown.clone(), Fault::UnknownMember)),
            None => Ok(()),
        }
    }

    /// An optional member, as `read` takes it or else not `what`.
    fn typed<'v, T>(&'v self, name: &'static str, what: &'static str, read: fn(&'v Value) -> Option<T>) -> Result<Option<T>, Malformed> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| Malformed::new(name, Fault::NotA(what))),
        }
    }

    fn required<T>(&self, name: &'static str, value: Option<T>) -> Result<T, Malformed> {
        value.ok_or_else(|| Malformed::new(name, Fault::Missing))
    }
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
