//! Reads a [`folder::Folder`] of bytes into a [`Site`] and diagnostics.
//!
//! Each row of a table goes through three types: a [`RawRow`](sheet::raw_row::RawRow) has its cells and their places, a
//! parsed row has typed cells, or diagnostics, and an [`Event`] is complete with tags and an id. Reading is pure: the
//! same bytes at the same instant give the same site. It never stops at a fault: a bad row, article or setting is left
//! out and reported.

pub mod article;
pub mod cell;
pub mod contacts;
mod dialect_summary;
pub mod folder;
pub mod frontmatter;
mod held_events;
mod id_assignment;
pub mod ids;
pub mod import;
mod left_out_row;
pub mod lint;
pub mod lock;
mod overrides;
mod picture;
pub mod posts;
mod renames;
pub mod robots;
mod row_finalizer;
mod row_parser;
pub mod settings;
pub mod sheet;
pub mod sources;
mod table_contents;
mod table_diagnostics;
mod table_rows;
pub mod tables;
pub mod tags;
pub mod time;
mod truncation;
mod vanished_events;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, Reading};
use crate::digest::{self, Digest};
use crate::history::History;
use crate::history::diff::{CurrentState, LoadedEvent};
use crate::model::event::{Event, EventId};
use crate::model::report::{FaultyRow, LoadReport};
use crate::model::settings::{BaseUrl, Removed, Settings};
use crate::site::Site;
use contacts::ContactCache;
use folder::Folder;
use held_events::LoadInstant;
use left_out_row::LeftOutRow;
use overrides::OverrideRows;
use table_contents::TableContents;
use tables::TableReader;
use tags::TagRegistry;

/// A site as it was read.
#[derive(Debug)]
pub struct LoadedSite {
    /// The site.
    pub site: Site,
    /// The history before this load.
    pub before: History,
    /// How it was read.
    pub report: LoadReport,
    /// Cell and event of each series, in the order of the rows.
    pub series: Vec<(Place, Arc<Event>)>,
    /// Slug of each article, by its path.
    pub article_files: BTreeMap<String, String>,
    /// Whether the settings can be read as a whole.
    pub has_settings: bool,
    /// When to read the folder again, although it has not changed.
    pub read_again: Option<Timestamp>,
    /// Events whose rows say that they are not to be published.
    withdrawn: BTreeSet<EventId>,
    today: Date,
}

impl LoadedSite {
    /// Returns a diagnostic for each event to come that went lately.
    #[must_use]
    pub fn vanished_events(&self) -> Vec<Diagnostic> {
        let after = &self.site.history;
        vanished_events::diagnostics(&self.before, after, &self.report, &self.withdrawn, self.today)
    }
}

/// Reads a folder at an instant.
#[must_use]
pub fn load(folder: Folder, now: Timestamp) -> Reading<LoadedSite> {
    load_with_progress(folder, now, &mut || {})
}

/// Reads a folder at an instant and calls a function for each row. The folder is dropped as soon as it is read, since a
/// large table takes a quarter of the memory of a load.
#[must_use]
pub fn load_with_progress(
    mut folder: Folder,
    now: Timestamp,
    progress: &mut dyn FnMut(),
) -> Reading<LoadedSite> {
    let mut out = Diagnostics::default();
    let mut reading = settings::read(&folder, &mut out);
    let settings = &mut reading.settings;
    let (before, is_reload) = (lock::read(&folder, &mut out), folder.remembered().is_some());
    folder.remove(lock::FILE);
    let (today, is_accepted) = (today(settings, now), folder.is_accepted());
    let at = LoadInstant { today, now, is_accepted, holds_all: reading.holds_all };
    let mut tags = TagRegistry::default();
    let mut reader = TableReader {
        settings,
        at,
        tags: &mut tags,
        out: &mut out,
        progress,
        before: &before,
        contacts: ContactCache::default(),
        contents: TableContents::new(at.today),
        overrides: OverrideRows::default(),
    };
    let mut tables = reader.read_all(&folder);
    let mut contents = reader.contents;
    let articles = article::read_all(&folder, settings, &mut tags, &mut out);
    renames::check(&mut settings.renamed, &tags, &before, &mut out);
    let config_hash = config_hash(settings, &folder);
    let uid_domain = uid_domain(settings, &before, folder.new_uid_domain());
    drop(folder);
    let (bases, mut held) = contents.reconcile(&before, &mut tables, &at, &mut out);
    contents.prune(&mut tags, &articles.articles);
    let current = CurrentState {
        events: &contents.events,
        bases,
        tables: contents.tables.iter().map(|table| table.history.clone()).collect(),
        table_of: &contents.table_of,
        held: held.events,
        withdrawn: &held.withdrawn,
        articles: &articles.articles,
        tags: tags.into_names(),
        uid_domain: &uid_domain,
        config_hash,
        today: at.today,
        has_all_articles: !articles.has_errors && !reading.has_errors,
        is_reload,
    };
    let (history, mut loaded) = before.clone().updated(&current, now);
    let held_events: BTreeSet<EventId> = current.held.into_keys().collect();
    loaded.extend(cancelled_by_removal(settings, &history, at.today));
    let series = contents.take_series();
    contents.complete(&mut tables, &history, &held_events);
    out.sort();
    let left_out = articles.left_out + tables.iter().map(|table| table.left_out).sum::<usize>();
    let faulty_rows = faulty_rows(contents.left_out, &mut held.of_rows);
    let report = LoadReport { at: now, left_out, tables, held: held_events, faulty_rows };
    let value = LoadedSite {
        site: Site::new(reading.settings, history, loaded, articles.articles, articles.assets),
        before,
        report,
        series,
        article_files: articles.files,
        has_settings: reading.is_whole,
        read_again: held.read_again,
        withdrawn: held.withdrawn,
        today: at.today,
    };
    Reading { value, diagnostics: out }
}

/// Returns the rows with errors, in their order. `events` are their events that stay published, by index.
fn faulty_rows(rows: Vec<LeftOutRow>, events: &mut BTreeMap<usize, EventId>) -> Vec<FaultyRow> {
    rows.into_iter().enumerate().filter_map(|(index, row)| row.into_faulty(events.remove(&index))).collect()
}

/// Returns the events whose rows were deleted lately, as cancelled ones, if the settings ask for it.
fn cancelled_by_removal(settings: &Settings, history: &History, today: Date) -> Vec<LoadedEvent> {
    if settings.removed != Removed::Cancel {
        return Vec::new();
    }
    let since = today.checked_sub(settings.cancelled_days.days()).unwrap_or(today);
    let day = |at: Timestamp| settings.zone.to_datetime(at).date();
    let removed = history.removed();
    let shown = removed.filter(|(event, at, _)| event.last_day().unwrap_or(day(*at)) >= since);
    shown.map(|(event, _, history)| (Arc::new(event), Arc::clone(history))).collect()
}

/// Returns a diagnostic if the site does not know its address.
#[must_use]
pub fn check_address(settings: &Settings) -> Option<Diagnostic> {
    if settings.base_url.is_some() && !settings.is_local {
        return None;
    }
    let place = Place::whole(&Folder::name(settings::FILE));
    let expected = "base_url = \"https://…\", the address of this site";
    let fault = Diagnostic::new(Code::NoBaseUrl, place, "no base_url", expected);
    Some(fault.help("until it is set, the links to subscribe lead to this machine and work nowhere else"))
}

/// Returns the current day in the zone of the site.
#[must_use]
pub fn today(settings: &Settings, now: Timestamp) -> Date {
    settings.zone.to_datetime(now).date()
}

/// Returns the part of UIDs after `@`: as set, as published before, the host of the site, or a new one.
fn uid_domain(settings: &Settings, history: &History, new: Option<&str>) -> String {
    let set = settings.uid_domain.clone();
    let published = || history.site.as_ref().map(|site| site.uid_domain.clone());
    let host = || settings.base_url.as_ref().map(|base| BaseUrl::host(base).to_owned());
    set.or_else(published).or_else(host).unwrap_or_else(|| new.unwrap_or("calcast.invalid").to_owned())
}

/// Returns a hash of what every document depends on beside events and articles: the version of the program and of its
/// time zones, the settings, and the files beside the articles.
fn config_hash(settings: &Settings, folder: &Folder) -> u128 {
    let mut digest = Digest::new();
    digest.text(env!("CARGO_PKG_VERSION"));
    digest.text(crate::ical::zone::database_version());
    digest.text(&format!("{settings:?}"));
    for (path, bytes) in folder.below(&settings.articles) {
        if !article::is_article(path) {
            digest.text(path);
            digest.text(&format!("{:032x}", digest::hash(bytes)));
        }
    }
    digest.finish()
}

/// Returns the media type of a file that may be published beside articles, by its extension.
#[must_use]
pub fn media_type(path: &str) -> Option<&'static str> {
    let ending = path.rsplit_once('.')?.1.to_ascii_lowercase();
    Some(match ending.as_str() {
        "avif" => "image/avif",
        "gif" => "image/gif",
        "jpeg" | "jpg" => "image/jpeg",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "vtt" => "text/vtt; charset=utf-8",
        "webp" => "image/webp",
        _ => return None,
    })
}
