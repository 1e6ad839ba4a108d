//! What the pages of a snapshot are made from beside the site itself: what takes place this year, found out once,
//! and which events a filter wants.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::civil::Date;

use super::places::Places;
use super::stock::Stock;
use crate::model::filter::Filter;
use crate::model::site::Site;
use crate::model::tag::{Facet, TagPath};
use crate::render::pages::timetable::Timetable;
use crate::render::pages::{AgendaView, PageContext};

/// What the pages of one day have in common.
#[derive(Default)]
pub(super) struct Agendas {
    upcoming: OnceLock<(Timetable, Places)>,
}

impl Agendas {
    /// What takes place this year.
    pub(super) fn timetable(&self, site: &Site, today: Date) -> &Timetable {
        &self.upcoming(site, today).0
    }

    /// The same, and which events are to come.
    fn upcoming(&self, site: &Site, today: Date) -> &(Timetable, Places) {
        self.upcoming.get_or_init(|| {
            let timetable = Timetable::on(site, today);
            let mut places = Places::none(site.events().len());
            timetable.since(today).for_each(|slot| places.add(slot.event as usize));
            (timetable, places)
        })
    }

    /// Makes a page of what a filter wants; `in_calendar` is how many events its calendar has.
    pub(super) fn page(
        &self,
        paper: &PageContext<'_>,
        stock: &Stock,
        (filter, in_calendar): (&Filter, usize),
        make: impl FnOnce(&AgendaView<'_>) -> String,
    ) -> String {
        let PageContext { site, today, .. } = *paper;
        let (timetable, upcoming) = self.upcoming(site, today);
        let is_shown = |place: &usize| !site.is_struck(&site.events()[*place], today);
        let places = stock.wanted(site, filter).list().into_iter().filter(is_shown);
        let places: Vec<u32> = places.map(|place| u32::try_from(place).unwrap_or(u32::MAX)).collect();
        let upcoming_of = |filter: &Filter| {
            let mut wanted = stock.wanted(site, filter);
            wanted.keep(upcoming);
            wanted
        };
        // Of each facet all choices that are made in the other.
        let others: BTreeMap<Facet, Places> = Facet::ALL
            .into_iter()
            .map(|facet| {
                let rest =
                    filter.paths(facet).iter().fold(filter.clone(), |rest, path| rest.without(facet, path));
                (facet, upcoming_of(&rest))
            })
            .collect();
        let counts = |facet: Facet, path: &TagPath| {
            let of_tag = stock.tagged(site, facet, path);
            others
                .get(&facet)
                .map_or(0, |others| of_tag.iter().filter(|place| others.has(**place as usize)).count())
        };
        let upcoming_of = |filter: &Filter| upcoming_of(filter).count();
        make(&AgendaView {
            filter,
            places: &places,
            in_calendar,
            timetable,
            counts: &counts,
            upcoming_of: &upcoming_of,
        })
    }
}
