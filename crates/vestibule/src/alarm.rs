//! How hyper learns that a request's head takes too long.
//!
//! It wants a timer for every head. One of the runtime's own for each would cost a request as much as
//! finding out who sent it, so all heads of a connection share one, which is set anew only when it rings.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use hyper::rt::{Sleep, Timer};

/// The timer of one connection.
#[derive(Default)]
pub struct Alarm(Arc<Mutex<Option<Pin<Box<tokio::time::Sleep>>>>>);

impl Timer for Alarm {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Wait { deadline, alarm: self.0.clone() })
    }
}

/// Until an instant. Whoever waits on one connection is one task, so whoever set the alarm is woken by it.
struct Wait {
    deadline: Instant,
    alarm: Arc<Mutex<Option<Pin<Box<tokio::time::Sleep>>>>>,
}

impl Sleep for Wait {}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut alarm = self.alarm.lock().unwrap_or_else(PoisonError::into_inner);
        match alarm.as_ref() {
            // It rings no later than we want; ringing early costs one more look.
            Some(set) if !set.is_elapsed() && set.deadline().into_std() <= self.deadline => Poll::Pending,
            _ if self.deadline <= Instant::now() => Poll::Ready(()),
            _ => alarm.insert(Box::pin(tokio::time::sleep_until(self.deadline.into()))).as_mut().poll(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_wait_ends_at_its_own_instant() {
        let alarm = Alarm::default();
        let begun = Instant::now();
        let waits = [40, 20, 60].map(|millis| begun + Duration::from_millis(millis));
        for deadline in waits {
            alarm.sleep_until(deadline).await;
            assert!(Instant::now() >= deadline);
        }
        // One that is given up, as when a head arrives, leaves the alarm set for the next.
        let mut given_up = alarm.sleep_until(Instant::now() + Duration::from_millis(10));
        std::future::poll_fn(|cx| Poll::Ready(assert!(given_up.as_mut().poll(cx).is_pending()))).await;
        drop(given_up);
        let later = Instant::now() + Duration::from_millis(30);
        alarm.sleep_until(later).await;
        assert!(Instant::now() >= later && later.elapsed() < Duration::from_secs(5));
    }
}
