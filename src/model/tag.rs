//! Regions and topics: hierarchical names, and their paths in addresses.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::slug::slug;

/// The two hierarchies of tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Facet {
    /// Where events take place, such as `USA/Illinois`.
    Region,
    /// What events are about, such as `Support groups`.
    Topic,
}

impl Facet {
    /// Both facets.
    pub const ALL: [Facet; 2] = [Facet::Region, Facet::Topic];

    /// Returns its key in a filter: `region`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Facet::Region => "region",
            Facet::Topic => "topic",
        }
    }

    /// Returns the first segment of its addresses: `regions`.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Facet::Region => "regions",
            Facet::Topic => "topics",
        }
    }
}

/// Maximum number of levels of a tag.
pub const DEEPEST: usize = 8;

/// The path of a tag in an address: one slug per level, such as `usa/illinois`. Equal paths are the same tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct TagPath(Arc<str>);

impl TagPath {
    /// Parses a name such as `USA/Illinois`, or a path.
    ///
    /// Returns `None` if a level has neither letter nor digit, or there are more than [`DEEPEST`].
    #[must_use]
    pub fn parse(text: &str) -> Option<TagPath> {
        let levels: Vec<String> = text.split('/').map(slug).collect();
        let is_valid = levels.len() <= DEEPEST && levels.iter().all(|level| !level.is_empty());
        is_valid.then(|| TagPath(Arc::from(levels.join("/"))))
    }

    /// Returns the path as in an address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns this tag and every tag above it, from the lowest to the highest.
    pub fn with_parents(&self) -> impl Iterator<Item = TagPath> + '_ {
        std::iter::successors(Some(self.clone()), TagPath::parent)
    }

    /// Returns the tag above.
    #[must_use]
    pub fn parent(&self) -> Option<TagPath> {
        self.0.rsplit_once('/').map(|(parent, _)| TagPath(Arc::from(parent)))
    }

    /// Returns whether the other tag is this one or below it.
    #[must_use]
    pub fn includes(&self, other: &TagPath) -> bool {
        other.0.strip_prefix(&*self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Returns the number of tags above.
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

/// A tag, shared by the events and articles that have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The path, which identifies the tag.
    pub path: TagPath,
    /// The whole name as the author wrote it, such as `USA/Illinois`.
    pub name: Arc<str>,
}

/// The names of all tags of one facet, including those above a tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    names: BTreeMap<TagPath, Arc<str>>,
}

impl Tags {
    /// Adds a tag and those above it. The first spelling of a name is kept; returns it for the lowest level that is now
    /// spelled in another way.
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

    /// Removes the tags for which a function returns `false`.
    pub fn retain(&mut self, mut is_kept: impl FnMut(&TagPath) -> bool) {
        self.names.retain(|path, _| is_kept(path));
    }

    /// Returns the whole name of a tag: `USA/Illinois`.
    #[must_use]
    pub fn name(&self, path: &TagPath) -> Option<&Arc<str>> {
        self.names.get(path)
    }

    /// Returns the last level of a name: `Illinois`.
    #[must_use]
    pub fn short_name<'a>(&'a self, path: &'a TagPath) -> &'a str {
        let Some(name) = self.name(path) else { return path.as_str() };
        name.rsplit('/').next().unwrap_or(name).trim()
    }

    /// Returns every tag with its name, parents before their children.
    pub fn iter(&self) -> impl Iterator<Item = (&TagPath, &Arc<str>)> {
        self.names.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_includes_only_its_children() {
        let path = |text| TagPath::parse(text).unwrap();
        assert!(path("USA").includes(&path("usa/illinois")));
        assert!(path("USA").includes(&path("usa")));
        assert!(!path("USA").includes(&path("usage")));
        assert!(!path("USA/Illinois").includes(&path("usa")));
        assert!(TagPath::parse("USA//Illinois").is_none());
    }

    #[test]
    fn the_first_spelling_is_kept() {
        let mut tags = Tags::default();
        let path = TagPath::parse("USA/St. Louis").unwrap();
        assert_eq!(tags.add(&path, "USA/St. Louis"), None);
        assert_eq!(tags.add(&path, "USA/St Louis").as_deref(), Some("USA/St. Louis"));
        assert_eq!(tags.short_name(&path), "St. Louis");
        assert_eq!(tags.iter().count(), 2);
    }
}
