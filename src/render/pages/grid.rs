//! The month grid: a table of days, each a link to its events.

use jiff::ToSpan;
use jiff::civil::Date;

use super::timetable::Slot;
use super::{Anchor, PageContext};
use crate::model::filter::Filter;
use crate::model::month::Month;
use crate::model::route::Route;

/// A month as a table of weeks.
#[derive(Debug)]
pub(super) struct Grid {
    pub caption: String,
    pub previous: Option<Anchor>,
    pub next: Option<Anchor>,
    /// Each weekday, short and whole.
    pub weekdays: Vec<(String, String)>,
    pub weeks: Vec<Vec<Cell>>,
}

/// A day of it. Days of other months are empty.
#[derive(Debug)]
pub(super) struct Cell {
    pub number: i8,
    pub is_here: bool,
    pub is_today: bool,
    /// Where its events are, and the day and their number in l10n.
    pub link: Option<Anchor>,
}

/// The page that a grid stands on.
pub(super) struct Beside<'p> {
    pub filter: &'p Filter,
    /// The days that are listed on it, in order.
    pub listed: &'p [Date],
    /// Whether it lists the month, and not what is to come.
    pub is_month: bool,
}

impl Grid {
    /// The grid of a month; `slots` are what takes place in it.
    pub(super) fn new(paper: &PageContext<'_>, month: Month, slots: &[Slot], beside: &Beside<'_>) -> Grid {
        let PageContext { l10n, today, .. } = paper;
        let of = |month: Month| paper.local(&Route::Month(beside.filter.clone(), month));
        let neighbour = |month: Month| Anchor { label: l10n.month(month.first()), href: of(month) };
        let before = l10n.first_weekday().until(month.first().weekday());
        let start = month.first().checked_sub(i64::from(before).days()).unwrap_or(month.first());
        let days: Vec<Date> = start.series(1.day()).take(42).collect();
        let busy = busy(month, slots, if beside.is_month { month.first() } else { *today });
        let link = |day: Date| {
            let (count, listed) = busy.get(usize::try_from(day.day() - 1).ok()?).copied().flatten()?;
            let label = format!("{}: {}", l10n.day_of_month(day), l10n.plural(l10n.count, count));
            let page = match beside.listed.binary_search(&listed) {
                Ok(_) => String::new(),
                Err(_) if beside.is_month => return None,
                Err(_) => of(month),
            };
            Some(Anchor { label, href: format!("{page}#d{listed}") })
        };
        let cell = |day: &Date| Cell {
            number: day.day(),
            is_here: month.has(*day),
            is_today: day == today,
            link: if month.has(*day) { link(*day) } else { None },
        };
        let weeks = days.chunks(7).filter(|week| week.iter().any(|day| month.has(*day)));
        Grid {
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

/// How many events each day of a month has, and the day under which a list that begins on a day has the first
/// of them: what began earlier stands where the list begins.
fn busy(month: Month, slots: &[Slot], begin: Date) -> Vec<Option<(usize, Date)>> {
    let mut busy = vec![None; usize::try_from(month.last().day()).unwrap_or(31)];
    for slot in slots {
        let (from, to) = (slot.first().max(month.first()), slot.last.min(month.last()));
        for day in from.series(1.day()).take_while(|day| *day <= to) {
            let listed = if day < begin { from } else { slot.first().max(begin) };
            let known = &mut busy[usize::try_from(day.day() - 1).unwrap_or(0)];
            *known = match *known {
                None => Some((1, listed)),
                Some((count, other)) => Some((count + 1, other.max(listed))),
            };
        }
    }
    busy
}
