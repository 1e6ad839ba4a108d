//! The command line: one file for each command, glue only.

mod check;
mod diff;
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

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::diagnostic::chain;
use crate::ical::zone;
use crate::model::settings::BaseUrl;
use crate::source::zoneinfo;

/// Exit code of a run that found errors in the folder.
const FAULTY: u8 = 1;
/// Exit code of a run that could not be made.
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
    serve: ServeFlags,
    /// Take time zones from a folder of TZif files, such as /usr/share/zoneinfo, instead of those inside
    #[arg(long, value_name = "FOLDER", global = true)]
    zoneinfo: Option<std::path::PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a folder, and reload it when it changes (what calcast does when no command is given)
    #[command(after_help = "Example: calcast serve my-site --base-url https://calendar.example.org")]
    Serve {
        /// The folder with events.csv, articles/ and calcast.toml
        #[arg(default_value = ".")]
        folder: std::path::PathBuf,
        #[command(flatten)]
        flags: ServeFlags,
    },
    /// Read everything and print every problem, with what to type instead
    #[command(after_help = "Example: calcast check my-site --format json")]
    Check(check::CheckArguments),
    /// Say what a save would change for subscribers, before it is published
    #[command(after_help = "Example: calcast diff my-site")]
    Diff(diff::DiffArguments),
    /// Write the whole site out as files: to a folder, or to a bucket (s3://, gs://, az://)
    #[command(after_help = export::EXAMPLES)]
    Export(export::ExportArguments),
    /// Make a folder to begin with: settings, a table that shows every column, an article
    #[command(after_help = "Example: calcast init my-site")]
    Init(init::InitArguments),
    /// Turn calendars of others into a table of events, or a folder of posts into articles
    #[command(
        after_help = "Examples:\n  calcast import old.ics --out events.csv\n  calcast import https://example.org/calendar.ics > events.csv"
    )]
    Import(import::ImportArguments),
    /// Fetch a calendar as Google, Outlook, Apple and Thunderbird do, and say what each would trip over
    #[command(after_help = "Example: calcast probe https://calendar.example.org/calendar.ics")]
    Probe(probe::ProbeArguments),
    /// Print what a shell needs to complete this program's arguments
    #[command(after_help = "Example: calcast completions bash > /etc/bash_completion.d/calcast")]
    Completions(manual::CompletionsArguments),
    /// Print the man page, or write those of all commands
    #[command(after_help = "Example: calcast man /usr/local/share/man/man1")]
    Man(manual::ManArguments),
    /// Say what calcast.lock remembers, or mend it
    #[command(after_help = "Example: calcast lock --rebuild my-site")]
    Lock(lock::LockArguments),
}

/// How to serve.
#[derive(Args, Debug)]
struct ServeFlags {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    listen: String,
    /// Where links in pages and feeds lead, instead of base_url in calcast.toml
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Speak HTTP/2 without TLS as well (for a proxy in front)
    #[arg(long)]
    h2c: bool,
    /// A PEM file with the certificate and those that lead to its root: speak TLS. It is read again when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<std::path::PathBuf>,
    /// A PEM file with the private key of the certificate
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<std::path::PathBuf>,
    /// Tell browsers to come by TLS only, for so many seconds (Strict-Transport-Security)
    #[arg(long, value_name = "SECONDS", requires = "tls_certificate")]
    hsts: Option<u64>,
    /// Seconds that a connection may wait between two requests, 60 at the least
    #[arg(long, default_value_t = 75, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(60..=86_400))]
    idle_timeout: u64,
    /// A proxy in front: an address such as 127.0.0.1, or a network such as 10.0.0.0/8. Connections from one other
    /// address are 256 at the most
    #[arg(long, value_name = "ADDRESS")]
    trusted_proxy: Vec<crate::serve::seats::Network>,
    /// How the log on stderr is written
    #[arg(long, value_enum, default_value_t = log::Form::Plain, value_name = "FORM")]
    log: log::Form,
    /// Refuse to start when the folder has errors
    #[arg(long)]
    strict: bool,
}

fn version() -> &'static str {
    static TEXT: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
        format!("{} (tz database {})", env!("CARGO_PKG_VERSION"), zone::database_version())
    });
    &TEXT
}

/// Runs the command that the arguments name; answers 0 for success, 1 for errors in the folder, 2 when it
/// could not run.
#[must_use]
pub fn run() -> ExitCode {
    let Arguments { command, serve, zoneinfo } = Arguments::parse();
    let done = install_zones(zoneinfo.as_deref()).and_then(|()| match command {
        None => serve::run(std::path::Path::new("."), serve),
        Some(Command::Serve { folder, flags }) => serve::run(&folder, flags),
        Some(Command::Check(arguments)) => check::run(&arguments),
        Some(Command::Diff(arguments)) => diff::run(&arguments),
        Some(Command::Export(arguments)) => export::run(arguments),
        Some(Command::Init(arguments)) => init::run(&arguments),
        Some(Command::Import(arguments)) => import::run(&arguments),
        Some(Command::Completions(arguments)) => manual::completions(&arguments),
        Some(Command::Man(arguments)) => manual::man(&arguments),
        Some(Command::Probe(arguments)) => probe::run(&arguments),
        Some(Command::Lock(arguments)) => lock::run(&arguments),
    });
    done.unwrap_or_else(|error| {
        report(&*error);
        ExitCode::from(if error.is::<export::Faulty>() { FAULTY } else { FAILED })
    })
}

/// Before anything is read, since it is the same for all.
fn install_zones(folder: Option<&std::path::Path>) -> Result<(), Box<dyn std::error::Error>> {
    if let Some(folder) = folder {
        zoneinfo::read(folder)?.install();
    }
    Ok(())
}

/// What `--base-url` says, if it is said.
fn base_url(text: Option<&str>) -> Result<Option<BaseUrl>, String> {
    let wrong = |text: &str| {
        format!("--base-url: found \"{text}\", expected an address such as https://calendar.example.org")
    };
    text.map(|text| BaseUrl::parse(text).ok_or_else(|| wrong(text))).transpose()
}

/// Prints to stdout.
fn print(text: &str) -> io::Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        // Whoever reads a report may stop reading it.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// Prints a failure once, with its causes.
fn report(error: &dyn std::error::Error) {
    // With stderr closed there is nobody left to tell.
    let _ = writeln!(io::stderr(), "calcast: error: {}", chain(error));
}
