//! Any request head gets an answer that HTTP allows: never a failure of ours, nothing that a header could carry
//! out, no content where there must be none.

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

fuzz_target!(|text: &[u8]| {
    let Some(request) = request(text) else { return };
    let response = respond(&EDITION, &request);
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
