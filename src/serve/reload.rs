//! Puts what a watch reports in force. A reading with errors keeps the snapshot before it.

use std::time::Duration;

use tokio::sync::mpsc;

use super::AppState;
use super::status::{Counts, Health};
use crate::diagnostic::{Diagnostics, Severity};
use crate::i18n::Localizer;
use crate::publish::snapshot::Snapshot;
use crate::render::changes;
use crate::source::loader::LoadResult;
use crate::source::watch::{Watch, WatchEvent};
use crate::source::websub::Notification;

/// The most faults that one reload writes to the log.
const MOST_LOGGED: usize = 100;

/// So long nothing is done at a start that nobody asked for: on a small machine the first answers would wait for it.
const BREATH: Duration = Duration::from_millis(100);

/// How the server is once the snapshot of a reading is in force.
#[must_use]
pub fn health(proof: &LoadResult) -> Health {
    let site = proof.snapshot.site();
    let counts =
        Counts { events: site.events().len(), articles: site.articles().len(), left_out: proof.left_out };
    Health { lock: proof.unwritten.clone(), ..Health::published(proof.at, counts, &proof.diagnostics) }
}

/// Writes what was wrong to the log.
pub fn log_faults(diagnostics: &Diagnostics) {
    for fault in diagnostics.iter().take(MOST_LOGGED) {
        match fault.code.severity() {
            Severity::Error => tracing::error!("{fault}"),
            Severity::Warning => tracing::warn!("{fault}"),
            Severity::Note => tracing::info!("{fault}"),
        }
    }
    let all = diagnostics.iter().count() + diagnostics.dropped();
    if all > MOST_LOGGED {
        tracing::warn!("… and {} more; `calcast check` prints all", all - MOST_LOGGED);
    }
}

/// Writes what is new to the log.
fn log_changes(proof: &LoadResult) {
    let zone = &proof.snapshot.site().settings.zone;
    let words = Localizer::english();
    for change in proof.changes.iter().take(MOST_LOGGED) {
        tracing::info!("{}", changes::sentence(&words, change, zone));
    }
    if proof.changes.len() > MOST_LOGGED {
        tracing::info!("… and {} more changes", proof.changes.len() - MOST_LOGGED);
    }
}

/// Keeps the office's snapshot that of its folder and day, for ever; whoever tells the hub hears what changed.
pub async fn keep_current(mut watch: Watch, office: AppState, hub: mpsc::UnboundedSender<Notification>) {
    tokio::spawn(warm_later(office.clone()));
    loop {
        let news = watch.next(&office.snapshot()).await;
        match news {
            WatchEvent::Day(today) => office.turn_to(today).await,
            WatchEvent::LockWritten => {
                tracing::info!("calcast.lock is written after all");
                office.keep(office.health().remembered());
            }
            WatchEvent::Loaded(proof) => take(&office, *proof, &hub),
            WatchEvent::Failed(at, failure) => {
                tracing::error!("reload: error: {failure}; the last good snapshot stays");
                office.keep(office.health().failed(at, failure));
            }
        }
    }
}

/// Makes ready what nobody asked for yet, once those are answered who waited for the server.
async fn warm_later(office: AppState) {
    tokio::time::sleep(BREATH).await;
    office.warm();
}

fn take(office: &AppState, proof: LoadResult, hub: &mpsc::UnboundedSender<Notification>) {
    log_faults(&proof.diagnostics);
    if proof.diagnostics.has_errors() {
        tracing::error!("the folder has errors; the last good snapshot stays");
        office.keep(office.health().kept(proof.at, &proof.diagnostics));
        return;
    }
    let health = health(&proof);
    tracing::info!("new snapshot: {} events, {} articles", health.events, health.articles);
    log_changes(&proof);
    let notice = notice(&office.snapshot(), &proof.snapshot);
    office.publish(proof.snapshot, health);
    office.warm();
    if let Some(notice) = notice {
        // When nobody listens any more the program is about to end.
        let _ = hub.send(notice);
    }
}

/// What the hub is to be told of a new snapshot: a site without a hub, or without an address, tells nothing.
fn notice(before: &Snapshot, snapshot: &Snapshot) -> Option<Notification> {
    let settings = &snapshot.site().settings;
    let hub = settings.hub.clone()?;
    let feeds = snapshot.changed_feeds(before);
    let topics = feeds.iter().map(|route| settings.whole(&route.to_string())).collect();
    (!feeds.is_empty()).then_some(Notification { hub, topics })
}
