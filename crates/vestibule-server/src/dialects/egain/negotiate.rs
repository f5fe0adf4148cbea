//! What a request says of form and language (`spec/egain-grants.md`, section 3): `Accept`, `Accept-Language`,
//! `Content-Type`, and whether it wants to be told in words for people.

use axum::http::{
    HeaderMap, HeaderName,
    header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE},
};

use super::{
    Surface,
    errors::{self, Failure},
    texts::SOURCES,
    words,
};

/// The form of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// `application/json`.
    Json,
    /// `application/xml`.
    Xml,
}

impl Media {
    /// As it is written in headers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Xml => "application/xml",
        }
    }

    fn find(essence: &str) -> Option<Self> {
        [Self::Json, Self::Xml].into_iter().find(|media| essence.eq_ignore_ascii_case(media.as_str()))
    }

    /// What the body is said to be; nothing said, it is what the surface is used to (section 3, inferred). Parameters do
    /// not matter: only UTF-8 is read.
    pub fn of_body(headers: &HeaderMap, surface: Surface) -> Result<Self, Failure> {
        let mut all = headers.get_all(CONTENT_TYPE).iter();
        let (first, more) = (all.next(), all.next());
        let named = first.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let Some(named) = named.filter(|named| !named.trim().is_empty()) else { return Ok(surface.media()) };
        let essence = named.split(';').next().unwrap_or_default().trim();
        let found = Self::find(essence).filter(|_| more.is_none());
        found.ok_or_else(|| Failure::of(&errors::CONTENT_TYPE, [essence]))
    }

    /// What the answer is to be (section 3): the best that is known here; nothing said, or anything, it is what the
    /// surface is used to.
    fn of_answer(headers: &HeaderMap, surface: Surface) -> Result<Self, Failure> {
        let Some(wishes) = sent(headers, &ACCEPT) else { return Ok(surface.media()) };
        if wishes.trim().is_empty() {
            return Err(Failure::of(&errors::ACCEPT_EMPTY, [""]));
        }
        let known = |essence: &str| match essence {
            "*/*" | "application/*" => Some(surface.media()),
            named => Self::find(named),
        };
        best(&wishes, known).ok_or_else(|| Failure::of(&errors::ACCEPT, [wishes]))
    }
}

/// A language of section 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language(&'static str);

/// That of section 3: English of the United States.
impl Default for Language {
    fn default() -> Self {
        Self("en-US")
    }
}

impl Language {
    /// The language of this tag, however it is spelt; none but whole tags are known.
    pub fn find(tag: &str) -> Option<Self> {
        SOURCES.iter().find(|(known, _)| tag.eq_ignore_ascii_case(known)).map(|(known, _)| Self(known))
    }

    /// Its tag.
    pub const fn tag(self) -> &'static str {
        self.0
    }

    fn of(headers: &HeaderMap) -> Result<Self, Failure> {
        let Some(wishes) = sent(headers, &ACCEPT_LANGUAGE) else { return Ok(Self::default()) };
        let known = |tag: &str| match tag {
            "*" => Some(Self::default()),
            named => Self::find(named),
        };
        best(&wishes, known).ok_or_else(|| Failure::of(&errors::ACCEPT_LANGUAGE, [""; 0]))
    }
}

/// How a caller is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Voice {
    /// The form of the answer.
    pub media: Media,
    /// Its language.
    pub language: Language,
    /// Whether refusals have words for people in them.
    pub tells_people: bool,
}

impl Voice {
    /// As the request wants it (section 6, step 4: the language is looked at first).
    pub fn wanted(headers: &HeaderMap, surface: Surface) -> Result<Self, Failure> {
        let language = Language::of(headers)?; //                                406
        Ok(Self { media: Media::of_answer(headers, surface)?, language, tells_people: tells_people(headers) }) // 406, 400
    }

    /// The same for a refusal that comes before that step, or is about it: what is not known is left at English and JSON.
    pub fn as_far_as_known(headers: &HeaderMap, surface: Surface) -> Self {
        Self {
            media: Media::of_answer(headers, surface).unwrap_or(Media::Json),
            language: Language::of(headers).unwrap_or_default(),
            tells_people: tells_people(headers),
        }
    }
}

fn tells_people(headers: &HeaderMap) -> bool {
    sent(headers, &HeaderName::from_static(words::USER_MESSAGE_HEADER)).is_some_and(|said| said.trim().eq_ignore_ascii_case(words::YES))
}

/// All values of a header as one list (RFC 9110, section 5.3).
fn sent(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let all: Vec<_> = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    (!all.is_empty()).then(|| all.join(","))
}

/// The best of a weighted list (RFC 9110, section 12.4.2) that is known; of equals the first. What is not known is passed over.
fn best<T>(list: &str, known: impl Fn(&str) -> Option<T>) -> Option<T> {
    let mut found: Option<(u16, T)> = None;
    for item in list.split(',') {
        let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
        let weight = weight(parameters);
        if let Some(one) = known(name.trim()).filter(|_| weight > found.as_ref().map_or(0, |(most, _)| *most)) {
            found = Some((weight, one));
        }
    }
    found.map(|(_, one)| one)
}

/// `q` in thousandths; nothing said it is whole, and what cannot be read is none.
fn weight(parameters: &str) -> u16 {
    let mut pairs = parameters.split(';').filter_map(|pair| pair.split_once('='));
    let Some((_, raw)) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("q")) else { return WHOLE };
    let raw = raw.trim();
    let (whole, part) = raw.split_once('.').unwrap_or((raw, ""));
    let digits = part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
    match whole {
        "1" if digits && part.bytes().all(|b| b == b'0') => WHOLE,
        "0" if digits => format!("{part:0<3}").parse().unwrap_or_default(),
        _ => 0,
    }
}

const WHOLE: u16 = 1_000;

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(name: HeaderName, values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn the_best_media_type_that_is_known_is_taken() {
        use Media::{Json, Xml};
        for (sent, v3, legacy) in [
            (&[][..], Ok(Json), Ok(Xml)),
            (&["*/*"], Ok(Json), Ok(Xml)),
            (&["application/*"], Ok(Json), Ok(Xml)),
            (&["Application/XML;charset=utf-8"], Ok(Xml), Ok(Xml)),
            (&["application/json"], Ok(Json), Ok(Json)),
            (&["application/xml;q=0.4, application/json; q=0.5"], Ok(Json), Ok(Json)),
            (&["application/json;q=0", "application/xml;q=0.001"], Ok(Xml), Ok(Xml)),
            (&["text/html, application/xml"], Ok(Xml), Ok(Xml)),
            (&["text/html", "*/*;q=0.1"], Ok(Json), Ok(Xml)),
            (&["text/xml"], Err("406-101"), Err("406-101")),
            (&["application/json;q=0"], Err("406-101"), Err("406-101")),
            (&["application/json;q=2"], Err("406-101"), Err("406-101")),
            (&["application/json;q=0.0001"], Err("406-101"), Err("406-101")),
            (&["*"], Err("406-101"), Err("406-101")),
            (&[""], Err("400-103"), Err("400-103")),
            (&["  "], Err("400-103"), Err("400-103")),
        ] {
            for (surface, expected) in [(Surface::V3, v3), (Surface::Legacy, legacy)] {
                let found = Media::of_answer(&headers(ACCEPT, sent), surface).map_err(|failure| failure.code());
                assert_eq!(found, expected, "{sent:?}");
            }
        }
    }

    #[test]
    fn a_body_is_what_it_is_said_to_be() {
        use Media::{Json, Xml};
        for (sent, v3, legacy) in [
            (&[][..], Ok(Json), Ok(Xml)),
            (&[""], Ok(Json), Ok(Xml)),
            (&["application/xml"], Ok(Xml), Ok(Xml)),
            (&["APPLICATION/JSON ; charset=utf-16"], Ok(Json), Ok(Json)),
            (&["text/xml"], Err("415-100"), Err("415-100")),
            (&["text/plain"], Err("415-100"), Err("415-100")),
            (&["application/x-www-form-urlencoded"], Err("415-100"), Err("415-100")),
            (&["application/json", "application/json"], Err("415-100"), Err("415-100")),
        ] {
            for (surface, expected) in [(Surface::V3, v3), (Surface::Legacy, legacy)] {
                let found = Media::of_body(&headers(CONTENT_TYPE, sent), surface).map_err(|failure| failure.code());
                assert_eq!(found, expected, "{sent:?}");
            }
        }
    }

    #[test]
    fn the_best_language_that_is_known_is_taken() {
        for (sent, expected) in [
            (&[][..], Ok("en-US")),
            (&["de-DE"], Ok("de-DE")),
            (&["DE-de"], Ok("de-DE")),
            (&["*"], Ok("en-US")),
            (&["nl-BE, nl-NL;q=0.3, sv-SE;q=0.9"], Ok("sv-SE")),
            (&["xx-XX", "ja-JP;q=0.1"], Ok("ja-JP")),
            (&["de"], Err("406-100")),
            (&["de-DE;q=0"], Err("406-100")),
            (&[""], Err("406-100")),
            (&["tlh-QO'noS"], Err("406-100")),
        ] {
            let found = Language::of(&headers(ACCEPT_LANGUAGE, sent)).map(Language::tag).map_err(|failure| failure.code());
            assert_eq!(found, expected, "{sent:?}");
        }
    }
}
