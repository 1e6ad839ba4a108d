//! Model to the bytes of one format each. Rendering is pure: the same site and day give the same bytes.

pub mod calendar;
pub mod changes;
pub mod diff;
pub mod feeds;
pub mod pages;
pub mod phrases;
pub mod plain;
pub mod report;
pub mod starter;
pub mod table;
pub mod verdict;
pub mod vevent;

pub mod zones;
