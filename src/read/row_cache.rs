//! RowCache type: the rows of a reading, kept for the next. A row that says what a row said then, in a table that
//! is understood as it was, is the same event, and is not read again.

use std::fmt;
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;

use super::event::Entry;
use super::time::order::Decision;
use super::time::when::ZoneFrom;
use crate::digest::Digest;
use crate::model::event::Event;

/// The rows of all tables of a reading that are long enough to be kept.
#[derive(Default)]
pub struct RowCache {
    tables: Vec<Table>,
}

impl fmt::Debug for RowCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Standing({} rows)", self.tables.iter().map(|table| table.rows.len()).sum::<usize>())
    }
}

/// The rows of one table.
struct Table {
    sense: Sense,
    /// Each with the hash of its text.
    rows: Vec<(u128, Stood)>,
    /// The same to look them up in, once there is another reading.
    known: OnceLock<IndexMap<u128, usize>>,
}

/// The rows of a table of an earlier reading, by the hash of their text.
#[derive(Clone, Copy)]
pub(super) struct Rows<'s> {
    rows: &'s [(u128, Stood)],
    known: &'s IndexMap<u128, usize>,
}

impl<'s> Rows<'s> {
    /// The row of a text.
    pub fn get(&self, hash: u128) -> Option<&'s Stood> {
        self.known.get(&hash).map(|place| &self.rows[*place].1)
    }
}

/// A row that was read without a fault.
pub(super) struct Stood {
    /// The event it is.
    pub event: Arc<Event>,
    /// Its fingerprint.
    pub print: u128,
    /// Who said its zone.
    pub zone: ZoneFrom,
}

/// How a table is understood: two rows of one text in tables of one sense are one event.
#[derive(Clone, Default)]
pub(super) struct Sense {
    /// The hash of its header and settings.
    pub hash: u128,
    /// What its dates needed to be read, if they did.
    pub decision: Option<Decision>,
}

impl RowCache {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tables.iter().all(|table| table.rows.is_empty())
    }

    /// The rows of a table, given the number it has among all, if it had the same sense; `decide` is asked what
    /// decides about dates, if that mattered.
    pub(super) fn table(
        &self,
        number: usize,
        hash: u128,
        decide: impl FnOnce() -> Decision,
    ) -> Option<Rows<'_>> {
        let Table { sense, rows, known } = self.tables.get(number)?;
        let is_same = sense.hash == hash
            && sense.decision.as_ref().is_none_or(|decision| decision.order() == decide().order());
        let lay_out = || rows.iter().enumerate().map(|(place, (hash, _))| (*hash, place)).collect();
        is_same.then(|| Rows { rows, known: known.get_or_init(lay_out) })
    }
}

/// Where a row that may be kept stands.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    /// The number of its table.
    pub table: usize,
    /// The hash of its text.
    pub hash: u128,
    /// Who said its zone.
    pub zone: ZoneFrom,
}

/// The rows to keep, while they are read.
pub(super) struct Keeping {
    /// Each with the number of its event.
    rows: Vec<(Mark, usize)>,
}

impl Keeping {
    /// None yet, with room for a number of rows.
    pub fn with_capacity(count: usize) -> Keeping {
        Keeping { rows: Vec::with_capacity(count) }
    }

    /// Keeps the row of an event of a number.
    pub fn note(&mut self, number: usize, entry: &Entry<'_>) {
        // What takes place instead of single occurrences stands in other rows.
        if let Some(mark) = entry.mark.filter(|_| entry.overrides.is_empty()) {
            self.rows.push((mark, number));
        }
    }

    /// All that is kept, once every event is named.
    pub fn of(self, senses: Vec<Sense>, events: &[Arc<Event>], prints: &[u128]) -> RowCache {
        let mut counts = vec![0; senses.len()];
        for (mark, _) in &self.rows {
            counts[mark.table] += 1;
        }
        let table = |(sense, count)| Table { sense, rows: Vec::with_capacity(count), known: OnceLock::new() };
        let mut tables: Vec<Table> = senses.into_iter().zip(counts).map(table).collect();
        for (mark, number) in self.rows {
            let stood = Stood { event: Arc::clone(&events[number]), print: prints[number], zone: mark.zone };
            tables[mark.table].rows.push((mark.hash, stood));
        }
        RowCache { tables }
    }
}

/// The hash of what rows of a table are read by.
pub(super) fn sense_of(parts: &[&dyn fmt::Debug]) -> u128 {
    let mut digest = Digest::new();
    parts.iter().for_each(|part| digest.text(&format!("{part:?}")));
    digest.finish()
}
