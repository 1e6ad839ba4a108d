//! Prints every occurrence of every event of a site folder between two days, as the pages have them: one JSON
//! object a line, `{"id", "occurrences": [[start, end], …]}`. Days are dates, the end exclusive; hours are UTC.
//!
//! `cargo run --example occurrences -- FOLDER 2026-01-01 2029-12-31`

#![expect(clippy::unwrap_used, reason = "a tool of the tests that cannot go on has failed")]

use calcast::model::when::When;
use calcast::source::disk::SiteFolder;
use jiff::civil::Date;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, from, to] = &arguments[..] else { panic!("FOLDER FROM TO") };
    let (from, to): (Date, Date) = (from.parse().unwrap(), to.parse().unwrap());
    let folder = SiteFolder::open(folder.as_ref()).unwrap().read().unwrap();
    let now = jiff::Timestamp::constant(1_780_000_000, 0);
    let reading = calcast::read::load(folder, now);
    for diagnostic in reading.diagnostics.iter() {
        eprintln!("{diagnostic}");
    }
    for event in reading.value.site.events() {
        let occurrences: Vec<[String; 2]> = event
            .occurrences(from, to)
            .into_iter()
            .map(|(when, _)| match when {
                When::Days { first, last } => [first.to_string(), last.tomorrow().unwrap().to_string()],
                When::Hours { start, end } => [start.timestamp().to_string(), end.timestamp().to_string()],
            })
            .collect();
        println!("{}", serde_json::json!({ "id": event.id.as_str(), "occurrences": occurrences }));
    }
}
