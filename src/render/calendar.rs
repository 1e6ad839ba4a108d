//! Calendars (RFC 5545 §3.4, RFC 7986): their properties and zones, and the concatenation of their components.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::vevent::{Component, ZoneYears, zone_name};
use super::zones::VtimezoneCache;
use crate::digest;
use crate::i18n::Localizer;
use crate::ical::line::Writer;
use crate::model::filter::Filter;
use crate::model::route::Route;
use crate::site::Site;

const BEGIN: &str = concat!(
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//calcast//calcast ",
    env!("CARGO_PKG_VERSION"),
    "//EN\r\nCALSCALE:GREGORIAN\r\n"
);
const END: &str = "END:VCALENDAR\r\n";
/// The suggested interval of polling (RFC 7986 §5.7, and its predecessor).
const REFRESH: &str = "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n";

/// A calendar whose length and hash are known before its text is built: most clients that poll have it already.
#[derive(Debug)]
pub struct LazyCalendar {
    /// Everything before the components.
    head: String,
    /// Length in bytes.
    pub length: usize,
    /// Hash of the whole text.
    pub hash: u128,
}

impl LazyCalendar {
    fn new(
        properties: Writer,
        home: &TimeZone,
        components: &[&Component],
        zones: &VtimezoneCache,
    ) -> LazyCalendar {
        let mut head = properties.finish();
        for years in zone_years(components).values() {
            head.push_str(&zones.text(years));
        }
        if components.is_empty() {
            // RFC 5545 §3.6 demands at least one component.
            let year = Timestamp::from_second(1_767_225_600).unwrap_or(Timestamp::UNIX_EPOCH);
            head.push_str(&zones.text(&ZoneYears::new(home, year, year)));
        }
        head.shrink_to_fit();
        let events: usize = components.iter().map(|component| component.text.len()).sum();
        let hashes = digest::chain(components.iter().map(|component| component.hash));
        let hash = digest::chain([digest::hash(head.as_bytes()), hashes].into_iter());
        LazyCalendar { length: head.len() + events + END.len(), hash, head }
    }

    /// Builds the text, of the components that the calendar was made with.
    #[must_use]
    pub fn text(&self, components: impl Iterator<Item = impl Borrow<Component>>) -> String {
        let mut text = String::with_capacity(self.length);
        text.push_str(&self.head);
        components.for_each(|component| text.push_str(&component.borrow().text));
        text.push_str(END);
        text
    }
}

/// Returns the calendar of a filter that last changed at an instant: with a name, and an address to refresh it from.
pub fn feed(
    site: &Site,
    filter: &Filter,
    changed: Timestamp,
    components: &[&Component],
    zones: &VtimezoneCache,
) -> LazyCalendar {
    let settings = &site.settings;
    let name = Localizer::for_site(settings).calendar_name(site, filter);
    let mut out = properties();
    for property in ["NAME", "X-WR-CALNAME"] {
        out.write(property, &[], |value| value.text(&name));
    }
    for property in ["DESCRIPTION", "X-WR-CALDESC"].into_iter().filter(|_| !settings.description.is_empty()) {
        out.write(property, &[], |value| value.text(&settings.description));
    }
    out.write("X-WR-TIMEZONE", &[], |value| value.text(zone_name(&settings.zone)));
    out.constant(REFRESH);
    if settings.base_url.is_some() {
        let address = |route: Route| settings.url(&route.to_string());
        out.line_with("SOURCE", &[("VALUE", "URI")], &address(Route::Calendar(filter.clone())));
        out.line("URL", &address(Route::Agenda(filter.clone())));
    }
    out.write("LAST-MODIFIED", &[], |value| value.utc(changed));
    out.line("COLOR", &settings.color);
    LazyCalendar::new(out, &settings.zone, components, zones)
}

/// Returns the calendar of one event. It has no name: Outlook would make a new calendar of it.
#[must_use]
pub fn single(site: &Site, component: &Component, zones: &VtimezoneCache) -> String {
    let calendar = LazyCalendar::new(properties(), &site.settings.zone, &[component], zones);
    calendar.text(std::iter::once(component))
}

fn properties() -> Writer {
    let mut out = Writer::new();
    out.constant(BEGIN);
    out
}

/// Returns the zones of components by name, each with all years in which it must be right.
fn zone_years<'c>(components: &[&'c Component]) -> BTreeMap<&'c str, ZoneYears> {
    let mut zones: BTreeMap<&str, ZoneYears> = BTreeMap::new();
    for years in components.iter().flat_map(|component| component.zones.iter()) {
        let known = zones.entry(zone_name(&years.zone)).or_insert_with(|| years.clone());
        known.first = known.first.min(years.first);
        known.last = known.last.max(years.last);
    }
    zones
}
