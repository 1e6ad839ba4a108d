//! Bytes to model: a [`folder::Folder`] becomes a [`Site`] and everything that was wrong on the way.
//!
//! Reading is pure: the same bytes at the same instant give the same site. It never stops at a fault; a bad
//! row, article or setting is left out and named.

pub mod article;
mod assumed;
mod body;
pub mod cell;
mod complaints;
mod crew;
mod cut;
mod draft;
pub mod event;
pub mod folder;
pub mod frontmatter;
pub mod ids;
pub mod import;
pub mod lint;
pub mod lock;
mod overrides;
pub mod parties;
mod picture;
pub mod posts;
mod registrar;
mod renames;
pub mod robots;
pub mod row_cache;
pub mod settings;
pub mod sheet;
pub mod sources;
pub mod tables;
pub mod tags;
pub mod time;
mod unnamed;
mod vanished;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::diagnostic::{Diagnostics, Reading};
use crate::digest::Digest;
use crate::history::diff::{Completeness, CurrentState};
use crate::history::{EventHistory, History};
use crate::model::article::Article;
use crate::model::event::Event;
use crate::model::placed::OffsetCache;
use crate::model::repeat::Repeat;
use crate::model::report::{Report, Series, TableReport};
use crate::model::settings::{BaseUrl, Removed, Settings};
use crate::model::when::When;
use crate::site::{Asset, Site};
use event::Entry;
use folder::Folder;
use ids::Ids;
use overrides::Overrides;
use parties::ContactCache;
use row_cache::{Keeping, RowCache, Sense};
use tables::TableReader;
use tags::TagRegistry;
use unnamed::Unnamed;
use vanished::Roll;

/// The most series that a report shows.
const MOST_SERIES: usize = 1_000;

/// All that a site is made of, as read, and how.
#[derive(Debug)]
pub struct LoadedSite {
    /// The settings.
    pub settings: Settings,
    /// The memory after this reading.
    pub memory: History,
    /// What was remembered before.
    pub before: History,
    /// Rows and articles that were there but are not published.
    pub left_out: usize,
    /// The rows, for the next reading.
    pub standing: RowCache,
    tables: Vec<TableReport>,
    events: Vec<(Arc<Event>, Arc<EventHistory>)>,
    articles: Vec<Article>,
    assets: BTreeMap<String, Asset>,
}

impl LoadedSite {
    /// The site.
    #[must_use]
    pub fn site(self) -> Site {
        Site::new(self.settings, self.memory, self.events, self.articles).with_assets(self.assets)
    }
}

/// A site as read, and how.
#[derive(Debug)]
pub struct Edited {
    /// The site.
    pub site: Site,
    /// How each table was read.
    pub tables: Vec<TableReport>,
    /// Rows and articles that were there but are not published.
    pub left_out: usize,
    /// What was remembered before.
    pub before: History,
    /// The rows, for the next reading.
    pub standing: RowCache,
}

/// Reads a whole folder at an instant.
#[must_use]
pub fn site(folder: &Folder, now: Timestamp) -> Reading<Edited> {
    let Reading { value: mut manuscript, diagnostics } = manuscript(folder, now);
    let value = Edited {
        tables: std::mem::take(&mut manuscript.tables),
        left_out: manuscript.left_out,
        before: std::mem::take(&mut manuscript.before),
        standing: std::mem::take(&mut manuscript.standing),
        site: manuscript.site(),
    };
    Reading { value, diagnostics }
}

/// The same, while nobody needs the site yet.
#[must_use]
pub fn manuscript(folder: &Folder, now: Timestamp) -> Reading<LoadedSite> {
    let mut out = Diagnostics::default();
    let mut unnamed = Unnamed::default();
    let mut keeping = Keeping::with_capacity(folder.rows_about());
    let mut events = Vec::with_capacity(folder.rows_about());
    let (mut prints, mut digest) = (Vec::with_capacity(events.capacity()), Digest::new());
    let content = content(folder, now, &mut out, &mut |_, entry| {
        unnamed.note(events.len(), entry);
        keeping.note(events.len(), entry);
        let (event, print) = entry.shared();
        // What was read just now is still at hand.
        prints.push(print.unwrap_or_else(|| event.fingerprint_by(&mut digest)));
        events.push(event);
    });
    let today = today(&content.settings, now);
    let complete = if out.has_errors() { Completeness::Partial } else { Completeness::Whole };
    let nameless = unnamed.places();
    let bases = unnamed.name(&mut events, &content.ids, &content.remembered, (today, complete));
    let Content { settings, remembered, tags, tables, senses, articles, assets, left_out, .. } = content;
    for place in nameless {
        prints[place] = events[place].fingerprint_by(&mut digest);
    }
    let standing = keeping.of(senses, &events, &prints);
    let uid_domain = uid_domain(&settings, &remembered);
    let current = CurrentState {
        events: &events,
        fingerprints: &prints,
        bases,
        articles: &articles,
        tags: tags.into_names(),
        uid_domain: &uid_domain,
        config_hash: config_hash(&settings, folder),
        today,
        completeness: complete,
    };
    let before = remembered.clone();
    let (memory, of_each) = remembered.updated(&current, now);
    let mut events: Vec<_> = events.into_iter().zip(of_each).collect();
    if settings.removed == Removed::Cancel {
        let since = today.checked_sub(settings.cancelled_days.days()).unwrap_or(today);
        let day = |at: Timestamp| settings.zone.to_datetime(at).date();
        let gone = memory.removed();
        let shown = gone.filter(|(event, removed, _)| event.last_day().unwrap_or(day(*removed)) >= since);
        events.extend(shown.map(|(event, _, memory)| (Arc::new(event), Arc::clone(memory))));
    }
    out.sort();
    let manuscript =
        LoadedSite { settings, memory, before, left_out, standing, tables, events, articles, assets };
    Reading { value: manuscript, diagnostics: out }
}

/// Reads a whole folder as [`site`] does and keeps nothing of it but a report; each event is handed over as
/// the row that it is.
#[must_use]
pub fn report(
    folder: &Folder,
    now: Timestamp,
    look: &mut dyn FnMut(&Settings, &Entry<'_>),
) -> Reading<Report> {
    let mut out = Diagnostics::default();
    let mut report = Report::default();
    let content = content(folder, now, &mut out, &mut |settings, entry| {
        if entry.checked.repeat.is_some() && report.series.len() >= MOST_SERIES {
            report.more_series += 1;
        } else if let Some((place, repeat, first)) = entry.series() {
            report.series.push(Series {
                place,
                title: entry.title().to_string(),
                next: next_dates(entry, (repeat, &first), today(settings, now)),
                repeat: repeat.clone(),
                first,
            });
        }
        look(settings, entry);
    });
    content.roll.tell(&content.remembered, &content.ids, &content.tables, &mut out);
    report.events = content.tables.iter().map(|table| table.events).sum();
    report.articles = content.articles.len();
    report.left_out = content.left_out;
    report.tables = content.tables;
    out.sort();
    Reading { value: report, diagnostics: out }
}

/// The next three dates of a series, as the pages have them.
fn next_dates(entry: &Entry<'_>, (repeat, first): (&Repeat, &When), today: Date) -> Vec<Date> {
    if entry.overrides.is_empty() {
        let starts = repeat.starts_from(first, today).map(|start| start.date());
        return starts.skip_while(|date| *date < today).take(3).collect();
    }
    let horizon = today.checked_add(2.years()).unwrap_or(today);
    let event = entry.event();
    event.occurrences(today, horizon).iter().take(3).map(|(when, _)| when.first_day()).collect()
}

/// What a folder holds beside its events, which were handed over.
struct Content {
    settings: Settings,
    remembered: History,
    tags: TagRegistry,
    tables: Vec<TableReport>,
    ids: Ids,
    senses: Vec<Sense>,
    articles: Vec<Article>,
    assets: BTreeMap<String, Asset>,
    left_out: usize,
    /// Which events were there.
    roll: Roll,
}

fn content(
    folder: &Folder,
    now: Timestamp,
    out: &mut Diagnostics,
    take: &mut dyn FnMut(&Settings, &Entry<'_>),
) -> Content {
    let mut settings = settings::read(folder, out);
    let remembered = lock::read(folder, out);
    let mut roll = Roll::of(&remembered, today(&settings, now), now);
    let mut tags = TagRegistry::default();
    let mut reader = TableReader {
        settings: &settings,
        today: today(&settings, now),
        tags: &mut tags,
        parties: ContactCache::default(),
        out,
        numbers: Vec::new(),
        overrides: Overrides::default(),
        ids: Ids::default(),
        zones: OffsetCache::default(),
        standing: folder.standing(),
        senses: Vec::new(),
        ends: Vec::new(),
        end: None,
        take: &mut |entry| {
            roll.call(entry);
            take(&settings, entry);
        },
    };
    let tables = reader.read_all(folder);
    let (ids, senses, ends) = (reader.ids, reader.senses, reader.ends);
    let (articles, assets, files) = article::read_all(folder, &settings, &mut tags, out);
    article::check_logo(&settings, &assets, out);
    renames::check(&mut settings.renamed, &tags, &remembered, out);
    cut::tell(&ends, &tables, (&roll, &remembered, &ids), out);
    let rows_left_out: usize = tables.iter().map(|table| table.left_out).sum();
    let left_out = rows_left_out + files - articles.len();
    Content { settings, remembered, tags, tables, ids, senses, articles, assets, left_out, roll }
}

/// The day it is in the zone of the site.
#[must_use]
pub fn today(settings: &Settings, now: Timestamp) -> Date {
    settings.zone.to_datetime(now).date()
}

fn uid_domain(settings: &Settings, memory: &History) -> String {
    let set = settings.uid_domain.clone();
    let published = || memory.site.as_ref().map(|site| site.uid_domain.clone());
    let host = || settings.base_url.as_ref().map(|base| BaseUrl::host(base).to_owned());
    set.or_else(published).or_else(host).unwrap_or_else(|| "calcast.invalid".to_owned())
}

/// Hashes what every document depends on besides events and articles: program, time zone database and settings.
fn config_hash(settings: &Settings, folder: &Folder) -> u128 {
    let mut digest = crate::digest::Digest::new();
    digest.text(env!("CARGO_PKG_VERSION"));
    digest.text(crate::ical::zone::database_version());
    digest.text(&format!("{settings:?}"));
    for (path, bytes) in folder.below(&settings.articles) {
        if !article::is_article(path) {
            digest.text(path);
            digest.text(&format!("{:032x}", crate::digest::of(bytes)));
        }
    }
    digest.finish()
}

/// The media type of a file that may lie beside articles, by its name.
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
