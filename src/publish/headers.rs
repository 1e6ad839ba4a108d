//! What is said of a document beside its bytes and its tag: how long a copy of it stays good, and what it may do in
//! a browser. `serve` says it of each answer; an export hands it on to whoever serves its files.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{HeaderMap, StatusCode};

use super::document::{Document, Encoding, Kind};

/// What a document may do in a browser but be framed.
macro_rules! policy {
    ($ancestors:literal) => {
        concat!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; ",
            "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors ",
            $ancestors
        )
    };
}

/// The Content Security Policy of whatever no other website may show in a frame.
pub const PAGE_POLICY: &str = policy!("'self'");
const FRAME_POLICY: &str = policy!("");
/// The media type of calendars (RFC 5545 §8.1).
pub const CALENDAR: &str = "text/calendar; charset=utf-8";
/// The Referrer Policy of pages.
pub const REFERRER_POLICY: &str = "strict-origin-when-cross-origin";
/// `Cache-Control` of what is named by its content: it never changes (RFC 8246).
pub const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// `Cache-Control` (RFC 9111 §5.2, RFC 5861) of a kind of documents.
#[must_use]
pub const fn cache_control(kind: Kind) -> &'static str {
    match kind {
        Kind::Feed => "public, max-age=900, stale-while-revalidate=3600, stale-if-error=604800",
        Kind::Page => "public, max-age=300, stale-while-revalidate=3600, stale-if-error=604800",
        Kind::File => "public, max-age=86400, stale-while-revalidate=604800, stale-if-error=604800",
    }
}

/// The Content Security Policy of a document: of all that a browser may show. It hands a calendar on to others.
#[must_use]
pub fn policy(document: &Document) -> Option<Cow<'static, str>> {
    if document.media_type == CALENDAR {
        return None;
    }
    Some(match document.ancestors() {
        None => Cow::Borrowed(PAGE_POLICY),
        Some(ancestors) => Cow::Owned(format!("{FRAME_POLICY}{}", String::from_utf8_lossy(ancestors))),
    })
}

/// What a document is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Its bytes.
    Whole,
    /// That the client has them (RFC 9110 §15.4.5).
    Unmodified,
}

impl Answer {
    /// The status of an answer.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Answer::Whole => StatusCode::OK,
            Answer::Unmodified => StatusCode::NOT_MODIFIED,
        }
    }
}

/// The header fields of each answer that a document has, kept once it is given a second time: of addresses that are
/// asked for once there is no end.
#[derive(Debug, Default)]
pub struct Heads {
    was_given: AtomicBool,
    fields: [[OnceLock<HeaderMap>; 3]; 2],
}

impl Heads {
    /// Those of an answer in an encoding.
    pub fn of(
        &self,
        answer: Answer,
        encoding: Encoding,
        make: impl FnOnce() -> HeaderMap,
    ) -> Cow<'_, HeaderMap> {
        if !self.was_given.swap(true, Ordering::Relaxed) {
            return Cow::Owned(make());
        }
        Cow::Borrowed(self.fields[answer as usize][encoding as usize].get_or_init(make))
    }
}
