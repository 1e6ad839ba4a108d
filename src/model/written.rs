//! What is remembered of an event's row, as it stands written in `calcast.lock`: most rows stay as they are, so
//! most texts are never taken apart.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::event::Event;
use super::facts::EventSnapshot;

/// The facts of a row, or what they are taken from when somebody asks.
#[derive(Clone, Debug)]
pub struct Written {
    facts: OnceLock<Box<EventSnapshot>>,
    of: Of,
}

/// What facts are taken from.
#[derive(Clone, Debug)]
enum Of {
    /// They are there.
    Nothing,
    /// Their text in the lock.
    Text(Bytes),
    /// The event of the row, which the site has as well.
    Event(Arc<Event>),
}

impl Written {
    /// The facts of a text that [`EventSnapshot`] are written as; whoever gives it has seen that they are.
    pub(crate) fn of_text(text: Bytes) -> Written {
        Written { facts: OnceLock::new(), of: Of::Text(text) }
    }

    /// The facts of an event.
    pub(crate) fn of_event(event: Arc<Event>) -> Written {
        Written { facts: OnceLock::new(), of: Of::Event(event) }
    }

    /// The facts, which are not kept for the next who asks if they were not there; `make` takes them from an event.
    pub fn once(&self, make: impl FnOnce(&Event) -> EventSnapshot) -> Cow<'_, EventSnapshot> {
        self.source().map_or(Cow::Borrowed(self), |event| Cow::Owned(make(event)))
    }

    /// The event that the facts are of, where nobody has asked for them yet.
    #[must_use]
    pub fn source(&self) -> Option<&Event> {
        match &self.of {
            Of::Event(event) if self.facts.get().is_none() => Some(event),
            _ => None,
        }
    }
}

impl From<EventSnapshot> for Written {
    fn from(facts: EventSnapshot) -> Written {
        Written { facts: OnceLock::from(Box::new(facts)), of: Of::Nothing }
    }
}

impl Deref for Written {
    type Target = EventSnapshot;

    fn deref(&self) -> &EventSnapshot {
        self.facts.get_or_init(|| {
            Box::new(match &self.of {
                Of::Nothing => unreachable!("facts are there or taken from something"),
                Of::Text(text) => {
                    serde_json::from_slice(text).expect("the text was cut at its fields before")
                }
                Of::Event(event) => EventSnapshot::of(event),
            })
        })
    }
}

impl PartialEq for Written {
    fn eq(&self, other: &Written) -> bool {
        match (&self.of, &other.of) {
            (Of::Text(one), Of::Text(other)) if one == other => true,
            (Of::Event(one), Of::Event(other)) if Arc::ptr_eq(one, other) => true,
            _ => **self == **other,
        }
    }
}

impl Eq for Written {}

impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.once(EventSnapshot::of).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Written, D::Error> {
        EventSnapshot::deserialize(deserializer).map(Written::from)
    }
}
