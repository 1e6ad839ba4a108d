//! A 128-bit content hash that is the same on every machine and in every version of the program.

use xxhash_rust::xxh3::{Xxh3Default, xxh3_128};

/// Hashes parts so that no two different lists of parts run together: each is preceded by its length.
#[derive(Default)]
pub struct Digest {
    state: Xxh3Default,
}

impl Digest {
    /// An empty one.
    #[must_use]
    pub fn new() -> Digest {
        Digest::default()
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str) {
        self.state.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
        self.state.update(text.as_bytes());
    }

    /// Adds a text or its absence, which is not the same as an empty text.
    pub fn optional(&mut self, text: Option<&str>) {
        self.state.update(&[u8::from(text.is_some())]);
        self.text(text.unwrap_or_default());
    }

    /// The hash of all parts so far.
    #[must_use]
    pub fn finish(&self) -> u128 {
        self.state.digest128()
    }
}

/// The hash of some bytes.
#[must_use]
pub fn of(bytes: &[u8]) -> u128 {
    xxh3_128(bytes)
}
