//! The files of a new site: settings that say what each is for, a table that shows every column, an article.

use jiff::ToSpan;
use jiff::civil::Date;

/// The settings, each as a comment but those that everybody changes.
const SETTINGS: &str = r##"# The settings of this site. What begins with # is not in force; every setting has a default.

title = "Our events"                            # name of the site and of its calendar
description = "What we do, in a sentence."
language = "en"                                 # en, en-GB, es, fr, de …
timezone = "America/Chicago"                    # of times that name none: region and city with a slash

# Where people will reach the site. Subscribe links and feeds need it, so set it before you publish.
# base_url = "https://calendar.example.org"

# --- how it looks
# color = "steelblue"                           # a name or #rrggbb
# logo = "pictures/logo.svg"                    # a picture beside the articles
# embed_from = ["https://www.example.org"]      # websites that may show the agenda in a frame

# --- what stays, and what goes
# past = "12 months"                            # how long events stay when they are over: "90 days", "all"
# cancelled = "status"                          # or "visible": stays visible in Google Calendar, marked in the title
# cancelled_days = 30                           # how long a cancelled event stays after its date
# removed = "drop"                              # or "cancel": an event whose row is gone is shown as cancelled
# uid_domain = "calendar.example.org"           # the end of each UID; once published it should stay

# --- the files
# articles = "articles"                         # the folder of articles; the table is events.csv, .xlsx, .ods or .ics

# --- how the table is written, where that cannot be seen from it
# delimiter = ";"
# encoding = "windows-1252"
# date_order = "day first"                      # of dates such as 1/5/2026; or "month first"
# header_row = 3                                # the row with the names of the columns
# sheet = "Events"                              # of a workbook with several
# region_separator = ","                        # between several regions in one cell
# topic_separator = ","
# weekly_from = "2026-09-01"                    # from when on weekly groups are listed that have no date
# week_of = "2026-09-01"
# verify_every = "12 months"                    # how old `verified` may be before check reminds you

# Names of columns that are not ours: the name of the column here, that of yours there.
# [columns]
# title = "Veranstaltung"
# start = ["Datum", "Zeit"]

# Regions and topics that have another name now: old addresses lead to the new ones.
# [renamed]
# "regions/chicago" = "regions/usa/illinois"

# A hub that tells feed readers of news at once.
# [websub]
# hub = "https://pubsubhubbub.appspot.com/"

# The pages of calendar programs that people are led to, should one of them move.
# [links]
# google = "https://calendar.google.com/calendar/r"

# Several tables, each with its own settings; also addresses, such as a sheet published as CSV.
# [[events]]
# file = "walks.csv"
# topic = "Walks"
"##;

const ARTICLE: &str = r#"+++
title = "Welcome"
date = {today}
topics = ["Support groups"]
summary = "What this site is, and how to subscribe to it."
+++

This is an article. It is written in **Markdown**: an empty line begins a new paragraph, and
[a link](https://example.org) looks like this. Pictures lie beside this file: `![What is on it](picture.jpg)`.

Whoever reads our articles in a feed reader finds them at `/articles.rss`.
"#;

/// The files of a new site on a day, by their paths.
#[must_use]
pub fn files(today: Date) -> [(&'static str, String); 3] {
    [
        ("calcast.toml", SETTINGS.to_owned()),
        ("events.csv", events(today)),
        ("articles/welcome.md", ARTICLE.replace("{today}", &today.to_string())),
    ]
}

/// A row: its cells by their columns.
type Row = Vec<(&'static str, String)>;

/// A table in which every column is filled in somewhere, of events that are to come.
fn events(today: Date) -> String {
    // The first Tuesday in two weeks or later, and what follows from it.
    let mut tuesday = today.saturating_add(14.days());
    while tuesday.weekday() != jiff::civil::Weekday::Tuesday {
        tuesday = tuesday.saturating_add(1.days());
    }
    let mut rows = series(tuesday, today);
    rows.extend(single(tuesday, today));
    let mut columns: Vec<&str> = Vec::new();
    for (column, _) in rows.iter().flatten() {
        if !columns.contains(column) {
            columns.push(column);
        }
    }
    let cell = |row: &Row, column: &str| {
        row.iter().find(|(name, _)| *name == column).map(|(_, cell)| cell.clone()).unwrap_or_default()
    };
    let cells = |row: &Row| columns.iter().map(|column| cell(row, column)).collect();
    super::table::csv(&columns, &rows.iter().map(cells).collect::<Vec<Vec<String>>>())
}

/// A series, and what is another on one of its dates.
fn series(tuesday: Date, today: Date) -> Vec<Row> {
    let on = |days: i64| tuesday.saturating_add(days.days());
    let group = vec![
        ("id", "tuesday-group".to_owned()),
        ("title", "Tuesday support group".into()),
        ("start", format!("{} 18:30", on(0))),
        ("end", "20:00".into()),
        ("timezone", "America/Chicago".into()),
        ("location", "Lakeside Library, room 2".into()),
        ("address", "120 Example Avenue, Chicago, IL".into()),
        ("latitude", "41.9000".into()),
        ("longitude", "-87.6300".into()),
        ("url", "https://example.org/tuesday-group".into()),
        ("description", "We meet to talk and to listen. **You need not sign up.**".into()),
        ("region", "USA/Illinois".into()),
        ("topic", "Support groups".into()),
        ("organizer", "Our Foundation <hello@example.org>".into()),
        ("contact", "+1 312 555 0100".into()),
        ("status", "confirmed".into()),
        ("repeat", "every Tuesday".into()),
        ("except", on(21).to_string()),
        ("also", on(23).to_string()),
        ("verified", today.to_string()),
    ];
    let moved = vec![
        ("id", "tuesday-group".to_owned()),
        ("occurrence", on(14).to_string()),
        ("start", format!("{} 19:00", on(15))),
        ("end", "20:30".into()),
        ("description", "On Wednesday this once: the library is closed on Tuesday.".into()),
    ];
    vec![group, moved]
}

/// Events that take place once, or not at all.
fn single(tuesday: Date, today: Date) -> Vec<Row> {
    let on = |days: i64| tuesday.saturating_add(days.days());
    let webinar = vec![
        ("id", "webinar-sleep".to_owned()),
        ("title", "Webinar: sleeping well".into()),
        ("start", on(9).to_string()),
        ("start_time", "12:00".into()),
        ("duration", "90 min".into()),
        ("timezone", "America/New_York".into()),
        ("online_url", "https://meet.example.org/sleep".into()),
        ("region", "Online".into()),
        ("topic", "Webinars".into()),
        ("cost", "free".into()),
        ("updated", today.to_string()),
    ];
    let walk = vec![
        ("id", "spring-walk".to_owned()),
        ("title", "Walk around the lake".into()),
        ("start", on(32).to_string()),
        ("end", on(33).to_string()),
        ("all_day", "yes".into()),
        ("region", "USA/Illinois; USA/Wisconsin".into()),
        ("topic", "Walks; Fund-raising".into()),
        ("image", "https://example.org/lake.jpg".into()),
    ];
    let gone = vec![
        ("id", "open-evening".to_owned()),
        ("title", "Open evening".into()),
        ("start", on(2).to_string()),
        ("start_time", "18:00".into()),
        ("end_time", "19:00".into()),
        ("region", "USA/Illinois".into()),
        ("cancelled", "yes".into()),
    ];
    let draft = vec![
        ("id", "symposium".to_owned()),
        ("title", "Symposium (not announced yet)".into()),
        ("start", on(60).to_string()),
        ("private", "yes".into()),
    ];
    vec![webinar, walk, gone, draft]
}
