//! Header values of documents: caching, security policies, media types. `serve` sends them, `export`
//! passes them to the host of its files.

use std::borrow::Cow;

use super::document::{CacheClass, Document};

macro_rules! policy {
    ($ancestors:literal) => {
        concat!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; ",
            "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors ",
            $ancestors
        )
    };
}

/// The Content Security Policy of documents that no other site may frame.
pub const PAGE_POLICY: &str = policy!("'self'");
const FRAME_POLICY: &str = policy!("");
/// The media type of calendars (RFC 5545 §8.1).
pub const CALENDAR: &str = "text/calendar; charset=utf-8";
/// The Referrer Policy of pages.
pub const REFERRER_POLICY: &str = "strict-origin-when-cross-origin";
/// The Referrer Policy of pages whose address is a secret.
pub const PRIVATE_REFERRER_POLICY: &str = "no-referrer";
/// `Cache-Control` of a file whose address contains its version (RFC 8246).
pub const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Returns the `Cache-Control` (RFC 9111 §5.2, RFC 5861) of a class of documents.
#[must_use]
pub const fn cache_control(class: CacheClass) -> &'static str {
    match class {
        CacheClass::Feed => "public, max-age=900, stale-while-revalidate=3600, stale-if-error=604800",
        CacheClass::Page => "public, max-age=300, stale-while-revalidate=3600, stale-if-error=604800",
        CacheClass::File => "public, max-age=86400, stale-while-revalidate=604800, stale-if-error=604800",
        CacheClass::Private => "no-store",
    }
}

/// Returns the Content Security Policy of a document. Calendars have none: browsers do not show them.
#[must_use]
pub fn policy(document: &Document) -> Option<Cow<'static, str>> {
    match &document.frame_ancestors {
        _ if document.media_type == CALENDAR => None,
        None => Some(Cow::Borrowed(PAGE_POLICY)),
        Some(ancestors) => Some(Cow::Owned(format!("{FRAME_POLICY}{ancestors}"))),
    }
}
