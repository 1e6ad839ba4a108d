//! Input of the pages of one filter: its events and their occurrences.

use jiff::civil::Date;

use super::PageContext;
use super::timetable::{Occurrence, Timetable};
use crate::model::event::Event;
use crate::model::filter::Filter;
use crate::model::tag::{Facet, TagPath};
use crate::model::when::When;

/// The events of a filter, and counts for links to other filters.
pub struct AgendaView<'a> {
    /// The filter.
    pub filter: &'a Filter,
    /// Sorted indexes of its events in the site.
    pub events: &'a [u32],
    /// Number of events in its calendar.
    pub in_calendar: usize,
    /// The occurrences of this year.
    pub timetable: &'a Timetable,
    /// Counts the upcoming events of a tag that match the filter in the other facet.
    pub counts: &'a dyn Fn(Facet, &TagPath) -> usize,
    /// Counts the upcoming events of another filter.
    pub upcoming_of: &'a dyn Fn(&Filter) -> usize,
}

impl std::fmt::Debug for AgendaView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AgendaView of {:?}: {} events", self.filter, self.events.len())
    }
}

impl AgendaView<'_> {
    /// Returns the upcoming occurrences, in the order of an agenda.
    #[must_use]
    pub fn upcoming(&self, today: Date) -> Vec<Occurrence> {
        let is_of_filter = |occurrence: &&Occurrence| self.events.binary_search(&occurrence.event).is_ok();
        self.timetable.since(today).filter(is_of_filter).copied().collect()
    }
}

/// Returns the next occurrence to announce: the first after today that takes place, or else the first of today, which
/// may be over, or else the first that does not take place.
pub(super) fn next_occurrence<'s>(
    context: &PageContext<'s>,
    upcoming: &[Occurrence],
) -> Option<(When, &'s Event)> {
    let after = upcoming.partition_point(|occurrence| occurrence.first() <= context.today);
    let in_turn = upcoming[after..].iter().chain(&upcoming[..after]);
    let all = || in_turn.clone().filter_map(|occurrence| occurrence.resolve(context.site));
    all().find(|(_, event)| !event.status.is_off()).or_else(|| all().next())
}
