//! An event in a list, and the links that add one event to Google Calendar and Outlook.com.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::PageContext;
use crate::ical::value;
use crate::model::event::Event;
use crate::model::route::Route;
use crate::model::when::When;

/// An event in a list.
#[derive(Debug)]
pub(super) struct EventEntry {
    pub href: String,
    pub title: String,
    pub status: &'static str,
    pub when: String,
    pub place: String,
    pub is_online: bool,
    pub is_off: bool,
    pub tags: String,
}

impl EventEntry {
    pub(super) fn new(context: &PageContext<'_>, event: &Event, when: String) -> EventEntry {
        EventEntry {
            href: context.href(&Route::Event(event.id.clone())),
            title: event.title.to_string(),
            status: context.l10n.status(event.status),
            when,
            place: event
                .location
                .as_ref()
                .or(event.address.as_ref())
                .map(ToString::to_string)
                .unwrap_or_default(),
            is_online: event.is_online(),
            is_off: event.status.is_off(),
            tags: event.topics.iter().map(|tag| &*tag.name).collect::<Vec<_>>().join(" · "),
        }
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Returns the place of an event in one line, or else the link to join.
pub(super) fn place_of(event: &Event) -> String {
    let join = || event.online_url.as_ref().map(ToString::to_string);
    event.place().or_else(join).unwrap_or_default()
}

fn title_of(context: &PageContext<'_>, event: &Event) -> String {
    format!("{}{}", context.l10n.title_prefix(event.status), event.title)
}

/// Returns the address of Google Calendar's form for one event.
pub(super) fn google(context: &PageContext<'_>, event: &Event, when: &When) -> String {
    let dates = match when {
        When::Days { first, last } => {
            format!("{}/{}", value::date(*first), value::date(last.tomorrow().unwrap_or(*last)))
        }
        When::Hours { start, end } => {
            format!("{}/{}", value::utc(start.timestamp()), value::utc(end.timestamp()))
        }
    };
    format!(
        "https://calendar.google.com/calendar/render?action=TEMPLATE&text={}&dates={dates}&location={}",
        encoded(&title_of(context, event)),
        encoded(&place_of(event)),
    )
}

/// Returns the address of Outlook.com's form for one event.
pub(super) fn outlook(context: &PageContext<'_>, event: &Event, when: &When) -> String {
    let (start, end, all_day) = match when {
        When::Days { first, last } => {
            (first.to_string(), last.tomorrow().unwrap_or(*last).to_string(), "true")
        }
        When::Hours { start, end } => (start.timestamp().to_string(), end.timestamp().to_string(), "false"),
    };
    format!(
        "https://outlook.live.com/calendar/0/deeplink/compose?path=%2Fcalendar%2Faction%2Fcompose&rru=addevent&subject={}&startdt={}&enddt={}&allday={all_day}&location={}",
        encoded(&title_of(context, event)),
        encoded(&start),
        encoded(&end),
        encoded(&place_of(event)),
    )
}
