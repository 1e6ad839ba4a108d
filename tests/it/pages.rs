//! Pages and feeds as `respond` serves them: languages, months, neighbourhoods, reminders, frames.

use bytes::Bytes;
use calcast::publish::snapshot::Snapshot;
use calcast::serve::respond::respond;
use http::header::{self, HeaderName};
use http::{Request, Response, StatusCode};

use crate::site;

const SETTINGS: &str =
    "title = \"Sample\"\ntimezone = \"America/Chicago\"\nbase_url = \"https://calendar.example.org\"\n";
const EVENTS: &str = "id,title,start,end,region,topic,online_url,latitude,longitude,location,status\n\
    chicago,Chicago group,2026-06-09T18:00,20:00,USA/Illinois,Groups,,41.9,-87.63,Library,\n\
    springfield,Springfield group,2026-07-09T18:00,20:00,USA/Illinois,Groups,,39.8,-89.65,Center,\n\
    webinar,\"Botulinum, toxin\",2026-06-10T18:00,19:00,Online,Webinars,https://example.org/join,,,,\n\
    walk,Walk,2026-08-01,,USA/Ohio,Walks,,,,Zoo,cancelled\n\
    day,Day of awareness,2026-09-15,,USA,Walks,,,,,\n";

fn get_from(snapshot: &Snapshot, target: &str, headers: &[(HeaderName, &str)]) -> Response<Bytes> {
    let mut request = Request::builder().uri(target).header(header::HOST, "localhost");
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    respond(snapshot, &request.body(()).unwrap())
}

fn snapshot() -> Snapshot {
    site::snapshot(&site::made_of(SETTINGS, EVENTS))
}

fn get(target: &str) -> Response<Bytes> {
    get_from(&snapshot(), target, &[])
}

fn value(response: &Response<Bytes>, name: HeaderName) -> &str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn text(response: &Response<Bytes>) -> String {
    String::from_utf8(response.body().to_vec()).unwrap()
}

/// The ids of the events of a calendar.
fn ids(calendar: &str) -> Vec<String> {
    let uids = calendar.lines().filter_map(|line| line.strip_prefix("UID:"));
    uids.filter_map(|uid| uid.split('@').next()).map(str::to_owned).collect()
}

#[test]
fn a_page_is_in_the_language_of_the_reader() {
    let snapshot = snapshot();
    let german = [(header::ACCEPT_LANGUAGE, "de-CH,de;q=0.9,en;q=0.5")];
    // Each language has its own page and entity tag, whichever is requested first.
    for _ in 0..2 {
        let (own, other) = (get_from(&snapshot, "/", &[]), get_from(&snapshot, "/", &german));
        assert_eq!(value(&own, header::CONTENT_LANGUAGE), "en");
        assert_eq!(value(&other, header::CONTENT_LANGUAGE), "de");
        assert!(text(&other).contains("<html lang=\"de\">") && text(&other).contains("Abonnieren"));
        assert_ne!(value(&own, header::ETAG), value(&other, header::ETAG));
        for answer in [&own, &other] {
            assert_eq!(value(answer, header::VARY), "Accept-Encoding, Accept-Language");
        }
        let tag = value(&other, header::ETAG).to_owned();
        let again = get_from(&snapshot, "/", &[german[0].clone(), (header::IF_NONE_MATCH, &tag)]);
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(get_from(&snapshot, "/", &[(header::IF_NONE_MATCH, &tag)]).status(), StatusCode::OK);
    }
    // Documents for programs are in the language of the site.
    for target in ["/calendar.ics", "/events.rss", "/agenda.txt", "/style.css"] {
        let (own, other) = (get_from(&snapshot, target, &[]), get_from(&snapshot, target, &german));
        assert_eq!(own.body(), other.body(), "{target}");
        assert!(!value(&other, header::VARY).contains("Language"), "{target}");
    }
    let missing = get_from(&snapshot, "/regions/bavaria", &german);
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert!(text(&missing).contains("Es gibt keine Region „bavaria“."), "{}", text(&missing));
}

#[test]
fn feeds_are_in_the_language_of_the_site() {
    let settings = format!("{SETTINGS}language = \"fr\"\n");
    let snapshot = site::snapshot(&site::made_of(&settings, EVENTS));
    let calendar = text(&get_from(&snapshot, "/calendar.ics", &[]));
    assert!(calendar.contains("SUMMARY:ANNULÉ : Walk\r\n"), "{calendar}");
    let feed = text(&get_from(&snapshot, "/events.rss", &[]));
    assert!(feed.contains("mardi 9 juin 2026, 18:00–20:00 CDT"), "{feed}");
    let english = text(&get_from(&snapshot, "/events/chicago", &[(header::ACCEPT_LANGUAGE, "en-US")]));
    // Texts by the author are marked with the language of the site.
    assert!(english.contains("<h1 lang=\"fr\" dir=\"ltr\">"), "{english}");
    assert!(english.contains("Tuesday, June 9, 2026"), "{english}");
}

#[test]
fn a_neighbourhood_is_a_filter_of_pages_and_feeds() {
    let near = "near=41.88,-87.63;within=80km";
    let calendar = text(&get(&format!("/f/{near}.ics")));
    assert_eq!(ids(&calendar), ["chicago"]);
    let query = text(&get("/calendar.ics?within=80km&near=41.88,-87.63&utm_source=x"));
    assert_eq!(query, calendar, "a hand-written link leads to the same bytes");
    assert!(calendar.contains("X-WR-CALNAME:Sample: within 80 km of 41.9\\, -87.6\r\n"), "{calendar}");
    assert_eq!(ids(&text(&get(&format!("/f/{near};online=include.ics")))), ["chicago", "webinar"]);
    assert_eq!(ids(&text(&get(&format!("/f/{near};online=only.ics")))), ["webinar"]);
    assert_eq!(
        ids(&text(&get("/f/near=41.9,-87.6;within=300km;topic=groups.ics"))),
        ["chicago", "springfield"]
    );
    let page = text(&get(&format!("/f/{near}")));
    assert!(page.contains("Chicago group") && !page.contains("Springfield group"), "{page}");
    for bad in ["/f/near=x.ics", "/f/within=5km.ics", "/f/near=41.9,-87.6;within=-1.ics", "/f/near=99,0.ics"]
    {
        let refused = get(bad);
        assert_eq!(refused.status(), StatusCode::NOT_FOUND, "{bad}");
        assert_eq!(value(&refused, header::CONTENT_TYPE), "text/plain; charset=utf-8");
    }
}

#[test]
fn a_reminder_is_in_events_that_take_place_and_only_on_request() {
    let snapshot = snapshot();
    let get = |target: &str| get_from(&snapshot, target, &[]);
    assert!(!text(&get("/calendar.ics")).contains("VALARM"));
    let calendar = text(&get("/f/alarm=1d.ics"));
    let events: Vec<&str> = calendar.split("BEGIN:VEVENT").skip(1).collect();
    for event in &events {
        let (is_off, is_timed) = (event.contains("STATUS:CANCELLED"), !event.contains("DTSTART;VALUE=DATE"));
        assert_eq!(event.matches("BEGIN:VALARM").count(), usize::from(!is_off), "{event}");
        let trigger = if is_timed { "TRIGGER:-P1D\r\n" } else { "TRIGGER:-PT15H\r\n" };
        assert!(is_off || event.contains(trigger), "{event}");
    }
    assert_eq!(events.len(), 5);
    assert!(calendar.contains("DESCRIPTION:Botulinum\\, toxin\r\nTRIGGER"), "{calendar}");
    // Each reminder is a calendar of its own with the same events.
    let hour = get("/f/alarm=1h.ics");
    assert_ne!(value(&hour, header::ETAG), value(&get("/f/alarm=1d.ics"), header::ETAG));
    assert_eq!(ids(&text(&hour)), ids(&text(&get("/calendar.ics"))));
    assert_eq!(text(&get("/calendar.ics?alarm=60m")), text(&hour));
}

#[test]
fn a_versioned_address_is_cached_for_ever() {
    let page = text(&get("/"));
    let mut named = 0;
    for start in page.match_indices("?v=").map(|(at, _)| at) {
        let from = page[..start].rfind('"').unwrap() + 1;
        let to = start + page[start..].find('"').unwrap();
        let answer = get(&page[from..to]);
        assert_eq!(answer.status(), StatusCode::OK, "{}", &page[from..to]);
        assert_eq!(value(&answer, header::CACHE_CONTROL), "public, max-age=31536000, immutable");
        // An address of an old version is cached for a day only.
        let old = get(&format!("{}0000000000", &page[from..start + 3]));
        assert!(value(&old, header::CACHE_CONTROL).starts_with("public, max-age=86400"));
        named += 1;
    }
    assert_eq!(named, 3, "{page}");
}

#[test]
fn pages_come_as_brotli_and_feeds_never() {
    let snapshot = snapshot();
    let both = [(header::ACCEPT_ENCODING, "gzip, deflate, br, zstd")];
    let page = get_from(&snapshot, "/", &both);
    assert_eq!(value(&page, header::CONTENT_ENCODING), "br");
    let gzip = get_from(&snapshot, "/", &[(header::ACCEPT_ENCODING, "gzip")]);
    assert_eq!(value(&gzip, header::CONTENT_ENCODING), "gzip");
    assert!(page.body().len() < gzip.body().len());
    let tags =
        [&page, &gzip, &get_from(&snapshot, "/", &[])].map(|answer| value(answer, header::ETAG).to_owned());
    assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2], "{tags:?}");
    for target in ["/calendar.ics", "/events.rss", "/style.css"] {
        assert_eq!(value(&get_from(&snapshot, target, &both), header::CONTENT_ENCODING), "gzip", "{target}");
    }
}

#[test]
fn only_listed_websites_may_frame_the_agenda() {
    let settings = format!("{SETTINGS}embed_from = [\"https://www.example.org\"]\n");
    let snapshot = site::snapshot(&site::made_of(&settings, EVENTS));
    let policy =
        |target: &str| value(&get_from(&snapshot, target, &[]), header::CONTENT_SECURITY_POLICY).to_owned();
    assert!(policy("/embed/topics/groups").ends_with("frame-ancestors 'self' https://www.example.org"));
    for target in ["/", "/print", "/events/chicago", "/no/page"] {
        assert!(policy(target).ends_with("frame-ancestors 'self'"), "{target}");
    }
}

#[test]
fn a_month_lists_what_touches_it() {
    let page = text(&get("/?month=2026-07"));
    assert!(page.contains("Springfield group") && !page.contains("Walk</a>"), "{page}");
    assert!(
        page.contains("<caption>July 2026</caption>") && page.contains("href=\"#d2026-07-09\""),
        "{page}"
    );
    assert!(page.contains("href=\"/?month=2026-06\"") && page.contains("href=\"/?month=2026-08\""));
    // Months outside of the timetable are found as well.
    let old = snapshot();
    assert!(text(&get_from(&old, "/?month=2031-01", &[])).contains("There is no event in this month."));
    assert_eq!(get("/?month=2026-13").status(), StatusCode::NOT_FOUND);
    assert_eq!(get("/?month=").status(), StatusCode::OK);
}

#[test]
fn an_empty_agenda_offers_to_remove_a_choice() {
    let page = text(&get("/f/region=usa/ohio;topic=groups"));
    assert!(page.contains("No upcoming event fits all of these."), "{page}");
    assert!(page.contains("href=\"/topics/groups\">Without “Ohio”: 2 events</a>"), "{page}");
    assert!(page.contains("href=\"/regions/usa/ohio\">Without “Groups”: 1 event</a>"), "{page}");
    let page = text(&get("/f/region=usa/ohio;q=xylophone"));
    assert!(page.contains("href=\"/regions/usa/ohio\">Without “xylophone”: 1 event</a>"), "{page}");
}

#[test]
fn a_tag_counts_the_events_it_would_lead_to() {
    // Beside "Groups" Illinois has two and Ohio none, so Ohio is not offered.
    let page = text(&get("/topics/groups"));
    assert!(page.contains(">Illinois</a> <span class=\"count\">2</span>"), "{page}");
    assert!(!page.contains(">Ohio</a>"), "{page}");
    assert!(page.contains(">Webinars</a> <span class=\"count\">1</span>"), "of topics any is chosen: {page}");
}

#[test]
fn a_newsletter_has_the_events_in_plain_text() {
    let answer = get("/agenda/regions/usa.txt");
    assert_eq!(value(&answer, header::CONTENT_TYPE), "text/plain; charset=utf-8");
    let newsletter = text(&answer);
    assert!(newsletter.starts_with("Sample: USA\n\nTuesday, June 9, 2026, 6:00\u{a0}PM – 8:00\u{a0}PM CDT\nChicago group\nLibrary\nhttps://calendar.example.org/events/chicago\n"), "{newsletter}");
    assert!(newsletter.contains("\nCANCELLED: Walk\n") && !newsletter.contains("Botulinum"), "{newsletter}");
    assert!(
        newsletter.ends_with("\nSubscribe: https://calendar.example.org/subscribe/regions/usa\n"),
        "{newsletter}"
    );
}

#[test]
fn every_route_has_a_document() {
    let snapshot = snapshot();
    let routes = snapshot.routes();
    assert!(routes.len() > 60);
    for route in routes {
        let answer = get_from(&snapshot, &route.to_string(), &[(header::ACCEPT_LANGUAGE, "es")]);
        assert_eq!(answer.status(), StatusCode::OK, "{route}");
    }
}
