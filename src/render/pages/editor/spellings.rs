//! Regions and topics whose names are so alike that they may be meant to be one.

use std::collections::BTreeMap;

use crate::diagnostic::is_near_spelling;
use crate::i18n::fill;
use crate::model::event::Event;
use crate::model::route::Route;
use crate::model::tag::{Facet, TagPath};
use crate::render::pages::{Anchor, PageContext};

/// The most names of a facet that are compared: each with each.
const MAX_NAMES: usize = 600;
/// The most pairs that are shown, and the most events of a rare name.
const MAX_PAIRS: usize = 20;
const MAX_EVENTS: usize = 3;

/// Two names of one region or topic, perhaps.
pub(super) struct NearTags {
    pub heading: &'static str,
    pub counts: String,
    pub spelled_in: String,
    /// Events with the rarer name.
    pub events: Vec<Anchor>,
}

/// Returns the pairs of names that may be meant to be one, the rarer name second.
pub(super) fn near_tags(context: &PageContext<'_>) -> Vec<NearTags> {
    let mut pairs: Vec<NearTags> =
        Facet::ALL.into_iter().flat_map(|facet| of_facet(context, facet)).collect();
    pairs.truncate(MAX_PAIRS);
    pairs
}

fn of_facet(context: &PageContext<'_>, facet: Facet) -> Vec<NearTags> {
    let mut events: BTreeMap<&TagPath, Vec<&Event>> = BTreeMap::new();
    for event in context.site.events() {
        for (_, tag) in event.tags().filter(|(own, _)| *own == facet) {
            events.entry(&tag.path).or_default().push(event);
        }
    }
    let named: Vec<(&TagPath, &str, &Vec<&Event>)> = events
        .iter()
        .take(MAX_NAMES)
        .map(|(path, events)| (*path, context.site.tags(facet).short_name(path), events))
        .collect();
    let mut pairs = Vec::new();
    for (index, one) in named.iter().enumerate() {
        for other in &named[index + 1..] {
            if one.0.parent() == other.0.parent() && is_near_spelling(one.1, other.1) {
                let (common, rare) = if one.2.len() >= other.2.len() { (one, other) } else { (other, one) };
                pairs.push(pair(context, facet, [(common.1, common.2), (rare.1, rare.2)]));
            }
        }
    }
    pairs
}

fn pair(context: &PageContext<'_>, facet: Facet, names: [(&str, &Vec<&Event>); 2]) -> NearTags {
    let l10n = context.l10n;
    let [(common, many), (rare, few)] = names;
    let count = |events: &Vec<&Event>| l10n.plural(l10n.count, events.len());
    let link = |event: &&Event| Anchor {
        label: event.title.to_string(),
        href: context.href(&Route::Event(event.id.clone())),
    };
    NearTags {
        heading: match facet {
            Facet::Region => l10n.editor.two_regions,
            Facet::Topic => l10n.editor.two_topics,
        },
        counts: fill(
            l10n.editor.spellings,
            &[("common", common), ("many", &count(many)), ("rare", rare), ("few", &count(few))],
        ),
        spelled_in: fill(l10n.editor.spelled_in, &[("rare", rare)]),
        events: few.iter().take(MAX_EVENTS).map(link).collect(),
    }
}
