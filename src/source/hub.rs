//! Tells a hub which feeds changed (W3C WebSub §7, in the form that public hubs share). It never keeps a
//! reload waiting; what a hub refuses for the moment is told again, later each time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;
use ureq::Agent;

/// How long one notice may take.
const LONGEST: Duration = Duration::from_secs(15);
/// The pauses before a hub is asked again.
const PAUSES: [u64; 6] = [1, 5, 30, 120, 600, 3_600];
/// The most feeds that wait for one hub.
const MOST_WAITING: usize = 10_000;

/// Feeds that changed, and the hub to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
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
}

/// Why a hub did not take a notice.
enum Refusal {
    /// It may at another time.
    ForNow(String),
    /// It never will.
    ForGood(String),
}

/// Tells hubs what comes in, until nobody can send any more and all is told or given up.
pub async fn announce(mut notices: mpsc::UnboundedReceiver<Notice>) {
    let mut errands: BTreeMap<String, Errand> = BTreeMap::new();
    let mut is_open = true;
    while is_open || !errands.is_empty() {
        // Failures of one hub decide the pause of all: there is one hub, or was another until a reload.
        let pause = errands.values().map(|errand| errand.failures).max().and_then(pause);
        let next = match pause {
            _ if !is_open => None,
            Some(pause) => timeout(pause, notices.recv()).await.ok(),
            None if errands.is_empty() => Some(notices.recv().await),
            None => notices.try_recv().ok().map(Some),
        };
        match next {
            Some(Some(notice)) => {
                let errand = errands.entry(notice.hub).or_default();
                errand.topics.extend(notice.topics);
                while errand.topics.len() > MOST_WAITING {
                    errand.topics.pop_last();
                }
                continue;
            }
            Some(None) => is_open = false,
            None => {}
        }
        if !is_open {
            // Whoever stops does not wait for a hub.
            return;
        }
        for (hub, errand) in &mut errands {
            run(hub, errand).await;
        }
        errands.retain(|_, errand| !errand.topics.is_empty());
    }
}

fn pause(failures: usize) -> Option<Duration> {
    let number = failures.checked_sub(1)?;
    Some(Duration::from_secs(PAUSES[number.min(PAUSES.len() - 1)]))
}

/// Tells one hub until it refuses for the moment.
async fn run(hub: &str, errand: &mut Errand) {
    while let Some(topic) = errand.topics.first().cloned() {
        let (address, feed) = (hub.to_owned(), topic.clone());
        let told = tokio::task::spawn_blocking(move || publish(&address, &feed)).await;
        match told {
            Ok(Ok(())) => errand.failures = 0,
            Ok(Err(Refusal::ForGood(why))) => {
                tracing::warn!("the hub {hub} does not take {topic}: {why}");
            }
            Ok(Err(Refusal::ForNow(why))) => {
                errand.failures += 1;
                if errand.failures <= PAUSES.len() {
                    tracing::warn!("the hub {hub} cannot be told of {topic} now ({why}); trying again");
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
