//! Writes a snapshot out as files: to a folder, or to a bucket of objects. What `serve` would answer is what is
//! written, for both ask [`Snapshot::document`].
//!
//! At every moment of it, whoever follows links from a page that was there finds what the page leads to: what is new
//! comes first, where no page leads yet; then what is another than before; then the front page of a new site; at last
//! what left the site goes. The manifest is written when all of that is done.

pub mod bucket;
pub mod directory;
mod hosting;
pub mod layout;
pub mod manifest;
pub mod place;
mod plan;
mod transport;
mod work;

use std::fmt;

use bytes::Bytes;

use self::layout::Layout;
use self::manifest::{Entry, Manifest};
use self::plan::Plan;
use self::work::Work;
use crate::publish::document::{Document, Encoding};
use crate::publish::snapshot::Snapshot;

/// What a target said when it would not.
pub type Refusal = Box<dyn std::error::Error + Send + Sync>;

/// Where a snapshot is written to. Each file or object is written whole or not at all.
pub trait Target: Sync {
    /// How it names things.
    fn layout(&self) -> Layout;

    /// How many may write to it at the same time.
    fn hands(&self) -> usize;

    /// Writes an encoding of a document.
    ///
    /// # Errors
    /// When the target will not have it.
    fn put(&self, path: &str, document: &Document, encoding: Encoding) -> Result<(), Refusal>;

    /// Writes what the export keeps for itself.
    ///
    /// # Errors
    /// When the target will not have it.
    fn keep(&self, path: &str, bytes: Bytes) -> Result<(), Refusal>;

    /// Reads what the export kept; `None` when it is not there.
    ///
    /// # Errors
    /// When it is there, and cannot be read.
    fn read(&self, path: &str) -> Result<Option<Bytes>, Refusal>;

    /// The paths that begin with a text, some of them at least if there are any; in no order.
    ///
    /// # Errors
    /// When the target will not tell.
    fn list(&self, prefix: &str) -> Result<Vec<String>, Refusal>;

    /// Takes a file away; one that is not there is gone already.
    ///
    /// # Errors
    /// When the target will not let it go.
    fn delete(&self, path: &str) -> Result<(), Refusal>;

    /// Whether what lies at a path looks like an entry of the manifest, where that is soon seen.
    fn has(&self, path: &str, entry: &Entry) -> bool;

    /// Makes what was written so far outlast the machine.
    ///
    /// # Errors
    /// When the target cannot.
    fn settle(&self) -> Result<(), Refusal>;
}

/// Why a snapshot could not be written out.
#[derive(Debug)]
pub enum ExportError {
    /// The target does not tell what it holds, at a path.
    Closed(String, Refusal),
    /// The target refused, at a path.
    Refused(String, Refusal),
    /// Two documents would lie at one path.
    Conflict(String, [String; 2]),
    /// The manifest of the target cannot be read: the number of the line.
    Damaged(usize),
    /// The target holds something that no export wrote, such as what is named.
    Foreign(String),
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExportError::Closed(path, _) => write!(f, "cannot look at {path} of the target"),
            ExportError::Refused(path, _) => write!(
                f,
                "cannot write {path}; the site that is there is whole, and the next export goes on from it"
            ),
            ExportError::Conflict(path, [one, other]) => write!(
                f,
                "{one} and {other} would both be {path}: give one of them another id, without an ending such as .ics or .gz"
            ),
            ExportError::Damaged(line) => write!(
                f,
                "line {line} of {} cannot be read; --overwrite writes everything anew",
                manifest::path()
            ),
            ExportError::Foreign(path) => write!(
                f,
                "the target is not empty, and no export wrote it ({path} is there): name another one, or say --overwrite to write beside and over it"
            ),
        }
    }
}

impl std::error::Error for ExportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ExportError::Closed(_, refusal) | ExportError::Refused(_, refusal) => Some(&**refusal),
            _ => None,
        }
    }
}

/// What is said of a target that holds something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverwritePolicy {
    /// Only what an export wrote is written over.
    Careful,
    /// Whatever is in the way is.
    Overwrite,
}

/// Whether anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything that is to be.
    Write,
    /// Nothing: it is found out what would be.
    Pretend,
}

/// How an export went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The paths that were not there before, and those that were and are another now, sorted.
    pub written: Vec<String>,
    /// The paths that went, sorted.
    pub deleted: Vec<String>,
    /// How many are as they were.
    pub kept: usize,
    /// How many bytes were written.
    pub bytes: u64,
    /// How many combinations of a region with a topic are not part of it.
    pub left_out: usize,
}

/// What is known of a target before something is written.
#[derive(Debug)]
pub struct Known {
    manifest: Manifest,
    notes: Vec<String>,
}

impl Known {
    /// Whether an export was there, whole or not.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.manifest.snapshot.is_some() || !self.manifest.entries.is_empty()
    }

    /// Whether all of a snapshot is there, and nothing else.
    #[must_use]
    pub fn is_all_of(&self, snapshot: u128, target: &dyn Target) -> bool {
        self.manifest.snapshot == Some(snapshot)
            && self.notes.is_empty()
            && self.manifest.entries.iter().all(|(path, entry)| target.has(path, entry))
    }

    /// The same, as if nothing of it were sure: all of it is written anew.
    #[must_use]
    pub fn forgotten(mut self) -> Known {
        self.manifest.snapshot = None;
        self.manifest.entries.values_mut().for_each(|entry| entry.stamp = None);
        self
    }

    /// How many documents are there.
    #[must_use]
    pub fn count(&self) -> usize {
        self.manifest.entries.len()
    }
}

/// Finds out what lies in a target.
///
/// # Errors
/// When it cannot be reached, or holds what no export wrote.
pub fn look(target: &dyn Target, manners: OverwritePolicy) -> Result<Known, ExportError> {
    let refused = |path: &str| {
        let path = path.to_owned();
        move |refusal| ExportError::Closed(path, refusal)
    };
    let path = manifest::path();
    let kept = target.read(&path).map_err(refused(&path))?;
    let mut manifest = match kept.map(|bytes| Manifest::parse(&String::from_utf8_lossy(&bytes))) {
        None => Manifest::default(),
        Some(Ok(manifest)) => manifest,
        Some(Err(_)) if manners == OverwritePolicy::Overwrite => Manifest::default(),
        Some(Err(bad)) => return Err(ExportError::Damaged(bad.0)),
    };
    let mut notes = target.list(&manifest::notes()).map_err(refused(&manifest::notes()))?;
    notes.sort();
    for note in &notes {
        let text = target.read(note).map_err(refused(note))?.unwrap_or_default();
        manifest.note(&String::from_utf8_lossy(&text));
    }
    let known = Known { manifest, notes };
    if !known.is_any() && manners == OverwritePolicy::Careful {
        let own = format!("{}/", layout::OWN);
        let all = target.list("").map_err(refused("/"))?;
        if let Some(path) = all.into_iter().filter(|path| !path.starts_with(&own)).min() {
            return Err(ExportError::Foreign(path));
        }
    }
    Ok(known)
}

/// Writes a snapshot, known by a hash of all that it is made of, over what is known of a target; `step` hears how
/// many documents of how many are done.
///
/// # Errors
/// When the target refuses, or has no place for two documents. What was there before is still there then.
pub fn export(
    (snapshot, hash): (&Snapshot, u128),
    most: usize,
    (target, known): (&dyn Target, Known),
    mode: Mode,
    step: &(dyn Fn(usize, usize) + Sync),
) -> Result<Report, ExportError> {
    let plan = Plan::new(snapshot, most, target.layout())?;
    let mut work = Work::new(snapshot, target, known, mode);
    work.run(&plan, step)?;
    work.finish(hash, plan.left_out)
}
