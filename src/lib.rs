//! calcast: *your events live in a spreadsheet, your people live in their calendars.*
//!
//! # The flow
//!
//! calcast is a printing house. A [`read::folder::Folder`] of bytes is *read* into a
//! [`site::Site`] and a list of [`diagnostic::Diagnostics`]; a Site plus a [`model::route::Route`] is
//! *rendered* into a [`publish::document::Document`]; all Documents of one Site on one day are an
//! [`publish::snapshot::Snapshot`]. `serve` looks Documents up in the current Snapshot, [`export`]
//! writes all of them out, `check` stops after reading.
//!
//! Follow a row of a spreadsheet to a line in a calendar:
//!
//! 1. [`source::disk`] brings the folder in as bytes.
//! 2. [`read::tables`] opens each table: [`read::sheet::dialect`] finds out how it is written,
//!    [`read::sheet::table`] cuts it into rows, [`read::sheet::columns`] says which cell is which; a row is
//!    checked where it stands, with [`read::time`] for what people write about time, and what is wrong with it
//!    is reported; `read::row_finalizer` completes the [`model::event::Event`] with its tags and its id.
//! 3. [`history::diff`] compares it with the [`history`] in `calcast.lock`: is it new, has it changed, when, and what
//!    is a subscriber told of it ([`history::change`])?
//! 4. [`render::vevent`] writes its VEVENT with [`ical::line::Writer`], once, when somebody first asks for it.
//! 5. [`publish::snapshot`] has [`render::calendar`] put the calendar of a filter together, with its tag and its date.
//! 6. [`serve::respond`] answers a request with it, or with 304 when the client has it already.
//!
//! # The layers
//!
//! Imports go down, and rooms on one floor never import each other:
//!
//! ```text
//! cli
//! serve | export
//! source
//! publish
//! read | render
//! site
//! history          calcast.lock: what was published when
//! model
//! i18n | ical | markdown  they know RFCs and CLDR, and nothing of calcast
//! diagnostic | digest | http_date | link | slug
//! sound | text
//! ```
//!
//! # What always holds
//!
//! - Everything from Folder to Document is pure: the same bytes at the same instant in, the same bytes out,
//!   on every machine. Clock, disk and network are touched in [`source`], [`serve`],
//!   [`export`] and [`cli`] only.
//! - Reading never fails. The author's mistakes are [`diagnostic::Diagnostic`]s; the world's failures are an
//!   error per edge, such as [`source::disk::DiskError`]; our own mistakes are `expect("why not")`.
//! - Equal filters are equal values, hence one address, one document, one entity tag.
//! - While serving, a reading with errors keeps the last good snapshot.
//!
//! # Where to add what
//!
//! | to add | touch |
//! | --- | --- |
//! | a column of the spreadsheet | one variant of [`read::sheet::columns::Column`] and its entry in `columns.toml`, one field in [`model::event::Event`]; renderers take events apart without `..`, so the compiler names each that must decide |
//! | a language of the spreadsheet | one table in `read/time/words.toml`, and names in `read/sheet/columns.toml` |
//! | a kind of file | one file in [`read::sheet`], one variant of [`read::sheet::table::TableFile`] |
//! | a rule | one [`diagnostic::Code`], its check in [`read`], a case in `tests/sites` |
//! | an output format | one file in [`render`], one variant of [`model::route::Route`] with its address, one arm of [`publish::routes::info`] |
//! | a message of pages and feeds | one key of each file in [`i18n`] and its field of `i18n::messages::Messages`; the compiler names a field that nothing reads |
//! | a language of pages and feeds | one file in [`i18n`], one variant of [`i18n::language::Language`]; a test names what it lacks |
//! | a kind of page | one file in [`render::pages`] with its template, one variant of [`model::route::Route`] with its address, one arm of [`publish::routes::info`] |
//! | a target of an export | one file in [`export`] that is an [`export::Target`] |
//! | a setting | one line in `read/settings.md`, one arm in [`read::settings`] |

pub mod cli;
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
pub mod publish;
pub mod read;
pub mod render;
pub mod serve;
pub mod site;
pub mod slug;
pub mod sound;
pub mod source;
pub mod text;
