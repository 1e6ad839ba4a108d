//! What the roles of tokens mean: the second half of the oracle.

use std::collections::BTreeSet;

use calcast::dates::clock::Half;
use calcast::dates::order::DateOrder;
use calcast::dates::zone::ZoneText;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;

use crate::date_atoms::{Role, ZONES};
use crate::date_printer::{clock_meaning, stamp_meaning};

const DAY: i32 = 24 * 60 * 60;
/// The longest range from one exact time of day to another, plus a second.
const NIGHT: i32 = 16 * 60 * 60 + 1;

/// The roles of a day.
#[derive(Clone, Copy, Default)]
struct Day {
    year: Option<u32>,
    month: Option<u32>,
    day: Option<u32>,
    weekday: Option<u32>,
    nth: Option<u32>,
    is_numeric: bool,
}

/// The roles of a time of day.
#[derive(Clone, Copy, Default)]
struct Clock {
    hour: u32,
    minute: Option<u32>,
    second: Option<u32>,
    part: Option<(u32, u32)>,
    /// On the 24-hour clock.
    is_exact: bool,
    is_spoken: bool,
    is_named: bool,
    /// Four digits without a word for hours.
    is_military: bool,
    /// With a word for hours after it.
    has_unit: bool,
}

/// The start or the end.
#[derive(Clone, Default)]
struct Side {
    day: Option<Day>,
    clock: Option<Clock>,
    zone: Option<u32>,
}

/// Adds the meanings of a list of roles in a text whose numeric dates have an order.
pub fn add_meanings(roles: &[Role], order: DateOrder, found: &mut BTreeSet<String>) {
    let joint = roles.iter().map(|(role, _)| *role).find(|role| ">&/".contains(*role) && *role != '_');
    let sides: Vec<Option<Side>> = roles.split(|(role, _)| ">&/".contains(*role)).map(side).collect();
    let Some(sides) = sides.into_iter().collect::<Option<Vec<Side>>>() else { return };
    match (&sides[..], joint) {
        ([only], None) => alone(only, found),
        ([start, end], Some(joint)) => match (start.day, end.day, start.clock, end.clock) {
            (Some(first), Some(last), None, None) => days(first, last, joint)
                .filter(|_| order == DateOrder::DayFirst || !is_bare_numeric(&first, &last))
                .into_iter()
                .for_each(|days| {
                    found.insert(days);
                }),
            (Some(_), Some(_), Some(_), Some(_)) => stamps(start, end, found),
            (day, other, Some(from), Some(to)) => {
                let zone = end.zone.or(start.zone);
                match day.or(other).map(|day| date(&day)) {
                    None => pairs(from, to).iter().for_each(|(from, to)| {
                        found.insert(clock_text(*from, Some(*to), zone));
                    }),
                    Some(Some(date)) => pairs(from, to).iter().for_each(|(from, to)| {
                        let last = if to < from { date.tomorrow().unwrap_or(date) } else { date };
                        found.insert(stamp_meaning(
                            date.to_datetime(*from),
                            Some(last.to_datetime(*to)),
                            zone.map(zone_text).as_ref(),
                        ));
                    }),
                    Some(None) => {}
                }
            }
            _ => {}
        },
        _ => {}
    }
}

/// Returns whether the first day of a range has no month and the last is numeric: `5-7/6/2027`.
fn is_bare_numeric(first: &Day, last: &Day) -> bool {
    first.month.is_none() && last.is_numeric
}

/// Collects the roles of a start or an end. Returns `None` if a role of a day occurs twice.
fn side(roles: &[Role]) -> Option<Side> {
    let mut side = Side::default();
    let mut less = 0;
    for (role, value) in roles {
        let (role, value) = (*role, *value);
        if "dmyWicO".contains(role) {
            let day = side.day.get_or_insert_default();
            let place = match role {
                'd' => &mut day.day,
                'm' => &mut day.month,
                'y' => &mut day.year,
                'W' => &mut day.weekday,
                'i' => &mut day.nth,
                'O' => {
                    day.is_numeric = true;
                    continue;
                }
                _ => {
                    (day.year, day.month, day.day) =
                        (Some(value / 10_000), Some(value / 100 % 100), Some(value % 100));
                    continue;
                }
            };
            if place.replace(value).is_some() {
                return None;
            }
        } else if role == 'Z' {
            side.zone = Some(value);
        } else if role != '_' {
            let clock = side.clock.get_or_insert_default();
            match role {
                'h' => clock.hour = value,
                'w' => (clock.hour, clock.is_spoken) = (value, true),
                'n' => clock.minute = Some(value),
                's' => clock.second = Some(value),
                't' => {
                    (clock.hour, clock.minute) = (value / 100, Some(value % 100));
                    (clock.is_exact, clock.is_military) = (true, true);
                }
                // `730` can be in the evening, too.
                'u' => (clock.hour, clock.minute, clock.is_spoken) = (value / 100, Some(value % 100), true),
                'x' => {
                    (clock.hour, clock.minute, clock.second) =
                        (value / 10_000, Some(value / 100 % 100), Some(value % 100));
                    clock.is_exact = true;
                }
                'U' => (clock.is_exact, clock.has_unit) = (true, true),
                'k' => clock.is_spoken = true,
                'q' => (clock.minute, clock.is_spoken) = (Some(value), true),
                'Q' => (clock.minute, clock.is_spoken, less) = (Some(value), true, 1),
                'X' if clock.hour != 0 && clock.hour != 12 => return None,
                'X' => (clock.hour, clock.is_named) = (value, true),
                'p' => clock.part = Some((value / 100, value % 100)),
                _ => {}
            }
        }
    }
    if let Some(clock) = side.clock.as_mut().filter(|_| less == 1) {
        clock.hour = if clock.hour == 1 { 12 } else { clock.hour.checked_sub(1)? };
        clock.is_named = false;
    }
    Some(side)
}

fn alone(side: &Side, found: &mut BTreeSet<String>) {
    let zone = side.zone;
    match (side.day.map(|day| date(&day)), side.clock) {
        (Some(Some(date)), None) => {
            found.insert(format!("{date}..{date}"));
        }
        // `5 June 2027 2028` has two years.
        (Some(Some(_)), Some(clock))
            if clock.is_military
                && !clock.has_unit
                && (19..22).contains(&clock.hour)
                && side.day.is_some_and(|day| !day.is_numeric) => {}
        (Some(Some(date)), Some(clock)) => times(&clock).iter().for_each(|time| {
            found.insert(stamp_meaning(date.to_datetime(*time), None, zone.map(zone_text).as_ref()));
        }),
        (None, Some(clock)) => times(&clock).iter().for_each(|time| {
            found.insert(clock_text(*time, None, zone));
        }),
        _ => {}
    }
}

/// Returns the date with all of these roles, if there is one.
fn date(day: &Day) -> Option<Date> {
    let (year, month) = (i16::try_from(day.year?).ok()?, i8::try_from(day.month?).ok()?);
    let weekday = |date: Date| date.weekday().to_monday_one_offset().unsigned_abs();
    if let Some(nth) = day.nth {
        let first = Date::new(year, month, 1).ok()?;
        let same = first.series(jiff::Span::new().days(1)).take_while(|date| date.month() == month);
        return same
            .filter(|date| Some(u32::from(weekday(*date))) == day.weekday)
            .nth(nth.checked_sub(1)? as usize);
    }
    let date = Date::new(year, month, i8::try_from(day.day?).ok()?).ok()?;
    day.weekday.is_none_or(|said| said == u32::from(weekday(date))).then_some(date)
}

/// Returns two dates, each of which takes what it lacks from the other.
fn complete(first: Day, last: Day) -> Option<(Date, Date)> {
    let (mut first, mut last) = (first, last);
    first.month = first.month.or(last.month);
    last.month = last.month.or(first.month);
    if first.year.is_none() && last.nth.is_none() {
        first.year = last.year.map(|year| if first.month > last.month { year - 1 } else { year });
    }
    last.year = last.year.or(first.year);
    Some((date(&first)?, date(&last)?))
}

fn days(first: Day, last: Day, joint: char) -> Option<String> {
    let (first, last) = complete(first, last)?;
    let fits = if joint == '&' { first.tomorrow().ok() == Some(last) } else { first <= last };
    fits.then(|| format!("{first}..{last}"))
}

fn stamps(start: &Side, end: &Side, found: &mut BTreeSet<String>) {
    let (Some(first), Some(last), Some(from), Some(to)) = (start.day, end.day, start.clock, end.clock) else {
        return;
    };
    let Some((first, last)) = complete(first, last) else { return };
    if start.zone.is_some() && start.zone != end.zone {
        return;
    }
    let end_zone = end.zone.map(zone_text);
    for start in times(&from).iter().map(|time| first.to_datetime(*time)) {
        for end in times(&to).iter().map(|time| last.to_datetime(*time)).filter(|end| start <= *end) {
            found.insert(stamp_meaning(start, Some(end), end_zone.as_ref()));
        }
    }
}

/// Returns the time of day with this hour, if there is one.
fn time_at(clock: &Clock, hour: u32) -> Option<Time> {
    let number = |number: u32| i8::try_from(number).ok();
    Time::new(number(hour)?, number(clock.minute.unwrap_or(0))?, number(clock.second.unwrap_or(0))?, 0).ok()
}

/// Returns the times that a time of day can be: those in the part of the day that the text names, or the one it states
/// on the 24-hour clock.
fn times(clock: &Clock) -> Vec<Time> {
    let halves = halves(clock);
    let Some((from, to)) = clock.part else {
        let is_whole = clock.is_exact || clock.is_named || (clock.minute.is_some() && !clock.is_spoken);
        // A number alone is no time of day, and `half past six` could be two.
        if !is_whole {
            return Vec::new();
        }
        return time_at(clock, clock.hour).into_iter().collect();
    };
    halves.into_iter().filter(|time| (from..to).contains(&u32::from(time.hour().unsigned_abs()))).collect()
}

fn halves(clock: &Clock) -> Vec<Time> {
    if clock.hour == 0 || clock.hour > 12 {
        return time_at(clock, clock.hour).into_iter().collect();
    }
    [clock.hour % 12, clock.hour % 12 + 12].iter().filter_map(|hour| time_at(clock, *hour)).collect()
}

/// Returns the ranges that two times of day can be.
fn pairs(from: Clock, to: Clock) -> Vec<(Time, Time)> {
    if from.is_military != to.is_military || from.second.is_some() != to.second.is_some() {
        return Vec::new();
    }
    let seconds = |time: &Time| {
        (i32::from(time.hour()) * 60 + i32::from(time.minute())) * 60 + i32::from(time.second())
    };
    let all = |starts: Vec<Time>, ends: Vec<Time>, most: i32| -> Vec<(Time, Time)> {
        let all = starts
            .into_iter()
            .flat_map(|start| ends.iter().map(move |end| (start, *end)).collect::<Vec<_>>());
        all.filter(|(start, end)| (1..most).contains(&(seconds(end) - seconds(start)).rem_euclid(DAY)))
            .collect()
    };
    let is_open = |clock: &Clock| {
        clock.part.is_none() && !clock.is_exact && !clock.is_named && (1..=12).contains(&clock.hour)
    };
    let (marked, named) = (from.part.is_some() != to.part.is_some(), from.is_named || to.is_named);
    // `7 Uhr bis 9 Uhr abends`: a part of the day is that of both.
    let is_of_day = from.part.or(to.part).is_some_and(|part| !matches!(part, (0, 12) | (12, 24)));
    let shares = |clock: &Clock| {
        let is_shared = clock.part.is_none() && !clock.is_military && (1..=12).contains(&clock.hour);
        is_open(clock) || (is_shared && is_of_day && !clock.is_named)
    };
    if (marked || named) && (shares(&from) || shares(&to)) {
        let of = |clock: &Clock| if shares(clock) { halves(clock) } else { times(clock) };
        return all(of(&from), of(&to), DAY / 2);
    }
    let is_bare = |clock: &Clock| {
        clock.part.is_none()
            && !clock.is_exact
            && (clock.minute.is_none() || clock.is_spoken)
            && !clock.is_named
    };
    // `18-20 Uhr` has the word once.
    let (is_vague_from, is_vague_to) = (is_bare(&from) && !to.is_exact, is_bare(&to) && !from.is_exact);
    let is_backwards = is_open(&from) && is_open(&to) && (to.hour, to.minute) <= (from.hour, from.minute);
    if is_vague_from || is_vague_to || is_backwards {
        let mut found = all(halves(&from), halves(&to), DAY / 2);
        found.extend(all(times(&from), times(&to), DAY));
        return found;
    }
    let of = |clock: &Clock| {
        if clock.part.is_some() { times(clock) } else { time_at(clock, clock.hour).into_iter().collect() }
    };
    all(of(&from), of(&to), NIGHT)
}

fn clock_text(start: Time, end: Option<Time>, zone: Option<u32>) -> String {
    let zone = zone.map(zone_text);
    clock_meaning(&calcast::dates::clock::Clock { start, end, zone, half: Half::Certain })
}

fn zone_text(zone: u32) -> ZoneText {
    let offset =
        |zone: u32| i32::try_from(zone).ok().and_then(|zone| Offset::from_seconds((zone - 10_000) * 60).ok());
    match zone {
        900 => ZoneText::Iana("europe/paris".to_owned()),
        0..900 => ZoneText::Abbreviation(ZONES[zone as usize].to_owned()),
        _ => ZoneText::Offset(offset(zone).unwrap_or(Offset::UTC)),
    }
}
