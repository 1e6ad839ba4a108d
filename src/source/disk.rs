//! Site folder on disk: reads every file of the site, and writes `calcast.lock` atomically.
//!
//! Only regular files inside the folder are read; symbolic links are followed if they stay inside. A file that changes
//! while it is read is read again.

#![expect(clippy::disallowed_methods, reason = "this is the edge that touches the disk")]

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;

use super::fetch::is_address;
use crate::diagnostic::{Diagnostics, chain};
use crate::digest::{self, Digest};
use crate::history::{format2, lock};
use crate::model::settings::{EVENT_FILES, Settings};
use crate::read::folder::Folder;
use crate::read::settings;

/// Largest table of events, in bytes.
const MAX_TABLE: u64 = 2 << 30;
/// Largest lock, in bytes.
const MAX_LOCK: u64 = 1 << 30;
/// Largest other file, in bytes.
const MAX_FILE: u64 = 32 << 20;
/// Largest size of all files of the articles folder, in bytes.
const MAX_ARTICLES: u64 = 512 << 20;
/// The most files below one folder.
const MAX_FILES: usize = 20_000;
/// The deepest nesting of folders.
const MAX_DEPTH: usize = 16;
/// The folder in a site folder whose files belong to this machine. They are never read as part of the site.
pub const PRIVATE: &str = ".calcast";
/// Prefix of the temporary files of the lock.
const SCRATCH: &str = ".calcast.lock.";
/// Age of a temporary file that no process is writing any more.
const STALE: Duration = Duration::from_secs(3600);
/// Size of the write buffer, in bytes.
const BUFFER: usize = 64 << 10;
/// Attempts to read a file that keeps changing.
const ATTEMPTS: usize = 5;

/// Why a folder cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// A folder without anything that calcast reads.
    #[error("{} is no site: it has no events.csv, no calcast.toml and no articles. `calcast init my-site` makes one", .0.display())]
    NotASite(PathBuf),
    /// An operation of the operating system failed.
    #[error("cannot use {}", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// Not a regular file inside the folder, or one that is private.
    #[error("{} is no regular file inside the folder", .0.display())]
    NotAFile(PathBuf),
    /// Larger than the limit in bytes.
    #[error("{path} is larger than {1} bytes", path = .0.display())]
    TooLarge(PathBuf, u64),
    /// More files than the limit.
    #[error("{path} holds more than {1} files", path = .0.display())]
    TooMany(PathBuf, usize),
    /// The file changed during every attempt to read it.
    #[error("{} is being written all the time", .0.display())]
    Unsettled(PathBuf),
}

/// A site folder.
#[derive(Clone, Debug)]
pub struct SiteFolder {
    root: PathBuf,
}

/// Hash of the metadata of all files of a site. The lock is apart because loading a site may write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FolderFingerprint {
    files: u128,
    /// Hash of the metadata of the lock.
    pub lock: u128,
}

impl SiteFolder {
    /// Opens the folder of a site.
    ///
    /// # Errors
    ///
    /// Returns an error if it does not exist, is not a folder, or has nothing that calcast reads.
    pub fn open(path: &Path) -> Result<SiteFolder, DiskError> {
        let root = std::path::absolute(path).map_err(|error| DiskError::Io(path.to_owned(), error))?;
        let folder = SiteFolder { root };
        let real_root = folder.real_root()?;
        if !real_root.is_dir() {
            return Err(DiskError::Io(real_root, io::Error::from(ErrorKind::NotADirectory)));
        }
        let articles = Settings::default().articles;
        let mut parts = EVENT_FILES.into_iter().chain([settings::FILE, lock::FILE, &articles]);
        if !parts.any(|name| real_root.join(name).exists()) {
            return Err(DiskError::NotASite(folder.root));
        }
        Ok(folder)
    }

    /// Resolves links in the path of the folder. A deployment may swap such a link at any time, and all files have to
    /// come from one version.
    fn real_root(&self) -> Result<PathBuf, DiskError> {
        fs::canonicalize(&self.root).map_err(|error| DiskError::Io(self.root.clone(), error))
    }

    /// Returns the absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Returns why something failed, without the path of the folder: reports are read by people who should not know it.
    #[must_use]
    pub fn reason(&self, error: &DiskError) -> String {
        let paths = [self.real_root().ok(), Some(self.root.clone())];
        let below_another = paths.into_iter().flatten().filter(|path| path.parent().is_some());
        let texts = below_another.map(|path| path.display().to_string());
        texts.fold(chain(error), |text, root| {
            text.replace(&format!("{root}/"), "").replace(&root, "the folder")
        })
    }

    /// Locks the folder against other writers of `calcast.lock` until the file is dropped; waits for them.
    ///
    /// Returns `None` on file systems without locks, such as some network folders.
    #[must_use]
    pub fn lock(&self) -> Option<File> {
        let folder = File::open(&self.root).ok()?;
        folder.lock().ok()?;
        Some(folder)
    }

    /// Reads all files of the site. Missing files are left to the reader of the folder.
    ///
    /// # Errors
    ///
    /// Returns an error if a file exists and cannot be read, or a limit is exceeded.
    pub fn read(&self) -> Result<Folder, DiskError> {
        let root = self.real_root()?;
        let mut folder = Folder::new();
        for (name, limit) in [(settings::FILE, MAX_FILE), (lock::FILE, MAX_LOCK)] {
            if let Some(bytes) = read_file(&root, name, limit)? {
                folder.insert(name, bytes);
            }
        }
        // Errors in the settings are reported when the folder is read.
        let settings = settings::read(&folder, &mut Diagnostics::default()).settings;
        for name in table_names(&settings) {
            match read_file(&root, &name, MAX_TABLE) {
                Ok(Some(bytes)) => folder.insert(name, bytes),
                Ok(None) => {}
                Err(error) => folder.fail(name, self.reason(&error)),
            }
        }
        let mut total = 0;
        for name in files_below(&root, &settings.articles)? {
            let bytes = match read_file(&root, &name, MAX_FILE) {
                Ok(Some(bytes)) => bytes,
                Ok(None) => {
                    folder.fail(name, "a link that leads nowhere");
                    continue;
                }
                Err(error) => {
                    folder.fail(name, self.reason(&error));
                    continue;
                }
            };
            total += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            if total > MAX_ARTICLES {
                return Err(DiskError::TooLarge(root.join(&settings.articles), MAX_ARTICLES));
            }
            folder.insert(&name, bytes);
        }
        Ok(folder)
    }

    /// Reads the settings alone. Their errors are reported when the folder is read.
    ///
    /// # Errors
    ///
    /// Returns an error if the file exists and cannot be read.
    pub fn settings(&self) -> Result<Settings, DiskError> {
        let mut folder = Folder::new();
        if let Some(bytes) = read_file(&self.real_root()?, settings::FILE, MAX_FILE)? {
            folder.insert(settings::FILE, bytes);
        }
        Ok(settings::read(&folder, &mut Diagnostics::default()).settings)
    }

    /// Returns the fingerprint of the folder; it changes whenever a file of the site changes.
    #[must_use]
    pub fn fingerprint(&self) -> FolderFingerprint {
        let root = self.real_root().unwrap_or_else(|_| self.root.clone());
        let mut folder = Folder::new();
        let text = read_file(&root, settings::FILE, MAX_FILE);
        let is_readable = text.is_ok();
        if let Ok(Some(bytes)) = text {
            folder.insert(settings::FILE, bytes);
        }
        let settings = settings::read(&folder, &mut Diagnostics::default()).settings;
        let mut names = vec![settings::FILE.to_owned()];
        names.extend(table_names(&settings));
        names.extend(files_below(&root, &settings.articles).unwrap_or_default());
        let mut digest = Digest::new();
        digest.optional(is_readable.then_some("readable"));
        for name in names {
            digest.text(&name);
            digest.text(&file_version(&root.join(&name)));
        }
        FolderFingerprint { files: digest.finish(), lock: self.lock_fingerprint() }
    }

    /// Returns the fingerprint of the lock alone.
    #[must_use]
    pub fn lock_fingerprint(&self) -> u128 {
        digest::hash(file_version(&self.root.join(lock::FILE)).as_bytes())
    }

    /// Replaces the lock atomically with the concatenation of the pieces, and returns the hash of its content.
    ///
    /// # Errors
    ///
    /// Returns an error if the folder cannot be written.
    pub fn write_lock(&self, pieces: impl IntoIterator<Item = Bytes>) -> Result<u128, DiskError> {
        let path = self.root.join(lock::FILE);
        self.write(&path, &mut pieces.into_iter()).map_err(|error| DiskError::Io(path, error))
    }

    /// Writes a copy of a lock of format 2 beside it, so that the version of calcast before can be put back.
    ///
    /// # Errors
    ///
    /// Returns an error if the folder cannot be written.
    pub fn keep_format2(&self, lock: &Bytes) -> Result<(), DiskError> {
        let path = self.root.join(format2::FILE);
        let written = self.write(&path, &mut std::iter::once(lock.clone()));
        written.map(|_| ()).map_err(|error| DiskError::Io(path, error))
    }

    /// Writes a copy of a damaged lock under an unused name, and returns that name.
    ///
    /// # Errors
    ///
    /// Returns an error if the folder cannot be written.
    pub fn save_damaged_lock(&self, text: &Bytes) -> Result<String, DiskError> {
        let names = std::iter::once(format!("{}.damaged", lock::FILE))
            .chain((2..).map(|number| format!("{}.damaged-{number}", lock::FILE)));
        let is_unused = |name: &String| !self.root.join(name).exists();
        let name = names.into_iter().find(is_unused).expect("there are more numbers than files");
        let path = self.root.join(&name);
        self.write(&path, &mut std::iter::once(text.clone())).map_err(|error| DiskError::Io(path, error))?;
        Ok(name)
    }

    /// Writes a temporary file, flushes it to disk and renames it; returns the hash of its content.
    fn write(&self, path: &Path, pieces: &mut dyn Iterator<Item = Bytes>) -> io::Result<u128> {
        self.remove_stale();
        // Processes of other machines may have the same number.
        let names = (0..).map(|number| format!("{SCRATCH}{}-{number}", std::process::id()));
        let (scratch, file) = names
            .map(|name| self.root.join(name))
            .map(|path| (File::create_new(&path), path))
            .find_map(|(file, path)| match file {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => None,
                file => Some((path, file)),
            })
            .expect("there are more numbers than files");
        let write = |file: File| -> io::Result<u128> {
            let mut file = io::BufWriter::with_capacity(BUFFER, file);
            let mut hash = Digest::new();
            for piece in pieces {
                hash.bytes(&piece);
                file.write_all(&piece)?;
            }
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
            fs::rename(&scratch, path)?;
            File::open(&self.root)?.sync_all()?;
            Ok(hash.finish())
        };
        file.and_then(write).inspect_err(|_| {
            // The first error is the one to report.
            let _ = fs::remove_file(&scratch);
        })
    }

    /// Removes temporary files of writers that were killed.
    fn remove_stale(&self) {
        let Ok(entries) = fs::read_dir(&self.root) else { return };
        for entry in entries.flatten() {
            let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(SCRATCH));
            let modified = entry.metadata().and_then(|metadata| metadata.modified()).ok();
            let age = modified.and_then(|modified| modified.elapsed().ok());
            if is_ours && age.is_some_and(|age| age >= STALE) {
                // Another process may remove it first.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// Returns the names of the tables on disk that the settings name, or else those that may exist.
fn table_names(settings: &Settings) -> Vec<String> {
    if settings.sources.is_empty() {
        return EVENT_FILES.map(str::to_owned).to_vec();
    }
    settings.sources.iter().map(|source| source.file.clone()).filter(|file| !is_address(file)).collect()
}

/// Returns the sorted paths, relative to `root`, of the regular files below a folder, without temporary files of
/// editors. A missing folder has none.
pub(super) fn files_below(root: &Path, folder: &str) -> Result<Vec<String>, DiskError> {
    let mut names = Vec::new();
    collect(root, folder, MAX_DEPTH, &mut names)?;
    names.sort();
    Ok(names)
}

fn collect(root: &Path, folder: &str, depth: usize, names: &mut Vec<String>) -> Result<(), DiskError> {
    let path = root.join(folder);
    let failed = |error| DiskError::Io(path.clone(), error);
    let entries = match fs::read_dir(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(failed)?,
    };
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if is_temporary(&name) {
            continue;
        }
        let inner = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        match fs::metadata(entry.path()) {
            Ok(metadata) if metadata.is_dir() && depth > 0 => collect(root, &inner, depth - 1, names)?,
            Ok(metadata) if metadata.is_dir() => {}
            // Whatever cannot be read is reported when it is.
            Ok(_) | Err(_) => names.push(inner),
        }
        if names.len() > MAX_FILES {
            return Err(DiskError::TooMany(path, MAX_FILES));
        }
    }
    Ok(())
}

/// Returns whether a file is one that editors and spreadsheet programs keep beside an open file.
fn is_temporary(name: &str) -> bool {
    name.starts_with(['.', '~', '#'])
        || name.ends_with(['~', '#'])
        || name == "4913"
        || name.ends_with(".tmp")
        || name.ends_with(".swp")
}

/// Reads a file of a folder; `None` if it does not exist.
fn read_file(root: &Path, name: &str, limit: u64) -> Result<Option<Vec<u8>>, DiskError> {
    let path = root.join(name);
    let failed = |error| DiskError::Io(path.clone(), error);
    let real = match fs::canonicalize(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        real => real.map_err(failed)?,
    };
    let inner = real.strip_prefix(root).ok().filter(|inner| !inner.starts_with(PRIVATE));
    if inner.is_none() || !real.is_file() {
        return Err(DiskError::NotAFile(path));
    }
    for _ in 0..ATTEMPTS {
        let version = file_version(&real);
        let file = File::open(&real).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        if size > limit {
            return Err(DiskError::TooLarge(path, limit));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        file.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
        let is_whole = u64::try_from(bytes.len()).is_ok_and(|length| length == size);
        if is_whole && file_version(&real) == version {
            return Ok(Some(bytes));
        }
    }
    Err(DiskError::Unsettled(path))
}

/// Returns what distinguishes versions of a file. The modification time alone misses two saves within a second.
fn file_version(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt as _;
    match fs::metadata(path) {
        Ok(m) => {
            let (modified, changed) = ((m.mtime(), m.mtime_nsec()), (m.ctime(), m.ctime_nsec()));
            format!("{} {} {} {modified:?} {changed:?}", m.dev(), m.ino(), m.size())
        }
        Err(error) => format!("{:?}", error.kind()),
    }
}
