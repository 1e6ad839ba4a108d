//! One request to one response: a plain function, so that tests ask it without a socket.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};

use super::conditional::{fields, is_unmodified};
use super::fields::head_of;
use super::negotiate::{accepted, language};
use crate::digest::VERSION;
use crate::model::language::Language;
use crate::model::route::{Route, RouteError};
use crate::publish::document::{Accepted, Document, Encoding, Kind};
use crate::publish::headers::{Answer, IMMUTABLE, PAGE_POLICY};
use crate::publish::missing::Missing;
use crate::publish::snapshot::Snapshot;

/// The longest request target, in bytes.
pub const LONGEST_TARGET: usize = 8 << 10;

const ALLOW: &str = "GET, HEAD, OPTIONS";
static FOR_EVER: HeaderValue = HeaderValue::from_static(IMMUTABLE);
/// The endings of addresses whose answers are for programs.
const FOR_PROGRAMS: [&str; 11] =
    ["ics", "rss", "atom", "json", "txt", "xml", "css", "js", "svg", "png", "ico"];

/// Answers a request out of a snapshot. The order is that of RFC 9110: the message is well-formed, the
/// method is known, the target has a document, the client lacks it.
#[must_use]
pub fn respond(snapshot: &Snapshot, request: &Request<()>) -> Response<Bytes> {
    respond_at(Pace::Any, snapshot, request).expect("at any pace there is an answer")
}

/// The same, unless something is to be rendered for it, or packed, that takes longer than its way here did.
#[must_use]
pub fn respond_at_once(snapshot: &Snapshot, request: &Request<()>) -> Option<Response<Bytes>> {
    respond_at(Pace::AtOnce, snapshot, request)
}

/// How long an answer may take.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    Any,
    AtOnce,
}

fn respond_at(pace: Pace, snapshot: &Snapshot, request: &Request<()>) -> Option<Response<Bytes>> {
    let mut response = match refusal(request) {
        Some(refused) => refused,
        None => answer(pace, snapshot, request)?,
    };
    if *request.method() == Method::HEAD {
        // RFC 9110 §9.3.2: the headers of GET, its length among them, and no content.
        let length = response.body().len();
        if !response.headers().contains_key(header::CONTENT_LENGTH)
            && response.status() != StatusCode::NOT_MODIFIED
        {
            set(response.headers_mut(), header::CONTENT_LENGTH, &length.to_string());
        }
        *response.body_mut() = Bytes::new();
    }
    Some(response)
}

/// The answer when too many requests that take long wait already (RFC 9110 §15.6.4).
#[must_use]
pub fn busy() -> Response<Bytes> {
    let mut busy = text(StatusCode::SERVICE_UNAVAILABLE, "Too much is asked at once. Please ask again.");
    fix(busy.headers_mut(), header::RETRY_AFTER, "2");
    busy
}

/// The answer to a request that we failed at (RFC 9110 §15.6.1).
#[must_use]
pub fn failed() -> Response<Bytes> {
    text(StatusCode::INTERNAL_SERVER_ERROR, "This program failed at that request, and goes on with others.")
}

/// What cannot be answered whatever the snapshot holds.
fn refusal(request: &Request<()>) -> Option<Response<Bytes>> {
    let headers = request.headers();
    let target = request.uri();
    // RFC 9112 §6.3: after a body that nobody reads the connection cannot be trusted; it is closed.
    let has_length = fields(headers, header::CONTENT_LENGTH).any(|length| length.as_bytes() != b"0");
    if has_length || fields(headers, header::TRANSFER_ENCODING).next().is_some() {
        let mut refused = text(StatusCode::BAD_REQUEST, "Requests here have no body.");
        set(refused.headers_mut(), header::CONNECTION, "close");
        return Some(refused);
    }
    // RFC 9112 §3.2: exactly one Host in HTTP/1.1, and a valid one.
    if request.version() == http::Version::HTTP_11 && !has_one_host(headers) {
        return Some(text(StatusCode::BAD_REQUEST, "A request names exactly one host."));
    }
    let long = target.path_and_query().is_some_and(|target| target.as_str().len() > LONGEST_TARGET);
    if long {
        return Some(text(StatusCode::URI_TOO_LONG, "The address is too long."));
    }
    match *request.method() {
        Method::GET | Method::HEAD => None,
        Method::OPTIONS => {
            let mut allowed = Response::new(Bytes::new());
            *allowed.status_mut() = StatusCode::NO_CONTENT;
            set(allowed.headers_mut(), header::ALLOW, ALLOW);
            set(allowed.headers_mut(), header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
            set(allowed.headers_mut(), header::ACCESS_CONTROL_ALLOW_METHODS, ALLOW);
            Some(allowed)
        }
        // RFC 9110 §15.5.6.
        _ => {
            let mut refused =
                text(StatusCode::METHOD_NOT_ALLOWED, "Documents here are read, with GET or HEAD.");
            set(refused.headers_mut(), header::ALLOW, ALLOW);
            Some(refused)
        }
    }
}

fn has_one_host(headers: &HeaderMap) -> bool {
    let mut hosts = fields(headers, header::HOST);
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    host.to_str().is_ok_and(is_host)
}

/// Whether a text may be a host and its port.
fn is_host(host: &str) -> bool {
    let port_good = match host.rsplit_once(':') {
        Some((_, port)) if !port.ends_with(']') => port.is_empty() || port.parse::<u16>().is_ok(),
        _ => true,
    };
    port_good && host.bytes().all(|byte| HOST_BYTES[usize::from(byte)])
}

/// The bytes that a host and its port may have (RFC 3986 §3.2.2).
static HOST_BYTES: [bool; 256] = {
    let (mut bytes, mut byte) = ([false; 256], 0u8);
    while byte < 128 {
        bytes[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    let (marks, mut at) = (b"-._~:[]%!$&'()*+,;=", 0);
    while at < marks.len() {
        bytes[marks[at] as usize] = true;
        at += 1;
    }
    bytes
};

fn answer(pace: Pace, snapshot: &Snapshot, request: &Request<()>) -> Option<Response<Bytes>> {
    let target = request.uri();
    let address = target.path_and_query().map_or("", http::uri::PathAndQuery::as_str);
    let accepted = accepted(request.headers());
    let known = snapshot.at(address);
    // Pages are there in several languages; the site's own has the address alone for its key.
    let is_page = known.as_ref().is_none_or(|(_, document)| document.language.is_some());
    let site = &snapshot.site().settings;
    let language = if is_page { language(request.headers(), site) } else { snapshot.language() };
    let foreign = (language != snapshot.language()).then(|| format!("{} {address}", language.tag()));
    let known = foreign.as_ref().map_or(known, |key| snapshot.at(key));
    if let Some((route, document)) = known {
        let is_soon = pace == Pace::Any
            || document.is_ready(document.offered(accepted))
            || is_unmodified(request.headers(), &document, document.offered(accepted));
        return is_soon.then(|| with_document(&document, request, &route, accepted));
    }
    let is_soon = pace == Pace::Any || snapshot.is_quick(address, accepted);
    let key = foreign.as_deref().unwrap_or(address);
    is_soon.then(|| first_answer(snapshot, request, (key, language), accepted))
}

/// Answers what was not asked for before.
fn first_answer(
    snapshot: &Snapshot,
    request: &Request<()>,
    (key, language): (&str, Language),
    accepted: Accepted,
) -> Response<Bytes> {
    let target = request.uri();
    let address = target.path_and_query().map_or("", http::uri::PathAndQuery::as_str);
    let lacking = |missing: &Missing, more: &str| lacking(snapshot, target.path(), language, (missing, more));
    let route = match Route::parse(target.path(), target.query()) {
        Ok(route) => route,
        Err(RouteError::Moved(address)) => {
            return moved(snapshot, &address, "This document has an address without a slash at its end.");
        }
        Err(RouteError::Malformed(why)) => {
            return text(StatusCode::BAD_REQUEST, &format!("This address cannot be read: {why}."));
        }
        Err(RouteError::Filter(error)) => return lacking(&Missing::filter(), &format!(" ({error}.)")),
        Err(RouteError::Unknown) => return lacking(&Missing::address(), ""),
    };
    if let Some(now) = snapshot.renamed(&route) {
        return moved(snapshot, &now.to_string(), "This region or topic has another name now.");
    }
    let key = if route.is_page() { key } else { address };
    if let Some(document) = passing_at(snapshot, key, &route, accepted) {
        return with_document(&document, request, &route, accepted);
    }
    match snapshot.enter(key, route, language) {
        Ok((route, document)) => with_document(&document, request, &route, accepted),
        Err(missing) => lacking(&missing, ""),
    }
}

/// The document at the address of a combination for which nobody asked lately. What is packed takes so long to make
/// that it is kept, and not for passing.
fn passing_at(
    snapshot: &Snapshot,
    address: &str,
    route: &Route,
    accepted: Accepted,
) -> Option<Arc<Document>> {
    // What is not there is told of elsewhere.
    if accepted.gzip || !snapshot.is_passing(address, route) { None } else { snapshot.passing(route).ok() }
}

/// The answer where there is nothing (RFC 9110 §15.5.5): a page for people, plain text for programs, by the address.
fn lacking(
    snapshot: &Snapshot,
    path: &str,
    language: Language,
    (missing, more): (&Missing, &str),
) -> Response<Bytes> {
    let ending = path.rsplit(['/', '.']).next().unwrap_or_default();
    let is_for_programs = path.contains('.') && FOR_PROGRAMS.contains(&ending);
    let words = snapshot.words(if is_for_programs { snapshot.language() } else { language });
    if is_for_programs {
        return text(StatusCode::NOT_FOUND, &format!("{}{more}", missing.in_full(&words)));
    }
    let sentence = format!("{}{more}", missing.sentence(&words));
    let page = snapshot.problem(&words, &sentence, missing.nearest());
    let mut response = told("text/html; charset=utf-8", page);
    *response.status_mut() = StatusCode::NOT_FOUND;
    let headers = response.headers_mut();
    fix(headers, header::CONTENT_LANGUAGE, language.tag());
    fix(headers, header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
    response
}

/// RFC 9110 §15.4.2: calendar programs keep the new address.
fn moved(snapshot: &Snapshot, address: &str, sentence: &str) -> Response<Bytes> {
    let mut moved = text(StatusCode::MOVED_PERMANENTLY, sentence);
    set(moved.headers_mut(), header::LOCATION, &snapshot.site().settings.local(address));
    moved
}

fn with_document(
    document: &Document,
    request: &Request<()>,
    route: &Route,
    accepted: Accepted,
) -> Response<Bytes> {
    let encoding = document.offered(accepted);
    let is_unmodified = is_unmodified(request.headers(), document, encoding);
    let answer = if is_unmodified { Answer::Unmodified } else { Answer::Whole };
    let head = document.heads.of(answer, encoding, || head_of(document, answer, encoding));
    let mut response = Response::new(Bytes::new());
    *response.headers_mut() = head.into_owned();
    if let Some(query) = request.uri().query() {
        add_asked(response.headers_mut(), document, route, (answer, query));
    }
    *response.status_mut() = answer.status();
    if answer == Answer::Whole {
        *response.body_mut() = document.body(encoding).clone();
    }
    response
}

/// What the query of an address asks for beside the document.
fn add_asked(headers: &mut HeaderMap, document: &Document, route: &Route, (answer, query): (Answer, &str)) {
    // What is named by its content never changes (RFC 8246).
    let tag = || document.tag(Encoding::Identity).get(1..=VERSION);
    let named = query.strip_prefix("v=");
    if document.kind == Kind::File && named.is_some_and(|named| tag() == Some(named)) {
        headers.insert(header::CACHE_CONTROL, FOR_EVER.clone());
    }
    if let Some(name) = download_name(route, query).filter(|_| answer == Answer::Whole) {
        set(headers, header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""));
    }
}

/// The name of the file for those who asked with `?download=1`: calendars only, and a name that no header
/// can be broken with.
fn download_name(route: &Route, query: &str) -> Option<String> {
    let asked = query.split('&').any(|part| part == "download=1");
    if !asked || !matches!(route, Route::Calendar(_) | Route::EventCalendar(_)) {
        return None;
    }
    let address = route.to_string();
    let stem = crate::slug::slug(address.trim_start_matches("/f/").trim_end_matches(".ics"));
    Some(format!("{}.ics", if stem.is_empty() { "calendar" } else { &stem }))
}

/// A sentence in plain text, kept by nobody.
fn text(status: StatusCode, sentence: &str) -> Response<Bytes> {
    let mut response = told("text/plain; charset=utf-8", format!("{sentence}\n"));
    *response.status_mut() = status;
    response
}

/// What is so now, kept by nobody.
pub(super) fn told(media_type: &'static str, text: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(text));
    let length = HeaderValue::from(response.body().len());
    let headers = response.headers_mut();
    fix(headers, header::CONTENT_TYPE, media_type);
    fix(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    fix(headers, header::CACHE_CONTROL, "no-store");
    headers.insert(header::CONTENT_LENGTH, length);
    response
}

/// Sets a header; a value that is none, which ours never are, is left out rather than sent broken.
fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Sets a header to what it always is.
fn fix(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
