//! What `check` says of a folder: everything that reading has to say, and what calendar programs would trip
//! over in what would be published.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::document::Encoding;
use super::snapshot::Snapshot;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, Reading};
use crate::history::History;
use crate::history::diff::{Completeness, CurrentState};
use crate::model::event::Event;
use crate::model::filter::Filter;
use crate::model::report::{Report, Series};
use crate::model::route::Route;
use crate::model::settings::Settings;
use crate::model::tag::{Facet, TagPath};
use crate::read::{self, folder::Folder};
use crate::site::Site;

/// Events in one feed above which Google Calendar drops some.
const MOST_EVENTS: usize = 1_000;
/// Bytes of one feed above which it does.
const MOST_BYTES: usize = 900_000;

/// Most series that the report shows.
const MOST_SERIES: usize = 1_000;

/// Loads a folder at an instant and reports everything that an author should know. `step` is called for each row.
#[must_use]
pub fn survey(folder: &Folder, now: Timestamp, step: &mut dyn FnMut()) -> Reading<Report> {
    let Reading { value: loaded, diagnostics: mut out } = read::load_with_progress(folder, now, step);
    if !out.has_errors() {
        loaded.missing_events().into_iter().for_each(|missing| out.push(missing));
    }
    check_feed_sizes(&loaded.site, now, &mut out);
    out.sort();
    let today = read::today(&loaded.site.settings, now);
    let series = loaded.series.iter().filter_map(|(place, event)| {
        Some(Series::new(place.clone(), event, event.repeat.as_deref()?, today))
    });
    let report = Report {
        series: series.take(MOST_SERIES).collect(),
        more_series: loaded.series.len().saturating_sub(MOST_SERIES),
        events: loaded.tables.iter().map(|table| table.events).sum(),
        articles: loaded.site.articles().len(),
        left_out: loaded.left_out,
        tables: loaded.tables,
    };
    Reading { value: report, diagnostics: out }
}

/// Reports calendars that are so large that Google Calendar would cut them.
fn check_feed_sizes(loaded: &Site, now: Timestamp, out: &mut Diagnostics) {
    let today = read::today(&loaded.settings, now);
    let since = loaded.settings.past.since(today);
    let is_shown = |event: &&Arc<Event>| {
        !event.is_over_before(since)
            && loaded.history.events.get(&event.id).is_none_or(|known| known.removed.is_none())
    };
    let events: Vec<Arc<Event>> = loaded.events().iter().filter(is_shown).map(Arc::clone).collect();
    let mut counts: BTreeMap<(Facet, TagPath), usize> = BTreeMap::new();
    for event in &events {
        for (facet, tags) in [(Facet::Region, &event.regions), (Facet::Topic, &event.topics)] {
            let paths: BTreeSet<TagPath> = tags.iter().flat_map(|tag| tag.path.with_parents()).collect();
            for path in paths {
                *counts.entry((facet, path)).or_default() += 1;
            }
        }
    }
    let everything = Route::Calendar(Filter::everything());
    let route = |(facet, path): &(Facet, TagPath)| Route::Calendar(Filter::tag(*facet, path.clone()));
    if events.len() > MOST_EVENTS {
        large(&everything, &format!("{} events", events.len()), out);
        for (tag, count) in counts.iter().filter(|(_, count)| **count > MOST_EVENTS) {
            large(&route(tag), &format!("{count} events"), out);
        }
        return;
    }
    let snapshot = Snapshot::new(site(loaded.settings.clone(), events, now), today);
    let size = |route: &Route| {
        snapshot.document(route).map_or(0, |document| document.body(Encoding::Identity).len())
    };
    // If the whole calendar is not too large, its parts are not.
    let bytes = size(&everything);
    if bytes <= MOST_BYTES {
        return;
    }
    large(&everything, &format!("{bytes} bytes"), out);
    for route in counts.keys().map(route) {
        let bytes = size(&route);
        if bytes > MOST_BYTES {
            large(&route, &format!("{bytes} bytes"), out);
        }
    }
}

fn site(settings: Settings, events: Vec<Arc<Event>>, now: Timestamp) -> Site {
    let tags = events.iter().flat_map(|event| {
        let of = |facet, tags: &[crate::model::tag::Tag]| -> Vec<_> {
            tags.iter()
                .flat_map(|tag| tag.path.with_parents().map(|path| (facet, path)).collect::<Vec<_>>())
                .map(|(facet, path)| ((facet, path.clone()), Arc::from(path.as_str())))
                .collect()
        };
        of(Facet::Region, &event.regions).into_iter().chain(of(Facet::Topic, &event.topics))
    });
    let prints: Vec<u128> = events.iter().map(|event| event.fingerprint()).collect();
    let current = CurrentState {
        events: &events,
        fingerprints: &prints,
        bases: BTreeMap::new(),
        articles: &[],
        tags: tags.collect(),
        uid_domain: "calendar.example.org",
        config_hash: 0,
        today: read::today(&settings, now),
        completeness: Completeness::Whole,
    };
    let (history, of_each) = History::default().updated(&current, now);
    Site::new(settings, history, events.into_iter().zip(of_each).collect(), Vec::new())
}

fn large(route: &Route, found: &str, out: &mut Diagnostics) {
    let file: Arc<str> = Arc::from(route.to_string().trim_start_matches('/'));
    out.push(
        Diagnostic::new(
            Code::LargeFeed,
            Place::whole(&file),
            found,
            format!(
                "at most {MOST_EVENTS} events and {MOST_BYTES} bytes, above which Google Calendar drops some"
            ),
        )
        .help("offer the calendars of single regions or topics, or set a shorter `past` in calcast.toml"),
    );
}
