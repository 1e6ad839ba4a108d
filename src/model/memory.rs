//! What calcast remembers beside the spreadsheet: a row does not know when it changed, and without that
//! calendars do not update. `calcast.lock` is this, written down.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{Timestamp, ToSpan, Unit};
use serde::{Deserialize, Serialize};

use super::article::Article;
use super::event::{Event, EventId};
use super::tag::{Facet, TagPath};

/// What is remembered of one event, also after its row is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventMemory {
    /// How often it changed (RFC 5545 `SEQUENCE`).
    pub sequence: u32,
    /// When it was first seen (`CREATED`, and `pubDate` in feeds).
    pub first: Timestamp,
    /// When it last changed (`DTSTAMP`, `LAST-MODIFIED`).
    pub changed: Timestamp,
    /// When its row was gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Timestamp>,
    /// The fingerprint of its content.
    #[serde(with = "hex")]
    pub hash: u128,
    /// When it takes place: `2026-05-12`, or `2026-05-12T18:00:00[America/Chicago]`.
    pub start: String,
    /// Its title.
    pub title: String,
    /// Its regions' names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Arc<str>>,
    /// Its topics' names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<Arc<str>>,
}

/// What is remembered of one article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleMemory {
    /// When it was first seen.
    pub first: Timestamp,
    /// When it last changed (Atom `updated`).
    pub changed: Timestamp,
    /// The fingerprint of its content.
    #[serde(with = "hex")]
    pub hash: u128,
}

/// What is remembered of the site as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteMemory {
    /// The part of each UID after `@`: once published it stays, or every event would appear twice.
    pub uid_domain: String,
    /// When anything last changed, removals included (`Last-Modified`).
    pub changed: Timestamp,
    /// The fingerprint of everything.
    #[serde(with = "hex")]
    pub hash: u128,
}

/// All that is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// The site; `None` before its first edition.
    pub site: Option<SiteMemory>,
    /// Events by id.
    pub events: BTreeMap<EventId, EventMemory>,
    /// Articles by slug.
    pub articles: BTreeMap<String, ArticleMemory>,
    /// Every region and topic ever published, with its name: their feeds stay valid.
    pub tags: BTreeMap<(Facet, TagPath), Arc<str>>,
}

/// What one reading saw.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The events that can be published.
    pub events: &'a [Event],
    /// The articles that can be published.
    pub articles: &'a [Article],
    /// Every region and topic in them.
    pub tags: BTreeMap<(Facet, TagPath), Arc<str>>,
    /// The part of UIDs after `@` that the settings ask for.
    pub uid_domain: &'a str,
    /// The fingerprint of the settings and of the program.
    pub frame: u128,
    /// Whether all of the folder could be read: only then is a row that is not there a row removed.
    pub complete: Completeness,
}

/// Whether a reading was without errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// Every row was read.
    Whole,
    /// Some rows were refused.
    Partial,
}

impl Memory {
    /// What is to be remembered after a reading at an instant. What is the same stays as it was; the very
    /// first memory is dated by its day, so that two copies of one folder begin alike.
    #[must_use]
    pub fn after(mut self, seen: &Seen<'_>, now: Timestamp) -> Memory {
        let now = now.round(Unit::Second).unwrap_or(now);
        let at = match &self.site {
            Some(_) => now,
            None => midnight(now),
        };
        for event in seen.events {
            self.see_event(event, at);
        }
        if seen.complete == Completeness::Whole {
            self.miss_events(seen.events, at);
        }
        for article in seen.articles {
            self.see_article(article, at);
        }
        for (key, name) in &seen.tags {
            self.tags.insert(key.clone(), Arc::clone(name));
        }
        let hash = self.fingerprint(seen.frame);
        let known = self.site.as_ref();
        let changed = match known {
            Some(site) if site.hash == hash => site.changed,
            Some(site) => later(at, site.changed),
            None => at,
        };
        self.site = Some(SiteMemory { uid_domain: seen.uid_domain.to_owned(), changed, hash });
        self
    }

    fn see_event(&mut self, event: &Event, at: Timestamp) {
        let hash = event.fingerprint();
        let known = self.events.get(&event.id);
        if known.is_some_and(|known| known.hash == hash && known.removed.is_none()) {
            return;
        }
        let memory = EventMemory {
            sequence: known.map_or(0, |known| known.sequence.saturating_add(1)),
            first: known.map_or(at, |known| known.first),
            changed: known.map_or(at, |known| later(at, known.changed)),
            removed: None,
            hash,
            start: start_in_words(event),
            title: event.title.clone(),
            regions: event.regions.iter().map(|tag| Arc::clone(&tag.name)).collect(),
            topics: event.topics.iter().map(|tag| Arc::clone(&tag.name)).collect(),
        };
        self.events.insert(event.id.clone(), memory);
    }

    fn miss_events(&mut self, events: &[Event], at: Timestamp) {
        let there: std::collections::BTreeSet<&EventId> = events.iter().map(|event| &event.id).collect();
        for (id, memory) in &mut self.events {
            if memory.removed.is_none() && !there.contains(id) {
                memory.removed = Some(later(at, memory.changed));
            }
        }
    }

    fn see_article(&mut self, article: &Article, at: Timestamp) {
        let hash = article.fingerprint();
        let memory = match self.articles.get(&article.slug) {
            Some(known) if known.hash == hash => return,
            Some(known) => ArticleMemory { first: known.first, changed: later(at, known.changed), hash },
            None => ArticleMemory { first: at, changed: article.published.min(at), hash },
        };
        self.articles.insert(article.slug.clone(), memory);
    }

    fn fingerprint(&self, frame: u128) -> u128 {
        let mut digest = crate::digest::Digest::new();
        digest.text(&format!("{frame:032x}"));
        for (id, memory) in &self.events {
            digest.text(id.as_str());
            digest.text(&format!("{:032x} {:?} {:?}", memory.hash, memory.changed, memory.removed));
        }
        for (slug, memory) in &self.articles {
            digest.text(slug);
            digest.text(&format!("{:032x} {:?}", memory.hash, memory.changed));
        }
        for ((facet, path), name) in &self.tags {
            digest.text(&format!("{} {path} {name}", facet.key()));
        }
        digest.finish()
    }
}

/// The instant, or a second after the one before where the clock says otherwise: changes always advance.
fn later(at: Timestamp, before: Timestamp) -> Timestamp {
    at.max(before.checked_add(1.second()).unwrap_or(before))
}

fn midnight(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(86_400)).unwrap_or(at)
}

fn start_in_words(event: &Event) -> String {
    let local = event.when.local_start();
    match event.when.zone() {
        None => local.date().to_string(),
        Some(zone) => format!("{local}[{}]", zone.iana_name().unwrap_or("UTC")),
    }
}

mod hex {
    //! A hash as 32 hexadecimal digits.

    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(hash: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{hash:032x}"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map_err(serde::de::Error::custom)
    }
}
