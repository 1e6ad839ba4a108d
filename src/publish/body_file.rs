//! Long bodies as files, from which the system sends them without copying them for each answer.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::document::Encoding;

/// Below so many bytes copying takes no longer than having the system send a file.
const SHORTEST: usize = 96 << 10;
/// Longer ones are copied: they are asked for rarely, and a file of them is made while others wait.
const LONGEST: usize = 1 << 20;
/// The most files at a time, and the most bytes in them: each is a descriptor, and a second copy.
const MOST_FILES: u64 = 32;
const MOST_BYTES: u64 = 16 << 20;

/// The files and bytes that there are, which are the whole process's: snapshots come and go.
static FILES: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

/// A body in a file that nobody else writes to.
#[derive(Debug)]
pub struct BodyFile {
    file: File,
    length: u64,
    /// Given back after the descriptor is.
    _room: Room,
}

impl BodyFile {
    /// Writes a body to a new file; `None` where there is no room for one more.
    fn of(body: &[u8], new: impl FnOnce() -> io::Result<File>) -> io::Result<Option<BodyFile>> {
        let length = u64::try_from(body.len()).unwrap_or(u64::MAX);
        let Some(room) = Room::of(length) else { return Ok(None) };
        let mut file = new()?;
        file.write_all(body)?;
        Ok(Some(BodyFile { file, length, _room: room }))
    }

    /// How many bytes are in it.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }
}

impl AsFd for BodyFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// Room for one file of so many bytes.
#[derive(Debug)]
struct Room(u64);

impl Room {
    fn of(bytes: u64) -> Option<Room> {
        let take = |all: &AtomicU64, count: u64, most: u64| {
            let more = |had: u64| had.checked_add(count).filter(|sum| *sum <= most);
            all.try_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
        };
        if !take(&FILES, 1, MOST_FILES) {
            return None;
        }
        if !take(&BYTES, bytes, MOST_BYTES) {
            FILES.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        Some(Room(bytes))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        FILES.fetch_sub(1, Ordering::Relaxed);
        BYTES.fetch_sub(self.0, Ordering::Relaxed);
    }
}

/// The bodies of one document as files, each from the second time on that it is given.
#[derive(Debug, Default)]
pub struct BodyFiles {
    was_given: [AtomicBool; 3],
    /// None where the system would not have it.
    made: [OnceLock<Option<Arc<BodyFile>>>; 3],
}

impl BodyFiles {
    /// The file of a body in an encoding, written to a new one if it is of a length for which that is good and there
    /// is room. Without a file it is copied, as all others are.
    pub fn of(
        &self,
        encoding: Encoding,
        body: &Bytes,
        new: impl FnOnce() -> io::Result<File>,
    ) -> Option<Arc<BodyFile>> {
        if !(SHORTEST..=LONGEST).contains(&body.len()) {
            return None;
        }
        let made = &self.made[encoding as usize];
        if let Some(made) = made.get() {
            return made.clone();
        }
        if !self.was_given[encoding as usize].swap(true, Ordering::Relaxed) {
            return None;
        }
        let file = match BodyFile::of(body, new) {
            Ok(file) => Some(Arc::new(file?)),
            Err(_) => None,
        };
        made.get_or_init(|| file).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_body_is_written_the_second_time_and_what_fails_is_not_tried_again() {
        let (short, long) = (Bytes::from_static(b"short"), Bytes::from(vec![b'x'; SHORTEST]));
        let (files, tries) = (BodyFiles::default(), Cell::new(0));
        let refuse = || {
            tries.set(tries.get() + 1);
            Err(io::ErrorKind::StorageFull.into())
        };
        assert!(files.of(Encoding::Identity, &long, refuse).is_none() && tries.get() == 0);
        assert!(files.of(Encoding::Identity, &short, refuse).is_none());
        assert!(files.of(Encoding::Identity, &long, refuse).is_none() && tries.get() == 1);
        assert!(files.of(Encoding::Identity, &long, refuse).is_none() && tries.get() == 1);
    }
}
