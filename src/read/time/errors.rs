//! Why the text of a date, a time or a recurrence cannot be read.

use jiff::civil::Date;

/// What is expected of a date.
pub(super) const A_DATE: &str = "a date such as 2026-05-12, or 2026-05-12T18:00";

/// Why a date or a time cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DateError {
    /// It could be two days.
    Ambiguous {
        /// The date with the day first.
        day_first: Date,
        /// The date with the month first.
        month_first: Date,
    },
    /// It is no day that exists.
    Date {
        /// What is expected.
        expected: String,
        /// What to type, if that can be said.
        help: Option<String>,
    },
    /// It is no time of day that exists.
    Time {
        /// What is expected.
        expected: String,
        /// What to type, if that can be said.
        help: Option<String>,
    },
}

impl DateError {
    /// Creates the error of a text that is no date.
    pub(super) fn no_date(expected: impl Into<String>) -> DateError {
        DateError::Date { expected: expected.into(), help: None }
    }
}

/// Why words are no recurrence rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecurrenceError {
    /// What was found, in words.
    pub found: String,
    /// What to type instead.
    pub help: String,
}

impl RecurrenceError {
    /// Creates an error.
    pub(super) fn new(found: impl Into<String>, help: impl Into<String>) -> RecurrenceError {
        RecurrenceError { found: found.into(), help: help.into() }
    }
}
