//! `calcast import`: calendars become a table of events, or a folder of posts becomes articles.

use std::error::Error;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bytes::Bytes;
use clap::Args;

use super::{posts, print, print_to_stderr, write_new_file};
use crate::diagnostic::{Diagnostic, Severity};
use crate::read;
use crate::read::folder::Folder;
use crate::read::import::Imported;
use crate::read::sheet::calendar::COLUMNS;
use crate::render::table;
use crate::source::{clock, fetch};

/// Largest calendar read from a file, in bytes.
const MAX_FILE: u64 = 512 << 20;
/// The most errors that are printed.
const MAX_ERRORS: usize = 20;

#[derive(Args, Debug)]
pub(super) struct ImportArguments {
    /// Calendars: .ics files, addresses (https, webcal), or - for standard input; or one folder of Markdown posts of
    /// Jekyll, Hugo or Zola
    #[arg(required = true, value_name = "CALENDAR")]
    calendars: Vec<String>,
    /// File for the table instead of standard output, or folder for the articles; existing files are never overwritten
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(arguments: &ImportArguments) -> Result<ExitCode, Box<dyn Error>> {
    if let [folder] = &arguments.calendars[..]
        && Path::new(folder).is_dir()
    {
        let out = arguments
            .out
            .as_deref()
            .ok_or("a folder of posts needs --out, a folder such as my-site/articles")?;
        return posts::run(Path::new(folder), out);
    }
    let mut imported = Imported::default();
    for calendar in &arguments.calendars {
        let bytes = open(calendar)?;
        imported.add(&bytes).map_err(|why| format!("{calendar}: {why}"))?;
    }
    let text = table::csv(&COLUMNS, &imported.rows);
    match &arguments.out {
        None => print(&text)?,
        Some(path) => write_new_file(path, text.as_bytes())?,
    }
    print_to_stderr(&report(&imported, &text, arguments.out.as_deref()));
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::disallowed_methods, reason = "the command line is an edge: the user names the file")]
fn open(calendar: &str) -> Result<Bytes, Box<dyn Error>> {
    let failed = |error: &dyn std::fmt::Display| format!("{calendar}: {error}");
    let url = calendar.replacen("webcal://", "https://", 1);
    if fetch::is_address(&url) {
        return Ok(fetch::once(&url).map_err(|error| failed(&error))?);
    }
    let mut bytes = Vec::new();
    let read = match calendar {
        "-" => io::stdin().lock().take(MAX_FILE + 1).read_to_end(&mut bytes),
        path => File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes)),
    };
    read.map_err(|error| failed(&error))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_FILE {
        return Err(failed(&format!("larger than {MAX_FILE} bytes")).into());
    }
    Ok(bytes.into())
}

/// Reports the number of events, properties without a column, and errors of the table.
fn report(imported: &Imported, table: &str, out: Option<&Path>) -> String {
    let Imported { rows, dropped, floating, moved, private } = imported;
    let mut text = format!("{} events\n", rows.len());
    let mut line = |count: usize, what: &str| {
        if count > 0 {
            text.push_str(&format!("  {count} {what}\n"));
        }
    };
    line(*moved, "changed dates of series are events of their own, and left out of their series");
    line(*floating, "have a time without a zone: `timezone` in calcast.toml says which it is");
    line(
        *private,
        "are marked private: they are in the table, and are not published unless you clear `private`",
    );
    if !dropped.is_empty() {
        text.push_str("no column for:\n");
        let mut all: Vec<(&String, &usize)> = dropped.iter().collect();
        all.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
        for (name, count) in all {
            text.push_str(&format!("  {count} {}\n", crate::diagnostic::visible(name)));
        }
    }
    let mut folder = Folder::new();
    folder.insert("events.csv", table.to_owned());
    folder.insert("calcast.toml", "base_url = \"https://calendar.example.org\"\n".to_owned());
    let reading = read::load(folder, clock::now());
    let is_error = |fault: &&Diagnostic| fault.code.severity() == Severity::Error;
    let errors: Vec<_> = reading.diagnostics.iter().filter(is_error).collect();
    if !errors.is_empty() {
        let name = out.map_or_else(|| "the table".to_owned(), |out| out.display().to_string());
        let (count, noun) = (errors.len(), if errors.len() == 1 { "error" } else { "errors" });
        text.push_str(&format!("{count} {noun} to mend in {name} before it can be published:\n"));
        errors.iter().take(MAX_ERRORS).for_each(|error| text.push_str(&format!("  {error}\n")));
        if errors.len() > MAX_ERRORS {
            text.push_str("  … and more; `calcast check` prints all\n");
        }
    }
    text
}
