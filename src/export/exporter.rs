//! One run of an export: compares documents with the manifest, writes what changed in parallel batches, and journals
//! each batch.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::layout::{Layout, encoded_path};
use super::manifest::{self, Manifest, ManifestEntry, print_entries};
use super::plan::{Phase, PlannedDocument};
use super::{ExportError, ExportOptions, ExportReport, Target, TargetError};
use crate::digest::Digest;
use crate::publish::document::{Accepted, Document, Encoding};
use crate::publish::headers;
use crate::publish::snapshot::Snapshot;

/// Documents per batch: the most that are held in memory, and that are written twice after an interruption.
const BATCH: usize = 500;

/// State of a run.
pub(super) struct Exporter<'a> {
    snapshot: &'a Snapshot,
    target: &'a dyn Target,
    /// Manifest of the export before.
    before: Manifest,
    /// Entries of the documents written or unchanged so far.
    entries: BTreeMap<String, ManifestEntry>,
    /// Entries that no journal has yet.
    unrecorded: BTreeMap<String, ManifestEntry>,
    pool: ThreadPool,
    dry_run: bool,
    pub report: ExportReport,
}

impl<'a> Exporter<'a> {
    pub fn new(
        snapshot: &'a Snapshot,
        target: &'a dyn Target,
        before: Manifest,
        options: ExportOptions,
    ) -> Result<Exporter<'a>, ExportError> {
        let pool = ThreadPoolBuilder::new().num_threads(target.concurrency()).build();
        Ok(Exporter {
            snapshot,
            target,
            before,
            entries: BTreeMap::new(),
            unrecorded: BTreeMap::new(),
            pool: pool.map_err(|error| ExportError::Write("the first document".to_owned(), error.into()))?,
            dry_run: options.dry_run,
            report: ExportReport::default(),
        })
    }

    /// Writes every document that is new or changed: first the new ones, then the known ones, then the entry points of
    /// a new site.
    pub fn write_all(
        &mut self,
        plan: &BTreeMap<String, PlannedDocument>,
        progress: &dyn Fn(usize, usize),
    ) -> Result<(), ExportError> {
        let order = |path: &str, planned: &PlannedDocument| {
            let is_known = self.before.entries.get(path).is_some_and(|entry| entry.hash.is_some());
            let phase = planned.phase();
            (!is_known && phase == Phase::EntryPoint, is_known, phase)
        };
        let mut ordered: Vec<_> =
            plan.iter().map(|(path, planned)| (order(path, planned), path, planned)).collect();
        ordered.sort_by_key(|(order, ..)| *order);
        let mut done = 0;
        for group in ordered.chunk_by(|(one, ..), (other, ..)| one == other) {
            for batch in group.chunks(BATCH) {
                let batch: Vec<_> = batch.iter().map(|(_, path, planned)| (*path, *planned)).collect();
                self.write_batch(&batch)?;
                done += batch.len();
                progress(done, plan.len());
            }
        }
        Ok(())
    }

    fn write_batch(&mut self, batch: &[(&String, &PlannedDocument)]) -> Result<(), ExportError> {
        let run = &*self;
        let changed: Vec<(&String, Arc<Document>)> = run.pool.install(|| {
            let documents = batch.par_iter().map(|(path, planned)| (*path, planned.document(run.snapshot)));
            documents.filter(|(path, document)| !run.is_current(path, document)).collect()
        });
        self.write_journal(changed.iter().map(|(path, _)| (*path).clone()))?;
        let run = &*self;
        let written: Vec<(String, ManifestEntry)> = run.pool.install(|| {
            changed.par_iter().map(|(path, document)| run.write(path, document)).collect::<Result<_, _>>()
        })?;
        let kept = batch.iter().filter_map(|(path, _)| self.before.entries.get_key_value(*path));
        self.entries.extend(kept.map(|(path, entry)| (path.clone(), *entry)));
        self.report.unchanged += batch.len() - written.len();
        self.report.bytes += written.iter().flat_map(|(_, entry)| entry.lengths).sum::<u64>();
        self.report.written.extend(written.iter().map(|(path, _)| path.clone()));
        self.entries.extend(written.iter().cloned());
        self.unrecorded.extend(written);
        Ok(())
    }

    /// Returns whether the target has the current version of a document.
    fn is_current(&self, path: &str, document: &Document) -> bool {
        let Some(before) = self.before.entries.get(path) else { return false };
        // Files have the time of their content, which servers send as Last-Modified; objects have their own.
        let has_time = self.target.layout() == Layout::Folders;
        before.hash == Some(document_hash(document))
            && (!has_time || before.changed == document.changed.as_second())
            && self.target.matches(path, before)
    }

    /// Writes each encoding of a document, and deletes those that it no longer has.
    fn write(&self, path: &str, document: &Document) -> Result<(String, ManifestEntry), ExportError> {
        let (hash, changed) = (Some(document_hash(document)), document.changed.as_second());
        let mut entry = ManifestEntry { hash, changed, lengths: [0; 3] };
        for (encoding, length) in Encoding::ALL.into_iter().zip(&mut entry.lengths) {
            if has_encoding(document, encoding) {
                *length = u64::try_from(document.body(encoding).len()).unwrap_or(u64::MAX);
                let encoded = encoded_path(path, encoding);
                self.apply(&encoded, |target| target.write_document(&encoded, document, encoding))?;
            }
        }
        self.delete(path, |encoding| !has_encoding(document, encoding))?;
        Ok((path.to_owned(), entry))
    }

    /// Deletes some of the encodings that a document may have had before.
    fn delete(&self, path: &str, is_stale: impl Fn(Encoding) -> bool) -> Result<(), ExportError> {
        let before = self.before.entries.get(path).into_iter().flat_map(ManifestEntry::encodings);
        for (encoding, _) in before.filter(|(encoding, _)| is_stale(*encoding)) {
            let encoded = encoded_path(path, encoding);
            self.apply(&encoded, |target| target.delete(&encoded))?;
        }
        Ok(())
    }

    /// Changes the target, except in a dry run.
    fn apply(
        &self,
        path: &str,
        change: impl FnOnce(&dyn Target) -> Result<(), TargetError>,
    ) -> Result<(), ExportError> {
        if self.dry_run {
            return Ok(());
        }
        change(self.target).map_err(|error| ExportError::Write(path.to_owned(), error))
    }

    /// Journals paths that are about to change, and the entries written since the last journal.
    fn write_journal(&mut self, paths: impl Iterator<Item = String>) -> Result<(), ExportError> {
        let mut journal = std::mem::take(&mut self.unrecorded);
        let count = journal.len();
        journal.extend(paths.map(|path| (path, ManifestEntry::default())));
        if journal.len() == count {
            self.unrecorded = journal;
            return Ok(());
        }
        let last = self.before.journals.last().and_then(|path| path.rsplit('/').next()?.parse().ok());
        let path = format!("{}/{:08}", manifest::JOURNALS, last.unwrap_or(0_u64) + 1);
        self.before.journals.push(path.clone());
        self.apply(&path, |target| target.write_internal(&path, print_entries(&journal).into()))
    }

    /// Deletes the documents that are not in the plan.
    pub fn delete_others(&mut self, plan: &BTreeMap<String, PlannedDocument>) -> Result<(), ExportError> {
        let paths = self.before.entries.keys().filter(|path| !plan.contains_key(*path));
        let deleted: Vec<String> = paths.cloned().collect();
        self.write_journal(deleted.iter().cloned())?;
        deleted.iter().try_for_each(|path| self.delete(path, |_| true))?;
        self.report.deleted = deleted;
        Ok(())
    }

    /// Writes the manifest once everything it names is durable, and deletes the journals.
    pub fn finish(mut self, fingerprint: u128) -> Result<ExportReport, ExportError> {
        self.report.written.sort();
        let is_same = self.before.snapshot == Some(fingerprint) && self.before.entries == self.entries;
        self.apply(manifest::PATH, |target| {
            target.sync()?;
            if !is_same {
                let entries = self.entries.clone();
                let manifest = Manifest { snapshot: Some(fingerprint), entries, journals: Vec::new() };
                target.write_internal(manifest::PATH, manifest.print().into())?;
            }
            self.before.journals.iter().try_for_each(|journal| target.delete(journal))
        })?;
        Ok(self.report)
    }
}

/// Returns whether `serve` offers an encoding of a document.
fn has_encoding(document: &Document, encoding: Encoding) -> bool {
    let accepted = Accepted { gzip: encoding == Encoding::Gzip, brotli: encoding == Encoding::Brotli };
    document.select_encoding(accepted) == encoding
}

/// Returns the hash of a document's bytes and headers.
fn document_hash(document: &Document) -> u128 {
    let mut digest = Digest::new();
    digest.text(document.tag(Encoding::Identity));
    digest.text(document.media_type);
    digest.text(headers::cache_control(document.cache_class));
    digest.optional(headers::policy(document).as_deref());
    digest.optional(document.language);
    digest.optional(document.links.as_deref());
    digest.finish()
}
