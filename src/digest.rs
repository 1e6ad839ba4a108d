//! A 128-bit content hash that is the same on every machine and in every version of the program.

use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};

use twox_hash::XxHash3_128;

/// How many bytes the parts of an event usually have.
const USUAL: usize = 1_536;

/// Hashes parts so that no two different lists of parts run together: each is preceded by its length.
#[derive(Default)]
pub struct Digest {
    /// All parts: there are many of few bytes, for which hashing as they come costs more than keeping them.
    bytes: Vec<u8>,
}

impl Digest {
    /// An empty one.
    #[must_use]
    pub fn new() -> Digest {
        Digest { bytes: Vec::with_capacity(USUAL) }
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str) {
        self.bytes.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Adds a text or its absence, which is not the same as an empty text.
    pub fn optional(&mut self, text: Option<&str>) {
        self.length(text.map(str::len));
        self.bytes.extend_from_slice(text.unwrap_or_default().as_bytes());
    }

    /// Adds a text that is given in parts, as [`Digest::optional`] adds it whole.
    pub fn optional_parts(&mut self, parts: Option<[&str; 4]>) {
        self.length(parts.map(|parts| parts.iter().map(|part| part.len()).sum()));
        parts.iter().flatten().for_each(|part| self.bytes.extend_from_slice(part.as_bytes()));
    }

    /// Adds whether there is a text, and its length: in one piece, since most that is hashed is these.
    fn length(&mut self, length: Option<usize>) {
        let mut bytes = [u8::from(length.is_some()); 9];
        let length = length.unwrap_or_default();
        bytes[1..].copy_from_slice(&u64::try_from(length).unwrap_or(u64::MAX).to_le_bytes());
        self.bytes.extend_from_slice(&bytes);
    }

    /// Forgets all parts, to be used again.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Adds a number.
    pub fn number(&mut self, number: i64) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    /// Adds a hash.
    pub fn hash(&mut self, hash: u128) {
        self.bytes.extend_from_slice(&hash.to_le_bytes());
    }

    /// The hash of all parts so far.
    #[must_use]
    pub fn finish(&self) -> u128 {
        of(&self.bytes)
    }
}

/// The hash of some bytes.
#[must_use]
pub fn of(bytes: &[u8]) -> u128 {
    XxHash3_128::oneshot(bytes)
}

/// One hash for many, in their order.
pub fn chain(hashes: impl Iterator<Item = u128>) -> u128 {
    // They are as good as random already: what is left is that their order counts.
    const ODD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    hashes.fold(ODD, |all, hash| all.wrapping_mul(ODD).wrapping_add(hash))
}

/// The lower and the upper half of a hash.
#[must_use]
pub fn halves(hash: u128) -> [u64; 2] {
    [hash, hash >> 64].map(|half| u64::try_from(half & u128::from(u64::MAX)).unwrap_or(u64::MAX))
}

/// The first letters of the hash of some bytes, as their entity tag has them: enough to tell one content of an
/// address from another.
#[must_use]
pub fn version(bytes: &[u8]) -> String {
    format!("{:032x}", of(bytes))[..VERSION].to_owned()
}

/// How long a version is, in characters.
pub const VERSION: usize = 10;

/// The hash of bytes that come in pieces: that of all of them side by side.
#[derive(Default)]
pub struct Running(XxHash3_128);

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Running({:032x})", self.finish())
    }
}

impl Running {
    /// Adds a piece.
    pub fn add(&mut self, piece: &[u8]) {
        self.0.write(piece);
    }

    /// The hash of all pieces so far.
    #[must_use]
    pub fn finish(&self) -> u128 {
        self.0.finish_128()
    }
}

/// What is known under texts of which only the hash is kept: looked up, and never walked, so that its order
/// matters to nobody.
#[derive(Clone)]
pub struct Known<V> {
    #[expect(clippy::disallowed_types, reason = "it is never walked")]
    values: std::collections::HashMap<u128, V, BuildHasherDefault<Hashed>>,
}

impl<V: PartialEq> PartialEq for Known<V> {
    fn eq(&self, other: &Known<V>) -> bool {
        self.values == other.values
    }
}

impl<V: Eq> Eq for Known<V> {}

impl<V> Default for Known<V> {
    fn default() -> Known<V> {
        Known { values: Default::default() }
    }
}

impl<V> fmt::Debug for Known<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Known({})", self.values.len())
    }
}

impl<V> Known<V> {
    /// Nothing yet, with room for a number of values.
    #[must_use]
    pub fn with_capacity(count: usize) -> Known<V> {
        let mut known = Known::default();
        known.values.reserve(count);
        known
    }

    /// What is known under a text.
    #[must_use]
    pub fn get(&self, text: &str) -> Option<&V> {
        self.get_hashed(of(text.as_bytes()))
    }

    /// What is known under the text of a hash.
    #[must_use]
    pub fn get_hashed(&self, hash: u128) -> Option<&V> {
        self.values.get(&hash)
    }

    /// Keeps a value under a text, unless there is one: then that is the answer.
    pub fn take(&mut self, text: &str, value: V) -> Option<&V> {
        self.take_hashed(of(text.as_bytes()), value)
    }

    /// The same under the text of a hash.
    pub fn take_hashed(&mut self, hash: u128, value: V) -> Option<&V> {
        use std::collections::hash_map::Entry;
        match self.values.entry(hash) {
            Entry::Occupied(known) => Some(known.into_mut()),
            Entry::Vacant(free) => {
                free.insert(value);
                None
            }
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// A key that is a hash already.
#[derive(Clone, Copy, Default)]
pub struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |sum, byte| sum.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u128(&mut self, hash: u128) {
        // The lower half of it is as good as the whole.
        [self.0, _] = halves(hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_another_where_a_link_is() {
        let one = |hashes: &[u128]| chain(hashes.iter().copied());
        let all = [one(&[]), one(&[0]), one(&[0, 0]), one(&[1, 2]), one(&[2, 1]), one(&[1, 2, 3]), one(&[3])];
        let different: std::collections::BTreeSet<u128> = all.into();
        assert_eq!(different.len(), all.len());
    }

    /// As the reference implementation has them: a lock that was written stays what it is.
    #[test]
    fn hashes_are_those_of_xxh3() {
        for (length, hash) in [
            (0, 0x99aa_06d3_0147_98d8_6001_c324_468d_497f),
            (10, 0xbd93_0669_a87b_4b37_e67b_f1ad_8dcf_73a8),
            (100, 0xda95_ef16_fd95_66f3_29b2_0ba5_f03e_c01e),
            (200, 0xcb03_9531_0643_ba0e_dd97_e9af_3609_d9f5),
            (1_000, 0x18bf_41bc_8229_e277_33ef_703f_b2b2_0ed1),
            (5_000, 0xb92e_c02c_39d3_3ce7_b418_500f_c423_20ee),
        ] {
            let bytes: Vec<u8> = (0..=250).cycle().take(length).collect();
            assert_eq!(of(&bytes), hash, "{length}");
            let mut running = Running::default();
            bytes.chunks(77).for_each(|piece| running.add(piece));
            assert_eq!(running.finish(), hash, "{length} in pieces");
        }
    }
}
