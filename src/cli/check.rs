//! `calcast check`: reads the folder and prints every problem.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::progress::Progress;
use super::{FAULTY, print, terminal};
use crate::diagnostic::{Code, nearest};
use crate::publish::survey;
use crate::render::report::{self, OutputStyle};
use crate::source::clock;
use crate::source::disk::SiteFolder;
use crate::source::fetch;

#[derive(Args, Debug)]
pub(super) struct CheckArguments {
    /// The folder with events.csv, articles/ and calcast.toml
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Format of the report
    #[arg(long, value_enum, default_value = "human")]
    format: ReportFormat,
    /// Explain one rule, such as bad-date, and check nothing
    #[arg(long, value_name = "CODE")]
    explain: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ReportFormat {
    /// Text for people
    Human,
    /// One JSON object
    Json,
    /// Annotations of a GitHub workflow
    Github,
}

pub(super) fn run(arguments: &CheckArguments) -> Result<ExitCode, Box<dyn Error>> {
    if let Some(name) = &arguments.explain {
        return explain(name);
    }
    let progress = Progress::new("reading, {pos} events, {elapsed}");
    let site = SiteFolder::open(&arguments.folder)?;
    let folder = fetch::FetchCache::default().filled(site.read()?);
    let survey = survey::survey(&folder, clock::now(), &mut || progress.step());
    drop(progress);
    let (value, diagnostics) = (&survey.value, &survey.diagnostics);
    let text = match arguments.format {
        ReportFormat::Human => {
            let style = match terminal::wants_colour(&io::stdout()) {
                true => OutputStyle::Terminal(format!("file://{}", site.path().display())),
                false => OutputStyle::Plain,
            };
            report::human(value, diagnostics, &style)
        }
        ReportFormat::Json => report::json(value, diagnostics),
        ReportFormat::Github => report::github(value, diagnostics),
    };
    print(&text)?;
    Ok(if diagnostics.has_errors() { ExitCode::from(FAULTY) } else { ExitCode::SUCCESS })
}

fn explain(name: &str) -> Result<ExitCode, Box<dyn Error>> {
    let plain = name.trim().trim_matches(['[', ']']).to_lowercase();
    if let Some(code) = Code::ALL.iter().find(|code| code.name() == plain) {
        print(&report::page(*code))?;
        return Ok(ExitCode::SUCCESS);
    }
    let near = nearest(&plain, Code::ALL.iter().map(|code| code.name()));
    let help = match near {
        Some(near) => format!("did you mean {near}?"),
        None => {
            let all: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
            format!("the rules are {}", all.join(", "))
        }
    };
    Err(format!("--explain: no rule \"{}\"; {help}", crate::diagnostic::visible(name)).into())
}
