//! Parsers of dates, times of day, weekdays and recurrences as people write them, and of the time of a row.

pub mod clock;
pub mod context;
pub mod date_text;
mod end;
pub mod errors;
pub mod language;
mod moment;
pub mod recurrence_text;
pub mod repeat;
mod scan;
mod tokens;
pub mod weekday;
pub mod when;
