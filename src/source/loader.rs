//! Loader: turns a site folder into a snapshot. Reads the folder, compares it with the history in `calcast.lock`, writes
//! the lock if the history changed, and builds the snapshot.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Date;

use super::disk::{DiskError, FolderFingerprint, SiteFolder};
use super::fetch::FetchCache;
use super::{clock, random};
use crate::diagnostic::{Code, Diagnostics, Reading};
use crate::digest;
use crate::history::change::Change;
use crate::history::{self, History, TableHistory};
use crate::model::article::Article;
use crate::model::report::LoadReport;
use crate::model::settings::{BaseUrl, Settings};
use crate::mutex;
use crate::publish::snapshot::Snapshot;
use crate::read::{self, LoadedSite};

/// Attempts to read a folder that keeps changing before it is locked against other writers.
const ATTEMPTS: usize = 3;

/// Loads one folder, again and again.
#[derive(Debug)]
pub struct Loader {
    pub(super) folder: SiteFolder,
    /// Fetched tables.
    pub(super) fetched: FetchCache,
    /// Overrides `base_url` of the settings.
    base_url: Option<BaseUrl>,
    /// Whether `calcast.lock` is left as it is.
    pub is_dry_run: bool,
    /// Used if `base_url` is not set: the address that the server listens on.
    fallback: Option<BaseUrl>,
    lock_state: Mutex<Option<LockState>>,
    /// The articles of the last load, by their paths.
    articles: Mutex<Arc<BTreeMap<String, Article>>>,
}

/// The history of the last load, and the lock that it was written to, or could not be written to.
#[derive(Debug)]
struct LockState {
    /// Hash of the lock; `None` if there is none.
    hash: Option<u128>,
    /// Fingerprint of the lock that could not be replaced; `None` if the lock is up to date.
    unwritten: Option<u128>,
    history: History,
}

/// A folder that has been read; its history is not written yet.
struct PendingLoad {
    /// Hash of the lock; `None` if there is none.
    lock_hash: Option<u128>,
    /// Fingerprint from before the folder was read.
    fingerprint: FolderFingerprint,
    /// The lock, if it has format 2.
    format2: Option<Bytes>,
    reading: Reading<LoadedSite>,
}

/// Result of a load.
#[derive(Debug)]
pub struct LoadResult {
    /// The snapshot. Events whose rows have errors are as they were last published; without a version of before they are
    /// left out.
    pub snapshot: Snapshot,
    /// Whether the snapshot must not take the place of the one before: the lock, or the settings as a whole, cannot be
    /// read.
    pub is_rejected: bool,
    /// Whether the settings can be read as a whole.
    pub has_settings: bool,
    /// Problems of the folder.
    pub diagnostics: Diagnostics,
    /// How the folder was read.
    pub report: LoadReport,
    /// When to read the folder again, although it has not changed.
    pub read_again: Option<Timestamp>,
    /// Changes since the load before, in the order of the events.
    pub changes: Vec<Arc<Change>>,
    /// Why the lock could not be written; the history is then in memory only.
    pub unwritten: Option<String>,
    /// Fingerprint of the folder.
    pub fingerprint: FolderFingerprint,
}

impl Loader {
    /// Creates a loader. `base_url` overrides the settings; `fallback` is used if neither names one.
    #[must_use]
    pub fn new(folder: SiteFolder, base_url: Option<BaseUrl>, fallback: Option<BaseUrl>) -> Loader {
        Loader {
            folder,
            fetched: FetchCache::default(),
            base_url,
            is_dry_run: false,
            fallback,
            lock_state: Mutex::default(),
            articles: Mutex::default(),
        }
    }

    /// Loads the folder. Documents that are the same as in the previous snapshot are not rendered again.
    ///
    /// # Errors
    ///
    /// Returns an error if the folder cannot be read. A lock that cannot be written is a warning: read-only folders are
    /// served from memory.
    pub fn load(&self, previous: Option<&Snapshot>) -> Result<LoadResult, DiskError> {
        // A domain for UIDs is drawn once and must be kept, so without a lock it is not used.
        let new_uid_domain = random::uid_domain();
        let is_used = |result: &LoadResult| {
            new_uid_domain.as_deref().is_some_and(|new| result.snapshot.site().uid_domain() == new)
        };
        let result = self.load_with(previous, new_uid_domain.clone())?;
        if result.unwritten.is_some() && is_used(&result) {
            *self.lock_state() = None;
            return self.load_with(previous, None);
        }
        Ok(result)
    }

    fn load_with(
        &self,
        previous: Option<&Snapshot>,
        new_uid_domain: Option<String>,
    ) -> Result<LoadResult, DiskError> {
        let (PendingLoad { lock_hash, mut fingerprint, format2, reading }, guard) =
            self.read_and_lock(new_uid_domain.as_ref())?;
        let Reading { value: mut loaded, mut diagnostics } = reading;
        self.set_base_url(&mut loaded.site.settings);
        read::check_address(&loaded.site.settings).into_iter().for_each(|fault| diagnostics.push(fault));
        let today = read::today(&loaded.site.settings, loaded.report.at);
        let before = std::mem::take(&mut loaded.before);
        let history = loaded.site.history.clone();
        let is_damaged = diagnostics.count_of(Code::BadLock) > 0;
        let is_rejected = is_damaged || (previous.is_some() && !loaded.has_settings);
        let mut written = Ok(false);
        // Flushing the lock to disk takes as long as building the snapshot, for which this thread has the memory of the
        // tables that it read.
        let snapshot = rayon::in_place_scope(|scope| {
            if !is_rejected && !self.is_dry_run {
                scope.spawn(|_| written = self.update_lock(lock_hash, format2.as_ref(), &before, &history));
            }
            let snapshot = Snapshot::after(loaded.site, today, previous);
            previous.filter(|_| !is_rejected).inspect(|previous| snapshot.prepare(previous));
            snapshot
        });
        if written == Ok(true) {
            fingerprint.lock = self.folder.lock_fingerprint();
        }
        drop(guard);
        if !is_rejected {
            let site = snapshot.site();
            let article = |(path, slug): (String, String)| Some((path, site.article(&slug)?.clone()));
            let articles = loaded.article_files.into_iter().filter_map(article).collect();
            *mutex::lock(&self.articles) = Arc::new(articles);
        }
        let changes = history.changes_since(&before);
        Ok(LoadResult {
            snapshot,
            is_rejected,
            has_settings: loaded.has_settings,
            diagnostics,
            report: loaded.report,
            read_again: loaded.read_again,
            changes,
            unwritten: written.err(),
            fingerprint,
        })
    }

    /// Reads the folder and locks it against other writers, in a state in which it was not changed in between. Tables
    /// are fetched before it is locked, so that no other process waits for the network.
    fn read_and_lock(
        &self,
        new_uid_domain: Option<&String>,
    ) -> Result<(PendingLoad, Option<File>), DiskError> {
        for _ in 0..ATTEMPTS {
            let pending = self.read(new_uid_domain)?;
            let guard = self.folder.lock();
            if self.folder.fingerprint() == pending.fingerprint {
                return Ok((pending, guard));
            }
        }
        let guard = self.folder.lock();
        Ok((self.read(new_uid_domain)?, guard))
    }

    fn read(&self, new_uid_domain: Option<&String>) -> Result<PendingLoad, DiskError> {
        let fingerprint = self.folder.fingerprint();
        let mut folder = self.fetched.filled(self.folder.read()?);
        let lock = folder.get(history::lock::FILE).cloned();
        let lock_hash = lock.as_ref().map(|lock| digest::hash(lock));
        let format2 = lock.filter(|lock| history::format2::is_format(lock));
        // A lock that somebody deleted does not restart the history.
        let is_known = |state: &&LockState| lock_hash.is_none() || state.hash == lock_hash;
        if let Some(state) = self.lock_state().as_ref().filter(is_known) {
            folder.remember(state.history.clone());
        }
        folder.remember_articles(Arc::clone(&mutex::lock(&self.articles)));
        if let Some(domain) = new_uid_domain {
            folder.set_new_uid_domain(domain.clone());
        }
        Ok(PendingLoad { lock_hash, fingerprint, format2, reading: read::load(folder, clock::now()) })
    }

    fn set_base_url(&self, settings: &mut Settings) {
        if let Some(base_url) = &self.base_url {
            settings.base_url = Some(base_url.clone());
        }
        if settings.base_url.is_none() {
            // A hub cannot reach an address of this machine.
            settings.hub = None;
            settings.is_local = true;
            settings.base_url.clone_from(&self.fallback);
        }
    }

    /// Writes the history to the lock if it differs from the previous one, and returns whether it was written, or why it
    /// could not be. A lock of format 2 is kept under another name.
    fn update_lock(
        &self,
        hash: Option<u128>,
        format2: Option<&Bytes>,
        before: &History,
        history: &History,
    ) -> Result<bool, String> {
        let mut state = self.lock_state();
        let was_unwritten =
            state.as_ref().is_some_and(|state| state.hash == hash && state.unwritten.is_some());
        let has_changed = history != before
            && !is_other_program(state.as_ref(), before, history)
            && !is_other_view(state.as_ref(), before, history);
        let mut next = LockState { hash, unwritten: None, history: history.clone() };
        let mut result = Ok(false);
        if was_unwritten || has_changed || hash.is_none() {
            let kept = format2.map_or(Ok(()), |lock| self.folder.keep_format2(lock));
            result = match kept.and_then(|()| self.folder.write_lock(history::lock::chunks(history))) {
                Ok(hash) => {
                    next.hash = Some(hash);
                    Ok(true)
                }
                Err(error) => {
                    next.unwritten = Some(self.folder.lock_fingerprint());
                    let why = format!("{}: the history is kept in memory only", self.folder.reason(&error));
                    tracing::warn!("{why}");
                    Err(why)
                }
            };
        }
        *state = Some(next);
        result
    }

    /// Returns whether the last history could not be written to the lock.
    pub(super) fn has_unwritten(&self) -> bool {
        self.lock_state().as_ref().is_some_and(|state| state.unwritten.is_some())
    }

    /// Writes the last history, which could not be written before, and returns the fingerprint of the lock. Returns
    /// `None` if there is nothing to write, another program wrote the lock meanwhile, or writing fails again.
    pub(super) fn write_unwritten(&self) -> Option<u128> {
        let _guard = self.folder.lock();
        let mut state = self.lock_state();
        let state = state.as_mut().filter(|state| state.unwritten == Some(self.folder.lock_fingerprint()))?;
        // The first failure was logged, and /healthz reports it.
        let hash = self.folder.write_lock(history::lock::chunks(&state.history)).ok()?;
        (state.hash, state.unwritten) = (Some(hash), None);
        Some(self.folder.lock_fingerprint())
    }

    fn lock_state(&self) -> MutexGuard<'_, Option<LockState>> {
        mutex::lock(&self.lock_state)
    }
}

/// Returns whether the only difference between two histories is that another version of calcast wrote the lock. Two
/// versions that serve one folder would otherwise overwrite each other's lock for ever.
fn is_other_program(state: Option<&LockState>, before: &History, history: &History) -> bool {
    let config = |history: &History| history.site.as_ref().map(|site| site.config_hash);
    let is_ours = state.is_some_and(|state| config(&state.history) == config(history));
    is_ours && before.site.is_some() && history.has_same_content(before)
}

/// Returns whether the only difference between two histories is which tables can be read, and this process saw them like
/// that at its last load too. Two machines of which one cannot reach a table would otherwise overwrite each other's lock
/// for ever.
fn is_other_view(state: Option<&LockState>, before: &History, history: &History) -> bool {
    // Each machine has its own times.
    let views = |history: &History| -> Vec<_> {
        let view = |table: &TableHistory| {
            (Arc::clone(&table.table), table.approval, table.shrunk.is_some(), table.unreadable.is_some())
        };
        history.tables.values().map(view).collect()
    };
    let is_ours = state.is_some_and(|state| views(&state.history) == views(history));
    is_ours && History { tables: before.tables.clone(), ..history.clone() } == *before
}

/// Returns the present day in the zone of a snapshot's site.
#[must_use]
pub fn today(snapshot: &Snapshot) -> Date {
    read::today(&snapshot.site().settings, clock::now())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test needs a folder that can be written")]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn machines_that_see_tables_differently_do_not_overwrite_each_other() {
        let table = |unreadable: Option<i64>| TableHistory {
            table: Arc::from("sheet"),
            unreadable: unreadable.map(|second| Timestamp::from_second(second).unwrap()),
            ..TableHistory::default()
        };
        let history = |unreadable| History {
            tables: [(Arc::from("sheet"), table(unreadable))].into(),
            ..History::default()
        };
        let state = |unreadable| LockState { hash: None, unwritten: None, history: history(unreadable) };
        for (ours, before, now, is_other) in [
            (Some(7), None, Some(9), true),
            (None, Some(7), None, true),
            (None, None, Some(7), false),
            (Some(7), Some(7), None, false),
        ] {
            assert_eq!(is_other_view(Some(&state(ours)), &history(before), &history(now)), is_other);
        }
    }

    #[test]
    fn an_unwritten_lock_is_written_later_but_never_over_another() {
        let root = std::env::temp_dir().join(format!("calcast-loader-{}", std::process::id()));
        std::fs::create_dir_all(&root).unwrap();
        std::fs::write(root.join("events.csv"), "title,start\nWalk,2027-06-10\n").unwrap();
        let folder = SiteFolder::open(&root).unwrap();
        let loader = Loader::new(folder.clone(), None, None);
        let lock = || std::fs::read(root.join(history::lock::FILE)).unwrap();
        loader.load(None).unwrap();
        let good = lock();
        assert_eq!(loader.write_unwritten(), None);

        // As if writing over another lock had failed.
        folder.write_lock([Bytes::from_static(b"of before")]).unwrap();
        loader.lock_state().as_mut().unwrap().unwritten = Some(folder.lock_fingerprint());
        assert!(loader.has_unwritten());
        folder.write_lock([Bytes::from_static(b"of another")]).unwrap();
        assert_eq!(loader.write_unwritten(), None);
        assert_eq!(lock(), b"of another");

        loader.lock_state().as_mut().unwrap().unwritten = Some(folder.lock_fingerprint());
        assert_eq!(loader.write_unwritten(), Some(folder.lock_fingerprint()));
        assert_eq!(lock(), good);
        assert!(!loader.has_unwritten());
        std::fs::remove_dir_all(&root).unwrap();
    }
}
