//! The start or the end of an event as one cell has it: a day, days, a time, or both.

mod grammar;
mod text;

use std::fmt;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time, Weekday};

use super::clock::{Clock, Half, format_time, time_of_fraction};
use super::day::YEARS;
use super::error::DateError;
use super::lexicon::Word;
use super::order::{DateOrder, Orders};
use super::reader::Reader;
use super::token::Kind;
use super::zone::ZoneText;
use text::MomentText;

/// A date, a time of day, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing, as a dash says.
    Nothing,
    /// Whole days; the last is the first for one day.
    Days {
        /// The first day.
        first: Date,
        /// The last day.
        last: Date,
    },
    /// A day and a time of day.
    At {
        /// The start.
        start: DateTime,
        /// The end.
        end: Option<DateTime>,
        /// The zone behind the time.
        zone: Option<ZoneText>,
        /// What the start says about the half of the day.
        half: Half,
    },
    /// A time of day alone.
    Clock(Clock),
}

/// A cell with a time of day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeOfDay {
    /// Nothing, as a dash says.
    Nothing,
    /// The whole day.
    AllDay,
    /// A time or two.
    Clock(Clock),
}

/// Reads a cell with a date, a time of day, or both.
///
/// # Errors
///
/// Returns an error if the cell has no meaning, or several.
pub fn parse_moment(text: &str, order: Option<DateOrder>) -> Result<Moment, DateError> {
    if let Some(moment) = iso(text).or_else(|| serial(text.trim())) {
        return Ok(moment);
    }
    let reader = Reader::new(text).ok_or_else(not_understood)?;
    if reader.is_nothing() {
        return Ok(Moment::Nothing);
    }
    let parses = in_order(reader.whole_moments(), order);
    let mut meanings: Vec<Moment> = Vec::new();
    let (mut error, mut orders) = (None, Orders::NONE);
    for parse in &parses {
        match parse.moment() {
            Ok(moment) => match meanings.iter_mut().find(|known| known.is_same_time(&moment)) {
                Some(known) if moment.half() == Half::Marked => *known = moment,
                Some(_) => {}
                None => {
                    orders = orders.or(parse.orders());
                    meanings.push(moment);
                }
            },
            Err(fault) => error = error.or(Some(fault)),
        }
    }
    match meanings.len() {
        0 => Err(error.unwrap_or_else(|| reader.date_error())),
        1 => Ok(meanings.remove(0)),
        _ => Err(DateError::Ambiguous {
            readings: meanings.iter().map(Moment::to_string).collect(),
            orders: if orders == Orders::ALL { Vec::new() } else { orders.list() },
            is_dotted: parses.iter().all(MomentText::is_dotted),
        }),
    }
}

/// Returns the orders in which a text with a date can be read. Whole tables are searched with this for those that can be
/// read in one way only.
#[must_use]
pub fn orders(text: &str) -> Vec<DateOrder> {
    // Most cells have nothing to say.
    if !text.bytes().any(|byte| matches!(byte, b'/' | b'.' | b'-')) || iso(text).is_some() {
        return DateOrder::ALL.to_vec();
    }
    let Some(reader) = Reader::new(text) else { return DateOrder::ALL.to_vec() };
    let parses = in_order(reader.whole_moments(), None).into_iter().filter(|parse| parse.moment().is_ok());
    let found = parses.map(|parse| parse.orders()).reduce(Orders::or);
    found.unwrap_or(Orders::ALL).list()
}

/// Reads a cell with a time of day, or a range of two.
///
/// # Errors
///
/// Returns an error if the cell has no meaning, or several.
pub fn parse_time(text: &str) -> Result<TimeOfDay, DateError> {
    if let Some(clock) = clock(text) {
        return Ok(TimeOfDay::Clock(clock));
    }
    if let Some(time) = fraction(text.trim()) {
        return Ok(TimeOfDay::Clock(Clock { start: time, end: None, zone: None, half: Half::Certain }));
    }
    let reader = Reader::new(text).ok_or_else(not_understood)?;
    if reader.is_nothing() {
        return Ok(TimeOfDay::Nothing);
    }
    if reader.word(0, Word::AllDay).contains(&reader.len()) {
        return Ok(TimeOfDay::AllDay);
    }
    let mut clocks = Vec::new();
    let mut error = None;
    for (clock, _) in reader.clock(0).into_iter().filter(|(_, end)| reader.is_end(*end)) {
        match clock.clock() {
            Ok(clock) if !clocks.contains(&clock) => clocks.push(clock),
            Ok(_) => {}
            Err(fault) => error = error.or(Some(fault)),
        }
    }
    match clocks.len() {
        0 => Err(error.unwrap_or_else(|| reader.time_error())),
        1 => Ok(TimeOfDay::Clock(clocks.remove(0))),
        _ => Err(DateError::time("a time of day that can be read one way only, such as 18:00")),
    }
}

/// Returns whether a text is a time of day and nothing else.
#[must_use]
pub fn is_time(text: &str) -> bool {
    matches!(parse_time(text), Ok(TimeOfDay::Clock(_)))
}

/// Weekdays in place of a date, and perhaps a time of day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeekdayText {
    /// Each once, in order from Monday.
    pub days: Vec<Weekday>,
    /// The time of day behind them.
    pub clock: Option<Clock>,
}

/// Reads weekdays in place of a date: `Monday 18:00`, `Montag / Monday`, `Tue and Thu, 6 pm`. Returns `None` for any other
/// text.
#[must_use]
pub fn parse_weekdays(text: &str) -> Option<WeekdayText> {
    let reader = Reader::new(text)?;
    let mut found: Vec<WeekdayText> = Vec::new();
    for (days, end) in reader.weekday_list(0) {
        let clocks =
            reader.clock(reader.skip_sign(end, ",")).into_iter().filter(|(_, end)| reader.is_end(*end));
        let clocks = clocks.filter_map(|(clock, _)| clock.clock().ok()).map(Some);
        let none = reader.is_end(end).then_some(None);
        found.extend(clocks.chain(none).map(|clock| WeekdayText { days: days.clone(), clock }));
    }
    found.dedup();
    if found.len() == 1 { found.pop() } else { None }
}

/// Reads `2026-05-12`, `2026-05-12T18:00` and `18:00`, the forms of most tables, without the grammar: it would take twice as
/// long as the rest of a row.
fn iso(text: &str) -> Option<Moment> {
    match text.as_bytes() {
        [_, _, b':', _, _] => clock(text).map(Moment::Clock),
        [_, _, _, _, b'-', _, _, b'-', _, _] => {
            let day = text.parse::<Date>().ok().filter(|day| YEARS.contains(&day.year()))?;
            Some(Moment::Days { first: day, last: day })
        }
        [_, _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', _, _] => {
            let start = text.parse::<DateTime>().ok().filter(|start| YEARS.contains(&start.year()))?;
            Some(Moment::At { start, end: None, zone: None, half: Half::Certain })
        }
        _ => None,
    }
}

/// Reads `18:00`.
fn clock(text: &str) -> Option<Clock> {
    let [a, b, b':', c, d] = *text.as_bytes() else { return None };
    let number = |tens: u8, ones: u8| {
        let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
        digits.then(|| i8::try_from((tens - b'0') * 10 + ones - b'0').ok()).flatten()
    };
    let start = Time::new(number(a, b)?, number(c, d)?, 0, 0).ok()?;
    let half = if (1..=12).contains(&start.hour()) { Half::Unmarked } else { Half::Certain };
    Some(Clock { start, end: None, zone: None, half })
}

/// Reads a serial number of a spreadsheet: days since 30 December 1899, with the time of day as a fraction.
fn serial(text: &str) -> Option<Moment> {
    let (days, fraction) = text.split_once('.').unwrap_or((text, ""));
    // Five digits are the years from 1927 to 2173; no program writes zeros before fewer.
    let is_written = days.len() == 5 && !days.starts_with('0');
    if !is_written || !days.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let day = jiff::civil::date(1899, 12, 30).checked_add(days.parse::<i64>().ok()?.days()).ok()?;
    if fraction.bytes().all(|byte| byte == b'0') {
        return Some(Moment::Days { first: day, last: day });
    }
    let part: f64 = format!("0.{fraction}").parse().ok()?;
    let midnight_after = part > 1.0 - 0.5 / 86_400.0;
    let start = if midnight_after {
        day.tomorrow().ok()?.at(0, 0, 0, 0)
    } else {
        day.to_datetime(time_of_fraction(part))
    };
    Some(Moment::At { start, end: None, zone: None, half: Half::Certain })
}

/// Reads a fraction of a day, as workbooks write times, with more digits than minutes have or more than 59 of them.
fn fraction(text: &str) -> Option<Time> {
    let digits = text.strip_prefix('0').unwrap_or(text).strip_prefix(['.', ','])?;
    let is_fraction = digits.len() > 2 || matches!(digits.as_bytes(), [b'6'..=b'9', _]);
    if !is_fraction || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(time_of_fraction(format!("0.{digits}").parse().ok()?))
}

/// Keeps the parses in the known order if one of them is a date; otherwise all but those in an order that has to be
/// set, a short year first without hyphens.
fn in_order(parses: Vec<MomentText>, order: Option<DateOrder>) -> Vec<MomentText> {
    let known = |parse: &MomentText| order.is_some_and(|order| parse.orders().has(order));
    if parses.iter().any(|parse| known(parse) && parse.has_real_days()) {
        return parses.into_iter().filter(known).collect();
    }
    parses.into_iter().filter(|parse| !parse.is_short_year_first()).collect()
}

fn not_understood() -> DateError {
    DateError::date("a date such as 2026-05-12, or 2026-05-12T18:00")
}

impl Moment {
    fn half(&self) -> Half {
        match self {
            Moment::At { half, .. } | Moment::Clock(Clock { half, .. }) => *half,
            Moment::Nothing | Moment::Days { .. } => Half::Certain,
        }
    }

    /// Returns whether another moment differs in nothing but what it says about the half of the day: `10:06 am 5. Mai` has
    /// the German word for on.
    fn is_same_time(&self, other: &Moment) -> bool {
        let mut same = other.clone();
        if let Moment::At { half, .. } | Moment::Clock(Clock { half, .. }) = &mut same {
            *half = self.half();
        }
        same == *self
    }
}

impl fmt::Display for Moment {
    /// Writes the text to type for this moment.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stamp = |at: &DateTime| format!("{} {}", at.date(), format_time(at.time()));
        match self {
            Moment::Nothing => Ok(()),
            Moment::Days { first, last } if first == last => write!(f, "{first}"),
            Moment::Days { first, last } => write!(f, "{first} - {last}"),
            Moment::At { start, end, zone, .. } => {
                f.write_str(&stamp(start))?;
                if let Some(end) = end {
                    write!(f, " - {}", stamp(end))?;
                }
                zone.iter().try_for_each(|zone| write!(f, " {zone}"))
            }
            Moment::Clock(clock) => clock.fmt(f),
        }
    }
}

impl Reader {
    /// Returns whether the cell is a dash.
    fn is_nothing(&self) -> bool {
        (1..=3).contains(&self.len()) && (0..self.len()).all(|at| self.sign(at, "-").is_some())
    }

    /// Returns the error of a cell with a date that has no meaning.
    fn date_error(&self) -> DateError {
        if self.word(0, Word::Pending).into_iter().any(|end| self.is_end(end)) {
            return DateError::date("a date").or_type("clear the cell until the date is known");
        }
        let corrected = self.text_from(0).replace(';', ":");
        if let Some(moment) = Reader::new(&corrected).and_then(|reader| reader.only_moment()) {
            return DateError::time("a colon in the time of day").or_type(format!("type {moment}"));
        }
        let Some((date, end)) = self.leading_date() else { return not_understood() };
        let rest = self.text_from(end);
        DateError::date(format!("a date alone, without \"{rest}\"")).or_type(format!(
            "type {date}; an end goes to `end`, a rhythm to `repeat`, anything else to `description`"
        ))
    }

    /// Returns the date before words that are none of a date, if it can be read in one way only.
    fn leading_date(&self) -> Option<(Date, usize)> {
        let is_before_words = |end: usize| {
            let next = self.token(end).filter(|token| token.is_spaced);
            next.is_some_and(|token| matches!(token.kind, Kind::Word | Kind::Sign('(')))
                && self.month(end).is_empty()
        };
        let days = self.day(0).into_iter().filter(|(day, end)| {
            let is_short_year_first = day.orders == Orders::only(DateOrder::YearFirst);
            !is_short_year_first && is_before_words(*end)
        });
        let mut dates: Vec<(Date, usize)> =
            days.filter_map(|(day, end)| Some((day.date().ok()?, end))).collect();
        let last = dates.iter().map(|(_, end)| *end).max()?;
        dates.retain(|(_, end)| *end == last);
        dates.dedup();
        if dates.len() == 1 { dates.pop() } else { None }
    }

    /// Returns the only meaning of a cell with a day and a time.
    fn only_moment(&self) -> Option<Moment> {
        let mut moments: Vec<Moment> =
            self.whole_moments().iter().filter_map(|parse| parse.moment().ok()).collect();
        moments.dedup();
        let is_stamp = matches!(moments[..], [Moment::At { .. }]);
        if is_stamp { moments.pop() } else { None }
    }

    /// Returns the error of a cell with a time of day that has no meaning.
    fn time_error(&self) -> DateError {
        if self.word(0, Word::Pending).into_iter().any(|end| self.is_end(end)) {
            return DateError::time("a time of day").or_type("clear the cell until the time is known");
        }
        let corrected = self.text_from(0).replace([';', ','], ":");
        let error = DateError::time("a time from 00:00 to 23:59, such as 18:00 or 6 pm");
        match Reader::new(&corrected)
            .map(|reader| reader.clock(0).into_iter().map(move |(clock, end)| (clock, reader.is_end(end))))
        {
            Some(mut clocks) if corrected != self.text_from(0) => {
                let clock = clocks.find_map(|(clock, is_whole)| clock.clock().ok().filter(|_| is_whole));
                match clock {
                    Some(Clock { start, end: None, .. }) => {
                        error.or_type(format!("type {}", format_time(start)))
                    }
                    _ => error,
                }
            }
            _ => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_have_five_digits_and_no_leading_zero() {
        for (text, meaning) in [
            ("46357", Some("2026-12-01")),
            ("46357.75", Some("2026-12-01 18:00")),
            ("10000", Some("1927-05-18")),
            ("00000", None),
            ("01234", None),
            ("4635", None),
        ] {
            let shown = parse_moment(text, None).ok().map(|moment| moment.to_string());
            assert_eq!(shown.as_deref(), meaning, "{text}");
        }
    }

    /// The forms that are read without the grammar mean the same by the grammar.
    #[test]
    fn common_forms_mean_what_the_grammar_says() {
        for hour in 0..24 {
            let text = format!("{hour:02}:05");
            let reader = Reader::new(&text).unwrap();
            let whole = reader.clock(0).into_iter().filter(|(_, end)| reader.is_end(*end));
            let by_grammar: Vec<Clock> = whole.filter_map(|(clock, _)| clock.clock().ok()).collect();
            assert_eq!(clock(&text).as_slice(), by_grammar, "{text}");
        }
        for text in ["2027-06-05", "2027-12-31T23:59", "2027-06-05T07:00"] {
            let by_grammar: Vec<Moment> = Reader::new(text)
                .unwrap()
                .whole_moments()
                .iter()
                .filter_map(|parse| parse.moment().ok())
                .collect();
            assert_eq!(iso(text).as_slice(), by_grammar, "{text}");
        }
        assert_eq!([clock("24:00"), clock("1a:00"), clock("18:60")], [None, None, None]);
    }
}
