//! Documents of a site: one file per format. Rendering is pure: the same site and day give the same bytes.

pub mod calendar;
pub mod changes;
pub mod crawlers;
pub mod diff;
pub mod feeds;
pub mod pages;
pub mod phrases;
pub mod report;
pub mod starter;
pub mod table;
pub mod verdict;
pub mod vevent;
pub mod zones;
