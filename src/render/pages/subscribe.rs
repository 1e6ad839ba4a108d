//! How to subscribe: the card beside an agenda, and the page with the steps.

use askama::Template;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::agenda::{AgendaView, next};
use super::{Anchor, Frame, PageContext, qr, render};
use crate::i18n::ProgramSteps;
use crate::i18n::fill;
use crate::model::alarm::Alarm;
use crate::model::event::Event;
use crate::model::filter::Filter;
use crate::model::route::Route;
use crate::model::when::When;

/// The addresses to subscribe to one calendar in each program, and what one should see then.
#[derive(Debug)]
pub(super) struct Card {
    pub name: String,
    pub address: String,
    pub programs: Vec<Program>,
    pub should_see: String,
    pub reminders: Vec<Reminder>,
    pub qr: Option<String>,
    pub download: String,
    pub steps: String,
    pub google_by_url: String,
}

/// One calendar program.
#[derive(Debug)]
pub(super) struct Program {
    /// What a script knows it by.
    pub key: &'static str,
    pub steps: ProgramSteps,
    /// How often it looks for changes.
    pub refresh: &'static str,
    pub href: String,
}

/// How long before events the calendar may ring.
#[derive(Debug)]
pub(super) struct Reminder {
    pub link: Anchor,
    pub is_chosen: bool,
}

impl Card {
    /// The card of a choice on a kind of page.
    pub(super) fn new(
        paper: &PageContext<'_>,
        choice: &AgendaView<'_>,
        one: Option<&(When, &Event)>,
        page: &dyn Fn(Filter) -> Route,
    ) -> Card {
        let PageContext { site, l10n, .. } = paper;
        let (settings, filter) = (&site.settings, choice.filter);
        let calendar = Route::Calendar(filter.clone());
        let address = paper.whole(&calendar);
        let webcal = webcal(&address);
        let name = l10n.calendar_name(site, filter);
        let fill_in = |template: &str| fill_template(template, &address, &webcal, &name);
        let program = |key, steps, refresh, href| Program { key, steps, refresh, href };
        let count = l10n.plural(l10n.count, choice.in_calendar);
        let page_address = paper.whole(&Route::Subscribe(filter.clone()));
        Card {
            programs: vec![
                program("apple", l10n.apple, l10n.refresh_hourly, webcal.clone()),
                program("google", l10n.google, l10n.refresh_daily, fill_in(&settings.links.google)),
                program("outlook", l10n.outlook, l10n.refresh_daily, fill_in(&settings.links.outlook)),
                program("office", l10n.office, l10n.refresh_daily, fill_in(&settings.links.office)),
                program("others", l10n.others, l10n.refresh_hourly, webcal.clone()),
            ],
            google_by_url: fill_in(&settings.links.google_by_url),
            download: format!("{}?download=1", paper.local(&calendar)),
            steps: paper.local(&Route::Subscribe(filter.clone())),
            should_see: match one {
                Some((when, event)) => {
                    let one = format!("{}, {}", event.title, l10n.when(when));
                    fill(l10n.should_see_one, &[("count", &count), ("one", &one)])
                }
                None => fill(l10n.should_see, &[("count", &count)]),
            },
            reminders: reminders(paper, filter, page),
            qr: qr::svg(&page_address, &fill(l10n.qr, &[("address", &page_address)])),
            name,
            address,
        }
    }
}

fn reminders(paper: &PageContext<'_>, filter: &Filter, page: &dyn Fn(Filter) -> Route) -> Vec<Reminder> {
    let mut offered = vec![None, Some(Alarm::HOUR), Some(Alarm::DAY)];
    if !offered.contains(&filter.alarm()) {
        offered.push(filter.alarm());
    }
    let reminder = |alarm: Option<Alarm>| {
        let label =
            alarm.map_or_else(|| paper.l10n.reminder_none.to_owned(), |alarm| paper.l10n.alarm(alarm));
        let href = format!("{}#subscribe", paper.local(&page(filter.clone().with_alarm(alarm))));
        Reminder { link: Anchor { label, href }, is_chosen: alarm == filter.alarm() }
    };
    offered.into_iter().map(reminder).collect()
}

/// `webcal:` opens the calendar program; `webcals:` is refused by iOS.
fn webcal(address: &str) -> String {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    rest.map_or_else(|| address.to_owned(), |rest| format!("webcal://{rest}"))
}

fn fill_template(template: &str, address: &str, webcal: &str, name: &str) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    template
        .replace("{webcal}", &encoded(webcal))
        .replace("{https}", &encoded(address))
        .replace("{name}", &encoded(name))
}

#[derive(Template)]
#[template(path = "subscribe.html", config = "src/render/pages/askama.toml")]
struct Page<'a> {
    frame: Frame<'a>,
    card: Card,
    title: String,
    agenda: String,
    as_text: String,
    as_poster: String,
    needs_base: bool,
    snippet: String,
}

/// The page with the steps for each program.
#[must_use]
pub fn subscribe(paper: &PageContext<'_>, choice: &AgendaView<'_>) -> String {
    let filter = choice.filter;
    let upcoming = choice.upcoming(paper.today);
    let card = Card::new(paper, choice, next(paper, &upcoming).as_ref(), &Route::Subscribe);
    let title = fill(paper.l10n.subscribe_to, &[("name", &card.name)]);
    let route = Route::Subscribe(filter.clone());
    render(&Page {
        frame: Frame::new(paper, &route, &title, ""),
        agenda: paper.local(&Route::Agenda(filter.clone())),
        as_text: paper.local(&Route::Text(filter.clone())),
        as_poster: paper.local(&Route::Print(filter.clone())),
        needs_base: paper.site.settings.base_url.is_none(),
        snippet: snippet(paper, filter, &card.name),
        title,
        card,
    })
}

/// What the keeper of another website pastes. Where scripts are taken out of it the frame keeps its height and
/// scrolls.
fn snippet(paper: &PageContext<'_>, filter: &Filter, name: &str) -> String {
    let escaped = name.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    format!(
        "<iframe src=\"{}\" title=\"{escaped}\" loading=\"lazy\" style=\"width:100%;height:40rem;border:0\"></iframe>\n\
         <script src=\"{}\" async></script>",
        paper.whole(&Route::Embed(filter.clone())),
        paper.whole(&Route::EmbedScript),
    )
}
