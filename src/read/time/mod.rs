//! The time of a row: the columns of its start and end, and of the series that it is the first of.

mod cells;
pub mod context;
pub mod repeat;
pub mod when;
