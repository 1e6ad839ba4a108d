//! Productions of a time of day and of a range of two.

use super::{ClockText, TimeForm, TimeText};
use crate::dates::lexicon::{Meaning, Unit, Word};
use crate::dates::reader::{Parses, Reader};

impl Reader {
    /// Reads a time of day or a range, with a zone behind it: `18:00`, `6-8pm ET`, `from 7pm`, `zwischen 18 und 20 Uhr`.
    pub(in crate::dates) fn clock(&self, at: usize) -> Parses<ClockText> {
        let mut found = Vec::new();
        for (start, end) in self.time_at(at) {
            found.push((ClockText { start, end: None, zone: None, is_tight: false }, end));
            found.extend(self.range_end(start, end, Word::To));
            found.extend(
                self.open_end(end)
                    .into_iter()
                    .map(|end| (ClockText { start, end: None, zone: None, is_tight: false }, end)),
            );
        }
        for after in self.any(at, &[Word::From, Word::Between, Word::Open]) {
            let (is_between, is_open) =
                (self.word(at, Word::Between).contains(&after), self.word(at, Word::Open).contains(&after));
            for (start, end) in self.time_at(after) {
                found.extend(self.range_end(start, end, if is_between { Word::And } else { Word::To }));
                if is_open {
                    found.push((ClockText { start, end: None, zone: None, is_tight: false }, end));
                }
            }
        }
        let is_stamp = self.is_behind_t(at);
        if is_stamp {
            // Behind a T, `-04:00` is an offset and the clock has 24 hours.
            found.retain(|(clock, _)| clock.end.is_none());
            let colons = found.iter_mut().filter(|(clock, _)| clock.start.form == TimeForm::Colon);
            colons.for_each(|(clock, _)| clock.start.form = TimeForm::Unit);
        }
        for (clock, end) in found.clone() {
            let has_minus =
                is_stamp || clock.start.second.is_some() || (self.is_spaced(end) && !self.is_spaced(end + 1));
            if self.sign(end, "-").is_some() && !has_minus {
                continue;
            }
            let zones = self.zone(end).into_iter();
            found.extend(zones.map(|(zone, end)| (ClockText { zone: Some(zone), ..clock.clone() }, end)));
        }
        found
    }

    /// Returns whether the `T` of ISO 8601 is before a token.
    fn is_behind_t(&self, at: usize) -> bool {
        at > 0 && !self.is_spaced(at) && self.token(at - 1).is_some_and(|token| token.text == "t")
    }

    /// Reads the end of a range behind its start: a hyphen, or the word between them, and a time.
    fn range_end(&self, start: TimeText, at: usize, joint: Word) -> Parses<ClockText> {
        let mut ends: Vec<usize> = self.sign(at, "-").into_iter().collect();
        ends.extend(self.word(at, joint));
        let times =
            ends.into_iter().flat_map(|end| self.time_at(end)).filter(|(end, _)| share_form(start, *end));
        let is_tight = self.sign(at, "-").is_some() && !self.is_spaced(at) && !self.is_spaced(at + 1);
        times.map(|(end, after)| (ClockText { start, end: Some(end), zone: None, is_tight }, after)).collect()
    }

    /// Reads what says that there is no end: `~`, `till late`, `onwards`.
    fn open_end(&self, at: usize) -> Vec<usize> {
        let mut ends: Vec<usize> = self.sign(at, "~").into_iter().collect();
        for end in self.word(at, Word::Until) {
            ends.extend(self.word(end, Word::Late));
        }
        ends.extend(self.word(at, Word::Onwards));
        ends
    }

    /// Reads a time of day, perhaps with `at` before it, and a part of the day before or behind it.
    pub(in crate::dates) fn time_at(&self, at: usize) -> Parses<TimeText> {
        let mut found = self.time_behind_at(at);
        // `abends um 8`, not `am 5`.
        for (part, end) in self.part(at).into_iter().filter(|(part, _)| !matches!(part, (0, 12) | (12, 24))) {
            let times = self.time_behind_at(self.skip_sign(end, ",")).into_iter();
            let times = times.filter(|(time, _)| time.part.is_none());
            found.extend(times.map(|(time, end)| (TimeText { part: Some(part), ..time }, end)));
        }
        let mut distinct: Parses<TimeText> = Vec::new();
        for parse in found {
            if !distinct.contains(&parse) {
                distinct.push(parse);
            }
        }
        distinct
    }

    fn time_behind_at(&self, at: usize) -> Parses<TimeText> {
        let mut found: Parses<TimeText> = Vec::new();
        for start in self.maybe(self.skip_sign(at, "@"), &[Word::At, Word::Article]) {
            for (time, end) in self.time(start) {
                found.push((time, end));
                let part_at = if time.form == TimeForm::Colon {
                    self.skip_sign(end, ":,")
                } else {
                    self.skip_sign(end, ",")
                };
                // `3p` is a time, `10 a 22` are days.
                let is_letter =
                    self.token(part_at).is_some_and(|token| token.text.len() == 1 && token.is_spaced);
                let parts =
                    self.part(part_at).into_iter().filter(|(_, end)| !is_letter || *end > part_at + 1);
                found.extend(parts.map(|(part, end)| (TimeText { part: Some(part), ..time }, end)));
            }
        }
        found
    }

    /// Reads a part of the day: its first hour, and the hour after its last.
    fn part(&self, at: usize) -> Parses<(i8, i8)> {
        self.pick(at, |meaning| if let Meaning::Part(from, to) = meaning { Some((from, to)) } else { None })
    }

    fn time(&self, at: usize) -> Parses<TimeText> {
        let mut found = self.digital_time(at);
        found.extend(self.spoken_time(at));
        found.extend(self.named_time(at));
        found
    }

    /// Reads numbers: `18`, `18:30`, `18.30`, `1830`, and a word for hours behind them.
    fn digital_time(&self, at: usize) -> Parses<TimeText> {
        let Some((number, digits)) = self.number(at) else { return Vec::new() };
        let mut found = match digits {
            1 | 2 => vec![(TimeText::new(number, 0, TimeForm::Bare), at + 1)],
            3 | 4 if digits == 4 || number >= 100 => {
                vec![(TimeText::new(number / 100, number % 100, TimeForm::Military), at + 1)]
            }
            6 if self.is_behind_t(at) => {
                let time = TimeText::new(number / 10_000, number / 100 % 100, TimeForm::Military);
                vec![(TimeText { second: Some(number % 100), ..time }, at + 1)]
            }
            _ => Vec::new(),
        };
        if digits <= 2 {
            found.extend(self.minutes(number, at + 1));
        }
        for (time, end) in found.clone() {
            for end in self.word(end, Word::Oclock) {
                found.push((TimeText { form: TimeForm::Spoken, ..time }, end));
            }
            for end in self.word(end, Word::Hour) {
                let is_military = time.form == TimeForm::Military;
                // `2 hours` alone could be a length.
                let is_whole = at == 0 && self.is_end(end) && time.form == TimeForm::Bare;
                let is_length = is_whole && time.hour <= 12 && self.is_plural_unit(end - 1);
                let form = match is_military {
                    true => TimeForm::MilitaryUnit,
                    false if is_length => TimeForm::Spoken,
                    false => TimeForm::Unit,
                };
                let time = TimeText { form, ..time };
                found.push((time, end));
                found.extend(
                    self.minutes_after_unit(time, end)
                        .into_iter()
                        .filter(|_| digits <= 2 && time.minute == 0),
                );
            }
        }
        // `730 in the evening` needs its part of the day.
        if digits == 3 {
            found.iter_mut().for_each(|(time, _)| time.form = TimeForm::Spoken);
        }
        found
    }

    /// Returns whether a token is a word for hours that lengths have as well.
    fn is_plural_unit(&self, at: usize) -> bool {
        self.token(at)
            .is_some_and(|token| matches!(token.text.as_str(), "hours" | "hour" | "hrs" | "horas" | "hora"))
    }

    /// Reads `:30`, `.30`, `:30:15` behind an hour.
    fn minutes(&self, hour: u32, at: usize) -> Parses<TimeText> {
        let colon = self.sign(at, ":").filter(|_| !self.is_spaced(at));
        let dot = self.sign(at, ".").filter(|_| !self.is_spaced(at));
        let (Some(end), form) =
            (colon.or(dot), if colon.is_some() { TimeForm::Colon } else { TimeForm::Dot })
        else {
            return Vec::new();
        };
        let Some((minute, digits)) = self.number(end).filter(|_| !self.is_spaced(end)) else {
            return Vec::new();
        };
        if digits > 2 {
            return Vec::new();
        }
        let time = TimeText { is_short: digits == 1, ..TimeText::new(hour, minute, form) };
        let end = end + 1;
        let mut found = vec![(time, end)];
        if let Some(next) = self.sign(end, ":").filter(|_| !self.is_spaced(end) && form == TimeForm::Colon)
            && let Some((second, 2)) = self.number(next).filter(|_| !self.is_spaced(next))
        {
            let time = TimeText { second: Some(second), ..time };
            found.push((time, next + 1));
            let fraction =
                self.sign(next + 1, ".,").filter(|end| self.number(*end).is_some() && !self.is_spaced(*end));
            found.extend(fraction.map(|end| (time, end + 1)));
        }
        found
    }

    /// Reads the minutes of `18h30`, `18 Uhr 30`, `18 h 30 min`.
    fn minutes_after_unit(&self, time: TimeText, at: usize) -> Parses<TimeText> {
        let Some((minute, digits @ (1 | 2))) = self.number(at) else { return Vec::new() };
        let time = TimeText { minute, is_short: digits == 1, ..time };
        let is_minute = |meaning| (meaning == Meaning::Unit(Unit::Minute)).then_some(time);
        let mut found = self.pick(at + 1, is_minute);
        found.push((time, at + 1));
        found
    }

    fn hour_number(&self, at: usize) -> Parses<u32> {
        let word = |meaning| match meaning {
            Meaning::Number(hour @ 1..=24) => Some(u32::from(hour)),
            Meaning::Word(Word::Noon) => Some(12),
            _ => None,
        };
        let mut found = self.pick(at, word);
        let number = self.short_number(at).and_then(|hour| u32::try_from(hour).ok());
        found.extend(number.filter(|hour| (1..=24).contains(hour)).map(|hour| (hour, at + 1)));
        found
    }

    /// Reads `half past six`, `halb acht`, `six thirty`, `seven`, `6 y media`, `8 heures et demie`.
    fn spoken_time(&self, at: usize) -> Parses<TimeText> {
        let mut found = Vec::new();
        let before = [
            (Word::HalfPast, 0, 30),
            (Word::QuarterPast, 0, 15),
            (Word::QuarterTo, 1, 45),
            (Word::HalfBefore, 1, 30),
        ];
        for (word, less, minute) in before {
            for end in self.word(at, word) {
                for (hour, end) in self.hour_number(end) {
                    let hour = if hour > less { hour - less } else { 12 };
                    found.push((TimeText::new(hour, minute, TimeForm::Spoken), end));
                }
                found.extend(
                    self.word(end, Word::Noon)
                        .into_iter()
                        .map(|end| (TimeText::new(12 - less, minute, TimeForm::Named), end)),
                );
            }
        }
        for (hour, end) in self.hour_number(at) {
            let is_noon = self.word(at, Word::Noon).contains(&end);
            let form = if is_noon { TimeForm::Named } else { TimeForm::Spoken };
            for end in self.maybe(end, &[Word::Hour]) {
                for (word, minute) in [(Word::HalfAfter, 30), (Word::QuarterAfter, 15)] {
                    let ends = self.word(end, word).into_iter();
                    found.extend(ends.map(|end| (TimeText::new(hour, minute, form), end)));
                }
            }
        }
        let number =
            |meaning| if let Meaning::Number(number) = meaning { Some(u32::from(number)) } else { None };
        for (hour, end) in self.pick(at, number).into_iter().filter(|(hour, _)| (1..=24).contains(hour)) {
            let time = TimeText::new(hour, 0, TimeForm::Spoken);
            found.push((time, end));
            found.extend(self.word(end, Word::Oclock).into_iter().map(|end| (time, end)));
            found.extend(
                self.word(end, Word::Hour)
                    .into_iter()
                    .map(|end| (TimeText { form: TimeForm::Unit, ..time }, end)),
            );
            let minutes = self.pick(end, number).into_iter().filter(|(minute, _)| (10..60).contains(minute));
            found.extend(minutes.map(|(minute, end)| (TimeText { minute, ..time }, end)));
        }
        found
    }

    /// Reads `noon`, `12 noon`, `12:00 Uhr mittags`, `midnight`.
    fn named_time(&self, at: usize) -> Parses<TimeText> {
        let mut found = Vec::new();
        for (word, hour) in [(Word::Noon, 12), (Word::Midnight, 0)] {
            let time = TimeText::new(hour, 0, TimeForm::Named);
            found.extend(self.word(at, word).into_iter().map(|end| (time, end)));
            for (twelve, end) in self.digital_time(at) {
                let is_twelve = (twelve.hour == 12 || twelve.hour == hour)
                    && (twelve.minute, twelve.second.unwrap_or(0)) == (0, 0);
                found.extend(self.word(end, word).into_iter().filter(|_| is_twelve).map(|end| (time, end)));
            }
        }
        found
    }
}

/// Returns whether two times can be the ends of one range: `18:00-20:00`, not `16:10 -0400`.
fn share_form(start: TimeText, end: TimeText) -> bool {
    let is_military = |time: TimeText| matches!(time.form, TimeForm::Military | TimeForm::MilitaryUnit);
    is_military(start) == is_military(end) && start.second.is_some() == end.second.is_some()
}
