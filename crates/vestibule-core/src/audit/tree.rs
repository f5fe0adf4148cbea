//! Merkle trees (RFC 6962, section 2.1): hashes, and the frontier that a growing tree needs.
//!
//! Proofs over such trees are in [`super::proof`].

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use sha2::{Digest, Sha256};

use super::AuditError;

/// A SHA-256 hash. Prints as hex; in JSON and in notes it is standard base64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// Its length in bytes.
    pub const BYTES: usize = 32;

    /// A hash from its bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A hash from a row; `None` unless it has 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// SHA-256 of bytes, without the prefix of a leaf or node.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Standard base64 with padding, 44 characters.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// From standard base64 with padding; other spellings of the same bytes are refused.
    pub fn from_base64(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok().and_then(|bytes| Self::from_slice(&bytes))
    }

    /// From 64 lower-case hex digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digit = |b: u8| match b {
            b'0'..=b'9' => Some(b - b'0'),
            b'a'..=b'f' => Some(b - b'a' + 10),
            _ => None,
        };
        let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        });
        Self::from_slice(&pairs.collect::<Option<Vec<u8>>>()?)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_base64())
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_base64(&text).ok_or_else(|| D::Error::custom("not a hash"))
    }
}

/// The hash of a leaf: `SHA-256(0x00 ‖ bytes)`.
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(bytes).finalize().into())
}

/// The hash of an inner node: `SHA-256(0x01 ‖ left ‖ right)`.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// The root of a tree with these leaf hashes.
pub fn root(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    leaves.iter().for_each(|leaf| frontier.push(*leaf));
    frontier.root()
}

/// All of a tree that appending and signing need: the roots of the perfect subtrees that its
/// size has in binary, largest first. At most 64 hashes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    /// INVARIANT: one hash for each 1 in `size`.
    nodes: Vec<Hash>,
}

impl Frontier {
    /// The frontier of the empty tree.
    pub const fn new() -> Self {
        Self { size: 0, nodes: Vec::new() }
    }

    /// From a row; refuses bytes that no tree of this size has.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Result<Self, AuditError> {
        let nodes: Option<Vec<Hash>> = bytes.chunks(Hash::BYTES).map(Hash::from_slice).collect();
        match nodes {
            Some(nodes) if nodes.len() == size.count_ones() as usize => Ok(Self { size, nodes }),
            _ => Err(AuditError::Head { size }),
        }
    }

    /// The hashes one after the other, for a row.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.nodes.iter().flat_map(|node| node.0).collect()
    }

    /// How many leaves the tree has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The hashes, largest subtree first; they are also the left side of a range proof.
    pub fn nodes(&self) -> &[Hash] {
        &self.nodes
    }

    /// Appends one leaf.
    pub fn push(&mut self, leaf: Hash) {
        let pushed = self.push_subtree(0, leaf);
        debug_assert!(pushed, "a tree of 2^64 leaves");
    }

    /// Appends a perfect subtree of `2^height` leaves. `false`, and nothing done, where such a
    /// subtree cannot stand: its place is not aligned, or the tree would be too large.
    pub fn push_subtree(&mut self, height: u32, subtree: Hash) -> bool {
        let Some(size) = 1u64.checked_shl(height).filter(|width| self.size.is_multiple_of(*width)).and_then(|w| self.size.checked_add(w))
        else {
            return false;
        };
        let (mut rest, mut node) = (self.size >> height, subtree);
        while rest & 1 == 1 {
            node = self.nodes.pop().map_or(node, |left| node_hash(&left, &node));
            rest >>= 1;
        }
        self.nodes.push(node);
        self.size = size;
        true
    }

    /// The root; that of the empty tree is `SHA-256("")`.
    pub fn root(&self) -> Hash {
        self.nodes.iter().rev().copied().reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(|| Hash::of(b""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_in_one_spelling_only() {
        let hash = Hash::of(b"");
        assert_eq!(Hash::from_hex(&hash.to_string()), Some(hash));
        assert_eq!(Hash::from_base64(&hash.to_base64()), Some(hash));
        for text in ["", "e3", &hash.to_string().to_uppercase(), &format!("{hash}0"), &format!("{hash}00")] {
            assert_eq!(Hash::from_hex(text), None, "{text}");
        }
        // `V` and `U` differ only in bits that are not part of the hash.
        for text in ["", "AA==", &hash.to_base64().replace("U=", "V="), hash.to_base64().trim_end_matches('=')] {
            assert_eq!(Hash::from_base64(text), None, "{text}");
        }
    }

    #[test]
    fn a_frontier_survives_its_row() {
        let mut frontier = Frontier::new();
        for leaf in 0..70_u8 {
            assert_eq!(Frontier::from_bytes(frontier.size(), &frontier.to_bytes()), Ok(frontier.clone()));
            assert!(Frontier::from_bytes(frontier.size() + 1, &[&frontier.to_bytes()[..], &[0; 32], &[0; 32]].concat()).is_err());
            assert!(Frontier::from_bytes(frontier.size(), &[&frontier.to_bytes()[..], &[0]].concat()).is_err());
            frontier.push(leaf_hash(&[leaf]));
        }
    }

    #[test]
    fn a_subtree_stands_only_where_it_is_aligned() {
        let mut frontier = Frontier::new();
        frontier.push(leaf_hash(b""));
        let before = frontier.clone();
        for height in [1, 63, 64, u32::MAX] {
            assert!(!frontier.push_subtree(height, leaf_hash(b"")), "{height}");
            assert_eq!(frontier, before);
        }
        assert!(frontier.push_subtree(0, leaf_hash(b"")));
        assert!(frontier.push_subtree(1, leaf_hash(b"")));
        assert_eq!(frontier.size(), 4);
    }
}
