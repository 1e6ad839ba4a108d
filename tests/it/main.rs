//! Integration tests: one test binary with a module per subject.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "tests touch the disk and the environment")]

mod commands;
mod cycles;
mod date_atoms;
mod date_examples;
mod date_forms;
mod date_meaning;
mod date_mutations;
mod date_oracle;
mod date_patterns;
mod date_printer;
mod date_tokens;
mod deterministic;
mod editor;
mod export;
mod fetching;
mod golden;
mod held_events;
mod held_faults;
mod history;
mod http;
mod http2;
mod import;
mod init;
mod laws;
mod licences;
mod lock;
mod names;
mod pages;
mod pains;
mod probe;
mod process;
mod real;
mod recurrences;
mod refused_recurrences;
mod reload;
mod serving;
mod site;
mod snapshots;
mod spreadsheets;
mod tidy;
mod tls;
mod torture;
mod updates;
mod workbook;
