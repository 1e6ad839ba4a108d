//! The command line: one file for each command, glue only.

mod check;
mod diff;
mod editor_link;
mod export;
mod import;
mod init;
mod lock;
mod log;
mod manual;
mod posts;
mod probe;
mod progress;
mod serve;
mod terminal;

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::diagnostic::chain;
use crate::ical::zone;
use crate::model::settings::BaseUrl;
use crate::source::zoneinfo;

/// Exit code if the folder has errors.
const FAULTY: u8 = 1;
/// Exit code if the command could not run.
const FAILED: u8 = 2;

/// Your events live in a spreadsheet. Your people live in their calendars.
#[derive(Debug, Parser)]
#[command(
    name = "calcast",
    version = version(),
    about,
    args_conflicts_with_subcommands = true,
    after_help = "Example: calcast serve my-site --listen 127.0.0.1:8080"
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::ServeArguments,
    /// Read time zones from a folder of TZif files, such as /usr/share/zoneinfo, instead of the built-in ones
    #[arg(long, value_name = "FOLDER", global = true)]
    zoneinfo: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a folder, and reload it when it changes (the default command)
    #[command(after_help = "Example: calcast serve my-site --base-url https://calendar.example.org")]
    Serve {
        /// The folder with events.csv, articles/ and calcast.toml
        #[arg(default_value = ".")]
        folder: PathBuf,
        #[command(flatten)]
        arguments: serve::ServeArguments,
    },
    /// Read a folder and print every problem, with what to type instead
    #[command(after_help = "Example: calcast check my-site --format json")]
    Check(check::CheckArguments),
    /// Print what subscribers would see change, before it is published
    #[command(after_help = "Example: calcast diff my-site")]
    Diff(diff::DiffArguments),
    /// Print the address of the editor's page, which is a secret
    #[command(after_help = "Example: calcast editor-link my-site")]
    EditorLink(editor_link::EditorLinkArguments),
    /// Write the site as static files to a folder or a bucket (s3://, gs://, az://)
    #[command(after_help = export::EXAMPLES)]
    Export(export::ExportArguments),
    /// Create a folder with commented settings, a table that shows every column, and an article
    #[command(after_help = "Example: calcast init my-site")]
    Init(init::InitArguments),
    /// Turn calendars into a table of events, or a folder of posts into articles
    #[command(
        after_help = "Examples:\n  calcast import old.ics --out events.csv\n  calcast import https://example.org/calendar.ics > events.csv"
    )]
    Import(import::ImportArguments),
    /// Fetch a calendar as Google, Outlook, Apple and Thunderbird do, and print what each would trip over
    #[command(after_help = "Example: calcast probe https://calendar.example.org/calendar.ics")]
    Probe(probe::ProbeArguments),
    /// Print completions for a shell
    #[command(after_help = "Example: calcast completions bash > /etc/bash_completion.d/calcast")]
    Completions(manual::CompletionsArguments),
    /// Print the man page, or write the pages of all commands to a folder
    #[command(after_help = "Example: calcast man /usr/local/share/man/man1")]
    Man(manual::ManArguments),
    /// Print what calcast.lock holds, or repair it
    #[command(after_help = "Example: calcast lock --rebuild my-site")]
    Lock(lock::LockArguments),
}

fn version() -> &'static str {
    static TEXT: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
        format!("{} (tz database {})", env!("CARGO_PKG_VERSION"), zone::database_version())
    });
    &TEXT
}

/// Runs the command line. Exits with 0 for success, 1 if the folder has errors, 2 if the command could not run.
#[must_use]
pub fn run() -> ExitCode {
    let Arguments { command, serve, zoneinfo } = Arguments::parse();
    let done = install_zones(zoneinfo.as_deref()).and_then(|()| match command {
        None => serve::run(Path::new("."), &serve),
        Some(Command::Serve { folder, arguments }) => serve::run(&folder, &arguments),
        Some(Command::Check(arguments)) => check::run(&arguments),
        Some(Command::Diff(arguments)) => diff::run(&arguments),
        Some(Command::EditorLink(arguments)) => editor_link::run(&arguments),
        Some(Command::Export(arguments)) => export::run(&arguments),
        Some(Command::Init(arguments)) => init::run(&arguments),
        Some(Command::Import(arguments)) => import::run(&arguments),
        Some(Command::Completions(arguments)) => manual::completions(&arguments),
        Some(Command::Man(arguments)) => manual::man(&arguments),
        Some(Command::Probe(arguments)) => probe::run(&arguments),
        Some(Command::Lock(arguments)) => lock::run(&arguments),
    });
    done.unwrap_or_else(|error| {
        print_to_stderr(&format!("calcast: error: {}\n", chain(&*error)));
        ExitCode::from(FAILED)
    })
}

/// Replaces the built-in time zones; this has to happen before anything is read.
fn install_zones(folder: Option<&Path>) -> Result<(), Box<dyn Error>> {
    if let Some(folder) = folder {
        zoneinfo::read(folder)?.install();
    }
    Ok(())
}

/// Parses the value of `--base-url`.
fn base_url(text: Option<&str>) -> Result<Option<BaseUrl>, String> {
    let wrong = |text: &str| {
        format!("--base-url: found \"{text}\", expected an address such as https://calendar.example.org")
    };
    text.map(|text| BaseUrl::parse(text).ok_or_else(|| wrong(text))).transpose()
}

/// Prints to stdout. A closed pipe is no error.
fn print(text: &str) -> io::Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// Prints to stderr; errors are ignored.
fn print_to_stderr(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes a file that must not exist yet, and creates its folder.
fn write_new_file(path: &Path, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            format!("{} is there already: name another file, or move it away", path.display())
        }
        _ => format!("{}: {error}", path.display()),
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let mut file = File::create_new(path).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    Ok(())
}
