//! Summary of how a table is read, in one sentence.

use super::sheet::header::Header;
use super::time::context::{DateContext, OrderDecision};
use crate::dates::order::DateOrder;
use crate::model::settings::Weekdays;

/// Returns the sentence for the report of `check`.
pub(super) fn summary(file: &str, nature: &str, header: &Header, dates: &DateContext<'_>) -> String {
    let mut text = format!("{file} is read as {nature}");
    match header.row() {
        0 => text.push_str(", without a header"),
        row => text.push_str(&format!(", with its header in row {row}")),
    }
    if let Some(export) = header.export() {
        text.push_str(&format!(", as {} has it", export.name));
        if export.midnight_end {
            text.push_str(" (whole days end at the midnight after them)");
        }
    }
    match dates.order.decided() {
        None | Some(OrderDecision::Open | OrderDecision::Conflicting(..)) => {}
        Some(OrderDecision::Said(order, why) | OrderDecision::Shown(order, why)) => {
            let day = match order {
                DateOrder::DayFirst => "day",
                DateOrder::MonthFirst => "month",
                DateOrder::YearFirst => "year",
            };
            text.push_str(&format!(", with the {day} first in dates ({why})"));
        }
    }
    match dates.weekdays {
        None => {}
        Some(Weekdays::WeeklyFrom(date)) => {
            text.push_str(&format!(", with weekdays as weekly from {date} on"))
        }
        Some(Weekdays::WeekOf(date)) => text.push_str(&format!(", with weekdays as those from {date} on")),
    }
    text.push('.');
    text
}
