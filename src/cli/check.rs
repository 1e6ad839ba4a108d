//! `calcast check`: reads everything and prints every problem.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::FAULTY;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, Spot};
use crate::read;
use crate::source::clock;
use crate::source::disk::SiteFolder;

#[derive(Args, Debug)]
pub(super) struct CheckArguments {
    /// The folder with events.csv, articles/ and calcast.toml
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// How to print what was found
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Sentences
    Human,
    /// One JSON object
    Json,
    /// Annotations of a GitHub workflow
    Github,
}

/// What `--format json` prints.
#[derive(Serialize)]
struct Report<'a> {
    events: usize,
    articles: usize,
    left_out: usize,
    errors: usize,
    warnings: usize,
    diagnostics: Vec<&'a Diagnostic>,
    more: usize,
}

pub(super) fn run(arguments: &CheckArguments) -> Result<ExitCode, Box<dyn Error>> {
    let folder = SiteFolder::open(&arguments.folder)?.read()?;
    let reading = read::site(&folder, clock::now());
    let site = &reading.value.site;
    let report = Report {
        events: site.events().len(),
        articles: site.articles().len(),
        left_out: reading.value.left_out,
        errors: reading.diagnostics.count(Severity::Error),
        warnings: reading.diagnostics.count(Severity::Warning),
        diagnostics: reading.diagnostics.iter().collect(),
        more: reading.diagnostics.dropped(),
    };
    let text = match arguments.format {
        Format::Human => human(&report),
        Format::Json => serde_json::to_string_pretty(&report)? + "\n",
        Format::Github => github(&report, &reading.diagnostics),
    };
    match io::stdout().lock().write_all(text.as_bytes()) {
        // Whoever reads a report may stop reading it.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
        _ => {}
    }
    Ok(if report.errors > 0 { ExitCode::from(FAULTY) } else { ExitCode::SUCCESS })
}

fn human(report: &Report<'_>) -> String {
    let mut text = String::new();
    for diagnostic in &report.diagnostics {
        let _ = writeln!(text, "{diagnostic}");
    }
    if report.more > 0 {
        let _ = writeln!(text, "… and {} more", report.more);
    }
    let count = |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
    let _ = writeln!(
        text,
        "{}, {}, {} left out: {}, {}",
        count(report.events, "event"),
        count(report.articles, "article"),
        report.left_out,
        count(report.errors, "error"),
        count(report.warnings, "warning"),
    );
    text
}

fn github(report: &Report<'_>, diagnostics: &Diagnostics) -> String {
    let mut text = String::new();
    for Diagnostic { place, code, found, expected, help } in &report.diagnostics {
        let level = match code.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let spot = match place.spot {
            Spot::Whole => String::new(),
            Spot::Cell { row: line, column } | Spot::Text { line, column } => {
                format!(",line={line},col={column}")
            }
        };
        let help = help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        let message = data(&format!("found {found}, expected {expected}{help}"));
        let _ = writeln!(text, "::{level} file={}{spot},title={code}::{message}", property(&place.file));
    }
    if diagnostics.dropped() > 0 {
        let _ = writeln!(text, "::notice::… and {} more", diagnostics.dropped());
    }
    text
}

/// What a workflow command's message must not hold as it is.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
