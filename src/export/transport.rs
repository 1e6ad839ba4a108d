//! HTTP client of the object stores, over the same `ureq` as all other requests.

use std::time::Duration;

use async_trait::async_trait;
use http_body_util::BodyExt as _;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
    HttpService,
};
use ureq::Agent;

/// Longest time for one request.
const TIMEOUT: Duration = Duration::from_secs(120);
/// Longest time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest response, in bytes: a manifest has a line for each document.
const MAX_BODY: u64 = 1 << 30;

/// A blocking transport: each thread of an export has one request under way.
#[derive(Clone, Debug)]
pub(super) struct UreqTransport(Agent);

impl UreqTransport {
    pub fn new() -> UreqTransport {
        let config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .max_redirects(0)
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .user_agent(concat!("calcast/", env!("CARGO_PKG_VERSION")));
        UreqTransport(config.build().into())
    }
}

impl HttpConnector for UreqTransport {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for UreqTransport {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let response = self.0.run(http::Request::from_parts(parts, &body[..])).map_err(to_http_error)?;
        let (parts, mut body) = response.into_parts();
        let bytes = body.with_config().limit(MAX_BODY).read_to_vec().map_err(to_http_error)?;
        Ok(http::Response::from_parts(parts, HttpResponseBody::from(bytes)))
    }
}

/// Marks errors that may be gone at the next attempt, which the store then makes.
fn to_http_error(error: ureq::Error) -> HttpError {
    use ureq::Error::{ConnectionFailed, HostNotFound, Io, Protocol, Timeout};
    let is_transient = matches!(error, ConnectionFailed | HostNotFound | Io(_) | Protocol(_) | Timeout(_));
    let kind = if is_transient { HttpErrorKind::Interrupted } else { HttpErrorKind::Unknown };
    HttpError::new(kind, error)
}
