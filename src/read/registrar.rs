//! Drafts to entries, in the order of their rows: what a row shares with others is settled here.

use jiff::civil::Date;

use super::draft::Checked;
use super::event::Entry;
use super::ids::Ids;
use super::sheet::columns::Column;
use super::sheet::header::{SEMICOLON, Separators};
use super::sheet::row::Row;
use super::tags::TagBook;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, quoted};
use crate::model::event::{LONGEST_ID, Status};
use crate::model::settings::{Settings, Source};
use crate::model::tag::{Facet, Tag};
use crate::slug::slug;

/// Takes drafts in.
pub struct Registrar<'r, 'a> {
    /// The row.
    pub row: Row<'r>,
    /// Its table's settings.
    pub source: &'a Source,
    /// The site's settings.
    pub settings: &'a Settings,
    /// The day it is.
    pub today: Date,
    /// The regions and topics of all tables.
    pub tags: &'a mut TagBook,
    /// The ids of all tables.
    pub ids: &'a mut Ids,
    /// What was wrong.
    pub out: &'a mut Diagnostics,
}

impl<'r> Registrar<'r, '_> {
    /// The event of a draft; `None` when there is none, which is told.
    pub fn enter(&mut self, checked: Option<Checked>) -> Option<Entry<'r>> {
        let regions = self.regions();
        let topics = self.topics();
        let (checked, regions, topics) = (checked?, regions?, topics?);
        let base = match self.row.get(Column::Id) {
            Some(id) => self.take_id(id)?,
            None => Some(self.base(regions.first())),
        };
        self.tell_unverified(&checked);
        Some(Entry { row: self.row, checked, regions, topics, base })
    }

    /// Takes an id, which must be nobody else's.
    fn take_id(&mut self, id: &str) -> Option<Option<String>> {
        let Some((file, first)) = self.ids.take(id, self.row.number()) else { return Some(None) };
        let found = format!("{}, which is the id in {file}, row {first} too", quoted(id));
        self.out.push(
            Diagnostic::new(Code::DuplicateId, self.row.place(Column::Id), found, "an id of its own")
                .help(format!("type another id, such as {id}-2; the first row is kept")),
        );
        None
    }

    /// What an id is made of: title and first region, never the date.
    fn base(&mut self, region: Option<&Tag>) -> String {
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

    /// A standing event that nobody confirmed for long may have ended long ago.
    fn tell_unverified(&mut self, event: &Checked) {
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

    fn regions(&mut self) -> Option<Vec<Tag>> {
        let row = self.row;
        let place = || row.place(Column::Region);
        let Some(text) = row.joined(Column::Region) else { return self.default_tags(Facet::Region, &place) };
        let separators = row.separated(Column::Region).next().map_or(SEMICOLON, |(_, separators)| separators);
        let names = names(&text, separators);
        self.tags.read_names(Facet::Region, &names, &place, self.out)
    }

    fn topics(&mut self) -> Option<Vec<Tag>> {
        let row = self.row;
        let place = || row.place(Column::Topic);
        let mut all: Vec<&str> = Vec::new();
        for (text, separators) in row.separated(Column::Topic) {
            all.extend(names(text, separators));
        }
        if all.is_empty() {
            return self.default_tags(Facet::Topic, &place);
        }
        self.tags.read_names(Facet::Topic, &all, &place, self.out)
    }

    fn default_tags(&mut self, facet: Facet, place: &dyn Fn() -> Place) -> Option<Vec<Tag>> {
        let default = match facet {
            Facet::Region => &self.source.regions,
            Facet::Topic => &self.source.topics,
        };
        let names: Vec<&str> = default.iter().map(|tag| &*tag.name).collect();
        self.tags.read_names(facet, &names, place, self.out)
    }
}

/// The names in a cell.
fn names(text: &str, separators: Separators) -> Vec<&str> {
    text.split(separators).map(str::trim).filter(|name| !name.is_empty()).collect()
}
