//! A client that tells apart what a load balancer must: a whole answer, none at all, half of one.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::Value;

/// Nobody waits longer for an answer; a server that takes so long hangs.
const PATIENCE: Duration = Duration::from_secs(15);

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's value, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body, of an answer that has this status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?} {}", String::from_utf8_lossy(&self.body));
        if self.body.is_empty() { Value::Null } else { self.json() }
    }
}

/// Why there is no whole answer.
#[derive(Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// Nobody took the connection, or it was closed before the first byte of an answer.
    Closed,
    /// An answer began and did not end, or none came for as long as anybody waits.
    Broken(String),
}

/// A connection that is kept as long as it holds.
pub struct Client {
    address: String,
    stream: Option<BufReader<TcpStream>>,
}

impl Client {
    pub fn new(address: &str) -> Self {
        Self { address: address.to_owned(), stream: None }
    }

    /// Asks, and expects a whole answer.
    #[track_caller]
    pub fn ask(&mut self, method: &str, path: &str, token: &str, body: &str) -> Answer {
        self.try_ask(method, path, token, None, body).unwrap_or_else(|none| panic!("{method} {path}: {none:?}"))
    }

    /// Asks, perhaps under an idempotency key.
    pub fn try_ask(&mut self, method: &str, path: &str, token: &str, key: Option<&str>, body: &str) -> Result<Answer, NoAnswer> {
        let keyed = key.map(|key| format!("Idempotency-Key: {key}\r\n")).unwrap_or_default();
        let typed = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{keyed}{typed}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = match self.stream.take() {
            Some(kept) => kept,
            None => {
                let stream = TcpStream::connect(&self.address).map_err(|_| NoAnswer::Closed)?;
                stream.set_nodelay(true).and_then(|()| stream.set_read_timeout(Some(PATIENCE))).unwrap();
                BufReader::new(stream)
            }
        };
        // Whoever writes to a closed connection learns it when reading.
        let _ = stream.get_mut().write_all(request.as_bytes());
        let answer = read(&mut stream)?;
        if answer.header("connection") != Some("close") {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

fn read(stream: &mut BufReader<TcpStream>) -> Result<Answer, NoAnswer> {
    let mut head = String::new();
    loop {
        let before = head.len();
        match stream.read_line(&mut head) {
            Ok(0) if before == 0 => return Err(NoAnswer::Closed),
            Err(error) if before == 0 && error.kind() == std::io::ErrorKind::ConnectionReset => return Err(NoAnswer::Closed),
            Ok(2) if head.ends_with("\r\n\r\n") => break,
            Ok(0) => return Err(NoAnswer::Broken(head)),
            Ok(_) => {}
            Err(error) => return Err(NoAnswer::Broken(format!("{error} after {head:?}"))),
        }
    }
    let head = head.replace("\r\n", "\n");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| NoAnswer::Broken(head.clone()))?;
    let mut answer = Answer { status, head, body: Vec::new() };
    let length = answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    answer.body = vec![0; length];
    stream.read_exact(&mut answer.body).map_err(|error| NoAnswer::Broken(format!("{error} in the body of {}", answer.head)))?;
    Ok(answer)
}
