//! Which events somebody wants: OR inside a key, AND between keys. Equal filters are equal values, hence
//! one address, one document, one entity tag.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::alarm::Alarm;
use super::event::Event;
use super::geo::{Distance, Point};
use super::settings::Renames;
use super::tag::{Facet, TagPath};

/// The most values over all keys.
pub const MOST_VALUES: usize = 256;
/// The longest text to search for, in characters.
pub const LONGEST_TEXT: usize = 100;

/// The keys there are, for whoever wrote another.
const KEYS: &str = "region, topic, near with within, online, q and alarm";
/// RFC 3986's unreserved characters stay; all others are escaped.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Whether events that one joins from afar are wanted; without it they are among the others, but around a point
/// there are only those that have a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Online {
    /// Those too, wherever one is: said only around a point.
    Include,
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
    near: Option<Point>,
    within: Option<Distance>,
    online: Option<Online>,
    text: Option<String>,
    alarm: Option<Alarm>,
}

/// Why a filter cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterError {
    /// A key that is none of ours, in an address that holds nothing but keys.
    UnknownKey(String),
    /// A value that its key cannot have.
    BadValue(String),
    /// A distance without the point that it is from.
    WithinNothing,
    /// More values than [`MOST_VALUES`], or a text longer than [`LONGEST_TEXT`].
    TooMuch,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FilterError::UnknownKey(key) => {
                write!(f, "there is no filter \"{key}\"; the filters are {KEYS}")
            }
            FilterError::BadValue(value) => write!(f, "\"{value}\" is not a value of that filter"),
            FilterError::WithinNothing => {
                f.write_str("a distance needs the point that it is from, such as near=41.9,-87.6")
            }
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
        self.join(facet, path);
        self
    }

    fn join(&mut self, facet: Facet, path: TagPath) {
        let paths = self.paths_mut(facet);
        if paths.iter().any(|known| known.includes(&path)) {
            return;
        }
        paths.retain(|known| !path.includes(known));
        let place = paths.partition_point(|known| *known < path);
        paths.insert(place, path);
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

    /// The same around a point, or wherever.
    #[must_use]
    pub fn with_near(mut self, near: Option<(Point, Distance)>) -> Filter {
        (self.near, self.within) = near.unzip();
        self.whole()
    }

    /// The same with a reminder before each event, or without.
    #[must_use]
    pub fn with_alarm(mut self, alarm: Option<Alarm>) -> Filter {
        self.alarm = alarm;
        self
    }

    /// What was added key by key, as the one value that it is.
    ///
    /// # Errors
    /// When a distance has no point.
    pub fn checked(self) -> Result<Filter, FilterError> {
        if self.within.is_some() && self.near.is_none() {
            return Err(FilterError::WithinNothing);
        }
        Ok(self.whole())
    }

    fn whole(mut self) -> Filter {
        if self.near.is_some() {
            self.within.get_or_insert_default();
        } else {
            // Without a point those online are among the others.
            self.online = self.online.filter(|online| *online != Online::Include);
        }
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

    /// The point around which events are wanted, and how far from it.
    #[must_use]
    pub fn near(&self) -> Option<(Point, Distance)> {
        self.near.zip(self.within)
    }

    /// How long before each event its calendar rings. Which events are wanted does not depend on it.
    #[must_use]
    pub fn alarm(&self) -> Option<Alarm> {
        self.alarm
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
            Filter { regions, topics, near: None, within: None, online: None, text: None, alarm: None } => {
                match (&regions[..], &topics[..]) {
                    ([path], []) => Some((Facet::Region, path)),
                    ([], [path]) => Some((Facet::Topic, path)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Adds one `key=value` of an address; the value is decoded, commas separate several. `false` when the
    /// key is none of ours.
    ///
    /// # Errors
    /// When the value cannot be one of that key, or the filter grows too long.
    pub fn add(&mut self, key: &str, value: &str) -> Result<bool, FilterError> {
        if let Some(facet) = Facet::ALL.into_iter().find(|facet| facet.key() == key) {
            self.add_tags(facet, value)?;
            return Ok(true);
        }
        match key {
            "online" => {
                self.online = match value {
                    "only" => Some(Online::Only),
                    "exclude" => Some(Online::Exclude),
                    "include" => Some(Online::Include),
                    "" => None,
                    _ => return Err(FilterError::BadValue(value.to_owned())),
                }
            }
            "near" | "within" | "alarm" if value.is_empty() => {}
            "near" => self.near = Some(some(Point::parse(value), value)?),
            "within" => self.within = Some(some(Distance::parse(value), value)?),
            "alarm" => self.alarm = Some(some(Alarm::parse(value), value)?),
            "q" if value.chars().count() > LONGEST_TEXT => return Err(FilterError::TooMuch),
            "q" => *self = std::mem::take(self).with_text(value),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn add_tags(&mut self, facet: Facet, value: &str) -> Result<(), FilterError> {
        for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let path = TagPath::parse(name).ok_or_else(|| FilterError::BadValue(name.to_owned()))?;
            self.join(facet, path);
            if self.regions.len() + self.topics.len() > MOST_VALUES {
                return Err(FilterError::TooMuch);
            }
        }
        Ok(())
    }

    /// Whether an event is wanted.
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        let any = |wanted: &[TagPath], tags: &[super::tag::Tag]| {
            wanted.is_empty() || tags.iter().any(|tag| wanted.iter().any(|path| path.includes(&tag.path)))
        };
        any(&self.regions, &event.regions)
            && any(&self.topics, &event.topics)
            && self.online_matches(event)
            && self.near_matches(event)
            && self.text.as_ref().is_none_or(|words| has_words(&searched(event), words))
    }

    fn online_matches(&self, event: &Event) -> bool {
        match self.online {
            None | Some(Online::Include) => true,
            Some(Online::Only) => event.is_online(),
            Some(Online::Exclude) => !event.is_online(),
        }
    }

    /// Whether an event is around the point. What has no place is near everybody who asked for it.
    #[must_use]
    pub fn near_matches(&self, event: &Event) -> bool {
        let Some((point, within)) = self.near() else { return true };
        let wants_online = matches!(self.online, Some(Online::Include | Online::Only));
        let is_close = |place| point.distance(place) <= f64::from(within.kilometres());
        event.coordinates.is_some_and(is_close) || (wants_online && event.is_purely_online())
    }
}

fn some<T>(value: Option<T>, text: &str) -> Result<T, FilterError> {
    value.ok_or_else(|| FilterError::BadValue(text.to_owned()))
}

/// What of an event is searched for words: its texts in lower case.
#[must_use]
pub fn searched(event: &Event) -> String {
    let mut haystack = event.title.to_lowercase();
    let places = [&event.location, &event.address, &event.cost].into_iter().flatten();
    let parties = [&event.organizer, &event.contact].into_iter().flatten().map(|party| party.name.as_str());
    let tags = event.regions.iter().chain(&event.topics).map(|tag| &*tag.name);
    let rest = places.map(|text| &**text).chain(parties).chain(tags).chain([&*event.description]);
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
        self.write(f)
    }
}

impl Filter {
    /// Writes it as it stands in an address.
    pub(super) fn write<W: fmt::Write>(&self, f: &mut W) -> fmt::Result {
        let mut gap = "";
        let mut key = |f: &mut W, key| {
            f.write_str(gap)?;
            gap = ";";
            f.write_str(key)
        };
        for facet in Facet::ALL {
            for (number, path) in self.paths(facet).iter().enumerate() {
                match number {
                    0 => key(f, facet.key()).and_then(|()| f.write_str("="))?,
                    _ => f.write_str(",")?,
                }
                f.write_str(path.as_str())?;
            }
        }
        if let Some((point, within)) = self.near() {
            key(f, "near=")?;
            write!(f, "{point};within={within}")?;
        }
        match self.online {
            Some(Online::Include) => key(f, "online=include")?,
            Some(Online::Only) => key(f, "online=only")?,
            Some(Online::Exclude) => key(f, "online=exclude")?,
            None => {}
        }
        if let Some(text) = &self.text {
            key(f, "q=")?;
            write!(f, "{}", utf8_percent_encode(text, ESCAPED))?;
        }
        if let Some(alarm) = self.alarm {
            key(f, "alarm=")?;
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
    fn around_a_point_equal_filters_are_one_value() {
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
    fn what_has_no_place_is_near_whoever_asks_for_it() {
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
            all.iter().map(|event| filter.matches(event)).collect()
        };
        assert_eq!(found(""), [true, false, false, true, false]);
        assert_eq!(found("include"), [true, false, true, true, false]);
        assert_eq!(found("only"), [false, false, true, true, false]);
        assert_eq!(found("exclude"), [true, false, false, false, false]);
    }

    #[test]
    fn unknown_keys_and_values_are_told_apart() {
        let mut filter = Filter::everything();
        assert_eq!(filter.add("utm_source", "x"), Ok(false));
        assert_eq!(filter.add("online", "maybe"), Err(FilterError::BadValue("maybe".into())));
        assert_eq!(filter.add("region", "…"), Err(FilterError::BadValue("…".into())));
    }
}
