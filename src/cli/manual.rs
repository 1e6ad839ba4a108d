//! `calcast completions` and `calcast man`: shell completions and man pages, generated from the arguments.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Arguments, print};

#[derive(Args, Debug)]
pub(super) struct CompletionsArguments {
    /// Shell to generate completions for
    shell: Shell,
}

#[derive(Args, Debug)]
pub(super) struct ManArguments {
    /// Folder for calcast.1 and a page for each command; without it, calcast.1 is printed
    folder: Option<PathBuf>,
}

pub(super) fn completions(arguments: &CompletionsArguments) -> Result<ExitCode, Box<dyn Error>> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "calcast", &mut text);
    print(&String::from_utf8(text)?)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn man(arguments: &ManArguments) -> Result<ExitCode, Box<dyn Error>> {
    match &arguments.folder {
        None => {
            let mut text = Vec::new();
            clap_mangen::Man::new(Arguments::command()).render(&mut text)?;
            print(&String::from_utf8(text)?)?;
        }
        Some(folder) => {
            let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", folder.display());
            fs::create_dir_all(folder).map_err(|error| failed(&error))?;
            clap_mangen::generate_to(Arguments::command().disable_help_subcommand(true), folder)
                .map_err(|error| failed(&error))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
