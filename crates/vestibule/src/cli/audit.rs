//! The flags of `audit`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use vestibule_core::id::RealmId;

use super::StoreFlags;

/// The verbs of `audit`.
#[derive(Debug, Subcommand)]
pub enum AuditVerb {
    /// Write a realm's log as a bundle that can be checked anywhere
    Export(ExportFlags),
    /// Check a bundle, offline
    Verify(VerifyFlags),
}

/// Flags of `audit export`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vestibule audit export acme -o acme.tar
  vestibule audit export acme --database postgres://vestibule@db/vestibule \\
    > acme.tar

Names, addresses and reasons are in it in the clear: what opens the sealed values is put in.")]
pub struct ExportFlags {
    /// The realm
    pub realm: RealmId,
    /// The file to write; standard output when absent
    #[arg(short, long, env = "VESTIBULE_OUTPUT", value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// What it works on.
    #[command(flatten)]
    pub store: StoreFlags,
}

/// Flags of `audit verify`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vestibule audit verify acme.tar
  vestibule audit verify acme.tar --trust keys.txt \\
    --against checkpoint-of-last-week.txt

Exit codes: 0 verified, 2 wrong usage, 3 could not run, 4 consistent but without an anchor, \
10 edited, 11 deleted, 12 reordered, 13 truncated, 14 forked, 15 bad signature, 16 not a bundle, \
17 not witnessed as asked, 18 a disclosure does not match, 19 an event breaks a rule.")]
pub struct VerifyFlags {
    /// The bundle
    #[arg(value_name = "FILE")]
    pub bundle: PathBuf,
    /// Keys to trust, one a line: `name+id+key`; the bundle's own claim when absent
    #[arg(long, env = "VESTIBULE_TRUST", value_name = "FILE")]
    pub trust: Option<PathBuf>,
    /// A checkpoint that you kept: what it covers must still be there
    #[arg(long, env = "VESTIBULE_AGAINST", value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// Take a redaction for a broken rule, even one that the log accounts for
    #[arg(long, env = "VESTIBULE_STRICT")]
    pub strict: bool,
    /// Print what was found as JSON
    #[arg(long, env = "VESTIBULE_JSON")]
    pub json: bool,
}
