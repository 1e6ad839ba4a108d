//! The HTTP server: answers every request from the current snapshot.

pub mod coalesce;
pub mod conditional;
pub mod connection;
pub mod editor;
mod http2;
pub mod limiter;
pub mod metrics;
pub mod negotiate;
pub mod reload;
pub mod respond;
mod responses;
pub mod server;
pub mod status;
pub mod throughput;
pub mod timeout_io;
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
use crate::source::clock;
use editor::{EditorPage, LastLoad};
use metrics::Metrics;
use status::Health;

/// The most documents rendered at once for requests that cannot be answered from memory, and the most requests that
/// wait for that.
const MAX_RENDERING: usize = 4;
const MAX_WAITING: usize = 32;

/// State shared by all requests: the current snapshot, the result of the last reload, counters.
pub struct AppState {
    snapshot: ArcSwap<Snapshot>,
    health: ArcSwap<Health>,
    /// Counters of this process.
    pub metrics: Metrics,
    editor: Option<Arc<EditorPage>>,
    render_queue: Semaphore,
    render_permits: Semaphore,
}

impl AppState {
    /// Returns the state with a first snapshot.
    #[must_use]
    pub fn new(snapshot: Snapshot, health: Health) -> AppState {
        let metrics = Metrics::default();
        metrics.set_health(&health);
        AppState {
            snapshot: ArcSwap::from_pointee(snapshot),
            health: ArcSwap::from_pointee(health),
            metrics,
            editor: None,
            render_queue: Semaphore::new(MAX_RENDERING + MAX_WAITING),
            render_permits: Semaphore::new(MAX_RENDERING),
        }
    }

    /// Adds the editor's page.
    #[must_use]
    pub fn with_editor(self, page: EditorPage) -> AppState {
        AppState { editor: Some(Arc::new(page)), ..self }
    }

    /// Answers a request and counts it.
    pub async fn answer(self: Arc<Self>, request: Request<()>) -> Response<Bytes> {
        let start = Instant::now();
        let client = metrics::client_of(&request);
        let is_head = *request.method() == Method::HEAD;
        // The future of a request is a part of its connection, so what seldom waits is boxed.
        let mut response = match catch_panic(|| self.answer_at_once(&request)) {
            Some(response) => response,
            None => Box::pin(self.answer_later(request)).await,
        };
        if is_head {
            // RFC 9110 §9.3.2: the headers of GET, Content-Length included, without the content.
            *response.body_mut() = Bytes::new();
        }
        self.metrics.count(client, &response, start.elapsed());
        response
    }

    /// Answers a request, or returns none if that takes longer than about a millisecond.
    fn answer_at_once(&self, request: &Request<()>) -> Option<Response<Bytes>> {
        let snapshot = self.snapshot();
        match (respond::refuse(request), request.uri().path()) {
            (Some(refused), _) => Some(refused),
            (None, "/healthz") => Some(self.health_response(request.uri().query().unwrap_or_default())),
            (None, "/metrics") => Some(self.metrics.response(snapshot.cached_bytes())),
            (None, path) if self.editor.is_some() && path.starts_with(editor::FOLDER) => None,
            _ => respond::respond_at_once(&snapshot, request),
        }
    }

    async fn answer_later(&self, request: Request<()>) -> Response<Bytes> {
        let snapshot = self.snapshot();
        if let Some(page) = &self.editor
            && let Some(response) = page.answer(&snapshot, &request).await
        {
            return response;
        }
        self.render(snapshot, request).await
    }

    fn health_response(&self, query: &str) -> Response<Bytes> {
        let is_strict = query.split('&').any(|part| part == "strict" || part.starts_with("strict="));
        let health = self.health();
        if is_strict { health.strict_response(clock::now()) } else { health.response() }
    }

    /// Answers a request on a blocking thread, or with 503 if too many wait already.
    async fn render(&self, snapshot: Arc<Snapshot>, request: Request<()>) -> Response<Bytes> {
        let Ok(_queue_permit) = self.render_queue.try_acquire() else { return respond::busy() };
        let Ok(_permit) = self.render_permits.acquire().await else { return respond::busy() };
        let answer = move || catch_panic(|| Some(respond::respond(&snapshot, &request)));
        tokio::task::spawn_blocking(answer).await.ok().flatten().unwrap_or_else(respond::failed)
    }

    /// Returns the current snapshot.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Returns the result of the last reload.
    #[must_use]
    pub fn health(&self) -> Arc<Health> {
        self.health.load_full()
    }

    /// Replaces the snapshot.
    pub fn publish(&self, snapshot: Snapshot, health: Health, load: LastLoad) {
        self.metrics.set_health(&health);
        self.snapshot.store(Arc::new(snapshot));
        self.health.store(Arc::new(health));
        self.editor.iter().for_each(|page| page.published(load.clone()));
    }

    /// Returns the editor's page, if there is one.
    pub(super) fn editor(&self) -> Option<&EditorPage> {
        self.editor.as_deref()
    }

    /// Replaces the snapshot with one of the same site on another day.
    pub async fn roll_over(&self, today: Date) {
        let before = self.snapshot();
        let next = tokio::task::spawn_blocking(move || {
            let snapshot = before.on(today);
            snapshot.prepare(&before);
            snapshot
        });
        if let Ok(snapshot) = next.await {
            self.snapshot.store(Arc::new(snapshot));
        }
    }

    /// Renders the events of the current snapshot on a blocking thread, before requests need them.
    pub fn prerender(&self) {
        let snapshot = self.snapshot();
        tokio::task::spawn_blocking(move || snapshot.prerender());
    }

    /// Keeps the snapshot after a reload that failed.
    pub fn reload_failed(&self, health: Health) {
        self.metrics.reload_failures.inc();
        self.set_health(health);
    }

    /// Replaces the result of the last reload.
    pub fn set_health(&self, health: Health) {
        self.health.store(Arc::new(health));
    }
}

/// Answers with 500 if `answer` panics: a defect in one document must not affect others.
fn catch_panic(answer: impl FnOnce() -> Option<Response<Bytes>>) -> Option<Response<Bytes>> {
    std::panic::catch_unwind(AssertUnwindSafe(answer)).unwrap_or_else(|_| Some(respond::failed()))
}
