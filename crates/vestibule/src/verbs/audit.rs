//! `vestibule audit`: a realm's log, handed out and checked.

use std::{
    fs,
    io::{self, IsTerminal},
    path::Path,
};

use vestibule_core::audit::{self, Channel, Options, VKey};
use vestibule_operations::{ExportError, OwnFiles, embedded_file};

use crate::{
    cli::{ExportFlags, VerifyFlags},
    destination::{self, Destination},
    exit::{COULD_NOT_RUN, Exit, Failure},
    print::Printer,
    setup,
};

/// Writes a realm's log as a bundle, to a file or to standard output.
pub async fn export(flags: ExportFlags, printer: Printer) -> Result<Exit, Failure> {
    if flags.output.is_none() && io::stdout().is_terminal() {
        return Err(Failure::new("a bundle is no text for a terminal").hint("name a file with -o").exit(Exit::Usage));
    }
    flags.output.as_deref().map_or(Ok(()), |path| spare_own_files(&flags, path))?;
    let operations = setup::open_for_a_while(&flags.store).await?;
    let (ctx, realm) = (operations.own_ctx(Channel::Cli), &flags.realm);
    let failed = |error: ExportError| Failure::because(format!("could not export the log of `{realm}`"), &error);
    let named = flags.output.as_deref().map(|path| Destination::open(path, &ctx.chance)).transpose()?;
    if let Some((destination, file)) = named.flatten() {
        let exported = operations.export_into(&ctx, realm, true, file).await.map_err(failed)?;
        destination.finish(&exported.file)?;
        return Ok(Exit::Done);
    }
    let mut exported = operations.export(&ctx, realm, true).await.map_err(failed)?;
    match &flags.output {
        Some(path) => {
            let copied = fs::File::options().write(true).open(path).and_then(|mut to| io::copy(&mut exported.file, &mut to));
            copied.map_err(|error| destination::failure(path, &error))?;
        }
        None => printer.data_of(&mut exported.file)?,
    }
    Ok(Exit::Done)
}

/// Refuses to write over the database that is exported from, or over its master key.
fn spare_own_files(flags: &ExportFlags, path: &Path) -> Result<(), Failure> {
    let own_files = OwnFiles::default().and_file(&setup::master_key_file(&flags.store));
    let own_files = match embedded_file(&setup::database(&flags.store)?) {
        Some(database) => own_files.and_database(&database),
        None => own_files,
    };
    let spared = vestibule_operations::spare(&own_files, path);
    spared.map_err(|error| Failure::because("could not export", &error).hint("name another file with -o").exit(Exit::Usage))
}

/// Checks a bundle without a database, a network or a clock.
pub fn verify(flags: &VerifyFlags, printer: Printer) -> Result<Exit, Failure> {
    let bundle = read(&flags.bundle)?;
    let trust = flags.trust.as_deref().map(keys).transpose()?.unwrap_or_default();
    let against = flags.against.as_deref().map(text).transpose()?;
    let report = audit::verify(&bundle, &trust, against.as_deref(), &Options { strict: flags.strict, ..Options::default() });
    match flags.json {
        true => printer.line(&report.to_json().to_string())?,
        false => printer.data(report.to_string().as_bytes())?,
    }
    for (name, notes) in &report.evidence {
        match fs::write(name, notes) {
            Ok(()) => printer.note(&format!("both notes are in `{name}`: keep it, it convicts")),
            Err(error) => printer.warning(&format!("could not write the evidence to `{name}`: {error}")),
        }
    }
    Ok(Exit::Verdict(report.exit_code()))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::because(format!("could not read `{}`", path.display()), &error).exit(COULD_NOT_RUN))
}

fn text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read(path)?).map_err(|_| Failure::new(format!("`{}` is not UTF-8", path.display())).exit(COULD_NOT_RUN))
}

/// The keys in a file, one a line; empty lines and those that begin with `#` say nothing. A file
/// without any is refused: it would make the bundle's own claims count.
fn keys(path: &Path) -> Result<Vec<VKey>, Failure> {
    let name = path.display();
    let text = text(path)?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let key = |(at, line): (usize, &str)| {
        line.trim().parse::<VKey>().map_err(|error| Failure::because(format!("{name}:{}: not a key", at + 1), &error).exit(COULD_NOT_RUN))
    };
    match lines.map(key).collect::<Result<Vec<_>, _>>()? {
        none if none.is_empty() => Err(Failure::new(format!("`{name}` holds no key")).exit(COULD_NOT_RUN)),
        keys => Ok(keys),
    }
}
