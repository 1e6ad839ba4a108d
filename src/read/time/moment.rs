//! The cells of a row that hold a start or an end: a date and its time, from one column or two.

use std::borrow::Cow;

use jiff::civil::{Date, Time};

use super::clock;
use super::order::Decision;
use super::weekday;
use super::when::DateContext;
use super::written::{Refusal, Written};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, quoted};
use crate::read::cell::Moment;
use crate::read::sheet::columns::Column;
use crate::read::sheet::row_view::RowView;

/// A start or an end.
#[derive(Clone, Debug)]
pub(super) enum Given {
    At(Moment),
    Days(Date, Date),
    Weekdays(weekday::Named, Moment),
}

/// Reads cells that hold a moment.
pub(super) struct MomentReader<'r, 'a> {
    pub(super) row: &'r RowView<'a>,
    pub(super) reckoning: &'r DateContext<'r>,
    pub(super) out: &'r mut Diagnostics,
}

impl MomentReader<'_, '_> {
    /// `None` is a fault, which is told; `Some(None)` an empty cell.
    pub(super) fn start(&mut self) -> Option<Option<Given>> {
        let text = self.row.start();
        let named =
            text.as_deref().filter(|text| text.starts_with(char::is_alphabetic)).and_then(weekday::read);
        let Some(mut named) = named else { return self.moment(Column::Start, text) };
        let place = self.row.place(Column::Start);
        let Some(weekdays) = self.reckoning.weekdays else {
            let found = quoted(&text.unwrap_or_default());
            self.out.push(Diagnostic::new(Code::WeekdayAlone, place, found, "a date").help(
                "type a date; or write weekly_from = 2026-09-01 in calcast.toml for standing groups, week_of = 2026-09-14 for the programme of one week",
            ));
            return None;
        };
        if let Some(time) = self.clock(Column::StartTime)? {
            named.time = Some(time);
        }
        let first = named.first(weekdays)?;
        Some(Some(Given::Weekdays(named, first)))
    }

    /// The end. `Date To` of a Localist series is the end of the series, and an hour beside that of the start
    /// (`18:00 - 20:00`) is the end of the event.
    pub(super) fn end(&mut self) -> Option<Option<Given>> {
        let of_series = self.row.header().export().is_some_and(|export| export.series_end)
            && self.row.get(Column::Repeat).is_some();
        let text = self.row.text(Column::End).filter(|_| !of_series);
        let end = self.moment(Column::End, text)?;
        let behind = || {
            self.row
                .get(Column::StartTime)
                .and_then(clock::range)
                .map(|(_, end)| Given::At(Moment::Clock(end)))
        };
        Some(end.or_else(behind))
    }

    /// A date and its time, from one column or two.
    pub(super) fn moment(&mut self, column: Column, text: Option<Cow<'_, str>>) -> Option<Option<Given>> {
        let given = match text {
            None => None,
            Some(text) => match self.reckoning.order.read(&text) {
                Ok(Written::At(moment)) => Some(Given::At(moment)),
                Ok(Written::Days(first, last)) => Some(Given::Days(first, last)),
                Err(refusal) => {
                    self.tell(column, &text, refusal);
                    return None;
                }
            },
        };
        let time = if column == Column::End { Column::EndTime } else { Column::StartTime };
        let Some(clock) = self.clock(time)? else { return Some(given) };
        Some(match given {
            Some(Given::At(Moment::Day(day))) => Some(Given::At(Moment::Local(day.to_datetime(clock)))),
            // A database writes midnight where there is no time.
            Some(Given::At(Moment::Local(at))) if at.time() == Time::midnight() => {
                Some(Given::At(Moment::Local(at.date().to_datetime(clock))))
            }
            Some(Given::At(Moment::Local(at) | Moment::Offset(at, _))) if at.time() != clock => {
                let found =
                    format!("{} beside {}", quoted(self.row.get(time).unwrap_or_default()), at.time());
                let expected = "one time of day";
                self.out.push(
                    Diagnostic::new(Code::BadTime, self.row.place(time), found, expected)
                        .help("clear this cell, or the time behind the date"),
                );
                return None;
            }
            Some(Given::Days(first, last)) => {
                let text = self.row.get(time).unwrap_or_default();
                self.out.push(
                    Diagnostic::new(
                        Code::BadTime,
                        self.row.place(time),
                        quoted(text),
                        "no time beside several days",
                    )
                    .help(format!("clear it for the whole days {first} to {last}, or give each day a row")),
                );
                return None;
            }
            None if column == Column::End => Some(Given::At(Moment::Clock(clock))),
            other => other,
        })
    }

    fn clock(&mut self, column: Column) -> Option<Option<Time>> {
        let Some(text) = self.row.get(column) else { return Some(None) };
        if column == Column::StartTime
            && let Some((start, _)) = clock::range(text)
        {
            return Some(Some(start));
        }
        match clock::read(text) {
            Ok(time) => Some(Some(time)),
            Err(refusal) => {
                self.tell(column, text, refusal);
                None
            }
        }
    }

    fn tell(&mut self, column: Column, text: &str, refusal: Refusal) {
        let place = self.row.place(column);
        let fault = match refusal {
            Refusal::Ambiguous { day_first, month_first } => {
                let why = match self.reckoning.order.decided() {
                    Some(Decision::Conflicting(one, other)) => {
                        format!(", and the file has both orders: {one} and {other}")
                    }
                    _ => String::new(),
                };
                let found = format!("{}, which is {day_first} or {month_first}{why}", quoted(text));
                Diagnostic::new(Code::AmbiguousDate, place, found, "a date that can be read one way only").help(
                    format!(
                        "write date_order = \"day first\" or date_order = \"month first\" in calcast.toml, or type {day_first} or {month_first}"
                    ),
                )
            }
            Refusal::Date { expected, help } => {
                let fault = Diagnostic::new(Code::BadDate, place, quoted(text), expected);
                fault.help(help.unwrap_or_else(|| {
                    "type year, month and day with hyphens, then T and the time: 2026-05-12T18:00".to_owned()
                }))
            }
            Refusal::Time { expected, help } => {
                let fault = Diagnostic::new(Code::BadTime, place, quoted(text), expected);
                fault.help(help.unwrap_or_else(|| "type hours and minutes, from 00:00 to 23:59".to_owned()))
            }
        };
        self.out.push(fault);
    }
}
