//! Puts what a watch reports in force. A reading with errors keeps the edition before it.

use super::Office;
use super::status::Health;
use crate::diagnostic::{Diagnostics, Severity};
use crate::source::watch::{News, Proof, Watch};

/// The most faults that one reload writes to the log.
const MOST_LOGGED: usize = 100;

/// How the server is once the edition of a reading is in force.
#[must_use]
pub fn health(proof: &Proof) -> Health {
    let site = proof.edition.site();
    Health::published(proof.at, (site.events().len(), site.articles().len()), &proof.diagnostics)
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

/// Keeps the office's edition that of its folder and day, for ever.
pub async fn keep_current(mut watch: Watch, office: Office) {
    loop {
        let news = watch.news(&office.edition()).await;
        match news {
            News::Day(today) => office.turn_to(today),
            News::Proof(proof) => take(&office, *proof),
            News::Failed(at, failure) => {
                tracing::error!("reload: error: {failure}; the last good edition stays");
                office.keep(office.health().failed(at, failure));
            }
        }
    }
}

fn take(office: &Office, proof: Proof) {
    log_faults(&proof.diagnostics);
    if proof.diagnostics.has_errors() {
        tracing::error!("the folder has errors; the last good edition stays");
        office.keep(office.health().kept(proof.at, &proof.diagnostics));
        return;
    }
    let health = health(&proof);
    tracing::info!("new edition: {} events, {} articles", health.events, health.articles);
    office.publish(proof.edition, health);
}
