//! `vestibule doctor`: looks at everything that a server needs, and changes nothing.

use std::{fmt, fs, os::unix::fs::PermissionsExt, path::Path, time::Instant};

use vestibule_operations::{Examination, KeyFit, chain};

use crate::{
    cli::{DoctorFlags, StoreFlags},
    edge,
    exit::{Exit, Failure},
    print::Printer,
    setup,
    tls::Tls,
};

/// How far the database's clock may be from ours before somebody should look, in milliseconds.
const SKEW_MS_WARN: i64 = 1_000;
/// How far it may be before sessions and signatures end at the wrong time, in milliseconds.
const SKEW_MS_FAIL: i64 = 30_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Ok,
    Warn,
    Fail,
}

/// One line of the report.
#[derive(Debug)]
struct Finding {
    verdict: Verdict,
    subject: &'static str,
    text: String,
    hint: Option<&'static str>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Ok => "ok  ",
            Verdict::Warn => "warn",
            Verdict::Fail => "fail",
        };
        write!(f, "{verdict} {}: {}", self.subject, self.text)?;
        self.hint.map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

fn ok(subject: &'static str, text: impl Into<String>) -> Finding {
    Finding { verdict: Verdict::Ok, subject, text: text.into(), hint: None }
}

fn warn(subject: &'static str, text: impl Into<String>, hint: &'static str) -> Finding {
    Finding { verdict: Verdict::Warn, subject, text: text.into(), hint: Some(hint) }
}

fn fail(subject: &'static str, text: impl Into<String>, hint: &'static str) -> Finding {
    Finding { verdict: Verdict::Fail, subject, text: text.into(), hint: Some(hint) }
}

/// Prints a line for each thing that was looked at.
pub async fn run(flags: &DoctorFlags, printer: Printer) -> Result<Exit, Failure> {
    let mut findings = vec![public_url(&flags.store), data_dir(&flags.store.data_dir), key_file(&setup::master_key_file(&flags.store))];
    findings.extend(flags.operator_token_file.as_deref().map(operator_token));
    findings.extend(certificate(flags));
    findings.extend(database(&flags.store).await?);
    findings.push(mail(flags).await);
    for finding in &findings {
        printer.line(&finding.to_string())?;
    }
    match findings.iter().any(|finding| finding.verdict == Verdict::Fail) {
        true => Ok(Exit::Failed),
        false => Ok(Exit::Done),
    }
}

fn public_url(store: &StoreFlags) -> Finding {
    const SUBJECT: &str = "public URL";
    match store.public_url.as_deref().map(setup::check_public_url) {
        None => warn(SUBJECT, "not given; tokens and logs will name the listening address", "give --public-url"),
        Some(Ok(url)) if url.starts_with("http://") => warn(SUBJECT, url, "tokens would travel in the clear; use https"),
        Some(Ok(url)) => ok(SUBJECT, url),
        Some(Err(failure)) => fail(SUBJECT, failure.text, "write it as `https://in.vendor.example`"),
    }
}

fn data_dir(dir: &Path) -> Finding {
    const SUBJECT: &str = "data directory";
    let shown = dir.display();
    match fs::metadata(dir) {
        Err(error) => fail(SUBJECT, format!("`{shown}`: {error}"), "`serve` makes it; check --data-dir"),
        Ok(meta) if !meta.is_dir() => fail(SUBJECT, format!("`{shown}` is not a directory"), "check --data-dir"),
        Ok(meta) if meta.permissions().mode() & 0o007 != 0 => {
            warn(SUBJECT, format!("`{shown}` is open to everybody on this machine"), "chmod 700")
        }
        Ok(_) => ok(SUBJECT, format!("`{shown}`")),
    }
}

fn key_file(path: &Path) -> Finding {
    const SUBJECT: &str = "master key";
    let shown = path.display();
    match vestibule_operations::has_master_key(path) {
        Ok(true) if setup::others_may_read(path) => fail(SUBJECT, format!("others may read `{shown}`"), "chmod 600, and consider it known"),
        Ok(true) => ok(SUBJECT, format!("`{shown}`")),
        Ok(false) => fail(SUBJECT, format!("there is none at `{shown}`"), "`serve` makes one on a new database; else put it back"),
        Err(error) => fail(SUBJECT, chain(&error), "put the right file back"),
    }
}

fn operator_token(path: &Path) -> Finding {
    const SUBJECT: &str = "operator's token";
    let shown = path.display();
    match setup::operator_token(path) {
        Ok(_) if setup::others_may_read(path) => warn(SUBJECT, format!("others may read `{shown}`"), "chmod 600, and write another one"),
        Ok(_) => ok(SUBJECT, format!("`{shown}`")),
        Err(failure) => fail(SUBJECT, failure.text, "write one such as `openssl rand -base64 32` makes"),
    }
}

fn certificate(flags: &DoctorFlags) -> Option<Finding> {
    let (_, certificate, key) = flags.tls.all()?;
    Some(match Tls::load(certificate, key) {
        Ok(_) => ok("certificate", format!("`{}` fits its key", certificate.display())),
        Err(failure) => fail("certificate", failure.text, "give the chain and its key in PEM"),
    })
}

async fn database(store: &StoreFlags) -> Result<Vec<Finding>, Failure> {
    const SUBJECT: &str = "database";
    let asked = Instant::now();
    let found = vestibule_operations::examine(&setup::database(store)?, &setup::master_key_file(store)).await;
    let took = asked.elapsed();
    Ok(match found {
        Err(error) => vec![fail(SUBJECT, chain(&error), "check --database and --data-dir; `serve` makes an embedded one")],
        Ok(found) => vec![
            ok(SUBJECT, format!("answers, after {} ms", took.as_millis())),
            schema(&found),
            clock(&found, edge::now().millis()),
            sealed(found.key),
        ],
    })
}

fn schema(found: &Examination) -> Finding {
    const SUBJECT: &str = "schema";
    let text = format!("version {} of {}", found.schema, found.known);
    match found.schema {
        0 => warn(SUBJECT, "none yet", "`serve` makes it"),
        newer if newer > found.known => fail(SUBJECT, text, "a newer release wrote it: use that one"),
        older if older < found.known => warn(SUBJECT, text, "`serve` brings it up to date: back up first"),
        _ => ok(SUBJECT, text),
    }
}

fn clock(found: &Examination, now_ms: i64) -> Finding {
    const SUBJECT: &str = "clock";
    let Some(theirs) = found.clock else { return ok(SUBJECT, "the embedded database has this machine's") };
    let skew = (now_ms - theirs.millis()).abs();
    let text = format!("{skew} ms from the database's");
    match skew {
        SKEW_MS_FAIL.. => fail(SUBJECT, text, "synchronise both clocks"),
        SKEW_MS_WARN.. => warn(SUBJECT, text, "synchronise both clocks"),
        _ => ok(SUBJECT, text),
    }
}

fn sealed(key: KeyFit) -> Finding {
    const SUBJECT: &str = "sealed secrets";
    match key {
        KeyFit::Opens => ok(SUBJECT, "the master key opens them"),
        KeyFit::Foreign => fail(SUBJECT, "the master key does not open them", "put back the key that the database was made under"),
        KeyFit::Untried => warn(SUBJECT, "not tried", "there is no key, or nothing is sealed yet"),
    }
}

async fn mail(flags: &DoctorFlags) -> Finding {
    const SUBJECT: &str = "mail";
    let transport = match setup::transport(&flags.mail, &flags.store.data_dir) {
        Ok(transport) => transport,
        Err(failure) => return fail(SUBJECT, failure.text, "see `vestibule serve --help`"),
    };
    match (transport.probe().await, &flags.mail.smtp_url) {
        (Ok(()), Some(_)) => ok(SUBJECT, "the mail server answers"),
        (Ok(()), None) => warn(SUBJECT, "written to files; nobody receives it", "give --smtp-url"),
        (Err(error), _) => fail(SUBJECT, error.to_string(), "mail waits in the outbox for three days"),
    }
}

#[cfg(test)]
mod tests {
    use vestibule_core::time::Timestamp;

    use super::*;

    fn found(schema: i64, clock_ms: Option<i64>) -> Examination {
        Examination { schema, known: 2, clock: clock_ms.map(Timestamp::from_millis), key: KeyFit::Untried }
    }

    #[test]
    fn a_clock_is_judged_by_how_far_it_is() {
        for (theirs, verdict) in [
            (None, Verdict::Ok),
            (Some(100_999), Verdict::Ok),
            (Some(101_000), Verdict::Warn),
            (Some(99_000), Verdict::Warn),
            (Some(70_001), Verdict::Warn),
            (Some(70_000), Verdict::Fail),
        ] {
            assert_eq!(clock(&found(2, theirs), 100_000).verdict, verdict, "{theirs:?}");
        }
    }

    #[test]
    fn a_schema_may_be_older_but_not_newer() {
        for (version, verdict) in [(0, Verdict::Warn), (1, Verdict::Warn), (2, Verdict::Ok), (3, Verdict::Fail)] {
            assert_eq!(schema(&found(version, None)).verdict, verdict, "{version}");
        }
    }
}
