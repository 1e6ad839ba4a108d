//! Says what is news: a new day, or a folder that changed and settled. The operating system's notice is a
//! hint that saves time; a poll is the truth, so folders on a network are seen as well.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::clock;
use super::disk::FolderFingerprint;
pub use super::loader::LoadResult;
use super::loader::{self, Draft, ErrorPolicy, Loader};
pub use super::websub::Notification;
use crate::publish::snapshot::Snapshot;

/// How often the folder is looked at without a hint.
const POLL: Duration = Duration::from_secs(1);
/// How often tables on the network are asked for.
const FETCH: Duration = Duration::from_secs(300);
/// A folder that looks the same for so long has settled.
const QUIET: Duration = Duration::from_millis(150);
/// How often it is looked at until then.
const GLANCE: Duration = Duration::from_millis(30);
/// How long saves may go on before what is there is read all the same.
const LONGEST_UNREST: Duration = Duration::from_secs(3);

/// A lock that could not be written is tried again after so long, and then after twice as long each time.
const FIRST_RETRY: Duration = Duration::from_secs(2);
/// It is not waited longer than this.
const LONGEST_RETRY: Duration = Duration::from_secs(300);

/// What has happened.
#[derive(Debug)]
pub enum WatchEvent {
    /// Another day has begun.
    Day(Date),
    /// The lock, which could not be written when the folder was read, is written.
    Remembered,
    /// The folder changed and was read again.
    LoadResult(Box<LoadResult>),
    /// The folder changed and could not be read: when, and why in a sentence.
    Failed(Timestamp, String),
}

/// Why to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// The system says that something changed.
    Changed,
    /// Somebody asks for another reading, whatever the folder looks like.
    Asked,
}

/// Waits for changes of one folder.
#[derive(Debug)]
pub struct Watch {
    press: Arc<Loader>,
    /// What the folder looked like when last read.
    seen: FolderFingerprint,
    hints: mpsc::Receiver<Hint>,
    asks: mpsc::Sender<Hint>,
    /// When tables were last fetched.
    fetched: Instant,
    /// When the lock was last tried to be written, and how long it is waited from then on.
    tried: (Instant, Duration),
    _watcher: Option<RecommendedWatcher>,
}

impl Watch {
    /// Watches the folder of a press, last read as `seen` says. A watch is on the folder and all below it:
    /// one on a file is dead after its first atomic save. Where the system gives none the poll remains.
    #[must_use]
    pub fn new(press: Loader, seen: FolderFingerprint) -> Watch {
        let (send, hints) = mpsc::channel(2);
        let asks = send.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Our own reading raises Access events.
            if !event.is_ok_and(|event| matches!(event.kind, EventKind::Access(_))) {
                // A full channel holds a hint already.
                let _ = send.try_send(Hint::Changed);
            }
        });
        let watcher = watcher.and_then(|watcher| watching(watcher, press.folder.path()));
        if let Err(error) = &watcher {
            tracing::warn!(
                "no notice of changes from the system ({error}); looking every {} s",
                POLL.as_secs()
            );
        }
        let now = Instant::now();
        let tried = (now, FIRST_RETRY);
        Watch { press: Arc::new(press), seen, hints, asks, fetched: now, tried, _watcher: watcher.ok() }
    }

    /// Where to ask for another reading.
    #[must_use]
    pub fn asks(&self) -> mpsc::Sender<Hint> {
        self.asks.clone()
    }

    /// Waits for the next news of the folder that a snapshot is of.
    pub async fn news(&mut self, in_force: &Arc<Snapshot>) -> WatchEvent {
        loop {
            let is_asked = self.hint().await == Some(Hint::Asked);
            let today = loader::today(in_force);
            if today != in_force.today() {
                return WatchEvent::Day(today);
            }
            let is_due = is_asked || (self.press.library.is_used() && self.fetched.elapsed() >= FETCH);
            let now = self.look().await;
            // Also who asks in the middle of a save gets what is there after it.
            if is_due || now != self.seen {
                let draft = self.settled(now).await;
                return self.print(in_force, draft).await;
            }
            if self.catch_up().await {
                return WatchEvent::Remembered;
            }
        }
    }

    /// Writes what the lock could not take, where it is time to try that again.
    async fn catch_up(&mut self) -> bool {
        let (at, pause) = self.tried;
        if !self.press.is_ahead() || at.elapsed() < pause {
            return false;
        }
        let press = Arc::clone(&self.press);
        let caught_up = tokio::task::spawn_blocking(move || press.catch_up()).await;
        self.tried = (Instant::now(), LONGEST_RETRY.min(pause * 2));
        let Ok(Some(look)) = caught_up else { return false };
        self.seen.lock = look;
        true
    }

    /// Waits for a hint, or for the time of the next poll.
    async fn hint(&mut self) -> Option<Hint> {
        // Without a watcher the poll sets the pace.
        tokio::time::timeout(POLL, self.hints.recv()).await.ok().flatten()
    }

    async fn look(&self) -> FolderFingerprint {
        let press = Arc::clone(&self.press);
        let looked = tokio::task::spawn_blocking(move || press.folder.look()).await;
        looked.unwrap_or(self.seen)
    }

    /// Waits until the folder has settled. It is read meanwhile, for most saves are one write; whoever prints
    /// sees whether that draft is still good.
    async fn settled(&mut self, now: FolderFingerprint) -> Option<Draft> {
        self.seen = now;
        let end = Instant::now() + LONGEST_UNREST;
        let (mut since, mut draft) = (Instant::now(), None);
        while Instant::now() < end && since.elapsed() < QUIET {
            sleep(GLANCE).await;
            let now = self.look().await;
            if now != self.seen {
                (self.seen, since) = (now, Instant::now());
            } else if draft.is_none() && !self.press.library.is_used() {
                let press = Arc::clone(&self.press);
                draft = Some(tokio::task::spawn_blocking(move || press.draft()));
            }
        }
        // What went wrong with it goes wrong again where it is told.
        draft?.await.ok()?.ok()
    }

    async fn print(&mut self, in_force: &Arc<Snapshot>, draft: Option<Draft>) -> WatchEvent {
        let (press, in_force) = (Arc::clone(&self.press), Arc::clone(in_force));
        self.fetched = Instant::now();
        let print = move || press.print(ErrorPolicy::Flawless, Some(&in_force), draft);
        match tokio::task::spawn_blocking(print).await {
            Ok(Ok(proof)) => {
                self.seen = proof.look;
                self.tried = (Instant::now(), FIRST_RETRY);
                WatchEvent::LoadResult(Box::new(proof))
            }
            Ok(Err(error)) => WatchEvent::Failed(clock::now(), crate::diagnostic::chain(&error)),
            Err(_) => WatchEvent::Failed(clock::now(), "reading the folder failed".to_owned()),
        }
    }
}

fn watching(mut watcher: RecommendedWatcher, folder: &Path) -> notify::Result<RecommendedWatcher> {
    watcher.watch(folder, RecursiveMode::Recursive)?;
    Ok(watcher)
}
