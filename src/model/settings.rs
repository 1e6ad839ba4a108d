//! The settings of a site, each with its default.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};

use super::tag::{Facet, Tag, TagPath};
use crate::i18n::language::Language;

/// How long events stay in feeds after they are over.
#[derive(Clone, Debug)]
pub enum Past {
    /// For ever.
    All,
    /// For a span of calendar time.
    For(Span),
}

impl Past {
    /// The first day whose events are still shown.
    #[must_use]
    pub fn since(&self, today: Date) -> Date {
        match self {
            Past::All => Date::MIN,
            Past::For(span) => today.checked_sub(*span).unwrap_or(Date::MIN),
        }
    }
}

/// How a cancelled event is printed in calendars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cancelled {
    /// As `STATUS:CANCELLED` (RFC 5545 §3.8.1.11). Google Calendar hides it without a word.
    #[default]
    Status,
    /// As an event that takes place, with `CANCELLED:` before its title: visible in every program.
    Visible,
}

/// What becomes of an event whose row is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Removed {
    /// It is gone as well.
    #[default]
    Drop,
    /// It is printed as cancelled, as long as a cancelled one is.
    Cancel,
}

/// Regions and topics that have another name now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renames {
    to: BTreeMap<(Facet, TagPath), TagPath>,
}

impl Renames {
    /// How many times a name may have changed.
    const LONGEST: usize = 8;

    /// Adds one.
    pub fn add(&mut self, facet: Facet, from: TagPath, to: TagPath) {
        self.to.insert((facet, from), to);
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.to.is_empty()
    }

    /// Every one.
    pub fn iter(&self) -> impl Iterator<Item = (Facet, &TagPath, &TagPath)> {
        self.to.iter().map(|((facet, from), to)| (*facet, from, to))
    }

    /// Takes one away.
    pub fn remove(&mut self, facet: Facet, from: &TagPath) {
        self.to.remove(&(facet, from.clone()));
    }

    /// The name that a tag has now: that of the nearest tag above it that has another, and so on. `None` when it
    /// keeps its name, or would be renamed for ever.
    #[must_use]
    pub fn now(&self, facet: Facet, path: &TagPath) -> Option<TagPath> {
        let once = |path: &TagPath| {
            let (above, to) = path
                .with_parents()
                .find_map(|above| self.to.get(&(facet, above.clone())).map(|to| (above, to)))?;
            let rest = &path.as_str()[above.as_str().len()..];
            TagPath::parse(&format!("{to}{rest}"))
        };
        let mut path = once(path)?;
        for _ in 0..Renames::LONGEST {
            match once(&path) {
                Some(next) => path = next,
                None => return Some(path),
            }
        }
        None
    }
}

/// Where the site is reached: scheme, host and the path before every address, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    /// `https://calendar.example.org` or `https://example.org/calendar`.
    whole: String,
    path_at: usize,
}

impl BaseUrl {
    /// Takes an `http` or `https` address without query or fragment.
    #[must_use]
    pub fn parse(text: &str) -> Option<BaseUrl> {
        let whole = text.trim().trim_end_matches('/');
        let host_at = ["https://", "http://"].iter().find(|scheme| whole.starts_with(**scheme))?.len();
        let host = &whole[host_at..];
        let bad =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '"' | '<' | '>' | '@');
        if host.is_empty() || host.starts_with('/') || host.contains(bad) {
            return None;
        }
        let path_at = host.find('/').map_or(whole.len(), |slash| host_at + slash);
        Some(BaseUrl { whole: whole.to_owned(), path_at })
    }

    /// The whole of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.whole
    }

    /// The path before every address: empty, or `/calendar`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.whole[self.path_at..]
    }

    /// The host without its port.
    #[must_use]
    pub fn host(&self) -> &str {
        let authority = self.whole[..self.path_at].rsplit('/').next().unwrap_or_default();
        authority.rsplit_once(':').map_or(authority, |(host, _)| host)
    }
}

/// Addresses of the calendar programs' own "subscribe" pages. `{webcal}`, `{https}` and `{name}` stand for
/// the percent-encoded address of the feed and its name; the programs change theirs now and then.
#[derive(Clone, Debug)]
pub struct SubscribeLinks {
    /// Google Calendar.
    pub google: String,
    /// Where Google takes an address by hand.
    pub google_by_url: String,
    /// Outlook.com.
    pub outlook: String,
    /// Microsoft 365, for work and school.
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

/// Which of day and month stands first in `1/5/2026`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// 1 May.
    DayFirst,
    /// 5 January.
    MonthFirst,
}

/// What a weekday is that stands where a date should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weekdays {
    /// The first such day from this date on, and every week after it: a list of standing groups.
    WeeklyFrom(Date),
    /// The first such day from this date on: the programme of one week.
    WeekOf(Date),
}

/// How one table is written, where that is not to be found out.
#[derive(Clone, Debug, Default)]
pub struct Writing {
    /// What stands between cells.
    pub delimiter: Option<u8>,
    /// The name of its encoding.
    pub encoding: Option<String>,
    /// Which of day and month stands first.
    pub date_order: Option<DateOrder>,
    /// The row of its header, from 1; 0 says that there is none, and columns are called A, B, C.
    pub header_row: Option<u32>,
    /// The sheet of a workbook, instead of its first.
    pub sheet: Option<String>,
    /// What stands between several regions of one cell.
    pub region_separator: Option<char>,
    /// What stands between several topics of one cell.
    pub topic_separator: Option<char>,
    /// What a weekday without a date means.
    pub weekdays: Option<Weekdays>,
    /// Headers of the table by the column that they are, several to be joined.
    pub columns: BTreeMap<String, Vec<String>>,
}

impl Writing {
    /// What it says, and what the other says where it is silent.
    #[must_use]
    pub fn or(mut self, other: &Writing) -> Writing {
        let Writing {
            delimiter,
            encoding,
            date_order,
            header_row,
            sheet,
            region_separator,
            topic_separator,
            weekdays,
            columns,
        } = other;
        self.delimiter = self.delimiter.or(*delimiter);
        self.encoding = self.encoding.or_else(|| encoding.clone());
        self.date_order = self.date_order.or(*date_order);
        self.header_row = self.header_row.or(*header_row);
        self.sheet = self.sheet.or_else(|| sheet.clone());
        self.region_separator = self.region_separator.or(*region_separator);
        self.topic_separator = self.topic_separator.or(*topic_separator);
        self.weekdays = self.weekdays.or(*weekdays);
        for (column, headers) in columns {
            self.columns.entry(column.clone()).or_insert_with(|| headers.clone());
        }
        self
    }
}

/// The names a table of events may have where the settings name none.
pub const EVENT_FILES: [&str; 4] = ["events.csv", "events.xlsx", "events.ods", "events.ics"];

/// One table of events.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path inside the folder.
    pub file: String,
    /// How it is written.
    pub writing: Writing,
    /// Its zone where a row names none, instead of the site's.
    pub zone: Option<TimeZone>,
    /// Regions of rows that name none.
    pub regions: Vec<Tag>,
    /// Topics of rows that name none.
    pub topics: Vec<Tag>,
}

impl Source {
    /// A table without settings of its own.
    #[must_use]
    pub fn plain(file: &str) -> Source {
        Source {
            file: file.to_owned(),
            writing: Writing::default(),
            zone: None,
            regions: Vec::new(),
            topics: Vec::new(),
        }
    }
}

/// The settings of a site.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its name.
    pub title: String,
    /// What it is, in a sentence.
    pub description: String,
    /// BCP 47 tag of its language.
    pub language: String,
    /// Where it is reached.
    pub base_url: Option<BaseUrl>,
    /// The part of each UID after `@`.
    pub uid_domain: Option<String>,
    /// The zone of times that name none.
    pub zone: TimeZone,
    /// Whether the settings name that zone, or it is the default.
    pub zone_is_set: bool,
    /// How long events stay after they are over.
    pub past: Past,
    /// How many days a cancelled event stays after its date, or after it was cancelled when it had none.
    pub cancelled_days: i32,
    /// How a cancelled event is printed.
    pub cancelled: Cancelled,
    /// What becomes of an event whose row is gone.
    pub removed: Removed,
    /// Regions and topics that have another name now.
    pub renamed: Renames,
    /// The WebSub hub that is told of changes.
    pub hub: Option<String>,
    /// A CSS colour name (RFC 7986 `COLOR`).
    pub color: String,
    /// How tables are written, where they do not say otherwise.
    pub writing: Writing,
    /// The tables of events; without one the first of [`EVENT_FILES`].
    pub sources: Vec<Source>,
    /// After how long without a word a standing event counts as unconfirmed.
    pub verify_every: Past,
    /// The folder of articles.
    pub articles: String,
    /// Subscribe pages of calendar programs.
    pub links: SubscribeLinks,
    /// The path of the site's logo below the folder of articles.
    pub logo: Option<String>,
    /// The origins of other websites that may show the events in a frame (Content Security Policy Level 3,
    /// `frame-ancestors`).
    pub embed_from: Vec<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            title: "Calendar".to_owned(),
            description: String::new(),
            language: "en".to_owned(),
            base_url: None,
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
            verify_every: Past::For(12.months()),
            articles: "articles".to_owned(),
            links: SubscribeLinks::default(),
            logo: None,
            embed_from: Vec::new(),
        }
    }
}

impl Settings {
    /// The tables to read: those that are named, or the first of [`EVENT_FILES`] that is there.
    pub fn tables(&self, is_there: impl Fn(&str) -> bool) -> Vec<Source> {
        let default = || {
            let found = EVENT_FILES.into_iter().find(|name| is_there(name));
            vec![Source::plain(found.unwrap_or(EVENT_FILES[0]))]
        };
        let named = if self.sources.is_empty() { default() } else { self.sources.clone() };
        named
            .into_iter()
            .map(|source| Source { writing: source.writing.or(&self.writing), ..source })
            .collect()
    }

    /// A whole address for a path on this site; without a base the path alone.
    #[must_use]
    pub fn whole(&self, path: &str) -> String {
        match &self.base_url {
            Some(base) => [base.as_str(), path].concat(),
            None => path.to_owned(),
        }
    }

    /// Returns the language of pages and feeds: the site's own, or English where it has no messages.
    #[must_use]
    pub fn page_language(&self) -> Language {
        Language::from_tag(&self.language).unwrap_or_default()
    }

    /// The address of a path for a link on a page: without the host, so that pages work wherever served.
    #[must_use]
    pub fn local(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.as_ref().map_or("", BaseUrl::path))
    }
}

#[cfg(test)]
mod tests {
    use super::{BaseUrl, Renames};
    use crate::model::tag::{Facet, TagPath};

    #[test]
    fn a_name_leads_to_the_one_it_has_now() {
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
    fn a_base_has_a_host_and_perhaps_a_path() {
        let base = BaseUrl::parse("https://example.org:8443/calendar/").unwrap();
        assert_eq!(
            (base.as_str(), base.path(), base.host()),
            ("https://example.org:8443/calendar", "/calendar", "example.org")
        );
        for text in ["example.org", "ftp://example.org", "https://", "https://a b", "https://a?x"] {
            assert!(BaseUrl::parse(text).is_none(), "{text}");
        }
    }
}
