//! Errors of parsing dates, times and recurrences.

use jiff::civil::Date;

/// The expected form of a date.
pub(super) const A_DATE: &str = "a date such as 2026-05-12, or 2026-05-12T18:00";

/// Error of parsing a date or a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DateError {
    /// It is ambiguous.
    Ambiguous {
        /// The date with the day first.
        day_first: Date,
        /// The date with the month first.
        month_first: Date,
    },
    /// It is not an existing day.
    Date {
        /// What is expected.
        expected: String,
        /// What to type, if that is known.
        help: Option<String>,
    },
    /// It is not an existing time of day.
    Time {
        /// What is expected.
        expected: String,
        /// What to type, if that is known.
        help: Option<String>,
    },
}

impl DateError {
    /// Creates the error of a text that is no date.
    pub(super) fn no_date(expected: impl Into<String>) -> DateError {
        DateError::Date { expected: expected.into(), help: None }
    }
}

/// Error of parsing a recurrence.
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
