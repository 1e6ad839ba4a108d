//! What was assumed about a table, in one sentence, for whoever wonders why it is read as it is.

use super::sheet::header::{Export, Header};
use super::time::order::Decision;
use super::time::when::DateContext;
use crate::model::settings::{DateOrder, Weekdays};

/// The sentence.
pub(super) fn sentence(file: &str, nature: &str, header: &Header, reckoning: &DateContext<'_>) -> String {
    let mut words = format!("{file} is read as {nature}");
    match header.row() {
        0 => words.push_str(", without a header"),
        row => words.push_str(&format!(", with its header in row {row}")),
    }
    if let Some(export) = header.export() {
        words.push_str(&format!(", as {} has it", export.name()));
        if export == Export::Outlook {
            words.push_str(" (whole days end at the midnight after them)");
        }
    }
    match reckoning.order.decided() {
        None | Some(Decision::Open | Decision::Conflicting(..)) => {}
        Some(Decision::Said(order, why) | Decision::Shown(order, why)) => {
            let day = match order {
                DateOrder::DayFirst => "day",
                DateOrder::MonthFirst => "month",
            };
            words.push_str(&format!(", with the {day} first in dates ({why})"));
        }
    }
    match reckoning.weekdays {
        None => {}
        Some(Weekdays::WeeklyFrom(date)) => {
            words.push_str(&format!(", with weekdays as weekly from {date} on"))
        }
        Some(Weekdays::WeekOf(date)) => words.push_str(&format!(", with weekdays as those from {date} on")),
    }
    words.push('.');
    words
}
