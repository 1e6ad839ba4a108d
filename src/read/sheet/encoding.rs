//! Bytes to text: UTF-8, UTF-16, Windows-1252 and what the settings name.
//!
//! A file says nothing of its encoding. A byte order mark decides; else what is UTF-8 is UTF-8, and
//! the rest is Windows-1252, of which ISO-8859-1 is a part. Other encodings cannot be told apart and are a setting.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};

const BOM_UTF_8: &[u8] = b"\xef\xbb\xbf";
const BOM_UTF_16LE: &[u8] = b"\xff\xfe";
const BOM_UTF_16BE: &[u8] = b"\xfe\xff";
/// How many bytes are looked at for the zero bytes of UTF-16 without a mark.
const SAMPLE: usize = 512;

/// A text and how its bytes were read.
#[derive(Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text, without a byte order mark.
    pub text: Cow<'a, str>,
    /// The encoding's name, for people.
    pub name: String,
    /// The first line, from 1, that is in another encoding than lines before or after it.
    pub mixed: Option<u32>,
}

/// An encoding that the settings may name.
#[derive(Clone, Copy, Debug)]
enum Charset {
    Web(&'static Encoding),
    /// The upper half of a code page of DOS.
    Dos(&'static [char; 128]),
}

fn charset(label: &str) -> Option<Charset> {
    use oem_cp::code_table as pages;
    let plain: String = label.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let page = match plain.trim_start_matches("cp").trim_start_matches("ibm").trim_start_matches("dos") {
        "437" => &pages::DECODING_TABLE_CP437,
        "850" => &pages::DECODING_TABLE_CP850,
        "852" => &pages::DECODING_TABLE_CP852,
        "858" => &pages::DECODING_TABLE_CP858,
        "866" => &pages::DECODING_TABLE_CP866,
        _ => return Encoding::for_label(label.trim().as_bytes()).map(Charset::Web),
    };
    Some(Charset::Dos(page))
}

/// Whether the settings may name it: a label of the web's Encoding Standard, or CP437, CP850, CP852, CP858.
#[must_use]
pub fn is_known(label: &str) -> bool {
    charset(label).is_some()
}

/// Decodes a file in the encoding that is asked for, or in the one that its bytes suggest. Bytes that the encoding does
/// not have become U+FFFD.
#[must_use]
pub fn decode<'a>(bytes: &'a [u8], asked: Option<&str>) -> Decoded<'a> {
    let plain = |text: Cow<'a, str>, name: &str| Decoded { text, name: name.to_owned(), mixed: None };
    if let Some((label, charset)) = asked.and_then(|label| Some((label, charset(label)?))) {
        let text = match charset {
            Charset::Web(encoding) => encoding.decode_with_bom_removal(bytes).0,
            Charset::Dos(page) => Cow::Owned(bytes.iter().map(|byte| dos(*byte, page)).collect()),
        };
        return plain(text, &label.to_uppercase());
    }
    if let Some(rest) = bytes.strip_prefix(BOM_UTF_8) {
        return Decoded { name: "marked UTF-8".to_owned(), ..without_mark(rest) };
    }
    let utf_16 = |encoding: &'static Encoding, bytes: &'a [u8], name: &str| {
        plain(encoding.decode_without_bom_handling(bytes).0, name)
    };
    if let Some(rest) = bytes.strip_prefix(BOM_UTF_16LE) {
        return utf_16(UTF_16LE, rest, "UTF-16LE");
    }
    if let Some(rest) = bytes.strip_prefix(BOM_UTF_16BE) {
        return utf_16(UTF_16BE, rest, "UTF-16BE");
    }
    match zero_bytes(bytes) {
        Some(Half::Second) => utf_16(UTF_16LE, bytes, "UTF-16LE"),
        Some(Half::First) => utf_16(UTF_16BE, bytes, "UTF-16BE"),
        None => without_mark(bytes),
    }
}

fn dos(byte: u8, page: &[char; 128]) -> char {
    byte.checked_sub(128).map_or(char::from(byte), |upper| page[usize::from(upper)])
}

/// Which byte of each pair is zero in the UTF-16 of Latin letters.
enum Half {
    First,
    Second,
}

fn zero_bytes(bytes: &[u8]) -> Option<Half> {
    let sample = &bytes[..bytes.len().min(SAMPLE) & !1];
    let pairs = sample.len() / 2;
    let zeros = |half: usize| sample.iter().skip(half).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    match pairs {
        0 | 1 => None,
        _ if second * 5 > pairs * 2 && first == 0 => Some(Half::Second),
        _ if first * 5 > pairs * 2 && second == 0 => Some(Half::First),
        _ => None,
    }
}

/// UTF-8; where bytes are none, each of them in Windows-1252: programs that append to a file do not look at
/// it first, so a file can be in both.
fn without_mark(bytes: &[u8]) -> Decoded<'_> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded { text: Cow::Borrowed(text), name: "UTF-8".to_owned(), mixed: None };
    }
    let all: Vec<u8> = (0..=u8::MAX).collect();
    let letters: Vec<char> = WINDOWS_1252.decode_without_bom_handling(&all).0.chars().collect();
    // A letter may be three bytes long: a text that doubles while it grows would be most of the memory.
    let length = |chunk: std::str::Utf8Chunk<'_>| {
        let letters = chunk.invalid().iter().map(|byte| letters[usize::from(*byte)].len_utf8());
        chunk.valid().len() + letters.sum::<usize>()
    };
    let mut text = String::with_capacity(bytes.utf8_chunks().map(length).sum());
    let mut line = 1u32;
    // The first line with letters of the one kind and of the other.
    let (mut wide, mut single) = (None, None);
    for chunk in bytes.utf8_chunks() {
        let (valid, invalid) = (chunk.valid(), chunk.invalid());
        if wide.is_none() && !valid.is_ascii() {
            let before = valid.find(|c: char| !c.is_ascii()).map_or("", |at| &valid[..at]);
            wide = Some(line.saturating_add(lines(before)));
        }
        line = line.saturating_add(lines(valid));
        text.push_str(valid);
        if !invalid.is_empty() {
            single = single.or(Some(line));
            text.extend(invalid.iter().map(|byte| letters[usize::from(*byte)]));
        }
    }
    let mixed = wide.zip(single).map(|(wide, single)| wide.max(single));
    let name = if mixed.is_some() { "UTF-8 and Windows-1252" } else { "Windows-1252" };
    Decoded { text: Cow::Owned(text), name: name.to_owned(), mixed }
}

fn lines(text: &str) -> u32 {
    u32::try_from(text.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn one_text_in_six_encodings() {
        let text = "Subject,Start Date\nCafé – 5 €,2026-05-12\n";
        let mut marked = BOM_UTF_8.to_vec();
        marked.extend(text.as_bytes());
        let ways = [
            (text.as_bytes().to_vec(), "UTF-8"),
            (marked, "marked UTF-8"),
            (utf_16(&format!("\u{feff}{text}"), u16::to_le_bytes), "UTF-16LE"),
            (utf_16(&format!("\u{feff}{text}"), u16::to_be_bytes), "UTF-16BE"),
            (utf_16(text, u16::to_le_bytes), "UTF-16LE"),
            (WINDOWS_1252.encode(text).0.into_owned(), "Windows-1252"),
        ];
        for (bytes, name) in ways {
            let decoded = decode(&bytes, None);
            assert_eq!((&*decoded.text, &*decoded.name, decoded.mixed), (text, name, None));
        }
    }

    #[test]
    fn what_cannot_be_told_apart_is_a_setting() {
        assert_eq!(decode(b"Caf\x82", Some("CP850")).text, "Café");
        assert_eq!(decode(b"Caf\xe9", Some("iso-8859-1")).text, "Café");
        assert!(is_known("cp 437") && is_known("windows-1250") && !is_known("cp9999"));
    }

    #[test]
    fn lines_in_two_encodings_are_both_read() {
        let decoded = decode(b"a\nCaf\xc3\xa9\nCaf\xe9\n", None);
        assert_eq!((&*decoded.text, decoded.mixed), ("a\nCafé\nCafé\n", Some(3)));
        let decoded = decode(b"a\nGro\xc3\x9f m\xfcssen\n", None);
        assert_eq!((&*decoded.text, decoded.mixed), ("a\nGroß müssen\n", Some(2)));
    }
}
