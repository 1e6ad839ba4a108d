//! Probe: fetches an address as calendar programs and feed readers do, and reports the problems of each.

use super::http_client::{HttpError, HttpResponse, USER_AGENT, get};
use crate::diagnostic::{Severity, visible};
use crate::model::finding::{Answer, ClientProgram, Finding, merge};
use crate::read::{lint, robots};

/// Result of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The response to a plain request.
    pub answer: Answer,
    /// Programs that would subscribe to the address.
    pub programs: &'static [ClientProgram],
    /// Their problems, the worst first.
    pub findings: Vec<Finding>,
}

/// Probes an address.
///
/// # Errors
///
/// Returns an error if a plain request has no response.
pub fn probe(url: &str) -> Result<Probe, HttpError> {
    let first = get_plain(url)?;
    let programs: &[ClientProgram] =
        if is_feed(&first) { &[ClientProgram::Reader] } else { &ClientProgram::CALENDARS };
    let mut findings: Vec<Finding> =
        programs.iter().flat_map(|program| check_first_request(url, *program)).collect();
    findings.extend(check_headers(&first, programs));
    findings.extend(check_second_request(&first, programs));
    if programs.contains(&ClientProgram::Google) {
        findings.extend(check_robots(&first));
        if first.status == 200 {
            findings.extend(lint::calendar(&first.body));
        }
    }
    let answer = Answer {
        address: first.url.clone(),
        status: first.status.as_u16(),
        media_type: first.header("content-type").unwrap_or("no type").to_owned(),
        length: first.body.len(),
        hops: first.redirects,
    };
    Ok(Probe { answer, programs, findings: merge(findings) })
}

/// Returns whether an address answers 200 OK.
#[must_use]
pub fn is_good(url: &str) -> bool {
    get_plain(url).is_ok_and(|response| response.status == 200)
}

/// Fetches an address without offering encodings, which shows whether they are sent to clients that offer none.
fn get_plain(url: &str) -> Result<HttpResponse, HttpError> {
    get_with(url, None)
}

fn get_with(url: &str, condition: Option<(&str, &str)>) -> Result<HttpResponse, HttpError> {
    let mut headers = vec![("user-agent", USER_AGENT), ("accept-encoding", "identity"), ("accept", "*/*")];
    headers.extend(condition);
    get(url, &headers)
}

/// Fetches an address with the headers of a program.
fn get_as(program: ClientProgram, url: &str) -> Result<HttpResponse, HttpError> {
    let (user_agent, accept) = match program {
        // Google's importer sends no Accept.
        ClientProgram::Google => ("Google-Calendar-Importer", None),
        ClientProgram::Outlook => ("Microsoft.Exchange/15.20 (Microsoft.Exchange.OData)", Some("*/*")),
        ClientProgram::Apple => ("macOS/15.1 (24B83) dataaccessd/1.0", Some("text/calendar, */*;q=0.1")),
        ClientProgram::Thunderbird => (
            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0",
            Some("text/calendar,text/plain;q=0.8,*/*;q=0.5"),
        ),
        ClientProgram::Reader => ("NetNewsWire (RSS Reader; https://netnewswire.com/)", Some("*/*")),
    };
    let mut headers = vec![("user-agent", user_agent), ("accept-encoding", "gzip")];
    headers.extend(accept.map(|accept| ("accept", accept)));
    get(url, &headers)
}

/// Returns whether a response is a feed of articles rather than a calendar, by its media type.
fn is_feed(response: &HttpResponse) -> bool {
    let media_type = response.header("content-type").unwrap_or_default();
    ["rss", "atom", "feed+json", "text/xml", "application/xml"].iter().any(|part| media_type.contains(part))
}

/// Fetches the address as one program, for the first time.
fn check_first_request(url: &str, program: ClientProgram) -> Vec<Finding> {
    let only = [program];
    let response = match get_as(program, url) {
        Ok(response) => response,
        Err(why) => return vec![Finding::new(Severity::Error, &only, format!("no answer: {why}"))],
    };
    let mut findings = Vec::new();
    let mut add = |severity, text: String| findings.push(Finding::new(severity, &only, text));
    let status = response.status.as_u16();
    match status {
        200 => {}
        401 | 403 => add(
            Severity::Error,
            format!(
                "the answer is {status}: programs cannot log in, and a wall against robots keeps them out as well"
            ),
        ),
        404 | 410 => add(Severity::Error, format!("the answer is {status}: nothing is there")),
        other => add(Severity::Error, format!("the answer is {other}")),
    }
    let media_type = response.header("content-type").unwrap_or_default().to_ascii_lowercase();
    if status == 200 && program != ClientProgram::Reader && !media_type.starts_with("text/calendar") {
        let severity = if program == ClientProgram::Outlook { Severity::Error } else { Severity::Warning };
        let media_type = visible(&media_type);
        add(severity, format!("the type is \"{media_type}\", and should be text/calendar; charset=utf-8"));
    }
    if response.redirects.iter().any(|(_, to)| to.starts_with("http://")) && url.starts_with("https://") {
        add(Severity::Error, "a redirect leads from https to http".to_owned());
    }
    if response.redirects.len() > 3 {
        add(Severity::Warning, format!("{} redirects, one after the other", response.redirects.len()));
    }
    findings
}

/// Checks the address and the headers.
fn check_headers(response: &HttpResponse, programs: &[ClientProgram]) -> Vec<Finding> {
    let has = |name: &str| response.header(name).is_some();
    let is_packed = response.header("content-encoding").is_some_and(|encoding| encoding != "identity");
    let media_type = response.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let has_charset = media_type.contains("charset=utf-8") || response.body.is_ascii();
    let disposition = response.header("content-disposition").unwrap_or_default();
    let is_plain_http = response.url.starts_with("http://") && !response.url.starts_with("http://127.");
    let checks: [(bool, Severity, &[ClientProgram], &str); 8] = [
        (
            is_plain_http,
            Severity::Warning,
            programs,
            "the address is http: some programs refuse it, and anybody on the way can change it",
        ),
        (
            response.url.contains('&'),
            Severity::Warning,
            &[ClientProgram::Google],
            "the address has an & in it, where links to calendars are cut off: use a path",
        ),
        (
            is_packed,
            Severity::Error,
            &[ClientProgram::Outlook],
            "the answer is packed for who did not ask for that",
        ),
        (
            !has_charset,
            Severity::Warning,
            &[ClientProgram::Outlook],
            "the type names no charset=utf-8, and letters such as é may come out wrong",
        ),
        (
            disposition.starts_with("attachment"),
            Severity::Warning,
            &[ClientProgram::Apple],
            "Content-Disposition: attachment makes browsers download a copy instead of subscribing",
        ),
        (has("set-cookie"), Severity::Note, programs, "it sets a cookie, which no program keeps"),
        (
            !has("etag") && !has("last-modified"),
            Severity::Warning,
            programs,
            "neither ETag nor Last-Modified: everything is sent at every look",
        ),
        (
            has("etag") && !has("last-modified"),
            Severity::Warning,
            &[ClientProgram::Apple],
            "no Last-Modified, by which it asks for what is new",
        ),
    ];
    let concerns = |affected: &[ClientProgram]| affected.iter().any(|program| programs.contains(program));
    let found = checks.into_iter().filter(|(is_found, _, affected, _)| *is_found && concerns(affected));
    found.map(|(_, severity, affected, text)| Finding::new(severity, affected, text)).collect()
}

/// Fetches the address again: the bytes should be the same, and conditional requests answered with 304.
fn check_second_request(first: &HttpResponse, programs: &[ClientProgram]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if first.status != 200 {
        return findings;
    }
    let mut add = |text: String| findings.push(Finding::new(Severity::Warning, programs, text));
    match get_plain(&first.url) {
        Ok(second) if second.body != first.body => {
            let difference = first_difference(&first.body, &second.body);
            add(format!(
                "two answers in a row are not the same ({difference}): each look seems to bring changes"
            ));
        }
        Ok(_) => {}
        Err(why) => add(format!("the second request had no answer: {why}")),
    }
    for (condition, validator) in [("If-None-Match", "etag"), ("If-Modified-Since", "last-modified")] {
        let Some(value) = first.header(validator) else { continue };
        let got = match get_with(&first.url, Some((condition, value))) {
            Ok(response) if response.status == 304 => continue,
            Ok(response) => response.status.as_u16().to_string(),
            Err(why) => why.to_string(),
        };
        add(format!("{condition} is answered with {got} and not with 304: everything is sent at every look"));
    }
    findings
}

/// Returns the first line of the second text that differs, or else the numbers of lines.
fn first_difference(first: &[u8], second: &[u8]) -> String {
    let (first, second) = (String::from_utf8_lossy(first), String::from_utf8_lossy(second));
    match first.lines().zip(second.lines()).find(|(one, other)| one != other) {
        Some((_, line)) => visible(line),
        None => format!("{} lines, then {}", first.lines().count(), second.lines().count()),
    }
}

/// Checks whether robots.txt (RFC 9309) excludes Google, which obeys it for calendars too.
fn check_robots(first: &HttpResponse) -> Option<Finding> {
    let (scheme, rest) = first.url.split_once("://").unwrap_or(("https", ""));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let google = &[ClientProgram::Google];
    let Ok(robots) = get_as(ClientProgram::Google, &format!("{scheme}://{host}/robots.txt")) else {
        let text = "robots.txt has no answer, and nothing is fetched until it has one";
        return Some(Finding::new(Severity::Warning, google, text));
    };
    let status = robots.status.as_u16();
    if status >= 500 {
        let text = format!("robots.txt answers {status}, and nothing is fetched until it does not");
        return Some(Finding::new(Severity::Error, google, text));
    }
    let is_allowed =
        status != 200 || robots::allows(&String::from_utf8_lossy(&robots.body), &format!("/{path}"));
    let text = "robots.txt forbids the address, and that is obeyed for calendars: allow it";
    (!is_allowed).then(|| Finding::new(Severity::Error, google, text))
}
