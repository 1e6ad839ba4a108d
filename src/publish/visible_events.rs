//! The events that calendars show on a day: without those that are past or were cancelled long ago.

use jiff::ToSpan;
use jiff::civil::Date;

use super::event_set::EventSet;
use crate::model::event::Event;
use crate::model::settings::Past;
use crate::site::Site;

/// Which events of a site are shown on a day.
pub(super) struct VisibleEvents {
    visible: EventSet,
    /// Hidden events, each with a day on which it was hidden: up to three days late, because months differ in
    /// length, and never early.
    hidden: Vec<(usize, Date)>,
}

impl VisibleEvents {
    /// Finds the events that are shown on a day.
    pub(super) fn new(site: &Site, today: Date) -> VisibleEvents {
        let mut visible = EventSet::full(site.events().len());
        let mut hidden = Vec::new();
        for (index, event) in site.events().iter().enumerate() {
            let cancelled = site.hidden_from(event).filter(|day| *day <= today);
            if cancelled.is_none() && !event.is_over_before(site.settings.past.since(today)) {
                continue;
            }
            visible.remove(index);
            let day = expiry(site, event, today).max(cancelled).map(|day| day.min(today));
            hidden.extend(day.map(|day| (index, day)));
        }
        VisibleEvents { visible, hidden }
    }

    /// Reduces a set to the visible events; returns the last day on which one of the others was hidden.
    pub(super) fn restrict(&self, selected: &mut EventSet) -> Option<Date> {
        let hidden = self.hidden.iter().filter(|(event, _)| selected.contains(*event));
        let last = hidden.map(|(_, day)| *day).max();
        selected.intersect(&self.visible);
        last
    }
}

/// Returns the day on which an event became older than the settings keep.
fn expiry(site: &Site, event: &Event, today: Date) -> Option<Date> {
    let past = &site.settings.past;
    let last = event.last_day().filter(|last| *last < past.since(today))?;
    match past {
        Past::All => None,
        Past::For(span) => last.checked_add(*span).ok()?.checked_add(4.days()).ok(),
    }
}
