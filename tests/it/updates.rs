//! Updates in subscribers' programs: edits that never arrive, duplicate events, invisible cancellations.

use calcast::model::route::Route;
use calcast::publish::document::Encoding;
use calcast::publish::snapshot::Snapshot;

use crate::site::{Sheet, text_at, unfold};

const SETTINGS: &str =
    "title = \"Updates\"\nbase_url = \"https://example.org\"\ntimezone = \"America/Chicago\"\n";
const HEADER: &str = "id,title,start,end,region,status,location,repeat,occurrence\n";

fn table(rows: &[&str]) -> String {
    format!("{HEADER}{}\n", rows.join("\n"))
}

fn calendar(snapshot: &Snapshot) -> Vec<String> {
    unfold(&text_at(snapshot, "/calendar.ics"))
}

/// Returns the value of a property of the event with a UID.
fn value_of(lines: &[String], uid: &str, name: &str) -> String {
    let start = lines.iter().position(|line| *line == format!("UID:{uid}")).unwrap();
    let rest = &lines[start..];
    let value = rest.iter().take_while(|line| *line != "END:VEVENT").find_map(|line| {
        let rest = line.strip_prefix(name)?;
        rest.starts_with([':', ';']).then(|| rest.rsplit_once(':').unwrap().1.to_owned())
    });
    value.unwrap_or_else(|| panic!("no {name} in {rest:?}"))
}

fn uids(lines: &[String]) -> Vec<&str> {
    lines.iter().filter_map(|line| line.strip_prefix("UID:")).collect()
}

fn tag_of(snapshot: &Snapshot, address: &str) -> (String, i64) {
    let document = snapshot.document(&Route::parse(address, None).unwrap()).unwrap();
    (document.tag(Encoding::Identity).to_owned(), document.changed.as_second())
}

const GROUP: &str = "group,Support group,2026-06-09T18:00,20:00,USA/Ohio,,Library,,";
const WALK: &str = "walk,Walk,2026-07-01,,USA/Iowa,,,,";

#[test]
fn an_edit_raises_sequence_and_changes_only_its_calendars() {
    let mut sheet = Sheet::new(SETTINGS);
    let first = sheet.save(&table(&[GROUP, WALK]));
    let edited = sheet.save(&table(&[&GROUP.replace("18:00,20:00", "19:00,21:00"), WALK]));
    // Calendars without the event are unchanged.
    for (address, is_same) in
        [("/regions/usa/iowa.ics", true), ("/regions/usa/ohio.ics", false), ("/regions/usa.ics", false)]
    {
        assert_eq!(tag_of(&first, address) == tag_of(&edited, address), is_same, "{address}");
    }
    let (before, after) = (calendar(&first), calendar(&edited));
    let group = "group@example.org";
    assert_eq!(uids(&before), uids(&after));
    assert_eq!(
        (value_of(&before, group, "SEQUENCE"), value_of(&after, group, "SEQUENCE")),
        ("0".into(), "1".into())
    );
    for name in ["DTSTAMP", "LAST-MODIFIED"] {
        assert!(value_of(&before, group, name) < value_of(&after, group, name), "{name}");
        assert_eq!(value_of(&before, "walk@example.org", name), value_of(&after, "walk@example.org", name));
    }
    assert_eq!(value_of(&before, group, "CREATED"), value_of(&after, group, "CREATED"));
    assert_eq!(value_of(&after, group, "DTSTART"), "20260609T190000");
}

#[test]
fn unchanged_feeds_keep_their_entity_tags() {
    let mut sheet = Sheet::new(SETTINGS);
    let first = sheet.save(&table(&[GROUP, WALK]));
    let again = sheet.save(&table(&[GROUP, WALK]));
    // Spaces, a blank row, other order of rows and columns: nothing a subscriber would notice.
    let retyped = sheet.save(
        "title,id,start,end,region,status,location,repeat,occurrence\nWalk,walk,2026-07-01,,USA/Iowa,,,,\n,,,,,,,,\n  Support group ,group,2026-06-09T18:00,20:00,USA/Ohio,confirmed,Library,,\n",
    );
    for address in ["/calendar.ics", "/regions/usa/ohio.ics", "/changes.rss", "/events.json"] {
        assert_eq!(tag_of(&first, address), tag_of(&again, address), "{address}");
        assert_eq!(tag_of(&first, address), tag_of(&retyped, address), "{address}");
    }
    assert!(!text_at(&retyped, "/changes.rss").contains("<item>"));
}

#[test]
fn uids_are_stable() {
    let rows = "title,start,region\nCircle,2026-06-09T18:00,USA/Ohio\nCircle,2026-06-10T18:00,USA/Ohio\n";
    let one = calendar(&Sheet::new(SETTINGS).save(rows));
    let mut other = Sheet::new(SETTINGS);
    other.wait(9);
    assert_eq!(uids(&one), uids(&calendar(&other.save(rows))));
    assert_eq!(uids(&one), ["circle-usa-ohio@example.org", "circle-usa-ohio-2@example.org"]);
    // Once published the domain stays, whatever becomes of the address.
    let mut moved = Sheet::new(SETTINGS);
    moved.save(rows);
    moved.set(&SETTINGS.replace("example.org", "calendar.example.com"));
    assert_eq!(uids(&one), uids(&calendar(&moved.save(rows))));
}

#[test]
fn uids_are_unique() {
    let series = "circle,Circle,2026-06-02T18:00,20:00,USA,,,every Tuesday,";
    let date = "circle,,,,,cancelled,,,2026-06-09";
    let lines = calendar(&Sheet::new(SETTINGS).save(&table(&[GROUP, WALK, series, date])));
    let mut once: Vec<&str> = uids(&lines);
    assert_eq!(once.len(), 4);
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), 3);
    // Only what takes place instead of one date shares the UID of its series, and says of which.
    assert_eq!(lines.iter().filter(|line| line.starts_with("RECURRENCE-ID")).count(), 1);
}

#[test]
fn a_moved_event_keeps_its_uid() {
    let mut sheet = Sheet::new(SETTINGS);
    let unnamed = "title,start,region\nCircle,2026-06-09T18:00,USA/Ohio\nCircle,2026-06-16T18:00,USA/Ohio\nWalk,2026-06-20,USA\n";
    let first = calendar(&sheet.save(unnamed));
    // The first Circle now comes after the second one: each keeps its UID.
    let moved = sheet.save(&unnamed.replace("2026-06-09", "2026-06-23"));
    let lines = calendar(&moved);
    let mut both = (uids(&first), uids(&lines));
    both.0.sort_unstable();
    both.1.sort_unstable();
    assert_eq!(both.0, both.1);
    assert_eq!(value_of(&lines, "circle-usa-ohio@example.org", "DTSTART"), "20260623T180000");
    assert_eq!(value_of(&lines, "circle-usa-ohio-2@example.org", "DTSTART"), "20260616T180000");
    assert_eq!(value_of(&lines, "circle-usa-ohio-2@example.org", "SEQUENCE"), "0");
    let words = "Moved: Circle, from Tue, Jun 9, 6:00\u{a0}PM to Tue, Jun 23, 6:00\u{a0}PM";
    assert!(text_at(&moved, "/changes.rss").contains(&format!("<title>{words}</title>")));
    assert!(text_at(&moved, "/regions/usa/ohio/changes.json").contains(words));
    assert!(!text_at(&moved, "/changes.atom").contains("Walk"));
}

#[test]
fn past_events_stay_for_a_year() {
    let rows = table(&["old,Old,2025-07-01,,USA,,,,", "older,Older,2025-04-01,,USA,,,,", WALK]);
    let shown = |settings: &str| -> Vec<String> {
        let lines = calendar(&Sheet::new(settings).save(&rows));
        uids(&lines).iter().map(|uid| uid.split('@').next().unwrap().to_owned()).collect()
    };
    assert_eq!(shown(SETTINGS), ["old", "walk"]);
    assert_eq!(shown(&format!("{SETTINGS}past = \"all\"\n")), ["older", "old", "walk"]);
}

#[test]
fn a_cancelled_event_is_shown_and_later_hidden() {
    let cancelled = table(&[&GROUP.replace("USA/Ohio,,", "USA/Ohio,cancelled,"), WALK]);
    let run = |settings: &str| {
        let mut sheet = Sheet::new(settings);
        sheet.save(&table(&[GROUP, WALK]));
        let snapshot = sheet.save(&cancelled);
        (sheet, snapshot)
    };
    let (mut sheet, snapshot) = run(SETTINGS);
    let (lines, group) = (calendar(&snapshot), "group@example.org");
    let said = [value_of(&lines, group, "STATUS"), value_of(&lines, group, "SEQUENCE")];
    assert_eq!(said, ["CANCELLED", "1"].map(str::to_owned));
    assert!(lines.contains(&"SUMMARY:CANCELLED: Support group".to_owned()));
    let news = text_at(&snapshot, "/changes.rss");
    assert!(news.contains("<title>Cancelled: Support group, Tue, Jun 9, 6:00\u{a0}PM</title>"), "{news}");
    // Until 30 days after 9 June, then no more; the date of the feed advances with it.
    sheet.wait(38);
    let last = sheet.save(&cancelled);
    assert_eq!(last.today().to_string(), "2026-07-09");
    assert!(uids(&calendar(&last)).contains(&group));
    sheet.wait(1);
    let gone = sheet.save(&cancelled);
    assert_eq!(uids(&calendar(&gone)), ["walk@example.org"]);
    assert!(tag_of(&gone, "/calendar.ics").1 > tag_of(&last, "/calendar.ics").1);
    // For people on Google, which hides what is cancelled.
    let (_, visible) = run(&format!("{SETTINGS}cancelled = \"visible\"\n"));
    let lines = calendar(&visible);
    assert_eq!(value_of(&lines, group, "STATUS"), "CONFIRMED");
    assert!(lines.contains(&"SUMMARY:CANCELLED: Support group".to_owned()));
    assert_eq!(value_of(&lines, group, "TRANSP"), "TRANSPARENT");
}

#[test]
fn a_deleted_row_is_reported() {
    let both = table(&[GROUP, WALK]);
    let one = table(&[WALK]);
    let mut sheet = Sheet::new(SETTINGS);
    sheet.save(&both);
    let told = sheet.check(&one);
    assert!(
        told.len() == 1 && told[0].contains("no row for \"Support group\", id \"group\", on 2026-06-09"),
        "{told:?}"
    );
    // It is gone, and one can see that it was.
    let snapshot = sheet.save(&one);
    assert_eq!(uids(&calendar(&snapshot)), ["walk@example.org"]);
    let news = text_at(&snapshot, "/changes.rss");
    assert!(news.contains("<title>Removed: Support group, Tue, Jun 9, 6:00\u{a0}PM</title>"), "{news}");
    assert_eq!(sheet.check(&one), told, "it is missed for some days");
    // Put back it is the same event, later than it ever was.
    let back = sheet.save(&both);
    assert_eq!(value_of(&calendar(&back), "group@example.org", "SEQUENCE"), "2");
    assert!(
        text_at(&back, "/changes.rss")
            .contains("<title>Takes place after all: Support group, Tue, Jun 9, 6:00\u{a0}PM</title>")
    );
    // Or it is shown as cancelled.
    let mut sheet = Sheet::new(&format!("{SETTINGS}removed = \"cancel\"\n"));
    sheet.save(&both);
    let lines = calendar(&sheet.save(&one));
    let said = ["STATUS", "SEQUENCE", "DTSTART", "DTEND", "LOCATION"]
        .map(|name| value_of(&lines, "group@example.org", name));
    assert_eq!(said, ["CANCELLED", "1", "20260609T180000", "20260609T200000", "Library"].map(str::to_owned));
    sheet.wait(60);
    assert_eq!(uids(&calendar(&sheet.save(&one))), ["walk@example.org"]);
}

#[test]
fn feed_items_are_dated_by_first_publication() {
    let mut sheet = Sheet::new(SETTINGS);
    sheet.save(&table(&[WALK]));
    sheet.wait(3);
    let added = sheet.save(&table(&[GROUP, WALK]));
    let edited = sheet.save(&table(&[&GROUP.replace("Library", "Town hall"), WALK]));
    for snapshot in [&added, &edited] {
        let feed = text_at(snapshot, "/events.rss");
        let (group, walk) =
            (feed.find("Support group (Tue, Jun 9, 2026)"), feed.find("Walk (Wed, Jul 1, 2026)"));
        assert!(group.is_some() && group < walk, "{feed}");
        assert!(feed.contains("<pubDate>Thu, 04 Jun 2026 13:00:00 +0000</pubDate>"), "{feed}");
        assert!(feed.contains("<pubDate>Mon, 01 Jun 2026 00:00:00 +0000</pubDate>"), "{feed}");
    }
    let news = text_at(&edited, "/changes.rss");
    assert!(news.contains("<pubDate>Thu, 04 Jun 2026 14:00:00 +0000</pubDate>"), "{news}");
    assert!(news.contains("Moved: Support group, from Library to Town hall"), "{news}");
    // Articles and events are not mixed.
    assert!(!text_at(&edited, "/articles.rss").contains("Support group"));
}

/// An upload that stopped: what is left of the table is in no snapshot that people are served.
#[test]
fn a_truncated_table_is_refused() {
    const ROWS: [&str; 5] = [
        "walk,A walk,2026-07-01T18:00,20:00,Chicago",
        "talk,\"A talk, at length\",2026-07-02T18:00,20:00,Chicago",
        "tea,Tea,2026-07-03T18:00,20:00,Chicago",
        "song,Songs,2026-07-04T18:00,20:00,Chicago",
        "dance,A dance,2026-07-05T18:00,20:00,Chicago",
    ];
    let table = |rows: &[&str]| format!("id,title,start,end,region\n{}\n", rows.join("\n"));
    let is_cut_off = |told: &[String]| told.iter().any(|fault| fault.contains(": error[cut-off]"));
    let whole = table(&ROWS);
    let mut sheet = Sheet::new(SETTINGS);
    sheet.save(&whole);
    let end = whole.trim_end().len();
    for cut in 0..end {
        let part = &whole[..cut];
        let (rows, last) = (part.lines().skip(1).count(), part.lines().next_back().unwrap_or_default());
        // Somebody may have taken rows out of a table that ends as tables do; or fewer than half of them, or have
        // edited the last, with a program that does not end it.
        let is_row =
            rows > 2 && ROWS.contains(&last) || last.starts_with("dance") && last.matches(',').count() == 4;
        let may_be_meant = if part.ends_with('\n') { rows > 0 } else { is_row };
        let told = sheet.check(part);
        assert_eq!(told.iter().any(|fault| fault.contains(": error[")), !may_be_meant, "{part}\n{told:#?}");
    }
    for same in [&whole[..], &whole[..end]] {
        assert_eq!(sheet.check(same), [""; 0]);
    }
    let told = sheet.check(&whole[..whole.find(",20:00,Chicago\nsong").unwrap()]);
    let found =
        "error[cut-off]: found \"2026-07-03T18:00\" at the end of the table, and 2 events to come are gone";
    assert!(told.len() == 1 && told[0].starts_with(&format!("events.csv:4:3 (C4): {found}")), "{told:?}");
    // Nobody waits for what was taken out before or is over.
    let short =
        table(&ROWS[1..]).replace("dance,A dance,2026-07-05T18:00,20:00,Chicago", "dance,A dance,2026-07-05");
    sheet.save(&short);
    let short = short.trim_end();
    assert!(!is_cut_off(&sheet.check(short)), "{:?}", sheet.check(short));
    assert!(is_cut_off(&sheet.check("id,title,start,end,region\n")));
    sheet.wait(60);
    assert!(!is_cut_off(&sheet.check("id,title,start,end,region\n")));
}
