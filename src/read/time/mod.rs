//! What people write about time to what it is: dates, times of day, weekdays, rhythms, and when a row's event
//! is.

pub mod clock;
mod end;
pub mod language;
mod moment;
pub mod order;
pub mod repeat;
pub mod rhythm;
mod scan;

pub mod timing;
mod tokens;
pub mod weekday;
pub mod when;
pub mod written;
