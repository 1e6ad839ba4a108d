//! Rows as people have them, and what other libraries make of them.

use std::fmt::Write as _;

use icalendar::{Calendar, Component as _, Event, EventLike as _};

/// The Python that the tests install.
#[allow(dead_code, reason = "not every measurement asks it")]
pub const PYTHON: &str = "target/clients/venv/bin/python";

/// A calendar by Python's `icalendar`; prints how many seconds of processor time that took without the reading.
#[allow(dead_code, reason = "not every measurement asks it")]
pub const SNAKE: &str = r#"
import csv, datetime, sys, time, zoneinfo
from icalendar import Calendar, Event
rows = list(csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8")))
start = time.process_time()
calendar = Calendar()
for row in rows:
    zone = zoneinfo.ZoneInfo(row["timezone"])
    event = Event()
    event.add("uid", row["id"])
    event.add("summary", row["title"])
    event.add("dtstart", datetime.datetime.fromisoformat(row["start"]).replace(tzinfo=zone))
    event.add("dtend", datetime.datetime.fromisoformat(row["end"]).replace(tzinfo=zone))
    event.add("location", row["location"] + ", " + row["address"])
    event.add("url", row["url"])
    event.add("description", row["description"])
    event.add("categories", [row["region"], row["topic"]])
    event.add("contact", row["organizer"] + " (" + row["contact"] + ")")
    event.add("status", "CONFIRMED")
    calendar.add_component(event)
assert len(calendar.to_ical()) > 1000
print(time.process_time() - start)
"#;

/// A table of rows of about 1 kB, with what such rows have: names, places, links, some sentences.
pub fn table(rows: usize) -> String {
    const WORDS: [&str; 24] = [
        "People who live with dystonia meet to talk and to listen;",
        "bring a friend, a neighbour or nobody at all.",
        "Nobody needs to sign up, and there is coffee.",
        "The lift is to the left of the entrance,",
        "the room has a hearing loop,",
        "and parking is free after six.",
        "A neurologist answers questions for the last half hour.",
        "We end with ten minutes of quiet breathing.",
        "Doors open a quarter of an hour before.",
        "Please tell us if you come with an assistance dog.",
        "If the weather is bad we meet online instead.",
        "The entrance is around the corner, beside the café.",
        "Newcomers are met at the door by Åsa.",
        "Slides are sent to everybody afterwards.",
        "Tea, water and something sweet are on the table.",
        "You may leave and come back as you like.",
        "Caregivers have a circle of their own next door.",
        "The bus stops in front of the house.",
        "Tell the desk that you come to the group.",
        "We keep what is said among ourselves.",
        "There is a quiet room if you need one.",
        "Some of us speak Spanish and some French.",
        "Chairs with arms are there, and cushions too.",
        "It costs nothing.",
    ];
    let mut text = String::from(
        "id,title,start,end,timezone,location,address,url,description,region,topic,organizer,contact,status\n",
    );
    for row in 0..rows {
        let (month, day, hour) = (row % 12 + 1, row % 28 + 1, row % 12 + 8);
        let zone = ["America/Chicago", "America/New_York", "Europe/Berlin"][row % 3];
        let _ = write!(
            text,
            "ev{row:07},Support group {} of the circle,2027-{month:02}-{day:02}T{hour:02}:30,2027-{month:02}-{day:02}T{:02}:00,{zone},\"Library, room {}\",\"{} Main Street, Springfield\",https://example.org/events/{row},\"",
            row % 977,
            hour + 2,
            row % 40,
            row % 900 + 1,
        );
        for sentence in 0..15 {
            text.push_str(WORDS[(row * 7 + sentence * 5) % WORDS.len()]);
            text.push(' ');
        }
        let _ = writeln!(
            text,
            "\",USA/State {}; Online,Topic {},Dystonia Circle,circle{}@example.org,confirmed",
            row % 50,
            row % 20,
            row % 30,
        );
    }
    text
}

/// The rows of a table.
pub fn records(bytes: &[u8]) -> Vec<csv::StringRecord> {
    csv::ReaderBuilder::new().from_reader(bytes).records().map(Result::unwrap).collect()
}

/// The rows as a calendar by the crate that most Rust programs use.
pub fn calendar(records: &[csv::StringRecord]) -> String {
    let mut calendar = Calendar::new();
    for record in records {
        let mut event = Event::new();
        let compact = |cell: &str| format!("{}00", cell.replace([':', '-'], ""));
        event.uid(&record[0]).summary(&record[1]).description(&record[8]);
        event.location(&format!("{}, {}", &record[5], &record[6])).url(&record[7]);
        for (name, cell) in [("DTSTART", &record[2]), ("DTEND", &record[3])] {
            let mut property = icalendar::Property::new(name, compact(cell));
            property.add_parameter("TZID", &record[4]);
            event.append_property(property);
        }
        event.add_property("CATEGORIES", format!("{},{}", &record[9], &record[10]));
        event.add_property("CONTACT", format!("{} ({})", &record[11], &record[12]));
        event.add_property("STATUS", "CONFIRMED");
        calendar.push(event.done());
    }
    calendar.to_string()
}
