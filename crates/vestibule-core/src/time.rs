//! Instants: whole milliseconds since 1970, UTC. Reading the clock is the edge's business.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

use crate::refusal::{Fault, Malformed};

/// An instant, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last instant that can be written down (9999-12-31T23:59:59.999Z).
    pub const MAX: Self = Self(253_402_300_799_999);
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// From milliseconds since 1970; clamped to what can be written down.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, Self::MAX.0))
    }

    /// From seconds since 1970; clamped.
    pub fn from_seconds(seconds: i64) -> Self {
        Self::from_millis(seconds.saturating_mul(1000))
    }

    /// Milliseconds since 1970.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This instant moved by `millis`; clamped.
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// This instant moved by `seconds`; clamped.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_millis(seconds.saturating_mul(1000))
    }

    /// `YYYY-MM-DDThh:mm:ss.ffffffZ`, 27 bytes: the log's form (`spec/audit-log.md`, section 1.1).
    pub fn micros_text(self) -> String {
        format!("{}.{:03}000Z", self.whole_seconds_text(), self.0.rem_euclid(1000))
    }

    /// `YYYY-MM-DDThh:mm:ss.mmmZ`, always with milliseconds.
    pub fn millis_text(self) -> String {
        format!("{}.{:03}Z", self.whole_seconds_text(), self.0.rem_euclid(1000))
    }

    fn whole_seconds_text(self) -> String {
        match jiff::Timestamp::from_second(self.seconds()) {
            Ok(instant) => instant.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            // Cannot happen: every value is clamped to what jiff can print.
            Err(_) => "9999-12-31T23:59:59".to_owned(),
        }
    }
}

/// RFC 3339, UTC, fraction only when there is one: `2031-04-30T18:00:00Z`, `…00.250Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.rem_euclid(1000) {
            0 => write!(f, "{}Z", self.whole_seconds_text()),
            _ => f.write_str(&self.millis_text()),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads any RFC 3339 instant with an offset; what is finer than a millisecond is cut off.
impl FromStr for Timestamp {
    type Err = Malformed;
    fn from_str(raw: &str) -> Result<Self, Malformed> {
        match raw.parse::<jiff::Timestamp>() {
            Ok(instant) if (0..=Self::MAX.0).contains(&instant.as_millisecond()) => Ok(Self(instant.as_millisecond())),
            _ => Err(Malformed::new("time", Fault::Format("an RFC 3339 instant"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_print_in_three_forms() {
        let whole = Timestamp::from_millis(1_935_338_400_000);
        let fine = whole.plus_millis(7);
        assert_eq!(whole.to_string(), "2031-04-30T18:00:00Z");
        assert_eq!(fine.to_string(), "2031-04-30T18:00:00.007Z");
        assert_eq!(whole.millis_text(), "2031-04-30T18:00:00.000Z");
        assert_eq!(fine.micros_text(), "2031-04-30T18:00:00.007000Z");
    }

    #[test]
    fn any_rfc_3339_instant_is_read() {
        for (raw, millis) in [
            ("2031-04-30T18:00:00Z", Some(1_935_338_400_000)),
            ("2031-04-30T20:00:00+02:00", Some(1_935_338_400_000)),
            ("2031-04-30T18:00:00.0079Z", Some(1_935_338_400_007)),
            ("2031-04-30", None),
            ("2031-04-30T18:00:00", None),
            ("1969-12-31T23:59:59Z", None),
            ("tomorrow", None),
        ] {
            assert_eq!(raw.parse::<Timestamp>().ok().map(Timestamp::millis), millis, "{raw}");
        }
    }
}
