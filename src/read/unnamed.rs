//! Rows without an id: which event each of them is.
//!
//! An id is made of title and first region, never of the date. Rows that would have the same are told apart by
//! what the memory knows of them, in this order:
//!
//! 1. a row with the same title, region and start as an event has it is that event;
//! 2. of the rest with the same title and region, rows and events to come are paired in the order of their
//!    starts: they moved;
//! 3. a row whose title and start are those of one event whose row is gone is that event: its region was
//!    written anew; so is one whose start, regions and place are those of one such event: its title was;
//! 4. what remains is new, and has a number that no event ever had.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use rayon::prelude::*;

use super::event::Entry;
use super::ids::Ids;
use crate::diagnostic::Place;
use crate::history::diff::Completeness;
use crate::history::snapshot::EventSnapshot;
use crate::history::{EventHistory, History};
use crate::model::event::{Event, EventId};

/// Events without an id of their own, until all ids are known.
#[derive(Default)]
pub(super) struct Unnamed {
    rows: Vec<Row>,
}

/// One of them.
struct Row {
    base: Arc<str>,
    /// Where it stands among the events.
    index: usize,
    place: Place,
}

/// An event of the history that no row with an id is.
struct Candidate<'m> {
    history: &'m EventHistory,
    row: Cow<'m, EventSnapshot>,
}

/// Finds the event of each row.
struct Matching<'m> {
    rows: Vec<(Row, EventSnapshot)>,
    /// The event that each row is, as far as it is found.
    found: Vec<Option<EventId>>,
    /// Remembered events that no row is yet.
    free: BTreeMap<&'m EventId, &'m Candidate<'m>>,
    today: Date,
    complete: Completeness,
}

impl Unnamed {
    pub(super) fn note(&mut self, index: usize, entry: &Entry<'_>) {
        if let Some(base) = &entry.base {
            self.rows.push(Row { base: Arc::from(base.as_str()), index, place: entry.place() });
        }
    }

    /// Where each stands among the events.
    pub(super) fn places(&self) -> Vec<usize> {
        self.rows.iter().map(|row| row.index).collect()
    }

    /// Gives each its id; answers what the ids are made of.
    pub(super) fn name(
        mut self,
        events: &mut [Arc<Event>],
        ids: &Ids,
        memory: &History,
        now: (Date, Completeness),
    ) -> BTreeMap<EventId, Arc<str>> {
        if self.rows.is_empty() {
            return BTreeMap::new();
        }
        self.rows.sort_by(|a, b| {
            let order = |row: &Row| events[row.index].when.order();
            (&a.base, order(a), &a.place).cmp(&(&b.base, order(b), &b.place))
        });
        let rows: Vec<(Row, EventSnapshot)> = self
            .rows
            .into_par_iter()
            .map(|row| {
                let snapshot = EventSnapshot::from(&*events[row.index]);
                (row, snapshot)
            })
            .collect();
        let (today, complete) = now;
        let free: Vec<&EventHistory> =
            memory.events.values().filter(|known| !ids.has(&known.event)).map(|known| &**known).collect();
        let candidates: Vec<Candidate<'_>> =
            free.par_iter().map(|history| Candidate { history, row: history.row.snapshot() }).collect();
        let free = candidates.iter().map(|candidate| (&candidate.history.event, candidate));
        let found = vec![None; rows.len()];
        let mut matching = Matching { rows, found, free: free.collect(), today, complete };
        matching.by_base();
        if complete == Completeness::Whole {
            matching.by_content();
        }
        let Matching { rows, found, .. } = matching;
        let mut numbers =
            Numbers { taken: found.iter().flatten().cloned().collect(), counted: BTreeMap::new() };
        let mut bases = BTreeMap::new();
        for ((row, _), found) in rows.into_iter().zip(found) {
            let is_free = |id: &EventId| !ids.has(id) && !memory.events.contains_key(id);
            let id = found.unwrap_or_else(|| numbers.next(&row.base, &is_free));
            let event = &mut events[row.index];
            if event.id != id {
                Arc::make_mut(event).id = id.clone();
            }
            bases.insert(id, row.base);
        }
        bases
    }
}

impl<'m> Matching<'m> {
    fn take(&mut self, row: usize, id: &'m EventId) {
        self.free.remove(id);
        self.found[row] = Some(id.clone());
    }

    /// What has the same title and region.
    fn by_base(&mut self) {
        let mut of: BTreeMap<&str, Vec<&'m Candidate<'m>>> = BTreeMap::new();
        for known in self.free.values() {
            if let Some(base) = &known.history.base {
                of.entry(base).or_default().push(known);
            }
        }
        let mut first = 0;
        while first < self.rows.len() {
            let base = Arc::clone(&self.rows[first].0.base);
            let count = self.rows[first..].iter().take_while(|(row, _)| row.base == base).count();
            if let Some(known) = of.remove(&*base) {
                self.pair(first..first + count, known);
            }
            first += count;
        }
    }

    fn pair(&mut self, rows: std::ops::Range<usize>, mut known: Vec<&'m Candidate<'m>>) {
        known.sort_by(|a, b| (&a.row.start, &a.history.event).cmp(&(&b.row.start, &b.history.event)));
        let mut by_start: BTreeMap<&str, Vec<&'m Candidate<'m>>> = BTreeMap::new();
        for event in &known {
            by_start.entry(&event.row.start).or_default().push(event);
        }
        // Of two with one start, the one that is the same in all; else the first, and one that is there first.
        let same = |row: &EventSnapshot, event: &Candidate<'_>| {
            event.history.removed.is_none() && *event.row == *row
        };
        for is_strict in [true, false] {
            for row in rows.clone().filter(|row| self.found[*row].is_none()).collect::<Vec<_>>() {
                let Some(events) = by_start.get_mut(self.rows[row].1.start.as_str()) else { continue };
                let there = events.iter().position(|event| event.history.removed.is_none());
                let at = match is_strict {
                    true => events.iter().position(|event| same(&self.rows[row].1, event)),
                    false => there.or((!events.is_empty()).then_some(0)),
                };
                if let Some(at) = at {
                    let event = events.remove(at);
                    self.take(row, &event.history.event);
                }
            }
        }
        // Whose row could not be read did not move.
        if self.complete == Completeness::Partial {
            return;
        }
        let rest: Vec<usize> = rows.filter(|row| self.found[*row].is_none()).collect();
        let today = self.today;
        let to_come: Vec<&Candidate<'_>> = known
            .into_iter()
            .filter(|event| self.free.contains_key(&event.history.event) && event.history.removed.is_none())
            .filter(|event| !event.row.is_over_before(today))
            .collect();
        for (row, event) in rest.into_iter().zip(to_come) {
            self.take(row, &event.history.event);
        }
    }

    /// What has another title or region, and is the same in what remains.
    fn by_content(&mut self) {
        fn retitled(snapshot: &EventSnapshot) -> String {
            let regions: Vec<&str> = snapshot.regions.iter().map(|region| &**region).collect();
            format!("{}\n{}\n{:?}", snapshot.start, regions.join("\n"), snapshot.place)
        }
        fn resorted(snapshot: &EventSnapshot) -> String {
            format!("{}\n{}", snapshot.start, snapshot.title)
        }
        for key in [resorted, retitled] {
            if self.found.iter().all(Option::is_some) {
                return;
            }
            let mut pairs: BTreeMap<String, (Vec<usize>, Vec<&'m EventId>)> = BTreeMap::new();
            for (row, (_, snapshot)) in
                self.rows.iter().enumerate().filter(|(row, _)| self.found[*row].is_none())
            {
                pairs.entry(key(snapshot)).or_default().0.push(row);
            }
            for (id, known) in self.free.iter().filter(|(_, known)| known.history.removed.is_none()) {
                if let Some(pair) = pairs.get_mut(&key(&known.row)) {
                    pair.1.push(*id);
                }
            }
            for (rows, ids) in pairs.values() {
                if let ([row], [id]) = (&rows[..], &ids[..]) {
                    self.take(*row, id);
                }
            }
        }
    }
}

/// Ids that no event has or ever had.
struct Numbers {
    taken: BTreeSet<EventId>,
    counted: BTreeMap<Arc<str>, u32>,
}

impl Numbers {
    fn next(&mut self, base: &Arc<str>, is_free: &dyn Fn(&EventId) -> bool) -> EventId {
        // Counting goes on where it stopped: a thousand rows of one name are not a million look-ups.
        let next = self.counted.entry(Arc::clone(base)).or_insert(1);
        let id = (*next..)
            .inspect(|n| *next = n + 1)
            .map(|n| if n == 1 { base.to_string() } else { format!("{base}-{n}") })
            .filter_map(|text| EventId::parse(&text))
            .find(|id| !self.taken.contains(id) && is_free(id))
            .expect("there are more numbers than rows");
        self.taken.insert(id.clone());
        id
    }
}
