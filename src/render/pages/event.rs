//! The page of one event.

use std::sync::Arc;

use askama::Template;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::linked_data::event_object;
use super::links::{EventEntry, google, outlook, place_of};
use super::timetable::{Occurrence, Timetable};
use super::{Anchor, Frame, PageContext, pictures, render};
use crate::i18n::{Localizer, fill, lower_first};
use crate::link::Link;
use crate::markdown::{self, Breaks};
use crate::model::event::{Contact, Coordinates, Event, Status};
use crate::model::filter::{Filter, Online};
use crate::model::geo::{Distance, Point};
use crate::model::route::Route;
use crate::model::tag::{Facet, Tag};
use crate::model::when::When;
use crate::render::phrases;
use crate::text;

/// Dates of a series that are listed.
const DATES_SHOWN: usize = 3;

#[derive(Template)]
#[template(path = "event.html", config = "src/render/pages/askama.toml")]
struct EventPage<'a> {
    frame: Frame<'a>,
    title: String,
    banner: Option<String>,
    status: &'static str,
    when: String,
    clocks: Vec<String>,
    /// The start and end (RFC 3339), and the zone, which the script shows in the reader's own.
    own_clock: Option<(String, String)>,
    series: Option<String>,
    dates: Vec<String>,
    place: Vec<String>,
    map: Option<String>,
    near: Option<Anchor>,
    join: Option<String>,
    page: Option<Anchor>,
    cost: Option<String>,
    contacts: Vec<(&'static str, Anchor)>,
    verified: Option<String>,
    image: Option<String>,
    html: String,
    tags: Vec<(&'static str, Vec<Anchor>)>,
    calendar: String,
    google: String,
    outlook: String,
    previous: Option<EventEntry>,
    next: Option<EventEntry>,
    subscribe: String,
    json_ld: String,
}

/// Renders the page of an event.
#[must_use]
pub fn event(context: &PageContext<'_>, event: &Event, timetable: &Timetable) -> String {
    let PageContext { l10n, today, .. } = *context;
    let dates = next_dates(event, today);
    // If dates of a series are cancelled, the page shows the next one that takes place.
    let taking_place = dates.iter().find(|(_, shown)| !shown.status.is_off()).or(dates.first());
    let (when, shown) = taking_place.map_or((&event.when, event), |(when, shown)| (when, *shown));
    let status = if shown.status.is_off() { event.status } else { shown.status };
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
        description,
        regions,
        topics,
        organizer,
        contact,
        status: _,
        image,
        cost,
        verified,
        updated: _,
    } = shown;
    let time = l10n.when(when);
    let summary = text::excerpt(&format!("{time}. {}", markdown::text(description)), 200);
    let (previous, next) = neighbours(context, event, timetable);
    let html = markdown::html_or_text(description, Breaks::Hard, "/");
    let image = image.as_ref().map(ToString::to_string);
    let frame = Frame::new(context, &Route::Event(id.clone()), title, &summary);
    render(&EventPage {
        frame: Frame { picture: image.clone(), ..frame },
        title: title.to_string(),
        banner: banner(l10n, status).map(str::to_owned).or_else(|| dates_off(l10n, event, &dates)),
        status: l10n.status(status),
        clocks: clocks(context, shown, when),
        own_clock: own_clock(shown, when),
        series: event.repeat.as_ref().map(|repeat| l10n.series(repeat, &event.when)),
        dates: event.repeat.iter().flat_map(|_| dates.iter().map(|next| date(l10n, event, next))).collect(),
        place: [location, address].into_iter().flatten().map(ToString::to_string).collect(),
        map: map(*coordinates, address.as_deref()),
        near: coordinates.map(|place| near(context, place)),
        join: online_url.as_ref().map(ToString::to_string),
        page: url.as_ref().map(|url| Anchor { label: url.host().to_owned(), href: url.to_string() }),
        cost: cost.as_ref().map(ToString::to_string),
        contacts: contacts(l10n, organizer.as_deref(), contact.as_deref()),
        verified: verified.map(|date| l10n.date(date)),
        image,
        html: pictures::complete_html(context.site, &html),
        tags: [(l10n.region, Facet::Region, regions), (l10n.topic, Facet::Topic, topics)]
            .into_iter()
            .filter(|(_, _, tags)| !tags.is_empty())
            .map(|(name, facet, tags)| (name, tag_links(context, facet, tags)))
            .collect(),
        calendar: context.href(&Route::EventCalendar(id.clone())),
        google: google(context, shown, when),
        outlook: outlook(context, shown, when),
        previous,
        next,
        subscribe: context.href(&Route::Subscribe(subscription(shown))),
        json_ld: event_object(context, shown, when),
        when: time,
    })
}

/// Returns the filter to subscribe to from an event: its first region and topic.
fn subscription(event: &Event) -> Filter {
    let first = |facet, tags: &[Arc<Tag>]| tags.first().map(|tag| (facet, tag.path.clone()));
    let tags = [first(Facet::Region, &event.regions), first(Facet::Topic, &event.topics)];
    tags.into_iter().flatten().fold(Filter::everything(), |filter, (facet, path)| filter.with(facet, path))
}

/// Returns the events before and after an event on the agenda.
fn neighbours(
    context: &PageContext<'_>,
    event: &Event,
    timetable: &Timetable,
) -> (Option<EventEntry>, Option<EventEntry>) {
    let PageContext { site, l10n, today } = *context;
    let index = site.index_of(&event.id).and_then(|index| u32::try_from(index).ok());
    let is_own = |occurrence: &Occurrence| Some(occurrence.event) == index;
    let mut previous = None;
    let mut upcoming = timetable.since(today);
    let is_listed = upcoming.by_ref().any(|occurrence| {
        if !is_own(occurrence) {
            previous = Some(occurrence);
        }
        is_own(occurrence)
    });
    if !is_listed {
        return (None, None);
    }
    let entry = |occurrence: &Occurrence| {
        let (when, event) = occurrence.resolve(site)?;
        Some(EventEntry::new(context, event, l10n.when(&when)))
    };
    let next = upcoming.find(|occurrence| !is_own(occurrence));
    (previous.and_then(entry), next.and_then(entry))
}

/// Returns a link to a map of the coordinates, or else of the address.
fn map(coordinates: Option<Coordinates>, address: Option<&str>) -> Option<String> {
    if let Some(Coordinates { latitude, longitude }) = coordinates {
        let (latitude, longitude) = (format!("{latitude:.5}"), format!("{longitude:.5}"));
        return Some(format!(
            "https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=16/{latitude}/{longitude}"
        ));
    }
    let query = utf8_percent_encode(address?, NON_ALPHANUMERIC);
    Some(format!("https://www.openstreetmap.org/search?query={query}"))
}

fn near(context: &PageContext<'_>, place: Coordinates) -> Anchor {
    let within = Distance::default();
    let filter =
        Filter::everything().with_near(Some((Point::from(place), within))).with_online(Some(Online::Exclude));
    let label = fill(context.l10n.near_here, &[("n", &within.kilometres().to_string())]);
    Anchor { label, href: context.href(&Route::Agenda(filter)) }
}

fn contacts(
    l10n: &Localizer,
    organizer: Option<&Contact>,
    contact: Option<&Contact>,
) -> Vec<(&'static str, Anchor)> {
    let link = |contact: &Contact| {
        let href = contact.link.as_ref().map(Link::to_string).unwrap_or_default();
        Anchor { label: contact.in_words().into_owned(), href }
    };
    let roles = [(l10n.organizer, organizer), (l10n.contact, contact)];
    roles.into_iter().filter_map(|(role, contact)| Some((role, link(contact?)))).collect()
}

/// Formats one date of a series, with its differences from the series.
fn date(l10n: &Localizer, event: &Event, (when, shown): &(When, &Event)) -> String {
    let mut parts = vec![l10n.when(when)];
    if shown.status != event.status {
        parts.push(lower_first(l10n.status(shown.status)));
    }
    if shown.title != event.title {
        parts.push(shown.title.to_string());
    }
    if (&shown.location, &shown.address) != (&event.location, &event.address) {
        parts.push(place_of(shown));
    }
    parts.join(" – ")
}

fn next_dates(event: &Event, today: Date) -> Vec<(When, &Event)> {
    let horizon = today.checked_add(2.years()).unwrap_or(today);
    event.occurrences(today, horizon).into_iter().take(DATES_SHOWN).collect()
}

/// Returns a sentence for each of the next dates that is cancelled or postponed, unless the whole series is.
fn dates_off(l10n: &Localizer, event: &Event, dates: &[(When, &Event)]) -> Option<String> {
    let is_off = |shown: &Event| shown.status.is_off() && shown.status != event.status;
    let sentence = |(when, shown): &(When, &Event)| {
        let (date, status) = (l10n.date(when.first_day()), lower_first(l10n.status(shown.status)));
        fill(l10n.not_on, &[("date", &date), ("status", &status)])
    };
    let off: Vec<String> = dates.iter().filter(|(_, shown)| is_off(shown)).map(sentence).collect();
    (!off.is_empty()).then(|| off.join(" "))
}

fn banner(l10n: &Localizer, status: Status) -> Option<&'static str> {
    match status {
        Status::Confirmed => None,
        Status::Tentative => Some(l10n.is_tentative),
        Status::Cancelled => Some(l10n.is_cancelled),
        Status::Postponed => Some(l10n.is_postponed),
        Status::SoldOut => Some(l10n.is_sold_out),
    }
}

/// Returns the time of an online event in the zone of the site and in UTC, since people join it from anywhere.
fn clocks(context: &PageContext<'_>, event: &Event, when: &When) -> Vec<String> {
    let (true, Some(zone)) = (event.is_online(), when.zone()) else { return Vec::new() };
    let l10n = context.l10n;
    let utc = TimeZone::UTC;
    let mut others = vec![&context.site.settings.zone, &utc];
    others.dedup();
    let others = others.into_iter().filter(|other| *other != zone);
    let clocks = others.filter_map(|other| phrases::in_zone(when, other));
    clocks.map(|when| fill(l10n.that_is, &[("when", &l10n.when(&when))])).collect()
}

fn own_clock(event: &Event, when: &When) -> Option<(String, String)> {
    match when {
        When::Hours { start, end } if event.is_online() => Some((
            format!("{}/{}", start.timestamp(), end.timestamp()),
            start.time_zone().iana_name().unwrap_or_default().to_owned(),
        )),
        _ => None,
    }
}

fn tag_links(context: &PageContext<'_>, facet: Facet, tags: &[Arc<Tag>]) -> Vec<Anchor> {
    let link = |tag: &Arc<Tag>| Anchor {
        label: tag.name.to_string(),
        href: context.href(&Route::Agenda(Filter::tag(facet, tag.path.clone()))),
    };
    tags.iter().map(link).collect()
}
