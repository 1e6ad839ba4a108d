//! Context in which the dates of one table are read: zone, weekdays, and whether `1/5/2026` is 1 May or 5 January. The
//! order is inferred from the values that can be read in one way only, never guessed.

use std::ops::ControlFlow;
use std::sync::OnceLock;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::dates::error::DateError;
use crate::dates::moment::{self, Moment, parse_moment};
use crate::dates::order::DateOrder;
use crate::diagnostic::{column_letters, quoted};
use crate::model::settings::Weekdays;
use crate::read::sheet::columns::Column;
use crate::read::sheet::header::Header;
use crate::read::sheet::table::TableFile;

/// Zone, weekdays and date order of one table.
pub struct DateContext<'a> {
    /// The zone of rows that name none.
    pub zone: TimeZone,
    /// Whether the settings name the zone.
    pub zone_is_set: bool,
    /// The reader of dates.
    pub order: DateReader<'a>,
    /// The meaning of a weekday without a date.
    pub weekdays: Option<Weekdays>,
}

/// The order of day and month in a table, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderDecision {
    /// Given by the settings or by the program that exported the table; with the reason.
    Said(DateOrder, String),
    /// Inferred from a value that can be read in this order only; with the value and its place.
    Shown(DateOrder, String),
    /// Every value can be read in several orders.
    Open,
    /// Two values can be read only in different orders; with both.
    Conflicting(String, String),
}

impl OrderDecision {
    /// Returns the order, if there is one.
    #[must_use]
    pub fn order(&self) -> Option<DateOrder> {
        match self {
            OrderDecision::Said(order, _) | OrderDecision::Shown(order, _) => Some(*order),
            OrderDecision::Open | OrderDecision::Conflicting(..) => None,
        }
    }
}

/// Reader of the dates of one table. The table is searched when a date first needs what the others say.
pub struct DateReader<'a> {
    table: &'a TableFile<'a>,
    header: &'a Header,
    decision: OnceLock<OrderDecision>,
    has_midnights_only: OnceLock<bool>,
}

impl<'a> DateReader<'a> {
    /// Creates the reader of a table; `set` is the order of the settings.
    #[must_use]
    pub fn new(table: &'a TableFile<'a>, header: &'a Header, set: Option<DateOrder>) -> DateReader<'a> {
        let decision = OnceLock::new();
        if let Some(order) = set {
            // A fresh cell takes its first value.
            let _ = decision.set(OrderDecision::Said(order, "as the settings say".to_owned()));
        }
        DateReader { table, header, decision, has_midnights_only: OnceLock::new() }
    }

    /// Reads a cell with a date or time.
    ///
    /// # Errors
    ///
    /// Returns an error if it does not exist, or is ambiguous and the order is undecided.
    pub fn read(&self, text: &str) -> Result<Moment, DateError> {
        let known = self.decision.get().and_then(OrderDecision::order);
        match parse_moment(text, known) {
            Err(DateError::Ambiguous { is_dotted, .. }) if known.is_none() => {
                let order = match self.decision() {
                    // No country writes the month first with points.
                    OrderDecision::Open if is_dotted => Some(DateOrder::DayFirst),
                    decision => decision.order(),
                };
                parse_moment(text, order)
            }
            read => read,
        }
    }

    /// Reads a cell with one date; a time of day behind it is left out. Returns `None` for anything else.
    #[must_use]
    pub fn date(&self, text: &str) -> Option<Date> {
        match self.read(text) {
            Ok(Moment::Days { first, last }) => (first == last).then_some(first),
            Ok(Moment::At { start, .. }) => Some(start.date()),
            _ => None,
        }
    }

    /// Returns the order of dates that are in a cell with other words.
    pub fn known_order(&self, text: &str) -> Option<DateOrder> {
        let has_numbers = text.bytes().any(|byte| byte.is_ascii_digit()) && text.contains(['/', '.', '-']);
        if has_numbers { self.decision().order() } else { None }
    }

    /// Returns the decision, if a date has needed it so far.
    #[must_use]
    pub fn decided(&self) -> Option<&OrderDecision> {
        self.decision.get()
    }

    /// Returns the decision; searches the table at first use.
    pub fn decision(&self) -> &OrderDecision {
        self.decision.get_or_init(|| self.search())
    }

    /// Returns whether every time of day in the columns of the start and the end is midnight: then databases and workbooks
    /// mean days. Searches the table at first use.
    pub fn has_midnights_only(&self) -> bool {
        *self.has_midnights_only.get_or_init(|| {
            if matches!(self.table, TableFile::Calendar(_)) {
                return false;
            }
            let mut found = true;
            self.each(&[Column::Start, Column::End], &mut |text, _| {
                let read = parse_moment(text, Some(DateOrder::DayFirst))
                    .or_else(|_| parse_moment(text, Some(DateOrder::MonthFirst)));
                found = match read {
                    Ok(Moment::At { start, end: None, zone: None, .. }) => start.time() == Time::midnight(),
                    Ok(Moment::At { .. } | Moment::Clock(_)) => false,
                    Ok(Moment::Days { .. } | Moment::Nothing) | Err(_) => true,
                };
                if found { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
            found
        })
    }

    fn search(&self) -> OrderDecision {
        let mut found: Option<(DateOrder, String)> = None;
        let mut other = None;
        self.each(&[Column::Start, Column::End, Column::Verified, Column::Updated], &mut |text, place| {
            let Some(order) = only_order(text) else { return ControlFlow::Continue(()) };
            match &found {
                None => found = Some((order, place())),
                Some((known, _)) if *known == order => {}
                Some(_) => {
                    other = Some(place());
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        });
        match (found, other) {
            (Some((_, one)), Some(other)) => OrderDecision::Conflicting(one, other),
            (Some((order, place)), None) => OrderDecision::Shown(order, place),
            (None, _) => match self.header.export() {
                Some(export) if export.month_first => {
                    OrderDecision::Said(DateOrder::MonthFirst, format!("as {} writes them", export.name))
                }
                _ => OrderDecision::Open,
            },
        }
    }

    /// Calls a function with each cell of some columns, and a function that names the cell and its place.
    fn each(&self, columns: &[Column], visit: &mut CellVisitor<'_>) {
        let positions: Vec<usize> =
            columns.iter().flat_map(|column| self.header.positions(*column)).collect();
        // A table that is not read to its end is reported when its rows are read.
        let _ = self.table.rows(&mut |row| {
            if row.number <= self.header.row() {
                return ControlFlow::Continue(());
            }
            for position in &positions {
                let text = row.cells.get(*position).unwrap_or_default().trim();
                let letters = || column_letters(u32::try_from(position + 1).unwrap_or(u32::MAX));
                if !text.is_empty() {
                    visit(text, &|| format!("{} in {}{}", quoted(text), letters(), row.number))?;
                }
            }
            ControlFlow::Continue(())
        });
    }
}

/// Called with the text of a cell and a function that names the cell and its place.
type CellVisitor<'a> = dyn FnMut(&str, &dyn Fn() -> String) -> ControlFlow<()> + 'a;

/// Returns the order of a date that can be read in no other, such as `13/5/2026`.
fn only_order(text: &str) -> Option<DateOrder> {
    match moment::orders(text)[..] {
        [order] => Some(order),
        _ => None,
    }
}
