//! Conditional requests (RFC 9110 §13): whether the client has these bytes already.

use http::header::{HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH};

use crate::http_date;
use crate::publish::document::{Document, Encoding};

/// Whether a GET or HEAD is to be answered 304. RFC 9110 §13.2.2: If-None-Match decides where it is given;
/// If-Modified-Since only without it.
#[must_use]
pub fn is_unmodified(headers: &HeaderMap, document: &Document, encoding: Encoding) -> bool {
    let mut tags = fields(headers, IF_NONE_MATCH).peekable();
    if tags.peek().is_some() {
        let tag = document.tag(encoding);
        return tags.filter_map(|value| value.to_str().ok()).any(|list| lists(list, tag));
    }
    // RFC 9110 §13.1.3: more than one date, or one that is none, is ignored.
    let mut dates = fields(headers, IF_MODIFIED_SINCE);
    let (Some(date), None) = (dates.next(), dates.next()) else { return false };
    is_current(&Conditions { tags: None, date: date.to_str().ok() }, document, encoding)
}

/// What a client says that it has, each said once at most.
#[derive(Debug, Default)]
pub struct Conditions<'r> {
    /// `If-None-Match`.
    pub tags: Option<&'r str>,
    /// `If-Modified-Since`.
    pub date: Option<&'r str>,
}

/// Whether what a client has is the document in an encoding.
#[must_use]
pub fn is_current(conditions: &Conditions<'_>, document: &Document, encoding: Encoding) -> bool {
    if let Some(list) = conditions.tags {
        // Most send back the tag that they were told.
        return list.as_bytes() == document.tag_bytes(encoding) || lists(list, document.tag(encoding));
    }
    let Some(date) = conditions.date else { return false };
    // Most send back what they were told.
    date.as_bytes() == document.last_modified_bytes()
        || http_date::parse(date).is_some_and(|since| document.changed.as_second() <= since.as_second())
}

/// The fields of a name. Requests have few fields, and going through them takes less than one look into the map.
pub(super) fn fields(headers: &HeaderMap, wanted: HeaderName) -> impl Iterator<Item = &HeaderValue> {
    headers.iter().filter(move |(name, _)| **name == wanted).map(|(_, value)| value)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::document::Kind;
    use http::HeaderValue;
    use jiff::Timestamp;

    fn headers(name: http::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    fn document(changed: i64) -> Document {
        let changed = Timestamp::from_second(changed).unwrap();
        Document::new("text/plain", Kind::Page, changed, "x".repeat(1_000))
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
            let asked = headers(IF_NONE_MATCH, &list);
            assert_eq!(is_unmodified(&asked, &document, Encoding::Identity), expected, "{list}");
            let packed = is_unmodified(&asked, &document, Encoding::Gzip);
            assert_eq!(packed, list == "*", "{list}");
        }
    }

    #[test]
    fn dates_count_without_tags_only() {
        let document = document(1_778_608_800);
        let is_same = |headers: &HeaderMap| is_unmodified(headers, &document, Encoding::Identity);
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
