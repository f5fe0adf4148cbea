//! Limits on calls, counted in this process (section 3 of the page): by source address, by organization.
//!
//! A request is counted in the second in which it began. A period of one second is so over at the second's
//! end, as the page has it; a longer one rolls on from second to second. Reads are counted too, which
//! is why no database is asked; of several processes each counts its own.

use std::sync::{Arc, Mutex, PoisonError};

use quick_cache::sync::Cache;
use vestibule_core::{refusal::Refusal, time::Timestamp};

/// So many calls in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Calls allowed in the period.
    pub allowed: u32,
    /// The period, in seconds, at least 1.
    pub period_s: u32,
}

/// Most addresses or organizations that are counted at once; the least used give way.
const COUNTED_MAX: usize = 10_000;

/// Counts calls by key.
pub struct Limiter {
    limit: Limit,
    counted: Cache<String, Arc<Mutex<Count>>>,
}

/// The calls of one key, by second; seconds without any are left out.
#[derive(Default)]
struct Count {
    seconds: std::collections::VecDeque<(i64, u32)>,
    total: u32,
}

impl Limiter {
    /// Nobody has called yet.
    pub fn new(limit: Limit) -> Self {
        Self { limit, counted: Cache::new(COUNTED_MAX) }
    }

    /// Counts a call, or refuses it uncounted with [`Refusal::TooMany`].
    pub fn spend(&self, key: &str, now: Timestamp) -> Result<(), Refusal> {
        let fresh = || Ok::<_, std::convert::Infallible>(Arc::default());
        let Ok(count) = self.counted.get_or_insert_with(key, fresh);
        let mut count = count.lock().unwrap_or_else(PoisonError::into_inner);
        count.spend(self.limit, now.seconds())
    }
}

impl Count {
    fn spend(&mut self, limit: Limit, second: i64) -> Result<(), Refusal> {
        let period = i64::from(limit.period_s);
        // A clock that fell back would leave counts ahead of it that never lapse.
        while let Some((at, calls)) = self.seconds.front().copied().filter(|(at, _)| second - at >= period || *at > second) {
            self.total -= calls.min(self.total);
            self.seconds.retain(|(counted, _)| *counted != at);
        }
        if self.total >= limit.allowed {
            let wait = self.seconds.front().map_or(1, |(oldest, _)| oldest + period - second);
            let retry_after_s = u32::try_from(wait).unwrap_or(limit.period_s).max(1);
            return Err(Refusal::TooMany { allowed: limit.allowed, period_s: limit.period_s, retry_after_s });
        }
        self.total += 1;
        match self.seconds.back_mut() {
            Some((at, calls)) if *at == second => *calls += 1,
            _ => self.seconds.push_back((second, 1)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls at these milliseconds, and whether each was let through.
    fn calls(limit: Limit, at: &[i64]) -> Vec<bool> {
        let limiter = Limiter::new(limit);
        at.iter().map(|millis| limiter.spend("somebody", Timestamp::from_millis(*millis)).is_ok()).collect()
    }

    #[test]
    fn a_limit_of_a_second_holds_for_the_rest_of_that_second() {
        let two = Limit { allowed: 2, period_s: 1 };
        assert_eq!(calls(two, &[5_000, 5_400, 5_401, 5_999, 6_000, 6_000, 6_000]), [true, true, false, false, true, true, false]);
    }

    #[test]
    fn a_longer_period_rolls_on() {
        let three = Limit { allowed: 3, period_s: 300 };
        assert_eq!(calls(three, &[0, 10_000, 20_000, 299_999, 300_000, 300_001, 310_000]), [true, true, true, false, true, false, true]);
    }

    #[test]
    fn a_clock_that_falls_back_frees_what_lies_ahead() {
        assert_eq!(calls(Limit { allowed: 1, period_s: 300 }, &[900_000, 1_000, 2_000]), [true, true, false]);
    }

    #[test]
    fn each_key_has_a_count_of_its_own_and_a_refusal_says_how_long() {
        let limiter = Limiter::new(Limit { allowed: 1, period_s: 60 });
        let spend = |key, second| limiter.spend(key, Timestamp::from_seconds(second));
        assert_eq!((spend("one", 100), spend("two", 100)), (Ok(()), Ok(())));
        assert_eq!(spend("one", 145), Err(Refusal::TooMany { allowed: 1, period_s: 60, retry_after_s: 15 }));
    }
}
