//! Random texts, from the operating system.

use ring::rand::{SecureRandom as _, SystemRandom};

/// Letters and digits that are not mistaken for each other.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Returns a random text of lower-case letters and digits, five bits each. Returns `None` if the system has no random
/// numbers.
#[must_use]
pub fn text(length: usize) -> Option<String> {
    let mut bytes = vec![0; length];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect())
}

/// Returns a domain for UIDs that no other site has (RFC 2606 reserves `.invalid`).
#[must_use]
pub fn uid_domain() -> Option<String> {
    text(16).map(|text| format!("{text}.invalid"))
}
