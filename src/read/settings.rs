//! Parses `calcast.toml` into [`Settings`]. A setting that cannot be read keeps its default and is reported.

use std::ops::Range;
use std::sync::Arc;

use color::parse_color;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use url::Url;

use super::folder::Folder;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, Severity, is_near_spelling, nearest, quoted};
use crate::ical::zone;
use crate::model::settings::{BaseUrl, Cancelled, Past, Removed, Renames, Settings};
use crate::model::tag::{Facet, TagPath};

/// Name of the settings file.
pub const FILE: &str = "calcast.toml";
/// Largest settings file, in bytes.
const LARGEST: usize = 1 << 20;
/// After this many faults the rest of the file is not read.
const MOST_FAULTS: usize = 200;

/// Table of the top-level settings in Markdown, as in the README.
pub const TABLE: &str = include_str!("settings.md");

/// Returns the names of the top-level settings.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next())
}

/// Settings that only change how the site looks: one that cannot be read has its default. Any other may decide hours,
/// identity, columns or what is public, so the tables keep what was published.
const COSMETIC: [&str; 15] = [
    "stale_after", "title", "description", "language", "color", "logo", "links", "embed_from", "websub",
    "base_url", "articles", "verify_every", "cancelled_days", "cancelled", "renamed",
];

/// The settings of a folder, and whether they can be trusted.
#[derive(Debug, Default)]
pub struct SettingsReading {
    /// The settings. Those that cannot be read have their defaults.
    pub settings: Settings,
    /// Whether one of those decides what every table means.
    pub holds_all: bool,
    /// Whether the file can be read as a whole.
    pub is_whole: bool,
    /// Whether any setting cannot be read.
    pub has_errors: bool,
}

/// Reads the settings of a folder. Without the file, all settings have their defaults.
pub fn read(folder: &Folder, out: &mut Diagnostics) -> SettingsReading {
    let mut reading = SettingsReading::default();
    let mark = out.mark();
    reading.is_whole = read_file(folder, &mut reading, out);
    reading.has_errors = has_errors_since(mark, out);
    reading.holds_all |= !reading.is_whole;
    reading
}

fn has_errors_since(mark: usize, out: &mut Diagnostics) -> bool {
    out.since(mark).any(|fault| fault.code.severity() == Severity::Error)
}

/// Reads the file. Returns `false` if it cannot be read as a whole.
fn read_file(folder: &Folder, reading: &mut SettingsReading, out: &mut Diagnostics) -> bool {
    let Some(bytes) = folder.get(FILE) else { return true };
    let file = Folder::name(FILE);
    if bytes.len() > LARGEST {
        let found = format!("{} bytes", bytes.len());
        out.push(Diagnostic::new(Code::TooLarge, Place::whole(&file), found, format!("at most {LARGEST}")));
        return false;
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        let found = "bytes that are not UTF-8";
        out.push(Diagnostic::new(Code::NotText, Place::whole(&file), found, "UTF-8 text"));
        return false;
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match DeTable::parse(text) {
        Ok(table) => {
            let first = out.mark();
            let mut reader = SettingsReader { file: &file, text, out, first };
            reading.holds_all = reader.read_top(table.get_ref(), &mut reading.settings);
            true
        }
        Err(error) => {
            let offset = error.span().map_or(0, |span| span.start);
            let found = format!("what is no TOML: {}", crate::diagnostic::visible(error.message()));
            let place = Place::offset(&file, text, offset);
            let expected = "lines of the form key = \"value\"";
            let fault = Diagnostic::new(Code::BadSettings, place, found, expected);
            out.push(fault.help("put text between quotation marks; a line that begins with # is a comment"));
            false
        }
    }
}

/// A value of the file with its position.
pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// Reads settings one by one and reports the bad ones.
pub(super) struct SettingsReader<'a> {
    file: &'a Arc<str>,
    text: &'a str,
    pub(super) out: &'a mut Diagnostics,
    /// Number of diagnostics before the settings were read.
    first: usize,
}

impl SettingsReader<'_> {
    pub(super) fn place(&self, span: Range<usize>) -> Place {
        Place::offset(self.file, self.text, span.start)
    }

    /// Reads every setting. Returns whether one that cannot be read decides what every table means.
    fn read_top(&mut self, table: &DeTable<'_>, settings: &mut Settings) -> bool {
        const ADDRESS: &str = "an address such as https://calendar.example.org";
        const AGE: &str = "a time such as \"24 hours\" or \"2 days\"";
        const LOGO: &str = "the path of a picture inside the folder of articles";
        const PAST: &str = "\"all\", or a span such as \"12 months\" or \"90 days\"";
        let mut holds_all = false;
        for (key, value) in table {
            if self.has_too_many_faults() {
                return true;
            }
            let name: &str = key.get_ref();
            let mark = self.out.mark();
            match name {
                "title" => self.set(&mut settings.title, value, TEXT, line),
                "description" => self.set(&mut settings.description, value, TEXT, line),
                "language" => self.set(&mut settings.language, value, TEXT, line),
                "articles" => {
                    self.set(&mut settings.articles, value, "the path of a folder inside the folder", inside);
                }
                "color" => self.set(&mut settings.color, value, "a CSS colour name such as teal", color),
                "base_url" => settings.base_url = self.parsed(value, ADDRESS, BaseUrl::parse),
                "uid_domain" => {
                    settings.uid_domain = self.parsed(value, "a domain such as calendar.example.org", domain);
                }
                "timezone" => {
                    if let Some(zone) = self.zone(value) {
                        settings.zone = zone;
                        settings.zone_is_set = true;
                    }
                }
                "past" => self.set(&mut settings.past, value, PAST, past),
                "events" => match self.sources(value) {
                    Some(sources) => settings.sources = sources,
                    None => holds_all = true,
                },
                "links" => self.links(value, settings),
                "embed_from" => self.embed_from(value, settings),
                "logo" => settings.logo = self.parsed(value, LOGO, inside),
                "stale_after" => self.set(&mut settings.stale_after, value, AGE, age),
                "verify_every" => self.set(&mut settings.verify_every, value, PAST, past),
                "cancelled" => {
                    let words = [("status", Cancelled::Status), ("visible", Cancelled::Visible)];
                    self.set_word(&mut settings.cancelled, value, words);
                }
                "removed" => {
                    let words = [("drop", Removed::Drop), ("cancel", Removed::Cancel)];
                    self.set_word(&mut settings.removed, value, words);
                }
                "cancelled_days" => match days(value) {
                    Some(days) => settings.cancelled_days = days,
                    None => self.wrong(value, "a number of days from 0 to 10000"),
                },
                "renamed" => self.renamed(value, &mut settings.renamed),
                "websub" => self.websub(value, settings),
                _ if self.writing(name, value, &mut settings.writing) => {}
                _ => self.unknown(name, key.span(), &mut names()),
            }
            // Each of the tables in `events` is held by its own faults.
            let holds_each = matches!(name, "events") || COSMETIC.contains(&name);
            holds_all |= !holds_each && has_errors_since(mark, self.out);
        }
        holds_all
    }

    /// Returns whether the file has so many faults that the rest is not worth reading, which is reported once.
    pub(super) fn has_too_many_faults(&mut self) -> bool {
        let count = self.out.mark() - self.first;
        if count == MOST_FAULTS {
            let found = format!("{MOST_FAULTS} faults and more");
            let fault = Diagnostic::new(Code::TooLarge, Place::whole(self.file), found, "settings");
            self.out.push(fault.help("is this the right file? The rest of it is not read"));
        }
        count >= MOST_FAULTS
    }

    /// Reports a setting that does not exist. One that is spelled almost like a setting that decides what tables mean is
    /// an error: it was meant to have an effect.
    pub(super) fn unknown(
        &mut self,
        name: &str,
        span: Range<usize>,
        known: &mut dyn Iterator<Item = &'static str>,
    ) {
        let near = nearest(name, known);
        if let Some(near) = near.filter(|near| is_decisive(near) && is_near_spelling(name, near)) {
            let fault = Diagnostic::new(Code::BadSettings, self.place(span), quoted(name), near);
            return self.out.push(fault.help(format!("type {near}, or put # before the line")));
        }
        let diagnostic =
            Diagnostic::new(Code::UnknownSetting, self.place(span), quoted(name), "a setting calcast knows");
        self.out.push(match near {
            Some(near) => diagnostic.help(format!("did you mean {near}? The setting has no effect")),
            None => diagnostic.help("the setting has no effect"),
        });
    }

    /// Reports a value that is not what the setting expects.
    pub(super) fn wrong(&mut self, value: &Value<'_>, expected: &str) {
        let written = self.text.get(value.span()).unwrap_or_default();
        let found = match value.get_ref().as_str() {
            Some(text) => quoted(text),
            None => crate::diagnostic::visible(written),
        };
        self.out.push(Diagnostic::new(Code::BadSettings, self.place(value.span()), found, expected));
    }

    /// Parses a text value. Reports it and returns `None` if it is not text or the parser refuses it.
    pub(super) fn parsed<T>(
        &mut self,
        value: &Value<'_>,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let parsed = value.get_ref().as_str().and_then(parse);
        if parsed.is_none() {
            self.wrong(value, expected);
        }
        parsed
    }

    /// Parses a text value into a setting, which keeps its default if that fails.
    pub(super) fn set<T>(
        &mut self,
        setting: &mut T,
        value: &Value<'_>,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) {
        if let Some(parsed) = self.parsed(value, expected, parse) {
            *setting = parsed;
        }
    }

    /// Sets a setting that is one of two words.
    fn set_word<T: Copy>(&mut self, setting: &mut T, value: &Value<'_>, words: [(&str, T); 2]) {
        let expected = words.map(|(word, _)| format!("\"{word}\"")).join(" or ");
        self.set(setting, value, &expected, |text| {
            words.iter().find(|(word, _)| *word == text).map(|(_, setting)| *setting)
        });
    }

    /// Reads lines such as `"regions/chicago" = "regions/usa/illinois"`.
    fn renamed(&mut self, value: &Value<'_>, renames: &mut Renames) {
        const FORM: &str = "lines such as \"regions/chicago\" = \"regions/usa/illinois\"";
        let Some(table) = value.get_ref().as_table() else { return self.wrong(value, FORM) };
        for (key, value) in table {
            if self.has_too_many_faults() {
                break;
            }
            let from: &str = key.get_ref();
            let Some((facet, from)) = tag_address(from) else {
                let place = self.place(key.span());
                self.out.push(Diagnostic::new(Code::BadSettings, place, quoted(from), FORM));
                continue;
            };
            let same_facet = |text: &str| tag_address(text).filter(|(other, _)| *other == facet);
            let expected = format!("{}/ and a name", facet.folder());
            if let Some((_, to)) = self.parsed(value, &expected, same_facet) {
                renames.add(facet, from, to);
            }
        }
    }

    /// Reads origins that may embed the site. They end up in a header, so nothing else is accepted.
    fn embed_from(&mut self, value: &Value<'_>, settings: &mut Settings) {
        const FORM: &str = "websites such as [\"https://www.example.org\", \"https://*.example.com\"]";
        let Some(list) = value.get_ref().as_array() else { return self.wrong(value, FORM) };
        for value in list {
            if self.has_too_many_faults() {
                break;
            }
            settings.embed_from.extend(self.parsed(value, FORM, origin));
        }
    }

    fn websub(&mut self, value: &Value<'_>, settings: &mut Settings) {
        let Some(table) = value.get_ref().as_table() else {
            return self.wrong(value, "[websub] with a line such as hub = \"https://…\"");
        };
        for (key, value) in table {
            if &**key.get_ref() != "hub" {
                self.unknown(key.get_ref(), key.span(), &mut ["hub"].into_iter());
                continue;
            }
            let is_web = |url: &Url| matches!(url.scheme(), "http" | "https");
            let address = |text: &str| Url::parse(text).ok().filter(is_web).map(String::from);
            settings.hub =
                self.parsed(value, "the address of a hub, such as https://hub.example.org", address);
        }
    }

    pub(super) fn zone(&mut self, value: &Value<'_>) -> Option<TimeZone> {
        let zone = value.get_ref().as_str().and_then(zone::named);
        if zone.is_none() {
            let text = value.get_ref().as_str().unwrap_or_default();
            let expected = "an IANA time zone such as America/Chicago";
            let diagnostic =
                Diagnostic::new(Code::UnknownZone, self.place(value.span()), quoted(text), expected);
            let names = zone::names();
            let near = || nearest(text, names.iter().map(String::as_str)).map(str::to_owned);
            self.out.push(match zone::of_city(text).or_else(near) {
                Some(near) => diagnostic.help(format!("did you mean {near}?")),
                None => diagnostic,
            });
        }
        zone
    }

    fn links(&mut self, value: &Value<'_>, settings: &mut Settings) {
        const KEYS: [&str; 4] = ["google", "google_by_url", "outlook", "office"];
        let Some(table) = value.get_ref().as_table() else {
            return self.wrong(value, "[links] with lines such as google = \"https://…\"");
        };
        for (key, value) in table {
            let name: &str = key.get_ref();
            let links = &mut settings.links;
            let link = match name {
                "google" => &mut links.google,
                "google_by_url" => &mut links.google_by_url,
                "outlook" => &mut links.outlook,
                "office" => &mut links.office,
                _ => {
                    self.unknown(name, key.span(), &mut KEYS.into_iter());
                    continue;
                }
            };
            let https = |text: &str| text.starts_with("https://").then(|| text.to_owned());
            self.set(link, value, "an address that begins with https://", https);
        }
    }
}

/// Returns whether a setting decides what tables mean: hours, identity, columns, or what is public.
fn is_decisive(name: &str) -> bool {
    let is_known = names().any(|known| known == name) || matches!(name, "file" | "region" | "topic");
    is_known && !COSMETIC.contains(&name)
}

const TEXT: &str = "text between quotation marks";

fn line(text: &str) -> Option<String> {
    Some(crate::text::line(text).into_owned())
}

fn days(value: &Value<'_>) -> Option<i32> {
    let number = value.get_ref().as_integer()?.as_str().parse().ok()?;
    (0..=10_000).contains(&number).then_some(number)
}

/// Parses `regions/usa/illinois`, with or without a leading slash.
fn tag_address(text: &str) -> Option<(Facet, TagPath)> {
    let (folder, path) = text.trim_start_matches('/').split_once('/')?;
    let facet = Facet::ALL.into_iter().find(|facet| facet.folder() == folder)?;
    Some((facet, TagPath::parse(path)?))
}

fn color(text: &str) -> Option<String> {
    let good = !text.is_empty() && text.len() <= 30 && text.bytes().all(|b| b.is_ascii_alphabetic());
    let name = text.to_ascii_lowercase();
    (good && parse_color(&name).is_ok()).then_some(name)
}

/// Parses a host source of a Content Security Policy without a path: `https://*.example.org:8443`.
fn origin(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('/');
    let authority = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme))?;
    let host = authority.strip_prefix("*.").unwrap_or(authority);
    let (host, port) = host.split_once(':').unwrap_or((host, "443"));
    let good = domain(host).is_some() && port.parse::<u16>().is_ok();
    good.then(|| text.to_ascii_lowercase())
}

fn domain(text: &str) -> Option<String> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    (!text.is_empty() && text.chars().all(good)).then(|| text.to_ascii_lowercase())
}

/// Parses a path that stays inside the folder.
pub(super) fn inside(text: &str) -> Option<String> {
    let good = !text.starts_with('/') && text.split('/').all(|name| !matches!(name, "" | "." | ".."));
    good.then(|| text.to_owned())
}

/// Parses a number of hours or days.
fn age(text: &str) -> Option<SignedDuration> {
    let (number, unit) = text.trim().split_once(' ')?;
    let number: i64 = number.parse().ok().filter(|number| (1..=10_000).contains(number))?;
    match unit.trim().to_ascii_lowercase().trim_end_matches('s') {
        "hour" => Some(SignedDuration::from_hours(number)),
        "day" => Some(SignedDuration::from_hours(24 * number)),
        _ => None,
    }
}

fn past(text: &str) -> Option<Past> {
    if text.trim().eq_ignore_ascii_case("all") {
        return Some(Past::All);
    }
    let (number, unit) = text.trim().split_once(' ')?;
    let number: i32 = number.parse().ok().filter(|number| (0..=10_000).contains(number))?;
    let span = jiff::Span::new();
    let span = match unit.trim().to_ascii_lowercase().trim_end_matches('s') {
        "day" => span.days(number),
        "week" => span.weeks(number),
        "month" => span.months(number),
        "year" => span.years(number.min(1_000)),
        _ => return None,
    };
    Some(Past::For(span))
}
