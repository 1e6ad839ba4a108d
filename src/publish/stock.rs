//! What the calendars of an edition are put together from: the component of each event, rendered when first asked
//! for and never again, and which events have which region and topic. A filter that nobody asked for before is a
//! union, an intersection, and bytes side by side.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use jiff::ToSpan;
use jiff::civil::Date;

use crate::digest::{self, Known};
use crate::hands;
use crate::model::event::Event;
use crate::model::filter::{Filter, Online, has_words, searched};
use crate::model::settings::Past;
use crate::model::site::Site;
use crate::model::tag::{Facet, Tag, TagPath};
use crate::render::vevent::{Component, Renderer};
use crate::render::zones::Zones;

/// The most bytes of texts to search that are kept.
const MOST_SEARCHED: usize = 64 << 20;

/// A set of events by their places in the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Places(Vec<u64>);

impl Places {
    pub(super) fn none(count: usize) -> Places {
        Places(vec![0; count.div_ceil(64)])
    }

    fn all(count: usize) -> Places {
        let mut places = Places(vec![u64::MAX; count.div_ceil(64)]);
        if let Some(last) = places.0.last_mut().filter(|_| !count.is_multiple_of(64)) {
            *last = (1 << (count % 64)) - 1;
        }
        places
    }

    pub(super) fn add(&mut self, place: usize) {
        self.0[place / 64] |= 1 << (place % 64);
    }

    pub(super) fn has(&self, place: usize) -> bool {
        self.0[place / 64] >> (place % 64) & 1 == 1
    }

    pub(super) fn keep(&mut self, other: &Places) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= other);
    }

    /// Whether a place is in both.
    pub(super) fn meets(&self, other: &Places) -> bool {
        self.0.iter().zip(&other.0).any(|(word, other)| word & other != 0)
    }

    fn remove(&mut self, other: &Places) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= !other);
    }

    fn retain(&mut self, mut wanted: impl FnMut(usize) -> bool) {
        for (index, word) in self.0.iter_mut().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                if !wanted(index * 64 + bit) {
                    *word &= !(1 << bit);
                }
            }
        }
    }

    fn join(&mut self, other: &Places) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The places, in order.
    pub(super) fn list(&self) -> Vec<usize> {
        // To count them takes as long as to list them.
        let mut list = Vec::with_capacity(64);
        for (index, word) in self.0.iter().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                list.push(index * 64 + rest.trailing_zeros() as usize);
                rest &= rest - 1;
            }
        }
        list
    }
}

/// The places of the events of each region and topic, those below it included, and of those online.
struct Sorted {
    numbers: BTreeMap<(Facet, TagPath), usize>,
    places: Vec<Vec<u32>>,
    /// The same as a set, of tags that so many events have that it takes at most twice as much.
    sets: Vec<Option<Places>>,
    /// The numbers of a tag and of those above it: events have the tags of others most of the time.
    above: [Known<Vec<usize>>; 2],
    online: Places,
}

impl Sorted {
    fn of(site: &Site) -> Sorted {
        let events = site.events();
        let (numbers, places, sets, above) = Default::default();
        let mut sorted = Sorted { numbers, places, sets, above, online: Places::none(events.len()) };
        for (place, event) in events.iter().enumerate() {
            let number = u32::try_from(place).unwrap_or(u32::MAX);
            event.regions.iter().for_each(|tag| sorted.add(Facet::Region, tag, number));
            event.topics.iter().for_each(|tag| sorted.add(Facet::Topic, tag, number));
            if event.is_online() {
                sorted.online.add(place);
            }
        }
        let set = |places: &Vec<u32>| {
            let mut set = Places::none(events.len());
            places.iter().for_each(|place| set.add(*place as usize));
            set
        };
        let is_common = |places: &&Vec<u32>| places.len() >= events.len().div_ceil(64);
        sorted.sets = sorted.places.iter().map(|places| Some(places).filter(is_common).map(set)).collect();
        sorted
    }

    fn add(&mut self, facet: Facet, tag: &Tag, place: u32) {
        let Sorted { numbers, places, sets: _, above, online: _ } = self;
        let above = &mut above[facet as usize];
        let hash = digest::of(tag.path.as_str().as_bytes());
        if above.get_hashed(hash).is_none() {
            let number = |path| {
                *numbers.entry((facet, path)).or_insert_with(|| {
                    places.push(Vec::new());
                    places.len() - 1
                })
            };
            above.take_hashed(hash, tag.path.with_parents().map(number).collect());
        }
        for number in above.get_hashed(hash).into_iter().flatten() {
            let places = &mut places[*number];
            if places.last() != Some(&place) {
                places.push(place);
            }
        }
    }

    fn places(&self, facet: Facet, path: &TagPath) -> &[u32] {
        self.numbers.get(&(facet, path.clone())).map_or(&[], |number| &self.places[*number])
    }

    /// Adds the places of a tag to others.
    fn join(&self, facet: Facet, path: &TagPath, any: &mut Places) {
        let Some(number) = self.numbers.get(&(facet, path.clone())) else { return };
        match &self.sets[*number] {
            Some(set) => any.join(set),
            None => self.places[*number].iter().for_each(|place| any.add(*place as usize)),
        }
    }
}

/// What does not depend on the day.
pub(super) struct Stock {
    components: Vec<OnceLock<Arc<Component>>>,
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
    pub(super) fn new(site: &Site, known: impl Fn(usize) -> Option<Arc<Component>>) -> Stock {
        let known = |place| known(place).map(OnceLock::from).unwrap_or_default();
        let components: Vec<OnceLock<Arc<Component>>> = (0..site.events().len()).map(known).collect();
        let left = components.iter().filter(|component| component.get().is_none()).count().into();
        let (sorted, searched) = (OnceLock::new(), OnceLock::new());
        Stock { components, left, sorted, searched, zones: Zones::default() }
    }

    fn sorted(&self, site: &Site) -> &Sorted {
        self.sorted.get_or_init(|| Sorted::of(site))
    }

    /// The component of an event of the site.
    pub(super) fn component(&self, site: &Site, place: usize) -> &Arc<Component> {
        self.component_by(&mut Renderer::of(site), place)
    }

    /// The component of an event, where it is rendered already.
    pub(super) fn rendered(&self, place: usize) -> Option<&Arc<Component>> {
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
        let places: Vec<usize> = (0..self.components.len()).collect();
        for portion in places.chunks(hands::PORTION) {
            self.fetch(site, portion);
            for place in portion {
                self.component_by(&mut renderer, *place);
            }
        }
    }

    /// The components of some events, in their order.
    pub(super) fn components_of(&self, site: &Site, places: &Places) -> Vec<&Component> {
        let places = places.list();
        // Most are rendered after the first requests, and then a second hand has nothing to do.
        let rendered = |place: &usize| self.components[*place].get().map(|known| &**known);
        if let Some(all) = places.iter().map(rendered).collect() {
            return all;
        }
        let component = |renderer: &mut Renderer<'_>, place: &usize| &**self.component_by(renderer, *place);
        hands::map_ahead(&places, |portion| self.fetch(site, portion), || Renderer::of(site), component)
    }

    /// Has the events of a portion fetched that are to be rendered, all at once: they lie in memory in the order of
    /// their rows, not in that of the agenda, and the processor would wait for each.
    fn fetch(&self, site: &Site, portion: &[usize]) {
        let is_left = |place: &&usize| self.components[**place].get().is_none();
        let glance = |place: &usize| {
            let memory = site.remembered_at(*place);
            black_box((memory.sequence, memory.first, memory.changed));
            site.events()[*place].glance()
        };
        black_box(portion.iter().filter(is_left).map(glance).sum::<usize>());
    }

    fn component_by(&self, renderer: &mut Renderer<'_>, place: usize) -> &Arc<Component> {
        let render = || {
            self.left.fetch_sub(1, Ordering::Relaxed);
            Arc::new(renderer.component(place))
        };
        self.components[place].get_or_init(render)
    }

    /// The places of the events of a tag and of those below it, in order.
    pub(super) fn tagged(&self, site: &Site, facet: Facet, path: &TagPath) -> &[u32] {
        self.sorted(site).places(facet, path)
    }

    /// The events that a filter wants, whenever they are.
    pub(super) fn wanted(&self, site: &Site, filter: &Filter) -> Places {
        let count = site.events().len();
        let mut wanted = Places::all(count);
        for facet in Facet::ALL.into_iter().filter(|facet| !filter.paths(*facet).is_empty()) {
            let mut any = Places::none(count);
            for path in filter.paths(facet) {
                self.sorted(site).join(facet, path, &mut any);
            }
            wanted.keep(&any);
        }
        match filter.online() {
            Some(Online::Only) => wanted.keep(&self.sorted(site).online),
            Some(Online::Exclude) => wanted.remove(&self.sorted(site).online),
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
        let fetch = |portion: &[Arc<Event>]| {
            let glance = |event: &Arc<Event>| {
                usize::from(event.repeat.is_some())
                    + event.status as usize
                    + usize::from(event.when.zone().is_some())
            };
            black_box(portion.iter().map(glance).sum::<usize>());
        };
        let days = hands::map_ahead(events, fetch, || (), |(), event| day(event));
        for (place, day) in days.into_iter().enumerate() {
            if let Some(day) = day {
                places.0[place / 64] &= !(1 << (place % 64));
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn places_are_a_set(count in 0usize..300, some in prop::collection::vec(0usize..300, 0..80)) {
            let mut places = Places::none(count);
            let mut expected: Vec<usize> = some.into_iter().filter(|place| *place < count).collect();
            expected.iter().for_each(|place| places.add(*place));
            expected.sort_unstable();
            expected.dedup();
            prop_assert_eq!(places.list(), expected.clone());
            prop_assert_eq!(Places::all(count).count(), count);
            let mut others = Places::all(count);
            others.remove(&places);
            prop_assert_eq!(others.count(), count - expected.len());
            others.keep(&places);
            prop_assert_eq!(others, Places::none(count));
            places.retain(|place| place % 3 == 0);
            expected.retain(|place| place % 3 == 0);
            prop_assert_eq!(places.list(), expected);
        }
    }
}
