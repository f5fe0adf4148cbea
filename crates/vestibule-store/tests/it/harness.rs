//! A store on a test's database, with a clock that the test moves and chance that repeats.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use sha2::{Digest, Sha256};
use uuid::Uuid;
use vestibule_core::{
    account::{Account, AccountKind},
    audit::{Action, Actor, Draft, Thing},
    chance::Chance,
    credential::{Credential, CredentialKind},
    group::Group,
    id::{AccountKey, CredentialId, GroupId, RealmId, RoleId, SessionId, SupportListId},
    policy::Statement,
    rate_limit::Calls,
    realm::{Realm, SupportSettings},
    refusal::Refusal,
    role::Role,
    support::{Admitter, Entry, SupportSession},
    time::Timestamp,
};
use vestibule_store::{Moment, NewCredential, Sealer, Steps, Store, Tx};

use crate::databases::Database;

/// When every test begins: 2027-01-15T08:00:00Z.
pub const START: i64 = 1_800_000_000_000;

/// A store, its clock and its chance. Cheap to clone.
#[derive(Clone)]
pub struct World {
    pub store: Store,
    pub database: Database,
    clock: Arc<AtomicI64>,
    chance: Chance,
}

/// Randomness of a process of its own: two that share a database must not be taken for one.
pub fn fresh_chance() -> Chance {
    static PROCESSES: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1 << 32);
    seeded(PROCESSES.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
}

/// Randomness that repeats: SHA-256 over a counter and a seed.
pub fn seeded(seed: u64) -> Chance {
    let counter = AtomicU64::new(0);
    Chance::new(move |bytes| {
        for chunk in bytes.chunks_mut(32) {
            let count = counter.fetch_add(1, Ordering::Relaxed);
            let block = Sha256::digest([seed.to_be_bytes(), count.to_be_bytes()].concat());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    })
}

impl World {
    pub async fn open(database: &Database) -> Self {
        Self::open_seeded(database, 1).await
    }

    /// Another server on the same database needs another seed, or it would make the same ids.
    pub async fn open_seeded(database: &Database, seed: u64) -> Self {
        let store = Store::open(&database.url(), Sealer::new(&[7; 32]), &fresh_chance()).await.unwrap();
        Self { store, database: database.clone(), clock: Arc::new(AtomicI64::new(START)), chance: seeded(seed) }
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.load(Ordering::SeqCst))
    }

    pub fn advance_ms(&self, millis: i64) {
        self.clock.fetch_add(millis, Ordering::SeqCst);
    }

    pub fn moment(&self) -> Moment {
        Moment { now: self.now(), chance: self.chance.clone() }
    }

    pub async fn write<T, F>(&self, realm: &RealmId, steps: F) -> Result<T, Refusal>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Steps<'t, T> + Send + 'static,
        T: Send + 'static,
    {
        self.store.write(realm, self.moment(), steps).await
    }

    pub async fn read<T, F>(&self, realm: &RealmId, steps: F) -> Result<T, Refusal>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Steps<'t, T> + Send + 'static,
        T: Send + 'static,
    {
        self.store.read(realm, self.moment(), steps).await
    }

    /// Makes a realm with its log.
    pub async fn realm(&self, slug: &str) -> RealmId {
        let id: RealmId = slug.parse().unwrap();
        let realm = Realm {
            id: id.clone(),
            name: slug.to_owned(),
            organization_id: self.uuid(),
            departmentalization: false,
            support: SupportSettings {
                list_id: SupportListId::from_uuid(self.uuid()),
                enabled: true,
                staff_domain: "here.com".to_owned(),
                listed: false,
            },
            version: 1,
            created_at: self.now(),
        };
        let made = self.write(&id, |tx| {
            Box::pin(async move {
                assert!(tx.insert_realm(&realm).await?);
                tx.create_log(&format!("test.example/audit/{}", realm.id)).await?;
                tx.record(told());
                Ok(())
            })
        });
        made.await.unwrap();
        id
    }

    pub fn uuid(&self) -> Uuid {
        self.chance.uuid(self.now())
    }

    pub fn account(&self, id: &str, kind: AccountKind) -> Account {
        Account {
            key: AccountKey::from_uuid(self.uuid()),
            id: id.parse().unwrap(),
            kind,
            name: id.to_owned(),
            description: String::new(),
            active: true,
            ends_at: None,
            statements: Vec::new(),
            attributes: Default::default(),
            profile: Default::default(),
            seat: Default::default(),
            version: 1,
            created_at: self.now(),
            authorship: Default::default(),
        }
    }

    pub fn role(&self, name: &str, allows: &str) -> Role {
        let id = RoleId::from_uuid(self.uuid());
        let (name, statements) = (name.to_owned(), vec![allow(allows)]);
        Role {
            id,
            name,
            description: String::new(),
            statements,
            managed: false,
            version: 1,
            created_at: self.now(),
            authorship: Default::default(),
        }
    }

    pub fn group(&self, name: &str) -> Group {
        let id = GroupId::from_uuid(self.uuid());
        let (name, description, authorship) = (name.to_owned(), String::new(), Default::default());
        Group { id, name, description, system: None, version: 1, created_at: self.now(), authorship }
    }

    /// A token of an account, by its secret.
    pub fn token(&self, account: &Account, secret: &str) -> NewCredential {
        let credential = Credential {
            id: CredentialId::from_uuid(self.uuid()),
            account: account.key,
            kind: CredentialKind::Token,
            public_id: None,
            name: "main".to_owned(),
            scope: None,
            enabled: true,
            expires_at: None,
            created_at: self.now(),
            last_used_at: None,
            redirect_uris: Vec::new(),
        };
        NewCredential { credential, lookup: Some(self.lookup(secret)), secret: Vec::new() }
    }

    pub fn lookup(&self, secret: &str) -> [u8; 32] {
        self.store.sealer().lookup("token", secret)
    }

    /// A session of an hour, in an account, that rests on the window.
    pub fn session(&self, account: &Account) -> SupportSession {
        SupportSession {
            id: SessionId::from_uuid(self.uuid()),
            agent: AccountKey::from_uuid(self.uuid()),
            agent_email: "mia@here.com".to_owned(),
            account: account.key,
            entry: Entry::new("a case", Some("zendesk:1")).unwrap(),
            admitted_by: Admitter::Window { version: 1 },
            started_at: self.now(),
            ends_at: self.now().plus_seconds(3_600),
            ended: None,
        }
    }
}

/// An event, so that a unit may change rows.
pub fn told() -> Draft {
    Draft::new(Action::RealmUpdated, Actor::system(), Thing::new("realm", "test"))
}

/// Calls that came one by one, oldest first.
pub fn calls(instants: &[Timestamp]) -> Calls {
    let words: Vec<String> = instants.iter().map(|instant| instant.millis().to_string()).collect();
    words.join(" ").parse().unwrap()
}

pub fn allow(action: &str) -> Statement {
    Statement::allow_everywhere(action.parse::<vestibule_core::policy::ActionPattern>().unwrap())
}

/// Changes something and tells of it.
pub async fn change<F>(world: &World, realm: &RealmId, steps: F)
where
    F: for<'t> FnOnce(&'t mut Tx) -> Steps<'t, ()> + Send + 'static,
{
    let unit = world.write(realm, |tx| {
        Box::pin(async move {
            steps(tx).await?;
            tx.record(told());
            Ok(())
        })
    });
    unit.await.unwrap();
}
