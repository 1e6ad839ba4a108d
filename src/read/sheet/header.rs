//! The header of a table: the position of each column, and the program that exported the table.

use std::collections::BTreeSet;

use csv::StringRecord;

use super::columns::{self, Column, ExportFormat, Merge, Separators, find, normalized};
use super::raw_row::RawRow;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, column_letters, nearest, quoted};
use crate::model::report::Mapped;
use crate::model::settings::Writing;

/// The most columns of a table.
const MAX_COLUMNS: usize = 256;

/// A column of a table that is one of calcast's columns, or a part of one.
#[derive(Clone, Debug)]
struct ColumnPart {
    position: usize,
    /// Its rank among the names of the column.
    rank: usize,
    separators: Separators,
}

/// The positions of the columns of one table.
#[derive(Clone, Debug)]
pub struct Header {
    /// The parts of each column of [`Column::ALL`].
    parts: Vec<Vec<ColumnPart>>,
    names: Vec<String>,
    unread: Vec<String>,
    export: Option<&'static ExportFormat>,
    /// Columns that the settings join of several.
    joined: Vec<Column>,
    row: u32,
}

impl Header {
    /// Reads the header row. Row 0 is a table without a header: its columns are called A, B, C, and the settings say which is
    /// which. Returns `None` if a required column is missing.
    pub fn read(head: &RawRow, place: &Place, writing: &Writing, out: &mut Diagnostics) -> Option<Header> {
        let width = head.cells.len();
        if head.number > 0 && width > MAX_COLUMNS {
            let (found, most) = (format!("{width} columns"), format!("at most {MAX_COLUMNS}"));
            out.push(Diagnostic::new(Code::TooLarge, Place::whole(&place.file), found, most));
            return None;
        }
        let names: Vec<String> = match head.number {
            0 => {
                (0..width.min(MAX_COLUMNS)).map(|position| column_letters(column_number(position))).collect()
            }
            _ => head.cells.iter().map(|name| crate::text::line(truncated(name)).into_owned()).collect(),
        };
        let mut header = Header {
            parts: vec![Vec::new(); Column::ALL.len()],
            export: ExportFormat::recognize(&names.iter().map(|name| normalized(name)).collect::<Vec<_>>()),
            names,
            unread: Vec::new(),
            joined: Vec::new(),
            row: head.number,
        };
        let mapped = header.add_configured(writing, place, out);
        for position in (0..header.names.len()).filter(|position| !mapped.contains(position)) {
            match head.number {
                0 => header.unread.push(header.names[position].clone()),
                _ => header.add_by_name(position, &place.in_column(position), writing, out),
            }
        }
        for parts in &mut header.parts {
            parts.sort_by_key(|part| (part.rank, part.position));
        }
        header.report_shared(writing, place, out);
        header.has_required_columns(place, out).then_some(header)
    }

    /// Adds the columns that the settings name, and returns their positions.
    fn add_configured(&mut self, writing: &Writing, place: &Place, out: &mut Diagnostics) -> Vec<usize> {
        let mut mapped = Vec::new();
        for (name, headers) in &writing.columns {
            let Some(column) = columns::named(name) else { continue };
            if headers.len() > 1 {
                self.joined.push(column);
            }
            for (rank, wanted) in headers.iter().enumerate() {
                let plain = normalized(wanted);
                let by_name = self.names.iter().position(|name| normalized(name) == plain);
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
        let configured = match column {
            Column::Region => writing.region_separator,
            Column::Topic => writing.topic_separator,
            _ => None,
        };
        let detected = || columns::separators(&normalized(&self.names[position]));
        let separators = configured.map_or_else(detected, |separator| [separator, '\n', '\n']);
        self.parts[column as usize].push(ColumnPart { position, rank, separators });
    }

    fn add_by_name(&mut self, position: usize, place: &Place, writing: &Writing, out: &mut Diagnostics) {
        let name = self.names[position].clone();
        let plain = normalized(&name);
        if plain.is_empty() {
            return;
        }
        let Some((column, rank)) = find(&name) else {
            self.unread.push(name.clone());
            if !columns::is_ignored(&plain) {
                out.push(unknown(&name, place));
            }
            return;
        };
        let is_repeated = |part: &&ColumnPart| normalized(&self.names[part.position]) == plain;
        if let Some(first) = self.parts[column as usize].iter().find(is_repeated) {
            let letters = column_letters(column_number(first.position));
            let found = format!("{}, which is `{}` again", quoted(&name), column.name());
            out.push(
                Diagnostic::new(Code::RepeatedColumn, place.clone(), found, "each column once")
                    .help(format!("column {letters} is read; rename or remove this one")),
            );
            return;
        }
        self.add(column, position, rank, writing);
    }

    /// Reports columns that mean the same as another one, of which only the first is read.
    fn report_shared(&mut self, writing: &Writing, place: &Place, out: &mut Diagnostics) {
        for column in Column::ALL {
            let (name, parts) = (column.name(), &self.parts[column as usize]);
            // A day in one column and the hour in the other are one start.
            let is_date = |part: &ColumnPart| {
                matches!(&*normalized(&self.names[part.position]), "date" | "day" | "datum")
            };
            let is_start = column == Column::Start && parts.iter().any(is_date);
            if column.spec().merge != Merge::First
                || parts.len() < 2
                || is_start
                || writing.columns.contains_key(name)
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

    fn has_required_columns(&self, place: &Place, out: &mut Diagnostics) -> bool {
        let missing: Vec<&str> = [Column::Title, Column::Start]
            .into_iter()
            .filter(|column| !self.has(*column))
            .map(Column::name)
            .collect();
        for name in &missing {
            let found = format!("the columns {}", quoted(&self.names.join(", ")));
            let missing =
                Diagnostic::new(Code::MissingColumn, place.clone(), found, format!("a column `{name}`"));
            out.push(missing.help(self.missing_column_help(name)));
        }
        missing.is_empty()
    }

    /// Returns the help for a missing column, which may be one of those that were not understood.
    fn missing_column_help(&self, missing: &str) -> String {
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

    /// Returns whether the table has a column.
    #[must_use]
    pub fn has(&self, column: Column) -> bool {
        !self.parts[column as usize].is_empty()
    }

    /// Returns the positions of a column, from 0, by the rank of their names.
    pub fn positions(&self, column: Column) -> impl Iterator<Item = usize> + '_ {
        self.parts[column as usize].iter().map(|part| part.position)
    }

    /// Returns the positions of a column with the separators of their values.
    pub fn separated(&self, column: Column) -> impl Iterator<Item = (usize, Separators)> + '_ {
        self.parts[column as usize].iter().map(|part| (part.position, part.separators))
    }

    /// Returns whether the settings join several columns of the table to this one.
    #[must_use]
    pub fn is_joined(&self, column: Column) -> bool {
        self.joined.contains(&column)
    }

    /// Returns the number of cells of the header.
    #[must_use]
    pub fn width(&self) -> usize {
        self.names.len()
    }

    /// Returns the name of a column of the table, or its letter.
    #[must_use]
    pub fn label(&self, position: usize) -> String {
        match self.names.get(position) {
            Some(name) if !name.is_empty() => name.clone(),
            _ => column_letters(column_number(position)),
        }
    }

    /// Returns the program that exported the table, if it is a known one.
    #[must_use]
    pub fn export(&self) -> Option<&'static ExportFormat> {
        self.export
    }

    /// Returns the row of the header, or 0 if there is none.
    #[must_use]
    pub fn row(&self) -> u32 {
        self.row
    }

    /// Returns which column was read from which header.
    #[must_use]
    pub fn mapping(&self) -> Vec<Mapped> {
        Column::ALL
            .into_iter()
            .filter(|column| self.has(*column))
            .map(|column| Mapped {
                column: column.name(),
                headers: self.positions(column).map(|position| self.label(position)).collect(),
            })
            .collect()
    }

    /// Returns the headers that are not read.
    #[must_use]
    pub fn unread(&self) -> &[String] {
        &self.unread
    }
}

/// Returns the first 300 bytes of a header. No known name is longer.
fn truncated(name: &str) -> &str {
    const MAX_NAME: usize = 300;
    &name[..name.floor_char_boundary(MAX_NAME)]
}

fn column_number(position: usize) -> u32 {
    u32::try_from(position + 1).unwrap_or(u32::MAX)
}

fn unknown(name: &str, place: &Place) -> Diagnostic {
    let fault = Diagnostic::new(Code::UnknownColumn, place.clone(), quoted(name), "a column calcast knows");
    match nearest(name, Column::ALL.into_iter().map(Column::name)) {
        Some(near) => fault.help(format!("did you mean `{near}`? The column is not read")),
        None => fault.help("the column is not read"),
    }
}

/// Returns the position of a column by its letters: `A` is 0, `AA` is 26.
fn by_letters(letters: &str) -> Option<usize> {
    let is_valid = (1..=3).contains(&letters.len()) && letters.bytes().all(|b| b.is_ascii_uppercase());
    is_valid.then(|| letters.bytes().fold(0, |at, b| at * 26 + usize::from(b - b'A') + 1) - 1)
}

/// Added to the score of a row that names both title and start.
pub const REQUIRED_BONUS: usize = 1_000;

/// Returns how much a row looks like a header: the number of columns that it names, and [`REQUIRED_BONUS`] more if title
/// and start are among them.
#[must_use]
pub fn header_score(record: &StringRecord, writing: &Writing) -> usize {
    let names = record.iter().take(MAX_COLUMNS).map(truncated);
    let columns: BTreeSet<Column> = names.filter_map(|name| column_of(name, writing)).collect();
    let has_required = columns.contains(&Column::Title) && columns.contains(&Column::Start);
    columns.len() + if has_required { REQUIRED_BONUS } else { 0 }
}

/// Returns the column that a header means, by the settings or by its name.
fn column_of(header: &str, writing: &Writing) -> Option<Column> {
    let plain = normalized(header);
    let has_header = |headers: &Vec<String>| headers.iter().any(|header| normalized(header) == plain);
    let mapped = writing.columns.iter().find(|(_, headers)| !plain.is_empty() && has_header(headers));
    match mapped.and_then(|(column, _)| columns::named(column)) {
        Some(column) => Some(column),
        None => find(header).map(|(column, _)| column),
    }
}
