//! Transports: how a mail leaves, to an SMTP server or as a file.
//!
//! A mail keeps its id on the way: it is in the `Message-ID`, so that a receiver can tell a mail
//! that was sent again after a crash from a new one, and it is the file's name, so that writing it
//! again replaces it.

use std::{
    error::Error,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
        extension::ClientId,
    },
};
use secrecy::{ExposeSecret, SecretString};
use vestibule_core::{id::MailId, time::Timestamp};

/// How long an SMTP server may take for one step.
const STEP_TIMEOUT: Duration = Duration::from_secs(30);
/// How long it may take for a whole mail; a server that answers in drops is no better than none.
const MAIL_TIMEOUT: Duration = Duration::from_secs(120);

/// A mail on its way out.
#[derive(Debug, Clone, Copy)]
pub struct OutgoingMail<'a> {
    /// Its id in the outbox, the same at every attempt.
    pub id: MailId,
    /// One address.
    pub to: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// The plain form.
    pub text: &'a str,
    /// The same as HTML.
    pub html: &'a str,
    /// When it was written, which is its `Date`.
    pub created_at: Timestamp,
}

/// Whether the way to the SMTP server is encrypted. Certificates are always checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// In the clear.
    None,
    /// Begun in the clear and then encrypted; a server that cannot is refused.
    StartTls,
    /// Encrypted from the first byte.
    Tls,
}

/// An SMTP server and how to speak to it. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// Its name or address; the name that its certificate must have.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether the way there is encrypted.
    pub security: Security,
    /// Who we sign in as, and with what; absent: not at all.
    pub sign_in: Option<(String, SecretString)>,
    /// Certificates to trust beside the public ones, in PEM.
    pub ca_pem: Option<String>,
    /// Whom mail is from: `address` or `Name <address>`.
    pub from: String,
    /// How we introduce ourselves.
    pub hello_name: String,
}

/// The settings cannot work.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The sender is no address.
    #[error("`{from}` is not an address that mail can be from")]
    From {
        /// As given.
        from: String,
    },
    /// No certificate stands where some should.
    #[error("there is no certificate in PEM among those to trust")]
    NoCertificate,
    /// The certificates cannot be read.
    #[error("could not read the certificates to trust")]
    Certificates(#[source] lettre::transport::smtp::Error),
    /// TLS cannot be set up for this host.
    #[error("could not set up TLS for `{host}`")]
    Tls {
        /// The host.
        host: String,
        /// Why.
        #[source]
        source: lettre::transport::smtp::Error,
    },
}

/// A mail did not leave.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct SendError {
    /// Trying again cannot help.
    pub permanent: bool,
    /// What happened, fit for the outbox: the server's words or the network's, no secret.
    pub reason: String,
}

impl SendError {
    /// Trying again may help.
    pub fn temporary(reason: impl Into<String>) -> Self {
        Self { permanent: false, reason: reason.into() }
    }

    fn permanent(reason: impl Into<String>) -> Self {
        Self { permanent: true, reason: reason.into() }
    }
}

/// A way for mail to leave. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Transport {
    from: Mailbox,
    way: Way,
}

#[derive(Debug, Clone)]
enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Files(PathBuf),
}

impl Transport {
    /// Mail leaves through an SMTP server; connections are kept for further mail.
    ///
    /// The transport must be made and dropped inside a Tokio runtime.
    ///
    /// # Errors
    /// The sender is no address, or TLS cannot be set up. The server is not spoken to yet.
    pub fn smtp(settings: SmtpSettings) -> Result<Self, SetupError> {
        let from = sender(&settings.from)?;
        let parameters = || {
            let mut tls = TlsParameters::builder(settings.host.clone());
            if let Some(pem) = &settings.ca_pem {
                // The parser takes any text, and finds nothing in it.
                if !pem.contains("-----BEGIN CERTIFICATE-----") {
                    return Err(SetupError::NoCertificate);
                }
                tls = tls.add_root_certificate(Certificate::from_pem(pem.as_bytes()).map_err(SetupError::Certificates)?);
            }
            tls.build_rustls().map_err(|source| SetupError::Tls { host: settings.host.clone(), source })
        };
        let tls = match settings.security {
            Security::None => Tls::None,
            Security::StartTls => Tls::Required(parameters()?),
            Security::Tls => Tls::Wrapper(parameters()?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .hello_name(ClientId::Domain(settings.hello_name))
            .timeout(Some(STEP_TIMEOUT));
        if let Some((user, password)) = settings.sign_in {
            builder = builder.credentials(Credentials::new(user, password.expose_secret().to_owned()));
        }
        Ok(Self { from, way: Way::Smtp(builder.build()) })
    }

    /// Mail is written to `dir`, one `<id>.eml` each. `from` is as in [`SmtpSettings`].
    ///
    /// # Errors
    /// The sender is no address.
    pub fn files(dir: PathBuf, from: &str) -> Result<Self, SetupError> {
        Ok(Self { from: sender(from)?, way: Way::Files(dir) })
    }

    /// Sends one mail, or says whether trying again may help. Refused credentials count as
    /// temporary: they are the operator's to mend, and no mail should be lost meanwhile.
    ///
    /// # Errors
    /// [`SendError`]; the mail has then not been accepted, or its acceptance was not heard.
    pub async fn send(&self, mail: &OutgoingMail<'_>) -> Result<(), SendError> {
        let message = self.compose(mail)?;
        match &self.way {
            Way::Smtp(server) => match tokio::time::timeout(MAIL_TIMEOUT, server.send(message)).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(SendError { permanent: is_permanent(&error), reason: chain(&error) }),
                Err(_) => Err(SendError::temporary("the mail server took too long")),
            },
            Way::Files(dir) => {
                let (dir, id, bytes) = (dir.clone(), mail.id, message.formatted());
                let written = tokio::task::spawn_blocking(move || write_file(&dir, id, &bytes)).await;
                let written = written.unwrap_or_else(|gone| Err(io::Error::other(gone)));
                written.map_err(|error| SendError::temporary(format!("could not write the mail: {error}")))
            }
        }
    }

    /// Whether mail could leave now: the server answers, after signing in where it must; or the folder
    /// takes a file. Nothing is sent.
    ///
    /// # Errors
    /// [`SendError`] with the server's words, or the system's.
    pub async fn probe(&self) -> Result<(), SendError> {
        match &self.way {
            Way::Smtp(server) => match tokio::time::timeout(STEP_TIMEOUT, server.test_connection()).await {
                Ok(Ok(true)) => Ok(()),
                Ok(Ok(false)) => Err(SendError::temporary("the mail server does not answer as it should")),
                Ok(Err(error)) => Err(SendError { permanent: is_permanent(&error), reason: chain(&error) }),
                Err(_) => Err(SendError::temporary("the mail server took too long")),
            },
            Way::Files(dir) => {
                // The folder is made with the first mail; until then what it will stand in must take files.
                let there = dir.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(dir);
                let probe = there.join(".vestibule-probe.tmp");
                let written = fs::write(&probe, []).and_then(|()| fs::remove_file(&probe));
                written.map_err(|error| SendError::temporary(format!("could not write to `{}`: {error}", dir.display())))
            }
        }
    }

    fn compose(&self, mail: &OutgoingMail<'_>) -> Result<Message, SendError> {
        let to: Address = mail.to.parse().map_err(|_| SendError::permanent("the address is not one that mail can be sent to"))?;
        let written = Duration::from_millis(u64::try_from(mail.created_at.millis()).unwrap_or_default());
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject)
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.email.domain())))
            .date(SystemTime::UNIX_EPOCH + written)
            .multipart(MultiPart::alternative_plain_html(mail.text.to_owned(), mail.html.to_owned()))
            .map_err(|error| SendError::permanent(format!("the mail cannot be written: {error}")))
    }
}

fn sender(from: &str) -> Result<Mailbox, SetupError> {
    from.parse().map_err(|_| SetupError::From { from: from.to_owned() })
}

/// A 5xx reply is final, except where it is about us: not authenticated, or wrongly so (RFC 4954,
/// section 6; some servers say 503).
fn is_permanent(error: &lettre::transport::smtp::Error) -> bool {
    const ABOUT_US: [u16; 5] = [503, 530, 534, 535, 538];
    error.is_permanent() && error.status().is_some_and(|code| !ABOUT_US.contains(&u16::from(code)))
}

fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Writes the whole file or none of it: under another name first, on disk before it is renamed.
fn write_file(dir: &Path, id: MailId, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let unfinished = dir.join(format!(".{id}.tmp"));
    let mut file = fs::File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, dir.join(format!("{id}.eml")))?;
    fs::File::open(dir)?.sync_all()
}
