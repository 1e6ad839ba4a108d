//! A change to an event between two loads.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::snapshot::EventSnapshot;
use crate::model::event::{EventId, Status};
use crate::model::tag::{Facet, TagPath};

/// One event before and after a load. An event changes at most once per load.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When the change was loaded.
    #[serde(rename = "change")]
    pub at: Timestamp,
    /// The event.
    pub event: EventId,
    /// Its `SEQUENCE` after the change. Event and sequence together identify a change.
    pub sequence: u32,
    /// The event before; `None` if there was no row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<EventSnapshot>,
    /// The event after; `None` if its row was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<EventSnapshot>,
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
        let moved =
            (&was.start, &was.end, &was.repeat, &was.place) != (&is.start, &is.end, &is.repeat, &is.place);
        let dates = (&was.except, &was.also, &was.dates) != (&is.except, &is.also, &is.dates);
        let details = (was.rest, &was.regions, &was.topics) != (is.rest, &is.regions, &is.topics);
        let mut kinds = Vec::from_iter(status_change(was.status, is.status));
        kinds.extend((was.title != is.title).then_some(ChangeKind::Renamed));
        kinds.extend(moved.then_some(ChangeKind::Moved));
        kinds.extend(dates.then_some(ChangeKind::Dates));
        if kinds.is_empty() {
            kinds.extend(details.then_some(ChangeKind::Details));
        }
        kinds
    }

    /// Returns the event as it is, or as it last was.
    #[must_use]
    pub fn snapshot(&self) -> Option<&EventSnapshot> {
        self.is.as_ref().or(self.was.as_ref())
    }

    /// Returns whether the event, before or after the change, was not over before a day.
    #[must_use]
    pub fn matters_on(&self, day: Date) -> bool {
        [&self.was, &self.is].into_iter().flatten().any(|snapshot| !snapshot.is_over_before(day))
    }

    /// Returns whether the event has or had a region or topic, or one below it.
    #[must_use]
    pub fn has_tag(&self, facet: Facet, path: &TagPath) -> bool {
        [&self.was, &self.is].into_iter().flatten().any(|snapshot| {
            let names = snapshot.tag_names().filter(|(own, _)| *own == facet);
            names.filter_map(|(_, name)| TagPath::parse(name)).any(|own| path.includes(&own))
        })
    }
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
