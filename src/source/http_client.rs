//! HTTP client for tables, probes and WebSub hubs: GET with recorded redirects, and form posts. Blocking, with limits on
//! time, size and redirects.

#![expect(clippy::disallowed_methods, reason = "an edge: deadlines need the clock")]

use std::time::{Duration, Instant};

use bytes::Bytes;
use ureq::Agent;
use ureq::config::AutoHeaderValue;
use ureq::http::{HeaderMap, StatusCode, header};

use crate::diagnostic::{chain, visible};

/// Default value of `User-Agent`.
pub const USER_AGENT: &str = concat!("calcast/", env!("CARGO_PKG_VERSION"));
/// Longest time for a request, redirects included.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Largest response body, in bytes.
const MAX_BODY: u64 = 64 << 20;
const MAX_REDIRECTS: usize = 10;

/// A response, after all redirects.
#[derive(Clone, Debug)]
pub struct HttpResponse {
    /// Status code.
    pub status: StatusCode,
    /// Redirects in order: status code, and the address they lead to.
    pub redirects: Vec<(u16, String)>,
    /// The address that answered.
    pub url: String,
    headers: HeaderMap,
    /// Body without its content encoding.
    pub body: Bytes,
}

impl HttpResponse {
    /// Returns the value of a header, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Error of a request, as a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct HttpError(pub String);

impl From<ureq::Error> for HttpError {
    fn from(error: ureq::Error) -> HttpError {
        HttpError(visible(&chain(&error)))
    }
}

/// Sends a GET request with additional headers and follows redirects. No `Accept` is sent unless given.
///
/// # Errors
///
/// Returns an error if there is no complete response within the limits. Any status code is a response.
pub fn get(url: &str, headers: &[(&str, &str)]) -> Result<HttpResponse, HttpError> {
    let (agent, deadline) = (agent(), Instant::now() + TIMEOUT);
    let (mut url, mut redirects) = (url.to_owned(), Vec::new());
    loop {
        let mut request = agent.get(&url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let response = request.config().timeout_global(Some(left)).build().call()?;
        let status = response.status();
        let location = response.headers().get(header::LOCATION).and_then(|location| location.to_str().ok());
        match location.filter(|_| status.is_redirection() && status != StatusCode::NOT_MODIFIED) {
            Some(_) if redirects.len() >= MAX_REDIRECTS => {
                return Err(HttpError(format!("{url} leads on more than {MAX_REDIRECTS} times")));
            }
            Some(location) => {
                url = resolve(&url, location);
                redirects.push((status.as_u16(), url.clone()));
            }
            None => {
                let (parts, mut body) = response.into_parts();
                let body = body.with_config().limit(MAX_BODY).read_to_vec()?.into();
                return Ok(HttpResponse { status, redirects, url, headers: parts.headers, body });
            }
        }
    }
}

/// Posts a form and returns the status code. Redirects are not followed.
///
/// # Errors
///
/// Returns an error if there is no response.
pub fn post_form(url: &str, form: &[(&str, &str)]) -> Result<StatusCode, HttpError> {
    Ok(agent().post(url).send_form(form.iter().copied())?.status())
}

fn agent() -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .max_redirects(0)
        .http_status_as_error(false)
        .accept(AutoHeaderValue::None)
        .user_agent(USER_AGENT);
    config.build().into()
}

/// Resolves a `Location` against the address that sent it (RFC 3986 §5).
fn resolve(base: &str, location: &str) -> String {
    if location.contains("://") {
        return location.to_owned();
    }
    let (scheme, rest) = base.split_once("://").unwrap_or(("https", base));
    let host = rest.split('/').next().unwrap_or_default();
    if let Some(other_host) = location.strip_prefix("//") {
        return format!("{scheme}://{other_host}");
    }
    match location.strip_prefix('/') {
        Some(path) => format!("{scheme}://{host}/{path}"),
        None => {
            let folder = rest.rsplit_once('/').map_or(host, |(folder, _)| folder);
            format!("{scheme}://{folder}/{location}")
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn locations_are_resolved() {
        for (base, location, wanted) in [
            ("https://a.org/b/c.ics", "d.ics", "https://a.org/b/d.ics"),
            ("https://a.org/b/c.ics", "/d.ics", "https://a.org/d.ics"),
            ("https://a.org", "d.ics", "https://a.org/d.ics"),
            ("https://a.org/b", "//c.org/d", "https://c.org/d"),
            ("https://a.org/b", "http://c.org/d", "http://c.org/d"),
        ] {
            assert_eq!(super::resolve(base, location), wanted);
        }
    }
}
