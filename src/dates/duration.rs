//! A length of time: `90 min`, `1 h 30`, `1½ hours`, `an hour and a half`, `eine Dreiviertelstunde`, `3 jours`, `PT1H30M`.

use jiff::{Span, ToSpan};

use super::lexicon::{Meaning, Unit, Word};
use super::reader::{Parses, Reader};

/// The most minutes, and the most days, of a length.
const MAX_LENGTH: u32 = 100_000;

/// A length as it is written: whole days and minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Length {
    days: u32,
    minutes: u32,
}

/// A number of halves and other fractions, in sixtieths.
type Sixtieths = u32;

/// Reads a length of time. Days and weeks are calendar days; the rest is exact. Returns `None` for any other text, also
/// for one that could be two lengths, for months and for lengths of no time.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Span> {
    let trimmed = text.trim();
    if trimmed.starts_with(['P', 'p']) && trimmed.is_ascii() {
        return iso(trimmed);
    }
    let reader = Reader::new(text)?;
    let whole = reader.length(0, Unit::Year).into_iter().filter(|(_, end)| reader.is_end(*end));
    let mut found: Vec<Length> = whole.map(|(length, _)| length).collect();
    found.dedup();
    let [length] = found[..] else { return None };
    let is_short = length.days <= MAX_LENGTH && (1..=MAX_LENGTH).contains(&(length.days + length.minutes));
    is_short.then(|| {
        i64::from(length.days)
            .days()
            .hours(i64::from(length.minutes / 60))
            .minutes(i64::from(length.minutes % 60))
    })
}

/// Reads the form of ISO 8601 and RFC 5545: `PT1H30M`, `P1W`.
fn iso(text: &str) -> Option<Span> {
    let span = text.parse::<Span>().ok()?;
    let (years, months) = (span.get_years(), span.get_months());
    let is_whole =
        years == 0 && months == 0 && span.get_seconds() % 60 == 0 && !span.is_negative() && !span.is_zero();
    let minutes = span.get_minutes() + span.get_seconds() / 60;
    let span = (span.get_days() + span.get_weeks() * 7).days().hours(span.get_hours()).minutes(minutes);
    is_whole.then_some(span)
}

impl Reader {
    /// Reads lengths one behind the other, each in a shorter unit than the one before.
    fn length(&self, at: usize, longer: Unit) -> Parses<Length> {
        let mut found: Parses<Length> = Vec::new();
        let mut add = |length: Length, end: usize| {
            if !found.contains(&(length, end)) {
                found.push((length, end));
            }
        };
        for (sixtieths, end) in self.quantity(at) {
            let units = self.maybe(end, &[Word::Of]).into_iter().flat_map(|end| self.length_units(end));
            for (unit, end) in units.filter(|(unit, _)| *unit < longer) {
                for (sixtieths, end) in self.with_half(sixtieths, end) {
                    let Some(first) = length_of(unit, sixtieths) else { continue };
                    add(first, end);
                    for end in self.and(end) {
                        let fits = |rest: &(Length, usize)| unit != Unit::Hour || rest.0.minutes < 60;
                        for (rest, end) in self.length(end, unit).into_iter().filter(fits) {
                            add(
                                Length {
                                    days: first.days + rest.days,
                                    minutes: first.minutes + rest.minutes,
                                },
                                end,
                            );
                        }
                    }
                    if unit == Unit::Hour && sixtieths.is_multiple_of(60) {
                        // `1 h 30`
                        let minutes =
                            self.number(end).filter(|(minutes, digits)| *digits == 2 && *minutes < 60);
                        minutes.into_iter().for_each(|(minutes, _)| {
                            add(Length { minutes: first.minutes + minutes, ..first }, end + 1);
                        });
                    }
                }
            }
        }
        for (minutes, end) in self.named_length(at) {
            add(Length { days: 0, minutes }, end);
        }
        // `1:30`
        if let (Some((hours @ 0..24, 1 | 2)), Some(colon)) = (self.number(at), self.sign(at + 1, ":"))
            && let Some((minutes, 2)) = self.number(colon).filter(|(minutes, _)| *minutes < 60)
        {
            let seconds = self.sign(colon + 1, ":").filter(|end| self.number(*end) == Some((0, 2)));
            let end = seconds.unwrap_or(colon) + 1;
            let ends = std::iter::once(end).chain(
                self.length_units(end)
                    .into_iter()
                    .filter(|(unit, _)| *unit == Unit::Hour)
                    .map(|(_, end)| end),
            );
            ends.for_each(|end| add(Length { days: 0, minutes: hours * 60 + minutes }, end));
        }
        found
    }

    /// Reads `and`, a comma, or nothing between two lengths.
    fn and(&self, at: usize) -> Vec<usize> {
        let comma = self.skip_sign(at, ",&+");
        let mut ends = vec![comma];
        ends.extend(self.word(comma, Word::And));
        ends
    }

    fn length_units(&self, at: usize) -> Parses<Unit> {
        let unit = |meaning| match meaning {
            Meaning::Unit(unit @ (Unit::Minute | Unit::Hour | Unit::Day | Unit::Week)) => Some(unit),
            _ => None,
        };
        let mut found = self.pick(at, unit);
        found.extend(self.sign(at, "'′").map(|end| (Unit::Minute, end)));
        found
    }

    /// Reads `and a half` or `and a quarter` behind a unit.
    fn with_half(&self, sixtieths: Sixtieths, at: usize) -> Parses<Sixtieths> {
        let mut found = vec![(sixtieths, at)];
        found.extend(self.word(at, Word::QuarterAfter).into_iter().map(|end| (sixtieths + 15, end)));
        found.extend(self.word(at, Word::AndAHalf).into_iter().map(|end| (sixtieths + 30, end)));
        found
    }

    /// Reads a number: `2`, `1.5`, `1½`, `1 1/2`, `two`, `an`, `anderthalb`, `two and a half`.
    fn quantity(&self, at: usize) -> Parses<Sixtieths> {
        let mut found = self.pick(at, |meaning| match meaning {
            Meaning::Number(number) => Some(u32::from(number) * 60),
            Meaning::Word(Word::ASingle) => Some(60),
            Meaning::Word(Word::OneAndAHalf) => Some(90),
            Meaning::Word(Word::TwoAndAHalf) => Some(150),
            _ => None,
        });
        found.extend(self.fraction(at));
        if let Some((number, digits @ 1..=4)) = self.number(at) {
            let (whole, end) = (number * 60, at + 1);
            found.push((whole, end));
            found.extend(self.fraction(end).into_iter().map(|(part, end)| (whole + part, end)));
            let point = self.sign(end, ".,").filter(|point| !self.is_spaced(*point) && digits <= 2);
            if let Some((part, count @ (1 | 2))) = point.and_then(|point| self.number(point)) {
                let hundredths = if count == 1 { part * 10 } else { part };
                // `1.30 h` could be hours and minutes.
                let is_fraction = count == 1 || matches!(hundredths, 25 | 50 | 75);
                found.extend(is_fraction.then_some((whole + hundredths * 60 / 100, end + 2)));
            }
        }
        for (number, end) in found.clone() {
            found.extend(self.word(end, Word::AndAHalf).into_iter().map(|end| (number + 30, end)));
        }
        found
    }

    /// Reads `½`, `1/2`, `3/4`.
    fn fraction(&self, at: usize) -> Parses<Sixtieths> {
        let sign = [("½", 30), ("¼", 15), ("¾", 45)].into_iter();
        let mut found: Parses<Sixtieths> =
            sign.filter_map(|(sign, part)| self.sign(at, sign).map(|end| (part, end))).collect();
        let divided = || {
            let (part, _) = self.number(at)?;
            let (whole, _) = self.number(self.sign(at + 1, "/")?)?;
            let is_fraction = matches!((part, whole), (1, 2) | (1 | 3, 4));
            is_fraction.then(|| (part * 60 / whole, at + 3))
        };
        found.extend(divided());
        found
    }

    /// Reads `half an hour`, `une demi-heure`, `eine Viertelstunde`; in minutes.
    fn named_length(&self, at: usize) -> Parses<u32> {
        self.pick(at, |meaning| match meaning {
            Meaning::Word(Word::HalfHour) => Some(30),
            Meaning::Word(Word::QuarterHour) => Some(15),
            Meaning::Word(Word::ThreeQuarterHour) => Some(45),
            _ => None,
        })
    }
}

/// Returns the length of a number of units. `None` is a part of a day or of a minute.
fn length_of(unit: Unit, sixtieths: Sixtieths) -> Option<Length> {
    let whole = sixtieths.is_multiple_of(60);
    match unit {
        Unit::Minute if whole => Some(Length { days: 0, minutes: sixtieths / 60 }),
        Unit::Hour => Some(Length { days: 0, minutes: sixtieths }),
        Unit::Day if whole => Some(Length { days: sixtieths / 60, minutes: 0 }),
        Unit::Week if whole => Some(Length { days: sixtieths / 60 * 7, minutes: 0 }),
        _ => None,
    }
}
