//! Which events somebody wants: OR inside a key, AND between keys. Equal filters are equal values, hence
//! one address, one document, one entity tag.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::event::Event;
use super::settings::Renames;
use super::tag::{Facet, TagPath};

/// The most values over all keys.
pub const MOST_VALUES: usize = 256;
/// The longest text to search for, in characters.
pub const LONGEST_TEXT: usize = 100;

/// RFC 3986's unreserved characters stay; all others are escaped.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Whether events that one joins from afar are wanted; without it they are among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Online {
    /// Only those.
    Only,
    /// All but those.
    Exclude,
}

/// A filter in its one canonical form: sorted, each value once, no value that another includes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Filter {
    regions: Vec<TagPath>,
    topics: Vec<TagPath>,
    online: Option<Online>,
    text: Option<String>,
}

/// Why a filter cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterError {
    /// A key that is none of ours, in an address that holds nothing but keys.
    UnknownKey(String),
    /// A value that its key cannot have.
    BadValue(String),
    /// More values than [`MOST_VALUES`], or a text longer than [`LONGEST_TEXT`].
    TooMuch,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FilterError::UnknownKey(key) => {
                write!(f, "there is no filter \"{key}\"; the filters are region, topic, online and q")
            }
            FilterError::BadValue(value) => write!(f, "\"{value}\" is not a value of that filter"),
            FilterError::TooMuch => f.write_str("the filter is too long"),
        }
    }
}

impl std::error::Error for FilterError {}

impl Filter {
    /// No condition at all.
    #[must_use]
    pub fn everything() -> Filter {
        Filter::default()
    }

    /// One region or topic with all below it.
    #[must_use]
    pub fn tag(facet: Facet, path: TagPath) -> Filter {
        Filter::everything().with(facet, path)
    }

    /// The same with one more region or topic.
    #[must_use]
    pub fn with(mut self, facet: Facet, path: TagPath) -> Filter {
        let paths = self.paths_mut(facet);
        if paths.iter().any(|known| known.includes(&path)) {
            return self;
        }
        paths.retain(|known| !path.includes(known));
        paths.push(path);
        paths.sort();
        self
    }

    /// The same without one region or topic.
    #[must_use]
    pub fn without(mut self, facet: Facet, path: &TagPath) -> Filter {
        self.paths_mut(facet).retain(|known| known != path);
        self
    }

    /// The same for online events only, for all but them, or for both.
    #[must_use]
    pub fn with_online(mut self, online: Option<Online>) -> Filter {
        self.online = online;
        self
    }

    /// The same with words to search for.
    #[must_use]
    pub fn with_text(mut self, text: &str) -> Filter {
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        self.text = (!words.is_empty()).then(|| words.join(" "));
        self
    }

    fn paths_mut(&mut self, facet: Facet) -> &mut Vec<TagPath> {
        match facet {
            Facet::Region => &mut self.regions,
            Facet::Topic => &mut self.topics,
        }
    }

    /// The regions or topics wanted, any of them.
    #[must_use]
    pub fn paths(&self, facet: Facet) -> &[TagPath] {
        match facet {
            Facet::Region => &self.regions,
            Facet::Topic => &self.topics,
        }
    }

    /// The same with each region and topic under the name it has now; `None` when all keep theirs.
    #[must_use]
    pub fn renamed(&self, renames: &Renames) -> Option<Filter> {
        let mut filter = self.clone();
        let mut is_other = false;
        for facet in Facet::ALL {
            for path in self.paths(facet) {
                if let Some(now) = renames.now(facet, path) {
                    filter = filter.without(facet, path).with(facet, now);
                    is_other = true;
                }
            }
        }
        is_other.then_some(filter)
    }

    /// What it says of online events.
    #[must_use]
    pub fn online(&self) -> Option<Online> {
        self.online
    }

    /// The words searched for: lower case, single spaces.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Whether it is one region or topic and nothing else.
    #[must_use]
    pub fn single_tag(&self) -> Option<(Facet, &TagPath)> {
        match self {
            Filter { regions, topics, online: None, text: None } => match (&regions[..], &topics[..]) {
                ([path], []) => Some((Facet::Region, path)),
                ([], [path]) => Some((Facet::Topic, path)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Adds one `key=value` of an address; the value is decoded, commas separate several. `false` when the
    /// key is none of ours.
    ///
    /// # Errors
    /// When the value cannot be one of that key, or the filter grows too long.
    pub fn add(&mut self, key: &str, value: &str) -> Result<bool, FilterError> {
        let filter = std::mem::take(self);
        let facet = Facet::ALL.into_iter().find(|facet| facet.key() == key);
        *self = match (key, facet) {
            (_, Some(facet)) => filter.add_tags(facet, value)?,
            ("online", _) => match value {
                "only" => filter.with_online(Some(Online::Only)),
                "exclude" => filter.with_online(Some(Online::Exclude)),
                "include" | "" => filter.with_online(None),
                _ => return Err(FilterError::BadValue(value.to_owned())),
            },
            ("q", _) if value.chars().count() > LONGEST_TEXT => return Err(FilterError::TooMuch),
            ("q", _) => filter.with_text(value),
            _ => {
                *self = filter;
                return Ok(false);
            }
        };
        Ok(true)
    }

    fn add_tags(mut self, facet: Facet, value: &str) -> Result<Filter, FilterError> {
        for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let path = TagPath::parse(name).ok_or_else(|| FilterError::BadValue(name.to_owned()))?;
            self = self.with(facet, path);
            if self.regions.len() + self.topics.len() > MOST_VALUES {
                return Err(FilterError::TooMuch);
            }
        }
        Ok(self)
    }

    /// Whether an event is wanted.
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        let any = |wanted: &[TagPath], tags: &[super::tag::Tag]| {
            wanted.is_empty() || tags.iter().any(|tag| wanted.iter().any(|path| path.includes(&tag.path)))
        };
        any(&self.regions, &event.regions)
            && any(&self.topics, &event.topics)
            && self.online.is_none_or(|online| (online == Online::Only) == event.is_online())
            && self.text.as_ref().is_none_or(|words| has_words(&searched(event), words))
    }
}

/// What of an event is searched for words: its texts in lower case.
#[must_use]
pub fn searched(event: &Event) -> String {
    let mut haystack = event.title.to_lowercase();
    let places = [&event.location, &event.address, &event.cost].into_iter().flatten();
    let parties = [&event.organizer, &event.contact].into_iter().flatten().map(|party| &party.name);
    let tags = event.regions.iter().chain(&event.topics).map(|tag| &*tag.name);
    let rest = places.chain(parties).map(String::as_str).chain(tags).chain([event.description.as_str()]);
    for text in rest {
        haystack.push('\n');
        haystack.push_str(&text.to_lowercase());
    }
    haystack
}

/// Whether a text of [`searched`] holds all of some words, which are those of [`Filter::text`].
#[must_use]
pub fn has_words(searched: &str, words: &str) -> bool {
    words.split(' ').all(|word| searched.contains(word))
}

/// `region=us/ny,us/nj;topic=support`: the filter in an address, without `&`.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = Vec::new();
        for facet in Facet::ALL {
            let paths: Vec<&str> = self.paths(facet).iter().map(TagPath::as_str).collect();
            if !paths.is_empty() {
                parts.push(format!("{}={}", facet.key(), paths.join(",")));
            }
        }
        match self.online {
            Some(Online::Only) => parts.push("online=only".to_owned()),
            Some(Online::Exclude) => parts.push("online=exclude".to_owned()),
            None => {}
        }
        if let Some(text) = &self.text {
            parts.push(format!("q={}", utf8_percent_encode(text, ESCAPED)));
        }
        f.write_str(&parts.join(";"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(pairs: &[(&str, &str)]) -> Filter {
        let mut filter = Filter::everything();
        for (key, value) in pairs {
            assert!(filter.add(key, value).unwrap());
        }
        filter
    }

    #[test]
    fn equal_filters_are_one_value() {
        let one = filter(&[("region", "US/NY,us/nj"), ("topic", "Support")]);
        let other = filter(&[("topic", "support,support"), ("region", "us/nj"), ("region", "us/ny")]);
        assert_eq!(one, other);
        assert_eq!(one.to_string(), "region=us/nj,us/ny;topic=support");
    }

    #[test]
    fn a_parent_swallows_its_children() {
        assert_eq!(filter(&[("region", "us/ny,us,us/nj")]), filter(&[("region", "us")]));
    }

    #[test]
    fn unknown_keys_and_values_are_told_apart() {
        let mut filter = Filter::everything();
        assert_eq!(filter.add("utm_source", "x"), Ok(false));
        assert_eq!(filter.add("online", "maybe"), Err(FilterError::BadValue("maybe".into())));
        assert_eq!(filter.add("region", "…"), Err(FilterError::BadValue("…".into())));
    }
}
