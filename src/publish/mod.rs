//! Routes to documents: all documents of one site on one day are a [`snapshot::Snapshot`].
//!
//! # Caches
//!
//! All caches of the program, and what each saves. Data of the program that is parsed at first use is not a cache.
//! "100,000" is a table of as many events.
//!
//! | cache | file | saves |
//! | --- | --- | --- |
//! | documents by route and language, up to 64 MiB | [`snapshot`] | rendering and assembling: 18 µs for the calendar of 60 events, a millisecond for a page |
//! | bodies of a document by encoding | [`document`] | compressing: a millisecond for 32 kB |
//! | rendered events, passed on to the next snapshot where unchanged | `rendered_events` | 3.0 µs per event of each calendar, 0.3 s for 100,000 |
//! | VTIMEZONEs by zone and years, up to 4,096 | `render/zones.rs` | 3 µs per zone of each calendar, a fifth of a filter that is requested for the first time |
//! | events of each region and topic | `facet_index` | with the next one, 73 ms for each filter of 100,000 |
//! | events that calendars show on the day | `visible_events` | see above |
//! | texts of the events in lower case, up to 64 MiB | `facet_index` | 93 ms for each search of 100,000 |
//! | timetable of the year and the events to come | [`snapshot`] | expanding all series for each page: 40 ms for 100,000 |
//! | last good response of each fetched table | `source/fetch.rs` | a download if nothing changed (304) |
//! | history of the last load | `source/loader.rs` | parsing `calcast.lock` on each reload: 0.37 s for 100,000 |
//! | contacts of a load by the text of their cell, up to 10,000 | `read/contacts.rs` | memory, since events share them: 13 of 172 MB for 100,000 with the same two |
//! | tags of a load by their name | `read/tags.rs` | 5 µs for each name in a row |
//! | order of day and month in a table | `read/time/context.rs` | a pass over the table for each ambiguous date: 46 ms for 100,000 |
//! | zones that a calendar file defines, by TZID | `read/sheet/calendar/zones.rs` | comparing with known zones: 4.4 ms for each event |

pub mod document;
pub mod editor;
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
