//! Compares a load with the history: which events, articles and tags are new, changed or gone, and when.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Unit};
use rayon::prelude::*;

use super::change::Change;
use super::snapshot::{EventSnapshot, PublishedRow};
use super::{ArticleHistory, EventHistory, History, MAX_CHANGES, SiteHistory, TagHistory};
use crate::model::article::Article;
use crate::model::event::{Event, EventId};
use crate::model::tag::{Facet, TagPath};

/// The state of a site as loaded from its folder.
#[derive(Debug)]
pub struct CurrentState<'a> {
    /// The events that can be published.
    pub events: &'a [Arc<Event>],
    /// The texts that ids were derived from, for events whose rows have no id.
    pub bases: BTreeMap<EventId, Arc<str>>,
    /// The articles that can be published.
    pub articles: &'a [Article],
    /// Every region and topic of events and articles, with its name.
    pub tags: BTreeMap<(Facet, TagPath), Arc<str>>,
    /// The part of each UID after `@`.
    pub uid_domain: &'a str,
    /// Hash of the settings and of the program's version.
    pub config_hash: u128,
    /// The current day in the site's time zone.
    pub today: Date,
    /// Whether the folder was read without errors. Only then does a missing row mean a deleted event.
    pub is_complete: bool,
}

/// A loaded event and its history.
pub type LoadedEvent = (Arc<Event>, Arc<EventHistory>);

impl History {
    /// Returns the history after a load at `now`, and the loaded events with their histories, in the order of the load.
    ///
    /// Unchanged entries keep their dates and share their events with the previous load. The first history of a site
    /// records no changes and is dated to the start of the day in UTC, so that copies of a folder have equal dates.
    #[must_use]
    pub fn updated(mut self, current: &CurrentState<'_>, now: Timestamp) -> (History, Vec<LoadedEvent>) {
        let now = now.round(Unit::Second).unwrap_or(now);
        let at = if self.site.is_some() { now } else { start_of_day(now) };
        let mut differ = Differ {
            current,
            at,
            is_first: self.site.is_none(),
            has_tags: !self.tags.is_empty(),
            events_differ: false,
            others_differ: false,
            tags: BTreeSet::new(),
            changes: Vec::new(),
        };
        let loaded = differ.update_events(&mut self);
        differ.update_tags(&mut self);
        differ.update_articles(&mut self);
        let Differ { events_differ, others_differ, changes, .. } = differ;
        self.record(changes, current.today);
        let known = self.site.as_ref();
        let advance = |known: Option<Timestamp>, is_same: bool| match known {
            Some(known) if is_same => known,
            Some(known) => later(at, known),
            None => at,
        };
        let is_same_config = known.is_some_and(|site| site.config_hash == current.config_hash);
        let is_same = is_same_config && !events_differ && !others_differ;
        self.site = Some(SiteHistory {
            uid_domain: current.uid_domain.to_owned(),
            changed: advance(known.map(|site| site.changed), is_same),
            events: advance(known.map(|site| site.events), !events_differ),
            config_changed: advance(known.map(|site| site.config_changed), is_same_config),
            config_hash: current.config_hash,
        });
        (self, loaded)
    }

    /// Adds the changes that matter to a subscriber on `today`: not those of events that were over by then.
    fn record(&mut self, mut changes: Vec<Change>, today: Date) {
        changes.retain(|change| !change.kinds().is_empty() && change.matters_on(today));
        self.changes.extend(changes.into_iter().map(Arc::new));
        self.changes.sort_by(|a, b| (a.at, &a.event).cmp(&(b.at, &b.event)));
        let excess = self.changes.len().saturating_sub(MAX_CHANGES);
        self.changes.drain(..excess);
    }
}

/// Compares the current state with a history, part by part, and collects the differences.
struct Differ<'a> {
    current: &'a CurrentState<'a>,
    /// When differences are dated.
    at: Timestamp,
    /// Whether the site was never published before.
    is_first: bool,
    /// Whether there are tags to date.
    has_tags: bool,
    /// Whether any event differs.
    events_differ: bool,
    /// Whether articles or names of tags differ.
    others_differ: bool,
    /// Names of the regions and topics of changed events, before and after.
    tags: BTreeSet<(Facet, Arc<str>)>,
    /// Changes to events.
    changes: Vec<Change>,
}

impl Differ<'_> {
    /// Notes that an event with these tags differs.
    fn mark<'t>(&mut self, tags: impl Iterator<Item = (Facet, &'t Arc<str>)>) {
        self.events_differ = true;
        if !self.has_tags {
            return;
        }
        self.tags.extend(tags.map(|(facet, name)| (facet, Arc::clone(name))));
    }

    /// Returns the paths of the tags of changed events, and of those above them.
    fn changed_tags(&self) -> BTreeSet<(Facet, TagPath)> {
        let mut paths = BTreeSet::new();
        for (facet, name) in &self.tags {
            let path = TagPath::parse(name);
            paths.extend(path.iter().flat_map(TagPath::with_parents).map(|path| (*facet, path)));
        }
        paths
    }

    /// Updates loaded and missing events. Returns the loaded ones.
    fn update_events(&mut self, history: &mut History) -> Vec<LoadedEvent> {
        let known = std::mem::take(&mut history.events);
        let hashes: Vec<u128> = self.current.events.par_iter().map(|event| event.fingerprint()).collect();
        let mut loaded = Vec::with_capacity(hashes.len());
        for (event, hash) in self.current.events.iter().zip(hashes) {
            let history = self.update_loaded(event, hash, known.get(&event.id));
            let event = match &history.row {
                PublishedRow::Loaded(event) => event,
                PublishedRow::Recorded(_) => event,
            };
            loaded.push((Arc::clone(event), history));
        }
        let by_id = |(event, history): &LoadedEvent| (event.id.clone(), Arc::clone(history));
        let mut events: BTreeMap<_, _> = loaded.iter().map(by_id).collect();
        for (id, event) in known.iter() {
            if !events.contains_key(id) {
                events.insert(id.clone(), self.update_missing(event));
            }
        }
        history.events = Arc::new(events);
        loaded
    }

    /// Updates the history of a loaded event, if it is new or has changed.
    fn update_loaded(
        &mut self,
        event: &Arc<Event>,
        hash: u128,
        known: Option<&Arc<EventHistory>>,
    ) -> Arc<EventHistory> {
        let base = self.current.bases.get(&event.id);
        if let Some(known) = known.filter(|known| known.hash == hash && known.removed.is_none()) {
            return self.update_unchanged(known, base);
        }
        let history = EventHistory {
            event: event.id.clone(),
            sequence: known.map_or(0, |known| known.sequence.saturating_add(1)),
            first: known.map_or(self.at, |known| known.first),
            changed: known.map_or(self.at, |known| later(self.at, known.changed)),
            removed: None,
            unread: false,
            base: base.cloned(),
            hash,
            row: PublishedRow::Loaded(Arc::clone(event)),
        };
        let published = known.filter(|known| known.removed.is_none());
        let was = published.map(|known| known.row.snapshot().into_owned());
        self.mark(event.tags().map(|(facet, tag)| (facet, &tag.name)));
        self.mark(was.iter().flat_map(EventSnapshot::tag_names));
        if !self.is_first {
            self.changes.push(Change {
                at: history.changed,
                event: event.id.clone(),
                sequence: history.sequence,
                was,
                is: Some(EventSnapshot::from(&**event)),
            });
        }
        Arc::new(history)
    }

    /// Updates what does not count as a change.
    fn update_unchanged(&mut self, known: &Arc<EventHistory>, base: Option<&Arc<str>>) -> Arc<EventHistory> {
        let mut history = Arc::clone(known);
        if known.unread {
            self.mark(known.row.snapshot().tag_names());
            Arc::make_mut(&mut history).unread = false;
        }
        if known.base.as_ref() != base {
            Arc::make_mut(&mut history).base = base.cloned();
        }
        history
    }

    /// Updates the history of an event that was not loaded: its row was deleted, or may be among the rejected ones.
    fn update_missing(&mut self, known: &Arc<EventHistory>) -> Arc<EventHistory> {
        let mut history = Arc::clone(known);
        if known.removed.is_some() {
            return history;
        }
        if !self.current.is_complete {
            if !known.unread {
                self.mark(known.row.snapshot().tag_names());
                Arc::make_mut(&mut history).unread = true;
            }
            return history;
        }
        let was = known.row.snapshot().into_owned();
        self.mark(was.tag_names());
        let removed = Arc::make_mut(&mut history);
        removed.sequence = known.sequence.saturating_add(1);
        removed.changed = later(self.at, known.changed);
        removed.removed = Some(removed.changed);
        removed.unread = false;
        self.changes.push(Change {
            at: removed.changed,
            event: known.event.clone(),
            sequence: removed.sequence,
            was: Some(was),
            is: None,
        });
        history
    }

    /// Dates the tags of changed events and those above them, adds new tags, and takes over new spellings.
    fn update_tags(&mut self, history: &mut History) {
        let changed = self.changed_tags();
        for key in &changed {
            if let Some(tag) = history.tags.get_mut(key) {
                tag.changed = later(self.at, tag.changed);
            }
        }
        for (key, name) in &self.current.tags {
            match history.tags.get_mut(key) {
                Some(tag) if tag.name == *name => continue,
                Some(tag) => {
                    tag.name = Arc::clone(name);
                    if !changed.contains(key) {
                        tag.changed = later(self.at, tag.changed);
                    }
                }
                None => {
                    let tag = TagHistory { facet: key.0, name: Arc::clone(name), changed: self.at };
                    history.tags.insert(key.clone(), tag);
                }
            }
            self.others_differ = true;
        }
    }

    /// Updates new, changed and deleted articles.
    fn update_articles(&mut self, history: &mut History) {
        let at = self.at;
        for article in self.current.articles {
            let hash = article.fingerprint();
            let known = history.articles.get(&article.slug);
            if known.is_some_and(|known| known.hash == hash && known.removed.is_none()) {
                continue;
            }
            let updated = ArticleHistory {
                article: article.slug.clone(),
                first: known.map_or(at, |known| known.first),
                changed: known.map_or(article.published.min(at), |known| later(at, known.changed)),
                removed: None,
                hash,
            };
            history.articles.insert(article.slug.clone(), updated);
            self.others_differ = true;
        }
        if !self.current.is_complete {
            return;
        }
        let slugs: BTreeSet<&str> =
            self.current.articles.iter().map(|article| article.slug.as_str()).collect();
        for (slug, article) in &mut history.articles {
            if article.removed.is_none() && !slugs.contains(slug.as_str()) {
                article.removed = Some(later(at, article.changed));
                self.others_differ = true;
            }
        }
    }
}

/// Returns `at`, or one second after `before` if the clock went backwards: dates of changes always increase.
fn later(at: Timestamp, before: Timestamp) -> Timestamp {
    at.max(before.checked_add(1.second()).unwrap_or(before))
}

fn start_of_day(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(86_400)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tag::Tag;
    use crate::model::when::When;

    fn event(id: &str, title: &str, regions: &[&str]) -> Event {
        let tag = |name: &&str| Arc::new(Tag { path: TagPath::parse(name).unwrap(), name: Arc::from(*name) });
        let day = jiff::civil::date(2026, 5, 12);
        Event {
            regions: regions.iter().map(tag).collect(),
            ..Event::new(EventId::parse(id).unwrap(), title.to_owned(), When::Days { first: day, last: day })
        }
    }

    fn after(history: History, events: &[Event], second: i64) -> History {
        let tags = events.iter().flat_map(|event| &event.regions).flat_map(|tag| {
            tag.path.with_parents().map(|path| ((Facet::Region, path.clone()), Arc::from(path.as_str())))
        });
        let tags = tags.collect();
        let now = Timestamp::from_second(second).unwrap();
        let today = jiff::tz::TimeZone::UTC.to_datetime(now).date();
        let events: Vec<Arc<Event>> = events.iter().cloned().map(Arc::new).collect();
        let current = CurrentState {
            events: &events,
            bases: BTreeMap::new(),
            articles: &[],
            tags,
            uid_domain: "example.org",
            config_hash: 1,
            today,
            is_complete: true,
        };
        history.updated(&current, now).0
    }

    #[test]
    fn only_tags_that_had_or_have_an_event_change_with_it() {
        let changed = |history: &History, path: &str| {
            history.tags[&(Facet::Region, TagPath::parse(path).unwrap())].changed.as_second()
        };
        let (ohio, iowa, utah) =
            (event("a", "A", &["USA/Ohio"]), event("b", "B", &["USA/Iowa"]), event("c", "C", &["USA/Utah"]));
        let first = after(History::default(), &[ohio, iowa.clone(), utah.clone()], 100_000);
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
    fn dates_increase_although_the_clock_runs_backwards() {
        let first = after(History::default(), &[event("a", "A", &["USA"])], 900_000);
        let second = after(first, &[event("a", "B", &["USA"])], 500);
        let history = &second.events[&EventId::parse("a").unwrap()];
        assert_eq!((history.sequence, history.changed.as_second()), (1, 864_001));
        assert_eq!(second.site.unwrap().changed.as_second(), 864_001);
    }
}
