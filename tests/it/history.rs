//! The history beside the spreadsheet: ids of rows without one, changes in feeds, WebSub notifications, `calcast diff`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;

use calcast::i18n::Localizer;
use calcast::publish::snapshot::Snapshot;

use crate::process::{PATIENCE, Scratch, Server, calcast, serve};
use crate::site::{Sheet, text_at};

const SETTINGS: &str =
    "title = \"Memory\"\nbase_url = \"https://example.org\"\ntimezone = \"America/Chicago\"\n";
const TABLE: &str =
    "id,title,start,region\ngroup,Support group,2027-06-09T18:00,USA/Ohio\nwalk,Walk,2027-07-01,USA/Iowa\n";

/// Returns the first days and ids of all events, sorted.
fn ids(snapshot: &Snapshot) -> Vec<(String, String)> {
    let mut ids: Vec<(String, String)> = snapshot
        .site()
        .events()
        .iter()
        .map(|event| (event.when.first_day().to_string(), event.id.to_string()))
        .collect();
    ids.sort();
    ids
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(day, id)| ((*day).to_owned(), (*id).to_owned())).collect()
}

fn words(snapshot: &Snapshot) -> Vec<String> {
    let zone = &snapshot.site().settings.zone;
    let words = Localizer::for_site(&snapshot.site().settings);
    let sentence = |change| calcast::render::changes::sentence(&words, change, zone);
    snapshot.site().changes_of(None).map(sentence).collect()
}

#[test]
fn rows_without_ids_keep_their_generated_ids() {
    const HEAD: &str = "title,start,region,location\n";
    let rows = |rows: &[&str]| format!("{HEAD}{}\n", rows.join("\n"));
    let mut sheet = Sheet::new(SETTINGS);
    let (june, july, august) = ("Circle,2026-06-09,USA,", "Circle,2026-07-09,USA,", "Circle,2026-08-09,USA,");
    let walk = "Walk,2026-06-20,Canada,Park";
    sheet.save(&rows(&[june, july, walk]));
    let start = [("2026-06-09", "circle-usa"), ("2026-06-20", "walk-canada"), ("2026-07-09", "circle-usa-2")];
    // Sorted otherwise; one more of the same name before the others.
    let first = "Circle,2026-06-01,USA,";
    let more = sheet.save(&rows(&[first, walk, july, june]));
    let mut expected = vec![("2026-06-01", "circle-usa-3")];
    expected.extend(start);
    assert_eq!(ids(&more), pairs(&expected));
    // A new title or region: time and place identify the event.
    let retitled = sheet.save(&rows(&[first, "Long walk,2026-06-20,Canada,Park", july, june]));
    assert_eq!(ids(&retitled), pairs(&expected));
    assert_eq!(words(&retitled)[0], "Renamed: Long walk, until now “Walk”, Sat, Jun 20");
    let elsewhere = sheet.save(&rows(&[first, "Long walk,2026-06-20,Canada/Ontario,Park", july, june]));
    assert_eq!(ids(&elsewhere), pairs(&expected));
    // What is over and goes is not what comes: a list that moves on is no list of moved events.
    sheet.wait(20);
    let on = sheet.save(&rows(&[july, august]));
    assert_eq!(ids(&on), pairs(&[("2026-07-09", "circle-usa-2"), ("2026-08-09", "circle-usa-4")]));
    assert_eq!(words(&on)[0], "New: Circle, Sun, Aug 9");
    // An id that was given is given to nobody else; what comes back has its own.
    let back = sheet.save(&rows(&[
        july,
        august,
        "Circle,2026-09-01,USA,",
        "Long walk,2026-06-20,Canada/Ontario,Park",
    ]));
    assert!(ids(&back).contains(&("2026-09-01".into(), "circle-usa-5".into())), "{:?}", ids(&back));
    assert!(ids(&back).contains(&("2026-06-20".into(), "walk-canada".into())), "{:?}", ids(&back));
}

#[test]
fn changes_have_sentences() {
    const HEAD: &str = "id,title,start,end,location,status,repeat,except,occurrence,description\n";
    let mut sheet = Sheet::new(SETTINGS);
    let mut save = |rows: &str| words(&sheet.save(&format!("{HEAD}{rows}\n")));
    assert_eq!(save("a,Circle,2026-06-09T18:00,20:00,Library,,,,,"), Vec::<String>::new());
    for (row, told) in [
        (
            "a,Circle,2026-06-16T18:00,20:00,Library,,,,,",
            "Moved: Circle, from Tue, Jun 9, 6:00\u{a0}PM to Tue, Jun 16, 6:00\u{a0}PM",
        ),
        (
            "a,Circle,2027-06-16T18:00,20:00,Town hall,,,,,",
            "Moved: Circle, from Tue, Jun 16, 6:00\u{a0}PM, Library to Wed, Jun 16, 2027, 6:00\u{a0}PM, Town hall",
        ),
        (
            "a,Circle,2027-06-16T18:00,21:00,Town hall,,,,,",
            "Moved: Circle, from Wed, Jun 16, 2027, 6:00\u{a0}PM – 8:00\u{a0}PM CDT to Wed, Jun 16, 2027, 6:00\u{a0}PM – 9:00\u{a0}PM CDT",
        ),
        (
            "a,Round,2027-06-16T18:00,21:00,Town hall,cancelled,,,,",
            "Cancelled and renamed: Round, until now “Circle”, Wed, Jun 16, 2027, 6:00\u{a0}PM",
        ),
        (
            "a,Round,2027-06-16T18:00,21:00,Town hall,,,,,",
            "Takes place after all: Round, Wed, Jun 16, 2027, 6:00\u{a0}PM",
        ),
        (
            "a,Round,2027-06-16T18:00,21:00,Town hall,sold out,,,,",
            "Sold out: Round, Wed, Jun 16, 2027, 6:00\u{a0}PM",
        ),
        (
            "a,Round,2027-06-16T18:00,21:00,Town hall,sold out,,,,Bring tea",
            "Changed: Round, Wed, Jun 16, 2027, 6:00\u{a0}PM; description: “” → “Bring tea”",
        ),
        (
            "a,Round,2026-06-16T18:00,21:00,Town hall,,every Tuesday,,,Bring tea",
            "Confirmed and moved: Round, from Wed, Jun 16, 2027, 6:00\u{a0}PM to every week on Tuesday, first Tue, Jun 16, 6:00\u{a0}PM",
        ),
        (
            "a,Round,2026-06-16T18:00,21:00,Town hall,,every Tuesday,2026-06-23,,Bring tea",
            "Other dates: Round; not on Tue, Jun 23, 6:00\u{a0}PM",
        ),
        (
            "a,Round,2026-06-16T18:00,21:00,Town hall,,every Tuesday,2026-06-23,,Bring tea\na,,2026-07-01T19:00,,,,,,2026-06-30,\na,,,,,cancelled,,,2026-07-07,",
            "Other dates: Round; Tue, Jun 30, 6:00\u{a0}PM is on Wed, Jul 1, 7:00\u{a0}PM; Tue, Jul 7, 6:00\u{a0}PM is cancelled",
        ),
        (
            "b,Picnic,2026-06-16,,,,,,,",
            "Removed: Round, every week on Tuesday, first Tue, Jun 16, 6:00\u{a0}PM",
        ),
    ] {
        // Of two changes in one save either may stand first.
        let now = save(row);
        assert!(now.iter().take(2).any(|words| words == told), "{told}: {now:?}");
    }
}

#[test]
fn changes_have_unique_ids_and_are_bounded() {
    let mut sheet = Sheet::new(SETTINGS);
    sheet.save(TABLE);
    let mut seen = std::collections::BTreeSet::new();
    let rows: String = (0..1_200).map(|n| format!("x{n},Event {n},2027-01-01,Iowa\n")).collect();
    for table in [TABLE.replace("2027-06-09", "2027-06-10"), format!("{TABLE}{rows}"), TABLE.to_owned()] {
        let snapshot = sheet.save_accepted(&table);
        assert!(snapshot.site().history.changes.len() <= 1_000);
        let feed: serde_json::Value = serde_json::from_str(&text_at(&snapshot, "/changes.json")).unwrap();
        let items = feed["items"].as_array().unwrap();
        assert!(items.len() <= 200);
        for item in items {
            let new = (item["id"].to_string(), item["title"].to_string());
            assert!(seen.iter().all(|(id, title): &(String, String)| *id != new.0 || *title == new.1));
            seen.insert(new);
        }
    }
    assert!(seen.len() > 400, "{}", seen.len());
}

#[test]
fn a_renamed_region_redirects() {
    let scratch = Scratch::new();
    scratch.write("calcast.toml", SETTINGS);
    scratch.write("events.csv", TABLE);
    let server = Server::start(&mut serve(), scratch.path());
    let (before, after) = ("USA/Ohio", "United States/Ohio");
    scratch.write("events.csv", TABLE.replace(before, after));
    server.until("/regions/united-states/ohio.ics", |answer| answer.status == 200);
    let empty = server.get("/regions/usa/ohio.ics");
    assert!(empty.status == 200 && empty.text().contains("X-WR-CALNAME:Memory: Ohio"), "{}", empty.text());
    scratch.write(
        "calcast.toml",
        format!("{SETTINGS}[renamed]\n\"regions/usa/ohio\" = \"regions/united-states/ohio\"\n"),
    );
    server.until("/regions/usa/ohio.ics", |answer| answer.status == 301);
    for (old, new) in [
        ("/regions/usa/ohio.ics", "/regions/united-states/ohio.ics"),
        ("/regions/usa/ohio", "/regions/united-states/ohio"),
        ("/regions/usa/ohio/changes.rss", "/regions/united-states/ohio/changes.rss"),
        ("/f/region=usa/ohio,usa/iowa.ics", "/f/region=united-states/ohio,usa/iowa.ics"),
        ("/calendar.ics?region=USA/Ohio", "/regions/united-states/ohio.ics"),
    ] {
        let answer = server.get(old);
        assert_eq!((answer.status, answer.header("location")), (301, Some(new)), "{old}");
        assert_eq!(server.get(new).status, 200);
    }
    // The tree does not show what is gone; the other region keeps its address.
    assert!(!server.get("/sitemap.xml").text().contains("usa/ohio"));
    assert_eq!(server.get("/regions/usa/iowa.ics").status, 200);
}

/// Starts a hub that answers with the given statuses, then 204, and sends each request body with its status.
fn hub(statuses: &'static [u16]) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/hub", listener.local_addr().unwrap());
    let (send, told) = mpsc::channel();
    std::thread::spawn(move || {
        let statuses = statuses.iter().chain(std::iter::repeat(&204));
        for (stream, status) in listener.incoming().zip(statuses) {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            write!(stream, "HTTP/1.1 {status} So\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
            if send.send(format!("{status} {}", String::from_utf8(body).unwrap())).is_err() {
                return;
            }
        }
    });
    (address, told)
}

#[test]
fn a_hub_is_notified_of_changes_and_again_after_an_error() {
    let (address, told) = hub(&[503]);
    let scratch = Scratch::new();
    scratch.write("calcast.toml", format!("{SETTINGS}[websub]\nhub = \"{address}\"\n"));
    scratch.write("events.csv", TABLE);
    let server = Server::start(&mut serve(), scratch.path());
    let feed = server.get("/changes.rss");
    let link = format!("<{address}>; rel=\"hub\", <https://example.org/changes.rss>; rel=\"self\"");
    assert_eq!(feed.header("link"), Some(link.as_str()));
    assert!(feed.text().contains(&format!("<atom:link href=\"{address}\" rel=\"hub\"")), "{}", feed.text());
    assert!(server.get("/articles.atom").text().contains(&format!("href=\"{address}\" rel=\"hub\"")));
    assert!(server.get("/events.json").text().contains("\"type\": \"WebSub\""));
    assert!(told.try_recv().is_err(), "a start is no change");
    scratch.write("events.csv", TABLE.replace("2027-06-09", "2027-06-10"));
    server.until("/changes.rss", |answer| answer.text().contains("Moved: Support group"));
    let first = told.recv_timeout(PATIENCE).unwrap();
    assert!(first.starts_with("503 hub.mode=publish&hub.url=https%3A%2F%2Fexample.org%2F"), "{first}");
    let mut again = Vec::new();
    while again.last().is_none_or(|line: &String| !line.contains("ohio.ics")) {
        again.push(told.recv_timeout(PATIENCE).unwrap());
    }
    assert_eq!(again[0][4..], first[4..], "what it refused is told first");
    for feed in ["calendar.ics", "changes.rss", "changes.atom", "events.rss", "regions%2Fusa%2Fohio.ics"] {
        assert!(
            again.iter().any(|line| line.contains(&format!("hub.url=https%3A%2F%2Fexample.org%2F{feed}&"))),
            "{feed}"
        );
    }
    assert!(!again.iter().any(|line| line.contains("iowa")), "{again:?}");
}

#[test]
fn a_silent_hub_does_not_delay_shutdown() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/hub", listener.local_addr().unwrap());
    let scratch = Scratch::new();
    scratch.write("calcast.toml", format!("{SETTINGS}[websub]\nhub = \"{address}\"\n"));
    scratch.write("events.csv", TABLE);
    let server = Server::start(&mut serve(), scratch.path());
    scratch.write("events.csv", TABLE.replace("2027-06-09", "2027-06-10"));
    let (_held, _) = listener.accept().unwrap();
    // The notice has fifteen seconds, which are not waited for.
    let start = std::time::Instant::now();
    assert!(server.stop("TERM").success());
    assert!(start.elapsed() < std::time::Duration::from_secs(8), "{:?}", start.elapsed());
}

#[test]
fn diff_lists_what_publishing_would_change() {
    let scratch = Scratch::new();
    scratch.write("calcast.toml", SETTINGS);
    scratch.write("events.csv", TABLE);
    let diff = |arguments: &[&str]| {
        let output = calcast().arg("diff").args(arguments).arg(scratch.path()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert!(diff(&[]).1.contains("nothing was published yet"));
    drop(Server::start(&mut serve(), scratch.path()));
    assert_eq!(diff(&[]), (Some(0), "nothing changes\n".to_owned()));
    let lock = scratch.read("calcast.lock");
    scratch.write("events.csv", TABLE.replace("2027-06-09", "2027-06-10").replace("walk,Walk", "hike,Hike"));
    let (code, text) = diff(&[]);
    assert_eq!(code, Some(0));
    for line in [
        "Moved: Support group, from Wed, 9 Jun 2027, 18:00 to Thu, 10 Jun 2027, 18:00\n",
        "Removed: Walk, Thu, 1 Jul 2027\n",
        "New: Hike, Thu, 1 Jul 2027\n",
        "3 events change\n",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert_eq!(scratch.read("calcast.lock"), lock, "a diff publishes nothing");
    let json: serde_json::Value = serde_json::from_str(&diff(&["--format", "json"]).1).unwrap();
    assert_eq!(json["changes"].as_array().unwrap().len(), 3);
    assert_eq!(json["changes"][0]["kinds"][0], "moved");
    scratch.write("events.csv", TABLE.replace("2027-06-09", "2027-06-10"));
    assert!(diff(&[]).1.ends_with("1 event changes\n"), "{}", diff(&[]).1);
    scratch.write("events.csv", TABLE);
    std::fs::create_dir(scratch.path().join("articles")).unwrap();
    scratch.write("articles/neck.md", "+++\ntitle = \"Neck\"\ndate = 2026-03-03\n+++\n\nText.\n");
    assert_eq!(diff(&[]), (Some(0), "New article: neck\n".to_owned()));
    scratch.write("events.csv", TABLE.replace("2027-06-09", "2027-06-31"));
    let (code, text) = diff(&[]);
    assert!(code == Some(1) && text.contains("events.csv:2:3 (C2)"), "{text}");
    assert!(text.ends_with("1 error: the events concerned stay as they were published\n"), "{text}");
}
