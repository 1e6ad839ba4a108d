//! A site folder in memory: the only input of reading.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use crate::history::History;
use crate::model::article::Article;

/// Files by their path inside the folder, with `/` between names, or by their address.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    files: BTreeMap<String, Bytes>,
    failures: BTreeMap<String, String>,
    history: Option<History>,
    is_accepted: bool,
    new_uid_domain: Option<String>,
    articles: Arc<BTreeMap<String, Article>>,
}

impl Folder {
    /// Creates an empty folder.
    #[must_use]
    pub fn new() -> Folder {
        Folder::default()
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Bytes>) {
        self.files.insert(path.into(), bytes.into());
    }

    /// Removes a file that is not needed any more.
    pub fn remove(&mut self, path: &str) {
        self.files.remove(path);
    }

    /// Records why a file could not be fetched.
    pub fn fail(&mut self, path: impl Into<String>, why: impl Into<String>) {
        self.failures.insert(path.into(), why.into());
    }

    /// Returns why a file could not be fetched.
    #[must_use]
    pub fn failure(&self, path: &str) -> Option<&str> {
        self.failures.get(path).map(String::as_str)
    }

    /// Returns the files below a folder that could not be read, and why.
    pub fn failures_below(&self, folder: &str) -> impl Iterator<Item = (&str, &str)> {
        let prefix = format!("{folder}/");
        let failures = self.failures.iter().filter(move |(path, _)| path.starts_with(&prefix));
        failures.map(|(path, why)| (path.as_str(), why.as_str()))
    }

    /// Sets the history, which then is not read from the lock.
    pub fn remember(&mut self, history: History) {
        self.history = Some(history);
    }

    /// Sets the articles of the last load, by their paths.
    pub fn remember_articles(&mut self, articles: Arc<BTreeMap<String, Article>>) {
        self.articles = articles;
    }

    /// Returns the article of a file at the last load.
    #[must_use]
    pub fn last_article(&self, path: &str) -> Option<&Article> {
        self.articles.get(path)
    }

    /// Sets the domain of UIDs for a site that was never published and has neither address nor domain in its settings.
    pub fn set_new_uid_domain(&mut self, domain: String) {
        self.new_uid_domain = Some(domain);
    }

    /// Returns the domain of UIDs for a new site.
    #[must_use]
    pub fn new_uid_domain(&self) -> Option<&str> {
        self.new_uid_domain.as_deref()
    }

    /// Accepts that events are missing, even many of them at once.
    pub fn accept(&mut self) {
        self.is_accepted = true;
    }

    /// Returns whether it is accepted that many events are missing.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.is_accepted
    }

    /// Returns the history, if it was set.
    #[must_use]
    pub fn remembered(&self) -> Option<&History> {
        self.history.as_ref()
    }

    /// Returns the content of a file.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Bytes> {
        self.files.get(path)
    }

    /// Returns the files below a folder with their whole paths, sorted.
    pub fn below(&self, folder: &str) -> impl Iterator<Item = (&str, &Bytes)> {
        let prefix = format!("{folder}/");
        self.files
            .iter()
            .filter(move |(path, _)| path.starts_with(&prefix))
            .map(|(path, bytes)| (path.as_str(), bytes))
    }

    /// Returns a path in the form that diagnostics share.
    #[must_use]
    pub fn name(path: &str) -> Arc<str> {
        Arc::from(path)
    }
}
