//! The settings of a site, each with its default.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};

use super::tag::Tag;

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

/// One table of events.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path inside the folder.
    pub file: String,
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
        Source { file: file.to_owned(), zone: None, regions: Vec::new(), topics: Vec::new() }
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
    /// A CSS colour name (RFC 7986 `COLOR`).
    pub color: String,
    /// The tables of events.
    pub sources: Vec<Source>,
    /// The folder of articles.
    pub articles: String,
    /// Subscribe pages of calendar programs.
    pub links: SubscribeLinks,
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
            color: "teal".to_owned(),
            sources: vec![Source::plain("events.csv")],
            articles: "articles".to_owned(),
            links: SubscribeLinks::default(),
        }
    }
}

impl Settings {
    /// A whole address for a path on this site; without a base the path alone.
    #[must_use]
    pub fn whole(&self, path: &str) -> String {
        match &self.base_url {
            Some(base) => format!("{}{path}", base.as_str()),
            None => path.to_owned(),
        }
    }

    /// The address of a path for a link on a page: without the host, so that pages work wherever served.
    #[must_use]
    pub fn local(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.as_ref().map_or("", BaseUrl::path))
    }
}

#[cfg(test)]
mod tests {
    use super::BaseUrl;

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
