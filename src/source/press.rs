//! From a folder to an edition: read, remembered in the lock, printed.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;

use super::clock;
use super::disk::{DiskError, Guard, Look, SiteFolder};
use super::fetch::Library;
use crate::diagnostic::{Code, Diagnostics};
use crate::model::change::Change;
use crate::model::memory::Memory;
use crate::model::settings::BaseUrl;
use crate::publish::edition::Edition;
use crate::read::folder::Folder;
use crate::read::{self, Edited};
use crate::render;

/// How often a folder that changes while it is read is read again before others are kept waiting.
const ATTEMPTS: usize = 3;

/// Turns one folder into editions.
#[derive(Debug)]
pub struct Press {
    pub(super) folder: SiteFolder,
    /// The tables that are fetched.
    pub(super) library: Library,
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
    /// Whether the lock could not be written.
    is_ahead: bool,
    memory: Memory,
}

/// One reading of the folder.
#[derive(Debug)]
pub struct Proof {
    /// The edition, which may lack rows that were refused.
    pub edition: Edition,
    /// What was wrong.
    pub diagnostics: Diagnostics,
    /// Rows and articles left out.
    pub left_out: usize,
    /// What is new in it, in the order of the events.
    pub changes: Vec<std::sync::Arc<Change>>,
    /// What the folder looked like.
    pub look: Look,
    /// When it was read.
    pub at: Timestamp,
}

/// Whether a reading with errors may be remembered in the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    /// Only a reading without errors is.
    Flawless,
    /// What is good is: there is no edition before it.
    First,
}

impl Press {
    /// A press over a folder; `base` overrides the settings, `fallback` stands in where they say nothing.
    #[must_use]
    pub fn new(folder: SiteFolder, base: Option<BaseUrl>, fallback: Option<BaseUrl>) -> Press {
        Press { folder, library: Library::default(), base, fallback, kept: Mutex::new(None) }
    }

    /// Reads the folder, remembers what changed in its lock, and makes the edition of today; what is as it is in
    /// the edition in force is not printed again.
    ///
    /// # Errors
    /// When the disk refuses to be read. A lock that cannot be written is a warning: a read-only folder is
    /// served from memory.
    pub fn print(&self, standard: Standard, in_force: Option<&Edition>) -> Result<Proof, DiskError> {
        let (mut folder, mut look, guard) = self.read()?;
        let lock = lock_of(&folder);
        // A lock that somebody removed is no new beginning.
        if let Some(kept) = self.kept().as_ref().filter(|kept| kept.lock == lock || lock.is_none()) {
            folder.remember(kept.memory.clone());
        }
        let at = clock::now();
        let reading = read::site(&folder, at);
        let Edited { mut site, left_out, before, tables: _ } = reading.value;
        let good = !reading.diagnostics.has_errors() || standard == Standard::First;
        let is_damaged = reading.diagnostics.count_of(Code::BadLock) > 0;
        if let Some(base) = &self.base {
            site.settings.base_url = Some(base.clone());
        }
        if site.settings.base_url.is_none() {
            // An address that nobody else reaches is none for a hub.
            site.settings.hub = None;
            site.settings.base_url.clone_from(&self.fallback);
        }
        let today = read::today(&site.settings, at);
        let memory = site.memory.clone();
        // The disk is waited for while the edition is made; nobody sees it before the lock is written.
        let is_to_keep = good && !is_damaged;
        let (edition, is_written) = std::thread::scope(|scope| {
            let writer = scope.spawn(|| is_to_keep && self.remember(&folder, &before, &memory));
            let edition = Edition::after(site, today, in_force);
            (edition, writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        if is_written {
            look.lock = self.folder.look_at_lock();
        }
        drop(guard);
        let changes = memory.news_since(&before);
        Ok(Proof { edition, diagnostics: reading.diagnostics, left_out, changes, look, at })
    }

    /// Reads the folder and takes it against a second writer; answers what it looked like. Tables are fetched
    /// before, so that nobody waits for a network.
    fn read(&self) -> Result<(Folder, Look, Option<Guard>), DiskError> {
        for _ in 0..ATTEMPTS {
            let look = self.folder.look();
            let folder = self.library.filled(self.folder.read()?);
            let guard = self.folder.guard();
            // What was read while another wrote is not what is remembered now.
            if self.folder.look() == look {
                return Ok((folder, look, guard));
            }
        }
        let guard = self.folder.guard();
        let look = self.folder.look();
        Ok((self.library.filled(self.folder.read()?), look, guard))
    }

    /// Keeps a memory, in the lock where it is another than before. Whether the lock was written.
    fn remember(&self, folder: &Folder, before: &Memory, memory: &Memory) -> bool {
        let lock = lock_of(folder);
        // What is in memory only is written as soon as it can be.
        let was_behind = self.kept().as_ref().is_some_and(|kept| kept.lock == lock && kept.is_ahead);
        let is_another = memory != before && !self.is_only_framed(before, memory);
        let mut kept = Kept { lock, is_ahead: false, memory: memory.clone() };
        let mut is_written = false;
        if was_behind || is_another || lock.is_none() {
            let text = match folder.get(read::lock::FILE).filter(|_| !was_behind) {
                Some(text) => render::lock::text_after(memory, before, text),
                None => render::lock::text(memory),
            };
            match self.folder.write_lock(&text) {
                Ok(()) => {
                    kept.lock = Some(crate::digest::of(&text));
                    is_written = true;
                }
                Err(error) => {
                    kept.is_ahead = true;
                    tracing::warn!("{error}: what changed when is kept in memory only");
                }
            }
        }
        *self.kept() = Some(kept);
        is_written
    }

    /// Whether another program, of other rules, wrote the lock and nothing else is new: two that write their own
    /// each time the other has would never come to rest.
    fn is_only_framed(&self, before: &Memory, memory: &Memory) -> bool {
        let frame = |memory: &Memory| memory.site.as_ref().map(|site| site.frame);
        let is_ours = self.kept().as_ref().is_some_and(|kept| frame(&kept.memory) == frame(memory));
        is_ours && before.site.is_some() && memory.differs_in_frame_only(before)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Kept>> {
        // It is put in whole, so a panic elsewhere leaves nothing half done.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The hash of a folder's lock, if it has one.
fn lock_of(folder: &Folder) -> Option<u128> {
    folder.get(read::lock::FILE).map(|bytes| crate::digest::of(bytes))
}

/// The day it is now in the zone of an edition's site.
#[must_use]
pub fn today(edition: &Edition) -> Date {
    read::today(&edition.site().settings, clock::now())
}
