//! The server's log: text for people at a terminal, JSON for machines. It goes to stderr.

use std::io::{self, IsTerminal};

use clap::ValueEnum;
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, registry, util::SubscriberInitExt};

use crate::{
    exit::{Exit, Failure},
    traces::Traces,
};

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// One line of text each.
    Text,
    /// One JSON object a line.
    Json,
}

/// Begins to log what passes `filter`, and to trace if there is a collector.
///
/// # Errors
/// The filter cannot be read.
pub fn start(format: LogFormat, filter: &str, no_colour: bool, traces: Option<&Traces>) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Failure::because(format!("could not read the log filter `{filter}`"), &error)
            .hint("write it as `info` or `info,vestibule_store=debug`")
            .exit(Exit::Usage)
    })?;
    let terminal = io::stderr().is_terminal();
    // A log that cannot be written is lost. It must not be complained of on stderr, which would panic there:
    // a full disk would take the writer's thread with it.
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).log_internal_errors(false);
    let json = match format {
        LogFormat::Auto => !terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let lines = match json {
        true => lines.json().flatten_event(true).boxed(),
        false => lines.with_ansi(terminal && !no_colour).boxed(),
    };
    match traces {
        None => registry().with(lines).with(filter).init(),
        // Each has a filter of its own: what is logged is not traced, and the other way round.
        Some(traces) => registry().with(lines.with_filter(filter)).with(traces.layer()).init(),
    }
    Ok(())
}
