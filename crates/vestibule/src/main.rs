//! The binary: verbs and the edge of the machine. Here the clock, randomness, the environment,
//! signals and sockets are met, and nothing is decided.

mod alarm;
mod cli;
mod collector;
mod data_dir;
mod destination;
mod dialects;
mod edge;
mod exit;
mod history;
mod listen;
mod logging;
mod measures;
mod print;
mod setup;
mod smtp;
mod story;
mod tls;
mod traces;
mod verbs;

use std::process::ExitCode;

use clap::Parser;
use secrecy::ExposeSecret;

use crate::{
    cli::{AuditVerb, Cli, Verb},
    exit::{Exit, Failure},
    print::Printer,
    traces::Traces,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let no_colour = edge::variable("NO_COLOR").is_some_and(|value| !value.expose_secret().is_empty());
    let printer = Printer::new(no_colour);
    let exit = run(cli, printer, no_colour).unwrap_or_else(|failure| {
        printer.failure(&failure);
        failure.exit
    });
    exit.into()
}

fn run(cli: Cli, printer: Printer, no_colour: bool) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::because("could not start the runtime", &error))?;
    let traces = match &cli.verb {
        Verb::Serve(flags) => Traces::open(&flags.traces, runtime.handle().clone())?,
        _ => None,
    };
    logging::start(cli.log.log_format, &cli.log.log, no_colour, traces.as_ref())?;
    runtime.block_on(async {
        match cli.verb {
            Verb::Quickstart(flags) => verbs::quickstart::run(flags, printer).await,
            Verb::Serve(flags) => verbs::serve::run(flags, traces, printer).await,
            Verb::Healthcheck(flags) => verbs::healthcheck::run(&flags).await,
            Verb::Doctor(flags) => verbs::doctor::run(&flags, printer).await,
            Verb::Backup(flags) => verbs::backup::back_up(&flags, printer).await,
            Verb::Restore(flags) => verbs::backup::restore(&flags, printer).await,
            Verb::Apply(flags) => verbs::apply::run(flags, printer).await,
            Verb::SignInLink(flags) => verbs::sign_in_link::run(flags, printer).await,
            Verb::Audit { verb: AuditVerb::Export(flags) } => verbs::audit::export(flags, printer).await,
            Verb::Audit { verb: AuditVerb::Verify(flags) } => verbs::audit::verify(&flags, printer),
        }
    })
}
