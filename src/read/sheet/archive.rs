//! The zip archive of a workbook: its format and its limits.
//!
//! Limits are checked before a workbook is read, so that a small file cannot become a large one in memory.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::raw_row::TableError;
use crate::diagnostic::quoted;

/// The format of a workbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkbookFormat {
    /// Office Open XML.
    Xlsx,
    /// OpenDocument.
    Ods,
}

/// The most entries of a workbook.
const MAX_ENTRIES: usize = 10_000;
/// The most unpacked bytes of all entries, plus [`UNPACKED_PER_BYTE`] for each byte of the file.
const MAX_UNPACKED: u64 = 64 << 20;
const UNPACKED_PER_BYTE: u64 = 100;
/// The most bytes of shared strings in memory, plus [`STRINGS_PER_BYTE`] for each byte of the file.
const MAX_STRINGS: u64 = 24 << 20;
const STRINGS_PER_BYTE: u64 = 3;
/// Memory overhead of a shared string, in bytes.
const STRING_OVERHEAD: u64 = 56;
/// The most cell formats. Excel's own limit is 65,490.
const MAX_FORMATS: u64 = 70_000;
/// The most bytes of an entry that is neither a sheet nor the shared strings.
const MAX_PART: u64 = 4 << 20;

/// Returns the format of a workbook by the names of its entries.
#[must_use]
pub fn format(bytes: &[u8]) -> Option<WorkbookFormat> {
    let archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let has = |name: &str| archive.index_for_name(name).is_some();
    if has("content.xml") && has("mimetype") {
        return Some(WorkbookFormat::Ods);
    }
    let mut names = archive.file_names().take(MAX_ENTRIES).flatten();
    names.any(|name| name.starts_with("xl/")).then_some(WorkbookFormat::Xlsx)
}

/// Returns the error of a workbook that cannot be read; `found` says why.
pub fn unreadable(found: String) -> TableError {
    TableError::Unreadable { found, expected: "a workbook that opens".to_owned() }
}

/// Returns the error of a workbook without the wanted sheet.
pub fn no_such_sheet<'n>(wanted: Option<&str>, names: impl Iterator<Item = &'n str>) -> TableError {
    let names: Vec<String> = names.take(20).map(quoted).collect();
    TableError::Unreadable {
        found: format!("no sheet {}", wanted.map_or("that is visible".to_owned(), quoted)),
        expected: match names[..] {
            [] => "a workbook with a sheet".to_owned(),
            _ => format!("one of {}", names.join(", ")),
        },
    }
}

/// Unpacks every entry that a reader would unpack, only to measure it.
///
/// # Errors
///
/// Returns a description if the archive is broken or above a limit.
pub fn check_limits(bytes: &[u8]) -> Result<(), String> {
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| format!("a broken zip ({error})"))?;
    if archive.len() > MAX_ENTRIES {
        return Err(format!("{} files inside", archive.len()));
    }
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let mut left = MAX_UNPACKED + UNPACKED_PER_BYTE * size;
    let max_strings = MAX_STRINGS + STRINGS_PER_BYTE * size;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|error| format!("a broken zip ({error})"))?;
        let name = entry.name().map_err(|error| format!("a broken zip ({error})"))?.into_owned();
        if !name.ends_with(".xml") && !name.ends_with(".rels") {
            continue;
        }
        let is_sheet = name.starts_with("xl/worksheets/") || name == "content.xml";
        let is_strings = name.eq_ignore_ascii_case("xl/sharedstrings.xml");
        let most = match (is_sheet, is_strings) {
            (true, _) => left,
            (_, true) => max_strings,
            _ => MAX_PART,
        };
        let mut size = EntrySize::default();
        size.measure(&mut entry, most.min(left)).map_err(|why| format!("{name}, which is {why}"))?;
        if is_strings && size.bytes + size.strings * STRING_OVERHEAD > max_strings {
            return Err(format!("{} texts, more than a file of this size has", size.strings));
        }
        if size.formats > MAX_FORMATS && !is_sheet && !is_strings {
            return Err(format!("{} cell formats", size.formats));
        }
        left -= size.bytes;
    }
    Ok(())
}

/// Unpacked size of one entry, with its shared strings and cell formats.
#[derive(Default)]
struct EntrySize {
    bytes: u64,
    strings: u64,
    formats: u64,
    /// The last three bytes, in which elements are recognized.
    last: [u8; 3],
}

impl EntrySize {
    fn measure(&mut self, entry: &mut dyn Read, most: u64) -> Result<(), String> {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = entry.read(&mut buffer).map_err(|error| format!("broken ({error})"))?;
            if count == 0 {
                return Ok(());
            }
            self.bytes += count as u64;
            if self.bytes > most {
                return Err(format!("more than {most} bytes when unpacked"));
            }
            for byte in &buffer[..count] {
                self.last = [self.last[1], self.last[2], *byte];
                match &self.last {
                    b"<si" => self.strings += 1,
                    b"<xf" | b"<fo" | b"<fi" | b"<bo" => self.formats += 1,
                    _ => {}
                }
            }
        }
    }
}
