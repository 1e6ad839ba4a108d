//! Tells a hub which feeds changed (W3C WebSub §7, in the form that public hubs share). It never keeps a
//! reload waiting; what a hub refuses for the moment is told again, later each time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use ureq::Agent;

/// How long one notice may take.
const LONGEST: Duration = Duration::from_secs(15);
/// The pauses before a hub is asked again.
const PAUSES: [u64; 6] = [1, 5, 30, 120, 600, 3_600];
/// The most feeds that wait for one hub.
const MOST_WAITING: usize = 10_000;

/// Feeds that changed, and the hub to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The address of the hub.
    pub hub: String,
    /// The addresses of the feeds.
    pub topics: Vec<String>,
}

/// What one hub is still to be told.
#[derive(Default)]
struct Errand {
    topics: BTreeSet<String>,
    failures: usize,
    /// When it is asked again; `None` for at once.
    due: Option<Instant>,
}

/// Why a hub did not take a notice.
enum Refusal {
    /// It may at another time.
    ForNow(String),
    /// It never will.
    ForGood(String),
}

/// Tells hubs what comes in, until nobody can send any more: whoever stops does not wait for a hub.
pub async fn announce(mut notices: mpsc::UnboundedReceiver<Notification>) {
    let mut errands: BTreeMap<String, Errand> = BTreeMap::new();
    loop {
        let due = errands.values().map(|errand| errand.due.unwrap_or_else(Instant::now)).min();
        let notice = match due {
            Some(due) => timeout_at(due, notices.recv()).await.ok(),
            None => Some(notices.recv().await),
        };
        match notice {
            Some(None) => return,
            Some(Some(Notification { hub, topics })) => {
                let errand = errands.entry(hub).or_default();
                errand.topics.extend(topics);
                while errand.topics.len() > MOST_WAITING {
                    errand.topics.pop_last();
                }
            }
            None => {
                let now = Instant::now();
                for (hub, errand) in
                    errands.iter_mut().filter(|(_, errand)| errand.due.is_none_or(|due| due <= now))
                {
                    run(hub, errand).await;
                }
                errands.retain(|_, errand| !errand.topics.is_empty());
            }
        }
    }
}

/// Tells one hub until it refuses for the moment.
async fn run(hub: &str, errand: &mut Errand) {
    while let Some(topic) = errand.topics.first().cloned() {
        let (address, feed) = (hub.to_owned(), topic.clone());
        let told = tokio::task::spawn_blocking(move || publish(&address, &feed)).await;
        match told {
            Ok(Ok(())) => (errand.failures, errand.due) = (0, None),
            Ok(Err(Refusal::ForGood(why))) => {
                tracing::warn!("the hub {hub} does not take {topic}: {why}");
            }
            Ok(Err(Refusal::ForNow(why))) => {
                errand.failures += 1;
                if let Some(pause) = PAUSES.get(errand.failures - 1) {
                    tracing::warn!("the hub {hub} cannot be told of {topic} now ({why}); again in {pause} s");
                    errand.due = Some(Instant::now() + Duration::from_secs(*pause));
                    return;
                }
                tracing::error!("error: the hub {hub} was not told of {} feeds: {why}", errand.topics.len());
                *errand = Errand::default();
                return;
            }
            Err(_) => return,
        }
        errand.topics.remove(&topic);
    }
}

fn publish(hub: &str, topic: &str) -> Result<(), Refusal> {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(LONGEST))
        .https_only(hub.starts_with("https://"))
        .max_redirects(0)
        .http_status_as_error(false)
        .user_agent(concat!("calcast/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    // `hub.topic` is what the last drafts say, `hub.url` what public hubs listen to.
    let form = [("hub.mode", "publish"), ("hub.url", topic), ("hub.topic", topic)];
    let answer = agent.post(hub).send_form(form);
    let status = match answer {
        Ok(answer) => answer.status(),
        Err(error) => return Err(Refusal::ForNow(crate::diagnostic::visible(&error.to_string()))),
    };
    match status.as_u16() {
        200..=299 => Ok(()),
        408 | 425 | 429 | 500..=599 => Err(Refusal::ForNow(format!("the answer {status}"))),
        _ => Err(Refusal::ForGood(format!("the answer {status}"))),
    }
}
