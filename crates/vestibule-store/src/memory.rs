//! What is held in memory, and how it is known to be true still.
//!
//! Every value remembers what it was made from ([`Facet`]s) and the commit count at which its
//! reading began. A commit stamps the facets it touched with the next count; a value is true
//! while none of its facets was stamped later than its reading began. Stamps sit in a fixed
//! table of slots: two facets may share one, which costs a needless reading and never a lie.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use quick_cache::sync::Cache;
use vestibule_core::{
    audit,
    customer::{CustomerId, CustomerNumber},
    id::{AccountKey, CredentialId, GroupId, RealmId, RoleId, SessionId, SignInId},
};

use crate::{changes::TRUST, measures::MEASURES};

/// Something a compiled value is made from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Facet {
    /// An account's own row, its groups and its roles.
    Account(AccountKey),
    /// The account that goes by a name.
    AccountName(String),
    /// A credential.
    Credential(CredentialId),
    /// The credential that is found by a hash.
    Lookup([u8; 32]),
    /// A group's place and roles.
    Group(GroupId),
    /// In which groups a thing lies; its type and id.
    ResourceItem(String),
    /// In which groups a group of things lies.
    ResourceGroup(GroupId),
    /// A role's statements.
    Role(RoleId),
    /// A support session.
    Session(SessionId),
    /// Somebody's sign-in through a client.
    SignIn(SignInId),
    /// The window, and the roles attached to support staff.
    Support,
    /// A customer's own row, and who holds a grant on it.
    Customer(CustomerId),
    /// The customer that goes by a number.
    CustomerNumber(CustomerNumber),
    /// An object's facts, by type and id.
    Object(String, String),
    /// The actions that the realm's statements and objects name.
    Actions,
    /// The realm's own row.
    Realm,
    /// Which realms there are.
    Realms,
    /// The realm's log: nothing is made from it, but its checkpoint is due.
    Log,
    /// The realm's outbox: nothing is made from it, but mail is due.
    Outbox,
}

impl Facet {
    /// The facet in a realm as a line that other processes read; never with a line end.
    pub(crate) fn told(&self, realm: &RealmId) -> String {
        let (kind, id) = match self {
            Self::Account(key) => ("account", key.to_string()),
            Self::AccountName(name) => ("account-name", name.clone()),
            Self::Credential(id) => ("credential", id.to_string()),
            Self::Lookup(hash) => ("lookup", audit::Hash::from_bytes(*hash).to_string()),
            Self::Group(id) => ("group", id.to_string()),
            Self::ResourceItem(item) => ("resource-item", item.clone()),
            Self::ResourceGroup(id) => ("resource-group", id.to_string()),
            Self::Role(id) => ("role", id.to_string()),
            Self::Session(id) => ("session", id.to_string()),
            Self::SignIn(id) => ("sign-in", id.to_string()),
            Self::Support => ("support", String::new()),
            Self::Customer(id) => ("customer", id.to_string()),
            Self::CustomerNumber(number) => ("customer-number", number.to_string()),
            Self::Object(kind, id) => ("object", format!("{kind}/{id}")),
            Self::Actions => ("actions", String::new()),
            Self::Realm => ("realm", String::new()),
            Self::Realms => ("realms", String::new()),
            Self::Log => ("log", String::new()),
            Self::Outbox => ("outbox", String::new()),
        };
        format!("{realm}/{kind}/{id}")
    }
}

/// How many slots the stamps have: 512 KiB.
const SLOTS: usize = 1 << 16;

/// The commit count, each slot's last stamp, and until when memory is trusted.
pub struct Stamps {
    count: AtomicU64,
    slots: Box<[AtomicU64]>,
    started: Instant,
    /// Milliseconds after `started` at which the last look at other processes' changes began.
    reached_ms: AtomicU64,
    /// Values that were read before this count are not trusted: there was a gap in the looks.
    floor: AtomicU64,
    /// How many stamps and floors stand written. It moves after them, unlike the count.
    settled: AtomicU64,
}

impl Default for Stamps {
    fn default() -> Self {
        Self {
            count: AtomicU64::new(0),
            slots: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            started: Instant::now(),
            reached_ms: AtomicU64::new(0),
            floor: AtomicU64::new(0),
            settled: AtomicU64::new(0),
        }
    }
}

/// A facet's slot, by its told form.
fn slot(told: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    told.hash(&mut hasher);
    (hasher.finish() % SLOTS as u64) as usize
}

impl Stamps {
    /// The count now; to be taken before a reading begins.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// Stamps what a commit touched; to be called after the commit and before its answer.
    pub fn touch<'a>(&self, touched: impl IntoIterator<Item = &'a (RealmId, Facet)>) {
        for (realm, facet) in touched {
            self.stamp(slot(&facet.told(realm)));
        }
    }

    /// Stamps what another process has touched.
    pub(crate) fn touch_told<'a>(&self, told: impl Iterator<Item = &'a str>) {
        told.for_each(|facet| self.stamp(slot(facet)));
    }

    fn stamp(&self, slot: usize) {
        let stamp = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(slot) = self.slots.get(slot) {
            slot.fetch_max(stamp, Ordering::SeqCst);
        }
        self.settled.fetch_add(1, Ordering::SeqCst);
    }

    /// Other processes' changes were read by a look that began at `began`. After a gap nothing that was held
    /// before is trusted again.
    pub(crate) fn reached(&self, began: Instant) {
        if !self.is_trusted() {
            let floor = self.count.fetch_add(1, Ordering::SeqCst) + 1;
            self.floor.store(floor, Ordering::SeqCst);
            self.settled.fetch_add(1, Ordering::SeqCst);
        }
        let millis = began.saturating_duration_since(self.started).as_millis();
        self.reached_ms.store(u64::try_from(millis).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// Whether memory may be asked: the last look is recent.
    fn is_trusted(&self) -> bool {
        let reached = Duration::from_millis(self.reached_ms.load(Ordering::SeqCst));
        self.started.elapsed().saturating_sub(reached) < TRUST
    }

    /// Whether nothing that the value was made from was touched since its reading began.
    fn is_true<V>(&self, held: &Held<V>) -> bool {
        // Taken first: what is written while we look moves it on, and the next look is a whole one again.
        let settled = self.settled.load(Ordering::SeqCst);
        if held.true_at.load(Ordering::SeqCst) == settled {
            return true;
        }
        let untouched = |slot: &u32| self.slots.get(*slot as usize).is_some_and(|stamp| stamp.load(Ordering::SeqCst) <= held.read_at);
        let is_true = held.read_at >= self.floor.load(Ordering::SeqCst) && held.made_from.iter().all(untouched);
        if is_true {
            held.true_at.store(settled, Ordering::SeqCst);
        }
        is_true
    }
}

/// A value with what it was made from.
#[derive(Debug)]
struct Held<V> {
    value: V,
    read_at: u64,
    made_from: Box<[u32]>,
    /// What had settled when it was last found true: while nothing more has, it still is.
    true_at: AtomicU64,
}

/// A value as it is held; kept alive by whoever looks at it.
#[derive(Debug)]
pub struct Found<V>(Arc<Held<V>>);

impl<V> Deref for Found<V> {
    type Target = V;
    fn deref(&self) -> &V {
        &self.0.value
    }
}

/// More than will ever settle.
const NEVER: u64 = u64::MAX;

/// A bounded memory of values by key; the least used give way.
pub struct Memory<K, V> {
    held: Cache<K, Arc<Held<V>>>,
    stamps: Arc<Stamps>,
}

impl<K: Hash + Eq + Clone, V> Memory<K, V> {
    /// Room for `capacity` values, all judged by the same stamps.
    pub fn new(capacity: usize, stamps: Arc<Stamps>) -> Self {
        Self { held: Cache::new(capacity), stamps }
    }

    /// The value, if it is held and still true; it is not copied.
    pub fn find(&self, key: &K) -> Option<Found<V>> {
        let held = self.held.get(key).filter(|held| self.stamps.is_trusted() && self.stamps.is_true(held));
        let counter = if held.is_some() { &MEASURES.memory_hits } else { &MEASURES.memory_misses };
        counter.fetch_add(1, Ordering::Relaxed);
        held.map(Found)
    }

    /// Holds a value whose reading began when the count was `read_at`.
    pub fn hold(&self, key: K, value: V, read_at: u64, made_from: impl IntoIterator<Item = (RealmId, Facet)>) -> Found<V> {
        let made_from = made_from.into_iter().map(|(realm, facet)| slot(&facet.told(&realm)) as u32).collect();
        let held = Arc::new(Held { value, read_at, made_from, true_at: AtomicU64::new(NEVER) });
        self.held.insert(key, held.clone());
        Found(held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_trusted_after_a_gap_in_the_looks() {
        let stamps = Arc::new(Stamps::default());
        let memory = Memory::new(10, stamps.clone());
        memory.hold("key", 1, stamps.count(), []);
        assert_eq!(memory.find(&"key").as_deref(), Some(&1), "the store has just been opened");
        let long_ago = Stamps { started: Instant::now() - 2 * TRUST, ..Stamps::default() };
        let away = Memory::new(10, Arc::new(long_ago));
        away.hold("key", 1, away.stamps.count(), []);
        assert_eq!(away.find(&"key").as_deref(), None, "nobody has looked for a while");
        away.stamps.reached(Instant::now());
        assert_eq!(away.find(&"key").as_deref(), None, "what was held before the gap stays untrusted");
        away.hold("key", 2, away.stamps.count(), []);
        assert_eq!(away.find(&"key").as_deref(), Some(&2));
    }

    #[test]
    fn what_another_process_touched_is_not_true_any_more() {
        let stamps = Arc::new(Stamps::default());
        let memory = Memory::new(10, stamps.clone());
        let realm: RealmId = "acme".parse().unwrap();
        memory.hold("key", 1, stamps.count(), [(realm.clone(), Facet::Support)]);
        stamps.touch_told(["acme/realm/"].into_iter());
        assert_eq!(memory.find(&"key").as_deref(), Some(&1));
        stamps.touch_told([Facet::Support.told(&realm).as_str()].into_iter());
        assert_eq!(memory.find(&"key").as_deref(), None);
    }

    #[test]
    fn a_value_is_true_until_something_it_was_made_from_is_touched() {
        let stamps = Arc::new(Stamps::default());
        let memory = Memory::new(10, stamps.clone());
        let realm: RealmId = "acme".parse().unwrap();
        let (mine, other) = (Facet::Support, Facet::Realm);
        memory.hold("key", 1, stamps.count(), [(realm.clone(), mine.clone())]);
        assert_eq!(memory.find(&"key").as_deref(), Some(&1));
        stamps.touch(&[(realm.clone(), other)]);
        assert_eq!(memory.find(&"key").as_deref(), Some(&1), "another facet was touched");
        let before = stamps.count();
        stamps.touch(&[(realm.clone(), mine.clone())]);
        assert_eq!(memory.find(&"key").as_deref(), None);
        memory.hold("key", 2, before, [(realm.clone(), mine.clone())]);
        assert_eq!(memory.find(&"key").as_deref(), None, "it was read before the commit that touched it");
        memory.hold("key", 3, stamps.count(), [(realm, mine)]);
        assert_eq!(memory.find(&"key").as_deref(), Some(&3));
    }
}
