//! The address of every document of a site. Parsing and printing are inverse.
//!
//! It is part of the model because pages and feeds link to each other.

mod parse;

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::event::EventId;
use super::filter::{Filter, FilterError};
use super::month::Month;
use super::settings::Renames;
use super::tag::{Facet, TagPath};

/// Characters escaped in a segment (RFC 3986 §3.3), with `;` and `=`, at which some programs truncate addresses.
const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@').remove(b'!');

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
    /// All formats.
    pub const ALL: [FeedFormat; 3] = [FeedFormat::Rss, FeedFormat::Atom, FeedFormat::Json];

    /// Returns the name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            FeedFormat::Rss => "RSS",
            FeedFormat::Atom => "Atom",
            FeedFormat::Json => "JSON",
        }
    }

    /// Returns the file extension.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            FeedFormat::Rss => "rss",
            FeedFormat::Atom => "atom",
            FeedFormat::Json => "json",
        }
    }

    /// Returns the media type, with its charset.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            FeedFormat::Rss => "application/rss+xml; charset=utf-8",
            FeedFormat::Atom => "application/atom+xml; charset=utf-8",
            FeedFormat::Json => "application/feed+json; charset=utf-8",
        }
    }
}

/// One document of a site.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// The page of a filter's upcoming events.
    Agenda(Filter),
    /// The page of a filter's events in a month.
    Month(Filter, Month),
    /// The upcoming events of a filter in plain text, for newsletters.
    Text(Filter),
    /// The upcoming events of a filter on one printed page, for notice boards.
    Print(Filter),
    /// The upcoming events of a filter, for a frame on another site.
    Embed(Filter),
    /// The calendar of a filter.
    Calendar(Filter),
    /// The page that explains how to subscribe to the calendar of a filter.
    Subscribe(Filter),
    /// The feed of upcoming events.
    EventsFeed(FeedFormat),
    /// The feed of changes to the events of a region or topic and all below it, or to all events.
    ChangesFeed(Option<(Facet, TagPath)>, FeedFormat),
    /// The page of one event.
    Event(EventId),
    /// The calendar of one event.
    EventCalendar(EventId),
    /// The list of articles, all or of one topic.
    Articles(Option<TagPath>),
    /// The feed of articles, all or of one topic.
    ArticlesFeed(Option<TagPath>, FeedFormat),
    /// One article, by its slug.
    Article(String),
    /// A file beside the articles, by its path in their folder.
    Asset(String),
    /// The style sheet of all pages.
    Stylesheet,
    /// The script of all pages.
    Script,
    /// The script that fits the frame of [`Route::Embed`] to its content.
    EmbedScript,
    /// The name, colours and icon of the site (W3C Web Application Manifest).
    Manifest,
    /// The icon.
    Favicon,
    /// What robots may read (RFC 9309).
    Robots,
    /// All pages, for search engines.
    Sitemap,
}

/// Why an address is not a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// No document has such an address.
    Unknown,
    /// The address is not well-formed: bad escapes, control characters, too long a query.
    Malformed(&'static str),
    /// The filter cannot be parsed.
    Filter(FilterError),
    /// The document has another address: this one without its trailing slash.
    Moved(String),
}

impl From<FilterError> for RouteError {
    fn from(error: FilterError) -> RouteError {
        RouteError::Filter(error)
    }
}

/// The documents with a constant address.
pub const FILES: [Route; 7] = [
    Route::Stylesheet,
    Route::Script,
    Route::EmbedScript,
    Route::Manifest,
    Route::Favicon,
    Route::Robots,
    Route::Sitemap,
];

/// The media type of pages.
pub const HTML: &str = "text/html; charset=utf-8";
/// The media type of plain text.
pub const PLAIN: &str = "text/plain; charset=utf-8";

/// A view of a filter, with addresses such as `/print`, `/print/regions/usa` and `/print/region=usa;topic=support`.
pub struct View {
    /// The first segment of its addresses.
    pub folder: &'static str,
    /// The file extension with its dot; empty for pages.
    pub extension: &'static str,
    /// The media type, with its charset.
    pub media_type: &'static str,
    route: fn(Filter) -> Route,
}

const SUBSCRIBE: View =
    View { folder: "subscribe", extension: "", media_type: HTML, route: Route::Subscribe };
const PRINT: View = View { folder: "print", extension: "", media_type: HTML, route: Route::Print };
const EMBED: View = View { folder: "embed", extension: "", media_type: HTML, route: Route::Embed };
const TEXT: View = View { folder: "agenda", extension: ".txt", media_type: PLAIN, route: Route::Text };

/// All views but [`Route::Agenda`] and [`Route::Calendar`], which have the address of their filter.
pub const VIEWS: [View; 4] = [SUBSCRIBE, PRINT, EMBED, TEXT];

/// Returns a media type without its parameters.
#[must_use]
pub fn essence(media_type: &str) -> &str {
    media_type.split_once(';').map_or(media_type, |(essence, _)| essence)
}

/// Returns whether addresses with a file extension are requested by programs, not by people who read pages.
#[must_use]
pub fn is_for_programs(extension: &str) -> bool {
    FeedFormat::ALL.iter().any(|format| format.extension() == extension)
        || VIEWS.iter().any(|view| view.extension.strip_prefix('.') == Some(extension))
        || ["ics", "xml", "css", "js", "svg", "png", "ico"].contains(&extension)
}

impl View {
    fn write(&self, filter: &Filter, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let View { folder, extension, .. } = self;
        match filter.single_tag() {
            _ if *filter == Filter::everything() => write!(f, "/{folder}{extension}"),
            Some((facet, path)) => write!(f, "/{folder}/{}/{path}{extension}", facet.folder()),
            None => write!(f, "/{folder}/{filter}{extension}"),
        }
    }
}

/// Prints the address: a percent-encoded path and query that [`Route::parse`] parses.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Route::Agenda(filter) => write_agenda(filter, f),
            Route::Month(filter, month) => {
                write_agenda(filter, f)?;
                write!(f, "?month={month}")
            }
            Route::Text(filter) => TEXT.write(filter, f),
            Route::Print(filter) => PRINT.write(filter, f),
            Route::Embed(filter) => EMBED.write(filter, f),
            Route::Calendar(filter) if *filter == Filter::everything() => f.write_str("/calendar.ics"),
            Route::Calendar(filter) => {
                write_agenda(filter, f)?;
                f.write_str(".ics")
            }
            Route::Subscribe(filter) => SUBSCRIBE.write(filter, f),
            Route::EventsFeed(format) => write!(f, "/events.{}", format.extension()),
            Route::ChangesFeed(None, format) => write!(f, "/changes.{}", format.extension()),
            Route::ChangesFeed(Some((facet, path)), format) => {
                write!(f, "/{}/{path}/changes.{}", facet.folder(), format.extension())
            }
            Route::Event(id) => write!(f, "/events/{}", event_segment(id)),
            Route::EventCalendar(id) => write!(f, "/events/{}.ics", event_segment(id)),
            Route::Articles(None) => f.write_str("/articles"),
            Route::Articles(Some(topic)) => write!(f, "/topics/{topic}/articles"),
            Route::ArticlesFeed(None, format) => write!(f, "/articles.{}", format.extension()),
            Route::ArticlesFeed(Some(topic), format) => {
                write!(f, "/topics/{topic}/articles.{}", format.extension())
            }
            Route::Article(slug) => write!(f, "/articles/{slug}"),
            Route::Asset(path) => {
                f.write_str("/articles")?;
                path.split('/')
                    .try_for_each(|segment| write!(f, "/{}", utf8_percent_encode(segment, SEGMENT)))
            }
            Route::Stylesheet => f.write_str("/style.css"),
            Route::Script => f.write_str("/calcast.js"),
            Route::EmbedScript => f.write_str("/embed.js"),
            Route::Manifest => f.write_str("/site.webmanifest"),
            Route::Favicon => f.write_str("/favicon.ico"),
            Route::Robots => f.write_str("/robots.txt"),
            Route::Sitemap => f.write_str("/sitemap.xml"),
        }
    }
}

impl Route {
    /// Returns all views of a filter, without the pages of months.
    pub fn views(filter: &Filter) -> impl Iterator<Item = Route> + use<> {
        let filter = filter.clone();
        let views = VIEWS.map(|view| view.route);
        [Route::Agenda, Route::Calendar].into_iter().chain(views).map(move |view| view(filter.clone()))
    }

    /// Returns the filter or tag of a route.
    fn selection(&mut self) -> Selection<'_> {
        match self {
            Route::Agenda(filter)
            | Route::Month(filter, _)
            | Route::Text(filter)
            | Route::Print(filter)
            | Route::Embed(filter)
            | Route::Calendar(filter)
            | Route::Subscribe(filter) => Selection::Filter(filter),
            Route::ChangesFeed(Some((facet, path)), _) => Selection::Tag(*facet, path),
            Route::Articles(Some(topic)) | Route::ArticlesFeed(Some(topic), _) => {
                Selection::Tag(Facet::Topic, topic)
            }
            Route::ChangesFeed(None, _)
            | Route::Articles(None)
            | Route::ArticlesFeed(None, _)
            | Route::EventsFeed(_)
            | Route::Event(_)
            | Route::EventCalendar(_)
            | Route::Article(_)
            | Route::Asset(_)
            | Route::Stylesheet
            | Route::Script
            | Route::EmbedScript
            | Route::Manifest
            | Route::Favicon
            | Route::Robots
            | Route::Sitemap => Selection::Nothing,
        }
    }

    /// Returns the route with the current names of its regions and topics, or none if they are current.
    #[must_use]
    pub fn renamed(&self, renames: &Renames) -> Option<Route> {
        let mut route = self.clone();
        match route.selection() {
            Selection::Filter(filter) => *filter = filter.renamed(renames)?,
            Selection::Tag(facet, path) => *path = renames.now(facet, path)?,
            Selection::Nothing => return None,
        }
        Some(route)
    }

    /// Returns the filter of a route that has one.
    #[must_use]
    pub fn filter(&self) -> Option<Filter> {
        match self.clone().selection() {
            Selection::Filter(filter) => Some(filter.clone()),
            Selection::Tag(..) | Selection::Nothing => None,
        }
    }
}

/// What selects the content of a document.
enum Selection<'r> {
    Filter(&'r mut Filter),
    Tag(Facet, &'r mut TagPath),
    Nothing,
}

/// Writes the address of [`Route::Agenda`].
fn write_agenda(filter: &Filter, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match filter.single_tag() {
        _ if *filter == Filter::everything() => f.write_str("/"),
        Some((facet, path)) => write!(f, "/{}/{path}", facet.folder()),
        None => write!(f, "/f/{filter}"),
    }
}

/// Escapes an id. An id that ends in `.ics` gets its dot escaped, or its page would have the address of a calendar.
fn event_segment(id: &EventId) -> String {
    let segment = utf8_percent_encode(id.as_str(), SEGMENT).to_string();
    match segment.strip_suffix(".ics") {
        Some(stem) => format!("{stem}%2Eics"),
        None => segment,
    }
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
    fn other_addresses_are_errors() {
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
        fn printed_routes_parse_back(id in "[^\\p{Cc}]{1,40}", words in "\\PC{0,20}", region in "[A-Za-zé]{1,9}(/[a-z]{1,9}){0,3}") {
            let filter = TagPath::parse(&region)
                .map(|path| Filter::tag(Facet::Region, path))
                .unwrap_or_default()
                .with_text(&words);
            let mut routes: Vec<Route> = Route::views(&filter).collect();
            routes.extend_from_slice(&FILES);
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
