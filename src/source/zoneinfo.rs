//! Time zone database from a folder of TZif files (RFC 9636), as `zic` and the `tzdata` packages write them, so that
//! new rules need no new release.

#![expect(clippy::disallowed_methods, reason = "an edge that touches the disk")]

use std::fs;
use std::path::{Path, PathBuf};

use super::disk::{self, DiskError};
use crate::ical::zone::Database;

/// Largest zone file, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// Copies of all zones; the second counts leap seconds, which civil time does not.
const COPIES: [&str; 3] = ["posix/", "right/", "posixrules"];

/// Why a folder is not a time zone database.
#[derive(Debug, thiserror::Error)]
pub enum ZoneinfoError {
    /// The folder or a file cannot be read.
    #[error(transparent)]
    Disk(DiskError),
    /// A TZif file is invalid, and why.
    #[error("{path} is no time zone: {1}; install the database again", path = .0.display())]
    Invalid(PathBuf, String),
    /// The folder has no zones.
    #[error("{} has no time zones, expected a folder such as /usr/share/zoneinfo", .0.display())]
    Empty(PathBuf),
}

/// Reads the database of a folder.
///
/// # Errors
///
/// Returns an error if the folder or a zone in it cannot be read, or there is none.
pub fn read(folder: &Path) -> Result<Database, ZoneinfoError> {
    let mut database = Database::new(version(folder));
    for name in disk::files_below(folder, "").map_err(ZoneinfoError::Disk)? {
        let path = folder.join(&name);
        let failed = |error| ZoneinfoError::Disk(DiskError::Io(path.clone(), error));
        let is_copy = COPIES.iter().any(|copy| name.starts_with(copy));
        if is_copy || fs::metadata(&path).map_err(failed)?.len() > MAX_FILE {
            continue;
        }
        let bytes = fs::read(&path).map_err(failed)?;
        if bytes.starts_with(b"TZif") {
            database.add(&name, &bytes).map_err(|why| ZoneinfoError::Invalid(path.clone(), why))?;
        }
    }
    if database.is_empty() { Err(ZoneinfoError::Empty(folder.to_owned())) } else { Ok(database) }
}

/// Returns the version in the first line of `tzdata.zi` (`# version 2026f`), or in the file `+VERSION`.
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
