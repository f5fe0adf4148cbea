//! `bench links`: sign-in links for the help desk, asked for with Basic authentication, beside the echo; and what a
//! wrong password costs.

use std::{fmt::Write, fs};

use super::{
    Bench,
    decide::echoed,
    figures::{Limit, Row, Series, table},
    load::Load,
    server::{Server, cannot},
};
use crate::steps::{self, Failure};

/// Callers and accounts of four contacts each: a minute's limit of each is not reached in a run of 4 s a round.
const CALLERS: u32 = 100;
const ACCOUNTS: u32 = 500;
/// Connections.
const CLIENTS: u32 = 64;
/// Links over the echo, once the passwords are known: the goal.
const OF_ECHO_MIN: f64 = 0.5;

/// Runs it and gives its table.
///
/// # Errors
/// Something could not be built, started or measured.
pub fn run(bench: &mut Bench<'_>) -> Result<String, Failure> {
    let data = bench.scratch("links")?;
    let manifest = data.join("links.toml");
    fs::write(&manifest, manifest_text()).map_err(cannot)?;
    let server = Server::vestibule(&bench.programs, &data, &["--manifest", &manifest.display().to_string()])?;
    let echo = Server::echo(&bench.programs)?;
    let (script, mut begin) = (bench.script("links.lua"), 0);
    let mut ask = |clients: u32, seconds: u32| {
        let arguments = [CALLERS, ACCOUNTS, begin].map(|number| number.to_string());
        let taken = Load { script: &script, url: &server.url("/"), clients, seconds, arguments: &arguments }.run()?;
        begin += taken.requests as u32;
        Ok(taken)
    };
    // Every password is checked once, at its full price.
    let warming = ask(1, 5)?;
    let (mut links, mut echoes, mut p50_us) = (Series::default(), Series::default(), Series::default());
    for round in 1..=bench.wish.rounds {
        steps::say(format_args!("==> links: round {round} of {}", bench.wish.rounds));
        let seconds = bench.wish.seconds;
        let mut quiet = std::mem::take(&mut bench.quiet);
        let taken = quiet.round(|| Ok((ask(CLIENTS, seconds)?, echoed(bench, &echo, CLIENTS, seconds)?)));
        bench.quiet = quiet;
        let (linked, echoed) = taken?;
        links.push(linked.rate);
        echoes.push(echoed.rate);
        p50_us.push(linked.p50_us);
    }
    let mut first = Series::default();
    first.push(warming.p99_us / 1e3);
    Ok(table(&[
        Row::held("links over the echo, passwords known", "", links.over(&echoes), Limit::Least(OF_ECHO_MIN)),
        Row::stated(format!("links at {CLIENTS} connections"), "/s", links),
        Row::stated(format!("median link at {CLIENTS} connections"), "µs", p50_us),
        Row::stated("a password for the first time, 99th percentile", "ms", first),
    ]))
}

fn manifest_text() -> String {
    let mut text = String::from(
        "[[realms]]\nid = \"bench\"\n[realms.help_desk]\nsubdomain = \"bench\"\nsecret = \"Kq7mZ2vX9tB4nW8rLc5yHd3sPf6gJa1eUoTiQwExRzYbNkMv\"\n",
    );
    for number in 1..=CALLERS {
        let _fits = write!(
            text,
            "[[realms.accounts]]\nid = \"app-{number:03}\"\nkind = \"user\"\npermissions = [\"helpdesk:handoff\"]\n\
             credentials = [{{ type = \"password\", secret = \"correct horse {number:03}\" }}]\n"
        );
    }
    for number in 1..=ACCOUNTS {
        let _fits = write!(
            text,
            "[[realms.customers.list]]\nid = \"{}\"\nnumber = \"acct-{number:04}\"\nkind = \"corporate\"\ncontacts = [",
            10_000 + number
        );
        for kind in ["regular", "billing", "administrator", "technical"] {
            let _fits = write!(
                text,
                "{{ type = \"{kind}\", first_name = \"Dana\", last_name = \"Reyes\", email = \"dana-{number}-{kind}@example.net\", email_verified = true }},"
            );
        }
        text.push_str("]\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_has_every_caller_and_account() {
        let text = manifest_text();
        assert_eq!(text.matches("[[realms.accounts]]").count(), CALLERS as usize);
        assert_eq!(text.matches("email_verified").count(), 4 * ACCOUNTS as usize);
    }
}
