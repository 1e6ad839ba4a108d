//! Tables that are fetched, such as a sheet published as CSV, with conditional requests (RFC 9110 §13). When a request
//! fails, the events of the table stay as they were published.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;

use super::http_client::{self, HttpError, HttpResponse};
use crate::diagnostic::Diagnostics;
use crate::mutex;
use crate::read::folder::Folder;
use crate::read::settings;

const ACCEPT: &str = "text/csv, text/calendar, */*;q=0.5";

/// The last good response of each address.
#[derive(Debug, Default)]
pub struct FetchCache {
    responses: Mutex<BTreeMap<String, HttpResponse>>,
    is_used: AtomicBool,
}

impl FetchCache {
    /// Adds to a folder every table that its settings name by an address.
    #[must_use]
    pub fn filled(&self, mut folder: Folder) -> Folder {
        // Errors in the settings are reported when the folder is read.
        let settings = settings::read(&folder, &mut Diagnostics::default()).settings;
        let files = settings.sources.into_iter().map(|source| source.file);
        for url in files.filter(|file| is_address(file)) {
            self.is_used.store(true, Ordering::Relaxed);
            let cached = mutex::lock(&self.responses).get(&url).cloned();
            match fetch(&url, cached.as_ref()) {
                Ok(response) => {
                    folder.insert(url.clone(), response.body.clone());
                    mutex::lock(&self.responses).insert(url, response);
                }
                Err(error) => folder.fail(url, error.to_string()),
            }
        }
        folder
    }

    /// Returns whether the last folder named a table by its address.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.is_used.load(Ordering::Relaxed)
    }
}

/// Returns whether the name of a table is an address.
#[must_use]
pub fn is_address(file: &str) -> bool {
    file.contains("://")
}

/// Fetches a file once.
///
/// # Errors
///
/// Returns an error if the response is not 200 OK.
pub fn once(url: &str) -> Result<Bytes, HttpError> {
    fetch(url, None).map(|response| response.body)
}

/// Fetches a file, or returns the cached response if it is still current.
fn fetch(url: &str, cached: Option<&HttpResponse>) -> Result<HttpResponse, HttpError> {
    let mut headers = vec![("accept", ACCEPT)];
    for (validator, condition) in [("etag", "if-none-match"), ("last-modified", "if-modified-since")] {
        headers.extend(cached.and_then(|response| Some((condition, response.header(validator)?))));
    }
    let response = http_client::get(url, &headers)?;
    if url.starts_with("https://") && response.redirects.iter().any(|(_, to)| !to.starts_with("https://")) {
        return Err(HttpError("a redirect leads from https to http".to_owned()));
    }
    match (response.status.as_u16(), cached) {
        (200, _) => Ok(response),
        (304, Some(cached)) => Ok(cached.clone()),
        _ => Err(HttpError(format!("the answer {}", response.status))),
    }
}
