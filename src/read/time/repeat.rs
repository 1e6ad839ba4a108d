//! The cells of a row that make it a series: repeat, except, also.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;

use super::language;
use super::order::Order;
use super::rhythm;
use super::when::Timed;
use super::written::Written;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, quoted};
use crate::ical::recur;
use crate::ical::rule::{Frequency, Rule, RuleError, Until};
use crate::ical::shared;
use crate::model::repeat::Repeat;
use crate::model::when::When;
use crate::read::cell::Moment;
use crate::read::sheet::columns::Column;
use crate::read::sheet::row_view::RowView;

/// The most dates left out or added.
const MOST_DATES: usize = 1_000;

/// Reads the series of a row whose first occurrence is known. `None` is a fault, `Some(None)` no series.
pub fn read(
    row: &RowView<'_>,
    timed: &Timed,
    order: &Order<'_>,
    out: &mut Diagnostics,
) -> Option<Option<Box<Repeat>>> {
    let has_dates = row.get(Column::Except).is_some() || row.get(Column::Also).is_some();
    if row.get(Column::Repeat).is_none() && timed.weekly.is_empty() && !has_dates {
        return Some(None);
    }
    let first = &timed.timing.when();
    if row.header().export().is_some_and(|export| export.series_end) && row.get(Column::Repeat).is_some() {
        return localist(row, (first, timed.clock), order, out).map(|series| Some(Box::new(series)));
    }
    let says_no =
        |text: &&str| language::flag(text) == Some(false) || matches!(*text, "never" | "none" | "once" | "S");
    let rule = match row.get(Column::Repeat).filter(|text| !says_no(text)) {
        Some(text) => Some(read_rule(row, text, (first, timed.clock), out)?),
        None if timed.weekly.is_empty() => None,
        None => Some(rhythm::weekly_on(&timed.weekly)),
    };
    let except = read_dates(row, Column::Except, (first, timed.clock, order), out)?;
    let also = read_dates(row, Column::Also, (first, timed.clock, order), out)?;
    let rule = match rule {
        Some(rule) => rule,
        None if also.is_empty() => {
            if let Some(date) = except.first() {
                not_in_series(row, *date, "a series in `repeat`", out);
            }
            return Some(None);
        }
        // Apple shows added dates only beside a rule, so one that gives the start alone stands in.
        None => Rule { count: Some(1), ..Rule::every(Frequency::Daily) },
    };
    // A date that the rule has as well would be shown twice by some programs (RFC 5545 §3.8.5.2: it is one).
    let by_rule = Repeat { clock: timed.clock, rule, except: Vec::new(), also: Vec::new() };
    let also = also.into_iter().filter(|date| !by_rule.has_start(first, *date)).collect();
    let whole = Repeat { also, ..by_rule };
    let missing = except.iter().find(|date| !whole.has_start(first, **date));
    if let Some(date) = missing {
        not_in_series(row, *date, "a date of the series", out);
    }
    Some(Some(Box::new(Repeat { except, ..whole })))
}

/// `Su,M,T,W,Th,F,Sa` until `Date To`.
fn localist(
    row: &RowView<'_>,
    (first, clock): (&When, Time),
    order: &Order<'_>,
    out: &mut Diagnostics,
) -> Option<Repeat> {
    const DAYS: [(&str, Weekday); 7] = [
        ("m", Weekday::Monday),
        ("t", Weekday::Tuesday),
        ("w", Weekday::Wednesday),
        ("th", Weekday::Thursday),
        ("f", Weekday::Friday),
        ("sa", Weekday::Saturday),
        ("su", Weekday::Sunday),
    ];
    let text = row.get(Column::Repeat).unwrap_or_default();
    let day = |part: &str| {
        let plain = part.trim().to_lowercase();
        DAYS.iter().find(|(letters, _)| *letters == plain).map(|(_, day)| *day)
    };
    let days: Option<Vec<Weekday>> =
        text.split([',', ' ', ';']).filter(|part| !part.is_empty()).map(day).collect();
    let until = match row.get(Column::End).map(|text| order.read(text)) {
        Some(Ok(Written::At(Moment::Day(date)))) => Some(date),
        _ => None,
    };
    let (Some(days), Some(until)) = (days, until) else {
        let expected = "days such as M,W,F and the last day in `Date To`";
        out.push(Diagnostic::new(Code::BadRepeat, row.place(Column::Repeat), quoted(text), expected));
        return None;
    };
    let rule = Rule { until: Some(Until::Date(until)), ..rhythm::weekly_on(&days) };
    let rule = begun(row, settled(rule, (first, clock)), first, out)?;
    Some(Repeat { clock, rule, except: Vec::new(), also: Vec::new() })
}

fn not_in_series(row: &RowView<'_>, date: DateTime, expected: &str, out: &mut Diagnostics) {
    out.push(Diagnostic::new(Code::NotInSeries, row.place(Column::Except), date.to_string(), expected));
}

fn read_rule(
    row: &RowView<'_>,
    text: &str,
    (first, clock): (&When, Time),
    out: &mut Diagnostics,
) -> Option<Rule> {
    let rule = match written_rule(text) {
        Ok(rule) => rule,
        Err((found, help)) => {
            let expected = "a rhythm such as every Tuesday, or a rule such as FREQ=MONTHLY;BYDAY=2TU";
            out.push(Diagnostic::new(Code::BadRepeat, row.place(Column::Repeat), found, expected).help(help));
            return None;
        }
    };
    let rule = with_leap_day(settled(rule, (first, clock)), first.first_day());
    let rule = shared::shared_form(rule, first.first_day());
    let rule = begun(row, rule, first, out)?;
    tell_unshared(row, &rule, out);
    Some(rule)
}

/// Some programs have no such series, and show its first date alone or other dates.
fn tell_unshared(row: &RowView<'_>, rule: &Rule, out: &mut Diagnostics) {
    let Some(lacking) = shared::lacking(rule) else { return };
    out.push(
        Diagnostic::new(
            Code::RuleNotShared,
            row.place(Column::Repeat),
            lacking,
            "one day in a month or year, or days of the week",
        )
        .help("Outlook may show other dates; where they can be, give each of the days a row of its own"),
    );
}

/// A rule whose first date is the start of its event.
fn begun(row: &RowView<'_>, rule: Rule, first: &When, out: &mut Diagnostics) -> Option<Rule> {
    let place = row.place(Column::Repeat);
    let text = row.get(Column::Repeat).unwrap_or_default();
    match recur::dates(&rule, first.first_day()).next() {
        Some(date) if date == first.first_day() => Some(rule),
        Some(date) => {
            let found = format!("a series that begins on {date} ({:?})", date.weekday());
            let expected = format!(
                "its first date in `start`, which is {} ({:?})",
                first.first_day(),
                first.first_day().weekday()
            );
            out.push(
                Diagnostic::new(Code::RepeatMismatch, place, found, expected)
                    .help(format!("type {date} in `start`, or another day in `repeat`")),
            );
            None
        }
        None => {
            out.push(Diagnostic::new(
                Code::BadRepeat,
                place,
                format!("{}, which never happens", quoted(text)),
                "a rule with at least one date",
            ));
            None
        }
    }
}

/// A rule as RFC 5545 writes it, or in words; or what was found instead, and what to type.
fn written_rule(text: &str) -> Result<Rule, (String, String)> {
    let upper = text.trim().to_ascii_uppercase();
    if upper.starts_with("RRULE:") || upper.contains("FREQ=") {
        return text.parse().map_err(|error: RuleError| {
            let help = "FREQ is DAILY, WEEKLY, MONTHLY or YEARLY; 2TU is the second Tuesday; COUNT=10 ends after ten";
            (format!("{error} in {}", quoted(text)), help.to_owned())
        });
    }
    rhythm::read(text).map_err(|refusal| (format!("{} in {}", refusal.found, quoted(text)), refusal.help))
}

/// UNTIL in the form its series needs (RFC 5545 §3.3.10): a date for whole days, an instant for a clock;
/// a date alone is that local day at the series' time.
fn settled(mut rule: Rule, (first, clock): (&When, Time)) -> Rule {
    let Some(until) = rule.until else { return rule };
    let zone = first.zone().cloned().unwrap_or(TimeZone::UTC);
    let local = match until {
        Until::Date(date) => date.to_datetime(clock),
        Until::Local(at) => at,
        Until::Utc(at) => zone.to_datetime(at),
    };
    rule.until = Some(match first {
        When::Days { .. } => Until::Date(local.date()),
        // The second of two equal hours: programs that take the last start for it keep it.
        When::Hours { .. } => {
            let last = zone.to_ambiguous_zoned_datetime(local).later();
            last.map_or(until, |at| Until::Utc(at.timestamp()))
        }
    });
    rule
}

/// `FREQ=YEARLY` from 29 February: programs differ on what it means, so the day is spelled out.
fn with_leap_day(mut rule: Rule, first: Date) -> Rule {
    let plain = rule.by_month.is_empty() && rule.by_month_day.is_empty() && rule.by_day.is_empty();
    if rule.frequency == Frequency::Yearly && plain && first.month() == 2 && first.day() == 29 {
        rule.by_month = vec![2];
        rule.by_month_day = vec![29];
    }
    rule
}

/// Dates in a cell; one without a time is that local day at the series' time.
fn read_dates(
    row: &RowView<'_>,
    column: Column,
    (first, clock, order): (&When, Time, &Order<'_>),
    out: &mut Diagnostics,
) -> Option<Vec<DateTime>> {
    let Some(text) = row.get(column) else { return Some(Vec::new()) };
    let mut dates = Vec::new();
    for part in text.split([';', ',', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
        let moment = match order.read(part) {
            Ok(Written::At(moment)) => Some(moment),
            _ => None,
        };
        let Some(date) = local_start(moment, (first, clock)) else {
            let expected = "dates such as 2026-05-12, separated by ;";
            out.push(Diagnostic::new(Code::BadDate, row.place(column), quoted(part), expected));
            return None;
        };
        dates.push(date);
    }
    if dates.len() > MOST_DATES {
        let found = format!("{} dates", dates.len());
        out.push(Diagnostic::new(Code::TooLarge, row.place(column), found, format!("at most {MOST_DATES}")));
        return None;
    }
    dates.sort_unstable();
    dates.dedup();
    Some(dates)
}

/// The local start of an occurrence that a cell names: a date alone is that local day at the series' time.
pub fn local_start(moment: Option<Moment>, (first, time): (&When, Time)) -> Option<DateTime> {
    match (moment?, first.zone()) {
        (Moment::Day(date), _) => Some(date.to_datetime(time)),
        (Moment::Local(at), Some(_)) => Some(at),
        (Moment::Offset(at, offset), Some(zone)) => Some(zone.to_datetime(offset.to_timestamp(at).ok()?)),
        (Moment::Local(at) | Moment::Offset(at, _), None) => Some(at.date().to_datetime(time)),
        (Moment::Clock(_), _) => None,
    }
}
