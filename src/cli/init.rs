//! `calcast init`: a folder to begin with.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::print;
use crate::model::settings::Settings;
use crate::read;
use crate::render::starter;
use crate::source::clock;

#[derive(Args, Debug)]
pub(super) struct InitArguments {
    /// The folder to make; one that is there may hold other files
    folder: PathBuf,
}

pub(super) fn run(arguments: &InitArguments) -> Result<ExitCode, Box<dyn Error>> {
    let folder = &arguments.folder;
    let files = starter::files(read::today(&Settings::default(), clock::now()));
    // Nothing is written where something is in the way, rather than half of it.
    if let Some((name, _)) = files.iter().find(|(name, _)| folder.join(name).exists()) {
        return Err(format!("{} is there already: name another folder", folder.join(name).display()).into());
    }
    for (name, text) in &files {
        write(&folder.join(name), text)?;
    }
    let place = folder.display();
    print(&format!(
        "{place} is a site now:\n\
         \x20 events.csv           a row is an event; open it with any spreadsheet program\n\
         \x20 articles/welcome.md  an article\n\
         \x20 calcast.toml         the settings\n\n\
         FolderFingerprint at it:      calcast serve {place}\n\
         After each edit: calcast check {place}\n"
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let told = |error: io::Error| format!("{}: {error}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(told)?;
    }
    let mut file = File::create_new(path).map_err(told)?;
    file.write_all(text.as_bytes()).map_err(told)
}
