//! Routes to documents: all documents of one site on one day are a [`snapshot::Snapshot`].
//!
//! # Caches
//!
//! | cache | file | saves |
//! | --- | --- | --- |
//! | documents, by route and language, 64 MiB | [`snapshot`] | rendering, assembling and compressing for every request after the first: 0.5 µs instead of 18 µs for a calendar of 60 events, 1 ms for a page |
//! | rendered events | `rendered_events` | rendering an event (4.4 µs) for each calendar that shows it, and after an edit for all events that are unchanged |
//! | index of regions and topics, and search texts | `facet_index` | a pass over all events for each filter |
//! | timetable of the year, and upcoming events | [`snapshot`] | expanding all series for each page |

pub mod document;
mod event_set;
pub mod export_routes;
mod facet_index;
pub mod headers;
pub mod not_found;
mod render;
mod rendered_events;
pub mod routes;
pub mod snapshot;
pub mod survey;
mod visible_events;
