//! A row that is an event, and the event it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};

use super::draft::ParsedRow;
use super::parties::ContactCache;
use super::row_cache::Mark;
use super::sheet::columns::Column;
use super::sheet::row_view::RowView;
use super::tags::TagRegistry;
use crate::diagnostic::Place;
use crate::link::Link;
use crate::model::event::{Event, EventId};
use crate::model::repeat::Repeat;
use crate::model::tag::Tag;
use crate::model::when::When;

/// A row that is an event. Whoever only looks through a table leaves its texts where they are; the event is
/// made for those who keep it.
pub struct Entry<'r> {
    /// The row.
    pub row: RowView<'r>,
    /// What its cells say.
    pub checked: &'r ParsedRow,
    /// The regions and topics of all tables.
    pub book: &'r TagRegistry,
    /// Who holds the events of all tables.
    pub parties: &'r ContactCache,
    /// The numbers of its regions.
    pub regions: &'r [usize],
    /// The numbers of its topics.
    pub topics: &'r [usize],
    /// What takes place instead of single occurrences.
    pub overrides: &'r BTreeMap<DateTime, Event>,
    /// What its id is made of, where the row gives none.
    pub base: Option<String>,
    /// The event it is, where it was read before.
    pub stood: Option<&'r (Arc<Event>, u128)>,
    /// Where it stands, if it may be kept for the next reading.
    pub(super) mark: Option<Mark>,
}

impl Entry<'_> {
    /// The place of its title.
    #[must_use]
    pub fn place(&self) -> Place {
        self.row.place(Column::Title)
    }

    /// Its title.
    #[must_use]
    pub fn title(&self) -> Box<str> {
        let text = self.row.text(Column::Title).unwrap_or_default();
        self.row.line(text)
    }

    /// The series, if it is one, with its place and its first time.
    #[must_use]
    pub fn series(&self) -> Option<(Place, &Repeat, When)> {
        let repeat = self.checked.repeat.as_ref()?;
        let says = self.row.get(Column::Repeat).is_some();
        let place = self.row.place(if says { Column::Repeat } else { Column::Start });
        Some((place, repeat, self.checked.timing.when()))
    }

    /// Whether it is over before a day, as [`Event::is_over_before`] has it.
    #[must_use]
    pub fn is_over_before(&self, day: Date) -> bool {
        let ParsedRow { timing, repeat, .. } = self.checked;
        let series = repeat.as_ref();
        timing.last_day() < day
            && self.overrides.values().all(|other| other.when.last_day() < day)
            && series.is_none_or(|repeat| repeat.is_over_before(&timing.when(), day))
    }

    /// The event, made if it was not before. Without an id of its own it has a placeholder, or the id it had,
    /// until all ids are known.
    #[must_use]
    pub fn shared(&self) -> (Arc<Event>, Option<u128>) {
        // Names are spelled as the first row has them, which may be another now.
        let is_same = |tags: &[Tag], numbers: &[usize]| {
            tags.len() == numbers.len()
                && tags.iter().zip(numbers).all(|(tag, number)| tag == self.book.tag(*number))
        };
        let stood = self.stood.filter(|(event, _)| {
            self.overrides.is_empty()
                && is_same(&event.regions, self.regions)
                && is_same(&event.topics, self.topics)
        });
        match stood {
            Some((event, print)) => (Arc::clone(event), Some(*print)),
            None => (Arc::new(self.event()), None),
        }
    }

    /// The event. Without an id of its own it has a placeholder until all ids are known.
    ///
    /// # Panics
    /// Never: what a row needs to be an event was checked.
    #[must_use]
    pub fn event(&self) -> Event {
        let Entry { row, checked, book, parties, regions, topics, overrides, base: _, stood: _, mark: _ } =
            self;
        let ParsedRow { timing, repeat, status, coordinates, verified, updated } = checked;
        let tags = |numbers: &[usize]| numbers.iter().map(|number| book.tag(*number).clone()).collect();
        let line = |column| row.joined(column).map(|text| row.line(text));
        let link = |column| row.get(column).and_then(Link::parse);
        Event {
            id: EventId::parse(row.get(Column::Id).unwrap_or("unnamed")).expect("a row's id was checked"),
            title: self.title(),
            when: timing.when(),
            repeat: repeat.clone(),
            overrides: (*overrides).clone(),
            location: line(Column::Location),
            address: line(Column::Address),
            coordinates: *coordinates,
            url: link(Column::Url),
            online_url: link(Column::OnlineUrl),
            description: row.joined(Column::Description).map(|text| row.block(text)).unwrap_or_default(),
            regions: tags(regions),
            topics: tags(topics),
            organizer: row.text(Column::Organizer).map(|text| parties.of(&text)),
            contact: parties.together(row.each(Column::Contact)),
            status: *status,
            image: link(Column::Image),
            cost: line(Column::Cost),
            verified: *verified,
            updated: *updated,
        }
    }
}
