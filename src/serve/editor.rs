//! The editor's page, its feed and its style sheet, below an address that is a secret.
//!
//! To anyone who does not know the secret, the page is an address like any that does not exist.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName};
use http::{Method, Request, Response, StatusCode};
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

use super::negotiate;
use super::respond::RouteLabel;
use super::responses::{set, set_text, text, uncached};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::digest::secret_hash;
use crate::model::report::LoadReport;
use crate::mutex;
use crate::publish::document::Encoding;
use crate::publish::editor::EditorPart;
use crate::publish::headers::{PAGE_POLICY, PRIVATE_REFERRER_POLICY};
use crate::publish::snapshot::Snapshot;
use crate::render::pages::{EditorView, LoadProblem};
use crate::source::editor_secret::EditorSecret;

/// The folder of its addresses.
pub(super) const FOLDER: &str = "/editor/";
/// Longer texts are no secret.
const MAX_GIVEN: usize = 200;
/// The query that asks for another load.
const AGAIN: &str = "again";
/// The least time between two loads that the page asks for, and the most that a request waits for one.
const AGAIN_INTERVAL: Duration = Duration::from_secs(10);
const MAX_WAIT: Duration = Duration::from_secs(10);
/// The most errors kept of a load that was rejected.
const MAX_REJECTED: usize = 100;
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// How the site was read that is served.
#[derive(Clone, Debug)]
pub struct LastLoad {
    /// How the folder was read.
    pub report: Arc<LoadReport>,
    /// Its problems.
    pub diagnostics: Arc<Diagnostics>,
    /// Why a later load did not replace it.
    pub problem: Option<LoadProblem>,
}

impl LastLoad {
    /// Returns the state after a load whose site is published.
    #[must_use]
    pub fn published(report: LoadReport, diagnostics: Diagnostics) -> LastLoad {
        LastLoad { report: Arc::new(report), diagnostics: Arc::new(diagnostics), problem: None }
    }
}

/// The editor's page of a site.
#[derive(Debug)]
pub struct EditorPage {
    secret: EditorSecret,
    last: ArcSwap<LastLoad>,
    /// Wakes the loader.
    reload: Arc<Notify>,
    /// Changes with each load.
    loads: watch::Sender<()>,
    last_request: Mutex<Option<Instant>>,
}

impl EditorPage {
    /// Creates the page. `reload` wakes the loader of the folder.
    #[must_use]
    pub fn new(secret: EditorSecret, last: LastLoad, reload: Arc<Notify>) -> EditorPage {
        EditorPage {
            secret,
            last: ArcSwap::from_pointee(last),
            reload,
            loads: watch::Sender::new(()),
            last_request: Mutex::default(),
        }
    }

    /// Records a load whose site is published.
    pub(super) fn published(&self, last: LastLoad) {
        self.last.store(Arc::new(last));
        self.loads.send_replace(());
    }

    /// Records a load because of whose errors the site stays as it is.
    pub(super) fn rejected(&self, diagnostics: &Diagnostics) {
        let tables = &self.last.load().report;
        // Without settings and history, errors in tables mean little.
        let errors = diagnostics.iter().filter(|fault| {
            fault.code.severity() == Severity::Error && tables.table(&fault.place.file).is_none()
        });
        let errors: Vec<Diagnostic> = errors.take(MAX_REJECTED).cloned().collect();
        self.set_problem(LoadProblem::Rejected(errors));
    }

    /// Records a load that failed.
    pub(super) fn failed(&self, at: Timestamp, why: String) {
        self.set_problem(LoadProblem::Failed(at, why));
    }

    fn set_problem(&self, problem: LoadProblem) {
        let last = LastLoad { problem: Some(problem), ..LastLoad::clone(&self.last.load()) };
        self.published(last);
    }

    /// Answers a GET or HEAD request; `None` if it is not for the page or does not know the secret.
    pub(super) async fn answer(
        self: &Arc<Self>,
        snapshot: &Arc<Snapshot>,
        request: &Request<()>,
    ) -> Option<Response<Bytes>> {
        let given = request.uri().path().strip_prefix(FOLDER)?;
        // The suffix of the page is empty, so it is tried last.
        let mut parts = EditorPart::ALL.into_iter().rev();
        let (given, part) = parts.find_map(|part| Some((given.strip_suffix(part.suffix())?, part)))?;
        if given.len() > MAX_GIVEN {
            return None;
        }
        // The secret may have been replaced; it is on a disk that may be slow.
        let own = self.secret.clone();
        let secret = tokio::task::spawn_blocking(move || own.get()).await.ok().flatten()?;
        // Comparing hashes takes a time that tells nothing of the secret.
        if secret_hash(given) != secret_hash(&secret) {
            return None;
        }
        let path = format!("{FOLDER}{secret}");
        if part == EditorPart::Page && request.uri().query() == Some(AGAIN) {
            if *request.method() == Method::GET {
                self.read_again().await;
            }
            return Some(redirect(snapshot, &path));
        }
        let (page, snapshot) = (Arc::clone(self), Arc::clone(snapshot));
        let language = negotiate::language(request.headers(), &snapshot.site().settings);
        let render = move || {
            let last = page.last.load_full();
            let document = snapshot.editor_document(part, language, &last.view(&path));
            let body = document.body(Encoding::Identity).clone();
            let mut response = uncached(document.media_type, body);
            if let Some(language) = document.language {
                set(response.headers_mut(), header::CONTENT_LANGUAGE, language);
                set(response.headers_mut(), header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
            }
            response
        };
        let response = tokio::task::spawn_blocking(render).await;
        Some(private(response.unwrap_or_else(|_| super::respond::failed())))
    }

    /// Wakes the loader and waits for the end of the load, unless that was asked for lately.
    async fn read_again(&self) {
        let mut loads = self.loads.subscribe();
        {
            let mut last = mutex::lock(&self.last_request);
            if last.is_some_and(|last| last.elapsed() < AGAIN_INTERVAL) {
                return;
            }
            *last = Some(Instant::now());
        }
        self.reload.notify_one();
        // The page says when the folder was read.
        let _ = timeout(MAX_WAIT, loads.changed()).await;
    }
}

impl LastLoad {
    fn view<'a>(&'a self, path: &'a str) -> EditorView<'a> {
        EditorView {
            path,
            report: &self.report,
            diagnostics: &self.diagnostics,
            problem: self.problem.as_ref(),
            can_read_again: true,
        }
    }
}

/// Returns 303 to the page without its query (RFC 9110 §15.4.4).
fn redirect(snapshot: &Snapshot, path: &str) -> Response<Bytes> {
    let mut response = text(StatusCode::SEE_OTHER, "The spreadsheet was read again.");
    set_text(response.headers_mut(), header::LOCATION, &snapshot.site().settings.href(path));
    private(response)
}

/// Adds the headers that keep the address of a response from others.
fn private(mut response: Response<Bytes>) -> Response<Bytes> {
    response.extensions_mut().insert(RouteLabel("editor"));
    let headers: &mut HeaderMap = response.headers_mut();
    set(headers, header::CACHE_CONTROL, "no-store");
    set(headers, header::REFERRER_POLICY, PRIVATE_REFERRER_POLICY);
    set(headers, ROBOTS, "noindex");
    response
}
