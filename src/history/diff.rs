//! Compares a load with the history: which events, articles and tags are new, changed or gone, and when.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Unit};
use rayon::prelude::*;

use super::change::Change;
use super::{ArticleHistory, EventHistory, History, MAX_CHANGES, SiteHistory, TableHistory, TagHistory};
use crate::model::article::Article;
use crate::model::event::{Event, EventId, Status};
use crate::model::tag::{Facet, TagPath};

/// The state of a site as loaded from its folder.
#[derive(Debug)]
pub struct CurrentState<'a> {
    /// The events that can be published.
    pub events: &'a [Arc<Event>],
    /// The texts that ids were derived from, for events whose rows have no id.
    pub bases: BTreeMap<EventId, Arc<str>>,
    /// The tables.
    pub tables: Vec<TableHistory>,
    /// Index of the table of each event.
    pub table_of: &'a [usize],
    /// Events that stay as they were last published although they were not loaded, with their status if that can be
    /// read.
    pub held: BTreeMap<EventId, Option<Status>>,
    /// Events whose rows say that they are not to be published.
    pub withdrawn: &'a BTreeSet<EventId>,
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
    /// Whether every article could be read. Only then is a missing one deleted.
    pub has_all_articles: bool,
    /// Whether the history is that of a load before. Its events are then used again, with what was rendered of them.
    pub is_reload: bool,
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
        self.update_tables(&current.tables);
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

    /// Replaces what is known about tables. A table that is gone from the settings stays known while its events stay.
    fn update_tables(&mut self, tables: &[TableHistory]) {
        let current = tables.iter().map(|table| (Arc::clone(&table.table), table.clone()));
        let before = std::mem::replace(&mut self.tables, current.collect());
        let has_events = |key: &Arc<str>| {
            self.events.values().any(|known| known.is_present() && known.table.as_ref() == Some(key))
        };
        let gone = before.into_iter().filter(|(key, _)| !self.tables.contains_key(key) && has_events(key));
        let kept: Vec<_> = gone.collect();
        self.tables.extend(kept);
    }

    /// Adds the changes that matter to a subscriber on `today`: not those of events that were over by then.
    fn record(&mut self, mut changes: Vec<Change>, today: Date) {
        let is_lost_sample = |change: &Change| change.is.is_none() && change.event.is_sample();
        changes.retain(|change| {
            !change.kinds().is_empty() && change.matters_on(today) && !is_lost_sample(change)
        });
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

    /// Updates loaded, held and missing events. Returns those that are published.
    fn update_events(&mut self, history: &mut History) -> Vec<LoadedEvent> {
        let known = std::mem::take(&mut history.events);
        let is_same = |event: &Arc<Event>| known.get(&event.id).is_some_and(|known| known.is_of(event));
        let same: Vec<bool> = self.current.events.par_iter().map(is_same).collect();
        let mut published = Vec::with_capacity(same.len());
        for (index, (event, is_same)) in self.current.events.iter().zip(same).enumerate() {
            let table = Arc::clone(&self.current.tables[self.current.table_of[index]].table);
            let history = match known.get(&event.id) {
                Some(known) if is_same && known.is_present() => self.update_unchanged(known, event, table),
                known => self.update_changed(event, known, table),
            };
            published.push((Arc::clone(&history.event), history));
        }
        let by_id = |(event, history): &LoadedEvent| (event.id.clone(), Arc::clone(history));
        let mut events: BTreeMap<_, _> = published.iter().map(by_id).collect();
        for (id, event) in known.iter() {
            if events.contains_key(id) {
                continue;
            }
            let history = match self.current.held.get(id).filter(|_| event.is_present()) {
                Some(status) => {
                    let history = self.update_held(event, *status);
                    published.push((Arc::clone(&history.event), Arc::clone(&history)));
                    history
                }
                None => self.update_missing(event),
            };
            events.insert(id.clone(), history);
        }
        history.events = Arc::new(events);
        published
    }

    /// Updates the history of a loaded event that is new or has changed.
    fn update_changed(
        &mut self,
        event: &Arc<Event>,
        known: Option<&Arc<EventHistory>>,
        table: Arc<str>,
    ) -> Arc<EventHistory> {
        let base = self.current.bases.get(&event.id);
        let history = EventHistory {
            sequence: known.map_or(0, |known| known.sequence.saturating_add(1)),
            first: known.map_or(self.at, |known| known.first),
            changed: known.map_or(self.at, |known| later(self.at, known.changed)),
            removed: None,
            withdrawn: false,
            base: base.cloned(),
            table: Some(table),
            hash: None,
            event: Arc::clone(event),
        };
        let was = known.filter(|known| known.is_present()).map(|known| &*known.event);
        self.add_change(&history, was, Some(event));
        Arc::new(history)
    }

    /// Updates what does not count as a change.
    fn update_unchanged(
        &self,
        known: &Arc<EventHistory>,
        event: &Arc<Event>,
        table: Arc<str>,
    ) -> Arc<EventHistory> {
        let base = self.current.bases.get(&event.id);
        let is_whole = known.hash.is_none();
        if self.current.is_reload
            && is_whole
            && known.base.as_ref() == base
            && known.table.as_ref() == Some(&table)
        {
            return Arc::clone(known);
        }
        let event = if self.current.is_reload && is_whole { &known.event } else { event };
        Arc::new(EventHistory {
            base: base.cloned(),
            table: Some(table),
            hash: None,
            event: Arc::clone(event),
            ..EventHistory::clone(known)
        })
    }

    /// Updates the history of an event that stays as it was published, apart from its status.
    fn update_held(&mut self, known: &Arc<EventHistory>, status: Option<Status>) -> Arc<EventHistory> {
        let Some(status) = status.filter(|status| *status != known.event.status) else {
            return Arc::clone(known);
        };
        let event = Event { status, ..Event::clone(&known.event) };
        let history = EventHistory {
            sequence: known.sequence.saturating_add(1),
            changed: later(self.at, known.changed),
            event: Arc::new(event),
            hash: None,
            ..EventHistory::clone(known)
        };
        self.add_change(&history, Some(&known.event), Some(&history.event));
        Arc::new(history)
    }

    /// Updates the history of an event whose row is gone.
    fn update_missing(&mut self, known: &Arc<EventHistory>) -> Arc<EventHistory> {
        if !known.is_present() {
            return Arc::clone(known);
        }
        let changed = later(self.at, known.changed);
        let history = EventHistory {
            sequence: known.sequence.saturating_add(1),
            changed,
            removed: Some(changed),
            withdrawn: self.current.withdrawn.contains(&known.event.id),
            table: None,
            hash: None,
            event: Arc::new(remains(&known.event)),
            ..EventHistory::clone(known)
        };
        self.add_change(&history, Some(&known.event), None);
        Arc::new(history)
    }

    /// Notes that an event differs, and records the change.
    fn add_change(&mut self, history: &EventHistory, was: Option<&Event>, is: Option<&Event>) {
        self.mark(
            was.iter().chain(&is).flat_map(|event| event.tags()).map(|(facet, tag)| (facet, &tag.name)),
        );
        if !self.is_first {
            self.changes.extend(Change::new(history.changed, history.sequence, was, is));
        }
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
        if !self.current.has_all_articles {
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

/// Returns what is kept of a deleted event.
fn remains(event: &Event) -> Event {
    Event {
        repeat: event.repeat.clone(),
        overrides: event.overrides.iter().map(|(at, other)| (*at, remains(other))).collect(),
        location: event.place().map(Box::from),
        regions: event.regions.clone(),
        topics: event.topics.clone(),
        status: event.status,
        ..Event::new(event.id.clone(), event.title.clone(), event.when.clone())
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
            tables: vec![TableHistory { table: Arc::from("events.csv"), ..TableHistory::default() }],
            table_of: &vec![0; events.len()],
            held: BTreeMap::new(),
            withdrawn: &BTreeSet::new(),
            articles: &[],
            tags,
            uid_domain: "example.org",
            config_hash: 1,
            today,
            has_all_articles: true,
            is_reload: true,
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
