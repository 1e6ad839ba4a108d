//! Adds parsed rows to the events of a site in order: settles what a row shares with other rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::left_out_row::{LeftOutRow, RowKey};
use super::overrides::{Override, OverrideParser};
use super::row_parser::{ParsedRow, UnpublishedRow};
use super::sheet::columns::Column;
use super::sheet::row_view::RowView;
use super::table_rows::TableRows;
use super::tables::TableReader;
use crate::diagnostic::{Code, Diagnostic, Severity, quoted};
use crate::history::record;
use crate::model::event::{Event, EventId, LONGEST_ID, Status};
use crate::model::report::TableReport;
use crate::model::tag::{Facet, Tag, TagPath};
use crate::slug::slug;

impl TableReader<'_> {
    /// Adds the event of a row, unless the row is not published or its tags or id are bad, which is reported.
    pub(super) fn add_row(
        &mut self,
        table: &TableRows<'_>,
        row: RowView<'_>,
        parsed: ParsedRow,
        report: &mut TableReport,
    ) {
        let mut event = match parsed.event {
            Ok(event) => event,
            Err(unpublished) => return self.leave_out(table, &row, unpublished),
        };
        let (Some(regions), Some(topics)) = (self.regions(table, &row), self.topics(table, &row)) else {
            return self.leave_out(table, &row, UnpublishedRow::from(event));
        };
        (event.regions, event.topics) = (regions, topics);
        self.add_contacts(&row, &mut event);
        let base = match row.get(Column::Id) {
            Some(_) if self.is_duplicate(&event.id, &row) => {
                return self.leave_out(table, &row, UnpublishedRow::from(event));
            }
            Some(_) => None,
            None => Some(id_base(&event.title, event.regions.first().map(|region| &region.path))),
        };
        if let Some(base) = &base {
            self.report_missing_id(base, &row);
            self.check_same_event(base, &row, &event);
        }
        self.check_verified(&row, &event);
        let index = self.contents.events.len();
        if !self.add_overrides(table, &row, &mut event) {
            self.contents.doubtful.insert(index);
        }
        if let Some(base) = &base {
            self.contents.unnamed.add(index, base, row.place(Column::Title));
        }
        if let Some(last) = self.contents.last_rows.last_mut() {
            last.add(index, &row.place(Column::Title));
        }
        if event.repeat.is_some() {
            let has_text = row.get(Column::Repeat).is_some();
            self.contents
                .series
                .push((row.place(if has_text { Column::Repeat } else { Column::Start }), index));
        }
        report.replaced += event.overrides.len();
        report.events += 1;
        let has_zone = !parsed.needs_zone || table.dates.zone_is_set;
        if !has_zone && self.out.count_of(Code::NoZone) == 0 {
            self.report_no_zone(&row);
        }
        self.contents.events.push(Arc::new(event));
        self.contents.table_of.push(self.contents.tables.len() - 1);
    }

    /// Notes a row that is not published, by what identifies its event.
    fn leave_out(&mut self, table: &TableRows<'_>, row: &RowView<'_>, unpublished: UnpublishedRow) {
        let UnpublishedRow { id, title, start, status, is_withdrawn } = unpublished;
        self.table_state().history.private |= is_withdrawn && row.get(Column::Private).is_some();
        // Rows that replace its dates have a series, although that is not published.
        self.overrides.take(row);
        let key = match (row.get(Column::Id), id, &title) {
            (Some(_), Some(id), _) => {
                // A row below with the same id is one too many.
                if !is_withdrawn {
                    self.contents.ids.add(&id, row.number());
                }
                RowKey::Id(id)
            }
            (None, _, Some(title)) => {
                RowKey::Base(Arc::from(id_base(title, first_region(table, row).as_ref())))
            }
            _ => RowKey::Unknown,
        };
        let title = title.or_else(|| row.text(Column::Title).map(|text| row.line(text)));
        let place = row.place(Column::Title);
        let table = self.contents.tables.len() - 1;
        self.contents.left_out.push(LeftOutRow { table, place, title, key, start, status, is_withdrawn });
    }

    fn add_contacts(&self, row: &RowView<'_>, event: &mut Event) {
        event.organizer = row.text(Column::Organizer).map(|text| self.contacts.parse(&text));
        event.contact = self.contacts.parse_cells(row.each(Column::Contact));
    }

    /// Returns whether an earlier row has the id, and reports it.
    fn is_duplicate(&mut self, id: &EventId, row: &RowView<'_>) -> bool {
        let Some((file, first)) = self.contents.ids.add(id, row.number()) else { return false };
        let found = format!("{}, which is the id in {file}, row {first} too", quoted(id.as_str()));
        self.out.push(
            Diagnostic::new(Code::DuplicateId, row.place(Column::Id), found, "an id of its own")
                .help(format!("type another id, such as {id}-2; the first row is kept")),
        );
        true
    }

    fn report_missing_id(&mut self, base: &str, row: &RowView<'_>) {
        if row.header().has(Column::Id) {
            let expected = "an id, so that the event stays the same when its title changes";
            self.out.push(
                Diagnostic::new(Code::MissingId, row.place(Column::Title), "no id", expected)
                    .help(format!("type an id, such as {base}")),
            );
        }
    }

    /// Reports a row without an id that has title, region and start of an earlier one.
    fn check_same_event(&mut self, base: &str, row: &RowView<'_>, event: &Event) {
        let start = record::start_text(&event.when, event.repeat.as_deref());
        let key = format!("{base}\n{start}");
        let Some((file, first)) = self.contents.ids.add_unnamed(&key, row.number()) else { return };
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
        let since = self.settings.verify_every.since(self.at.today);
        let found = match event.verified {
            Some(verified) if verified >= since => return,
            Some(verified) => format!("a standing event last confirmed on {verified}"),
            None => "a standing event that nobody has confirmed".to_owned(),
        };
        let expected = format!("a confirmation since {since}");
        self.out.push(
            Diagnostic::new(Code::Unverified, row.place(Column::Verified), found, expected)
                .help(format!("ask whether it still takes place, then type {}", self.at.today)),
        );
    }

    /// Adds the events that replace dates of a series. Returns `false` if one of their rows has errors; its date, if it
    /// can be read, then does not take place.
    fn add_overrides(&mut self, table: &TableRows<'_>, series_row: &RowView<'_>, series: &mut Event) -> bool {
        let (mut overrides, mut refused) = (BTreeMap::new(), Vec::new());
        let mut is_sound = true;
        for raw in self.overrides.take(series_row) {
            let mark = self.out.mark();
            let mut parser = OverrideParser { table, series, series_row: *series_row, out: self.out };
            match parser.parse(&raw, &overrides) {
                Ok(Override { start, raw, mut event }) => {
                    let row = table.view(&raw);
                    let (regions, topics) = (self.regions(table, &row), self.topics(table, &row));
                    if let (Some(regions), Some(topics)) = (regions, topics) {
                        (event.regions, event.topics) = (regions, topics);
                        self.add_contacts(&row, &mut event);
                        overrides.insert(start, event);
                    } else {
                        refused.push(start);
                    }
                }
                Err(start) => refused.extend(start),
            }
            let row = table.view(&raw);
            self.out.since(mark).for_each(|fault| {
                is_sound &= fault.code.severity() != Severity::Error;
                row.excerpt(fault);
            });
        }
        series.overrides = overrides;
        if let Some(repeat) = &mut series.repeat {
            refused.retain(|start| repeat.except.binary_search(start).is_err());
            repeat.except.extend(refused);
            repeat.except.sort_unstable();
            repeat.except.dedup();
        }
        is_sound
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

/// Returns what an id is made of: title and first region, never the date.
fn id_base(title: &str, region: Option<&TagPath>) -> String {
    let title = Some(slug(title)).filter(|title| !title.is_empty());
    let title = title.unwrap_or_else(|| "event".to_owned());
    let base = match region {
        Some(region) => format!("{title}-{}", region.as_str().replace('/', "-")),
        None => title,
    };
    base.chars().take(LONGEST_ID - 8).collect()
}

/// Returns the first region of a row that is not published; its regions are no regions of the site.
fn first_region(table: &TableRows<'_>, row: &RowView<'_>) -> Option<TagPath> {
    let separators = row.separated(Column::Region).next().map(|(_, separators)| separators);
    match (row.joined(Column::Region), separators) {
        (Some(text), Some(separators)) => {
            let mut names = text.split(separators).map(str::trim).filter(|name| !name.is_empty());
            TagPath::parse(names.next()?)
        }
        _ => Some(table.source.regions.first()?.path.clone()),
    }
}
