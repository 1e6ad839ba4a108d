//! `calcast lock`: summarizes `calcast.lock`, and rebuilds a damaged one.

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{FAULTY, print};
use crate::diagnostic::Diagnostics;
use crate::history::{History, format2, lock};
use crate::read;
use crate::read::folder::Folder;
use crate::source::disk::SiteFolder;
use crate::source::{clock, fetch};

#[derive(Args, Debug)]
pub(super) struct LockArguments {
    /// The folder with calcast.lock
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Rebuild a damaged lock: keep each readable line, load the rest as new
    #[arg(long)]
    rebuild: bool,
    /// Accept that most events of a table are gone, or its column `approved`, instead of keeping what was published
    #[arg(long, conflicts_with = "rebuild")]
    accept: bool,
}

pub(super) fn run(arguments: &LockArguments) -> Result<ExitCode, Box<dyn Error>> {
    let site = SiteFolder::open(&arguments.folder)?;
    let mut diagnostics = Diagnostics::default();
    let _guard = site.lock();
    let folder = fetch::FetchCache::default().filled(site.read()?);
    let history = read::lock::read(&folder, &mut diagnostics);
    if arguments.accept && !diagnostics.has_errors() {
        return accept(&site, folder);
    }
    if !diagnostics.has_errors() {
        print(&summary(&history))?;
        return Ok(ExitCode::SUCCESS);
    }
    if !arguments.rebuild {
        print_diagnostics(&diagnostics)?;
        return Ok(ExitCode::from(FAULTY));
    }
    rebuild(&site, folder)
}

/// Writes a lock without what the tables do not have any more. A lock of format 2 is kept under another name.
fn accept(site: &SiteFolder, mut folder: Folder) -> Result<ExitCode, Box<dyn Error>> {
    folder.accept();
    let format2 = folder.get(lock::FILE).filter(|lock| format2::is_format(lock)).cloned();
    let reading = read::load(folder, clock::now());
    let (before, site_now) = (&reading.value.before, &reading.value.site);
    let is_present = |history: &History| history.events.values().filter(|event| event.is_present()).count();
    let changes = site_now.history.changes_since(before).len();
    let (was, is) = (is_present(before), is_present(&site_now.history));
    format2.iter().try_for_each(|lock| site.keep_format2(lock))?;
    site.write_lock(lock::chunks(&site_now.history))?;
    print_diagnostics(&reading.diagnostics)?;
    print(&format!(
        "calcast.lock: {changes} changes accepted; {is} events are published, {was} were before\n"
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn rebuild(site: &SiteFolder, mut folder: Folder) -> Result<ExitCode, Box<dyn Error>> {
    let damaged = folder.get(lock::FILE).cloned().unwrap_or_default();
    let Some((known, lost)) = lock::salvage(&damaged) else {
        return Err("calcast.lock is of another calcast, and not damaged: run that one".into());
    };
    folder.remember(known.clone());
    let reading = read::load(folder, clock::now());
    if reading.diagnostics.has_errors() {
        print_diagnostics(&reading.diagnostics)?;
        return Err(
            "the folder has errors: mend them first, so that no row is taken for a new one later".into()
        );
    }
    let history = reading.value.site.history.with_sequences_above(&known);
    let backup = site.save_damaged_lock(&damaged)?;
    site.write_lock(lock::chunks(&history))?;
    for number in lost {
        print(&format!("calcast.lock:{number}: lost, it cannot be read\n"))?;
    }
    print(&rebuilt(&known, &history, &backup))?;
    Ok(ExitCode::SUCCESS)
}

fn print_diagnostics(diagnostics: &Diagnostics) -> std::io::Result<()> {
    let lines: String = diagnostics.iter().map(|diagnostic| format!("{diagnostic}\n")).collect();
    print(&lines)
}

fn summary(history: &History) -> String {
    let Some(site) = &history.site else {
        return "nothing is remembered yet: calcast.lock is written when the folder is served\n".to_owned();
    };
    let removed = history.events.values().filter(|event| event.removed.is_some()).count();
    format!(
        "calcast.lock remembers {} events, {removed} of them gone; {} articles; {} regions and topics; {} changes, the last on {}\n",
        history.events.len(),
        history.articles.len(),
        history.tags.len(),
        history.changes.len(),
        site.changed
    )
}

/// Lists the events that were missing from the damaged file, and names its backup.
fn rebuilt(known: &History, history: &History, backup: &str) -> String {
    let mut out = String::new();
    let mut new = 0;
    for id in history.events.keys().filter(|id| !known.events.contains_key(*id)) {
        new += 1;
        let _ = writeln!(out, "event {id}: remembered anew, as if it had come today");
    }
    if let (None, Some(site)) = (&known.site, &history.site) {
        let _ = writeln!(out, "the site: remembered anew; UIDs end in @{}", site.uid_domain);
    }
    let kept = history.events.len() - new;
    let _ =
        writeln!(out, "calcast.lock is mended: {kept} events kept, {new} anew; the damaged one is {backup}");
    out
}
