//! `vestibule apply`: brings realms to the state that manifests describe.

use vestibule_operations::{
    Operations,
    apply::{ApplyError, Difference, Mode},
    manifest::Manifest,
};

use crate::{
    cli::{ApplyFlags, StoreFlags},
    data_dir::DataDir,
    edge,
    exit::{Exit, Failure},
    print::Printer,
    setup,
};

/// Reads every manifest before it applies the first, and prints what changes.
pub async fn run(flags: ApplyFlags, printer: Printer) -> Result<Exit, Failure> {
    let manifests = flags.manifests.iter().map(|path| setup::manifest(path)).collect::<Result<Vec<_>, _>>()?;
    let (operations, _place) = open(&flags).await?;
    let mode = if flags.dry_run { Mode::Rehearse } else { Mode::Act };
    let mut changed = false;
    for manifest in &manifests {
        let (difference, end) = told_apart(operations.apply(manifest, mode).await);
        changed |= !difference.is_empty();
        printer.data(difference.to_string().as_bytes())?;
        end?;
    }
    match (changed, mode) {
        (false, _) => printer.note("nothing to change"),
        (true, Mode::Rehearse) => printer.note("nothing was changed: this was a dry run"),
        (true, Mode::Act) => {}
    }
    Ok(Exit::Done)
}

/// Operations on what the flags name. A dry run where nothing is yet goes to a directory of its own, which is to outlive them.
async fn open(flags: &ApplyFlags) -> Result<(Operations, Option<DataDir>), Failure> {
    if !flags.dry_run || setup::is_there(&flags.store).await? {
        return Ok((setup::open_or_make(&flags.store).await?, None));
    }
    let place = DataDir::temporary(&edge::edge()?.chance)?;
    let store = StoreFlags { database: None, data_dir: place.path.clone(), master_key_file: None, public_url: None };
    Ok((setup::open_or_make(&store).await?, Some(place)))
}

/// Applies a manifest before serving; what changed goes to the log.
pub async fn before_serving(operations: &Operations, manifest: &Manifest) -> Result<(), Failure> {
    let (difference, end) = told_apart(operations.apply(manifest, Mode::Act).await);
    for line in difference.lines {
        tracing::info!(change = %line, "applied from the manifest");
    }
    end
}

/// What was done, and whether it was all: the realms before one that is refused stay as they were brought to be.
fn told_apart(applied: Result<Difference, ApplyError>) -> (Difference, Result<(), Failure>) {
    match applied {
        Ok(difference) => (difference, Ok(())),
        Err(mut error) => (std::mem::take(&mut error.done), Err(Failure::because("could not apply the manifest", &error))),
    }
}
