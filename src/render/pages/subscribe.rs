//! How to subscribe: the card beside an agenda, and the page with the steps.

use askama::Template;
use jiff::ToSpan;
use jiff::civil::Date;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::event::{is_off, next_on};
use super::{Frame, render};
use crate::model::event::Event;
use crate::model::filter::Filter;
use crate::model::route::Route;
use crate::model::settings::Settings;
use crate::model::site::Site;
use crate::model::when::When;
use crate::render::words;

/// The addresses to subscribe to one calendar in each program, and what one should see then.
#[derive(Debug)]
pub(super) struct Card {
    pub name: String,
    pub address: String,
    pub webcal: String,
    pub google: String,
    pub google_by_url: String,
    pub outlook: String,
    pub office: String,
    pub download: String,
    pub steps: String,
    pub count: usize,
    pub next: Option<String>,
}

impl Card {
    pub(super) fn new(site: &Site, filter: &Filter, count: usize, next: Option<&(When, &Event)>) -> Card {
        let settings = &site.settings;
        let path = Route::Calendar(filter.clone()).to_string();
        let address = settings.whole(&path);
        let webcal = webcal(&address);
        let name = site.calendar_name(filter);
        let fill = |template: &str| fill(template, &address, &webcal, &name);
        Card {
            google: fill(&settings.links.google),
            google_by_url: fill(&settings.links.google_by_url),
            outlook: fill(&settings.links.outlook),
            office: fill(&settings.links.office),
            download: format!("{}?download=1", settings.local(&path)),
            steps: settings.local(&Route::Subscribe(filter.clone()).to_string()),
            count,
            next: next.map(|(when, event)| format!("{}, {}", event.title, words::when(when))),
            name,
            address,
            webcal,
        }
    }
}

/// `webcal:` opens the calendar program; `webcals:` is refused by iOS.
fn webcal(address: &str) -> String {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    rest.map_or_else(|| address.to_owned(), |rest| format!("webcal://{rest}"))
}

fn fill(template: &str, address: &str, webcal: &str, name: &str) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    template
        .replace("{webcal}", &encoded(webcal))
        .replace("{https}", &encoded(address))
        .replace("{name}", &encoded(name))
}

#[derive(Template)]
#[template(path = "subscribe.html", config = "src/render/pages/askama.toml")]
struct Page {
    frame: Frame,
    card: Card,
    agenda: String,
    needs_base: bool,
}

/// The page with the steps for each program; `count` is how many events the calendar has.
#[must_use]
pub fn subscribe(site: &Site, filter: &Filter, today: Date, count: usize) -> String {
    let horizon = today.checked_add(1.years()).unwrap_or(today);
    // What takes place comes first, as on the agenda.
    let key = |when: &When, event: &Event| (is_off(event.status), when.order(), event.id.clone());
    let next = site
        .events()
        .iter()
        .filter(|event| filter.matches(event))
        .filter_map(|event| next_on(&event.occurrences(today, horizon)).cloned())
        .min_by(|(a, one), (b, other)| key(a, one).cmp(&key(b, other)));
    let card = Card::new(site, filter, count, next.as_ref());
    let route = Route::Subscribe(filter.clone());
    let settings: &Settings = &site.settings;
    render(&Page {
        frame: Frame::new(site, &route, &format!("Subscribe to {}", card.name), ""),
        agenda: settings.local(&Route::Agenda(filter.clone()).to_string()),
        needs_base: settings.base_url.is_none(),
        card,
    })
}
