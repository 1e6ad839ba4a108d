//! What `check` says of a folder: everything that reading has to say, and what calendar programs would trip
//! over in what would be published.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::document::Encoding;
use super::snapshot::Snapshot;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, Reading};
use crate::history::History;
use crate::history::diff::{Completeness, CurrentState};
use crate::model::event::Event;
use crate::model::filter::Filter;
use crate::model::report::Report;
use crate::model::route::Route;
use crate::model::settings::Settings;
use crate::model::tag::Facet;
use crate::read::event::Entry;
use crate::read::tags::TagRegistry;
use crate::read::{self, folder::Folder};
use crate::site::Site;

/// Events in one feed above which Google Calendar drops some.
const MOST_EVENTS: usize = 1_000;
/// Bytes of one feed above which it does.
const MOST_BYTES: usize = 900_000;

/// Reads a folder at an instant and says all there is to say of it. Events are not kept, so the memory it
/// takes does not grow with their number. `step` is called for each.
#[must_use]
pub fn survey(folder: &Folder, now: Timestamp, step: &mut dyn FnMut()) -> Reading<Report> {
    let mut shown = Shown::default();
    let mut reading = read::report(folder, now, &mut |settings, entry| {
        step();
        shown.add(settings, entry, now);
    });
    shown.tell(now, &mut reading.diagnostics);
    reading.diagnostics.sort();
    reading
}

/// What the feeds would show.
#[derive(Default)]
struct Shown {
    settings: Option<Settings>,
    since: Option<Date>,
    count: usize,
    /// The events themselves, as long as they are so few that their bytes decide.
    events: Vec<Arc<Event>>,
    /// Each region and topic by its number.
    tags: Vec<Counted>,
}

/// A region or topic and how many events its calendar would show.
#[derive(Clone, Default)]
struct Counted {
    route: Option<Route>,
    events: usize,
    /// The last event that was counted: one of two cities in a country is in it once.
    last: usize,
}

impl Shown {
    fn add(&mut self, settings: &Settings, entry: &Entry<'_>, now: Timestamp) {
        let since = *self.since.get_or_insert_with(|| settings.past.since(read::today(settings, now)));
        if entry.is_over_before(since) {
            return;
        }
        if self.settings.is_none() {
            self.settings = Some(settings.clone());
        }
        self.count += 1;
        for number in entry.regions.iter().chain(entry.topics) {
            self.count_tag(*number, entry.book);
        }
        if self.count > MOST_EVENTS {
            self.events = Vec::new();
        } else {
            self.events.push(entry.shared().0);
        }
    }

    /// One more for a tag and all above it.
    fn count_tag(&mut self, number: usize, book: &TagRegistry) {
        let mut next = Some(number);
        while let Some(number) = next {
            if self.tags.len() <= number {
                self.tags.resize_with(number + 1, Counted::default);
            }
            let counted = &mut self.tags[number];
            if counted.last == self.count {
                return;
            }
            counted.last = self.count;
            counted.events += 1;
            if counted.route.is_none() {
                let filter = Filter::tag(book.facet(number), book.tag(number).path.clone());
                counted.route = Some(Route::Calendar(filter));
            }
            next = book.above(number);
        }
    }

    /// Tells of feeds that Google would cut.
    fn tell(self, now: Timestamp, out: &mut Diagnostics) {
        if self.count > MOST_EVENTS {
            large(&Route::Calendar(Filter::everything()), &format!("{} events", self.count), out);
            for Counted { route, events, .. } in self.tags.iter().filter(|tag| tag.events > MOST_EVENTS) {
                route.iter().for_each(|route| large(route, &format!("{events} events"), out));
            }
            return;
        }
        let Some(settings) = self.settings else { return };
        let today = read::today(&settings, now);
        let routes: Vec<Route> = self.tags.into_iter().filter_map(|tag| tag.route).collect();
        let snapshot = Snapshot::new(site(settings, self.events, now), today);
        let size = |route: &Route| {
            snapshot.document(route).map_or(0, |document| document.body(Encoding::Identity).len())
        };
        let everything = Route::Calendar(Filter::everything());
        // What is not too large as a whole is not in its parts.
        let bytes = size(&everything);
        if bytes <= MOST_BYTES {
            return;
        }
        large(&everything, &format!("{bytes} bytes"), out);
        for route in routes {
            let bytes = size(&route);
            if bytes > MOST_BYTES {
                large(&route, &format!("{bytes} bytes"), out);
            }
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
