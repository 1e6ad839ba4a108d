//! One snapshot after the other: what was asked for before is ready, and is what a fresh snapshot has.

use std::collections::{BTreeMap, BTreeSet};

use calcast::model::route::Route;
use calcast::publish::document::{Accepted, Encoding};
use calcast::publish::snapshot::Snapshot;
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
    let response = calcast::serve::respond::respond(snapshot, &request);
    assert_eq!(response.status(), 200, "{address}");
    response.body().len()
}

#[test]
fn what_was_asked_for_is_ready_in_the_next_edition() {
    let mut sheet = Sheet::new(SETTINGS);
    let before = sheet.save(&table(40, "Walk"));
    let asked = [
        ("/calendar.ics", "gzip"),
        ("/regions/usa/ohio.ics?utm=1", "identity"),
        ("/articles.rss", "identity"),
    ];
    for (address, encoding) in asked {
        ask(&before, address, encoding);
    }
    sheet.set(&format!("{SETTINGS}[renamed]\n\"regions/usa/ohio\" = \"regions/usa/oh\"\n"));
    let rows = table(40, "Talk").replace("Ohio", "OH");
    let (after, fresh) = (sheet.save(&rows), sheet.save(&rows));
    assert!(after.at("/calendar.ics").is_none());
    after.prepare(&before);
    let (_, document) = after.at("/calendar.ics").unwrap();
    assert_eq!(document.packed(), [Encoding::Gzip]);
    assert!(after.at("/articles.rss").unwrap().1.packed().is_empty(), "nobody wanted it packed");
    // A region that has another name now is at another address.
    assert!(after.at("/regions/usa/ohio.ics?utm=1").is_none());
    let text = String::from_utf8(document.body(Encoding::Identity).to_vec()).unwrap();
    assert!(text.contains("SUMMARY:Talk 7\r\n"));
    assert_eq!(text, text_at(&fresh, "/calendar.ics"));
}

#[test]
fn a_calendar_is_made_beside_the_connections_until_its_events_are_rendered() {
    let snapshot = Sheet::new(SETTINGS).save(&table(2_500, "Walk"));
    assert!(!snapshot.is_quick("/calendar.ics", Accepted::default()));
    // Whoever asks for one event does not wait for those who ask for all.
    assert!(snapshot.is_quick("/events/e7.ics", Accepted::default()));
    snapshot.warm();
    assert!(snapshot.is_quick("/calendar.ics", Accepted::default()));
    assert!(!snapshot.is_quick("/calendar.ics", Accepted { gzip: true, brotli: false }));
    assert!(snapshot.is_quick("/calendar.ics?region=usa", Accepted::default()));
    // A page is none, whatever is asked of it.
    assert!(!snapshot.is_quick("/?q=.ics", Accepted::default()));
    // The same without: rendered when asked for.
    let other = Sheet::new(SETTINGS).save(&table(2_500, "Walk"));
    assert_eq!(text_at(&other, "/calendar.ics"), text_at(&snapshot, "/calendar.ics"));
    assert!(other.is_quick("/calendar.ics", Accepted::default()));
}

/// The tag of a calendar is known before its bytes are; there is one for each of them.
#[test]
fn who_has_a_calendar_already_is_told_so_without_it() {
    let mut sheet = Sheet::new(SETTINGS);
    let rows = |title: &str| {
        let row = |row| {
            let (state, topic) = (row % 7, row % 5);
            format!("e{row},{title} {row},2026-07-01,USA/State {state},Topic {topic}\n")
        };
        (0..300).fold(String::from("id,title,start,region,topic\n"), |table, number| table + &row(number))
    };
    let first = sheet.save(&rows("Walk"));
    let tag = {
        let (_, document) = first
            .enter("/calendar.ics", Route::parse("/calendar.ics", None).unwrap(), first.language())
            .unwrap();
        assert!(!document.is_made());
        document.tag(Encoding::Identity).to_owned()
    };
    let request =
        Request::get("/calendar.ics").header("host", "a").header("if-none-match", &tag).body(()).unwrap();
    assert_eq!(calcast::serve::respond::respond(&first, &request).status(), 304);
    assert!(!first.at("/calendar.ics").unwrap().1.is_made());
    // The same in another snapshot of the same folder, and after an edit; another where a byte is another.
    let snapshots =
        [first, sheet.save(&rows("Walk")), sheet.save(&rows("Walk").replace("Walk 9,", "Talk 9,"))];
    let mut known: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut seen = 0;
    for snapshot in &snapshots {
        for number in 0..120 {
            let (a, b, c) = (number % 7, number / 7 % 7, number % 5);
            let address =
                format!("/f/region=usa/state-{a},usa/state-{b};topic=topic-{c},topic-{}.ics", (c + 1) % 5);
            let document = snapshot.document(&Route::parse(&address, None).unwrap()).unwrap();
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
