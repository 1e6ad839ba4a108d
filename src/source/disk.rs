//! A site folder on disk: read whole, and its lock written whole.
//!
//! Only regular files inside the folder are read, also through links that stay inside; a file that changes
//! while it is read is read again.

#![expect(clippy::disallowed_methods, reason = "this is the edge that touches the disk")]

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;

use super::fetch::is_address;
use crate::diagnostic::Diagnostics;
use crate::digest::Running;
use crate::model::settings::{EVENT_FILES, Settings};
use crate::read::folder::Folder;
use crate::read::{lock, settings};

/// The largest table of events, in bytes.
const LARGEST_TABLE: u64 = 2 << 30;
/// The largest other file, in bytes.
const LARGEST_FILE: u64 = 32 << 20;
/// The most bytes below the folder of articles.
const LARGEST_SHELF: u64 = 512 << 20;
/// The most files below the folder of articles.
const MOST_FILES: usize = 20_000;
/// How deep folders of articles may be nested.
const DEEPEST: usize = 16;
/// How the name of a file begins that is being written.
const SCRATCH: &str = ".calcast.lock.";
/// How many bytes are written at a time where pieces are small.
const PUT_TOGETHER: usize = 64 << 10;
/// After how long nobody is writing it any more.
const STALE: Duration = Duration::from_secs(3600);
/// How often a file that changes under the reader is read again.
const ATTEMPTS: usize = 5;

/// What the disk refused, and where.
#[derive(Debug)]
pub enum DiskError {
    /// The operating system said no.
    Io(PathBuf, io::Error),
    /// Something that is no regular file, or lies outside the folder.
    NotAFile(PathBuf),
    /// A file, or all of them, above the limit in bytes.
    TooLarge(PathBuf, u64),
    /// More files than the limit.
    TooMany(PathBuf, usize),
    /// A file that was being written each time it was read.
    Unsettled(PathBuf),
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DiskError::Io(path, _) => write!(f, "cannot use {}", path.display()),
            DiskError::NotAFile(path) => write!(f, "{} is no regular file inside the folder", path.display()),
            DiskError::TooLarge(path, limit) => write!(f, "{} is larger than {limit} bytes", path.display()),
            DiskError::TooMany(path, limit) => write!(f, "{} holds more than {limit} files", path.display()),
            DiskError::Unsettled(path) => write!(f, "{} is being written all the time", path.display()),
        }
    }
}

impl std::error::Error for DiskError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DiskError::Io(_, error) => Some(error),
            _ => None,
        }
    }
}

/// A folder on disk.
#[derive(Clone, Debug)]
pub struct SiteFolder {
    root: PathBuf,
}

/// What a folder looks like from outside. The lock, which is written after the rest was read, is apart: what
/// changes meanwhile is seen at the next look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FolderFingerprint {
    files: u128,
    /// The lock.
    pub lock: u128,
}

/// Holds the folder against a second writer of its lock, until dropped.
#[derive(Debug)]
pub struct FolderLock {
    _folder: File,
}

impl SiteFolder {
    /// Opens a folder.
    ///
    /// # Errors
    /// When it does not exist or is none.
    pub fn open(path: &Path) -> Result<SiteFolder, DiskError> {
        let root = std::path::absolute(path).map_err(|error| DiskError::Io(path.to_owned(), error))?;
        let folder = SiteFolder { root };
        let real = folder.real()?;
        if !real.root.is_dir() {
            return Err(DiskError::Io(real.root, io::Error::from(io::ErrorKind::NotADirectory)));
        }
        Ok(folder)
    }

    /// The folder that it is at this moment: a deployment may swap the link that leads to it, and all files are to
    /// be of one.
    fn real(&self) -> Result<SiteFolder, DiskError> {
        let root = fs::canonicalize(&self.root);
        root.map(|root| SiteFolder { root }).map_err(|error| DiskError::Io(self.root.clone(), error))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Waits until no other calcast reads and writes this folder. `None` where the file system knows no
    /// locks, such as some network folders.
    #[must_use]
    pub fn guard(&self) -> Option<FolderLock> {
        let folder = File::open(&self.root).ok()?;
        folder.lock().ok()?;
        Some(FolderLock { _folder: folder })
    }

    /// Reads everything that makes the site.
    ///
    /// # Errors
    /// When something is there and cannot be read. What is not there is for reading to tell.
    pub fn read(&self) -> Result<Folder, DiskError> {
        self.real()?.read_real()
    }

    fn read_real(&self) -> Result<Folder, DiskError> {
        let mut folder = Folder::new();
        for name in [settings::FILE, lock::FILE] {
            self.read_into(&mut folder, name, LARGEST_FILE.max(LARGEST_TABLE / 2))?;
        }
        // Which other files belong to the site, the settings say; their faults are told by the reading.
        let settings = settings::read(&folder, &mut Diagnostics::default());
        for name in table_names(&settings) {
            if let Some(bytes) = self.bytes_of(&name, LARGEST_TABLE)? {
                folder.insert(name, bytes);
            }
        }
        let mut total = 0;
        for name in self.names_below(&settings.articles)? {
            total += self.read_into(&mut folder, &name, LARGEST_FILE)?;
            if total > LARGEST_SHELF {
                return Err(DiskError::TooLarge(self.root.join(&settings.articles), LARGEST_SHELF));
            }
        }
        Ok(folder)
    }

    fn read_into(&self, folder: &mut Folder, name: &str, largest: u64) -> Result<u64, DiskError> {
        let Some(bytes) = self.bytes_of(name, largest)? else { return Ok(0) };
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        folder.insert(name, bytes);
        Ok(size)
    }

    /// The content of a file; `None` where there is none.
    fn bytes_of(&self, name: &str, largest: u64) -> Result<Option<Vec<u8>>, DiskError> {
        let path = self.root.join(name);
        let real = match fs::canonicalize(&path) {
            Ok(real) => real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(DiskError::Io(path, error)),
        };
        if !real.starts_with(&self.root) || !real.is_file() {
            return Err(DiskError::NotAFile(path));
        }
        read_settled(&real, largest).map(Some)
    }

    fn names_below(&self, folder: &str) -> Result<Vec<String>, DiskError> {
        let mut names = Vec::new();
        self.collect(folder, DEEPEST, &mut names)?;
        names.sort();
        Ok(names)
    }

    fn collect(&self, folder: &str, depth: usize, names: &mut Vec<String>) -> Result<(), DiskError> {
        let path = self.root.join(folder);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(DiskError::Io(path, error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| DiskError::Io(path.clone(), error))?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if is_scratch(&name) {
                continue;
            }
            let inner = format!("{folder}/{name}");
            let real = fs::metadata(entry.path()).map_err(|error| DiskError::Io(entry.path(), error))?;
            if real.is_dir() && depth > 0 {
                self.collect(&inner, depth - 1, names)?;
            } else if real.is_file() {
                names.push(inner);
            }
            if names.len() > MOST_FILES {
                return Err(DiskError::TooMany(path, MOST_FILES));
            }
        }
        Ok(())
    }

    /// Writes the lock, given in pieces: a temporary file beside it, flushed to the disk, then renamed over the old
    /// one, so that at every moment there is one whole lock.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write_lock(&self, pieces: impl IntoIterator<Item = Bytes>) -> Result<u128, DiskError> {
        let place = self.root.join(lock::FILE);
        self.write(&place, &mut pieces.into_iter()).map_err(|error| DiskError::Io(place, error))
    }

    /// Writes a copy of a damaged lock beside it, under a name that is free; answers that name.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn set_aside(&self, text: &Bytes) -> Result<String, DiskError> {
        let names = std::iter::once(format!("{}.damaged", lock::FILE))
            .chain((2..).map(|number| format!("{}.damaged-{number}", lock::FILE)));
        let free = |name: &String| !self.root.join(name).exists();
        let name = names.into_iter().find(free).expect("there are more numbers than files");
        let place = self.root.join(&name);
        let mut copy = std::iter::once(text.clone());
        self.write(&place, &mut copy).map_err(|error| DiskError::Io(place, error))?;
        Ok(name)
    }

    /// Writes a file whole or not at all; answers the hash of what it holds.
    fn write(&self, place: &Path, pieces: &mut dyn Iterator<Item = Bytes>) -> io::Result<u128> {
        self.sweep();
        // Two machines may have processes of one number.
        let name = (0..).map(|n| format!("{SCRATCH}{}-{n}", std::process::id()));
        let (scratch, file) = name
            .map(|name| self.root.join(name))
            .map(|path| (File::create_new(&path), path))
            .find_map(|(file, path)| match file {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => None,
                file => Some((path, file)),
            })
            .expect("there are more numbers than files");
        let write = |file: File| -> io::Result<u128> {
            // Small pieces are put together, large ones are not copied.
            let mut file = io::BufWriter::with_capacity(PUT_TOGETHER, file);
            let mut hash = Running::default();
            for piece in pieces {
                hash.add(&piece);
                file.write_all(&piece)?;
            }
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
            fs::rename(&scratch, place)?;
            File::open(&self.root)?.sync_all()?;
            Ok(hash.finish())
        };
        file.and_then(write).inspect_err(|_| {
            // What could not be written must not be left lying about; the first error is the one to tell.
            let _ = fs::remove_file(&scratch);
        })
    }

    /// Removes what a writer that was killed left behind an hour ago or more.
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.root) else { return };
        for entry in entries.flatten() {
            let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(SCRATCH));
            let age =
                entry.metadata().and_then(|known| known.modified()).ok().and_then(|at| at.elapsed().ok());
            if is_ours && age.is_some_and(|age| age >= STALE) {
                // Somebody else may have been quicker.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// What the folder looks like from outside: changes whenever a file that belongs to the site does.
    #[must_use]
    pub fn look(&self) -> FolderFingerprint {
        // What is not there at all is seen as well: nothing in it is.
        self.real().unwrap_or_else(|_| self.clone()).look_real()
    }

    fn look_real(&self) -> FolderFingerprint {
        let mut names = vec![settings::FILE.to_owned()];
        let mut folder = Folder::new();
        let known = self.read_into(&mut folder, settings::FILE, LARGEST_FILE);
        let settings = settings::read(&folder, &mut Diagnostics::default());
        names.extend(table_names(&settings));
        names.extend(self.names_below(&settings.articles).unwrap_or_default());
        let mut digest = crate::digest::Digest::new();
        digest.optional(known.is_ok().then_some("readable"));
        for name in names {
            digest.text(&name);
            digest.text(&stamp(&self.root.join(&name)));
        }
        FolderFingerprint { files: digest.finish(), lock: self.look_at_lock() }
    }

    /// What the lock looks like from outside.
    #[must_use]
    pub fn look_at_lock(&self) -> u128 {
        crate::digest::of(stamp(&self.root.join(lock::FILE)).as_bytes())
    }
}

/// The files of tables: those that the settings name, or those that may be there.
fn table_names(settings: &Settings) -> Vec<String> {
    if settings.sources.is_empty() {
        return EVENT_FILES.map(str::to_owned).to_vec();
    }
    settings.sources.iter().map(|source| source.file.clone()).filter(|file| !is_address(file)).collect()
}

fn read_settled(path: &Path, largest: u64) -> Result<Vec<u8>, DiskError> {
    let failed = |error| DiskError::Io(path.to_owned(), error);
    for _ in 0..ATTEMPTS {
        let before = stamp(path);
        let file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        if size > largest {
            return Err(DiskError::TooLarge(path.to_owned(), largest));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        file.take(largest + 1).read_to_end(&mut bytes).map_err(failed)?;
        let same_size = u64::try_from(bytes.len()).is_ok_and(|length| length == size);
        if same_size && stamp(path) == before {
            return Ok(bytes);
        }
    }
    Err(DiskError::Unsettled(path.to_owned()))
}

/// Everything that tells one version of a file from another: mtime alone misses saves in one second.
fn stamp(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt as _;
    match fs::metadata(path) {
        Ok(m) => format!(
            "{} {} {} {}.{} {}.{}",
            m.dev(),
            m.ino(),
            m.size(),
            m.mtime(),
            m.mtime_nsec(),
            m.ctime(),
            m.ctime_nsec()
        ),
        Err(error) => format!("{:?}", error.kind()),
    }
}

/// What editors and spreadsheets leave beside a file while it is open.
fn is_scratch(name: &str) -> bool {
    name.starts_with(['.', '~', '#'])
        || name.ends_with(['~', '#'])
        || name == "4913"
        || name.ends_with(".tmp")
        || name.ends_with(".swp")
}
