//! The catalogue of rules: name, severity and sentence. The explanations are in `explanations.toml`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use serde::Serialize;

use super::Severity;

macro_rules! catalogue {
    ($($variant:ident $name:literal $severity:ident $rule:literal;)*) => {
        /// A rule that is checked on reading.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $(#[doc = $rule] $variant,)* }

        impl Code {
            /// All rules, in the order of the catalogue.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// Returns the name that `check` prints, such as `bad-date`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// Returns the severity of a violation.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)* }
            }

            /// Returns the rule in a sentence.
            #[must_use]
            pub const fn rule(self) -> &'static str {
                match self { $(Code::$variant => $rule,)* }
            }
        }
    };
}

catalogue! {
    NoEvents "no-events" Error "The folder has the events file that the settings name.";
    Unreachable "unreachable-source" Error "A table that the settings name can be fetched, or read from disk.";
    StaleSource "stale-source" Warning "A table that is fetched is as new as its last fetch.";
    UnreadableFile "unreadable-file" Error "A file beside the articles can be read.";
    NotText "not-text" Error "A file is a table or text in a form that calcast reads.";
    BadWorkbook "bad-workbook" Error "A workbook is whole, not locked by a password, and has the sheet that is asked for.";
    TooLarge "too-large" Error "A file, a cell or a list stays below the limits.";
    UnclosedQuote "unclosed-quote" Error "A cell that opens with a quotation mark closes with one.";
    Shrunk "shrunk-table" Error "A table does not lose most of its events to come at once.";
    MissingApproval "missing-approval" Error "A table keeps the column that says which rows are approved or private.";
    CutOff "cut-off" Error "A table is whole when it is read.";
    StrayQuote "stray-quote" Warning "After the quotation mark that closes a cell comes the next cell.";
    DamagedText "damaged-text" Warning "Letters are whole.";
    MixedEncoding "mixed-encoding" Warning "A file is in one encoding.";
    ControlCharacter "control-character" Warning "Text has no control characters.";
    MissingColumn "missing-column" Error "The table has a column for the title and one for the start.";
    UnmappedColumn "unmapped-column" Error "A header that `[columns]` names is in the table.";
    RepeatedColumn "repeated-column" Error "Each column stands once in the header.";
    SharedColumn "shared-column" Warning "One column of the table is one column of calcast.";
    UnknownColumn "unknown-column" Warning "A column is one that calcast knows.";
    RaggedRow "ragged-row" Warning "A row has no more cells than the header.";
    ContinuedRow "continued-row" Note "A row that holds nothing but a time of day belongs to the row above it.";
    LeftOut "left-out" Note "A row or article marked private, hidden or draft is not published.";
    FormulaError "formula-error" Error "A cell that is read holds a value, not the error of a formula.";
    MissingValue "missing-value" Error "A row has a title and a start.";
    MissingId "missing-id" Warning "A row has an id, so that it stays the same event when it changes.";
    SameEvent "same-event" Warning "Each event has one row.";
    BadId "bad-id" Error "An id is a short piece of text without control characters.";
    DuplicateId "duplicate-id" Error "An id names one row only.";
    VanishedEvent "vanished-event" Warning "An event to come does not vanish without a word.";
    BadDate "bad-date" Error "A date is one that exists, with its year.";
    BadNote "bad-note" Warning "A date in `verified` or `updated` is one that exists.";
    AmbiguousDate "ambiguous-date" Error "A date can be read one way only.";
    BadTime "bad-time" Error "A time of day is from 00:00 to 23:59.";
    WeekdayAlone "weekday-alone" Error "A weekday stands beside a date.";
    BadDuration "bad-duration" Error "A duration is ISO 8601 or words such as 90 min.";
    EndBeforeStart "end-before-start" Error "An event does not end before it starts.";
    EndTwice "end-twice" Error "End and duration agree when both are given.";
    BadFlag "bad-flag" Error "A yes/no cell says yes or no.";
    UnknownZone "unknown-zone" Error "A time zone is an IANA name such as America/Chicago.";
    NoZone "no-zone" Warning "A time of day belongs to a time zone.";
    OffsetContradictsZone "offset-contradicts-zone" Warning "An offset from UTC is the one the zone has on that date.";
    SkippedTime "skipped-time" Warning "A local time exists on its date.";
    RepeatedTime "repeated-time" Warning "A local time happens once on its date.";
    BadStatus "bad-status" Error "A status is confirmed, tentative, cancelled, postponed or sold out.";
    BadLink "bad-link" Warning "A link is a whole http, https, mailto or tel address.";
    BadCoordinate "bad-coordinate" Warning "Latitude and longitude are decimal degrees, both or neither.";
    BadTag "bad-tag" Error "A region or topic is a name of letters or digits, not too long or deep.";
    TagSpelling "tag-spelling" Warning "A region or topic is spelled one way only.";
    BadRepeat "bad-repeat" Error "A repeat is in words calcast knows, or a recurrence rule that calendar programs share.";
    RepeatMismatch "repeat-mismatch" Error "The start is the first date of its own repeat rule.";
    NotInSeries "not-in-series" Warning "A date left out is one that the series has.";
    LongHours "long-hours" Warning "An event of several days is written as whole days.";
    RuleNotShared "rule-not-shared" Warning "A series is one that every calendar program has.";
    OccurrenceWithoutSeries "occurrence-without-series" Error "A row with an `occurrence` has the id of a series, and names a date of it.";
    OccurrenceTwice "occurrence-twice" Error "A date of a series is replaced by one row.";
    Unverified "unverified" Warning "A standing event was confirmed by somebody not too long ago.";
    BadCalendar "bad-calendar" Error "An .ics file is iCalendar (RFC 5545).";
    BadSettings "bad-settings" Error "calcast.toml is TOML, and each value has the right kind.";
    BadRename "bad-rename" Warning "A region or topic that was renamed is gone, and its new name is there.";
    MissingLogo "missing-logo" Warning "The logo that the settings name lies beside the articles.";
    NoBaseUrl "no-base-url" Warning "A site knows the address where people reach it.";
    UnknownSetting "unknown-setting" Warning "A setting is one that calcast knows.";
    BadFrontMatter "bad-front-matter" Error "An article opens with front matter in TOML or YAML.";
    RepeatedKey "repeated-key" Warning "A key stands once in the front matter of an article.";
    BadArticle "bad-article" Error "An article has a title and a date, and text that can be rendered.";
    DuplicateSlug "duplicate-slug" Error "An article's address is its own.";
    BadLock "bad-lock" Error "calcast.lock is as calcast wrote it.";
    LargeFeed "large-feed" Warning "A calendar feed stays below what Google Calendar takes.";
}

/// The explanations, by the names of the rules.
static EXPLANATIONS: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| toml::from_str(include_str!("explanations.toml")).expect("a test reads them"));

impl Code {
    /// Returns the reason for the rule and how to comply with it.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        EXPLANATIONS.get(self.name()).expect("a test looks up every rule")
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_an_explanation() {
        assert!(Code::ALL.iter().all(|code| !code.explanation().is_empty()));
        assert_eq!(EXPLANATIONS.len(), Code::ALL.len());
    }
}
