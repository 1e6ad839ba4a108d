//! THE column table: every column calcast knows, its other names, and what it means. The README's table is
//! generated from here.
//!
//! Names are compared by their letters and digits alone, in any case: `Start Date`, `start_date` and
//! `StartDate` are one. Names in other languages are in [`crate::read::time::language`].

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::read::time::language;

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
}

/// What becomes of several columns of a table that are one column here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Several {
    /// The first that is not blank is read.
    First,
    /// All that are not blank are joined with this between them.
    Joined(&'static str),
    /// Each is read.
    Each,
}

/// What is known of a column.
#[derive(Debug)]
pub struct Spec {
    /// Which.
    pub column: Column,
    /// Its name in a header.
    pub name: &'static str,
    /// Other names, the ones that come first in a joined text first.
    pub aliases: &'static [&'static str],
    /// What it holds.
    pub meaning: &'static str,
    /// What several of them are together.
    pub several: Several,
}

const fn spec(
    column: Column,
    name: &'static str,
    aliases: &'static [&'static str],
    meaning: &'static str,
) -> Spec {
    Spec { column, name, aliases, meaning, several: Several::First }
}

const fn many(spec: Spec, several: Several) -> Spec {
    Spec { several, ..spec }
}

/// All columns, in the order of the README.
pub const COLUMNS: &[Spec] = &[
    spec(
        Column::Id,
        "id",
        &["uid", "event id", "external id", "slug"],
        "stable name of the event; without it the title and the first region stand in",
    ),
    spec(
        Column::Title,
        "title",
        &["subject", "event name", "event title", "summary", "name", "event", "what"],
        "**needed**; what it is",
    ),
    many(
        spec(
            Column::Start,
            "start",
            &[
                "start date", "event start date", "date", "date from", "event begin", "occur begin",
                "event date", "begin", "from", "dtstart", "day", "when",
            ],
            "**needed**; `2026-05-12` for a whole day, `2026-05-12T18:00` for an hour",
        ),
        Several::First,
    ),
    spec(
        Column::StartTime,
        "start_time",
        &["time", "event start time", "event time", "time event start", "begin time"],
        "the hour, where it has a column of its own",
    ),
    spec(
        Column::End,
        "end",
        &["end date", "event end date", "date to", "event end", "occur end", "to", "dtend"],
        "when it ends; for whole days the last day, inclusive; `20:00` alone is on the day of the start",
    ),
    spec(
        Column::EndTime,
        "end_time",
        &["event end time", "time event end"],
        "the hour of the end, where it has a column of its own",
    ),
    spec(Column::Duration, "duration", &["length"], "instead of an end: `90 min`, `2 hours`, `PT1H30M`"),
    spec(
        Column::AllDay,
        "all_day",
        &["all day event", "event all day", "is all day event", "full day"],
        "yes or no",
    ),
    spec(
        Column::Zone,
        "timezone",
        &["tz", "event time zone", "zone"],
        "IANA name such as `America/Chicago`; default from the settings",
    ),
    many(
        spec(
            Column::Location,
            "location",
            &[
                "venue", "venue name", "event venue name", "location name", "place", "event location",
                "where", "room",
            ],
            "name of the venue",
        ),
        Several::Joined(", "),
    ),
    many(
        spec(
            Column::Address,
            "address",
            &[
                "street address", "street", "venue address", "location address", "city", "venue city",
                "state", "venue state", "province", "zip", "zip code", "postcode", "postal code", "country",
                "venue country",
            ],
            "street, city",
        ),
        Several::Joined(", "),
    ),
    spec(Column::Latitude, "latitude", &["lat", "venue latitude"], "decimal degrees"),
    spec(Column::Longitude, "longitude", &["lon", "lng", "venue longitude"], "decimal degrees"),
    spec(
        Column::Url,
        "url",
        &[
            "event website", "event link", "event url", "link", "website", "website url", "link url",
            "website link", "ticket url",
        ],
        "page of the event",
    ),
    spec(
        Column::OnlineUrl,
        "online_url",
        &["join url", "meeting url", "conference url", "zoom", "zoom link"],
        "link to join",
    ),
    many(
        spec(
            Column::Description,
            "description",
            &["event description", "event desc", "content", "details", "notes"],
            "plain text or Markdown",
        ),
        Several::Joined("\n\n"),
    ),
    many(
        spec(
            Column::Region,
            "region",
            &["regions", "sub region"],
            "several with `;`, levels with `/`: `USA/Illinois; Online`",
        ),
        Several::Joined("/"),
    ),
    many(
        spec(
            Column::Topic,
            "topic",
            &[
                "topics", "categories", "category", "event category", "event categories", "event tags",
                "tags", "keywords", "event type", "event type 2", "event type 3", "event types", "types",
                "type",
            ],
            "several with `;`, levels with `/`",
        ),
        Several::Each,
    ),
    spec(
        Column::Organizer,
        "organizer",
        &[
            "organiser", "event organizer", "event organizer name", "event organizer names or ids",
            "meeting organizer", "host", "group",
        ],
        "who holds it; `Name <mail>` is fine",
    ),
    many(
        spec(
            Column::Contact,
            "contact",
            &["contact name", "evcal org contact", "contact email", "contact phone", "event phone"],
            "whom to ask: name, e-mail, phone or link",
        ),
        Several::Each,
    ),
    spec(
        Column::Status,
        "status",
        &["event status"],
        "confirmed (default), tentative, cancelled, postponed, sold out",
    ),
    spec(
        Column::Cancelled,
        "cancelled",
        &["canceled", "is cancelled", "is canceled"],
        "yes for an event that does not take place",
    ),
    spec(
        Column::Repeat,
        "repeat",
        &["rrule", "recurrence", "recurring", "repeats", "event recur"],
        "`every Tuesday`, `monthly on the 2nd Tuesday until June 2027`, or a rule: `FREQ=MONTHLY;BYDAY=2TU`",
    ),
    spec(
        Column::Except,
        "except",
        &["exdate", "exceptions", "not on"],
        "dates of the series that do not take place, several with `;`",
    ),
    spec(Column::Also, "also", &["rdate", "also on"], "dates added to the series, several with `;`"),
    spec(
        Column::Occurrence,
        "occurrence",
        &["recurrence id", "occurrence date", "instead of"],
        "in a row with the `id` of a series: the date of it that this row replaces; what is blank stays as it is",
    ),
    spec(
        Column::Image,
        "image",
        &[
            "image url", "photo url", "featured image", "event featured image", "event image", "picture",
            "photo",
        ],
        "address of a picture",
    ),
    spec(Column::Cost, "cost", &["price", "event cost", "fee"], "free text"),
    spec(
        Column::Verified,
        "verified",
        &["last verified", "last confirmed"],
        "date when somebody last confirmed a standing event",
    ),
    spec(
        Column::Updated,
        "updated",
        &["last updated", "last modified", "last change", "modified"],
        "date of the last change",
    ),
    many(
        spec(
            Column::Private,
            "private",
            &[
                "hidden", "hide", "sensitivity", "visibility", "event hide",
                "hide event from event listings", "publish status",
            ],
            "a row that says yes, private, hidden or confidential is left out, and counted",
        ),
        Several::Each,
    ),
];

/// Columns of other programs that calcast passes over without a word each: they say nothing about the event
/// to those who come.
pub const PASSED_OVER: &[&str] = &[
    // Outlook
    "reminder on/off", "reminder date", "reminder time", "required attendees", "optional attendees",
    "meeting resources", "billing information", "mileage", "priority", "show time as",
    // The Events Calendar
    "event excerpt", "event iso currency code", "event currency code", "event currency symbol",
    "event currency position", "event allow comments", "event comment status", "comment status",
    "event allow trackbacks and pingbacks", "event ping status", "ping status", "event sticky in month view",
    "event sticky", "sticky", "feature event", "event show map link", "event show map",
    // Localist
    "hashtag", "facebook url", "featured tabs", "sponsored", "venue page only", "department",
    // My Calendar
    "event short", "event every", "event repeats", "event group id", "event hide end",
    // EventON
    "featured", "color", "evcal subtitle", "event subtitle", // TeSS
    "eligibility", "host institutions", "online",
];

/// A name by its letters and digits alone, in lower case.
#[must_use]
pub fn squashed(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Every name by its letters and digits, with its column and its place among the names of that column.
static NAMES: LazyLock<BTreeMap<String, (Column, usize)>> = LazyLock::new(|| {
    let ranked = COLUMNS.iter().flat_map(|spec| {
        let names = std::iter::once(&spec.name).chain(spec.aliases).enumerate();
        names.map(|(rank, name)| (squashed(name), (spec.column, rank)))
    });
    ranked.collect()
});

/// The column of a name, and its place among the names of that column: 0 is its own.
#[must_use]
pub fn find(name: &str) -> Option<(&'static Spec, usize)> {
    let plain = squashed(name);
    let known = NAMES.get(&plain).copied();
    let translated = || language::header(&plain).and_then(|own| NAMES.get(&squashed(own)).copied());
    let (column, rank) = known.or_else(|| translated().map(|(column, _)| (column, usize::MAX)))?;
    Some((spec_of(column), rank))
}

/// The column that is called so in the settings.
#[must_use]
pub fn named(name: &str) -> Option<Column> {
    find(name).filter(|(_, rank)| *rank == 0).map(|(spec, _)| spec.column)
}

/// What is known of a column.
#[must_use]
pub fn spec_of(column: Column) -> &'static Spec {
    &COLUMNS[column as usize]
}

/// The name of a column in a header.
#[must_use]
pub fn name_of(column: Column) -> &'static str {
    spec_of(column).name
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
            names.push(squashed(spec.name));
            names.extend(spec.aliases.iter().map(|alias| squashed(alias)));
        }
        names.extend(PASSED_OVER.iter().map(|name| squashed(name)));
        let count = names.len();
        names.sort();
        let twice: Vec<&[String]> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
        names.dedup();
        assert_eq!(names.len(), count);
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
            ("Event Time\u{a0}Zone", Column::Zone),
            ("Betreff", Column::Title),
        ] {
            assert_eq!(find(name).map(|(spec, _)| spec.column), Some(column), "{name}");
        }
        assert!(find("Talk Deadline").is_none());
        assert_eq!((named("title"), named("subject")), (Some(Column::Title), None));
    }
}
