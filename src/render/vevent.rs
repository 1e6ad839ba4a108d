//! Events in iCalendar: one VEVENT for each (RFC 5545 §3.6.1, RFC 7986).

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
use crate::model::placed::OffsetCache;
use crate::model::repeat::Repeat;
use crate::model::route::Route;
use crate::model::settings::{Cancelled, Settings};
use crate::model::when::{When, place};
use crate::site::Site;

/// Years after its start for which the zone of an endless series is written down where it has no rule.
const ENDLESS_YEARS: i64 = 15;

/// The rendered component of one event, and what a calendar that holds it must define.
#[derive(Clone, Debug)]
pub struct Component {
    /// `BEGIN:VEVENT` to `END:VEVENT`; a series with what takes place instead of single occurrences.
    pub text: Arc<str>,
    /// The zones it names; most have those of others, and then it is the same list.
    pub(super) zones: Arc<[Span]>,
    /// The hash of its text.
    pub hash: u128,
}

impl Component {
    /// The same with a reminder in each event that takes place (RFC 5545 §3.6.6).
    #[must_use]
    pub fn with_alarm(&self, alarm: Alarm) -> Component {
        const END: &str = "\r\nEND:VEVENT\r\n";
        let mut out = String::with_capacity(self.text.len() + 160);
        let mut rest = &*self.text;
        while let Some(at) = rest.find(END) {
            let (event, after) = rest.split_at(at + END.len());
            out.push_str(&event[..at + 2]);
            // Nobody is to set out for what does not take place.
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
        let hash = digest::of(out.as_bytes());
        Component { text: out.into(), zones: Arc::clone(&self.zones), hash }
    }
}

/// The summary of a written event, escaped as it stands there.
fn summary_of(event: &str) -> String {
    const NAME: &str = "\r\nSUMMARY:";
    let value = event.find(NAME).map_or("", |at| &event[at + NAME.len()..]);
    // A line goes on where the next begins with a space (RFC 5545 §3.1).
    let mut lines = value.split("\r\n");
    let mut summary = lines.next().unwrap_or_default().to_owned();
    lines.map_while(|line| line.strip_prefix(' ')).for_each(|more| summary.push_str(more));
    summary
}

/// A zone, and the years (in UTC) in which it must be right.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub zone: TimeZone,
    /// A hash of its name.
    pub key: u64,
    pub first: i16,
    pub last: i16,
}

impl Span {
    /// Of the years of two instants and those between.
    pub fn of(zone: &TimeZone, first: Timestamp, last: Timestamp) -> Span {
        let [key, _] = digest::halves(digest::of(zone_name(zone).as_bytes()));
        let year = |at: Timestamp| TimeZone::UTC.to_datetime(at).year();
        Span { zone: zone.clone(), key, first: year(first), last: year(last) }
    }

    /// Whether it says what another does.
    fn is_same(&self, other: &Span) -> bool {
        (self.key, self.first, self.last) == (other.key, other.first, other.last)
    }
}

/// Lists of zones that were of an event before.
#[derive(Debug, Default)]
struct Lists(Vec<Arc<[Span]>>);

impl Lists {
    /// How many are looked through.
    const MOST: usize = 8;

    /// A list of some zones, which is one of those before if one is the same.
    fn of(&mut self, zones: &[Span]) -> Arc<[Span]> {
        let is_same = |list: &Arc<[Span]>| {
            list.len() == zones.len() && list.iter().zip(zones).all(|(one, other)| one.is_same(other))
        };
        if let Some(known) = self.0.iter().find(|list| is_same(list)) {
            return Arc::clone(known);
        }
        let list: Arc<[Span]> = zones.into();
        if self.0.len() == Lists::MOST {
            self.0.remove(0);
        }
        self.0.push(Arc::clone(&list));
        list
    }
}

/// Renders the components of a site, one after the other.
#[derive(Debug)]
pub struct Renderer<'s> {
    site: &'s Site,
    l10n: Localizer,
    /// What follows an id in a UID.
    domain: String,
    /// What was written last of when an event was first there and last changed: many have the same.
    stamps: Stamps,
    out: Writer,
    zones: OffsetCache,
    /// The zones of the event that is rendered.
    named: Vec<Span>,
    lists: Lists,
}

impl<'s> Renderer<'s> {
    /// One for the events of a site.
    #[must_use]
    pub fn of(site: &'s Site) -> Renderer<'s> {
        let l10n = Localizer::for_site(&site.settings);
        let domain = format!("@{}", site.uid_domain());
        let (out, zones) = (Writer::new(), OffsetCache::default());
        let (stamps, named, lists) = (Stamps::default(), Vec::new(), Lists::default());
        Renderer { site, l10n, domain, stamps, out, zones, named, lists }
    }

    /// Renders the component of the event at a place in the order of the agenda.
    pub fn component(&mut self, place: usize) -> Component {
        let (event, memory) = (&self.site.events()[place], self.site.history_at(place));
        self.named.clear();
        self.write_event(event, memory, None);
        for (start, other) in &event.overrides {
            self.write_event(other, memory, Some((event, *start)));
        }
        let text = self.out.take();
        Component { hash: digest::of(text.as_bytes()), text, zones: self.lists.of(&self.named) }
    }

    /// Writes an event, or what takes place instead of the occurrence of a series that starts at a local time.
    fn write_event(&mut self, event: &Event, memory: &EventHistory, instead: Option<(&Event, DateTime)>) {
        let Renderer { site, l10n, domain, stamps, out, zones, named, lists: _ } = self;
        out.constant("BEGIN:VEVENT\r\n");
        out.write("UID", &[], |value| {
            value.text(event.id.as_str());
            value.text(domain);
        });
        out.append(stamps.lines(memory));
        out.write("SEQUENCE", &[], |value| value.number(memory.sequence));
        if let Some((series, start)) = instead {
            // RFC 5545 §3.8.4.4: in the form of the series' own DTSTART.
            Form::of(&series.when, series.repeat.as_deref(), zones).write("RECURRENCE-ID", start, out);
        }
        named.extend(write_when(&event.when, event.repeat.as_deref(), zones, out));
        write_words((&site.settings, l10n), event, out);
        out.constant("TRANSP:TRANSPARENT\r\nX-MICROSOFT-CDO-BUSYSTATUS:FREE\r\nEND:VEVENT\r\n");
    }
}

/// The lines that say when an event was first there, and when it last changed.
#[derive(Debug, Default)]
struct Stamps {
    /// Of which instants they are.
    of: Option<(Timestamp, Timestamp)>,
    lines: Writer,
}

impl Stamps {
    fn lines(&mut self, memory: &EventHistory) -> &Writer {
        let instants = (memory.first, memory.changed);
        if self.of != Some(instants) {
            let (first, changed) = (value::utc(memory.first), value::utc(memory.changed));
            self.lines = Writer::new();
            self.lines.line("DTSTAMP", &changed);
            self.lines.line("CREATED", &first);
            self.lines.line("LAST-MODIFIED", &changed);
            self.of = Some(instants);
        }
        &self.lines
    }
}

/// How the times of one event are written: all of DTSTART, DTEND, EXDATE and RDATE alike, or Apple drops
/// the series and Google shows dates that do not take place.
enum Form<'a> {
    Days,
    Utc(&'a TimeZone),
    Local(&'a TimeZone),
}

impl Form<'_> {
    fn of<'w>(when: &'w When, repeat: Option<&Repeat>, zones: &mut OffsetCache) -> Form<'w> {
        match when {
            When::Days { .. } => Form::Days,
            When::Hours { start, end } => {
                let zone = start.time_zone();
                // What the clock shows twice has no other sure form than UTC. A series is local time: in UTC
                // all of it would be an hour off from the next change of the clock on.
                let is_sure = repeat.is_some() || (zones.is_plain(start) && zones.is_plain(end));
                if *zone == TimeZone::UTC || zone.iana_name().is_none() || !is_sure {
                    Form::Utc(zone)
                } else {
                    Form::Local(zone)
                }
            }
        }
    }

    fn write(&self, name: &'static str, at: DateTime, out: &mut Writer) {
        match self {
            Form::Days => out.write(name, &[("VALUE", "DATE")], |value| value.date(at.date())),
            Form::Local(zone) => {
                out.write(name, &[("TZID", zone_name(zone))], |value| value.local(at));
            }
            Form::Utc(zone) => {
                if let Some(at) = place(at, zone) {
                    out.line(name, &value::utc(at.timestamp()));
                }
            }
        }
    }

    fn write_instant(&self, name: &'static str, at: &ZonedDateTime, out: &mut Writer) {
        match self {
            Form::Utc(_) => out.line(name, &value::utc(at.timestamp())),
            _ => self.write(name, at.datetime(), out),
        }
    }
}

fn write_when(
    when: &When,
    repeat: Option<&Repeat>,
    zones: &mut OffsetCache,
    out: &mut Writer,
) -> Option<Span> {
    let form = Form::of(when, repeat, zones);
    match when {
        When::Days { first, last } => {
            let day_after = last.tomorrow().unwrap_or(*last);
            form.write("DTSTART", first.at(0, 0, 0, 0), out);
            form.write("DTEND", day_after.at(0, 0, 0, 0), out);
        }
        When::Hours { start, end } => {
            // A start that the clock skips is written as it is meant: the next occurrence is at that time.
            let meant = repeat.map(|repeat| start.date().to_datetime(repeat.clock));
            match meant.filter(|meant| *meant != start.datetime()) {
                Some(meant) => form.write("DTSTART", meant, out),
                None => form.write_instant("DTSTART", start, out),
            }
            // RFC 5545 §3.8.5.3: all occurrences are exactly as long as the first. Programs count that by the
            // clock, which is an hour off for all of them when it changes during the first one.
            let by_clock = start.datetime().duration_until(end.datetime());
            let length = start.timestamp().duration_until(end.timestamp());
            let is_sure = by_clock == length && zones.is_plain(end) && meant == Some(start.datetime());
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
    let Form::Local(zone) = form else { return None };
    let first = when.start_instant()?;
    Some(Span::of(zone, first, last_instant(when, repeat, zone, first)))
}

/// The end of the last occurrence; some years on where there is none.
fn last_instant(when: &When, repeat: Option<&Repeat>, zone: &TimeZone, first: Timestamp) -> Timestamp {
    let Some(repeat) = repeat else {
        return if let When::Hours { end, .. } = when { end.timestamp() } else { first };
    };
    let last: Option<Date> = repeat.last_day(when);
    let last = last.or_else(|| when.first_day().checked_add(ENDLESS_YEARS.years()).ok());
    let midnight = last.and_then(|day| place(day.at(23, 59, 59, 0), zone));
    midnight.map_or(first, |at| at.timestamp())
}

fn write_words((settings, l10n): (&Settings, &Localizer), event: &Event, out: &mut Writer) {
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
            out.line("URL", &settings.whole(&Route::Event(id.clone()).to_string()));
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

/// RFC 5545 §3.8.1.11 knows three; the others are said in the title.
fn status_value(status: Status, cancelled: Cancelled) -> &'static str {
    match status {
        Status::Cancelled if cancelled == Cancelled::Visible => "CONFIRMED",
        Status::Confirmed | Status::SoldOut => "CONFIRMED",
        Status::Tentative | Status::Postponed => "TENTATIVE",
        Status::Cancelled => "CANCELLED",
    }
}

/// Plain text with everything a program may show nowhere else: Google Calendar has no field for links.
fn write_description(l10n: &Localizer, event: &Event, out: &mut Writer) {
    let text = markdown::text(&event.description);
    let unsaid = |link: &&Link| !text.contains(link.as_str());
    let facts: [(&'static str, Option<Cow<'_, str>>); 5] = [
        (l10n.fact_join, event.online_url.as_ref().filter(unsaid).map(|link| Cow::Borrowed(link.as_str()))),
        (l10n.fact_more, event.url.as_ref().filter(unsaid).map(|link| Cow::Borrowed(link.as_str()))),
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

/// The name of a zone in a calendar.
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
