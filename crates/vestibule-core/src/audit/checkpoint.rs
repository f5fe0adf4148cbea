//! Checkpoints (C2SP tlog-checkpoint 1.0.0): the signed statement that a log has this size and root.

use super::{
    note::{KeyType, LogKey, Note, NoteError, Signed, VKey},
    tree::Hash,
};

/// The head of a log, as it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name, and the name of the key that signs.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// Their root.
    pub root: Hash,
}

/// A checkpoint whose signatures were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// The log's key that signed it.
    pub log: VKey,
    /// The known witnesses that cosigned it.
    pub cosigned: Vec<Signed>,
}

impl Checkpoint {
    /// The text that is signed: three lines and no extension.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64())
    }

    /// Reads the text, in its one spelling.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let refuse = NoteError::Malformed("is not a checkpoint of three lines");
        let lines: Vec<&str> = text.split('\n').take(5).collect();
        let [origin, size, root, ""] = lines.as_slice() else {
            return Err(refuse);
        };
        match (size.parse::<u64>(), Hash::from_base64(root)) {
            (Ok(number), Some(root)) if !origin.is_empty() && number.to_string() == *size => {
                Ok(Self { origin: (*origin).to_owned(), size: number, root })
            }
            _ => Err(refuse),
        }
    }

    /// The signed note. Ed25519 is deterministic: the same head always gives the same note.
    pub fn sign(&self, key: &LogKey) -> String {
        key.sign(&self.text())
    }

    /// Reads a note and checks it against the keys: one of them must be the log's own, whose
    /// name is the origin.
    pub fn open(note: &str, keys: &[VKey]) -> Result<Opened, NoteError> {
        let note = Note::parse(note.as_bytes())?;
        let checkpoint = Self::parse(note.text())?;
        let (own, others): (Vec<Signed>, Vec<Signed>) = note
            .verify(keys)?
            .into_iter()
            .partition(|signed| signed.by.kind() == KeyType::Ed25519 && signed.by.name() == checkpoint.origin);
        let log = own.into_iter().next().ok_or(NoteError::UnknownKeys)?.by;
        let cosigned = others.into_iter().filter(|signed| signed.by.kind() == KeyType::Cosignature).collect();
        Ok(Opened { checkpoint, log, cosigned })
    }
}
