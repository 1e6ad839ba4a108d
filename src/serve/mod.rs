//! Documents by socket: the one edition in force, looked up by every request and swapped whole.

pub mod conditional;
pub mod listen;
pub mod negotiate;
pub mod patience;
pub mod reload;
pub mod respond;
pub mod seats;
pub mod status;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::civil::Date;
use tokio::sync::Semaphore;

use crate::publish::edition::Edition;
use status::Health;

/// How many requests that take long are answered at a time, and how many wait for that.
const LONG_AT_ONCE: usize = 4;
const MOST_WAITING: usize = 32;

/// What the server shares between connections: the edition in force, and how the last reload went.
#[derive(Clone)]
pub struct Office {
    edition: Arc<ArcSwap<Edition>>,
    health: Arc<ArcSwap<Health>>,
    /// Places for requests that take long, those who wait among them.
    queue: Arc<Semaphore>,
    desks: Arc<Semaphore>,
}

impl Office {
    /// Opens with a first edition.
    #[must_use]
    pub fn new(edition: Edition, health: Health) -> Office {
        Office {
            edition: Arc::new(ArcSwap::from_pointee(edition)),
            health: Arc::new(ArcSwap::from_pointee(health)),
            queue: Arc::new(Semaphore::new(LONG_AT_ONCE + MOST_WAITING)),
            desks: Arc::new(Semaphore::new(LONG_AT_ONCE)),
        }
    }

    /// Answers a request, unless that takes long.
    ///
    /// # Errors
    /// When it does: what is to be done beside the connections.
    pub fn answer(&self, request: Request<()>) -> Result<Response<Bytes>, Box<Long>> {
        let edition = self.edition();
        if request.uri().path() == "/healthz" && *request.method() == Method::GET {
            return Ok(self.health().response());
        }
        if respond::is_quick(&edition, &request) {
            return Ok(guarded(&edition, &request));
        }
        let (queue, desks) = (Arc::clone(&self.queue), Arc::clone(&self.desks));
        Err(Box::new(Long { edition, request, queue, desks }))
    }

    /// The edition in force.
    #[must_use]
    pub fn edition(&self) -> Arc<Edition> {
        self.edition.load_full()
    }

    /// How the last reload went.
    #[must_use]
    pub fn health(&self) -> Arc<Health> {
        self.health.load_full()
    }

    /// Puts a new edition in force.
    pub fn publish(&self, edition: Edition, health: Health) {
        self.edition.store(Arc::new(edition));
        self.health.store(Arc::new(health));
    }

    /// Puts the edition of another day in force, of the same site.
    pub fn turn_to(&self, today: Date) {
        self.edition.store(Arc::new(self.edition().on(today)));
    }

    /// Keeps the edition in force and says why.
    pub fn keep(&self, health: Health) {
        self.health.store(Arc::new(health));
    }
}

/// A request that takes long.
pub struct Long {
    edition: Arc<Edition>,
    request: Request<()>,
    queue: Arc<Semaphore>,
    desks: Arc<Semaphore>,
}

impl Long {
    /// Answers it beside the connections, unless too many wait for that.
    pub async fn answer(self) -> Response<Bytes> {
        let Long { edition, request, queue, desks } = self;
        let Ok(_place) = queue.try_acquire() else { return respond::busy() };
        let Ok(_desk) = desks.acquire().await else { return respond::busy() };
        let answered = tokio::task::spawn_blocking(move || guarded(&edition, &request)).await;
        answered.unwrap_or_else(|_| respond::failed())
    }
}

/// An answer, also where making it panics: that is our mistake, and nobody else is to suffer from it.
fn guarded(edition: &Edition, request: &Request<()>) -> Response<Bytes> {
    let answer = AssertUnwindSafe(|| respond::respond(edition, request));
    std::panic::catch_unwind(answer).unwrap_or_else(|_| respond::failed())
}
