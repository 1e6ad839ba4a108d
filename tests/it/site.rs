//! Site folders for tests: read from disk or made of a few lines, and turned into editions at a fixed instant.

use std::path::{Path, PathBuf};

use calcast::publish::edition::Edition;
use calcast::read::folder::Folder;
use calcast::read::{self, Edited};
use calcast::source::disk::SiteFolder;
use jiff::Timestamp;

/// The instant at which tests read: Monday 1 June 2026, noon in UTC.
pub fn noon() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

/// A path inside the repository.
pub fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A folder on disk, read whole.
pub fn folder(path: &Path) -> Folder {
    SiteFolder::open(path).unwrap().read().unwrap()
}

/// A folder of a settings file and a table, made here.
pub fn made_of(settings: &str, events: &str) -> Folder {
    let mut folder = Folder::new();
    folder.insert("calcast.toml", settings.to_owned());
    folder.insert("events.csv", events.to_owned());
    folder
}

/// The site of a folder at [`noon`], with everything that was wrong.
pub fn reading(folder: &Folder) -> calcast::diagnostic::Reading<Edited> {
    read::site(folder, noon())
}

/// The edition of a folder that has no errors, at [`noon`].
pub fn edition(folder: &Folder) -> Edition {
    let reading = reading(folder);
    let faults: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
    assert!(!reading.diagnostics.has_errors(), "{}", faults.join("\n"));
    let site = reading.value.site;
    let today = read::today(&site.settings, noon());
    Edition::new(site, today)
}

/// The text of the document at an address, which there has to be.
pub fn text_at(edition: &Edition, address: &str) -> String {
    let (path, query) = address.split_once('?').map_or((address, None), |(path, query)| (path, Some(query)));
    let route = calcast::model::route::Route::parse(path, query).unwrap();
    let document = edition.document(&route).unwrap();
    let body = document.body(calcast::publish::document::Encoding::Identity);
    String::from_utf8(body.to_vec()).unwrap()
}
