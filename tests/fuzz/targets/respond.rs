//! Any request head gets an answer that HTTP allows: never a failure of ours, nothing that a header could carry
//! out, no content where there must be none. What is answered from its first bytes is answered as the others are.

#![no_main]

use std::sync::LazyLock;

use calcast::publish::snapshot::Snapshot;
use calcast::read;
use calcast::read::folder::Folder;
use calcast::serve::quick;
use calcast::serve::respond::respond;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use libfuzzer_sys::fuzz_target;

const EVENTS: &str = "id,title,start,end,region,topic,online_url,description\n\
    group,Chicago support group,2027-06-09T18:00,20:00,USA/Illinois,Support groups,,Bring a friend\n\
    webinar,Botulinum toxin,2027-06-10T18:00,19:00,Online,Webinars; Treatment,https://example.org/join,\n\
    ev.ics,A name like a file,2027-06-11,,Canada/Québec,Treatment,,\n";

static EDITION: LazyLock<Snapshot> = LazyLock::new(|| {
    let mut folder = Folder::new();
    folder.insert("events.csv", EVENTS);
    folder.insert("calcast.toml", "title = \"Fuzz\"\ntimezone = \"America/Chicago\"\nbase_url = \"https://example.org\"\n[renamed]\n\"regions/old\" = \"regions/canada\"\n");
    folder.insert("articles/neck.md", "+++\ntitle = \"Neck\"\ndate = 2026-01-01\ntopics = [\"Treatment\"]\n+++\nText\n");
    let now = "2026-11-25T12:00:00Z".parse().expect("an instant");
    let site = read::site(&folder, now).value.site;
    let today = read::today(&site.settings, now);
    Snapshot::new(site, today)
});

/// A request as a head says it: its first line, then fields. What the http crate refuses, hyper refuses before us.
fn request(text: &[u8]) -> Option<Request<()>> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let mut words = lines.next()?.split(|byte| *byte == b' ');
    let mut request = Request::builder().method(Method::from_bytes(words.next()?).ok()?).uri(words.next()?);
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        // What stands around a value is no part of it (RFC 9112 §5.1).
        request = request.header(&line[..colon], line[colon + 1..].trim_ascii());
    }
    request.body(()).ok()
}

/// A request as HTTP/1.1 has it on its way.
fn written(request: &Request<()>) -> Vec<u8> {
    let target = request.uri().path_and_query().map_or("", |target| target.as_str());
    let mut head = format!("{} {target} HTTP/1.1\r\n", request.method()).into_bytes();
    for (name, value) in request.headers() {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    [&head[..], b"\r\n"].concat()
}

/// The quick way, where it is taken, leads to the same status, fields and content.
fn compare(request: &Request<()>, response: &Response<Bytes>) {
    let Some(quick) = quick::answer(&EDITION, &written(request)) else { return };
    let (head, body) = quick.written(std::iter::empty());
    let whole = [&head[..], &body].concat();
    let end = whole.windows(4).position(|four| four == b"\r\n\r\n").expect("a head ends");
    let head = std::str::from_utf8(&whole[..end]).expect("a head is ASCII");
    let mut lines: Vec<String> = head.split("\r\n").filter(|line| !line.starts_with("date: ")).map(str::to_owned).collect();
    let fields = response.headers().iter().map(|(name, value)| format!("{name}: {}", value.to_str().expect("ASCII")));
    let mut expected: Vec<String> = fields.collect();
    let status = response.status();
    expected.push(format!("HTTP/1.1 {} {}", status.as_str(), status.canonical_reason().expect("a reason")));
    lines.sort();
    expected.sort();
    assert_eq!((lines, &whole[end + 4..]), (expected, &response.body()[..]));
}

fuzz_target!(|text: &[u8]| {
    // Whatever bytes come, they are answered or left to others.
    let _ = quick::answer(&EDITION, text);
    let Some(request) = request(text) else { return };
    let response = respond(&EDITION, &request);
    compare(&request, &response);
    let status = response.status();
    assert!(!status.is_server_error(), "{status}");
    if matches!(status, StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT) || request.method() == Method::HEAD {
        assert!(response.body().is_empty());
    }
    if status == StatusCode::OK {
        assert!(response.headers().contains_key("etag"));
        // The same is the same, also where it is known by now.
        let again = respond(&EDITION, &request);
        assert_eq!((response.headers(), response.body()), (again.headers(), again.body()));
    }
});
