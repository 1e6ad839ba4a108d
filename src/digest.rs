//! 128-bit content hashes (XXH3) that are equal on every machine and in every version of the program, and a hash that
//! does not give away what was hashed.

use std::fmt;

use ring::hmac;
use twox_hash::XxHash3_128;

/// Length of a [`version`], in characters.
pub const VERSION: usize = 10;

/// Bytes that are hashed at a time.
const BLOCK: usize = 2 << 10;

/// Incremental hash. Texts are preceded by their length, so that different lists of texts never hash the same bytes.
#[derive(Clone, Default)]
pub struct Digest {
    /// Bytes that are not hashed yet. To hash many short parts one by one takes several times as long.
    buffer: Vec<u8>,
    hasher: Option<XxHash3_128>,
}

impl Digest {
    /// Creates a digest of nothing.
    #[must_use]
    pub fn new() -> Digest {
        Digest { buffer: Vec::with_capacity(BLOCK), hasher: None }
    }

    /// Adds bytes without their length.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BLOCK {
            self.hasher.get_or_insert_default().write(&self.buffer);
            self.buffer.clear();
        }
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str) {
        self.buffer.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
        self.bytes(text.as_bytes());
    }

    /// Adds a text or its absence, which differs from an empty text.
    pub fn optional(&mut self, text: Option<&str>) {
        self.buffer.push(u8::from(text.is_some()));
        self.text(text.unwrap_or_default());
    }

    /// Adds a number.
    pub fn number(&mut self, number: i64) {
        self.bytes(&number.to_le_bytes());
    }

    /// Adds a hash.
    pub fn hash(&mut self, hash: u128) {
        self.bytes(&hash.to_le_bytes());
    }

    /// Returns the hash of all that was added.
    #[must_use]
    pub fn finish(&self) -> u128 {
        let Some(hasher) = &self.hasher else { return hash(&self.buffer) };
        let mut hasher = hasher.clone();
        hasher.write(&self.buffer);
        hasher.finish_128()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({:032x})", self.finish())
    }
}

/// Returns the hash of bytes.
#[must_use]
pub fn hash(bytes: &[u8]) -> u128 {
    XxHash3_128::oneshot(bytes)
}

/// Returns a keyed hash of a secret (HMAC with SHA-256, RFC 2104) as 32 hexadecimal digits: it identifies the secret and
/// cannot be turned back into it.
#[must_use]
pub fn secret_hash(secret: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"calcast");
    let tag = hmac::sign(&key, secret.as_bytes());
    tag.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Combines hashes into one that depends on their order.
pub fn chain(hashes: impl Iterator<Item = u128>) -> u128 {
    const ODD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    hashes.fold(ODD, |all, hash| all.wrapping_mul(ODD).wrapping_add(hash))
}

/// Returns the first characters of the hash of a content, for an address that changes with the content.
#[must_use]
pub fn version(bytes: &[u8]) -> String {
    format!("{:032x}", hash(bytes))[..VERSION].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_depends_on_the_order() {
        let one = |hashes: &[u128]| chain(hashes.iter().copied());
        let all = [one(&[]), one(&[0]), one(&[0, 0]), one(&[1, 2]), one(&[2, 1]), one(&[1, 2, 3]), one(&[3])];
        let different: std::collections::BTreeSet<u128> = all.into();
        assert_eq!(different.len(), all.len());
    }

    /// From the reference implementation: hashes are kept in calcast.lock.
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
            assert_eq!(super::hash(&bytes), hash, "{length}");
            let mut running = Digest::new();
            bytes.chunks(77).for_each(|piece| running.bytes(piece));
            assert_eq!(running.finish(), hash, "{length} in pieces");
        }
    }
}
