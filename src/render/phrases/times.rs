//! Dates and times of an event: `Tuesday, May 12, 2026, 6:00 PM – 8:00 PM CDT`.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use crate::i18n::{Localizer, fill};
use crate::model::when::When;

impl Localizer {
    /// Returns the day of an instant in a zone: `May 12, 2026`.
    #[must_use]
    pub fn day_of(&self, at: Timestamp, zone: &TimeZone) -> String {
        self.day(zone.to_datetime(at).date())
    }

    /// Returns an instant in a zone as seen from a day: `today at 2:05 PM`, `yesterday at 9:40 PM`,
    /// `on May 12, 2026 at 9:40 PM`.
    #[must_use]
    pub fn lately(&self, at: Timestamp, zone: &TimeZone, today: Date) -> String {
        let at = zone.to_datetime(at);
        let (date, time) = (at.date(), self.time(at.time()));
        let message = if date == today {
            self.today_at
        } else if date.tomorrow().is_ok_and(|next| next == today) {
            self.yesterday_at
        } else {
            self.day_at
        };
        fill(message, &[("date", &self.day(date)), ("time", &time)])
    }

    /// Returns the hours of an event on its first day: `18:00–20:00 CDT`, `all day`, `until Wednesday, May 13, 2026`.
    #[must_use]
    pub fn hours(&self, when: &When) -> String {
        match when {
            When::Days { first, last } if first == last => self.all_day.to_owned(),
            When::Days { last, .. } => fill(self.until, &[("date", &self.date(*last))]),
            When::Hours { start, end } => self.clock_times(start, end),
        }
    }

    fn clock_times(&self, start: &ZonedDateTime, end: &ZonedDateTime) -> String {
        let zone = start.time_zone();
        let name = zone.to_offset_info(start.timestamp()).abbreviation().to_owned();
        let name = if name.starts_with(['+', '-']) { format!("UTC{name}") } else { name };
        let from = self.time(start.time());
        if end <= start {
            return format!("{from} {name}");
        }
        let to = self.time(end.time());
        // An end after midnight needs no date; the end of an event of several days does.
        let overnight = end.date() == start.date()
            || start.date().tomorrow().is_ok_and(|next| next == end.date() && end.time() < start.time());
        if !overnight {
            return format!("{from} – {}, {to} {name}", self.date(end.date()));
        }
        let dash = if from.contains(char::is_whitespace) { " – " } else { "–" };
        format!("{from}{dash}{to} {name}")
    }

    /// Returns `Tuesday, May 12, 2026, 6:00 PM – 8:00 PM CDT`.
    #[must_use]
    pub fn when(&self, when: &When) -> String {
        match when {
            When::Days { first, last } if first == last => self.date(*first),
            When::Days { first, last } => format!("{} – {}", self.date(*first), self.date(*last)),
            When::Hours { .. } => format!("{}, {}", self.date(when.first_day()), self.hours(when)),
        }
    }
}

/// Returns the times of an event in another zone; `None` for whole days.
#[must_use]
pub(in crate::render) fn in_zone(when: &When, zone: &TimeZone) -> Option<When> {
    match when {
        When::Days { .. } => None,
        When::Hours { start, end } => Some(When::Hours {
            start: start.with_time_zone(zone.clone()),
            end: end.with_time_zone(zone.clone()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::repeat::Repeat;
    use crate::model::settings::Settings;
    use jiff::civil::{Time, Weekday, date as day_of};

    fn localizer(tag: &str) -> Localizer {
        Localizer::for_site(&Settings { language: tag.to_owned(), ..Settings::default() })
    }

    fn series(tag: &str, rule: &str) -> String {
        let first = When::Days { first: day_of(2026, 5, 12), last: day_of(2026, 5, 12) };
        let (clock, rule) = (Time::midnight(), rule.parse().unwrap());
        localizer(tag).series(&Repeat { clock, rule, except: vec![], also: vec![] }, &first)
    }

    #[test]
    fn a_recurrence_is_written_in_each_language() {
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
            assert_eq!(series("en", rule), expected);
        }
        let days = "FREQ=MONTHLY;BYMONTHDAY=1,2,3,11,22,-2,-3";
        for (tag, expected) in [
            ("en", "Every month on the 1st, 2nd, 3rd, 11th, 22nd, 2nd to last and 3rd to last"),
            ("es", "Cada mes, el 1.º, 2.º, 3.º, 11.º, 22.º, penúltimo y 3.º desde el final"),
            ("fr", "Chaque mois, le 1er, 2e, 3e, 11e, 22e, avant-dernier et 3e avant la fin"),
            ("de", "Jeden Monat am 1., 2., 3., 11., 22., vorletzten und 3. vom Ende"),
        ] {
            assert_eq!(series(tag, days), expected);
        }
        let second = "FREQ=MONTHLY;BYDAY=2TU;UNTIL=20260630";
        assert_eq!(series("de-AT", second), "Jeden Monat am 2. Dienstag, bis 9. Juni 2026");
        assert_eq!(series("es", second), "Cada mes, el 2.º martes, hasta el 9 de junio de 2026");
        assert_eq!(series("fr", second), "Chaque mois, le 2e mardi, jusqu’au 9 juin 2026");
        assert_eq!(series("de", "FREQ=DAILY;BYMONTH=3,5"), "Jeden Tag im März und Mai");
        assert_eq!(series("es", "FREQ=DAILY;BYMONTH=3"), "Cada día en marzo");
    }

    #[test]
    fn a_time_names_its_zone() {
        let zone = crate::ical::zone::named("America/Chicago").unwrap();
        let at = |hour| crate::model::when::place(day_of(2026, 5, 12).at(hour, 0, 0, 0), &zone).unwrap();
        let event = When::Hours { start: at(18), end: at(20) };
        assert_eq!(localizer("en-GB").when(&event), "Tuesday, 12 May 2026, 18:00–20:00 CDT");
        assert_eq!(localizer("en").when(&event), "Tuesday, May 12, 2026, 6:00\u{a0}PM – 8:00\u{a0}PM CDT");
        assert_eq!(localizer("de").hours(&in_zone(&event, &TimeZone::UTC).unwrap()), "23:00–01:00 UTC");
    }

    #[test]
    fn a_language_without_messages_falls_back_to_english() {
        assert_eq!(localizer("fa").date(day_of(2026, 5, 12)), "Tuesday, May 12, 2026");
        assert_eq!(localizer("no such tag").tag, "en");
        assert_eq!(localizer("en").first_weekday(), Weekday::Sunday);
        assert_eq!(localizer("de").first_weekday(), Weekday::Monday);
    }

    #[test]
    fn french_counts_zero_as_one() {
        let count = |tag, n| localizer(tag).plural(localizer(tag).count, n);
        assert_eq!([0, 1, 2].map(|n| count("fr", n)), ["0 événement", "1 événement", "2 événements"]);
        assert_eq!([0, 1, 2].map(|n| count("es", n)), ["0 eventos", "1 evento", "2 eventos"]);
    }
}
