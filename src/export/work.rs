//! The work of an export: many hands write what is another than what lies there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::layout::{Layout, beside};
use super::manifest::{self, Entry, Manifest, print_entries};
use super::plan::{Item, Plan, Turn};
use super::{ExportError, Known, Mode, Refusal, Report, Target};
use crate::digest::Digest;
use crate::publish::document::{Accepted, Document, Encoding};
use crate::publish::headers;
use crate::publish::snapshot::Snapshot;
use crate::sound;

/// After how many documents it is noted that they are there: so much is done twice after a kill, at the most.
const NOTED: usize = 1_000;
/// How many documents are looked through before those of them that changed are written.
const PORTION: usize = 500;

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
}

pub(super) struct Work<'a> {
    snapshot: &'a Snapshot,
    target: &'a dyn Target,
    /// What lay there before.
    before: Manifest,
    notes: Mutex<Vec<String>>,
    mode: Mode,
    done: Mutex<Done>,
    /// The paths that are to go.
    gone: Vec<String>,
}

impl<'a> Work<'a> {
    pub fn new(snapshot: &'a Snapshot, target: &'a dyn Target, known: Known, mode: Mode) -> Work<'a> {
        let Known { manifest: before, notes } = known;
        Work {
            snapshot,
            target,
            before,
            notes: Mutex::new(notes),
            mode,
            done: Mutex::default(),
            gone: Vec::new(),
        }
    }

    /// Writes what is to be written, in order, and takes away what is to go.
    ///
    /// Before something is put down, or taken away, it is noted that nobody knows what is there: whoever comes after a
    /// kill, be it with another snapshot, takes nothing for what it was.
    pub fn run(&mut self, plan: &Plan, step: &(dyn Fn(usize, usize) + Sync)) -> Result<(), ExportError> {
        let is_new =
            |item: &&Item| self.before.entries.get(&item.path).is_none_or(|entry| entry.stamp.is_none());
        let is_front = |item: &&Item| item.turn == Turn::Front;
        let (new, known): (Vec<&Item>, Vec<&Item>) = plan.items.iter().partition(is_new);
        let (front, new): (Vec<&Item>, Vec<&Item>) = new.into_iter().partition(is_front);
        self.doubt(new.iter().chain(&front).map(|item| item.path.clone()))?;
        let count = AtomicUsize::new(0);
        let tell = || step(count.fetch_add(1, Ordering::Relaxed) + 1, plan.items.len());
        self.write(&new, &tell)?;
        for portion in known.chunks(PORTION) {
            self.rewrite(portion, &tell)?;
        }
        self.write(&front, &tell)?;
        let wanted: BTreeSet<&str> = plan.items.iter().map(|item| item.path.as_str()).collect();
        self.gone =
            self.before.entries.keys().filter(|path| !wanted.contains(path.as_str())).cloned().collect();
        self.delete()
    }

    /// Writes items that are new.
    fn write(&self, items: &[&Item], tell: &(dyn Fn() + Sync)) -> Result<(), ExportError> {
        self.by_many_hands(items, &|item| {
            self.put(item, &item.document(self.snapshot))?;
            tell();
            Ok(())
        })
    }

    /// Writes those of some items that are another than what lies there.
    fn rewrite(&self, items: &[&Item], tell: &(dyn Fn() + Sync)) -> Result<(), ExportError> {
        let changed: Mutex<Vec<(&Item, Arc<Document>)>> = Mutex::default();
        self.by_many_hands(items, &|item| {
            let document = item.document(self.snapshot);
            match self.is_there(item, &document) {
                true => tell(),
                false => sound::lock(&changed).push((*item, document)),
            }
            Ok(())
        })?;
        let changed = sound::into_inner(changed);
        self.doubt(changed.iter().map(|(item, _)| item.path.clone()))?;
        self.by_many_hands(&changed, &|(item, document)| {
            self.put(item, document)?;
            tell();
            Ok(())
        })
    }

    /// The same work on each item, by as many hands as the target has; the first failure ends it.
    fn by_many_hands<T: Sync>(
        &self,
        items: &[T],
        work: &(dyn Fn(&T) -> Result<(), ExportError> + Sync),
    ) -> Result<(), ExportError> {
        let (next, failure) = (AtomicUsize::new(0), Mutex::new(None));
        let hand = || {
            while sound::lock(&failure).is_none() {
                let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
                if let Err(error) = work(item) {
                    sound::lock(&failure).get_or_insert(error);
                }
            }
        };
        let hands = self.target.hands().min(items.len());
        std::thread::scope(|scope| (0..hands).for_each(|_| drop(scope.spawn(hand))));
        let rest = std::mem::take(&mut sound::lock(&self.done).fresh);
        self.note_done(rest)?;
        sound::into_inner(failure).map_or(Ok(()), Err)
    }

    /// Whether a document lies there as it is; counts it then.
    fn is_there(&self, item: &Item, document: &Document) -> bool {
        let Some(before) = self.before.entries.get(&item.path) else { return false };
        // An object has the time at which it was put down; a file that of its content, which is told to clients.
        let is_dated = self.target.layout() == Layout::Folders;
        let is_same = before.stamp == Some(stamp(document))
            && (!is_dated || before.changed == document.changed.as_second())
            && self.target.has(&item.path, before);
        if is_same {
            let mut done = sound::lock(&self.done);
            done.noted.insert(item.path.clone(), *before);
            done.kept += 1;
        }
        is_same
    }

    /// Puts a document down in each of its encodings, and takes those away that it has no more.
    fn put(&self, item: &Item, document: &Document) -> Result<(), ExportError> {
        let before = self.before.entries.get(&item.path);
        let mut entry =
            Entry { stamp: Some(stamp(document)), changed: document.changed.as_second(), lengths: [0; 3] };
        for (at, encoding) in ENCODINGS.into_iter().enumerate() {
            let path = beside(&item.path, encoding);
            let is_stale = before.is_some_and(|before| before.may_have(at));
            if has(document, encoding) {
                entry.lengths[at] = u64::try_from(document.body(encoding).len()).unwrap_or(u64::MAX);
                self.ask(path, |path| self.target.put(path, document, encoding))?;
            } else if is_stale {
                self.ask(path, |path| self.target.delete(path))?;
            }
        }
        self.take(item, entry)
    }

    /// Asks something of the target, unless all is only pretended.
    fn ask(&self, path: String, what: impl FnOnce(&str) -> Result<(), Refusal>) -> Result<(), ExportError> {
        if self.mode == Mode::Pretend {
            return Ok(());
        }
        what(&path).map_err(|refusal| ExportError::Refused(path, refusal))
    }

    /// Remembers that an item is there.
    fn take(&self, item: &Item, entry: Entry) -> Result<(), ExportError> {
        let mut done = sound::lock(&self.done);
        done.written.push(item.path.clone());
        done.bytes += entry.lengths.iter().sum::<u64>();
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
        sound::lock(&self.done).noted.extend(fresh);
        Ok(())
    }

    /// Notes that nobody knows what is at some paths from now on.
    fn doubt(&self, paths: impl Iterator<Item = String>) -> Result<(), ExportError> {
        self.note(&paths.map(|path| (path, Entry::default())).collect())
    }

    fn note(&self, entries: &BTreeMap<String, Entry>) -> Result<(), ExportError> {
        if entries.is_empty() {
            return Ok(());
        }
        let path = {
            let mut notes = sound::lock(&self.notes);
            let last = notes.last().and_then(|path| path.rsplit('/').next()?.parse().ok()).unwrap_or(0_u64);
            let path = format!("{}{:08}", manifest::notes(), last + 1);
            notes.push(path.clone());
            path
        };
        self.ask(path, |path| self.target.keep(path, print_entries(entries).into()))
    }

    fn delete(&self) -> Result<(), ExportError> {
        self.doubt(self.gone.iter().cloned())?;
        for path in &self.gone {
            let known = self.before.entries[path];
            for (_, encoding) in ENCODINGS.into_iter().enumerate().filter(|(at, _)| known.may_have(*at)) {
                self.ask(beside(path, encoding), |path| self.target.delete(path))?;
            }
        }
        Ok(())
    }

    /// Writes the manifest, once all that it names is there to stay.
    pub fn finish(self, hash: u128, left_out: usize) -> Result<Report, ExportError> {
        let done = sound::into_inner(self.done);
        let (mut written, deleted) = (done.written, self.gone);
        written.sort();
        let report = Report { written, deleted, kept: done.kept, bytes: done.bytes, left_out };
        if self.mode == Mode::Pretend {
            return Ok(report);
        }
        let path = manifest::path();
        let refused = |refusal: Refusal| ExportError::Refused(manifest::path(), refusal);
        self.target.settle().map_err(refused)?;
        let all = Manifest { snapshot: Some(hash), entries: done.noted };
        let is_same = self.before.snapshot.is_some() && all == self.before;
        if !is_same {
            self.target.keep(&path, all.print().into()).map_err(refused)?;
        }
        let notes = sound::into_inner(self.notes);
        notes.iter().try_for_each(|note| self.target.delete(note)).map_err(refused)?;
        Ok(report)
    }
}

const ENCODINGS: [Encoding; 3] = [Encoding::Identity, Encoding::Gzip, Encoding::Brotli];

/// Whether `serve` offers a document in an encoding.
fn has(document: &Document, encoding: Encoding) -> bool {
    let accepted = Accepted { gzip: encoding == Encoding::Gzip, brotli: encoding == Encoding::Brotli };
    document.select_encoding(accepted) == encoding
}

/// The hash of a document and of all that is said of it.
fn stamp(document: &Document) -> u128 {
    let mut digest = Digest::new();
    digest.text(document.tag(Encoding::Identity));
    digest.text(document.media_type);
    digest.text(headers::cache_control(document.cache_class));
    digest.optional(headers::policy(document).as_deref());
    digest.optional(document.language);
    digest.optional(document.links.as_deref());
    digest.finish()
}
