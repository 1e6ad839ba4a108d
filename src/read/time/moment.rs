//! The start and the end of a row: a date and its time, from one column or two.

use std::borrow::Cow;

use jiff::civil::{Time, Weekday};

use super::clock;
use super::context::{DateContext, OrderDecision};
use super::date_text::DateValue;
use super::errors::DateError;
use super::weekday;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, quoted};
use crate::read::cell::Moment;
use crate::read::sheet::columns::Column;
use crate::read::sheet::row_view::RowView;

/// Reader of the start and the end of a row. Each method returns `None` for a fault, which is reported, and `Some(None)`
/// for an empty cell.
pub(super) struct MomentReader<'r, 'a> {
    pub(super) row: &'r RowView<'a>,
    pub(super) context: &'r DateContext<'r>,
    pub(super) out: &'r mut Diagnostics,
}

impl MomentReader<'_, '_> {
    /// Reads the start, and the weekdays if the cell has weekdays in place of a date.
    pub(super) fn start(&mut self) -> Option<Option<(DateValue, Vec<Weekday>)>> {
        let text = self.row.start();
        let named =
            text.as_deref().filter(|text| text.starts_with(char::is_alphabetic)).and_then(weekday::read);
        let Some(mut named) = named else {
            return Some(self.moment(Column::Start, text)?.map(|start| (start, Vec::new())));
        };
        let place = self.row.place(Column::Start);
        let Some(weekdays) = self.context.weekdays else {
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
        Some(Some((DateValue::At(first), named.days)))
    }

    /// Reads the end, which may also be the second time of `18:00 - 20:00` in the column of the start time. The last day
    /// of a series, which some exports have in this column, is no end.
    pub(super) fn end(&mut self) -> Option<Option<DateValue>> {
        let is_series_end = self.row.header().export().is_some_and(|export| export.series_end)
            && self.row.get(Column::Repeat).is_some();
        let text = self.row.text(Column::End).filter(|_| !is_series_end);
        let end = self.moment(Column::End, text)?;
        let end_of_range = || {
            self.row
                .get(Column::StartTime)
                .and_then(clock::range)
                .map(|(_, end)| DateValue::At(Moment::Clock(end)))
        };
        Some(end.or_else(end_of_range))
    }

    /// Reads a date and its time, from one column or two.
    fn moment(&mut self, column: Column, text: Option<Cow<'_, str>>) -> Option<Option<DateValue>> {
        let value = match text {
            None => None,
            Some(text) => match self.context.order.read(&text) {
                Ok(value) => Some(value),
                Err(error) => {
                    self.report(column, &text, error);
                    return None;
                }
            },
        };
        let time = if column == Column::End { Column::EndTime } else { Column::StartTime };
        let Some(clock) = self.clock(time)? else { return Some(value) };
        Some(match value {
            Some(DateValue::At(Moment::Day(day))) => {
                Some(DateValue::At(Moment::Local(day.to_datetime(clock))))
            }
            // Databases write midnight for a missing time.
            Some(DateValue::At(Moment::Local(at))) if at.time() == Time::midnight() => {
                Some(DateValue::At(Moment::Local(at.date().to_datetime(clock))))
            }
            Some(DateValue::At(Moment::Local(at) | Moment::Offset(at, _))) if at.time() != clock => {
                let found =
                    format!("{} beside {}", quoted(self.row.get(time).unwrap_or_default()), at.time());
                let expected = "one time of day";
                self.out.push(
                    Diagnostic::new(Code::BadTime, self.row.place(time), found, expected)
                        .help("clear this cell, or the time behind the date"),
                );
                return None;
            }
            Some(DateValue::Days(first, last)) => {
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
            None if column == Column::End => Some(DateValue::At(Moment::Clock(clock))),
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
            Err(error) => {
                self.report(column, text, error);
                None
            }
        }
    }

    fn report(&mut self, column: Column, text: &str, error: DateError) {
        let place = self.row.place(column);
        let fault = match error {
            DateError::Ambiguous { day_first, month_first } => {
                let why = match self.context.order.decided() {
                    Some(OrderDecision::Conflicting(one, other)) => {
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
            DateError::Date { expected, help } => {
                let fault = Diagnostic::new(Code::BadDate, place, quoted(text), expected);
                fault.help(help.unwrap_or_else(|| {
                    "type year, month and day with hyphens, then T and the time: 2026-05-12T18:00".to_owned()
                }))
            }
            DateError::Time { expected, help } => {
                let fault = Diagnostic::new(Code::BadTime, place, quoted(text), expected);
                fault.help(help.unwrap_or_else(|| "type hours and minutes, from 00:00 to 23:59".to_owned()))
            }
        };
        self.out.push(fault);
    }
}
