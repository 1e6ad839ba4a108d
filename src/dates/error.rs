//! Errors of reading dates and times.

use super::order::DateOrder;

/// Why a date or a time is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DateError {
    /// The order of day, month and year decides which of these days it is.
    Ambiguous {
        /// The readings, each as the text to type in its place.
        readings: Vec<String>,
        /// The orders that decide.
        orders: Vec<DateOrder>,
        /// Whether points are between the numbers, before which no country writes the month.
        is_dotted: bool,
    },
    /// It is not one existing day.
    Date {
        /// What is expected.
        expected: String,
        /// What to type, if that is certain.
        help: Option<String>,
    },
    /// It is not one time of day.
    Time {
        /// What is expected.
        expected: String,
        /// What to type, if that is certain.
        help: Option<String>,
    },
}

impl DateError {
    /// Creates the error of a text that is no date.
    pub(super) fn date(expected: impl Into<String>) -> DateError {
        DateError::Date { expected: expected.into(), help: None }
    }

    /// Creates the error of a text that is no time of day.
    pub(super) fn time(expected: impl Into<String>) -> DateError {
        DateError::Time { expected: expected.into(), help: None }
    }

    /// Adds what to type.
    pub(super) fn or_type(mut self, text: impl Into<String>) -> DateError {
        if let DateError::Date { help, .. } | DateError::Time { help, .. } = &mut self {
            *help = Some(text.into());
        }
        self
    }
}
