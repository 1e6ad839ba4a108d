//! What happened to an event between two readings.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::event::{EventId, Status};
use super::facts::EventSnapshot;
use super::tag::{Facet, TagPath};

/// One event as it was and as it is. An event changes once in a reading, whatever is different.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When it was seen.
    #[serde(rename = "change")]
    pub at: Timestamp,
    /// The event.
    pub event: EventId,
    /// Its `SEQUENCE` from then on: with the event it names the change.
    pub sequence: u32,
    /// As it was; `None` when there was no row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<EventSnapshot>,
    /// As it is; `None` when the row is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<EventSnapshot>,
}

/// What may be different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It is new.
    Added,
    /// It takes place again, after it was cancelled or gone.
    Reinstated,
    /// It does not take place.
    Cancelled,
    /// It takes place later, nobody knows when.
    Postponed,
    /// No place is left.
    SoldOut,
    /// It is sure now.
    Confirmed,
    /// It is not sure any more.
    Tentative,
    /// It has another title.
    Renamed,
    /// It is at another time or place.
    Moved,
    /// Single dates of a series are different.
    Dates,
    /// Something else is: the description, a link, what it costs, where it is listed.
    Details,
    /// Its row is gone.
    Removed,
}

impl Change {
    /// What is different, the most important first; empty when a subscriber would notice nothing.
    #[must_use]
    pub fn kinds(&self) -> Vec<Kind> {
        let (was, is) = match (&self.was, &self.is) {
            (Some(was), Some(is)) => (was, is),
            (None, Some(is)) if is.status == Status::Cancelled => return vec![Kind::Cancelled],
            (None, Some(_)) if self.sequence > 0 => return vec![Kind::Reinstated],
            (None, Some(_)) => return vec![Kind::Added],
            // Who knows that it does not take place is told nothing new.
            (Some(was), None) if was.status == Status::Cancelled => return Vec::new(),
            (Some(_), None) => return vec![Kind::Removed],
            (None, None) => return Vec::new(),
        };
        let moved =
            (&was.start, &was.end, &was.repeat, &was.place) != (&is.start, &is.end, &is.repeat, &is.place);
        let dates = (&was.except, &was.also, &was.dates) != (&is.except, &is.also, &is.dates);
        let details = (was.rest, &was.regions, &was.topics) != (is.rest, &is.regions, &is.topics);
        let mut kinds: Vec<Kind> = status_kind(was.status, is.status).into_iter().collect();
        kinds.extend((was.title != is.title).then_some(Kind::Renamed));
        kinds.extend(moved.then_some(Kind::Moved));
        kinds.extend(dates.then_some(Kind::Dates));
        if kinds.is_empty() {
            kinds.extend(details.then_some(Kind::Details));
        }
        kinds
    }

    /// The event as it is, or as it last was.
    #[must_use]
    pub fn facts(&self) -> Option<&EventSnapshot> {
        self.is.as_ref().or(self.was.as_ref())
    }

    /// Whether somebody may still go by it: it was not over before a day, or is not.
    #[must_use]
    pub fn matters_on(&self, day: Date) -> bool {
        [&self.was, &self.is].into_iter().flatten().any(|facts| !facts.is_over_before(day))
    }

    /// Whether the event is, or was, of a region or topic or one below it.
    #[must_use]
    pub fn is_of(&self, facet: Facet, path: &TagPath) -> bool {
        [&self.was, &self.is].into_iter().flatten().any(|facts| {
            let names = match facet {
                Facet::Region => &facts.regions,
                Facet::Topic => &facts.topics,
            };
            names.iter().filter_map(|name| TagPath::parse(name)).any(|own| path.includes(&own))
        })
    }
}

fn status_kind(was: Status, is: Status) -> Option<Kind> {
    match (was, is) {
        _ if was == is => None,
        (_, Status::Cancelled) => Some(Kind::Cancelled),
        (_, Status::Postponed) => Some(Kind::Postponed),
        (Status::Cancelled | Status::Postponed, _) => Some(Kind::Reinstated),
        (_, Status::SoldOut) => Some(Kind::SoldOut),
        (_, Status::Confirmed) => Some(Kind::Confirmed),
        (_, Status::Tentative) => Some(Kind::Tentative),
    }
}
