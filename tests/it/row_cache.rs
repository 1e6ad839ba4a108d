//! Rows that are kept from one reading to the next: whatever is edited, what is read with them is what is read
//! without.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use calcast::diagnostic::Reading;
use calcast::model::event::Event;
use calcast::read::folder::Folder;
use calcast::read::row_cache::RowCache;
use calcast::read::{self, Edited};

use crate::site::{made_of, noon};

/// Rows that make a table long enough to be kept.
const ROWS: usize = 300;
const SETTINGS: &str = "timezone = \"America/Chicago\"\nuid_domain = \"example.org\"\n";
const HEADER: &str = "id,title,start,end,timezone,description,region,topic,repeat,occurrence,verified";

/// A table under edit.
struct Desk {
    settings: String,
    header: String,
    rows: Vec<String>,
    dice: u64,
}

impl Desk {
    fn new() -> Desk {
        let row = |row: usize| {
            let (id, title, region) = match row % 3 {
                // Some without an id, some of them alike.
                0 => (String::new(), format!("Group {}", row % 90), format!("USA/State {}", row % 7)),
                _ => (format!("ev{row}"), format!("Meeting {row}"), format!("USA/State {}; Canada", row % 7)),
            };
            let day = format!("2027-{:02}-{:02}", row % 12 + 1, row % 28 + 1);
            let (start, end) = match row % 4 {
                0 => (day, String::new()),
                _ => (format!("{day}T18:30"), "20:00".to_owned()),
            };
            let repeat = if row % 5 == 1 { "monthly on the 2nd Tuesday until 2028-06-30" } else { "" };
            let zone = if row % 11 == 2 { "Europe/Berlin" } else { "" };
            let text = format!("\"{}\"", "Bring a friend, and nobody needs to sign up. ".repeat(20));
            format!("{id},{title},{start},{end},{zone},{text},{region},Topic {},{repeat},,", row % 5)
        };
        let rows = (0..ROWS).map(row).collect();
        Desk { settings: SETTINGS.to_owned(), header: HEADER.to_owned(), rows, dice: 7 }
    }

    fn throw(&mut self, sides: usize) -> usize {
        // Knuth's generator, whose upper bits are good.
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.dice >> 33).unwrap() % sides
    }

    /// One edit, in words.
    fn edit(&mut self) -> &'static str {
        let at = self.throw(self.rows.len());
        match self.throw(13) {
            0 => {
                let row = self.rows[at].replace("Meeting", "Talk").replace("Group", "Circle");
                self.rows[at] = row;
                "a title"
            }
            1 => {
                self.rows.remove(at);
                "a row removed"
            }
            2 => {
                self.rows.insert(at, self.rows[at].clone());
                "a row twice"
            }
            3 => {
                self.rows[0] = self.rows[0].replace("USA/State", "usa/STATE");
                "a name spelled anew in the first row"
            }
            4 => {
                self.rows.insert(at, format!("odd{at},Odd,1/5/2027,,,,Canada,Topic 1,,,"));
                "a date of two readings"
            }
            5 => {
                self.rows.push(format!(
                    "late{at},Late,{},,,,Canada,Topic 1,,,",
                    ["13/5/2027", "5/13/2027"][at % 2]
                ));
                "a date that tells how dates are read"
            }
            6 => {
                self.rows.retain(|row| !row.starts_with("late"));
                "nothing tells how dates are read"
            }
            7 => {
                self.settings =
                    SETTINGS.replace("America/Chicago", ["Europe/Paris", "America/Chicago"][at % 2]);
                "another zone"
            }
            8 => {
                self.header = HEADER.replace("verified", ["updated", "notes", "verified"][at % 3]);
                "another column"
            }
            9 => {
                self.rows.insert(at, format!("bad{at},\"Bad\" one,2027-02-30,,,,Canada,Topic 1,,,"));
                "a row with faults"
            }
            10 => {
                self.rows.rotate_left(at);
                "rows in another order"
            }
            11 => {
                let series = self.rows.iter().find(|row| row.starts_with("ev") && row.contains("monthly"));
                let id = series.unwrap().split(',').next().unwrap().to_owned();
                self.rows.push(format!("{id},Elsewhere,2027-06-09T10:00,,,,Canada,,,2027-06-08,"));
                "an occurrence replaced"
            }
            _ => {
                self.rows.retain(|row| !row.contains("Elsewhere") && !row.starts_with("bad"));
                "faults mended"
            }
        }
    }

    fn table(&self) -> String {
        let mut table = format!("{}\n", self.header);
        self.rows.iter().for_each(|row| writeln!(table, "{row}").unwrap());
        assert!(table.len() > 256 << 10, "{}", table.len());
        table
    }

    fn folder(&self) -> Folder {
        made_of(&self.settings, &self.table())
    }
}

fn told(reading: &Reading<Edited>) -> Vec<String> {
    reading.diagnostics.iter().map(ToString::to_string).collect()
}

#[test]
fn what_stands_is_read_as_it_would_be() {
    let mut desk = Desk::new();
    let mut standing: Option<Arc<RowCache>> = None;
    let mut memory = None;
    let mut edits = Vec::new();
    for _ in 0..40 {
        let mut folder = desk.folder();
        if let Some(memory) = memory.take() {
            folder.remember(memory);
        }
        let anew = read::site(&folder, noon());
        if let Some(standing) = standing.take() {
            folder.stand(standing);
        }
        let again = read::site(&folder, noon());
        assert_eq!(told(&anew), told(&again), "{edits:?}");
        assert_eq!(anew.value.site.events(), again.value.site.events(), "{edits:?}");
        assert_eq!(anew.value.site.history, again.value.site.history, "{edits:?}");
        assert_eq!(anew.value.left_out, again.value.left_out, "{edits:?}");
        memory = Some(again.value.site.history);
        standing = Some(Arc::new(again.value.standing));
        edits.push(desk.edit());
    }
}

#[test]
fn what_stands_is_not_read_again() {
    let mut desk = Desk::new();
    // A series that does not begin with its first date is told each time.
    let sound = desk.rows.iter().filter(|row| !row.contains("monthly")).count();
    let changed =
        desk.rows.iter().position(|row| row.contains("Meeting") && !row.contains("monthly")).unwrap();
    let first = read::site(&desk.folder(), noon()).value;
    desk.rows[changed] = desk.rows[changed].replace("Meeting", "Talk");
    let mut folder = desk.folder();
    folder.remember(first.site.history.clone());
    folder.stand(Arc::new(first.standing));
    let second = read::site(&folder, noon()).value;
    let was: BTreeSet<*const Event> = first.site.events().iter().map(Arc::as_ptr).collect();
    let is_same = |event: &&Arc<Event>| was.contains(&Arc::as_ptr(event));
    assert_eq!(second.site.events().iter().filter(is_same).count(), sound - 1);
}
