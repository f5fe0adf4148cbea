//! A past for the demo: a few weeks of visits, so that the console and the log have something to show from the first minute.
//! It is made by the same steps as the present, under a clock that is set back, and in the order in which it would have
//! happened: a log's time does not run backwards.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use secrecy::ExposeSecret;
use vestibule_core::{
    audit::Channel,
    id::{RealmId, SessionId},
    refusal::Refusal,
    support::{Entry, Invitee, SessionEnd},
};
use vestibule_operations::{
    Act, Ctx, Edge, Entity, Operations, Question,
    manifest::{AccountEntry, CredentialEntry, Manifest, Proof, StaffEntry},
};

use crate::{edge, exit::Failure};

/// A clock that can be set back, and be put right again.
#[derive(Clone, Default)]
pub struct Backdated(Arc<AtomicI64>);

const MINUTE_MS: i64 = 60_000;
const DAY_MIN: i64 = 1_440;
/// When the demo's past begins, in minutes before now.
const BEGINS_MIN: i64 = 24 * DAY_MIN;

impl Backdated {
    /// The machine's edge with this clock.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub fn edge(&self) -> Result<Edge, Failure> {
        let offset = self.0.clone();
        Ok(Edge { clock: Arc::new(move || edge::now().plus_millis(-offset.load(Ordering::Relaxed))), ..edge::edge()? })
    }

    /// Sets the clock to so many minutes before now.
    fn set_back(&self, minutes: i64) {
        self.0.store(minutes * MINUTE_MS, Ordering::Relaxed);
    }

    /// Sets the clock to where the past begins.
    pub fn begin(&self) {
        self.set_back(BEGINS_MIN);
    }

    /// Puts the clock right.
    pub fn put_right(&self) {
        self.set_back(0);
    }
}

/// How a visit of the past went on.
#[derive(Clone, Copy)]
enum End {
    /// The agent left after so many minutes.
    Left(i64),
    /// The tenant ended it after so many minutes.
    Ended(i64),
    /// Its time was over.
    Lapsed,
}

/// A visit of the past.
struct Past {
    /// How long ago it began, in minutes.
    ago_min: i64,
    /// Which of the vendor's people, by place in the manifest.
    agent: usize,
    reason: &'static str,
    ticket: Option<&'static str>,
    /// What was asked, one a minute: an action, and the plan that it was asked on.
    asked: &'static [(&'static str, &'static str)],
    end: End,
}

const VISITS: [Past; 5] = [
    Past {
        ago_min: 20 * DAY_MIN + 95,
        agent: 0,
        reason: "plan P1 bills twice",
        ticket: Some("CASE-4590"),
        asked: &[("config:retrieve", "P1"), ("config:retrieve", "P2"), ("config:update", "P1")],
        end: End::Left(26),
    },
    Past {
        ago_min: 13 * DAY_MIN + 310,
        agent: 1,
        reason: "look why the export of March is empty",
        ticket: Some("CASE-4633"),
        asked: &[("config:retrieve", "export"), ("config:delete", "export")],
        end: End::Ended(9),
    },
    Past {
        ago_min: 6 * DAY_MIN + 40,
        agent: 0,
        reason: "yearly review with the tenant",
        ticket: None,
        asked: &[("config:retrieve", "P3")],
        end: End::Lapsed,
    },
    Past {
        ago_min: 2 * DAY_MIN + 200,
        agent: 0,
        reason: "check that P1 bills once",
        ticket: Some("CASE-4590"),
        asked: &[("config:retrieve", "P1")],
        end: End::Left(7),
    },
    // Still inside when the demo opens.
    Past {
        ago_min: 18,
        agent: 1,
        reason: "the export of March, once more",
        ticket: Some("CASE-4633"),
        asked: &[("config:retrieve", "export"), ("config:update", "export")],
        end: End::Lapsed,
    },
];

/// Makes the demo's past, and puts the clock right.
///
/// # Errors
/// The manifest lacks somebody whom the past is about, or a step was refused.
pub async fn make(operations: &Operations, manifest: &Manifest, clock: &Backdated) -> Result<(), Failure> {
    let cast = Cast::of(manifest).ok_or_else(|| Failure::new("the demo lacks an admin or agents with tokens"))?;
    let told = cast.play(operations, clock).await;
    clock.put_right();
    told.map_err(|refusal| Failure::because("could not make the demo's past", &refusal))
}

/// Whom the past is about.
struct Cast {
    realm: RealmId,
    admin: String,
    agents: Vec<String>,
}

fn token(credentials: &[CredentialEntry]) -> Option<String> {
    credentials.iter().find_map(|credential| match &credential.proof {
        Proof::Token { secret } => Some(secret.expose_secret().to_owned()),
        _ => None,
    })
}

impl Cast {
    fn of(manifest: &Manifest) -> Option<Self> {
        let realm = manifest.realms.first()?;
        let admin = realm.accounts.iter().find_map(|account: &AccountEntry| token(&account.credentials))?;
        let agents: Vec<_> = manifest.support_staff.iter().filter_map(|agent: &StaffEntry| token(&agent.credentials)).collect();
        (agents.len() > 1).then_some(Self { realm: realm.id.clone(), admin, agents })
    }

    async fn play(&self, operations: &Operations, clock: &Backdated) -> Result<(), Refusal> {
        // Anyone was invited for a while, and nobody mailed.
        clock.set_back(22 * DAY_MIN);
        let admin = caller(operations, &self.admin).await?;
        let until = admin.now.plus_seconds(7 * 86_400);
        operations
            .write(&admin, &self.realm, move |mut work| Box::pin(async move { work.invite(Invitee::Anyone, Some(until)).await }))
            .await?;
        for visit in &VISITS {
            self.visit(operations, clock, visit).await?;
        }
        Ok(())
    }

    async fn visit(&self, operations: &Operations, clock: &Backdated, visit: &Past) -> Result<(), Refusal> {
        clock.set_back(visit.ago_min);
        let agent = self.agents.get(visit.agent).ok_or(Refusal::Internal)?;
        let entry = Entry::new(visit.reason, visit.ticket)?;
        let ctx = caller(operations, agent).await?;
        let entered = operations.write(&ctx, &self.realm, move |mut work| Box::pin(async move { work.enter(entry).await })).await?;
        let (session, token) = (entered.session.id, entered.token.expose_secret().to_owned());
        for (minutes, (action, plan)) in (1..).zip(visit.asked) {
            clock.set_back(visit.ago_min - minutes);
            let ctx = caller(operations, &token).await?;
            ask(operations, &ctx, &entered.session.agent_email, action, plan).await?;
        }
        match visit.end {
            End::Lapsed => Ok(()),
            End::Left(minutes) => {
                clock.set_back(visit.ago_min - minutes);
                let ctx = caller(operations, &token).await?;
                self.end(operations, &ctx, session, SessionEnd::Left).await
            }
            End::Ended(minutes) => {
                clock.set_back(visit.ago_min - minutes);
                let ctx = caller(operations, &self.admin).await?;
                self.end(operations, &ctx, session, SessionEnd::EndedByTenant).await
            }
        }
    }

    async fn end(&self, operations: &Operations, ctx: &Ctx, id: SessionId, why: SessionEnd) -> Result<(), Refusal> {
        operations.write(ctx, &self.realm, move |mut work| Box::pin(async move { work.end_session(id, why).await })).await.map(drop)
    }
}

/// A request by whoever bears a token, at the clock's instant.
async fn caller(operations: &Operations, token: &str) -> Result<Ctx, Refusal> {
    let ctx = operations.own_ctx(Channel::Api);
    let caller = operations.bearer(&ctx, token).await?;
    Ok(ctx.as_caller(caller))
}

async fn ask(operations: &Operations, ctx: &Ctx, agent: &str, action: &str, plan: &str) -> Result<(), Refusal> {
    let subject = Entity { kind: "support".into(), id: agent.into(), properties: BTreeMap::new() };
    let resource = Entity { kind: "config:plan".into(), id: plan.into(), properties: BTreeMap::new() };
    let action = Act { name: action.into(), properties: BTreeMap::new() };
    let question = Question { subject: &subject, action: &action, resource: &resource, context: &BTreeMap::new() };
    operations.evaluate(ctx, question).await.map(drop)
}

#[cfg(test)]
mod tests {
    use vestibule_core::time::Timestamp;

    use super::*;

    #[test]
    fn the_past_is_told_in_its_order_and_ends_before_now() {
        let mut last = BEGINS_MIN;
        for visit in &VISITS {
            let minutes = match visit.end {
                End::Left(minutes) | End::Ended(minutes) => minutes,
                End::Lapsed => 3,
            };
            assert!(visit.ago_min < last && visit.asked.len() < usize::try_from(minutes).unwrap() + 1, "{}", visit.reason);
            last = visit.ago_min - minutes;
            assert!(last > 0, "{}", visit.reason);
        }
    }

    #[test]
    fn a_clock_that_was_put_right_is_right() {
        let clock = Backdated::default();
        let read = clock.edge().unwrap().clock;
        clock.begin();
        assert!(read() < edge::now().plus_seconds(-86_400));
        clock.put_right();
        assert!(read() >= Timestamp::from_millis(edge::now().millis() - 60_000));
    }
}
