//! Text encodings: UTF-8, UTF-16, Windows-1252 and those that the settings name.
//!
//! A byte order mark decides. Without one, valid UTF-8 is UTF-8, and everything else Windows-1252, which includes the
//! letters of ISO-8859-1. Other encodings cannot be detected and are a setting.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The number of bytes that are searched for the zero bytes of UTF-16 without a mark.
const SAMPLE: usize = 512;

/// A decoded text.
#[derive(Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text, without a byte order mark.
    pub text: Cow<'a, str>,
    /// The name of the encoding, for people.
    pub name: String,
    /// The first line, from 1, in another encoding than a line before.
    pub mixed: Option<u32>,
}

/// An encoding that the settings may name.
#[derive(Clone, Copy, Debug)]
enum Charset {
    /// An encoding of the Encoding Standard of the web.
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

/// Returns whether an encoding is known: a label of the Encoding Standard, or CP437, CP850, CP852, CP858 or CP866.
#[must_use]
pub fn is_known(label: &str) -> bool {
    charset(label).is_some()
}

/// Decodes a file in the encoding with a label, or else in the one that its bytes suggest. Bytes that the encoding lacks
/// become U+FFFD.
#[must_use]
pub fn decode<'a>(bytes: &'a [u8], label: Option<&str>) -> Decoded<'a> {
    let plain = |text: Cow<'a, str>, name: &str| Decoded { text, name: name.to_owned(), mixed: None };
    if let Some((label, charset)) = label.and_then(|label| Some((label, charset(label)?))) {
        let text = match charset {
            Charset::Web(encoding) => encoding.decode_with_bom_removal(bytes).0,
            Charset::Dos(page) => Cow::Owned(bytes.iter().map(|byte| decode_dos(*byte, page)).collect()),
        };
        return plain(text, &label.to_uppercase());
    }
    let utf_16 = |encoding: &'static Encoding, bytes: &'a [u8]| {
        plain(encoding.decode_without_bom_handling(bytes).0, encoding.name())
    };
    match (Encoding::for_bom(bytes), unmarked_utf_16(bytes)) {
        (Some((encoding, mark)), _) if encoding == UTF_8 => {
            Decoded { name: "marked UTF-8".to_owned(), ..without_mark(&bytes[mark..]) }
        }
        (Some((encoding, mark)), _) => utf_16(encoding, &bytes[mark..]),
        (None, Some(encoding)) => utf_16(encoding, bytes),
        (None, None) => without_mark(bytes),
    }
}

fn decode_dos(byte: u8, page: &[char; 128]) -> char {
    byte.checked_sub(128).map_or(char::from(byte), |upper| page[usize::from(upper)])
}

/// Recognizes UTF-16 without a byte order mark: in Latin text one byte of each pair is zero.
fn unmarked_utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(SAMPLE) & !1];
    let pairs = sample.len() / 2;
    let zeros = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    match (zeros(0), zeros(1)) {
        _ if pairs < 2 => None,
        (0, second) if second * 5 > pairs * 2 => Some(UTF_16LE),
        (first, 0) if first * 5 > pairs * 2 => Some(UTF_16BE),
        _ => None,
    }
}

/// Decodes UTF-8, and bytes that are not UTF-8 as Windows-1252. Programs that append to a file may use another encoding
/// than the file has.
fn without_mark(bytes: &[u8]) -> Decoded<'_> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded { text: Cow::Borrowed(text), name: "UTF-8".to_owned(), mixed: None };
    }
    // A letter has at most three bytes. A string that doubles as it grows would dominate the memory of a load.
    let most = bytes.utf8_chunks().map(|chunk| chunk.valid().len() + 3 * chunk.invalid().len()).sum();
    let mut text = String::with_capacity(most);
    let mut line = 1u32;
    // The first lines with letters in UTF-8 and in Windows-1252.
    let (mut wide, mut single) = (None, None);
    for chunk in bytes.utf8_chunks() {
        let (valid, invalid) = (chunk.valid(), chunk.invalid());
        if wide.is_none() && !valid.is_ascii() {
            let before = valid.find(|c: char| !c.is_ascii()).map_or("", |at| &valid[..at]);
            wide = Some(line.saturating_add(count_lines(before)));
        }
        line = line.saturating_add(count_lines(valid));
        text.push_str(valid);
        if !invalid.is_empty() {
            single = single.or(Some(line));
            text.push_str(&WINDOWS_1252.decode_without_bom_handling(invalid).0);
        }
    }
    let mixed = wide.zip(single).map(|(wide, single)| wide.max(single));
    let name = if mixed.is_some() { "UTF-8 and Windows-1252" } else { "Windows-1252" };
    Decoded { text: Cow::Owned(text), name: name.to_owned(), mixed }
}

fn count_lines(text: &str) -> u32 {
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
        let marked = format!("\u{feff}{text}").into_bytes();
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
    fn other_encodings_are_a_setting() {
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
