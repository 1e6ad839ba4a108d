//! The history of a folder: the one handed over by the caller, or that of its `calcast.lock`.

use super::folder::Folder;
use crate::diagnostic::Diagnostics;
use crate::history::History;
use crate::history::lock;
pub use crate::history::lock::FILE;

/// Reads the history of a folder; it is empty if there is no lock, or a damaged one.
pub fn read(folder: &Folder, out: &mut Diagnostics) -> History {
    if let Some(history) = folder.remembered() {
        return history.clone();
    }
    let Some(bytes) = folder.get(FILE) else { return History::default() };
    lock::parse(bytes).unwrap_or_else(|diagnostic| {
        out.push(*diagnostic);
        History::default()
    })
}
