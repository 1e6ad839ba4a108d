//! Regions and topics: names in a hierarchy, and the word each has in an address.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::slug::{levels, slug};

/// The two hierarchies that events are sorted into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Facet {
    /// Where: `USA/Illinois`.
    Region,
    /// What about: `Support groups`.
    Topic,
}

impl Facet {
    /// Both.
    pub const ALL: [Facet; 2] = [Facet::Region, Facet::Topic];

    /// The key in a filter: `region`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Facet::Region => "region",
            Facet::Topic => "topic",
        }
    }

    /// The first word of its addresses: `regions`.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Facet::Region => "regions",
            Facet::Topic => "topics",
        }
    }
}

/// The most levels of a hierarchy.
pub const DEEPEST: usize = 8;

/// A tag in an address: slugs joined by `/`, `usa/illinois`. Equal paths are the same tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct TagPath(Arc<str>);

impl TagPath {
    /// From a name with `/` between levels (`USA/Illinois`) or from a path. `None` when a level has
    /// neither letter nor digit, or there are too many.
    #[must_use]
    pub fn parse(text: &str) -> Option<TagPath> {
        // Most are asked for by the address that they were given.
        if levels(text).is_some_and(|levels| levels <= DEEPEST) {
            return Some(TagPath(Arc::from(text)));
        }
        let levels: Vec<String> = text.split('/').map(slug).collect();
        let good = levels.len() <= DEEPEST && levels.iter().all(|level| !level.is_empty());
        good.then(|| TagPath(Arc::from(levels.join("/"))))
    }

    /// The path as it stands in an address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Itself and every tag above it, the nearest first.
    pub fn with_parents(&self) -> impl Iterator<Item = TagPath> + '_ {
        std::iter::successors(Some(self.clone()), TagPath::parent)
    }

    /// The tag above.
    #[must_use]
    pub fn parent(&self) -> Option<TagPath> {
        self.0.rsplit_once('/').map(|(above, _)| TagPath(Arc::from(above)))
    }

    /// Whether it is the other tag or above it.
    #[must_use]
    pub fn includes(&self, other: &TagPath) -> bool {
        other.0.strip_prefix(&*self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// How many levels are above it.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.matches('/').count()
    }
}

impl fmt::Display for TagPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A tag of an event or article: its path and its name as the author wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The path, which is its identity.
    pub path: TagPath,
    /// `USA/Illinois`.
    pub name: Arc<str>,
}

/// All tags of one facet with their names; whoever has a child is there itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    names: BTreeMap<TagPath, Arc<str>>,
}

impl Tags {
    /// Adds a tag and those above it. The spelling seen first stays; the answer is that spelling where it
    /// differs from this one.
    pub fn add(&mut self, path: &TagPath, name: &str) -> Option<Arc<str>> {
        let mut differs = None;
        let mut level_name = name.trim();
        for path in path.with_parents() {
            let known = self.names.entry(path).or_insert_with(|| Arc::from(level_name));
            if **known != *level_name && differs.is_none() {
                differs = Some(Arc::clone(known));
            }
            level_name = level_name.rsplit_once('/').map_or("", |(above, _)| above.trim_end());
        }
        differs
    }

    /// The whole name of a tag: `USA/Illinois`.
    #[must_use]
    pub fn name(&self, path: &TagPath) -> Option<&Arc<str>> {
        self.names.get(path)
    }

    /// The name of its last level: `Illinois`.
    #[must_use]
    pub fn short_name<'a>(&'a self, path: &'a TagPath) -> &'a str {
        let Some(name) = self.name(path) else { return path.as_str() };
        let last = name.bytes().rposition(|byte| byte == b'/').map_or(0, |slash| slash + 1);
        name[last..].trim()
    }

    /// Every tag with its name, parents before their children.
    pub fn iter(&self) -> impl Iterator<Item = (&TagPath, &Arc<str>)> {
        self.names.iter()
    }

    /// How many there are, parents included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_includes_its_children_and_nobody_elses() {
        let path = |text| TagPath::parse(text).unwrap();
        assert!(path("USA").includes(&path("usa/illinois")));
        assert!(path("USA").includes(&path("usa")));
        assert!(!path("USA").includes(&path("usage")));
        assert!(!path("USA/Illinois").includes(&path("usa")));
        assert!(TagPath::parse("USA//Illinois").is_none());
    }

    #[test]
    fn the_first_spelling_stays() {
        let mut tags = Tags::default();
        let path = TagPath::parse("USA/St. Louis").unwrap();
        assert_eq!(tags.add(&path, "USA/St. Louis"), None);
        assert_eq!(tags.add(&path, "USA/St Louis").as_deref(), Some("USA/St. Louis"));
        assert_eq!(tags.short_name(&path), "St. Louis");
        assert_eq!(tags.len(), 2);
    }
}
