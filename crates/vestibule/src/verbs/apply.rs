//! `vestibule apply`: brings realms to the state that manifests describe.

use vestibule_operations::{Operations, manifest::Manifest};

use crate::{
    cli::ApplyFlags,
    exit::{Exit, Failure},
    print::Printer,
    setup,
};

/// Reads every manifest before it applies the first, and prints what changes.
pub async fn run(flags: ApplyFlags, printer: Printer) -> Result<Exit, Failure> {
    let manifests = flags.manifests.iter().map(|path| setup::manifest(path, printer)).collect::<Result<Vec<_>, _>>()?;
    let operations = setup::open_for_a_while(&flags.store).await?;
    let mut changes = 0_usize;
    for manifest in &manifests {
        let difference = operations.apply(manifest, flags.dry_run).await;
        let difference = difference.map_err(|error| Failure::because("could not apply the manifest", &error))?;
        if !difference.is_empty() {
            changes += 1;
            printer.data(difference.to_string().as_bytes())?;
        }
    }
    match (changes, flags.dry_run) {
        (0, _) => printer.note("nothing to change"),
        (_, true) => printer.note("nothing was changed: this was a dry run"),
        (_, false) => {}
    }
    Ok(Exit::Done)
}

/// Applies a manifest before serving; what changed goes to the log.
pub async fn before_serving(operations: &Operations, manifest: &Manifest) -> Result<(), Failure> {
    let difference = operations.apply(manifest, false).await;
    let difference = difference.map_err(|error| Failure::because("could not apply the manifest", &error))?;
    for line in difference.to_string().lines() {
        tracing::info!(change = line, "applied from the manifest");
    }
    Ok(())
}
