//! How to subscribe: the card beside an agenda, and the page with the steps for each program.

use askama::Template;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::view::{AgendaView, next_occurrence};
use super::{Anchor, Frame, PageContext, qr, render};
use crate::i18n::ProgramSteps;
use crate::i18n::fill;
use crate::model::alarm::Alarm;
use crate::model::event::Event;
use crate::model::filter::Filter;
use crate::model::route::Route;
use crate::model::when::When;

/// The links that subscribe to a calendar in each program, and what subscribers should see.
#[derive(Debug)]
pub(super) struct SubscribeCard {
    pub name: String,
    pub address: String,
    pub programs: Vec<ProgramLink>,
    pub should_see: String,
    /// The choices of a reminder, and whether each is chosen.
    pub reminders: Vec<(Anchor, bool)>,
    pub qr: Option<String>,
    pub download: String,
    pub steps: String,
    pub agenda: String,
    pub as_text: String,
    pub as_poster: String,
    pub google_by_url: String,
}

/// One calendar program.
#[derive(Debug)]
pub(super) struct ProgramLink {
    /// Its name in the script.
    pub key: &'static str,
    pub steps: ProgramSteps,
    /// How often it looks for changes.
    pub refresh: &'static str,
    pub href: String,
}

impl SubscribeCard {
    /// Returns the card of a view. `page` returns the route of the current page for another filter.
    pub(super) fn new(
        context: &PageContext<'_>,
        view: &AgendaView<'_>,
        one: Option<&(When, &Event)>,
        page: &dyn Fn(Filter) -> Route,
    ) -> SubscribeCard {
        let PageContext { site, l10n, .. } = context;
        let (settings, filter) = (&site.settings, view.filter);
        let calendar = Route::Calendar(filter.clone());
        let address = context.url(&calendar);
        let webcal = webcal(&address);
        let name = l10n.calendar_name(site, filter);
        let fill_in = |template: &str| fill_template(template, &address, &webcal, &name);
        let program = |key, steps, refresh, href| ProgramLink { key, steps, refresh, href };
        let count = l10n.plural(l10n.count, view.in_calendar);
        let page_address = context.url(&Route::Subscribe(filter.clone()));
        SubscribeCard {
            programs: vec![
                program("apple", l10n.apple, l10n.refresh_hourly, webcal.clone()),
                program("google", l10n.google, l10n.refresh_daily, fill_in(&settings.links.google)),
                program("outlook", l10n.outlook, l10n.refresh_daily, fill_in(&settings.links.outlook)),
                program("office", l10n.office, l10n.refresh_daily, fill_in(&settings.links.office)),
                program("others", l10n.others, l10n.refresh_hourly, webcal.clone()),
            ],
            google_by_url: fill_in(&settings.links.google_by_url),
            download: format!("{}?download=1", context.href(&calendar)),
            steps: context.href(&Route::Subscribe(filter.clone())),
            agenda: context.href(&Route::Agenda(filter.clone())),
            as_text: context.href(&Route::Text(filter.clone())),
            as_poster: context.href(&Route::Print(filter.clone())),
            should_see: match one {
                Some((when, event)) => {
                    let one = format!("{}, {}", event.title, l10n.when(when));
                    fill(l10n.should_see_one, &[("count", &count), ("one", &one)])
                }
                None => fill(l10n.should_see, &[("count", &count)]),
            },
            reminders: reminders(context, filter, page),
            qr: qr::svg(&page_address, &fill(l10n.qr, &[("address", &page_address)])),
            name,
            address,
        }
    }
}

fn reminders(
    context: &PageContext<'_>,
    filter: &Filter,
    page: &dyn Fn(Filter) -> Route,
) -> Vec<(Anchor, bool)> {
    let l10n = context.l10n;
    let mut offered = vec![None, Some(Alarm::HOUR), Some(Alarm::DAY)];
    if !offered.contains(&filter.alarm()) {
        offered.push(filter.alarm());
    }
    let reminder = |alarm: Option<Alarm>| {
        let label = alarm.map_or_else(|| l10n.reminder_none.to_owned(), |alarm| l10n.alarm(alarm));
        let href = format!("{}#subscribe", context.href(&page(filter.clone().with_alarm(alarm))));
        (Anchor { label, href }, alarm == filter.alarm())
    };
    offered.into_iter().map(reminder).collect()
}

/// Returns a `webcal:` address, which opens the calendar program. iOS refuses `webcals:`.
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
struct SubscribePage<'a> {
    frame: Frame<'a>,
    card: SubscribeCard,
    title: String,
    needs_base: bool,
    snippet: String,
}

/// Renders the page with the steps for each program.
#[must_use]
pub fn subscribe(context: &PageContext<'_>, view: &AgendaView<'_>) -> String {
    let filter = view.filter;
    let upcoming = view.upcoming(context.today);
    let card =
        SubscribeCard::new(context, view, next_occurrence(context, &upcoming).as_ref(), &Route::Subscribe);
    let title = fill(context.l10n.subscribe_to, &[("name", &card.name)]);
    let route = Route::Subscribe(filter.clone());
    render(&SubscribePage {
        frame: Frame::new(context, &route, &title, ""),
        needs_base: context.site.settings.base_url.is_none() || context.site.settings.is_local,
        snippet: snippet(context, filter, &card.name),
        title,
        card,
    })
}

/// Returns the HTML that shows the agenda on another website. Without its script the frame keeps its height and scrolls.
fn snippet(context: &PageContext<'_>, filter: &Filter, name: &str) -> String {
    let escaped = name.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    format!(
        "<iframe src=\"{}\" title=\"{escaped}\" loading=\"lazy\" style=\"width:100%;height:40rem;border:0\"></iframe>\n\
         <script src=\"{}\" async></script>",
        context.url(&Route::Embed(filter.clone())),
        context.url(&Route::EmbedScript),
    )
}
