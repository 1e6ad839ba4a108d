//! `calcast init`: creates a folder with a sample sheet, an article and commented settings.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{print, write_new_file};
use crate::model::settings::Settings;
use crate::read;
use crate::render::starter;
use crate::source::{clock, random};

#[derive(Args, Debug)]
pub(super) struct InitArguments {
    /// Folder to create; an existing one may hold other files
    folder: PathBuf,
}

pub(super) fn run(arguments: &InitArguments) -> Result<ExitCode, Box<dyn Error>> {
    let folder = &arguments.folder;
    let uid_domain = random::uid_domain().ok_or("the system gives no random numbers")?;
    let files = starter::files(read::today(&Settings::default(), clock::now()), &uid_domain);
    // All files are written or none.
    if let Some((name, _)) = files.iter().find(|(name, _)| folder.join(name).exists()) {
        return Err(format!("{} is there already: name another folder", folder.join(name).display()).into());
    }
    for (name, text) in &files {
        write_new_file(&folder.join(name), text.as_bytes())?;
    }
    let (name, text) = starter::IGNORED;
    // Somebody who has this file already decides what it says.
    if !folder.join(name).exists() {
        write_new_file(&folder.join(name), text.as_bytes())?;
    }
    let place = folder.display();
    print(&format!(
        "{place} is a site now:\n\
         \x20 events.csv           a row is an event; open it with any spreadsheet program\n\
         \x20 articles/welcome.md  an article\n\
         \x20 calcast.toml         the settings\n\n\
         Look at it:      calcast serve {place}\n\
         After each edit: calcast check {place}\n"
    ))?;
    Ok(ExitCode::SUCCESS)
}
