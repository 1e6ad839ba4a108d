//! HTTP for buckets: the client that fetches tables, so that the program has one.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::BodyExt as _;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
    HttpService,
};
use ureq::Agent;

/// How long one request may take.
const LONGEST: Duration = Duration::from_secs(120);
/// How long it may take until there is a connection.
const LONGEST_CONNECT: Duration = Duration::from_secs(10);
/// The largest answer: lists come in pages of a thousand, and a manifest has a line for each document.
const LARGEST: u64 = 1 << 30;

/// Makes clients.
#[derive(Debug)]
pub(super) struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let agent: Agent = Agent::config_builder()
            .timeout_global(Some(LONGEST))
            .timeout_connect(Some(LONGEST_CONNECT))
            .max_redirects(0)
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .user_agent(concat!("calcast/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        Ok(HttpClient::new(Transport(agent)))
    }
}

struct Transport(Agent);

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}

#[async_trait]
impl HttpService for Transport {
    /// Waits for the answer: each hand of an export has a runtime of its own, and nothing else to do meanwhile.
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let answer = self.0.run(http::Request::from_parts(parts, &body[..])).map_err(failed)?;
        let (parts, mut body) = answer.into_parts();
        let bytes = body.with_config().limit(LARGEST).read_to_vec().map_err(failed)?;
        Ok(http::Response::from_parts(parts, HttpResponseBody::from(bytes)))
    }
}

/// What went wrong, so that it is known whether it is worth another try.
fn failed(error: ureq::Error) -> HttpError {
    let kind = match &error {
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => HttpErrorKind::Connect,
        ureq::Error::Timeout(_) => HttpErrorKind::Timeout,
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            HttpErrorKind::Connect
        }
        ureq::Error::Io(_) | ureq::Error::Protocol(_) => HttpErrorKind::Interrupted,
        _ => HttpErrorKind::Unknown,
    };
    HttpError::new(kind, error)
}
