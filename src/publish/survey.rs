//! The report of `check`: everything that loading a folder finds, and feeds that calendar programs would cut.

use std::sync::Arc;

use jiff::Timestamp;

use super::snapshot::Snapshot;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, Reading};
use crate::model::filter::Filter;
use crate::model::report::{Report, Series};
use crate::model::route::Route;
use crate::read::{self, folder::Folder};

/// Google Calendar drops events of a feed with more than this many.
const MAX_EVENTS: usize = 1_000;
/// Google Calendar drops events of a feed with more than this many bytes.
const MAX_BYTES: usize = 900_000;

/// The most series that the report shows.
const MAX_SERIES: usize = 1_000;

/// Loads a folder at an instant and returns the report of `check`. `step` is called for each row.
#[must_use]
pub fn survey(folder: &Folder, now: Timestamp, step: &mut dyn FnMut()) -> Reading<Report> {
    let Reading { value: loaded, diagnostics: mut out } = read::load_with_progress(folder.clone(), now, step);
    loaded.vanished_events().into_iter().for_each(|vanished| out.push(vanished));
    read::check_address(&loaded.site.settings).into_iter().for_each(|fault| out.push(fault));
    let today = read::today(&loaded.site.settings, now);
    let snapshot = Snapshot::new(loaded.site, today);
    check_feed_sizes(&snapshot, &mut out);
    out.sort();
    let series = loaded.series.iter().filter_map(|(place, event)| {
        Some(Series::new(place.clone(), event, event.repeat.as_deref()?, today))
    });
    let report = Report {
        series: series.take(MAX_SERIES).collect(),
        more_series: loaded.series.len().saturating_sub(MAX_SERIES),
        events: snapshot.site().events().len(),
        articles: snapshot.site().articles().len(),
        left_out: loaded.report.left_out,
        held: loaded.report.held.len(),
        tables: loaded.report.tables,
    };
    Reading { value: report, diagnostics: out }
}

/// Reports calendars that are so large that Google Calendar would cut them.
fn check_feed_sizes(snapshot: &Snapshot, out: &mut Diagnostics) {
    let count = |filter: &Filter| {
        let mut events = snapshot.select(filter);
        snapshot.visible().restrict(&mut events);
        events.count()
    };
    // Rendering a large site would take longer than the rest of the check.
    let is_small = count(&Filter::everything()) <= MAX_EVENTS;
    for filter in snapshot.filters() {
        let events = count(&filter);
        let route = Route::Calendar(filter);
        let bytes = || snapshot.document(&route).map_or(0, |document| document.length());
        if events > MAX_EVENTS {
            out.push(large_feed(&route, &format!("{events} events")));
        } else if is_small && bytes() > MAX_BYTES {
            out.push(large_feed(&route, &format!("{} bytes", bytes())));
        }
    }
}

fn large_feed(route: &Route, found: &str) -> Diagnostic {
    let file: Arc<str> = Arc::from(route.to_string().trim_start_matches('/'));
    let expected =
        format!("at most {MAX_EVENTS} events and {MAX_BYTES} bytes, above which Google Calendar drops some");
    Diagnostic::new(Code::LargeFeed, Place::whole(&file), found, expected)
        .help("offer the calendars of single regions or topics, or set a shorter `past` in calcast.toml")
}
