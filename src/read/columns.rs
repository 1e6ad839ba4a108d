//! THE column table: every column calcast knows, its other names, and what it means. The README's table is
//! generated from here.

use std::sync::Arc;

use csv::ByteRecord;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, nearest, quoted};

/// The most columns of a table.
const MOST_COLUMNS: usize = 256;

/// A column of the spreadsheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is explained once, in COLUMNS")]
pub enum Column {
    Id,
    Title,
    Start,
    StartTime,
    End,
    EndTime,
    Duration,
    AllDay,
    Zone,
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
    Repeat,
    Except,
    Also,
    Image,
    Cost,
    Verified,
    Updated,
    Private,
}

/// What is known of a column.
#[derive(Debug)]
pub struct Spec {
    /// Which.
    pub column: Column,
    /// Its name in a header.
    pub name: &'static str,
    /// Other names, normalised.
    pub aliases: &'static [&'static str],
    /// What it holds.
    pub meaning: &'static str,
}

const fn spec(
    column: Column,
    name: &'static str,
    aliases: &'static [&'static str],
    meaning: &'static str,
) -> Spec {
    Spec { column, name, aliases, meaning }
}

/// All columns, in the order of the README.
pub const COLUMNS: &[Spec] = &[
    spec(
        Column::Id,
        "id",
        &["uid", "event id", "external id"],
        "stable name of the event; without it the title and the first region stand in",
    ),
    spec(
        Column::Title,
        "title",
        &["subject", "summary", "name", "event name", "event title"],
        "**needed**; what it is",
    ),
    spec(
        Column::Start,
        "start",
        &["start date", "date", "date from", "event start date", "event begin", "dtstart"],
        "**needed**; `2026-05-12` for a whole day, `2026-05-12T18:00` for an hour",
    ),
    spec(
        Column::StartTime,
        "start_time",
        &["time", "event start time"],
        "the hour, where it has a column of its own",
    ),
    spec(
        Column::End,
        "end",
        &["end date", "date to", "event end date", "dtend"],
        "when it ends; for whole days the last day, inclusive; `20:00` alone is on the day of the start",
    ),
    spec(
        Column::EndTime,
        "end_time",
        &["event end time"],
        "the hour of the end, where it has a column of its own",
    ),
    spec(Column::Duration, "duration", &[], "instead of an end: `90 min`, `2 hours`, `PT1H30M`"),
    spec(Column::AllDay, "all_day", &["all day event", "allday", "event all day"], "yes or no"),
    spec(
        Column::Zone,
        "timezone",
        &["time zone", "tz", "event time zone", "event timezone"],
        "IANA name such as `America/Chicago`; default from the settings",
    ),
    spec(
        Column::Location,
        "location",
        &["venue", "place", "location name", "event venue name"],
        "name of the venue",
    ),
    spec(Column::Address, "address", &["street address"], "street, city"),
    spec(Column::Latitude, "latitude", &["lat"], "decimal degrees"),
    spec(Column::Longitude, "longitude", &["lon", "lng"], "decimal degrees"),
    spec(
        Column::Url,
        "url",
        &["link", "website", "event website", "event link", "website url"],
        "page of the event",
    ),
    spec(Column::OnlineUrl, "online_url", &["join url", "meeting url", "zoom"], "link to join"),
    spec(
        Column::Description,
        "description",
        &["event description", "details", "notes"],
        "plain text or Markdown",
    ),
    spec(Column::Region, "region", &["regions"], "several with `;`, levels with `/`: `USA/Illinois; Online`"),
    spec(Column::Topic, "topic", &["topics"], "several with `;`, levels with `/`"),
    spec(
        Column::Organizer,
        "organizer",
        &["organiser", "event organizer name", "meeting organizer"],
        "who holds it; `Name <mail>` is fine",
    ),
    spec(Column::Contact, "contact", &["contact name"], "whom to ask: name, e-mail, phone or link"),
    spec(
        Column::Status,
        "status",
        &["event status"],
        "confirmed (default), tentative, cancelled, postponed, sold out",
    ),
    spec(
        Column::Repeat,
        "repeat",
        &["rrule", "recurrence"],
        "recurrence rule: `FREQ=MONTHLY;BYDAY=2TU;UNTIL=20270630`",
    ),
    spec(
        Column::Except,
        "except",
        &["exdate", "exceptions"],
        "dates of the series that do not take place, several with `;`",
    ),
    spec(Column::Also, "also", &["rdate"], "dates added to the series, several with `;`"),
    spec(
        Column::Image,
        "image",
        &["photo url", "image url", "picture", "featured image"],
        "address of a picture",
    ),
    spec(Column::Cost, "cost", &["price", "event cost"], "free text"),
    spec(
        Column::Verified,
        "verified",
        &["last verified"],
        "date when somebody last confirmed a standing event",
    ),
    spec(Column::Updated, "updated", &["last updated"], "date of the last change"),
    spec(
        Column::Private,
        "private",
        &["hidden", "hide", "sensitivity", "visibility"],
        "a row that says yes, private, hidden or confidential is left out, and counted",
    ),
];

/// Where each column stands in one table.
#[derive(Clone, Debug)]
pub struct Header {
    positions: Vec<Option<usize>>,
    width: usize,
}

impl Header {
    /// Reads the header row; `None` when the table cannot be used without what is missing.
    pub fn read(record: &ByteRecord, row: u32, file: &Arc<str>, out: &mut Diagnostics) -> Option<Header> {
        let mut header = Header { positions: vec![None; COLUMNS.len()], width: record.len() };
        if record.len() > MOST_COLUMNS {
            let found = format!("{} columns", record.len());
            out.push(Diagnostic::new(
                Code::TooLarge,
                Place::whole(file),
                found,
                format!("at most {MOST_COLUMNS}"),
            ));
            return None;
        }
        for (position, name) in record.iter().enumerate() {
            let name = String::from_utf8_lossy(name);
            let place = Place::cell(file, row, u32::try_from(position + 1).unwrap_or(u32::MAX));
            header.take(position, &name, place, out);
        }
        let missing: Vec<&str> = [Column::Title, Column::Start]
            .into_iter()
            .filter(|column| header.position(*column).is_none())
            .map(name_of)
            .collect();
        for name in &missing {
            let names: Vec<String> =
                record.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).collect();
            let found = format!("the columns {}", quoted(&names.join(", ")));
            out.push(
                Diagnostic::new(
                    Code::MissingColumn,
                    Place::cell(file, row, 1),
                    found,
                    format!("a column `{name}`"),
                )
                .help(format!("name the column that holds it `{name}` in row {row}")),
            );
        }
        missing.is_empty().then_some(header)
    }

    fn take(&mut self, position: usize, name: &str, place: Place, out: &mut Diagnostics) {
        let plain = normalised(name);
        if plain.is_empty() {
            return;
        }
        let Some(spec) =
            COLUMNS.iter().find(|spec| normalised(spec.name) == plain || spec.aliases.contains(&&*plain))
        else {
            let known = COLUMNS.iter().map(|spec| spec.name);
            let diagnostic =
                Diagnostic::new(Code::UnknownColumn, place, quoted(name), "a column calcast knows");
            out.push(match nearest(&plain, known) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`? The column is not read")),
                None => diagnostic.help("the column is not read"),
            });
            return;
        };
        let slot = &mut self.positions[spec.column as usize];
        if let Some(first) = slot {
            let letters = crate::diagnostic::column_letters(u32::try_from(*first + 1).unwrap_or(u32::MAX));
            let found = format!("{}, which is `{}` again", quoted(name), spec.name);
            out.push(
                Diagnostic::new(Code::RepeatedColumn, place, found, "each column once")
                    .help(format!("column {letters} is read; rename or remove this one")),
            );
            return;
        }
        *slot = Some(position);
    }

    /// Where a column stands, from 0.
    #[must_use]
    pub fn position(&self, column: Column) -> Option<usize> {
        self.positions[column as usize]
    }

    /// How many cells the header has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }
}

/// The name of a column in a header.
#[must_use]
pub fn name_of(column: Column) -> &'static str {
    COLUMNS.iter().find(|spec| spec.column == column).map_or("", |spec| spec.name)
}

/// Lower case, `_`, `-` and every kind of space alike.
fn normalised(name: &str) -> String {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| c.is_whitespace() || matches!(c, '_' | '-' | '\u{feff}'))
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

/// The table of columns in Markdown, as the README has it.
#[must_use]
pub fn markdown_table() -> String {
    let mut out = String::from("| column | also called | meaning |\n| --- | --- | --- |\n");
    for Spec { name, aliases, meaning, .. } in COLUMNS {
        out.push_str(&format!("| `{name}` | {} | {meaning} |\n", aliases.join(", ")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_stands_at_its_place_with_names_of_its_own() {
        let mut names: Vec<String> = Vec::new();
        for (position, spec) in COLUMNS.iter().enumerate() {
            assert_eq!(spec.column as usize, position, "{}", spec.name);
            names.push(normalised(spec.name));
            names.extend(spec.aliases.iter().map(|alias| (*alias).to_owned()));
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
