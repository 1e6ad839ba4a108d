//! Records of CSV that are written so plainly that nothing in them has to be undone: most are. The `csv` crate
//! reads every other one.

use super::record::Cut;

/// Cuts the record at an offset into `cells`, when each of its cells is bare or stands between two quotation
/// marks, has no mark inside, and the line ends. Answers where the next line begins; `None` when the record is
/// not of that kind, or lies beyond 4 GiB.
pub(super) fn read(text: &str, start: usize, delimiter: u8, cells: &mut Vec<Cut>) -> Option<usize> {
    let bytes = text.as_bytes();
    let cut = |start: usize, end: usize| Some((u32::try_from(start).ok()?, u32::try_from(end).ok()?));
    cells.clear();
    let mut at = start;
    loop {
        let end = if bytes.get(at) == Some(&b'"') {
            let close = at + 1 + memchr::memchr(b'"', &bytes[at + 1..])?;
            cells.push(cut(at + 1, close)?);
            close + 1
        } else {
            let end = at + end_of_bare(&bytes[at..], delimiter)?;
            cells.push(cut(at, end)?);
            end
        };
        match *bytes.get(end)? {
            byte if byte == delimiter => at = end + 1,
            b'\n' => return Some(end + 1),
            b'\r' if bytes.get(end + 1) == Some(&b'\n') => return Some(end + 2),
            b'\r' => return Some(end + 1),
            _ => return None,
        }
    }
}

/// Where the first separator, line end or quotation mark is.
fn end_of_bare(bytes: &[u8], delimiter: u8) -> Option<usize> {
    let ends = [delimiter, b'\n', b'\r', b'"'];
    // Eight bytes at a time: cells are short, and there are many.
    let (words, rest) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = ends.iter().fold(0, |found, end| found | zero_bytes(word ^ (LOW * u64::from(*end))));
        if found != 0 {
            return Some(number * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let before = words.len() * 8;
    rest.iter().position(|byte| ends.contains(byte)).map(|at| before + at)
}

/// The lowest bit of each byte of a word.
const LOW: u64 = 0x0101_0101_0101_0101;

/// A word that is zero where no byte of another is; its lowest bit is in the byte of the first that is.
const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(LOW) & !word & (LOW << 7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_end_is_found_where_it_is(bytes in prop::collection::vec(prop_oneof![Just(b','), Just(b'"'), Just(b'\r'), Just(b'+'), Just(b'-'), any::<u8>()], 0..40), delimiter in prop_oneof![Just(b','), Just(b';'), any::<u8>()]) {
            let expected = bytes.iter().position(|byte| [delimiter, b'\n', b'\r', b'"'].contains(byte));
            prop_assert_eq!(end_of_bare(&bytes, delimiter), expected);
        }
    }
}
