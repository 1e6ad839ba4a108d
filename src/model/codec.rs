//! How hashes and instants stand in `calcast.lock`. Both are written and read for every event, so neither goes
//! through a general formatter.

/// A hash as 32 hexadecimal digits.
pub mod hex {
    use std::fmt;

    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};

    /// Writes it.
    ///
    /// # Errors
    /// Those of the format.
    pub fn serialize<S: Serializer>(hash: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&digits(*hash)).expect("digits are ASCII"))
    }

    /// Its digits.
    #[must_use]
    pub fn digits(hash: u128) -> [u8; 32] {
        // Eight at a time, each a byte of a number.
        const ONES: u64 = 0x0101_0101_0101_0101;
        let mut digits = [0; 32];
        for (eight, four) in
            digits.as_chunks_mut::<8>().0.iter_mut().zip(hash.to_be_bytes().as_chunks::<4>().0)
        {
            let mut halves = u64::from(u32::from_be_bytes(*four));
            halves = (halves | halves << 16) & 0x0000_ffff_0000_ffff;
            halves = (halves | halves << 8) & 0x00ff_00ff_00ff_00ff;
            halves = (halves | halves << 4) & 0x0f0f_0f0f_0f0f_0f0f;
            let letters = (halves + 6 * ONES) >> 4 & ONES;
            let to_letter = u64::from(b'a' - b'0' - 10);
            *eight = (halves + u64::from(b'0') * ONES + to_letter * letters).to_be_bytes();
        }
        digits
    }

    /// Reads it.
    ///
    /// # Errors
    /// Those of the format.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        deserializer.deserialize_str(Digits)
    }

    struct Digits;

    impl Visitor<'_> for Digits {
        type Value = u128;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("32 hexadecimal digits")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<u128, E> {
            parse(text).ok_or_else(|| E::custom("not a hash"))
        }
    }

    /// Reads 32 digits, letters in lower case.
    #[must_use]
    pub fn parse(text: &str) -> Option<u128> {
        let value = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        let add = |half: u64, digit: &u8| Some(half << 4 | u64::from(value(*digit)?));
        let half = |digits: &[u8]| digits.iter().try_fold(0, add).map(u128::from);
        let (high, low) = text.as_bytes().split_at_checked(16).filter(|(_, low)| low.len() == 16)?;
        Some(half(high)? << 64 | half(low)?)
    }
}

/// A shared text, copied once.
pub mod text {
    use std::fmt;
    use std::sync::Arc;

    use serde::de::{Error, SeqAccess, Visitor};
    use serde::{Deserialize, Deserializer};

    /// Reads it.
    ///
    /// # Errors
    /// Those of the format.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
        deserializer.deserialize_str(Text)
    }

    struct Text;

    impl Visitor<'_> for Text {
        type Value = Arc<str>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Arc<str>, E> {
            Ok(Arc::from(text))
        }
    }

    /// Several of them.
    pub mod list {
        use super::{Arc, Deserialize, Deserializer, SeqAccess, Visitor, fmt};

        /// Reads it.
        ///
        /// # Errors
        /// Those of the format.
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Arc<str>>, D::Error> {
            deserializer.deserialize_seq(Texts)
        }

        #[derive(Deserialize)]
        struct One(#[serde(deserialize_with = "super::deserialize")] Arc<str>);

        struct Texts;

        impl<'de> Visitor<'de> for Texts {
            type Value = Vec<Arc<str>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of texts")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut texts: A) -> Result<Vec<Arc<str>>, A::Error> {
                // Most events have one region and one topic.
                let mut all = Vec::with_capacity(1);
                while let Some(One(text)) = texts.next_element()? {
                    all.push(text);
                }
                Ok(all)
            }
        }
    }
}

/// An instant as RFC 3339 has it, in UTC.
pub mod instant {
    use std::fmt;

    use jiff::Timestamp;
    use jiff::civil::DateTime;
    use jiff::tz::{Offset, TimeZone};
    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};

    /// Writes it.
    ///
    /// # Errors
    /// Those of the format.
    pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        match digits(*at) {
            Some(digits) => serializer.serialize_str(std::str::from_utf8(&digits).expect("digits are ASCII")),
            None => serializer.collect_str(at),
        }
    }

    /// `2026-05-12T18:00:00Z`; `None` for what is no whole second, or of a year before the first.
    #[must_use]
    pub fn digits(at: Timestamp) -> Option<[u8; 20]> {
        let mut digits = [b'Z'; 20];
        digits[..19].copy_from_slice(&local_digits(TimeZone::UTC.to_datetime(at))?);
        Some(digits)
    }

    /// `2026-05-12T18:00:00`; `None` for what is no whole second, or of a year before the first.
    #[must_use]
    pub fn local_digits(at: DateTime) -> Option<[u8; 19]> {
        let year = u16::try_from(at.year()).ok().filter(|_| at.subsec_nanosecond() == 0)?;
        let two = |number: u8| [b'0' + number / 10 % 10, b'0' + number % 10];
        let [a, b] = two(u8::try_from(year / 100).ok()?);
        let [c, d] = two(u8::try_from(year % 100).ok()?);
        let parts = [at.month(), at.day(), at.hour(), at.minute(), at.second()];
        let [[e, f], [g, h], [i, j], [k, l], [m, n]] = parts.map(|part| two(part.unsigned_abs()));
        Some([a, b, c, d, b'-', e, f, b'-', g, h, b'T', i, j, b':', k, l, b':', m, n])
    }

    /// Reads it.
    ///
    /// # Errors
    /// Those of the format.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        deserializer.deserialize_str(Rfc3339)
    }

    struct Rfc3339;

    impl Visitor<'_> for Rfc3339 {
        type Value = Timestamp;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an instant such as 2026-05-12T18:00:00Z")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Timestamp, E> {
            match whole_seconds(text) {
                Some(at) => Ok(at),
                None => text.parse().map_err(E::custom),
            }
        }
    }

    /// Reads the form that is written: `2026-05-12T18:00:00Z`.
    #[must_use]
    pub fn whole_seconds(text: &str) -> Option<Timestamp> {
        let digits: &[u8; 20] = text.as_bytes().try_into().ok()?;
        let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'Z')];
        if marks.iter().any(|(place, mark)| digits[*place] != *mark) {
            return None;
        }
        let pair = |place: usize| -> Option<i8> {
            let [tens, ones] = [digits[place], digits[place + 1]].map(|digit| digit.wrapping_sub(b'0'));
            (tens < 10 && ones < 10).then(|| i8::try_from(tens * 10 + ones).ok())?
        };
        let year = i16::from(pair(0)?) * 100 + i16::from(pair(2)?);
        let at = DateTime::new(year, pair(5)?, pair(8)?, pair(11)?, pair(14)?, pair(17)?, 0).ok()?;
        Offset::UTC.to_timestamp(at).ok()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Both {
        #[serde(with = "super::hex")]
        hash: u128,
        #[serde(with = "super::instant")]
        at: Timestamp,
    }

    proptest! {
        #[test]
        fn read_undoes_write_as_general_formatters_do(
            hash: u128, second in -90_000_000_000i64..200_000_000_000, nanosecond in prop_oneof![Just(0), 0..1_000_000_000],
        ) {
            let both = Both { hash, at: Timestamp::new(second, nanosecond).unwrap() };
            let text = serde_json::to_string(&both).unwrap();
            prop_assert_eq!(&text, &format!("{{\"hash\":\"{:032x}\",\"at\":\"{}\"}}", hash, both.at));
            prop_assert_eq!(serde_json::from_str::<Both>(&text).unwrap(), both);
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in [
            "{\"hash\":\"ff\",\"at\":\"2026-05-12T18:00:00Z\"}",
            "{\"hash\":\"G\",\"at\":\"2026-05-12T18:00:00Z\"}",
        ] {
            assert!(serde_json::from_str::<Both>(text).is_err(), "{text}");
        }
        let hash = "0".repeat(32);
        for at in ["2026-13-12T18:00:00Z", "2026-05-12T18:00:0xZ", "2026-05-12", ""] {
            let text = format!("{{\"hash\":\"{hash}\",\"at\":\"{at}\"}}");
            assert!(serde_json::from_str::<Both>(&text).is_err(), "{at}");
        }
    }
}
