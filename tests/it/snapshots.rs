//! Snapshots: what is prepared for the next one, what is answered at once, and entity tags.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use calcast::model::route::Route;
use calcast::publish::document::{Document, Encoding};
use calcast::publish::snapshot::{DocumentKey, Snapshot};
use calcast::serve::respond::{respond, respond_at_once};
use http::Request;

use crate::site::{Sheet, text_at};

const SETTINGS: &str = "base_url = \"https://example.org\"\n";

fn table(rows: usize, title: &str) -> String {
    let head = String::from("id,title,start,region,topic\n");
    (0..rows).fold(head, |table, row| {
        table + &format!("e{row},{title} {row},2026-07-01,USA/Ohio,Support groups\n")
    })
}

fn ask(snapshot: &Snapshot, address: &str, encoding: &str) -> usize {
    let request =
        Request::get(address).header("host", "a").header("accept-encoding", encoding).body(()).unwrap();
    let response = respond(snapshot, &request);
    assert_eq!(response.status(), 200, "{address}");
    response.body().len()
}

fn route(address: &str) -> Route {
    let (path, query) = address.split_once('?').map_or((address, None), |(path, query)| (path, Some(query)));
    Route::parse(path, query).unwrap()
}

fn cached(snapshot: &Snapshot, address: &str) -> Option<Arc<Document>> {
    snapshot.cached(&DocumentKey { route: route(address), language: snapshot.language() })
}

#[test]
fn requested_documents_are_ready_in_the_next_snapshot() {
    let mut sheet = Sheet::new(SETTINGS);
    let before = sheet.save(&table(40, "Walk"));
    let requested = [
        ("/calendar.ics", "gzip"),
        ("/regions/usa/ohio.ics?utm=1", "identity"),
        ("/articles.rss", "identity"),
    ];
    for (address, encoding) in requested {
        ask(&before, address, encoding);
    }
    sheet.set(&format!("{SETTINGS}[renamed]\n\"regions/usa/ohio\" = \"regions/usa/oh\"\n"));
    let rows = table(40, "Talk").replace("Ohio", "OH");
    let (after, fresh) = (sheet.save(&rows), sheet.save(&rows));
    assert!(cached(&after, "/calendar.ics").is_none());
    after.prepare(&before);
    let document = cached(&after, "/calendar.ics").unwrap();
    assert!(document.has_body(Encoding::Gzip));
    let feed = cached(&after, "/articles.rss").unwrap();
    assert!(feed.has_body(Encoding::Identity) && !feed.has_body(Encoding::Gzip), "nobody asked for gzip");
    // The old address of a renamed region redirects.
    assert!(cached(&after, "/regions/usa/ohio.ics").is_none());
    let text = String::from_utf8(document.body(Encoding::Identity).to_vec()).unwrap();
    assert!(text.contains("SUMMARY:Talk 7\r\n"));
    assert_eq!(text, text_at(&fresh, "/calendar.ics"));
}

#[test]
fn documents_that_take_long_are_not_answered_at_once() {
    let snapshot = Sheet::new(SETTINGS).save(&table(2_500, "Walk"));
    let at_once = |snapshot: &Snapshot, address: &str, encoding: &str| {
        let request = Request::get(address).header("host", "a").header("accept-encoding", encoding);
        respond_at_once(snapshot, &request.body(()).unwrap()).is_some()
    };
    assert!(!at_once(&snapshot, "/calendar.ics", "identity"));
    assert!(at_once(&snapshot, "/events/e7.ics", "identity"), "one event is rendered quickly");
    snapshot.prerender();
    assert!(!at_once(&snapshot, "/calendar.ics", "gzip"));
    assert!(at_once(&snapshot, "/calendar.ics?region=usa", "identity"));
    assert!(!at_once(&snapshot, "/calendar.ics?q=walk", "identity"));
    assert!(!at_once(&snapshot, "/", "identity"));
    // Once rendered, a page and a compressed calendar are answered from the cache.
    for (address, encoding) in [("/calendar.ics", "gzip"), ("/", "identity")] {
        ask(&snapshot, address, encoding);
        assert!(at_once(&snapshot, address, encoding), "{address}");
    }
    let other = Sheet::new(SETTINGS).save(&table(2_500, "Walk"));
    assert_eq!(text_at(&other, "/calendar.ics"), text_at(&snapshot, "/calendar.ics"));
    let small = Sheet::new(SETTINGS).save(&table(40, "Walk"));
    assert!(at_once(&small, "/", "br") && at_once(&small, "/calendar.ics", "gzip"));
}

/// The tag of a calendar is known before its bytes are assembled, and differs for different bytes.
#[test]
fn a_calendar_is_not_assembled_for_a_304() {
    let mut sheet = Sheet::new(SETTINGS);
    let rows = |title: &str| {
        let row = |row| {
            let (state, topic) = (row % 7, row % 5);
            format!("e{row},{title} {row},2026-07-01,USA/State {state},Topic {topic}\n")
        };
        (0..300).fold(String::from("id,title,start,region,topic\n"), |table, number| table + &row(number))
    };
    let first = sheet.save(&rows("Walk"));
    let document = first.document(&route("/calendar.ics")).unwrap();
    assert!(!document.has_body(Encoding::Identity));
    let tag = document.tag(Encoding::Identity).to_owned();
    let request =
        Request::get("/calendar.ics").header("host", "a").header("if-none-match", &tag).body(()).unwrap();
    assert_eq!(respond(&first, &request).status(), 304);
    assert!(!document.has_body(Encoding::Identity));
    // Equal bytes have equal tags in another snapshot of the folder and after an edit, and different bytes different ones.
    let snapshots =
        [first, sheet.save(&rows("Walk")), sheet.save(&rows("Walk").replace("Walk 9,", "Talk 9,"))];
    let mut known: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut seen = 0;
    for snapshot in &snapshots {
        for number in 0..120 {
            let (a, b, c) = (number % 7, number / 7 % 7, number % 5);
            let address =
                format!("/f/region=usa/state-{a},usa/state-{b};topic=topic-{c},topic-{}.ics", (c + 1) % 5);
            let document = snapshot.document(&route(&address)).unwrap();
            let bytes = document.body(Encoding::Identity).to_vec();
            assert_eq!(bytes.len(), document.length(), "{address}");
            let tag = document.tag(Encoding::Identity).to_owned();
            assert_eq!(known.entry(tag).or_insert_with(|| bytes.clone()), &bytes, "{address}");
            seen += 1;
        }
    }
    let different: BTreeSet<&Vec<u8>> = known.values().collect();
    assert!(different.len() == known.len() && known.len() < seen, "{} of {seen}", known.len());
}
