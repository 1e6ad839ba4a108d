//! Manifest of an export: the documents in a target, and the snapshot they belong to.
//!
//! The manifest is written last. Until then journals record each batch: the paths about to be written, whose content is
//! unknown if the export is interrupted, and the entries of the batch before.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::publish::document::Encoding;

/// Folder of the export's own files.
pub const FOLDER: &str = ".calcast/";
/// Path of the manifest.
pub const PATH: &str = ".calcast/manifest";
/// Folder of the journals.
pub const JOURNALS: &str = ".calcast/notes";
/// First line of a manifest.
const TITLE: &str = "calcast export 1";

/// One document of a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ManifestEntry {
    /// Hash of the bytes and headers; `None` while a write is under way.
    pub hash: Option<u128>,
    /// When the bytes last changed, in seconds since 1970.
    pub changed: i64,
    /// Length in bytes of each encoding, in the order identity, gzip, Brotli; 0 for one that does not exist.
    pub lengths: [u64; 3],
}

impl ManifestEntry {
    /// Returns the encodings that may exist, and their lengths: all of them while a write is under way.
    pub fn encodings(&self) -> impl Iterator<Item = (Encoding, u64)> {
        let is_unknown = self.hash.is_none();
        Encoding::ALL.into_iter().zip(self.lengths).filter(move |(_, length)| is_unknown || *length > 0)
    }
}

/// All documents of a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Fingerprint of the snapshot; `None` while its export is incomplete.
    pub snapshot: Option<u128>,
    /// Entries by path.
    pub entries: BTreeMap<String, ManifestEntry>,
    /// Paths of the journals that an interrupted export left.
    pub journals: Vec<String>,
}

impl Manifest {
    /// Parses a manifest.
    ///
    /// # Errors
    ///
    /// Returns the number of the first bad line.
    pub fn parse(text: &str) -> Result<Manifest, usize> {
        let mut lines = text.lines().zip(1_usize..);
        if lines.next().is_none_or(|(line, _)| line != TITLE) {
            return Err(1);
        }
        let snapshot = lines.next().and_then(|(line, _)| parse_hash(line.strip_prefix("edition ")?));
        let Some(snapshot) = snapshot else { return Err(2) };
        let entries =
            lines.map(|(line, number)| parse_entry(line).ok_or(number)).collect::<Result<_, _>>()?;
        Ok(Manifest { snapshot: Some(snapshot), entries, journals: Vec::new() })
    }

    /// Applies a journal. Bad lines are ignored: an interrupted write is repeated anyway.
    pub fn replay(&mut self, path: String, journal: &str) {
        self.snapshot = None;
        self.entries.extend(journal.lines().filter_map(parse_entry));
        self.journals.push(path);
    }

    /// Marks every document as unknown, so that all are written again.
    pub fn invalidate(&mut self) {
        self.snapshot = None;
        self.entries.values_mut().for_each(|entry| entry.hash = None);
    }

    /// Returns whether no export, complete or not, wrote to the target.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.snapshot.is_none() && self.entries.is_empty()
    }

    /// Formats the manifest for [`Manifest::parse`].
    #[must_use]
    pub fn print(&self) -> String {
        let snapshot = self.snapshot.unwrap_or_default();
        format!("{TITLE}\nedition {snapshot:032x}\n{}", print_entries(&self.entries))
    }
}

/// Formats entries for [`Manifest::replay`].
#[must_use]
pub fn print_entries<'a>(entries: impl IntoIterator<Item = (&'a String, &'a ManifestEntry)>) -> String {
    let mut text = String::new();
    for (path, ManifestEntry { hash, changed, lengths: [identity, gzip, brotli] }) in entries {
        let hash = hash.map_or_else(|| "-".to_owned(), |hash| format!("{hash:032x}"));
        let _ = writeln!(text, "{hash}\t{changed}\t{identity}\t{gzip}\t{brotli}\t{path}");
    }
    text
}

fn parse_hash(text: &str) -> Option<u128> {
    (text.len() == 32).then(|| u128::from_str_radix(text, 16).ok())?
}

fn parse_entry(line: &str) -> Option<(String, ManifestEntry)> {
    let fields: Vec<&str> = line.splitn(6, '\t').collect();
    let [hash, changed, identity, gzip, brotli, path] = fields[..] else { return None };
    let hash = if hash == "-" { None } else { Some(parse_hash(hash)?) };
    let lengths = [identity.parse().ok()?, gzip.parse().ok()?, brotli.parse().ok()?];
    let entry = ManifestEntry { hash, changed: changed.parse().ok()?, lengths };
    (!path.is_empty()).then(|| (path.to_owned(), entry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parse_inverts_print(
            snapshot in any::<u128>(),
            entries in prop::collection::btree_map(
                "[^\\p{Cc}\u{2028}\u{2029}]{1,30}",
                (any::<Option<u128>>(), any::<i64>(), any::<[u64; 3]>())
                    .prop_map(|(hash, changed, lengths)| ManifestEntry { hash, changed, lengths }),
                0..9,
            ),
        ) {
            let manifest = Manifest { snapshot: Some(snapshot), entries, journals: Vec::new() };
            prop_assert_eq!(Manifest::parse(&manifest.print()), Ok(manifest.clone()));
            let mut replayed = Manifest::default();
            replayed.replay(String::new(), &print_entries(&manifest.entries));
            prop_assert_eq!(replayed.entries, manifest.entries);
        }

        #[test]
        fn parsing_never_panics(text in ".{0,200}") {
            let _ = Manifest::parse(&format!("{TITLE}\n{text}"));
            Manifest::default().replay(String::new(), &text);
        }
    }

    #[test]
    fn errors_have_the_number_of_the_line() {
        assert_eq!(Manifest::parse("something else"), Err(1));
        let text = format!("{TITLE}\nedition {:032x}\n-\t0\t1\t0\t0\ta\n-\t0\t1\t0", 7);
        assert_eq!(Manifest::parse(&text), Err(4));
        // Complete lines of a truncated journal are applied.
        let mut replayed = Manifest::default();
        replayed.replay(String::new(), "-\t0\t1\t0\t0\ta\n-\t0\t1");
        assert_eq!(replayed.entries.len(), 1);
    }
}
