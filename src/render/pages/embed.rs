//! Upcoming events for use outside the site: a frame on another website, a poster to print, text for a newsletter.

use std::fmt::Write as _;

use askama::Template;

use super::agenda::{Day, months};
use super::links::{EventEntry, place_of};
use super::view::AgendaView;
use super::{Frame, PageContext, qr, render};
use crate::i18n::fill;
use crate::model::route::Route;

/// The most events on a poster, which must be legible from a few steps away.
const ON_POSTER: usize = 6;
/// The most occurrences in a frame.
const IN_FRAME: usize = 30;
/// The most occurrences in a newsletter.
const IN_TEXT: usize = 100;

#[derive(Template)]
#[template(path = "poster.html", config = "src/render/pages/askama.toml")]
struct PosterPage<'a> {
    frame: Frame<'a>,
    heading: String,
    entries: Vec<EventEntry>,
    more: Option<String>,
    qr: Option<String>,
    address: String,
    shown_address: String,
}

/// Renders one sheet in large type with a QR code, for a notice board.
#[must_use]
pub fn poster(context: &PageContext<'_>, view: &AgendaView<'_>) -> String {
    let PageContext { site, l10n, today } = *context;
    let upcoming = view.upcoming(today);
    let takes_place = upcoming
        .iter()
        .filter_map(|occurrence| occurrence.resolve(site))
        .filter(|(_, event)| !event.status.is_off());
    let entries: Vec<EventEntry> = takes_place
        .take(ON_POSTER)
        .map(|(when, event)| {
            let mut entry = EventEntry::new(context, event, l10n.when(&when));
            entry.place = place_of(event);
            entry
        })
        .collect();
    let rest = upcoming.len().saturating_sub(entries.len());
    let route = Route::Print(view.filter.clone());
    let address = context.url(&Route::Subscribe(view.filter.clone()));
    let heading = l10n.filter(site, view.filter);
    render(&PosterPage {
        frame: Frame::new(context, &route, &heading, ""),
        heading,
        more: (rest > 0).then(|| l10n.plural(l10n.poster_more, rest)),
        qr: qr::svg(&address, &fill(l10n.qr, &[("address", &address)])),
        shown_address: address.trim_start_matches("https://").trim_start_matches("http://").to_owned(),
        entries,
        address,
    })
}

#[derive(Template)]
#[template(path = "embed.html", config = "src/render/pages/askama.toml")]
struct EmbedPage<'a> {
    frame: Frame<'a>,
    heading: String,
    months: Vec<(String, Vec<Day>)>,
    is_month: bool,
    all: String,
    subscribe: String,
}

/// Renders the agenda for a frame on another website. Its links leave the frame.
#[must_use]
pub fn embed(context: &PageContext<'_>, view: &AgendaView<'_>) -> String {
    let upcoming = view.upcoming(context.today);
    let shown = &upcoming[..upcoming.len().min(IN_FRAME)];
    let route = Route::Embed(view.filter.clone());
    let name = context.l10n.calendar_name(context.site, view.filter);
    render(&EmbedPage {
        frame: Frame::new(context, &route, &context.l10n.filter(context.site, view.filter), ""),
        heading: name,
        months: months(context, shown, context.today),
        is_month: false,
        all: context.url(&Route::Agenda(view.filter.clone())),
        subscribe: context.url(&Route::Subscribe(view.filter.clone())),
    })
}

/// Renders the upcoming events as plain text, a few lines each.
#[must_use]
pub fn text(context: &PageContext<'_>, view: &AgendaView<'_>) -> String {
    let PageContext { site, l10n, today } = *context;
    let upcoming = view.upcoming(today);
    let mut out = format!("{}\n", l10n.calendar_name(site, view.filter));
    for occurrence in upcoming.iter().take(IN_TEXT) {
        let Some((when, event)) = occurrence.resolve(site) else { continue };
        let _ = write!(out, "\n{}\n{}{}\n", l10n.when(&when), l10n.title_prefix(event.status), event.title);
        let place = place_of(event);
        if !place.is_empty() {
            let _ = writeln!(out, "{place}");
        }
        let _ = writeln!(out, "{}", context.url(&Route::Event(event.id.clone())));
    }
    if upcoming.is_empty() {
        let _ = write!(out, "\n{}\n", l10n.nothing_planned);
    }
    if upcoming.len() > IN_TEXT {
        let _ = write!(out, "\n{}\n", l10n.plural(l10n.poster_more, upcoming.len() - IN_TEXT));
    }
    let _ = write!(out, "\n{}: {}\n", l10n.subscribe, context.url(&Route::Subscribe(view.filter.clone())));
    out
}
