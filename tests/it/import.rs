//! Import of calendars: zones that are defined without an IANA name, missing ids, reports of what was lost.

use std::io::Write as _;
use std::process::Stdio;

use calcast::read::import::Imported;
use calcast::read::sheet::calendar::COLUMNS;
use calcast::render::table;
use proptest::prelude::*;

use crate::process::{Scratch, calcast};
use crate::site::{made_of, snapshot, text_at};

fn calendar(events: &str) -> String {
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Some//Program//EN\n{events}END:VCALENDAR\n");
    text.replace('\n', "\r\n")
}

fn imported(text: &str) -> Imported {
    let mut imported = Imported::default();
    imported.add(text.as_bytes()).unwrap();
    imported
}

fn cells<'i>(imported: &'i Imported, column: &str) -> Vec<&'i str> {
    let at = COLUMNS.iter().position(|known| *known == column).unwrap();
    imported.rows.iter().map(|row| row[at].as_str()).collect()
}

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\n{lines}END:VEVENT\n")
}

#[test]
fn a_zone_is_recognised_by_its_rules() {
    let zone = |id: &str, summer: &str| {
        format!(
            "BEGIN:VTIMEZONE\nTZID:{id}\nBEGIN:STANDARD\nDTSTART:16010101T020000\nTZOFFSETFROM:{summer}\n\
             TZOFFSETTO:-0600\nRRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11\nEND:STANDARD\nBEGIN:DAYLIGHT\n\
             DTSTART:16010101T020000\nTZOFFSETFROM:-0600\nTZOFFSETTO:{summer}\n\
             RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
        )
    };
    let custom = event(
        "UID:a\nSUMMARY:A\nDTSTART;TZID=Custom 1:20260512T180000\nDTEND;TZID=Custom 1:20260512T190000\n",
    );
    let strange = event("UID:b\nSUMMARY:B\nDTSTART;TZID=Custom 2:20260512T180000\n");
    let told = event(
        "UID:c\nSUMMARY:C\nDTSTART;TZID=\"(UTC+01:00) Amsterdam, Berlin, Bern, Rome\":20260512T180000\n",
    );
    let unknown = event("UID:d\nSUMMARY:D\nDTSTART;TZID=Mars:20260512T180000\n");
    let text =
        [zone("Custom 1", "-0500"), zone("Custom 2", "-0517"), custom, strange, told, unknown].concat();
    let imported = imported(&calendar(&text));
    assert_eq!(cells(&imported, "timezone"), ["America/Chicago", "", "Europe/Amsterdam", "Mars"]);
    // A zone with rules of its own is replaced by its offset.
    assert_eq!(cells(&imported, "start")[..2], ["2026-05-12 18:00", "2026-05-12T18:00:00-05:17"]);
}

#[test]
fn a_missing_id_is_replaced_by_a_stable_one() {
    let same = event("UID:a\nSUMMARY:Walk\nDTSTART;VALUE=DATE:20260512\n");
    let other = event("UID:a\nSUMMARY:Walk\nDTSTART;VALUE=DATE:20260513\n");
    let none = event("SUMMARY:Café & talk\nDTSTART;VALUE=DATE:20260512\n");
    let one = imported(&calendar(&[same.clone(), other.clone(), none.clone(), none.clone()].concat()));
    assert_eq!(
        cells(&one, "id"),
        ["a-2026-05-12", "a-2026-05-13", "cafe-and-talk-2026-05-12", "cafe-and-talk-2026-05-12-2"]
    );
    let again = imported(&calendar(&[none, other, same].concat()));
    assert_eq!(cells(&again, "id"), ["cafe-and-talk-2026-05-12", "a-2026-05-13", "a-2026-05-12"]);
}

#[test]
fn properties_of_programs_are_understood() {
    let odd = event(
        "UID:a\nSUMMARY:Talk\nDTSTART:20260512T180000Z\nDURATION:P15M\nLOCATION:https://meet.example.org/1\n\
         URL:https://example.org/?a=1&amp;b=2\nDESCRIPTION:Bring <b>a mat</b>\\,<br>please\nSTATUS:NEEDS-ACTION\n\
         ATTACH;FMTTYPE=image/png:https://example.org/a.png\n",
    );
    let backwards = event("UID:b\nDTSTART:20260512T180000Z\nDTEND:20260512T170000Z\n");
    let dates =
        event("UID:c\nSUMMARY:C\nDTSTART:20260512T180000Z\nRDATE:20260514T180000Z,20260516T180000Z\n");
    let imported = imported(&calendar(&[odd, backwards, dates].concat()));
    let cell = |column: &str, row: usize| cells(&imported, column)[row];
    assert_eq!(
        (cell("duration", 0), cell("online_url", 0), cell("location", 0)),
        ("PT15M", "https://meet.example.org/1", "")
    );
    assert_eq!(cell("url", 0), "https://example.org/?a=1&b=2");
    assert_eq!(cell("description", 0), "Bring **a mat**,\nplease");
    assert_eq!((cell("status", 0), cell("image", 0)), ("", "https://example.org/a.png"));
    assert_eq!((cell("title", 1), cell("end", 1)), ("Untitled event", ""));
    assert_eq!(
        (cell("repeat", 2), cell("also", 2)),
        ("FREQ=DAILY;COUNT=1", "2026-05-14 18:00;2026-05-16 18:00")
    );
    let folder =
        made_of("past = \"all\"\nbase_url = \"https://e.org\"\n", &table::csv(&COLUMNS, &imported.rows));
    let served = text_at(&snapshot(&folder), "/calendar.ics");
    assert!(served.contains("RDATE:20260514T180000Z\r\nRDATE:20260516T180000Z\r\n"), "{served}");
}

#[test]
fn the_command_reports_what_has_no_column() {
    let alarm = "BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:x\nEND:VALARM\n";
    let one = event(&format!(
        "UID:a\nSUMMARY:=HYPERLINK(1)\nDTSTART:20260512T180000\nCLASS:PRIVATE\nATTENDEE:mailto:a@b.c\nATTENDEE:mailto:b@b.c\n{alarm}"
    ));
    let text = calendar(&format!("{one}BEGIN:VJOURNAL\nSUMMARY:x\nEND:VJOURNAL\n"));
    let scratch = Scratch::new();
    scratch.write("old.ics", &text);
    let file = scratch.path().join("old.ics");
    let out = scratch.path().join("events.csv");
    let run = || calcast().arg("import").arg(&file).arg("--out").arg(&out).output().unwrap();
    let done = run();
    let told = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(0), "{told}");
    for line in [
        "1 events\n", "1 have a time without a zone", "1 are marked private", "  2 ATTENDEE\n",
        "  1 VALARM\n", "  1 VJOURNAL\n",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(scratch.read("events.csv").contains("a,'=HYPERLINK(1),2026-05-12 18:00,"));
    // Existing files are not overwritten.
    let again = run();
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8(again.stderr).unwrap().contains("is there already"));
    let mut piped = calcast()
        .args(["import", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    piped.stdin.take().unwrap().write_all(b"something else").unwrap();
    let done = piped.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8(done.stderr).unwrap().contains("does not begin with BEGIN:VCALENDAR"));
}

proptest! {
    #[test]
    fn no_calendar_panics(lines in prop::collection::vec("(BEGIN|END|DTSTART|RRULE|TZID|RDATE|DTSTART;TZID=X)[:;](VEVENT|VTIMEZONE|STANDARD|20260[0-9]{3}T[0-9]{6}|FREQ=DAILY;COUNT=[0-9]{1,9}|-?[0-9]{0,9}|\\PC{0,9})", 0..40)) {
        let _ = Imported::default().add(calendar(&lines.join("\n")).as_bytes());
    }

    #[test]
    fn a_cell_survives_the_round_trip(title in "[\\PC\n]{1,20}") {
        let title = title.trim().to_owned();
        prop_assume!(!title.is_empty() && !title.contains('\u{fffd}'));
        let row: Vec<String> = ["a", &title, "2026-05-12"].map(str::to_owned).to_vec();
        let text = table::csv(&["id", "title", "start"], &[row]);
        let folder = made_of("past = \"all\"\nbase_url = \"https://e.org\"\n", &text);
        let reading = crate::site::reading(&folder);
        let read = reading.value.site.events().first().map(|event| event.title.to_string());
        let spaces = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assert_eq!(read.map(|read| spaces(&read)), Some(spaces(&title)));
    }
}

#[test]
fn posts_become_articles() {
    let (blog, site) = (Scratch::new(), Scratch::new());
    std::fs::create_dir_all(blog.path().join("trip")).unwrap();
    blog.write(
        "2026-05-06-on-walking.md",
        "---\ntitle: On walking\nlayout: post\ntags: [Walks]\nmood: good\n---\n![A](a.svg) {% toc %}\n",
    );
    blog.write("trip/index.markdown", "+++\ntitle = \"A trip\"\ndate = 2026-05-07\n+++\nText\n");
    blog.write("_index.md", "+++\ntitle = \"Blog\"\n+++\n");
    blog.write("bare.md", "nothing above\n");
    blog.write("a.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    blog.write("a.css", "p{}");
    let articles = site.path().join("articles");
    let run = || calcast().arg("import").arg(blog.path()).arg("--out").arg(&articles).output().unwrap();
    let done = run();
    let told = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(0), "{told}");
    for line in [
        "2 articles, 1 files beside them\n",
        "1 files .css\n",
        "1 key mood\n",
        "1 tag toc\n",
        "1 pages of sections\n",
        "not taken: bare.md: found an article without front matter\n",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    site.write("events.csv", "title,start\nA,2026-07-01\n");
    let checked = calcast().arg("check").arg(site.path()).output().unwrap();
    assert!(String::from_utf8(checked.stdout).unwrap().contains("2 articles, 0 left out, 0 errors"));
    // Existing files are not overwritten.
    assert_eq!(run().status.code(), Some(2));
}
