//! The page of one event.

use askama::Template;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{Anchor, Frame, render};
use crate::link::Link;
use crate::markdown::{self, Breaks};
use crate::model::event::{Event, Party, Status};
use crate::model::filter::Filter;
use crate::model::route::Route;
use crate::model::site::Site;
use crate::model::tag::{Facet, Tag};
use crate::model::when::When;
use crate::render::words;
use crate::text;

/// How many dates of a series are named.
const DATES_SHOWN: usize = 3;

#[derive(Template)]
#[template(path = "event.html", config = "src/render/pages/askama.toml")]
struct Page {
    frame: Frame,
    title: String,
    banner: Option<String>,
    status: &'static str,
    when: String,
    clocks: Vec<String>,
    series: Option<String>,
    dates: Vec<String>,
    place: Vec<String>,
    map: Option<String>,
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
    json_ld: String,
}

/// The page of an event on a day.
#[must_use]
pub fn event(site: &Site, event: &Event, today: Date) -> String {
    let settings = &site.settings;
    let next = next_occurrences(event, today);
    // One date that does not take place is no news of the group: the page is about the next that does.
    let (when, shown) = next_on(&next).map_or((&event.when, event), |(when, shown)| (when, *shown));
    let status = if is_off(shown.status) { event.status } else { shown.status };
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
    let said = words::when(when);
    let route = Route::Event(id.clone());
    render(&Page {
        frame: Frame::new(
            site,
            &route,
            title,
            &text::excerpt(&format!("{said}. {}", markdown::text(description)), 200),
        ),
        title: title.clone(),
        banner: banner(status).map(str::to_owned).or_else(|| dates_off(event, &next)),
        status: status_label(status),
        clocks: clocks(site, shown, when),
        series: event.repeat.as_ref().map(|repeat| words::series(repeat, &event.when)),
        dates: if event.repeat.is_some() {
            next.iter().map(|next| date(event, next)).collect()
        } else {
            Vec::new()
        },
        place: [location, address].into_iter().flatten().cloned().collect(),
        map: coordinates.map(|point| format!("geo:{:.6},{:.6}", point.latitude, point.longitude)),
        join: online_url.as_ref().map(ToString::to_string),
        page: url.as_ref().map(|url| Anchor { label: url.host().to_owned(), href: url.to_string() }),
        cost: cost.clone(),
        parties: parties(organizer.as_deref(), contact.as_deref()),
        verified: verified.map(words::date),
        image: image.as_ref().map(ToString::to_string),
        html: markdown::html(description, Breaks::Hard, "/").unwrap_or_default(),
        tags: tags(site, regions, topics),
        calendar: settings.local(&Route::EventCalendar(id.clone()).to_string()),
        google: google(shown, when),
        outlook: outlook(shown, when),
        json_ld: json_ld(site, shown, when),
        when: said,
    })
}

/// Who holds it and whom to ask, each with a way to reach them.
fn parties(organizer: Option<&Party>, contact: Option<&Party>) -> Vec<(&'static str, Anchor)> {
    let anchor = |party: &Party| Anchor {
        label: party.in_words().into_owned(),
        href: party.link.as_ref().map(Link::to_string).unwrap_or_default(),
    };
    [("Organizer", organizer), ("Contact", contact)]
        .into_iter()
        .filter_map(|(role, party)| Some((role, anchor(party?))))
        .collect()
}

/// One date of a series, with what is different on it.
fn date(event: &Event, (when, shown): &(When, &Event)) -> String {
    let mut words = words::when(when);
    if shown.status != event.status {
        words.push_str(&format!(" – {}", status_label(shown.status).to_lowercase()));
    }
    if shown.title != event.title {
        words.push_str(&format!(" – {}", shown.title));
    }
    if (&shown.location, &shown.address) != (&event.location, &event.address) {
        words.push_str(&format!(" – {}", where_(shown)));
    }
    words
}

fn next_occurrences(event: &Event, today: Date) -> Vec<(When, &Event)> {
    let horizon = today.checked_add(2.years()).unwrap_or(today);
    event.occurrences(today, horizon).into_iter().take(DATES_SHOWN).collect()
}

/// Which of the next dates of a series do not take place, though the series goes on.
fn dates_off(event: &Event, next: &[(When, &Event)]) -> Option<String> {
    let said: Vec<String> = next
        .iter()
        .filter(|(_, shown)| is_off(shown.status) && shown.status != event.status)
        .map(|(when, shown)| {
            let date = words::date(when.first_day());
            format!("Not on {date}: it is {}.", status_label(shown.status).to_lowercase())
        })
        .collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// The word beside a title; nothing for what takes place as planned.
pub(super) fn status_label(status: Status) -> &'static str {
    match status {
        Status::Confirmed => "",
        Status::Tentative => "Tentative",
        Status::Cancelled => "Cancelled",
        Status::Postponed => "Postponed",
        Status::SoldOut => "Sold out",
    }
}

/// The first of some occurrences that takes place; where none does, the first.
pub(super) fn next_on<'o, 'e>(occurrences: &'o [(When, &'e Event)]) -> Option<&'o (When, &'e Event)> {
    occurrences.iter().find(|(_, shown)| !is_off(shown.status)).or(occurrences.first())
}

/// Whether nobody should come on that day.
pub(super) fn is_off(status: Status) -> bool {
    matches!(status, Status::Cancelled | Status::Postponed)
}

fn banner(status: Status) -> Option<&'static str> {
    match status {
        Status::Confirmed => None,
        Status::Tentative => Some("This event is not certain yet. Please look again before you set out."),
        Status::Cancelled => Some("This event is cancelled. It does not take place."),
        Status::Postponed => Some("This event is postponed. The new date is not known yet."),
        Status::SoldOut => Some("This event is sold out."),
    }
}

/// An online event is joined from anywhere, so its time is said on the site's clock and in UTC as well;
/// who goes to a place needs the clock of that place only.
fn clocks(site: &Site, event: &Event, when: &When) -> Vec<String> {
    let (true, Some(zone)) = (event.is_online(), when.zone()) else { return Vec::new() };
    let mut others: Vec<&TimeZone> = Vec::new();
    let utc = TimeZone::UTC;
    for other in [&site.settings.zone, &utc] {
        if other != zone && !others.contains(&other) {
            others.push(other);
        }
    }
    others
        .into_iter()
        .filter_map(|other| words::elsewhere(when, other))
        .map(|when| words::when(&when))
        .collect()
}

fn tags(site: &Site, regions: &[Tag], topics: &[Tag]) -> Vec<(&'static str, Vec<Anchor>)> {
    let anchor = |facet: Facet, tag: &Tag| {
        let route = Route::Agenda(Filter::tag(facet, tag.path.clone()));
        Anchor { label: tag.name.to_string(), href: site.settings.local(&route.to_string()) }
    };
    let of = |facet: Facet, tags: &[Tag]| tags.iter().map(|tag| anchor(facet, tag)).collect::<Vec<_>>();
    let groups = [("Region", of(Facet::Region, regions)), ("Topic", of(Facet::Topic, topics))];
    groups.into_iter().filter(|(_, anchors)| !anchors.is_empty()).collect()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn where_(event: &Event) -> String {
    let join = || event.online_url.as_ref().map(ToString::to_string);
    event.place().or_else(join).unwrap_or_default()
}

/// Google Calendar's page for adding one event.
fn google(event: &Event, when: &When) -> String {
    let dates = match when {
        When::Days { first, last } => {
            let after = last.tomorrow().unwrap_or(*last);
            format!("{}/{}", crate::ical::value::date(*first), crate::ical::value::date(after))
        }
        When::Hours { start, end } => {
            format!(
                "{}/{}",
                crate::ical::value::utc(start.timestamp()),
                crate::ical::value::utc(end.timestamp())
            )
        }
    };
    format!(
        "https://calendar.google.com/calendar/render?action=TEMPLATE&text={}&dates={dates}&location={}",
        encoded(&format!("{}{}", event.status.prefix(), event.title)),
        encoded(&where_(event)),
    )
}

/// Outlook.com's page for adding one event.
fn outlook(event: &Event, when: &When) -> String {
    let (start, end, all_day) = match when {
        When::Days { first, last } => {
            (first.to_string(), last.tomorrow().unwrap_or(*last).to_string(), "true")
        }
        When::Hours { start, end } => (start.timestamp().to_string(), end.timestamp().to_string(), "false"),
    };
    format!(
        "https://outlook.live.com/calendar/0/deeplink/compose?path=%2Fcalendar%2Faction%2Fcompose&rru=addevent&subject={}&startdt={}&enddt={}&allday={all_day}&location={}",
        encoded(&format!("{}{}", event.status.prefix(), event.title)),
        encoded(&start),
        encoded(&end),
        encoded(&where_(event)),
    )
}

/// schema.org `Event`. Every `<` is escaped, so that no text can end the script element.
fn json_ld(site: &Site, event: &Event, when: &When) -> String {
    let (start, end) = match when {
        When::Days { first, last } => (first.to_string(), last.to_string()),
        When::Hours { start, end } => (
            start.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            end.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        ),
    };
    let status = match event.status {
        Status::Confirmed | Status::Tentative | Status::SoldOut => "https://schema.org/EventScheduled",
        Status::Cancelled => "https://schema.org/EventCancelled",
        Status::Postponed => "https://schema.org/EventPostponed",
    };
    let mode = match (event.is_online(), event.is_purely_online()) {
        (_, true) => "https://schema.org/OnlineEventAttendanceMode",
        (true, _) => "https://schema.org/MixedEventAttendanceMode",
        _ => "https://schema.org/OfflineEventAttendanceMode",
    };
    let mut object = json!({
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.title,
        "startDate": start,
        "endDate": end,
        "eventStatus": status,
        "eventAttendanceMode": mode,
        "url": site.settings.whole(&Route::Event(event.id.clone()).to_string()),
    });
    let mut set = |key: &str, value: Value| object[key] = value;
    if !event.description.is_empty() {
        set("description", Value::from(markdown::text(&event.description).into_owned()));
    }
    let mut places: Vec<Value> = Vec::new();
    if event.location.is_some() || event.address.is_some() {
        let name = event.location.as_deref().or(event.address.as_deref());
        let mut place =
            json!({ "@type": "Place", "name": name, "address": event.address.as_deref().or(name) });
        if let Some(point) = event.coordinates {
            place["geo"] = json!({ "@type": "GeoCoordinates", "latitude": point.latitude, "longitude": point.longitude });
        }
        places.push(place);
    }
    if let Some(link) = &event.online_url {
        places.push(json!({ "@type": "VirtualLocation", "url": link.as_str() }));
    }
    if !places.is_empty() {
        set("location", Value::Array(places));
    }
    if let Some(image) = &event.image {
        set("image", Value::from(image.as_str()));
    }
    if let Some(party) = &event.organizer {
        set("organizer", json!({ "@type": "Organization", "name": party.in_words() }));
    }
    object.to_string().replace('<', "\\u003c").replace("&", "\\u0026")
}
