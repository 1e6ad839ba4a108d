//! Adds parsed rows to the events of a site in order: settles what a row shares with other rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::DateTime;

use super::overrides::{Override, OverrideParser};
use super::row_parser::ParsedRow;
use super::sheet::columns::Column;
use super::sheet::row_view::RowView;
use super::table_rows::TableRows;
use super::tables::TableReader;
use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::history::snapshot;
use crate::model::event::{Event, EventId, LONGEST_ID, Status};
use crate::model::report::TableReport;
use crate::model::tag::{Facet, Tag};
use crate::slug::slug;

impl TableReader<'_> {
    /// Adds the event of a row, unless the row was refused or its tags or id are bad, which is reported.
    pub(super) fn add_row(
        &mut self,
        table: &TableRows<'_>,
        row: RowView<'_>,
        parsed: ParsedRow,
        report: &mut TableReport,
    ) {
        let (regions, topics) = (self.regions(table, &row), self.topics(table, &row));
        let (Some(mut event), Some(regions), Some(topics)) = (parsed.event, regions, topics) else { return };
        (event.regions, event.topics) = (regions, topics);
        self.add_contacts(&row, &mut event);
        let base = match row.get(Column::Id) {
            Some(_) if self.is_duplicate(&event.id, &row) => return,
            Some(_) => None,
            None => Some(self.id_base(&row, &event)),
        };
        if let Some(base) = &base {
            self.check_same_event(base, &row, &event);
        }
        self.check_verified(&row, &event);
        event.overrides = self.overrides_of(table, &row, &event);
        let index = self.events.len();
        match &base {
            Some(base) => {
                self.missing.add(base, &event.when, event.repeat.as_deref());
                self.unnamed.add(index, base, row.place(Column::Title));
            }
            None => {
                if let Some(last) = self.last_rows.last_mut() {
                    last.add(&event, &row.place(Column::Id));
                }
            }
        }
        if event.repeat.is_some() {
            let has_text = row.get(Column::Repeat).is_some();
            self.series.push((row.place(if has_text { Column::Repeat } else { Column::Start }), index));
        }
        report.replaced += event.overrides.len();
        report.events += 1;
        let has_zone = !parsed.needs_zone || table.dates.zone_is_set;
        if !has_zone && self.out.count_of(Code::NoZone) == 0 {
            self.report_no_zone(&row);
        }
        self.events.push(Arc::new(event));
    }

    fn add_contacts(&self, row: &RowView<'_>, event: &mut Event) {
        event.organizer = row.text(Column::Organizer).map(|text| self.contacts.parse(&text));
        event.contact = self.contacts.parse_cells(row.each(Column::Contact));
    }

    /// Returns whether an earlier row has the id, and reports it.
    fn is_duplicate(&mut self, id: &EventId, row: &RowView<'_>) -> bool {
        let Some((file, first)) = self.ids.add(id, row.number()) else { return false };
        let found = format!("{}, which is the id in {file}, row {first} too", quoted(id.as_str()));
        self.out.push(
            Diagnostic::new(Code::DuplicateId, row.place(Column::Id), found, "an id of its own")
                .help(format!("type another id, such as {id}-2; the first row is kept")),
        );
        true
    }

    /// Returns what an id is made of: title and first region, never the date.
    fn id_base(&mut self, row: &RowView<'_>, event: &Event) -> String {
        let title = Some(slug(&event.title)).filter(|title| !title.is_empty());
        let title = title.unwrap_or_else(|| "event".to_owned());
        let base = match event.regions.first() {
            Some(region) => format!("{title}-{}", region.path.as_str().replace('/', "-")),
            None => title,
        };
        let base: String = base.chars().take(LONGEST_ID - 8).collect();
        if row.header().has(Column::Id) {
            let expected = "an id, so that the event stays the same when its title changes";
            self.out.push(
                Diagnostic::new(Code::MissingId, row.place(Column::Title), "no id", expected)
                    .help(format!("type an id, such as {base}")),
            );
        }
        base
    }

    /// Reports a row without an id that has title, region and start of an earlier one.
    fn check_same_event(&mut self, base: &str, row: &RowView<'_>, event: &Event) {
        let start = snapshot::start_text(&event.when, event.repeat.as_deref());
        let key = format!("{base}\n{start}");
        let Some((file, first)) = self.ids.add_unnamed(&key, row.number()) else { return };
        let found = format!("the title, region and start of {file}, row {first}");
        self.out.push(
            Diagnostic::new(Code::SameEvent, row.place(Column::Title), found, "one row for each event")
                .help("remove one of the two, or give each an id of its own"),
        );
    }

    /// Reports an endless series that nobody has confirmed for long: it may have ended.
    fn check_verified(&mut self, row: &RowView<'_>, event: &Event) {
        let is_endless = event.repeat.as_ref().is_some_and(|repeat| repeat.is_endless());
        if !is_endless || !row.header().has(Column::Verified) || event.status == Status::Cancelled {
            return;
        }
        let since = self.settings.verify_every.since(self.today);
        let found = match event.verified {
            Some(verified) if verified >= since => return,
            Some(verified) => format!("a standing event last confirmed on {verified}"),
            None => "a standing event that nobody has confirmed".to_owned(),
        };
        let expected = format!("a confirmation since {since}");
        self.out.push(
            Diagnostic::new(Code::Unverified, row.place(Column::Verified), found, expected)
                .help(format!("ask whether it still takes place, then type {}", self.today)),
        );
    }

    /// Returns the events that replace dates of a series.
    fn overrides_of(
        &mut self,
        table: &TableRows<'_>,
        series_row: &RowView<'_>,
        series: &Event,
    ) -> BTreeMap<DateTime, Event> {
        let mut overrides = BTreeMap::new();
        for raw in self.overrides.take(series_row) {
            let mark = self.out.mark();
            let mut parser = OverrideParser { table, series, series_row: *series_row, out: self.out };
            if let Some(Override { start, raw, mut event }) = parser.parse(&raw, &overrides) {
                let row = table.view(&raw);
                let (regions, topics) = (self.regions(table, &row), self.topics(table, &row));
                if let (Some(regions), Some(topics)) = (regions, topics) {
                    (event.regions, event.topics) = (regions, topics);
                    self.add_contacts(&row, &mut event);
                    overrides.insert(start, event);
                }
            }
            let row = table.view(&raw);
            self.out.since(mark).for_each(|fault| row.excerpt(fault));
        }
        overrides
    }

    fn regions(&mut self, table: &TableRows<'_>, row: &RowView<'_>) -> Option<Vec<Arc<Tag>>> {
        let place = || row.place(Column::Region);
        // Several columns are the levels of one region.
        let separators = row.separated(Column::Region).next().map(|(_, separators)| separators);
        match (row.joined(Column::Region), separators) {
            (Some(text), Some(separators)) => {
                self.tags.read(Facet::Region, text.split(separators), &place, self.out)
            }
            _ => {
                let names = table.source.regions.iter().map(|tag| &*tag.name);
                self.tags.read(Facet::Region, names, &place, self.out)
            }
        }
    }

    fn topics(&mut self, table: &TableRows<'_>, row: &RowView<'_>) -> Option<Vec<Arc<Tag>>> {
        let place = || row.place(Column::Topic);
        let names = row.separated(Column::Topic).flat_map(|(text, separators)| text.split(separators));
        let topics = self.tags.read(Facet::Topic, names, &place, self.out)?;
        if !topics.is_empty() {
            return Some(topics);
        }
        let names = table.source.topics.iter().map(|tag| &*tag.name);
        self.tags.read(Facet::Topic, names, &place, self.out)
    }
}
