//! `calcast lock`: says what is remembered, and mends a memory that is damaged.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{FAULTY, print};
use crate::diagnostic::Diagnostics;
use crate::read::folder::Folder;
use crate::read::{self, lock};
use crate::render;
use crate::source::disk::SiteFolder;
use crate::source::{clock, fetch};

#[derive(Args, Debug)]
pub(super) struct LockArguments {
    /// The folder with calcast.lock
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Mend a damaged lock: keep each line that can be read, remember the rest anew
    #[arg(long)]
    rebuild: bool,
}

pub(super) fn run(arguments: &LockArguments) -> Result<ExitCode, Box<dyn Error>> {
    let site = SiteFolder::open(&arguments.folder)?;
    let mut faults = Diagnostics::default();
    let _guard = site.guard();
    let folder = fetch::FetchCache::default().filled(site.read()?);
    let memory = lock::read(&folder, &mut faults);
    if !faults.has_errors() {
        print(&render::lock::summary(&memory))?;
        return Ok(ExitCode::SUCCESS);
    }
    if !arguments.rebuild {
        let told: String = faults.iter().map(|fault| format!("{fault}\n")).collect();
        print(&told)?;
        return Ok(ExitCode::from(FAULTY));
    }
    rebuild(&site, folder)
}

fn rebuild(site: &SiteFolder, mut folder: Folder) -> Result<ExitCode, Box<dyn Error>> {
    let damaged = folder.get(lock::FILE).cloned().unwrap_or_default();
    let Some((known, lost)) = lock::salvage(&damaged) else {
        return Err("calcast.lock is of another calcast, and not damaged: run that one".into());
    };
    folder.remember(known.clone());
    let reading = read::site(&folder, clock::now());
    if reading.diagnostics.has_errors() {
        let told: String = reading.diagnostics.iter().map(|fault| format!("{fault}\n")).collect();
        print(&told)?;
        return Err(
            "the folder has errors: mend them first, so that no row is taken for a new one later".into()
        );
    }
    let memory = reading.value.site.memory.risen_above(&known);
    let aside = site.set_aside(&damaged)?;
    site.write_lock(render::lock::pieces(&memory))?;
    print(&render::lock::rebuilt(&known, &memory, &lost, &aside))?;
    Ok(ExitCode::SUCCESS)
}
