//! The work of an export: many hands write what is another than what lies there.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::layout::{Layout, beside};
use super::manifest::{self, Entry, Manifest, print_entries};
use super::plan::{Item, Plan, Turn};
use super::{ExportError, Known, Mode, Refusal, Report, Target};
use crate::digest::Digest;
use crate::publish::document::{Accepted, Document, Encoding};
use crate::publish::edition::Edition;
use crate::publish::headers;

/// After how many documents it is noted that they are there: so much is done twice after a kill, at the most.
const NOTED: usize = 1_000;

/// What has been done.
#[derive(Default)]
struct Done {
    written: Vec<String>,
    bytes: u64,
    kept: usize,
    /// What is there now, and in no note yet.
    fresh: BTreeMap<String, Entry>,
    /// What is there now, and in one.
    noted: BTreeMap<String, Entry>,
    /// The encodings that documents have no more.
    dropped: Vec<String>,
    failure: Option<ExportError>,
}

pub(super) struct Work<'a> {
    edition: &'a Edition,
    target: &'a dyn Target,
    /// What lay there before.
    before: Manifest,
    notes: Mutex<Vec<String>>,
    mode: Mode,
    done: Mutex<Done>,
    /// The paths that are to be there.
    gone: Vec<String>,
}

impl<'a> Work<'a> {
    pub fn new(edition: &'a Edition, target: &'a dyn Target, known: Known, mode: Mode) -> Work<'a> {
        let Known { manifest: before, notes } = known;
        Work {
            edition,
            target,
            before,
            notes: Mutex::new(notes),
            mode,
            done: Mutex::default(),
            gone: Vec::new(),
        }
    }

    /// Writes what is to be written, in order, and takes away what is to go.
    pub fn run(&mut self, plan: &Plan, step: &(dyn Fn(usize, usize) + Sync)) -> Result<(), ExportError> {
        let is_new =
            |item: &&Item| self.before.entries.get(&item.path).is_none_or(|entry| entry.stamp.is_none());
        let is_front = |item: &&Item| item.turn == Turn::Front;
        let (new, known): (Vec<&Item>, Vec<&Item>) = plan.items.iter().partition(is_new);
        let (front, new): (Vec<&Item>, Vec<&Item>) = new.into_iter().partition(is_front);
        // Whatever is put down from here on is known to whoever comes after a kill.
        let intended = new.iter().chain(&front).map(|item| (item.path.clone(), Entry::default()));
        self.note(&intended.collect())?;
        let count = AtomicUsize::new(0);
        let tell = || step(count.fetch_add(1, Ordering::Relaxed) + 1, plan.items.len());
        for items in [new, known, front] {
            self.write(&items, &tell)?;
        }
        let wanted: std::collections::BTreeSet<&str> =
            plan.items.iter().map(|item| item.path.as_str()).collect();
        self.gone =
            self.before.entries.keys().filter(|path| !wanted.contains(path.as_str())).cloned().collect();
        self.delete()
    }

    /// Writes items with as many hands as the target has; the first failure ends it.
    fn write(&self, items: &[&Item], tell: &(dyn Fn() + Sync)) -> Result<(), ExportError> {
        let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let hand = || {
            while !failed.load(Ordering::Relaxed) {
                let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
                match self.put(item) {
                    Ok(()) => tell(),
                    Err(failure) => {
                        failed.store(true, Ordering::Relaxed);
                        self.done().failure.get_or_insert(failure);
                    }
                }
            }
        };
        let hands = self.target.hands().min(items.len()).max(1);
        std::thread::scope(|scope| (0..hands).for_each(|_| drop(scope.spawn(hand))));
        let rest = std::mem::take(&mut self.done().fresh);
        self.note_done(rest)?;
        match self.done().failure.take() {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    fn put(&self, item: &Item) -> Result<(), ExportError> {
        let document = item.document(self.edition);
        let before = self.before.entries.get(&item.path).copied().unwrap_or_default();
        let mut entry =
            Entry { stamp: Some(stamp(&document)), changed: document.changed.as_second(), lengths: [0; 3] };
        // An object has the time at which it was put down; a file that of its content, which is told to clients.
        let is_dated = self.target.layout() == Layout::Folders;
        let is_same = before.stamp == entry.stamp && (!is_dated || before.changed == entry.changed);
        if is_same && self.target.has(&item.path, &before) {
            let mut done = self.done();
            done.noted.insert(item.path.clone(), before);
            done.kept += 1;
            return Ok(());
        }
        let mut bytes = 0;
        for (at, encoding) in encodings(&document).into_iter().enumerate() {
            let path = beside(&item.path, encoding.unwrap_or(Encoding::Identity));
            let Some(encoding) = encoding else {
                if before.lengths[at] > 0 {
                    self.done().dropped.push(beside(&item.path, ENCODINGS[at]));
                }
                continue;
            };
            let length = u64::try_from(document.body(encoding).len()).unwrap_or(u64::MAX);
            (entry.lengths[at], bytes) = (length, bytes + length);
            if self.mode == Mode::Write {
                let put = self.target.put(&path, &document, encoding);
                put.map_err(|refusal| ExportError::Refused(path, refusal))?;
            }
        }
        self.take(item, entry, bytes)
    }

    /// Remembers that an item is there.
    fn take(&self, item: &Item, entry: Entry, bytes: u64) -> Result<(), ExportError> {
        let mut done = self.done();
        done.written.push(item.path.clone());
        done.bytes += bytes;
        done.fresh.insert(item.path.clone(), entry);
        if done.fresh.len() < NOTED {
            return Ok(());
        }
        let fresh = std::mem::take(&mut done.fresh);
        drop(done);
        self.note_done(fresh)
    }

    fn note_done(&self, fresh: BTreeMap<String, Entry>) -> Result<(), ExportError> {
        self.note(&fresh)?;
        self.done().noted.extend(fresh);
        Ok(())
    }

    fn note(&self, entries: &BTreeMap<String, Entry>) -> Result<(), ExportError> {
        if entries.is_empty() || self.mode == Mode::Pretend {
            return Ok(());
        }
        let path = {
            let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
            let last = notes.last().and_then(|path| path.rsplit('/').next()?.parse().ok()).unwrap_or(0_u64);
            let path = format!("{}{:08}", manifest::notes(), last + 1);
            notes.push(path.clone());
            path
        };
        let kept = self.target.keep(&path, print_entries(entries).into());
        kept.map_err(|refusal| ExportError::Refused(path, refusal))
    }

    fn delete(&self) -> Result<(), ExportError> {
        if self.mode == Mode::Pretend {
            return Ok(());
        }
        let mut paths = self.done().dropped.clone();
        for path in &self.gone {
            let known = self.before.entries[path];
            // Of what may be there all forms may be.
            let may_be = |at: usize| known.stamp.is_none() || known.lengths[at] > 0;
            paths.extend((0..3).filter(|at| may_be(*at)).map(|at| beside(path, ENCODINGS[at])));
        }
        paths.into_iter().try_for_each(|path| {
            self.target.delete(&path).map_err(|refusal| ExportError::Refused(path, refusal))
        })
    }

    /// Writes the manifest, once all that it names is there to stay.
    pub fn finish(self, hash: u128, left_out: usize) -> Result<Report, ExportError> {
        let done = self.done.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (mut written, deleted) = (done.written, self.gone);
        written.sort();
        let report = Report { written, deleted, kept: done.kept, bytes: done.bytes, left_out };
        if self.mode == Mode::Pretend {
            return Ok(report);
        }
        let path = manifest::path();
        let refused = |refusal: Refusal| ExportError::Refused(manifest::path(), refusal);
        self.target.settle().map_err(refused)?;
        let all = Manifest { edition: Some(hash), entries: done.noted };
        let is_same = self.before.edition.is_some() && all == self.before;
        if !is_same {
            self.target.keep(&path, all.print().into()).map_err(refused)?;
        }
        let notes = self.notes.into_inner().unwrap_or_else(PoisonError::into_inner);
        notes.iter().try_for_each(|note| self.target.delete(note)).map_err(refused)?;
        Ok(report)
    }

    fn done(&self) -> std::sync::MutexGuard<'_, Done> {
        // What is put in is whole, so a panic elsewhere leaves nothing half done.
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const ENCODINGS: [Encoding; 3] = [Encoding::Identity, Encoding::Gzip, Encoding::Brotli];

/// The encodings in which `serve` offers a document.
fn encodings(document: &Document) -> [Option<Encoding>; 3] {
    let offered = |accepted| Some(document.offered(accepted));
    let gzip = offered(Accepted { gzip: true, brotli: false }).filter(|encoding| *encoding == Encoding::Gzip);
    let brotli =
        offered(Accepted { gzip: true, brotli: true }).filter(|encoding| *encoding == Encoding::Brotli);
    [Some(Encoding::Identity), gzip, brotli]
}

/// The hash of a document and of all that is said of it.
fn stamp(document: &Document) -> u128 {
    let mut digest = Digest::new();
    digest.text(document.tag(Encoding::Identity));
    digest.text(document.media_type);
    digest.text(headers::cache_control(document.kind));
    digest.text(&headers::policy(document));
    digest.optional(document.language);
    let links = document.links().map(|links| String::from_utf8_lossy(links));
    digest.optional(links.as_deref());
    digest.finish()
}
