//! Which events have which region and topic, and which are online.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::places::Places;
use crate::model::site::Site;
use crate::model::tag::{Facet, Tag, TagPath};

/// The events of each region and topic, those below it included, and those online.
pub(super) struct Sorted {
    tags: [Tagged; 2],
    online: Places,
}

/// The events of the tags of one facet.
#[derive(Default)]
struct Tagged {
    /// The numbers of the tags, under their paths.
    numbers: BTreeMap<TagPath, usize>,
    tags: Vec<OfTag>,
    /// The numbers of a tag and of those above it: events have the tags of others most of the time.
    above: BTreeMap<TagPath, Vec<usize>>,
}

/// What is known of a tag.
#[derive(Default)]
struct OfTag {
    places: Vec<u32>,
    /// The same as a set, where it is of so many events that it takes at most twice as much.
    set: Option<Places>,
    /// When its events last changed.
    changed: Option<Timestamp>,
}

impl Tagged {
    /// The number of a tag, which is given one if it has none.
    fn number(&mut self, path: &TagPath) -> usize {
        let next = self.tags.len();
        let number = *self.numbers.entry(path.clone()).or_insert(next);
        if number == next {
            self.tags.push(OfTag::default());
        }
        number
    }

    /// Adds an event, after those before it, to a tag of its own and those above.
    fn add(&mut self, tag: &Tag, place: u32) {
        if !self.above.contains_key(&tag.path) {
            let numbers = tag.path.with_parents().map(|path| self.number(&path)).collect();
            self.above.insert(tag.path.clone(), numbers);
        }
        for number in self.above.get(&tag.path).into_iter().flatten() {
            let places = &mut self.tags[*number].places;
            if places.last() != Some(&place) {
                places.push(place);
            }
        }
    }
}

impl Sorted {
    pub(super) fn of(site: &Site) -> Sorted {
        let events = site.events();
        let mut sorted = Sorted { tags: Default::default(), online: Places::none(events.len()) };
        for (place, event) in events.iter().enumerate() {
            let number = u32::try_from(place).unwrap_or(u32::MAX);
            for (tagged, tags) in sorted.tags.iter_mut().zip([&event.regions, &event.topics]) {
                tags.iter().for_each(|tag| tagged.add(tag, number));
            }
            if event.is_online() {
                sorted.online.add(place);
            }
        }
        for tag in sorted.tags.iter_mut().flat_map(|tagged| &mut tagged.tags) {
            if tag.places.len() >= events.len().div_ceil(64) {
                let mut set = Places::none(events.len());
                tag.places.iter().for_each(|place| set.add(*place as usize));
                tag.set = Some(set);
            }
        }
        for ((facet, path), memory) in &site.memory.tags {
            let tagged = &mut sorted.tags[*facet as usize];
            let number = tagged.number(path);
            tagged.tags[number].changed = Some(memory.changed);
        }
        sorted
    }

    fn of_tag(&self, facet: Facet, path: &TagPath) -> Option<&OfTag> {
        let tagged = &self.tags[facet as usize];
        tagged.numbers.get(path).map(|number| &tagged.tags[*number])
    }

    /// The places of the events of a tag and of those below it, in order.
    pub(super) fn places(&self, facet: Facet, path: &TagPath) -> &[u32] {
        self.of_tag(facet, path).map_or(&[], |tag| &tag.places)
    }

    /// Adds the places of a tag to others.
    pub(super) fn join(&self, facet: Facet, path: &TagPath, any: &mut Places) {
        match self.of_tag(facet, path) {
            Some(OfTag { set: Some(set), .. }) => any.join(set),
            Some(tag) => tag.places.iter().for_each(|place| any.add(*place as usize)),
            None => {}
        }
    }

    /// The places of the events that are online.
    pub(super) fn online(&self) -> &Places {
        &self.online
    }

    /// When the events of a tag last changed.
    pub(super) fn changed(&self, facet: Facet, path: &TagPath) -> Option<Timestamp> {
        self.of_tag(facet, path)?.changed
    }
}
