//! The manifest of an export: what lies in the target, and of which snapshot it is. It is written last, so that what
//! it says is there. Until then the same lines are in notes, one for each part of the work that is done.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::layout::OWN;

/// The first line of a manifest.
const TITLE: &str = "calcast export 1";

/// Where the manifest lies.
#[must_use]
pub fn path() -> String {
    format!("{OWN}/manifest")
}

/// Where the notes of the work that goes on lie.
#[must_use]
pub fn notes() -> String {
    format!("{OWN}/notes/")
}

/// What lies at a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The hash of its bytes and of all that is said of them; `None` while it is not known whether it is there.
    pub stamp: Option<u128>,
    /// When its bytes last changed, in seconds since 1970.
    pub changed: i64,
    /// How many bytes each of its encodings has, in their order; 0 for one that it lacks.
    pub lengths: [u64; 3],
}

impl Entry {
    /// Whether its encoding of a number may be there: of what nobody is sure of each may.
    #[must_use]
    pub fn may_have(&self, encoding: usize) -> bool {
        self.stamp.is_none() || self.lengths[encoding] > 0
    }
}

/// All that lies in a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The hash of the snapshot it is of, once all of it is there.
    pub snapshot: Option<u128>,
    /// What lies where.
    pub entries: BTreeMap<String, Entry>,
}

/// A line that is none of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadLine(pub usize);

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// The number of the first line that cannot be read.
    pub fn parse(text: &str) -> Result<Manifest, BadLine> {
        let mut lines = text.lines().enumerate();
        if lines.next().is_none_or(|(_, line)| line != TITLE) {
            return Err(BadLine(1));
        }
        let snapshot =
            lines.next().and_then(|(_, line)| hash(line.strip_prefix("edition ")?)).ok_or(BadLine(2))?;
        let entries = lines.map(|(at, line)| entry(line).ok_or(BadLine(at + 1))).collect::<Result<_, _>>()?;
        Ok(Manifest { snapshot: Some(snapshot), entries })
    }

    /// Adds what a note says. What cannot be read of one is left out: its writer was killed, and the work is done again.
    pub fn note(&mut self, text: &str) {
        self.snapshot = None;
        self.entries.extend(text.lines().filter_map(entry));
    }

    /// Writes it, for [`Manifest::parse`].
    #[must_use]
    pub fn print(&self) -> String {
        let snapshot = self.snapshot.unwrap_or_default();
        format!("{TITLE}\nedition {snapshot:032x}\n{}", print_entries(&self.entries))
    }
}

/// Writes entries, for [`Manifest::note`].
#[must_use]
pub fn print_entries<'a>(entries: impl IntoIterator<Item = (&'a String, &'a Entry)>) -> String {
    let mut text = String::new();
    for (path, Entry { stamp, changed, lengths: [plain, gzip, brotli] }) in entries {
        let stamp = stamp.map_or_else(|| "-".to_owned(), |stamp| format!("{stamp:032x}"));
        let _ = writeln!(text, "{stamp}\t{changed}\t{plain}\t{gzip}\t{brotli}\t{path}");
    }
    text
}

fn hash(text: &str) -> Option<u128> {
    (text.len() == 32).then(|| u128::from_str_radix(text, 16).ok())?
}

fn entry(line: &str) -> Option<(String, Entry)> {
    let mut parts = line.splitn(6, '\t');
    let mut next = || parts.next();
    let stamp = match next()? {
        "-" => None,
        text => Some(hash(text)?),
    };
    let changed = next()?.parse().ok()?;
    let lengths = [next()?.parse().ok()?, next()?.parse().ok()?, next()?.parse().ok()?];
    let path = next().filter(|path| !path.is_empty())?.to_owned();
    Some((path, Entry { stamp, changed, lengths }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parse_undoes_print(
            snapshot in any::<u128>(),
            entries in prop::collection::btree_map(
                "[^\\p{Cc}\u{2028}\u{2029}]{1,30}",
                (any::<Option<u128>>(), any::<i64>(), any::<[u64; 3]>())
                    .prop_map(|(stamp, changed, lengths)| Entry { stamp, changed, lengths }),
                0..9,
            ),
        ) {
            let manifest = Manifest { snapshot: Some(snapshot), entries };
            prop_assert_eq!(Manifest::parse(&manifest.print()), Ok(manifest.clone()));
            let mut noted = Manifest::default();
            noted.note(&print_entries(&manifest.entries));
            prop_assert_eq!(noted.entries, manifest.entries);
        }

        #[test]
        fn nothing_panics(text in ".{0,200}") {
            let _ = Manifest::parse(&format!("{TITLE}\n{text}"));
            Manifest::default().note(&text);
        }
    }

    #[test]
    fn a_damaged_line_is_named() {
        assert_eq!(Manifest::parse("something else"), Err(BadLine(1)));
        let text = format!("{TITLE}\nedition {:032x}\n-\t0\t1\t0\t0\ta\n-\t0\t1\t0", 7);
        assert_eq!(Manifest::parse(&text), Err(BadLine(4)));
        // A note that was cut off says what it says.
        let mut noted = Manifest::default();
        noted.note("-\t0\t1\t0\t0\ta\n-\t0\t1");
        assert_eq!(noted.entries.len(), 1);
    }
}
