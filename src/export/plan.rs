//! Documents of an export by path, and the order in which they are written.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::layout::{Layout, encoded_path};
use super::{ExportContent, ExportError, PrivateDocument, hosting, manifest};
use crate::model::filter::Filter;
use crate::model::route::{FeedFormat, HTML, PLAIN, Route};
use crate::publish::document::{CacheClass, Document, Encoding, Rendered};
use crate::publish::not_found::NotFound;
use crate::publish::routes;
use crate::publish::snapshot::Snapshot;

/// The content of a path.
#[derive(Clone, Debug)]
pub(super) enum PlannedDocument {
    /// A document of the snapshot.
    Route(Route),
    /// A file for the web server of the export.
    Hosting(Arc<Document>),
    /// A document to which no route leads.
    Private(Arc<Document>),
}

/// Phases of writing: a page comes after the files that it refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Files, calendars and feeds.
    Resource,
    /// Pages that other pages link to.
    Page,
    /// The start page, the sitemap and robots.txt.
    EntryPoint,
}

impl PlannedDocument {
    pub fn phase(&self) -> Phase {
        match self {
            PlannedDocument::Route(Route::Agenda(filter)) if *filter == Filter::everything() => {
                Phase::EntryPoint
            }
            PlannedDocument::Route(Route::Sitemap | Route::Robots) => Phase::EntryPoint,
            PlannedDocument::Route(route) if routes::info(route).is_page() => Phase::Page,
            _ => Phase::Resource,
        }
    }

    pub fn document(&self, snapshot: &Snapshot) -> Arc<Document> {
        match self {
            PlannedDocument::Route(route) => {
                snapshot.document(route).expect("a snapshot has a document for each of its routes")
            }
            PlannedDocument::Hosting(document) | PlannedDocument::Private(document) => Arc::clone(document),
        }
    }
}

/// Returns the documents of an export of the given routes, by path.
///
/// # Errors
///
/// Returns an error if two documents have the same path.
pub(super) fn plan(
    ExportContent { snapshot, private }: ExportContent<'_>,
    routes: Vec<Route>,
    layout: Layout,
) -> Result<BTreeMap<String, PlannedDocument>, ExportError> {
    let mut documents: Vec<(String, PlannedDocument)> = Vec::with_capacity(routes.len() + 16);
    for route in routes {
        if snapshot.renamed(&route).is_none() {
            documents.push((layout.path(&route), PlannedDocument::Route(route)));
        }
    }
    // Feeds of renamed regions and topics stay at their old addresses as well: not every host can redirect.
    for (facet, from, _) in snapshot.site().settings.renamed.iter() {
        let feeds = FeedFormat::ALL.map(|format| Route::ChangesFeed(Some((facet, from.clone())), format));
        for old in feeds.into_iter().chain([Route::Calendar(Filter::tag(facet, from.clone()))]) {
            if let Some(now) = snapshot.renamed(&old).filter(|now| snapshot.document(now).is_ok()) {
                documents.push((layout.path(&old), PlannedDocument::Route(now)));
            }
        }
    }
    for PrivateDocument { address, document } in private {
        let path = layout.private_path(address, document.media_type);
        documents.push((path, PlannedDocument::Private(Arc::clone(document))));
    }
    let mut add = |path: &str, media_type, text: String| {
        let rendered = Rendered::new(snapshot.site().changed(), text);
        let document = Document::new(media_type, CacheClass::Page, rendered);
        documents.push((path.to_owned(), PlannedDocument::Hosting(Arc::new(document))));
    };
    let not_found = snapshot.not_found_page(snapshot.language(), &NotFound::address(), "");
    add("404.html", HTML, not_found);
    if layout == Layout::Folders {
        add("_headers", PLAIN, hosting::headers(snapshot));
        add("_redirects", PLAIN, hosting::redirects(snapshot));
        add(&format!("{}nginx.conf", manifest::FOLDER), PLAIN, hosting::nginx(snapshot));
    }
    without_conflicts(documents, layout)
}

/// Collects documents by path, unless two of them, encodings included, would have the same one, or one would have to be
/// a file and a folder.
fn without_conflicts(
    documents: Vec<(String, PlannedDocument)>,
    layout: Layout,
) -> Result<BTreeMap<String, PlannedDocument>, ExportError> {
    let name = |path: &str, document: &PlannedDocument| match document {
        PlannedDocument::Route(route) => route.to_string(),
        PlannedDocument::Hosting(_) | PlannedDocument::Private(_) => format!("/{path}"),
    };
    let mut plan = BTreeMap::new();
    for (path, document) in documents {
        let this = name(&path, &document);
        if let Some(other) = plan.insert(path.clone(), document) {
            return Err(ExportError::Conflict(path.clone(), [name(&path, &other), this]));
        }
    }
    for (path, document) in &plan {
        for encoded in Encoding::ALL.map(|encoding| encoded_path(path, encoding)) {
            let same = plan.get_key_value(&encoded).filter(|(other, _)| *other != path);
            let folder = format!("{encoded}/");
            let inside = plan.range(folder.clone()..).next();
            let inside = inside.filter(|(other, _)| layout == Layout::Folders && other.starts_with(&folder));
            if let Some((other_path, other)) = same.or(inside) {
                return Err(ExportError::Conflict(encoded, [name(path, document), name(other_path, other)]));
            }
        }
    }
    Ok(plan)
}
