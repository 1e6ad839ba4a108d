//! calcast turns a spreadsheet of events into calendars people can subscribe to.
//!
//! This page is the guided tour: the pipeline, the layers, the invariants, and where to add what.
//!
//! # The pipeline
//!
//! A [`Folder`](read::folder::Folder) of bytes is *read* into a [`Site`](site::Site) and a list of
//! [`Diagnostics`](diagnostic::Diagnostics). The Site is compared with the [`History`](history::History) in `calcast.lock`,
//! which says what changed and keeps every event as it was last published. A Site and a [`Route`](model::route::Route)
//! are *rendered* into a [`Document`](publish::document::Document); a [`Snapshot`](publish::snapshot::Snapshot) answers
//! every Route of one Site on one day. [`serve`] looks documents up in the current Snapshot, [`export`] writes all of
//! them, `check` stops after reading, `import` converts other calendars to a table.
//!
//! From a row of the spreadsheet to a line in a calendar:
//!
//! 1. [`source::disk`] reads the folder, and [`source::fetch`] the tables at an address.
//! 2. [`read::tables`] reads each table: [`read::sheet::dialect`] detects its form, [`read::sheet::table`] yields its rows,
//!    [`read::sheet::columns`] maps its headers. `read::row_parser` parses the cells of a row, with [`read::time`] and [`dates`]
//!    for dates; `read::row_finalizer` adds tags and the id, which gives an [`Event`](model::event::Event).
//! 3. `read::table_contents` finds the event of each row in the history, and the events that stay although no row has
//!    them. [`history::diff`] compares both: new, changed, moved, or removed ([`history::change`]).
//! 4. [`source::loader`] writes the lock and creates the Snapshot. Steps 1 to 4 are one load.
//! 5. [`publish::routes`] finds the renderer of a Route. For a calendar, [`render::vevent`] renders each event once, with
//!    [`ical::line::Writer`], and [`render::calendar`] joins the events of the filter.
//! 6. [`serve::respond`] sends the document, or 304 if the client has it.
//!
//! What could not be read is on the editor's page: [`publish::editor`] renders it from the report and the diagnostics of the
//! load, and [`serve::editor`] answers it at a secret address.
//!
//! # The layers
//!
//! Imports go down. Modules of one layer never import each other, and no two files import each other:
//!
//! ```text
//! cli                       one file per command
//! serve | export            HTTP | directories and object stores
//! source                    disk, network, clock, loading
//! publish                   snapshot, documents, headers, caches
//! read | render             bytes to model | model to bytes of one format
//! site                      a site with its history
//! history                   calcast.lock, comparison, changes
//! model                     events, articles, filters, routes, settings
//! dates | i18n | ical | markdown    formats, independent of calcast
//! diagnostic, digest, link, slug, text, …
//! ```
//!
//! # The invariants
//!
//! - Everything from Folder to Document is pure: the same bytes at the same instant give the same bytes on every machine.
//!   Clock, environment, disk and network are used in [`source`], [`serve`], [`export`] and [`cli`] only.
//! - Reading never fails. Mistakes of the author are [`Diagnostic`](diagnostic::Diagnostic)s, failures of the world are an
//!   error per edge such as [`DiskError`](source::disk::DiskError), and bugs are `expect("why this cannot happen")`.
//! - Equal filters are equal values, and so have one address, one document and one entity tag.
//! - An event is published as it was last good: an error in a row, a table or the settings never removes one.
//! - Writers escape or drop line breaks and control characters, and each parser accepts what its writer wrote.
//! - All caches are listed in [`publish`], with what they save.
//!
//! # Where to add what
//!
//! | to add | touch |
//! | --- | --- |
//! | a column | a variant of [`Column`](read::sheet::columns::Column) and its entry in `columns.toml`, a field of [`model::event::Event`], its cell in `read::row_parser`; the compiler names the calendar, the page and the record of an event in `history/record.rs`, which destructure it without `..`; a test asks for the README's table |
//! | a language of tables | one table in `dates/lexicon.toml`, names of columns in `read/sheet/columns.toml` |
//! | a way to write a date | one production in `dates/day.rs`, `dates/clock/grammar.rs`, `dates/moment/grammar.rs` or `dates/recurrence`, and a row in `tests/dates/examples.toml`, from which `docs/dates.md` is made |
//! | a kind of table file | one file in [`read::sheet`], a variant of [`TableFile`](read::sheet::table::TableFile) there, its detection in [`read::sheet::dialect`], a default name in [`EVENT_FILES`](model::settings::EVENT_FILES) |
//! | a rule | one entry in `diagnostic/catalogue.rs` and its explanation in `explanations.toml`, its check in [`read`], a folder in `tests/sites`; tests list rules without the second or the last |
//! | a setting | one line in `read/settings.md`, one arm in [`read::settings`], a field of [`Settings`](model::settings::Settings); a test asks for the README's table |
//! | a document or output format | one file in [`render`], a variant of [`Route`](model::route::Route) and its address in [`VIEWS`](model::route::VIEWS) or [`FILES`](model::route::FILES), one arm of [`publish::routes::info`]: four files with `render/mod.rs` |
//! | a feed format | one file in `render/feeds` and its arm there, a variant of [`FeedFormat`](model::route::FeedFormat) with name, extension and media type: three files |
//! | a message | its key in each file of `i18n/*.toml` and a field of `i18n::messages::Messages`; a test lists missing and unknown keys, the compiler unused fields |
//! | a language of pages | one file in `i18n` and its arm in `i18n/messages.rs`, a variant of [`Language`](i18n::language::Language), its plural and ordinal rules in `i18n/localizer.rs`; a test lists missing messages |
//! | an export target | one file with a [`Target`](export::Target), one arm of [`export::open`] |
//! | a command | one file in [`cli`] and its variant there |

pub mod cli;
pub mod dates;
pub mod diagnostic;
pub mod digest;
pub mod export;
pub mod history;
pub mod http_date;
pub mod i18n;
pub mod ical;
pub mod link;
pub mod markdown;
pub mod model;
pub mod mutex;
pub mod publish;
pub mod read;
pub mod render;
pub mod serve;
pub mod site;
pub mod slug;
pub mod source;
pub mod text;
