//! What is answered from the first bytes of a request is answered as `respond` does it.

use std::collections::BTreeSet;

use bytes::Bytes;
use calcast::publish::snapshot::Snapshot;
use calcast::serve::quick;
use calcast::serve::respond::respond;
use http::{Method, Request, Response};
use proptest::prelude::*;

use crate::site;

const EVENTS: &str = "id,title,start,end,region,topic,online_url\n\
    chicago,Chicago support group,2026-06-09T18:00,20:00,USA/Illinois,Support groups,\n\
    webinar,Botulinum toxin,2026-06-10T18:00,19:00,Online,Webinars; Treatment,https://example.org/join\n";

fn snapshot() -> Snapshot {
    let settings = "title = \"Sample\"\ntimezone = \"America/Chicago\"\nbase_url = \"https://example.org\"\n";
    site::snapshot(&site::made_of(settings, EVENTS))
}

/// A GET as its fields say it, for `respond`.
fn asked(snapshot: &Snapshot, target: &str, fields: &[(&str, String)]) -> Response<Bytes> {
    let mut request = Request::builder().method(Method::GET).uri(target);
    for (name, value) in fields {
        request = request.header(*name, value.trim());
    }
    respond(snapshot, &request.body(()).unwrap())
}

/// The same as bytes, for the quick way.
fn bytes(target: &str, fields: &[(&str, String)]) -> Vec<u8> {
    let fields: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("GET {target} HTTP/1.1\r\n{fields}\r\n").into_bytes()
}

/// Status line and fields, without the date, and the content.
type Written = (String, BTreeSet<(String, String)>, Bytes);

fn written(head: &Bytes, body: &Bytes) -> Written {
    let whole = [&head[..], body].concat();
    let end = whole.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let mut lines = std::str::from_utf8(&whole[..end]).unwrap().split("\r\n");
    let status = lines.next().unwrap().to_owned();
    let field =
        |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
    let mut fields: BTreeSet<_> = lines.map(field).collect();
    let dates = fields.iter().filter(|(name, _)| name == "date").count();
    fields.retain(|(name, _)| name != "date");
    assert_eq!(dates, 1);
    (status, fields, Bytes::copy_from_slice(&whole[end + 4..]))
}

fn said(response: &Response<Bytes>) -> Written {
    let status = response.status();
    let fields = response.headers().iter();
    let fields = fields.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    (
        format!("HTTP/1.1 {} {}", status.as_str(), status.canonical_reason().unwrap()),
        fields.collect(),
        response.body().clone(),
    )
}

fn quickly(snapshot: &Snapshot, bytes: &[u8]) -> Option<Written> {
    let (head, body) = quick::answer(snapshot, bytes)?.written(std::iter::empty());
    Some(written(&head, &body))
}

/// The tag of a calendar, in an encoding.
fn tag(snapshot: &Snapshot, encoding: &str) -> String {
    let fields = [("Host", "a".to_owned()), ("Accept-Encoding", encoding.to_owned())];
    asked(snapshot, "/calendar.ics", &fields).headers()["etag"].to_str().unwrap().to_owned()
}

#[test]
fn what_is_usual_is_answered_quickly() {
    let snapshot = snapshot();
    let host = || ("Host", "calendar.example.org:8080".to_owned());
    let tags = [tag(&snapshot, ""), tag(&snapshot, "gzip")];
    let usual: Vec<Vec<(&str, String)>> = vec![
        vec![host()],
        vec![
            host(),
            ("Accept-Encoding", "gzip, deflate".into()),
            ("User-Agent", "Google-Calendar-Importer".into()),
        ],
        vec![host(), ("If-None-Match", tags[0].clone()), ("Connection", "keep-alive".into())],
        vec![host(), ("accept-encoding", "gzip".into()), ("if-none-match", format!("\"x\", {}", tags[1]))],
        vec![host(), ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT".into()), ("Accept", "*/*".into())],
        vec![host(), ("If-Modified-Since", "yesterday".into())],
    ];
    for fields in usual {
        let expected = asked(&snapshot, "/calendar.ics", &fields);
        let quick = quickly(&snapshot, &bytes("/calendar.ics", &fields));
        assert_eq!(quick, Some(said(&expected)), "{fields:?}");
    }
    // A file that is there is as usual as a feed; a page has languages to choose from.
    asked(&snapshot, "/style.css", &[host()]);
    asked(&snapshot, "/", &[host()]);
    assert!(quickly(&snapshot, &bytes("/style.css", &[host()])).is_some());
    assert_eq!(quickly(&snapshot, &bytes("/", &[host()])), None);
    assert_eq!(
        quickly(&snapshot, &bytes("/topics/webinars.ics", &[host()])),
        None,
        "nobody asked for it yet"
    );
}

#[test]
fn a_combination_is_kept_from_the_second_time_on() {
    let snapshot = snapshot();
    let target = "/f/region=usa/illinois;topic=support-groups,webinars.ics";
    let fields = [("Host", "a".to_owned())];
    let before = snapshot.stored();
    let first = asked(&snapshot, target, &fields);
    assert!(first.status() == 200 && first.body().starts_with(b"BEGIN:VCALENDAR"));
    assert_eq!(snapshot.stored(), before, "most combinations are asked for once");
    assert_eq!(quickly(&snapshot, &bytes(target, &fields)), None, "and are kept by those who answer in full");
    let second = asked(&snapshot, target, &fields);
    assert_eq!(said(&second), said(&first));
    assert!(snapshot.stored() > before);
    assert_eq!(quickly(&snapshot, &bytes(target, &fields)), Some(said(&first)));
    // The first time may be answered quickly as well.
    let other = "/f/region=usa/illinois;topic=support-groups,treatment.ics";
    let (before, quick) = (snapshot.stored(), quickly(&snapshot, &bytes(other, &fields)));
    assert!(snapshot.stored() == before && quick.is_some());
    assert_eq!(quick, Some(said(&asked(&snapshot, other, &fields))));
    assert!(snapshot.stored() > before);
    // What is packed takes longer to make, and one region or topic is what most people have.
    let packed = [("Host", "a".to_owned()), ("Accept-Encoding", "gzip".to_owned())];
    for (target, fields) in [("/f/online=exclude.ics", &packed[..]), ("/regions/usa.ics", &fields)] {
        let before = snapshot.stored();
        asked(&snapshot, target, fields);
        assert!(snapshot.stored() > before, "{target}");
    }
    // What is not there is not there either way.
    for target in ["/f/region=atlantis;topic=webinars.ics", "/f/online=maybe.ics"] {
        assert_eq!(quickly(&snapshot, &bytes(target, &fields)), None, "{target}");
        let first = asked(&snapshot, target, &fields[..]);
        assert!(first.status() == 404 && said(&first) == said(&asked(&snapshot, target, &fields[..])));
    }
}

#[test]
fn what_is_unusual_is_left_to_others() {
    let snapshot = snapshot();
    let host = ("Host", "localhost".to_owned());
    asked(&snapshot, "/calendar.ics", std::slice::from_ref(&host));
    let good = bytes("/calendar.ics", std::slice::from_ref(&host));
    assert!(quickly(&snapshot, &good).is_some());
    for field in [
        "Content-Length: 0",
        "Content-Length: 5",
        "Transfer-Encoding: chunked",
        "Expect: 100-continue",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABk",
        "Connection: close",
        "connection: Upgrade",
        "Host: elsewhere",
        "If-None-Match: \"a\"\r\nIf-None-Match: \"b\"",
        "Accept-Encoding: gzip\r\nAccept-Encoding: br",
        "User-Agent: \u{e9}",
        " folded",
        "no colon",
        "Content-Length : 5",
    ] {
        let request = format!("GET /calendar.ics HTTP/1.1\r\nHost: localhost\r\n{field}\r\n\r\n");
        assert_eq!(quickly(&snapshot, request.as_bytes()), None, "{field}");
    }
    for request in [
        "GET /calendar.ics HTTP/1.1\r\n\r\n",
        "GET /calendar.ics HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET /calendar.ics HTTP/1.0\r\nHost: localhost\r\n\r\n",
        "HEAD /calendar.ics HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST /calendar.ics HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET http://localhost/calendar.ics HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /calendar.ics?download=1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /calendar.ics#a HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET  /calendar.ics HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET /calendar.ics HTTP/1.1\r\nHost: localhost\r\n",
        "",
    ] {
        assert_eq!(quickly(&snapshot, request.as_bytes()), None, "{request:?}");
    }
    // Two at once are in order with those who read on.
    assert_eq!(quickly(&snapshot, &[&good[..], &good].concat()), None);
    assert_eq!(quickly(&snapshot, &[&good[..], b"\n"].concat()), None);
}

proptest! {
    #[test]
    fn both_ways_answer_alike(
        target in prop::sample::select(vec!["/calendar.ics", "/events.rss", "/events.json", "/style.css", "/favicon.ico", "/regions/usa.ics"]),
        encoding in prop::option::of(prop::sample::select(vec!["gzip", "br", "identity", "gzip;q=0", "*", "", "deflate, GZIP ; q=0.2"])),
        condition in prop::option::of(0usize..7),
        date in prop::option::of(prop::sample::select(vec!["Fri, 01 Jan 2100 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "x"])),
        host in prop::sample::select(vec!["localhost", "a:80", "[::1]:8080", "a b", "", "a:b"]),
        order in any::<bool>(),
    ) {
        let snapshot = snapshot();
        let mut fields = vec![("Host", host.to_owned())];
        fields.extend(encoding.map(|encoding| ("Accept-Encoding", encoding.to_owned())));
        let tags = |encoding: &str| {
            let fields = [("Host", "a".to_owned()), ("Accept-Encoding", encoding.to_owned())];
            asked(&snapshot, target, &fields).headers()["etag"].to_str().unwrap().to_owned()
        };
        fields.extend(condition.map(|condition| ("If-None-Match", match condition {
            0 => tags("identity"),
            1 => tags("gzip"),
            2 => format!("W/{}", tags("identity")),
            3 => "*".to_owned(),
            4 => format!("\"a\" , {}", tags("gzip")),
            5 => "\"a\"".to_owned(),
            _ => String::new(),
        })));
        fields.extend(date.map(|date| ("If-Modified-Since", date.to_owned())));
        if order {
            fields.reverse();
        }
        let expected = said(&asked(&snapshot, target, &fields));
        if let Some(quick) = quickly(&snapshot, &bytes(target, &fields)) {
            prop_assert_eq!(quick, expected);
        } else {
            // What is not answered here is what is refused.
            prop_assert!(expected.0.contains(" 400 "), "{:?} {:?}", fields, expected.0);
        }
    }
}
