//! The events to come where people meet them: on a notice board, in a frame on another website, in a newsletter.

use std::fmt::Write as _;

use askama::Template;

use super::agenda::{AgendaView, MonthList, months};
use super::links::{Entry, place_of};
use super::{Frame, PageContext, qr, render};
use crate::i18n::fill;
use crate::model::route::Route;

/// What is legible on one sheet from a few steps away.
const ON_POSTER: usize = 6;
/// The most occurrences in a frame.
const IN_FRAME: usize = 30;
/// The most occurrences in a newsletter.
const IN_TEXT: usize = 100;

#[derive(Template)]
#[template(path = "poster.html", config = "src/render/pages/askama.toml")]
struct Poster<'a> {
    frame: Frame<'a>,
    heading: String,
    entries: Vec<Entry>,
    more: Option<String>,
    qr: Option<String>,
    address: String,
    shown_address: String,
}

/// One sheet in large type with a QR code, for the notice board of a clinic.
#[must_use]
pub fn poster(paper: &PageContext<'_>, choice: &AgendaView<'_>) -> String {
    let PageContext { site, l10n, today } = *paper;
    let upcoming = choice.upcoming(today);
    let takes_place =
        upcoming.iter().filter_map(|slot| slot.of(site)).filter(|(_, event)| !event.status.is_off());
    let entries: Vec<Entry> = takes_place
        .take(ON_POSTER)
        .map(|(when, event)| {
            let mut entry = Entry::new(paper, event, l10n.when(&when));
            entry.place = place_of(event);
            entry
        })
        .collect();
    let rest = upcoming.len().saturating_sub(entries.len());
    let route = Route::Print(choice.filter.clone());
    let address = paper.whole(&Route::Subscribe(choice.filter.clone()));
    let heading = l10n.filter(site, choice.filter);
    render(&Poster {
        frame: Frame::new(paper, &route, &heading, ""),
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
struct Embedded<'a> {
    frame: Frame<'a>,
    heading: String,
    months: Vec<MonthList>,
    is_month: bool,
    all: String,
    subscribe: String,
}

/// The agenda for a frame on another website. Its links leave the frame.
#[must_use]
pub fn embed(paper: &PageContext<'_>, choice: &AgendaView<'_>) -> String {
    let upcoming = choice.upcoming(paper.today);
    let shown = &upcoming[..upcoming.len().min(IN_FRAME)];
    let route = Route::Embed(choice.filter.clone());
    let name = paper.l10n.calendar_name(paper.site, choice.filter);
    render(&Embedded {
        frame: Frame::new(paper, &route, &paper.l10n.filter(paper.site, choice.filter), ""),
        heading: name,
        months: months(paper, shown, paper.today),
        is_month: false,
        all: paper.whole(&Route::Agenda(choice.filter.clone())),
        subscribe: paper.whole(&Route::Subscribe(choice.filter.clone())),
    })
}

/// The events to come in plain text, a few lines each, for newsletters.
#[must_use]
pub fn text(paper: &PageContext<'_>, choice: &AgendaView<'_>) -> String {
    let PageContext { site, l10n, today } = *paper;
    let upcoming = choice.upcoming(today);
    let mut out = format!("{}\n", l10n.calendar_name(site, choice.filter));
    for slot in upcoming.iter().take(IN_TEXT) {
        let Some((when, event)) = slot.of(site) else { continue };
        let _ = write!(out, "\n{}\n{}{}\n", l10n.when(&when), l10n.title_prefix(event.status), event.title);
        let place = place_of(event);
        if !place.is_empty() {
            let _ = writeln!(out, "{place}");
        }
        let _ = writeln!(out, "{}", paper.whole(&Route::Event(event.id.clone())));
    }
    if upcoming.is_empty() {
        let _ = write!(out, "\n{}\n", l10n.nothing_planned);
    }
    if upcoming.len() > IN_TEXT {
        let _ = write!(out, "\n{}\n", l10n.plural(l10n.poster_more, upcoming.len() - IN_TEXT));
    }
    let _ = write!(out, "\n{}: {}\n", l10n.subscribe, paper.whole(&Route::Subscribe(choice.filter.clone())));
    out
}
