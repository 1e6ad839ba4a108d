//! Records of CSV that are written so plainly that nothing in them has to be undone: most are. The `csv` crate
//! reads every other one.

use csv::StringRecord;

/// Reads the record at an offset into `cells`, when each of its cells is bare or stands between two quotation
/// marks, has no mark inside, and the line ends. Answers where the next line begins; `None` when the record is
/// not of that kind.
pub(super) fn read(text: &str, start: usize, delimiter: u8, cells: &mut StringRecord) -> Option<usize> {
    let bytes = text.as_bytes();
    cells.clear();
    let mut at = start;
    loop {
        let end = if bytes.get(at) == Some(&b'"') {
            let close = at + 1 + memchr::memchr(b'"', &bytes[at + 1..])?;
            cells.push_field(&text[at + 1..close]);
            close + 1
        } else {
            let is_end = |byte: &u8| *byte == delimiter || matches!(*byte, b'\n' | b'\r' | b'"');
            let end = at + bytes[at..].iter().position(is_end)?;
            cells.push_field(&text[at..end]);
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
