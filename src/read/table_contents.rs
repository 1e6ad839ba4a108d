//! The rows of all tables, and their comparison with the history: which event each row is, and which events stay although
//! no row has them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use super::held_events::{HeldEvents, HoldingRules, LoadInstant, TableIndex, TableState};
use super::id_assignment::{MatchContext, UnnamedEvents};
use super::ids::Ids;
use super::left_out_row::LeftOutRow;
use super::tags::TagRegistry;
use super::truncation::{LastRow, TruncationRules};
use crate::diagnostic::{Diagnostics, Place};
use crate::history::{EventHistory, History};
use crate::model::article::Article;
use crate::model::event::{Event, EventId};
use crate::model::report::TableReport;
use crate::model::tag::{Facet, TagPath};

/// What the tables have.
pub(super) struct TableContents {
    pub ids: Ids,
    pub events: Vec<Arc<Event>>,
    /// Index of the table of each event.
    pub table_of: Vec<usize>,
    /// Indexes of series with faulty rows for single dates.
    pub doubtful: BTreeSet<usize>,
    /// The tables, as far as they are read.
    pub tables: Vec<TableState>,
    /// Rows that are not published.
    pub left_out: Vec<LeftOutRow>,
    pub unnamed: UnnamedEvents,
    /// Cell and index of each event that is a series.
    pub series: Vec<(Place, usize)>,
    /// Last rows of tables that do not end with a line end.
    pub last_rows: Vec<LastRow>,
}

impl TableContents {
    pub(super) fn new(today: Date) -> TableContents {
        TableContents {
            ids: Ids::default(),
            events: Vec::new(),
            table_of: Vec::new(),
            doubtful: BTreeSet::new(),
            tables: Vec::new(),
            left_out: Vec::new(),
            unnamed: UnnamedEvents::new(today),
            series: Vec::new(),
            last_rows: Vec::new(),
        }
    }

    /// Returns a key that no table before has: a table may stand in the settings twice.
    pub(super) fn unused_key(&self, key: String) -> Arc<str> {
        let is_free = |key: &String| self.tables.iter().all(|table| *table.history.table != **key);
        let numbered = (2..).map(|number| format!("{key} ({number})"));
        let key = std::iter::once(key.clone()).chain(numbered).find(is_free);
        Arc::from(key.expect("there are more numbers than tables"))
    }

    /// Removes the rows of the table that was read last, which cannot be read as a whole.
    pub(super) fn forget_last_table(&mut self) {
        let table = self.tables.len().saturating_sub(1);
        let first = self.table_of.partition_point(|of| *of < table);
        self.events.truncate(first);
        self.table_of.truncate(first);
        self.doubtful.split_off(&first);
        self.series.retain(|(_, index)| *index < first);
        self.unnamed.truncate(first);
        self.left_out.retain(|row| row.table != table);
        self.ids.forget_file();
    }

    /// Gives every event its id and returns what ids are made of, and the events of the history that stay. Removes the
    /// events of which the published version stays.
    pub(super) fn reconcile(
        &mut self,
        before: &History,
        reports: &mut [TableReport],
        at: &LoadInstant,
        out: &mut Diagnostics,
    ) -> (BTreeMap<EventId, Arc<str>>, HeldEvents) {
        let index = TableIndex::new(&self.tables);
        let is_unreadable = |table: usize| self.tables[table].is_unreadable;
        let is_candidate = |known: &EventHistory| !index.of(known).is_some_and(is_unreadable);
        let unnamed = std::mem::replace(&mut self.unnamed, UnnamedEvents::new(at.today));
        let context = MatchContext {
            ids: &self.ids,
            history: before,
            left_out: &self.left_out,
            is_candidate: &is_candidate,
        };
        let assignment = unnamed.assign(&mut self.events, context);
        let rules = TruncationRules {
            last_rows: &self.last_rows,
            events: &self.events,
            left_out: &self.left_out,
            assignment: &assignment,
            reports,
            before,
            today: at.today,
        };
        if !at.is_accepted {
            rules.apply(&mut self.tables, out);
        }
        self.remove_doubtful(before, reports);
        let rules = HoldingRules {
            before,
            events: &self.events,
            left_out: &self.left_out,
            assignment: &assignment,
            at,
        };
        let held = rules.apply(&mut self.tables, out);
        (assignment.bases, held)
    }

    /// Removes the tags that only rows have which are not published.
    pub(super) fn prune(&self, tags: &mut TagRegistry, articles: &[Article]) {
        if self.left_out.is_empty() && !self.tables.iter().any(|table| table.is_unreadable) {
            return;
        }
        let of_events = self.events.iter().flat_map(|event| {
            let own = event.overrides.values().flat_map(Event::tags);
            own.chain(event.tags()).map(|(facet, tag)| (facet, &tag.path))
        });
        let of_articles =
            articles.iter().flat_map(|article| &article.topics).map(|tag| (Facet::Topic, &tag.path));
        let used: BTreeSet<(Facet, &TagPath)> = of_events.chain(of_articles).collect();
        let parents = |(facet, path): (Facet, &TagPath)| {
            let parents: Vec<_> = path.with_parents().map(|path| (facet, path)).collect();
            parents
        };
        tags.retain(&used.into_iter().flat_map(parents).collect());
    }

    /// Returns cell and event of each series.
    pub(super) fn take_series(&mut self) -> Vec<(Place, Arc<Event>)> {
        let series = std::mem::take(&mut self.series);
        series.into_iter().map(|(place, index)| (place, Arc::clone(&self.events[index]))).collect()
    }

    /// Adds to the reports of the tables what they hold back.
    pub(super) fn complete(&self, reports: &mut [TableReport], history: &History, held: &BTreeSet<EventId>) {
        for (report, state) in reports.iter_mut().zip(&self.tables) {
            state.complete(report, held.iter().filter_map(|id| history.events.get(id)));
        }
    }

    /// Removes the events of tables that were cut off, and published series with faulty rows for single dates.
    fn remove_doubtful(&mut self, before: &History, reports: &mut [TableReport]) {
        let is_published =
            |event: &Event| before.events.get(&event.id).is_some_and(|known| known.is_present());
        let is_kept = |index: usize| {
            let is_held = self.doubtful.contains(&index) && is_published(&self.events[index]);
            !is_held && !self.tables[self.table_of[index]].is_unreadable
        };
        let kept: Vec<usize> = (0..self.events.len()).filter(|index| is_kept(*index)).collect();
        if kept.len() == self.events.len() {
            return;
        }
        for (index, event) in
            self.events.iter().enumerate().filter(|(index, _)| kept.binary_search(index).is_err())
        {
            let table = self.table_of[index];
            if self.doubtful.contains(&index) {
                let place = Place::whole(&self.tables[table].file);
                let row = LeftOutRow::of_event(table, place, event);
                self.left_out.push(row);
            }
            reports[table].events -= 1;
            reports[table].left_out += 1;
        }
        let moved = |index: usize| kept.binary_search(&index).ok();
        self.series = std::mem::take(&mut self.series)
            .into_iter()
            .filter_map(|(place, index)| Some((place, moved(index)?)))
            .collect();
        self.events = kept.iter().map(|index| Arc::clone(&self.events[*index])).collect();
        self.table_of = kept.iter().map(|index| self.table_of[*index]).collect();
    }
}
