//! What people write about time: dates, times of day, weekdays, recurrences, and when the event of a row takes place.

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
