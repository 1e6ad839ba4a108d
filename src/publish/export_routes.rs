//! The routes that an export writes: [`Snapshot::routes`], the pages of months, calendars with reminders, and
//! combinations of a region with a topic.

use std::collections::{BTreeMap, BTreeSet};

use super::event_set::EventSet;
use super::facet_index::tags_of;
use super::snapshot::Snapshot;
use crate::model::alarm::Alarm;
use crate::model::filter::Filter;
use crate::model::month::Month;
use crate::model::route::Route;
use crate::model::tag::{Facet, TagPath};

/// The routes of an export.
#[derive(Clone, Debug, Default)]
pub struct ExportRoutes {
    /// Every route once.
    pub routes: Vec<Route>,
    /// How many combinations of a region with a topic have events but are not exported.
    pub left_out: usize,
}

impl Snapshot {
    /// Returns every route that an export writes, with the `max_pairs` combinations of a region and a topic that
    /// have the most events.
    #[must_use]
    pub fn export_routes(&self, max_pairs: usize) -> ExportRoutes {
        let mut routes = self.routes();
        let mut filters = self.filters();
        let mut pairs = self.pairs();
        let left_out = pairs.len().saturating_sub(max_pairs);
        pairs.truncate(max_pairs);
        routes.extend(pairs.iter().flat_map(Route::views));
        filters.extend(pairs);
        let months = self.months_of_events();
        for filter in filters {
            for month in self.months(&filter, &months) {
                routes.push(Route::Month(filter.clone(), month));
            }
            for alarm in [Alarm::HOUR, Alarm::DAY] {
                let with_alarm = filter.clone().with_alarm(Some(alarm));
                let views = [Route::Agenda, Route::Calendar, Route::Subscribe];
                routes.extend(views.map(|view| view(with_alarm.clone())));
            }
        }
        ExportRoutes { routes, left_out }
    }

    /// Returns the combinations of a region and a topic that have events, those with the most events first.
    fn pairs(&self) -> Vec<Filter> {
        let mut counts: BTreeMap<(TagPath, TagPath), usize> = BTreeMap::new();
        for event in self.site().events() {
            let with_parents = |facet: Facet| {
                let tags = tags_of(event, facet).iter();
                tags.flat_map(|tag| tag.path.with_parents()).collect::<BTreeSet<TagPath>>()
            };
            let topics = with_parents(Facet::Topic);
            for region in with_parents(Facet::Region) {
                for topic in &topics {
                    *counts.entry((region.clone(), topic.clone())).or_default() += 1;
                }
            }
        }
        let mut pairs: Vec<((TagPath, TagPath), usize)> = counts.into_iter().collect();
        pairs.sort_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then_with(|| a.cmp(b)));
        let pairs = pairs.into_iter().map(|(pair, _)| pair);
        pairs.map(|(region, topic)| Filter::tag(Facet::Region, region).with(Facet::Topic, topic)).collect()
    }

    /// Returns the months from this one on in which events take place, with the events of each.
    fn months_of_events(&self) -> BTreeMap<Month, EventSet> {
        let this_month = self.today().first_of_month();
        let mut months = BTreeMap::new();
        for slot in self.timetable().since(this_month) {
            if let Some(month) = Month::from_date(slot.first().max(this_month)) {
                let none = || EventSet::empty(self.site().events().len());
                months.entry(month).or_insert_with(none).insert(slot.event as usize);
            }
        }
        months
    }

    /// Returns the months of a filter: last month, this one, and those in which an event takes place.
    fn months(&self, filter: &Filter, calendar: &BTreeMap<Month, EventSet>) -> Vec<Month> {
        let now = Month::from_date(self.today());
        let mut months: Vec<Month> = now.and_then(Month::previous).into_iter().chain(now).collect();
        let selected = self.select(filter);
        for (month, events) in calendar {
            if !months.contains(month) && selected.intersects(events) {
                months.push(*month);
            }
        }
        months
    }
}
