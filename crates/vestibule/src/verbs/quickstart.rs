//! `vestibule quickstart`: the demo realm from a fresh database, and the lines to try it with.

use std::fmt::Write;

use secrecy::ExposeSecret;
use vestibule_core::id::RealmId;
use vestibule_operations::{OpenSettings, Operations, manifest::Manifest, notify::Transport};
use vestibule_server::DoorSettings;

use super::{apply, serve, sign_in_link};
use crate::{
    cli::{QuickstartFlags, StoreFlags},
    data_dir::DataDir,
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
const MAIL_FROM: &str = "Vestibule <vestibule@localhost>";

/// Serves the demo until it is told to stop, and prints the story first.
pub async fn run(flags: QuickstartFlags, printer: Printer) -> Result<Exit, Failure> {
    let recorder = Recorder::install()?;
    let chance = edge::edge()?.chance;
    let manifest = setup::parse(MANIFEST, MANIFEST_NAME, &|_| Err("the demo has no such secrets".to_owned()))?;
    let (listener, address) = listen::bind(flags.listen).await?;
    let public_url = format!("http://{address}");
    let dir = match flags.data_dir {
        Some(path) => DataDir::named(path)?,
        None => DataDir::temporary(&chance)?,
    };

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
