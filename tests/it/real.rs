//! Real input: 6,008 conferences and a blog, read from the shared folder and not copied here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use calcast::diagnostic::{Severity, Spot};
use calcast::model::filter::Filter;
use calcast::model::route::Route;
use calcast::model::tag::{Facet, TagPath};
use calcast::publish::document::Encoding;
use calcast::publish::snapshot::Snapshot;
use calcast::read::folder::Folder;

use crate::site::{in_repository, reading, snapshot, text_at};

fn shared(path: &str) -> PathBuf {
    let path = in_repository("../shared/data").join(path);
    assert!(path.exists(), "{} is needed for this test", path.display());
    path
}

fn table() -> Vec<u8> {
    std::fs::read(shared("events-csv/confstech/confstech-all.csv")).unwrap()
}

fn conferences() -> Folder {
    let mut folder = Folder::new();
    folder.insert(
        "calcast.toml",
        "title = \"Conferences\"\npast = \"all\"\nbase_url = \"https://example.org\"\n",
    );
    folder.insert("events.csv", table());
    for entry in std::fs::read_dir(shared("articles/digitalgov")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        folder.insert(format!("articles/{name}"), std::fs::read(&path).unwrap());
    }
    folder
}

/// Counts the good rows of each tag and of those below it, from the cells and without calcast.
fn counted(column: &str, refused: &BTreeSet<u32>) -> BTreeMap<String, usize> {
    let bytes = table();
    let mut reader = csv::Reader::from_reader(&bytes[..]);
    let position = reader.headers().unwrap().iter().position(|name| name == column).unwrap();
    let mut counts = BTreeMap::new();
    for (row, record) in (2u32..).zip(reader.records()) {
        let record = record.unwrap();
        let mut of_row = BTreeSet::new();
        for name in record[position].split(';').map(str::trim).filter(|name| !name.is_empty()) {
            let path = TagPath::parse(name).unwrap();
            of_row.extend(path.with_parents().map(|path| path.as_str().to_owned()));
        }
        if !refused.contains(&row) {
            of_row.into_iter().for_each(|path| *counts.entry(path).or_insert(0) += 1);
        }
    }
    counts
}

fn events_at(snapshot: &Snapshot, route: &Route) -> usize {
    let document = snapshot.document(route).unwrap();
    let text = String::from_utf8(document.body(Encoding::Identity).to_vec()).unwrap();
    text.matches("BEGIN:VEVENT\r\n").count()
}

#[test]
fn every_feed_has_every_good_row() {
    let folder = conferences();
    let reading = reading(&folder);
    let refused: BTreeSet<u32> = reading
        .diagnostics
        .iter()
        .filter(|fault| fault.code.severity() != Severity::Warning && &*fault.place.file == "events.csv")
        .filter_map(|fault| match fault.place.spot {
            Spot::Cell { row, .. } => Some(row),
            _ => None,
        })
        .collect();
    let bytes = table();
    let rows = csv::Reader::from_reader(&bytes[..]).records().count();
    let snapshot = snapshot(&folder);
    let all = events_at(&snapshot, &Route::Calendar(Filter::everything()));
    assert_eq!((rows, all), (6008, rows - refused.len()));
    // 218 different cells name 137 regions; one of those has a parent that no cell names alone.
    for (facet, column, count) in [(Facet::Region, "region", 138), (Facet::Topic, "topic", 39)] {
        let counts = counted(column, &refused);
        let tags: Vec<TagPath> = snapshot.site().tags(facet).iter().map(|(path, _)| path.clone()).collect();
        assert_eq!(counts.len(), count, "{column}");
        assert!(counts.keys().all(|path| tags.iter().any(|tag| tag.as_str() == path)), "{column}");
        for path in tags {
            let route = Route::Calendar(Filter::tag(facet, path.clone()));
            // A topic that articles alone have is a valid calendar without events.
            let expected = counts.get(path.as_str()).copied().unwrap_or(0);
            assert_eq!(events_at(&snapshot, &route), expected, "{route}");
        }
    }
}

#[test]
fn every_row_and_article_left_out_is_explained() {
    let reading = reading(&conferences());
    let site = &reading.value.site;
    let told: BTreeSet<String> = reading
        .diagnostics
        .iter()
        .filter(|fault| fault.code.severity() != Severity::Warning)
        .map(|fault| match fault.place.spot {
            Spot::Cell { row, .. } => format!("{}:{row}", fault.place.file),
            _ => fault.place.file.to_string(),
        })
        .collect();
    assert_eq!(reading.value.report.left_out, told.len(), "{told:?}");
    let articles = std::fs::read_dir(shared("articles/digitalgov")).unwrap().count();
    assert_eq!(site.events().len() + site.articles().len() + told.len(), 6008 + articles);
}

#[test]
fn the_icalendar_crate_reads_every_title_and_day() {
    let snapshot = snapshot(&conferences());
    let judged: icalendar::Calendar = text_at(&snapshot, "/calendar.ics").parse().unwrap();
    let mut seen: BTreeMap<String, (String, String)> = BTreeMap::new();
    for component in &judged.components {
        if let icalendar::CalendarComponent::Event(event) = component {
            use icalendar::Component as _;
            let start = event.property_value("DTSTART").unwrap().to_owned();
            let known = seen.insert(
                event.get_uid().unwrap().to_owned(),
                (event.get_summary().unwrap().to_owned(), start),
            );
            assert!(known.is_none(), "{} twice", event.get_uid().unwrap());
        }
    }
    let bytes = table();
    let mut reader = csv::Reader::from_reader(&bytes[..]);
    for record in reader.records() {
        let record = record.unwrap();
        let (title, start) = &seen[&format!("{}@example.org", &record[0])];
        assert_eq!(title, &record[1].split_whitespace().collect::<Vec<_>>().join(" "));
        assert_eq!(*start, record[2].replace('-', ""), "{}", &record[0]);
    }
}
