//! Limits on calls: so many in a sliding period, whoever counts them.

use std::{fmt, str::FromStr};

use crate::{refusal::Refusal, time::Timestamp};

/// A limit on calls: so many in a sliding period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Names the count.
    pub name: &'static str,
    /// Calls allowed in the period.
    pub allowed: u32,
    /// The period, in seconds.
    pub period_s: u32,
}

/// Up to so many calls are remembered one by one. Of a larger limit those of one sixtieth of the period are remembered
/// together, as if each had come with the last of them: what is kept does not grow with the limit, no more calls are
/// let through in any period, and whoever has spent it waits that sixtieth longer at most.
const SLOTS: u32 = 60;

impl RateLimit {
    fn period_ms(&self) -> i64 {
        i64::from(self.period_s) * 1_000
    }

    /// How long a slot is, in milliseconds; 0: each call stands alone.
    fn slot_ms(&self) -> i64 {
        if self.allowed <= SLOTS { 0 } else { self.period_ms() / i64::from(SLOTS) }
    }
}

/// The calls that still count against a limit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calls(Vec<Slot>);

/// Calls that are remembered together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slot {
    /// When the last of them came.
    at: Timestamp,
    count: u32,
}

impl Calls {
    /// Forgets what has passed. Calls from a clock that has since fallen back count from now on, or the limit would stay
    /// spent until the clock is back where it was; whether there were such.
    pub fn settle(&mut self, limit: &RateLimit, now: Timestamp) -> bool {
        let is_ahead = self.0.iter().any(|slot| slot.at > now);
        self.0.iter_mut().for_each(|slot| slot.at = slot.at.min(now));
        self.0.retain(|slot| now.millis() - slot.at.millis() < limit.period_ms());
        is_ahead
    }

    /// Counts a call at `now`, for which they are settled.
    ///
    /// # Errors
    /// [`Refusal::TooMany`]: the limit is spent, and the call is not counted.
    pub fn spend(&mut self, limit: &RateLimit, now: Timestamp) -> Result<(), Refusal> {
        let counted = self.0.iter().fold(0_u32, |sum, slot| sum.saturating_add(slot.count));
        if counted >= limit.allowed {
            let oldest = self.0.first().map_or(now, |slot| slot.at);
            let wait_ms = oldest.millis() + limit.period_ms() - now.millis();
            let retry_after_s = u32::try_from(wait_ms.div_euclid(1_000) + i64::from(wait_ms % 1_000 > 0)).unwrap_or(limit.period_s).max(1);
            return Err(Refusal::TooMany { allowed: limit.allowed, period_s: limit.period_s, retry_after_s });
        }
        let slot_of = |at: Timestamp| at.millis().checked_div_euclid(limit.slot_ms());
        match self.0.last_mut().filter(|last| slot_of(now).is_some() && slot_of(last.at) == slot_of(now)) {
            Some(last) => *last = Slot { at: now, count: last.count.saturating_add(1) },
            None => self.0.push(Slot { at: now, count: 1 }),
        }
        Ok(())
    }
}

/// `MILLIS` or `MILLIS*COUNT`, oldest first, with spaces between.
impl fmt::Display for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, slot) in self.0.iter().enumerate() {
            let gap = if place == 0 { "" } else { " " };
            match slot.count {
                1 => write!(f, "{gap}{}", slot.at.millis())?,
                count => write!(f, "{gap}{}*{count}", slot.at.millis())?,
            }
        }
        Ok(())
    }
}

/// The text is not what [`Calls`] are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these are no counted calls")]
pub struct BadCalls;

impl FromStr for Calls {
    type Err = BadCalls;

    fn from_str(text: &str) -> Result<Self, BadCalls> {
        let slot = |word: &str| {
            let (millis, count) = word.split_once('*').unwrap_or((word, "1"));
            Some(Slot { at: Timestamp::from_millis(millis.parse().ok()?), count: count.parse().ok()? })
        };
        text.split_ascii_whitespace().map(slot).collect::<Option<_>>().map(Self).ok_or(BadCalls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEW: RateLimit = RateLimit { name: "few", allowed: 6, period_s: 60 };
    const MANY: RateLimit = RateLimit { name: "many", allowed: 1_200, period_s: 60 };

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_900_000_000_000 + millis)
    }

    fn call(calls: &mut Calls, limit: &RateLimit, millis: i64) -> Result<(), u32> {
        calls.settle(limit, at(millis));
        calls.spend(limit, at(millis)).map_err(|refusal| match refusal {
            Refusal::TooMany { retry_after_s, .. } => retry_after_s,
            other => panic!("{other}"),
        })
    }

    #[test]
    fn a_small_limit_is_exact_to_the_millisecond() {
        let mut calls = Calls::default();
        for millis in [0, 1, 1, 10_000, 20_000, 59_999] {
            assert_eq!(call(&mut calls, &FEW, millis), Ok(()));
        }
        assert_eq!(call(&mut calls, &FEW, 59_999), Err(1), "a refused call is not counted");
        assert_eq!(call(&mut calls, &FEW, 60_000), Ok(()), "the first has passed");
        assert_eq!(call(&mut calls, &FEW, 60_000), Err(1));
        assert_eq!(call(&mut calls, &FEW, 60_001), Ok(()));
        assert_eq!(call(&mut calls, &FEW, 60_001), Ok(()));
        assert_eq!(call(&mut calls, &FEW, 60_001), Err(10));
    }

    #[test]
    fn a_large_limit_is_kept_small_and_never_lets_more_through() {
        for step_ms in [1, 7, 49, 51, 333] {
            let (mut calls, mut passed) = (Calls::default(), Vec::new());
            for millis in (0..200_000).step_by(step_ms) {
                if call(&mut calls, &MANY, millis).is_ok() {
                    passed.push(millis);
                }
                assert!(calls.0.len() <= SLOTS as usize + 1);
            }
            let most = passed.iter().map(|from| passed.iter().filter(|call| (0..60_000).contains(&(*call - from))).count()).max();
            assert!(most <= Some(1_200), "{most:?} calls in a minute, one each {step_ms} ms");
            // Whoever keeps to the limit is never refused, with a slot to spare.
            assert!(step_ms < 51 || passed.len() == 200_000_usize.div_ceil(step_ms), "{} passed", passed.len());
        }
    }

    #[test]
    fn whoever_has_spent_a_large_limit_waits_a_slot_longer_at_most() {
        let mut calls = Calls::default();
        for _ in 0..1_200 {
            assert_eq!(call(&mut calls, &MANY, 0), Ok(()));
        }
        assert_eq!(calls.to_string(), format!("{}*1200", at(0).millis()));
        assert_eq!((call(&mut calls, &MANY, 1), call(&mut calls, &MANY, 59_999)), (Err(60), Err(1)));
        assert_eq!(call(&mut calls, &MANY, 60_000), Ok(()));
    }

    #[test]
    fn a_clock_that_fell_back_ends_no_limit_and_keeps_none_spent() {
        let mut calls = Calls::default();
        for _ in 0..6 {
            assert_eq!(call(&mut calls, &FEW, 500_000), Ok(()));
        }
        assert!(calls.settle(&FEW, at(0)));
        assert!(!calls.settle(&FEW, at(0)), "they were moved");
        assert_eq!((call(&mut calls, &FEW, 59_999), call(&mut calls, &FEW, 60_000)), (Err(1), Ok(())));
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let mut calls = Calls::default();
        for millis in [0, 1_000, 1_001, 2_500] {
            assert_eq!(call(&mut calls, &MANY, millis), Ok(()));
        }
        assert_eq!(calls.to_string(), format!("{} {}*2 {}", at(0).millis(), at(1_001).millis(), at(2_500).millis()));
        assert_eq!(calls.to_string().parse(), Ok(calls));
        assert_eq!("".parse(), Ok(Calls::default()));
        for bad in ["x", "1*", "*1", "1*-1", "1*2*3"] {
            assert_eq!(bad.parse::<Calls>(), Err(BadCalls), "{bad}");
        }
    }
}
