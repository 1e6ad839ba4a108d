//! What stays published while rows have errors or tables cannot be read, and what goes.

use calcast::history::lock;
use calcast::read;
use calcast::read::folder::Folder;
use jiff::{SignedDuration, Timestamp};

use crate::site::noon;

const SETTINGS: &str =
    "title = \"Sample\"\ntimezone = \"America/Chicago\"\nbase_url = \"https://example.org\"\n";
const HEADER: &str = "id,title,start,status,private\n";

/// A folder that is loaded again and again, a minute apart, with nothing but its lock between the loads.
struct Site {
    files: Vec<(String, String)>,
    at: Timestamp,
}

impl Site {
    fn new(rows: &str) -> Site {
        let mut site = Site { files: Vec::new(), at: noon() };
        site.write("calcast.toml", SETTINGS);
        site.write("events.csv", &format!("{HEADER}{rows}"));
        site
    }

    fn write(&mut self, name: &str, text: &str) {
        self.files.retain(|(known, _)| known != name);
        self.files.push((name.to_owned(), text.to_owned()));
    }

    /// Loads the folder and writes the lock. Returns the published events as `id title day`, with a status other than
    /// confirmed, in the order of their ids.
    fn load(&mut self) -> Vec<String> {
        self.load_with(&mut |_| {})
    }

    fn load_with(&mut self, change: &mut dyn FnMut(&mut Folder)) -> Vec<String> {
        let mut folder = Folder::new();
        for (name, text) in &self.files {
            folder.insert(name.clone(), text.clone());
        }
        change(&mut folder);
        let site = read::load(folder, self.at).value.site;
        self.write("calcast.lock", &String::from_utf8(lock::to_bytes(&site.history)).unwrap());
        self.at += SignedDuration::from_mins(1);
        let mut events: Vec<String> = site
            .events()
            .iter()
            .map(|event| {
                let status = event.status.word().replace("confirmed", "");
                format!("{} {} {} {status}", event.id, event.title, event.when.first_day())
                    .trim_end()
                    .to_owned()
            })
            .collect();
        events.sort();
        events
    }

    /// Loads the folder with these rows.
    fn rows(&mut self, rows: &str) -> Vec<String> {
        self.write("events.csv", &format!("{HEADER}{rows}"));
        self.load()
    }

    /// Returns `SEQUENCE` of an event.
    fn sequence(&self, id: &str) -> u32 {
        let (_, text) = self.files.iter().find(|(name, _)| name == "calcast.lock").unwrap();
        let history = lock::parse(text.as_bytes()).unwrap();
        history.events.iter().find(|(known, _)| known.as_str() == id).unwrap().1.sequence
    }
}

#[test]
fn a_row_with_an_error_stays_as_it_was_and_all_others_are_published() {
    let mut site = Site::new("a,Walk,2026-07-01,,\nb,Tea,2026-07-02,,\n");
    assert_eq!(site.load(), ["a Walk 2026-07-01", "b Tea 2026-07-02"]);
    let held = ["a Walk 2026-07-01", "b Tea 2026-07-09"];
    assert_eq!(site.rows("a,Stroll,soon,,\nb,Tea,2026-07-09,,\nc,New,soon,,\n"), held);
    assert_eq!(site.rows("a,Stroll,soon,,\nb,Tea,2026-07-09,,\nc,New,soon,,\n"), held);
    assert_eq!((site.sequence("a"), site.sequence("b")), (0, 1));
    // A cancellation counts although the date cannot be read, and so does its end.
    let cancelled = ["a Walk 2026-07-01 cancelled", "b Tea 2026-07-09"];
    assert_eq!(site.rows("a,Stroll,soon,cancelled,\nb,Tea,2026-07-09,,\n"), cancelled);
    assert_eq!(site.sequence("a"), 1);
    assert_eq!(site.rows("a,Stroll,soon,maybe,\nb,Tea,2026-07-09,,\n"), cancelled);
    assert_eq!(
        site.rows("a,Stroll,2026-07-03,,\nb,Tea,2026-07-09,,\n"),
        ["a Stroll 2026-07-03", "b Tea 2026-07-09"]
    );
    assert_eq!(site.sequence("a"), 2);
}

#[test]
fn what_is_withdrawn_goes_although_its_row_has_errors() {
    let mut site = Site::new("a,Walk,2026-07-01,,\n,Tea,2026-07-02,,\n");
    assert_eq!(site.load(), ["a Walk 2026-07-01", "tea Tea 2026-07-02"]);
    assert_eq!(
        site.rows("a,Walk,soon,,private\n,Tea,2026-07-02,,yes\nx,Other,soon,,\n"),
        Vec::<String>::new()
    );
    // A cell that is neither yes nor no holds the event back.
    let mut site = Site::new("a,Walk,2026-07-01,,\n");
    site.load();
    assert_eq!(site.rows("a,Walk,2026-07-05,,perhaps\n"), ["a Walk 2026-07-01"]);
}

#[test]
fn events_without_a_row_stay_while_a_row_may_be_theirs() {
    let mut site = Site::new("a,Walk,2026-07-01,,\nb,Tea,2026-07-02,,\n");
    site.load();
    // The id of `b` was mistyped, and its date too.
    assert_eq!(site.rows("a,Walk,2026-07-01,,\nbb,Tea,soon,,\n"), ["a Walk 2026-07-01", "b Tea 2026-07-02"]);
    assert_eq!(
        site.rows("a,Walk,2026-07-01,,\nbb,Tea,2026-07-03,,\n"),
        ["a Walk 2026-07-01", "bb Tea 2026-07-03"]
    );
}

#[test]
fn rows_without_an_id_are_matched_by_title_and_region() {
    let mut site = Site::new(",Tea,2026-07-02,,\n,Tea,2026-07-09,,\n,Walk,2026-07-01,,\n");
    let all = ["tea Tea 2026-07-02", "tea-2 Tea 2026-07-09", "walk Walk 2026-07-01"];
    assert_eq!(site.load(), all);
    // One of two rows of a title: its event is the one that no other row has.
    assert_eq!(site.rows(",Tea,2026-07-02,,\n,Tea,soon,,\n,Walk,2026-07-01,,\n"), all);
    // The only row of a title, beside one that was removed.
    assert_eq!(site.rows(",Tea,2026-07-02,,\n,Tea,2026-07-09,,\n,Walk,soon,,\n"), all);
    assert_eq!(site.rows(",Tea,2026-07-09,,\n,Walk,soon,,\n"), [all[1], all[2]]);
    // A title that cannot be read may be any event of the table.
    assert_eq!(site.rows(",Tea,2026-07-09,,\n,,soon,,\n"), [all[1], all[2]]);
    assert_eq!(site.rows(",Tea,2026-07-09,,\n"), [all[1]]);
}

#[test]
fn most_events_of_a_table_go_after_half_an_hour_or_when_accepted() {
    let rows: String = (10..31).map(|day| format!("e{day},Tea,2026-07-{day},,\n")).collect();
    let few = "e10,Tea,2026-07-10,,\n";
    let mut site = Site::new(&rows);
    assert_eq!(site.load().len(), 21);
    assert_eq!(site.rows(few).len(), 21);
    assert_eq!(site.load().len(), 21);
    // They are back in between: the time starts anew.
    assert_eq!(site.rows(&rows).len(), 21);
    site.at += SignedDuration::from_mins(40);
    assert_eq!(site.rows(few).len(), 21);
    site.at += SignedDuration::from_mins(40);
    assert_eq!(site.load().len(), 1);

    let mut site = Site::new(&rows);
    site.load();
    site.write("events.csv", &format!("{HEADER}{few}"));
    assert_eq!(site.load_with(&mut Folder::accept).len(), 1);
    assert_eq!(site.load().len(), 1);
}

#[test]
fn a_table_that_cannot_be_read_keeps_its_events() {
    let all = ["a Walk 2026-07-01", "b Tea 2026-07-02"];
    for broken in [
        "",
        "<!doctype html><html><head><title>Sign in</title></head><body>Sign in</body></html>",
        "id,when it is\na,2026-07-01\n",
        "id,title,start,status,private\n",
        "id,title,start,status,private\na,Walk,2026-07-01,,\nb,Te",
        "id,title,start,status,private\na,Walk,2026-07-01,,\nb,\"Tea,2026-07-02,,\n",
    ] {
        let mut site = Site::new("a,Walk,2026-07-01,,\nb,Tea,2026-07-02,,\n");
        site.load();
        site.write("events.csv", broken);
        assert_eq!(site.load(), all, "{broken:?}");
        assert_eq!(site.load(), all, "{broken:?}");
        assert_eq!(site.rows("a,Walk,2026-07-01,,\n"), [all[0]], "{broken:?}");
    }
    let mut site = Site::new("a,Walk,2026-07-01,,\nb,Tea,2026-07-02,,\n");
    site.load();
    site.files.retain(|(name, _)| name != "events.csv");
    assert_eq!(site.load(), all);
}

#[test]
fn tables_are_held_one_by_one_and_gone_with_their_setting() {
    let tables = |names: &[&str]| {
        let tables = names.iter().map(|name| format!("[[events]]\nfile = \"{name}\"\n"));
        format!("{SETTINGS}{}", tables.collect::<String>())
    };
    let mut site = Site::new("");
    site.write("calcast.toml", &tables(&["one.csv", "two.csv"]));
    site.write("one.csv", &format!("{HEADER}a,Walk,2026-07-01,,\n"));
    site.write("two.csv", &format!("{HEADER}b,Tea,2026-07-02,,\n"));
    assert_eq!(site.load(), ["a Walk 2026-07-01", "b Tea 2026-07-02"]);
    site.write("one.csv", "nothing");
    site.write("two.csv", &format!("{HEADER}b,Tea,2026-07-03,,\n"));
    assert_eq!(site.load(), ["a Walk 2026-07-01", "b Tea 2026-07-03"]);
    // The name of the file was mistyped.
    site.write("calcast.toml", &tables(&["onee.csv", "two.csv"]));
    assert_eq!(site.load(), ["a Walk 2026-07-01", "b Tea 2026-07-03"]);
    site.write("calcast.toml", &tables(&["two.csv"]));
    assert_eq!(site.load(), ["b Tea 2026-07-03"]);
}

#[test]
fn two_tables_of_one_file_are_told_apart() {
    let mut site = Site::new("a,Walk,2026-07-01,,\nb,Tea,2026-07-02,,\n");
    let twice = "[[events]]\nfile = \"events.csv\"\n[[events]]\nfile = \"events.csv\"\n";
    site.write("calcast.toml", &format!("{SETTINGS}{twice}"));
    let all = ["a Walk 2026-07-01", "b Tea 2026-07-02"];
    // The second has nothing but ids that are taken, so it is all errors.
    assert_eq!(site.load(), all);
    assert_eq!(site.rows("a,Walk,2026-07-01,,\nb,Tea,soon,,\n"), all);
    site.write("calcast.toml", SETTINGS);
    assert_eq!(site.load(), all);
    assert_eq!(site.rows("a,Walk,2026-07-01,,\n"), [all[0]]);
}

#[test]
fn settings_that_decide_what_a_table_means_hold_it() {
    let rows = "a,Walk,2026-07-01,,\n";
    for (settings, is_held) in [
        ("timezone = \"Chicago time\"", true),
        ("date_order = \"any\"", true),
        ("past = 7", true),
        ("[columns]\ntitle = 3", true),
        ("[[events]]\nfile = \"events.csv\"\ntimezone = \"nowhere\"", true),
        ("[[events]]\nfiel = \"events.csv\"", true),
        ("timezne = \"America/Chicago\"", true),
        ("[[event]]\nfile = \"events.csv\"", true),
        ("colour = \"blue\"", false),
        ("color = \"bluish\"", false),
        ("cancelled_days = 36500", false),
        ("no = TOML", true),
    ] {
        let mut site = Site::new(rows);
        site.load();
        site.write("calcast.toml", &format!("base_url = \"https://example.org\"\n{settings}\n"));
        let day = if is_held { "2026-07-01" } else { "2026-07-05" };
        assert_eq!(site.rows("a,Walk,2026-07-05,,\n"), [format!("a Walk {day}")], "{settings}");
    }
}

#[test]
fn a_series_with_a_faulty_row_for_one_date_stays_as_it_was() {
    let header = "id,title,start,repeat,occurrence\n";
    let series = "a,Walk,2026-07-01,every Wednesday,\n";
    let mut site = Site::new("");
    site.write("events.csv", &format!("{header}{series}a,,2026-07-09,,2026-07-08\n"));
    assert_eq!(site.load(), ["a Walk 2026-07-01"]);
    let known = site.files.last().unwrap().1.clone();
    site.write("events.csv", &format!("{header}{}a,,soon,,2026-07-08\n", series.replace("Walk", "Stroll")));
    assert_eq!(site.load(), ["a Walk 2026-07-01"]);
    assert_eq!(site.files.last().unwrap().1, known);
    // A new series is published without that date.
    let mut site = Site::new("");
    site.write("events.csv", &format!("{header}{series}a,,soon,,2026-07-08\na,,later,,2026-07-08\n"));
    assert_eq!(site.load(), ["a Walk 2026-07-01"]);
    assert!(site.files.last().unwrap().1.contains("\"except\":[\"2026-07-08T00:00:00\"]"));
}

#[test]
fn rows_that_are_not_published_give_no_region() {
    let header = "id,title,start,region,approved\n";
    let mut site = Site::new("");
    site.write("events.csv", &format!("{header}a,Walk,2026-07-01,Iowa,yes\n"));
    site.load();
    for table in [
        format!("{header}a,Walk,2026-07-01,Iowa,yes\nb,Tea,2026-07-01,Secret,\nc,Tea,soon,Secret,yes\n"),
        "id,title,start,region\na,Walk,2026-07-01,Iowa\nb,Tea,2026-07-01,Secret\n".to_owned(),
    ] {
        site.write("events.csv", &table);
        assert_eq!(site.load(), ["a Walk 2026-07-01"]);
        assert!(!site.files.last().unwrap().1.contains("Secret"));
    }
}

#[test]
fn private_rows_stay_private_when_their_column_is_gone() {
    let mut site = Site::new("a,Walk,2026-07-01,,\nb,Secret,2026-07-02,,yes\n");
    assert_eq!(site.load(), ["a Walk 2026-07-01"]);
    site.write("events.csv", "id,title,start,status,prvt\na,Walk,2026-07-05,,\nb,Secret,2026-07-02,,yes\n");
    assert_eq!(site.load(), ["a Walk 2026-07-01"]);
    assert_eq!(site.load(), ["a Walk 2026-07-01"]);
    assert_eq!(site.load_with(&mut Folder::accept), ["a Walk 2026-07-05", "b Secret 2026-07-02"]);
}
