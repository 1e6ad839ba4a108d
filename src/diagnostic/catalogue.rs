//! The catalogue: every rule that reading checks, how much it matters, and its page for `--explain`.

use std::fmt;

use serde::Serialize;

use super::Severity;

macro_rules! catalogue {
    ($($variant:ident $name:literal $severity:ident $rule:literal $page:literal;)*) => {
        /// Every rule that reading checks, with the name that `check` prints.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $(#[doc = $rule] $variant,)* }

        impl Code {
            /// All of them, in the order of the catalogue.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The name, as printed between brackets: `bad-date`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// Whether the rule refuses or warns.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)* }
            }

            /// The rule in a sentence.
            #[must_use]
            pub const fn rule(self) -> &'static str {
                match self { $(Code::$variant => $rule,)* }
            }

            /// Why there is the rule, and how to mend what breaks it.
            #[must_use]
            pub const fn page(self) -> &'static str {
                match self { $(Code::$variant => $page,)* }
            }
        }
    };
}

catalogue! {
    NoEvents "no-events" Error "The folder has the events file that the settings name."
        "Save the spreadsheet as events.csv (or events.xlsx, events.ods, events.ics) in the folder, or name the file in calcast.toml:\n\n    [[events]]\n    file = \"walks.csv\"";
    Unreachable "unreachable-source" Error "A table that the settings name by its address can be fetched."
        "The address answered with an error, or not in time, and no earlier copy is at hand. Open it in a browser: it must give the table itself, not a page about it. A Google sheet is published with File, Share, Publish to web, as CSV.";
    StaleSource "stale-source" Warning "A table that is fetched is as new as its last fetch."
        "The address could not be fetched this time. The copy from before is served meanwhile, and calcast asks again.";
    NotText "not-text" Error "A file is a table or text in a form that calcast reads."
        "Tables are CSV, .xlsx, .ods or .ics. An old .xls, a PDF or a web page is none: open it and save it as \"CSV UTF-8\" or .xlsx. calcast.toml and articles are UTF-8 text.";
    BadWorkbook "bad-workbook" Error "A workbook is whole, not locked by a password, and has the sheet that is asked for."
        "Open the file in the program it was made with and save it again as .xlsx or .ods, or as CSV UTF-8. The setting `sheet` names a sheet other than the first.";
    TooLarge "too-large" Error "A file, a cell or a list stays below the limits."
        "A table may have 256 columns and 2,000,000 rows; a cell 1 MiB; a title 1,000 characters; a row 50 regions and 50 topics; a site 20,000 of each. What is larger is usually a file in the wrong place.";
    UnclosedQuote "unclosed-quote" Error "A cell that opens with a quotation mark closes with one."
        "A quotation mark at the beginning of a cell makes everything up to the next one part of that cell, line breaks included. One that is never closed swallows the rest of the file. Close it, or double it (\"\") when it is part of the text.";
    CutOff "cut-off" Error "A table is whole when it is read."
        "The last row stops before the others do and no line end follows it, or no row is left at all; and an event to come that was there before is gone or is another. That is what an upload or a copy leaves that was cut off, so what was read before stays. Save or copy the table again. If it is all of it, end its last row with a line break (in a text editor: Enter at the end), and give the events that do not take place status = cancelled instead of taking their rows out.";
    StrayQuote "stray-quote" Warning "After the quotation mark that closes a cell comes the next cell."
        "Found text between the closing quotation mark and the separator: \"Zoo\" walk, for instance. It is read as if the marks were not there, and rows may have run together before it. Write \"\"\"Zoo\"\" walk\": the whole cell in marks, the marks inside doubled.";
    DamagedText "damaged-text" Warning "Letters are whole."
        "The sign U+FFFD stands where some program could not read a letter. Once saved like that the letter is lost; type it again. If the whole file is like that, its encoding was guessed wrongly: name it in calcast.toml, such as encoding = \"cp850\".";
    MixedEncoding "mixed-encoding" Warning "A file is in one encoding."
        "Some lines are UTF-8, others Windows-1252: a program appended to the file without looking at it. Each line is read in its own; save the file once as \"CSV UTF-8\".";
    ControlCharacter "control-character" Warning "Text has no control characters."
        "A character that no calendar or feed can carry, such as NUL, stands in a cell. It is left out. It comes from copying out of another program; type the cell again.";
    MissingColumn "missing-column" Error "The table has a column for the title and one for the start."
        "calcast looks for them in the first rows under the names in the README and those of Google Calendar, Outlook, The Events Calendar and others. Any other name is mapped once in calcast.toml:\n\n    [columns]\n    title = \"Veranstaltung\"\n    start = [\"Datum\", \"Zeit\"]";
    UnmappedColumn "unmapped-column" Error "A header that `[columns]` names is in the table."
        "[columns] says which header is which column. A header that is not in the table was renamed or misspelled; `check` prints the headers there are.";
    RepeatedColumn "repeated-column" Error "Each column stands once in the header."
        "Two columns with one name: the first is read. Rename the other, or remove it.";
    SharedColumn "shared-column" Warning "One column of the table is one column of calcast."
        "Two headers mean the same to calcast, such as `Subject` and `Title`. The first is read, the second where the first is blank. [columns] in calcast.toml says which is meant.";
    UnknownColumn "unknown-column" Warning "A column is one that calcast knows."
        "The column is not read. When it should be, give it a name from the table in the README, or map it in [columns].";
    RaggedRow "ragged-row" Warning "A row has no more cells than the header."
        "Cells beyond the last column are not read. Often a cell holds the separator: then it stands between quotation marks, \"Chicago, Illinois\".";
    ContinuedRow "continued-row" Note "A row that holds nothing but a time of day belongs to the row above it."
        "Some programs write the day in one row and the hour in the next. The hour is taken for the row above.";
    LeftOut "left-out" Note "A row or article marked private, hidden or draft is not published."
        "Columns such as private, sensitivity, visibility or publish status keep a row out of everything that is published. It is counted, so that nothing is left out in silence.";
    FormulaError "formula-error" Error "A cell that is read holds a value, not the error of a formula."
        "#REF!, #N/A and the like are what a spreadsheet shows when a formula has no result. Mend the formula, or type the value.";
    MissingValue "missing-value" Error "A row has a title and a start."
        "A row without one of them is no event. A row that is a heading or a remark can stay: it is named here, and left out.";
    MissingId "missing-id" Warning "A row has an id, so that it stays the same event when it changes."
        "Without an id the event is known by its title and first region; when those change, calendars show a new event and drop the old one. Add a column `id` with a short name for each row that never changes, such as chicago-group.";
    SameEvent "same-event" Warning "Each event has one row."
        "Two rows without an id have the same title, region and start. Usually one of them was pasted twice: remove it. If they are two events, give each an id of its own.";
    BadId "bad-id" Error "An id is a short piece of text without control characters."
        "At most 200 characters. Letters, digits and hyphens are best: the id is part of the event's address.";
    DuplicateId "duplicate-id" Error "An id names one row only."
        "Two rows with one id would be one event in calendars, and the other would vanish. The first row is kept; give the second an id of its own.";
    VanishedEvent "vanished-event" Warning "An event to come does not vanish without a word."
        "calcast.lock remembers an event to come that the table no longer has. In calendars it disappears without a word; people may go all the same. Put the row back with status = cancelled. If it was meant, nothing is to be done.";
    BadDate "bad-date" Error "A date is one that exists, with its year."
        "2026-05-12 is never misread. calcast also reads 12.5.2026, 12 May 2026, May 12, 2026, and 5/13/2026 where only one order fits.";
    BadNote "bad-note" Warning "A date in `verified` or `updated` is one that exists."
        "The event itself is published; only the note is not. Type a date such as 2026-05-12.";
    AmbiguousDate "ambiguous-date" Error "A date can be read one way only."
        "1/5/2026 is 1 May or 5 January, and no other date of the file tells which. Write in calcast.toml\n\n    date_order = \"day first\"     # 1 May\n    date_order = \"month first\"   # 5 January\n\nor type dates as 2026-05-01.";
    BadTime "bad-time" Error "A time of day is from 00:00 to 23:59."
        "18:00, 6 pm, 6.30 p.m., 18h30 and noon are all read. 20:00 AM and 17;00 are not, because a guess could be an hour wrong.";
    WeekdayAlone "weekday-alone" Error "A weekday stands beside a date."
        "\"Monday\" says no date. For a list of standing groups write weekly_from = 2026-09-01 in calcast.toml: each row then begins on its first weekday from that date on and comes every week. For the programme of one week write week_of = 2026-09-14.";
    BadDuration "bad-duration" Error "A duration is ISO 8601 or words such as 90 min."
        "90 min, 2 hours, 1:30 and PT1H30M are read. An event of whole days lasts whole days: 3 days.";
    EndBeforeStart "end-before-start" Error "An event does not end before it starts."
        "An end without a date is on the day of the start, or on the next when it is earlier. An end with a date before the start is a slip, often the year.";
    EndTwice "end-twice" Error "End and duration agree when both are given."
        "Clear one of the two.";
    BadFlag "bad-flag" Error "A yes/no cell says yes or no."
        "yes, no, true, false, 1, 0, x, ja, nein, oui, non, sí are read, and an empty cell is no. A row whose privacy cannot be read is not published.";
    UnknownZone "unknown-zone" Error "A time zone is an IANA name such as America/Chicago."
        "The name of the region and a city with a slash. Names that Windows uses, such as Central Standard Time, are understood as well.";
    NoZone "no-zone" Warning "A time of day belongs to a time zone."
        "Without one UTC is assumed, and everybody is hours off. Write timezone = \"America/Chicago\" (or yours) in calcast.toml.";
    OffsetContradictsZone "offset-contradicts-zone" Warning "An offset from UTC is the one the zone has on that date."
        "2026-07-01T18:00-06:00 with America/Chicago contradicts itself: in July it is -05:00 there. The offset decides the instant, the zone the series.";
    SkippedTime "skipped-time" Warning "A local time exists on its date."
        "When clocks go forward an hour is skipped. The time is placed as RFC 5545 §3.3.5 says: with the offset from before the change.";
    RepeatedTime "repeated-time" Warning "A local time happens once on its date."
        "When clocks go back an hour comes twice. The first is taken (RFC 5545 §3.3.5); an offset says which is meant.";
    BadStatus "bad-status" Error "A status is confirmed, tentative, cancelled, postponed or sold out."
        "An empty cell is confirmed.";
    BadLink "bad-link" Warning "A link is a whole http, https, mailto or tel address."
        "Begin with https://. The event is published without the link until then.";
    BadCoordinate "bad-coordinate" Warning "Latitude and longitude are decimal degrees, both or neither."
        "41.88 and -87.63: north and east are positive, with a decimal point.";
    BadTag "bad-tag" Error "A region or topic is a name of letters or digits, not too long or deep."
        "At most 100 characters and 8 levels with / between: USA/Illinois/Chicago.";
    TagSpelling "tag-spelling" Warning "A region or topic is spelled one way only."
        "Two spellings have one address, such as St. Louis and St Louis. The first one seen is shown.";
    BadRepeat "bad-repeat" Error "A repeat is in words calcast knows, or a recurrence rule that calendar programs share."
        "every Tuesday · every other Tuesday · every two weeks, 10 times · monthly on the 2nd Tuesday until June 2027 · on the 15th of every month · every last Friday · yearly on 12 May. Or a rule: FREQ=MONTHLY;BYDAY=2TU;UNTIL=20270630 (RFC 5545 §3.3.10).";
    RepeatMismatch "repeat-mismatch" Error "The start is the first date of its own repeat rule."
        "A series that repeats on Tuesdays starts on a Tuesday: calendar programs differ on what else it would mean.";
    NotInSeries "not-in-series" Warning "A date left out is one that the series has."
        "The date in `except` is none of the series; usually a slip by a day or a week.";
    LongHours "long-hours" Warning "An event of several days is written as whole days."
        "From 9:00 on Friday to 17:00 on Sunday is one block through both nights in every calendar program. Dates without times make it whole days, which programs show as a line above the days; the hours of each day go to the description, or each day has a row of its own.";
    RuleNotShared "rule-not-shared" Warning "A series is one that every calendar program has."
        "Outlook keeps a series as one pattern: every so many days, some days of the week, one day of the month or of the year by its number or as the first to fourth or last of a weekday. What is more than that (the 1st and the 3rd Tuesday) is right in Google Calendar, Apple Calendar and Thunderbird, and on the pages, but Outlook may show other dates or one alone. Two rows, one for each day, are right everywhere.";
    OccurrenceWithoutSeries "occurrence-without-series" Error "A row with an `occurrence` has the id of a series, and names a date of it."
        "A row whose cell `occurrence` holds a date replaces that date of a series: it has the same `id` as the row with `repeat`, in the same table. What its other cells leave blank stays as the series has it, so `status` alone cancels one date, and `start` alone moves it.";
    OccurrenceTwice "occurrence-twice" Error "A date of a series is replaced by one row."
        "Two rows have the same id and the same `occurrence`. The first is kept; put what the second says into it.";
    Unverified "unverified" Warning "A standing event was confirmed by somebody not too long ago."
        "A series goes on for ever in the table while the group may have stopped meeting. Ask, and type today's date in `verified`. The setting verify_every says how long a word holds (12 months).";
    BadCalendar "bad-calendar" Error "An .ics file is iCalendar (RFC 5545)."
        "The file begins with BEGIN:VCALENDAR and each event stands between BEGIN:VEVENT and END:VEVENT. Export it again from the calendar program.";
    BadSettings "bad-settings" Error "calcast.toml is TOML, and each value has the right kind."
        "One setting a line: title = \"My calendar\". Text stands between quotation marks; what follows # is a comment.";
    BadRename "bad-rename" Warning "A region or topic that was renamed is gone, and its new name is there."
        "[renamed] leads people who subscribed under an old name to the new one. The rows have the new name, and none has the old one any more; then the line\n\n    [renamed]\n    \"regions/chicago\" = \"regions/usa/illinois\"\n\nsends calendar programs from /regions/chicago.ics to /regions/usa/illinois.ics.";
    MissingLogo "missing-logo" Warning "The logo that the settings name lies beside the articles."
        "`logo` in calcast.toml is the path of a picture below the folder of articles: pictures/logo.svg is the file articles/pictures/logo.svg. Without it pages show a leaf of a calendar.";
    NoBaseUrl "no-base-url" Warning "A site that tells a hub of its changes says where it is reached."
        "A WebSub hub fetches the feeds by their whole addresses. Write base_url = \"https://…\" in calcast.toml, or start with --base-url.";
    UnknownSetting "unknown-setting" Warning "A setting is one that calcast knows."
        "It has no effect. The README has the table of all settings.";
    BadFrontMatter "bad-front-matter" Error "An article opens with front matter in TOML or YAML."
        "TOML between two lines of +++, or YAML between two lines of ---, with at least title and date.";
    RepeatedKey "repeated-key" Warning "A key stands once in the front matter of an article."
        "The first one is read.";
    BadArticle "bad-article" Error "An article has a title and a date, and text that can be rendered."
        "title = \"…\" and date = 2026-05-12 in the front matter, or the date at the beginning of the file's name.";
    DuplicateSlug "duplicate-slug" Error "An article's address is its own."
        "Two files have one name. Rename one, or give it slug = \"…\" in its front matter.";
    BadLock "bad-lock" Error "calcast.lock is as calcast wrote it."
        "The file is calcast's memory of what changed when. Restore its last good version; without it every event would look new to everybody.";
    LargeFeed "large-feed" Warning "A calendar feed stays below what Google Calendar takes."
        "Google drops events above about 1 MB or 1,111 events, without a word. Offer the calendars of single regions or topics, or set a shorter `past`.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
