//! The VTIMEZONE components of a site (RFC 5545 §3.6.5).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use super::vevent::{ZoneYears, zone_name};
use crate::ical::line::Writer;
use crate::ical::zone;
use crate::mutex;

/// The most components that are kept.
const MAX_ENTRIES: usize = 4_096;

/// Cache of VTIMEZONE components by zone name, first and last year.
#[derive(Debug, Default)]
pub struct VtimezoneCache {
    written: Mutex<BTreeMap<(String, i16, i16), Arc<str>>>,
}

impl VtimezoneCache {
    /// Returns the VTIMEZONE of a zone that is right in its years and a year before and after.
    pub(super) fn text(&self, years: &ZoneYears) -> Arc<str> {
        let ZoneYears { zone, first, last } = years;
        let key = (zone_name(zone).to_owned(), *first, *last);
        let mut written = mutex::lock(&self.written);
        if let Some(text) = written.get(&key) {
            return Arc::clone(text);
        }
        let midnight = |day: Date| TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok();
        let first = midnight(date(*first, 1, 1)).unwrap_or(Timestamp::MIN);
        let last = midnight(date(*last, 12, 31)).unwrap_or(Timestamp::MAX);
        let mut out = Writer::new();
        zone::vtimezone(zone, first..last, &mut out);
        let text: Arc<str> = out.take();
        if written.len() < MAX_ENTRIES {
            written.insert(key, Arc::clone(&text));
        }
        text
    }
}
