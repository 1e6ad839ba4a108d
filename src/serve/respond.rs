//! One request to one response: a plain function that tests call without a socket.

use std::net::{Ipv6Addr, SocketAddrV6};

use bytes::Bytes;
use http::header::{self, HeaderMap};
use http::{Method, Request, Response, StatusCode};

use super::conditional::is_not_modified;
use super::negotiate;
use super::responses::{self, set, set_text, text, uncached};
use crate::digest::VERSION;
use crate::i18n::language::Language;
use crate::model::route::{self, Route, RouteError};
use crate::publish::document::{CacheClass, Document, Encoding};
use crate::publish::headers::{CALENDAR, IMMUTABLE, PAGE_POLICY};
use crate::publish::not_found::NotFound;
use crate::publish::routes;
use crate::publish::snapshot::{DocumentKey, Snapshot};
use crate::slug::slug;

/// The longest request target in bytes.
pub const MAX_TARGET: usize = 8 << 10;

const ALLOW: &str = "GET, HEAD, OPTIONS";

/// The `route` label of a response in metrics, an extension of responses to known routes.
#[derive(Clone, Copy, Debug)]
pub struct RouteLabel(pub &'static str);

/// How long answering may take.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Budget {
    Unlimited,
    AboutAMillisecond,
}

/// Answers a request from a snapshot.
#[must_use]
pub fn respond(snapshot: &Snapshot, request: &Request<()>) -> Response<Bytes> {
    answer(snapshot, request, Budget::Unlimited).expect("without a limit there is an answer")
}

/// Answers a request, or returns none if that takes longer than about a millisecond: then [`respond`] is to be called
/// on another thread.
#[must_use]
pub fn respond_at_once(snapshot: &Snapshot, request: &Request<()>) -> Option<Response<Bytes>> {
    answer(snapshot, request, Budget::AboutAMillisecond)
}

/// Returns 503 for requests that are refused because too many are rendered already (RFC 9110 §15.6.4).
#[must_use]
pub fn busy() -> Response<Bytes> {
    let mut busy = text(StatusCode::SERVICE_UNAVAILABLE, "Too much is asked at once. Please ask again.");
    set(busy.headers_mut(), header::RETRY_AFTER, "2");
    busy
}

/// Returns 500 for requests that panicked (RFC 9110 §15.6.1).
#[must_use]
pub fn failed() -> Response<Bytes> {
    text(StatusCode::INTERNAL_SERVER_ERROR, "This program failed at that request, and goes on with others.")
}

/// Checks, in the order of RFC 9110, that the request is well-formed, that its method is known, that the target has a
/// document, and that the client does not have it.
fn answer(snapshot: &Snapshot, request: &Request<()>, budget: Budget) -> Option<Response<Bytes>> {
    let mut response = match refuse(request) {
        Some(refused) => refused,
        None => answer_get(snapshot, request, budget)?,
    };
    if *request.method() == Method::HEAD {
        // RFC 9110 §9.3.2: the headers of GET, Content-Length included, without the content.
        *response.body_mut() = Bytes::new();
    }
    Some(response)
}

/// Answers requests that fail or succeed whatever the snapshot holds.
pub(super) fn refuse(request: &Request<()>) -> Option<Response<Bytes>> {
    let headers = request.headers();
    // RFC 9112 §6.3: the connection is closed, because the body is not read.
    let has_length = headers.get_all(header::CONTENT_LENGTH).iter().any(|length| length.as_bytes() != b"0");
    if has_length || headers.contains_key(header::TRANSFER_ENCODING) {
        let mut refused = text(StatusCode::BAD_REQUEST, "Requests here have no body.");
        set(refused.headers_mut(), header::CONNECTION, "close");
        return Some(refused);
    }
    if request.version() == http::Version::HTTP_11 && !has_one_host(headers) {
        return Some(text(StatusCode::BAD_REQUEST, "A request names exactly one host."));
    }
    if request.uri().path_and_query().is_some_and(|target| target.as_str().len() > MAX_TARGET) {
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
            let sentence = "Documents here are read, with GET or HEAD.";
            let mut refused = text(StatusCode::METHOD_NOT_ALLOWED, sentence);
            set(refused.headers_mut(), header::ALLOW, ALLOW);
            Some(refused)
        }
    }
}

/// Returns whether there is exactly one valid `Host` (RFC 9112 §3.2).
fn has_one_host(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    host.to_str().is_ok_and(is_host)
}

/// Returns whether a text is a host with or without a port (RFC 3986 §3.2.2).
fn is_host(text: &str) -> bool {
    if text.contains(['[', ']']) {
        return text.parse::<SocketAddrV6>().is_ok() || is_bracketed(text);
    }
    let has_valid_port = match text.rsplit_once(':') {
        Some((_, port)) => port.is_empty() || port.parse::<u16>().is_ok(),
        _ => true,
    };
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:%!$&'()*+,;=".contains(&byte);
    has_valid_port && text.bytes().all(is_valid)
}

/// Returns whether a text is an IPv6 address in brackets.
fn is_bracketed(text: &str) -> bool {
    let address = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}

fn answer_get(snapshot: &Snapshot, request: &Request<()>, budget: Budget) -> Option<Response<Bytes>> {
    let route = match Route::parse(request.uri().path(), request.uri().query()) {
        Ok(route) => route,
        Err(error) => return Some(no_route(snapshot, request, error)),
    };
    let (label, is_page) = {
        let info = routes::info(&route);
        (RouteLabel(info.label), info.is_page())
    };
    let language = if is_page { preferred_language(snapshot, request) } else { snapshot.language() };
    let key = DocumentKey { route, language };
    let mut response = match snapshot.renamed(&key.route) {
        Some(current) => moved(snapshot, &current.to_string(), "This region or topic has another name now."),
        None => answer_document(snapshot, request, &key, budget)?,
    };
    response.extensions_mut().insert(label);
    Some(response)
}

/// Looks the document up, selects its encoding, and compares the validators of the client.
fn answer_document(
    snapshot: &Snapshot,
    request: &Request<()>,
    key: &DocumentKey,
    budget: Budget,
) -> Option<Response<Bytes>> {
    let headers = request.headers();
    let found = match snapshot.cached(key) {
        Some(document) => Ok(document),
        None if budget == Budget::Unlimited || snapshot.is_quick(&key.route) => snapshot.document_of(key),
        None => return None,
    };
    let document = match found {
        Ok(document) => document,
        Err(error) => return Some(not_found(snapshot, request, &error, "")),
    };
    let encoding = document.select_encoding(negotiate::accepted(headers));
    let mut response = if is_not_modified(headers, &document, encoding) {
        responses::not_modified(&document, encoding)
    } else if budget == Budget::Unlimited || document.is_quick(encoding) {
        responses::ok(&document, encoding)
    } else {
        return None;
    };
    apply_query(&mut response, &document, &key.route, request.uri().query().unwrap_or_default());
    Some(response)
}

fn preferred_language(snapshot: &Snapshot, request: &Request<()>) -> Language {
    negotiate::language(request.headers(), &snapshot.site().settings)
}

/// Returns the response to an address that does not parse as a route.
fn no_route(snapshot: &Snapshot, request: &Request<()>, error: RouteError) -> Response<Bytes> {
    match error {
        RouteError::Moved(address) => {
            moved(snapshot, &address, "This document has an address without a slash at its end.")
        }
        RouteError::Malformed(why) => {
            text(StatusCode::BAD_REQUEST, &format!("This address cannot be read: {why}."))
        }
        RouteError::Filter(error) => {
            not_found(snapshot, request, &NotFound::filter(), &format!(" ({error}.)"))
        }
        RouteError::Unknown => not_found(snapshot, request, &NotFound::address(), ""),
    }
}

/// Returns 404 (RFC 9110 §15.5.5): a page for people, plain text for programs.
fn not_found(snapshot: &Snapshot, request: &Request<()>, error: &NotFound, detail: &str) -> Response<Bytes> {
    let path = request.uri().path();
    let extension = path.rsplit(['/', '.']).next().unwrap_or_default();
    if path.contains('.') && route::is_for_programs(extension) {
        let l10n = snapshot.localizer(snapshot.language());
        return text(StatusCode::NOT_FOUND, &format!("{}{detail}", error.full_sentence(&l10n)));
    }
    let language = preferred_language(snapshot, request);
    let page = snapshot.not_found_page(language, error, detail);
    let mut response = uncached(route::HTML, page);
    *response.status_mut() = StatusCode::NOT_FOUND;
    set(response.headers_mut(), header::CONTENT_LANGUAGE, language.tag());
    set(response.headers_mut(), header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
    response
}

/// Returns 301, after which calendar programs keep the new address (RFC 9110 §15.4.2).
fn moved(snapshot: &Snapshot, address: &str, sentence: &str) -> Response<Bytes> {
    let mut moved = text(StatusCode::MOVED_PERMANENTLY, sentence);
    set_text(moved.headers_mut(), header::LOCATION, &snapshot.site().settings.href(address));
    moved
}

/// Adds the headers of the query parameters `v` and `download`.
fn apply_query(response: &mut Response<Bytes>, document: &Document, route: &Route, query: &str) {
    let is_ok = response.status() == StatusCode::OK;
    let headers = response.headers_mut();
    // A file whose address contains its version never changes (RFC 8246).
    let version = document.tag(Encoding::Identity).get(1..=VERSION);
    let is_versioned = query.strip_prefix("v=").is_some_and(|asked| version == Some(asked));
    if document.cache_class == CacheClass::File && is_versioned {
        set(headers, header::CACHE_CONTROL, IMMUTABLE);
    }
    if is_ok && document.media_type == CALENDAR && query.split('&').any(|part| part == "download=1") {
        let name = file_name(route);
        set_text(headers, header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""));
    }
}

/// Returns the name under which a calendar is saved: a slug, which a header can carry.
fn file_name(route: &Route) -> String {
    let address = route.to_string();
    let stem = slug(address.trim_start_matches("/f/").trim_end_matches(".ics"));
    format!("{}.ics", if stem.is_empty() { "calendar" } else { &stem })
}
