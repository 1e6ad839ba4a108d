//! Any bytes as the table of events: each row is an event, a replacement, or left out with a diagnostic.
#![no_main]

use calcast::publish::survey::survey;
use calcast::read::folder::Folder;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut folder = Folder::new();
    folder.insert("events.csv", bytes.to_vec());
    let now = jiff::Timestamp::constant(1_780_000_000, 0);
    let reading = survey(&folder, now, &mut || {});
    for table in &reading.value.tables {
        assert_eq!(table.rows, table.events + table.replaced + table.left_out);
        assert!(table.left_out == 0 || reading.diagnostics.iter().next().is_some());
    }
    let site = calcast::read::load(folder, now);
    assert_eq!(site.value.site.events().len(), reading.value.events);
});
