//! What `check` says of a folder: everything that reading has to say, and what calendar programs would trip
//! over in what would be published.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::document::Encoding;
use super::edition::Edition;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, Reading};
use crate::digest::Known;
use crate::model::event::Event;
use crate::model::filter::Filter;
use crate::model::memory::{Completeness, Memory, Seen};
use crate::model::report::Report;
use crate::model::route::Route;
use crate::model::settings::Settings;
use crate::model::site::Site;
use crate::model::tag::{Facet, TagPath};
use crate::read::{self, event::Entry, folder::Folder};

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
    events: Vec<Event>,
    tags: Vec<Counted>,
    /// The numbers of regions and topics among them, by their paths.
    regions: Known<usize>,
    topics: Known<usize>,
    /// The numbers of one event's, kept for the next.
    of_one: Vec<usize>,
}

/// A region or topic and how many events its calendar would show.
struct Counted {
    facet: Facet,
    path: TagPath,
    /// The number of the tag above it.
    above: Option<usize>,
    events: usize,
}

impl Counted {
    fn route(&self) -> Route {
        Route::Calendar(Filter::tag(self.facet, self.path.clone()))
    }
}

impl Shown {
    fn add(&mut self, settings: &Settings, entry: Entry<'_>, now: Timestamp) {
        let since = *self.since.get_or_insert_with(|| settings.past.since(read::today(settings, now)));
        if entry.is_over_before(since) {
            return;
        }
        if self.settings.is_none() {
            self.settings = Some(settings.clone());
        }
        self.count += 1;
        self.count_tags(&entry);
        if self.count > MOST_EVENTS {
            self.events = Vec::new();
        } else {
            self.events.push(entry.into_event());
        }
    }

    /// One more for each of its tags and all above them, each once.
    fn count_tags(&mut self, entry: &Entry<'_>) {
        let mut all = std::mem::take(&mut self.of_one);
        for (facet, tags) in [(Facet::Region, &entry.regions), (Facet::Topic, &entry.topics)] {
            for tag in tags {
                let mut next = Some(self.number(facet, &tag.path));
                while let Some(number) = next {
                    all.push(number);
                    next = self.tags[number].above;
                }
            }
        }
        all.sort_unstable();
        all.dedup();
        for number in all.drain(..) {
            self.tags[number].events += 1;
        }
        self.of_one = all;
    }

    fn number(&mut self, facet: Facet, path: &TagPath) -> usize {
        let numbers = match facet {
            Facet::Region => &self.regions,
            Facet::Topic => &self.topics,
        };
        if let Some(known) = numbers.get(path.as_str()) {
            return *known;
        }
        let above = path.parent().map(|parent| self.number(facet, &parent));
        let number = self.tags.len();
        self.tags.push(Counted { facet, path: path.clone(), above, events: 0 });
        let numbers = match facet {
            Facet::Region => &mut self.regions,
            Facet::Topic => &mut self.topics,
        };
        numbers.take(path.as_str(), number);
        number
    }

    /// Tells of feeds that Google would cut.
    fn tell(self, now: Timestamp, out: &mut Diagnostics) {
        if self.count > MOST_EVENTS {
            large(&Route::Calendar(Filter::everything()), &format!("{} events", self.count), out);
            for tag in self.tags.iter().filter(|tag| tag.events > MOST_EVENTS) {
                large(&tag.route(), &format!("{} events", tag.events), out);
            }
            return;
        }
        let Some(settings) = self.settings else { return };
        let today = read::today(&settings, now);
        let routes: Vec<Route> = self.tags.iter().map(Counted::route).collect();
        let edition = Edition::new(site(settings, self.events, now), today);
        let size = |route: &Route| {
            edition.document(route).map_or(0, |document| document.body(Encoding::Identity).len())
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

fn site(settings: Settings, events: Vec<Event>, now: Timestamp) -> Site {
    let tags = events.iter().flat_map(|event| {
        let of = |facet, tags: &[crate::model::tag::Tag]| -> Vec<_> {
            tags.iter()
                .flat_map(|tag| tag.path.with_parents().map(|path| (facet, path)).collect::<Vec<_>>())
                .map(|(facet, path)| ((facet, path.clone()), Arc::from(path.as_str())))
                .collect()
        };
        of(Facet::Region, &event.regions).into_iter().chain(of(Facet::Topic, &event.topics))
    });
    let seen = Seen {
        events: &events,
        articles: &[],
        tags: tags.collect(),
        uid_domain: "calendar.example.org",
        frame: 0,
        complete: Completeness::Whole,
    };
    let memory = Memory::default().after(&seen, now);
    Site::new(settings, memory, events, Vec::new())
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
