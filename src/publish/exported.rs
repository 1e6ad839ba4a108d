//! What an export holds beside [`Snapshot::routes`]: the pages of the months, the reminders, and the combinations of
//! a region with a topic. Of other combinations there is no end, and whoever wants one asks a server.

use std::collections::{BTreeMap, BTreeSet};

use super::contents::views;
use super::places::Places;
use super::snapshot::Snapshot;
use crate::model::alarm::Alarm;
use crate::model::filter::Filter;
use crate::model::month::Month;
use crate::model::route::Route;
use crate::model::tag::{Facet, TagPath};

/// The routes of an export.
#[derive(Clone, Debug, Default)]
pub struct Exported {
    /// All of them, each once.
    pub routes: Vec<Route>,
    /// How many combinations of a region with a topic have events, and are not among them.
    pub left_out: usize,
}

impl Snapshot {
    /// Every route that an export writes, with the combinations of a region and a topic that have the most events,
    /// `most` at the most.
    #[must_use]
    pub fn exported(&self, most: usize) -> Exported {
        let mut routes = self.routes();
        let mut filters = self.filters();
        let (pairs, left_out) = self.pairs(most);
        routes.extend(pairs.iter().flat_map(views));
        filters.extend(pairs);
        let calendar = self.months_of_events();
        for filter in filters {
            for month in self.months(&filter, &calendar) {
                routes.push(Route::Month(filter.clone(), month));
            }
            for alarm in [Alarm::HOUR, Alarm::DAY] {
                let ringing = filter.clone().with_alarm(Some(alarm));
                routes.extend([
                    Route::Agenda(ringing.clone()),
                    Route::Calendar(ringing.clone()),
                    Route::Subscribe(ringing),
                ]);
            }
        }
        Exported { routes, left_out }
    }

    /// The combinations of a region and a topic, those with the most events first, and how many more there are.
    fn pairs(&self, most: usize) -> (Vec<Filter>, usize) {
        let mut counts: BTreeMap<(TagPath, TagPath), usize> = BTreeMap::new();
        for event in self.site().events() {
            let with_parents = |facet: Facet| {
                let tags = if facet == Facet::Region { &event.regions } else { &event.topics };
                tags.iter().flat_map(|tag| tag.path.with_parents()).collect::<BTreeSet<TagPath>>()
            };
            let topics = with_parents(Facet::Topic);
            for region in with_parents(Facet::Region) {
                for topic in &topics {
                    *counts.entry((region.clone(), topic.clone())).or_default() += 1;
                }
            }
        }
        let mut pairs: Vec<((TagPath, TagPath), usize)> = counts.into_iter().collect();
        pairs.sort_by(|(one, count), (other, more)| more.cmp(count).then_with(|| one.cmp(other)));
        let left_out = pairs.len().saturating_sub(most);
        pairs.truncate(most);
        let filter = |((region, topic), _)| Filter::tag(Facet::Region, region).with(Facet::Topic, topic);
        (pairs.into_iter().map(filter).collect(), left_out)
    }

    /// The months that agendas lead to, and which events take place in each.
    fn months_of_events(&self) -> Vec<(Month, Places)> {
        let site = self.site();
        let timetable = self.agendas.timetable(site, self.today);
        let mut months: BTreeMap<Month, Places> = BTreeMap::new();
        for slot in timetable.since(self.today.first_of_month()) {
            if let Some(month) = Month::of(slot.first().max(self.today.first_of_month())) {
                let places = months.entry(month).or_insert_with(|| Places::none(site.events().len()));
                places.add(slot.event as usize);
            }
        }
        months.into_iter().collect()
    }

    /// The months of a filter: those in which something takes place, this one, and the one before it.
    fn months(&self, filter: &Filter, calendar: &[(Month, Places)]) -> Vec<Month> {
        let now = Month::of(self.today);
        let mut months: Vec<Month> = now.and_then(Month::previous).into_iter().chain(now).collect();
        let wanted = self.stock.wanted(self.site(), filter);
        for (month, places) in calendar {
            if !months.contains(month) && wanted.meets(places) {
                months.push(*month);
            }
        }
        months
    }
}
