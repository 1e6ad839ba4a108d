//! Any text as calcast.toml, beside a small table.
#![no_main]

use calcast::publish::survey::survey;
use calcast::read::folder::Folder;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut folder = Folder::new();
    folder.insert("calcast.toml", bytes.to_vec());
    folder.insert("events.csv", "Was,Wann,Wo\nLauf,9.6.2026,Park\nTee,Montag 18:00,Haus\n");
    let reading = survey(&folder, jiff::Timestamp::constant(1_780_000_000, 0), &mut || {});
    for table in &reading.value.tables {
        assert_eq!(table.rows, table.events + table.replaced + table.left_out);
    }
});
