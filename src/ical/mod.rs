//! The iCalendar format (RFC 5545): content lines, values, recurrence rules and time zones. Independent of calcast.
//!
//! Each writer is in one file with its parser, and `parse(write(x)) == x`.

pub mod line;
pub mod recur;
pub mod rule;
pub mod shared;
pub mod text;
pub mod value;
pub mod windows;
pub mod zone;
