//! The secret in the address of the editor's page: the variable `CALCAST_EDITOR`, or the file `.calcast/editor` of the
//! site folder, which is created at first use.

#![expect(clippy::disallowed_methods, reason = "this is the edge that touches the disk and the environment")]

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::PathBuf;

use super::disk::{PRIVATE, SiteFolder};
use super::random;

/// The variable that sets the secret.
pub const VARIABLE: &str = "CALCAST_EDITOR";
/// The file in the folder [`PRIVATE`].
const FILE: &str = "editor";
/// Length of a new secret: 130 bits.
const LENGTH: usize = 26;
/// Shortest and longest secret.
const SHORTEST: usize = 16;
const LONGEST: usize = 200;

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The value of the variable cannot be an address that nobody guesses.
    #[error(
        "{VARIABLE} is no secret for an address: use at least {SHORTEST} letters, digits, hyphens or underscores, or unset it"
    )]
    BadVariable,
    /// The content of the file cannot be.
    #[error(
        "{path} holds no secret of at least {SHORTEST} letters, digits, hyphens or underscores; `calcast editor-link --new` replaces it",
        path = .0.display()
    )]
    BadFile(PathBuf),
    /// The variable sets the secret, so it is not replaced in the file.
    #[error("{VARIABLE} sets the secret: change it there, or unset it")]
    SetByVariable,
    /// The file cannot be read or written.
    #[error("cannot use {}", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// The system has no random numbers.
    #[error("the system has no random numbers")]
    NoRandom,
}

/// The secret of one site.
#[derive(Clone)]
pub struct EditorSecret {
    set: Option<String>,
    folder: SiteFolder,
}

impl std::fmt::Debug for EditorSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.set.is_some() { "EditorSecret(variable)" } else { "EditorSecret(file)" })
    }
}

impl EditorSecret {
    /// Returns the secret of a folder: that of the variable, if it is set.
    ///
    /// # Errors
    ///
    /// Returns an error if the variable is set to what is easily guessed, or what an address cannot hold.
    pub fn new(folder: SiteFolder) -> Result<EditorSecret, SecretError> {
        let set = match std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
            None => None,
            Some(value) => {
                let text = value.to_str().filter(|text| is_secret(text));
                Some(text.ok_or(SecretError::BadVariable)?.to_owned())
            }
        };
        Ok(EditorSecret { set, folder })
    }

    /// Returns the secret; `None` if there is none, or the file cannot be read.
    #[must_use]
    pub fn get(&self) -> Option<String> {
        if self.set.is_some() {
            return self.set.clone();
        }
        self.read().ok().flatten()
    }

    /// Returns the secret, and creates the file if there is none.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be read, or there is none and it cannot be written.
    pub fn get_or_create(&self) -> Result<String, SecretError> {
        if let Some(set) = &self.set {
            return Ok(set.clone());
        }
        if let Some(secret) = self.read()? {
            return Ok(secret);
        }
        // Another process may create it at the same time.
        let _guard = self.folder.lock();
        match self.read()? {
            Some(secret) => Ok(secret),
            None => self.write(),
        }
    }

    /// Replaces the secret in the file.
    ///
    /// # Errors
    ///
    /// Returns an error if the variable sets the secret, or the file cannot be written.
    pub fn replace(&self) -> Result<String, SecretError> {
        if self.set.is_some() {
            return Err(SecretError::SetByVariable);
        }
        let _guard = self.folder.lock();
        self.write()
    }

    fn directory(&self) -> PathBuf {
        self.folder.path().join(PRIVATE)
    }

    fn read(&self) -> Result<Option<String>, SecretError> {
        let path = self.directory().join(FILE);
        let mut text = String::new();
        let limit = u64::try_from(LONGEST + 2).unwrap_or(u64::MAX);
        match File::open(&path).and_then(|file| file.take(limit).read_to_string(&mut text)) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(SecretError::Io(path, error)),
            Ok(_) if is_secret(text.trim()) => Ok(Some(text.trim().to_owned())),
            Ok(_) => Err(SecretError::BadFile(path)),
        }
    }

    /// Writes a new secret that only this user can read, and renames the file to its name.
    fn write(&self) -> Result<String, SecretError> {
        let secret = random::text(LENGTH).ok_or(SecretError::NoRandom)?;
        let directory = self.directory();
        let path = directory.join(FILE);
        let scratch = directory.join(format!("{FILE}.{}", std::process::id()));
        let write = || -> io::Result<()> {
            DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
            let mut options = OpenOptions::new();
            let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&scratch)?;
            file.write_all(format!("{secret}\n").as_bytes())?;
            file.sync_all()?;
            fs::rename(&scratch, &path)
        };
        match write() {
            Ok(()) => Ok(secret),
            Err(error) => {
                // The first error is the one to report.
                let _ = fs::remove_file(&scratch);
                Err(SecretError::Io(path, error))
            }
        }
    }
}

/// Returns whether a text can stand in an address as it is, and is long enough not to be guessed.
fn is_secret(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (SHORTEST..=LONGEST).contains(&text.len()) && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_long_and_needs_no_escape() {
        for (text, is_good) in [
            ("0123456789abcdef", true),
            ("A-long_enough-Secret", true),
            ("0123456789abcde", false),
            ("0123456789abcde/", false),
            ("0123456789abcde%", false),
            ("0123456789abcdé", false),
            ("0123456789 abcdef", false),
        ] {
            assert_eq!(is_secret(text), is_good, "{text}");
        }
        assert!(random::text(LENGTH).is_some_and(|text| is_secret(&text)));
    }
}
