//! `calcast export`: writes the site as files, once or whenever the folder changes.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::task::spawn_blocking;

use super::progress::Progress;
use super::{FAULTY, base_url, print, print_to_stderr};
use crate::diagnostic::{Diagnostics, Severity, chain};
use crate::export::manifest::Manifest;
use crate::export::{self, ExportOptions, ExportReport, Target};
use crate::publish::snapshot::Snapshot;
use crate::read::settings;
use crate::source::disk::SiteFolder;
use crate::source::loader::{LoadResult, Loader};
use crate::source::watch::{Watch, WatchEvent};

/// The end of `--help`.
pub(super) const EXAMPLES: &str = "Examples:
  calcast export my-site --to /var/www/calendar
  calcast export my-site --to s3://my-bucket --base-url https://calendar.example.org
A bucket's credentials are those of the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and, for
other makes of S3, AWS_ENDPOINT; GOOGLE_APPLICATION_CREDENTIALS; AZURE_STORAGE_ACCOUNT_NAME and
AZURE_STORAGE_ACCOUNT_KEY";

/// The most errors of a folder that are printed.
const MAX_ERRORS: usize = 20;
/// Time until a failed export is tried again.
const RETRY: Duration = Duration::from_secs(60);
/// The most paths of each kind that a dry run prints.
const MAX_PATHS: usize = 1_000;

#[derive(Args, Debug)]
pub(super) struct ExportArguments {
    /// The folder with events.csv, articles/ and calcast.toml
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Target: a folder, or s3://bucket/folder, gs://bucket, az://container
    #[arg(long, value_name = "PLACE")]
    to: String,
    /// Public address of the site, for links in pages and feeds; overrides base_url in calcast.toml
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Print what would be written and deleted, and write nothing
    #[arg(long, conflicts_with = "watch")]
    dry_run: bool,
    /// Keep running: export again whenever the folder changes, and at midnight
    #[arg(long)]
    watch: bool,
    /// Write every file again, also to a target that holds other files
    #[arg(long)]
    overwrite: bool,
    /// Limit the combinations of a region and a topic that get files of their own; those with the most events come first
    #[arg(long, default_value_t = 2_000, value_name = "COUNT")]
    combinations: usize,
}

pub(super) fn run(arguments: &ExportArguments) -> Result<ExitCode, Box<dyn Error>> {
    let _log = super::log::start(super::log::LogFormat::Plain);
    let base = base_url(arguments.base_url.as_deref())?;
    let options = ExportOptions {
        max_combinations: arguments.combinations,
        overwrite: arguments.overwrite,
        dry_run: arguments.dry_run,
    };
    let to = arguments.to.clone();
    // A folder that does not exist is created once there is something to write.
    let is_new = !to.contains("://") && !Path::new(&to).exists();
    let mut context = CommandContext {
        target: open(&to, ExportOptions { dry_run: options.dry_run || is_new, ..options })?,
        to,
        options,
    };
    let before = export::read_manifest(&*context.target, options)?;
    let site = SiteFolder::open(&arguments.folder)?;
    // Before anything is written: without an address, the lock of a new site would get UIDs of another.
    let reading = settings::read_all(&site.read()?, &mut Diagnostics::default());
    if base.is_none() && reading.is_whole && reading.settings.base_url.is_none() {
        return Err("an export has to know where it will be: set base_url in calcast.toml, or say --base-url https://…".into());
    }
    let mut loader = Loader::new(site, base, None);
    loader.is_dry_run = options.dry_run;
    let loaded = loader.load(None)?;
    print_errors(&loaded.diagnostics);
    let has_errors = loaded.diagnostics.has_errors();
    let is_useless = has_errors && before.is_empty() && loaded.snapshot.site().events().is_empty();
    if loaded.is_rejected || !loaded.has_settings || is_useless {
        let what = if before.is_empty() { "nothing was exported" } else { "what was exported before stays" };
        print_to_stderr(&format!(
            "calcast: error: the folder has errors; {what}. `calcast check` prints them all\n"
        ));
        return Ok(ExitCode::from(FAULTY));
    }
    if is_new && !options.dry_run {
        context.target = open(&context.to, options)?;
    }
    context.export(&loaded.snapshot, before)?;
    if arguments.watch {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let result = runtime.block_on(context.watch(loader, loaded));
        // An export under way is abandoned; the next one continues it.
        runtime.shutdown_background();
        return result.map(|()| ExitCode::SUCCESS);
    }
    Ok(if has_errors { ExitCode::from(FAULTY) } else { ExitCode::SUCCESS })
}

fn open(place: &str, options: ExportOptions) -> Result<Arc<dyn Target + Send>, String> {
    export::open(place, options).map(Arc::from).map_err(|error| format!("--to: {}", chain(&*error)))
}

/// Target and options of the command.
struct CommandContext {
    target: Arc<dyn Target + Send>,
    /// The target as it was typed.
    to: String,
    options: ExportOptions,
}

impl CommandContext {
    fn export(&self, snapshot: &Snapshot, before: Manifest) -> Result<(), Box<dyn Error>> {
        let (to, options) = (&self.to, self.options);
        if export::is_current(&before, export::fingerprint(snapshot, options), &*self.target) {
            print(&format!("{to}: nothing changed, {} documents are there\n", before.entries.len()))?;
            return Ok(());
        }
        let bar = Progress::new("exporting [{bar:24}] {pos} of {len} documents, {elapsed}");
        let progress = |done, total| bar.set(done, total);
        let report = export::export(snapshot, &*self.target, before, options, &progress)?;
        drop(bar);
        print(&summary(&report, to, options))?;
        Ok(())
    }

    /// Exports whenever the folder or the day changes, until stopped. Failures are logged and tried again.
    async fn watch(self, loader: Loader, loaded: LoadResult) -> Result<(), Box<dyn Error>> {
        let mut watch = Watch::new(loader, &loaded);
        let mut snapshot = Arc::new(loaded.snapshot);
        tracing::info!("watching the folder; Ctrl-C stops");
        let context = Arc::new(self);
        let mut stop = std::pin::pin!(super::serve::stop_signal()?);
        let mut has_failed = false;
        loop {
            tokio::select! {
                event = watch.next(&snapshot) => match next_snapshot(event, &snapshot) {
                    Some(next) => snapshot = Arc::new(next),
                    None => continue,
                },
                () = tokio::time::sleep(RETRY), if has_failed => {}
                () = &mut stop => return Ok(()),
            }
            let (writer, next) = (Arc::clone(&context), Arc::clone(&snapshot));
            let write = spawn_blocking(move || -> Result<(), String> {
                let before = export::read_manifest(&*writer.target, writer.options);
                let before = before.map_err(|error| chain(&error))?;
                writer.export(&next, before).map_err(|error| chain(&*error))
            });
            let written = tokio::select! {
                written = write => written,
                () = &mut stop => return Ok(()),
            };
            has_failed = !matches!(written, Ok(Ok(())));
            if let Ok(Err(why)) = written {
                tracing::error!("export failed: {why}; trying again in {} s", RETRY.as_secs());
            }
        }
    }
}

/// Returns the snapshot to export after an event, if there is a new one.
fn next_snapshot(event: WatchEvent, snapshot: &Snapshot) -> Option<Snapshot> {
    match event {
        WatchEvent::Day(today) => Some(snapshot.on(today)),
        WatchEvent::LockWritten => None,
        WatchEvent::Loaded(loaded) => {
            print_errors(&loaded.diagnostics);
            if loaded.is_rejected {
                tracing::error!("the settings or calcast.lock cannot be read; keeping the previous export");
                return None;
            }
            Some(loaded.snapshot)
        }
        WatchEvent::Failed(_, why) => {
            tracing::error!("reload failed: {why}; keeping the previous export");
            None
        }
    }
}

/// Prints the errors of a folder, and how many warnings it has.
fn print_errors(diagnostics: &Diagnostics) {
    let errors = diagnostics.iter().filter(|fault| fault.code.severity() == Severity::Error);
    let mut text: String = errors.take(MAX_ERRORS).map(|fault| format!("{fault}\n")).collect();
    let warnings = diagnostics.count(Severity::Warning);
    let more = diagnostics.count(Severity::Error).saturating_sub(MAX_ERRORS);
    if more > 0 {
        text.push_str(&format!("… and {more} more\n"));
    }
    if warnings > 0 {
        text.push_str(&format!("{warnings} warnings; `calcast check` prints them\n"));
    }
    print_to_stderr(&text);
}

fn summary(report: &ExportReport, to: &str, options: ExportOptions) -> String {
    let (written, deleted) = (report.written.len(), report.deleted.len());
    let mut text = String::new();
    if options.dry_run {
        for (verb, paths) in [("write", &report.written), ("delete", &report.deleted)] {
            paths.iter().take(MAX_PATHS).for_each(|path| text.push_str(&format!("{verb} {path}\n")));
            if paths.len() > MAX_PATHS {
                text.push_str(&format!("{verb} … and {} more\n", paths.len() - MAX_PATHS));
            }
        }
    }
    let would = if options.dry_run { "would be " } else { "" };
    text.push_str(&format!(
        "{to}: {written} documents {would}written ({}), {deleted} {would}deleted, {} unchanged\n",
        size(report.bytes),
        report.unchanged
    ));
    if report.left_out > 0 {
        text.push_str(&format!(
            "{} combinations of a region with a topic have no files of their own (--combinations): let `calcast serve` answer /f/\n",
            report.left_out
        ));
    }
    text
}

/// Formats a number of bytes.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
