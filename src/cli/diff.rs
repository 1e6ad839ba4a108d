//! `calcast diff`: prints the changes that subscribers would see.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::{FAULTY, print};
use crate::diagnostic::Severity;
use crate::read::{self, LoadedSite};
use crate::render::diff;
use crate::source::clock;
use crate::source::disk::SiteFolder;
use crate::source::fetch;

#[derive(Args, Debug)]
pub(super) struct DiffArguments {
    /// The folder with events.csv, articles/ and calcast.toml
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// How to print what would change
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Sentences
    Human,
    /// One JSON object
    Json,
}

pub(super) fn run(arguments: &DiffArguments) -> Result<ExitCode, Box<dyn Error>> {
    let site = SiteFolder::open(&arguments.folder)?;
    let folder = fetch::FetchCache::default().filled(site.read()?);
    let reading = read::load(folder, clock::now());
    let LoadedSite { site, before, .. } = reading.value;
    let errors: Vec<String> = reading
        .diagnostics
        .iter()
        .filter(|fault| fault.code.severity() == Severity::Error)
        .map(ToString::to_string)
        .collect();
    print(&match arguments.format {
        Format::Human => diff::human(&before, &site, &errors),
        Format::Json => diff::json(&before, &site, &errors),
    })?;
    Ok(if errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FAULTY) })
}
