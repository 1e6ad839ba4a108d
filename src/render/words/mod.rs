//! Text for people: a table of phrases for each language, dates and times as its readers write them (CLDR).

mod english;
mod french;
mod german;
mod phrases;
mod series;
mod spanish;
pub(super) mod table;

use std::cell::OnceCell;
use std::ops::Deref;

use icu_calendar::Gregorian;
use icu_calendar::types::Weekday as DayOfWeek;
use icu_calendar::week::WeekInformation;
use icu_datetime::fieldsets::{E, M, MD, MDE, T, YM, YMD, YMDE};
use icu_datetime::{FixedCalendarDateTimeFormatter as Formatter, NoCalendarFormatter, input};
use icu_locale_core::Locale;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

pub use self::phrases::NotFoundReason;
use self::table::{Counted, Table};
use crate::model::language::Language;
use crate::model::settings::Settings;
use crate::model::when::When;

const WHOLE: &str = "CLDR has every field of a date in every language, or in its root";

/// The table of a language.
#[must_use]
pub(super) fn table_of(language: Language) -> &'static Table {
    match language {
        Language::English => &english::ENGLISH,
        Language::Spanish => &spanish::SPANISH,
        Language::French => &french::FRENCH,
        Language::German => &german::GERMAN,
    }
}

/// The table of a site's own language; English where there is none of it.
#[must_use]
pub(super) fn table_for(settings: &Settings) -> &'static Table {
    table_of(settings.words())
}

/// Everything one needs to speak a language.
#[derive(Debug)]
pub struct Localizer {
    /// The tag of the language (BCP 47), for whoever reads aloud.
    pub tag: String,
    language: Language,
    table: &'static Table,
    locale: Locale,
    // Each is made when a document says such a date: it takes a microsecond, and calendars say none.
    date: OnceCell<Formatter<Gregorian, YMDE>>,
    date_in_year: OnceCell<Formatter<Gregorian, MDE>>,
    short_date: OnceCell<Formatter<Gregorian, YMDE>>,
    day: OnceCell<Formatter<Gregorian, YMD>>,
    day_of_month: OnceCell<Formatter<Gregorian, MD>>,
    month: OnceCell<Formatter<Gregorian, YM>>,
    month_name: OnceCell<Formatter<Gregorian, M>>,
    weekday: OnceCell<Formatter<Gregorian, E>>,
    short_weekday: OnceCell<Formatter<Gregorian, E>>,
    time: OnceCell<NoCalendarFormatter<T>>,
}

/// A date in words of some fields.
macro_rules! said {
    ($words:ident.$formatter:ident, $fields:expr, $date:expr) => {
        plain(
            $words
                .$formatter
                .get_or_init(|| Formatter::try_new((&$words.locale).into(), $fields).expect(WHOLE))
                .format(&civil($date)),
        )
    };
}

impl Deref for Localizer {
    type Target = Table;

    fn deref(&self) -> &Table {
        self.table
    }
}

impl Localizer {
    /// The words of a site's own language, in the manner of its country where the settings name one.
    #[must_use]
    pub fn of(settings: &Settings) -> Localizer {
        let language = settings.words();
        let own = Language::of(&settings.language) == Some(language);
        Localizer::new(language, if own { &settings.language } else { language.tag() })
    }

    /// The words of a language for the site's readers.
    #[must_use]
    pub fn in_language(settings: &Settings, language: Language) -> Localizer {
        if language == settings.words() {
            Localizer::of(settings)
        } else {
            Localizer::new(language, language.tag())
        }
    }

    /// English as Europeans write it, for reports to whoever keeps a site.
    #[must_use]
    pub fn english() -> Localizer {
        Localizer::new(Language::English, "en-GB")
    }

    fn new(language: Language, tag: &str) -> Localizer {
        let locale = tag.parse::<Locale>().or_else(|_| language.tag().parse()).unwrap_or(Locale::UNKNOWN);
        Localizer {
            tag: locale.to_string(),
            language,
            table: table_of(language),
            locale,
            date: OnceCell::new(),
            date_in_year: OnceCell::new(),
            short_date: OnceCell::new(),
            day: OnceCell::new(),
            day_of_month: OnceCell::new(),
            month: OnceCell::new(),
            month_name: OnceCell::new(),
            weekday: OnceCell::new(),
            short_weekday: OnceCell::new(),
            time: OnceCell::new(),
        }
    }

    /// The day a week begins with in calendars on the wall.
    #[must_use]
    pub fn first_weekday(&self) -> Weekday {
        let first = WeekInformation::try_new((&self.locale).into())
            .map_or(DayOfWeek::Monday, |week| week.first_weekday);
        Weekday::from_monday_one_offset(first as i8).unwrap_or(Weekday::Monday)
    }

    /// `Tuesday, May 12, 2026`.
    #[must_use]
    pub fn date(&self, date: Date) -> String {
        said!(self.date, YMDE::long(), date)
    }

    /// `Tue, May 12, 2026`.
    #[must_use]
    pub fn short_date(&self, date: Date) -> String {
        said!(self.short_date, YMDE::medium(), date)
    }

    /// `Tue, May 12`.
    #[must_use]
    pub fn date_in_year(&self, date: Date) -> String {
        said!(self.date_in_year, MDE::medium(), date)
    }

    /// `May 12, 2026`.
    #[must_use]
    pub fn day(&self, date: Date) -> String {
        said!(self.day, YMD::long(), date)
    }

    /// The day of an instant in a zone: `May 12, 2026`.
    #[must_use]
    pub fn day_of(&self, at: Timestamp, zone: &TimeZone) -> String {
        self.day(zone.to_datetime(at).date())
    }

    /// `May 12`.
    #[must_use]
    pub fn day_of_month(&self, date: Date) -> String {
        said!(self.day_of_month, MD::long(), date)
    }

    /// `May 2026`.
    #[must_use]
    pub fn month(&self, date: Date) -> String {
        said!(self.month, YM::long(), date)
    }

    /// `May`.
    #[must_use]
    pub fn month_name(&self, number: i8) -> String {
        let date = Date::new(2026, number, 1).unwrap_or(Date::MIN);
        said!(self.month_name, M::long(), date)
    }

    /// `Tuesday`.
    #[must_use]
    pub fn weekday(&self, day: Weekday) -> String {
        said!(self.weekday, E::long(), day_named(day))
    }

    /// `Tue`.
    #[must_use]
    pub fn short_weekday(&self, day: Weekday) -> String {
        said!(self.short_weekday, E::short(), day_named(day))
    }

    /// `6:00 PM`, `18:00`.
    #[must_use]
    pub fn time(&self, time: Time) -> String {
        let hour = u8::try_from(time.hour()).unwrap_or_default();
        let minute = u8::try_from(time.minute()).unwrap_or_default();
        let formatter = self
            .time
            .get_or_init(|| NoCalendarFormatter::try_new((&self.locale).into(), T::hm()).expect(WHOLE));
        input::Time::try_new(hour, minute, 0, 0)
            .map(|time| plain(formatter.format(&time)))
            .unwrap_or_default()
    }

    /// The hours of an event on its first day: `18:00–20:00 CDT`; `all day`; `until Wednesday, May 13, 2026`.
    #[must_use]
    pub fn hours(&self, when: &When) -> String {
        match when {
            When::Days { first, last } if first == last => self.all_day.to_owned(),
            When::Days { last, .. } => fill(self.until, &[("date", &self.date(*last))]),
            When::Hours { start, end } => self.clock(start, end),
        }
    }

    fn clock(&self, start: &ZonedDateTime, end: &ZonedDateTime) -> String {
        let zone = start.time_zone();
        let name = zone.to_offset_info(start.timestamp()).abbreviation().to_owned();
        let name = if name.starts_with(['+', '-']) { format!("UTC{name}") } else { name };
        let from = self.time(start.time());
        if end <= start {
            return format!("{from} {name}");
        }
        let to = self.time(end.time());
        // A meeting that ends after midnight is said by the clock; one that lasts for days is said by the day.
        let overnight = end.date() == start.date()
            || start.date().tomorrow().is_ok_and(|next| next == end.date() && end.time() < start.time());
        if !overnight {
            return format!("{from} – {}, {to} {name}", self.date(end.date()));
        }
        let dash = if from.contains(char::is_whitespace) { " – " } else { "–" };
        format!("{from}{dash}{to} {name}")
    }

    /// The whole of it: `Tuesday, May 12, 2026, 6:00 PM – 8:00 PM CDT`.
    #[must_use]
    pub fn when(&self, when: &When) -> String {
        match when {
            When::Days { first, last } if first == last => self.date(*first),
            When::Days { first, last } => format!("{} – {}", self.date(*first), self.date(*last)),
            When::Hours { .. } => format!("{}, {}", self.date(when.first_day()), self.hours(when)),
        }
    }

    /// `1 event`, `5 events`.
    #[must_use]
    pub fn counted(&self, counted: Counted, n: usize) -> String {
        // CLDR's plural rules of these four languages: French has nought with one.
        let is_one = n == 1 || (n == 0 && self.language == Language::French);
        fill(if is_one { counted.one } else { counted.other }, &[("n", &n.to_string())])
    }

    /// `a, b and c`.
    #[must_use]
    pub fn listed(&self, names: &[impl AsRef<str>]) -> String {
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        match &names[..] {
            [] => String::new(),
            [one] => (*one).to_owned(),
            [all @ .., last] => fill(self.and, &[("list", &all.join(", ")), ("last", last)]),
        }
    }
}

/// The same event on the clock of another zone; whole days have no clock.
#[must_use]
pub fn elsewhere(when: &When, zone: &TimeZone) -> Option<When> {
    match when {
        When::Days { .. } => None,
        When::Hours { start, end } => Some(When::Hours {
            start: start.with_time_zone(zone.clone()),
            end: end.with_time_zone(zone.clone()),
        }),
    }
}

/// A phrase with something in each of its places. What is put in is not looked at again.
#[must_use]
pub(super) fn fill(phrase: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(phrase.len() + 32);
    let mut rest = phrase;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The same with another first letter, for a phrase that does not begin its sentence any more.
#[must_use]
pub(super) fn lower_first(phrase: &str) -> String {
    let mut letters = phrase.chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

fn civil(date: Date) -> input::Date<Gregorian> {
    let (month, day) = (u8::try_from(date.month()).unwrap_or(1), u8::try_from(date.day()).unwrap_or(1));
    input::Date::try_new_gregorian(i32::from(date.year()), month, day).expect("a date of jiff is one of ICU")
}

/// A day that is such a weekday: 5 January 2026 was a Monday.
fn day_named(day: Weekday) -> Date {
    Date::new(2026, 1, 5 + day.to_monday_zero_offset()).unwrap_or(Date::MIN)
}

/// CLDR writes narrow spaces that some fonts lack.
fn plain(text: impl std::fmt::Display) -> String {
    text.to_string().replace('\u{202f}', "\u{a0}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::repeat::Repeat;
    use jiff::civil::date as day_of;

    fn words(tag: &str) -> Localizer {
        Localizer::of(&Settings { language: tag.to_owned(), ..Settings::default() })
    }

    fn said(tag: &str, rule: &str) -> String {
        let first = When::Days { first: day_of(2026, 5, 12), last: day_of(2026, 5, 12) };
        let (clock, rule) = (Time::midnight(), rule.parse().unwrap());
        words(tag).series(&Repeat { clock, rule, except: vec![], also: vec![] }, &first)
    }

    #[test]
    fn a_series_reads_as_one_says_it() {
        for (rule, expected) in [
            ("FREQ=MONTHLY;BYDAY=2TU;UNTIL=20260630", "Every month on the 2nd Tuesday, until June 9, 2026"),
            ("FREQ=WEEKLY;INTERVAL=2;COUNT=10", "Every other week on Tuesday, 10 times"),
            ("FREQ=MONTHLY;BYDAY=-1TU", "Every month on the last Tuesday"),
            ("FREQ=YEARLY", "Every year on May 12"),
            ("FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=12", "Every year on May 12"),
            ("FREQ=YEARLY;BYMONTH=5;BYDAY=2TU", "Every year on the 2nd Tuesday in May"),
            ("FREQ=MONTHLY;BYMONTHDAY=-1", "Every month on the last day"),
            ("FREQ=DAILY;BYMONTH=5,6,7", "Every day in May, June and July"),
            ("FREQ=MONTHLY", "Every month on the 12th"),
        ] {
            assert_eq!(said("en", rule), expected);
        }
        let second = "FREQ=MONTHLY;BYDAY=2TU;UNTIL=20260630";
        assert_eq!(said("de-AT", second), "Jeden Monat am 2. Dienstag, bis 9. Juni 2026");
        assert_eq!(said("es", second), "Cada mes, el 2.º martes, hasta el 9 de junio de 2026");
        assert_eq!(said("fr", second), "Chaque mois, le 2e mardi, jusqu’au 9 juin 2026");
        assert_eq!(said("de", "FREQ=DAILY;BYMONTH=3,5"), "Jeden Tag im März und Mai");
        assert_eq!(said("es", "FREQ=DAILY;BYMONTH=3"), "Cada día en marzo");
    }

    #[test]
    fn a_time_says_its_zone() {
        let zone = crate::ical::zone::named("America/Chicago").unwrap();
        let at = |hour| crate::model::when::place(day_of(2026, 5, 12).at(hour, 0, 0, 0), &zone).unwrap();
        let event = When::Hours { start: at(18), end: at(20) };
        assert_eq!(words("en-GB").when(&event), "Tuesday, 12 May 2026, 18:00–20:00 CDT");
        assert_eq!(words("en").when(&event), "Tuesday, May 12, 2026, 6:00\u{a0}PM – 8:00\u{a0}PM CDT");
        assert_eq!(words("de").hours(&elsewhere(&event, &TimeZone::UTC).unwrap()), "23:00–01:00 UTC");
    }

    #[test]
    fn a_language_without_words_has_those_of_english_and_our_calendar() {
        assert_eq!(words("fa").date(day_of(2026, 5, 12)), "Tuesday, May 12, 2026");
        assert_eq!(words("no such tag").tag, "en");
        assert_eq!(words("en").first_weekday(), Weekday::Sunday);
        assert_eq!(words("de").first_weekday(), Weekday::Monday);
    }

    #[test]
    fn what_is_put_in_is_not_looked_at_again() {
        assert_eq!(fill("a {x} b {y}{z", &[("x", "{y}"), ("y", "1")]), "a {y} b 1");
    }

    /// The places of every phrase, in the order in which the table has them.
    fn places(table: &Table) -> Vec<Vec<String>> {
        let text = format!("{table:?}");
        // Whatever is between quotation marks is a phrase; none has one in it.
        let phrases = text.split('"').skip(1).step_by(2);
        phrases
            .map(|phrase| {
                let names = phrase.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
                let mut names: Vec<String> = names.map(|(name, _)| name.to_owned()).collect();
                names.sort();
                names
            })
            .collect()
    }

    #[test]
    fn every_language_says_everything() {
        let english = places(&english::ENGLISH);
        assert!(english.len() > 200, "the test has lost the phrases");
        for language in Language::ALL {
            let own = places(table_of(language));
            assert_eq!(own, english, "{language:?}");
            let text = format!("{:?}", table_of(language));
            assert!(!text.contains("\"\""), "{language:?} is silent somewhere");
        }
    }
}
