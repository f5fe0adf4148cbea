//! A real SMTP peer on a socket, which can be down for a while.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use mailin::{Action, Handler, Response, SessionBuilder, response};
use vestibule_operations::notify::{Security, SmtpSettings, Transport};

/// What the peer was handed, message by message.
#[derive(Clone, Default)]
pub struct Peer {
    pub mails: Arc<Mutex<Vec<String>>>,
    /// While set, every greeting is followed by silence.
    pub is_down: Arc<AtomicBool>,
    current: Vec<u8>,
}

impl Handler for Peer {
    fn data_start(&mut self, _: &str, _: &str, _: bool, _: &[String]) -> Response {
        self.current.clear();
        response::START_DATA
    }

    fn data(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.current.extend_from_slice(bytes);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.mails.lock().unwrap().push(String::from_utf8_lossy(&self.current).into_owned());
        response::OK
    }
}

impl Peer {
    /// Listens on a free port.
    pub fn start(&self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let peer = self.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let peer = peer.clone();
                std::thread::spawn(move || peer.converse(stream));
            }
        });
        port
    }

    /// Listens, and gives a way for mail to get there.
    pub fn transport(&self) -> Transport {
        Transport::smtp(SmtpSettings {
            host: "127.0.0.1".to_owned(),
            port: self.start(),
            security: Security::None,
            sign_in: None,
            ca_pem: None,
            from: "Vestibule <vestibule@localhost>".to_owned(),
            hello_name: "localhost".to_owned(),
        })
        .unwrap()
    }

    fn converse(self, stream: TcpStream) {
        // A peer that is down closes at once, as a restarting mail server does.
        if self.is_down.load(Ordering::SeqCst) {
            return;
        }
        let mut session = SessionBuilder::new("localhost").build(stream.peer_addr().unwrap().ip(), self);
        let mut stream = BufReader::new(stream);
        session.greeting().write_to(stream.get_mut()).unwrap();
        let mut line = Vec::new();
        while stream.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            let reply = session.process(&line);
            line.clear();
            if reply.action != Action::NoReply {
                reply.write_to(stream.get_mut()).unwrap();
                stream.get_mut().flush().unwrap();
            }
            if reply.action == Action::Close {
                return;
            }
        }
    }

    /// Waits, within a bound, until this many mails have come.
    pub async fn wait_for(&self, count: usize) -> Vec<String> {
        for _ in 0..400 {
            let mails = self.mails.lock().unwrap().clone();
            if mails.len() >= count {
                return mails;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("{} of {count} mails came", self.mails.lock().unwrap().len());
    }
}
