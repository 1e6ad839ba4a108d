//! `calcast editor-link`: prints the address of the editor's page.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{base_url, print};
use crate::model::settings::BaseUrl;
use crate::source::disk::SiteFolder;
use crate::source::editor_secret::EditorSecret;

/// Where `calcast serve` listens by default.
const LOCAL: &str = "http://127.0.0.1:8080";

#[derive(Args, Debug)]
pub(super) struct EditorLinkArguments {
    /// The folder with events.csv, articles/ and calcast.toml
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Public address of the site, instead of base_url in calcast.toml
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Replace the secret: the address of before no longer works
    #[arg(long)]
    new: bool,
}

pub(super) fn run(arguments: &EditorLinkArguments) -> Result<ExitCode, Box<dyn Error>> {
    let folder = SiteFolder::open(&arguments.folder)?;
    let base = base_url(arguments.base_url.as_deref())?.or(folder.settings()?.base_url);
    let secret = EditorSecret::new(folder)?;
    let secret = if arguments.new { secret.replace()? } else { secret.get_or_create()? };
    let base = base.as_ref().map_or(LOCAL, BaseUrl::as_str);
    print(&format!("{base}{}\n", path(&secret)))?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the path of the page.
pub(super) fn path(secret: &str) -> String {
    format!("/editor/{secret}")
}
