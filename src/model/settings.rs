//! The settings of a site, with their defaults.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, ToSpan};
use url::Url;

use super::tag::{Facet, Tag, TagPath};
use crate::dates::order::DateOrder;
use crate::digest::secret_hash;
use crate::i18n::language::Language;
use crate::link::Link;

/// A period before today.
#[derive(Clone, Debug)]
pub enum Past {
    /// All of the past.
    All,
    /// A span of calendar time.
    For(Span),
}

impl Past {
    /// Returns the first day of the period.
    #[must_use]
    pub fn since(&self, today: Date) -> Date {
        match self {
            Past::All => Date::MIN,
            Past::For(span) => today.checked_sub(*span).unwrap_or(Date::MIN),
        }
    }
}

/// How calendars show a cancelled event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cancelled {
    /// With `STATUS:CANCELLED` (RFC 5545 §3.8.1.11), which makes Google Calendar hide it.
    #[default]
    Status,
    /// As a confirmed event titled `CANCELLED: …`, visible in every program.
    Visible,
}

/// How events with deleted rows are published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Removed {
    /// Not at all.
    #[default]
    Drop,
    /// As cancelled events.
    Cancel,
}

/// Regions and topics that were renamed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renames {
    to: BTreeMap<(Facet, TagPath), TagPath>,
}

impl Renames {
    /// Maximum number of renames of one tag; a longer chain is a cycle.
    const MAX_CHAIN: usize = 8;

    /// Adds a rename.
    pub fn add(&mut self, facet: Facet, from: TagPath, to: TagPath) {
        self.to.insert((facet, from), to);
    }

    /// Returns whether there are no renames.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.to.is_empty()
    }

    /// Returns all renames: facet, old path, new path.
    pub fn iter(&self) -> impl Iterator<Item = (Facet, &TagPath, &TagPath)> {
        self.to.iter().map(|((facet, from), to)| (*facet, from, to))
    }

    /// Removes a rename.
    pub fn remove(&mut self, facet: Facet, from: &TagPath) {
        self.to.remove(&(facet, from.clone()));
    }

    /// Returns the current path of a tag, if it or a tag above it was renamed; `None` also for a cycle.
    #[must_use]
    pub fn now(&self, facet: Facet, path: &TagPath) -> Option<TagPath> {
        let mut path = self.next(facet, path)?;
        for _ in 0..Renames::MAX_CHAIN {
            match self.next(facet, &path) {
                Some(next) => path = next,
                None => return Some(path),
            }
        }
        None
    }

    /// Applies the rename of a tag, or else of the lowest renamed tag above it.
    fn next(&self, facet: Facet, path: &TagPath) -> Option<TagPath> {
        path.with_parents().find_map(|parent| {
            let rest = &path.as_str()[parent.as_str().len()..];
            let to = self.to.get(&(facet, parent))?;
            TagPath::parse(&format!("{to}{rest}"))
        })
    }
}

/// The address of the site: scheme, host and base path, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    /// Such as `https://calendar.example.org` or `https://example.org/calendar`.
    whole: String,
    path_at: usize,
}

impl BaseUrl {
    /// Parses an `http` or `https` URL without user, query and fragment, and normalizes it (RFC 3986 §6): a host in
    /// lower case and ASCII, a path that is percent-encoded.
    #[must_use]
    pub fn parse(text: &str) -> Option<BaseUrl> {
        let text = text.trim();
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let is_plain = url.username().is_empty() && url.password().is_none();
        let has_more = url.query().is_some() || url.fragment().is_some();
        if !is_plain || has_more || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return None;
        }
        let path = url.path().trim_end_matches('/');
        let whole = url.as_str().trim_end_matches('/').to_owned();
        Some(BaseUrl { path_at: whole.len() - path.len(), whole })
    }

    /// Returns the whole URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.whole
    }

    /// Returns the base path: empty, or such as `/calendar`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.whole[self.path_at..]
    }

    /// Returns the host without its port.
    #[must_use]
    pub fn host(&self) -> &str {
        let authority = self.whole[..self.path_at].rsplit('/').next().unwrap_or_default();
        authority.rsplit_once(':').map_or(authority, |(host, _)| host)
    }
}

/// Address templates of the subscribe pages of calendar programs.
///
/// `{webcal}` and `{https}` are replaced by the percent-encoded address of the calendar, `{name}` by its name.
#[derive(Clone, Debug)]
pub struct SubscribeLinks {
    /// Google Calendar.
    pub google: String,
    /// The page of Google Calendar where an address can be typed.
    pub google_by_url: String,
    /// Outlook.com.
    pub outlook: String,
    /// Microsoft 365 for work and school.
    pub office: String,
}

impl Default for SubscribeLinks {
    fn default() -> SubscribeLinks {
        SubscribeLinks {
            google: "https://calendar.google.com/calendar/r?cid={webcal}".to_owned(),
            google_by_url: "https://calendar.google.com/calendar/u/0/r/settings/addbyurl".to_owned(),
            outlook: "https://outlook.live.com/calendar/0/addfromweb/?url={https}&name={name}".to_owned(),
            office: "https://outlook.office.com/calendar/0/addfromweb/?url={https}&name={name}".to_owned(),
        }
    }
}

/// The meaning of a weekday in place of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weekdays {
    /// Every week, from the first such day on or after this date.
    WeeklyFrom(Date),
    /// Once, on the first such day on or after this date.
    WeekOf(Date),
}

/// The format of a table. Unset properties are detected.
#[derive(Clone, Debug, Default)]
pub struct Writing {
    /// The character between cells.
    pub delimiter: Option<u8>,
    /// The name of the character encoding.
    pub encoding: Option<String>,
    /// The order of day and month.
    pub date_order: Option<DateOrder>,
    /// The row of the header, from 1; 0 if there is none, and columns are called A, B, C.
    pub header_row: Option<u32>,
    /// The sheet of a workbook, instead of the first.
    pub sheet: Option<String>,
    /// The character between several regions in a cell.
    pub region_separator: Option<char>,
    /// The character between several topics in a cell.
    pub topic_separator: Option<char>,
    /// The meaning of a weekday in place of a date.
    pub weekdays: Option<Weekdays>,
    /// The headers of each column; several are joined.
    pub columns: BTreeMap<String, Vec<String>>,
}

impl Writing {
    /// Fills unset properties from another format.
    #[must_use]
    pub fn or(self, other: &Writing) -> Writing {
        let mut columns = other.columns.clone();
        columns.extend(self.columns);
        Writing {
            delimiter: self.delimiter.or(other.delimiter),
            encoding: self.encoding.or_else(|| other.encoding.clone()),
            date_order: self.date_order.or(other.date_order),
            header_row: self.header_row.or(other.header_row),
            sheet: self.sheet.or_else(|| other.sheet.clone()),
            region_separator: self.region_separator.or(other.region_separator),
            topic_separator: self.topic_separator.or(other.topic_separator),
            weekdays: self.weekdays.or(other.weekdays),
            columns,
        }
    }
}

/// Names of the table if the settings name none, in the order in which they are tried.
pub const EVENT_FILES: [&str; 4] = ["events.csv", "events.xlsx", "events.ods", "events.ics"];

/// A table of events.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its path inside the folder, or its address.
    pub file: String,
    /// Its name, which stays when the file or address is another.
    pub name: Option<String>,
    /// Where people edit it.
    pub edit_url: Option<Link>,
    /// Whether its settings have errors, so that nobody can tell what it means.
    pub is_held: bool,
    /// Its format.
    pub writing: Writing,
    /// Its default time zone, instead of the site's.
    pub zone: Option<TimeZone>,
    /// Regions of rows without any.
    pub regions: Vec<Arc<Tag>>,
    /// Topics of rows without any.
    pub topics: Vec<Arc<Tag>>,
}

impl Source {
    /// Creates a table without settings of its own.
    #[must_use]
    pub fn new(file: &str) -> Source {
        Source {
            file: file.to_owned(),
            name: None,
            edit_url: None,
            is_held: false,
            writing: Writing::default(),
            zone: None,
            regions: Vec::new(),
            topics: Vec::new(),
        }
    }
}

impl Source {
    /// Returns what identifies the table in `calcast.lock`: its name, its path, or a hash of its address, which may be
    /// known to few people, and the sheet of a workbook.
    #[must_use]
    pub fn key(&self) -> String {
        if let Some(name) = &self.name {
            return name.clone();
        }
        let is_address = self.file.contains("://");
        let file =
            if is_address { format!("address {}", secret_hash(&self.file)) } else { self.file.clone() };
        match &self.writing.sheet {
            Some(sheet) => format!("{file}, sheet {sheet}"),
            None => file,
        }
    }
}

/// The settings of a site.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The name of the site.
    pub title: String,
    /// A sentence that describes the site.
    pub description: String,
    /// BCP 47 tag of its language.
    pub language: String,
    /// Its address.
    pub base_url: Option<BaseUrl>,
    /// Whether that is only the address of this machine, because the site has none of its own.
    pub is_local: bool,
    /// The part of each UID after `@`.
    pub uid_domain: Option<String>,
    /// The time zone of times without one.
    pub zone: TimeZone,
    /// Whether that time zone was set, or is the default.
    pub zone_is_set: bool,
    /// How long events stay published after they are over.
    pub past: Past,
    /// Days for which a cancelled event stays published after its date, or after its cancellation if it has no end.
    pub cancelled_days: i32,
    /// How calendars show a cancelled event.
    pub cancelled: Cancelled,
    /// How events with deleted rows are published.
    pub removed: Removed,
    /// Renamed regions and topics.
    pub renamed: Renames,
    /// The WebSub hub to notify.
    pub hub: Option<String>,
    /// A CSS color name (RFC 7986 `COLOR`).
    pub color: String,
    /// The format of tables that do not set their own.
    pub writing: Writing,
    /// The tables; if empty, the first of [`EVENT_FILES`] that exists.
    pub sources: Vec<Source>,
    /// How long a table may not be readable before a strict health check fails.
    pub stale_after: SignedDuration,
    /// How long a series without end counts as confirmed.
    pub verify_every: Past,
    /// The folder of articles.
    pub articles: String,
    /// Subscribe pages of calendar programs.
    pub links: SubscribeLinks,
    /// Path of the logo below the folder of articles.
    pub logo: Option<String>,
    /// Origins of websites that may embed pages (Content Security Policy `frame-ancestors`).
    pub embed_from: Vec<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            title: "Calendar".to_owned(),
            description: String::new(),
            language: "en".to_owned(),
            base_url: None,
            is_local: false,
            uid_domain: None,
            zone: TimeZone::UTC,
            zone_is_set: false,
            past: Past::For(12.months()),
            cancelled_days: 30,
            cancelled: Cancelled::default(),
            removed: Removed::default(),
            renamed: Renames::default(),
            hub: None,
            color: "teal".to_owned(),
            writing: Writing::default(),
            sources: Vec::new(),
            stale_after: SignedDuration::from_hours(24),
            verify_every: Past::For(12.months()),
            articles: "articles".to_owned(),
            links: SubscribeLinks::default(),
            logo: None,
            embed_from: Vec::new(),
        }
    }
}

impl Settings {
    /// Returns the tables with their format; `exists` returns whether a file of [`EVENT_FILES`] exists.
    pub fn tables(&self, exists: impl Fn(&str) -> bool) -> Vec<Source> {
        let mut sources = self.sources.clone();
        if sources.is_empty() {
            let file = EVENT_FILES.into_iter().find(|name| exists(name)).unwrap_or(EVENT_FILES[0]);
            sources.push(Source::new(file));
        }
        for source in &mut sources {
            source.writing = std::mem::take(&mut source.writing).or(&self.writing);
        }
        sources
    }

    /// Returns the absolute URL of a path on this site; without a base URL the path alone.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.as_ref().map_or("", BaseUrl::as_str))
    }

    /// Returns the language of pages and feeds: the site's own, or English where it has no messages.
    #[must_use]
    pub fn page_language(&self) -> Language {
        Language::from_tag(&self.language).unwrap_or_default()
    }

    /// Returns the path of a link on a page, with the base path.
    #[must_use]
    pub fn href(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.as_ref().map_or("", BaseUrl::path))
    }
}

#[cfg(test)]
mod tests {
    use super::{BaseUrl, Renames};
    use crate::model::tag::{Facet, TagPath};

    #[test]
    fn renames_are_followed() {
        let path = |text| TagPath::parse(text).unwrap();
        let mut renames = Renames::default();
        renames.add(Facet::Region, path("chicago"), path("usa/illinois"));
        renames.add(Facet::Region, path("usa"), path("united-states"));
        for (old, now) in [
            ("chicago/loop", Some("united-states/illinois/loop")),
            ("usa", Some("united-states")),
            ("usage", None),
        ] {
            assert_eq!(renames.now(Facet::Region, &path(old)), now.map(path), "{old}");
        }
        assert_eq!(renames.now(Facet::Topic, &path("usa")), None);
        // In a circle nothing has a name.
        renames.add(Facet::Region, path("united-states"), path("usa"));
        assert_eq!(renames.now(Facet::Region, &path("usa")), None);
    }

    #[test]
    fn a_base_url_has_a_host_and_a_path() {
        let base = BaseUrl::parse("https://example.org:8443/calendar/").unwrap();
        assert_eq!(
            (base.as_str(), base.path(), base.host()),
            ("https://example.org:8443/calendar", "/calendar", "example.org")
        );
        for (text, normal) in [
            ("HTTPS://Cal.Example.ORG", "https://cal.example.org"),
            ("https://bücher.example/", "https://xn--bcher-kva.example"),
            ("https://example.org/bücher/", "https://example.org/b%C3%BCcher"),
            ("https://example.org:443", "https://example.org"),
        ] {
            assert_eq!(BaseUrl::parse(text).unwrap().as_str(), normal);
        }
        for text in [
            "example.org", "ftp://example.org", "https://", "https://a b", "https://a?x", "https://a#x",
            "https://user@a",
        ] {
            assert!(BaseUrl::parse(text).is_none(), "{text}");
        }
    }
}
