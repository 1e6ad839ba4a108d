//! Cells of regions and topics to tags, and the names all of them have together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, quoted};
use crate::digest::Known;
use crate::model::tag::{DEEPEST, Facet, Tag, TagPath, Tags};

/// The most tags of one facet that a row may have.
const MOST: usize = 50;
/// The most names of one facet that a site may have.
const MOST_NAMES: usize = 20_000;
/// The longest name, in characters.
const LONGEST: usize = 100;

/// Every tag seen so far; equal names share one tag.
#[derive(Debug, Default)]
pub struct TagBook {
    known_regions: Known<Tag>,
    known_topics: Known<Tag>,
    regions: Tags,
    topics: Tags,
    told: BTreeSet<(Facet, String)>,
}

impl TagBook {
    /// The tags of a cell, names separated by `;`; a bad one is an error.
    pub fn read(
        &mut self,
        facet: Facet,
        cell: &str,
        place: &Place,
        out: &mut Diagnostics,
    ) -> Option<Vec<Tag>> {
        let names: Vec<&str> =
            cell.split([';', '\n']).map(str::trim).filter(|name| !name.is_empty()).collect();
        self.read_names(facet, &names, &|| place.clone(), out)
    }

    /// The tags of a list of names.
    pub fn read_names(
        &mut self,
        facet: Facet,
        names: &[&str],
        place: &dyn Fn() -> Place,
        out: &mut Diagnostics,
    ) -> Option<Vec<Tag>> {
        let mut tags: Vec<Tag> = Vec::with_capacity(names.len());
        if names.len() > MOST {
            let found = format!("{} {}", names.len(), facet.folder());
            out.push(Diagnostic::new(Code::TooLarge, place(), found, format!("at most {MOST}")));
            return None;
        }
        for name in names {
            let tag = self.tag(facet, name, place, out)?;
            if !tags.iter().any(|known| known.path == tag.path) {
                tags.push(tag);
            }
        }
        Some(tags)
    }

    fn tag(
        &mut self,
        facet: Facet,
        name: &str,
        place: &dyn Fn() -> Place,
        out: &mut Diagnostics,
    ) -> Option<Tag> {
        let (known, tags) = match facet {
            Facet::Region => (&mut self.known_regions, &mut self.regions),
            Facet::Topic => (&mut self.known_topics, &mut self.topics),
        };
        if let Some(tag) = known.get(name) {
            return Some(tag.clone());
        }
        if known.len() >= MOST_NAMES {
            let found = format!("{} and more {}", known.len(), facet.folder());
            let expected = format!("at most {MOST_NAMES} in all");
            out.push(
                Diagnostic::new(Code::TooLarge, place(), found, expected)
                    .help("each has a page and a calendar of its own; is this the right column?"),
            );
            return None;
        }
        let clean = crate::text::line(name);
        let levels: Vec<&str> = clean.split('/').map(str::trim).collect();
        let written = levels.join("/");
        let path = TagPath::parse(&written).filter(|_| written.chars().count() <= LONGEST);
        let Some(path) = path else {
            let expected = format!(
                "a name of letters or digits, at most {LONGEST} characters and {DEEPEST} levels with \"/\" between"
            );
            out.push(Diagnostic::new(Code::BadTag, place(), quoted(name), expected));
            return None;
        };
        if let Some(first) = tags.add(&path, &written)
            && self.told.insert((facet, name.to_owned()))
        {
            out.push(
                Diagnostic::new(
                    Code::TagSpelling,
                    place(),
                    quoted(name),
                    format!("\"{first}\", as it is spelled before"),
                )
                .help(format!("both are one {} with the address {path}; type \"{first}\"", facet.key())),
            );
        }
        let shown = tags.name(&path).map_or_else(|| Arc::from(written), Arc::clone);
        let tag = Tag { path, name: shown };
        known.take(name, tag.clone());
        Some(tag)
    }

    /// Every name by its facet and path, those above included.
    #[must_use]
    pub fn into_names(self) -> BTreeMap<(Facet, TagPath), Arc<str>> {
        let of = |facet, tags: Tags| -> Vec<_> {
            tags.iter().map(|(path, name)| ((facet, path.clone()), Arc::clone(name))).collect()
        };
        of(Facet::Region, self.regions).into_iter().chain(of(Facet::Topic, self.topics)).collect()
    }
}
