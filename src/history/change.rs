//! A change to an event between two loads.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::model::event::{Event, EventId, Status};
use crate::model::tag::{Facet, TagPath};

/// Characters kept of a description before what changed in it, and all together.
const KEPT_BEFORE: usize = 40;
const KEPT: usize = 200;

/// One event before and after a load. An event changes at most once per load.
///
/// Of descriptions only what changed is kept, and nothing if they are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When the change was loaded.
    pub at: Timestamp,
    /// The event.
    pub event: EventId,
    /// Its `SEQUENCE` after the change. Event and sequence together identify a change.
    pub sequence: u32,
    /// The event before; `None` if there was no row.
    pub was: Option<Event>,
    /// The event after; `None` if its row was deleted.
    pub is: Option<Event>,
}

/// What changed about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// The event is new.
    Added,
    /// The event takes place again after it was cancelled or deleted.
    Reinstated,
    /// The event does not take place.
    Cancelled,
    /// The event takes place later, at an unknown date.
    Postponed,
    /// The event is sold out.
    SoldOut,
    /// The event is confirmed.
    Confirmed,
    /// The event is tentative.
    Tentative,
    /// The title.
    Renamed,
    /// Time or place.
    Moved,
    /// Single dates of a series.
    Dates,
    /// Anything else: description, links, cost, people, regions, topics.
    Details,
    /// The row was deleted.
    Removed,
}

impl Change {
    /// Creates a change from an event to its next version.
    #[must_use]
    pub fn new(at: Timestamp, sequence: u32, was: Option<&Event>, is: Option<&Event>) -> Option<Change> {
        let event = is.or(was)?.id.clone();
        let [before, after] = excerpts([was, is].map(|event| event.map_or("", |event| &event.description)));
        let described =
            |event: &Event, description: &str| Event { description: description.into(), ..event.clone() };
        let was = was.map(|event| described(event, if is.is_some() { before } else { "" }));
        let is = is.map(|event| described(event, if was.is_some() { after } else { "" }));
        Some(Change { at, event, sequence, was, is })
    }

    /// Returns what changed, the most important first; empty if a subscriber would not notice.
    #[must_use]
    pub fn kinds(&self) -> Vec<ChangeKind> {
        let (was, is) = match (&self.was, &self.is) {
            (Some(was), Some(is)) => (was, is),
            (None, Some(is)) if is.status == Status::Cancelled => return vec![ChangeKind::Cancelled],
            (None, Some(_)) if self.sequence > 0 => return vec![ChangeKind::Reinstated],
            (None, Some(_)) => return vec![ChangeKind::Added],
            // The cancellation was a change of its own.
            (Some(was), None) if was.status == Status::Cancelled => return Vec::new(),
            (Some(_), None) => return vec![ChangeKind::Removed],
            (None, None) => return Vec::new(),
        };
        let mut kinds = Vec::from_iter(status_change(was.status, is.status));
        kinds.extend((was.title != is.title).then_some(ChangeKind::Renamed));
        kinds.extend((has_moved(was, is) || was.place() != is.place()).then_some(ChangeKind::Moved));
        kinds.extend(has_other_dates(was, is).then_some(ChangeKind::Dates));
        if kinds.is_empty() && self.is_noticeable() {
            kinds.push(ChangeKind::Details);
        }
        kinds
    }

    /// Returns whether anything else changed than when somebody last confirmed or edited the row.
    fn is_noticeable(&self) -> bool {
        let undated = |event: &Option<Event>| {
            event.clone().map(|event| Event { verified: None, updated: None, ..event })
        };
        // Of changes in locks of format 2, not all that changed is known.
        self.was == self.is || undated(&self.was) != undated(&self.is)
    }

    /// Returns the event as it is, or as it last was.
    #[must_use]
    pub fn latest(&self) -> Option<&Event> {
        self.is.as_ref().or(self.was.as_ref())
    }

    /// Returns whether the event, before or after the change, was not over before a day.
    #[must_use]
    pub fn matters_on(&self, day: Date) -> bool {
        [&self.was, &self.is].into_iter().flatten().any(|event| !event.is_over_before(day))
    }

    /// Returns whether the event has or had a region or topic, or one below it.
    #[must_use]
    pub fn has_tag(&self, facet: Facet, path: &TagPath) -> bool {
        [&self.was, &self.is]
            .into_iter()
            .flatten()
            .any(|event| event.tags().any(|(own, tag)| own == facet && path.includes(&tag.path)))
    }
}

/// Returns whether the event, or its series, takes place at another time.
#[must_use]
pub fn has_moved(was: &Event, is: &Event) -> bool {
    let series = |event: &Event| event.repeat.as_ref().map(|repeat| (repeat.clock, repeat.rule.clone()));
    was.when != is.when || series(was) != series(is)
}

/// Returns whether single dates of a series differ.
fn has_other_dates(was: &Event, is: &Event) -> bool {
    let dates = |event: &Event| {
        let repeat = event.repeat.as_deref();
        repeat.map(|repeat| (repeat.except.clone(), repeat.also.clone())).unwrap_or_default()
    };
    dates(was) != dates(is) || was.overrides != is.overrides
}

/// Returns the parts of two texts around the first difference; nothing if they are equal.
fn excerpts(texts: [&str; 2]) -> [&str; 2] {
    let [was, is] = texts;
    if was == is {
        return ["", ""];
    }
    let same = was
        .char_indices()
        .zip(is.chars())
        .find(|((_, a), b)| a != b)
        .map_or(was.len().min(is.len()), |((at, _), _)| at);
    let start = was[..same].char_indices().rev().nth(KEPT_BEFORE - 1).map_or(0, |(at, _)| at);
    texts.map(|text| {
        let rest = &text[start..];
        &rest[..rest.char_indices().nth(KEPT).map_or(rest.len(), |(end, _)| end)]
    })
}

fn status_change(was: Status, is: Status) -> Option<ChangeKind> {
    match (was, is) {
        _ if was == is => None,
        (_, Status::Cancelled) => Some(ChangeKind::Cancelled),
        (_, Status::Postponed) => Some(ChangeKind::Postponed),
        (Status::Cancelled | Status::Postponed, _) => Some(ChangeKind::Reinstated),
        (_, Status::SoldOut) => Some(ChangeKind::SoldOut),
        (_, Status::Confirmed) => Some(ChangeKind::Confirmed),
        (_, Status::Tentative) => Some(ChangeKind::Tentative),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_part_of_a_text_that_changed_is_kept() {
        assert_eq!(excerpts(["the same", "the same"]), ["", ""]);
        assert_eq!(excerpts(["room 2", "room 4"]), ["room 2", "room 4"]);
        assert_eq!(excerpts(["", "new"]), ["", "new"]);
        let (was, is) = (format!("{}2{}", "a".repeat(100), "b".repeat(500)), format!("{}4", "a".repeat(100)));
        let [before, after] = excerpts([&was, &is]);
        assert_eq!(before, format!("{}2{}", "a".repeat(40), "b".repeat(159)));
        assert_eq!(after, format!("{}4", "a".repeat(40)));
    }

    proptest! {
        #[test]
        fn excerpts_of_different_texts_differ(was in ".{0,300}", is in ".{0,300}") {
            let [before, after] = excerpts([&was, &is]);
            prop_assert_eq!(before == after, was == is);
            prop_assert!(was.contains(before) && is.contains(after));
        }
    }
}
