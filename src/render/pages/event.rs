//! The page of one event.

use askama::Template;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::linked_data::event_object;
use super::links::{Entry, google, outlook, place_of};
use super::timetable::Timetable;
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

/// How many dates of a series are named.
const DATES_SHOWN: usize = 3;

#[derive(Template)]
#[template(path = "event.html", config = "src/render/pages/askama.toml")]
struct Page<'a> {
    frame: Frame<'a>,
    title: String,
    banner: Option<String>,
    status: &'static str,
    when: String,
    clocks: Vec<String>,
    own_clock: Option<Clock>,
    series: Option<String>,
    dates: Vec<String>,
    place: Vec<String>,
    map: Option<String>,
    near: Option<Anchor>,
    join: Option<String>,
    page: Option<Anchor>,
    cost: Option<String>,
    parties: Vec<(&'static str, Anchor)>,
    verified: Option<String>,
    image: Option<String>,
    html: String,
    tags: Vec<(&'static str, Vec<Anchor>)>,
    calendar: String,
    google: String,
    outlook: String,
    previous: Option<Entry>,
    next: Option<Entry>,
    subscribe: String,
    json_ld: String,
}

/// The instants of an event, for the reader's own clock.
struct Clock {
    instants: String,
    zone: String,
}

/// The page of an event.
#[must_use]
pub fn event(paper: &PageContext<'_>, event: &Event, timetable: &Timetable) -> String {
    let PageContext { l10n, today, .. } = *paper;
    let next = next_occurrences(event, today);
    // One date that does not take place is no news of the group: the page is about the next that does.
    let taking_place = next.iter().find(|(_, shown)| !shown.status.is_off()).or(next.first());
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
    let said = l10n.when(when);
    let summary = text::excerpt(&format!("{said}. {}", markdown::text(description)), 200);
    let (before, after) = neighbours(paper, event, timetable);
    let html = markdown::html(description, Breaks::Hard, "/").unwrap_or_default();
    let picture = image.as_ref().map(ToString::to_string);
    render(&Page {
        frame: Frame::new(paper, &Route::Event(id.clone()), title, &summary).with_picture(picture.clone()),
        title: title.to_string(),
        banner: banner(l10n, status).map(str::to_owned).or_else(|| dates_off(l10n, event, &next)),
        status: l10n.status(status),
        clocks: clocks(paper, shown, when),
        own_clock: own_clock(shown, when),
        series: event.repeat.as_ref().map(|repeat| l10n.series(repeat, &event.when)),
        dates: event.repeat.iter().flat_map(|_| next.iter().map(|next| date(l10n, event, next))).collect(),
        place: [location, address].into_iter().flatten().map(ToString::to_string).collect(),
        map: map(*coordinates, address.as_deref()),
        near: coordinates.map(|place| near(paper, place)),
        join: online_url.as_ref().map(ToString::to_string),
        page: url.as_ref().map(|url| Anchor { label: url.host().to_owned(), href: url.to_string() }),
        cost: cost.as_ref().map(ToString::to_string),
        parties: parties(l10n, organizer.as_deref(), contact.as_deref()),
        verified: verified.map(|date| l10n.date(date)),
        image: picture,
        html: pictures::dressed(paper.site, &html),
        tags: tags(paper, regions, topics),
        calendar: paper.local(&Route::EventCalendar(id.clone())),
        google: google(paper, shown, when),
        outlook: outlook(paper, shown, when),
        previous: before,
        next: after,
        subscribe: paper.local(&Route::Subscribe(subscription(shown))),
        json_ld: event_object(paper, shown, when),
        when: said,
    })
}

/// The calendar that most who come for an event want: that of its first topic and region.
fn subscription(event: &Event) -> Filter {
    let of = |facet, tags: &[Tag]| tags.first().map(|tag| (facet, tag.path.clone()));
    let tags = [of(Facet::Region, &event.regions), of(Facet::Topic, &event.topics)];
    tags.into_iter().flatten().fold(Filter::everything(), |filter, (facet, path)| filter.with(facet, path))
}

/// The events before and after an event on the agenda.
fn neighbours(
    paper: &PageContext<'_>,
    event: &Event,
    timetable: &Timetable,
) -> (Option<Entry>, Option<Entry>) {
    let site = paper.site;
    let Some(place) = site.index_of(&event.id).and_then(|place| u32::try_from(place).ok()) else {
        return (None, None);
    };
    let entry = |slot: &super::timetable::Slot| {
        let (when, event) = slot.of(site)?;
        Some(Entry::new(paper, event, paper.l10n.when(&when)))
    };
    let mut before = None;
    let mut slots = timetable.since(paper.today);
    let found = slots.by_ref().any(|slot| {
        let is_it = slot.event == place;
        if !is_it {
            before = Some(*slot);
        }
        is_it
    });
    let after = slots.find(|slot| slot.event != place);
    (before.filter(|_| found).and_then(|slot| entry(&slot)), after.and_then(entry))
}

/// A map of the place, by its coordinates or else its address.
fn map(coordinates: Option<Coordinates>, address: Option<&str>) -> Option<String> {
    let at = |Coordinates { latitude, longitude }: Coordinates| {
        let (latitude, longitude) = (format!("{latitude:.5}"), format!("{longitude:.5}"));
        format!(
            "https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=16/{latitude}/{longitude}"
        )
    };
    let search = |address: &str| {
        let encoded = percent_encoding::utf8_percent_encode(address, percent_encoding::NON_ALPHANUMERIC);
        format!("https://www.openstreetmap.org/search?query={encoded}")
    };
    coordinates.map(at).or_else(|| address.map(search))
}

fn near(paper: &PageContext<'_>, place: Coordinates) -> Anchor {
    let within = Distance::default();
    let filter =
        Filter::everything().with_near(Some((Point::of(place), within))).with_online(Some(Online::Exclude));
    let label = fill(paper.l10n.near_here, &[("n", &within.kilometres().to_string())]);
    Anchor { label, href: paper.local(&Route::Agenda(filter)) }
}

/// Who holds it and whom to ask, each with a way to reach them.
fn parties(
    l10n: &Localizer,
    organizer: Option<&Contact>,
    contact: Option<&Contact>,
) -> Vec<(&'static str, Anchor)> {
    let anchor = |party: &Contact| Anchor {
        label: party.in_words().into_owned(),
        href: party.link.as_ref().map(Link::to_string).unwrap_or_default(),
    };
    [(l10n.organizer, organizer), (l10n.contact, contact)]
        .into_iter()
        .filter_map(|(role, party)| Some((role, anchor(party?))))
        .collect()
}

/// One date of a series, with what is different on it.
fn date(l10n: &Localizer, event: &Event, (when, shown): &(When, &Event)) -> String {
    let mut said = l10n.when(when);
    if shown.status != event.status {
        said.push_str(&format!(" – {}", lower_first(l10n.status(shown.status))));
    }
    if shown.title != event.title {
        said.push_str(&format!(" – {}", shown.title));
    }
    if (&shown.location, &shown.address) != (&event.location, &event.address) {
        said.push_str(&format!(" – {}", place_of(shown)));
    }
    said
}

fn next_occurrences(event: &Event, today: Date) -> Vec<(When, &Event)> {
    let horizon = today.checked_add(2.years()).unwrap_or(today);
    event.occurrences(today, horizon).into_iter().take(DATES_SHOWN).collect()
}

/// Which of the next dates of a series do not take place, though the series goes on.
fn dates_off(l10n: &Localizer, event: &Event, next: &[(When, &Event)]) -> Option<String> {
    let said: Vec<String> = next
        .iter()
        .filter(|(_, shown)| shown.status.is_off() && shown.status != event.status)
        .map(|(when, shown)| {
            let (date, status) = (l10n.date(when.first_day()), lower_first(l10n.status(shown.status)));
            fill(l10n.not_on, &[("date", &date), ("status", &status)])
        })
        .collect();
    (!said.is_empty()).then(|| said.join(" "))
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

/// An online event is joined from anywhere, so its time is said on the site's clock and in UTC as well;
/// who goes to a place needs the clock of that place only.
fn clocks(paper: &PageContext<'_>, event: &Event, when: &When) -> Vec<String> {
    let (true, Some(zone)) = (event.is_online(), when.zone()) else { return Vec::new() };
    let mut others: Vec<&TimeZone> = Vec::new();
    let utc = TimeZone::UTC;
    for other in [&paper.site.settings.zone, &utc] {
        if other != zone && !others.contains(&other) {
            others.push(other);
        }
    }
    let l10n = paper.l10n;
    let said = others.into_iter().filter_map(|other| phrases::in_zone(when, other));
    said.map(|when| fill(l10n.that_is, &[("when", &l10n.when(&when))])).collect()
}

fn own_clock(event: &Event, when: &When) -> Option<Clock> {
    match when {
        When::Hours { start, end } if event.is_online() => Some(Clock {
            instants: format!("{}/{}", start.timestamp(), end.timestamp()),
            zone: start.time_zone().iana_name().unwrap_or_default().to_owned(),
        }),
        _ => None,
    }
}

fn tags(paper: &PageContext<'_>, regions: &[Tag], topics: &[Tag]) -> Vec<(&'static str, Vec<Anchor>)> {
    let anchor = |facet: Facet, tag: &Tag| Anchor {
        label: tag.name.to_string(),
        href: paper.local(&Route::Agenda(Filter::tag(facet, tag.path.clone()))),
    };
    let of = |facet: Facet, tags: &[Tag]| tags.iter().map(|tag| anchor(facet, tag)).collect::<Vec<_>>();
    let groups =
        [(paper.l10n.region, of(Facet::Region, regions)), (paper.l10n.topic, of(Facet::Topic, topics))];
    groups.into_iter().filter(|(_, anchors)| !anchors.is_empty()).collect()
}
