//! The address of a mail server, as it is written in a flag.

use std::{fs, net::IpAddr};

use axum::http::Uri;
use percent_encoding::percent_decode_str;
use vestibule_operations::notify::{Security, SmtpSettings};

use crate::{
    cli::MailFlags,
    exit::{Exit, Failure},
    setup::secret_file,
};

/// The mail server that the flags name, if they name one.
///
/// # Errors
/// The address cannot be read, a file cannot be read, or a password would travel in the clear.
pub fn settings(flags: &MailFlags) -> Result<Option<SmtpSettings>, Failure> {
    let Some(url) = &flags.smtp_url else { return Ok(None) };
    let server = Server::parse(url)?;
    let password = flags.smtp_password_file.as_deref().map(secret_file).transpose()?;
    let sign_in = match (server.user, password) {
        (Some(user), Some(password)) => Some((user, password)),
        (None, None) => None,
        (Some(_), None) => return Err(usage("the mail server's user has no password", "give --smtp-password-file")),
        (None, Some(_)) => return Err(usage("the mail server's password has no user", "write --smtp-url smtp://USER@HOST")),
    };
    if sign_in.is_some() && server.security == Security::None && !is_here(&server.host) {
        return Err(usage("the mail server's password would travel in the clear", "leave out `security=none`"));
    }
    let read = |path| fs::read_to_string(path).map_err(|error| Failure::because("could not read the certificates to trust", &error));
    Ok(Some(SmtpSettings {
        host: server.host,
        port: server.port,
        security: server.security,
        sign_in,
        ca_pem: flags.smtp_ca_file.as_ref().map(read).transpose()?,
        from: flags.mail_from.clone(),
        hello_name: flags.smtp_hello.clone(),
    }))
}

fn usage(text: &str, hint: &str) -> Failure {
    Failure::new(text).hint(hint).exit(Exit::Usage)
}

#[derive(Debug, PartialEq, Eq)]
struct Server {
    host: String,
    port: u16,
    security: Security,
    user: Option<String>,
}

impl Server {
    /// The address is never repeated in a failure: somebody may have put a password into it.
    fn parse(url: &str) -> Result<Self, Failure> {
        let refuse = || usage("could not read --smtp-url", "write it as `smtp://user@smtp.vendor.example:587`");
        let uri: Uri = url.parse().map_err(|_| refuse())?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(refuse)?.trim_matches(['[', ']']).to_owned();
        let by_scheme = match uri.scheme_str() {
            Some("smtps") => Security::Tls,
            Some("smtp") if is_here(&host) => Security::None,
            Some("smtp") => Security::StartTls,
            _ => return Err(refuse()),
        };
        let security = match uri.query() {
            None => by_scheme,
            Some("security=none") => Security::None,
            Some("security=starttls") => Security::StartTls,
            Some("security=tls") => Security::Tls,
            Some(_) => return Err(refuse()),
        };
        let usual_port = match security {
            Security::None => 25,
            Security::StartTls => 587,
            Security::Tls => 465,
        };
        let user = match uri.authority().and_then(|authority| authority.as_str().rsplit_once('@')) {
            Some((user, _)) if user.contains(':') => {
                return Err(usage("--smtp-url must hold no password: others can see it", "give --smtp-password-file"));
            }
            Some((user, _)) => Some(percent_decode_str(user).decode_utf8().map_err(|_| refuse())?.into_owned()),
            None => None,
        };
        Ok(Self { host, port: uri.port_u16().unwrap_or(usual_port), security, user })
    }
}

/// Whether the host is this machine.
fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_encrypted_unless_it_is_here() {
        let server = |host: &str, port, security, user: Option<&str>| {
            Some(Server { host: host.to_owned(), port, security, user: user.map(str::to_owned) })
        };
        for (url, expected) in [
            ("smtp://mx.example", server("mx.example", 587, Security::StartTls, None)),
            ("smtp://a%40b.c@mx.example:2525", server("mx.example", 2525, Security::StartTls, Some("a@b.c"))),
            ("smtps://mx.example", server("mx.example", 465, Security::Tls, None)),
            ("smtp://mx.example?security=none", server("mx.example", 25, Security::None, None)),
            ("smtp://127.0.0.1:2525", server("127.0.0.1", 2525, Security::None, None)),
            ("smtp://[::1]:2525", server("::1", 2525, Security::None, None)),
            ("smtp://localhost?security=starttls", server("localhost", 587, Security::StartTls, None)),
            ("smtp://user:canary@mx.example", None),
            ("http://mx.example", None),
            ("mx.example", None),
            ("smtp://", None),
            ("smtp://mx.example?security=some", None),
        ] {
            let parsed = Server::parse(url);
            assert!(!format!("{parsed:?}").contains("canary"));
            assert_eq!(parsed.ok(), expected, "{url}");
        }
    }
}
