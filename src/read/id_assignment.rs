//! Assigns ids to rows that have none.
//!
//! An id is made of title and first region, never of the date, so that it survives a new date. Rows that would get the
//! same id are matched with the events of the history, in this order:
//!
//! 1. same title, region and start: the same event;
//! 2. of the rest, rows and events to come with the same title and region are paired in the order of their starts: the
//!    event moved;
//! 3. same title and start as one event whose row is gone: its region changed; same start, regions and place: its title
//!    changed;
//! 4. every other row is new and gets a number that no event ever had.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use rayon::prelude::*;

use super::ids::Ids;
use crate::diagnostic::{Diagnostics, Place};
use crate::history::snapshot::EventSnapshot;
use crate::history::{EventHistory, History};
use crate::model::event::{Event, EventId};

/// Events without an id. Their ids are placeholders until all rows are read.
pub(super) struct UnnamedEvents {
    rows: Vec<UnnamedEvent>,
    today: Date,
}

struct UnnamedEvent {
    /// Title and first region as a slug.
    base: Arc<str>,
    /// Index among all events.
    index: usize,
    place: Place,
}

/// An event of the history that no row has by its id.
struct Candidate<'m> {
    history: &'m EventHistory,
    row: Cow<'m, EventSnapshot>,
}

/// Matches rows with events of the history.
struct Matching<'m> {
    rows: Vec<(UnnamedEvent, EventSnapshot)>,
    /// Id of each row, as far as it is matched.
    found: Vec<Option<EventId>>,
    /// Events of the history that are not matched yet.
    free: BTreeMap<&'m EventId, &'m Candidate<'m>>,
    today: Date,
    is_complete: bool,
}

impl UnnamedEvents {
    pub(super) fn new(today: Date) -> UnnamedEvents {
        UnnamedEvents { rows: Vec::new(), today }
    }

    /// Adds the event with this index.
    pub(super) fn add(&mut self, index: usize, base: &str, place: Place) {
        self.rows.push(UnnamedEvent { base: Arc::from(base), index, place });
    }

    /// Replaces the placeholders by ids. Returns what each id is made of. After errors, rows are not matched by content,
    /// because the row of a known event may be among those that were left out.
    pub(super) fn assign(
        mut self,
        events: &mut [Arc<Event>],
        ids: &Ids,
        history: &History,
        out: &Diagnostics,
    ) -> BTreeMap<EventId, Arc<str>> {
        if self.rows.is_empty() {
            return BTreeMap::new();
        }
        self.rows.sort_by(|a, b| {
            let order = |row: &UnnamedEvent| events[row.index].when.order();
            (&a.base, order(a), &a.place).cmp(&(&b.base, order(b), &b.place))
        });
        let snapshot = |row: UnnamedEvent| {
            let snapshot = EventSnapshot::from(&*events[row.index]);
            (row, snapshot)
        };
        let rows: Vec<(UnnamedEvent, EventSnapshot)> = self.rows.into_par_iter().map(snapshot).collect();
        let free: Vec<&EventHistory> =
            history.events.values().filter(|known| !ids.has(&known.event)).map(|known| &**known).collect();
        let candidates: Vec<Candidate<'_>> =
            free.par_iter().map(|history| Candidate { history, row: history.row.snapshot() }).collect();
        let free = candidates.iter().map(|candidate| (&candidate.history.event, candidate));
        let (found, is_complete) = (vec![None; rows.len()], !out.has_errors());
        let mut matching = Matching { rows, found, free: free.collect(), today: self.today, is_complete };
        matching.by_base();
        if is_complete {
            matching.by_content();
        }
        let Matching { rows, found, .. } = matching;
        let mut numbers =
            IdNumbers { taken: found.iter().flatten().cloned().collect(), counted: BTreeMap::new() };
        let mut bases = BTreeMap::new();
        for ((row, _), found) in rows.into_iter().zip(found) {
            let is_free = |id: &EventId| !ids.has(id) && !history.events.contains_key(id);
            let id = found.unwrap_or_else(|| numbers.next(&row.base, &is_free));
            Arc::make_mut(&mut events[row.index]).id = id.clone();
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

    /// Matches rows with events of the same title and region.
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
        // Of several with one start: the identical one, else the first whose row is still there, else the first.
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
        // A row that could not be read did not move.
        if !self.is_complete {
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

    /// Matches rows with events whose title or region changed and whose other content is unique.
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

/// Generator of ids that no event has or ever had.
struct IdNumbers {
    taken: BTreeSet<EventId>,
    counted: BTreeMap<Arc<str>, u32>,
}

impl IdNumbers {
    fn next(&mut self, base: &Arc<str>, is_free: &dyn Fn(&EventId) -> bool) -> EventId {
        // Counting continues where it stopped: a thousand rows of one name must not take a million look-ups.
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
