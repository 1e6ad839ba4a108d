//! The header of one table: where each column stands, and whose export it is.

use csv::StringRecord;

use super::columns::{self, COLUMNS, Column, PASSED_OVER, Several, Spec, find, name_of, squashed};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, column_letters, nearest, quoted};
use crate::model::report::Mapped;
use crate::model::settings::Writing;

/// The most columns of a table.
const MOST_COLUMNS: usize = 256;

/// A program whose exports are known by their headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// Google Calendar's import format.
    Google,
    /// Outlook; whole days end at the midnight after the last day.
    Outlook,
    /// The Events Calendar for WordPress; slashes are month/day/year.
    EventsCalendar,
    /// Localist; `Date To` is where a series ends.
    Localist,
    /// My Calendar for WordPress.
    MyCalendar,
    /// EventON for WordPress; dates are month/day/year.
    EventOn,
    /// EMS Master Calendar.
    Ems,
    /// TeSS.
    Tess,
}

impl Export {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Export::Google => "Google Calendar",
            Export::Outlook => "Outlook",
            Export::EventsCalendar => "The Events Calendar",
            Export::Localist => "Localist",
            Export::MyCalendar => "My Calendar",
            Export::EventOn => "EventON",
            Export::Ems => "EMS",
            Export::Tess => "TeSS",
        }
    }

    /// By headers, each squashed. The first that fits.
    fn of(names: &[String]) -> Option<Export> {
        let has = |name: &str| names.iter().any(|known| known == name);
        let all = |wanted: &[&str]| wanted.iter().all(|name| has(name));
        let found = [
            (
                has("showtimeas")
                    || has("zeitspannezeigenals")
                    || all(&["meetingorganizer", "reminderonoff"]),
                Export::Outlook,
            ),
            (has("evcalsubtitle") || all(&["publishstatus", "eventstartdate"]), Export::EventOn),
            (has("eventstartdate"), Export::EventsCalendar),
            (all(&["datefrom", "dateto"]), Export::Localist),
            (has("eventbegin") || has("occurbegin"), Export::MyCalendar),
            (has("timeeventstart") || has("isalldayevent"), Export::Ems),
            (has("hostinstitutions"), Export::Tess),
            (all(&["subject", "startdate", "alldayevent"]), Export::Google),
        ];
        found.into_iter().find_map(|(fits, export)| fits.then_some(export))
    }

    /// Whether `1/5/2026` is 5 January because this program writes it so.
    #[must_use]
    pub const fn month_first(self) -> bool {
        matches!(self, Export::EventsCalendar | Export::EventOn)
    }
}

/// One column of the table that is (a part of) one of ours.
#[derive(Clone, Debug)]
struct Part {
    position: usize,
    /// Its place among the names of the column.
    rank: usize,
    /// What separates values in it.
    separators: Separators,
}

/// What stands between several values of a cell.
pub type Separators = [char; 3];

/// Our own.
pub const SEMICOLON: Separators = [';', '\n', '\n'];
const COMMA: Separators = [',', '\n', '\n'];
const EITHER: Separators = [',', ';', '\n'];

/// Where each column stands in one table.
#[derive(Clone, Debug)]
pub struct Header {
    parts: Vec<Vec<Part>>,
    names: Vec<String>,
    unread: Vec<String>,
    export: Option<Export>,
    /// Columns that the settings put together of several.
    together: Vec<Column>,
    row: u32,
}

impl Header {
    /// Reads the header row; `None` when the table cannot be used without what is missing.
    pub fn read(
        record: &StringRecord,
        place: &Place,
        writing: &Writing,
        out: &mut Diagnostics,
    ) -> Option<Header> {
        let names: Vec<String> =
            record.iter().map(|name| crate::text::line(front(name)).into_owned()).collect();
        let row = place.row();
        let mut header = Header {
            parts: vec![Vec::new(); COLUMNS.len()],
            export: Export::of(&names.iter().map(|name| squashed(name)).collect::<Vec<_>>()),
            names,
            unread: Vec::new(),
            together: Vec::new(),
            row,
        };
        if record.len() > MOST_COLUMNS {
            let found = format!("{} columns", record.len());
            let most = format!("at most {MOST_COLUMNS}");
            out.push(Diagnostic::new(Code::TooLarge, Place::whole(&place.file), found, most));
            return None;
        }
        let mapped = header.map(writing, place, out);
        for position in 0..header.names.len() {
            if !mapped.contains(&position) {
                header.take(position, &place.in_column(position), writing, out);
            }
        }
        for parts in &mut header.parts {
            parts.sort_by_key(|part| (part.rank, part.position));
        }
        header.tell_shared(writing, place, out);
        header.is_enough(place, out).then_some(header)
    }

    /// A table without a header: columns are called A, B, C, and the settings say which is which.
    pub fn by_letters(
        widest: &StringRecord,
        place: &Place,
        writing: &Writing,
        out: &mut Diagnostics,
    ) -> Option<Header> {
        let width = widest.len().min(MOST_COLUMNS);
        let letters: Vec<String> = (0..width).map(|position| column_letters(number(position))).collect();
        let mut header = Header {
            parts: vec![Vec::new(); COLUMNS.len()],
            unread: Vec::new(),
            names: letters,
            export: None,
            together: Vec::new(),
            row: 0,
        };
        let mapped = header.map(writing, place, out);
        header.unread = (0..width).filter(|at| !mapped.contains(at)).map(|at| header.label(at)).collect();
        header.is_enough(place, out).then_some(header)
    }

    /// The columns that the settings name; answers their positions.
    fn map(&mut self, writing: &Writing, place: &Place, out: &mut Diagnostics) -> Vec<usize> {
        let mut mapped = Vec::new();
        for (name, headers) in &writing.columns {
            let Some(column) = columns::named(name) else { continue };
            if headers.len() > 1 {
                self.together.push(column);
            }
            for (rank, wanted) in headers.iter().enumerate() {
                let plain = squashed(wanted);
                let by_name = self.names.iter().position(|name| squashed(name) == plain);
                let position = by_name.or_else(|| by_letters(wanted).filter(|at| *at < self.names.len()));
                match position {
                    Some(position) => {
                        self.add(column, position, rank, writing);
                        mapped.push(position);
                    }
                    None => {
                        let near = nearest(wanted, self.names.iter().map(String::as_str));
                        let found = format!("no column {}, which [columns] has for `{name}`", quoted(wanted));
                        let fault = Diagnostic::new(
                            Code::UnmappedColumn,
                            place.clone(),
                            found,
                            format!("one of {}", quoted(&self.names.join(", "))),
                        );
                        out.push(match near {
                            Some(near) => fault.help(format!("did you mean {}?", quoted(near))),
                            None => fault.help("name the column as the header of the table has it"),
                        });
                    }
                }
            }
        }
        mapped
    }

    fn add(&mut self, column: Column, position: usize, rank: usize, writing: &Writing) {
        let own = match column {
            Column::Region => writing.region_separator,
            Column::Topic => writing.topic_separator,
            _ => None,
        };
        let separators = match own {
            Some(separator) => [separator, '\n', '\n'],
            None => separators_of(&squashed(&self.names[position])),
        };
        self.parts[column as usize].push(Part { position, rank, separators });
    }

    fn take(&mut self, position: usize, place: &Place, writing: &Writing, out: &mut Diagnostics) {
        let name = self.names[position].clone();
        let plain = squashed(&name);
        if plain.is_empty() {
            return;
        }
        let Some((spec, rank)) = find(&name) else {
            self.unread.push(name.clone());
            if !PASSED_OVER.iter().any(|known| squashed(known) == plain) {
                out.push(unknown(&name, place));
            }
            return;
        };
        let is_again = |part: &&Part| squashed(&self.names[part.position]) == plain;
        if let Some(first) = self.parts[spec.column as usize].iter().find(is_again) {
            let letters = column_letters(number(first.position));
            let found = format!("{}, which is `{}` again", quoted(&name), spec.name);
            out.push(
                Diagnostic::new(Code::RepeatedColumn, place.clone(), found, "each column once")
                    .help(format!("column {letters} is read; rename or remove this one")),
            );
            return;
        }
        self.add(spec.column, position, rank, writing);
    }

    /// Where two columns are one and only the first is read, that is said.
    fn tell_shared(&mut self, writing: &Writing, place: &Place, out: &mut Diagnostics) {
        for Spec { column, name, several, .. } in COLUMNS {
            let parts = &self.parts[*column as usize];
            // A day in one column and the hour in the other are one start.
            let of_day =
                |part: &Part| matches!(&*squashed(&self.names[part.position]), "date" | "day" | "datum");
            let is_start = *column == Column::Start && parts.iter().any(of_day);
            if *several != Several::First
                || parts.len() < 2
                || is_start
                || writing.columns.contains_key(*name)
            {
                continue;
            }
            let first = quoted(&self.names[parts[0].position]);
            for part in &parts[1..] {
                let found =
                    format!("{}, which is `{name}` as {first} is", quoted(&self.names[part.position]));
                out.push(
                    Diagnostic::new(Code::SharedColumn, place.in_column(part.position), found, "one of them")
                        .help(format!(
                            "it is read where {first} is blank; name the one you mean in [columns]"
                        )),
                );
            }
        }
    }

    fn is_enough(&self, place: &Place, out: &mut Diagnostics) -> bool {
        let missing: Vec<&str> = [Column::Title, Column::Start]
            .into_iter()
            .filter(|column| !self.has(*column))
            .map(name_of)
            .collect();
        for name in &missing {
            let found = format!("the columns {}", quoted(&self.names.join(", ")));
            let missing =
                Diagnostic::new(Code::MissingColumn, place.clone(), found, format!("a column `{name}`"));
            out.push(missing.help(self.instead_of(name)));
        }
        missing.is_empty()
    }

    /// What to do about a column that is not there: it may be one of those that were not understood.
    fn instead_of(&self, missing: &str) -> String {
        let unread: Vec<&str> =
            self.unread.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
        match unread[..] {
            [] => format!("add a column `{missing}`: each of these is read as something else"),
            [likely] => format!(
                "if {} holds it, name it `{missing}`, or write below [columns] in calcast.toml: {missing} = \"{likely}\"",
                quoted(likely)
            ),
            [likely, ..] => format!(
                "name the column that holds it `{missing}`, or write its name below [columns] in calcast.toml, as in {missing} = \"{likely}\""
            ),
        }
    }

    /// Whether the table has a column.
    #[must_use]
    pub fn has(&self, column: Column) -> bool {
        !self.parts[column as usize].is_empty()
    }

    /// Where a column stands, from 0: each of its parts, the first one first.
    pub fn positions(&self, column: Column) -> impl Iterator<Item = usize> + '_ {
        self.parts[column as usize].iter().map(|part| part.position)
    }

    /// Each of a column's parts, with what separates values in it.
    pub fn separated(&self, column: Column) -> impl Iterator<Item = (usize, Separators)> + '_ {
        self.parts[column as usize].iter().map(|part| (part.position, part.separators))
    }

    /// Whether the settings put several columns of the table together to this one.
    #[must_use]
    pub fn is_together(&self, column: Column) -> bool {
        self.together.contains(&column)
    }

    /// How many cells the header has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.names.len()
    }

    /// The name of a column of the table, or its letter.
    #[must_use]
    pub fn label(&self, position: usize) -> String {
        match self.names.get(position) {
            Some(name) if !name.is_empty() => name.clone(),
            _ => column_letters(number(position)),
        }
    }

    /// Whose export it is.
    #[must_use]
    pub fn export(&self) -> Option<Export> {
        self.export
    }

    /// The row that it stands in; 0 when there is none.
    #[must_use]
    pub fn row(&self) -> u32 {
        self.row
    }

    /// Which column was read from which, for people.
    #[must_use]
    pub fn mapping(&self) -> Vec<Mapped> {
        COLUMNS
            .iter()
            .filter(|spec| self.has(spec.column))
            .map(|spec| Mapped {
                column: spec.name,
                headers: self.positions(spec.column).map(|position| self.label(position)).collect(),
            })
            .collect()
    }

    /// The columns that are not read.
    #[must_use]
    pub fn unread(&self) -> &[String] {
        &self.unread
    }
}

/// As much of a header as a name may be long; what is longer is none.
fn front(name: &str) -> &str {
    const LONGEST: usize = 300;
    &name[..name.floor_char_boundary(LONGEST)]
}

fn number(position: usize) -> u32 {
    u32::try_from(position + 1).unwrap_or(u32::MAX)
}

fn unknown(name: &str, place: &Place) -> Diagnostic {
    let fault = Diagnostic::new(Code::UnknownColumn, place.clone(), quoted(name), "a column calcast knows");
    match nearest(name, COLUMNS.iter().map(|spec| spec.name)) {
        Some(near) => fault.help(format!("did you mean `{near}`? The column is not read")),
        None => fault.help("the column is not read"),
    }
}

/// Our own columns have `;`; others are as their programs write them.
fn separators_of(plain: &str) -> Separators {
    match plain {
        "eventcategory" | "eventcategories" | "eventtags" => COMMA,
        "tags" | "keywords" | "category" | "types" | "type" | "eventtype" | "eventtypes" => EITHER,
        _ => SEMICOLON,
    }
}

/// `A` is 0, `AA` is 26.
fn by_letters(letters: &str) -> Option<usize> {
    let good = (1..=3).contains(&letters.len()) && letters.bytes().all(|b| b.is_ascii_uppercase());
    good.then(|| letters.bytes().fold(0, |at, b| at * 26 + usize::from(b - b'A') + 1) - 1)
}

/// What a record with both title and start is ahead of others by.
pub const WHOLE: usize = 1_000;

/// More bytes than any name of a column has.
const LONGEST_NAME: usize = 256;

/// How many columns a record names, and [`WHOLE`] more when title and start are among them: what makes a row
/// a header.
#[must_use]
pub fn likeness(record: &StringRecord, writing: &Writing) -> usize {
    let mut columns: Vec<Column> = Vec::new();
    for name in record.iter().take(MOST_COLUMNS) {
        // A description is none of our names for a column, nor is a question of a form unless the settings say so.
        if name.len() > LONGEST_NAME && writing.columns.is_empty() {
            continue;
        }
        let plain = squashed(front(name));
        if plain.is_empty() {
            continue;
        }
        let by_settings = writing
            .columns
            .iter()
            .find(|(_, headers)| headers.iter().any(|header| squashed(header) == plain))
            .and_then(|(column, _)| columns::named(column));
        columns.extend(by_settings.or_else(|| find(front(name)).map(|(spec, _)| spec.column)));
    }
    columns.sort_unstable();
    columns.dedup();
    let whole = columns.contains(&Column::Title) && columns.contains(&Column::Start);
    columns.len() + if whole { WHOLE } else { 0 }
}
