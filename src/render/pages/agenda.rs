//! The agenda: the upcoming events of a filter by month and day, or one month of them.

use askama::Template;
use jiff::civil::Date;

use super::filters::{SearchForm, TagGroup, chips, search_form, suggestions, tag_group};
use super::grid::{ListedDays, MonthGrid};
use super::links::EventEntry;
use super::subscribe::SubscribeCard;
use super::timetable::Occurrence;
use super::view::{AgendaView, next_occurrence};
use super::{Anchor, Frame, PageContext, render};
use crate::i18n::fill;
use crate::model::event::Event;
use crate::model::month::Month;
use crate::model::route::Route;
use crate::model::tag::Facet;
use crate::model::when::When;

/// The most occurrences on the page of upcoming events; each month has a page of its own.
const MAX_UPCOMING: usize = 40;
/// The most occurrences of today that are shown at once.
const MAX_TODAY: usize = 4;
/// The most occurrences on the page of a month; the calendar has all.
const MAX_OF_MONTH: usize = 250;
/// The most past events on a page.
const MAX_PAST: usize = 8;

#[derive(Template)]
#[template(path = "agenda.html", config = "src/render/pages/askama.toml")]
struct AgendaPage<'a> {
    frame: Frame<'a>,
    heading: String,
    lead: String,
    chips: Vec<Anchor>,
    suggestions: Vec<Anchor>,
    today: Vec<TodayEntry>,
    /// The next event, and how soon it is: `in 3 days`.
    next: Option<(EventEntry, String)>,
    groups: Vec<TagGroup>,
    search: SearchForm,
    /// Each month with its days.
    months: Vec<(String, Vec<Day>)>,
    beyond: Option<String>,
    later: Vec<(Anchor, String)>,
    past: Vec<EventEntry>,
    past_month: Option<String>,
    is_month: bool,
    grid: Option<MonthGrid>,
    card: SubscribeCard,
}

/// An event of today.
struct TodayEntry {
    entry: EventEntry,
    /// Its end (RFC 3339), unless it is all day: the script hides events that are over.
    over: Option<String>,
    /// Whether it is hidden until the script finds that earlier ones are over.
    is_hidden: bool,
}

/// A day of a list.
#[derive(Debug)]
pub(super) struct Day {
    pub iso: String,
    pub weekday: String,
    pub number: i8,
    pub whole: String,
    pub is_today: bool,
    pub entries: Vec<EventEntry>,
}

/// Renders the page of a filter's upcoming events, or of those of a month.
#[must_use]
pub fn agenda(context: &PageContext<'_>, view: &AgendaView<'_>, month: Option<Month>) -> String {
    let PageContext { site, l10n, today } = *context;
    let filter = view.filter;
    let is_month = month.is_some();
    let upcoming = view.upcoming(today);
    let next = next_occurrence(context, &upcoming);
    let shown_month = month.or_else(|| Month::from_date(today));
    let in_month = shown_month.map(|month| view.timetable.of_month(site, month, view.events));
    let in_month = in_month.unwrap_or_default();
    let (all, most, begin) = match month {
        Some(month) => (&in_month, MAX_OF_MONTH, month.first()),
        None => (&upcoming, MAX_UPCOMING, today),
    };
    let listed = whole_days(all, most, begin);
    let rest = &all[listed.len()..];
    let days: Vec<Date> = listed.iter().map(|occurrence| occurrence.first().max(begin)).collect();
    let list = ListedDays { filter, days: &days, is_month };
    let filter_text = l10n.filter(site, filter);
    let month_name = month.map(|month| l10n.month(month.first()));
    let title = [filter_text.clone(), month_name.unwrap_or_default()];
    let title = title.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" – ");
    let route = match month {
        Some(month) => Route::Month(filter.clone(), month),
        None => Route::Agenda(filter.clone()),
    };
    let description = match filter_text.as_str() {
        "" => String::new(),
        filter => format!("{}: {filter}", l10n.upcoming),
    };
    let is_later = |(when, _): &&(When, &Event)| !is_month && when.first_day() > today;
    render(&AgendaPage {
        frame: Frame::new(context, &route, &title, &description),
        lead: if title.is_empty() { site.settings.description.clone() } else { String::new() },
        heading: if title.is_empty() { site.settings.title.clone() } else { title },
        chips: chips(context, filter).into_iter().map(|(anchor, _)| anchor).collect(),
        suggestions: if all.is_empty() { suggestions(context, view) } else { Vec::new() },
        today: if is_month { Vec::new() } else { on_today(context, &upcoming) },
        next: next.as_ref().filter(is_later).map(|(when, event)| next_entry(context, when, event)),
        groups: Facet::ALL.into_iter().filter_map(|facet| tag_group(context, view, facet)).collect(),
        search: search_form(context, filter),
        beyond: (is_month && !rest.is_empty())
            .then(|| fill(l10n.more_here, &[("n", &rest.len().to_string())])),
        later: if is_month { Vec::new() } else { later(context, view, rest) },
        past: if is_month { Vec::new() } else { past(context, view) },
        past_month: Month::from_date(today)
            .and_then(Month::previous)
            .map(|month| context.href(&Route::Month(filter.clone(), month))),
        is_month,
        grid: shown_month.map(|month| MonthGrid::new(context, month, &in_month, &list)),
        card: SubscribeCard::new(context, view, next.as_ref(), &Route::Agenda),
        months: months(context, listed, begin),
    })
}

/// Returns the first occurrences of a list that begins on a day: as many whole days as fit.
fn whole_days(occurrences: &[Occurrence], most: usize, begin: Date) -> &[Occurrence] {
    if occurrences.len() <= most {
        return occurrences;
    }
    let day = |occurrence: &Occurrence| occurrence.first().max(begin);
    let cut = occurrences[..most].iter().rposition(|one| day(one) != day(&occurrences[most]));
    &occurrences[..cut.map_or(most, |last| last + 1)]
}

/// Returns the events of today by start, those that began earlier first.
fn on_today(context: &PageContext<'_>, upcoming: &[Occurrence]) -> Vec<TodayEntry> {
    let PageContext { site, l10n, today } = *context;
    upcoming
        .iter()
        .take_while(|occurrence| occurrence.first() <= today)
        .filter_map(|occurrence| occurrence.resolve(site))
        .filter(|(_, event)| !event.status.is_off())
        .take(MAX_UPCOMING)
        .enumerate()
        .map(|(n, (when, event))| {
            let time = if when.first_day() == today { l10n.hours(&when) } else { l10n.when(&when) };
            let over = match &when {
                When::Days { .. } => None,
                When::Hours { end, .. } => Some(end.timestamp().to_string()),
            };
            TodayEntry { entry: EventEntry::new(context, event, time), over, is_hidden: n >= MAX_TODAY }
        })
        .collect()
}

/// Returns the next event, and how soon it is.
fn next_entry(context: &PageContext<'_>, when: &When, event: &Event) -> (EventEntry, String) {
    let PageContext { l10n, today, .. } = context;
    let days = today.until(when.first_day()).map_or(0, |span| span.get_days());
    let days_until = match days {
        ..=1 => l10n.tomorrow.to_owned(),
        days => l10n.plural(l10n.in_days, usize::try_from(days).unwrap_or(0)),
    };
    (EventEntry::new(context, event, l10n.when(when)), days_until)
}

/// Returns occurrences by month and day, from a day on. Events that began earlier are listed on that day.
pub(super) fn months(
    context: &PageContext<'_>,
    occurrences: &[Occurrence],
    begin: Date,
) -> Vec<(String, Vec<Day>)> {
    let l10n = context.l10n;
    let mut days: Vec<(Date, Day)> = Vec::new();
    for occurrence in occurrences {
        let Some((when, event)) = occurrence.resolve(context.site) else { continue };
        let date = occurrence.first().max(begin);
        if days.last().is_none_or(|(last, _)| *last != date) {
            let day = Day {
                iso: date.to_string(),
                weekday: l10n.weekday(date.weekday()),
                number: date.day(),
                whole: l10n.day_of_month(date),
                is_today: date == context.today,
                entries: Vec::new(),
            };
            days.push((date, day));
        }
        let (_, day) = days.last_mut().expect("a day was pushed for the first occurrence");
        day.entries.push(EventEntry::new(context, event, l10n.hours(&when)));
    }
    let mut months: Vec<(String, Vec<Day>)> = Vec::new();
    for (date, day) in days {
        let month = l10n.month(date);
        match months.last_mut().filter(|(name, _)| *name == month) {
            Some((_, days)) => days.push(day),
            None => months.push((month, vec![day])),
        }
    }
    months
}

/// Returns links to the months of the occurrences that are not listed, with their number.
fn later(context: &PageContext<'_>, view: &AgendaView<'_>, rest: &[Occurrence]) -> Vec<(Anchor, String)> {
    let l10n = context.l10n;
    let months: Vec<Month> =
        rest.iter().filter_map(|occurrence| Month::from_date(occurrence.first())).collect();
    let link = |months: &[Month]| {
        let month = months[0];
        let href = context.href(&Route::Month(view.filter.clone(), month));
        (Anchor { label: l10n.month(month.first()), href }, l10n.plural(l10n.count, months.len()))
    };
    months.chunk_by(|one, other| one == other).map(link).collect()
}

/// Returns the last events that are over.
fn past(context: &PageContext<'_>, view: &AgendaView<'_>) -> Vec<EventEntry> {
    let PageContext { site, l10n, today } = *context;
    let mut over: Vec<(Date, &Event)> = view
        .events
        .iter()
        .map(|index| &*site.events()[*index as usize])
        .filter_map(|event| Some((event.last_day().filter(|last| *last < today)?, event)))
        .collect();
    over.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.id.cmp(&other.id)));
    over.truncate(MAX_PAST);
    over.into_iter().map(|(_, event)| EventEntry::new(context, event, l10n.when(&event.when))).collect()
}
