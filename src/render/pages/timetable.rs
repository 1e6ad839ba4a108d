//! What takes place from the beginning of this month on, for a year: found out once for all pages of a day.

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;

use crate::model::event::Event;
use crate::model::month::Month;
use crate::model::when::When;
use crate::site::Site;

/// One occurrence of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// Its place on an agenda: its first day, whole days before hours.
    order: (Date, Option<Timestamp>),
    /// The place of its event in the site.
    pub event: u32,
    /// Its last day.
    pub last: Date,
}

impl Slot {
    /// Its first day.
    #[must_use]
    pub fn first(&self) -> Date {
        self.order.0
    }

    /// What it is, and when.
    #[must_use]
    pub fn of<'s>(&self, site: &'s Site) -> Option<(When, &'s Event)> {
        let event = site.events().get(self.event as usize)?;
        let all = event.occurrences(self.first(), self.last);
        all.into_iter().find(|(when, _)| when.order() == self.order)
    }
}

/// All occurrences of a year, in the order of an agenda.
#[derive(Debug)]
pub struct Timetable {
    slots: Vec<Slot>,
    from: Date,
    to: Date,
}

impl Timetable {
    /// The timetable of a site on a day; what was cancelled long ago is not in it.
    #[must_use]
    pub fn on(site: &Site, today: Date) -> Timetable {
        let (from, to) = (today.first_of_month(), today.checked_add(1.years()).unwrap_or(today));
        let mut slots = Vec::with_capacity(site.events().len());
        for (place, event) in site.events().iter().enumerate() {
            if !site.is_hidden(event, today) {
                push_slots(event, place, (from, to), &mut slots);
            }
        }
        slots.sort_unstable();
        Timetable { slots, from, to }
    }

    /// What takes place on a day or later.
    pub fn since(&self, day: Date) -> impl Iterator<Item = &Slot> {
        self.slots.iter().filter(move |slot| slot.last >= day)
    }

    /// What touches a month, of some events of the site.
    #[must_use]
    pub fn of_month(&self, site: &Site, month: Month, places: &[u32]) -> Vec<Slot> {
        let (first, last) = (month.first(), month.last());
        if first >= self.from && last <= self.to {
            let wanted = |slot: &&Slot| {
                slot.first() <= last && slot.last >= first && places.binary_search(&slot.event).is_ok()
            };
            return self.slots.iter().filter(wanted).copied().collect();
        }
        let mut slots = Vec::new();
        for place in places {
            push_slots(&site.events()[*place as usize], *place as usize, (first, last), &mut slots);
        }
        slots.sort_unstable();
        slots
    }
}

fn push_slots(event: &Event, place: usize, (from, to): (Date, Date), slots: &mut Vec<Slot>) {
    let place = u32::try_from(place).unwrap_or(u32::MAX);
    let all = event.occurrences(from, to);
    slots.extend(all.iter().map(|(when, _)| Slot {
        order: when.order(),
        event: place,
        last: when.last_day(),
    }));
}
