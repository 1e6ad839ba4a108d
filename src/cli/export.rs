//! `calcast export`: writes the whole site out as files, once or whenever the folder changes.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::progress::Progress;
use super::{FAULTY, base_url, print};
use crate::diagnostic::{Diagnostics, Severity, chain};
use crate::export::{self, ExportError, Known, Mode, OverwritePolicy, Report, Target, place};
use crate::publish::snapshot::Snapshot;
use crate::source::disk::SiteFolder;
use crate::source::loader::{ErrorPolicy, LoadResult, Loader};
use crate::source::watch::{Watch, WatchEvent};

/// What `--help` ends with.
pub(super) const EXAMPLES: &str = "Examples:
  calcast export my-site --to /var/www/calendar
  calcast export my-site --to s3://my-bucket --base-url https://calendar.example.org
A bucket's credentials are those of the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and, for
other makes of S3, AWS_ENDPOINT; GOOGLE_APPLICATION_CREDENTIALS; AZURE_STORAGE_ACCOUNT_NAME and
AZURE_STORAGE_ACCOUNT_KEY";

/// The most faults of a folder that are printed.
const MOST_FAULTS: usize = 20;
/// How long after an export that failed it is tried again.
const AGAIN: Duration = Duration::from_secs(60);
/// The most paths that a pretended export prints of each kind.
const MOST_PATHS: usize = 1_000;

#[derive(Args, Debug)]
pub(super) struct ExportArguments {
    /// The folder with events.csv, articles/ and calcast.toml
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Where to write: a folder, or s3://bucket/folder, gs://bucket, az://container
    #[arg(long, value_name = "PLACE")]
    to: String,
    /// Where links in pages and feeds lead, instead of base_url in calcast.toml
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Say what would be written and deleted, and write nothing
    #[arg(long, conflicts_with = "watch")]
    dry_run: bool,
    /// Go on: write what changed whenever the folder changes, and at midnight, until stopped
    #[arg(long)]
    watch: bool,
    /// Write everything anew, beside and over whatever is there
    #[arg(long)]
    overwrite: bool,
    /// The most combinations of a region with a topic that get files of their own, those with the most events first
    #[arg(long, default_value_t = 2_000, value_name = "COUNT")]
    combinations: usize,
}

pub(super) fn run(arguments: ExportArguments) -> Result<ExitCode, Box<dyn Error>> {
    let _log = super::log::start(super::log::Form::Plain);
    let base = base_url(arguments.base_url.as_deref())?;
    let mode = if arguments.dry_run { Mode::Pretend } else { Mode::Write };
    // A folder that is not there yet is made once there is something to write.
    let is_new = !arguments.to.contains("://") && !Path::new(&arguments.to).exists();
    let first = if is_new { Mode::Pretend } else { mode };
    let mut desk = Desk { target: open(&arguments.to, first)?, arguments: Arc::new(arguments), mode };
    let known = desk.look()?;
    let press = Loader::new(SiteFolder::open(&desk.arguments.folder)?, base, None);
    let progress = Progress::start(("reading", "files"));
    // Where nothing is yet, what is good is better than nothing.
    let standard = if known.is_any() { ErrorPolicy::Flawless } else { ErrorPolicy::First };
    let proof = press.print(standard, None, None)?;
    drop(progress);
    tell(&proof.diagnostics);
    if proof.snapshot.site().settings.base_url.is_none() {
        return Err("an export has to know where it will be: set base_url in calcast.toml, or say --base-url https://…".into());
    }
    let has_errors = proof.diagnostics.has_errors();
    if has_errors && (known.is_any() || proof.snapshot.site().events().is_empty()) {
        let what = if known.is_any() { "what was exported before stays" } else { "nothing was exported" };
        return Err(Box::new(Faulty(format!(
            "the folder has errors; {what}. `calcast check` prints them all"
        ))));
    }
    if mode == Mode::Write && is_new {
        desk.target = open(&desk.arguments.to, mode)?;
    }
    desk.write(&proof.snapshot, known)?;
    if desk.arguments.watch {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let done = runtime.block_on(desk.go_on(press, proof));
        // Whoever stops does not wait for an export: the next one goes on where it was.
        runtime.shutdown_background();
        return done.map(|()| ExitCode::SUCCESS);
    }
    Ok(if has_errors { ExitCode::from(FAULTY) } else { ExitCode::SUCCESS })
}

fn open(place: &str, mode: Mode) -> Result<Arc<dyn Target + Send>, String> {
    place::open(place, mode).map(Arc::from).map_err(|refusal| format!("--to: {}", chain(&*refusal)))
}

/// A folder whose errors keep it from being exported.
#[derive(Debug)]
pub(super) struct Faulty(String);

impl std::fmt::Display for Faulty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Faulty {}

/// Where exports are made.
struct Desk {
    target: Arc<dyn Target + Send>,
    arguments: Arc<ExportArguments>,
    mode: Mode,
}

impl Desk {
    fn look(&self) -> Result<Known, ExportError> {
        let manners =
            if self.arguments.overwrite { OverwritePolicy::Overwrite } else { OverwritePolicy::Careful };
        export::look(&*self.target, manners)
    }

    fn write(&self, snapshot: &Snapshot, known: Known) -> Result<(), Box<dyn Error>> {
        let most = self.arguments.combinations;
        let mut hash = crate::digest::Digest::new();
        hash.hash(snapshot.hash());
        hash.number(i64::try_from(most).unwrap_or(i64::MAX));
        let hash = hash.finish();
        let to = &self.arguments.to;
        if !self.arguments.overwrite && known.is_all_of(hash, &*self.target) {
            print(&format!("{to}: nothing changed, {} documents are there\n", known.count()))?;
            return Ok(());
        }
        let known = if self.arguments.overwrite { known.forgotten() } else { known };
        let progress = Progress::start(("exporting", "documents"));
        let step = |done, all| progress.reach(done, all);
        let report = export::export((snapshot, hash), most, (&*self.target, known), self.mode, &step)?;
        drop(progress);
        print(&told(&report, to, self.mode))?;
        Ok(())
    }

    /// Exports whenever the folder changes or a day begins, until stopped; what fails is told, and tried again.
    async fn go_on(self, press: Loader, proof: LoadResult) -> Result<(), Box<dyn Error>> {
        let mut watch = Watch::new(press, proof.look);
        let mut snapshot = Arc::new(proof.snapshot);
        tracing::info!("watching the folder; Ctrl-C stops");
        let desk = Arc::new(self);
        let mut stop = std::pin::pin!(super::serve::stop_signal()?);
        let mut is_behind = false;
        loop {
            let again = async {
                match is_behind {
                    true => tokio::time::sleep(AGAIN).await,
                    false => std::future::pending().await,
                }
            };
            tokio::select! {
                news = watch.news(&snapshot) => match taken(news, &snapshot) {
                    Some(next) => snapshot = Arc::new(next),
                    None => continue,
                },
                () = again => {}
                () = &mut stop => return Ok(()),
            }
            let (writer, next) = (Arc::clone(&desk), Arc::clone(&snapshot));
            let write = tokio::task::spawn_blocking(move || -> Result<(), String> {
                let known = writer.look().map_err(|error| chain(&error))?;
                writer.write(&next, known).map_err(|error| chain(&*error))
            });
            let written = tokio::select! {
                written = write => written,
                () = &mut stop => return Ok(()),
            };
            is_behind = !matches!(written, Ok(Ok(())));
            if let Ok(Err(why)) = written {
                tracing::error!("error: {why}; tried again in {} s", AGAIN.as_secs());
            }
        }
    }
}

/// The snapshot that news make of another one, unless they are that there is none.
fn taken(news: WatchEvent, snapshot: &Snapshot) -> Option<Snapshot> {
    match news {
        WatchEvent::Day(today) => Some(snapshot.on(today)),
        WatchEvent::Remembered => None,
        WatchEvent::LoadResult(proof) => {
            tell(&proof.diagnostics);
            if proof.diagnostics.has_errors() {
                tracing::error!("the folder has errors; what was exported before stays");
                return None;
            }
            Some(proof.snapshot)
        }
        WatchEvent::Failed(_, why) => {
            tracing::error!("error: {why}; what was exported before stays");
            None
        }
    }
}

/// Prints what is wrong with the folder.
fn tell(diagnostics: &Diagnostics) {
    let errors = || diagnostics.iter().filter(|fault| fault.code.severity() == Severity::Error);
    let mut text: String = errors().take(MOST_FAULTS).map(|fault| format!("{fault}\n")).collect();
    let warnings = diagnostics.count(Severity::Warning);
    let more = diagnostics.count(Severity::Error).saturating_sub(MOST_FAULTS);
    if more > 0 {
        text.push_str(&format!("… and {more} more\n"));
    }
    if warnings > 0 {
        text.push_str(&format!("{warnings} warnings; `calcast check` prints them\n"));
    }
    // With stderr closed there is nobody left to tell.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

fn told(report: &Report, to: &str, mode: Mode) -> String {
    let (written, deleted) = (report.written.len(), report.deleted.len());
    let mut text = String::new();
    if mode == Mode::Pretend {
        for (verb, paths) in [("write", &report.written), ("delete", &report.deleted)] {
            paths.iter().take(MOST_PATHS).for_each(|path| text.push_str(&format!("{verb} {path}\n")));
            if paths.len() > MOST_PATHS {
                text.push_str(&format!("{verb} … and {} more\n", paths.len() - MOST_PATHS));
            }
        }
    }
    let would = if mode == Mode::Pretend { "would be " } else { "" };
    text.push_str(&format!(
        "{to}: {written} documents {would}written ({}), {deleted} {would}deleted, {} as they were\n",
        size(report.bytes),
        report.kept
    ));
    if report.left_out > 0 {
        text.push_str(&format!(
            "{} combinations of a region with a topic have no files of their own (--combinations): let `calcast serve` answer /f/\n",
            report.left_out
        ));
    }
    text
}

/// So many bytes, for people.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
