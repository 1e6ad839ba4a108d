//! Context in which the dates of one table are read: zone, weekdays, and whether `1/5/2026` is 1 May or 5 January. The
//! order is inferred from a value that can be read in one way only, never guessed.

use std::ops::ControlFlow;
use std::sync::OnceLock;

use jiff::tz::TimeZone;

use super::date_text::{self, DateValue};
use super::errors::DateError;
use crate::diagnostic::{column_letters, quoted};
use crate::model::settings::{DateOrder, Weekdays};
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
    /// Every value can be read in both orders.
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

/// Reader of the dates of one table. The table is searched for the order of day and month when a date first needs it.
pub struct DateReader<'a> {
    table: &'a TableFile<'a>,
    header: &'a Header,
    decision: OnceLock<OrderDecision>,
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
        DateReader { table, header, decision }
    }

    /// Reads a cell with a date or time.
    ///
    /// # Errors
    ///
    /// Returns an error if it does not exist, or is ambiguous and the order is undecided.
    pub fn read(&self, text: &str) -> Result<DateValue, DateError> {
        let known = self.decision.get().and_then(OrderDecision::order);
        match date_text::read(text, known) {
            Err(DateError::Ambiguous { .. }) if known.is_none() => {
                date_text::read(text, self.decision().order())
            }
            read => read,
        }
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

    fn search(&self) -> OrderDecision {
        let columns = [Column::Start, Column::End, Column::Verified, Column::Updated];
        let positions: Vec<usize> =
            columns.iter().flat_map(|column| self.header.positions(*column)).collect();
        let mut found: Option<(DateOrder, String)> = None;
        let mut other = None;
        // A table that is not read to its end is reported when its rows are read.
        let _ = self.table.rows(&mut |row| {
            if row.number <= self.header.row() {
                return ControlFlow::Continue(());
            }
            for position in &positions {
                let text = row.cells.get(*position).unwrap_or_default().trim();
                let Some(order) = date_text::order_of(text) else { continue };
                let letters = column_letters(u32::try_from(position + 1).unwrap_or(u32::MAX));
                let place = || format!("{} in {letters}{}", quoted(text), row.number);
                match &found {
                    None => found = Some((order, place())),
                    Some((known, _)) if *known == order => {}
                    Some(_) => {
                        other = Some(place());
                        return ControlFlow::Break(());
                    }
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
}
