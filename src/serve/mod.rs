//! Documents by socket: the one snapshot in force, looked up by every request and swapped whole.

mod chair;
pub mod conditional;
pub mod gather;
mod line;
pub mod listen;
pub mod metrics;
pub mod negotiate;
pub mod patience;
pub mod reload;
pub mod respond;
mod responses;
pub mod seats;
pub mod status;
mod streams;
pub mod systemd;
pub mod tls;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::civil::Date;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::publish::snapshot::Snapshot;
use metrics::{Asked, Metrics};
use status::Health;

/// How many requests that take long are answered at a time, and how many wait for that.
const LONG_AT_ONCE: usize = 4;
const MOST_WAITING: usize = 32;

/// What the server shares between connections: the snapshot in force, and how the last reload went.
#[derive(Clone)]
pub struct AppState {
    snapshot: Arc<ArcSwap<Snapshot>>,
    health: Arc<ArcSwap<Health>>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Places for requests that take long, those who wait among them.
    queue: Arc<Semaphore>,
    desks: Arc<Semaphore>,
}

impl AppState {
    /// Opens with a first snapshot.
    #[must_use]
    pub fn new(snapshot: Snapshot, health: Health) -> AppState {
        let metrics = Metrics::default();
        count(&metrics, &health);
        AppState {
            snapshot: Arc::new(ArcSwap::from_pointee(snapshot)),
            health: Arc::new(ArcSwap::from_pointee(health)),
            metrics: Arc::new(metrics),
            queue: Arc::new(Semaphore::new(LONG_AT_ONCE + MOST_WAITING)),
            desks: Arc::new(Semaphore::new(LONG_AT_ONCE)),
        }
    }

    /// Answers a request, unless that takes long.
    ///
    /// # Errors
    /// When it does: what is to be done beside the connections.
    pub fn answer(&self, request: Request<()>) -> Result<Response<Bytes>, Box<Long>> {
        let start = Instant::now();
        let snapshot = self.snapshot();
        let asked = Asked::from(&request);
        let response = match request.uri().path() {
            "/healthz" if *request.method() == Method::GET => self.health().response(),
            "/metrics" if *request.method() == Method::GET => {
                self.metrics.store.set(i64::try_from(snapshot.cached_bytes()).unwrap_or(i64::MAX));
                self.metrics.response()
            }
            _ => match guarded(|| respond::respond_at_once(&snapshot, &request)) {
                Some(response) => response,
                None => {
                    let (queue, desks) = (Arc::clone(&self.queue), Arc::clone(&self.desks));
                    let metrics = Arc::clone(&self.metrics);
                    return Err(Box::new(Long { snapshot, request, queue, desks, metrics, asked, start }));
                }
            },
        };
        self.metrics.count(&asked, (&response).into(), start.elapsed());
        Ok(response)
    }

    /// The snapshot in force.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// How the last reload went.
    #[must_use]
    pub fn health(&self) -> Arc<Health> {
        self.health.load_full()
    }

    /// Puts a new snapshot in force.
    pub fn publish(&self, snapshot: Snapshot, health: Health) {
        count(&self.metrics, &health);
        self.snapshot.store(Arc::new(snapshot));
        self.health.store(Arc::new(health));
    }

    /// Puts the snapshot of another day in force, of the same site.
    pub async fn turn_to(&self, today: Date) {
        let before = self.snapshot();
        let turn = move || {
            let snapshot = before.on(today);
            snapshot.prepare(&before);
            snapshot
        };
        if let Ok(snapshot) = tokio::task::spawn_blocking(turn).await {
            self.snapshot.store(Arc::new(snapshot));
        }
    }

    /// Renders what the snapshot in force is made of, beside the connections.
    pub fn warm(&self) {
        let snapshot = self.snapshot();
        tokio::task::spawn_blocking(move || snapshot.prerender());
    }

    /// Keeps the snapshot in force and says why.
    pub fn keep(&self, health: Health) {
        self.metrics.reload_failures.inc();
        self.health.store(Arc::new(health));
    }
}

/// A request that takes long.
pub struct Long {
    snapshot: Arc<Snapshot>,
    request: Request<()>,
    queue: Arc<Semaphore>,
    desks: Arc<Semaphore>,
    metrics: Arc<Metrics>,
    asked: Asked,
    start: Instant,
}

impl Long {
    /// Answers it beside the connections, unless too many wait for that.
    pub async fn answer(self) -> Response<Bytes> {
        let (metrics, asked, start) = (Arc::clone(&self.metrics), self.asked, self.start);
        let response = self.made().await;
        metrics.count(&asked, (&response).into(), start.elapsed());
        response
    }

    async fn made(self) -> Response<Bytes> {
        let Long { snapshot, request, queue, desks, .. } = self;
        let Ok(_place) = queue.try_acquire() else { return respond::busy() };
        let Ok(_desk) = desks.acquire().await else { return respond::busy() };
        let answer = move || guarded(|| Some(respond::respond(&snapshot, &request)));
        let answered = tokio::task::spawn_blocking(answer).await;
        answered.ok().flatten().unwrap_or_else(respond::failed)
    }
}

/// Counts what is in force.
fn count(metrics: &Metrics, health: &Health) {
    let gauge = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    metrics.events.set(gauge(health.events));
    metrics.left_out.set(gauge(health.left_out));
    metrics.reload_last_success.set(health.snapshot.as_second());
}

/// An answer, also where making it panics: that is our mistake, and nobody else is to suffer from it.
fn guarded(answer: impl FnOnce() -> Option<Response<Bytes>>) -> Option<Response<Bytes>> {
    std::panic::catch_unwind(AssertUnwindSafe(answer)).unwrap_or_else(|_| Some(respond::failed()))
}
