//! The ids of all tables: each names one row.

use std::sync::Arc;

use crate::digest::Known;
use crate::model::event::EventId;

/// Every id and where it was first, by the hash of the id: a table has more rows than a name is worth.
#[derive(Debug, Default)]
pub struct Ids {
    known: Known<(u16, u32)>,
    /// Where an event without an id was first, by title, region and start.
    twins: Known<(u16, u32)>,
    files: Vec<Arc<str>>,
}

impl Ids {
    /// Begins a file: ids taken from now on are of it.
    pub fn begin(&mut self, file: &Arc<str>) {
        self.files.push(Arc::clone(file));
    }

    /// Takes an id of the last file; where it stood before, if it did.
    pub fn take(&mut self, id: &str, row: u32) -> Option<(Arc<str>, u32)> {
        let here = (self.last(), row);
        let (file, row) = *self.known.take(id, here)?;
        Some((Arc::clone(self.files.get(usize::from(file))?), row))
    }

    /// Takes an event of the last file that has no id, by all it is known by; where it stood before, if it did.
    pub fn meet(&mut self, known_by: &str, row: u32) -> Option<(Arc<str>, u32)> {
        let here = (self.last(), row);
        let (file, row) = *self.twins.take(known_by, here)?;
        Some((Arc::clone(self.files.get(usize::from(file))?), row))
    }

    fn last(&self) -> u16 {
        u16::try_from(self.files.len().saturating_sub(1)).unwrap_or(u16::MAX)
    }

    /// Whether an id was taken.
    #[must_use]
    pub fn has(&self, id: &EventId) -> bool {
        self.known.get(id.as_str()).is_some()
    }
}
