//! Bytes to model: a [`folder::Folder`] becomes a [`Site`] and everything that was wrong on the way.
//!
//! Reading is pure: the same bytes at the same instant give the same site. It never stops at a fault; a bad
//! row, article or setting is left out and named.

pub mod article;
pub mod cell;
pub mod columns;
pub mod event;
pub mod folder;
pub mod frontmatter;
pub mod lock;
pub mod repeat;
pub mod settings;
pub mod table;
pub mod tags;
pub mod when;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, Reading};
use crate::model::event::Event;
use crate::model::filter::Filter;
use crate::model::memory::{Completeness, Memory, Seen};
use crate::model::settings::{BaseUrl, Settings};
use crate::model::site::Site;
use folder::Folder;
use tags::TagBook;

/// Events in one feed above which Google Calendar drops some.
const LARGE_FEED: usize = 1_000;

/// A site as read, and what `check` counts.
#[derive(Debug)]
pub struct Edited {
    /// The site.
    pub site: Site,
    /// Rows and articles that were there but are not published.
    pub left_out: usize,
}

/// Reads a whole folder at an instant.
#[must_use]
pub fn site(folder: &Folder, now: Timestamp) -> Reading<Edited> {
    let mut out = Diagnostics::default();
    let settings = settings::read(folder, &mut out);
    let remembered = lock::read(folder, &mut out);
    let mut tags = TagBook::default();
    let (events, rows) = event::read_all(folder, &settings, &mut tags, &mut out);
    let (articles, assets, files) = article::read_all(folder, &settings, &mut tags, &mut out);
    let left_out = rows + files - events.len() - articles.len();
    warn_of_large_feed(&settings, &events, now, &mut out);

    let uid_domain = uid_domain(&settings, &remembered);
    let seen = Seen {
        events: &events,
        articles: &articles,
        tags: tags.into_names(),
        uid_domain: &uid_domain,
        frame: frame(&settings, folder),
        complete: if out.has_errors() { Completeness::Partial } else { Completeness::Whole },
    };
    let memory = remembered.after(&seen, now);
    let site = Site::new(settings, memory, events, articles).with_assets(assets);
    out.sort();
    Reading { value: Edited { site, left_out }, diagnostics: out }
}

/// The day it is in the zone of the site.
#[must_use]
pub fn today(settings: &Settings, now: Timestamp) -> Date {
    settings.zone.to_datetime(now).date()
}

fn uid_domain(settings: &Settings, memory: &Memory) -> String {
    let set = settings.uid_domain.clone();
    let published = || memory.site.as_ref().map(|site| site.uid_domain.clone());
    let host = || settings.base_url.as_ref().map(|base| BaseUrl::host(base).to_owned());
    set.or_else(published).or_else(host).unwrap_or_else(|| "calcast.invalid".to_owned())
}

/// What every document depends on beside events and articles: the program and the settings as written.
fn frame(settings: &Settings, folder: &Folder) -> u128 {
    let mut digest = crate::digest::Digest::new();
    digest.text(env!("CARGO_PKG_VERSION"));
    digest.text(&format!("{settings:?}"));
    for (path, bytes) in folder.below(&settings.articles) {
        if !article::is_article(path) {
            digest.text(path);
            digest.text(&format!("{:032x}", crate::digest::of(bytes)));
        }
    }
    digest.finish()
}

fn warn_of_large_feed(settings: &Settings, events: &[Event], now: Timestamp, out: &mut Diagnostics) {
    let since = settings.past.since(today(settings, now));
    let everything = Filter::everything();
    let shown = events
        .iter()
        .filter(|event| everything.matches(event) && event.last_day().is_none_or(|last| last >= since))
        .count();
    if shown > LARGE_FEED {
        let file: Arc<str> = Arc::from("calendar.ics");
        out.push(
            Diagnostic::new(
                Code::LargeFeed,
                Place::whole(&file),
                format!("{shown} events in the calendar of everything"),
                format!("at most {LARGE_FEED}, above which Google Calendar drops some"),
            )
            .help("offer the calendars of single regions or topics, or set a shorter `past` in calcast.toml"),
        );
    }
}

/// Names of files beside articles, with their media types.
fn media_type(path: &str) -> Option<&'static str> {
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
