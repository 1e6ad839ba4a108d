//! `/metrics` in Prometheus' text format: what was asked, how it was answered, how the folder is. No label holds
//! anything that a client says of itself: there is a fixed number of them, and never an address.

use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::respond::RouteLabel;
use super::responses::uncached;

/// Route, status, encoding and client of an answer.
type Labels = [(&'static str, &'static str); 4];

/// How many combinations of labels are found without a search. Few occur.
const LATELY: usize = 128;

/// The bounds of how long answers take to make, in seconds.
const SECONDS: [f64; 10] = [0.000_01, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 1.0];

/// Counters of this process.
pub struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    /// Some of them, by where their labels lie in memory.
    lately: Box<[OnceLock<(Labels, Counter)>]>,
    seconds: Histogram,
    /// Connections that are open.
    pub connections: Gauge,
    /// Readings of the folder that kept the snapshot before.
    pub reload_failures: Counter,
    /// When a snapshot was last put in force, in seconds since 1970.
    pub reload_last_success: Gauge,
    /// Events in force.
    pub events: Gauge,
    /// Rows and articles that were left out.
    pub left_out: Gauge,
    /// Bytes of documents kept.
    pub store: Gauge,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let mut registry = Registry::with_prefix("calcast");
        let metrics = Metrics {
            requests: Family::default(),
            lately: (0..LATELY).map(|_| OnceLock::new()).collect(),
            seconds: Histogram::new(SECONDS),
            connections: Gauge::default(),
            reload_failures: Counter::default(),
            reload_last_success: Gauge::default(),
            events: Gauge::default(),
            left_out: Gauge::default(),
            store: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register(
            "requests",
            "Requests by what was asked and how it was answered",
            metrics.requests.clone(),
        );
        registry.register(
            "answer_seconds",
            "How long answers take to make, in seconds",
            metrics.seconds.clone(),
        );
        let failures = metrics.reload_failures.clone();
        registry.register(
            "reload_failures",
            "Readings of the folder that kept the snapshot before",
            failures,
        );
        for (name, help, gauge) in [
            ("connections", "Connections that are open", &metrics.connections),
            (
                "reload_last_success",
                "When a snapshot was last put in force, in seconds since 1970",
                &metrics.reload_last_success,
            ),
            ("events", "Events in force", &metrics.events),
            ("left_out", "Rows and articles that are not published", &metrics.left_out),
            ("store_bytes", "Bytes of documents that are kept once made", &metrics.store),
        ] {
            registry.register(name, help, gauge.clone());
        }
        Metrics { registry, ..metrics }
    }
}

impl Metrics {
    /// Counts an answer.
    pub fn count(&self, asked: &Asked, answered: Answered, took: Duration) {
        let Answered { route, status, encoding } = answered;
        let labels = [("route", route), ("status", status), ("encoding", encoding), ("client", asked.client)];
        self.count_one(&labels);
        self.seconds.observe(took.as_secs_f64());
    }

    fn count_one(&self, labels: &Labels) {
        let place = labels.iter().fold(0usize, |sum, (_, value)| sum.rotate_left(9) ^ value.as_ptr().addr());
        let slot = &self.lately[(place ^ (place >> 13) ^ (place >> 29)) % LATELY];
        let (known, counter) = slot.get_or_init(|| (*labels, self.requests.get_or_create_owned(labels)));
        if known.iter().zip(labels).all(|((_, known), (_, value))| std::ptr::eq(*known, *value)) {
            counter.inc();
        } else {
            self.requests.get_or_create(labels).inc();
        }
    }

    /// The answer to `/metrics`.
    #[must_use]
    pub fn response(&self) -> Response<Bytes> {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to memory does not fail");
        let mut response = uncached("application/openmetrics-text; version=1.0.0; charset=utf-8", text);
        response.extensions_mut().insert(RouteLabel("process"));
        response
    }
}

/// What was asked, in words of which there are few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    client: &'static str,
}

/// How it was answered, in words of which there are few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    route: &'static str,
    status: &'static str,
    encoding: &'static str,
}

impl From<&Response<Bytes>> for Answered {
    fn from(response: &Response<Bytes>) -> Answered {
        let encoding = match response.headers().get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes) {
            None => "identity",
            Some(b"br") => "br",
            Some(_) => "gzip",
        };
        let route = response.extensions().get().map_or("other", |RouteLabel(label)| label);
        Answered { route, status: status_of(response.status().as_u16()), encoding }
    }
}

impl From<&Request<()>> for Asked {
    fn from(request: &Request<()>) -> Asked {
        let agent = request.headers().get(header::USER_AGENT);
        Asked { client: client_of(agent.and_then(|agent| agent.to_str().ok())) }
    }
}

/// What programs are known to say of themselves; of several the first counts.
const KNOWN: [(&str, &str); 15] = [
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
/// The bytes that one of them begins with.
static BEGINS: [bool; 256] = {
    let (mut begins, mut at) = ([false; 256], 0);
    while at < KNOWN.len() {
        begins[KNOWN[at].0.as_bytes()[0] as usize] = true;
        at += 1;
    }
    begins
};

/// The program that asks. All words are looked for at once: to count an answer is to take less than to make it.
fn client_of(agent: Option<&str>) -> &'static str {
    let Some(agent) = agent else { return "other" };
    let bytes = agent.as_bytes();
    let places = bytes.iter().enumerate().filter(|(_, byte)| BEGINS[usize::from(**byte)]);
    let known = places.filter_map(|(at, byte)| {
        let is_here = |word: &str| word.as_bytes()[0] == *byte && bytes[at..].starts_with(word.as_bytes());
        KNOWN.iter().position(|(word, _)| is_here(word))
    });
    match known.min() {
        Some(first) => KNOWN[first].1,
        None if agent.starts_with("Mozilla/") => "browser",
        None => "other",
    }
}

fn status_of(status: u16) -> &'static str {
    match status {
        200 => "200",
        204 => "204",
        301 => "301",
        304 => "304",
        400 => "400",
        404 => "404",
        405 => "405",
        414 => "414",
        500 => "500",
        503 => "503",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(agent: &str) -> Asked {
        let request = Request::builder().uri("/calendar.ics").header(header::USER_AGENT, agent);
        Asked::from(&request.body(()).unwrap())
    }

    #[test]
    fn clients_are_known_by_their_user_agent() {
        for (agent, client) in [
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
            assert_eq!(asked(agent).client, client, "{agent}");
        }
    }

    #[test]
    fn what_is_counted_is_told() {
        let metrics = Metrics::default();
        let mut response = Response::new(Bytes::new());
        response.extensions_mut().insert(RouteLabel("calendar"));
        let asked = asked("Google-Calendar-Importer");
        metrics.count(&asked, (&response).into(), Duration::from_micros(20));
        metrics.events.set(3);
        let text = String::from_utf8(metrics.response().into_body().to_vec()).unwrap();
        let line = "calcast_requests_total{route=\"calendar\",status=\"200\",encoding=\"identity\",client=\"google\"} 1";
        assert!(text.lines().any(|told| told == line), "{text}");
        assert!(text.contains("calcast_events 3\n") && text.ends_with("# EOF\n"), "{text}");
    }
}
