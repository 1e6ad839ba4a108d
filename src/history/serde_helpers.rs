//! Serde representations used in `calcast.lock`.

/// A 128-bit hash as 32 lower-case hexadecimal digits.
pub mod hex {
    use std::borrow::Cow;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Serializes a hash.
    ///
    /// # Errors
    /// Those of the format.
    pub fn serialize<S: Serializer>(hash: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        // Two hashes are written for every event; the formatter takes several times as long.
        let digit = |half: u8| b"0123456789abcdef"[usize::from(half & 15)];
        let digits = hash.to_be_bytes().map(|byte| [digit(byte >> 4), digit(byte)]);
        serializer.serialize_str(str::from_utf8(digits.as_flattened()).expect("digits are ASCII"))
    }

    /// Deserializes a hash.
    ///
    /// # Errors
    /// If the value is not a string of 32 lower-case hexadecimal digits.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let is_hex = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let hash = u128::from_str_radix(&text, 16).ok().filter(|_| is_hex);
        hash.ok_or_else(|| D::Error::custom("expected 32 hexadecimal digits"))
    }
}

/// An optional 128-bit hash.
pub mod optional_hex {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Hash(#[serde(with = "super::hex")] u128);

    /// Serializes a hash.
    ///
    /// # Errors
    /// Those of the format.
    pub fn serialize<S: Serializer>(hash: &Option<u128>, serializer: S) -> Result<S::Ok, S::Error> {
        hash.map(Hash).serialize(serializer)
    }

    /// Deserializes a hash.
    ///
    /// # Errors
    /// If the value is not a string of 32 lower-case hexadecimal digits.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u128>, D::Error> {
        Ok(Option::<Hash>::deserialize(deserializer)?.map(|Hash(hash)| hash))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Hash(#[serde(with = "super::hex")] u128);

    proptest! {
        #[test]
        fn deserialize_inverts_serialize(hash: u128) {
            let text = serde_json::to_string(&Hash(hash)).unwrap();
            prop_assert_eq!(&text, &format!("\"{hash:032x}\""));
            prop_assert_eq!(serde_json::from_str::<Hash>(&text).unwrap(), Hash(hash));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["ff", &"G".repeat(32), &"A".repeat(32), &format!("+{}", "1".repeat(31)), ""] {
            assert!(serde_json::from_str::<Hash>(&format!("\"{text}\"")).is_err(), "{text}");
        }
    }
}
