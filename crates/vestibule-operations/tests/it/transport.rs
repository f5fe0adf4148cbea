//! Mail leaves as it should: to a real SMTP peer, and as files.
//!
//! The peer is mailin's state machine on a socket of our own, because mailin-embedded brings a
//! second cryptographic provider. Its certificate was made for this test and is trusted nowhere.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use mailin::{Action, AuthMechanism, Handler, Response, Session, SessionBuilder, response};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use secrecy::SecretString;
use vestibule_core::{id::MailId, time::Timestamp};
use vestibule_operations::notify::{OutgoingMail, Security, SendError, SmtpSettings, Transport};

const CERT: &str = include_str!("peer/cert.pem");
const KEY: &str = include_str!("peer/key.pem");
const PASSWORD: &str = "canary-pa55word";

/// What the peer does, and what it got.
#[derive(Clone, Default)]
struct Peer {
    refuse_rcpt: Option<fn() -> Response>,
    /// Nobody may send who has not signed in.
    wants_password: bool,
    got: Arc<Mutex<Vec<u8>>>,
    signed_in: Arc<Mutex<bool>>,
}

impl Handler for Peer {
    fn rcpt(&mut self, _to: &str) -> Response {
        self.refuse_rcpt.map_or(response::OK, |refuse| refuse())
    }

    fn data(&mut self, buf: &[u8]) -> std::io::Result<()> {
        self.got.lock().unwrap().extend_from_slice(buf);
        Ok(())
    }

    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        match (user, password) {
            ("vestibule", PASSWORD) => {
                *self.signed_in.lock().unwrap() = true;
                response::AUTH_OK
            }
            _ => response::INVALID_CREDENTIALS,
        }
    }
}

impl Peer {
    /// Serves on a free port of `localhost`, with STARTTLS and AUTH.
    fn start(&self) -> u16 {
        let listener = TcpListener::bind("localhost:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let peer = self.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let peer = peer.clone();
                thread::spawn(move || peer.session(stream));
            }
        });
        port
    }

    fn session(self, stream: TcpStream) {
        let mut builder = SessionBuilder::new("localhost");
        builder.enable_start_tls();
        if self.wants_password {
            builder.enable_auth(AuthMechanism::Plain);
        }
        let mut session = builder.build(stream.peer_addr().unwrap().ip(), self);
        let mut plain = BufReader::new(stream);
        session.greeting().write_to(plain.get_mut()).unwrap();
        if converse(&mut session, &mut plain) {
            session.tls_active();
            let connection = ServerConnection::new(Arc::new(tls_config())).unwrap();
            converse(&mut session, &mut BufReader::new(StreamOwned::new(connection, plain.into_inner())));
        }
    }
}

/// Answers line by line; whether the client wants TLS now.
fn converse<S: std::io::Read + Write>(session: &mut Session<Peer>, stream: &mut BufReader<S>) -> bool {
    let mut line = Vec::new();
    while stream.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
        let reply = session.process(&line);
        line.clear();
        if reply.action != Action::NoReply && reply.write_to(stream.get_mut()).and_then(|()| stream.get_mut().flush()).is_err() {
            return false;
        }
        match reply.action {
            Action::UpgradeTls => return true,
            Action::Close => return false,
            Action::Reply | Action::NoReply => {}
        }
    }
    false
}

fn tls_config() -> ServerConfig {
    let certificate = CertificateDer::from_pem_slice(CERT.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap()
}

fn settings(port: u16, security: Security, password: Option<&str>) -> SmtpSettings {
    SmtpSettings {
        host: "localhost".to_owned(),
        port,
        security,
        sign_in: password.map(|password| ("vestibule".to_owned(), SecretString::from(password))),
        ca_pem: Some(CERT.to_owned()),
        from: "Vestibule <door@vendor.example>".to_owned(),
        hello_name: "vendor.example".to_owned(),
    }
}

fn mail() -> OutgoingMail<'static> {
    OutgoingMail {
        id: MailId::from_uuid("01938c5e-7b00-7000-8000-000000000001".parse().unwrap()),
        to: "mia.falk@here.com",
        subject: "Acme Ätna has invited you in",
        text: "plain words",
        html: "<p>marked-up words</p>",
        created_at: "2026-11-22T02:00:00Z".parse().unwrap(),
    }
}

async fn send(settings: SmtpSettings) -> Result<(), SendError> {
    Transport::smtp(settings).unwrap().send(&mail()).await
}

#[tokio::test]
async fn a_mail_arrives_with_its_id_its_date_and_both_bodies() {
    for (security, password) in [(Security::None, None), (Security::StartTls, None), (Security::StartTls, Some(PASSWORD))] {
        let peer = Peer { wants_password: password.is_some(), ..Peer::default() };
        send(settings(peer.start(), security, password)).await.unwrap();
        let got = String::from_utf8(peer.got.lock().unwrap().clone()).unwrap();
        for part in [
            "Message-ID: <01938c5e-7b00-7000-8000-000000000001@vendor.example>\r\n",
            "Date: Sun, 22 Nov 2026 02:00:00 +0000\r\n",
            "From: Vestibule <door@vendor.example>\r\n",
            "To: mia.falk@here.com\r\n",
            "Subject: Acme =?utf-8?b?w4R0bmE=?= has invited you in\r\n",
            "Content-Type: multipart/alternative",
            "plain words",
            "<p>marked-up words</p>",
        ] {
            assert!(got.contains(part), "{security:?}: {part} in {got}");
        }
        assert_eq!(*peer.signed_in.lock().unwrap_or_else(PoisonError::into_inner), password.is_some());
    }
}

#[tokio::test]
async fn only_a_refusal_of_this_mail_is_final() {
    let refusing = |refuse_rcpt: Option<fn() -> Response>| Peer { refuse_rcpt, ..Peer::default() }.start();
    let guarded = || Peer { wants_password: true, ..Peer::default() }.start();
    let closed = || TcpListener::bind("localhost:0").unwrap().local_addr().unwrap().port();
    let untrusted = |port| SmtpSettings { ca_pem: None, ..settings(port, Security::StartTls, None) };
    for (what, settings, permanent) in [
        ("no such mailbox", settings(refusing(Some(|| response::NO_MAILBOX)), Security::None, None), true),
        ("a full disk", settings(refusing(Some(|| response::OUT_OF_SPACE)), Security::None, None), false),
        ("a wrong password", settings(guarded(), Security::StartTls, Some("canary-wrong")), false),
        ("no password", settings(guarded(), Security::StartTls, None), false),
        ("nobody there", settings(closed(), Security::None, None), false),
        ("a certificate that nobody knows", untrusted(refusing(None)), false),
        ("a peer that speaks no TLS first", settings(refusing(None), Security::Tls, None), false),
    ] {
        let error = send(settings).await.unwrap_err();
        assert_eq!(error.permanent, permanent, "{what}: {error}");
        assert!(!error.reason.is_empty() && !format!("{error:?}").contains("canary"), "{what}: {error:?}");
    }
}

#[tokio::test]
async fn a_probe_tells_whether_mail_could_leave_and_sends_none() {
    let peer = Peer { wants_password: true, ..Peer::default() };
    let port = peer.start();
    let probe = async |settings| Transport::smtp(settings).unwrap().probe().await;
    probe(settings(port, Security::StartTls, Some(PASSWORD))).await.unwrap();
    for wrong in
        [settings(port, Security::StartTls, Some("canary-wrong")), settings(port, Security::Tls, None), settings(1, Security::None, None)]
    {
        let error = probe(wrong).await.unwrap_err();
        assert!(!error.reason.contains("canary"), "{error}");
    }
    assert!(peer.got.lock().unwrap().is_empty());

    let dir = std::env::temp_dir().join(format!("vestibule-probe-{}", std::process::id()));
    let files = Transport::files(dir.join("mail"), "door@vendor.example").unwrap();
    files.probe().await.unwrap();
    assert!(!dir.exists(), "it leaves nothing behind");
    std::fs::write(&dir, "in the way").unwrap();
    files.probe().await.unwrap_err();
    std::fs::remove_file(&dir).unwrap();
}

#[tokio::test]
async fn a_mail_to_no_address_and_mail_from_none_are_refused() {
    let peer = Peer::default();
    let transport = Transport::smtp(settings(peer.start(), Security::None, None)).unwrap();
    let error = transport.send(&OutgoingMail { to: "mia\r\nBcc: eve@here.com", ..mail() }).await.unwrap_err();
    assert!(error.permanent, "{error}");
    assert!(peer.got.lock().unwrap().is_empty());
    assert!(Transport::files(PathBuf::new(), "nobody").is_err());
    assert!(Transport::smtp(SmtpSettings { ca_pem: Some("x".to_owned()), ..settings(1, Security::Tls, None) }).is_err());
}

#[tokio::test]
async fn a_mail_written_twice_is_one_file() {
    let dir = std::env::temp_dir().join(format!("vestibule-mail-{}", std::process::id()));
    let transport = Transport::files(dir.join("mail"), "door@vendor.example").unwrap();
    transport.send(&mail()).await.unwrap();
    transport.send(&mail()).await.unwrap();
    let files: Vec<_> = std::fs::read_dir(dir.join("mail")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files, [dir.join("mail/01938c5e-7b00-7000-8000-000000000001.eml")]);
    assert!(std::fs::read_to_string(&files[0]).unwrap().contains("plain words"));
    std::fs::remove_dir_all(&dir).unwrap();
    std::fs::write(&dir, "in the way").unwrap();
    assert!(!transport.send(&mail()).await.unwrap_err().permanent);
    std::fs::remove_file(&dir).unwrap();
}

#[tokio::test]
async fn debug_shows_no_password() {
    let transport = Transport::smtp(settings(1, Security::None, Some(PASSWORD))).unwrap();
    let shown = format!("{transport:?} {:?} {:?}", settings(1, Security::None, Some(PASSWORD)), Timestamp::EPOCH);
    assert!(!shown.contains("canary"), "{shown}");
}
