//! Dates, times, numbers and lists in one language, as its readers write them (CLDR).

use std::ops::Deref;

use icu_calendar::Gregorian;
use icu_calendar::types::Weekday as IcuWeekday;
use icu_calendar::week::WeekInformation;
use icu_datetime::fieldsets::enums::{CalendarPeriodFieldSet, DateFieldSet};
use icu_datetime::fieldsets::{E, M, MD, MDE, T, YM, YMD, YMDE};
use icu_datetime::{FixedCalendarDateTimeFormatter as Formatter, NoCalendarFormatter, input};
use icu_locale_core::Locale;
use jiff::civil::{Date, Time, Weekday};

use super::language::Language;
use super::messages::{Messages, Plural, fill};

const COMPLETE: &str = "CLDR has every date field in every language, or in its root";

/// The messages of a language, and its formats of dates and times. It dereferences to its messages.
///
/// A formatter of ICU is made for each date, which takes about 1 µs.
#[derive(Debug)]
pub struct Localizer {
    /// The language tag (BCP 47) of its output.
    pub tag: String,
    language: Language,
    messages: &'static Messages,
    locale: Locale,
}

impl Deref for Localizer {
    type Target = Messages;

    fn deref(&self) -> &Messages {
        self.messages
    }
}

impl Localizer {
    /// Returns the localizer of a language as a region writes it: `en-GB`. An invalid tag is replaced by that of the language.
    #[must_use]
    pub fn new(language: Language, tag: &str) -> Localizer {
        let locale = tag.parse::<Locale>().or_else(|_| language.tag().parse()).unwrap_or(Locale::UNKNOWN);
        Localizer { tag: locale.to_string(), language, messages: Messages::in_language(language), locale }
    }

    /// Returns the localizer of reports to the author: English with European dates.
    #[must_use]
    pub fn english() -> Localizer {
        Localizer::new(Language::English, "en-GB")
    }

    /// Returns the first day of a week in printed calendars.
    #[must_use]
    pub fn first_weekday(&self) -> Weekday {
        let first = WeekInformation::try_new((&self.locale).into())
            .map_or(IcuWeekday::Monday, |week| week.first_weekday);
        Weekday::from_monday_one_offset(first as i8).unwrap_or(Weekday::Monday)
    }

    /// Returns `Tuesday, May 12, 2026`.
    #[must_use]
    pub fn date(&self, date: Date) -> String {
        self.format(DateFieldSet::YMDE(YMDE::long()), date)
    }

    /// Returns `Tue, May 12, 2026`.
    #[must_use]
    pub fn short_date(&self, date: Date) -> String {
        self.format(DateFieldSet::YMDE(YMDE::medium()), date)
    }

    /// Returns `Tue, May 12`.
    #[must_use]
    pub fn date_in_year(&self, date: Date) -> String {
        self.format(DateFieldSet::MDE(MDE::medium()), date)
    }

    /// Returns `May 12, 2026`.
    #[must_use]
    pub fn day(&self, date: Date) -> String {
        self.format(DateFieldSet::YMD(YMD::long()), date)
    }

    /// Returns `May 12`.
    #[must_use]
    pub fn day_of_month(&self, date: Date) -> String {
        self.format(DateFieldSet::MD(MD::long()), date)
    }

    /// Returns `Tuesday`.
    #[must_use]
    pub fn weekday(&self, day: Weekday) -> String {
        self.format(DateFieldSet::E(E::long()), date_on(day))
    }

    /// Returns `Tue`.
    #[must_use]
    pub fn short_weekday(&self, day: Weekday) -> String {
        self.format(DateFieldSet::E(E::short()), date_on(day))
    }

    /// Returns `May 2026`.
    #[must_use]
    pub fn month(&self, date: Date) -> String {
        self.format_period(CalendarPeriodFieldSet::YM(YM::long()), date)
    }

    /// Returns `May`, of a month from 1 to 12.
    #[must_use]
    pub fn month_name(&self, month: i8) -> String {
        let date = Date::new(2026, month, 1).unwrap_or(Date::MIN);
        self.format_period(CalendarPeriodFieldSet::M(M::long()), date)
    }

    fn format(&self, fields: DateFieldSet, date: Date) -> String {
        let formatter = Formatter::try_new((&self.locale).into(), fields).expect(COMPLETE);
        with_plain_spaces(formatter.format(&gregorian(date)))
    }

    fn format_period(&self, fields: CalendarPeriodFieldSet, date: Date) -> String {
        let formatter = Formatter::try_new((&self.locale).into(), fields).expect(COMPLETE);
        with_plain_spaces(formatter.format(&gregorian(date)))
    }

    /// Returns `6:00 PM`, `18:00`.
    #[must_use]
    pub fn time(&self, time: Time) -> String {
        let formatter = NoCalendarFormatter::try_new((&self.locale).into(), T::hm()).expect(COMPLETE);
        let hour = u8::try_from(time.hour()).unwrap_or_default();
        let minute = u8::try_from(time.minute()).unwrap_or_default();
        input::Time::try_new(hour, minute, 0, 0)
            .map(|time| with_plain_spaces(formatter.format(&time)))
            .unwrap_or_default()
    }

    /// Returns `1 event`, `5 events`.
    #[must_use]
    pub(crate) fn plural(&self, message: Plural, n: usize) -> String {
        // CLDR's plural rules of these four languages: French has 0 with 1.
        let is_one = n == 1 || (n == 0 && self.language == Language::French);
        fill(if is_one { message.one } else { message.other }, &[("n", &n.to_string())])
    }

    /// Returns `1st`, `22nd`, `13th`.
    #[must_use]
    pub(crate) fn ordinal_number(&self, n: u16) -> String {
        let Plural { one, two, few, other } = self.ordinal;
        // CLDR's ordinal rules: only English has more than "1" and the others.
        let message = match (self.language, n % 10, n % 100) {
            (Language::English, _, 11..=13) => other,
            (Language::English, 1, _) => one,
            (Language::English, 2, _) => two.unwrap_or(other),
            (Language::English, 3, _) => few.unwrap_or(other),
            _ if n == 1 => one,
            _ => other,
        };
        fill(message, &[("n", &n.to_string())])
    }

    /// Returns `a, b and c`.
    #[must_use]
    pub fn list(&self, names: &[impl AsRef<str>]) -> String {
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        match &names[..] {
            [] => String::new(),
            [one] => (*one).to_owned(),
            [all @ .., last] => fill(self.and, &[("list", &all.join(", ")), ("last", last)]),
        }
    }
}

/// A date on a weekday: 5 January 2026 was a Monday.
fn date_on(day: Weekday) -> Date {
    Date::new(2026, 1, 5 + day.to_monday_zero_offset()).unwrap_or(Date::MIN)
}

fn gregorian(date: Date) -> input::Date<Gregorian> {
    let (month, day) = (u8::try_from(date.month()).unwrap_or(1), u8::try_from(date.day()).unwrap_or(1));
    input::Date::try_new_gregorian(i32::from(date.year()), month, day).expect("ICU has every date of jiff")
}

/// Replaces the narrow spaces of CLDR, which some fonts lack.
fn with_plain_spaces(text: impl std::fmt::Display) -> String {
    text.to_string().replace('\u{202f}', "\u{a0}")
}
