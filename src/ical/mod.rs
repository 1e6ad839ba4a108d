//! iCalendar (RFC 5545) as a format: lines, text, values, rules, zones. It knows nothing of calcast.
//!
//! What writes stands beside what reads, and the one is the inverse of the other.

pub mod line;
pub mod recur;
pub mod rule;
pub mod shared;
pub mod text;
pub mod value;
pub mod windows;
pub mod zone;
