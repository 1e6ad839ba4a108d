//! Any text as an article: its front matter in TOML or YAML, its Markdown.
#![no_main]

use calcast::publish::survey::survey;
use calcast::read::folder::Folder;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut folder = Folder::new();
    folder.insert("events.csv", "title,start\nWalk,2026-06-09\n");
    folder.insert("articles/2026-06-01-any.md", bytes.to_vec());
    let reading = survey(&folder, jiff::Timestamp::constant(1_780_000_000, 0), &mut || {});
    assert!(reading.value.articles + reading.value.left_out == 1);
});
