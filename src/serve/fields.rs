//! The header fields of each answer that a document has.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::publish::document::{Document, Encoding, Kind};
use crate::publish::headers::{self, Answer, REFERRER_POLICY};

/// More fields than a response has.
const FIELDS: usize = 15;

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
