//! Calendars (RFC 5545 §3.4, RFC 7986): what stands before the events, and the events put together.

use std::borrow::Borrow;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::vevent::{Component, Span, zone_name};
use super::zones::Zones;
use crate::digest;
use crate::i18n::Localizer;
use crate::ical::line::Writer;
use crate::model::filter::Filter;
use crate::model::route::{agenda_address, calendar_address};
use crate::site::Site;

const END: &str = "END:VCALENDAR\r\n";
/// How often calendar programs are asked to look again.
const REFRESH: &str = "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n";
/// What all calendars begin with.
const BEGIN: &str = concat!(
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//calcast//calcast ",
    env!("CARGO_PKG_VERSION"),
    "//EN\r\nCALSCALE:GREGORIAN\r\n"
);
/// How many bytes usually stand before the components.
const USUAL: usize = 1_280;

/// A calendar of which all is known but that is not put together: most who ask have it already.
#[derive(Debug)]
pub struct LazyCalendar {
    /// All that stands before the components.
    head: String,
    /// Its length in bytes.
    pub length: usize,
    /// A hash of all of it: another for another text.
    pub hash: u128,
}

impl LazyCalendar {
    fn new(head: Writer, home: &TimeZone, components: &[&Component], zones: &Zones) -> LazyCalendar {
        let mut head = head.finish();
        let bytes: usize = components.iter().map(|component| component.text.len()).sum();
        let parts = digest::chain(components.iter().map(|component| component.hash));
        for span in spans(components) {
            head.push_str(&zones.text(&span));
        }
        if components.is_empty() {
            // RFC 5545 §3.6 wants at least one component.
            let modern = Timestamp::from_second(1_767_225_600).unwrap_or(Timestamp::UNIX_EPOCH);
            head.push_str(&zones.text(&Span::of(home, modern, modern)));
        }
        // It is kept as long as its document is.
        head.shrink_to_fit();
        let hash = digest::chain([digest::of(head.as_bytes()), parts].into_iter());
        LazyCalendar { length: head.len() + bytes + END.len(), hash, head }
    }

    /// The whole calendar, of the same components.
    #[must_use]
    pub fn text(&self, components: impl Iterator<Item = impl Borrow<Component>>) -> String {
        let mut text = String::with_capacity(self.length);
        text.push_str(&self.head);
        components.for_each(|component| text.push_str(&component.borrow().text));
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
) -> LazyCalendar {
    let settings = &site.settings;
    let name = Localizer::for_site(settings).calendar_name(site, filter);
    let mut out = head();
    for property in ["NAME", "X-WR-CALNAME"] {
        out.write(property, &[], |value| value.text(&name));
    }
    for property in ["DESCRIPTION", "X-WR-CALDESC"].into_iter().filter(|_| !settings.description.is_empty()) {
        out.write(property, &[], |value| value.text(&settings.description));
    }
    out.write("X-WR-TIMEZONE", &[], |value| value.text(zone_name(&settings.zone)));
    out.constant(REFRESH);
    if settings.base_url.is_some() {
        let page = agenda_address(filter);
        out.line_with("SOURCE", &[("VALUE", "URI")], &settings.whole(&calendar_address(&page)));
        out.line("URL", &settings.whole(&page));
    }
    out.write("LAST-MODIFIED", &[], |value| value.utc(changed));
    out.line("COLOR", &settings.color);
    LazyCalendar::new(out, &settings.zone, components, zones)
}

/// The calendar of one event, without a name: with one, Outlook would make a new calendar of it.
#[must_use]
pub fn single(site: &Site, component: &Component, zones: &Zones) -> String {
    LazyCalendar::new(head(), &site.settings.zone, &[component], zones).text(std::iter::once(component))
}

fn head() -> Writer {
    let mut out = Writer::with_capacity(USUAL);
    out.constant(BEGIN);
    out
}

/// The zones of some components by their names, each with the years in which it must be right.
fn spans(components: &[&Component]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    // Most have the list of zones of the one before.
    let mut before = None;
    for Component { zones, .. } in components {
        if before.is_some_and(|before| Arc::ptr_eq(before, zones)) {
            continue;
        }
        before = Some(zones);
        for span in zones.iter() {
            match spans.iter_mut().find(|known| known.key == span.key) {
                Some(known) => {
                    (known.first, known.last) = (known.first.min(span.first), known.last.max(span.last));
                }
                None => spans.push(span.clone()),
            }
        }
    }
    spans.sort_by(|a, b| zone_name(&a.zone).cmp(zone_name(&b.zone)));
    spans
}
