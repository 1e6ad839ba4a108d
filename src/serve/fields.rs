//! The fields of each answer that a document has, as hyper takes them and as HTTP/1.1 writes them.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::publish::document::{Document, Encoding, Kind};
use crate::publish::headers::{self, Answer, REFERRER_POLICY};

/// More fields than a response has.
const FIELDS: usize = 15;
/// How many bytes the fields of an answer usually have.
const USUAL: usize = 512;

/// The value of a field.
enum Said<'d> {
    Always(&'static str),
    Shared(&'d Bytes),
    Once(String),
}

/// Tells each field of an answer. RFC 9110 §15.4.5: a 304 carries what the 200 would have carried of the first.
fn each<'d>(
    document: &'d Document,
    answer: Answer,
    encoding: Encoding,
    mut tell: impl FnMut(HeaderName, Said<'d>),
) {
    tell(header::ETAG, Said::Shared(document.tag_bytes(encoding)));
    tell(header::LAST_MODIFIED, Said::Shared(document.last_modified_bytes()));
    tell(header::CACHE_CONTROL, Said::Always(headers::cache_control(document.kind)));
    match (document.is_compressible(), document.language) {
        (_, Some(_)) => tell(header::VARY, Said::Always("Accept-Encoding, Accept-Language")),
        (true, None) => tell(header::VARY, Said::Always("Accept-Encoding")),
        (false, None) => {}
    }
    if document.kind != Kind::Page {
        tell(header::ACCESS_CONTROL_ALLOW_ORIGIN, Said::Always("*"));
    }
    if let Some(links) = document.links() {
        tell(header::LINK, Said::Shared(links));
    }
    if answer == Answer::Unmodified {
        return;
    }
    tell(header::CONTENT_TYPE, Said::Always(document.media_type));
    tell(header::X_CONTENT_TYPE_OPTIONS, Said::Always("nosniff"));
    match headers::policy(document) {
        None => {}
        Some(Cow::Borrowed(policy)) => tell(header::CONTENT_SECURITY_POLICY, Said::Always(policy)),
        Some(Cow::Owned(policy)) => tell(header::CONTENT_SECURITY_POLICY, Said::Once(policy)),
    }
    if let Some(language) = document.language {
        tell(header::CONTENT_LANGUAGE, Said::Always(language));
    }
    if document.kind == Kind::Page {
        tell(header::REFERRER_POLICY, Said::Always(REFERRER_POLICY));
    }
    if let Some(name) = encoding.name() {
        tell(header::CONTENT_ENCODING, Said::Always(name));
    }
    tell(header::CONTENT_LENGTH, Said::Once(document.body(encoding).len().to_string()));
}

/// The fields of an answer. A value that is none, which ours never are, is left out rather than sent broken.
pub fn head_of(document: &Document, answer: Answer, encoding: Encoding) -> HeaderMap {
    let mut fields = HeaderMap::with_capacity(FIELDS);
    each(document, answer, encoding, |name, said| {
        let value = match said {
            Said::Always(value) => Ok(HeaderValue::from_static(value)),
            Said::Shared(value) => HeaderValue::from_maybe_shared(value.clone()),
            Said::Once(value) => HeaderValue::try_from(value),
        };
        if let Ok(value) = value {
            fields.insert(name, value);
        }
    });
    fields
}

/// The same after their status line, as HTTP/1.1 writes them (RFC 9112 §4, §5).
pub fn lines_of(document: &Document, answer: Answer, encoding: Encoding) -> Bytes {
    let status = answer.status();
    let mut lines = Vec::with_capacity(USUAL);
    for part in ["HTTP/1.1 ", status.as_str(), " ", status.canonical_reason().unwrap_or_default(), "\r\n"] {
        lines.extend_from_slice(part.as_bytes());
    }
    each(document, answer, encoding, |name, said| {
        let (value, is_ours) = match &said {
            Said::Always(value) => (value.as_bytes(), true),
            Said::Shared(value) => (&value[..], false),
            Said::Once(value) => (value.as_bytes(), false),
        };
        if is_ours || value.iter().fold(true, |all, byte| all & is_visible(*byte)) {
            push_field(&mut lines, name.as_str(), value);
        }
    });
    lines.into()
}

/// Adds a field to the lines of a head.
pub fn push_field(lines: &mut Vec<u8>, name: &str, value: &[u8]) {
    for part in [name.as_bytes(), b": ", value, b"\r\n"] {
        lines.extend_from_slice(part);
    }
}

/// Whether a byte may stand in the value of a field, and is ASCII (RFC 9110 §5.5).
pub const fn is_visible(byte: u8) -> bool {
    (byte.wrapping_sub(b' ') <= b'~' - b' ') | (byte == b'\t')
}
