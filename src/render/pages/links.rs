//! An event in a list, and the addresses of other programs that take one event.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::PageContext;
use crate::ical::value;
use crate::model::event::Event;
use crate::model::route::Route;
use crate::model::when::When;

/// An event in a list.
#[derive(Debug)]
pub(super) struct Entry {
    pub href: String,
    pub title: String,
    pub status: &'static str,
    pub when: String,
    pub place: String,
    pub is_online: bool,
    pub is_off: bool,
    pub tags: String,
}

impl Entry {
    pub(super) fn new(paper: &PageContext<'_>, event: &Event, when: String) -> Entry {
        Entry {
            href: paper.local(&Route::Event(event.id.clone())),
            title: event.title.to_string(),
            status: paper.l10n.status(event.status),
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

/// Where an event is, in one line: its place, or the link to join.
pub(super) fn place_of(event: &Event) -> String {
    let join = || event.online_url.as_ref().map(ToString::to_string);
    event.place().or_else(join).unwrap_or_default()
}

fn title_of(paper: &PageContext<'_>, event: &Event) -> String {
    format!("{}{}", paper.l10n.title_prefix(event.status), event.title)
}

/// Google Calendar's page for adding one event.
pub(super) fn google(paper: &PageContext<'_>, event: &Event, when: &When) -> String {
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
        encoded(&title_of(paper, event)),
        encoded(&place_of(event)),
    )
}

/// Outlook.com's page for adding one event.
pub(super) fn outlook(paper: &PageContext<'_>, event: &Event, when: &When) -> String {
    let (start, end, all_day) = match when {
        When::Days { first, last } => {
            (first.to_string(), last.tomorrow().unwrap_or(*last).to_string(), "true")
        }
        When::Hours { start, end } => (start.timestamp().to_string(), end.timestamp().to_string(), "false"),
    };
    format!(
        "https://outlook.live.com/calendar/0/deeplink/compose?path=%2Fcalendar%2Faction%2Fcompose&rru=addevent&subject={}&startdt={}&enddt={}&allday={all_day}&location={}",
        encoded(&title_of(paper, event)),
        encoded(&start),
        encoded(&end),
        encoded(&place_of(event)),
    )
}
