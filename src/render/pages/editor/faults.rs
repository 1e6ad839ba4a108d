//! Boxes of the editor's page: one for each row, table or file with errors or warnings.

use std::collections::BTreeMap;

use super::EditorView;
use crate::diagnostic::{Code, Diagnostic, Severity, Spot, column_letters};
use crate::i18n::{Localizer, fill};
use crate::model::report::{FaultyRow, LoadReport, TableReport};
use crate::model::route::Route;
use crate::render::pages::{Anchor, PageContext};
use crate::text;

/// The most boxes of a section.
const MAX_BOXES: usize = 100;
/// Faults of cells without which a row is published.
const OPTIONAL: [Code; 5] =
    [Code::BadTag, Code::BadDuration, Code::EndBeforeStart, Code::EndTwice, Code::BadFlag];

/// What is wrong with one row, table or file.
pub(super) struct FaultBox {
    pub heading: String,
    pub faults: Vec<Fault>,
    /// What is published meanwhile.
    pub note: String,
    /// The event as it is published.
    pub event: Option<Anchor>,
}

/// One fault: where it is, what stands there, why that is wrong, and what to type.
pub(super) struct Fault {
    pub place_label: &'static str,
    pub place: String,
    pub says: String,
    pub why: String,
    pub help: String,
}

/// The boxes of a section, and the number of further ones.
#[derive(Default)]
pub(super) struct FaultBoxes {
    pub boxes: Vec<FaultBox>,
    pub more: usize,
}

/// Errors and warnings by the section of the page that shows them.
#[derive(Default)]
pub(super) struct Sections {
    /// Rows, tables and settings that are not published.
    pub held: FaultBoxes,
    /// Rows that are published although something about them is odd.
    pub look: FaultBoxes,
    /// Articles with errors.
    pub articles: FaultBoxes,
}

/// Returns the places of rows and articles that say themselves that they are not to be published.
pub(super) fn left_out(context: &PageContext<'_>, view: &EditorView<'_>) -> Vec<String> {
    let builder = BoxBuilder::new(context, view.report);
    let notes = view.diagnostics.iter().filter(|note| note.code == Code::LeftOut);
    let place = |note: &Diagnostic| {
        let file = &*note.place.file;
        builder.heading(view.report.table(file), (file, builder.row(note)), None)
    };
    notes.map(place).collect()
}

/// Where a diagnostic is shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    Held,
    Look,
    Articles,
}

impl Sections {
    /// Sorts the diagnostics of a view into sections, those of one row into one box.
    pub(super) fn new(context: &PageContext<'_>, view: &EditorView<'_>) -> Sections {
        let builder = BoxBuilder::new(context, view.report);
        let mut groups: BTreeMap<(Section, &str, u32), Vec<&Diagnostic>> = BTreeMap::new();
        for diagnostic in view.all_diagnostics() {
            if let Some(section) = builder.section(diagnostic) {
                let file: &str = &diagnostic.place.file;
                let row = if section == Section::Articles { 0 } else { builder.row(diagnostic) };
                groups.entry((section, file, row)).or_default().push(diagnostic);
            }
        }
        let mut sections = Sections::default();
        for ((section, file, row), faults) in groups {
            let target = match section {
                Section::Held => &mut sections.held,
                Section::Look => &mut sections.look,
                Section::Articles => &mut sections.articles,
            };
            if target.boxes.len() == MAX_BOXES {
                target.more += 1;
            } else {
                target.boxes.push(builder.fault_box(section, (file, row), &faults));
            }
        }
        sections
    }
}

/// Builds boxes in the language of a page.
struct BoxBuilder<'a> {
    context: &'a PageContext<'a>,
    report: &'a LoadReport,
    /// Rows with errors, by file and row.
    rows: BTreeMap<(&'a str, u32), &'a FaultyRow>,
    articles: String,
}

impl<'a> BoxBuilder<'a> {
    fn new(context: &'a PageContext<'a>, report: &'a LoadReport) -> BoxBuilder<'a> {
        let rows = report.faulty_rows.iter().map(|row| ((&*row.place.file, row.place.row()), row)).collect();
        BoxBuilder { context, report, rows, articles: format!("{}/", context.site.settings.articles) }
    }

    fn l10n(&self) -> &'a Localizer {
        self.context.l10n
    }

    /// Returns the row of a cell; 0 for faults of a whole table or file.
    fn row(&self, diagnostic: &Diagnostic) -> u32 {
        let is_unreadable =
            self.report.table(&diagnostic.place.file).is_some_and(|table| table.unreadable.is_some());
        match diagnostic.place.spot {
            Spot::Cell { row, .. } if !is_unreadable => row,
            _ => 0,
        }
    }

    fn is_article(&self, diagnostic: &Diagnostic) -> bool {
        let file = &diagnostic.place.file;
        file.starts_with(&self.articles) && self.report.table(file).is_none()
    }

    fn section(&self, diagnostic: &Diagnostic) -> Option<Section> {
        match diagnostic.code.severity() {
            Severity::Note => None,
            Severity::Warning => Some(Section::Look),
            Severity::Error if self.is_article(diagnostic) => Some(Section::Articles),
            Severity::Error => {
                let key = (&*diagnostic.place.file, diagnostic.place.row());
                let is_published = OPTIONAL.contains(&diagnostic.code) && !self.rows.contains_key(&key);
                Some(if is_published { Section::Look } else { Section::Held })
            }
        }
    }

    fn fault_box(&self, section: Section, (file, row): (&str, u32), faults: &[&Diagnostic]) -> FaultBox {
        let table = self.report.table(file);
        let faulty = self.rows.get(&(file, row)).filter(|_| section == Section::Held);
        let title = faulty.and_then(|row| row.title.as_deref());
        let (note, event) = match (faulty, table) {
            (Some(faulty), _) => self.note_of_row(faulty),
            (None, Some(table)) if section == Section::Held && row == 0 => (self.note_of_table(table), None),
            _ => (String::new(), None),
        };
        FaultBox {
            heading: self.heading(table, (file, row), title),
            faults: faults.iter().map(|diagnostic| self.fault(diagnostic)).collect(),
            note,
            event,
        }
    }

    /// Returns `Row 65: Peoria support group`, with the table where there are several; else the name of the file.
    fn heading(&self, table: Option<&TableReport>, (file, row): (&str, u32), title: Option<&str>) -> String {
        let messages = &self.l10n().editor;
        let name = table.map_or(file, TableReport::shown_name);
        let number = row.to_string();
        let place = match (row, self.report.tables.len()) {
            (0, _) => name.to_owned(),
            (_, 0 | 1) => fill(messages.row, &[("n", &number)]),
            _ => fill(messages.row_of, &[("table", name), ("n", &number)]),
        };
        let heading = match title {
            Some(title) if self.report.tables.len() < 2 => {
                fill(messages.row_titled, &[("n", &number), ("title", title)])
            }
            Some(title) => format!("{place}: {title}"),
            None => place,
        };
        text::line(&heading).into_owned()
    }

    fn note_of_row(&self, row: &FaultyRow) -> (String, Option<Anchor>) {
        let messages = &self.l10n().editor;
        match row.event.as_ref().filter(|id| self.context.site.event(id).is_some()) {
            Some(id) => {
                let href = self.context.href(&Route::Event(id.clone()));
                let event = Anchor { label: messages.show_published.to_owned(), href };
                (messages.stays.to_owned(), Some(event))
            }
            None => (messages.not_yet.to_owned(), None),
        }
    }

    fn note_of_table(&self, table: &TableReport) -> String {
        let l10n = self.l10n();
        if table.held == 0 { String::new() } else { l10n.plural(l10n.editor.events_stay, table.held) }
    }

    fn fault(&self, diagnostic: &Diagnostic) -> Fault {
        let messages = &self.l10n().editor;
        let excerpt = diagnostic.excerpt.as_ref();
        let (place_label, place) = match diagnostic.place.spot {
            Spot::Whole => (messages.cell, String::new()),
            Spot::Text { line, .. } => (messages.line, line.to_string()),
            Spot::Cell { row, column } => {
                let cell = format!("{}{row}", column_letters(column));
                let place = match excerpt.map(|excerpt| excerpt.label.as_str()) {
                    None | Some("") => cell,
                    Some(label) => fill(messages.in_column, &[("cell", &cell), ("column", label)]),
                };
                (messages.cell, place)
            }
        };
        // The settings have addresses of tables that not every editor may know.
        let is_content = self.is_article(diagnostic) || self.report.table(&diagnostic.place.file).is_some();
        let excerpt = excerpt.filter(|_| is_content);
        let plain = |text: &str| text::line(&self.report.without_addresses(text)).into_owned();
        Fault {
            place_label,
            place,
            says: excerpt.map(|excerpt| excerpt.text.clone()).unwrap_or_default(),
            why: plain(&match is_content {
                true => why(diagnostic),
                false => format!("Expected {}.", diagnostic.expected),
            }),
            help: plain(&sentence(diagnostic.help.as_deref().unwrap_or_default())),
        }
    }
}

/// Returns a text with a capital letter. A full stop could be mistaken for a part of what to type.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// Returns why a cell is wrong. What stands there is only repeated where no excerpt shows it.
fn why(diagnostic: &Diagnostic) -> String {
    let Diagnostic { found, expected, excerpt, .. } = diagnostic;
    let is_shown = excerpt.is_some() && found.starts_with('"') && found.ends_with('"');
    if is_shown { format!("Expected {expected}.") } else { format!("Found {found}, expected {expected}.") }
}
