//! What one reading saw, compared with what is remembered: what is new, what is another, what is gone, and when
//! each feed changed with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Unit};

use super::article::Article;
use super::change::Change;
use super::event::{Event, EventId};
use super::facts::EventSnapshot;
use super::memory::{ArticleHistory, EventHistory, History, MOST_CHANGES, SiteHistory, TagHistory};
use super::tag::{Facet, TagPath};
use super::written::Written;

/// What one reading saw.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The events that can be published.
    pub events: &'a [Arc<Event>],
    /// The fingerprint of each.
    pub prints: &'a [u128],
    /// What the ids of those are made of whose rows have none.
    pub bases: BTreeMap<EventId, Arc<str>>,
    /// The articles that can be published.
    pub articles: &'a [Article],
    /// Every region and topic in them.
    pub tags: BTreeMap<(Facet, TagPath), Arc<str>>,
    /// The part of UIDs after `@` that the settings ask for.
    pub uid_domain: &'a str,
    /// The fingerprint of the settings and of the program.
    pub frame: u128,
    /// The day it is.
    pub today: Date,
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

/// What is not as it was: what happened, and the regions and topics of what it happened to, before and after.
#[derive(Default)]
struct Touched {
    events: bool,
    others: bool,
    tags: BTreeSet<(Facet, TagPath)>,
    /// The names of which the paths are among them: events have the tags of others most of the time.
    names: [BTreeSet<Arc<str>>; 2],
    news: Vec<Change>,
}

impl Touched {
    /// What was there, or is not any more.
    fn row(&mut self, facts: &EventSnapshot) {
        self.events = true;
        facts.regions.iter().for_each(|name| self.tag(Facet::Region, name));
        facts.topics.iter().for_each(|name| self.tag(Facet::Topic, name));
    }

    /// What is there.
    fn event(&mut self, event: &Event) {
        self.events = true;
        event.regions.iter().for_each(|tag| self.tag(Facet::Region, &tag.name));
        event.topics.iter().for_each(|tag| self.tag(Facet::Topic, &tag.name));
    }

    fn tag(&mut self, facet: Facet, name: &Arc<str>) {
        if self.names[facet as usize].insert(Arc::clone(name))
            && let Some(path) = TagPath::parse(name)
        {
            self.tags.extend(path.with_parents().map(|path| (facet, path)));
        }
    }
}

impl History {
    /// What is to be remembered after a reading at an instant. What is the same stays as it was; the very
    /// first memory is dated by its day, so that two copies of one folder begin alike, and nothing in it is news.
    #[must_use]
    pub fn after(self, seen: &Seen<'_>, now: Timestamp) -> History {
        self.after_each(seen, now).0
    }

    /// The same, and what is to be remembered of each event that was seen, in their order.
    #[must_use]
    pub fn after_each(mut self, seen: &Seen<'_>, now: Timestamp) -> (History, Vec<Arc<EventHistory>>) {
        let now = now.round(Unit::Second).unwrap_or(now);
        let at = match &self.site {
            Some(_) => now,
            None => midnight(now),
        };
        let mut touched = Touched::default();
        let of_each = self.see_events(&mut touched, seen, at);
        self.see_tags(&mut touched, seen, at);
        self.see_articles(seen, at, &mut touched);
        self.tell(std::mem::take(&mut touched.news), seen.today);
        let known = self.site.as_ref();
        let advance = |known: Option<Timestamp>, is_same: bool| match known {
            Some(known) if is_same => known,
            Some(known) => later(at, known),
            None => at,
        };
        let is_framed = known.is_some_and(|site| site.frame == seen.frame);
        let is_same = is_framed && !touched.events && !touched.others;
        self.site = Some(SiteHistory {
            uid_domain: seen.uid_domain.to_owned(),
            changed: advance(known.map(|site| site.changed), is_same),
            events: advance(known.map(|site| site.events), !touched.events),
            framed: advance(known.map(|site| site.framed), is_framed),
            frame: seen.frame,
        });
        (self, of_each)
    }

    /// Events that are there and events that were, each looked at once.
    fn see_events(
        &mut self,
        touched: &mut Touched,
        seen: &Seen<'_>,
        at: Timestamp,
    ) -> Vec<Arc<EventHistory>> {
        let events = seen.events.iter().enumerate().filter(|_| !self.events.is_empty());
        let places: IndexMap<&EventId, usize> = events.map(|(place, event)| (&event.id, place)).collect();
        let mut of_each: Vec<Option<Arc<EventHistory>>> = vec![None; seen.events.len()];
        let known = std::mem::take(&mut self.events);
        let is_first = self.site.is_none();
        let mut looker = Looker { seen, at, is_first, touched };
        // In the order of the ids, so that the map is made as a whole.
        let looked_at = known.iter().map(|(id, memory)| {
            let memory = Arc::clone(memory);
            let now = match places.get(id) {
                Some(place) => {
                    let now = looker.see(&seen.events[*place], seen.prints[*place], Some(memory));
                    of_each[*place] = Some(Arc::clone(&now));
                    now
                }
                None => looker.miss(memory),
            };
            (id.clone(), now)
        });
        let mut events: BTreeMap<EventId, Arc<EventHistory>> = looked_at.collect();
        let new = seen.events.iter().zip(seen.prints).zip(&mut of_each).filter(|(_, now)| now.is_none());
        let new = new.map(|((event, hash), now)| {
            (event.id.clone(), Arc::clone(now.insert(looker.see(event, *hash, None))))
        });
        // Where nothing was known the map is made as a whole as well.
        if events.is_empty() {
            events = new.collect();
        } else {
            events.extend(new);
        }
        self.events = Arc::new(events);
        of_each.into_iter().map(|now| now.expect("each event was looked at, as known or as new")).collect()
    }

    /// The feeds of an event's regions and topics, and of those above them, change with it; a name that is
    /// spelled anew is spelled so from now on.
    fn see_tags(&mut self, touched: &mut Touched, seen: &Seen<'_>, at: Timestamp) {
        for key in &touched.tags {
            if let Some(tag) = self.tags.get_mut(key) {
                tag.changed = later(at, tag.changed);
            }
        }
        for (key, name) in &seen.tags {
            match self.tags.get_mut(key) {
                Some(tag) if tag.name == *name => {}
                Some(tag) => {
                    tag.name = Arc::clone(name);
                    if !touched.tags.contains(key) {
                        tag.changed = later(at, tag.changed);
                    }
                    touched.others = true;
                }
                None => {
                    self.tags.insert(key.clone(), TagHistory { name: Arc::clone(name), changed: at });
                    touched.others = true;
                }
            }
        }
    }

    fn see_articles(&mut self, seen: &Seen<'_>, at: Timestamp, touched: &mut Touched) {
        for article in seen.articles {
            let hash = article.fingerprint();
            let known = self.articles.get(&article.slug);
            if known.is_some_and(|known| known.hash == hash && known.removed.is_none()) {
                continue;
            }
            let memory = ArticleHistory {
                article: article.slug.clone(),
                first: known.map_or(at, |known| known.first),
                changed: known.map_or(article.published.min(at), |known| later(at, known.changed)),
                removed: None,
                hash,
            };
            touched.others = true;
            self.articles.insert(article.slug.clone(), memory);
        }
        if seen.complete == Completeness::Partial {
            return;
        }
        let there: BTreeSet<&str> = seen.articles.iter().map(|article| article.slug.as_str()).collect();
        for (slug, memory) in &mut self.articles {
            if memory.removed.is_none() && !there.contains(slug.as_str()) {
                memory.removed = Some(later(at, memory.changed));
                touched.others = true;
            }
        }
    }

    /// Keeps what is news to somebody. What is over long since is none, whatever is written about it.
    fn tell(&mut self, mut news: Vec<Change>, today: Date) {
        let is_news = |change: &Change| !change.kinds().is_empty() && change.matters_on(today);
        news.retain(is_news);
        if news.is_empty() {
            return;
        }
        self.changes.extend(news.into_iter().map(Arc::new));
        self.changes.sort_by(|a, b| (a.at, &a.event).cmp(&(b.at, &b.event)));
        let beyond = self.changes.len().saturating_sub(MOST_CHANGES);
        self.changes.drain(..beyond);
    }
}

/// Looks at one event after the other: whether it is new, is the same, is another.
struct Looker<'s, 'e> {
    seen: &'s Seen<'e>,
    at: Timestamp,
    /// Whether nothing was remembered before.
    is_first: bool,
    touched: &'s mut Touched,
}

impl Looker<'_, '_> {
    fn see(&mut self, event: &Arc<Event>, hash: u128, known: Option<Arc<EventHistory>>) -> Arc<EventHistory> {
        let base = self.seen.bases.get(&event.id);
        let known = match known {
            Some(same) if same.hash == hash && same.removed.is_none() => return self.see_same(same, base),
            known => known,
        };
        let known = known.as_deref();
        let memory = EventHistory {
            event: event.id.clone(),
            sequence: known.map_or(0, |known| known.sequence.saturating_add(1)),
            first: known.map_or(self.at, |known| known.first),
            changed: known.map_or(self.at, |known| later(self.at, known.changed)),
            removed: None,
            unread: false,
            base: base.cloned(),
            hash,
            row: Written::of_event(Arc::clone(event)),
        };
        let was = known.filter(|known| known.removed.is_none()).map(|known| EventSnapshot::clone(&known.row));
        self.touched.event(event);
        was.iter().for_each(|was| self.touched.row(was));
        if !self.is_first {
            self.touched.news.push(Change {
                at: memory.changed,
                event: event.id.clone(),
                sequence: memory.sequence,
                was,
                is: Some(EventSnapshot::clone(&memory.row)),
            });
        }
        Arc::new(memory)
    }

    fn see_same(&mut self, mut known: Arc<EventHistory>, base: Option<&Arc<str>>) -> Arc<EventHistory> {
        if known.unread {
            self.touched.row(&known.row);
            Arc::make_mut(&mut known).unread = false;
        }
        if known.base.as_ref() != base {
            Arc::make_mut(&mut known).base = base.cloned();
        }
        known
    }

    /// A row that is not there: gone, where all could be read; else perhaps among those that could not.
    fn miss(&mut self, mut known: Arc<EventHistory>) -> Arc<EventHistory> {
        if known.removed.is_some() {
            return known;
        }
        if self.seen.complete == Completeness::Partial {
            if !known.unread {
                self.touched.row(&known.row);
                Arc::make_mut(&mut known).unread = true;
            }
            return known;
        }
        let changed = later(self.at, known.changed);
        let sequence = known.sequence.saturating_add(1);
        self.touched.row(&known.row);
        let (event, was) = (known.event.clone(), Some(EventSnapshot::clone(&known.row)));
        self.touched.news.push(Change { at: changed, event, sequence, was, is: None });
        let gone = Arc::make_mut(&mut known);
        (gone.sequence, gone.changed, gone.removed, gone.unread) = (sequence, changed, Some(changed), false);
        known
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

    fn after(memory: History, events: &[Event], second: i64) -> History {
        let tags = events.iter().flat_map(|event| &event.regions).flat_map(|tag| {
            tag.path.with_parents().map(|path| ((Facet::Region, path.clone()), Arc::from(path.as_str())))
        });
        let tags = tags.collect();
        let complete = Completeness::Whole;
        let now = Timestamp::from_second(second).unwrap();
        let today = jiff::tz::TimeZone::UTC.to_datetime(now).date();
        let events: Vec<Arc<Event>> = events.iter().cloned().map(Arc::new).collect();
        let prints: Vec<u128> = events.iter().map(|event| event.fingerprint()).collect();
        let seen = Seen {
            events: &events,
            prints: &prints,
            bases: BTreeMap::new(),
            articles: &[],
            tags,
            uid_domain: "example.org",
            frame: 1,
            today,
            complete,
        };
        memory.after(&seen, now)
    }

    #[test]
    fn only_the_feeds_that_had_or_have_an_event_change_with_it() {
        let changed = |memory: &History, path: &str| {
            memory.tags[&(Facet::Region, TagPath::parse(path).unwrap())].changed.as_second()
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
    fn a_clock_that_runs_backwards_changes_no_order() {
        let first = after(History::default(), &[event("a", "A", &["USA"])], 900_000);
        let second = after(first, &[event("a", "B", &["USA"])], 500);
        let memory = &second.events[&EventId::parse("a").unwrap()];
        assert_eq!((memory.sequence, memory.changed.as_second()), (1, 864_001));
        assert_eq!(second.site.unwrap().changed.as_second(), 864_001);
    }
}
