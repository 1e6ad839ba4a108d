//! Static export: writes every document of a [`Snapshot`] to a directory or an object store, with the bytes and headers
//! of `serve`.
//!
//! A reader who follows links during an export finds every target: new documents are written before the known pages
//! that will link to them, the entry pages of a new site after those, and documents that left the site are deleted
//! last. The manifest is written when all of that is durable.

pub mod bucket;
pub mod directory;
mod exporter;
mod hosting;
pub mod layout;
pub mod manifest;
mod plan;
mod transport;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use self::bucket::Bucket;
use self::directory::Directory;
use self::exporter::Exporter;
use self::layout::Layout;
use self::manifest::{Manifest, ManifestEntry};
use crate::digest::Digest;
use crate::publish::document::{Document, Encoding};
use crate::publish::snapshot::Snapshot;

/// Error of a [`Target`].
pub type TargetError = Box<dyn std::error::Error + Send + Sync>;

/// A place that an export writes to. Each file or object is written whole or not at all.
///
/// Paths are relative, separated by `/`. Every method fails if the target cannot be reached or refuses.
#[expect(clippy::missing_errors_doc, reason = "stated once for the whole trait")]
pub trait Target: Sync {
    /// Returns how documents are named.
    fn layout(&self) -> Layout;

    /// Returns how many writes may run at once.
    fn concurrency(&self) -> usize;

    /// Writes one encoding of a document.
    fn write_document(&self, path: &str, document: &Document, encoding: Encoding) -> Result<(), TargetError>;

    /// Writes a file of the export's own, such as the manifest.
    fn write_internal(&self, path: &str, bytes: Bytes) -> Result<(), TargetError>;

    /// Reads a file; `None` if it does not exist.
    fn read(&self, path: &str) -> Result<Option<Bytes>, TargetError>;

    /// Lists the files below a folder (`""` for all), in no order. A long list of all files may be cut short.
    fn list(&self, folder: &str) -> Result<Vec<String>, TargetError>;

    /// Deletes a file, if it exists.
    fn delete(&self, path: &str) -> Result<(), TargetError>;

    /// Returns whether the files at a path look like their manifest entry; `true` if the target cannot check that cheaply.
    fn matches(&self, _path: &str, _entry: &ManifestEntry) -> bool {
        true
    }

    /// Flushes everything written so far to stable storage.
    fn sync(&self) -> Result<(), TargetError> {
        Ok(())
    }
}

/// Opens the target of `--to`: a folder, or an address such as `s3://bucket/folder`.
///
/// A missing folder is created, except in a dry run.
///
/// # Errors
///
/// Returns an error if the address has an unknown scheme, credentials are missing, or the folder cannot be used.
pub fn open(place: &str, options: ExportOptions) -> Result<Box<dyn Target + Send>, TargetError> {
    Ok(match place.contains("://") {
        true => Box::new(Bucket::open(place)?),
        false => Box::new(Directory::open(Path::new(place), options)?),
    })
}

/// Why an export failed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The target cannot be read at a path.
    #[error("cannot read {0} of the target")]
    Read(String, #[source] TargetError),
    /// The target cannot be written at a path.
    #[error("cannot write {0}; the site that is there is whole, and the next export continues from it")]
    Write(String, #[source] TargetError),
    /// Two documents have the same path.
    #[error(
        "{one} and {other} would both be {0}: give one of them another id, without an ending such as .ics or .gz",
        one = .1[0],
        other = .1[1]
    )]
    Conflict(String, [String; 2]),
    /// The manifest has an unreadable line, by number.
    #[error("line {0} of {path} cannot be read; --overwrite writes everything anew", path = manifest::PATH)]
    BadManifest(usize),
    /// The target holds files that no export wrote, such as this one.
    #[error(
        "the target is not empty, and no export wrote it ({0} is there): name another one, or use --overwrite to write beside and over it"
    )]
    Foreign(String),
}

/// What an export writes.
#[derive(Clone, Copy, Debug)]
pub struct ExportContent<'a> {
    /// The site.
    pub snapshot: &'a Snapshot,
    /// Documents to which no route leads.
    pub private: &'a [PrivateDocument],
}

/// A document to which no route leads, such as the editor's page.
#[derive(Clone, Debug)]
pub struct PrivateDocument {
    /// Its address on the site, with a leading slash.
    pub address: String,
    /// The document.
    pub document: Arc<Document>,
}

impl<'a> From<&'a Snapshot> for ExportContent<'a> {
    fn from(snapshot: &'a Snapshot) -> ExportContent<'a> {
        ExportContent { snapshot, private: &[] }
    }
}

/// Options of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportOptions {
    /// The most combinations of a region and a topic that are exported.
    pub max_combinations: usize,
    /// Write every document again, also to a target that holds other files.
    pub overwrite: bool,
    /// Write and delete nothing; the report says what would be.
    pub dry_run: bool,
}

/// Result of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportReport {
    /// Paths of new and changed documents, sorted.
    pub written: Vec<String>,
    /// Paths of deleted documents, sorted.
    pub deleted: Vec<String>,
    /// Number of documents that did not change.
    pub unchanged: usize,
    /// Bytes written.
    pub bytes: u64,
    /// Number of combinations of a region and a topic beyond [`ExportOptions::max_combinations`].
    pub left_out: usize,
}

/// Returns the hash of everything that an export depends on.
#[must_use]
pub fn fingerprint<'a>(content: impl Into<ExportContent<'a>>, options: ExportOptions) -> u128 {
    let ExportContent { snapshot, private } = content.into();
    let mut digest = Digest::new();
    digest.hash(snapshot.hash());
    for PrivateDocument { address, document } in private {
        digest.text(address);
        digest.text(document.tag(Encoding::Identity));
    }
    digest.number(i64::try_from(options.max_combinations).unwrap_or(i64::MAX));
    digest.finish()
}

/// Reads what earlier exports left in a target.
///
/// # Errors
///
/// Returns an error if the target cannot be read, or, unless overwriting, if its manifest is damaged or it holds files
/// but no manifest.
pub fn read_manifest(target: &dyn Target, options: ExportOptions) -> Result<Manifest, ExportError> {
    let read = |path: &str| target.read(path).map_err(|error| ExportError::Read(path.to_owned(), error));
    let list =
        |folder: &str| target.list(folder).map_err(|error| ExportError::Read(folder.to_owned(), error));
    let text = read(manifest::PATH)?;
    let mut manifest = match text.map(|bytes| Manifest::parse(&String::from_utf8_lossy(&bytes))) {
        None => Manifest::default(),
        Some(Ok(manifest)) => manifest,
        Some(Err(_)) if options.overwrite => Manifest::default(),
        Some(Err(line)) => return Err(ExportError::BadManifest(line)),
    };
    let mut journals = list(manifest::JOURNALS)?;
    journals.sort();
    for path in journals {
        let text = read(&path)?.unwrap_or_default();
        manifest.replay(path, &String::from_utf8_lossy(&text));
    }
    if options.overwrite {
        manifest.invalidate();
    } else if manifest.is_empty() {
        let foreign = list("")?.into_iter().filter(|path| !path.starts_with(manifest::FOLDER)).min();
        if let Some(path) = foreign {
            return Err(ExportError::Foreign(path));
        }
    }
    Ok(manifest)
}

/// Returns whether a target holds all documents of a [`fingerprint`] and nothing else.
#[must_use]
pub fn is_current(manifest: &Manifest, fingerprint: u128, target: &dyn Target) -> bool {
    manifest.snapshot == Some(fingerprint)
        && manifest.journals.is_empty()
        && manifest.entries.iter().all(|(path, entry)| target.matches(path, entry))
}

/// Exports a site to a target with the documents in `before`. `progress` is called with the number of documents done
/// and their total.
///
/// # Errors
///
/// Returns an error if the target fails, or if two documents have the same path. The previous site then stays complete.
pub fn export<'a>(
    content: impl Into<ExportContent<'a>>,
    target: &dyn Target,
    before: Manifest,
    options: ExportOptions,
    progress: &dyn Fn(usize, usize),
) -> Result<ExportReport, ExportError> {
    let content = content.into();
    let snapshot = content.snapshot;
    let exported = snapshot.export_routes(options.max_combinations);
    let plan = plan::plan(content, exported.routes, target.layout())?;
    let mut exporter = Exporter::new(snapshot, target, before, options)?;
    exporter.report.left_out = exported.left_out;
    exporter.write_all(&plan, progress)?;
    exporter.delete_others(&plan)?;
    exporter.finish(fingerprint(content, options))
}
