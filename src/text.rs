//! Text as it enters the model: what no feed could carry is taken out once, here.

use std::borrow::Cow;

/// What begins a cell that spreadsheets take for a formula, in its full-width form as well.
pub const FORMULA: [char; 10] =
    ['=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// Whether XML 1.0 (§2.2) forbids a character, so that no feed reader would accept a document with it.
#[must_use]
pub fn is_forbidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n')) || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// Whether a text has nothing that is forbidden anywhere, and no `#`, by its bytes alone: `false` means that somebody has
/// to look. Blocks are looked at whole, so that many bytes are compared at once.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    is_plain_part(text.as_bytes())
}

/// The same of a part of a text, which may end within a character.
#[must_use]
pub fn is_plain_part(part: &[u8]) -> bool {
    let (blocks, rest) = part.as_chunks::<32>();
    // Most blocks are letters and what stands between them, which takes few comparisons.
    let is_letters = |block: &[u8; 32]| {
        let other = |byte: u8| (byte.wrapping_sub(b' ') > b'~' - b' ') | (byte == b'#');
        block.iter().fold(0, |any, byte| any | u8::from(other(*byte))) == 0
    };
    let any_odd = |block: &[u8]| block.iter().fold(0, |any, byte| any | u8::from(is_odd(*byte))) != 0;
    blocks.iter().all(|block| is_letters(block) || !any_odd(block)) && !any_odd(rest)
}

/// A control character, or the first byte of what may be one, a separator of lines, or U+FFFD to U+FFFF;
/// or the mark with which a spreadsheet says that a formula has no result.
const fn is_odd(byte: u8) -> bool {
    // Without branches, so that many bytes are compared at once.
    ((byte < 0x20) & (byte != b'\t') & (byte != b'\n') & (byte != b'\r'))
        | (byte == b'#')
        | (byte == 0x7f)
        | (byte == 0xc2)
        | (byte == 0xe2)
        | (byte == 0xef)
}

/// The parts of a text between the places of an ASCII character. For short texts: a search that prepares itself for
/// long ones takes longer to begin than they are.
pub fn parts(text: &str, between: u8) -> impl Iterator<Item = &str> {
    debug_assert!(between.is_ascii());
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (part, after) = match text.bytes().position(|byte| byte == between) {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        rest = after;
        Some(part)
    })
}

/// A number that has some of all of a text in it: to be had, the text is fetched from memory.
#[must_use]
pub fn glance(text: &str) -> usize {
    const LINE: usize = 64;
    let (lines, rest) = text.as_bytes().as_chunks::<LINE>();
    let last = rest.first().map_or(0, |byte| usize::from(*byte));
    lines.iter().fold(last, |sum, line| sum.wrapping_add(usize::from(line[0])))
}

/// Where the first byte of a kind is. Blocks are looked at whole, so that many bytes are compared at once: the kind is
/// to be told without branches.
#[inline]
pub fn first(bytes: &[u8], is_one: impl Fn(u8) -> bool) -> Option<usize> {
    let (blocks, rest) = bytes.as_chunks();
    let clean = blocks.iter().take_while(|block| marked(block, &is_one) == 0).count();
    let last = match blocks.get(clean) {
        Some(block) => marked(block, &is_one),
        None => marked_part(rest, &is_one),
    };
    (last != 0).then(|| clean * BLOCK + last.trailing_zeros() as usize)
}

/// Tells where each byte of a kind is, the first first; in blocks as [`first`].
#[inline]
pub fn each(bytes: &[u8], is_one: impl Fn(u8) -> bool, mut tell: impl FnMut(usize)) {
    let (blocks, rest) = bytes.as_chunks();
    let mut tell_all = |number: usize, mut ones: u32| {
        while ones != 0 {
            tell(number * BLOCK + ones.trailing_zeros() as usize);
            ones &= ones - 1;
        }
    };
    for (number, block) in blocks.iter().enumerate() {
        let ones = marked(block, &is_one);
        if ones != 0 {
            tell_all(number, ones);
        }
    }
    tell_all(blocks.len(), marked_part(rest, &is_one));
}

/// How many bytes are compared at once.
const BLOCK: usize = 32;

/// A bit for each byte that is of a kind, the lowest for the first.
#[inline(always)]
fn marked(block: &[u8; BLOCK], is_one: &impl Fn(u8) -> bool) -> u32 {
    let mut ones = [0; BLOCK];
    for (one, byte) in ones.iter_mut().zip(block) {
        *one = u8::from(is_one(*byte));
    }
    // Most blocks have none.
    if ones.iter().fold(0, |any, one| any | one) == 0 {
        return 0;
    }
    // The last bits of eight bytes become the bits of one: the product has each of them in its highest byte.
    let (words, _) = ones.as_chunks::<8>();
    words.iter().rev().fold(0, |bits, word| {
        let gathered = u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits << 8 | u32::try_from(gathered).unwrap_or_default()
    })
}

/// The same of fewer bytes.
#[inline]
fn marked_part(part: &[u8], is_one: &impl Fn(u8) -> bool) -> u32 {
    if part.is_empty() {
        return 0;
    }
    let mut block = [0; BLOCK];
    block[..part.len()].copy_from_slice(part);
    marked(&block, is_one) & (u32::MAX >> (BLOCK - part.len()))
}

/// Whether a text has a part, which is looked for many bytes at once.
#[must_use]
pub fn has(text: &str, part: &str) -> bool {
    // A searcher takes longer to make than most texts are to be looked through.
    let rare = part.bytes().find(|byte| !byte.is_ascii_alphanumeric());
    if rare.is_some_and(|rare| memchr::memchr(rare, text.as_bytes()).is_none()) {
        return false;
    }
    memchr::memmem::find(text.as_bytes(), part.as_bytes()).is_some()
}

/// Text of several lines: every line end is `\n`, nothing a feed forbids, no space at the ends.
#[must_use]
pub fn block(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let plain = is_plain(text) && !text.as_bytes().contains(&b'\r');
    if plain || !text.contains(|c| is_forbidden(c) || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Cow::Borrowed(text);
    }
    let plain = text.replace("\r\n", "\n");
    let lines = plain.replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    Cow::Owned(lines.chars().filter(|c| !is_forbidden(*c)).collect())
}

/// Text of one line: runs of white space are one space, nothing a feed forbids.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if is_plain_line(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let odd = |c: char| is_forbidden(c) || (c.is_whitespace() && c != ' ');
    if !text.contains(odd) && !text.contains("  ") {
        return Cow::Borrowed(text);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    Cow::Owned(words.join(" ").chars().filter(|c| !is_forbidden(*c)).collect())
}

/// Whether a text is ASCII without control characters, and without two spaces side by side: every byte is looked at,
/// with its neighbour, so that many are compared at once.
fn is_plain_line(bytes: &[u8]) -> bool {
    let is_odd = |byte: u8| byte.wrapping_sub(b' ') > b'~' - b' ';
    let is_run = |byte: u8, next: u8| (byte == b' ') & (next == b' ');
    let pairs = bytes.iter().zip(bytes.iter().skip(1));
    !pairs.fold(false, |any, (byte, next)| any | is_odd(*byte) | is_run(*byte, *next))
        && !bytes.last().is_some_and(|last| is_odd(*last))
}

/// The first sentences of a text, cut between words, with `…` where something is left out.
#[must_use]
pub fn excerpt(text: &str, longest: usize) -> String {
    let text = line(text);
    if text.chars().count() <= longest {
        return text.into_owned();
    }
    let head: String = text.chars().take(longest).collect();
    let words = head.rsplit_once(' ').map_or(head.as_str(), |(words, _)| words);
    format!("{} …", words.trim_end_matches([',', ';', ':', '-', ' ']))
}

/// Adds a number with zeros before it, up to a width: what `{:04}` does, without a formatter.
pub fn pad(number: i32, width: usize, out: &mut String) {
    if let (2, Ok(both @ 0..100)) = (width, u8::try_from(number)) {
        out.push(char::from(b'0' + both / 10));
        out.push(char::from(b'0' + both % 10));
        return;
    }
    if number < 0 {
        out.push('-');
    }
    let mut digits = [b'0'; 10];
    let (mut rest, mut first) = (number.unsigned_abs(), digits.len());
    while rest > 0 || digits.len() - first + usize::from(number < 0) < width {
        first -= 1;
        digits[first] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    out.push_str(std::str::from_utf8(&digits[first..]).expect("digits are ASCII"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_xml_forbids_is_gone() {
        assert_eq!(block(" a\r\nb\u{0}\u{b}c\u{2028}d\u{ffff} "), "a\nbc\nd");
        assert_eq!(line(" a \n b\u{7}  c"), "a b c");
    }

    proptest! {
        #[test]
        fn a_line_has_single_spaces(words in prop::collection::vec("[a-z~!]{1,70}|[ -~é\u{7f}\u{7}]{0,5}", 0..6), between in "  ?| \n|\t") {
            let text = words.join(&between);
            let words: Vec<&str> = text.split_whitespace().collect();
            let expected: String = words.join(" ").chars().filter(|c| !is_forbidden(*c)).collect();
            prop_assert_eq!(&*line(&text), &expected);
            let is_plain = text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && !text.contains("  ");
            prop_assert_eq!(is_plain_line(text.as_bytes()), is_plain);
        }

        #[test]
        fn parts_are_those_of_a_split(text in "[a,;é]{0,12}") {
            prop_assert!(parts(&text, b',').eq(text.split(',')), "{}", text);
        }

        #[test]
        fn what_is_found_in_blocks_is_found_byte_by_byte(text in "[a-z #\u{1}-\u{ff}é\u{2028}\u{ffff}\n]{0,90}", plain in "[a-z ,.]{0,70}") {
            let text = plain + &text;
            let odd = |byte: &u8| is_odd(*byte);
            prop_assert_eq!(is_plain(&text), !text.bytes().any(|byte| odd(&byte)));
            prop_assert_eq!(first(text.as_bytes(), is_odd), text.as_bytes().iter().position(odd));
            let one_by_one: Vec<usize> = (0..text.len()).filter(|at| is_odd(text.as_bytes()[*at])).collect();
            let mut told = Vec::new();
            each(text.as_bytes(), is_odd, |at| told.push(at));
            prop_assert_eq!(told, one_by_one);
            let forbidden = |c: char| is_forbidden(c) && c != '\r';
            prop_assert!(!is_plain(&text) || !text.contains(forbidden));
        }
    }

    #[test]
    fn an_excerpt_ends_between_words() {
        assert_eq!(excerpt("one two, three four", 12), "one two …");
        assert_eq!(excerpt("one two", 12), "one two");
    }
}
