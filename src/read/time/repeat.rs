//! The columns that make a row a series: repeat, except and also.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;

use super::context::DateReader;
use super::when::Timed;
use crate::dates::lexicon::{self, Unit};
use crate::dates::moment::Moment;
use crate::dates::recurrence::{self, End, Recurrence, RecurrenceError};
use crate::dates::zone::CertainZone;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, quoted};
use crate::ical::rule::{ByDay, Frequency, Rule, RuleError, Until};
use crate::ical::shared;
use crate::ical::{self, recur};
use crate::model::repeat::Repeat;
use crate::model::when::When;
use crate::read::sheet::columns::Column;
use crate::read::sheet::row_view::RowView;

/// The most dates that are left out or added.
const MAX_DATES: usize = 1_000;

/// Reads the series of a row whose first occurrence is known. `None` is a reported fault, `Some(None)` no series.
pub fn read(
    row: &RowView<'_>,
    timed: &Timed,
    dates: &DateReader<'_>,
    out: &mut Diagnostics,
) -> Option<Option<Box<Repeat>>> {
    let mut reader = RepeatReader { row, timed, dates, out };
    let text = row.get(Column::Repeat);
    let has_dates = row.get(Column::Except).is_some() || row.get(Column::Also).is_some();
    if text.is_none() && timed.weekly.is_empty() && !has_dates {
        return Some(None);
    }
    if let Some(text) = text
        && row.header().export().is_some_and(|export| export.series_end)
    {
        return reader.weekdays_until_end(text).map(|series| Some(Box::new(series)));
    }
    reader.series().map(|series| series.map(Box::new))
}

/// Reader of the columns that make a row a series.
struct RepeatReader<'r, 'a> {
    row: &'r RowView<'a>,
    timed: &'r Timed,
    dates: &'r DateReader<'r>,
    out: &'r mut Diagnostics,
}

impl RepeatReader<'_, '_> {
    fn series(&mut self) -> Option<Option<Repeat>> {
        let Timed { when: first, clock, weekly, .. } = self.timed;
        let series = match self.row.get(Column::Repeat).filter(|text| !lexicon::is_never(text)) {
            Some(text) => Some(self.rule(text)?),
            None if weekly.is_empty() => None,
            None => Some(WrittenRule { rule: weekly_on(weekly), except: Vec::new() }),
        };
        let (rule, left_out) = series.map_or((None, Vec::new()), |series| (Some(series.rule), series.except));
        let mut except = self.date_list(Column::Except)?;
        except.extend(left_out.into_iter().map(|date| date.to_datetime(*clock)));
        except.sort_unstable();
        except.dedup();
        let also = self.date_list(Column::Also)?;
        let rule = match rule {
            Some(rule) => rule,
            None if also.is_empty() => {
                if let Some(date) = except.first() {
                    self.report_not_in_series(*date, "a series in `repeat`");
                }
                return Some(None);
            }
            // Apple shows added dates only beside a rule, so a rule for the start alone is added.
            None => Rule { count: Some(1), ..Rule::every(Frequency::Daily) },
        };
        // Some programs would show a date that the rule has as well twice (RFC 5545 §3.8.5.2: it is one).
        let by_rule = Repeat { clock: *clock, rule, except: Vec::new(), also: Vec::new() };
        let also = also.into_iter().filter(|date| !by_rule.has_start(first, *date)).collect();
        let whole = Repeat { also, ..by_rule };
        if let Some(date) = except.iter().find(|date| !whole.has_start(first, **date)) {
            self.report_not_in_series(*date, "a date of the series");
        }
        Some(Some(Repeat { except, ..whole }))
    }

    /// Reads a series such as `Su,M,T,W,Th,F,Sa`, whose last day is in the column of the end.
    fn weekdays_until_end(&mut self, text: &str) -> Option<Repeat> {
        const DAYS: [(&str, Weekday); 7] = [
            ("m", Weekday::Monday),
            ("t", Weekday::Tuesday),
            ("w", Weekday::Wednesday),
            ("th", Weekday::Thursday),
            ("f", Weekday::Friday),
            ("sa", Weekday::Saturday),
            ("su", Weekday::Sunday),
        ];
        let day = |part: &str| {
            let plain = part.trim().to_lowercase();
            DAYS.iter().find(|(letters, _)| *letters == plain).map(|(_, day)| *day)
        };
        let days: Option<Vec<Weekday>> =
            text.split([',', ' ', ';']).filter(|part| !part.is_empty()).map(day).collect();
        let until = self.row.get(Column::End).and_then(|text| self.dates.date(text));
        let (Some(days), Some(until)) = (days, until) else {
            let expected = "days such as M,W,F and the last day in `Date To`";
            let place = self.row.place(Column::Repeat);
            self.out.push(Diagnostic::new(Code::BadRepeat, place, quoted(text), expected));
            return None;
        };
        let rule = Rule { until: Some(Until::Date(until)), ..weekly_on(&days) };
        let rule = self.checked_start(self.with_until(rule))?;
        Some(Repeat { clock: self.timed.clock, rule, except: Vec::new(), also: Vec::new() })
    }

    fn report_not_in_series(&mut self, date: DateTime, expected: &str) {
        let place = self.row.place(Column::Except);
        self.out.push(Diagnostic::new(Code::NotInSeries, place, date.to_string(), expected));
    }

    fn rule(&mut self, text: &str) -> Option<WrittenRule> {
        let WrittenRule { rule, except } = match self.parse_rule(text) {
            Ok(rule) => rule,
            Err(RecurrenceError { found, help }) => {
                let expected = "a rhythm such as every Tuesday, or a rule such as FREQ=MONTHLY;BYDAY=2TU";
                let place = self.row.place(Column::Repeat);
                self.out.push(Diagnostic::new(Code::BadRepeat, place, found, expected).help(help));
                return None;
            }
        };
        let first = self.timed.when.first_day();
        let rule = shared::shared_form(with_leap_day(self.with_until(rule), first), first);
        let rule = self.checked_start(rule)?;
        self.report_unsupported_rule(&rule);
        Some(WrittenRule { rule, except })
    }

    /// Parses a rule in the form of RFC 5545 or in words.
    fn parse_rule(&self, text: &str) -> Result<WrittenRule, RecurrenceError> {
        let upper = text.trim().to_ascii_uppercase();
        if upper.starts_with("RRULE:") || upper.contains("FREQ=") {
            let rule = text.parse().map_err(|error: RuleError| RecurrenceError {
                found: format!("{error} in {}", quoted(text)),
                help: "FREQ is DAILY, WEEKLY, MONTHLY or YEARLY; 2TU is the second Tuesday; COUNT=10 ends after ten".to_owned(),
            })?;
            return Ok(WrittenRule { rule, except: Vec::new() });
        }
        let (first, clock) = (&self.timed.when, self.timed.clock);
        let time = matches!(first, When::Hours { .. }).then_some(clock);
        let start = recurrence::Start { date: first.first_day(), time };
        let order = self.dates.known_order(text);
        let written = recurrence::parse(text, start, order).map_err(|error| {
            let found = error.found.replace(['“', '”'], "\"");
            let is_whole = found.contains(text.trim());
            RecurrenceError {
                found: if is_whole { found } else { format!("{found} in {}", quoted(text)) },
                ..error
            }
        })?;
        Ok(WrittenRule { rule: rule_of(&written), except: written.except })
    }

    /// Reports a rule that some programs do not support: they show only its first date, or other dates.
    fn report_unsupported_rule(&mut self, rule: &Rule) {
        let Some(unsupported) = shared::unsupported(rule) else { return };
        let expected = "one day in a month or year, or days of the week";
        let place = self.row.place(Column::Repeat);
        self.out.push(
            Diagnostic::new(Code::RuleNotShared, place, unsupported, expected).help(
                "Outlook may show other dates; where they can be, give each of the days a row of its own",
            ),
        );
    }

    /// Returns the rule if its first date is the start of the event.
    fn checked_start(&mut self, rule: Rule) -> Option<Rule> {
        let place = self.row.place(Column::Repeat);
        let start = self.timed.when.first_day();
        let fault = match recur::dates(&rule, start).next() {
            Some(date) if date == start => return Some(rule),
            Some(date) => {
                let found = format!("a series that begins on {date} ({:?})", date.weekday());
                let expected = format!("its first date in `start`, which is {start} ({:?})", start.weekday());
                Diagnostic::new(Code::RepeatMismatch, place, found, expected)
                    .help(format!("type {date} in `start`, or another day in `repeat`"))
            }
            None => {
                let text = self.row.get(Column::Repeat).unwrap_or_default();
                let found = format!("{}, which never happens", quoted(text));
                Diagnostic::new(Code::BadRepeat, place, found, "a rule with at least one date")
            }
        };
        self.out.push(fault);
        None
    }

    /// Gives UNTIL the form that its series needs (RFC 5545 §3.3.10): a date for whole days, else an instant. A date alone
    /// is that local day at the time of the series.
    fn with_until(&self, mut rule: Rule) -> Rule {
        let Some(until) = rule.until else { return rule };
        let Timed { when: first, clock, .. } = self.timed;
        let zone = first.zone().cloned().unwrap_or(TimeZone::UTC);
        let local = match until {
            Until::Date(date) => date.to_datetime(*clock),
            Until::Local(at) => at,
            Until::Utc(at) => zone.to_datetime(at),
        };
        rule.until = Some(match first {
            When::Days { .. } => Until::Date(local.date()),
            // The second of two equal hours, so that programs that take it for the last start keep it.
            When::Hours { .. } => {
                let last = zone.to_ambiguous_zoned_datetime(local).later();
                last.map_or(until, |at| Until::Utc(at.timestamp()))
            }
        });
        rule
    }

    /// Reads the dates of a cell, sorted. One without a time is that local day at the time of the series.
    fn date_list(&mut self, column: Column) -> Option<Vec<DateTime>> {
        let Some(text) = self.row.get(column) else { return Some(Vec::new()) };
        let mut dates = Vec::new();
        for part in text.split([';', ',', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
            let moment = self.dates.read(part).ok();
            let Some(date) = moment.and_then(|at| local_start(&at, &self.timed.when, self.timed.clock))
            else {
                let expected = "dates such as 2026-05-12, separated by ;";
                let place = self.row.place(column);
                self.out.push(Diagnostic::new(Code::BadDate, place, quoted(part), expected));
                return None;
            };
            dates.push(date);
        }
        if dates.len() > MAX_DATES {
            let found = format!("{} dates", dates.len());
            let most = format!("at most {MAX_DATES}");
            self.out.push(Diagnostic::new(Code::TooLarge, self.row.place(column), found, most));
            return None;
        }
        dates.sort_unstable();
        dates.dedup();
        Some(dates)
    }
}

/// A rule, and dates that its cell leaves out.
struct WrittenRule {
    rule: Rule,
    except: Vec<Date>,
}

/// Returns the rule of every week on these days.
fn weekly_on(days: &[Weekday]) -> Rule {
    let by_day = days.iter().map(|day| ByDay { nth: None, day: *day }).collect();
    Rule { by_day, ..Rule::every(Frequency::Weekly) }
}

/// Returns the rule of a recurrence in words.
fn rule_of(written: &Recurrence) -> Rule {
    let frequency = match written.unit {
        Unit::Week => Frequency::Weekly,
        Unit::Month | Unit::Quarter => Frequency::Monthly,
        Unit::Year => Frequency::Yearly,
        Unit::Minute | Unit::Hour | Unit::Day => Frequency::Daily,
    };
    let (count, until) = match written.end {
        None => (None, None),
        Some(End::Count(count)) => (Some(count), None),
        Some(End::Until(date)) => (None, Some(Until::Date(date))),
    };
    Rule {
        interval: written.every,
        count,
        until,
        by_month: written.months.clone(),
        by_month_day: written.month_days.clone(),
        by_day: written.weekdays.iter().map(|weekday| ByDay { nth: weekday.nth, day: weekday.day }).collect(),
        by_set_pos: written.position.map(i16::from).into_iter().collect(),
        ..Rule::every(frequency)
    }
}

/// Adds the day to `FREQ=YEARLY` from 29 February, which programs would interpret differently.
fn with_leap_day(mut rule: Rule, first: Date) -> Rule {
    let plain = rule.by_month.is_empty() && rule.by_month_day.is_empty() && rule.by_day.is_empty();
    if rule.frequency == Frequency::Yearly && plain && first.month() == 2 && first.day() == 29 {
        rule.by_month = vec![2];
        rule.by_month_day = vec![29];
    }
    rule
}

/// Returns the local start of the occurrence that a moment means: a date alone is that local day at the time of the
/// series, `clock`.
pub fn local_start(moment: &Moment, first: &When, clock: Time) -> Option<DateTime> {
    match (moment, first.zone()) {
        (Moment::Days { first, last }, _) => (first == last).then(|| first.to_datetime(clock)),
        (Moment::At { start, end: None, zone: None, .. }, Some(_)) => Some(*start),
        (Moment::At { start, end: None, zone: Some(text), .. }, Some(zone)) => {
            match text.at(*start, zone, &ical::zone::named).ok()? {
                CertainZone::Offset(offset) => Some(zone.to_datetime(offset.to_timestamp(*start).ok()?)),
                CertainZone::Zone(other) => Some(zone.to_datetime(other.to_timestamp(*start).ok()?)),
            }
        }
        (Moment::At { start, end: None, .. }, None) => Some(start.date().to_datetime(clock)),
        (Moment::At { .. } | Moment::Clock(_) | Moment::Nothing, _) => None,
    }
}
