//! `calcast export`: writes the site as files, once or whenever the folder changes.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use jiff::civil::Date;
use tokio::task::spawn_blocking;

use super::progress::Progress;
use super::{FAULTY, base_url, editor_link, print, print_to_stderr};
use crate::diagnostic::{Diagnostics, Severity, chain};
use crate::export::manifest::Manifest;
use crate::export::{self, ExportContent, ExportOptions, ExportReport, PrivateDocument, Target};
use crate::model::report::LoadReport;
use crate::publish::editor::EditorPart;
use crate::publish::snapshot::Snapshot;
use crate::read::settings;
use crate::render::pages::EditorView;
use crate::source::disk::SiteFolder;
use crate::source::editor_secret::EditorSecret;
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
    /// Also write the editor's page. Only for a bucket or server that asks who reads: its list of files, its log and its
    /// manifest have the secret address, and the page shows what is not published
    #[arg(long)]
    editor: bool,
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
        editor_path: arguments.editor.then(|| editor_path(&arguments.folder)).transpose()?,
    };
    let before = export::read_manifest(&*context.target, options)?;
    let site = SiteFolder::open(&arguments.folder)?;
    // Before anything is written: without an address, the lock of a new site would get UIDs of another.
    let reading = settings::read(&site.read()?, &mut Diagnostics::default());
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
    let watch = arguments.watch.then(|| Watch::new(loader, &loaded));
    let loaded = LoadedSnapshot::from(loaded);
    context.export(&loaded, before)?;
    if let Some(watch) = watch {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let result = runtime.block_on(context.watch(watch, loaded));
        // An export under way is abandoned; the next one continues it.
        runtime.shutdown_background();
        return result.map(|()| ExitCode::SUCCESS);
    }
    Ok(if has_errors { ExitCode::from(FAULTY) } else { ExitCode::SUCCESS })
}

fn open(place: &str, options: ExportOptions) -> Result<Arc<dyn Target + Send>, String> {
    export::open(place, options).map(Arc::from).map_err(|error| format!("--to: {}", chain(&*error)))
}

/// Returns the path of the editor's page, and creates its secret at first use.
fn editor_path(folder: &Path) -> Result<String, Box<dyn Error>> {
    let secret = EditorSecret::new(SiteFolder::open(folder)?)?;
    Ok(editor_link::path(&secret.get_or_create()?))
}

/// A snapshot and how it was read.
struct LoadedSnapshot {
    snapshot: Arc<Snapshot>,
    report: Arc<LoadReport>,
    diagnostics: Arc<Diagnostics>,
}

impl From<LoadResult> for LoadedSnapshot {
    fn from(result: LoadResult) -> LoadedSnapshot {
        LoadedSnapshot {
            snapshot: Arc::new(result.snapshot),
            report: Arc::new(result.report),
            diagnostics: Arc::new(result.diagnostics),
        }
    }
}

impl LoadedSnapshot {
    /// Returns the same site on another day.
    fn on(&self, today: Date) -> LoadedSnapshot {
        LoadedSnapshot {
            snapshot: Arc::new(self.snapshot.on(today)),
            report: Arc::clone(&self.report),
            diagnostics: Arc::clone(&self.diagnostics),
        }
    }

    /// Renders the editor's page at a path.
    fn editor_documents(&self, path: &str) -> Vec<PrivateDocument> {
        let view = EditorView {
            path,
            report: &self.report,
            diagnostics: &self.diagnostics,
            problem: None,
            can_read_again: false,
        };
        let document = |part: EditorPart| PrivateDocument {
            address: format!("{path}{}", part.suffix()),
            document: Arc::new(self.snapshot.editor_document(part, self.snapshot.language(), &view)),
        };
        EditorPart::ALL.map(document).into()
    }
}

/// Target and options of the command.
struct CommandContext {
    target: Arc<dyn Target + Send>,
    /// The target as it was typed.
    to: String,
    options: ExportOptions,
    /// The path of the editor's page, if it is exported.
    editor_path: Option<String>,
}

impl CommandContext {
    fn export(&self, loaded: &LoadedSnapshot, before: Manifest) -> Result<(), Box<dyn Error>> {
        let (to, options) = (&self.to, self.options);
        let private: Vec<PrivateDocument> =
            self.editor_path.iter().flat_map(|path| loaded.editor_documents(path)).collect();
        let content = ExportContent { snapshot: &loaded.snapshot, private: &private };
        if export::is_current(&before, export::fingerprint(content, options), &*self.target) {
            print(&format!("{to}: nothing changed, {} documents are there\n", before.entries.len()))?;
            return Ok(());
        }
        let bar = Progress::new("exporting [{bar:24}] {pos} of {len} documents, {elapsed}");
        let progress = |done, total| bar.set(done, total);
        let report = export::export(content, &*self.target, before, options, &progress)?;
        drop(bar);
        print(&summary(&report, to, options))?;
        Ok(())
    }

    /// Exports whenever the folder or the day changes, until stopped. Failures are logged and tried again.
    async fn watch(self, mut watch: Watch, loaded: LoadedSnapshot) -> Result<(), Box<dyn Error>> {
        let mut loaded = Arc::new(loaded);
        tracing::info!("watching the folder; Ctrl-C stops");
        let context = Arc::new(self);
        let mut stop = std::pin::pin!(super::serve::stop_signal()?);
        let mut has_failed = false;
        loop {
            tokio::select! {
                event = watch.next(&loaded.snapshot) => match next_snapshot(event, &loaded) {
                    Some(next) => loaded = Arc::new(next),
                    None => continue,
                },
                () = tokio::time::sleep(RETRY), if has_failed => {}
                () = &mut stop => return Ok(()),
            }
            let (writer, next) = (Arc::clone(&context), Arc::clone(&loaded));
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
fn next_snapshot(event: WatchEvent, before: &LoadedSnapshot) -> Option<LoadedSnapshot> {
    match event {
        WatchEvent::Day(today) => Some(before.on(today)),
        WatchEvent::LockWritten => None,
        WatchEvent::Loaded(loaded) => {
            print_errors(&loaded.diagnostics);
            if loaded.is_rejected {
                tracing::error!("the settings or calcast.lock cannot be read; keeping the previous export");
                return None;
            }
            Some(LoadedSnapshot::from(*loaded))
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
