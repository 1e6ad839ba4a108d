//! Tables that are fetched: a sheet published as CSV, a calendar. Asked for with what is known of the last
//! copy (RFC 9110 §13), within limits; when that fails the last good copy stays.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use ureq::Agent;
use ureq::http::header::{ACCEPT, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use ureq::http::{HeaderName, Response, StatusCode};

use crate::diagnostic::Diagnostics;
use crate::read::folder::Folder;
use crate::read::settings;

/// The largest table that is fetched, in bytes.
const LARGEST: u64 = 64 << 20;
/// How long a fetch may take in all.
const LONGEST: Duration = Duration::from_secs(30);
/// How often an answer may lead elsewhere.
const MOST_REDIRECTS: u32 = 5;

/// The copies of what was fetched.
#[derive(Debug, Default)]
pub struct FetchCache {
    copies: Mutex<BTreeMap<String, Copy>>,
    /// Whether any table is fetched at all.
    asked: AtomicBool,
}

/// What an address answered last.
#[derive(Clone, Debug, Default)]
struct Copy {
    bytes: Bytes,
    /// `ETag` and `Last-Modified` of the answer.
    tag: Option<String>,
    modified: Option<String>,
}

impl FetchCache {
    /// The same folder with every table that its settings name by an address.
    #[must_use]
    pub fn filled(&self, mut folder: Folder) -> Folder {
        // The faults of the settings are told by the reading.
        let settings = settings::read(&folder, &mut Diagnostics::default());
        let addresses =
            settings.sources.into_iter().map(|source| source.file).filter(|file| is_address(file));
        for address in addresses {
            self.asked.store(true, Ordering::Relaxed);
            let known = self.copies().get(&address).cloned();
            match fetch(&address, known.as_ref()) {
                Ok(Some(copy)) => {
                    folder.insert(address.clone(), copy.bytes.clone());
                    self.copies().insert(address, copy);
                }
                Ok(None) => folder.insert(address, known.unwrap_or_default().bytes),
                Err(why) => {
                    if let Some(copy) = known {
                        folder.insert(address.clone(), copy.bytes);
                    }
                    folder.fail(address, why);
                }
            }
        }
        folder
    }

    /// Whether any table is fetched, so that it is worth asking again.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    fn copies(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Copy>> {
        crate::sound::lock(&self.copies)
    }
}

/// Whether the name of a table is an address.
#[must_use]
pub fn is_address(file: &str) -> bool {
    file.contains("://")
}

/// What an address answers at this moment.
///
/// # Errors
/// When it does not answer with a file; in words.
pub fn once(address: &str) -> Result<Bytes, String> {
    fetch(address, None).map(|copy| copy.unwrap_or_default().bytes)
}

/// `None` when the copy that is known is still the newest.
fn fetch(address: &str, known: Option<&Copy>) -> Result<Option<Copy>, String> {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(LONGEST))
        .https_only(address.starts_with("https://"))
        .max_redirects(MOST_REDIRECTS)
        .http_status_as_error(false)
        .user_agent(concat!("calcast/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let mut request = agent.get(address).header(ACCEPT, "text/csv, text/calendar, */*;q=0.5");
    if let Some(Copy { tag, modified, .. }) = known {
        for (name, value) in [(IF_NONE_MATCH, tag), (IF_MODIFIED_SINCE, modified)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
    }
    let response = request.call().map_err(|error| crate::diagnostic::visible(&error.to_string()))?;
    match response.status() {
        StatusCode::NOT_MODIFIED if known.is_some() => Ok(None),
        StatusCode::OK => {
            let (tag, modified) = (header(&response, ETAG), header(&response, LAST_MODIFIED));
            let mut body = response.into_body();
            let bytes = body.with_config().limit(LARGEST).read_to_vec().map_err(|error| error.to_string())?;
            Ok(Some(Copy { bytes: bytes.into(), tag, modified }))
        }
        status => Err(format!("the answer {status}")),
    }
}

fn header<T>(response: &Response<T>, name: HeaderName) -> Option<String> {
    response.headers().get(name)?.to_str().ok().map(str::to_owned)
}
