//! What calcast remembers beside the spreadsheet: a row does not know when it changed, and without that
//! calendars do not update. `calcast.lock` is this, written down.

use std::collections::{BTreeMap, BTreeSet};
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
    /// When any event last changed.
    pub events: Timestamp,
    /// When the settings or the program last changed.
    pub framed: Timestamp,
    /// The fingerprint of everything.
    #[serde(with = "hex")]
    pub hash: u128,
    /// The fingerprint of the settings and of the program.
    #[serde(with = "hex")]
    pub frame: u128,
}

/// What is remembered of a region or topic: once published its feed stays valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagMemory {
    /// Its whole name.
    pub name: Arc<str>,
    /// When an event last changed that has it, or had it.
    pub changed: Timestamp,
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
    /// Every region and topic ever published.
    pub tags: BTreeMap<(Facet, TagPath), TagMemory>,
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

/// What is not as it was: whether any event, and the regions and topics of those, before and after.
#[derive(Default)]
struct Changes {
    any: bool,
    tags: BTreeSet<(Facet, TagPath)>,
}

impl Changes {
    fn add(&mut self, facet: Facet, paths: impl Iterator<Item = TagPath>) {
        for path in paths {
            // Whose own tag is known has all above it known as well.
            if self.tags.insert((facet, path.clone())) {
                self.tags.extend(path.with_parents().map(|path| (facet, path)));
            }
        }
    }

    fn add_memory(&mut self, event: &EventMemory) {
        self.add(Facet::Region, event.regions.iter().filter_map(|name| TagPath::parse(name)));
        self.add(Facet::Topic, event.topics.iter().filter_map(|name| TagPath::parse(name)));
    }
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
        let mut changes = Changes::default();
        for event in seen.events {
            self.see_event(event, at, &mut changes);
        }
        if seen.complete == Completeness::Whole {
            self.miss_events(seen.events, at, &mut changes);
        }
        self.touch_tags(&changes, seen, at);
        for article in seen.articles {
            self.see_article(article, at);
        }
        let advance = |known: fn(&SiteMemory) -> Timestamp, is_same: bool| match &self.site {
            Some(site) if is_same => known(site),
            Some(site) => later(at, known(site)),
            None => at,
        };
        let hash = self.fingerprint(seen.frame);
        let known = self.site.as_ref();
        self.site = Some(SiteMemory {
            uid_domain: seen.uid_domain.to_owned(),
            changed: advance(|site| site.changed, known.is_some_and(|site| site.hash == hash)),
            events: advance(|site| site.events, !changes.any),
            framed: advance(|site| site.framed, known.is_some_and(|site| site.frame == seen.frame)),
            hash,
            frame: seen.frame,
        });
        self
    }

    fn see_event(&mut self, event: &Event, at: Timestamp, changes: &mut Changes) {
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
        changes.any = true;
        changes.add(Facet::Region, event.regions.iter().map(|tag| tag.path.clone()));
        changes.add(Facet::Topic, event.topics.iter().map(|tag| tag.path.clone()));
        if let Some(before) = self.events.insert(event.id.clone(), memory) {
            changes.add_memory(&before);
        }
    }

    fn miss_events(&mut self, events: &[Event], at: Timestamp, changes: &mut Changes) {
        let there: BTreeSet<&EventId> = events.iter().map(|event| &event.id).collect();
        for (id, memory) in &mut self.events {
            if memory.removed.is_none() && !there.contains(id) {
                memory.removed = Some(later(at, memory.changed));
                changes.any = true;
                changes.add_memory(memory);
            }
        }
    }

    /// The feeds of an event's regions and topics, and of those above them, change with it.
    fn touch_tags(&mut self, changes: &Changes, seen: &Seen<'_>, at: Timestamp) {
        for key in &changes.tags {
            if let Some(tag) = self.tags.get_mut(key) {
                tag.changed = later(at, tag.changed);
            }
        }
        for (key, name) in &seen.tags {
            let new = || TagMemory { name: Arc::clone(name), changed: at };
            self.tags.entry(key.clone()).or_insert_with(new);
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
        for ((facet, path), tag) in &self.tags {
            digest.text(&format!("{} {path} {}", facet.key(), tag.name));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tag::Tag;

    fn event(id: &str, title: &str, regions: &[&str]) -> Event {
        let tag = |name: &&str| Tag { path: TagPath::parse(name).unwrap(), name: Arc::from(*name) };
        let day = jiff::civil::date(2026, 5, 12);
        Event {
            regions: regions.iter().map(tag).collect(),
            ..Event::new(
                EventId::parse(id).unwrap(),
                title.to_owned(),
                crate::model::when::When::Days { first: day, last: day },
            )
        }
    }

    fn after(memory: Memory, events: &[Event], second: i64) -> Memory {
        let tags = events.iter().flat_map(|event| &event.regions).flat_map(|tag| {
            tag.path.with_parents().map(|path| ((Facet::Region, path.clone()), Arc::from(path.as_str())))
        });
        let tags = tags.collect();
        let complete = Completeness::Whole;
        let seen = Seen { events, articles: &[], tags, uid_domain: "example.org", frame: 1, complete };
        memory.after(&seen, Timestamp::from_second(second).unwrap())
    }

    #[test]
    fn only_the_feeds_that_had_or_have_an_event_change_with_it() {
        let changed = |memory: &Memory, path: &str| {
            memory.tags[&(Facet::Region, TagPath::parse(path).unwrap())].changed.as_second()
        };
        let (ohio, iowa, utah) =
            (event("a", "A", &["USA/Ohio"]), event("b", "B", &["USA/Iowa"]), event("c", "C", &["USA/Utah"]));
        let first = after(Memory::default(), &[ohio, iowa.clone(), utah.clone()], 100_000);
        let moved = after(first.clone(), &[event("a", "A", &["USA/Iowa"]), iowa, utah], 200_000);
        assert_eq!(changed(&first, "usa/ohio"), 86_400);
        for path in ["usa", "usa/ohio", "usa/iowa"] {
            assert_eq!(changed(&moved, path), 200_000, "{path}");
        }
        assert_eq!(changed(&moved, "usa/utah"), 86_400);
        let gone = after(moved.clone(), &[], 300_000);
        assert_eq!(changed(&gone, "usa/utah"), 300_000);
        assert_eq!(gone.site.as_ref().unwrap().events.as_second(), 300_000);
        assert_eq!(after(gone.clone(), &[], 400_000), gone);
    }

    #[test]
    fn a_clock_that_runs_backwards_changes_no_order() {
        let first = after(Memory::default(), &[event("a", "A", &["USA"])], 900_000);
        let second = after(first, &[event("a", "B", &["USA"])], 500);
        let memory = &second.events[&EventId::parse("a").unwrap()];
        assert_eq!((memory.sequence, memory.changed.as_second()), (1, 864_001));
        assert_eq!(second.site.unwrap().changed.as_second(), 864_001);
    }
}
