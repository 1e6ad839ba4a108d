//! What the calendars of a snapshot are put together from: the component of each event, rendered when first asked
//! for and never again, and which events have which region and topic. A filter that nobody asked for before is a
//! union, an intersection, and bytes side by side.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use rayon::iter::{IndexedParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};

use super::places::Places;
use super::sorted::Sorted;
use crate::model::event::Event;
use crate::model::filter::{Filter, Online, has_words, searched};
use crate::model::settings::Past;
use crate::model::site::Site;
use crate::model::tag::{Facet, TagPath};
use crate::render::vevent::{Component, Renderer};
use crate::render::zones::Zones;

/// The most bytes of texts to search that are kept.
const MOST_SEARCHED: usize = 64 << 20;

/// What does not depend on the day.
pub(super) struct Stock {
    components: Vec<OnceLock<Component>>,
    /// How many of them are not rendered yet.
    left: AtomicUsize,
    /// Once a filter is asked for.
    sorted: OnceLock<Sorted>,
    searched: OnceLock<Option<Vec<Box<str>>>>,
    /// The time zones of its calendars.
    pub(super) zones: Zones,
}

/// What of a site is shown on a day.
pub(super) struct Shown {
    /// The events that are.
    places: Places,
    /// Those that are not any more, and a day on which each was gone: up to three days late, since months are of
    /// unequal length, never early.
    gone: Vec<(usize, Date)>,
}

impl Stock {
    /// The stock of a site; `known` gives the component of the event at a place that is rendered already.
    pub(super) fn new(site: &Site, known: impl Fn(usize) -> Option<Component>) -> Stock {
        let known = |place| known(place).map(OnceLock::from).unwrap_or_default();
        let components: Vec<OnceLock<Component>> = (0..site.events().len()).map(known).collect();
        let left = components.iter().filter(|component| component.get().is_none()).count().into();
        let (sorted, searched) = (OnceLock::new(), OnceLock::new());
        Stock { components, left, sorted, searched, zones: Zones::default() }
    }

    fn sorted(&self, site: &Site) -> &Sorted {
        self.sorted.get_or_init(|| Sorted::of(site))
    }

    /// The component of an event of the site.
    pub(super) fn component(&self, site: &Site, place: usize) -> &Component {
        self.component_by(&mut Renderer::of(site), place)
    }

    /// The component of an event, where it is rendered already.
    pub(super) fn rendered(&self, place: usize) -> Option<&Component> {
        self.components.get(place).and_then(OnceLock::get)
    }

    /// Whether all are.
    pub(super) fn is_rendered(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    /// Renders all that are not yet.
    pub(super) fn render_all(&self, site: &Site) {
        self.sorted(site);
        let mut renderer = Renderer::of(site);
        for place in 0..self.components.len() {
            self.component_by(&mut renderer, place);
        }
    }

    /// The components of some events, in their order.
    pub(super) fn components_of(&self, site: &Site, places: &[usize]) -> Vec<&Component> {
        // Most are rendered after the first requests, and then a second hand has nothing to do.
        let mut all = Vec::with_capacity(places.len());
        all.extend(places.iter().map_while(|place| self.components[*place].get()));
        if all.len() == places.len() {
            return all;
        }
        let component = |renderer: &mut Renderer<'_>, place: &usize| self.component_by(renderer, *place);
        places.par_iter().with_min_len(1_000).map_init(|| Renderer::of(site), component).collect()
    }

    /// The same one by one, where they were asked for before and so are rendered.
    pub(super) fn each_of<'a>(
        &'a self,
        site: &'a Site,
        places: &'a [usize],
    ) -> impl Iterator<Item = &'a Component> {
        places.iter().map(|place| self.rendered(*place).unwrap_or_else(|| self.component(site, *place)))
    }

    fn component_by(&self, renderer: &mut Renderer<'_>, place: usize) -> &Component {
        let render = || {
            self.left.fetch_sub(1, Ordering::Relaxed);
            renderer.component(place)
        };
        self.components[place].get_or_init(render)
    }

    /// The places of the events of a tag and of those below it, in order.
    pub(super) fn tagged(&self, site: &Site, facet: Facet, path: &TagPath) -> &[u32] {
        self.sorted(site).places(facet, path)
    }

    /// When the events of a filter last changed.
    pub(super) fn changed_of(&self, site: &Site, filter: &Filter) -> Timestamp {
        // A filter without tags needs nothing sorted.
        site.changed_by(filter, |facet, path| self.sorted(site).changed(facet, path))
    }

    /// The events that a filter wants, whenever they are.
    pub(super) fn wanted(&self, site: &Site, filter: &Filter) -> Places {
        let count = site.events().len();
        let mut wanted: Option<Places> = None;
        for facet in Facet::ALL.into_iter().filter(|facet| !filter.paths(*facet).is_empty()) {
            let mut any = Places::none(count);
            for path in filter.paths(facet) {
                self.sorted(site).join(facet, path, &mut any);
            }
            match &mut wanted {
                Some(wanted) => wanted.keep(&any),
                None => wanted = Some(any),
            }
        }
        let mut wanted = wanted.unwrap_or_else(|| Places::all(count));
        match filter.online() {
            Some(Online::Only) => wanted.keep(self.sorted(site).online()),
            Some(Online::Exclude) => wanted.remove(self.sorted(site).online()),
            Some(Online::Include) | None => {}
        }
        if filter.near().is_some() {
            wanted.retain(|place| filter.near_matches(&site.events()[place]));
        }
        if let Some(words) = filter.text() {
            let texts = self.searched.get_or_init(|| searched_texts(site));
            wanted.retain(|place| match texts {
                Some(texts) => has_words(&texts[place], words),
                None => has_words(&searched(&site.events()[place]), words),
            });
        }
        wanted
    }
}

/// The texts of all events in which one searches, unless they are too large to be kept.
fn searched_texts(site: &Site) -> Option<Vec<Box<str>>> {
    let mut left = MOST_SEARCHED;
    let text = |event: &Arc<Event>| {
        let text = searched(event).into_boxed_str();
        left = left.checked_sub(text.len())?;
        Some(text)
    };
    site.events().iter().map(text).collect()
}

impl Shown {
    /// What of a site is shown on a day.
    pub(super) fn on(site: &Site, today: Date) -> Shown {
        let events = site.events();
        let past = &site.settings.past;
        let since = past.since(today);
        let mut places = Places::all(events.len());
        let mut gone = Vec::new();
        let day = |event: &Arc<Event>| -> Option<Option<Date>> {
            let struck = site.struck_from(event).filter(|day| *day <= today);
            let is_over = event.is_over_before(since);
            if struck.is_none() && !is_over {
                return None;
            }
            let last = event.last_day().filter(|last| *last < since);
            let aged = last.and_then(|last| match past {
                Past::All => None,
                Past::For(span) => last.checked_add(*span).ok()?.checked_add(4.days()).ok(),
            });
            Some(aged.max(struck).map(|day| day.min(today)))
        };
        let days: Vec<_> = events.par_iter().with_min_len(1_000).map(day).collect();
        for (place, day) in days.into_iter().enumerate() {
            if let Some(day) = day {
                places.take(place);
                gone.extend(day.map(|day| (place, day)));
            }
        }
        Shown { places, gone }
    }

    /// Of some events those that are shown, and the last day on which one of them went.
    pub(super) fn of(&self, mut wanted: Places) -> (Places, Option<Date>) {
        let gone = self.gone.iter().filter(|(place, _)| wanted.has(*place)).map(|(_, day)| *day).max();
        wanted.keep(&self.places);
        (wanted, gone)
    }
}
