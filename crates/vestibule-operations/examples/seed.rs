//! Fills a data directory for `cargo xtask bench decide`: one realm, `bench`, and as many accounts
//! as asked, each with a right of its own and a token, `bench-0000001` and so on.
//!
//! Usage: `seed DIR ACCOUNTS`. Its secrets are guessable; nothing real is to be kept in what it makes.

use std::{
    error::Error,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use vestibule_core::{account::AccountKind, chance::Chance, time::Timestamp};
use vestibule_operations::{
    Edge, OpenSettings, Operations, Settings,
    apply::Mode,
    manifest::{AccountEntry, CredentialEntry, Manifest, Proof, RealmEntry, SupportEntry},
    notify::Transport,
};

/// Accounts that one transaction makes.
const CHUNK: u64 = 2_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dir, accounts] = arguments.as_slice() else { return Err("usage: seed DIR ACCOUNTS".into()) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(fill(&std::path::absolute(dir)?, accounts.parse()?))
}

async fn fill(dir: &Path, accounts: u64) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(dir)?;
    let operations = Operations::open(settings(dir)?).await?;
    let mut first = 1;
    while first <= accounts {
        let last = (first + CHUNK - 1).min(accounts);
        let realm = realm((first..=last).map(account).collect::<Result<_, _>>()?)?;
        operations.apply(&Manifest { realms: vec![realm], support_staff: Vec::new() }, Mode::Act).await?;
        write!(io::stderr(), "\r{last} of {accounts} accounts")?;
        first = last + 1;
    }
    writeln!(io::stderr())?;
    Ok(())
}

fn settings(dir: &Path) -> Result<OpenSettings, Box<dyn Error>> {
    Ok(OpenSettings {
        database: format!("sqlite://{}", dir.join("vestibule.db").display()),
        data_dir: PathBuf::from(dir),
        master_key_file: None,
        operator_token: None,
        settings: Settings::new("http://127.0.0.1:8080"),
        transport: Transport::files(dir.join("mail"), "vestibule@localhost")?,
        edge: Edge { clock: Arc::new(now), chance: chance() },
    })
}

fn realm(accounts: Vec<AccountEntry>) -> Result<RealmEntry, Box<dyn Error>> {
    Ok(RealmEntry {
        id: "bench".parse()?,
        name: None,
        organization_id: None,
        support: SupportEntry::default(),
        roles: Vec::new(),
        groups: Vec::new(),
        accounts,
        help_desk: None,
        customers: None,
        objects: Vec::new(),
    })
}

fn account(number: u64) -> Result<AccountEntry, Box<dyn Error>> {
    let token = CredentialEntry {
        proof: Proof::Token { secret: format!("bench-{number:07}").into() },
        name: String::new(),
        scope: None,
        redirect_uris: Vec::new(),
    };
    Ok(AccountEntry {
        id: format!("user-{number:07}@bench.example").parse()?,
        kind: AccountKind::User,
        name: format!("User {number}"),
        permissions: vec!["record:read".parse()?],
        roles: Vec::new(),
        groups: Vec::new(),
        attributes: Default::default(),
        home_department: None,
        foreign_departments: Vec::new(),
        credentials: vec![token],
    })
}

#[expect(clippy::disallowed_methods, reason = "this program is its own edge")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or_default())
}

/// Numbers that differ (splitmix64 over a counter), which is all that rows to be counted need.
fn chance() -> Chance {
    let state = AtomicU64::new(now().millis().unsigned_abs() << 20);
    Chance::new(move |bytes| {
        for chunk in bytes.chunks_mut(8) {
            let mut z = state.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let random = (z ^ (z >> 31)).to_le_bytes();
            chunk.iter_mut().zip(random).for_each(|(byte, random)| *byte = random);
        }
    })
}
