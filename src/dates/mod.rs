//! What people type about time, to values: dates, times of day, ranges, lengths and recurrences in English, German, French
//! and Spanish.
//!
//! A cell is split into tokens, and a grammar of productions reads it: every production returns each way to read
//! it, and a cell is understood if all ways to read the whole of it mean the same. No word is skipped and nothing is
//! guessed; what could be two things is an error that says which. The words are data, in `lexicon.toml`.
//!
//! Nothing here knows anything of calcast.

pub mod clock;
pub mod day;
pub mod duration;
pub mod error;
pub mod lexicon;
pub mod moment;
pub mod order;
mod reader;
pub mod recurrence;
mod token;
pub mod zone;
