//! `calcast.toml` to [`Settings`]. A setting that cannot be read keeps its default, and is told.

use std::ops::Range;
use std::sync::Arc;

use color::parse_color;
use jiff::tz::TimeZone;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::folder::Folder;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, nearest, quoted};
use crate::ical::zone;
use crate::model::settings::{BaseUrl, Cancelled, Past, Removed, Renames, Settings};
use crate::model::tag::{Facet, TagPath};

/// The name of the file.
pub const FILE: &str = "calcast.toml";
/// The largest settings file, in bytes.
const LARGEST: usize = 1 << 20;

/// How many faults of the settings are told.
const MOST_FAULTS: usize = 200;

/// The settings at the top of the file, with what they mean. The README's table is generated from here.
pub const SETTINGS: &[(&str, &str)] = &[
    ("title", "name of the site and of its calendar"),
    ("description", "what it is, in a sentence"),
    ("language", "language of calendars and feeds, and of what the author writes: `en`, `en-GB`, `de`"),
    (
        "base_url",
        "where the site is reached: `https://calendar.example.org`; subscribe links and feeds need it",
    ),
    ("uid_domain", "the part of each UID after `@`; once published it should stay"),
    ("timezone", "zone of times that name none: `America/Chicago`"),
    ("past", "how long events stay in feeds when they are over: `12 months` (default), `90 days`, `all`"),
    (
        "cancelled",
        "`\"status\"` (default): cancelled events carry STATUS:CANCELLED, which Google Calendar hides; `\"visible\"`: they stay visible everywhere, marked in the title",
    ),
    ("cancelled_days", "how many days a cancelled event stays after its date: `30` (default)"),
    (
        "removed",
        "`\"drop\"` (default): an event whose row is gone is gone; `\"cancel\"`: it is shown as cancelled",
    ),
    (
        "renamed",
        "`[renamed]`: `\"regions/chicago\" = \"regions/usa/illinois\"`: old addresses lead to the new ones",
    ),
    ("websub", "`[websub]`: `hub = \"https://…\"`, which is told when a feed changes"),
    ("color", "a CSS colour name, for pages and for calendar programs that show one"),
    (
        "logo",
        "a picture beside the articles, `pictures/logo.svg`, that stands before the title of every page",
    ),
    (
        "embed_from",
        "other websites that may show the events in a frame: `[\"https://www.example.org\", \"https://*.example.com\"]`",
    ),
    ("articles", "folder of articles"),
    (
        "events",
        "`[[events]]`, once for each table: `file` (a name in the folder, or `https://…`), `timezone`, `region`, `topic`, and any setting from here to `week_of`",
    ),
    (
        "columns",
        "`[columns]`: `title = \"Veranstaltung\"`, `start = [\"Datum\", \"Zeit\"]`; a letter such as `\"C\"` is that column",
    ),
    ("delimiter", "what stands between cells: `\",\"`, `\";\"`, `\"tab\"`"),
    ("encoding", "`\"windows-1252\"`, `\"cp850\"`, `\"utf-16le\"` and others"),
    ("date_order", "what `1/5/2026` is: `\"day first\"` or `\"month first\"`"),
    ("header_row", "the row with the names of the columns; 0 when there is none"),
    ("sheet", "the sheet of a workbook, instead of its first"),
    ("region_separator", "what stands between several regions of a cell: `\",\"`"),
    ("topic_separator", "what stands between several topics of a cell"),
    ("weekly_from", "a weekday in place of a date is the first one from this date on, and every week after"),
    ("week_of", "a weekday in place of a date is the first one from this date on, once"),
    ("verify_every", "how old `verified` may be before `check` asks: `12 months` (default)"),
    (
        "links",
        "`[links]`: subscribe pages of calendar programs: `google`, `google_by_url`, `outlook`, `office`",
    ),
];

/// The table of settings in Markdown, as the README has it.
#[must_use]
pub fn markdown_table() -> String {
    let mut out = String::from("| setting | meaning |\n| --- | --- |\n");
    for (name, meaning) in SETTINGS {
        out.push_str(&format!("| `{name}` | {meaning} |\n"));
    }
    out
}

/// Reads the settings of a folder; without the file each has its default.
pub fn read(folder: &Folder, out: &mut Diagnostics) -> Settings {
    let mut settings = Settings::default();
    let Some(bytes) = folder.get(FILE) else { return settings };
    let file = Folder::name(FILE);
    if bytes.len() > LARGEST {
        let found = format!("{} bytes", bytes.len());
        out.push(Diagnostic::new(Code::TooLarge, Place::whole(&file), found, format!("at most {LARGEST}")));
        return settings;
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        out.push(Diagnostic::new(
            Code::NotText,
            Place::whole(&file),
            "bytes that are not UTF-8",
            "UTF-8 text",
        ));
        return settings;
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match DeTable::parse(text) {
        Ok(table) => {
            let first = out.mark();
            let mut reader = SettingsReader { file: &file, text, out, first };
            reader.top(table.get_ref(), &mut settings);
            if settings.hub.is_some() && settings.base_url.is_none() {
                let expected = "base_url = \"https://…\" beside it";
                out.push(Diagnostic::new(Code::NoBaseUrl, Place::whole(&file), "a hub", expected).help(
                    "the hub is told of changes only when it can fetch the feeds by their whole addresses",
                ));
            }
        }
        Err(error) => {
            let offset = error.span().map_or(0, |span| span.start);
            let found = format!("what is no TOML: {}", crate::diagnostic::visible(error.message()));
            out.push(
                Diagnostic::new(
                    Code::BadSettings,
                    Place::offset(&file, text, offset),
                    found,
                    "lines of the form key = \"value\"",
                )
                .help("put text between quotation marks; a line that begins with # is a comment"),
            );
        }
    }
    settings
}

pub(super) type Value<'a> = Spanned<DeValue<'a>>;

pub(super) struct SettingsReader<'a> {
    file: &'a Arc<str>,
    text: &'a str,
    pub(super) out: &'a mut Diagnostics,
    /// How many diagnostics there were before.
    first: usize,
}

impl SettingsReader<'_> {
    pub(super) fn place(&self, span: Range<usize>) -> Place {
        Place::offset(self.file, self.text, span.start)
    }

    fn top(&mut self, table: &DeTable<'_>, settings: &mut Settings) {
        for (key, value) in table {
            if self.is_enough() {
                break;
            }
            let name: &str = key.get_ref();
            match name {
                "title" => self.text(value, |text| settings.title = text),
                "description" => self.text(value, |text| settings.description = text),
                "language" => self.text(value, |text| settings.language = text),
                "articles" => {
                    self.parsed(value, "the path of a folder inside the folder", inside, |articles| {
                        settings.articles = articles;
                    })
                }
                "color" => self
                    .parsed(value, "a CSS colour name such as teal", color, |color| settings.color = color),
                "base_url" => self.parsed(
                    value,
                    "an address such as https://calendar.example.org",
                    BaseUrl::parse,
                    |base| {
                        settings.base_url = Some(base);
                    },
                ),
                "uid_domain" => {
                    self.parsed(value, "a domain such as calendar.example.org", domain, |domain| {
                        settings.uid_domain = Some(domain);
                    })
                }
                "timezone" => {
                    if let Some(zone) = self.zone(value) {
                        settings.zone = zone;
                        settings.zone_is_set = true;
                    }
                }
                "past" => self.parsed(
                    value,
                    "\"all\", or a span such as \"12 months\" or \"90 days\"",
                    past,
                    |past| settings.past = past,
                ),
                "events" => {
                    if let Some(sources) = self.sources(value) {
                        settings.sources = sources;
                    }
                }
                "links" => self.links(value, settings),
                "embed_from" => self.embed_from(value, settings),
                "logo" => self.parsed(
                    value,
                    "the path of a picture inside the folder of articles",
                    inside,
                    |logo| settings.logo = Some(logo),
                ),
                "verify_every" => self
                    .parsed(value, "a span such as \"12 months\"", past, |span| settings.verify_every = span),
                _ if self.updates(name, value, settings) => {}
                _ if self.writing(name, value, &mut settings.writing) => {}
                _ => self.unknown(name, key.span(), &mut SETTINGS.iter().map(|(name, _)| *name)),
            }
        }
    }

    /// What becomes of events that are cancelled or gone, and of names that change; `false` for other settings.
    fn updates(&mut self, name: &str, value: &Value<'_>, settings: &mut Settings) -> bool {
        match name {
            "cancelled" => self.one_of(
                value,
                &[("status", Cancelled::Status), ("visible", Cancelled::Visible)],
                |cancelled| settings.cancelled = cancelled,
            ),
            "removed" => {
                self.one_of(value, &[("drop", Removed::Drop), ("cancel", Removed::Cancel)], |removed| {
                    settings.removed = removed
                })
            }
            "cancelled_days" => match days(value) {
                Some(days) => settings.cancelled_days = days,
                None => self.wrong(value, "a number of days from 0 to 10000"),
            },
            "renamed" => self.renamed(value, &mut settings.renamed),
            "websub" => self.websub(value, settings),
            _ => return false,
        }
        true
    }

    /// Whether so much is wrong that more of it helps nobody: then that is said, once.
    pub(super) fn is_enough(&mut self) -> bool {
        let told = self.out.mark() - self.first;
        if told == MOST_FAULTS {
            let fault = Diagnostic::new(
                Code::TooLarge,
                Place::whole(self.file),
                format!("{MOST_FAULTS} faults and more"),
                "settings",
            );
            self.out.push(fault.help("is this the right file? The rest of it is not read"));
        }
        told >= MOST_FAULTS
    }

    pub(super) fn unknown(
        &mut self,
        name: &str,
        span: Range<usize>,
        known: &mut dyn Iterator<Item = &'static str>,
    ) {
        let diagnostic =
            Diagnostic::new(Code::UnknownSetting, self.place(span), quoted(name), "a setting calcast knows");
        self.out.push(match nearest(name, known) {
            Some(near) => diagnostic.help(format!("did you mean {near}? The setting has no effect")),
            None => diagnostic.help("the setting has no effect"),
        });
    }

    pub(super) fn wrong(&mut self, value: &Value<'_>, expected: &str) {
        let written = self.text.get(value.span()).unwrap_or_default();
        let found = match value.get_ref().as_str() {
            Some(text) => quoted(text),
            None => crate::diagnostic::visible(written),
        };
        self.out.push(Diagnostic::new(Code::BadSettings, self.place(value.span()), found, expected));
    }

    fn text(&mut self, value: &Value<'_>, take: impl FnOnce(String)) {
        self.parsed(
            value,
            "text between quotation marks",
            |text| Some(crate::text::line(text).into_owned()),
            take,
        );
    }

    pub(super) fn parsed<T>(
        &mut self,
        value: &Value<'_>,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
        take: impl FnOnce(T),
    ) {
        match value.get_ref().as_str().and_then(parse) {
            Some(parsed) => take(parsed),
            None => self.wrong(value, expected),
        }
    }

    fn one_of<T: Copy>(&mut self, value: &Value<'_>, words: &[(&str, T)], take: impl FnOnce(T)) {
        let names: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        let parse = |text: &str| words.iter().find(|(word, _)| *word == text).map(|(_, known)| *known);
        self.parsed(value, &names.join(" or "), parse, take);
    }

    /// `"regions/chicago" = "regions/usa/illinois"`, as the addresses have them.
    fn renamed(&mut self, value: &Value<'_>, renames: &mut Renames) {
        const FORM: &str = "lines such as \"regions/chicago\" = \"regions/usa/illinois\"";
        let Some(table) = value.get_ref().as_table() else { return self.wrong(value, FORM) };
        for (key, value) in table {
            if self.is_enough() {
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
            self.parsed(value, &expected, same_facet, |(_, to)| renames.add(facet, from, to));
        }
    }

    /// Origins alone: what stands in a header must not end it.
    fn embed_from(&mut self, value: &Value<'_>, settings: &mut Settings) {
        const FORM: &str = "websites such as [\"https://www.example.org\", \"https://*.example.com\"]";
        let Some(list) = value.get_ref().as_array() else { return self.wrong(value, FORM) };
        for value in list {
            if self.is_enough() {
                break;
            }
            self.parsed(value, FORM, origin, |origin| settings.embed_from.push(origin));
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
            let address = |text: &str| BaseUrl::parse(text).map(|_| text.trim().to_owned());
            self.parsed(value, "the address of a hub, such as https://hub.example.org", address, |hub| {
                settings.hub = Some(hub);
            });
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
            let slot = match name {
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
            self.parsed(value, "an address that begins with https://", https, |text| *slot = text);
        }
    }
}

fn days(value: &Value<'_>) -> Option<i32> {
    let number = value.get_ref().as_integer()?.as_str().parse().ok()?;
    (0..=10_000).contains(&number).then_some(number)
}

/// `regions/usa/illinois`, with or without a slash before it.
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

/// `https://www.example.org`, `https://*.example.org:8443`: a host source of CSP, without a path.
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

/// A path that stays inside the folder.
pub(super) fn inside(text: &str) -> Option<String> {
    let good = !text.starts_with('/') && text.split('/').all(|name| !matches!(name, "" | "." | ".."));
    good.then(|| text.to_owned())
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
