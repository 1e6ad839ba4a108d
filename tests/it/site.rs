//! Site folders for tests, read from disk or built from strings, and their snapshots at a fixed instant.

use std::path::{Path, PathBuf};

use calcast::diagnostic::Reading;
use calcast::publish::snapshot::Snapshot;
use calcast::read::folder::Folder;
use calcast::read::sheet::calendar::lines::lines;
use calcast::read::{self, LoadedSite};
use calcast::source::disk::SiteFolder;
use jiff::Timestamp;

/// The unfolded lines of a calendar.
pub fn unfold(text: &str) -> Vec<String> {
    lines(text).map(|(_, line)| line).collect()
}

/// The instant at which tests read: Monday 1 June 2026, noon in UTC.
pub fn noon() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

/// A path inside the repository.
pub fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Reads a folder from disk.
pub fn folder(path: &Path) -> Folder {
    SiteFolder::open(path).unwrap().read().unwrap()
}

/// Builds a folder from settings and a table.
pub fn made_of(settings: &str, events: &str) -> Folder {
    let mut folder = Folder::new();
    folder.insert("calcast.toml", settings.to_owned());
    folder.insert("events.csv", events.to_owned());
    folder
}

/// Loads a folder at [`noon`].
pub fn reading(folder: &Folder) -> Reading<LoadedSite> {
    read::load(folder.clone(), noon())
}

/// The snapshot of a folder that has no errors, at [`noon`].
pub fn snapshot(folder: &Folder) -> Snapshot {
    let reading = reading(folder);
    let faults: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
    assert!(!reading.diagnostics.has_errors(), "{}", faults.join("\n"));
    let site = reading.value.site;
    let today = read::today(&site.settings, noon());
    Snapshot::new(site, today)
}

/// Returns the text of the document at an address, which must exist.
pub fn text_at(snapshot: &Snapshot, address: &str) -> String {
    let (path, query) = address.split_once('?').map_or((address, None), |(path, query)| (path, Some(query)));
    let route = calcast::model::route::Route::parse(path, query).unwrap();
    let document = snapshot.document(&route).unwrap();
    let body = document.body(calcast::publish::document::Encoding::Identity);
    String::from_utf8(body.to_vec()).unwrap()
}

/// A table that is saved repeatedly, an hour apart, with its lock.
pub struct Sheet {
    settings: String,
    lock: Option<Vec<u8>>,
    at: Timestamp,
}

impl Sheet {
    /// Creates a table that was never saved.
    pub fn new(settings: &str) -> Sheet {
        Sheet { settings: settings.to_owned(), lock: None, at: noon() }
    }

    /// Replaces the settings.
    pub fn set(&mut self, settings: &str) {
        settings.clone_into(&mut self.settings);
    }

    /// Advances the clock.
    pub fn wait(&mut self, days: i64) {
        self.at = self.at.checked_add(jiff::SignedDuration::from_hours(24 * days)).unwrap();
    }

    /// Returns the folder with these events.
    pub fn folder(&self, events: &str) -> Folder {
        let mut folder = made_of(&self.settings, events);
        if let Some(lock) = &self.lock {
            folder.insert("calcast.lock", lock.clone());
        }
        folder
    }

    /// Returns the diagnostics of `check` before a save.
    pub fn check(&self, events: &str) -> Vec<String> {
        let reading = calcast::publish::survey::survey(&self.folder(events), self.at, &mut || {});
        reading.diagnostics.iter().map(ToString::to_string).collect()
    }

    /// Saves the table, which must have no errors. Returns the snapshot that is served.
    pub fn save(&mut self, events: &str) -> Snapshot {
        self.load(self.folder(events))
    }

    /// Saves the table although it may lack most of its events. Returns the snapshot that is served.
    pub fn save_accepted(&mut self, events: &str) -> Snapshot {
        let mut folder = self.folder(events);
        folder.accept();
        self.load(folder)
    }

    /// Saves a folder that may have errors, an hour after the one before. Returns the snapshot that is served, and the
    /// diagnostics.
    pub fn save_folder(&mut self, folder: Folder) -> (Snapshot, Vec<String>) {
        let reading = read::load(folder, self.at);
        let faults = reading.diagnostics.iter().map(ToString::to_string).collect();
        (self.publish(reading), faults)
    }

    fn load(&mut self, folder: Folder) -> Snapshot {
        let reading = read::load(folder, self.at);
        let faults: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
        assert!(!reading.diagnostics.has_errors(), "{}", faults.join("\n"));
        self.publish(reading)
    }

    fn publish(&mut self, reading: Reading<LoadedSite>) -> Snapshot {
        let site = reading.value.site;
        self.lock = Some(calcast::history::lock::to_bytes(&site.history));
        let today = read::today(&site.settings, self.at);
        self.at = self.at.checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
        Snapshot::new(site, today)
    }

    /// Returns the lock as last written.
    pub fn lock(&self) -> &str {
        std::str::from_utf8(self.lock.as_deref().unwrap()).unwrap()
    }
}
