//! Documents by socket: the one edition in force, looked up by every request and swapped whole.

pub mod conditional;
pub mod listen;
pub mod negotiate;
pub mod patience;
pub mod reload;
pub mod respond;
pub mod status;

use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::civil::Date;

use crate::publish::edition::Edition;
use status::Health;

/// What the server shares between connections: the edition in force, and how the last reload went.
#[derive(Clone)]
pub struct Office {
    edition: Arc<ArcSwap<Edition>>,
    health: Arc<ArcSwap<Health>>,
}

impl Office {
    /// Opens with a first edition.
    #[must_use]
    pub fn new(edition: Edition, health: Health) -> Office {
        Office {
            edition: Arc::new(ArcSwap::from_pointee(edition)),
            health: Arc::new(ArcSwap::from_pointee(health)),
        }
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
