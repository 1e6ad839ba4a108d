//! What `1/5/2026` is in one table: decided by a value that can be read one way only, never guessed.

use std::ops::ControlFlow;
use std::sync::OnceLock;

use super::written::{self, Refusal, Written};
use crate::diagnostic::{column_letters, quoted};
use crate::model::settings::DateOrder;
use crate::read::cell;
use crate::read::sheet::columns::Column;
use crate::read::sheet::header::Header;
use crate::read::sheet::table::TableFile;

/// How a table's dates are ordered, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Somebody said so: the settings, or the program whose export it is.
    Said(DateOrder, String),
    /// A value can be read only so: where it is and what it says.
    Shown(DateOrder, String),
    /// No value tells.
    Open,
    /// One value tells this, another that: where both are.
    Conflicting(String, String),
}

impl Decision {
    /// The order, where there is one.
    #[must_use]
    pub fn order(&self) -> Option<DateOrder> {
        match self {
            Decision::Said(order, _) | Decision::Shown(order, _) => Some(*order),
            Decision::Open | Decision::Conflicting(..) => None,
        }
    }
}

/// Reads the dates of one table. The table is searched for a telling value when the first date needs one.
pub struct Order<'a> {
    table: &'a TableFile<'a>,
    header: &'a Header,
    decision: OnceLock<Decision>,
}

impl<'a> Order<'a> {
    /// Of a table; `set` is what the settings say.
    #[must_use]
    pub fn new(table: &'a TableFile<'a>, header: &'a Header, set: Option<DateOrder>) -> Order<'a> {
        let decision = OnceLock::new();
        if let Some(order) = set {
            // A fresh cell takes its first value.
            let _ = decision.set(Decision::Said(order, "as the settings say".to_owned()));
        }
        Order { table, header, decision }
    }

    /// Reads a cell with a date or time.
    ///
    /// # Errors
    /// When it says none that exists, or could be two days and nothing tells which.
    pub fn read(&self, text: &str) -> Result<Written, Refusal> {
        if let Some(moment) = cell::moment(text) {
            return Ok(Written::At(moment));
        }
        let known = self.decision.get().and_then(Decision::order);
        match written::read(text, known) {
            Err(Refusal::Ambiguous { .. }) if known.is_none() => written::read(text, self.decision().order()),
            read => read,
        }
    }

    /// What decides, if any date needed it so far.
    #[must_use]
    pub fn decided(&self) -> Option<&Decision> {
        self.decision.get()
    }

    /// What decides.
    pub fn decision(&self) -> &Decision {
        self.decision.get_or_init(|| self.search())
    }

    fn search(&self) -> Decision {
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
                let Some(order) = written::telling(text) else { continue };
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
            (Some((_, one)), Some(other)) => Decision::Conflicting(one, other),
            (Some((order, place)), None) => Decision::Shown(order, place),
            (None, _) => match self.header.export() {
                Some(export) if export.month_first => {
                    Decision::Said(DateOrder::MonthFirst, format!("as {} writes them", export.name))
                }
                _ => Decision::Open,
            },
        }
    }
}
