//! A collector of traces: takes OTLP over HTTP, keeps what it got as bytes and as spans.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::Span,
};
use prost::Message;

/// Everything that came, and the heads it came with.
#[derive(Default)]
struct Taken {
    heads: Vec<String>,
    bodies: Vec<Vec<u8>>,
}

/// It takes until the test ends.
pub struct Collector {
    address: String,
    taken: Arc<Mutex<Taken>>,
}

impl Collector {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, taken) = (listener.local_addr().unwrap().to_string(), Arc::<Mutex<Taken>>::default());
        let shared = taken.clone();
        thread::spawn(move || listener.incoming().for_each(|stream| take(stream.unwrap(), &shared)));
        Self { address, taken }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The heads of all requests.
    pub fn heads(&self) -> Vec<String> {
        self.taken.lock().unwrap().heads.clone()
    }

    /// All bodies, as one heap of bytes: for looking for what must not be there.
    pub fn bytes(&self) -> Vec<u8> {
        self.taken.lock().unwrap().bodies.concat()
    }

    fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        self.taken.lock().unwrap().bodies.iter().map(|body| ExportTraceServiceRequest::decode(&body[..]).unwrap()).collect()
    }

    /// All spans.
    pub fn spans(&self) -> Vec<Span> {
        let scopes = self.requests().into_iter().flat_map(|request| request.resource_spans).flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }

    /// What the spans are said to be from.
    pub fn resource(&self) -> Vec<(String, String)> {
        let resource = self.requests().remove(0).resource_spans.remove(0).resource.unwrap();
        resource.attributes.iter().map(pair).collect()
    }
}

fn take(stream: TcpStream, taken: &Mutex<Taken>) {
    let mut reader = BufReader::new(&stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
    }
    let length = head.to_lowercase().split("content-length: ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let mut taken = taken.lock().unwrap();
    taken.heads.push(head);
    taken.bodies.push(body);
    let _ =
        (&stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

fn pair(attribute: &KeyValue) -> (String, String) {
    let value = match attribute.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => format!("#{number}"),
        other => format!("{other:?}"),
    };
    (attribute.key.clone(), value)
}

/// A span's attributes in one line, in the order of their names; numbers begin with `#`.
pub fn attributes(span: &Span) -> String {
    let mut pairs: Vec<_> = span.attributes.iter().map(pair).map(|(key, value)| format!("{key}={value}")).collect();
    pairs.sort();
    pairs.join(" ")
}

/// An id as hexadecimal digits.
pub fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
