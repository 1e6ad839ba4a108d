//! The print of a route: an address that [`Route::parse`] takes back.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Route;
use crate::model::event::EventId;
use crate::model::filter::Filter;

/// RFC 3986 §3.3: what a segment may hold as it is, but without `;` and `=` which some programs cut at.
const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@').remove(b'!');

/// More bytes than most addresses have.
const USUAL: usize = 160;

/// The address: a path, percent-encoded, that [`Route::parse`] takes back.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Route::Agenda(filter) => write_agenda(filter, f),
            Route::Month(filter, month) => {
                write_agenda(filter, f)?;
                write!(f, "?month={month}")
            }
            Route::Text(filter) => VIEWS[1].write(filter, f),
            Route::Print(filter) => VIEWS[2].write(filter, f),
            Route::Embed(filter) => VIEWS[3].write(filter, f),
            Route::Calendar(filter) => f.write_str(&calendar_address(&agenda_address(filter))),
            Route::Subscribe(filter) => VIEWS[0].write(filter, f),
            Route::EventsFeed(format) => write!(f, "/events.{}", format.ending()),
            Route::ChangesFeed(None, format) => write!(f, "/changes.{}", format.ending()),
            Route::ChangesFeed(Some((facet, path)), format) => {
                write!(f, "/{}/{path}/changes.{}", facet.folder(), format.ending())
            }
            Route::Event(id) => write!(f, "/events/{}", event_segment(id)),
            Route::EventCalendar(id) => write!(f, "/events/{}.ics", event_segment(id)),
            Route::Articles(None) => f.write_str("/articles"),
            Route::Articles(Some(topic)) => write!(f, "/topics/{topic}/articles"),
            Route::ArticlesFeed(None, format) => write!(f, "/articles.{}", format.ending()),
            Route::ArticlesFeed(Some(topic), format) => {
                write!(f, "/topics/{topic}/articles.{}", format.ending())
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

/// A way to look at what a filter wants, with addresses of its own: `/print`, `/print/regions/usa`,
/// `/print/region=usa;topic=support`.
pub(super) struct View {
    pub folder: &'static str,
    pub ending: &'static str,
    pub route: fn(Filter) -> Route,
}

pub(super) const VIEWS: [View; 4] = [
    View { folder: "subscribe", ending: "", route: Route::Subscribe },
    View { folder: "agenda", ending: ".txt", route: Route::Text },
    View { folder: "print", ending: "", route: Route::Print },
    View { folder: "embed", ending: "", route: Route::Embed },
];

impl View {
    /// What stands between its folder and its ending.
    pub fn stem<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(self.folder)?.strip_suffix(self.ending)
    }

    fn write(&self, filter: &Filter, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let View { folder, ending, route: _ } = self;
        match filter.single_tag() {
            _ if *filter == Filter::everything() => write!(f, "/{folder}{ending}"),
            Some((facet, path)) => write!(f, "/{folder}/{}/{path}{ending}", facet.folder()),
            None => write!(f, "/{folder}/{filter}{ending}"),
        }
    }
}

/// The address of the agenda of a filter: that of [`Route::Agenda`].
///
/// # Panics
/// Never: memory takes what is written to it.
#[must_use]
pub fn agenda_address(filter: &Filter) -> String {
    let mut address = String::with_capacity(USUAL);
    write_agenda(filter, &mut address).expect("writing to memory does not fail");
    address
}

fn write_agenda(filter: &Filter, f: &mut impl fmt::Write) -> fmt::Result {
    match filter.single_tag() {
        _ if *filter == Filter::everything() => f.write_str("/"),
        Some((facet, path)) => {
            ["/", facet.folder(), "/", path.as_str()].into_iter().try_for_each(|part| f.write_str(part))
        }
        None => {
            f.write_str("/f/")?;
            filter.write(f)
        }
    }
}

/// The address of the calendar of a filter, that of [`Route::Calendar`], from that of its agenda.
pub fn calendar_address(agenda: &str) -> String {
    [if agenda == "/" { "/calendar" } else { agenda }, ".ics"].concat()
}

/// Plain ids keep their form; an id that ends in `.ics` hides its dot, or its page would be its calendar.
fn event_segment(id: &EventId) -> String {
    let segment = utf8_percent_encode(id.as_str(), SEGMENT).to_string();
    match segment.strip_suffix(".ics") {
        Some(stem) => format!("{stem}%2Eics"),
        None => segment,
    }
}
