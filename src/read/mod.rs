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
mod id_assignment;
pub mod ids;
pub mod import;
pub mod lint;
pub mod lock;
mod missing_events;
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
mod table_diagnostics;
mod table_rows;
pub mod tables;
pub mod tags;
pub mod time;
mod truncation;

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::diagnostic::{Diagnostic, Diagnostics, Place, Reading};
use crate::digest::{self, Digest};
use crate::history::History;
use crate::history::diff::CurrentState;
use crate::model::event::Event;
use crate::model::report::TableReport;
use crate::model::settings::{BaseUrl, Removed, Settings};
use crate::site::Site;
use article::ArticleFolder;
use contacts::ContactCache;
use folder::Folder;
use id_assignment::UnnamedEvents;
use ids::Ids;
use missing_events::{MissingTracker, is_present};
use overrides::OverrideRows;
use tables::TableReader;
use tags::TagRegistry;

/// A site as it was read.
#[derive(Debug)]
pub struct LoadedSite {
    /// The site.
    pub site: Site,
    /// The history before this load.
    pub before: History,
    /// How each table was read.
    pub tables: Vec<TableReport>,
    /// Number of rows and articles that are not published.
    pub left_out: usize,
    /// Cell and event of each series, in the order of the rows.
    pub series: Vec<(Place, Arc<Event>)>,
    missing: MissingTracker,
    ids: Ids,
}

impl LoadedSite {
    /// Returns a diagnostic for each event to come that no table has any more.
    #[must_use]
    pub fn missing_events(&self) -> Vec<Diagnostic> {
        self.missing.diagnostics(&self.before, &self.ids, &self.tables)
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
pub fn load_with_progress(folder: Folder, now: Timestamp, progress: &mut dyn FnMut()) -> Reading<LoadedSite> {
    let mut out = Diagnostics::default();
    let mut settings = settings::read(&folder, &mut out);
    let before = lock::read(&folder, &mut out);
    let today = today(&settings, now);
    let mut tags = TagRegistry::default();
    let mut reader = TableReader {
        settings: &settings,
        today,
        tags: &mut tags,
        out: &mut out,
        progress,
        missing: MissingTracker::new(&before, today, now),
        contacts: ContactCache::default(),
        ids: Ids::default(),
        events: Vec::new(),
        unnamed: UnnamedEvents::new(today),
        series: Vec::new(),
        last_rows: Vec::new(),
        overrides: OverrideRows::default(),
    };
    let tables = reader.read_all(&folder);
    let TableReader { missing, ids, mut events, unnamed, series, last_rows, .. } = reader;
    let ArticleFolder { articles, assets, left_out } =
        article::read_all(&folder, &settings, &mut tags, &mut out);
    article::check_logo(&settings, &assets, &mut out);
    renames::check(&mut settings.renamed, &tags, &before, &mut out);
    let gone = || missing.missing(&before, &ids).iter().filter(|(_, event)| is_present(event)).count();
    truncation::report(&last_rows, &tables, &before, &gone, &mut out);
    let config_hash = config_hash(&settings, &folder);
    drop(folder);
    let is_complete = !out.has_errors();
    let bases = unnamed.assign(&mut events, &ids, &before, &out);
    let uid_domain = uid_domain(&settings, &before);
    let current = CurrentState {
        events: &events,
        bases,
        articles: &articles,
        tags: tags.into_names(),
        uid_domain: &uid_domain,
        config_hash,
        today,
        is_complete,
    };
    let (history, mut loaded) = before.clone().updated(&current, now);
    let series = series.into_iter().map(|(place, index)| (place, Arc::clone(&events[index]))).collect();
    if settings.removed == Removed::Cancel {
        let since = today.checked_sub(settings.cancelled_days.days()).unwrap_or(today);
        let day = |at: Timestamp| settings.zone.to_datetime(at).date();
        let removed = history.removed();
        let shown = removed.filter(|(event, at, _)| event.last_day().unwrap_or(day(*at)) >= since);
        loaded.extend(shown.map(|(event, _, history)| (Arc::new(event), Arc::clone(history))));
    }
    out.sort();
    let left_out = left_out + tables.iter().map(|table| table.left_out).sum::<usize>();
    let site = Site::new(settings, history, loaded, articles, assets);
    let value = LoadedSite { site, before, tables, left_out, series, missing, ids };
    Reading { value, diagnostics: out }
}

/// Returns the current day in the zone of the site.
#[must_use]
pub fn today(settings: &Settings, now: Timestamp) -> Date {
    settings.zone.to_datetime(now).date()
}

/// Returns the part of UIDs after `@`: as set, as published before, or the host of the site.
fn uid_domain(settings: &Settings, history: &History) -> String {
    let set = settings.uid_domain.clone();
    let published = || history.site.as_ref().map(|site| site.uid_domain.clone());
    let host = || settings.base_url.as_ref().map(|base| BaseUrl::host(base).to_owned());
    set.or_else(published).or_else(host).unwrap_or_else(|| "calcast.invalid".to_owned())
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
