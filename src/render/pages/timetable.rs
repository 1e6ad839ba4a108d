//! The occurrences of a year, computed once for all pages of a day.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::model::event::Event;
use crate::model::month::Month;
use crate::model::when::When;
use crate::site::Site;

/// One occurrence of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// Its first day and start; whole days come before hours.
    order: (Date, Option<Timestamp>),
    /// The index of its event in the site.
    pub event: u32,
    /// Its last day.
    pub last: Date,
}

impl Occurrence {
    /// Returns its first day.
    #[must_use]
    pub fn first(&self) -> Date {
        self.order.0
    }

    /// Returns its times and its event, which is another than that of the series where the occurrence was replaced.
    #[must_use]
    pub fn resolve<'s>(&self, site: &'s Site) -> Option<(When, &'s Event)> {
        let event = site.events().get(self.event as usize)?;
        let all = event.occurrences(self.first(), self.last);
        all.into_iter().find(|(when, _)| when.order() == self.order)
    }
}

/// All occurrences from the beginning of this month to a year from today, in the order of an agenda.
#[derive(Debug)]
pub struct Timetable {
    occurrences: Vec<Occurrence>,
    from: Date,
    to: Date,
}

impl Timetable {
    /// Returns the timetable of a site on a day, without events that are hidden by then.
    #[must_use]
    pub fn new(site: &Site, today: Date) -> Timetable {
        let (from, to) = (today.first_of_month(), today.checked_add(1.years()).unwrap_or(today));
        let visible = (0u32..).zip(site.events()).filter(|(_, event)| !site.is_hidden(event, today));
        let mut occurrences: Vec<Occurrence> =
            visible.flat_map(|(index, event)| occurrences_of(event, index, from, to)).collect();
        occurrences.sort_unstable();
        Timetable { occurrences, from, to }
    }

    /// Returns the occurrences that end on a day or later.
    pub fn since(&self, day: Date) -> impl Iterator<Item = &Occurrence> {
        self.occurrences.iter().filter(move |occurrence| occurrence.last >= day)
    }

    /// Returns the occurrences of events that touch a month. The indexes of the events are sorted.
    #[must_use]
    pub fn of_month(&self, site: &Site, month: Month, events: &[u32]) -> Vec<Occurrence> {
        let (first, last) = (month.first(), month.last());
        if first >= self.from && last <= self.to {
            let is_wanted = |one: &&Occurrence| {
                one.first() <= last && one.last >= first && events.binary_search(&one.event).is_ok()
            };
            return self.occurrences.iter().filter(is_wanted).copied().collect();
        }
        let of = |index: &u32| occurrences_of(&site.events()[*index as usize], *index, first, last);
        let mut occurrences: Vec<Occurrence> = events.iter().flat_map(of).collect();
        occurrences.sort_unstable();
        occurrences
    }
}

fn occurrences_of(event: &Event, index: u32, from: Date, to: Date) -> Vec<Occurrence> {
    let occurrence =
        |(when, _): &(When, &Event)| Occurrence { order: when.order(), event: index, last: when.last_day() };
    event.occurrences(from, to).iter().map(occurrence).collect()
}
