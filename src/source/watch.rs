//! Watcher: reports when the day changes, and when the folder has changed, settled and been loaded again.
//!
//! Notifications of the operating system only shorten the wait. A poll every second decides, so network folders work.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::clock;
use super::disk::FolderFingerprint;
use super::loader::{self, LoadResult, Loader};
use crate::mutex;
use crate::publish::snapshot::Snapshot;

/// Interval of the poll.
const POLL: Duration = Duration::from_secs(1);
/// Interval at which tables on the network are fetched.
const FETCH: Duration = Duration::from_secs(300);
/// A folder that has not changed for this long has settled, if no program still writes to one of its files.
const QUIET: Duration = Duration::from_millis(500);
/// Interval of the poll until the folder has settled.
const SETTLING_POLL: Duration = Duration::from_millis(30);
/// A folder that keeps changing is read after this time.
const MAX_UNREST: Duration = Duration::from_secs(5);
/// Pause before a lock that could not be written is tried again; it doubles each time.
const FIRST_RETRY: Duration = Duration::from_secs(2);
const MAX_RETRY: Duration = Duration::from_secs(300);

/// An event of a watched folder.
#[derive(Debug)]
pub enum WatchEvent {
    /// A new day has begun.
    Day(Date),
    /// The lock, which could not be written at the last load, has been written.
    LockWritten,
    /// The folder changed and was loaded.
    Loaded(Box<LoadResult>),
    /// The folder changed and could not be loaded: when, and why.
    Failed(Timestamp, String),
}

/// Watches one folder.
#[derive(Debug)]
pub struct Watch {
    loader: Arc<Loader>,
    /// Fingerprint of the folder at the last load.
    fingerprint: FolderFingerprint,
    changed: Arc<Notify>,
    writers: Arc<OpenWriters>,
    reload: Arc<Notify>,
    last_fetch: Instant,
    /// When to load the folder again, although it has not changed.
    read_again: Option<Timestamp>,
    last_lock_attempt: Instant,
    lock_retry: Duration,
    _watcher: Option<RecommendedWatcher>,
}

impl Watch {
    /// Watches the folder of a loader, as it was at its last load. Without notifications of the system only the poll
    /// remains.
    #[must_use]
    pub fn new(loader: Loader, loaded: &LoadResult) -> Watch {
        let (changed, writers) = (Arc::new(Notify::new()), Arc::<OpenWriters>::default());
        let handles = (Arc::clone(&changed), Arc::clone(&writers));
        let watcher = watch_folder(loader.folder.path(), handles.0, handles.1).inspect_err(|error| {
            let seconds = POLL.as_secs();
            tracing::warn!("no file notifications from the system ({error}); polling every {seconds} s");
        });
        Watch {
            loader: Arc::new(loader),
            fingerprint: loaded.fingerprint,
            changed,
            writers,
            reload: Arc::default(),
            last_fetch: Instant::now(),
            read_again: loaded.read_again,
            last_lock_attempt: Instant::now(),
            lock_retry: FIRST_RETRY,
            _watcher: watcher.ok(),
        }
    }

    /// Returns a handle whose `notify_one` loads the folder again, whether or not it changed.
    #[must_use]
    pub fn reload_handle(&self) -> Arc<Notify> {
        Arc::clone(&self.reload)
    }

    /// Waits for the next event after a snapshot.
    pub async fn next(&mut self, snapshot: &Arc<Snapshot>) -> WatchEvent {
        loop {
            let is_requested = tokio::select! {
                () = self.reload.notified() => true,
                () = self.changed.notified() => false,
                () = sleep(POLL) => false,
            };
            let today = loader::today(snapshot);
            if today != snapshot.today() {
                return WatchEvent::Day(today);
            }
            let is_due = (self.loader.fetched.is_used() && self.last_fetch.elapsed() >= FETCH)
                || self.read_again.is_some_and(|at| clock::now() >= at);
            let fingerprint = self.fingerprint().await;
            if is_requested || is_due || fingerprint != self.fingerprint {
                self.settle(fingerprint).await;
                return self.load(snapshot).await;
            }
            if self.retry_lock().await {
                return WatchEvent::LockWritten;
            }
        }
    }

    /// Tries again to write a lock that could not be written, if it is time, and returns whether it was.
    async fn retry_lock(&mut self) -> bool {
        if !self.loader.has_unwritten() || self.last_lock_attempt.elapsed() < self.lock_retry {
            return false;
        }
        let loader = Arc::clone(&self.loader);
        let written = spawn_blocking(move || loader.write_unwritten()).await;
        self.last_lock_attempt = Instant::now();
        self.lock_retry = MAX_RETRY.min(self.lock_retry * 2);
        let Ok(Some(fingerprint)) = written else { return false };
        self.fingerprint.lock = fingerprint;
        true
    }

    async fn fingerprint(&self) -> FolderFingerprint {
        let loader = Arc::clone(&self.loader);
        spawn_blocking(move || loader.folder.fingerprint()).await.unwrap_or(self.fingerprint)
    }

    /// Waits until the folder has settled, so that a save in several writes is loaded once.
    async fn settle(&mut self, fingerprint: FolderFingerprint) {
        self.fingerprint = fingerprint;
        let start = Instant::now();
        let mut last_change = start;
        let is_busy = |writers: &OpenWriters| !mutex::lock(writers).is_empty();
        while start.elapsed() < MAX_UNREST && (last_change.elapsed() < QUIET || is_busy(&self.writers)) {
            sleep(SETTLING_POLL).await;
            let fingerprint = self.fingerprint().await;
            if fingerprint != self.fingerprint {
                self.fingerprint = fingerprint;
                last_change = Instant::now();
            }
        }
        // A program that keeps a file open is waited for once.
        mutex::lock(&self.writers).clear();
    }

    async fn load(&mut self, snapshot: &Arc<Snapshot>) -> WatchEvent {
        let (loader, previous) = (Arc::clone(&self.loader), Arc::clone(snapshot));
        self.last_fetch = Instant::now();
        match spawn_blocking(move || loader.load(Some(&previous))).await {
            Ok(Ok(loaded)) => {
                (self.fingerprint, self.read_again) = (loaded.fingerprint, loaded.read_again);
                (self.last_lock_attempt, self.lock_retry) = (Instant::now(), FIRST_RETRY);
                WatchEvent::Loaded(Box::new(loaded))
            }
            Ok(Err(error)) => WatchEvent::Failed(clock::now(), self.loader.folder.reason(&error)),
            Err(_) => WatchEvent::Failed(clock::now(), "reading the folder failed".to_owned()),
        }
    }
}

/// Files that were written and are not closed yet.
type OpenWriters = Mutex<BTreeSet<PathBuf>>;

/// Watches a folder and all below it. A watch on a file would end with its first atomic save.
fn watch_folder(
    folder: &Path,
    changed: Arc<Notify>,
    writers: Arc<OpenWriters>,
) -> notify::Result<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if let Ok(event) = &event {
            note_writers(event, &writers);
        }
        // Loading the folder raises access events.
        if !event.is_ok_and(|event| matches!(event.kind, EventKind::Access(_))) {
            changed.notify_one();
        }
    })?;
    watcher.watch(folder, RecursiveMode::Recursive)?;
    Ok(watcher)
}

/// Notes which files are being written: a write opens one, and its end closes it.
fn note_writers(event: &notify::Event, writers: &OpenWriters) {
    let mut open = mutex::lock(writers);
    for path in &event.paths {
        match event.kind {
            // Other systems do not say when a file is closed.
            EventKind::Modify(ModifyKind::Data(_)) if cfg!(target_os = "linux") => {
                open.insert(path.clone());
            }
            EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Remove(_)
            | EventKind::Modify(ModifyKind::Name(_)) => {
                open.remove(path);
            }
            _ => {}
        }
    }
}
