//! HTTP's date and time (RFC 9110 §5.6.7): `Tue, 12 May 2026 18:00:00 GMT`.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::text::pad;

const FIXDATE: &str = "%a, %d %b %Y %H:%M:%S GMT";
/// How many bytes a date has.
const LENGTH: usize = 29;

/// An instant as HTTP writes it, in whole seconds.
#[must_use]
pub fn print(at: Timestamp) -> String {
    const DAYS: [&str; 7] = ["Mon, ", "Tue, ", "Wed, ", "Thu, ", "Fri, ", "Sat, ", "Sun, "];
    const MONTHS: [&str; 12] = [
        " Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ", " Jul ", " Aug ", " Sep ", " Oct ", " Nov ",
        " Dec ",
    ];
    let at = TimeZone::UTC.to_datetime(at);
    let named = |names: &[&'static str], number: i8| {
        usize::try_from(number).ok().and_then(|number| names.get(number)).copied().unwrap_or_default()
    };
    let mut date = String::with_capacity(LENGTH);
    date.push_str(named(&DAYS, at.weekday().to_monday_zero_offset()));
    pad(at.day().into(), 2, &mut date);
    date.push_str(named(&MONTHS, at.month() - 1));
    pad(at.year().into(), 4, &mut date);
    for (gap, number) in [(' ', at.hour()), (':', at.minute()), (':', at.second())] {
        date.push(gap);
        pad(number.into(), 2, &mut date);
    }
    date.push_str(" GMT");
    date
}

/// The instant of a date; the two obsolete forms are read as well.
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    const OBSOLETE: [&str; 2] = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let text = text.trim();
    let form = |form: &str| DateTime::strptime(form, text).ok();
    let at = match text.len() {
        LENGTH => form(FIXDATE).or_else(|| OBSOLETE.iter().find_map(|obsolete| form(obsolete))),
        _ => OBSOLETE.iter().find_map(|obsolete| form(obsolete)),
    };
    TimeZone::UTC.to_timestamp(at?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn all_three_forms_are_read() {
        let at = Timestamp::from_second(1_778_608_800).unwrap();
        assert_eq!(print(at), "Tue, 12 May 2026 18:00:00 GMT");
        for text in
            ["Tue, 12 May 2026 18:00:00 GMT", "Tuesday, 12-May-26 18:00:00 GMT", "Tue May 12 18:00:00 2026"]
        {
            assert_eq!(parse(text), Some(at), "{text}");
        }
        assert_eq!(parse("yesterday"), None);
        assert_eq!(parse(""), None);
    }

    proptest! {
        #[test]
        fn parse_undoes_print(second in 0i64..4_000_000_000) {
            let at = Timestamp::from_second(second).unwrap();
            prop_assert_eq!(print(at), TimeZone::UTC.to_datetime(at).strftime(FIXDATE).to_string());
            prop_assert_eq!(parse(&print(at)), Some(at));
        }
    }
}
