//! Parses `[[events]]` and the settings that say how a table is written.

use std::sync::Arc;

use jiff::civil::Date;
use toml::de::DeTable;

use super::settings::{SettingsReader, Value, inside};
use super::sheet::columns::{self, Column};
use super::sheet::encoding;
use super::tags::TagRegistry;
use crate::dates::order::DateOrder;
use crate::diagnostic::{Severity, nearest};
use crate::link::Link;
use crate::model::settings::{Source, Weekdays, Writing};
use crate::model::tag::{Facet, Tag};

/// Keys of `[[events]]`.
const KEYS: [&str; 16] = [
    "file", "name", "edit_url", "timezone", "region", "topic", "columns", "delimiter", "encoding",
    "date_order", "header_row", "sheet", "region_separator", "topic_separator", "weekly_from", "week_of",
];

/// Most tables of a site.
const MOST_TABLES: usize = 1_000;
/// Most headers that are joined to one column.
const MOST_PARTS: usize = 20;

impl SettingsReader<'_> {
    /// Reads `[[events]]`. Returns `None` if it is not a list of tables, or not all of them can be told.
    pub(super) fn sources(&mut self, value: &Value<'_>) -> Option<Vec<Source>> {
        let Some(tables) = value.get_ref().as_array() else {
            self.wrong(value, "[[events]], once for each table, with file = \"events.csv\" below");
            return None;
        };
        let mut sources = Vec::new();
        for table in tables.iter() {
            if self.has_too_many_faults() {
                return None;
            }
            if sources.len() == MOST_TABLES {
                self.wrong(table, &format!("at most {MOST_TABLES} tables"));
                return None;
            }
            match table.get_ref().as_table() {
                Some(entries) => sources.push(self.source(table, entries)?),
                None => {
                    self.wrong(table, "a table with file = \"events.csv\"");
                    return None;
                }
            }
        }
        Some(sources)
    }

    fn source(&mut self, value: &Value<'_>, table: &DeTable<'_>) -> Option<Source> {
        const NAME: &str = "a short name of the table, such as \"walks\"";
        const EDIT_URL: &str = "the address where the table is edited, such as https://docs.google.com/…";
        const FILE: &str = "the path of a file inside the folder, or an address that begins with https://";
        let mut source = Source::new("");
        let mut tags = TagRegistry::default();
        let mark = self.out.mark();
        for (key, value) in table {
            if self.has_too_many_faults() {
                break;
            }
            let name: &str = key.get_ref();
            match name {
                "file" => self.set(&mut source.file, value, FILE, file_or_address),
                "name" => source.name = self.parsed(value, NAME, |text| Some(text.trim().to_owned())),
                "edit_url" => source.edit_url = self.parsed(value, EDIT_URL, Link::parse),
                "timezone" => source.zone = self.zone(value),
                "region" => source.regions = self.tags(&mut tags, Facet::Region, value),
                "topic" => source.topics = self.tags(&mut tags, Facet::Topic, value),
                _ if self.writing(name, value, &mut source.writing) => {}
                _ => self.unknown(name, key.span(), &mut KEYS.into_iter()),
            }
        }
        if source.file.is_empty() && !table.contains_key("file") {
            self.wrong(value, "file = \"events.csv\" in [[events]]");
        }
        let has_errors = self.out.since(mark).any(|fault| fault.code.severity() == Severity::Error);
        source.is_held = has_errors;
        (!source.file.is_empty()).then_some(source)
    }

    fn tags(&mut self, tags: &mut TagRegistry, facet: Facet, value: &Value<'_>) -> Vec<Arc<Tag>> {
        let place = self.place(value.span());
        match value.get_ref().as_str() {
            Some(text) => {
                let names = text.split([';', '\n']);
                tags.read(facet, names, &|| place.clone(), self.out).unwrap_or_default()
            }
            None => {
                self.wrong(value, "names separated by ;");
                Vec::new()
            }
        }
    }

    /// Reads one of the settings that say how a table is written. Returns `false` for any other setting.
    pub(super) fn writing(&mut self, name: &str, value: &Value<'_>, writing: &mut Writing) -> bool {
        const DELIMITER: &str = "one character, such as \";\" or \"tab\"";
        const ENCODING: &str = "the name of an encoding, such as \"windows-1252\" or \"cp850\"";
        const DATE_ORDER: &str = "\"day first\", \"month first\" or \"year first\"";
        match name {
            "columns" => self.columns(value, writing),
            "delimiter" => writing.delimiter = self.parsed(value, DELIMITER, delimiter),
            "encoding" => {
                let known = |text: &str| encoding::is_known(text).then(|| text.to_owned());
                writing.encoding = self.parsed(value, ENCODING, known);
            }
            "date_order" => writing.date_order = self.parsed(value, DATE_ORDER, date_order),
            "header_row" => match value.get_ref().as_integer().and_then(|n| n.as_str().parse().ok()) {
                Some(row) => writing.header_row = Some(row),
                None => self.wrong(value, "the number of a row, such as 3, or 0 for none"),
            },
            "sheet" => {
                writing.sheet = self.parsed(value, "the name of a sheet", |text| Some(text.to_owned()));
            }
            "region_separator" => writing.region_separator = self.parsed(value, "one character", one_char),
            "topic_separator" => writing.topic_separator = self.parsed(value, "one character", one_char),
            "weekly_from" | "week_of" => {
                let weekdays = if name == "week_of" { Weekdays::WeekOf } else { Weekdays::WeeklyFrom };
                writing.weekdays = self.date(value).map(weekdays).or(writing.weekdays);
            }
            _ => return false,
        }
        true
    }

    /// Reads a date, as TOML writes it or as text.
    fn date(&mut self, value: &Value<'_>) -> Option<Date> {
        let by_toml = value.get_ref().as_datetime().and_then(|at| at.to_string().parse::<Date>().ok());
        let date = by_toml.or_else(|| value.get_ref().as_str().and_then(|text| text.trim().parse().ok()));
        if date.is_none() {
            self.wrong(value, "a date such as 2026-09-01");
        }
        date
    }

    fn columns(&mut self, value: &Value<'_>, writing: &mut Writing) {
        let Some(table) = value.get_ref().as_table() else {
            return self.wrong(value, "[columns] with lines such as title = \"Veranstaltung\"");
        };
        for (key, value) in table {
            if self.has_too_many_faults() {
                break;
            }
            let name: &str = key.get_ref();
            let Some(column) = columns::named(name) else {
                let near = nearest(name, Column::ALL.into_iter().map(Column::name));
                self.unknown(name, key.span(), &mut near.into_iter());
                continue;
            };
            let headers: Option<Vec<String>> = match value.get_ref().as_array() {
                Some(items) => items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect(),
                None => value.get_ref().as_str().map(|header| vec![header.to_owned()]),
            };
            match headers.filter(|headers| (1..=MOST_PARTS).contains(&headers.len())) {
                Some(headers) => {
                    writing.columns.insert(column.name().to_owned(), headers);
                }
                None => self.wrong(value, "the header of a column, or a list of them: [\"Datum\", \"Zeit\"]"),
            }
        }
    }
}

/// Parses a path inside the folder or an `https://` address. Plain http is accepted for loopback only.
fn file_or_address(text: &str) -> Option<String> {
    let text = text.trim();
    if text.contains("://") {
        let local = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
        let good = text.starts_with("https://") || local.iter().any(|start| text.starts_with(start));
        return (good && !text.contains(|c: char| c.is_whitespace() || c.is_control()))
            .then(|| text.to_owned());
    }
    inside(text)
}

fn delimiter(text: &str) -> Option<u8> {
    match text {
        "tab" | "\\t" | "\t" => Some(b'\t'),
        _ => match *text.as_bytes() {
            [byte] if byte.is_ascii_punctuation() && byte != b'"' => Some(byte),
            _ => None,
        },
    }
}

fn one_char(text: &str) -> Option<char> {
    let mut chars = text.chars();
    let first = chars.next().filter(|c| !c.is_alphanumeric())?;
    chars.next().is_none().then_some(first)
}

fn date_order(text: &str) -> Option<DateOrder> {
    let plain: String = text.to_lowercase().chars().filter(char::is_ascii_alphabetic).collect();
    match plain.as_str() {
        "dayfirst" | "day" | "dmy" | "ddmmyyyy" | "ddmmyy" => Some(DateOrder::DayFirst),
        "monthfirst" | "month" | "mdy" | "mmddyyyy" | "mmddyy" => Some(DateOrder::MonthFirst),
        "yearfirst" | "year" | "ymd" | "yyyymmdd" | "yymmdd" => Some(DateOrder::YearFirst),
        _ => None,
    }
}
