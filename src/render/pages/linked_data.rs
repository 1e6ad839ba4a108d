//! An event as structured data for search engines: a schema.org `Event` in JSON-LD.

use serde_json::{Value, json};

use super::PageContext;
use crate::link::Link;
use crate::markdown;
use crate::model::event::{Contact, Event, Status};
use crate::model::route::Route;
use crate::model::when::When;

/// Returns the object. Every `<` and `&` is escaped, so that no text can end the script element that holds it.
pub(super) fn event_object(context: &PageContext<'_>, event: &Event, when: &When) -> String {
    let page = context.url(&Route::Event(event.id.clone()));
    let (start, end) = match when {
        When::Days { first, last } => (first.to_string(), last.to_string()),
        When::Hours { start, end } => {
            let iso = |at: &jiff::ZonedDateTime| at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
            (iso(start), iso(end))
        }
    };
    let has_description = !event.description.is_empty();
    let has_offer = event.cost.is_some() || event.status == Status::SoldOut;
    let object = without_nulls(json!({
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.title,
        "startDate": start,
        "endDate": end,
        "eventStatus": status(event.status),
        "eventAttendanceMode": attendance_mode(event),
        "location": location(event, &page),
        "inLanguage": context.site.settings.language,
        "url": page,
        "description": has_description.then(|| markdown::text(&event.description)),
        "image": event.image.as_ref().map(Link::as_str),
        "organizer": event.organizer.as_deref().map(organization),
        "offers": has_offer.then(|| offer(event, &page)),
    }));
    object.to_string().replace('<', "\\u003c").replace('&', "\\u0026")
}

/// Removes the members of an object that are null.
fn without_nulls(mut object: Value) -> Value {
    if let Value::Object(members) = &mut object {
        members.retain(|_, value| !value.is_null());
    }
    object
}

fn offer(event: &Event, page: &str) -> Value {
    let is_sold_out = event.status == Status::SoldOut;
    without_nulls(json!({
        "@type": "Offer",
        "url": event.url.as_ref().map_or(page, Link::as_str),
        "availability": if is_sold_out { "https://schema.org/SoldOut" } else { "https://schema.org/InStock" },
        "description": event.cost,
    }))
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

/// Returns the place, the online location, or both. Search engines want a place of every event, so an event without one
/// is in its region.
fn location(event: &Event, page: &str) -> Value {
    let mut locations: Vec<Value> = Vec::new();
    let region = event.regions.first().map(|tag| &*tag.name).filter(|_| !event.is_online());
    if let Some(name) = event.location.as_deref().or(event.address.as_deref()).or(region) {
        let geo = event.coordinates.map(|point| {
            json!({ "@type": "GeoCoordinates", "latitude": point.latitude, "longitude": point.longitude })
        });
        let address = event.address.as_deref().unwrap_or(name);
        let place = json!({ "@type": "Place", "name": name, "address": address, "geo": geo });
        locations.push(without_nulls(place));
    }
    if event.is_online() {
        let address = event.online_url.as_ref().map_or(page, Link::as_str);
        locations.push(json!({ "@type": "VirtualLocation", "url": address }));
    }
    match locations.len() {
        1 => locations.remove(0),
        _ => Value::Array(locations),
    }
}

fn organization(contact: &Contact) -> Value {
    let name = if contact.name.is_empty() { contact.in_words() } else { contact.name.as_str().into() };
    let mut object = json!({ "@type": "Organization", "name": name });
    if let Some(link) = contact.link.as_ref().map(Link::as_str) {
        match link.split_once(':') {
            Some(("mailto", address)) => object["email"] = Value::from(address),
            Some(("tel", number)) => object["telephone"] = Value::from(number),
            _ if link.starts_with("http") => object["url"] = Value::from(link),
            _ => {}
        }
    }
    object
}
