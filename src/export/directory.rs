//! A directory as the target of an export. Each file is written to a temporary one and renamed, and nothing is written
//! through a symbolic link.
//!
//! `object_store::local::LocalFileSystem` cannot replace this: it follows links out of the directory, leaves temporary
//! files between the published ones when it is killed, and sets no modification time, which web servers send as
//! `Last-Modified`. Its durable mode also flushes every file, where one flush of the file system per export suffices.

#![expect(clippy::disallowed_methods, reason = "this is an edge that touches the disk")]

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::layout::{Layout, encoded_path};
use super::manifest::{FOLDER, ManifestEntry};
use super::{ExportOptions, Target, TargetError};
use crate::publish::document::{Document, Encoding};

/// A directory, locked against other exports until dropped.
#[derive(Debug)]
pub struct Directory {
    root: PathBuf,
    /// Folder of the temporary files.
    scratch: PathBuf,
    /// Number of the next temporary file.
    next: AtomicU64,
    /// Holds the lock; `None` in a dry run.
    lock: Option<File>,
}

impl Directory {
    /// Opens a directory; creates it if it does not exist. In a dry run nothing is created or locked.
    ///
    /// # Errors
    ///
    /// Returns an error if the directory cannot be created or another export is writing to it.
    pub fn open(path: &Path, options: ExportOptions) -> Result<Directory, TargetError> {
        let at = |path: &Path| {
            let path = path.display().to_string();
            move |error: io::Error| -> TargetError { format!("{path}: {error}").into() }
        };
        if options.dry_run {
            let (root, scratch) = (path.to_owned(), PathBuf::new());
            return Ok(Directory { root, scratch, next: AtomicU64::new(0), lock: None });
        }
        fs::create_dir_all(path).map_err(at(path))?;
        let root = fs::canonicalize(path).map_err(at(path))?;
        let own = root.join(FOLDER);
        let scratch = own.join("scratch");
        for folder in [&own, &scratch] {
            create_folder(folder).map_err(at(folder))?;
        }
        let lock = File::open(&own).map_err(at(&own))?;
        if matches!(lock.try_lock(), Err(TryLockError::WouldBlock)) {
            return Err(format!("another export is writing to {}", root.display()).into());
        }
        // Temporary files of an export that was killed.
        for entry in fs::read_dir(&scratch).map_err(at(&scratch))? {
            let left = entry.map_err(at(&scratch))?.path();
            fs::remove_file(&left).map_err(at(&left))?;
        }
        Ok(Directory { root, scratch, next: AtomicU64::new(0), lock: Some(lock) })
    }

    fn write(&self, path: &str, bytes: &[u8], modified: Option<SystemTime>) -> io::Result<()> {
        for (end, _) in path.match_indices('/') {
            create_folder(&self.root.join(&path[..end]))?;
        }
        let scratch = self.scratch.join(self.next.fetch_add(1, Ordering::Relaxed).to_string());
        let mut file = File::create_new(&scratch)?;
        let mut write = || {
            file.write_all(bytes)?;
            modified.map_or(Ok(()), |modified| file.set_modified(modified))?;
            fs::rename(&scratch, self.root.join(path))
        };
        write().inspect_err(|_| {
            // The first error is the one to report.
            let _ = fs::remove_file(&scratch);
        })
    }

    fn list_into(&self, folder: &Path, paths: &mut Vec<String>) -> io::Result<()> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                self.list_into(&entry.path(), paths)?;
            } else if let Ok(path) = entry.path().strip_prefix(&self.root) {
                paths.push(path.to_string_lossy().into_owned());
            }
        }
        Ok(())
    }
}

/// Creates a folder, unless it exists; a link to a folder is an error.
fn create_folder(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if fs::symlink_metadata(folder)?.is_dir() {
                return Ok(());
            }
            let why = format!("{} is in the way: it is no folder", folder.display());
            Err(io::Error::new(ErrorKind::NotADirectory, why))
        }
        created => created,
    }
}

/// Returns a file time of seconds since 1970.
fn file_time(seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { SystemTime::UNIX_EPOCH - distance } else { SystemTime::UNIX_EPOCH + distance }
}

impl Target for Directory {
    fn layout(&self) -> Layout {
        Layout::Folders
    }

    fn concurrency(&self) -> usize {
        std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
    }

    fn write_document(&self, path: &str, document: &Document, encoding: Encoding) -> Result<(), TargetError> {
        let changed = file_time(document.changed.as_second());
        Ok(self.write(path, document.body(encoding), Some(changed))?)
    }

    fn write_internal(&self, path: &str, bytes: Bytes) -> Result<(), TargetError> {
        Ok(self.write(path, &bytes, None)?)
    }

    fn read(&self, path: &str) -> Result<Option<Bytes>, TargetError> {
        match fs::read(self.root.join(path)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            bytes => Ok(Some(bytes?.into())),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, TargetError> {
        let mut paths = Vec::new();
        self.list_into(&self.root.join(folder), &mut paths)?;
        Ok(paths)
    }

    /// Also removes the folders that become empty.
    fn delete(&self, path: &str) -> Result<(), TargetError> {
        let path = self.root.join(path);
        match fs::remove_file(&path) {
            Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Err(error)?
            }
            _ => {}
        }
        let folders = path.ancestors().skip(1).take_while(|folder| *folder != self.root);
        // Ends at the first folder that is not empty.
        let _ = folders.map(fs::remove_dir).find(Result::is_err);
        Ok(())
    }

    fn matches(&self, path: &str, entry: &ManifestEntry) -> bool {
        entry.encodings().all(|(encoding, length)| {
            fs::symlink_metadata(self.root.join(encoded_path(path, encoding))).is_ok_and(|file| {
                file.is_file()
                    && file.len() == length
                    && file.modified().is_ok_and(|modified| modified == file_time(entry.changed))
            })
        })
    }

    fn sync(&self) -> Result<(), TargetError> {
        Ok(self.lock.as_ref().map_or(Ok(()), rustix::fs::syncfs)?)
    }
}
