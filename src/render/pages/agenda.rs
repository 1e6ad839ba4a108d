//! The agenda: upcoming events of a filter by month and day, the filters as links and a form, the card to
//! subscribe to exactly what is shown.

use std::collections::BTreeMap;

use askama::Template;
use jiff::ToSpan;
use jiff::civil::Date;

use super::subscribe::Card;
use super::{Anchor, Frame, render};
use crate::model::event::Event;
use crate::model::filter::{Filter, Online};
use crate::model::route::Route;
use crate::model::site::Site;
use crate::model::tag::{Facet, TagPath};
use crate::model::when::When;
use crate::render::words;

/// The most occurrences on one page; the calendar has all.
const MOST: usize = 300;
/// The most events of the past on one page.
const MOST_PAST: usize = 30;

#[derive(Template)]
#[template(path = "agenda.html", config = "src/render/pages/askama.toml")]
struct Page {
    frame: Frame,
    heading: String,
    lead: String,
    is_filtered: bool,
    chips: Vec<Anchor>,
    groups: Vec<TagGroup>,
    search: Search,
    months: Vec<Month>,
    beyond: usize,
    past: Vec<Entry>,
    card: Card,
}

struct TagGroup {
    name: &'static str,
    is_open: bool,
    links: Vec<TagLink>,
}

struct TagLink {
    label: String,
    href: String,
    count: usize,
    depth: usize,
    is_chosen: bool,
}

struct Search {
    action: String,
    kept: Vec<(&'static str, String)>,
    text: String,
    only_online: bool,
    in_person: bool,
}

struct Month {
    name: String,
    days: Vec<Day>,
}

struct Day {
    iso: String,
    weekday: &'static str,
    number: i8,
    month: String,
    is_today: bool,
    entries: Vec<Entry>,
}

struct Entry {
    href: String,
    title: String,
    status: &'static str,
    when: String,
    place: String,
    is_online: bool,
    is_off: bool,
    tags: Vec<String>,
}

/// The page of a filter on a day; `count` is how many events its calendar has.
#[must_use]
pub fn agenda(site: &Site, filter: &Filter, today: Date, count: usize) -> String {
    let horizon = today.checked_add(1.years()).unwrap_or(today);
    let is_shown = |event: &&Event| filter.matches(event) && !site.is_struck(event, today);
    let events: Vec<&Event> = site.events().iter().map(|event| &**event).filter(is_shown).collect();
    let mut upcoming: Vec<(When, &Event)> =
        events.iter().flat_map(|event| event.occurrences(today, horizon)).collect();
    upcoming.sort_by(|(a, one), (b, other)| (a.order(), &one.id).cmp(&(b.order(), &other.id)));
    let card = Card::new(site, filter, count, super::event::next_on(&upcoming));
    let beyond = upcoming.len().saturating_sub(MOST);
    upcoming.truncate(MOST);
    let heading = site.in_words(filter);
    let route = Route::Agenda(filter.clone());
    let description = if heading.is_empty() { String::new() } else { format!("Upcoming events: {heading}") };
    let counts = counts(site, today, horizon);
    render(&Page {
        frame: Frame::new(site, &route, &heading, &description),
        lead: site.settings.description.clone(),
        is_filtered: *filter != Filter::everything(),
        heading: if heading.is_empty() { site.settings.title.clone() } else { heading },
        chips: chips(site, filter),
        groups: Facet::ALL.into_iter().filter_map(|facet| group(site, filter, facet, &counts)).collect(),
        search: search(site, filter),
        months: months(site, &upcoming, today),
        beyond,
        past: past(site, &events, today),
        card,
    })
}

/// How many events of each tag are to come, children counted in.
fn counts(site: &Site, today: Date, horizon: Date) -> BTreeMap<(Facet, TagPath), usize> {
    let mut counts = BTreeMap::new();
    for event in site.events() {
        if event.occurrences(today, horizon).is_empty() || site.is_struck(event, today) {
            continue;
        }
        let mut keys: Vec<(Facet, TagPath)> = Vec::new();
        for (facet, tags) in [(Facet::Region, &event.regions), (Facet::Topic, &event.topics)] {
            keys.extend(tags.iter().flat_map(|tag| tag.path.with_parents()).map(|path| (facet, path)));
        }
        keys.sort();
        keys.dedup();
        keys.into_iter().for_each(|key| *counts.entry(key).or_default() += 1);
    }
    counts
}

/// What the filter says, each with a link that takes it away.
fn chips(site: &Site, filter: &Filter) -> Vec<Anchor> {
    let link = |label: String, filter: Filter| Anchor {
        label,
        href: site.settings.local(&Route::Agenda(filter).to_string()),
    };
    let mut chips = Vec::new();
    for facet in Facet::ALL {
        for path in filter.paths(facet) {
            chips.push(link(
                site.tags(facet).short_name(path).to_owned(),
                filter.clone().without(facet, path),
            ));
        }
    }
    if let Some(online) = filter.online() {
        let label = if online == Online::Only { "online only" } else { "in person only" };
        chips.push(link(label.to_owned(), filter.clone().with_online(None)));
    }
    if let Some(text) = filter.text() {
        chips.push(link(format!("“{text}”"), filter.clone().with_text("")));
    }
    chips
}

fn group(
    site: &Site,
    filter: &Filter,
    facet: Facet,
    counts: &BTreeMap<(Facet, TagPath), usize>,
) -> Option<TagGroup> {
    let chosen = filter.paths(facet);
    let links: Vec<TagLink> = site
        .tags(facet)
        .iter()
        .filter_map(|(path, _)| {
            let count = counts.get(&(facet, path.clone())).copied().unwrap_or(0);
            let is_chosen = chosen.contains(path);
            let next = match is_chosen {
                true => filter.clone().without(facet, path),
                false => filter.clone().with(facet, path.clone()),
            };
            (count > 0 || is_chosen).then(|| TagLink {
                label: site.tags(facet).short_name(path).to_owned(),
                href: site.settings.local(&Route::Agenda(next).to_string()),
                count,
                depth: path.depth().min(3),
                is_chosen,
            })
        })
        .collect();
    let name = match facet {
        Facet::Region => "Regions",
        Facet::Topic => "Topics",
    };
    (!links.is_empty()).then_some(TagGroup { name, is_open: !chosen.is_empty() || links.len() <= 30, links })
}

fn search(site: &Site, filter: &Filter) -> Search {
    let kept = Facet::ALL
        .into_iter()
        .flat_map(|facet| filter.paths(facet).iter().map(move |path| (facet.key(), path.to_string())))
        .collect();
    Search {
        action: site.settings.local("/"),
        kept,
        text: filter.text().unwrap_or_default().to_owned(),
        only_online: filter.online() == Some(Online::Only),
        in_person: filter.online() == Some(Online::Exclude),
    }
}

fn months(site: &Site, upcoming: &[(When, &Event)], today: Date) -> Vec<Month> {
    let mut months: Vec<Month> = Vec::new();
    let mut shown: Option<Date> = None;
    for (when, event) in upcoming {
        // What began before today is still on: it stands under today.
        let day = when.first_day().max(today);
        let starts_month =
            shown.is_none_or(|shown| (shown.year(), shown.month()) != (day.year(), day.month()));
        if starts_month {
            months.push(Month { name: format!("{} {}", words::month(day), day.year()), days: Vec::new() });
        }
        let month = months.last_mut().expect("a month was pushed for the first event");
        if starts_month || shown != Some(day) {
            month.days.push(Day {
                iso: day.to_string(),
                weekday: words::weekday(day.weekday()),
                number: day.day(),
                month: words::month(day).to_owned(),
                is_today: day == today,
                entries: Vec::new(),
            });
        }
        shown = Some(day);
        let entries = &mut month.days.last_mut().expect("a day was pushed for the first event").entries;
        entries.push(entry(site, event, words::hours(when)));
    }
    months
}

fn past(site: &Site, events: &[&Event], today: Date) -> Vec<Entry> {
    let mut over: Vec<(Date, &Event)> = events
        .iter()
        .filter_map(|event| Some((event.last_day().filter(|last| *last < today)?, *event)))
        .collect();
    over.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.id.cmp(&other.id)));
    over.truncate(MOST_PAST);
    over.into_iter().map(|(_, event)| entry(site, event, words::when(&event.when))).collect()
}

fn entry(site: &Site, event: &Event, when: String) -> Entry {
    Entry {
        href: site.settings.local(&Route::Event(event.id.clone()).to_string()),
        title: event.title.clone(),
        status: super::event::status_label(event.status),
        when,
        place: event.location.clone().or_else(|| event.address.clone()).unwrap_or_default(),
        is_online: event.is_online(),
        is_off: super::event::is_off(event.status),
        tags: event.topics.iter().map(|tag| tag.name.to_string()).collect(),
    }
}
