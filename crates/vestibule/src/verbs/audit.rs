//! `vestibule audit`: a realm's log, handed out and checked.

use std::{
    fs,
    io::{self, IsTerminal},
    path::Path,
};

use vestibule_core::audit::{self, Channel, Options, VKey};

use crate::{
    cli::{ExportFlags, VerifyFlags},
    exit::{COULD_NOT_RUN, Exit, Failure},
    print::Printer,
    setup,
};

/// Writes a realm's log as a bundle, to a file or to standard output.
pub async fn export(flags: ExportFlags, printer: Printer) -> Result<Exit, Failure> {
    if flags.output.is_none() && io::stdout().is_terminal() {
        return Err(Failure::new("a bundle is no text for a terminal").hint("name a file with -o").exit(Exit::Usage));
    }
    let operations = setup::open_for_a_while(&flags.store).await?;
    let bundle = operations.export(&operations.own_ctx(Channel::Cli), &flags.realm, true).await;
    let bundle = bundle.map_err(|error| Failure::because(format!("could not export the log of `{}`", flags.realm), &error))?;
    match &flags.output {
        Some(path) => fs::write(path, bundle).map_err(|error| Failure::because(format!("could not write `{}`", path.display()), &error))?,
        None => printer.data(&bundle)?,
    }
    Ok(Exit::Done)
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
