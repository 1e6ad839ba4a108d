//! Fetches an address as calendar programs and feed readers do: with their names and headers, redirects followed one
//! by one, and the same thing twice.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use ureq::Agent;
use ureq::config::AutoHeaderValue;
use ureq::http::{HeaderMap, Response, header};

use crate::model::finding::Program;

/// How long one request may take.
const LONGEST: Duration = Duration::from_secs(20);
/// The most bytes that are taken of an answer.
const LARGEST: u64 = 64 << 20;
/// The most redirects that are followed.
const MOST_REDIRECTS: usize = 10;

/// What a program says of itself, and which types it asks for.
const fn manner(program: Program) -> (&'static str, Option<&'static str>) {
    match program {
        // Google says nothing of types.
        Program::Google => ("Google-Calendar-Importer", None),
        Program::Outlook => ("Microsoft.Exchange/15.20 (Microsoft.Exchange.OData)", Some("*/*")),
        Program::Apple => ("macOS/15.1 (24B83) dataaccessd/1.0", Some("text/calendar, */*;q=0.1")),
        Program::Thunderbird => (
            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0",
            Some("text/calendar,text/plain;q=0.8,*/*;q=0.5"),
        ),
        Program::Reader => ("NetNewsWire (RSS Reader; https://netnewswire.com/)", Some("*/*")),
    }
}

/// What an address answered in the end.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The status.
    pub status: u16,
    /// The addresses that led on, in order, with their status.
    pub hops: Vec<(u16, String)>,
    /// The address that answered.
    pub address: String,
    headers: HeaderMap,
    /// The content, unpacked.
    pub bytes: Bytes,
}

impl Visit {
    /// A header, or nothing.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What a request is made on condition of (RFC 9110 §13.1).
#[derive(Clone, Debug, Default)]
pub struct Condition {
    /// `If-None-Match`.
    pub tag: Option<String>,
    /// `If-Modified-Since`.
    pub modified: Option<String>,
}

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchError(String);

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FetchError {}

/// Asks an address as a program does, or asks plainly.
///
/// # Errors
/// When nobody answers, or not as HTTP has it.
pub fn visit(address: &str, program: Option<Program>, condition: &Condition) -> Result<Visit, FetchError> {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(LONGEST))
        .max_redirects(0)
        .http_status_as_error(false)
        // What the client would say by itself is left to the program that it stands for.
        .accept(AutoHeaderValue::None)
        .build()
        .into();
    let (mut address, mut hops) = (address.to_owned(), Vec::new());
    loop {
        let response = ask(&agent, &address, program, condition)?;
        let status = response.status().as_u16();
        let to = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
        match to.filter(|_| (300..400).contains(&status) && status != 304) {
            Some(to) if hops.len() < MOST_REDIRECTS => {
                let next = resolved(&address, to);
                hops.push((status, next.clone()));
                address = next;
            }
            Some(_) => {
                return Err(FetchError(format!("{address} leads on more than {MOST_REDIRECTS} times")));
            }
            None => {
                let headers = response.headers().clone();
                let mut body = response.into_body();
                let bytes =
                    body.with_config().limit(LARGEST).read_to_vec().map_err(|error| refused(&error))?;
                return Ok(Visit { status, hops, address, headers, bytes: bytes.into() });
            }
        }
    }
}

fn ask(
    agent: &Agent,
    address: &str,
    program: Option<Program>,
    condition: &Condition,
) -> Result<Response<ureq::Body>, FetchError> {
    // All of them take gzip; who asks plainly sees whether it is sent to those who do not.
    let (name, accept, encodings) = match program.map(manner) {
        Some((name, accept)) => (name, accept, "gzip"),
        None => (concat!("calcast/", env!("CARGO_PKG_VERSION")), Some("*/*"), "identity"),
    };
    let mut request =
        agent.get(address).header(header::USER_AGENT, name).header(header::ACCEPT_ENCODING, encodings);
    if let Some(accept) = accept {
        request = request.header(header::ACCEPT, accept);
    }
    for (name, value) in
        [(header::IF_NONE_MATCH, &condition.tag), (header::IF_MODIFIED_SINCE, &condition.modified)]
    {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    request.call().map_err(|error| refused(&error))
}

fn refused(error: &ureq::Error) -> FetchError {
    FetchError(crate::diagnostic::visible(&crate::diagnostic::chain(error)))
}

/// An address as the answer of another one names it (RFC 3986 §5): whole, or from its root, or beside it.
fn resolved(from: &str, to: &str) -> String {
    if to.contains("://") {
        return to.to_owned();
    }
    let (scheme, rest) = from.split_once("://").unwrap_or(("https", from));
    let host = rest.split('/').next().unwrap_or_default();
    if let Some(other) = to.strip_prefix("//") {
        return format!("{scheme}://{other}");
    }
    match to.strip_prefix('/') {
        Some(path) => format!("{scheme}://{host}/{path}"),
        None => {
            let folder = rest.rsplit_once('/').map_or(host, |(folder, _)| folder);
            format!("{scheme}://{folder}/{to}")
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn addresses_lead_on_as_they_are_meant() {
        for (from, to, wanted) in [
            ("https://a.org/b/c.ics", "d.ics", "https://a.org/b/d.ics"),
            ("https://a.org/b/c.ics", "/d.ics", "https://a.org/d.ics"),
            ("https://a.org", "d.ics", "https://a.org/d.ics"),
            ("https://a.org/b", "//c.org/d", "https://c.org/d"),
            ("https://a.org/b", "http://c.org/d", "http://c.org/d"),
        ] {
            assert_eq!(super::resolved(from, to), wanted);
        }
    }
}
