//! What calcast remembers beside the spreadsheet: a row does not know when it changed, and without that
//! calendars do not update. `calcast.lock` is this, written down.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::change::Change;
use super::event::{Event, EventId, Status};
use super::tag::{Facet, TagPath};
use super::written::Written;

/// The format of `calcast.lock`, as its first line says it.
pub const FORMAT: u32 = 2;
/// The most changes that are remembered: the newest.
pub const MOST_CHANGES: usize = 1_000;

/// What is remembered of one event, also after its row is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventHistory {
    /// Which.
    pub event: EventId,
    /// How often it changed (RFC 5545 `SEQUENCE`).
    pub sequence: u32,
    /// When it was first seen (`CREATED`, and `pubDate` in feeds).
    #[serde(with = "super::codec::instant")]
    pub first: Timestamp,
    /// When it last changed (`DTSTAMP`, `LAST-MODIFIED`).
    #[serde(with = "super::codec::instant")]
    pub changed: Timestamp,
    /// When its row was gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Timestamp>,
    /// Whether its row is there and cannot be read, so that it is missing from what was published.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unread: bool,
    /// What its id was made of, where its row has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Arc<str>>,
    /// The fingerprint of its content.
    #[serde(with = "super::codec::hex")]
    pub hash: u128,
    /// What its row said.
    pub row: Written,
}

/// What is remembered of one article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleHistory {
    /// Its slug.
    pub article: String,
    /// When it was first seen.
    pub first: Timestamp,
    /// When it last changed (Atom `updated`).
    pub changed: Timestamp,
    /// When it was gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Timestamp>,
    /// The fingerprint of its content.
    #[serde(with = "super::codec::hex")]
    pub hash: u128,
}

/// What is remembered of the site as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteHistory {
    /// The part of each UID after `@`: once published it stays, or every event would appear twice.
    pub uid_domain: String,
    /// When anything last changed, removals included (`Last-Modified`).
    pub changed: Timestamp,
    /// When any event last changed.
    pub events: Timestamp,
    /// When the settings or the program last changed.
    pub framed: Timestamp,
    /// The fingerprint of the settings and of the program.
    #[serde(with = "super::codec::hex")]
    pub frame: u128,
}

/// What is remembered of a region or topic: once published its feed stays valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagHistory {
    /// Its whole name.
    pub name: Arc<str>,
    /// When an event last changed that has it, or had it.
    pub changed: Timestamp,
}

/// All that is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The site; `None` before its first snapshot.
    pub site: Option<SiteHistory>,
    /// Events by id. What did not change is shared with the memory before, and all of it with its copies.
    pub events: Arc<BTreeMap<EventId, Arc<EventHistory>>>,
    /// Articles by slug.
    pub articles: BTreeMap<String, ArticleHistory>,
    /// Every region and topic ever published.
    pub tags: BTreeMap<(Facet, TagPath), TagHistory>,
    /// What happened to events, the oldest first.
    pub changes: Vec<Arc<Change>>,
}

impl History {
    /// The same where no event that an earlier memory does not know comes before those that it does: what was
    /// forgotten may have changed as often as they, and `SEQUENCE` never falls (RFC 5545 §3.8.7.4).
    #[must_use]
    pub fn risen_above(mut self, known: &History) -> History {
        let highest = known.events.values().map(|event| event.sequence).max();
        let Some(above) = highest.map(|highest| highest.saturating_add(1)) else { return self };
        for (id, event) in Arc::make_mut(&mut self.events) {
            if !known.events.contains_key(id) {
                Arc::make_mut(event).sequence = above;
            }
        }
        // They are not new, whatever it looks like.
        self.changes.retain(|change| change.was.is_some() || known.events.contains_key(&change.event));
        self
    }

    /// Whether events, articles, regions and topics are as another memory has them.
    #[must_use]
    pub fn differs_in_frame_only(&self, other: &History) -> bool {
        let History { site: _, events, articles, tags, changes } = self;
        (events, articles, tags, changes) == (&other.events, &other.articles, &other.tags, &other.changes)
    }

    /// What happened since an earlier memory.
    #[must_use]
    pub fn news_since(&self, before: &History) -> Vec<Arc<Change>> {
        let key = |change: &Arc<Change>| (change.event.clone(), change.sequence);
        let known: BTreeSet<(EventId, u32)> = before.changes.iter().map(key).collect();
        self.changes.iter().filter(|change| !known.contains(&key(change))).cloned().collect()
    }

    /// The events whose rows are gone, as cancelled ones, each with the instant since when and what is remembered
    /// of it.
    pub fn removed(&self) -> impl Iterator<Item = (Event, Timestamp, &Arc<EventHistory>)> {
        self.events.values().filter_map(|memory| {
            let removed = memory.removed?;
            let event = memory.row.event(&memory.event)?;
            Some((Event { status: Status::Cancelled, ..event }, removed, memory))
        })
    }
}
