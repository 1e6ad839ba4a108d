//! Any request gets a response that HTTP allows: no server error, no content where there must be none, and the same
//! response from the cache.

#![no_main]

use std::sync::LazyLock;

use calcast::publish::snapshot::Snapshot;
use calcast::read;
use calcast::read::folder::Folder;
use calcast::serve::respond::respond;
use http::{Method, Request, StatusCode};
use libfuzzer_sys::fuzz_target;

const EVENTS: &str = "id,title,start,end,region,topic,online_url,description\n\
    group,Chicago support group,2027-06-09T18:00,20:00,USA/Illinois,Support groups,,Bring a friend\n\
    webinar,Botulinum toxin,2027-06-10T18:00,19:00,Online,Webinars; Treatment,https://example.org/join,\n\
    ev.ics,A name like a file,2027-06-11,,Canada/Québec,Treatment,,\n";

static SNAPSHOT: LazyLock<Snapshot> = LazyLock::new(|| {
    let mut folder = Folder::new();
    folder.insert("events.csv", EVENTS);
    folder.insert("calcast.toml", "title = \"Fuzz\"\ntimezone = \"America/Chicago\"\nbase_url = \"https://example.org\"\n[renamed]\n\"regions/old\" = \"regions/canada\"\n");
    folder.insert("articles/neck.md", "+++\ntitle = \"Neck\"\ndate = 2026-01-01\ntopics = [\"Treatment\"]\n+++\nText\n");
    let now = "2026-11-25T12:00:00Z".parse().expect("an instant");
    let site = read::load(folder, now).value.site;
    let today = read::today(&site.settings, now);
    Snapshot::new(site, today)
});

/// Parses a request line and header lines. What the `http` crate rejects, hyper rejects before us.
fn request(text: &[u8]) -> Option<Request<()>> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let mut words = lines.next()?.split(|byte| *byte == b' ');
    let mut request = Request::builder().method(Method::from_bytes(words.next()?).ok()?).uri(words.next()?);
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        // Whitespace around a value is not part of it (RFC 9112 §5.1).
        request = request.header(&line[..colon], line[colon + 1..].trim_ascii());
    }
    request.body(()).ok()
}

fuzz_target!(|text: &[u8]| {
    let Some(request) = request(text) else { return };
    let response = respond(&SNAPSHOT, &request);
    let status = response.status();
    assert!(!status.is_server_error(), "{status}");
    if matches!(status, StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT) || request.method() == Method::HEAD {
        assert!(response.body().is_empty());
    }
    if status == StatusCode::OK {
        assert!(response.headers().contains_key("etag"));
        let again = respond(&SNAPSHOT, &request);
        assert_eq!((response.headers(), response.body()), (again.headers(), again.body()));
    }
});
