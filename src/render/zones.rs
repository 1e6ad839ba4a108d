//! The VTIMEZONEs of a site (RFC 5545 §3.6.5), each written once for the years in which it must be right.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

use super::vevent::Span;
use crate::ical::line::Writer;
use crate::ical::zone;
use crate::sound;

/// The most texts that are kept.
const MOST: usize = 4_096;

/// A zone by a hash of its name, the first year and the last.
type Key = (u64, i16, i16);

/// Writes VTIMEZONEs and keeps them.
#[derive(Default)]
pub struct Zones {
    written: Mutex<BTreeMap<Key, Arc<str>>>,
}

impl fmt::Debug for Zones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Zones")
    }
}

impl Zones {
    /// The VTIMEZONE of a zone, right for all instants of its years.
    pub(super) fn text(&self, Span { zone, key, first, last }: &Span) -> Arc<str> {
        let key = (*key, *first, *last);
        let mut written = sound::lock(&self.written);
        if let Some(text) = written.get(&key) {
            return Arc::clone(text);
        }
        let midnight = |year: i16, month: i8, day: i8| {
            let day = civil::Date::new(year, month, day).ok()?;
            TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()
        };
        let mut out = Writer::new();
        // It is right for a year more at both ends.
        let first = midnight(*first, 1, 1).unwrap_or(Timestamp::MIN);
        let last = midnight(*last, 12, 31).unwrap_or(Timestamp::MAX);
        let span = first..last;
        zone::vtimezone(zone, span, &mut out);
        let text: Arc<str> = Arc::from(out.finish());
        if written.len() < MOST {
            written.insert(key, Arc::clone(&text));
        }
        text
    }
}
