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
//!
//! Rows that are not published are matched by 1, and by 2 where that leaves no choice. Otherwise every event that could
//! be such a row is *claimed*: it neither moves nor goes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;
use rayon::prelude::*;

use super::ids::Ids;
use super::left_out_row::{LeftOutRow, RowKey};
use crate::diagnostic::Place;
use crate::history::record::start_text;
use crate::history::{EventHistory, History};
use crate::model::event::{Event, EventId, Status};

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

/// What rows without an id are compared with.
#[derive(Clone, Copy)]
pub(super) struct MatchContext<'m> {
    /// The ids of the other rows.
    pub(super) ids: &'m Ids,
    pub(super) history: &'m History,
    pub(super) left_out: &'m [LeftOutRow],
    /// Tells which events of the history a row may be.
    pub(super) is_candidate: &'m (dyn Fn(&EventHistory) -> bool + Sync),
}

/// What the rows without an id are.
#[derive(Default)]
pub(super) struct Assignment {
    /// What the id of each event is made of.
    pub(super) bases: BTreeMap<EventId, Arc<str>>,
    /// The event of each row that is not published, by its index.
    pub(super) left_out: BTreeMap<usize, EventId>,
    /// Events that one of several rows with errors may be, with the status of those rows if they have one and there are
    /// as many of them.
    pub(super) claimed: BTreeMap<EventId, Option<Status>>,
    /// Rows with errors that are no known event.
    pub(super) unmatched: Vec<usize>,
}

/// An event of the history that no row has by its id.
struct Candidate<'m> {
    history: &'m EventHistory,
    start: String,
}

impl Candidate<'_> {
    fn id(&self) -> &EventId {
        &self.history.event.id
    }
}

/// A row with an event and without an id.
struct Row<'r> {
    base: Arc<str>,
    event: &'r Event,
    start: String,
}

/// Matches rows with events of the history.
struct Matching<'m> {
    rows: Vec<Row<'m>>,
    left_out: &'m [LeftOutRow],
    /// Id of each row, as far as it is matched.
    found: Vec<Option<EventId>>,
    /// Events of the history that are not matched yet.
    free: BTreeMap<&'m EventId, &'m Candidate<'m>>,
    today: Date,
    assignment: Assignment,
}

impl UnnamedEvents {
    pub(super) fn new(today: Date) -> UnnamedEvents {
        UnnamedEvents { rows: Vec::new(), today }
    }

    /// Adds the event with this index.
    pub(super) fn add(&mut self, index: usize, base: &str, place: Place) {
        self.rows.push(UnnamedEvent { base: Arc::from(base), index, place });
    }

    /// Removes the events with this index and greater ones.
    pub(super) fn truncate(&mut self, index: usize) {
        self.rows.retain(|row| row.index < index);
    }

    /// Replaces the placeholders by ids.
    pub(super) fn assign(mut self, events: &mut [Arc<Event>], context: MatchContext<'_>) -> Assignment {
        let MatchContext { ids, history, left_out, is_candidate } = context;
        let has_unnamed = |row: &LeftOutRow| !matches!(row.key, RowKey::Id(_));
        if self.rows.is_empty() && !left_out.iter().any(has_unnamed) {
            return Assignment::default();
        }
        self.rows.sort_by(|a, b| {
            let order = |row: &UnnamedEvent| events[row.index].when.order();
            (&a.base, order(a), &a.place).cmp(&(&b.base, order(b), &b.place))
        });
        let row = |row: &UnnamedEvent| {
            let event = &*events[row.index];
            let start = start_text(&event.when, event.repeat.as_deref());
            (Arc::clone(&row.base), start)
        };
        let starts: Vec<(Arc<str>, String)> = self.rows.par_iter().map(row).collect();
        let is_free = |known: &&EventHistory| !ids.has(&known.event.id) && is_candidate(known);
        let free: Vec<&EventHistory> =
            history.events.values().map(|known| &**known).filter(is_free).collect();
        let candidate = |history| Candidate { history, start: start_text_of(history) };
        let candidates: Vec<Candidate<'_>> = free.into_par_iter().map(candidate).collect();
        let rows = starts.into_iter().zip(&self.rows);
        let rows: Vec<Row<'_>> =
            rows.map(|((base, start), row)| Row { base, start, event: &events[row.index] }).collect();
        let mut matching = Matching {
            found: vec![None; rows.len()],
            rows,
            left_out,
            free: candidates.iter().map(|candidate| (candidate.id(), candidate)).collect(),
            today: self.today,
            assignment: Assignment::default(),
        };
        matching.by_base();
        matching.by_content();
        let Matching { found, mut assignment, .. } = matching;
        let mut numbers =
            IdNumbers { taken: found.iter().flatten().cloned().collect(), counted: BTreeMap::new() };
        for (row, found) in self.rows.into_iter().zip(found) {
            let is_free = |id: &EventId| !ids.has(id) && !history.events.contains_key(id);
            let id = found.unwrap_or_else(|| numbers.next(&row.base, &is_free));
            Arc::make_mut(&mut events[row.index]).id = id.clone();
            assignment.bases.insert(id, row.base);
        }
        assignment
    }
}

fn start_text_of(history: &EventHistory) -> String {
    start_text(&history.event.when, history.event.repeat.as_deref())
}

impl<'m> Matching<'m> {
    fn take(&mut self, row: usize, id: &'m EventId) {
        self.free.remove(id);
        self.found[row] = Some(id.clone());
    }

    /// Matches rows with events of the same title and region.
    fn by_base(&mut self) {
        let mut known: BTreeMap<&str, Vec<&'m Candidate<'m>>> = BTreeMap::new();
        for candidate in self.free.values() {
            if let Some(base) = &candidate.history.base {
                known.entry(base).or_default().push(candidate);
            }
        }
        let mut left_out: BTreeMap<&'m str, Vec<usize>> = BTreeMap::new();
        for (index, row) in self.left_out.iter().enumerate() {
            match &row.key {
                RowKey::Base(base) => left_out.entry(base).or_default().push(index),
                RowKey::Unknown if !row.is_withdrawn => self.assignment.unmatched.push(index),
                RowKey::Unknown | RowKey::Id(_) => {}
            }
        }
        let mut first = 0;
        while first < self.rows.len() {
            let base = Arc::clone(&self.rows[first].base);
            let count = self.rows[first..].iter().take_while(|row| row.base == base).count();
            let (known, left_out) = (known.remove(&*base), left_out.remove(&*base));
            self.pair(first..first + count, known.unwrap_or_default(), left_out.unwrap_or_default());
            first += count;
        }
        for (base, left_out) in left_out {
            self.pair(0..0, known.remove(base).unwrap_or_default(), left_out);
        }
    }

    /// Matches rows and events of one title and region.
    fn pair(&mut self, rows: Range<usize>, mut known: Vec<&'m Candidate<'m>>, mut left_out: Vec<usize>) {
        known.sort_by(|a, b| (&a.start, a.id()).cmp(&(&b.start, b.id())));
        let mut by_start: BTreeMap<&str, Vec<&'m Candidate<'m>>> = BTreeMap::new();
        for event in &known {
            by_start.entry(&event.start).or_default().push(event);
        }
        // Of several with one start: the identical one, else the first whose row is still there, else the first.
        for is_strict in [true, false] {
            for row in rows.clone().filter(|row| self.found[*row].is_none()).collect::<Vec<_>>() {
                let Some(events) = by_start.get_mut(self.rows[row].start.as_str()) else { continue };
                let at = match is_strict {
                    true if events.len() < 2 => None,
                    true => events.iter().position(|event| is_same(self.rows[row].event, event)),
                    false => first_present(events),
                };
                if let Some(at) = at {
                    let event = events.remove(at);
                    self.take(row, event.id());
                }
            }
        }
        left_out.retain(|index| {
            let start = self.left_out[*index].start.as_deref();
            let events = start.and_then(|start| by_start.get_mut(start));
            let Some((events, at)) = events
                .and_then(|events| Some((first_present(events)?, events)))
                .map(|(at, events)| (events, at))
            else {
                return true;
            };
            let event = events.remove(at);
            self.free.remove(event.id());
            self.assignment.left_out.insert(*index, event.id().clone());
            false
        });
        let rest: Vec<usize> = rows.filter(|row| self.found[*row].is_none()).collect();
        let is_free =
            |event: &&Candidate<'_>| self.free.contains_key(event.id()) && event.history.is_present();
        let present: Vec<&Candidate<'m>> = known.into_iter().filter(is_free).collect();
        if let ([index], [event], []) = (&left_out[..], &present[..], &rest[..]) {
            self.free.remove(event.id());
            self.assignment.left_out.insert(*index, event.id().clone());
            return;
        }
        left_out.retain(|index| !self.left_out[*index].is_withdrawn);
        if left_out.is_empty() {
            let to_come = present.into_iter().filter(|event| !event.history.event.is_over_before(self.today));
            for (row, event) in rest.into_iter().zip(to_come.collect::<Vec<_>>()) {
                self.take(row, event.id());
            }
            return;
        }
        // A row that cannot be read may be any of them.
        let status = self.left_out[left_out[0]].status;
        let is_shared = left_out.len() >= present.len()
            && left_out.iter().all(|index| self.left_out[*index].status == status);
        for event in &present {
            self.free.remove(event.id());
            self.assignment.claimed.insert(event.id().clone(), status.filter(|_| is_shared));
        }
        self.assignment.unmatched.extend(left_out.into_iter().skip(present.len()));
    }

    /// Matches rows with events whose title or region changed and whose other content is unique. Rows that cannot be
    /// read may be any event, so then nothing is matched.
    fn by_content(&mut self) {
        fn retitled(event: &Event, start: &str) -> String {
            let regions: Vec<&str> = event.regions.iter().map(|region| &*region.name).collect();
            format!("{start}\n{}\n{:?}", regions.join("\n"), event.place())
        }
        fn resorted(event: &Event, start: &str) -> String {
            format!("{start}\n{}", event.title)
        }
        for key in [resorted, retitled] {
            if !self.assignment.unmatched.is_empty() || self.found.iter().all(Option::is_some) {
                return;
            }
            let mut pairs: BTreeMap<String, (Vec<usize>, Vec<&'m EventId>)> = BTreeMap::new();
            for (index, row) in self.rows.iter().enumerate().filter(|(row, _)| self.found[*row].is_none()) {
                pairs.entry(key(row.event, &row.start)).or_default().0.push(index);
            }
            for (id, known) in self.free.iter().filter(|(_, known)| known.history.is_present()) {
                if let Some(pair) = pairs.get_mut(&key(&known.history.event, &known.start)) {
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

/// Returns whether a row is as the event was last published.
fn is_same(row: &Event, known: &Candidate<'_>) -> bool {
    known.history.is_present() && known.history.is_of(&Event { id: known.id().clone(), ..row.clone() })
}

/// Returns the index of the first event whose row was there at the last load, else of the first.
fn first_present(events: &[&Candidate<'_>]) -> Option<usize> {
    let there = events.iter().position(|event| event.history.is_present());
    there.or((!events.is_empty()).then_some(0))
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
