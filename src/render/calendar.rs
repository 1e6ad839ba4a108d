//! Calendars (RFC 5545 §3.4, RFC 7986): what stands before the events, and the events put together.

use std::hint::black_box;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::vevent::{Component, Span, zone_name};
use super::words;
use super::zones::Zones;
use crate::digest::Digest;
use crate::ical::line::Writer;
use crate::model::filter::Filter;
use crate::model::route::{agenda_address, calendar_address};
use crate::model::site::Site;
use crate::text::glance;

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
const USUAL: usize = 4 << 10;
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
        for span in spans(components) {
            head.push_str(&zones.text(&span));
        }
        if components.is_empty() {
            // RFC 5545 §3.6 wants at least one component.
            let modern = Timestamp::from_second(1_767_225_600).unwrap_or(Timestamp::UNIX_EPOCH);
            head.push_str(&zones.text(&Span::of(home, modern, modern)));
        }
        digest.text(&head);
        // It is kept as long as its document is.
        head.shrink_to_fit();
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
    let settings = &site.settings;
    let name = words::table_for(settings).calendar_name(site, filter);
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
        let page = agenda_address(filter).to_string();
        out.line_with("SOURCE", &[("VALUE", "URI")], &settings.whole(&calendar_address(&page)));
        out.line("URL", &settings.whole(&page));
    }
    out.write("LAST-MODIFIED", &[], |value| value.utc(changed));
    out.line("COLOR", &settings.color);
    Outline::new(out, &settings.zone, components, zones)
}

/// The calendar of one event, without a name: with one, Outlook would make a new calendar of it.
#[must_use]
pub fn single(site: &Site, component: &Component, zones: &Zones) -> String {
    Outline::new(head(), &site.settings.zone, &[component], zones).text(&[component])
}

fn head() -> Writer {
    let mut out = Writer::with_capacity(USUAL);
    out.constant(BEGIN);
    out
}

/// The zones of some components by their names, each with the span in which it must be right.
fn spans(components: &[&Component]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    // Most events are in the zone of the one before.
    let mut latest = 0;
    let mut add = |span: &Span| {
        if spans.get(latest).is_none_or(|known| known.key != span.key) {
            latest = spans.iter().position(|known| known.key == span.key).unwrap_or(spans.len());
        }
        match spans.get_mut(latest) {
            Some(known) => {
                (known.first, known.last) = (known.first.min(span.first), known.last.max(span.last));
            }
            None => spans.push(span.clone()),
        }
    };
    for component in components {
        component.zone.iter().for_each(&mut add);
        component.other_zones.iter().for_each(&mut add);
    }
    spans.sort_by(|a, b| zone_name(&a.zone).cmp(zone_name(&b.zone)));
    spans
}
