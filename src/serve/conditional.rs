//! Conditional requests (RFC 9110 §13): whether the client has these bytes already.

use http::HeaderMap;
use http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH};
use jiff::Timestamp;
use jiff::tz::TimeZone;

const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

/// Whether a GET or HEAD is to be answered 304. RFC 9110 §13.2.2: If-None-Match decides where it is given;
/// If-Modified-Since only without it.
#[must_use]
pub fn is_unmodified(headers: &HeaderMap, tag: &str, changed: Timestamp) -> bool {
    let mut tags = headers.get_all(IF_NONE_MATCH).iter().peekable();
    if tags.peek().is_some() {
        return tags.filter_map(|value| value.to_str().ok()).any(|list| lists(list, tag));
    }
    // RFC 9110 §13.1.3: more than one date, or one that is none, is ignored.
    let mut dates = headers.get_all(IF_MODIFIED_SINCE).iter();
    let (Some(date), None) = (dates.next(), dates.next()) else { return false };
    date.to_str().ok().and_then(parse_date).is_some_and(|since| changed.as_second() <= since.as_second())
}

/// Weak comparison (RFC 9110 §8.8.3.2) with each tag of a list, or `*`. Commas may stand inside a tag.
fn lists(list: &str, tag: &str) -> bool {
    let mut rest = list.trim();
    if rest == "*" {
        return true;
    }
    loop {
        rest = rest.trim_start_matches([',', ' ', '\t']);
        let opaque = rest.strip_prefix("W/").unwrap_or(rest);
        let Some(end) = opaque.strip_prefix('"').and_then(|inner| inner.find('"')) else { return false };
        if opaque[..end + 2] == *tag {
            return true;
        }
        rest = &opaque[end + 2..];
    }
}

/// `Tue, 12 May 2026 18:00:00 GMT` (RFC 9110 §5.6.7, IMF-fixdate).
#[must_use]
pub fn http_date(at: Timestamp) -> String {
    TimeZone::UTC.to_datetime(at).strftime(HTTP_DATE).to_string()
}

fn parse_date(text: &str) -> Option<Timestamp> {
    // The two obsolete forms of RFC 9110 §5.6.7 are read as well.
    const FORMS: [&str; 3] = [HTTP_DATE, "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    FORMS.iter().find_map(|form| {
        let at = jiff::civil::DateTime::strptime(form, text.trim()).ok()?;
        TimeZone::UTC.to_timestamp(at).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(name: http::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn tags_are_compared_weakly_in_lists() {
        let at = Timestamp::UNIX_EPOCH;
        for (list, expected) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"x\", \"a\"", true),
            ("\"x,\\\"y\",\"a\"", false),
            ("\"x,y\" , W/\"a\"", true),
            ("*", true),
            ("a", false),
            ("\"b\"", false),
            ("\"a", false),
            ("", false),
        ] {
            assert_eq!(is_unmodified(&headers(IF_NONE_MATCH, list), "\"a\"", at), expected, "{list}");
        }
    }

    #[test]
    fn dates_count_without_tags_only() {
        let at = Timestamp::from_second(1_778_608_800).unwrap();
        assert_eq!(http_date(at), "Tue, 12 May 2026 18:00:00 GMT");
        assert!(is_unmodified(&headers(IF_MODIFIED_SINCE, "Tue, 12 May 2026 18:00:00 GMT"), "\"a\"", at));
        assert!(is_unmodified(&headers(IF_MODIFIED_SINCE, "Tuesday, 12-May-26 18:00:00 GMT"), "\"a\"", at));
        assert!(is_unmodified(&headers(IF_MODIFIED_SINCE, "Tue May 12 18:00:00 2026"), "\"a\"", at));
        assert!(!is_unmodified(&headers(IF_MODIFIED_SINCE, "Tue, 12 May 2026 17:59:59 GMT"), "\"a\"", at));
        assert!(!is_unmodified(&headers(IF_MODIFIED_SINCE, "yesterday"), "\"a\"", at));
        let mut both = headers(IF_MODIFIED_SINCE, "Tue, 12 May 2026 18:00:00 GMT");
        both.insert(IF_NONE_MATCH, HeaderValue::from_static("\"b\""));
        assert!(!is_unmodified(&both, "\"a\"", at));
    }
}
