//! Events as VEVENT components (RFC 5545 §3.6.1, RFC 7986).

use std::borrow::Cow;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, ZonedDateTime};

use crate::digest;
use crate::history::EventHistory;
use crate::i18n::Localizer;
use crate::ical::line::Writer;
use crate::ical::value;
use crate::link::Link;
use crate::markdown;
use crate::model::alarm::Alarm;
use crate::model::event::{Contact, Event, Status};
use crate::model::repeat::Repeat;
use crate::model::route::Route;
use crate::model::settings::{Cancelled, Settings};
use crate::model::when::{When, is_unambiguous, place};
use crate::site::Site;

/// Years after its start for which a calendar defines the zone of an endless series.
const ENDLESS_YEARS: i64 = 15;

/// The rendered VEVENT of one event, and the zones that a calendar with it must define.
#[derive(Clone, Debug)]
pub struct Component {
    /// `BEGIN:VEVENT` to `END:VEVENT`, several times for a series with replaced occurrences.
    pub text: Arc<str>,
    pub(super) zones: Arc<[ZoneYears]>,
    /// Hash of the text.
    pub hash: u128,
}

impl Component {
    /// Adds a reminder to each VEVENT that is not cancelled (RFC 5545 §3.6.6).
    #[must_use]
    pub fn with_alarm(&self, alarm: Alarm) -> Component {
        const END: &str = "\r\nEND:VEVENT\r\n";
        let mut out = String::with_capacity(self.text.len() + 160);
        let mut rest = &*self.text;
        while let Some(at) = rest.find(END) {
            let (event, after) = rest.split_at(at + END.len());
            out.push_str(&event[..at + 2]);
            if !event.contains("\r\nSTATUS:CANCELLED\r\n") {
                let is_timed = !event.contains("\r\nDTSTART;VALUE=DATE:");
                let mut writer = Writer::new();
                writer.line("BEGIN", "VALARM");
                writer.line("ACTION", "DISPLAY");
                writer.line("DESCRIPTION", &summary_of(event));
                writer.line("TRIGGER", &if is_timed { alarm.before_start() } else { alarm.before_day() });
                writer.line("END", "VALARM");
                out.push_str(&writer.finish());
            }
            out.push_str(&END[2..]);
            rest = after;
        }
        out.push_str(rest);
        let hash = digest::hash(out.as_bytes());
        Component { text: out.into(), zones: Arc::clone(&self.zones), hash }
    }
}

/// Returns the SUMMARY of a rendered event: unfolded, still escaped.
fn summary_of(event: &str) -> String {
    const NAME: &str = "\r\nSUMMARY:";
    let value = event.find(NAME).map_or("", |at| &event[at + NAME.len()..]);
    // Folded lines go on with a space (RFC 5545 §3.1).
    let mut lines = value.split("\r\n");
    let mut summary = lines.next().unwrap_or_default().to_owned();
    lines.map_while(|line| line.strip_prefix(' ')).for_each(|more| summary.push_str(more));
    summary
}

/// A zone, and the years (in UTC) in which its VTIMEZONE must be right.
#[derive(Clone, Debug)]
pub(super) struct ZoneYears {
    pub zone: TimeZone,
    pub first: i16,
    pub last: i16,
}

impl ZoneYears {
    /// Returns a zone with the years from one instant to another.
    pub fn new(zone: &TimeZone, first: Timestamp, last: Timestamp) -> ZoneYears {
        let year = |at: Timestamp| TimeZone::UTC.to_datetime(at).year();
        ZoneYears { zone: zone.clone(), first: year(first), last: year(last) }
    }
}

/// Renders the components of a site, one after the other.
#[derive(Debug)]
pub struct Renderer<'s> {
    site: &'s Site,
    l10n: Localizer,
    /// What follows the id in a UID.
    domain: String,
    out: Writer,
}

impl<'s> Renderer<'s> {
    /// Makes a renderer of the events of a site.
    #[must_use]
    pub fn new(site: &'s Site) -> Renderer<'s> {
        Renderer {
            site,
            l10n: Localizer::for_site(&site.settings),
            domain: format!("@{}", site.uid_domain()),
            out: Writer::new(),
        }
    }

    /// Renders the event at an index of [`Site::events`].
    pub fn component(&mut self, index: usize) -> Component {
        let (event, history) = (&self.site.events()[index], self.site.history_at(index));
        let mut zones: Vec<ZoneYears> = self.write_event(event, history, None).into_iter().collect();
        for (start, other) in &event.overrides {
            zones.extend(self.write_event(other, history, Some((event, *start))));
        }
        let text = self.out.take();
        Component { hash: digest::hash(text.as_bytes()), text, zones: zones.into() }
    }

    /// Writes an event, or the replacement of the occurrence of a series that starts at a local time.
    fn write_event(
        &mut self,
        event: &Event,
        history: &EventHistory,
        replaces: Option<(&Event, DateTime)>,
    ) -> Option<ZoneYears> {
        let Renderer { site, l10n, domain, out } = self;
        out.constant("BEGIN:VEVENT\r\n");
        out.write("UID", &[], |value| {
            value.text(event.id.as_str());
            value.text(domain);
        });
        let changed = value::utc(history.changed);
        out.line("DTSTAMP", &changed);
        out.line("CREATED", &value::utc(history.first));
        out.line("LAST-MODIFIED", &changed);
        out.write("SEQUENCE", &[], |value| value.number(history.sequence));
        if let Some((series, start)) = replaces {
            // RFC 5545 §3.8.4.4: in the form of the series' own DTSTART.
            TimeForm::new(&series.when, series.repeat.as_deref()).write("RECURRENCE-ID", start, out);
        }
        let zone = write_times(&event.when, event.repeat.as_deref(), out);
        write_properties(&site.settings, l10n, event, out);
        out.constant("TRANSP:TRANSPARENT\r\nX-MICROSOFT-CDO-BUSYSTATUS:FREE\r\nEND:VEVENT\r\n");
        zone
    }
}

/// The form of all of an event's DTSTART, DTEND, EXDATE and RDATE. Where they differ, Apple drops the series and Google
/// shows dates that do not take place.
enum TimeForm<'a> {
    Days,
    Utc(&'a TimeZone),
    Local(&'a TimeZone),
}

impl TimeForm<'_> {
    fn new<'w>(when: &'w When, repeat: Option<&Repeat>) -> TimeForm<'w> {
        match when {
            When::Days { .. } => TimeForm::Days,
            When::Hours { start, end } => {
                let zone = start.time_zone();
                // A local time that a change of the clock repeats is ambiguous, so it is written in UTC. A series
                // stays local: in UTC it would be an hour off after the next change.
                let is_sure = repeat.is_some() || (is_unambiguous(start) && is_unambiguous(end));
                if *zone == TimeZone::UTC || zone.iana_name().is_none() || !is_sure {
                    TimeForm::Utc(zone)
                } else {
                    TimeForm::Local(zone)
                }
            }
        }
    }

    fn write(&self, name: &'static str, at: DateTime, out: &mut Writer) {
        match self {
            TimeForm::Days => out.write(name, &[("VALUE", "DATE")], |value| value.date(at.date())),
            TimeForm::Local(zone) => {
                out.write(name, &[("TZID", zone_name(zone))], |value| value.local(at));
            }
            TimeForm::Utc(zone) => {
                if let Some(at) = place(at, zone) {
                    out.line(name, &value::utc(at.timestamp()));
                }
            }
        }
    }

    fn write_instant(&self, name: &'static str, at: &ZonedDateTime, out: &mut Writer) {
        match self {
            TimeForm::Utc(_) => out.line(name, &value::utc(at.timestamp())),
            _ => self.write(name, at.datetime(), out),
        }
    }
}

fn write_times(when: &When, repeat: Option<&Repeat>, out: &mut Writer) -> Option<ZoneYears> {
    let form = TimeForm::new(when, repeat);
    match when {
        When::Days { first, last } => {
            let day_after = last.tomorrow().unwrap_or(*last);
            form.write("DTSTART", first.at(0, 0, 0, 0), out);
            form.write("DTEND", day_after.at(0, 0, 0, 0), out);
        }
        When::Hours { start, end } => {
            // A start that the clock skips is written as typed: the next occurrence is at that time.
            let meant = repeat.map(|repeat| start.date().to_datetime(repeat.clock));
            match meant.filter(|meant| *meant != start.datetime()) {
                Some(meant) => form.write("DTSTART", meant, out),
                None => form.write_instant("DTSTART", start, out),
            }
            // RFC 5545 §3.8.5.3: all occurrences are exactly as long as the first. Programs count that by the
            // clock, which is an hour off for all of them when it changes during the first one.
            let by_clock = start.datetime().duration_until(end.datetime());
            let length = start.timestamp().duration_until(end.timestamp());
            let is_sure = by_clock == length && is_unambiguous(end) && meant == Some(start.datetime());
            // Without an end it ends when it starts (RFC 5545 §3.6.1).
            if end > start && repeat.is_some() && !is_sure {
                out.line("DURATION", &value::exact_duration(length));
            } else if end > start {
                form.write_instant("DTEND", end, out);
            }
        }
    }
    if let Some(Repeat { clock: _, rule, except, also }) = repeat {
        out.line("RRULE", &rule.to_string());
        except.iter().for_each(|at| form.write("EXDATE", *at, out));
        also.iter().for_each(|at| form.write("RDATE", *at, out));
    }
    let TimeForm::Local(zone) = form else { return None };
    let first = when.start_instant()?;
    Some(ZoneYears::new(zone, first, last_instant(when, repeat, zone, first)))
}

/// Returns the end of the last occurrence, or an instant [`ENDLESS_YEARS`] later for an endless series.
fn last_instant(when: &When, repeat: Option<&Repeat>, zone: &TimeZone, first: Timestamp) -> Timestamp {
    let Some(repeat) = repeat else {
        return if let When::Hours { end, .. } = when { end.timestamp() } else { first };
    };
    let last: Option<Date> = repeat.last_day(when);
    let last = last.or_else(|| when.first_day().checked_add(ENDLESS_YEARS.years()).ok());
    let midnight = last.and_then(|day| place(day.at(23, 59, 59, 0), zone));
    midnight.map_or(first, |at| at.timestamp())
}

fn write_properties(settings: &Settings, l10n: &Localizer, event: &Event, out: &mut Writer) {
    let Event {
        id,
        title,
        when: _,
        repeat: _,
        overrides: _,
        location,
        address,
        coordinates,
        url,
        online_url,
        description: _,
        regions: _,
        topics,
        organizer,
        contact,
        status,
        image,
        cost: _,
        verified: _,
        updated: _,
    } = event;
    out.write("SUMMARY", &[], |value| {
        value.fixed(l10n.title_prefix(*status));
        value.text(title);
    });
    out.write("STATUS", &[], |value| value.fixed(status_value(*status, settings.cancelled)));
    let places = || [location, address].into_iter().flatten().map(|text| &**text);
    if places().next().is_some() {
        out.texts("LOCATION", "\\, ", places());
    } else if let Some(link) = online_url {
        // A purely online event takes place at its link.
        out.texts("LOCATION", "", std::iter::once(link.as_str()));
    }
    if let Some(point) = coordinates {
        out.line("GEO", &format!("{:.6};{:.6}", point.latitude, point.longitude));
    }
    write_description(l10n, event, out);
    match url {
        Some(url) => out.line("URL", url.as_str()),
        None if settings.base_url.is_some() => {
            out.line("URL", &settings.url(&Route::Event(id.clone()).to_string()));
        }
        None => {}
    }
    if !topics.is_empty() {
        out.texts("CATEGORIES", ",", topics.iter().map(|tag| &*tag.name));
    }
    if let Some(link) = online_url {
        // RFC 7986 §5.11.
        let parameters = [("VALUE", "URI"), ("FEATURE", "VIDEO"), ("LABEL", l10n.join)];
        out.line_with("CONFERENCE", &parameters, link.as_str());
    }
    if let Some(image) = image {
        out.line_with("IMAGE", &[("VALUE", "URI"), ("DISPLAY", "BADGE")], image.as_str());
    }
    // ORGANIZER would make Outlook ask the subscriber to accept.
    for party in [contact, organizer].into_iter().flatten() {
        out.texts("CONTACT", "", std::iter::once(&*party.in_words()));
    }
}

/// Returns the STATUS (RFC 5545 §3.8.1.11). The statuses that it lacks are in the title.
fn status_value(status: Status, cancelled: Cancelled) -> &'static str {
    match status {
        Status::Cancelled if cancelled == Cancelled::Visible => "CONFIRMED",
        Status::Confirmed | Status::SoldOut => "CONFIRMED",
        Status::Tentative | Status::Postponed => "TENTATIVE",
        Status::Cancelled => "CANCELLED",
    }
}

/// Writes the plain text, then what programs may show nowhere else: Google Calendar has no field for links.
fn write_description(l10n: &Localizer, event: &Event, out: &mut Writer) {
    let text = markdown::text(&event.description);
    let is_missing = |link: &&Link| !text.contains(link.as_str());
    let facts: [(&'static str, Option<Cow<'_, str>>); 5] = [
        (
            l10n.fact_join,
            event.online_url.as_ref().filter(is_missing).map(|link| Cow::Borrowed(link.as_str())),
        ),
        (l10n.fact_more, event.url.as_ref().filter(is_missing).map(|link| Cow::Borrowed(link.as_str()))),
        (l10n.cost, event.cost.as_deref().map(Cow::Borrowed)),
        (l10n.organizer, event.organizer.as_deref().map(Contact::in_words)),
        (l10n.contact, event.contact.as_deref().map(Contact::in_words)),
    ];
    if text.is_empty() && facts.iter().all(|(_, fact)| fact.is_none()) {
        return;
    }
    out.write("DESCRIPTION", &[], |value| {
        value.text(&text);
        let mut gap = if text.is_empty() { "" } else { "\\n\\n" };
        for (label, fact) in &facts {
            if let Some(fact) = fact {
                value.fixed(gap);
                value.fixed(label);
                value.fixed(": ");
                value.text(fact);
                gap = "\\n";
            }
        }
    });
}

/// Returns the TZID of a zone.
pub(super) fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::language::Language;
    use crate::ical::text::escaped;

    #[test]
    fn messages_in_calendars_need_no_escape() {
        for l10n in Language::ALL.map(|language| Localizer::new(language, language.tag())) {
            let labels = [l10n.fact_join, l10n.fact_more, l10n.cost, l10n.organizer, l10n.contact];
            let prefixes = Status::ALL.map(|status| l10n.title_prefix(status));
            for word in labels.into_iter().chain(prefixes) {
                assert_eq!(escaped(word), word);
            }
        }
    }
}
