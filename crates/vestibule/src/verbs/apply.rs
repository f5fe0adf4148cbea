//! `vestibule apply`: brings realms to the state that manifests describe.

use vestibule_operations::{
    Operations,
    apply::{ApplyError, Mode},
    manifest::Manifest,
};

use crate::{
    cli::ApplyFlags,
    exit::{Exit, Failure},
    print::Printer,
    setup,
};

/// Reads every manifest before it applies the first, and prints what changes.
pub async fn run(flags: ApplyFlags, printer: Printer) -> Result<Exit, Failure> {
    let manifests = flags.manifests.iter().map(|path| setup::manifest(path)).collect::<Result<Vec<_>, _>>()?;
    let operations = setup::open_for_a_while(&flags.store).await?;
    let mode = if flags.dry_run { Mode::Rehearse } else { Mode::Act };
    let mut changed = false;
    for manifest in &manifests {
        let difference = operations.apply(manifest, mode).await.map_err(refused)?;
        changed |= !difference.is_empty();
        printer.data(difference.to_string().as_bytes())?;
    }
    match (changed, mode) {
        (false, _) => printer.note("nothing to change"),
        (true, Mode::Rehearse) => printer.note("nothing was changed: this was a dry run"),
        (true, Mode::Act) => {}
    }
    Ok(Exit::Done)
}

/// Applies a manifest before serving; what changed goes to the log.
pub async fn before_serving(operations: &Operations, manifest: &Manifest) -> Result<(), Failure> {
    for line in operations.apply(manifest, Mode::Act).await.map_err(refused)?.lines {
        tracing::info!(change = %line, "applied from the manifest");
    }
    Ok(())
}

fn refused(error: ApplyError) -> Failure {
    Failure::because("could not apply the manifest", &error)
}
