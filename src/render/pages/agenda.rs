//! The agenda: what is to come of a filter by month and day, or one month of it; the filters as links and a form;
//! the card to subscribe to exactly what is shown.

use askama::Template;
use jiff::civil::Date;

use super::grid::{Beside, Grid};
use super::links::Entry;
use super::subscribe::Card;
use super::timetable::{Slot, Timetable};
use super::{Anchor, Frame, PageContext, render};
use crate::i18n::fill;
use crate::model::event::Event;
use crate::model::filter::{Filter, Online};
use crate::model::geo::{Distance, Point};
use crate::model::month::Month;
use crate::model::route::Route;
use crate::model::tag::{Facet, TagPath};
use crate::model::when::When;

/// The most occurrences on the page of what is to come; a month has a page of its own.
const MOST: usize = 40;
/// The most of today that stand before all else at once.
const MOST_TODAY: usize = 4;
/// The most occurrences on the page of a month; the calendar has all.
const MOST_OF_MONTH: usize = 250;
/// The most events of the past on one page.
const MOST_PAST: usize = 8;
/// The most regions or topics that are offered at once.
const MOST_TAGS: usize = 60;

/// What was found out about a filter before its page is made.
pub struct AgendaView<'a> {
    /// The filter.
    pub filter: &'a Filter,
    /// The places of the events in the site that it wants, in their order.
    pub places: &'a [u32],
    /// How many events its calendar has.
    pub in_calendar: usize,
    /// What takes place this year.
    pub timetable: &'a Timetable,
    /// How many events to come each region and topic would have, chosen beside the others.
    pub counts: &'a dyn Fn(Facet, &TagPath) -> usize,
    /// How many events to come another filter has.
    pub upcoming_of: &'a dyn Fn(&Filter) -> usize,
}

impl std::fmt::Debug for AgendaView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Choice of {:?}: {} events", self.filter, self.places.len())
    }
}

impl AgendaView<'_> {
    /// What is to come, in the order of an agenda.
    #[must_use]
    pub fn upcoming(&self, today: Date) -> Vec<Slot> {
        let wanted = |slot: &&Slot| self.places.binary_search(&slot.event).is_ok();
        self.timetable.since(today).filter(wanted).copied().collect()
    }
}

/// The first after today that takes place. Where none does the first of today, of which a page that is made once a
/// day cannot say whether it is over; else the first that does not take place.
pub(super) fn next<'s>(paper: &PageContext<'s>, upcoming: &[Slot]) -> Option<(When, &'s Event)> {
    let after = upcoming.partition_point(|slot| slot.first() <= paper.today);
    let in_turn = upcoming[after..].iter().chain(&upcoming[..after]);
    let all = || in_turn.clone().filter_map(|slot| slot.of(paper.site));
    all().find(|(_, event)| !event.status.is_off()).or_else(|| all().next())
}

#[derive(Template)]
#[template(path = "agenda.html", config = "src/render/pages/askama.toml")]
struct Page<'a> {
    frame: Frame<'a>,
    heading: String,
    lead: String,
    chips: Vec<Anchor>,
    ways_out: Vec<Anchor>,
    today: Vec<Today>,
    next: Option<Next>,
    groups: Vec<TagGroup>,
    search: Search,
    months: Vec<MonthList>,
    beyond: Option<String>,
    later: Vec<(Anchor, String)>,
    past: Vec<Entry>,
    past_month: Option<String>,
    is_month: bool,
    all_upcoming: String,
    grid: Option<Grid>,
    card: Card,
    as_text: String,
    as_poster: String,
}

/// What takes place today, before all else.
struct Today {
    entry: Entry,
    /// The instant at which it is over (RFC 3339), unless it takes the whole day. A page is of a day: the script takes
    /// away what is over, and who has none reads the hours.
    over: Option<String>,
    /// Whether the script shows it once there is room.
    waits: bool,
}

/// What comes next.
struct Next {
    entry: Entry,
    /// `today`, `in 3 days`.
    soon: String,
}

struct TagGroup {
    name: &'static str,
    is_open: bool,
    links: Vec<TagLink>,
    more: Option<String>,
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
    near: String,
}

/// A month of the list.
#[derive(Debug)]
pub(super) struct MonthList {
    pub name: String,
    pub days: Vec<Day>,
}

/// A day of it.
#[derive(Debug)]
pub(super) struct Day {
    pub iso: String,
    pub weekday: String,
    pub number: i8,
    pub whole: String,
    pub is_today: bool,
    pub entries: Vec<Entry>,
}

/// The page of a filter: of what is to come, or of a month.
#[must_use]
pub fn agenda(paper: &PageContext<'_>, choice: &AgendaView<'_>, month: Option<Month>) -> String {
    let PageContext { site, l10n, today } = *paper;
    let filter = choice.filter;
    let upcoming = choice.upcoming(today);
    let next = next(paper, &upcoming);
    let is_later = |(when, _): &&(When, &Event)| month.is_none() && when.first_day() > today;
    let this_month = month.or_else(|| Month::of(today));
    let in_month = this_month.map(|month| choice.timetable.of_month(site, month, choice.places));
    let in_month = in_month.unwrap_or_default();
    let (begin, listed) = match month {
        Some(month) => (month.first(), head(&in_month, MOST_OF_MONTH, month.first())),
        None => (today, head(&upcoming, MOST, today)),
    };
    let all = if month.is_some() { &in_month } else { &upcoming };
    let months = months(paper, listed, begin);
    let days: Vec<Date> = listed.iter().map(|slot| slot.first().max(begin)).collect();
    let beside = Beside { filter, listed: &days, is_month: month.is_some() };
    let rest = &all[listed.len()..];
    let in_words = l10n.filter(site, filter);
    let mut title = in_words.clone();
    if let Some(month) = month {
        let name = l10n.month(month.first());
        title = if title.is_empty() { name } else { format!("{title} – {name}") };
    }
    let route = match month {
        Some(month) => Route::Month(filter.clone(), month),
        None => Route::Agenda(filter.clone()),
    };
    let description =
        if in_words.is_empty() { String::new() } else { format!("{}: {in_words}", l10n.upcoming) };
    render(&Page {
        frame: Frame::new(paper, &route, &title, &description),
        heading: if title.is_empty() { site.settings.title.clone() } else { title },
        lead: if in_words.is_empty() && month.is_none() {
            site.settings.description.clone()
        } else {
            String::new()
        },
        chips: chips(paper, filter).into_iter().map(|(anchor, _)| anchor).collect(),
        ways_out: if all.is_empty() { ways_out(paper, choice) } else { Vec::new() },
        today: if month.is_none() { on_today(paper, &upcoming) } else { Vec::new() },
        next: next.as_ref().filter(is_later).map(|(when, event)| first(paper, when, event)),
        groups: Facet::ALL.into_iter().filter_map(|facet| group(paper, choice, facet)).collect(),
        search: search(paper, filter),
        beyond: month
            .filter(|_| !rest.is_empty())
            .map(|_| fill(l10n.more_here, &[("n", &rest.len().to_string())])),
        later: if month.is_none() { later(paper, filter, rest) } else { Vec::new() },
        past: if month.is_none() { past(paper, choice) } else { Vec::new() },
        past_month: Month::of(today)
            .and_then(Month::previous)
            .map(|month| paper.local(&Route::Month(filter.clone(), month))),
        is_month: month.is_some(),
        all_upcoming: paper.local(&Route::Agenda(filter.clone())),
        grid: this_month.map(|month| Grid::new(paper, month, &in_month, &beside)),
        card: Card::new(paper, choice, next.as_ref(), &Route::Agenda),
        as_text: paper.local(&Route::Text(filter.clone())),
        as_poster: paper.local(&Route::Print(filter.clone())),
        months,
    })
}

/// The first occurrences of a list that begins on a day: whole days, as long as there is room.
fn head(slots: &[Slot], most: usize, begin: Date) -> &[Slot] {
    if slots.len() <= most {
        return slots;
    }
    let day = |slot: &Slot| slot.first().max(begin);
    let cut = slots[..most].iter().rposition(|slot| day(slot) != day(&slots[most])).map_or(most, |at| at + 1);
    &slots[..cut]
}

/// What takes place today: what is still on first, then by hours.
fn on_today(paper: &PageContext<'_>, upcoming: &[Slot]) -> Vec<Today> {
    let begun = upcoming.iter().take_while(|slot| slot.first() <= paper.today);
    let all = begun.filter_map(|slot| slot.of(paper.site)).filter(|(_, event)| !event.status.is_off());
    let one = |(place, (when, event)): (usize, (When, &Event))| Today {
        entry: Entry::new(
            paper,
            event,
            match when.first_day() == paper.today {
                true => paper.l10n.hours(&when),
                false => paper.l10n.when(&when),
            },
        ),
        over: match &when {
            When::Days { .. } => None,
            When::Hours { end, .. } => Some(end.timestamp().to_string()),
        },
        waits: place >= MOST_TODAY,
    };
    all.take(MOST).enumerate().map(one).collect()
}

/// What comes next, as one says it.
fn first(paper: &PageContext<'_>, when: &When, event: &Event) -> Next {
    let PageContext { l10n, today, .. } = paper;
    let days = today.until(when.first_day()).map_or(0, |span| span.get_days());
    let soon = match days {
        ..=1 => l10n.tomorrow.to_owned(),
        days => l10n.plural(l10n.in_days, usize::try_from(days).unwrap_or(0)),
    };
    Next { entry: Entry::new(paper, event, l10n.when(when)), soon }
}

/// What the filter says, each with a link that takes it away, and the filter without it.
fn chips(paper: &PageContext<'_>, filter: &Filter) -> Vec<(Anchor, Filter)> {
    let PageContext { site, l10n, .. } = paper;
    let mut chips: Vec<(String, Filter)> = Vec::new();
    for facet in Facet::ALL {
        for path in filter.paths(facet) {
            let name = site.tags(facet).short_name(path).to_owned();
            chips.push((name, filter.clone().without(facet, path)));
        }
    }
    chips.extend(l10n.neighbourhood(filter).map(|around| (around, filter.clone().with_near(None))));
    chips.extend(filter.online().map(|online| {
        let label = match online {
            Online::Include => l10n.or_online,
            Online::Only => l10n.online_only,
            Online::Exclude => l10n.in_person_only,
        };
        (label.to_owned(), filter.clone().with_online(None))
    }));
    chips.extend(
        filter.text().map(|text| (fill(l10n.quoted, &[("text", text)]), filter.clone().with_text(""))),
    );
    chips.extend(filter.alarm().map(|alarm| {
        let before = l10n.alarm(alarm);
        (fill(l10n.with_reminder, &[("before", &before)]), filter.clone().with_alarm(None))
    }));
    let anchor = |label, filter: &Filter| Anchor { label, href: paper.local(&Route::Agenda(filter.clone())) };
    chips.into_iter().map(|(label, filter)| (anchor(label, &filter), filter)).collect()
}

/// Which choice to take away where nothing fits all of them.
fn ways_out(paper: &PageContext<'_>, choice: &AgendaView<'_>) -> Vec<Anchor> {
    let l10n = paper.l10n;
    let way = |(anchor, without): (Anchor, Filter)| {
        let count = (choice.upcoming_of)(&without);
        let count_said = l10n.plural(l10n.count, count);
        // Localizer that are searched for have their marks already.
        let is_text = without.text() != choice.filter.text();
        let choice =
            if is_text { anchor.label.clone() } else { fill(l10n.quoted, &[("text", &anchor.label)]) };
        let label = fill(l10n.without, &[("choice", &choice), ("count", &count_said)]);
        (count > 0).then_some(Anchor { label, ..anchor })
    };
    chips(paper, choice.filter).into_iter().filter_map(way).collect()
}

/// The tags of one facet that lead to events, as far as a page has room: the uppermost, and what is below those
/// that are chosen.
fn group(paper: &PageContext<'_>, choice: &AgendaView<'_>, facet: Facet) -> Option<TagGroup> {
    let PageContext { site, l10n, .. } = paper;
    let filter = choice.filter;
    let chosen = filter.paths(facet);
    let known: Vec<(&TagPath, usize)> = site
        .tags(facet)
        .iter()
        .map(|(path, _)| (path, (choice.counts)(facet, path)))
        .filter(|(path, count)| *count > 0 || chosen.contains(path))
        .collect();
    let is_near = |path: &TagPath| {
        let is_child = |of: &TagPath| path.parent().is_none_or(|parent| parent == *of);
        path.depth() == 0 || chosen.iter().any(|of| path.includes(of) || is_child(of))
    };
    let all = known.len();
    let mut shown = known;
    if shown.len() > MOST_TAGS {
        shown.retain(|(path, _)| is_near(path));
    }
    if shown.len() > MOST_TAGS {
        let mut counts: Vec<usize> = shown.iter().map(|(_, count)| *count).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let least = counts[MOST_TAGS - 1].max(1);
        shown.retain(|(path, count)| *count >= least || chosen.contains(path));
        shown.truncate(2 * MOST_TAGS);
    }
    let more = all - shown.len();
    let link = |(path, count): (&TagPath, usize)| {
        let is_chosen = chosen.contains(path);
        let next = match is_chosen {
            true => filter.clone().without(facet, path),
            false => filter.clone().with(facet, path.clone()),
        };
        let label = site.tags(facet).short_name(path).to_owned();
        TagLink {
            label,
            href: paper.local(&Route::Agenda(next)),
            count,
            depth: path.depth().min(3),
            is_chosen,
        }
    };
    let links: Vec<TagLink> = shown.into_iter().map(link).collect();
    let name = match facet {
        Facet::Region => l10n.regions,
        Facet::Topic => l10n.topics,
    };
    let more = (more > 0).then(|| fill(l10n.and_more, &[("n", &more.to_string())]));
    (!links.is_empty()).then_some(TagGroup {
        name,
        is_open: !chosen.is_empty() || links.len() <= 30,
        links,
        more,
    })
}

fn search(paper: &PageContext<'_>, filter: &Filter) -> Search {
    let mut kept: Vec<(&'static str, String)> = Facet::ALL
        .into_iter()
        .flat_map(|facet| filter.paths(facet).iter().map(move |path| (facet.key(), path.to_string())))
        .collect();
    if let Some((point, within)) = filter.near() {
        kept.extend([("near", point.to_string()), ("within", within.to_string())]);
    }
    kept.extend(filter.alarm().map(|alarm| ("alarm", alarm.to_string())));
    // The script puts the reader's own place where the point is.
    let there =
        Point::parse("0,0").map(|point| (point, filter.near().map_or(Distance::default(), |(_, far)| far)));
    let near = paper.local(&Route::Agenda(filter.clone().with_near(there)));
    Search {
        action: paper.local(&Route::Agenda(Filter::everything())),
        kept,
        text: filter.text().unwrap_or_default().to_owned(),
        only_online: filter.online() == Some(Online::Only),
        in_person: filter.online() == Some(Online::Exclude),
        near: near.replace("near=0.0,0.0", "near={near}"),
    }
}

/// Occurrences by month and day, from a day on: what began before it is still on, and stands under that day.
pub(super) fn months(paper: &PageContext<'_>, slots: &[Slot], begin: Date) -> Vec<MonthList> {
    let l10n = paper.l10n;
    let mut months: Vec<MonthList> = Vec::new();
    let mut shown: Option<Date> = None;
    for slot in slots {
        let Some((when, event)) = slot.of(paper.site) else { continue };
        let day = slot.first().max(begin);
        let starts_month =
            shown.is_none_or(|shown| (shown.year(), shown.month()) != (day.year(), day.month()));
        if starts_month {
            months.push(MonthList { name: l10n.month(day), days: Vec::new() });
        }
        let month = months.last_mut().expect("a month was pushed for the first event");
        if starts_month || shown != Some(day) {
            month.days.push(Day {
                iso: day.to_string(),
                weekday: l10n.weekday(day.weekday()),
                number: day.day(),
                whole: l10n.day_of_month(day),
                is_today: day == paper.today,
                entries: Vec::new(),
            });
        }
        shown = Some(day);
        let entries = &mut month.days.last_mut().expect("a day was pushed for the first event").entries;
        entries.push(Entry::new(paper, event, l10n.hours(&when)));
    }
    months
}

/// The months after what is listed, each with the number of its events.
fn later(paper: &PageContext<'_>, filter: &Filter, rest: &[Slot]) -> Vec<(Anchor, String)> {
    let l10n = paper.l10n;
    let mut months: Vec<(Month, usize)> = Vec::new();
    for slot in rest {
        let Some(month) = Month::of(slot.first()) else { continue };
        match months.last_mut() {
            Some((last, count)) if *last == month => *count += 1,
            _ => months.push((month, 1)),
        }
    }
    let link = |(month, count): (Month, usize)| {
        let href = paper.local(&Route::Month(filter.clone(), month));
        (Anchor { label: l10n.month(month.first()), href }, l10n.plural(l10n.count, count))
    };
    months.into_iter().map(link).collect()
}

/// The last events that are over.
fn past(paper: &PageContext<'_>, choice: &AgendaView<'_>) -> Vec<Entry> {
    let PageContext { site, l10n, today } = *paper;
    let mut over: Vec<(Date, &Event)> = choice
        .places
        .iter()
        .map(|place| &*site.events()[*place as usize])
        .filter_map(|event| Some((event.last_day().filter(|last| *last < today)?, event)))
        .collect();
    over.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.id.cmp(&other.id)));
    over.truncate(MOST_PAST);
    over.into_iter().map(|(_, event)| Entry::new(paper, event, l10n.when(&event.when))).collect()
}
