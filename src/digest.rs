//! A 128-bit content hash that is the same on every machine and in every version of the program.

use std::fmt;

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
