//! A month as a table of weeks, in which each day with events is a link to them.

use jiff::ToSpan;
use jiff::civil::Date;

use super::timetable::Occurrence;
use super::{Anchor, PageContext};
use crate::model::filter::Filter;
use crate::model::month::Month;
use crate::model::route::Route;

/// A month of an agenda.
#[derive(Debug)]
pub(super) struct MonthGrid {
    pub caption: String,
    pub previous: Option<Anchor>,
    pub next: Option<Anchor>,
    /// Each weekday, short and in full.
    pub weekdays: Vec<(String, String)>,
    pub weeks: Vec<Vec<GridCell>>,
}

/// A day of the table. Days of other months are empty.
#[derive(Debug)]
pub(super) struct GridCell {
    pub number: i8,
    pub is_here: bool,
    pub is_today: bool,
    /// A link to its events; the label is the day and their number.
    pub link: Option<Anchor>,
}

/// The list of events on the page of a grid.
pub(super) struct ListedDays<'p> {
    pub filter: &'p Filter,
    /// The days that it lists, in order.
    pub days: &'p [Date],
    /// Whether it lists the month, and not the upcoming events.
    pub is_month: bool,
}

impl MonthGrid {
    /// Returns the grid of a month and its occurrences.
    pub(super) fn new(
        context: &PageContext<'_>,
        month: Month,
        occurrences: &[Occurrence],
        list: &ListedDays<'_>,
    ) -> MonthGrid {
        let PageContext { l10n, today, .. } = context;
        let month_page = |month: Month| context.href(&Route::Month(list.filter.clone(), month));
        let neighbour = |month: Month| Anchor { label: l10n.month(month.first()), href: month_page(month) };
        let before = l10n.first_weekday().until(month.first().weekday());
        let start = month.first().checked_sub(i64::from(before).days()).unwrap_or(month.first());
        let days: Vec<Date> = start.series(1.day()).take(42).collect();
        let busy = busy(month, occurrences, if list.is_month { month.first() } else { *today });
        let link = |day: Date| {
            let (count, listed) = busy.get(usize::try_from(day.day() - 1).ok()?).copied().flatten()?;
            let label = format!("{}: {}", l10n.day_of_month(day), l10n.plural(l10n.count, count));
            let page = match list.days.binary_search(&listed) {
                Ok(_) => String::new(),
                Err(_) if list.is_month => return None,
                Err(_) => month_page(month),
            };
            Some(Anchor { label, href: format!("{page}#d{listed}") })
        };
        let cell = |day: &Date| GridCell {
            number: day.day(),
            is_here: month.has(*day),
            is_today: day == today,
            link: if month.has(*day) { link(*day) } else { None },
        };
        let weeks = days.chunks(7).filter(|week| week.iter().any(|day| month.has(*day)));
        MonthGrid {
            caption: l10n.month(month.first()),
            previous: month.previous().map(neighbour),
            next: month.next().map(neighbour),
            weekdays: days[..days.len().min(7)]
                .iter()
                .map(|day| (l10n.short_weekday(day.weekday()), l10n.weekday(day.weekday())))
                .collect(),
            weeks: weeks.map(|week| week.iter().map(cell).collect()).collect(),
        }
    }
}

/// Returns for each day of a month its number of events, and the day under which a list that begins on `begin` has them:
/// events that began earlier are listed on that day.
fn busy(month: Month, occurrences: &[Occurrence], begin: Date) -> Vec<Option<(usize, Date)>> {
    let mut busy = vec![None; usize::try_from(month.last().day()).unwrap_or(31)];
    for occurrence in occurrences {
        let (from, to) = (occurrence.first().max(month.first()), occurrence.last.min(month.last()));
        for day in from.series(1.day()).take_while(|day| *day <= to) {
            let listed = if day < begin { from } else { occurrence.first().max(begin) };
            let known = &mut busy[usize::try_from(day.day() - 1).unwrap_or(0)];
            *known = match *known {
                None => Some((1, listed)),
                Some((count, other)) => Some((count + 1, other.max(listed))),
            };
        }
    }
    busy
}
