//! Mail servers: one that takes connections and says nothing, and one that takes mail.

use std::{
    io::{BufRead, BufReader, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A mail server on a port of its own, hanging until it is told otherwise.
#[derive(Clone)]
pub struct Peer {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    is_good: bool,
    /// Connections that were taken and never spoken to.
    silent: Vec<TcpStream>,
    hung: usize,
    /// To whom mail came.
    recipients: Vec<String>,
}

impl Peer {
    pub fn hanging() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let peer = Self { port: listener.local_addr().unwrap().port(), state: Arc::default() };
        let (taking, own) = (peer.clone(), listener);
        thread::spawn(move || {
            for stream in own.incoming().flatten() {
                let mut state = taking.state.lock().unwrap();
                if state.is_good {
                    let peer = taking.clone();
                    thread::spawn(move || peer.converse(stream));
                } else {
                    state.hung += 1;
                    state.silent.push(stream);
                }
            }
        });
        peer
    }

    /// How many connections were left hanging.
    pub fn hung(&self) -> usize {
        self.state.lock().unwrap().hung
    }

    /// To whom mail came, in order.
    pub fn recipients(&self) -> Vec<String> {
        let mut recipients = self.state.lock().unwrap().recipients.clone();
        recipients.sort();
        recipients
    }

    /// A good server takes the place of the hanging one, whose connections are closed.
    pub fn replace_by_a_good_one(&self) {
        let mut state = self.state.lock().unwrap();
        state.is_good = true;
        for stream in state.silent.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// RFC 5321, as far as one mail after another needs it.
    fn converse(self, stream: TcpStream) {
        let mut out = stream.try_clone().unwrap();
        let mut say = |text: &str| out.write_all(format!("{text}\r\n").as_bytes()).is_ok();
        let (mut is_data, mut recipients) = (false, Vec::new());
        say("220 localhost");
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let said = match line.as_str() {
                "." if is_data => {
                    is_data = false;
                    self.state.lock().unwrap().recipients.append(&mut recipients);
                    say("250 taken")
                }
                _ if is_data => true,
                "DATA" => {
                    is_data = true;
                    say("354 go on")
                }
                other => {
                    recipients.extend(other.strip_prefix("RCPT TO:<").and_then(|rest| rest.split('>').next()).map(str::to_owned));
                    say("250 well")
                }
            };
            if !said {
                return;
            }
        }
    }
}
