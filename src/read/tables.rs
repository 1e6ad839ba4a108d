//! Every table that the settings name, from its file to its events: opened, its header found, each row read,
//! and a report of what was understood.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};

use super::assumed::sentence;
use super::body::{Batch, Body};
use super::crew::{in_order, in_turn};
use super::cut::End;
use super::draft::{Draft, ParsedRow, RowReader};
use super::event::Entry;
use super::folder::Folder;
use super::ids::Ids;
use super::overrides::{OverrideReader, Overrides, Replacement};
use super::parties::ContactCache;
use super::registrar::{Entered, RowFinalizer};
use super::row_cache::{self, Mark, RowCache, Rows, Sense};
use super::sheet::delimited::DelimitedReader;
use super::sheet::dialect::{self, Opened};
use super::sheet::header::Header;
use super::sheet::raw_row::{RawRow, TableError};
use super::sheet::row_view::RowView;
use super::sheet::table::TableFile;
use super::tags::TagRegistry;
use super::time::clock;
use super::time::order::Order;
use super::time::when::{DateContext, DefaultZone, ZoneFrom};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place};
use crate::model::event::Event;
use crate::model::placed::OffsetCache;
use crate::model::report::TableReport;
use crate::model::settings::{Settings, Source};

/// The most rows of one table.
pub(super) const MOST_ROWS: usize = 2_000_000;
/// From how many bytes on rows are read some at a time.
const LONG: usize = 256 << 10;
/// From how many bytes on two hands are worth their while.
const FOR_TWO: usize = 4 << 20;

/// What all tables share while they are read.
pub(super) struct TableReader<'a> {
    /// The settings.
    pub settings: &'a Settings,
    /// The day it is.
    pub today: Date,
    /// The regions and topics of all tables.
    pub tags: &'a mut TagRegistry,
    /// Who holds their events.
    pub parties: ContactCache,
    /// What was wrong.
    pub out: &'a mut Diagnostics,
    /// The numbers of the tags of the row that is read.
    pub numbers: Vec<usize>,
    /// The rows of the table that replace an occurrence of a series.
    pub overrides: Overrides,
    /// The ids of all tables.
    pub ids: Ids,
    /// The zones of the table that is read.
    pub zones: OffsetCache,
    /// The rows of the reading before.
    pub standing: Option<&'a RowCache>,
    /// How each table is understood.
    pub senses: Vec<Sense>,
    /// The tables that no line end ends.
    pub ends: Vec<End>,
    /// The end of the table that is read, if it is one of them.
    pub end: Option<End>,
    /// What is done with an event.
    pub take: &'a mut dyn FnMut(&Entry<'_>),
}

impl<'a> TableReader<'a> {
    /// Reads every table.
    pub fn read_all(&mut self, folder: &Folder) -> Vec<TableReport> {
        let sources = self.settings.tables(|name| folder.get(name).is_some());
        sources.iter().map(|source| self.read(folder, source)).collect()
    }

    fn read(&mut self, folder: &Folder, source: &Source) -> TableReport {
        let file = Folder::name(&source.file);
        self.ids.begin_file(&file);
        self.senses.push(Sense::default());
        let bytes = folder.get(&source.file);
        self.tell_failure(&file, folder.failure(&source.file), bytes);
        let Some(bytes) = bytes else {
            return TableReport { file: source.file.clone(), ..TableReport::default() };
        };
        match dialect::open(bytes, &source.writing) {
            Ok(opened) => self.table(&opened, &file, source),
            Err((found, help)) => {
                let fault = Diagnostic::new(
                    Code::NotText,
                    Place::whole(&file),
                    found,
                    "a table: CSV, .xlsx, .ods or .ics",
                );
                self.out.push(fault.help(help));
                TableReport { file: source.file.clone(), ..TableReport::default() }
            }
        }
    }

    fn table(&mut self, opened: &Opened<'_>, file: &Arc<str>, source: &Source) -> TableReport {
        let mut report = TableReport { file: source.file.clone(), ..TableReport::default() };
        self.tell_mixed(opened.mixed, file);
        let head = match dialect::header(&opened.table, &source.writing) {
            Ok(Some(head)) => head,
            result => {
                report.assumed = format!("{} is read as {}.", source.file, opened.nature);
                match result {
                    Err(error) => self.tell_error(&error, file, &opened.table, &mut report),
                    Ok(_) => self.tell_empty(file),
                }
                report.left_out = report.rows;
                return report;
            }
        };
        let row = head.number;
        let place = Place::cell(file, row.max(1), 1);
        let header = match row {
            0 => Header::by_letters(&head.cells, &place, &source.writing, self.out),
            _ => Header::read(&head.cells, &place, &source.writing, self.out),
        };
        let Some(header) = header else {
            report.assumed = format!("{} is read as {}.", source.file, opened.nature);
            // What cannot be read says nothing new beside the header.
            let _ = opened.table.rows(&mut |raw| {
                report.rows += usize::from(raw.number > row && !raw.is_blank());
                ControlFlow::Continue(())
            });
            report.left_out = report.rows;
            return report;
        };
        let reckoning = DateContext {
            zone: self.zone(source),
            order: Order::new(&opened.table, &header, source.writing.date_order),
            weekdays: source.writing.weekdays,
        };
        self.tell_no_id(&header, &place);
        self.zones = OffsetCache::default();
        let body = Body { table: &opened.table, header: &header, file, source, reckoning: &reckoning };
        self.overrides = Overrides::of(&body);
        self.end = opened.table.unterminated_row().map(|end| End::of(end, file));
        report.rows += self.overrides.len();
        let result = self.rows(&body, &mut report);
        if let Some(sense) = self.senses.last_mut() {
            sense.decision = reckoning.order.decided().cloned();
        }
        std::mem::take(&mut self.overrides).tell_rest(&body, self.out);
        self.ends.extend(self.end.take());
        if let Err(error) = result {
            self.tell_error(&error, file, &opened.table, &mut report);
        }
        report.left_out = report.rows - report.events - report.replaced;
        report.columns = header.mapping();
        report.unread = header.unread().to_vec();
        report.assumed = sentence(&source.file, &opened.nature, &header, &reckoning);
        report
    }

    fn zone(&self, source: &Source) -> DefaultZone {
        match &source.zone {
            Some(zone) => DefaultZone { zone: zone.clone(), is_set: true },
            None => DefaultZone { zone: self.settings.zone.clone(), is_set: self.settings.zone_is_set },
        }
    }

    fn rows(&mut self, body: &Body<'_>, report: &mut TableReport) -> Result<(), TableError> {
        if !body.continues() {
            if let TableFile::Text { text, delimiter } = body.table
                && text.len() >= LONG
            {
                return self.batches(body, text, *delimiter, report);
            }
            return body.each(&mut |_, row| {
                if report.rows >= MOST_ROWS {
                    self.tell_too_many(body.file);
                    return ControlFlow::Break(());
                }
                if !row.replaces_one() {
                    self.row(body, row, report);
                }
                ControlFlow::Continue(())
            });
        }
        // The row before, until it is known whether the next one continues it.
        let mut before: Option<RawRow> = None;
        let result = body.each(&mut |raw, row| {
            if row.replaces_one() {
                return ControlFlow::Continue(());
            }
            let time = row.only_start().filter(|text| clock::is_time(text));
            if let Some(held) = before.take() {
                self.row(body, body.row(&held).continued_by(time), report);
                if time.is_some() {
                    report.rows += 1;
                    self.tell_continued(&row, held.number);
                    return ControlFlow::Continue(());
                }
            }
            if report.rows >= MOST_ROWS {
                self.tell_too_many(body.file);
                return ControlFlow::Break(());
            }
            before = Some(raw.clone());
            ControlFlow::Continue(())
        });
        if let Some(held) = before {
            self.row(body, body.row(&held), report);
        }
        result
    }

    fn row(&mut self, body: &Body<'_>, row: RowView<'_>, report: &mut TableReport) {
        let mark = self.out.mark();
        let mut reader = RowReader { row, reckoning: body.reckoning, zones: &mut self.zones, out: self.out };
        let draft = reader.draft();
        for fault in self.out.since(mark) {
            row.excerpt(fault);
        }
        self.enter(body, (row, None), draft.as_ref(), report);
    }

    /// Takes the draft of a row in; `hash` is that of its text, where it may be kept.
    fn enter(
        &mut self,
        body: &Body<'_>,
        (row, hash): (RowView<'_>, Option<u128>),
        draft: Option<&Draft>,
        report: &mut TableReport,
    ) {
        report.rows += 1;
        let Some(Draft { checked, zone, is_clean, stood }) = draft else { return };
        let mark = self.out.mark();
        if let Some(Entered { first_topic, base }) = self.registrar(body, row).enter(checked.as_ref())
            && let Some(checked) = checked
        {
            let held = self.overrides.take(&row);
            let numbers = std::mem::take(&mut self.numbers);
            let others = self.replaced(body, (checked, row), &held);
            let (regions, topics) = numbers.split_at(first_topic);
            let (book, parties) = (&*self.tags, &self.parties);
            let mark = hash.filter(|_| *is_clean).map(|hash| {
                let table = self.senses.len().saturating_sub(1);
                Mark { table, hash, zone: *zone }
            });
            let stood = stood.as_ref();
            let entry =
                Entry { row, checked, book, parties, regions, topics, overrides: &others, base, stood, mark };
            if let Some(end) = &mut self.end {
                end.note(&entry);
            }
            (self.take)(&entry);
            self.numbers = numbers;
            report.replaced += others.len();
            if *zone == ZoneFrom::Default
                && !body.reckoning.zone.is_set
                && self.out.count_of(Code::NoZone) == 0
            {
                self.tell_no_zone(&row);
            }
            report.events += 1;
        }
        for fault in self.out.since(mark) {
            row.excerpt(fault);
        }
    }

    fn registrar<'s>(&'s mut self, body: &'s Body<'_>, row: RowView<'s>) -> RowFinalizer<'s> {
        RowFinalizer {
            row,
            source: body.source,
            settings: self.settings,
            today: self.today,
            tags: self.tags,
            numbers: &mut self.numbers,
            ids: &mut self.ids,
            out: self.out,
        }
    }

    /// What takes place instead of single occurrences of a series, as the rows that are held say.
    fn replaced(
        &mut self,
        body: &Body<'_>,
        (series, series_row): (&ParsedRow, RowView<'_>),
        held: &[RawRow],
    ) -> BTreeMap<DateTime, Event> {
        let mut others = BTreeMap::new();
        if held.is_empty() {
            return others;
        }
        let (none, first) = (BTreeMap::new(), series.timing.when());
        for held in held {
            let mark = self.out.mark();
            let mut reader = OverrideReader {
                body,
                series: (series.repeat.as_deref(), &first),
                series_row,
                zones: &mut self.zones,
                out: self.out,
            };
            if let Some(Replacement { start, raw, when, checked }) = reader.read(held, &others) {
                let row = body.row(&raw);
                if let Some(first_topic) = self.registrar(body, row).number_tags() {
                    let (regions, topics) = self.numbers.split_at(first_topic);
                    let (book, parties) = (&*self.tags, &self.parties);
                    let (overrides, checked) = (&none, &checked);
                    let entry = Entry {
                        row,
                        checked,
                        book,
                        parties,
                        regions,
                        topics,
                        overrides,
                        base: None,
                        stood: None,
                        mark: None,
                    };
                    others.insert(start, Event { when, ..entry.event() });
                }
            }
            let row = body.row(held);
            for fault in self.out.since(mark) {
                row.excerpt(fault);
            }
        }
        others
    }

    /// Reads the rows of a long text some at a time; of a very long one by two hands.
    fn batches(
        &mut self,
        body: &Body<'_>,
        text: &str,
        delimiter: u8,
        report: &mut TableReport,
    ) -> Result<(), TableError> {
        let standing = self.standing(body);
        let (mut reader, mut result) = (DelimitedReader::new(text, delimiter), Ok(()));
        let spare: RefCell<Vec<Batch>> = RefCell::new(Vec::new());
        let mut left = MOST_ROWS;
        let mut make = || {
            let mut batch = spare.borrow_mut().pop().unwrap_or_default();
            result = batch.fill(&mut reader, body, &mut left);
            (!batch.is_empty()).then_some(batch)
        };
        let work = |batch: &mut Batch| batch.draft(body, standing);
        let mut finish = |mut batch: Batch| {
            self.out.absorb(&mut batch.faults);
            for index in 0..batch.len() {
                let row = (batch.row(index, body), Some(batch.hash(index)));
                self.enter(body, row, batch.drafted(index), report);
            }
            batch.clear();
            spare.borrow_mut().push(batch);
        };
        if text.len() < FOR_TWO {
            in_turn(&mut make, &work, &mut finish);
        } else {
            in_order(&mut make, &work, &mut finish);
        }
        if left == 0 {
            self.tell_too_many(body.file);
        }
        result
    }

    /// The rows of the table as they were read before, if it is understood as then.
    fn standing(&mut self, body: &Body<'_>) -> Option<Rows<'a>> {
        let Body { header, source, reckoning, .. } = body;
        let hash = row_cache::sense_of(&[&source.file, &source.writing, header, &reckoning.zone]);
        if let Some(sense) = self.senses.last_mut() {
            sense.hash = hash;
        }
        let number = self.senses.len().saturating_sub(1);
        self.standing?.table(number, hash, || reckoning.order.decision().clone())
    }
}
