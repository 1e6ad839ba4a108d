//! A site folder as bytes: what `source` brings in, and all that reading knows of the world.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::row_cache::RowCache;
use crate::history::History;

/// The bytes of a short row.
const SHORT_ROW: usize = 128;
/// More rows than most tables have.
const MANY_ROWS: usize = 200_000;

/// Files by their path inside the folder, with `/` between names.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    files: BTreeMap<String, Bytes>,
    failures: BTreeMap<String, String>,
    remembered: Option<History>,
    standing: Option<Arc<RowCache>>,
}

impl Folder {
    /// An empty one.
    #[must_use]
    pub fn new() -> Folder {
        Folder::default()
    }

    /// Adds a file, or replaces it.
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Bytes>) {
        self.files.insert(path.into(), bytes.into());
    }

    /// Says in words why a file could not be fetched this time; a content beside it is from before.
    pub fn fail(&mut self, path: impl Into<String>, why: impl Into<String>) {
        self.failures.insert(path.into(), why.into());
    }

    /// Why a file could not be fetched, if it could not.
    #[must_use]
    pub fn failure(&self, path: &str) -> Option<&str> {
        self.failures.get(path).map(String::as_str)
    }

    /// Says what is remembered, whatever the lock says: it was read already, or it cannot be written.
    pub fn remember(&mut self, memory: History) {
        self.remembered = Some(memory);
    }

    /// What is remembered, if that was said.
    #[must_use]
    pub fn remembered(&self) -> Option<&History> {
        self.remembered.as_ref()
    }

    /// Gives the rows of an earlier reading, so that those that are there again need not be read again.
    pub fn stand(&mut self, standing: Arc<RowCache>) {
        self.standing = Some(standing);
    }

    /// The rows of an earlier reading.
    #[must_use]
    pub fn standing(&self) -> Option<&RowCache> {
        self.standing.as_deref()
    }

    /// The content of a file.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Bytes> {
        self.files.get(path)
    }

    /// The files below a folder, with their whole paths, sorted.
    pub fn below(&self, folder: &str) -> impl Iterator<Item = (&str, &Bytes)> {
        let prefix = format!("{folder}/");
        self.files
            .iter()
            .filter(move |(path, _)| path.starts_with(&prefix))
            .map(|(path, bytes)| (path.as_str(), bytes))
    }

    /// About how many rows its tables have, so that the list of them need not be moved while it grows. It is
    /// address space alone until there are as many.
    #[must_use]
    pub fn rows_about(&self) -> usize {
        let bytes: usize = self.files.values().map(Bytes::len).sum();
        (bytes / SHORT_ROW).min(MANY_ROWS)
    }

    /// A path as diagnostics share it.
    #[must_use]
    pub fn name(path: &str) -> Arc<str> {
        Arc::from(path)
    }
}
