//! Filters of events: OR within a key, AND between keys. Equivalent filters are equal values, so that they share one
//! address, one document and one entity tag.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::alarm::Alarm;
use super::event::Event;
use super::geo::{Distance, Point};
use super::settings::Renames;
use super::tag::{Facet, TagPath};

/// Maximum number of regions and topics in a filter.
pub const MAX_VALUES: usize = 256;
/// Maximum length of the search text, in characters.
pub const MAX_TEXT: usize = 100;

/// The keys, for the message about an unknown one.
const KEYS: &str = "region, topic, near with within, online, q and alarm";
/// Characters escaped in a value: all except the unreserved ones of RFC 3986.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Whether online events match. Without it they do, except around a point, where only events with a place do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Online {
    /// Online events match as well; only meaningful around a point.
    Include,
    /// Only online events match.
    Only,
    /// Online events do not match.
    Exclude,
}

impl Online {
    const ALL: [Online; 3] = [Online::Include, Online::Only, Online::Exclude];

    /// Returns its value in an address.
    const fn word(self) -> &'static str {
        match self {
            Online::Include => "include",
            Online::Only => "only",
            Online::Exclude => "exclude",
        }
    }
}

/// A filter in canonical form: values are sorted, unique, and none is included in another.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Filter {
    /// Regions and topics, in the order of [`Facet`].
    tags: [Vec<TagPath>; 2],
    near: Option<Point>,
    within: Option<Distance>,
    online: Option<Online>,
    text: Option<String>,
    alarm: Option<Alarm>,
}

/// Why a filter cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// An unknown key in a path. Unknown keys of a query are ignored.
    #[error("there is no filter \"{0}\"; the filters are {KEYS}")]
    UnknownKey(String),
    /// A value its key cannot have.
    #[error("\"{0}\" is not a value of that filter")]
    BadValue(String),
    /// A distance without a point.
    #[error("a distance needs the point that it is from, such as near=41.9,-87.6")]
    WithinNothing,
    /// More than [`MAX_VALUES`] values, or a text longer than [`MAX_TEXT`].
    #[error("the filter is too long")]
    TooMuch,
}

impl Filter {
    /// Creates a filter that matches every event.
    #[must_use]
    pub fn everything() -> Filter {
        Filter::default()
    }

    /// Creates a filter for a region or topic and those below it.
    #[must_use]
    pub fn tag(facet: Facet, path: TagPath) -> Filter {
        Filter::everything().with(facet, path)
    }

    /// Adds a region or topic.
    #[must_use]
    pub fn with(mut self, facet: Facet, path: TagPath) -> Filter {
        self.insert(facet, path);
        self
    }

    fn insert(&mut self, facet: Facet, path: TagPath) {
        let paths = &mut self.tags[facet as usize];
        if !paths.iter().any(|known| known.includes(&path)) {
            paths.retain(|known| !path.includes(known));
            paths.push(path);
            paths.sort();
        }
    }

    /// Removes a region or topic.
    #[must_use]
    pub fn without(mut self, facet: Facet, path: &TagPath) -> Filter {
        self.tags[facet as usize].retain(|known| known != path);
        self
    }

    /// Replaces the condition on online events.
    #[must_use]
    pub fn with_online(mut self, online: Option<Online>) -> Filter {
        self.online = online;
        self
    }

    /// Replaces the search text.
    #[must_use]
    pub fn with_text(mut self, text: &str) -> Filter {
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        self.text = (!words.is_empty()).then(|| words.join(" "));
        self
    }

    /// Replaces the point and the distance from it.
    #[must_use]
    pub fn with_near(mut self, near: Option<(Point, Distance)>) -> Filter {
        (self.near, self.within) = near.unzip();
        self.normalized()
    }

    /// Replaces the reminder before each event.
    #[must_use]
    pub fn with_alarm(mut self, alarm: Option<Alarm>) -> Filter {
        self.alarm = alarm;
        self
    }

    /// Completes a filter built with [`Filter::add`].
    ///
    /// # Errors
    /// If there is a distance without a point.
    pub fn checked(self) -> Result<Filter, FilterError> {
        if self.within.is_some() && self.near.is_none() {
            return Err(FilterError::WithinNothing);
        }
        Ok(self.normalized())
    }

    fn normalized(mut self) -> Filter {
        if self.near.is_some() {
            self.within.get_or_insert_default();
        } else {
            // Without a point online events match anyway.
            self.online = self.online.filter(|online| *online != Online::Include);
        }
        self
    }

    /// Returns the regions or topics, of which an event must have one. None match every event.
    #[must_use]
    pub fn paths(&self, facet: Facet) -> &[TagPath] {
        &self.tags[facet as usize]
    }

    /// Replaces renamed regions and topics; `None` if there are none.
    #[must_use]
    pub fn renamed(&self, renames: &Renames) -> Option<Filter> {
        let mut filter = self.clone();
        for facet in Facet::ALL {
            for path in self.paths(facet) {
                if let Some(now) = renames.now(facet, path) {
                    filter = filter.without(facet, path).with(facet, now);
                }
            }
        }
        (filter != *self).then_some(filter)
    }

    /// Returns the condition on online events.
    #[must_use]
    pub fn online(&self) -> Option<Online> {
        self.online
    }

    /// Returns the point and the distance from it.
    #[must_use]
    pub fn near(&self) -> Option<(Point, Distance)> {
        self.near.zip(self.within)
    }

    /// Returns the reminder before each event. It does not affect which events match.
    #[must_use]
    pub fn alarm(&self) -> Option<Alarm> {
        self.alarm
    }

    /// Returns the search words, in lower case and separated by single spaces.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Returns the region or topic of a filter that has no other condition.
    #[must_use]
    pub fn single_tag(&self) -> Option<(Facet, &TagPath)> {
        let (facet, path) = match self.tags.each_ref().map(Vec::as_slice) {
            [[path], []] => (Facet::Region, path),
            [[], [path]] => (Facet::Topic, path),
            _ => return None,
        };
        (*self == Filter::tag(facet, path.clone())).then_some((facet, path))
    }

    /// Adds a `key=value` pair of an address, whose value is decoded and may be several, separated by commas.
    ///
    /// Returns `false` if the key is unknown.
    ///
    /// # Errors
    /// If the key cannot have that value, or the filter gets too long.
    pub fn add(&mut self, key: &str, value: &str) -> Result<bool, FilterError> {
        fn required<T>(parsed: Option<T>, value: &str) -> Result<Option<T>, FilterError> {
            parsed.map(Some).ok_or_else(|| FilterError::BadValue(value.to_owned()))
        }
        if let Some(facet) = Facet::ALL.into_iter().find(|facet| facet.key() == key) {
            self.add_tags(facet, value)?;
            return Ok(true);
        }
        match key {
            "online" if value.is_empty() => self.online = None,
            "near" | "within" | "alarm" if value.is_empty() => {}
            "online" => {
                let online = Online::ALL.into_iter().find(|online| online.word() == value);
                self.online = required(online, value)?;
            }
            "near" => self.near = required(Point::parse(value), value)?,
            "within" => self.within = required(Distance::parse(value), value)?,
            "alarm" => self.alarm = required(Alarm::parse(value), value)?,
            "q" if value.chars().count() > MAX_TEXT => return Err(FilterError::TooMuch),
            "q" => *self = std::mem::take(self).with_text(value),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn add_tags(&mut self, facet: Facet, value: &str) -> Result<(), FilterError> {
        for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let path = TagPath::parse(name).ok_or_else(|| FilterError::BadValue(name.to_owned()))?;
            self.insert(facet, path);
            if self.tags.iter().map(Vec::len).sum::<usize>() > MAX_VALUES {
                return Err(FilterError::TooMuch);
            }
        }
        Ok(())
    }

    /// Returns whether an event is online if that is wanted, offline if that is, and within the distance of the point.
    /// Around a point, online events match only if they are wanted.
    #[must_use]
    pub fn place_matches(&self, event: &Event) -> bool {
        let is_wanted = match self.online {
            None | Some(Online::Include) => true,
            Some(Online::Only) => event.is_online(),
            Some(Online::Exclude) => !event.is_online(),
        };
        let Some((point, within)) = self.near() else { return is_wanted };
        let wants_online = matches!(self.online, Some(Online::Include | Online::Only));
        let is_close = |place| point.distance(place) <= f64::from(within.kilometres());
        is_wanted && (event.coordinates.is_some_and(is_close) || (wants_online && event.is_purely_online()))
    }
}

/// Returns the texts of an event that are searched, in lower case.
#[must_use]
pub fn searched(event: &Event) -> String {
    let contacts = [&event.organizer, &event.contact].into_iter().flatten().map(|contact| &*contact.name);
    let texts = [&event.location, &event.address, &event.cost].into_iter().flatten().map(|text| &**text);
    let tags = event.regions.iter().chain(&event.topics).map(|tag| &*tag.name);
    let all = std::iter::once(&*event.title).chain(texts).chain(contacts).chain(tags);
    let all: Vec<&str> = all.chain([&*event.description]).collect();
    all.join("\n").to_lowercase()
}

/// Returns whether a text of [`searched`] contains each word of a [`Filter::text`].
#[must_use]
pub fn has_words(searched: &str, words: &str) -> bool {
    words.split(' ').all(|word| searched.contains(word))
}

/// Formats the filter as in an address: `region=us/ny,us/nj;topic=support`.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        let mut key = |f: &mut fmt::Formatter<'_>, key: &str| {
            f.write_str(std::mem::replace(&mut between, ";"))?;
            f.write_str(key)?;
            f.write_str("=")
        };
        for facet in Facet::ALL {
            if let [first, others @ ..] = self.paths(facet) {
                key(f, facet.key())?;
                f.write_str(first.as_str())?;
                others
                    .iter()
                    .try_for_each(|path| f.write_str(",").and_then(|()| f.write_str(path.as_str())))?;
            }
        }
        if let Some((point, within)) = self.near() {
            key(f, "near")?;
            write!(f, "{point};within={within}")?;
        }
        if let Some(online) = self.online {
            key(f, "online")?;
            f.write_str(online.word())?;
        }
        if let Some(text) = self.text() {
            key(f, "q")?;
            write!(f, "{}", utf8_percent_encode(text, ESCAPED))?;
        }
        if let Some(alarm) = self.alarm {
            key(f, "alarm")?;
            write!(f, "{alarm}")?;
        }
        Ok(())
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
        filter.checked().unwrap()
    }

    #[test]
    fn equivalent_filters_are_equal() {
        let one = filter(&[("region", "US/NY,us/nj"), ("topic", "Support")]);
        let other = filter(&[("topic", "support,support"), ("region", "us/nj"), ("region", "us/ny")]);
        assert_eq!(one, other);
        assert_eq!(one.to_string(), "region=us/nj,us/ny;topic=support");
    }

    #[test]
    fn a_parent_absorbs_its_children() {
        assert_eq!(filter(&[("region", "us/ny,us,us/nj")]), filter(&[("region", "us")]));
    }

    #[test]
    fn equivalent_filters_around_a_point_are_equal() {
        let near = |pairs: &[(&str, &str)]| filter(pairs).to_string();
        assert_eq!(
            near(&[("within", "50mi"), ("near", "41.88,-87.63"), ("alarm", "24h")]),
            "near=41.9,-87.6;within=85km;alarm=1d"
        );
        assert_eq!(
            near(&[("near", "41.9,-87.6"), ("online", "include")]),
            "near=41.9,-87.6;within=50km;online=include"
        );
        assert_eq!(near(&[("online", "include")]), "");
        assert_eq!(near(&[("near", ""), ("within", ""), ("alarm", "")]), "");
        let mut alone = Filter::everything();
        assert_eq!(alone.add("within", "5km"), Ok(true));
        assert_eq!(alone.checked(), Err(FilterError::WithinNothing));
        assert_eq!(Filter::everything().add("near", "north"), Err(FilterError::BadValue("north".into())));
        assert_eq!(Filter::everything().add("alarm", "soon"), Err(FilterError::BadValue("soon".into())));
    }

    #[test]
    fn online_events_without_a_place_match_any_point() {
        use crate::model::event::{Coordinates, EventId};
        use crate::model::when::When;
        let day = jiff::civil::date(2026, 5, 12);
        let event = |place: Option<(f64, f64)>, link: Option<&str>| {
            let id = EventId::parse("a").unwrap();
            let mut event = Event::new(id, "A", When::Days { first: day, last: day });
            event.coordinates = place.map(|(latitude, longitude)| Coordinates { latitude, longitude });
            event.location = place.map(|_| "Hall".into());
            event.online_url = link.and_then(crate::link::Link::parse);
            event
        };
        let (here, far) = (event(Some((41.9, -87.63)), None), event(Some((39.8, -89.65)), None));
        let (afar, both) =
            (event(None, Some("https://e.org")), event(Some((41.9, -87.6)), Some("https://e.org")));
        let nowhere = event(None, None);
        let all = [&here, &far, &afar, &both, &nowhere];
        let found = |online: &str| -> Vec<bool> {
            let filter = filter(&[("near", "41.9,-87.6"), ("within", "80km"), ("online", online)]);
            all.iter().map(|event| filter.place_matches(event)).collect()
        };
        assert_eq!(found(""), [true, false, false, true, false]);
        assert_eq!(found("include"), [true, false, true, true, false]);
        assert_eq!(found("only"), [false, false, true, true, false]);
        assert_eq!(found("exclude"), [true, false, false, false, false]);
    }

    #[test]
    fn unknown_keys_and_values_are_different_errors() {
        let mut filter = Filter::everything();
        assert_eq!(filter.add("utm_source", "x"), Ok(false));
        assert_eq!(filter.add("online", "maybe"), Err(FilterError::BadValue("maybe".into())));
        assert_eq!(filter.add("region", "…"), Err(FilterError::BadValue("…".into())));
    }
}
