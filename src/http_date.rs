//! Dates of HTTP (RFC 9110 §5.6.7): `Tue, 12 May 2026 18:00:00 GMT`.

use std::time::{Duration, UNIX_EPOCH};

use jiff::Timestamp;

/// Formats an instant as an IMF-fixdate, in whole seconds. Instants before 1970 are written as 1970-01-01.
#[must_use]
pub fn print(at: Timestamp) -> String {
    let seconds = at.as_second().max(0).unsigned_abs();
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
}

/// Parses a date in any of the three forms of RFC 9110 §5.6.7.
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    Timestamp::try_from(httpdate::parse_http_date(text.trim()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn all_three_forms_are_parsed() {
        let at = Timestamp::from_second(1_778_608_800).unwrap();
        assert_eq!(print(at), "Tue, 12 May 2026 18:00:00 GMT");
        for text in
            ["Tue, 12 May 2026 18:00:00 GMT", "Tuesday, 12-May-26 18:00:00 GMT", "Tue May 12 18:00:00 2026"]
        {
            assert_eq!(parse(text), Some(at), "{text}");
        }
        assert_eq!(parse("yesterday"), None);
        assert_eq!(parse(""), None);
        assert_eq!(print(Timestamp::MIN), "Thu, 01 Jan 1970 00:00:00 GMT");
    }

    proptest! {
        #[test]
        fn parse_inverts_print(second in 0i64..4_000_000_000) {
            let at = Timestamp::from_second(second).unwrap();
            prop_assert_eq!(parse(&print(at)), Some(at));
        }
    }
}
