//! What is remembered of an event's row, as it stands written in `calcast.lock`: most rows stay as they are, so
//! most texts are never taken apart.

use std::ops::Deref;
use std::sync::OnceLock;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::facts::Facts;

/// The facts of a row, or the text that they are read of when somebody asks.
#[derive(Clone, Debug)]
pub struct Written {
    facts: OnceLock<Box<Facts>>,
    text: Bytes,
}

impl Written {
    /// The facts of a text that [`Facts`] are written as; whoever gives it has seen that they are.
    pub(crate) fn of_text(text: Bytes) -> Written {
        Written { facts: OnceLock::new(), text }
    }
}

impl From<Facts> for Written {
    fn from(facts: Facts) -> Written {
        Written { facts: OnceLock::from(Box::new(facts)), text: Bytes::new() }
    }
}

impl Deref for Written {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        let read = || serde_json::from_slice(&self.text).expect("the text was cut at its fields before");
        self.facts.get_or_init(|| Box::new(read()))
    }
}

impl PartialEq for Written {
    fn eq(&self, other: &Written) -> bool {
        (!self.text.is_empty() && self.text == other.text) || **self == **other
    }
}

impl Eq for Written {}

impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Written, D::Error> {
        Facts::deserialize(deserializer).map(Written::from)
    }
}
