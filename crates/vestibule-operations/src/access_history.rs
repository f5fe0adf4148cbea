//! What stood open in the past, as the log tells it: invitations, windows and grants, from when until when. Rows know only the
//! present; the log knows all of it.

use serde_json::Value;
use vestibule_core::{refusal::Refusal, time::Timestamp};

use crate::{log::Event, unit_of_work::UnitOfWork};

/// By what somebody could come in, or act for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// An invitation; absent: of anyone.
    Invitation(Option<String>),
    /// The window.
    Window,
    /// A customer's grant: the holder may act for the granter.
    Grant {
        /// The granter's id.
        granter: String,
        /// The holder's id.
        holder: String,
    },
}

/// Something that stood open for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stood {
    /// What.
    pub access: Access,
    /// From this instant.
    pub from: Timestamp,
    /// Until this one, which may lie ahead; absent: it has no end.
    pub until: Option<Timestamp>,
}

/// Most events that are read: of those before, nothing is told.
const EVENTS_MAX: usize = 1_000;

/// An event of those that open or shut something.
struct Told {
    at: Timestamp,
    action: String,
    target: String,
    invitee: Option<String>,
    ends_at: Option<Timestamp>,
    holder: Option<String>,
}

impl Told {
    fn of(event: &Event) -> Option<Self> {
        let text: Value = serde_json::from_str(event.text.as_deref()?).ok()?;
        let at = |pointer: &str| text.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let instant = |pointer: &str| at(pointer).and_then(|text| text.parse().ok());
        let name = event.disclosures.iter().find(|sealed| sealed.name == "target.name").and_then(|sealed| sealed.value());
        Some(Self {
            at: instant("/time")?,
            action: at("/action")?,
            target: at("/target/id")?,
            invitee: name.and_then(|name| name.as_str().map(str::to_owned)),
            ends_at: instant("/data/expires_at").or_else(|| instant("/data/ends_at")),
            holder: at("/data/holder"),
        })
    }
}

/// What stood open, by the events that opened and shut it, in their order.
fn stood(events: impl Iterator<Item = Told>) -> Vec<Stood> {
    // What stands by now, with the target that its events name.
    let mut all: Vec<(String, Stood)> = Vec::new();
    let is_standing = |stood: &Stood, at: Timestamp| stood.until.is_none_or(|end| end > at);
    for told in events {
        let same = |(target, stood): &&mut (String, Stood)| *target == told.target && is_standing(stood, told.at);
        let opens = |access| Stood { access, from: told.at, until: told.ends_at };
        match told.action.as_str() {
            "invitation.created" => all.push((told.target.clone(), opens(Access::Invitation(told.invitee.clone())))),
            "window.opened" => all.push((told.target.clone(), opens(Access::Window))),
            "customer.grant_added" => {
                let access = Access::Grant { granter: told.target.clone(), holder: told.holder.clone().unwrap_or_default() };
                all.push((told.target.clone(), opens(access)));
            }
            "invitation.amended" | "window.amended" => {
                all.iter_mut().filter(same).for_each(|(_, stood)| stood.until = told.ends_at);
            }
            "customer.grant_removed" => {
                let is_it = |stood: &Stood| matches!(&stood.access, Access::Grant { holder, .. } if Some(holder) == told.holder.as_ref());
                all.iter_mut().filter(same).filter(|(_, stood)| is_it(stood)).for_each(|(_, stood)| stood.until = Some(told.at));
            }
            "customer.purged" => {
                let is_party = |stood: &Stood| match &stood.access {
                    Access::Grant { granter, holder } => *granter == told.target || *holder == told.target,
                    Access::Invitation(_) | Access::Window => false,
                };
                let theirs = all.iter_mut().filter(|(_, stood)| is_party(stood) && is_standing(stood, told.at));
                theirs.for_each(|(_, stood)| stood.until = Some(told.at));
            }
            // An invitation that is taken back, a window that is closed.
            _ => all.iter_mut().filter(same).for_each(|(_, stood)| stood.until = Some(told.at)),
        }
    }
    all.into_iter().map(|(_, stood)| stood).collect()
}

impl UnitOfWork<'_> {
    /// What stood open at some time from an instant on, in the order in which it was opened.
    pub async fn access_history(&mut self, from: Timestamp) -> Result<Vec<Stood>, Refusal> {
        let newest = self.tx.list_access_events(EVENTS_MAX).await?;
        let told = newest.into_iter().rev().map(Event::from).filter_map(|event| Told::of(&event));
        Ok(stood(told).into_iter().filter(|stood| stood.until.is_none_or(|end| end > from)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000 + minutes * 60)
    }

    fn told(minutes: i64, action: &str, target: &str, ends: Option<i64>, other: Option<&str>) -> Told {
        let (action, target, name) = (action.to_owned(), target.to_owned(), other.map(str::to_owned));
        Told { at: at(minutes), action, target, invitee: name.clone(), ends_at: ends.map(at), holder: name }
    }

    #[test]
    fn what_was_opened_stands_until_it_is_shut_or_its_time_is_over() {
        let events = [
            told(0, "invitation.created", "i1", Some(90), Some("mia@here.com")),
            told(5, "window.opened", "window", Some(60), None),
            told(10, "customer.grant_added", "2210", None, Some("2214")),
            told(11, "customer.grant_added", "2210", None, Some("2231")),
            told(20, "invitation.amended", "i1", Some(200), None),
            told(30, "window.closed", "window", Some(30), None),
            told(31, "customer.grant_removed", "2210", None, Some("2214")),
            told(40, "window.opened", "window", Some(50), None),
            told(60, "customer.purged", "2231", None, None),
            told(70, "invitation.created", "i2", None, None),
            told(80, "invitation.revoked", "i1", None, None),
        ];
        let grant = |holder: &str| Access::Grant { granter: "2210".to_owned(), holder: holder.to_owned() };
        let read: Vec<_> = stood(events.into_iter()).into_iter().map(|one| (one.access, one.from, one.until)).collect();
        assert_eq!(
            read,
            [
                (Access::Invitation(Some("mia@here.com".to_owned())), at(0), Some(at(80))),
                (Access::Window, at(5), Some(at(30))),
                (grant("2214"), at(10), Some(at(31))),
                (grant("2231"), at(11), Some(at(60))),
                (Access::Window, at(40), Some(at(50))),
                (Access::Invitation(None), at(70), None),
            ]
        );
    }

    #[test]
    fn what_is_over_is_not_shut_again() {
        let events = [
            told(0, "window.opened", "window", Some(10), None),
            told(20, "window.closed", "window", Some(20), None),
            told(30, "window.amended", "window", Some(99), None),
        ];
        assert_eq!(stood(events.into_iter()).first().unwrap().until, Some(at(10)));
    }
}
