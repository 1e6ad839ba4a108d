//! The history of a site: what was published, and when it changed.
//!
//! A spreadsheet row does not say when it changed, but calendars need `SEQUENCE`, `CREATED` and `LAST-MODIFIED` to
//! update. The history answers that: [`lock`] keeps it in `calcast.lock` between runs, [`diff`] compares a load with
//! it, [`change`] describes the differences. It also has every event as it was last published, which stays published
//! while its row has errors or its table cannot be read.

pub mod change;
pub mod diff;
pub mod format2;
pub mod lock;
pub mod record;
mod serde_helpers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::change::Change;
use crate::model::event::{Event, EventId, Status};
use crate::model::tag::{Facet, TagPath};

/// Maximum number of changes kept; the oldest are dropped.
pub const MAX_CHANGES: usize = 1_000;

/// The history of one event, kept after its row is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventHistory {
    /// Number of changes (RFC 5545 `SEQUENCE`).
    pub sequence: u32,
    /// When it was first published (`CREATED`, and `pubDate` in feeds).
    pub first: Timestamp,
    /// When it last changed (`DTSTAMP`, `LAST-MODIFIED`).
    pub changed: Timestamp,
    /// When its row was deleted, or withdrawn.
    pub removed: Option<Timestamp>,
    /// Whether its row then said that it is not to be published.
    pub withdrawn: bool,
    /// The text its id was derived from, if its row has no id.
    pub base: Option<Arc<str>>,
    /// The [key](crate::model::settings::Source::key) of its table; `None` in locks of format 2.
    pub table: Option<Arc<str>>,
    /// Its fingerprint in a lock of [format 2](format2), which has only a part of the event.
    pub hash: Option<u128>,
    /// The event as last published. Of a deleted one only what identifies it and what a cancellation shows.
    pub event: Arc<Event>,
}

/// What is known about a table beyond its events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableHistory {
    /// The [key](crate::model::settings::Source::key) of the table.
    pub table: Arc<str>,
    /// Whether it had a column that says which rows are approved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approval: bool,
    /// Whether it had a column `private`, and rows that were private.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// Since when most of its events to come are missing, and kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shrunk: Option<Timestamp>,
    /// Since when it cannot be read as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<Timestamp>,
    /// Whether it was never read as a whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub never_read: bool,
}

/// The history of one article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleHistory {
    /// The slug of the article.
    pub article: String,
    /// When it was first published.
    pub first: Timestamp,
    /// When it last changed (Atom `updated`).
    pub changed: Timestamp,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Timestamp>,
    /// Its fingerprint.
    #[serde(with = "serde_helpers::hex")]
    pub hash: u128,
}

/// The history of the site as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteHistory {
    /// The part of each UID after `@`. It never changes once published, or every event would appear twice.
    pub uid_domain: String,
    /// When anything last changed, deletions included (`Last-Modified`).
    pub changed: Timestamp,
    /// When any event last changed.
    pub events: Timestamp,
    /// When the settings or the program last changed.
    #[serde(rename = "framed")]
    pub config_changed: Timestamp,
    /// Hash of the settings and of the program's version.
    #[serde(rename = "frame", with = "serde_helpers::hex")]
    pub config_hash: u128,
}

/// The history of a region or topic. Its feed stays valid once published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagHistory {
    /// Region or topic.
    #[serde(rename = "tag")]
    pub facet: Facet,
    /// The whole name, such as `USA/Illinois`.
    pub name: Arc<str>,
    /// When an event that has, or had, this tag last changed.
    pub changed: Timestamp,
}

/// Everything known about earlier publications of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The site; `None` before it is first published.
    pub site: Option<SiteHistory>,
    /// Events by id. Unchanged entries are shared with the history before.
    pub events: Arc<BTreeMap<EventId, Arc<EventHistory>>>,
    /// Tables by their key.
    pub tables: BTreeMap<Arc<str>, TableHistory>,
    /// Articles by slug.
    pub articles: BTreeMap<String, ArticleHistory>,
    /// Every region and topic ever published.
    pub tags: BTreeMap<(Facet, TagPath), TagHistory>,
    /// Changes to events, the oldest first; at most [`MAX_CHANGES`].
    pub changes: Vec<Arc<Change>>,
}

impl History {
    /// Raises the `SEQUENCE` of events missing from `known` above all those in it.
    ///
    /// Used after a rebuild: a lost event may have changed as often as any other, and `SEQUENCE` must never decrease
    /// (RFC 5545 §3.8.7.4).
    #[must_use]
    pub fn with_sequences_above(mut self, known: &History) -> History {
        let highest = known.events.values().map(|event| event.sequence).max();
        let Some(above) = highest.map(|highest| highest.saturating_add(1)) else { return self };
        for (id, event) in Arc::make_mut(&mut self.events) {
            if !known.events.contains_key(id) {
                Arc::make_mut(event).sequence = above;
            }
        }
        // Lost events look new, but are not.
        self.changes.retain(|change| change.was.is_some() || known.events.contains_key(&change.event));
        self
    }

    /// Returns whether everything but the site itself is equal to that of another history.
    #[must_use]
    pub fn has_same_content(&self, other: &History) -> bool {
        let History { site: _, events, tables, articles, tags, changes } = self;
        (events, tables, articles) == (&other.events, &other.tables, &other.articles)
            && (tags, changes) == (&other.tags, &other.changes)
    }

    /// Returns the changes that an earlier history does not have.
    #[must_use]
    pub fn changes_since(&self, before: &History) -> Vec<Arc<Change>> {
        let key = |change: &Arc<Change>| (change.event.clone(), change.sequence);
        let known: BTreeSet<(EventId, u32)> = before.changes.iter().map(key).collect();
        self.changes.iter().filter(|change| !known.contains(&key(change))).cloned().collect()
    }

    /// Returns the events whose rows were deleted and not withdrawn, as cancelled events, with the time of deletion and their history.
    pub fn removed(&self) -> impl Iterator<Item = (Event, Timestamp, &Arc<EventHistory>)> {
        self.events.values().filter_map(|history| {
            let removed = history.removed.filter(|_| !history.withdrawn)?;
            Some((Event { status: Status::Cancelled, ..Event::clone(&history.event) }, removed, history))
        })
    }
}

impl EventHistory {
    /// Returns whether the event is published: its row is not deleted.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.removed.is_none()
    }

    /// Returns whether an event is as it was last published.
    #[must_use]
    pub fn is_of(&self, event: &Event) -> bool {
        match self.hash {
            Some(hash) => format2::fingerprint(event) == hash,
            None => *self.event == *event,
        }
    }
}
