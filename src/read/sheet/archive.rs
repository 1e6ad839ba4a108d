//! The zip that a workbook is, weighed before anybody unpacks it: a small file must not become a large one
//! in memory.

use std::io::{Cursor, Read};

use zip::ZipArchive;

/// What a zip holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An AppState Open XML workbook.
    Xlsx,
    /// An OpenDocument spreadsheet.
    Ods,
    /// Neither.
    Other,
}

/// The most entries of a workbook.
const MOST_ENTRIES: usize = 10_000;
/// Unpacked bytes of all entries: this, and so many times the file.
const UNPACKED: (u64, u64) = (64 << 20, 100);
/// Bytes in memory of what is kept whole: this, and so many times the file.
const KEPT: (u64, u64) = (24 << 20, 3);
/// What one shared string costs beyond its text.
const STRING: u64 = 56;
/// Excel's own limit of cell formats is 65,490.
const MOST_FORMATS: u64 = 70_000;
/// The parts of a workbook beside its sheets and strings, each.
const LARGEST_PART: u64 = 4 << 20;

/// What a zip holds, by the names inside.
#[must_use]
pub fn kind(bytes: &[u8]) -> Kind {
    let Ok(archive) = ZipArchive::new(Cursor::new(bytes)) else { return Kind::Other };
    let has = |name: &str| archive.index_for_name(name).is_some();
    if has("content.xml") && has("mimetype") {
        return Kind::Ods;
    }
    if archive.file_names().take(MOST_ENTRIES).flatten().any(|name| name.starts_with("xl/")) {
        Kind::Xlsx
    } else {
        Kind::Other
    }
}

/// Unpacks every entry that a reader would unpack, keeps nothing, and refuses in words what is too heavy.
///
/// # Errors
/// When it is no sound zip, or above a limit.
pub fn weigh(bytes: &[u8]) -> Result<(), String> {
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| format!("a broken zip ({error})"))?;
    if archive.len() > MOST_ENTRIES {
        return Err(format!("{} files inside", archive.len()));
    }
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let mut left = UNPACKED.0 + UNPACKED.1 * size;
    let most_kept = KEPT.0 + KEPT.1 * size;
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
            (_, true) => most_kept,
            _ => LARGEST_PART,
        };
        let mut scale = Scale { bytes: 0, strings: 0, formats: 0, last: [0; 3] };
        scale.read(&mut entry, most.min(left)).map_err(|why| format!("{name}, which is {why}"))?;
        if is_strings && scale.bytes + scale.strings * STRING > most_kept {
            return Err(format!("{} texts, more than a file of this size has", scale.strings));
        }
        if scale.formats > MOST_FORMATS && !is_sheet && !is_strings {
            return Err(format!("{} cell formats", scale.formats));
        }
        left -= scale.bytes;
    }
    Ok(())
}

struct Scale {
    bytes: u64,
    strings: u64,
    formats: u64,
    last: [u8; 3],
}

impl Scale {
    fn read(&mut self, entry: &mut dyn Read, most: u64) -> Result<(), String> {
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
