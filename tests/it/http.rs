//! HTTP semantics of `respond`, without a socket. Each test cites its section of the RFCs.

use bytes::Bytes;
use calcast::publish::snapshot::Snapshot;
use calcast::serve::respond::respond;
use http::header::{self, HeaderName};
use http::{Method, Request, Response, StatusCode};

use crate::site;

const EVENTS: &str = "id,title,start,end,region,topic,online_url\n\
    chicago,Chicago support group,2026-06-09T18:00,20:00,USA/Illinois,Support groups,\n\
    webinar,Botulinum toxin,2026-06-10T18:00,19:00,Online,Webinars; Treatment,https://example.org/join\n";

fn snapshot() -> Snapshot {
    let settings =
        "title = \"Sample\"\ntimezone = \"America/Chicago\"\nbase_url = \"https://calendar.example.org\"\n";
    site::snapshot(&site::made_of(settings, EVENTS))
}

fn ask(method: Method, target: &str, headers: &[(HeaderName, &str)]) -> Response<Bytes> {
    let mut request = Request::builder().method(method).uri(target).header(header::HOST, "localhost");
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    respond(&snapshot(), &request.body(()).unwrap())
}

fn get(target: &str) -> Response<Bytes> {
    ask(Method::GET, target, &[])
}

fn value(response: &Response<Bytes>, name: HeaderName) -> &str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn text(response: &Response<Bytes>) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

#[test]
fn calendars_have_the_headers_that_clients_need() {
    let response = get("/calendar.ics");
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(value(&response, header::CONTENT_TYPE), "text/calendar; charset=utf-8");
    assert_eq!(value(&response, header::ACCESS_CONTROL_ALLOW_ORIGIN), "*");
    assert_eq!(value(&response, header::VARY), "Accept-Encoding");
    assert_eq!(value(&response, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(value(&response, header::CONTENT_LENGTH), response.body().len().to_string());
    assert!(value(&response, header::CACHE_CONTROL).contains("stale-while-revalidate"));
    assert!(value(&response, header::CACHE_CONTROL).contains("stale-if-error"));
    assert!(value(&response, header::LAST_MODIFIED).ends_with(" GMT"));
    assert!(!response.headers().contains_key(header::CONTENT_DISPOSITION));
    assert!(!response.headers().contains_key(header::SET_COOKIE));
}

#[test]
fn downloads_have_a_file_name() {
    let named = |target| value(&get(target), header::CONTENT_DISPOSITION).to_owned();
    assert_eq!(named("/calendar.ics?download=1"), "attachment; filename=\"calendar.ics\"");
    assert_eq!(
        named("/regions/usa/illinois.ics?download=1"),
        "attachment; filename=\"regions-usa-illinois.ics\""
    );
}

#[test]
fn each_encoding_has_its_own_strong_tag() {
    // RFC 9110 §8.8.3.
    let plain = get("/calendar.ics");
    let packed = ask(Method::GET, "/calendar.ics", &[(header::ACCEPT_ENCODING, "gzip")]);
    assert_eq!(value(&packed, header::CONTENT_ENCODING), "gzip");
    let (a, b) = (value(&plain, header::ETAG), value(&packed, header::ETAG));
    assert!(a.starts_with('"') && b.starts_with('"') && a != b, "{a} {b}");
    let refused = ask(Method::GET, "/calendar.ics", &[(header::ACCEPT_ENCODING, "gzip;q=0")]);
    assert_eq!(value(&refused, header::CONTENT_ENCODING), "");
}

#[test]
fn current_copies_get_304() {
    // RFC 9110 §13.1.2: lists, `*` and weak tags; §13.2.2: If-None-Match before If-Modified-Since.
    let first = get("/calendar.ics");
    let tag = value(&first, header::ETAG).to_owned();
    let date = value(&first, header::LAST_MODIFIED).to_owned();
    let status = |headers: &[(HeaderName, &str)]| ask(Method::GET, "/calendar.ics", headers).status();
    let none_match = header::IF_NONE_MATCH;
    for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
        assert_eq!(status(&[(none_match.clone(), &known)]), StatusCode::NOT_MODIFIED, "{known}");
    }
    assert_eq!(status(&[(header::IF_MODIFIED_SINCE, &date)]), StatusCode::NOT_MODIFIED);
    assert_eq!(status(&[(none_match.clone(), "\"x\""), (header::IF_MODIFIED_SINCE, &date)]), StatusCode::OK);
    assert_eq!(status(&[(header::IF_MODIFIED_SINCE, "Thu, 01 Jan 1970 00:00:00 GMT")]), StatusCode::OK);
    assert_eq!(status(&[(header::IF_MODIFIED_SINCE, "yesterday")]), StatusCode::OK);
    let kept = ask(Method::GET, "/calendar.ics", &[(none_match, &tag)]);
    // RFC 9110 §15.4.5.
    for name in [header::ETAG, header::LAST_MODIFIED, header::CACHE_CONTROL, header::VARY] {
        assert_eq!(value(&kept, name.clone()), value(&first, name));
    }
    assert!(kept.body().is_empty());
}

#[test]
fn head_has_the_headers_of_get() {
    // RFC 9110 §9.3.2.
    for target in ["/", "/calendar.ics", "/nothing", "/articles.rss"] {
        let (get, head) = (get(target), ask(Method::HEAD, target, &[]));
        assert_eq!((get.status(), get.headers()), (head.status(), head.headers()), "{target}");
        assert!(head.body().is_empty());
    }
}

#[test]
fn other_methods_get_405_with_allow() {
    // RFC 9110 §15.5.6.
    for method in ["POST", "PUT", "DELETE", "PROPFIND", "REPORT", "TRACE"] {
        let response = ask(Method::from_bytes(method.as_bytes()).unwrap(), "/calendar.ics", &[]);
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(value(&response, header::ALLOW), "GET, HEAD, OPTIONS");
    }
    let options = ask(Method::OPTIONS, "/calendar.ics", &[]);
    assert_eq!(options.status(), StatusCode::NO_CONTENT);
    assert_eq!(value(&options, header::ALLOW), "GET, HEAD, OPTIONS");
}

#[test]
fn malformed_requests_get_400() {
    // RFC 9112 §3.2: exactly one Host.
    let bare = Request::builder().uri("/").body(()).unwrap();
    assert_eq!(respond(&snapshot(), &bare).status(), StatusCode::BAD_REQUEST);
    assert_eq!(ask(Method::GET, "/", &[(header::HOST, "twice")]).status(), StatusCode::BAD_REQUEST);
    assert_eq!(ask(Method::GET, "/", &[(header::CONTENT_LENGTH, "5")]).status(), StatusCode::BAD_REQUEST);
    assert_eq!(get("/calendar.ics?region=%ff").status(), StatusCode::BAD_REQUEST);
    assert_eq!(get(&format!("/{}", "x".repeat(9000))).status(), StatusCode::URI_TOO_LONG);
}

#[test]
fn not_found_suggests_similar_addresses() {
    let cases = [
        ("/regions/usa/ilinois.ics", "Did you mean /regions/usa/illinois ?"),
        ("/topics/webinar.ics", "Did you mean /topics/webinars ?"),
        ("/f/region=usa/illinois;topic=suport-groups.ics", "Did you mean /topics/support-groups ?"),
        ("/events/chicgo.ics", "Did you mean /events/chicago ?"),
    ];
    for (target, sentence) in cases {
        let response = get(target);
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{target}");
        assert_eq!(value(&response, header::CONTENT_TYPE), "text/plain; charset=utf-8");
        assert!(text(&response).contains(sentence), "{}", text(&response));
    }
    // Browsers get a page with links.
    for (target, near) in
        [("/regions/usa/ilinois", "/regions/usa/illinois"), ("/events/chicgo", "/events/chicago")]
    {
        let response = get(target);
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{target}");
        assert_eq!(value(&response, header::CONTENT_TYPE), "text/html; charset=utf-8");
        assert!(text(&response).contains(&format!("href=\"{near}\"")), "{}", text(&response));
    }
    assert_eq!(get("/../etc/passwd").status(), StatusCode::NOT_FOUND);
    assert_eq!(get("/articles/../../calcast.toml").status(), StatusCode::NOT_FOUND);
}

#[test]
fn equal_filters_are_one_document() {
    let ways = [
        "/f/region=usa/illinois;topic=support-groups.ics",
        "/f/topic=support-groups;region=USA/Illinois.ics",
        "/calendar.ics?topic=support-groups&region=usa/illinois",
        "/calendar.ics?utm_source=letter&region=usa%2Fillinois&topic=Support+groups",
    ];
    let first = get(ways[0]);
    assert_eq!(first.status(), StatusCode::OK);
    assert_eq!(text(&first).matches("BEGIN:VEVENT").count(), 1);
    for way in ways {
        let response = get(way);
        assert_eq!(response.body(), first.body(), "{way}");
        assert_eq!(value(&response, header::ETAG), value(&first, header::ETAG));
    }
    let parent = get("/calendar.ics?region=usa");
    assert_eq!(parent.body(), get("/regions/usa.ics").body());
}

#[test]
fn the_media_type_depends_on_the_path_alone() {
    let types = [
        ("/", "text/html; charset=utf-8"),
        ("/events/chicago", "text/html; charset=utf-8"),
        ("/events/chicago.ics", "text/calendar; charset=utf-8"),
        ("/articles.rss", "application/rss+xml; charset=utf-8"),
        ("/articles.atom", "application/atom+xml; charset=utf-8"),
        ("/articles.json", "application/feed+json; charset=utf-8"),
        ("/events.rss", "application/rss+xml; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
        ("/sitemap.xml", "application/xml"),
    ];
    for (target, media_type) in types {
        for accept in ["*/*", "text/html", "application/json"] {
            let response = ask(Method::GET, target, &[(header::ACCEPT, accept)]);
            assert_eq!(value(&response, header::CONTENT_TYPE), media_type, "{target} {accept}");
        }
    }
}

#[test]
fn pages_load_nothing_from_other_sites() {
    let response = get("/");
    let policy = value(&response, header::CONTENT_SECURITY_POLICY);
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'self'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_ne!(value(&response, header::REFERRER_POLICY), "");
}

#[test]
fn the_host_header_appears_in_no_document() {
    let request = Request::builder().uri("/").header(header::HOST, "evil.example").body(()).unwrap();
    let response = respond(&snapshot(), &request);
    assert_eq!(response.body(), get("/").body());
    assert!(!text(&response).contains("evil.example"));
}
