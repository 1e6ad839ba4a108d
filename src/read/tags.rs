//! Cells of regions and topics to tags, and the names all of them have together.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;

use super::sheet::header::Separators;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, quoted};
use crate::model::tag::{DEEPEST, Facet, Tag, TagPath, Tags};

/// The most tags of one facet that a row may have.
const MOST: usize = 50;
/// The most names of one facet that a site may have.
const MOST_NAMES: usize = 20_000;
/// The longest name, in characters.
const LONGEST: usize = 100;

/// How many cells' tags are kept at hand; most tables have far fewer different ones.
const MOST_CELLS: usize = 4_096;

/// Who is told of a fault, and knows its place.
pub type Tell<'a> = &'a mut dyn FnMut(&dyn Fn(Place) -> Diagnostic);

/// Every tag seen so far; equal names share one tag, which has a number.
#[derive(Debug, Default)]
pub struct TagRegistry {
    regions: Shelf,
    topics: Shelf,
    tags: Vec<Numbered>,
    /// The numbers that cells had, one cell's after another's.
    listed: Vec<usize>,
    told: BTreeSet<(Facet, String)>,
}

/// The tags of one facet.
#[derive(Debug, Default)]
struct Shelf {
    /// The number of the tag of a name.
    names: BTreeMap<String, usize>,
    /// The number of the tag of a path.
    paths: BTreeMap<TagPath, usize>,
    /// Which of the listed numbers a cell has, by its text and what separates names in it.
    cells: IndexMap<(String, Separators), Range<usize>>,
    tags: Tags,
}

/// A tag with its facet and the one above it.
#[derive(Debug)]
struct Numbered {
    facet: Facet,
    tag: Tag,
    above: Option<usize>,
}

impl TagRegistry {
    /// The tags of a cell, names separated by `;`; a bad one is an error.
    pub fn read(
        &mut self,
        facet: Facet,
        cell: &str,
        place: &Place,
        out: &mut Diagnostics,
    ) -> Option<Vec<Tag>> {
        let names = cell.split([';', '\n']);
        self.read_names(facet, names, place, out)
    }

    /// The tags of a list of names.
    pub fn read_names<'n>(
        &mut self,
        facet: Facet,
        names: impl Iterator<Item = &'n str>,
        place: &Place,
        out: &mut Diagnostics,
    ) -> Option<Vec<Tag>> {
        let mut numbers = Vec::new();
        self.number_names(facet, names, &mut numbers, &mut |fault| out.push(fault(place.clone())))?;
        Some(numbers.into_iter().map(|number| self.tag(number).clone()).collect())
    }

    /// Adds the numbers of the tags of a list of names, each once. `None` when one is no tag, which is told
    /// to `tell`, who knows the place.
    pub fn number_names<'n>(
        &mut self,
        facet: Facet,
        names: impl Iterator<Item = &'n str>,
        numbers: &mut Vec<usize>,
        tell: Tell<'_>,
    ) -> Option<()> {
        let first = numbers.len();
        let mut names = names.map(str::trim).filter(|name| !name.is_empty());
        let mut count = 0;
        while let Some(name) = names.next() {
            count += 1;
            if count > MOST {
                let found = format!("{} {}", MOST + 1 + names.count(), facet.folder());
                tell(&|place| Diagnostic::new(Code::TooLarge, place, &*found, format!("at most {MOST}")));
                return None;
            }
            let number = match self.shelf(facet).names.get(name) {
                Some(known) => *known,
                None => self.enter(facet, name, tell)?,
            };
            if !numbers[first..].contains(&number) {
                numbers.push(number);
            }
        }
        Some(())
    }

    /// The same for the names of one cell. Rows have the same few cells, and nothing is told of one that was good.
    pub fn number_cell(
        &mut self,
        facet: Facet,
        (cell, separators): (&str, Separators),
        numbers: &mut Vec<usize>,
        tell: Tell<'_>,
    ) -> Option<()> {
        let key = (cell.to_owned(), separators);
        if let Some(known) = self.shelf(facet).cells.get(&key).cloned() {
            numbers.extend_from_slice(&self.listed[known]);
            return Some(());
        }
        let first = numbers.len();
        self.number_names(facet, cell.split(separators), numbers, tell)?;
        if self.shelf(facet).cells.len() < MOST_CELLS {
            let start = self.listed.len();
            self.listed.extend_from_slice(&numbers[first..]);
            let end = self.listed.len();
            self.shelf(facet).cells.insert(key, start..end);
        }
        Some(())
    }

    /// The tag of a number.
    #[must_use]
    pub fn tag(&self, number: usize) -> &Tag {
        &self.tags[number].tag
    }

    /// What the tag of a number is a name of.
    #[must_use]
    pub fn facet(&self, number: usize) -> Facet {
        self.tags[number].facet
    }

    /// The number of the tag above one.
    #[must_use]
    pub fn above(&self, number: usize) -> Option<usize> {
        self.tags[number].above
    }

    /// The name of a path, if a row has it.
    #[must_use]
    pub fn name(&self, facet: Facet, path: &TagPath) -> Option<&Arc<str>> {
        self.known(facet).name(path)
    }

    /// Every path of a facet.
    #[must_use]
    pub fn paths(&self, facet: Facet) -> Vec<TagPath> {
        self.known(facet).iter().map(|(path, _)| path.clone()).collect()
    }

    fn known(&self, facet: Facet) -> &Tags {
        match facet {
            Facet::Region => &self.regions.tags,
            Facet::Topic => &self.topics.tags,
        }
    }

    fn shelf(&mut self, facet: Facet) -> &mut Shelf {
        match facet {
            Facet::Region => &mut self.regions,
            Facet::Topic => &mut self.topics,
        }
    }

    /// Gives a new name its tag.
    fn enter(&mut self, facet: Facet, name: &str, tell: Tell<'_>) -> Option<usize> {
        let known = self.shelf(facet).names.len();
        if known >= MOST_NAMES {
            let found = format!("{known} and more {}", facet.folder());
            tell(&|place| {
                Diagnostic::new(Code::TooLarge, place, &*found, format!("at most {MOST_NAMES} in all"))
                    .help("each has a page and a calendar of its own; is this the right column?")
            });
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
            tell(&|place| Diagnostic::new(Code::BadTag, place, quoted(name), &*expected));
            return None;
        };
        if let Some(first) = self.shelf(facet).tags.add(&path, &written)
            && self.told.insert((facet, name.to_owned()))
        {
            let expected = format!("\"{first}\", as it is spelled before");
            let help = format!("both are one {} with the address {path}; type \"{first}\"", facet.key());
            tell(&|place| Diagnostic::new(Code::TagSpelling, place, quoted(name), &*expected).help(&*help));
        }
        let number = self.number(facet, &path);
        self.shelf(facet).names.insert(name.to_owned(), number);
        Some(number)
    }

    /// The number of a path whose name is known.
    fn number(&mut self, facet: Facet, path: &TagPath) -> usize {
        if let Some(known) = self.shelf(facet).paths.get(path) {
            return *known;
        }
        let above = path.parent().map(|parent| self.number(facet, &parent));
        let name = self.shelf(facet).tags.name(path).map_or_else(|| Arc::from(path.as_str()), Arc::clone);
        let number = self.tags.len();
        self.tags.push(Numbered { facet, tag: Tag { path: path.clone(), name }, above });
        self.shelf(facet).paths.insert(path.clone(), number);
        number
    }

    /// Every name by its facet and path, those above included.
    #[must_use]
    pub fn into_names(self) -> BTreeMap<(Facet, TagPath), Arc<str>> {
        let of = |facet, tags: Tags| -> Vec<_> {
            tags.iter().map(|(path, name)| ((facet, path.clone()), Arc::clone(name))).collect()
        };
        of(Facet::Region, self.regions.tags).into_iter().chain(of(Facet::Topic, self.topics.tags)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cell_has_the_tags_of_its_names(
            cells in prop::collection::vec(("[ab;, /?]{0,6}", any::<(bool, bool)>()), 1..40),
        ) {
            let (mut by_cells, mut by_names) = <(TagRegistry, TagRegistry)>::default();
            for (cell, (is_topic, has_commas)) in &cells {
                let facet = if *is_topic { Facet::Topic } else { Facet::Region };
                let separators = [if *has_commas { ',' } else { ';' }, '\n', '\n'];
                let (mut told, mut expected_told) = (0, 0);
                // Another cell of the row came before.
                let (mut numbers, mut expected) = (vec![7], vec![7]);
                let entered = by_cells.number_cell(facet, (cell, separators), &mut numbers, &mut |_| told += 1);
                let names = cell.split(separators);
                let tell: Tell<'_> = &mut |_| expected_told += 1;
                prop_assert_eq!(entered, by_names.number_names(facet, names, &mut expected, tell));
                prop_assert_eq!((numbers, told), (expected, expected_told));
            }
        }
    }
}
