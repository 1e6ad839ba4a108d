//! Prints random dates, times and durations as people write them, each with its meaning.

use calcast::dates::clock::{Clock, Half, format_time};
use calcast::dates::moment::Moment;
use calcast::dates::order::DateOrder;
use calcast::dates::zone::ZoneText;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time, date, time};
use jiff::tz::Offset;

use crate::date_patterns::{FIXED_DURATIONS, LANGUAGES, Language, TIMESTAMPS, numeric_days};

/// Reproducible pseudorandom numbers, by SplitMix64.
pub struct Random(pub u64);

/// A text and what it means.
pub struct Printed {
    pub text: String,
    pub template: String,
    pub meaning: String,
    pub half: Option<Half>,
    pub kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Day,
    Stamp,
    Clock,
    ClockRange,
    Days,
    DayRange,
    Stamps,
    Duration,
}

/// The start or the end.
#[derive(Clone, Copy)]
struct Side {
    date: Date,
    time: Time,
    /// `>` for the end.
    mark: &'static str,
}

const ZONES: &[&str] = &[
    "UTC", "GMT", "CET", "ET", "UTC+2", "UTC-5", "+02:00", "-0400", "Europe/Paris", "Eastern Time", "MEZ",
    "(CEST)", "GMT+1", "PDT",
];
const ABBREVIATIONS: &[&str] = &["UTC", "GMT", "CET", "CEST", "ET", "MESZ", "PT"];
const OFFSETS: &[&str] = &["Z", "+02:00", "-05:00", "+0530"];

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    /// Returns a number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

/// Returns the meaning of a moment as a text, without what it says about the half of the day.
pub fn meaning_of(moment: &Moment) -> String {
    match moment {
        Moment::Nothing => "nothing".to_owned(),
        Moment::Days { first, last } => format!("{first}..{last}"),
        Moment::At { start, end, zone, .. } => stamp_meaning(*start, *end, zone.as_ref()),
        Moment::Clock(clock) => clock_meaning(clock),
    }
}

pub fn clock_meaning(clock: &Clock) -> String {
    let end = clock.end.map(format_time).unwrap_or_default();
    format!("{}/{end} {}", format_time(clock.start), zone_meaning(clock.zone.as_ref()))
}

pub fn stamp_meaning(start: DateTime, end: Option<DateTime>, zone: Option<&ZoneText>) -> String {
    let end = end.map(|end| end.to_string()).unwrap_or_default();
    format!("{start}/{end} {}", zone_meaning(zone))
}

fn zone_meaning(zone: Option<&ZoneText>) -> String {
    zone.map(|zone| format!("{zone:?}")).unwrap_or_default()
}

/// Returns the meaning of a zone of the tables above.
fn zone_of(text: &str) -> ZoneText {
    let offset = |minutes: i32| ZoneText::Offset(Offset::from_seconds(minutes * 60).unwrap());
    match text.trim_matches(['(', ')']) {
        "UTC" | "Z" => offset(0),
        "UTC+2" | "+02:00" => offset(120),
        "UTC-5" | "-05:00" => offset(-300),
        "-0400" => offset(-240),
        "GMT+1" => offset(60),
        "+0530" => offset(330),
        "Eastern Time" => ZoneText::Abbreviation("et".to_owned()),
        name if name.contains('/') => ZoneText::Iana(name.to_lowercase()),
        name => ZoneText::Abbreviation(name.to_lowercase()),
    }
}

/// Prints a random value in a random form.
pub fn print(random: &mut Random, order: DateOrder, language: &Language) -> Printed {
    let kinds = [
        Kind::Day,
        Kind::Stamp,
        Kind::Clock,
        Kind::ClockRange,
        Kind::Days,
        Kind::DayRange,
        Kind::Stamps,
        Kind::Duration,
    ];
    let kind = *random.of(&kinds);
    if kind == Kind::Duration {
        return print_duration(random, language);
    }
    let template = template(random, kind, order, language);
    let start = fit_start(random, &template, language);
    let end = fit_end(random, &template, start, language);
    let zones = if template.contains("{abbr}") {
        ABBREVIATIONS
    } else if template.contains("{offset}") {
        OFFSETS
    } else {
        ZONES
    };
    let zone_text = *random.of(zones);
    let zone = ["{zone}", "{abbr}", "{offset}"]
        .iter()
        .any(|name| template.contains(name))
        .then(|| zone_of(zone_text));
    let text = render(&template, start, end, language);
    let text = ["{zone}", "{abbr}", "{offset}"].iter().fold(text, |text, name| text.replace(name, zone_text));
    let on = |end: Time| {
        if end < start.time {
            start.date.tomorrow().unwrap().to_datetime(end)
        } else {
            start.date.to_datetime(end)
        }
    };
    let stamp = start.date.to_datetime(start.time);
    let (half, certain) = (half(&template, start.time), Half::Certain);
    let clock = |end, half| Clock { start: start.time, end, zone: zone.clone(), half };
    let (meaning, half) = match kind {
        Kind::Day | Kind::Duration => (format!("{0}..{0}", start.date), None),
        Kind::Days => (format!("{}..{}", start.date, end.date), None),
        Kind::Stamp => (stamp_meaning(stamp, None, zone.as_ref()), Some(half)),
        Kind::DayRange => (stamp_meaning(stamp, Some(on(end.time)), zone.as_ref()), Some(certain)),
        Kind::Stamps => {
            (stamp_meaning(stamp, Some(end.date.to_datetime(end.time)), zone.as_ref()), Some(half))
        }
        Kind::Clock => (clock_meaning(&clock(None, half)), Some(half)),
        Kind::ClockRange => (clock_meaning(&clock(Some(end.time), certain)), Some(certain)),
    };
    Printed { text, template, meaning, half, kind }
}

/// Returns the template of a random form.
fn template(random: &mut Random, kind: Kind, order: DateOrder, language: &Language) -> String {
    let days = if random.below(3) == 0 { numeric_days(order) } else { language.days };
    let day = |random: &mut Random| *random.of(days);
    let plain_day = |random: &mut Random| loop {
        let day = day(random);
        if day.starts_with('{') {
            return day;
        }
    };
    let day_before = |random: &mut Random, joint: &str| {
        if joint.starts_with('T') { plain_day(random) } else { day(random) }
    };
    let is_word =
        |text: &str| text.chars().any(|c| c.is_alphabetic() && !"DT".contains(c)) || text.contains('@');
    let plain = |random: &mut Random| {
        let joint = *random.of(language.joints);
        if is_word(joint) { "D T" } else { joint }
    };
    match kind {
        Kind::Day | Kind::Duration => day(random).to_owned(),
        Kind::Stamp if random.below(12) == 0 => (*random.of(TIMESTAMPS)).to_owned(),
        Kind::Stamp => {
            let (time, joint) = (*random.of(language.times), *random.of(language.joints));
            let joint = if is_word(joint) && !time.starts_with('{') { "D T" } else { joint };
            let day = day_before(random, joint);
            joint.replace('T', "\n").replace('D', day).replace('\n', time)
        }
        Kind::Clock => (*random.of(language.times)).to_owned(),
        Kind::ClockRange => (*random.of(language.ranges)).to_owned(),
        Kind::DayRange => {
            let (range, joint) = (*random.of(language.ranges), plain(random));
            let day = day_before(random, joint);
            joint.replace('T', "\n").replace('D', day).replace('\n', range)
        }
        Kind::Days if random.below(3) > 0 => (*random.of(language.spans)).to_owned(),
        Kind::Days => both(random.of::<&str>(language.span_joints), plain_day(random)),
        Kind::Stamps => {
            let times: Vec<&&str> = language
                .times
                .iter()
                .filter(|text| text.starts_with('{') && !text.contains("zone"))
                .collect();
            let (time, joint) = (**random.of(&times), *random.of(language.joints));
            let joint = if joint.starts_with('T') { "D T" } else { joint };
            let stamp = joint.replace('T', "\n").replace('D', plain_day(random)).replace('\n', time);
            both(random.of::<&str>(language.span_joints), &stamp.replace(" ({abbr})", ""))
        }
    }
}

/// Returns the template of a range whose start and end have the same template.
fn both(joint: &str, end: &str) -> String {
    joint.replace('A', "\n").replace('B', &end.replace('{', "{>")).replace('\n', end)
}

fn has(template: &str, mark: &str, name: &str) -> bool {
    template.contains(&format!("{{{mark}{name}}}"))
}

/// Returns a random start that a template can express.
fn fit_start(random: &mut Random, template: &str, language: &Language) -> Side {
    let mut day = date(1970, 1, 1).checked_add(i64::try_from(random.below(83_990)).unwrap().days()).unwrap();
    if template.contains("yy}") {
        let year = 1970 + (day.year() - 1970) % 99;
        day = Date::new(year, day.month(), day.day()).unwrap_or(date(year, 1, 1));
    }
    if shared(template).0 && day == day.last_of_month() {
        day = day.yesterday().unwrap();
    }
    let minute = if random.below(2) == 0 { random.below(4) * 15 } else { random.below(60) };
    let clock = time(random.below(24) as i8, minute as i8, 0, 0);
    let side = Side { date: day, time: clock, mark: "" };
    Side { time: fit_time(template, side, language), ..side }
}

/// Returns whether the first and the last day share a month, and whether they share a year.
fn shared(template: &str) -> (bool, bool) {
    let months =
        ["", ">"].map(|mark| ["m", "mm", "mon", "month"].iter().any(|name| has(template, mark, name)));
    let years = ["", ">"].map(|mark| ["y", "yy"].iter().any(|name| has(template, mark, name)));
    (months[0] != months[1], years == [true, false])
}

/// Returns a random end after a start that a template can express.
fn fit_end(random: &mut Random, template: &str, start: Side, language: &Language) -> Side {
    let mut last = start.date.checked_add(i64::try_from(1 + random.below(60)).unwrap().days()).unwrap();
    let are_adjacent =
        [" and {>", " und {>", " et {>d", " y {>d", " & ", "./"].iter().any(|joint| template.contains(joint));
    if are_adjacent {
        last = start.date.tomorrow().unwrap();
    }
    let (months, years) = shared(template);
    if (months && last.month() != start.date.month()) || (years && last.year() != start.date.year()) {
        last = start.date.last_of_month();
    }
    let minutes = i64::try_from(60 + random.below(540)).unwrap();
    let mut side = Side { date: last, time: start.time.wrapping_add(minutes.minutes()), mark: ">" };
    side.time = fit_time(template, side, language);
    side
}

/// Returns a time of day near that of a side that a template can express.
fn fit_time(template: &str, side: Side, language: &Language) -> Time {
    let (mark, is_start) = (side.mark, side.mark.is_empty());
    let is_hour = ["H", "HH", "h", "hw", "hnw"].iter().any(|name| has(template, mark, name));
    let is_alike =
        is_start || template.matches("w}").count() > 1 || template.matches("heures et").count() > 1;
    let says = |words: &[&str]| is_alike && words.iter().any(|word| template.contains(word));
    if !is_hour {
        let named = [
            (&["midi et demi"][..], time(12, 30, 0, 0)),
            (&["noon", "mittags", "midi", "mediodía"], time(12, 0, 0, 0)),
        ];
        return named.iter().find(|(words, _)| says(words)).map_or(Time::midnight(), |(_, time)| *time);
    }
    let minute = if has(template, mark, "MM") {
        side.time.minute()
    } else if says(&["half past", "halb ", "et demie", "y media", "thirty"]) {
        30
    } else if says(&["quarter past", "viertel nach", "et quart", "y cuarto"]) {
        15
    } else if says(&["quarter to", "viertel vor"]) {
        45
    } else {
        0
    };
    let mut hour = side.time.hour();
    // In a workbook, `0.30` is the fraction of a day at 07:12.
    let is_dotted = template.contains(&format!("H}}.{{{mark}MM}}"));
    let is_part = has(template, mark, "part");
    while (is_dotted && hour == 0)
        || (is_part && part(language, hour).is_none())
        // `quarter to twelve pm` can be before noon or before midnight.
        || (template.contains("quarter to") && hour % 12 == 11)
    {
        hour = (hour + 1) % 24;
    }
    time(hour, minute, 0, 0)
}

fn part(language: &Language, hour: i8) -> Option<&'static str> {
    language.parts.iter().find(|(from, to, _)| (*from..*to).contains(&hour)).map(|(_, _, words)| *words)
}

/// Returns what a template says about the half of the day of its start.
fn half(template: &str, start: Time) -> Half {
    let is_marked = ["am", "AM", "a.m.", "a. m.", "part"].iter().any(|name| has(template, "", name));
    if is_marked {
        return Half::Marked;
    }
    let mut literal = String::new();
    let mut is_literal = true;
    for c in template.chars() {
        is_literal = if c == '{' { false } else { is_literal || c == '}' };
        literal.push(if is_literal && c.is_alphabetic() { c } else { ' ' });
    }
    let units = ["Uhr", "h", "hs", "hrs", "heures", "horas", "noon", "midi", "minuit"];
    let is_certain = literal.split_whitespace().any(|word| units.contains(&word));
    if is_certain || template.contains("}T{") || !(1..=12).contains(&start.hour()) {
        return Half::Certain;
    }
    if template.contains("mediodía") { Half::Certain } else { Half::Unmarked }
}

/// Replaces the placeholders of a template.
fn render(template: &str, start: Side, end: Side, language: &Language) -> String {
    let mut text = String::new();
    for piece in template.split_inclusive('}') {
        let (literal, name) = piece.split_once('{').unwrap_or((piece, ""));
        text.push_str(literal);
        let name = name.trim_end_matches('}');
        match name.strip_prefix('>') {
            Some(name) => text.push_str(&value(name, end, language)),
            None => text.push_str(&value(name, start, language)),
        }
    }
    text
}

/// Returns what a placeholder stands for.
fn value(name: &str, side: Side, language: &Language) -> String {
    let Side { date, time, .. } = side;
    let (month, weekday) = (date.month() as usize - 1, date.weekday().to_monday_zero_offset() as usize);
    let hour12 = |hour: i8| (hour as usize + 11) % 12;
    let half = if time.hour() < 12 { ["am", "AM", "a.m.", "a. m."] } else { ["pm", "PM", "p.m.", "p. m."] };
    match name {
        "" => String::new(),
        "d" => date.day().to_string(),
        "dd" => format!("{:02}", date.day()),
        "dth" => ordinal(date.day(), language),
        "m" => date.month().to_string(),
        "mm" => format!("{:02}", date.month()),
        "mon" => language.short_months[month].to_owned(),
        "month" => language.months[month].to_owned(),
        "y" => date.year().to_string(),
        "yy" => format!("{:02}", date.year() % 100),
        "wd" => language.weekdays[weekday].to_owned(),
        "Wd" => {
            let name = language.weekdays[weekday];
            name[..1].to_uppercase() + &name[1..]
        }
        "wdd" => language.short_weekdays[weekday].to_owned(),
        "H" => time.hour().to_string(),
        "HH" => format!("{:02}", time.hour()),
        "MM" => format!("{:02}", time.minute()),
        "h" => (hour12(time.hour()) + 1).to_string(),
        "hw" => language.hours[hour12(time.hour())].to_owned(),
        "hnw" => language.hours[hour12(time.hour() + 1)].to_owned(),
        "am" => half[0].to_owned(),
        "AM" => half[1].to_owned(),
        "a.m." => half[2].to_owned(),
        "a. m." => half[3].to_owned(),
        "part" => part(language, time.hour()).unwrap_or_default().to_owned(),
        zone => format!("{{{zone}}}"),
    }
}

fn ordinal(day: i8, language: &Language) -> String {
    let ending = match (language.months[0], day) {
        ("January", 1 | 21 | 31) => "st",
        ("January", 2 | 22) => "nd",
        ("January", 3 | 23) => "rd",
        ("January", _) => "th",
        ("janvier", 1) => "er",
        ("enero", 1) => "º",
        _ => "",
    };
    format!("{day}{ending}")
}

/// Prints a random duration. Its meaning is its days and minutes.
fn print_duration(random: &mut Random, language: &Language) -> Printed {
    let printed = |text: String, template: &str, meaning| Printed {
        text,
        template: template.to_owned(),
        meaning,
        half: None,
        kind: Kind::Duration,
    };
    if random.below(20) == 0 {
        let (text, minutes) = *random.of(FIXED_DURATIONS);
        return printed(text.to_owned(), text, format!("0 days {minutes}"));
    }
    let template = *random.of(language.durations);
    let [count, hours, rest, days, weeks] = [1_200, 23, 59, 60, 12].map(|most| 1 + random.below(most));
    let numbers = [("{n}", count), ("{lh}", hours), ("{lm}", rest), ("{ld}", days), ("{lw}", weeks)];
    let text = numbers
        .iter()
        .fold(template.to_owned(), |text, (name, number)| text.replace(name, &number.to_string()));
    let text = text.replace("{lmm}", &format!("{rest:02}"));
    let is_half =
        ["½", ",5", ".5", "half", "demie", "media", "1/2"].iter().any(|half| template.contains(half));
    let with = |name: &str, number: usize| if template.contains(name) { number } else { 0 };
    let minutes =
        with("{n}", count) + with("{lh}", hours * 60) + with("{lm", rest) + if is_half { 30 } else { 0 };
    let days = with("{ld}", days) + with("{lw}", weeks * 7);
    printed(text, template, format!("{days} days {minutes}"))
}

/// Returns every combination of a language, by its index, and an order.
pub fn places() -> Vec<(usize, DateOrder)> {
    (0..LANGUAGES.len()).flat_map(|language| DateOrder::ALL.map(|order| (language, order))).collect()
}
