//! Every address of a site: parse and print are inverse. It stands in the model because pages and feeds
//! link to each other, so what renders must know addresses; it needs nothing but the model's own types.

mod print;

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use self::print::VIEWS;
pub use self::print::{agenda_address, calendar_address};
use super::event::EventId;
use super::filter::{Filter, FilterError};
use super::month::Month;
use super::settings::Renames;
use super::tag::{Facet, TagPath};
use crate::slug::slug;

/// The most segments of a path.
const MOST_SEGMENTS: usize = 16;
/// The most parameters of a query.
const MOST_PARAMETERS: usize = 64;
/// The longest value of a query, in bytes.
const LONGEST_VALUE: usize = 1 << 10;

/// The format of a feed that is not a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeedFormat {
    /// RSS 2.0.
    Rss,
    /// Atom 1.0 (RFC 4287).
    Atom,
    /// JSON Feed 1.1.
    Json,
}

impl FeedFormat {
    /// All of them.
    pub const ALL: [FeedFormat; 3] = [FeedFormat::Rss, FeedFormat::Atom, FeedFormat::Json];

    /// The ending of its addresses.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            FeedFormat::Rss => "rss",
            FeedFormat::Atom => "atom",
            FeedFormat::Json => "json",
        }
    }

    /// Its media type, without parameters.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            FeedFormat::Rss => "application/rss+xml",
            FeedFormat::Atom => "application/atom+xml",
            FeedFormat::Json => "application/feed+json",
        }
    }
}

/// One document of a site. What speaks of the process (`/healthz`) is not one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// The page of the events that a filter wants.
    Agenda(Filter),
    /// The same page for a month instead of what is to come.
    Month(Filter, Month),
    /// The events to come in plain text, for newsletters.
    Text(Filter),
    /// The same on one sheet in large type, for a notice board.
    Print(Filter),
    /// The same for a frame on another website.
    Embed(Filter),
    /// The calendar of the same events.
    Calendar(Filter),
    /// How to subscribe to it.
    Subscribe(Filter),
    /// The upcoming events as a feed.
    EventsFeed(FeedFormat),
    /// What happened to the events of a region or topic and all below it, or to all.
    ChangesFeed(Option<(Facet, TagPath)>, FeedFormat),
    /// The page of one event.
    Event(EventId),
    /// One event as a calendar.
    EventCalendar(EventId),
    /// The list of articles, all or of one topic.
    Articles(Option<TagPath>),
    /// The same as a feed.
    ArticlesFeed(Option<TagPath>, FeedFormat),
    /// One article, by its slug.
    Article(String),
    /// A file beside the articles, by its path below their folder.
    Asset(String),
    /// The style sheet of all pages.
    Stylesheet,
    /// What makes pages more comfortable where scripts run.
    Script,
    /// What fits the frame of [`Route::Embed`] to its content on another website.
    EmbedScript,
    /// The name and colours of the site, for phones that keep it (W3C Web Application Manifest).
    Manifest,
    /// The icon.
    Favicon,
    /// What robots may read: everything.
    Robots,
    /// All pages, for search engines.
    Sitemap,
}

/// Why an address is no route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// No document has such an address.
    Unknown,
    /// The address is not well-formed: bad escapes, control characters, too long a query.
    Malformed(&'static str),
    /// The filter in it cannot be understood.
    Filter(FilterError),
    /// The document is at another address: one without the slash at its end.
    Moved(String),
}

impl From<FilterError> for RouteError {
    fn from(error: FilterError) -> RouteError {
        RouteError::Filter(error)
    }
}

impl Route {
    /// The route of a request target's path and query, both still percent-encoded.
    ///
    /// # Errors
    /// When there is none.
    pub fn parse(path: &str, query: Option<&str>) -> Result<Route, RouteError> {
        match Route::parse_path(path, query)? {
            Route::Agenda(filter) => Ok(match month(query)? {
                Some(month) => Route::Month(filter, month),
                None => Route::Agenda(filter),
            }),
            route => Ok(route),
        }
    }

    fn parse_path(path: &str, query: Option<&str>) -> Result<Route, RouteError> {
        let rest =
            path.strip_prefix('/').ok_or(RouteError::Malformed("the path does not begin with a slash"))?;
        if rest.is_empty() {
            return Ok(Route::Agenda(query_filter(query)?));
        }
        if rest.bytes().filter(|byte| *byte == b'/').count() >= MOST_SEGMENTS {
            return Err(RouteError::Unknown);
        }
        let whole = decode(rest)?;
        if let Some(without) = rest.strip_suffix('/') {
            let route = Route::parse(&format!("/{without}"), None)?;
            return Err(RouteError::Moved(route.to_string()));
        }
        match rest.split_once('/') {
            Some((folder, below)) => Route::parse_below(folder, below),
            None => Route::parse_alone(&whole, query),
        }
    }

    /// The route of a path of one segment.
    fn parse_alone(name: &str, query: Option<&str>) -> Result<Route, RouteError> {
        Ok(match name {
            "calendar.ics" => Route::Calendar(query_filter(query)?),
            "articles" => Route::Articles(None),
            "style.css" => Route::Stylesheet,
            "calcast.js" => Route::Script,
            "embed.js" => Route::EmbedScript,
            "site.webmanifest" => Route::Manifest,
            "favicon.ico" => Route::Favicon,
            "robots.txt" => Route::Robots,
            "sitemap.xml" => Route::Sitemap,
            _ => {
                if let Some(view) = VIEWS.iter().find(|view| view.stem(name) == Some("")) {
                    (view.route)(query_filter(query)?)
                } else if let Some(format) = feed(name, "events") {
                    Route::EventsFeed(format)
                } else if let Some(format) = feed(name, "articles") {
                    Route::ArticlesFeed(None, format)
                } else {
                    Route::ChangesFeed(None, feed(name, "changes").ok_or(RouteError::Unknown)?)
                }
            }
        })
    }

    fn parse_below(folder: &str, below: &str) -> Result<Route, RouteError> {
        match folder {
            "events" => match below.strip_suffix(".ics") {
                Some(id) => Ok(Route::EventCalendar(event_id(id)?)),
                None => Ok(Route::Event(event_id(below)?)),
            },
            "articles" => {
                let below = decode(below)?.into_owned();
                let is_slug = slug(&below) == below;
                Ok(if is_slug { Route::Article(below) } else { Route::Asset(asset_path(below)?) })
            }
            "f" => match below.strip_suffix(".ics") {
                Some(filter) => Ok(Route::Calendar(path_filter(filter)?)),
                None => Ok(Route::Agenda(path_filter(below)?)),
            },
            "regions" | "topics" => Route::parse_tag(folder, below),
            _ => {
                let view = VIEWS.iter().find(|view| view.folder == folder).ok_or(RouteError::Unknown)?;
                let below = below.strip_suffix(view.ending).ok_or(RouteError::Unknown)?;
                let filter = match below.split_once('/') {
                    Some((folder @ ("regions" | "topics"), path)) => tag_filter(folder, path)?,
                    _ => Some(path_filter(below)?),
                };
                filter.map(view.route).ok_or(RouteError::Unknown)
            }
        }
    }

    fn parse_tag(folder: &str, below: &str) -> Result<Route, RouteError> {
        let facet =
            Facet::ALL.into_iter().find(|facet| facet.folder() == folder).ok_or(RouteError::Unknown)?;
        if let Some((path, file)) = below.rsplit_once('/')
            && let Some(format) = feed(file, "changes")
        {
            let path = TagPath::parse(&decode(path)?).ok_or(RouteError::Unknown)?;
            return Ok(Route::ChangesFeed(Some((facet, path)), format));
        }
        if folder == Facet::Topic.folder()
            && let Some((topic, file)) = below.rsplit_once('/')
        {
            let topic = || decode(topic).map(|topic| TagPath::parse(&topic));
            if let Some(format) = feed(file, "articles") {
                return Ok(Route::ArticlesFeed(Some(topic()?.ok_or(RouteError::Unknown)?), format));
            }
            if file == "articles" {
                return Ok(Route::Articles(Some(topic()?.ok_or(RouteError::Unknown)?)));
            }
        }
        let (path, is_calendar) = match below.strip_suffix(".ics") {
            Some(path) => (path, true),
            None => (below, false),
        };
        let filter = tag_filter(folder, path)?.ok_or(RouteError::Unknown)?;
        Ok(if is_calendar { Route::Calendar(filter) } else { Route::Agenda(filter) })
    }

    /// The same with each region and topic under the name it has now; `None` when all keep theirs.
    #[must_use]
    pub fn renamed(&self, renames: &Renames) -> Option<Route> {
        let filter = |filter: &Filter| filter.renamed(renames);
        let topic = |path: &TagPath| renames.now(Facet::Topic, path);
        Some(match self {
            Route::Agenda(old) => Route::Agenda(filter(old)?),
            Route::Calendar(old) => Route::Calendar(filter(old)?),
            Route::Subscribe(old) => Route::Subscribe(filter(old)?),
            Route::Month(old, month) => Route::Month(filter(old)?, *month),
            Route::Text(old) => Route::Text(filter(old)?),
            Route::Print(old) => Route::Print(filter(old)?),
            Route::Embed(old) => Route::Embed(filter(old)?),
            Route::ChangesFeed(Some((facet, path)), format) => {
                Route::ChangesFeed(Some((*facet, renames.now(*facet, path)?)), *format)
            }
            Route::Articles(Some(path)) => Route::Articles(Some(topic(path)?)),
            Route::ArticlesFeed(Some(path), format) => Route::ArticlesFeed(Some(topic(path)?), *format),
            _ => return None,
        })
    }

    /// Whether programs look at it again and again for what is new.
    #[must_use]
    pub fn is_feed(&self) -> bool {
        matches!(
            self,
            Route::Calendar(_) | Route::EventsFeed(_) | Route::ChangesFeed(..) | Route::ArticlesFeed(..)
        )
    }

    /// Whether people look at it, each in a language of their own.
    #[must_use]
    pub fn is_page(&self) -> bool {
        matches!(
            self,
            Route::Agenda(_)
                | Route::Month(..)
                | Route::Print(_)
                | Route::Embed(_)
                | Route::Subscribe(_)
                | Route::Event(_)
                | Route::Articles(_)
                | Route::Article(_)
        )
    }

    /// The filter of a route that has one.
    #[must_use]
    pub fn filter(&self) -> Option<&Filter> {
        match self {
            Route::Agenda(filter)
            | Route::Month(filter, _)
            | Route::Text(filter)
            | Route::Print(filter)
            | Route::Embed(filter)
            | Route::Calendar(filter)
            | Route::Subscribe(filter) => Some(filter),
            _ => None,
        }
    }
}

fn decode(text: &str) -> Result<Cow<'_, str>, RouteError> {
    if text.bytes().fold(true, |all, byte| all & byte.is_ascii_graphic() & (byte != b'%')) {
        return Ok(Cow::Borrowed(text));
    }
    let decoded =
        percent_decode_str(text).decode_utf8().map_err(|_| RouteError::Malformed("the path is not UTF-8"))?;
    if decoded.chars().any(char::is_control) {
        return Err(RouteError::Malformed("the path holds control characters"));
    }
    Ok(decoded)
}

fn feed(file: &str, name: &str) -> Option<FeedFormat> {
    let ending = file.strip_prefix(name)?.strip_prefix('.')?;
    FeedFormat::ALL.into_iter().find(|format| format.ending() == ending)
}

fn event_id(segment: &str) -> Result<EventId, RouteError> {
    if segment.contains('/') {
        return Err(RouteError::Unknown);
    }
    EventId::parse(&decode(segment)?).ok_or(RouteError::Unknown)
}

fn asset_path(path: String) -> Result<String, RouteError> {
    let good = path.split('/').all(|segment| !matches!(segment, "" | "." | "..")) && !path.contains('\\');
    if good { Ok(path) } else { Err(RouteError::Unknown) }
}

fn tag_filter(folder: &str, path: &str) -> Result<Option<Filter>, RouteError> {
    let facet = Facet::ALL.into_iter().find(|facet| facet.folder() == folder);
    let path = TagPath::parse(&decode(path)?);
    Ok(facet.zip(path).map(|(facet, path)| Filter::tag(facet, path)))
}

/// `region=us/ny,us/nj;topic=support`; here a key that is none of ours is a mistake.
fn path_filter(text: &str) -> Result<Filter, RouteError> {
    let mut filter = Filter::everything();
    for part in text.split(';').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let key = decode(key)?;
        if !filter.add(&key, &decode(value)?)? {
            return Err(FilterError::UnknownKey(key.into_owned()).into());
        }
    }
    Ok(filter.checked()?)
}

/// `?region=us/ny&topic=support`, as a form sends it; keys that are none of ours are ignored.
fn query_filter(query: Option<&str>) -> Result<Filter, RouteError> {
    let mut filter = Filter::everything();
    let all: Vec<&str> = query.unwrap_or_default().split('&').filter(|part| !part.is_empty()).collect();
    if all.len() > MOST_PARAMETERS {
        return Err(RouteError::Malformed("the query has too many parameters"));
    }
    for part in all {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        if value.len() > LONGEST_VALUE {
            return Err(RouteError::Malformed("a value of the query is too long"));
        }
        let value = value.replace('+', " ");
        filter.add(&decode(key)?, &decode(&value)?)?;
    }
    Ok(filter.checked()?)
}

/// `?month=2026-12`, beside whatever else is asked.
fn month(query: Option<&str>) -> Result<Option<Month>, RouteError> {
    let mut values =
        query.into_iter().flat_map(|query| query.split('&')).filter_map(|part| part.strip_prefix("month="));
    let Some(value) = values.next().filter(|value| !value.is_empty()) else { return Ok(None) };
    Month::parse(value)
        .map(Some)
        .ok_or_else(|| FilterError::BadValue(decode(value).unwrap_or_default().into_owned()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(address: &str) -> Result<Route, RouteError> {
        let (path, query) = address.split_once('?').map_or((address, None), |(p, q)| (p, Some(q)));
        Route::parse(path, query)
    }

    #[test]
    fn one_document_has_one_address() {
        for (address, canonical) in [
            ("/?utm_source=x", "/"),
            ("/calendar.ics?topic=Support&region=us/ny", "/f/region=us/ny;topic=support.ics"),
            ("/calendar.ics?region=USA/New+York", "/regions/usa/new-york.ics"),
            ("/f/region=usa/illinois.ics", "/regions/usa/illinois.ics"),
            ("/f/topic=support;region=us/ny,us/nj.ics", "/f/region=us/nj,us/ny;topic=support.ics"),
            ("/topics/genetics/articles.rss", "/topics/genetics/articles.rss"),
            ("/regions/USA/Illinois/changes.atom", "/regions/usa/illinois/changes.atom"),
            ("/changes.json", "/changes.json"),
            ("/subscribe/topic=genetics", "/subscribe/topics/genetics"),
            ("/print/topics/genetics", "/print/topics/genetics"),
            ("/print?region=USA", "/print/regions/usa"),
            ("/embed/region=us/ny;topic=support", "/embed/region=us/ny;topic=support"),
            ("/agenda.txt?topic=support", "/agenda/topics/support.txt"),
            ("/agenda/region=us;q=a%2Etxt.txt", "/agenda/region=us;q=a.txt.txt"),
            ("/?month=2026-12&utm_source=x", "/?month=2026-12"),
            ("/regions/usa?month=2026-12", "/regions/usa?month=2026-12"),
            ("/?within=50mi&near=41.88,-87.63", "/f/near=41.9,-87.6;within=85km"),
            ("/articles/neck.svg?v=1", "/articles/neck.svg"),
            ("/events/ev00001.ics", "/events/ev00001.ics"),
            ("/articles/eyes-on-me", "/articles/eyes-on-me"),
            ("/articles/neck%20pain.svg", "/articles/neck%20pain.svg"),
        ] {
            assert_eq!(parsed(address).unwrap().to_string(), canonical, "{address}");
        }
    }

    #[test]
    fn what_is_no_address_is_said_so() {
        assert_eq!(parsed("/nothing"), Err(RouteError::Unknown));
        for address in ["/agenda", "/agenda/topics/support", "/embedded", "/subscribed"] {
            assert!(matches!(parsed(address), Err(RouteError::Unknown | RouteError::Moved(_))), "{address}");
        }
        assert_eq!(parsed("/?month=May"), Err(RouteError::Filter(FilterError::BadValue("May".into()))));
        assert_eq!(parsed("/calendar.ics?within=5km"), Err(RouteError::Filter(FilterError::WithinNothing)));
        assert_eq!(
            parsed("/f/colour=red.ics"),
            Err(RouteError::Filter(FilterError::UnknownKey("colour".into())))
        );
        assert!(matches!(parsed("/events/%00"), Err(RouteError::Malformed(_))));
        assert!(matches!(parsed("/events/%ff"), Err(RouteError::Malformed(_))));
        assert!(matches!(parsed(&format!("/?x={}", "y".repeat(1_025))), Err(RouteError::Malformed(_))));
        assert_eq!(parsed("/articles/%2e%2e/calcast.toml"), Err(RouteError::Unknown));
        assert_eq!(parsed("/articles/"), Err(RouteError::Moved("/articles".into())));
    }

    proptest! {
        #[test]
        fn parse_undoes_print(id in "[^\\p{Cc}]{1,40}", words in "\\PC{0,20}", region in "[A-Za-zé]{1,9}(/[a-z]{1,9}){0,3}") {
            let filter = TagPath::parse(&region)
                .map(|path| Filter::tag(Facet::Region, path))
                .unwrap_or_default()
                .with_text(&words);
            let mut routes = vec![Route::Agenda(filter.clone()), Route::Calendar(filter.clone()), Route::Subscribe(filter.clone())];
            routes.extend([Route::Text, Route::Print, Route::Embed].map(|view| view(filter.clone())));
            routes.push(Route::Month(filter, Month::parse("2026-12").unwrap()));
            if let Some(id) = EventId::parse(&id) {
                routes.push(Route::Event(id.clone()));
                routes.push(Route::EventCalendar(id));
            }
            for route in routes {
                prop_assert_eq!(parsed(&route.to_string()), Ok(route.clone()));
            }
        }
    }
}
