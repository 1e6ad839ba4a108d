//! Parses names of regions and topics into tags. Names with the same address share one tag.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, quoted};
use crate::model::tag::{DEEPEST, Facet, Tag, TagPath, Tags};

/// Most tags of one facet that a row may have.
const MOST: usize = 50;
/// Most names of one facet that a site may have.
const MOST_NAMES: usize = 20_000;
/// Longest name, in characters.
const LONGEST: usize = 100;

/// All tags of a site.
#[derive(Debug, Default)]
pub struct TagRegistry {
    regions: FacetTags,
    topics: FacetTags,
}

/// Tags of one facet.
#[derive(Debug, Default)]
struct FacetTags {
    /// Tag of each name as rows have it.
    by_name: BTreeMap<String, Arc<Tag>>,
    tags: Tags,
}

impl TagRegistry {
    /// Parses a list of names into tags, each once. Returns `None` if one of them is bad, which is reported.
    pub fn read<'n>(
        &mut self,
        facet: Facet,
        names: impl Iterator<Item = &'n str>,
        place: &dyn Fn() -> Place,
        out: &mut Diagnostics,
    ) -> Option<Vec<Arc<Tag>>> {
        let mut tags: Vec<Arc<Tag>> = Vec::new();
        let mut names = names.map(str::trim).filter(|name| !name.is_empty()).enumerate();
        while let Some((number, name)) = names.next() {
            if number == MOST {
                let found = format!("{} {}", MOST + 1 + names.count(), facet.folder());
                out.push(Diagnostic::new(Code::TooLarge, place(), found, format!("at most {MOST}")));
                return None;
            }
            let tag = match self.facet(facet).by_name.get(name) {
                Some(tag) => Arc::clone(tag),
                None => self.add(facet, name, place, out)?,
            };
            if !tags.contains(&tag) {
                // Most rows have one or two; a vector that grows by itself has room for four.
                tags.reserve_exact(1);
                tags.push(tag);
            }
        }
        Some(tags)
    }

    /// Returns the name of a path if a row has it.
    #[must_use]
    pub fn name(&self, facet: Facet, path: &TagPath) -> Option<&Arc<str>> {
        self.tags(facet).name(path)
    }

    /// Returns every path of a facet.
    #[must_use]
    pub fn paths(&self, facet: Facet) -> Vec<TagPath> {
        self.tags(facet).iter().map(|(path, _)| path.clone()).collect()
    }

    fn tags(&self, facet: Facet) -> &Tags {
        match facet {
            Facet::Region => &self.regions.tags,
            Facet::Topic => &self.topics.tags,
        }
    }

    fn facet(&mut self, facet: Facet) -> &mut FacetTags {
        match facet {
            Facet::Region => &mut self.regions,
            Facet::Topic => &mut self.topics,
        }
    }

    /// Adds a name. Reports it if it is bad, or if its tag was spelled differently before.
    fn add(
        &mut self,
        facet: Facet,
        name: &str,
        place: &dyn Fn() -> Place,
        out: &mut Diagnostics,
    ) -> Option<Arc<Tag>> {
        let known = self.facet(facet);
        let count = known.by_name.len();
        if count >= MOST_NAMES {
            let found = format!("{count} and more {}", facet.folder());
            let expected = format!("at most {MOST_NAMES} in all");
            let fault = Diagnostic::new(Code::TooLarge, place(), found, expected);
            out.push(fault.help("each has a page and a calendar of its own; is this the right column?"));
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
        if let Some(first) = known.tags.add(&path, &written) {
            let expected = format!("\"{first}\", as it is spelled before");
            let help = format!("both are one {} with the address {path}; type \"{first}\"", facet.key());
            out.push(Diagnostic::new(Code::TagSpelling, place(), quoted(name), expected).help(help));
        }
        let first = known.tags.name(&path).map_or_else(|| Arc::from(written), Arc::clone);
        let tag = Arc::new(Tag { path, name: first });
        known.by_name.insert(name.to_owned(), Arc::clone(&tag));
        Some(tag)
    }

    /// Removes the names that are not used: those of rows that are not published.
    pub fn retain(&mut self, used: &BTreeSet<(Facet, TagPath)>) {
        self.regions.tags.retain(|path| used.contains(&(Facet::Region, path.clone())));
        self.topics.tags.retain(|path| used.contains(&(Facet::Topic, path.clone())));
    }

    /// Returns every name by facet and path, parents included.
    #[must_use]
    pub fn into_names(self) -> BTreeMap<(Facet, TagPath), Arc<str>> {
        let of = |facet, tags: Tags| -> Vec<_> {
            tags.iter().map(|(path, name)| ((facet, path.clone()), Arc::clone(name))).collect()
        };
        of(Facet::Region, self.regions.tags).into_iter().chain(of(Facet::Topic, self.topics.tags)).collect()
    }
}
