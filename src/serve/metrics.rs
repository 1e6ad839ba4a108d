//! `/metrics` in the OpenMetrics text format: requests, answer times, connections, the state of the folder.
//!
//! Labels have few values, and none of them comes from a client: an address or a user agent is never a label.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, header};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::respond::RouteLabel;
use super::responses::uncached;
use super::status::Health;

/// The upper bounds of the histogram of answer times, in seconds.
const SECONDS: [f64; 10] = [0.000_01, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 1.0];

/// Counters and gauges of this process.
pub struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    seconds: Histogram,
    /// Open connections.
    pub connections: Gauge,
    /// Reloads that failed.
    pub reload_failures: Counter,
    reload_last_success: Gauge,
    events: Gauge,
    held: Gauge,
    left_out: Gauge,
    store: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    route: &'static str,
    status: u32,
    encoding: &'static str,
    client: &'static str,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let mut metrics = Metrics {
            registry: Registry::with_prefix("calcast"),
            requests: Family::default(),
            seconds: Histogram::new(SECONDS),
            connections: Gauge::default(),
            reload_failures: Counter::default(),
            reload_last_success: Gauge::default(),
            events: Gauge::default(),
            held: Gauge::default(),
            left_out: Gauge::default(),
            store: Gauge::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("requests", "Requests by route and answer", metrics.requests.clone());
        registry.register("answer_seconds", "Time to make an answer, in seconds", metrics.seconds.clone());
        registry.register("reload_failures", "Reloads that failed", metrics.reload_failures.clone());
        for (name, help, gauge) in [
            ("connections", "Open connections", &metrics.connections),
            (
                "reload_last_success",
                "Time of the last successful reload, in seconds since 1970",
                &metrics.reload_last_success,
            ),
            ("events", "Published events", &metrics.events),
            ("held_events", "Published events whose rows or tables cannot be read", &metrics.held),
            ("left_out", "Rows and articles that are not published", &metrics.left_out),
            ("store_bytes", "Bytes of cached documents", &metrics.store),
        ] {
            registry.register(name, help, gauge.clone());
        }
        metrics
    }
}

impl Metrics {
    /// Counts an answer and the time it took.
    pub fn count(&self, client: &'static str, response: &Response<Bytes>, took: Duration) {
        let encoding = match response.headers().get(header::CONTENT_ENCODING).map(|name| name.as_bytes()) {
            None => "identity",
            Some(b"br") => "br",
            Some(_) => "gzip",
        };
        let route = response.extensions().get().map_or("other", |RouteLabel(label)| label);
        let labels = Labels { route, status: response.status().as_u16().into(), encoding, client };
        self.requests.get_or_create(&labels).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    /// Records the result of a successful reload.
    pub fn set_health(&self, health: &Health) {
        let gauge = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.events.set(gauge(health.counts.events));
        self.held.set(gauge(health.counts.held));
        self.left_out.set(gauge(health.counts.left_out));
        self.reload_last_success.set(health.snapshot.as_second());
    }

    /// Returns the answer to `/metrics`, given the size of the document cache in bytes.
    #[must_use]
    pub fn response(&self, cached_bytes: u64) -> Response<Bytes> {
        self.store.set(i64::try_from(cached_bytes).unwrap_or(i64::MAX));
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to memory does not fail");
        let mut response = uncached("application/openmetrics-text; version=1.0.0; charset=utf-8", text);
        response.extensions_mut().insert(RouteLabel("process"));
        response
    }
}

/// Parts of `User-Agent`, and the `client` label of each. The first that matches decides.
const CLIENTS: [(&str, &str); 15] = [
    ("Google-Calendar", "google"),
    ("GoogleCalendar", "google"),
    ("Thunderbird", "thunderbird"),
    ("Lightning", "thunderbird"),
    ("Outlook", "outlook"),
    ("Microsoft", "outlook"),
    ("Exchange", "outlook"),
    ("dataaccessd", "apple"),
    ("CalendarAgent", "apple"),
    ("accountsd", "apple"),
    ("iCal/", "apple"),
    ("Feed", "reader"),
    ("RSS", "reader"),
    ("Miniflux", "reader"),
    ("NetNewsWire", "reader"),
];

/// Returns the label of the program that sent a request.
#[must_use]
pub fn client_of(request: &Request<()>) -> &'static str {
    let agent = request.headers().get(header::USER_AGENT);
    let agent = agent.and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    match CLIENTS.iter().find(|(part, _)| agent.contains(part)) {
        Some((_, client)) => client,
        None if agent.starts_with("Mozilla/") => "browser",
        None => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(agent: &str) -> &'static str {
        let request = Request::builder().uri("/calendar.ics").header(header::USER_AGENT, agent);
        client_of(&request.body(()).unwrap())
    }

    #[test]
    fn clients_are_known_by_their_user_agent() {
        for (agent, expected) in [
            ("Google-Calendar-Importer", "google"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5", "thunderbird"),
            ("macOS/14.5 (23F79) dataaccessd/1.0", "apple"),
            ("Microsoft.Exchange/15.20 (Calendar Sharing)", "outlook"),
            ("Feedly/1.0", "reader"),
            ("Outlook-Feed via Google-Calendar", "google"),
            ("CalendarAgentiCal/RS", "apple"),
            ("Googl", "other"),
            ("Mozilla/5.0 Firefox/140.0", "browser"),
            ("evil\"} 1", "other"),
        ] {
            assert_eq!(client(agent), expected, "{agent}");
        }
    }

    #[test]
    fn counters_are_exported() {
        let metrics = Metrics::default();
        let mut response = Response::new(Bytes::new());
        response.extensions_mut().insert(RouteLabel("calendar"));
        metrics.count(client("Google-Calendar-Importer"), &response, Duration::from_micros(20));
        metrics.events.set(3);
        let text = String::from_utf8(metrics.response(0).into_body().to_vec()).unwrap();
        let line = "calcast_requests_total{route=\"calendar\",status=\"200\",encoding=\"identity\",client=\"google\"} 1";
        assert!(text.lines().any(|exported| exported == line), "{text}");
        assert!(text.contains("calcast_events 3\n") && text.ends_with("# EOF\n"), "{text}");
    }
}
