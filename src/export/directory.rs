//! A folder on disk as the target of an export. Each file is written apart and renamed into its place; nothing is
//! written through a link that leads out of the folder.

#![expect(clippy::disallowed_methods, reason = "this is an edge that touches the disk")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::layout::{Layout, OWN, beside};
use super::manifest::Entry;
use super::{Refusal, Target};
use crate::publish::document::{Document, Encoding};

/// A folder that an export is written to, held against a second one until dropped.
#[derive(Debug)]
pub struct Directory {
    root: PathBuf,
    /// Where files are until they are whole.
    scratch: PathBuf,
    /// The folders that are known to be there, and to be folders.
    made: Mutex<BTreeSet<PathBuf>>,
    next: AtomicU64,
    _held: File,
}

impl Directory {
    /// Opens a folder, and makes it where there is none.
    ///
    /// # Errors
    /// When it cannot be made, is no folder, or another export writes to it.
    pub fn open(path: &Path) -> Result<Directory, Refusal> {
        let told = |what: &Path| {
            let what = what.display().to_string();
            move |error: io::Error| -> Refusal { format!("{what}: {error}").into() }
        };
        fs::create_dir_all(path).map_err(told(path))?;
        let root = fs::canonicalize(path).map_err(told(path))?;
        let own = root.join(OWN);
        let scratch = own.join("scratch");
        for folder in [&own, &scratch] {
            make(folder).map_err(told(folder))?;
        }
        let held = File::open(&own).map_err(told(&own))?;
        if matches!(held.try_lock(), Err(fs::TryLockError::WouldBlock)) {
            return Err(format!("another export writes to {} at this moment", root.display()).into());
        }
        // What a writer that was killed left behind is nobody's now.
        for entry in fs::read_dir(&scratch).map_err(told(&scratch))? {
            let left = entry.map_err(told(&scratch))?.path();
            fs::remove_file(&left).map_err(told(&left))?;
        }
        Ok(Directory { root, scratch, made: Mutex::default(), next: AtomicU64::new(0), _held: held })
    }

    fn write(&self, path: &str, bytes: &[u8], changed: Option<SystemTime>) -> io::Result<()> {
        let place = self.root.join(path);
        if let Some(folder) = place.parent() {
            self.make_all(folder)?;
        }
        let scratch = self.scratch.join(self.next.fetch_add(1, Ordering::Relaxed).to_string());
        let mut file = File::create_new(&scratch)?;
        let mut write = || {
            file.write_all(bytes)?;
            changed.map_or(Ok(()), |changed| file.set_modified(changed))?;
            fs::rename(&scratch, &place)
        };
        write().inspect_err(|_| {
            // What could not be written must not be left lying about; the first error is the one to tell.
            let _ = fs::remove_file(&scratch);
        })
    }

    /// Makes a folder and those above it, inside the root.
    fn make_all(&self, folder: &Path) -> io::Result<()> {
        if folder == self.root || self.made().contains(folder) {
            return Ok(());
        }
        if let Some(above) = folder.parent() {
            self.make_all(above)?;
        }
        make(folder)?;
        self.made().insert(folder.to_owned());
        Ok(())
    }

    fn made(&self) -> std::sync::MutexGuard<'_, BTreeSet<PathBuf>> {
        crate::sound::lock(&self.made)
    }

    /// Takes away the folders that are empty now.
    fn tidy(&self, folder: Option<&Path>) {
        let mut folder = folder;
        while let Some(empty) = folder.filter(|folder| *folder != self.root) {
            // One that is not empty stays, and so do those above it.
            if fs::remove_dir(empty).is_err() {
                return;
            }
            self.made().remove(empty);
            folder = empty.parent();
        }
    }

    fn collect(&self, folder: &Path, names: &mut Vec<String>) -> io::Result<()> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                self.collect(&entry.path(), names)?;
            } else if let Ok(inner) = entry.path().strip_prefix(&self.root) {
                names.push(inner.to_string_lossy().into_owned());
            }
        }
        Ok(())
    }
}

/// Makes a folder, unless there is one: a link to one is none.
fn make(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if fs::symlink_metadata(folder)?.is_dir() {
                return Ok(());
            }
            let why = format!("{} is in the way: it is no folder", folder.display());
            Err(io::Error::new(io::ErrorKind::NotADirectory, why))
        }
        made => made,
    }
}

/// The time of a file, from seconds since 1970.
fn time(seconds: i64) -> SystemTime {
    let since = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { SystemTime::UNIX_EPOCH - since } else { SystemTime::UNIX_EPOCH + since }
}

impl Target for Directory {
    fn layout(&self) -> Layout {
        Layout::Folders
    }

    fn hands(&self) -> usize {
        std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
    }

    fn put(&self, path: &str, document: &Document, encoding: Encoding) -> Result<(), Refusal> {
        // Servers of files say when a file was written: it is when its content last changed.
        let changed = time(document.changed.as_second());
        Ok(self.write(path, document.body(encoding), Some(changed))?)
    }

    fn keep(&self, path: &str, bytes: Bytes) -> Result<(), Refusal> {
        Ok(self.write(path, &bytes, None)?)
    }

    fn read(&self, path: &str) -> Result<Option<Bytes>, Refusal> {
        match fs::read(self.root.join(path)) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>, Refusal> {
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut names = Vec::new();
        self.collect(&self.root.join(folder), &mut names)?;
        names.retain(|name| name.starts_with(prefix));
        Ok(names)
    }

    fn delete(&self, path: &str) -> Result<(), Refusal> {
        let place = self.root.join(path);
        match fs::remove_file(&place) {
            Ok(()) => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(error) => return Err(error.into()),
        }
        self.tidy(place.parent());
        Ok(())
    }

    fn has(&self, path: &str, entry: &Entry) -> bool {
        let encodings = [Encoding::Identity, Encoding::Gzip, Encoding::Brotli];
        encodings.into_iter().zip(entry.lengths).filter(|(_, length)| *length > 0).all(
            |(encoding, length)| {
                let known = fs::symlink_metadata(self.root.join(beside(path, encoding)));
                known.is_ok_and(|known| {
                    known.is_file()
                        && known.len() == length
                        && known.modified().is_ok_and(|at| at == time(entry.changed))
                })
            },
        )
    }

    fn settle(&self) -> Result<(), Refusal> {
        Ok(rustix::fs::syncfs(&self._held)?)
    }
}
