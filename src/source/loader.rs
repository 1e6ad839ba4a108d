//! From a folder to a snapshot: read, remembered in the lock, printed.

use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Date;

use super::clock;
use super::disk::{DiskError, FolderFingerprint, FolderLock, SiteFolder};
use super::fetch::FetchCache;
use crate::diagnostic::{Code, Diagnostics, Reading, chain};
use crate::history::{History, change::Change, lock};
use crate::model::settings::{BaseUrl, Settings};
use crate::publish::snapshot::Snapshot;
use crate::read::{self, LoadedSite};
use crate::sound;

/// How often a folder that changes while it is read is read again before others are kept waiting.
const ATTEMPTS: usize = 3;

/// Turns one folder into snapshots.
#[derive(Debug)]
pub struct Loader {
    pub(super) folder: SiteFolder,
    /// The tables that are fetched.
    pub(super) library: FetchCache,
    /// Where links lead, instead of the settings' `base_url`.
    base: Option<BaseUrl>,
    /// Where links lead when nobody says: the address listened on.
    fallback: Option<BaseUrl>,
    /// What was remembered last.
    kept: Mutex<Option<Kept>>,
}

/// A memory, and the lock it belongs to: that lock says the same, or could not be written.
#[derive(Debug)]
struct Kept {
    /// The hash of the lock's bytes; `None` when there is none.
    lock: Option<u128>,
    /// What the lock looks like that could not be written over; `None` where it could, or had not to be.
    ahead_of: Option<u128>,
    memory: History,
}

/// The folder as it was read, while nothing is remembered of it yet. Its tables are in the reading.
#[derive(Debug)]
pub struct Draft {
    /// The lock as it was.
    lock: Option<Bytes>,
    /// What it looked like before it was read.
    look: FolderFingerprint,
    at: Timestamp,
    reading: Reading<LoadedSite>,
}

/// One reading of the folder.
#[derive(Debug)]
pub struct LoadResult {
    /// The snapshot, which may lack rows that were refused.
    pub snapshot: Snapshot,
    /// What was wrong.
    pub diagnostics: Diagnostics,
    /// Rows and articles left out.
    pub left_out: usize,
    /// What is new in it, in the order of the events.
    pub changes: Vec<Arc<Change>>,
    /// Why that could not be written to the lock, in a sentence: it is kept in memory only.
    pub unwritten: Option<String>,
    /// What the folder looked like.
    pub look: FolderFingerprint,
    /// When it was read.
    pub at: Timestamp,
}

/// What became of the lock.
enum Remembered {
    AsItWas,
    Written,
    /// It could not be written, for this reason.
    InMemory(String),
}

/// Whether a reading with errors may be remembered in the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorPolicy {
    /// Only a reading without errors is.
    Flawless,
    /// What is good is: there is no snapshot before it.
    First,
}

impl Loader {
    /// A press over a folder; `base` overrides the settings, `fallback` stands in where they say nothing.
    #[must_use]
    pub fn new(folder: SiteFolder, base: Option<BaseUrl>, fallback: Option<BaseUrl>) -> Loader {
        Loader { folder, library: FetchCache::default(), base, fallback, kept: Mutex::new(None) }
    }

    /// Reads the folder, unless a draft has it as it is, remembers what changed in its lock, and makes the snapshot
    /// of today; what is as it is in the snapshot in force is not printed again.
    ///
    /// # Errors
    /// When the disk refuses to be read. A lock that cannot be written is a warning: a read-only folder is
    /// served from memory.
    pub fn print(
        &self,
        standard: ErrorPolicy,
        in_force: Option<&Snapshot>,
        draft: Option<Draft>,
    ) -> Result<LoadResult, DiskError> {
        let (Draft { lock, mut look, at, reading }, guard) = self.settled(draft)?;
        let Reading { value: mut loaded, diagnostics } = reading;
        let good = !diagnostics.has_errors() || standard == ErrorPolicy::First;
        let is_damaged = diagnostics.count_of(Code::BadLock) > 0;
        self.address(&mut loaded.site.settings);
        let today = read::today(&loaded.site.settings, at);
        let before = std::mem::take(&mut loaded.before);
        let (memory, left_out) = (loaded.site.history.clone(), loaded.left_out);
        // The disk is waited for while the snapshot is made; nobody sees it before the lock is written.
        let is_to_keep = good && !is_damaged;
        let (snapshot, remembered) = std::thread::scope(|scope| {
            let writer = scope.spawn(|| match is_to_keep {
                true => self.remember(lock.as_ref(), &before, &memory),
                false => Remembered::AsItWas,
            });
            let snapshot = Snapshot::after(loaded.site, today, in_force);
            in_force.filter(|_| good).inspect(|before| snapshot.prepare(before));
            (snapshot, writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let unwritten = match remembered {
            Remembered::AsItWas => None,
            Remembered::Written => {
                look.lock = self.folder.look_at_lock();
                None
            }
            Remembered::InMemory(why) => Some(why),
        };
        drop(guard);
        let changes = memory.changes_since(&before);
        Ok(LoadResult { snapshot, diagnostics, left_out, changes, unwritten, look, at })
    }

    /// Reads the folder, and nothing is remembered of it yet: it may still be being saved. Tables are fetched
    /// here, so that nobody who waits for the folder waits for a network.
    ///
    /// # Errors
    /// When the disk refuses to be read.
    pub fn draft(&self) -> Result<Draft, DiskError> {
        let look = self.folder.look();
        let mut folder = self.library.filled(self.folder.read()?);
        let lock = folder.get(read::lock::FILE).cloned();
        let hash = lock.as_ref().map(|lock| crate::digest::of(lock));
        // A lock that somebody removed is no new beginning.
        if let Some(kept) = self.kept().as_ref().filter(|kept| kept.lock == hash || hash.is_none()) {
            folder.remember(kept.memory.clone());
        }
        let at = clock::now();
        let reading = read::load(&folder, at);
        Ok(Draft { lock, look, at, reading })
    }

    /// A draft of the folder as it is, taken against a second writer: the given one, if the folder still looks
    /// as it did then.
    fn settled(&self, mut draft: Option<Draft>) -> Result<(Draft, Option<FolderLock>), DiskError> {
        for _ in 0..ATTEMPTS {
            let next = match draft.take() {
                Some(draft) => draft,
                None => self.draft()?,
            };
            let guard = self.folder.guard();
            // What was read while another wrote is not what is remembered now.
            if self.folder.look() == next.look {
                return Ok((next, guard));
            }
        }
        let guard = self.folder.guard();
        Ok((self.draft()?, guard))
    }

    /// Says where links lead.
    fn address(&self, settings: &mut Settings) {
        if let Some(base) = &self.base {
            settings.base_url = Some(base.clone());
        }
        if settings.base_url.is_none() {
            // An address that nobody else reaches is none for a hub.
            settings.hub = None;
            settings.base_url.clone_from(&self.fallback);
        }
    }

    /// Keeps a memory, in the lock where it is another than before.
    fn remember(&self, text: Option<&Bytes>, before: &History, memory: &History) -> Remembered {
        let lock = text.map(|text| crate::digest::of(text));
        // What is in memory only is written as soon as it can be.
        let was_behind =
            self.kept().as_ref().is_some_and(|kept| kept.lock == lock && kept.ahead_of.is_some());
        let is_another = memory != before && !self.is_only_framed(before, memory);
        let mut kept = Kept { lock, ahead_of: None, memory: memory.clone() };
        let mut remembered = Remembered::AsItWas;
        if was_behind || is_another || lock.is_none() {
            match self.folder.write_lock(lock::chunks(memory)) {
                Ok(hash) => {
                    kept.lock = Some(hash);
                    remembered = Remembered::Written;
                }
                Err(error) => {
                    kept.ahead_of = Some(self.folder.look_at_lock());
                    let why = format!("{}: what changed when is kept in memory only", chain(&error));
                    tracing::warn!("{why}");
                    remembered = Remembered::InMemory(why);
                }
            }
        }
        *self.kept() = Some(kept);
        remembered
    }

    /// Whether there is something in memory only, because the lock could not be written.
    pub(super) fn is_ahead(&self) -> bool {
        self.kept().as_ref().is_some_and(|kept| kept.ahead_of.is_some())
    }

    /// Tries again to write what is in memory only to the lock; answers what that looks like then. `None` where
    /// there is nothing to write, another wrote the lock meanwhile, or it still cannot be written.
    pub(super) fn catch_up(&self) -> Option<u128> {
        let _guard = self.folder.guard();
        let mut kept = self.kept();
        let kept = kept.as_mut()?;
        if kept.ahead_of != Some(self.folder.look_at_lock()) {
            return None;
        }
        // Why it failed was told the first time, and is on /healthz until it does not.
        let hash = self.folder.write_lock(lock::chunks(&kept.memory)).ok()?;
        (kept.lock, kept.ahead_of) = (Some(hash), None);
        Some(self.folder.look_at_lock())
    }

    /// Whether another program, of other rules, wrote the lock and nothing else is new: two that write their own
    /// each time the other has would never come to rest.
    fn is_only_framed(&self, before: &History, memory: &History) -> bool {
        let frame = |memory: &History| memory.site.as_ref().map(|site| site.config_hash);
        let is_ours = self.kept().as_ref().is_some_and(|kept| frame(&kept.memory) == frame(memory));
        is_ours && before.site.is_some() && memory.has_same_content(before)
    }

    fn kept(&self) -> MutexGuard<'_, Option<Kept>> {
        sound::lock(&self.kept)
    }
}

/// The day it is now in the zone of a snapshot's site.
#[must_use]
pub fn today(snapshot: &Snapshot) -> Date {
    read::today(&snapshot.site().settings, clock::now())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a folder that a press can write in")]
mod tests {
    use super::*;

    #[test]
    fn what_the_lock_did_not_take_is_written_later_and_never_over_anothers() {
        let root = std::env::temp_dir().join(format!("calcast-press-{}", std::process::id()));
        std::fs::create_dir_all(&root).unwrap();
        std::fs::write(root.join("events.csv"), "title,start\nWalk,2027-06-10\n").unwrap();
        let folder = SiteFolder::open(&root).unwrap();
        let press = Loader::new(folder.clone(), None, None);
        let lock = || std::fs::read(root.join(read::lock::FILE)).unwrap();
        press.print(ErrorPolicy::First, None, None).unwrap();
        let good = lock();
        assert_eq!(press.catch_up(), None);

        // As if it had been another and had not let itself be written over.
        folder.write_lock([Bytes::from_static(b"of before")]).unwrap();
        press.kept().as_mut().unwrap().ahead_of = Some(folder.look_at_lock());
        assert!(press.is_ahead());
        folder.write_lock([Bytes::from_static(b"of another")]).unwrap();
        assert_eq!(press.catch_up(), None);
        assert_eq!(lock(), b"of another");

        press.kept().as_mut().unwrap().ahead_of = Some(folder.look_at_lock());
        assert_eq!(press.catch_up(), Some(folder.look_at_lock()));
        assert_eq!(lock(), good);
        assert!(!press.is_ahead());
        std::fs::remove_dir_all(&root).unwrap();
    }
}
