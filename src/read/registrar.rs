//! Drafts to entries, in the order of their rows: what a row shares with others is settled here.

use jiff::civil::Date;

use super::draft::ParsedRow;
use super::ids::Ids;
use super::sheet::columns::Column;
use super::sheet::header::Separators;
use super::sheet::row_view::RowView;
use super::tags::TagRegistry;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, quoted};
use crate::history::snapshot;
use crate::model::event::{LONGEST_ID, Status};
use crate::model::settings::{Settings, Source};
use crate::model::tag::Facet;
use crate::slug::slug;

/// Takes drafts in.
pub struct RowFinalizer<'r> {
    /// The row.
    pub row: RowView<'r>,
    /// Its table's settings.
    pub source: &'r Source,
    /// The site's settings.
    pub settings: &'r Settings,
    /// The day it is.
    pub today: Date,
    /// The regions and topics of all tables.
    pub tags: &'r mut TagRegistry,
    /// Where the numbers of its tags are put.
    pub numbers: &'r mut Vec<usize>,
    /// The ids of all tables.
    pub ids: &'r mut Ids,
    /// What was wrong.
    pub out: &'r mut Diagnostics,
}

/// What a row has of its own among others.
pub struct Entered {
    /// Where its topics begin among its numbers.
    pub first_topic: usize,
    /// What its id is made of, where the row gives none.
    pub base: Option<String>,
}

impl RowFinalizer<'_> {
    /// Takes a draft in: its tags are numbered, its id is its own. `None` when it is no event, which is told.
    pub fn enter(mut self, checked: Option<&ParsedRow>) -> Option<Entered> {
        let first_topic = self.number_tags();
        let (checked, first_topic) = (checked?, first_topic?);
        let base = match self.row.get(Column::Id) {
            Some(id) => self.take_id(id)?,
            None => Some(self.base(first_topic)),
        };
        if let Some(base) = &base {
            self.tell_twin(base, checked);
        }
        self.tell_unverified(checked);
        Some(Entered { first_topic, base })
    }

    /// Numbers the tags of the row: those of its regions, then from the answer on those of its topics.
    pub fn number_tags(&mut self) -> Option<usize> {
        self.numbers.clear();
        let regions = self.number_regions();
        let first_topic = self.numbers.len();
        let topics = self.number_topics();
        regions.and(topics).map(|()| first_topic)
    }

    /// Takes an id, which must be nobody else's.
    fn take_id(&mut self, id: &str) -> Option<Option<String>> {
        let Some((file, first)) = self.ids.add(id, self.row.number()) else { return Some(None) };
        let found = format!("{}, which is the id in {file}, row {first} too", quoted(id));
        self.out.push(
            Diagnostic::new(Code::DuplicateId, self.row.place(Column::Id), found, "an id of its own")
                .help(format!("type another id, such as {id}-2; the first row is kept")),
        );
        None
    }

    /// What an id is made of: title and first region, never the date.
    fn base(&mut self, first_topic: usize) -> String {
        let region = self.numbers[..first_topic].first().map(|number| self.tags.tag(*number));
        let text = self.row.text(Column::Title).unwrap_or_default();
        let title = Some(slug(&crate::text::line(&text))).filter(|title| !title.is_empty());
        let title = title.unwrap_or_else(|| "event".to_owned());
        let region = region.map(|tag| tag.path.as_str().replace('/', "-"));
        let base = region.map_or_else(|| title.clone(), |region| format!("{title}-{region}"));
        let base: String = base.chars().take(LONGEST_ID - 8).collect();
        if self.row.header().has(Column::Id) {
            let expected = "an id, so that the event stays the same when its title changes";
            self.out.push(
                Diagnostic::new(Code::MissingId, self.row.place(Column::Title), "no id", expected)
                    .help(format!("type an id, such as {base}")),
            );
        }
        base
    }

    /// Two rows that nothing tells apart are usually one.
    fn tell_twin(&mut self, base: &str, event: &ParsedRow) {
        let start = snapshot::start_text(&event.timing.when(), event.repeat.as_deref());
        let Some((file, row)) = self.ids.add_unnamed(&format!("{base}\n{start}"), self.row.number()) else {
            return;
        };
        let found = format!("the title, region and start of {file}, row {row}");
        self.out.push(
            Diagnostic::new(Code::SameEvent, self.row.place(Column::Title), found, "one row for each event")
                .help("remove one of the two, or give each an id of its own"),
        );
    }

    /// A standing event that nobody confirmed for long may have ended long ago.
    fn tell_unverified(&mut self, event: &ParsedRow) {
        let standing = event.repeat.as_ref().is_some_and(|repeat| repeat.is_endless());
        if !standing || !self.row.header().has(Column::Verified) || event.status == Status::Cancelled {
            return;
        }
        let since = self.settings.verify_every.since(self.today);
        let found = match event.verified {
            Some(verified) if verified >= since => return,
            Some(verified) => format!("a standing event last confirmed on {verified}"),
            None => "a standing event that nobody has confirmed".to_owned(),
        };
        self.out.push(
            Diagnostic::new(
                Code::Unverified,
                self.row.place(Column::Verified),
                found,
                format!("a confirmation since {since}"),
            )
            .help(format!("ask whether it still takes place, then type {}", self.today)),
        );
    }

    fn number_regions(&mut self) -> Option<()> {
        let row = self.row;
        let mut parts = row.separated(Column::Region);
        let Some((first, separators)) = parts.next() else { return self.number_default(Facet::Region) };
        if parts.next().is_none() {
            return self.number_cell(Facet::Region, (first, separators));
        }
        let text = row.joined(Column::Region).unwrap_or_default();
        self.number_cell(Facet::Region, (&text, separators))
    }

    fn number_topics(&mut self) -> Option<()> {
        let row = self.row;
        let count = self.numbers.len();
        let mut parts = row.separated(Column::Topic);
        match (parts.next(), parts.next()) {
            (Some(cell), None) => self.number_cell(Facet::Topic, cell)?,
            _ => {
                let parts = row.separated(Column::Topic);
                self.number(Facet::Topic, parts.flat_map(|(text, separators)| text.split(separators)))?;
            }
        }
        if self.numbers.len() == count {
            return self.number_default(Facet::Topic);
        }
        Some(())
    }

    fn number_default(&mut self, facet: Facet) -> Option<()> {
        let default = match facet {
            Facet::Region => &self.source.regions,
            Facet::Topic => &self.source.topics,
        };
        self.number(facet, default.iter().map(|tag| &*tag.name))
    }

    fn number_cell(&mut self, facet: Facet, cell: (&str, Separators)) -> Option<()> {
        let RowFinalizer { row, out, .. } = self;
        self.tags
            .number_cell(facet, cell, self.numbers, &mut |fault| out.push(fault(row.place(column(facet)))))
    }

    fn number<'n>(&mut self, facet: Facet, names: impl Iterator<Item = &'n str>) -> Option<()> {
        let RowFinalizer { row, out, .. } = self;
        self.tags
            .number_names(facet, names, self.numbers, &mut |fault| out.push(fault(row.place(column(facet)))))
    }
}

/// The column of a facet.
fn column(facet: Facet) -> Column {
    match facet {
        Facet::Region => Column::Region,
        Facet::Topic => Column::Topic,
    }
}
