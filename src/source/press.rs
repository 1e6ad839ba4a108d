//! From a folder to an edition: read, remembered in the lock, printed.

use jiff::Timestamp;
use jiff::civil::Date;

use super::clock;
use super::disk::{DiskError, SiteFolder};
use super::fetch::Library;
use crate::diagnostic::{Code, Diagnostics};
use crate::model::settings::BaseUrl;
use crate::publish::edition::Edition;
use crate::read::{self, Edited};
use crate::render;

/// Turns one folder into editions.
#[derive(Debug)]
pub struct Press {
    pub(super) folder: SiteFolder,
    /// The tables that are fetched.
    pub(super) library: Library,
    /// Where links lead, instead of the settings' `base_url`.
    base: Option<BaseUrl>,
    /// Where links lead when nobody says: the address listened on.
    fallback: Option<BaseUrl>,
}

/// One reading of the folder.
#[derive(Debug)]
pub struct Proof {
    /// The edition, which may lack rows that were refused.
    pub edition: Edition,
    /// What was wrong.
    pub diagnostics: Diagnostics,
    /// Rows and articles left out.
    pub left_out: usize,
    /// What the folder looked like.
    pub fingerprint: u128,
    /// When it was read.
    pub at: Timestamp,
}

/// Whether a reading with errors may be remembered in the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    /// Only a reading without errors is.
    Flawless,
    /// What is good is: there is no edition before it.
    First,
}

impl Press {
    /// A press over a folder; `base` overrides the settings, `fallback` stands in where they say nothing.
    #[must_use]
    pub fn new(folder: SiteFolder, base: Option<BaseUrl>, fallback: Option<BaseUrl>) -> Press {
        Press { folder, library: Library::default(), base, fallback }
    }

    /// Reads the folder, remembers what changed in its lock, and makes the edition of today.
    ///
    /// # Errors
    /// When the disk refuses to be read. A lock that cannot be written is a warning: a read-only folder is
    /// served from memory.
    pub fn print(&self, standard: Standard) -> Result<Proof, DiskError> {
        let guard = self.folder.guard();
        let fingerprint = self.folder.fingerprint();
        let folder = self.library.filled(self.folder.read()?);
        let at = clock::now();
        let reading = read::site(&folder, at);
        let Edited { mut site, left_out, tables: _ } = reading.value;
        let good = !reading.diagnostics.has_errors() || standard == Standard::First;
        let damaged = reading.diagnostics.count_of(Code::BadLock) > 0;
        let text = render::lock::text(&site.memory);
        let known = folder.get(read::lock::FILE).is_some_and(|bytes| bytes.as_ref() == text.as_bytes());
        let mut fingerprint = fingerprint;
        if good && !damaged && !known {
            match self.folder.write_lock(&text) {
                Ok(()) => fingerprint = self.folder.fingerprint(),
                Err(error) => tracing::warn!("{error}: what changed when is kept in memory only"),
            }
        }
        drop(guard);
        if let Some(base) = &self.base {
            site.settings.base_url = Some(base.clone());
        }
        if site.settings.base_url.is_none() {
            site.settings.base_url.clone_from(&self.fallback);
        }
        let today = read::today(&site.settings, at);
        Ok(Proof {
            edition: Edition::new(site, today),
            diagnostics: reading.diagnostics,
            left_out,
            fingerprint,
            at,
        })
    }
}

/// The day it is now in the zone of an edition's site.
#[must_use]
pub fn today(edition: &Edition) -> Date {
    read::today(&edition.site().settings, clock::now())
}
