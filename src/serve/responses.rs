//! Responses: documents with their headers, and short texts that are not cached.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};

use crate::publish::document::{CacheClass, Document, Encoding};
use crate::publish::headers::{self, REFERRER_POLICY};

/// Returns 200 with the body of a document in an encoding.
pub fn ok(document: &Document, encoding: Encoding) -> Response<Bytes> {
    let mut response = not_modified(document, encoding);
    let headers = response.headers_mut();
    set(headers, header::CONTENT_TYPE, document.media_type);
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if let Some(policy) = headers::policy(document) {
        set_text(headers, header::CONTENT_SECURITY_POLICY, &policy);
    }
    if let Some(language) = document.language {
        set(headers, header::CONTENT_LANGUAGE, language);
    }
    if document.cache_class == CacheClass::Page {
        set(headers, header::REFERRER_POLICY, REFERRER_POLICY);
    }
    if let Some(encoding) = encoding.name() {
        set(headers, header::CONTENT_ENCODING, encoding);
    }
    let body = document.body(encoding).clone();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    *response.body_mut() = body;
    *response.status_mut() = StatusCode::OK;
    response
}

/// Returns 304, with the headers that a 200 would have for caches (RFC 9110 §15.4.5).
pub fn not_modified(document: &Document, encoding: Encoding) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    headers.reserve(16);
    set_text(headers, header::ETAG, document.tag(encoding));
    set_text(headers, header::LAST_MODIFIED, document.last_modified());
    set(headers, header::CACHE_CONTROL, headers::cache_control(document.cache_class));
    match (document.is_compressible(), document.language) {
        (_, Some(_)) => set(headers, header::VARY, "Accept-Encoding, Accept-Language"),
        (true, None) => set(headers, header::VARY, "Accept-Encoding"),
        (false, None) => {}
    }
    if matches!(document.cache_class, CacheClass::Feed | CacheClass::File) {
        set(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    }
    if let Some(links) = &document.links {
        set_text(headers, header::LINK, links);
    }
    response
}

/// Returns a sentence in plain text that is not cached.
pub fn text(status: StatusCode, sentence: &str) -> Response<Bytes> {
    let mut response = uncached("text/plain; charset=utf-8", format!("{sentence}\n"));
    *response.status_mut() = status;
    response
}

/// Returns 200 with a text that is not cached.
pub fn uncached(media_type: &'static str, text: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(text.into());
    let length = HeaderValue::from(response.body().len());
    let headers = response.headers_mut();
    set(headers, header::CONTENT_TYPE, media_type);
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::CACHE_CONTROL, "no-store");
    headers.insert(header::CONTENT_LENGTH, length);
    response
}

/// Sets a header to a constant.
pub fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

/// Sets a header, or leaves it out if the value cannot be sent.
pub fn set_text(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
        headers.insert(name, value);
    }
}
