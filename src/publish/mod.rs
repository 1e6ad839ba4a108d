//! Routes to documents: all documents of one site on one day are a [`snapshot::Snapshot`].
//!
//! # Caches
//!
//! | cache | file | saves |
//! | --- | --- | --- |
//! | documents by route and language, up to 64 MiB, with their compressed bodies | [`snapshot`] | rendering, assembling and compressing: 18 µs for the calendar of 60 events, a millisecond for a page or for compressing 32 kB |
//! | rendered events | `rendered_events` | rendering an event for each calendar that shows it, and unchanged ones after an edit: 4.4 µs per event, 0.4 s for 100,000 |
//! | index of regions and topics, with the texts that are searched | `facet_index` | a pass over all events for each filter, and for each count on a page |
//! | visible events, timetable of the year | [`snapshot`] | expanding all series for each page; once a day |

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
