//! From flags to what operations need: the database, the data directory, mail, manifests.

use std::{
    fs,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

use axum::http::Uri;
use secrecy::{ExposeSecret, SecretString};
use vestibule_operations::{
    OpenError, OpenSettings, Operations, Settings,
    manifest::{Manifest, SecretSource},
    notify::Transport,
};

use crate::{
    cli::{MailFlags, StoreFlags},
    edge,
    exit::{Exit, Failure},
    smtp,
};

/// Where clients reach the server unless they are told otherwise.
const PUBLIC_URL_DEFAULT: &str = "http://127.0.0.1:8080";

/// What operations are opened with. `public_url` stands in when the flags name none.
///
/// # Errors
/// The data directory cannot be made, or a flag makes no sense.
pub fn open_settings(store: &StoreFlags, public_url: Option<String>, transport: Transport) -> Result<OpenSettings, Failure> {
    let data_dir = data_dir(&store.data_dir)?;
    let database = database(store)?;
    let public_url = match (&store.public_url, public_url) {
        (Some(given), _) => check_public_url(given)?,
        (None, fallback) => fallback.unwrap_or_else(|| PUBLIC_URL_DEFAULT.to_owned()),
    };
    Ok(OpenSettings {
        database,
        data_dir,
        master_key_file: store.master_key_file.clone(),
        operator_token: None,
        settings: Settings::new(&public_url),
        transport,
        edge: edge::edge()?,
    })
}

/// Opens the database and brings it up to date.
///
/// # Errors
/// It cannot be opened; the causes are told.
pub async fn open(settings: OpenSettings) -> Result<Operations, Failure> {
    Operations::open(settings).await.map_err(|error| {
        let failure = Failure::because("could not start", &error);
        match error {
            OpenError::NoKey(_) | OpenError::ForeignKey(_) => {
                failure.hint("put the key that the database was made under there, or name it with --master-key-file")
            }
            OpenError::MasterKey { .. } | OpenError::Store(_) | OpenError::Vendor(_) => failure,
        }
    })
}

/// Operations for a verb that does its work on what is there, and ends. It sends no mail: what it causes waits in
/// the outbox for the server.
///
/// # Errors
/// There is no database, such as when the data directory is mistyped: none is made. Or as [`open_or_make`].
pub async fn open_for_a_while(store: &StoreFlags) -> Result<Operations, Failure> {
    match is_there(store).await? {
        true => open_or_make(store).await,
        false => {
            let place = vestibule_operations::embedded_file(&database(store)?).map(|file| format!("at `{}`", file.display()));
            // The URL of another may hold a password.
            let place = place.unwrap_or_else(|| "where --database says".to_owned());
            Err(Failure::new(format!("there is no database {place}")).hint("check --data-dir and --database"))
        }
    }
}

/// The same for a verb that may be the first to work on a database.
///
/// # Errors
/// As [`open_settings`] and [`open`].
pub async fn open_or_make(store: &StoreFlags) -> Result<Operations, Failure> {
    let unused = Transport::files(store.data_dir.join("mail"), "vestibule@localhost");
    let transport = unused.map_err(|error| Failure::because("could not set up mail", &error))?;
    open(open_settings(store, None, transport)?).await
}

/// Whether there is a database that somebody has worked on. Nothing is made.
///
/// # Errors
/// It cannot be reached, or is of a newer release.
pub async fn is_there(store: &StoreFlags) -> Result<bool, Failure> {
    let sealed = vestibule_operations::is_sealed(&database(store)?).await;
    sealed.map_err(|error| Failure::because("could not look at the database", &error))
}

/// The database's URL: as given, or the embedded one in the data directory.
///
/// # Errors
/// The data directory's path is not UTF-8.
pub fn database(store: &StoreFlags) -> Result<String, Failure> {
    match &store.database {
        Some(url) => Ok(url.clone()),
        None => sqlite_url(&store.data_dir),
    }
}

/// Where the master key is.
pub fn master_key_file(store: &StoreFlags) -> PathBuf {
    store.master_key_file.clone().unwrap_or_else(|| store.data_dir.join("master.key"))
}

/// The data directory, made for its owner alone when absent, as an absolute path.
///
/// # Errors
/// It cannot be made.
pub fn data_dir(dir: &Path) -> Result<PathBuf, Failure> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).and_then(|()| dir.canonicalize());
    made.map_err(|error| Failure::because(format!("could not use the data directory `{}`", dir.display()), &error))
}

fn sqlite_url(data_dir: &Path) -> Result<String, Failure> {
    let dir = std::path::absolute(data_dir).map_err(|error| Failure::because("could not find the data directory", &error))?;
    let path = dir.join("vestibule.db");
    let path = path.to_str().ok_or_else(|| Failure::new("the data directory's path is not UTF-8"))?;
    Ok(format!("sqlite://{path}"))
}

/// An address such as `https://in.vendor.example`, perhaps with a path, without a slash at its end.
///
/// # Errors
/// It is not one.
pub fn check_public_url(raw: &str) -> Result<String, Failure> {
    let uri: Option<Uri> = raw.parse().ok();
    let good = uri.as_ref().is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
            && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
            && uri.query().is_none()
            && !raw.contains('#')
    });
    match good {
        true => Ok(raw.trim_end_matches('/').to_owned()),
        false => Err(Failure::new(format!("`{raw}` is not an address that clients can reach"))
            .hint("write it as `https://in.vendor.example`")
            .exit(Exit::Usage)),
    }
}

/// How mail leaves.
///
/// # Errors
/// A flag makes no sense, or a file cannot be read.
pub fn transport(flags: &MailFlags, data_dir: &Path) -> Result<Transport, Failure> {
    let transport = match smtp::settings(flags)? {
        Some(settings) => Transport::smtp(settings),
        None => Transport::files(data_dir.join("mail"), &flags.mail_from),
    };
    transport.map_err(|error| Failure::because("could not set up mail", &error).exit(Exit::Usage))
}

/// The secret in a file, without the line end at its end.
///
/// # Errors
/// The file cannot be read.
pub fn secret_file(path: &Path) -> Result<SecretString, Failure> {
    let text = fs::read_to_string(path);
    let text = text.map_err(|error| Failure::because(format!("could not read `{}`", path.display()), &error))?;
    Ok(SecretString::from(text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line))))
}

/// Reads a manifest and the secrets that it names; files beside it are found from its directory.
///
/// # Errors
/// It cannot be read; or every fault in it.
pub fn manifest(path: &Path) -> Result<Manifest, Failure> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| Failure::because(format!("could not read `{name}`"), &error))?;
    let beside = path.parent().unwrap_or(Path::new("")).to_owned();
    let fetch = move |source: &SecretSource| match source {
        SecretSource::File(file) => secret_file(&beside.join(file)).map_err(|failure| failure.text),
        SecretSource::Env(name) => edge::variable(name).ok_or_else(|| format!("`{name}` is not set in the environment")),
    };
    parse(&text, &name, &fetch)
}

/// Reads a manifest's text.
///
/// # Errors
/// Every fault in it.
pub fn parse(text: &str, name: &str, fetch: &Fetch<'_>) -> Result<Manifest, Failure> {
    Manifest::parse(text, name, fetch).map_err(|faults| match faults.as_slice() {
        [only] => Failure::new(only.to_string()),
        all => {
            let lines: Vec<_> = all.iter().map(ToString::to_string).collect();
            Failure::new(format!("`{name}` has {} faults:\n{}", lines.len(), lines.join("\n")))
        }
    })
}

/// Fetches a secret that a manifest does not hold itself.
type Fetch<'a> = dyn Fn(&SecretSource) -> Result<SecretString, String> + 'a;

/// The shortest token of an operator, in characters: whoever guesses it administers every realm.
const OPERATOR_TOKEN_CHARS_MIN: usize = 16;

/// The operator's token, in a file.
///
/// # Errors
/// The file cannot be read, or holds what is too short to be a secret or cannot stand in a header.
pub fn operator_token(path: &Path) -> Result<SecretString, Failure> {
    let token = secret_file(path)?;
    let refuse = |problem: &str| {
        Err(Failure::new(format!("`{}` {problem}", path.display())).hint("write a token such as `openssl rand -base64 32` makes"))
    };
    match token.expose_secret() {
        text if !text.bytes().all(|byte| byte.is_ascii_graphic()) => refuse("holds more than one word of printable characters"),
        text if text.len() < OPERATOR_TOKEN_CHARS_MIN => refuse(&format!("holds fewer than {OPERATOR_TOKEN_CHARS_MIN} characters")),
        _ => Ok(token),
    }
}

/// Whether a file that holds a secret is open to more than its owner.
pub fn others_may_read(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_one_that_clients_can_reach() {
        for (raw, kept) in [
            ("https://in.vendor.example/", Some("https://in.vendor.example")),
            ("http://127.0.0.1:9090", Some("http://127.0.0.1:9090")),
            ("https://vendor.example/in/", Some("https://vendor.example/in")),
            ("in.vendor.example", None),
            ("ftp://vendor.example", None),
            ("https://user@vendor.example", None),
            ("https://vendor.example/?a", None),
            ("https://vendor.example/#a", None),
            ("", None),
        ] {
            assert_eq!(check_public_url(raw).ok().as_deref(), kept, "{raw}");
        }
    }

    #[test]
    fn an_operators_token_is_long_enough_and_one_word() {
        let path = std::env::temp_dir().join(format!("vestibule-operator-token-{}", std::process::id()));
        for (text, kept) in [
            ("", None),
            ("x", None),
            ("0123456789abcde\n", None),
            ("0123456789abcdef\n", Some("0123456789abcdef")),
            ("0123456789abcdef\r\n", Some("0123456789abcdef")),
            ("0123456789abcdef\n\n", None),
            ("0123456789 abcdef", None),
            ("0123456789abcdeé", None),
        ] {
            fs::write(&path, text).unwrap();
            assert_eq!(operator_token(&path).ok().as_ref().map(ExposeSecret::expose_secret), kept, "{text:?}");
        }
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn many_faults_are_told_as_lines_of_their_own() {
        let failure = parse("a = 1\nb = 2\n", "m.toml", &|_| Err(String::new())).unwrap_err();
        assert_eq!(failure.text, "`m.toml` has 2 faults:\nm.toml:1: unknown key `a`\nm.toml:2: unknown key `b`");
    }
}
