//! The columns of a table: names and meanings, and the programs whose exports are recognized. The data is in
//! `columns.toml`, from which the README's table is generated.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// A column of the spreadsheet, as `columns.toml` explains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is explained once, in columns.toml")]
pub enum Column {
    Id,
    Title,
    Start,
    StartTime,
    End,
    EndTime,
    Duration,
    Weekday,
    AllDay,
    TimeZone,
    Location,
    Address,
    Latitude,
    Longitude,
    Url,
    OnlineUrl,
    Description,
    Region,
    Topic,
    Organizer,
    Contact,
    Status,
    Cancelled,
    Repeat,
    Except,
    Also,
    Occurrence,
    Image,
    Cost,
    Verified,
    Updated,
    Private,
    Approved,
}

impl Column {
    /// All columns, in the order of `columns.toml`.
    pub const ALL: [Column; 33] = {
        use Column::*;
        [
            Id, Title, Start, StartTime, End, EndTime, Duration, Weekday, AllDay, TimeZone, Location,
            Address, Latitude, Longitude, Url, OnlineUrl, Description, Region, Topic, Organizer, Contact,
            Status, Cancelled, Repeat, Except, Also, Occurrence, Image, Cost, Verified, Updated, Private,
            Approved,
        ]
    };

    /// Returns the entry of the column in `columns.toml`.
    #[must_use]
    pub fn spec(self) -> &'static ColumnSpec {
        &CATALOG.columns[self as usize]
    }

    /// Returns the name of the column in calcast's own tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        &self.spec().name
    }
}

/// The entry of a column in `columns.toml`.
#[derive(Debug, Deserialize)]
pub struct ColumnSpec {
    /// Its name in calcast's own tables.
    pub name: String,
    /// Other names; those that come first in a joined text first.
    pub aliases: Vec<String>,
    /// Names in other languages.
    #[serde(default)]
    pub translations: Vec<String>,
    /// Its meaning, in Markdown.
    pub meaning: String,
    /// How several such columns of one table are merged.
    #[serde(default)]
    pub merge: Merge,
}

/// How several columns of a table that are one column here are merged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Merge {
    /// The first that is not blank is read.
    #[default]
    First,
    /// All that are not blank are joined with this between them.
    Joined(String),
    /// All are read, one by one.
    Each,
}

/// A program whose exports are recognized by their headers, and the peculiarities of these exports.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExportFormat {
    /// The name of the program.
    pub name: String,
    /// Sets of headers; an export has all headers of one set.
    headers: Vec<Vec<String>>,
    /// Whether `1/5/2026` is 5 January.
    pub month_first: bool,
    /// Whether whole days end at the midnight after the last day.
    pub midnight_end: bool,
    /// Whether the end of a series is its last day.
    pub series_end: bool,
    /// Whether time zones are named by their city.
    pub city_zones: bool,
}

impl ExportFormat {
    /// Returns the first program that has a set of headers among `headers`, which are normalized.
    #[must_use]
    pub fn recognize(headers: &[String]) -> Option<&'static ExportFormat> {
        let has_all = |set: &Vec<String>| set.iter().all(|header| headers.contains(&normalized(header)));
        CATALOG.exports.iter().find(|export| export.headers.iter().any(has_all))
    }
}

/// The contents of `columns.toml`.
#[derive(Deserialize)]
struct Catalog {
    ignored: Vec<String>,
    separators: BTreeMap<String, Vec<String>>,
    #[serde(rename = "column")]
    columns: Vec<ColumnSpec>,
    #[serde(rename = "export")]
    exports: Vec<ExportFormat>,
}

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    toml::from_str(include_str!("columns.toml")).expect("columns.toml is part of the program")
});

/// A name of a column, normalized, with its column and its rank among the names of that column. Translations come last.
static NAMES: LazyLock<BTreeMap<String, (Column, usize)>> = LazyLock::new(|| {
    let mut names = BTreeMap::new();
    for column in Column::ALL {
        let ColumnSpec { name, aliases, .. } = column.spec();
        for (rank, name) in std::iter::once(name).chain(aliases).enumerate() {
            names.insert(normalized(name), (column, rank));
        }
    }
    for column in Column::ALL {
        for name in &column.spec().translations {
            names.entry(normalized(name)).or_insert((column, usize::MAX));
        }
    }
    names
});

/// Characters that separate the values of a cell.
pub type Separators = [char; 3];

/// Returns the letters and digits of a name in lower case, by which names are compared.
#[must_use]
pub fn normalized(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Returns the column of a name, and the rank of the name among those of the column: 0 is the column's own.
#[must_use]
pub fn find(name: &str) -> Option<(Column, usize)> {
    NAMES.get(&normalized(name)).copied()
}

/// Returns the column with this name in calcast's own tables and in the settings.
#[must_use]
pub fn named(name: &str) -> Option<Column> {
    find(name).filter(|(_, rank)| *rank == 0).map(|(column, _)| column)
}

/// Returns whether a column of a known program has no information about the event. The name is normalized.
#[must_use]
pub fn is_ignored(name: &str) -> bool {
    CATALOG.ignored.iter().any(|known| normalized(known) == name)
}

/// Returns the separators of the values below a normalized header.
#[must_use]
pub fn separators(header: &str) -> Separators {
    let has_header = |headers: &Vec<String>| headers.iter().any(|known| normalized(known) == header);
    let found = CATALOG.separators.iter().find(|(_, headers)| has_header(headers));
    let mut separators = [';', '\n', '\n'];
    let characters = found.map_or("", |(characters, _)| characters);
    separators.iter_mut().zip(characters.chars()).for_each(|(separator, c)| *separator = c);
    separators
}

/// Returns the table of columns in Markdown, for the README.
#[must_use]
pub fn markdown_table() -> String {
    let mut out = String::from("| column | also called | meaning |\n| --- | --- | --- |\n");
    for ColumnSpec { name, aliases, meaning, .. } in Column::ALL.map(Column::spec) {
        out.push_str(&format!("| `{name}` | {} | {meaning} |\n", aliases.join(", ")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_its_entry_and_names_of_its_own() {
        assert_eq!(CATALOG.columns.len(), Column::ALL.len());
        let mut names: Vec<String> = CATALOG.ignored.iter().map(|name| normalized(name)).collect();
        for column in Column::ALL {
            let ColumnSpec { name, aliases, translations, .. } = column.spec();
            assert_eq!(normalized(name), normalized(&format!("{column:?}")));
            let all = std::iter::once(name).chain(aliases).chain(translations);
            names.extend(all.map(|name| normalized(name)));
        }
        names.sort();
        let twice: Vec<&[String]> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn names_are_found_however_they_are_spelled() {
        for (name, column) in [
            ("Start Date", Column::Start),
            ("StartDate", Column::Start),
            ("\u{feff} start_date ", Column::Start),
            ("TimeEventStart", Column::StartTime),
            ("IsAllDayEvent", Column::AllDay),
            ("Event Organizer Name(s) or ID(s)", Column::Organizer),
            ("Event Time\u{a0}Zone", Column::TimeZone),
            ("Betreff", Column::Title),
        ] {
            assert_eq!(find(name).map(|(column, _)| column), Some(column), "{name}");
        }
        assert_eq!(find("Talk Deadline"), None);
        assert_eq!((named("title"), named("subject")), (Some(Column::Title), None));
    }

    #[test]
    fn exports_are_recognized_by_their_headers() {
        let program = |headers: &[&str]| {
            let headers: Vec<String> = headers.iter().map(|header| normalized(header)).collect();
            ExportFormat::recognize(&headers).map(|export| export.name.as_str())
        };
        assert_eq!(program(&["Subject", "Start Date", "All Day Event"]), Some("Google Calendar"));
        assert_eq!(program(&["Subject", "Start Date", "Show time as"]), Some("Outlook"));
        assert_eq!(program(&["Publish Status", "Event Start Date"]), Some("EventON"));
        assert_eq!(program(&["Event Start Date"]), Some("The Events Calendar"));
        assert_eq!(program(&["title", "start"]), None);
    }
}
