//! What machines read of an event's page: a schema.org `Event` as JSON-LD.

use serde_json::{Value, json};

use super::PageContext;
use crate::link::Link;
use crate::markdown;
use crate::model::event::{Contact, Event, Status};
use crate::model::route::Route;
use crate::model::when::When;

/// The object. Every `<` and `&` is escaped, so that no text can end the script element that holds it.
pub(super) fn event_object(paper: &PageContext<'_>, event: &Event, when: &When) -> String {
    let page = paper.whole(&Route::Event(event.id.clone()));
    let (start, end) = match when {
        When::Days { first, last } => (first.to_string(), last.to_string()),
        When::Hours { start, end } => {
            let iso = |at: &jiff::ZonedDateTime| at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
            (iso(start), iso(end))
        }
    };
    let mut object = json!({
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.title,
        "startDate": start,
        "endDate": end,
        "eventStatus": status(event.status),
        "eventAttendanceMode": attendance_mode(event),
        "location": places(event, &page),
        "inLanguage": paper.site.settings.language,
        "url": page,
    });
    let mut set = |key: &str, value: Value| object[key] = value;
    if !event.description.is_empty() {
        set("description", Value::from(markdown::text(&event.description).into_owned()));
    }
    if let Some(image) = &event.image {
        set("image", Value::from(image.as_str()));
    }
    if let Some(party) = &event.organizer {
        set("organizer", organization(party));
    }
    let is_sold_out = event.status == Status::SoldOut;
    if event.cost.is_some() || is_sold_out {
        let availability =
            if is_sold_out { "https://schema.org/SoldOut" } else { "https://schema.org/InStock" };
        let address = event.url.as_ref().map_or(page.as_str(), Link::as_str);
        let mut offer = json!({ "@type": "Offer", "url": address, "availability": availability });
        if let Some(cost) = &event.cost {
            offer["description"] = Value::from(&**cost);
        }
        set("offers", offer);
    }
    object.to_string().replace('<', "\\u003c").replace('&', "\\u0026")
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Confirmed | Status::Tentative | Status::SoldOut => "https://schema.org/EventScheduled",
        Status::Cancelled => "https://schema.org/EventCancelled",
        Status::Postponed => "https://schema.org/EventPostponed",
    }
}

fn attendance_mode(event: &Event) -> &'static str {
    match (event.is_online(), event.is_purely_online()) {
        (_, true) => "https://schema.org/OnlineEventAttendanceMode",
        (true, _) => "https://schema.org/MixedEventAttendanceMode",
        _ => "https://schema.org/OfflineEventAttendanceMode",
    }
}

/// Where it is. Search engines want a place of every event: what names none is in its region.
fn places(event: &Event, page: &str) -> Value {
    let mut places: Vec<Value> = Vec::new();
    let region = || event.regions.first().map(|tag| &*tag.name);
    let name = event.location.as_deref().or(event.address.as_deref());
    let name = name.or_else(|| if event.is_online() { None } else { region() });
    if let Some(name) = name {
        let address = event.address.as_deref().unwrap_or(name);
        let mut place = json!({ "@type": "Place", "name": name, "address": address });
        if let Some(point) = event.coordinates {
            place["geo"] = json!({
                "@type": "GeoCoordinates",
                "latitude": point.latitude,
                "longitude": point.longitude,
            });
        }
        places.push(place);
    }
    if event.is_online() {
        let address = event.online_url.as_ref().map_or(page, Link::as_str);
        places.push(json!({ "@type": "VirtualLocation", "url": address }));
    }
    match places.len() {
        1 => places.remove(0),
        _ => Value::Array(places),
    }
}

fn organization(party: &Contact) -> Value {
    let mut object = json!({ "@type": "Organization", "name": party.in_words() });
    if !party.name.is_empty() {
        object["name"] = Value::from(party.name.as_str());
    }
    match party.link.as_ref().map(Link::as_str) {
        Some(link) if link.starts_with("http") => object["url"] = Value::from(link),
        Some(link) => {
            let (key, rest) = link.split_once(':').unwrap_or(("", link));
            let key = match key {
                "mailto" => "email",
                "tel" => "telephone",
                _ => return object,
            };
            object[key] = Value::from(rest);
        }
        None => {}
    }
    object
}
