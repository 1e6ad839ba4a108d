//! An index from regions and topics to the events that have them, and the evaluation of filters on it.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::event_set::EventSet;
use crate::model::event::Event;
use crate::model::filter::{Filter, has_words, searched};
use crate::model::tag::{Facet, Tag, TagPath};
use crate::site::Site;

/// The most bytes of search texts that are kept.
const MAX_SEARCH_TEXTS: usize = 64 << 20;

/// The events of each region and topic of a site.
pub(super) struct FacetIndex {
    /// For each facet and tag, the events of the tag and of those below it, in order.
    postings: [BTreeMap<TagPath, Vec<u32>>; Facet::ALL.len()],
    /// The text of each event that a text filter searches; none if all together exceed [`MAX_SEARCH_TEXTS`].
    search_texts: OnceLock<Option<Vec<Box<str>>>>,
}

impl FacetIndex {
    /// Indexes the events of a site.
    pub(super) fn new(site: &Site) -> FacetIndex {
        let postings = Facet::ALL.map(|facet| postings(site.events(), facet));
        FacetIndex { postings, search_texts: OnceLock::new() }
    }

    /// Returns the events of a tag and of those below it, in order.
    pub(super) fn tagged(&self, facet: Facet, path: &TagPath) -> &[u32] {
        self.postings[facet as usize].get(path).map_or(&[], Vec::as_slice)
    }

    /// Returns the events of the indexed site that match a filter.
    pub(super) fn select(&self, site: &Site, filter: &Filter) -> EventSet {
        let count = site.events().len();
        let mut selected = EventSet::full(count);
        for facet in Facet::ALL.into_iter().filter(|facet| !filter.paths(*facet).is_empty()) {
            let mut any = EventSet::empty(count);
            for path in filter.paths(facet) {
                any.insert_all(self.tagged(facet, path));
            }
            selected.intersect(&any);
        }
        if filter.online().is_some() || filter.near().is_some() {
            selected.retain(|event| filter.place_matches(&site.events()[event]));
        }
        if let Some(words) = filter.text() {
            let texts = self.search_texts.get_or_init(|| search_texts(site));
            selected.retain(|event| match texts {
                Some(texts) => has_words(&texts[event], words),
                None => has_words(&searched(&site.events()[event]), words),
            });
        }
        selected
    }
}

/// Returns the tags of an event in a facet.
pub(super) fn tags_of(event: &Event, facet: Facet) -> &[Arc<Tag>] {
    match facet {
        Facet::Region => &event.regions,
        Facet::Topic => &event.topics,
    }
}

fn postings(events: &[Arc<Event>], facet: Facet) -> BTreeMap<TagPath, Vec<u32>> {
    let mut exact: BTreeMap<&TagPath, Vec<u32>> = BTreeMap::new();
    for (index, event) in (0..).zip(events) {
        for tag in tags_of(event, facet) {
            exact.entry(&tag.path).or_default().push(index);
        }
    }
    let mut all: BTreeMap<TagPath, Vec<u32>> = BTreeMap::new();
    for (path, events) in exact {
        for ancestor in path.with_parents() {
            all.entry(ancestor).or_default().extend_from_slice(&events);
        }
    }
    for events in all.values_mut() {
        // An event may have several tags below one.
        events.sort();
        events.dedup();
    }
    all
}

fn search_texts(site: &Site) -> Option<Vec<Box<str>>> {
    let mut left = MAX_SEARCH_TEXTS;
    let text = |event: &Arc<Event>| {
        let text = searched(event).into_boxed_str();
        left = left.checked_sub(text.len())?;
        Some(text)
    };
    site.events().iter().map(text).collect()
}
