//! What is held in memory, and how it is known to be true still.
//!
//! Every value remembers what it was made from ([`Facet`]s) and the commit count at which its
//! reading began. A commit stamps the facets it touched with the next count; a value is true
//! while none of its facets was stamped later than its reading began. Stamps sit in a fixed
//! table of slots: two facets may share one, which costs a needless reading and never a lie.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use quick_cache::sync::Cache;
use vestibule_core::id::{AccountKey, CredentialId, GroupId, RealmId, RoleId, SessionId};

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
    /// A role's statements.
    Role(RoleId),
    /// A support session.
    Session(SessionId),
    /// The window, and the roles attached to support staff.
    Support,
    /// The realm's own row.
    Realm,
    /// The realm's log: nothing is made from it, but its checkpoint is due.
    Log,
    /// The realm's outbox: nothing is made from it, but mail is due.
    Outbox,
}

/// How many slots the stamps have: 512 KiB.
const SLOTS: usize = 1 << 16;

/// The commit count and each slot's last stamp.
pub struct Stamps {
    count: AtomicU64,
    slots: Box<[AtomicU64]>,
}

impl Default for Stamps {
    fn default() -> Self {
        Self { count: AtomicU64::new(0), slots: (0..SLOTS).map(|_| AtomicU64::new(0)).collect() }
    }
}

/// A facet's slot.
fn slot(realm: &RealmId, facet: &Facet) -> u32 {
    let mut hasher = DefaultHasher::new();
    (realm, facet).hash(&mut hasher);
    (hasher.finish() % SLOTS as u64) as u32
}

impl Stamps {
    /// The count now; to be taken before a reading begins.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// Stamps what a commit touched; to be called after the commit and before its answer.
    pub fn touch<'a>(&self, touched: impl IntoIterator<Item = &'a (RealmId, Facet)>) {
        for (realm, facet) in touched {
            let stamp = self.count.fetch_add(1, Ordering::SeqCst) + 1;
            if let Some(slot) = self.slots.get(slot(realm, facet) as usize) {
                slot.fetch_max(stamp, Ordering::SeqCst);
            }
        }
    }

    fn stamped_after(&self, slot: u32, count: u64) -> bool {
        self.slots.get(slot as usize).is_none_or(|stamp| stamp.load(Ordering::SeqCst) > count)
    }
}

/// A value with what it was made from.
struct Held<V> {
    value: V,
    read_at: u64,
    made_from: Box<[u32]>,
}

/// A bounded memory of values by key; the least used give way.
pub struct Memory<K, V> {
    held: Cache<K, Arc<Held<V>>>,
    stamps: Arc<Stamps>,
}

impl<K: Hash + Eq + Clone, V: Clone> Memory<K, V> {
    /// Room for `capacity` values, all judged by the same stamps.
    pub fn new(capacity: usize, stamps: Arc<Stamps>) -> Self {
        Self { held: Cache::new(capacity), stamps }
    }

    /// The value, if it is held and still true.
    pub fn find(&self, key: &K) -> Option<V> {
        let held = self.held.get(key)?;
        let stale = held.made_from.iter().any(|slot| self.stamps.stamped_after(*slot, held.read_at));
        (!stale).then(|| held.value.clone())
    }

    /// Holds a value whose reading began when the count was `read_at`.
    pub fn hold(&self, key: K, value: V, read_at: u64, made_from: impl IntoIterator<Item = (RealmId, Facet)>) {
        let made_from = made_from.into_iter().map(|(realm, facet)| slot(&realm, &facet)).collect();
        self.held.insert(key, Arc::new(Held { value, read_at, made_from }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_true_until_something_it_was_made_from_is_touched() {
        let stamps = Arc::new(Stamps::default());
        let memory = Memory::new(10, stamps.clone());
        let realm: RealmId = "acme".parse().unwrap();
        let (mine, other) = (Facet::Support, Facet::Realm);
        memory.hold("key", 1, stamps.count(), [(realm.clone(), mine.clone())]);
        assert_eq!(memory.find(&"key"), Some(1));
        stamps.touch(&[(realm.clone(), other)]);
        assert_eq!(memory.find(&"key"), Some(1), "another facet was touched");
        let before = stamps.count();
        stamps.touch(&[(realm.clone(), mine.clone())]);
        assert_eq!(memory.find(&"key"), None);
        memory.hold("key", 2, before, [(realm.clone(), mine.clone())]);
        assert_eq!(memory.find(&"key"), None, "it was read before the commit that touched it");
        memory.hold("key", 3, stamps.count(), [(realm, mine)]);
        assert_eq!(memory.find(&"key"), Some(3));
    }
}
