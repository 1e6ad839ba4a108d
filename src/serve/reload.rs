//! Publishes reloads of the watched folder. Events whose rows have errors are in it as they were last published.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::AppState;
use super::editor::LastLoad;
use super::status::{Health, SnapshotCounts};
use crate::diagnostic::{Diagnostics, Severity};
use crate::i18n::Localizer;
use crate::publish::snapshot::Snapshot;
use crate::render::changes;
use crate::source::loader::LoadResult;
use crate::source::watch::{Watch, WatchEvent};
use crate::source::websub::Notification;

/// The most faults, and the most changes, that one reload logs.
const MAX_LOGGED: usize = 100;
/// The pause between the start and prerendering, so that the first requests do not wait for it on a small machine.
const PRERENDER_DELAY: Duration = Duration::from_millis(100);

/// Returns the health once the snapshot of a reload is published.
#[must_use]
pub fn health(result: &LoadResult) -> Health {
    let site = result.snapshot.site();
    let counts = SnapshotCounts {
        events: site.events().len(),
        articles: site.articles().len(),
        held: result.report.held.len(),
        left_out: result.report.left_out,
    };
    let health = Health::published(&result.report, counts, &result.diagnostics);
    let health = Health { lock: result.unwritten.clone(), ..health };
    health.with_tables(&site.history.tables, site.settings.stale_after)
}

/// Logs the first hundred faults.
pub fn log_faults(diagnostics: &Diagnostics) {
    for fault in diagnostics.iter().take(MAX_LOGGED) {
        match fault.code.severity() {
            Severity::Error => tracing::error!("{fault}"),
            Severity::Warning => tracing::warn!("{fault}"),
            Severity::Note => tracing::info!("{fault}"),
        }
    }
    let total = diagnostics.iter().count() + diagnostics.dropped();
    if total > MAX_LOGGED {
        tracing::warn!("… and {} more; `calcast check` prints all", total - MAX_LOGGED);
    }
}

/// Logs the first hundred changes.
fn log_changes(result: &LoadResult) {
    let zone = &result.snapshot.site().settings.zone;
    let words = Localizer::english();
    for change in result.changes.iter().take(MAX_LOGGED) {
        tracing::info!("{}", changes::sentence(&words, change, zone));
    }
    if result.changes.len() > MAX_LOGGED {
        tracing::info!("… and {} more changes", result.changes.len() - MAX_LOGGED);
    }
}

/// Publishes every reload and every new day, and notifies the hub of changed feeds. Never returns.
pub async fn keep_current(mut watch: Watch, app: Arc<AppState>, hub: mpsc::UnboundedSender<Notification>) {
    tokio::spawn(prerender_later(Arc::clone(&app)));
    loop {
        match watch.next(&app.snapshot()).await {
            WatchEvent::Day(today) => app.roll_over(today).await,
            WatchEvent::LockWritten => {
                tracing::info!("wrote calcast.lock");
                app.set_health(app.health().lock_written());
            }
            WatchEvent::Loaded(result) => publish(&app, *result, &hub),
            WatchEvent::Failed(at, failure) => {
                let health = app.health();
                tracing::error!(
                    "reload failed: {failure}; still serving the version of {:.0}",
                    health.snapshot
                );
                app.editor().inspect(|page| page.failed(at, failure.clone()));
                app.reload_failed(health.failed(at, failure));
            }
        }
    }
}

async fn prerender_later(app: Arc<AppState>) {
    tokio::time::sleep(PRERENDER_DELAY).await;
    app.prerender();
}

fn publish(app: &AppState, result: LoadResult, hub: &mpsc::UnboundedSender<Notification>) {
    log_faults(&result.diagnostics);
    if result.is_rejected {
        let health = app.health();
        tracing::error!(
            "the settings or calcast.lock cannot be read; still serving the version of {:.0}",
            health.snapshot
        );
        app.reload_failed(health.rejected(&result.report, &result.diagnostics));
        app.editor().inspect(|page| page.rejected(&result.diagnostics));
        return;
    }
    let health = health(&result);
    let SnapshotCounts { events, articles, held, left_out } = health.counts;
    tracing::info!(
        "loaded {events} events and {articles} articles ({left_out} rows left out, {held} events held back)"
    );
    log_changes(&result);
    let notification = hub_notification(&app.snapshot(), &result.snapshot);
    app.publish(result.snapshot, health, LastLoad::published(result.report, result.diagnostics));
    app.prerender();
    if let Some(notification) = notification {
        // The receiver is gone only at the end of the process.
        let _ = hub.send(notification);
    }
}

/// Returns the notification of the WebSub hub for a new snapshot, if the site has a hub and feeds changed.
fn hub_notification(before: &Snapshot, snapshot: &Snapshot) -> Option<Notification> {
    let settings = &snapshot.site().settings;
    let hub = settings.hub.clone()?;
    let feeds = snapshot.changed_feeds(before);
    let topics = feeds.iter().map(|route| settings.url(&route.to_string())).collect();
    (!feeds.is_empty()).then_some(Notification { hub, topics })
}
