//! A time zone database from a folder of TZif files (RFC 9636), as `zic` writes them and as Debian's and
//! PyPI's `tzdata` have them: how calcast gets new rules without a new release.

#![expect(clippy::disallowed_methods, reason = "an edge: the disk comes in here")]

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::ical::zone::Database;

/// The most files that are looked at.
const MOST_FILES: usize = 10_000;
/// The largest file that is taken for a zone, in bytes.
const LARGEST: u64 = 1 << 20;
/// How deep folders lie in each other: `America/Argentina/Salta`.
const DEEPEST: usize = 4;
/// Copies of all zones, the second with leap seconds, which civil time has not.
const COPIES: [&str; 3] = ["posix", "right", "posixrules"];

/// Why a folder is no database.
#[derive(Debug)]
pub enum ZoneinfoError {
    /// A file or folder could not be read.
    Unreadable(PathBuf, io::Error),
    /// A file says that it is a zone and is none.
    NotAZone(PathBuf, String),
    /// The folder has no zones.
    Empty(PathBuf),
    /// The folder has more files than a database.
    TooMany(PathBuf),
}

impl fmt::Display for ZoneinfoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ZoneinfoError::Unreadable(path, _) => write!(f, "cannot read {}", path.display()),
            ZoneinfoError::NotAZone(path, why) => {
                write!(f, "{} is no time zone: {why}; install the database again", path.display())
            }
            ZoneinfoError::Empty(path) => write!(
                f,
                "{} has no time zones, expected a folder such as /usr/share/zoneinfo",
                path.display()
            ),
            ZoneinfoError::TooMany(path) => write!(
                f,
                "{} has more than {MOST_FILES} files, expected a folder such as /usr/share/zoneinfo",
                path.display()
            ),
        }
    }
}

impl std::error::Error for ZoneinfoError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ZoneinfoError::Unreadable(_, error) => Some(error),
            _ => None,
        }
    }
}

/// Reads the database of a folder.
///
/// # Errors
/// When the folder or a zone in it cannot be read, or there is none.
pub fn read(folder: &Path) -> Result<Database, ZoneinfoError> {
    let mut database = Database::new(version(folder));
    let mut folders = vec![(folder.to_owned(), String::new(), 0)];
    let mut files = 0;
    while let Some((path, prefix, depth)) = folders.pop() {
        let unreadable = |error| ZoneinfoError::Unreadable(path.clone(), error);
        for entry in fs::read_dir(&path).map_err(unreadable)? {
            let inner = entry.map_err(unreadable)?.path();
            let Some(name) = inner.file_name().and_then(|name| name.to_str()) else { continue };
            files += 1;
            if files > MOST_FILES {
                return Err(ZoneinfoError::TooMany(folder.to_owned()));
            }
            if depth == 0 && COPIES.contains(&name) {
                continue;
            }
            let metadata =
                fs::metadata(&inner).map_err(|error| ZoneinfoError::Unreadable(inner.clone(), error))?;
            if metadata.is_dir() && depth < DEEPEST {
                folders.push((inner.clone(), format!("{prefix}{name}/"), depth + 1));
            } else if metadata.is_file() && metadata.len() <= LARGEST {
                let bytes =
                    fs::read(&inner).map_err(|error| ZoneinfoError::Unreadable(inner.clone(), error))?;
                if bytes.starts_with(b"TZif") {
                    let name = format!("{prefix}{name}");
                    database.add(&name, &bytes).map_err(|why| ZoneinfoError::NotAZone(inner.clone(), why))?;
                }
            }
        }
    }
    if database.is_empty() { Err(ZoneinfoError::Empty(folder.to_owned())) } else { Ok(database) }
}

/// As `tzdata.zi` says it in its first line (`# version 2026f`), or the file `+VERSION`.
fn version(folder: &Path) -> String {
    let text = |name: &str| fs::read_to_string(folder.join(name)).ok();
    let in_rules = || {
        let text = text("tzdata.zi")?;
        text.lines().next()?.strip_prefix("# version ").map(|version| version.trim().to_owned())
    };
    let version = in_rules().or_else(|| text("+VERSION").map(|text| text.trim().to_owned()));
    version
        .filter(|version| !version.is_empty() && version.len() <= 20)
        .unwrap_or_else(|| "unknown".to_owned())
}
