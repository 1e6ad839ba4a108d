//! `calcast import`: calendars of others become a table of events, or a folder of posts becomes articles.

use std::error::Error;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bytes::Bytes;
use clap::Args;

use super::print;
use crate::diagnostic::{Code, Severity};
use crate::read::folder::Folder;
use crate::read::import::Imported;
use crate::read::sheet::calendar::COLUMNS;
use crate::read::{self};
use crate::render::table;
use crate::source::{clock, fetch};

/// The largest calendar that is read from a file, in bytes.
const LARGEST: u64 = 512 << 20;
/// The most faults that are printed.
const MOST_FAULTS: usize = 20;

#[derive(Args, Debug)]
pub(super) struct ImportArguments {
    /// Calendars: .ics files, addresses (https, webcal), or - for what comes from a pipe; or one folder of Markdown
    /// posts of Jekyll, Hugo or Zola
    #[arg(required = true, value_name = "CALENDAR")]
    calendars: Vec<String>,
    /// Where to write the table, instead of stdout, or the folder of articles; what is there already is not written
    /// over
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
        return super::posts::run(Path::new(folder), out);
    }
    let mut imported = Imported::default();
    for calendar in &arguments.calendars {
        let bytes = open(calendar)?;
        imported.add(&bytes).map_err(|why| format!("{calendar}: {why}"))?;
    }
    let text = table::csv(&COLUMNS, &imported.rows);
    match &arguments.out {
        None => print(&text)?,
        Some(path) => write_new(path, text.as_bytes())?,
    }
    let report = report(&imported, &text, arguments.out.as_deref());
    // With stderr closed there is nobody left to tell.
    let _ = io::stderr().lock().write_all(report.as_bytes());
    Ok(ExitCode::SUCCESS)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the command line is an edge: the file is one that a person names"
)]
fn open(calendar: &str) -> Result<Bytes, Box<dyn Error>> {
    let told = |error: &dyn std::fmt::Display| format!("{calendar}: {error}");
    if let Some(rest) = calendar.strip_prefix("webcal://") {
        return Ok(fetch::once(&format!("https://{rest}")).map_err(|why| told(&why))?);
    }
    if fetch::is_address(calendar) {
        return Ok(fetch::once(calendar).map_err(|why| told(&why))?);
    }
    let mut bytes = Vec::new();
    let read = match calendar {
        "-" => io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes),
        path => File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)),
    };
    read.map_err(|error| told(&error))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST {
        return Err(told(&format!("larger than {LARGEST} bytes")).into());
    }
    Ok(bytes.into())
}

/// Writes a file that is not there yet.
pub(super) fn write_new(path: &Path, text: &[u8]) -> Result<(), Box<dyn Error>> {
    let told = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            format!("{} is there already: name another file, or move it away", path.display())
        }
        _ => format!("{}: {error}", path.display()),
    };
    let mut file = File::create_new(path).map_err(told)?;
    file.write_all(text).and_then(|()| file.sync_all()).map_err(told)?;
    Ok(())
}

/// What became of the calendars, and what is to be looked at.
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
    let reading = read::load(&folder, clock::now());
    let is_told = |code: Code| code.severity() == Severity::Error;
    let faults: Vec<_> = reading.diagnostics.iter().filter(|fault| is_told(fault.code)).collect();
    if !faults.is_empty() {
        let name = out.map_or_else(|| "the table".to_owned(), |out| out.display().to_string());
        text.push_str(&format!("{} errors to mend in {name} before it can be published:\n", faults.len()));
        faults.iter().take(MOST_FAULTS).for_each(|fault| text.push_str(&format!("  {fault}\n")));
        if faults.len() > MOST_FAULTS {
            text.push_str("  … and more; `calcast check` prints all\n");
        }
    }
    text
}
