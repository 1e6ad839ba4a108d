//! WebSub publisher: notifies hubs of changed feeds (W3C WebSub §7, as public hubs implement it), with retries.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use super::http_client::{HttpError, post_form};

/// Pauses before each retry, in seconds.
const PAUSES: [u64; 6] = [1, 5, 30, 120, 600, 3_600];
/// The most feeds queued for one hub.
const MAX_QUEUED: usize = 10_000;

/// Feeds that changed, and their hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Address of the hub.
    pub hub: String,
    /// Addresses of the feeds.
    pub topics: Vec<String>,
}

/// Feeds that a hub has not accepted yet.
struct HubQueue {
    topics: BTreeSet<String>,
    failures: usize,
    /// When they are sent.
    due: Instant,
}

/// Sends notifications until the channel closes, and then drops the queues.
pub async fn announce(mut notifications: UnboundedReceiver<Notification>) {
    let mut queues: BTreeMap<String, HubQueue> = BTreeMap::new();
    loop {
        let due = queues.values().map(|queue| queue.due).min();
        let received = match due {
            Some(due) => timeout_at(due, notifications.recv()).await.ok(),
            None => Some(notifications.recv().await),
        };
        match received {
            Some(None) => return,
            Some(Some(Notification { hub, topics })) => {
                let empty = || HubQueue { topics: BTreeSet::new(), failures: 0, due: Instant::now() };
                let queue = queues.entry(hub).or_insert_with(empty);
                queue.topics.extend(topics);
                while queue.topics.len() > MAX_QUEUED {
                    queue.topics.pop_last();
                }
            }
            None => {
                let now = Instant::now();
                for (hub, queue) in queues.iter_mut() {
                    if queue.due <= now {
                        send_queued(hub, queue).await;
                    }
                }
                queues.retain(|_, queue| !queue.topics.is_empty());
            }
        }
    }
}

/// Sends the queue of one hub, until it is empty or the hub fails.
async fn send_queued(hub: &str, queue: &mut HubQueue) {
    while let Some(topic) = queue.topics.first().cloned() {
        let (address, feed) = (hub.to_owned(), topic.clone());
        let Ok(result) = spawn_blocking(move || publish(&address, &feed)).await else { return };
        let failure = match result {
            Ok(200..=299) => None,
            Ok(status @ (408 | 425 | 429 | 500..=599)) => Some(format!("HTTP {status}")),
            Ok(status) => {
                tracing::warn!("the hub {hub} does not accept {topic}: HTTP {status}");
                None
            }
            Err(error) => Some(error.to_string()),
        };
        let Some(why) = failure else {
            queue.topics.remove(&topic);
            queue.failures = 0;
            continue;
        };
        if let Some(pause) = PAUSES.get(queue.failures) {
            tracing::warn!("the hub {hub} failed for {topic} ({why}); trying again in {pause} s");
            queue.failures += 1;
            queue.due = Instant::now() + Duration::from_secs(*pause);
        } else {
            tracing::error!("gave up notifying the hub {hub} of {} feeds: {why}", queue.topics.len());
            queue.topics.clear();
        }
        return;
    }
}

/// Notifies a hub of a changed feed, and returns the status code of its response.
fn publish(hub: &str, topic: &str) -> Result<u16, HttpError> {
    // `hub.topic` is what drafts of WebSub call the feed, `hub.url` what public hubs read.
    let form = [("hub.mode", "publish"), ("hub.url", topic), ("hub.topic", topic)];
    Ok(post_form(hub, &form)?.as_u16())
}
