//! Calendars (RFC 5545 §3.4, RFC 7986): what stands before the events, and the events put together.

use std::hint::black_box;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::vevent::{Component, zone_name};
use super::words::Words;
use super::zones::Zones;
use crate::digest::Digest;
use crate::ical::line::Writer;
use crate::ical::text::escaped;
use crate::ical::value;
use crate::model::filter::Filter;
use crate::model::route::{agenda_address, calendar_address};
use crate::model::site::Site;
use crate::text::glance;

const END: &str = "END:VCALENDAR\r\n";
/// How often calendar programs are asked to look again.
const REFRESH: &str = "PT1H";
/// So many components are fetched together.
const PORTION: usize = 16;

/// A calendar of which all is known but that is not put together: most who ask have it already.
#[derive(Debug)]
pub struct Outline {
    /// All that stands before the components.
    head: String,
    /// Its length in bytes.
    pub length: usize,
    /// A hash of all of it: another for another text.
    pub hash: u128,
}

impl Outline {
    fn new(head: Writer, home: &TimeZone, components: &[&Component], zones: &Zones) -> Outline {
        let (mut head, mut digest, mut bytes) = (head.finish(), Digest::new(), 0);
        // They lie anywhere in memory, and none has to be at hand for the next one to be fetched.
        for component in components {
            digest.hash(component.hash);
            bytes += component.text.len();
        }
        for (zone, first, last) in spans(components) {
            head.push_str(&zones.text(zone, first, last));
        }
        if components.is_empty() {
            // RFC 5545 §3.6 wants at least one component.
            let modern = Timestamp::from_second(1_767_225_600).unwrap_or(Timestamp::UNIX_EPOCH);
            head.push_str(&zones.text(home, modern, modern));
        }
        digest.text(&head);
        Outline { length: head.len() + bytes + END.len(), hash: digest.finish(), head }
    }

    /// The whole calendar, of the same components.
    #[must_use]
    pub fn text(&self, components: &[&Component]) -> String {
        let mut text = String::with_capacity(self.length);
        text.push_str(&self.head);
        for portion in components.chunks(PORTION) {
            black_box(portion.iter().map(|component| glance(&component.text)).sum::<usize>());
            portion.iter().for_each(|component| text.push_str(&component.text));
        }
        text.push_str(END);
        text
    }
}

/// The calendar of a filter, last changed at an instant: named, with an address to refresh it from.
pub fn feed(
    site: &Site,
    (filter, changed): (&Filter, Timestamp),
    components: &[&Component],
    zones: &Zones,
) -> Outline {
    let (address, page) = (calendar_address(filter).to_string(), agenda_address(filter).to_string());
    let settings = &site.settings;
    let name = escaped(&Words::of(settings).calendar_name(site, filter));
    let mut out = head();
    out.line("NAME", &name);
    out.line("X-WR-CALNAME", &name);
    if !settings.description.is_empty() {
        let description = escaped(&settings.description);
        out.line("DESCRIPTION", &description);
        out.line("X-WR-CALDESC", &description);
    }
    out.line("X-WR-TIMEZONE", &escaped(zone_name(&settings.zone)));
    out.line_with("REFRESH-INTERVAL", &[("VALUE", "DURATION")], REFRESH);
    out.line("X-PUBLISHED-TTL", REFRESH);
    if settings.base_url.is_some() {
        out.line_with("SOURCE", &[("VALUE", "URI")], &settings.whole(&address));
        out.line("URL", &settings.whole(&page));
    }
    out.line("LAST-MODIFIED", &value::utc(changed));
    out.line("COLOR", &settings.color);
    Outline::new(out, &settings.zone, components, zones)
}

/// The calendar of one event, without a name: with one, Outlook would make a new calendar of it.
#[must_use]
pub fn single(site: &Site, component: &Component, zones: &Zones) -> String {
    Outline::new(head(), &site.settings.zone, &[component], zones).text(&[component])
}

fn head() -> Writer {
    let mut out = Writer::new();
    out.line("BEGIN", "VCALENDAR");
    out.line("VERSION", "2.0");
    out.line("PRODID", concat!("-//calcast//calcast ", env!("CARGO_PKG_VERSION"), "//EN"));
    out.line("CALSCALE", "GREGORIAN");
    out
}

/// The zones of some components by their names, each with the span in which it must be right.
fn spans<'c>(components: &[&'c Component]) -> Vec<(&'c TimeZone, Timestamp, Timestamp)> {
    let mut spans: Vec<(&TimeZone, Timestamp, Timestamp)> = Vec::new();
    // Most events are in the zone of the one before.
    let mut latest = 0;
    let named = components.iter().flat_map(|component| component.zone.iter().chain(&component.other_zones));
    for (zone, first, last) in named {
        let name = zone_name(zone);
        let is_it = |known: &TimeZone| {
            let known = zone_name(known);
            std::ptr::eq(known, name) || known == name
        };
        if !spans.get(latest).is_some_and(|(known, ..)| is_it(known)) {
            latest = spans.iter().position(|(known, ..)| is_it(known)).unwrap_or(spans.len());
        }
        match spans.get_mut(latest) {
            Some(span) => (span.1, span.2) = (span.1.min(*first), span.2.max(*last)),
            None => spans.push((zone, *first, *last)),
        }
    }
    spans.sort_by(|a, b| zone_name(a.0).cmp(zone_name(b.0)));
    spans
}
