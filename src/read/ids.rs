//! Registry of event ids: finds rows that share an id, and rows that look like one event.

use std::hash::Hash;
use std::sync::Arc;

use indexmap::IndexMap;
use indexmap::map::Entry;

use crate::model::event::EventId;

/// Index of the file and number of the row.
type RowPosition = (usize, u32);

/// Ids of all tables, each with the row that had it first.
#[derive(Debug, Default)]
pub struct Ids {
    files: Vec<Arc<str>>,
    ids: IndexMap<EventId, RowPosition>,
    /// Rows without an id, by title, region and start.
    unnamed: IndexMap<Box<str>, RowPosition>,
}

impl Ids {
    /// Starts a file. The rows added from now on are of this file.
    pub fn begin_file(&mut self, file: &Arc<str>) {
        self.files.push(Arc::clone(file));
    }

    /// Adds the id of a row. Returns file and row of an earlier row with this id.
    pub fn add(&mut self, id: &EventId, row: u32) -> Option<(Arc<str>, u32)> {
        let here = (self.files.len().saturating_sub(1), row);
        let (file, row) = insert_new(&mut self.ids, id.clone(), here)?;
        Some((Arc::clone(&self.files[file]), row))
    }

    /// Adds a row without an id by a key of title, region and start. Returns file and row of an earlier row with
    /// this key.
    pub fn add_unnamed(&mut self, key: &str, row: u32) -> Option<(Arc<str>, u32)> {
        let here = (self.files.len().saturating_sub(1), row);
        let (file, row) = insert_new(&mut self.unnamed, Box::from(key), here)?;
        Some((Arc::clone(&self.files[file]), row))
    }

    /// Removes the rows of the current file.
    pub fn forget_file(&mut self) {
        let here = self.files.len().saturating_sub(1);
        self.ids.retain(|_, (file, _)| *file != here);
        self.unnamed.retain(|_, (file, _)| *file != here);
    }

    /// Returns whether a row has this id.
    #[must_use]
    pub fn has(&self, id: &EventId) -> bool {
        self.ids.contains_key(id)
    }
}

/// Inserts unless the key is there. Returns the position that the key already had.
fn insert_new<K: Hash + Eq>(
    map: &mut IndexMap<K, RowPosition>,
    key: K,
    here: RowPosition,
) -> Option<RowPosition> {
    match map.entry(key) {
        Entry::Occupied(known) => Some(*known.get()),
        Entry::Vacant(free) => {
            free.insert(here);
            None
        }
    }
}
