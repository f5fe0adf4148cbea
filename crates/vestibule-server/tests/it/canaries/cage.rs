//! The canaries, and where they are looked for.

use std::{
    fmt::Debug,
    io::Write,
    sync::{Arc, Mutex},
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

use crate::harness::http::Reply;

/// Shortest text that is looked for: a shorter one would be found by chance.
const BYTES_MIN: usize = 8;

/// Secrets, by what they are, in every form that they could leak in.
#[derive(Default)]
pub struct Canaries(Vec<(String, Vec<u8>)>);

impl Canaries {
    /// Takes a secret.
    pub fn add(&mut self, what: &str, secret: &str) {
        assert!(secret.len() >= BYTES_MIN, "{what}: `{secret}` is too short to be looked for");
        let bytes = secret.as_bytes();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let escaped = crate::harness::oauth1::encode(secret);
        let list = format!("{bytes:?}");
        // Without its last characters, which depend on what follows.
        let cut = |text: String| text[..text.len() - 3].to_owned();
        let (standard, url) = (cut(STANDARD_NO_PAD.encode(bytes)), cut(URL_SAFE_NO_PAD.encode(bytes)));
        for form in [secret.to_owned(), hex, escaped, list, standard, url] {
            if !self.0.iter().any(|(_, known)| *known == form.as_bytes()) {
                self.0.push((what.to_owned(), form.into_bytes()));
            }
        }
    }

    /// Takes 32 bytes.
    pub fn add_key(&mut self, what: &str, key: &[u8]) {
        self.0.push((what.to_owned(), key.to_vec()));
        self.add(what, &STANDARD.encode(key));
        self.0.push((what.to_owned(), key.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes()));
    }

    /// What is found in a heap.
    pub fn in_heap(&self, heap: &[u8]) -> Vec<&str> {
        let heap = searchable(heap);
        self.0.iter().filter(|(_, form)| heap.contains(&searchable(form))).map(|(what, _)| what.as_str()).collect()
    }

    /// Nothing may be found.
    #[track_caller]
    pub fn check(&self, place: &str, heap: &[u8]) {
        let found = self.in_heap(heap);
        assert!(found.is_empty(), "{place} shows {found:?}: {}", String::from_utf8_lossy(heap));
    }

    /// Every form planted by hand is found: the check can fail.
    pub fn prove(&self) {
        for (what, form) in &self.0 {
            let heap = [b"before ", form.as_slice(), b" after"].concat();
            assert!(self.in_heap(&heap).contains(&what.as_str()), "{what} would not be found");
        }
        assert_eq!(self.in_heap(b"nothing of the kind"), Vec::<&str>::new());
    }
}

/// Bytes as text, one character each: texts are searched fast.
fn searchable(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// Everything that is logged in this process, at every level, by whatever crate.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// Begins to listen; once in a process.
    pub fn listen() -> Self {
        let lines = Self::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
        tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
        lines
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }

    pub fn clear(&self) {
        self.0.lock().unwrap().clear();
    }
}

/// Answers that refuse, and `Debug` output: gathered on the way and searched at the end, when every
/// secret is known.
#[derive(Default)]
pub struct Gathered {
    pub refusals: Vec<u8>,
    pub shown: Vec<u8>,
    /// How many of each there were.
    pub counts: (usize, usize),
}

impl Gathered {
    /// Keeps a refusal whole, headers too.
    #[track_caller]
    pub fn refused(&mut self, reply: &Reply, statuses: &[u16]) {
        assert!(statuses.contains(&reply.status), "{}: {}", reply.status, reply.text());
        self.counts.0 += 1;
        self.refusals.extend(format!("{:?}\n", reply.headers).into_bytes());
        self.refusals.extend(&reply.body);
    }

    pub fn shows(&mut self, value: &impl Debug) {
        self.counts.1 += 1;
        self.shown.extend(format!("{value:?}\n{value:#?}\n").into_bytes());
    }
}
