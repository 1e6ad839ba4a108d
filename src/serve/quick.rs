//! What calendar programs ask for again and again, answered from its first bytes: a head that asks by GET for a
//! feed or a file that is known, or for a combination that is put together in no time, and has nothing in it that
//! changes how its connection is used. Whatever else comes is hyper's, from its first byte on; the answers are the
//! same, but for the order of their fields.

#![expect(clippy::disallowed_methods, reason = "an answer is dated (RFC 9110 §6.6.1)")]

use std::mem::MaybeUninit;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::header::{DATE, HeaderName, HeaderValue};
use httparse::{Header, Request, Status};
use jiff::Timestamp;

use super::conditional::{Conditions, is_current};
use super::fields::{is_visible, lines_of, push_field};
use super::line::nameless;
use super::metrics::{Answered, Asked};
use super::negotiate::accepted_of;
use super::respond::{LONGEST_TARGET, is_host, passing};
use crate::http_date;
use crate::publish::body_file::BodyFile;
use crate::publish::document::{Document, Encoding};
use crate::publish::headers::Answer;
use crate::publish::snapshot::Snapshot;
use crate::sound;

/// The most fields of a head that is read here.
const MOST_FIELDS: usize = 32;
/// Up to so many bytes a body is copied behind its head, so that both are one write.
const SMALL: usize = 4 << 10;

/// An answer, ready to be written.
#[derive(Debug)]
pub struct Quick {
    /// The status line and the fields, without a date.
    lines: Bytes,
    body: Bytes,
    /// What the body is of.
    document: Arc<Document>,
    encoding: Encoding,
    /// What was asked, for the counters.
    pub(super) asked: Asked,
    /// How it is answered, for the counters.
    pub(super) answered: Answered,
}

impl Quick {
    /// Its content as a file, where that is long; for a connection on which the system sends files.
    pub(super) fn file(&self) -> Option<Arc<BodyFile>> {
        self.document.files.of(self.encoding, &self.body, nameless)
    }

    /// Its bytes: the head with what is said of this connection, and the content beside it, unless that is short.
    #[must_use]
    pub fn written(self, more: impl Iterator<Item = (HeaderName, HeaderValue)>) -> (Bytes, Bytes) {
        let Quick { lines, body, .. } = self;
        let is_small = body.len() <= SMALL;
        let mut head = Vec::with_capacity(lines.len() + 128 + if is_small { body.len() } else { 0 });
        head.extend_from_slice(&lines);
        push_date(&mut head, Timestamp::now());
        for (name, value) in more {
            push_field(&mut head, name.as_str(), value.as_bytes());
        }
        head.extend_from_slice(b"\r\n");
        if is_small {
            head.extend_from_slice(&body);
            return (head.into(), Bytes::new());
        }
        (head.into(), body)
    }
}

/// The answer to the bytes of a request, if they are a whole one of the usual kind, for a document that is there.
#[must_use]
pub fn answer(snapshot: &Snapshot, bytes: &[u8]) -> Option<Quick> {
    let (mut room, mut request) = ([const { MaybeUninit::uninit() }; MOST_FIELDS], Request::new(&mut []));
    let read = request.parse_with_uninit_headers(bytes, &mut room);
    let Ok(Status::Complete(length)) = read else { return None };
    let (Some("GET"), Some(1), Some(target)) = (request.method, request.version, request.path) else {
        return None;
    };
    if length != bytes.len() || target.len() > LONGEST_TARGET || target.contains(['?', '#']) {
        return None;
    }
    let fields = Fields::of(request.headers)?;
    let accepted = accepted_of(fields.encodings.into_iter());
    let document = match snapshot.at(target) {
        Some((_, document)) => document,
        None => passing(snapshot, target, accepted)?,
    };
    // Pages are there in several languages.
    if document.language.is_some() {
        return None;
    }
    let encoding = document.offered(accepted);
    let answer = match is_current(&fields.conditions, &document, encoding) {
        true => Answer::Unmodified,
        false if document.is_ready(encoding) => Answer::Whole,
        false => return None,
    };
    let lines = document.heads.lines(answer, encoding, || lines_of(&document, answer, encoding));
    let body = match answer {
        Answer::Unmodified => Bytes::new(),
        Answer::Whole => document.body(encoding).clone(),
    };
    let packed = if answer == Answer::Whole { encoding.name() } else { None };
    Some(Quick {
        lines: lines.clone(),
        body,
        document,
        encoding,
        asked: Asked::of(target, fields.agent),
        answered: Answered::of(answer.status(), packed),
    })
}

/// The fields that decide on an answer, each there once at most.
#[derive(Default)]
struct Fields<'h> {
    host: Option<&'h str>,
    agent: Option<&'h str>,
    encodings: Option<&'h str>,
    conditions: Conditions<'h>,
}

impl<'h> Fields<'h> {
    /// `None` where there is anything that is not to be answered here.
    fn of(all: &[Header<'h>]) -> Option<Fields<'h>> {
        let mut fields = Fields::default();
        for Header { name, value } in all {
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            let place = match name.len() {
                4 if is("host") => &mut fields.host,
                10 if is("user-agent") => &mut fields.agent,
                13 if is("if-none-match") => &mut fields.conditions.tags,
                15 if is("accept-encoding") => &mut fields.encodings,
                17 if is("if-modified-since") => &mut fields.conditions.date,
                10 if is("connection") && value.eq_ignore_ascii_case(b"keep-alive") => continue,
                // A body, a switch to another protocol, the end of the connection.
                6 if is("expect") => return None,
                7 if is("upgrade") => return None,
                10 if is("connection") => return None,
                14 if is("content-length") || is("http2-settings") => return None,
                17 if is("transfer-encoding") => return None,
                _ => continue,
            };
            if place.is_some() || !value.iter().fold(true, |all, byte| all & is_visible(*byte)) {
                return None;
            }
            *place = std::str::from_utf8(value).ok();
        }
        fields.host.is_some_and(is_host).then_some(fields)
    }
}

/// Says when the answer was made; what a second is called is kept while it lasts.
fn push_date(lines: &mut Vec<u8>, now: Timestamp) {
    static LAST: Mutex<(i64, String)> = Mutex::new((i64::MIN, String::new()));
    let mut last = sound::lock(&LAST);
    if last.0 != now.as_second() {
        *last = (now.as_second(), http_date::print(now));
    }
    push_field(lines, DATE.as_str(), last.1.as_bytes());
}
