//! The command line: verbs, flags, their environment variables and their help.

mod audit;
#[cfg(test)]
mod tests;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::{Args, Parser, Subcommand, value_parser};
use vestibule_core::{
    id::{AccountId, RealmId},
    support::SupportSession,
};
use vestibule_operations::Settings;

pub use self::audit::{AuditVerb, ExportFlags, VerifyFlags};
use crate::{dialects::DialectFlags, logging::LogFormat, traces::TraceFlags};

/// The consented way into somebody else's tenant.
#[derive(Debug, Parser)]
#[command(
    name = "vestibule",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  vestibule quickstart                    # try it on a demo realm
  vestibule serve --manifest realms.toml  # serve on 127.0.0.1:8080
  vestibule audit verify log.tar          # check a realm's log, offline

Every flag has an environment variable; `vestibule VERB --help` names it.
Exit codes: 0 done, 1 failed, 2 wrong usage; `audit verify` has its own."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// How to log.
    #[command(flatten)]
    pub log: LogFlags,
}

/// How the server logs.
#[derive(Debug, Args)]
pub struct LogFlags {
    /// The form of the log on stderr
    #[arg(long, env = "VESTIBULE_LOG_FORMAT", value_enum, default_value = "auto", global = true)]
    pub log_format: LogFormat,
    /// What is logged: a level, or levels per part, such as `info,vestibule_store=debug`
    #[arg(long, env = "VESTIBULE_LOG", value_name = "FILTER", default_value = "info", global = true)]
    pub log: String,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Serve a demo realm from a fresh database, and print the lines to try it with
    Quickstart(QuickstartFlags),
    /// Serve
    Serve(ServeFlags),
    /// Ask a server whether it is ready
    Healthcheck(HealthcheckFlags),
    /// Look at all that a server needs: configuration, clock, database, master key, mail
    Doctor(DoctorFlags),
    /// Copy the embedded database into one file, also while it is served
    Backup(BackupFlags),
    /// Put a backup in the place of the embedded database
    Restore(RestoreFlags),
    /// Bring realms to the state that manifests describe
    Apply(ApplyFlags),
    /// Make a link that signs somebody in at the console, once: the first time, and when all factors are lost
    SignInLink(SignInLinkFlags),
    /// Export a realm's log, or check an exported one
    #[command(after_help = "\
Examples:
  vestibule audit export acme -o acme.tar
  vestibule audit verify acme.tar --against checkpoint-of-last-week.txt

`vestibule audit VERB --help` tells more.")]
    Audit {
        /// What to do with a log.
        #[command(subcommand)]
        verb: AuditVerb,
    },
}

/// Flags of `quickstart`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vestibule quickstart
  vestibule quickstart --listen 127.0.0.1:9090 --data-dir ./demo

The data directory is wiped at every start if `quickstart` made it; any other is left alone.")]
pub struct QuickstartFlags {
    /// Where to listen
    #[arg(long, env = "VESTIBULE_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where to keep the demo; a temporary directory, removed at the end, when absent
    #[arg(long, env = "VESTIBULE_QUICKSTART_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

/// Flags of `serve`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vestibule serve
  vestibule serve --listen 0.0.0.0:8080 --data-dir /var/lib/vestibule \\
    --public-url https://in.vendor.example
  vestibule serve --operator-token-file /etc/vestibule/operator-token
  vestibule serve --database postgres://vestibule@db/vestibule \\
    --master-key-file /run/secrets/master.key
  vestibule serve --smtp-url smtp://mailer@smtp.vendor.example:587 \\
    --smtp-password-file /run/secrets/smtp \\
    --mail-from 'Vestibule <door@vendor.example>'
  vestibule serve --tls-listen 0.0.0.0:8443 \\
    --tls-certificate /etc/vestibule/chain.pem --tls-key /etc/vestibule/key.pem
  vestibule serve --otlp-endpoint http://127.0.0.1:4318

SIGTERM and SIGINT end it: what was accepted is finished first, for 30 seconds at most. \
SIGHUP reads the certificate anew.")]
pub struct ServeFlags {
    /// Where to listen
    #[arg(long, env = "VESTIBULE_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where to answer `GET /metrics`, and nowhere else; with everything else when absent
    #[arg(long, env = "VESTIBULE_METRICS_LISTEN", value_name = "ADDRESS")]
    pub metrics_listen: Option<SocketAddr>,
    /// Encryption without a proxy.
    #[command(flatten)]
    pub tls: TlsFlags,
    /// What it works on.
    #[command(flatten)]
    pub store: StoreFlags,
    /// Manifests to apply before serving; without any, what is there stays as it is
    #[arg(long = "manifest", env = "VESTIBULE_MANIFEST", value_name = "FILE", value_delimiter = ',')]
    pub manifests: Vec<PathBuf>,
    /// A file with the token of the operator, who may administer every realm: one word of 16 characters or more.
    /// The operator's token of before is revoked
    #[arg(long, env = "VESTIBULE_OPERATOR_TOKEN_FILE", value_name = "FILE")]
    pub operator_token_file: Option<PathBuf>,
    /// How long a support session lasts at most, in seconds
    #[arg(long, env = "VESTIBULE_SESSION_LIMIT", value_name = "SECONDS",
          default_value_t = SupportSession::LIMIT_S_DEFAULT, value_parser = value_parser!(i64).range(1..=604_800))]
    pub session_limit: i64,
    /// How long an access token lasts unless less is asked for, in seconds
    #[arg(long, env = "VESTIBULE_TOKEN_LIFETIME", value_name = "SECONDS",
          default_value_t = Settings::TOKEN_LIFETIME_S_DEFAULT, value_parser = value_parser!(i64).range(1..=86_400))]
    pub token_lifetime: i64,
    /// How mail leaves.
    #[command(flatten)]
    pub mail: MailFlags,
    /// How dialects are served.
    #[command(flatten)]
    pub dialects: DialectFlags,
    /// Where traces go.
    #[command(flatten)]
    pub traces: TraceFlags,
}

/// What a verb works on.
#[derive(Debug, Clone, Args)]
pub struct StoreFlags {
    /// `sqlite:///abs/path` (made when absent) or `postgres://…`; `vestibule.db` in the data directory when absent
    #[arg(long, env = "VESTIBULE_DATABASE", value_name = "URL", hide_env_values = true)]
    pub database: Option<String>,
    /// Where the database, the master key and mail are kept
    #[arg(long, env = "VESTIBULE_DATA_DIR", value_name = "DIR", default_value = "vestibule-data")]
    pub data_dir: PathBuf,
    /// The key that seals secrets; made when absent. `master.key` in the data directory when not given
    #[arg(long, env = "VESTIBULE_MASTER_KEY_FILE", value_name = "FILE")]
    pub master_key_file: Option<PathBuf>,
    /// Where clients reach the server; it names the logs, so give every verb the same.
    /// `http://` and the listening address when absent
    #[arg(long, env = "VESTIBULE_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
}

/// How mail leaves. Without `--smtp-url` it is written to `mail/*.eml` in the data directory.
#[derive(Debug, Clone, Args)]
pub struct MailFlags {
    /// `smtp://[USER@]HOST[:PORT]` (encrypted with STARTTLS, except to this machine) or `smtps://…` (encrypted from
    /// the start); `?security=none|starttls|tls` says otherwise
    #[arg(long, env = "VESTIBULE_SMTP_URL", value_name = "URL")]
    pub smtp_url: Option<String>,
    /// A file with the password for the user in `--smtp-url`
    #[arg(long, env = "VESTIBULE_SMTP_PASSWORD_FILE", value_name = "FILE", requires = "smtp_url")]
    pub smtp_password_file: Option<PathBuf>,
    /// Certificates to trust beside the public ones, in PEM
    #[arg(long, env = "VESTIBULE_SMTP_CA_FILE", value_name = "FILE", requires = "smtp_url")]
    pub smtp_ca_file: Option<PathBuf>,
    /// How the server introduces itself to the mail server
    #[arg(long, env = "VESTIBULE_SMTP_HELLO", value_name = "NAME", default_value = "localhost")]
    pub smtp_hello: String,
    /// Whom mail is from: `address` or `Name <address>`
    #[arg(long, env = "VESTIBULE_MAIL_FROM", value_name = "ADDRESS", default_value = "Vestibule <vestibule@localhost>")]
    pub mail_from: String,
}

/// Encryption without a proxy. What is served on `--listen` stays in the clear.
#[derive(Debug, Clone, Args)]
pub struct TlsFlags {
    /// Where to listen for TLS, beside `--listen`
    #[arg(long, env = "VESTIBULE_TLS_LISTEN", value_name = "ADDRESS", requires_all = ["tls_certificate", "tls_key"])]
    pub tls_listen: Option<SocketAddr>,
    /// The chain of certificates, the server's own first, in PEM; SIGHUP reads it anew
    #[arg(long, env = "VESTIBULE_TLS_CERTIFICATE", value_name = "FILE", requires = "tls_listen")]
    pub tls_certificate: Option<PathBuf>,
    /// The certificate's private key, in PEM; SIGHUP reads it anew
    #[arg(long, env = "VESTIBULE_TLS_KEY", value_name = "FILE", requires = "tls_listen")]
    pub tls_key: Option<PathBuf>,
}

impl TlsFlags {
    /// Address, certificate and key; all three or none, which the parser sees to.
    pub fn all(&self) -> Option<(SocketAddr, &Path, &Path)> {
        Some((self.tls_listen?, self.tls_certificate.as_deref()?, self.tls_key.as_deref()?))
    }
}

/// Flags of `healthcheck`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vestibule healthcheck
  vestibule healthcheck --listen 127.0.0.1:9090

It asks /readyz and ends with 0 if the server is ready, else with 1.")]
pub struct HealthcheckFlags {
    /// Where the server listens in the clear
    #[arg(long, env = "VESTIBULE_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
}

/// Flags of `doctor`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vestibule doctor --data-dir /var/lib/vestibule
  vestibule doctor --database postgres://vestibule@db/vestibule \\
    --smtp-url smtp://smtp.vendor.example

Give it the flags (or the environment) of `serve`. It changes nothing and sends no mail. Each line begins with \
`ok`, `warn` or `fail`; it ends with 1 if any says `fail`.")]
pub struct DoctorFlags {
    /// What the server works on.
    #[command(flatten)]
    pub store: StoreFlags,
    /// A file with the token of the operator
    #[arg(long, env = "VESTIBULE_OPERATOR_TOKEN_FILE", value_name = "FILE")]
    pub operator_token_file: Option<PathBuf>,
    /// Encryption without a proxy.
    #[command(flatten)]
    pub tls: TlsFlags,
    /// How mail leaves.
    #[command(flatten)]
    pub mail: MailFlags,
}

/// Flags of `backup`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vestibule backup /backup/vestibule.db --data-dir /var/lib/vestibule

The copy is of one instant and complete when its name appears; a file of that name is replaced. The master key \
is not in it, and without that key its secrets cannot be read: keep a copy of the key, somewhere else.")]
pub struct BackupFlags {
    /// The file to write
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What is copied.
    #[command(flatten)]
    pub store: StoreFlags,
}

/// Flags of `restore`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vestibule restore /backup/vestibule.db --data-dir /var/lib/vestibule
  vestibule restore /backup/vestibule.db --data-dir /var/lib/vestibule --force

The server must not run. The backup is checked before anything is touched: its pages, its schema, and that the \
master key opens what it holds. With --force the database that was there is kept as `vestibule.db.replaced`.")]
pub struct RestoreFlags {
    /// The backup
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Replace a database that is there
    #[arg(long, env = "VESTIBULE_RESTORE_FORCE")]
    pub force: bool,
    /// Where it goes.
    #[command(flatten)]
    pub store: StoreFlags,
}

/// Flags of `apply`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vestibule apply realms.toml --dry-run
  vestibule apply realms.toml staff.toml --data-dir /var/lib/vestibule

What changes is printed, one line each: `+` is new, `~` changes, `-` goes. Applying twice changes nothing. \
A dry run changes nothing but the schema of a database that an older release wrote, and makes nothing.")]
pub struct ApplyFlags {
    /// Manifests, applied in this order
    #[arg(required = true, value_name = "FILE")]
    pub manifests: Vec<PathBuf>,
    /// Print what would change, and change no realm
    #[arg(long, env = "VESTIBULE_DRY_RUN")]
    pub dry_run: bool,
    /// What it works on.
    #[command(flatten)]
    pub store: StoreFlags,
}

/// Flags of `sign-in-link`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vestibule sign-in-link ada@acme.example --realm acme
  vestibule sign-in-link mia.falk@here.com --staff \\
    --public-url https://in.vendor.example

Whoever opens the link within a day is signed in as that account, whatever factors it has. The log of the realm \
says that it was made.")]
pub struct SignInLinkFlags {
    /// Whom it signs in: a person's account
    pub account: AccountId,
    /// The realm of the account
    #[arg(long, env = "VESTIBULE_REALM", required_unless_present = "staff", conflicts_with = "staff")]
    pub realm: Option<RealmId>,
    /// The account is one of the vendor's
    #[arg(long, env = "VESTIBULE_STAFF")]
    pub staff: bool,
    /// What it works on.
    #[command(flatten)]
    pub store: StoreFlags,
}
