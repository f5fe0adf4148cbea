//! `vestibule quickstart`: the demo realm from a fresh database, and the lines to try it with.

use std::{
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
};

use secrecy::ExposeSecret;
use vestibule_core::{chance::Chance, id::RealmId};
use vestibule_operations::{OpenSettings, Operations, manifest::Manifest, notify::Transport};
use vestibule_server::DoorSettings;

use super::{apply, serve, sign_in_link};
use crate::{
    cli::{QuickstartFlags, StoreFlags},
    edge,
    exit::{Exit, Failure},
    history::{self, Backdated},
    listen,
    measures::Recorder,
    print::Printer,
    setup,
    story::Story,
};

/// The demo realm.
const MANIFEST: &str = include_str!("../../../../examples/acme.toml");
const MANIFEST_NAME: &str = "examples/acme.toml";
/// The file by which a data directory is known to be ours to wipe.
const MARK: &str = "made-by-quickstart";
const MAIL_FROM: &str = "Vestibule <vestibule@localhost>";

/// Serves the demo until it is told to stop, and prints the story first.
pub async fn run(flags: QuickstartFlags, printer: Printer) -> Result<Exit, Failure> {
    let recorder = Recorder::install()?;
    let chance = edge::edge()?.chance;
    let manifest = setup::parse(MANIFEST, MANIFEST_NAME, &|_| Err("the demo has no such secrets".to_owned()))?;
    let (listener, address) = listen::bind(flags.listen).await?;
    let public_url = format!("http://{address}");
    let dir = DataDir::fresh(flags.data_dir, &chance)?;

    let transport = Transport::files(dir.path.join("mail"), MAIL_FROM);
    let transport = transport.map_err(|error| Failure::because("could not set up mail", &error))?;
    let store = StoreFlags { database: None, data_dir: dir.path.clone(), master_key_file: None, public_url: Some(public_url.clone()) };
    let clock = Backdated::default();
    clock.begin();
    let settings = setup::open_settings(&store, None, transport)?;
    let operations = setup::open(OpenSettings { edge: clock.edge()?, ..settings }).await?;
    apply::before_serving(&operations, &manifest).await?;
    history::make(&operations, &manifest, &clock).await?;

    let links = console_links(&operations, &manifest).await?;
    let story = Story::of(&manifest, &public_url, &dir.path, edge::now(), &chance)?;
    let doors = serve::Doors { listener, encrypted: None, measured: None, traced: false, settings: DoorSettings::default() };
    serve::until_told(operations, doors, recorder, || printer.data(format!("{links}{story}").as_bytes())).await
}

/// The lines by which the first person of the demo realm, and the first of the vendor's, sign in at the console: each link is
/// good once.
async fn console_links(operations: &Operations, manifest: &Manifest) -> Result<String, Failure> {
    let tenant = manifest.realms.first().and_then(|realm| Some((realm.id.clone(), realm.accounts.first()?.id.clone())));
    let agent = manifest.support_staff.first().map(|agent| (RealmId::vendor(), agent.email.clone()));
    let mut lines = String::new();
    for (realm, account) in tenant.into_iter().chain(agent) {
        let link = sign_in_link::make(operations, &realm, &account).await?;
        let _ = writeln!(lines, "console, as {account}, once: {}", link.expose_secret());
    }
    Ok(lines)
}

/// A data directory for one demo. A temporary one goes with it.
struct DataDir {
    path: PathBuf,
    temporary: bool,
}

impl DataDir {
    fn fresh(wished: Option<PathBuf>, chance: &Chance) -> Result<Self, Failure> {
        let temporary = wished.is_none();
        let name = || format!("vestibule-quickstart-{:016x}", u64::from_be_bytes(chance.bytes()));
        let path = wished.unwrap_or_else(|| std::env::temp_dir().join(name()));
        let cannot = |error: io::Error| Failure::because(format!("could not make the data directory `{}`", path.display()), &error);
        if holds_something(&path).map_err(cannot)? {
            if !path.join(MARK).is_file() {
                return Err(Failure::new(format!("`{}` holds something that quickstart did not make", path.display()))
                    .hint("name another --data-dir, or serve what is there with `vestibule serve --data-dir`"));
            }
            fs::remove_dir_all(&path).map_err(cannot)?;
        }
        fs::create_dir_all(&path).map_err(cannot)?;
        only_for_us(&path).map_err(cannot)?;
        fs::write(path.join(MARK), "Wiped at every start of `vestibule quickstart`.\n").map_err(cannot)?;
        let path = path.canonicalize().map_err(cannot)?;
        Ok(Self { path, temporary })
    }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        if self.temporary
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            tracing::warn!(error = %error, "could not remove the demo's temporary directory");
        }
    }
}

fn holds_something(path: &Path) -> io::Result<bool> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Others on this machine have no business with the demo's master key.
fn only_for_us(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("vestibule-datadir-{name}-{}", std::process::id()))
    }

    fn chance() -> Chance {
        Chance::new(|bytes| bytes.fill(7))
    }

    #[test]
    fn what_quickstart_did_not_make_is_left_alone() {
        let dir = scratch("foreign");
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("vestibule.db"), "precious").unwrap();
        assert!(DataDir::fresh(Some(dir.clone()), &chance()).is_err());
        assert_eq!(fs::read_to_string(dir.join("vestibule.db")).unwrap(), "precious");
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn a_second_demo_begins_afresh_and_a_named_directory_stays() {
        let dir = scratch("own");
        let first = DataDir::fresh(Some(dir.clone()), &chance()).unwrap();
        fs::write(first.path.join("vestibule.db"), "old").unwrap();
        drop(first);
        drop(DataDir::fresh(Some(dir.clone()), &chance()).unwrap());
        assert!(dir.join(MARK).is_file() && !dir.join("vestibule.db").exists());
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn a_temporary_directory_goes_with_the_demo() {
        let demo = DataDir::fresh(None, &chance()).unwrap();
        let path = demo.path.clone();
        assert!(path.is_dir());
        drop(demo);
        assert!(!path.exists());
    }
}
