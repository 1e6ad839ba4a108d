//! Conditional requests (RFC 9110 §13): whether the client already has the representation.

use http::header::{HeaderMap, IF_MODIFIED_SINCE, IF_NONE_MATCH};

use crate::http_date;
use crate::publish::document::{Document, Encoding};

/// Returns whether a GET or HEAD is to be answered with 304.
///
/// `If-Modified-Since` counts only without `If-None-Match` (RFC 9110 §13.2.2).
#[must_use]
pub fn is_not_modified(headers: &HeaderMap, document: &Document, encoding: Encoding) -> bool {
    let mut lists = headers.get_all(IF_NONE_MATCH).iter().peekable();
    if lists.peek().is_some() {
        let tag = document.tag(encoding);
        return lists.filter_map(|list| list.to_str().ok()).any(|list| has_tag(list, tag));
    }
    // RFC 9110 §13.1.3: invalid dates and more than one are ignored.
    let mut dates = headers.get_all(IF_MODIFIED_SINCE).iter();
    let (Some(date), None) = (dates.next(), dates.next()) else { return false };
    let since = date.to_str().ok().and_then(http_date::parse);
    since.is_some_and(|since| document.changed.as_second() <= since.as_second())
}

/// Returns whether a list of entity tags holds a tag by weak comparison (RFC 9110 §8.8.3.2), or is `*`. Tags may
/// contain commas.
fn has_tag(list: &str, tag: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::document::{CacheClass, Rendered};
    use http::HeaderValue;
    use jiff::Timestamp;

    fn headers(name: http::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    fn document(changed: i64) -> Document {
        let changed = Timestamp::from_second(changed).unwrap();
        Document::new("text/plain", CacheClass::Page, Rendered::new(changed, "x".repeat(1_000)))
    }

    #[test]
    fn tags_are_compared_weakly_in_lists() {
        let document = document(0);
        let tag = document.tag(Encoding::Identity);
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
            let list = list.replace("\"a\"", tag);
            let headers = headers(IF_NONE_MATCH, &list);
            assert_eq!(is_not_modified(&headers, &document, Encoding::Identity), expected, "{list}");
            let gzip = is_not_modified(&headers, &document, Encoding::Gzip);
            assert_eq!(gzip, list == "*", "{list}");
        }
    }

    #[test]
    fn dates_count_without_tags_only() {
        let document = document(1_778_608_800);
        let is_same = |headers: &HeaderMap| is_not_modified(headers, &document, Encoding::Identity);
        assert_eq!(document.last_modified(), "Tue, 12 May 2026 18:00:00 GMT");
        for (date, expected) in [
            ("Tue, 12 May 2026 18:00:00 GMT", true),
            ("Tue, 12 May 2026 18:00:01 GMT", true),
            ("Tuesday, 12-May-26 18:00:00 GMT", true),
            ("Tue May 12 18:00:00 2026", true),
            ("Tue, 12 May 2026 17:59:59 GMT", false),
            ("yesterday", false),
        ] {
            assert_eq!(is_same(&headers(IF_MODIFIED_SINCE, date)), expected, "{date}");
        }
        let mut both = headers(IF_MODIFIED_SINCE, "Tue, 12 May 2026 18:00:00 GMT");
        both.insert(IF_NONE_MATCH, HeaderValue::from_static("\"b\""));
        assert!(!is_same(&both));
        let mut twice = headers(IF_MODIFIED_SINCE, "Tue, 12 May 2026 18:00:00 GMT");
        twice.append(IF_MODIFIED_SINCE, HeaderValue::from_static("Tue, 12 May 2026 18:00:00 GMT"));
        assert!(!is_same(&twice));
    }
}
