//! What is to lie where, and in which order it is written.

use std::collections::BTreeMap;

use super::layout::{Layout, OWN, beside};
use super::{ExportError, hosting};
use crate::model::filter::Filter;
use crate::model::route::{FeedFormat, Route};
use crate::publish::document::{CacheClass, Content, Document, Encoding};
use crate::publish::not_found::NotFound;
use crate::publish::routes;
use crate::publish::snapshot::Snapshot;

/// What a document is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A route of the snapshot.
    Route(Route),
    /// The same, at the address of a region or topic that has another name now: programs go on asking there.
    Alias(Route),
    /// What a host shows where nothing is.
    Missing,
    /// What hosts of static files read: the headers and redirects of `_headers` and `_redirects`, and nginx's.
    Headers,
    /// The same.
    Redirects,
    /// The same.
    Nginx,
}

/// When a document is written: whatever leads to others comes after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// Files, calendars and feeds.
    Leaves,
    /// Pages of one event or article.
    Ones,
    /// Pages that list others.
    Lists,
    /// What a new site is entered by.
    Front,
}

/// A document that is to lie at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub turn: Turn,
    pub path: String,
    pub source: Source,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Plan {
    /// In the order in which they are written.
    pub items: Vec<Item>,
    pub left_out: usize,
}

impl Plan {
    pub fn new(snapshot: &Snapshot, most: usize, layout: Layout) -> Result<Plan, ExportError> {
        let exported = snapshot.export_routes(most);
        let mut items: Vec<Item> = Vec::with_capacity(exported.routes.len() + 16);
        for route in exported.routes {
            if snapshot.renamed(&route).is_none() {
                let path = layout.path(&route);
                items.push(Item { turn: turn(&route), path, source: Source::Route(route) });
            }
        }
        for (facet, from, _) in snapshot.site().settings.renamed.iter() {
            let feeds = FeedFormat::ALL.map(|format| Route::ChangesFeed(Some((facet, from.clone())), format));
            for old in feeds.into_iter().chain([Route::Calendar(Filter::tag(facet, from.clone()))]) {
                if let Some(now) = snapshot.renamed(&old).filter(|now| snapshot.document(now).is_ok()) {
                    items.push(Item {
                        turn: Turn::Leaves,
                        path: layout.path(&old),
                        source: Source::Alias(now),
                    });
                }
            }
        }
        let mut extra =
            |path: &str, source| items.push(Item { turn: Turn::Leaves, path: path.to_owned(), source });
        extra("404.html", Source::Missing);
        if layout == Layout::Folders {
            extra("_headers", Source::Headers);
            extra("_redirects", Source::Redirects);
            extra(&format!("{OWN}/nginx.conf"), Source::Nginx);
        }
        items.sort_by(|one, other| (one.turn, &one.path).cmp(&(other.turn, &other.path)));
        conflicts(&items, layout)?;
        Ok(Plan { items, left_out: exported.left_out })
    }
}

impl Item {
    /// The document itself.
    pub fn document(&self, snapshot: &Snapshot) -> std::sync::Arc<Document> {
        let site = snapshot.site();
        let text = |media_type, text: String| {
            std::sync::Arc::new(Document::new(
                media_type,
                CacheClass::Page,
                Content::new(site.changed(), text),
            ))
        };
        match &self.source {
            Source::Route(route) | Source::Alias(route) => {
                snapshot.document(route).expect("a snapshot has a document for each of its routes")
            }
            Source::Missing => text(
                "text/html; charset=utf-8",
                snapshot.not_found_page(snapshot.language(), &NotFound::address(), ""),
            ),
            Source::Headers => text(PLAIN, hosting::headers(snapshot)),
            Source::Redirects => text(PLAIN, hosting::redirects(snapshot)),
            Source::Nginx => text(PLAIN, hosting::nginx(snapshot)),
        }
    }
}

const PLAIN: &str = "text/plain; charset=utf-8";

fn turn(route: &Route) -> Turn {
    match route {
        Route::Agenda(filter) if *filter == Filter::everything() => Turn::Front,
        Route::Sitemap | Route::Robots => Turn::Front,
        Route::Event(_) | Route::Article(_) => Turn::Ones,
        route if routes::info(route).is_page() => Turn::Lists,
        _ => Turn::Leaves,
    }
}

/// Whether two documents would lie at one path, their encodings included, or a file would have to be a folder.
fn conflicts(items: &[Item], layout: Layout) -> Result<(), ExportError> {
    let named = |item: &Item| match &item.source {
        Source::Route(route) | Source::Alias(route) => route.to_string(),
        _ => format!("/{}", item.path),
    };
    let mut taken: BTreeMap<String, &Item> = BTreeMap::new();
    for item in items {
        for encoding in [Encoding::Identity, Encoding::Gzip, Encoding::Brotli] {
            if let Some(other) = taken.insert(beside(&item.path, encoding), item) {
                return Err(ExportError::Conflict(item.path.clone(), [named(other), named(item)]));
            }
        }
    }
    if layout == Layout::Folders {
        for item in items {
            let folders = item.path.match_indices('/').map(|(at, _)| &item.path[..at]);
            if let Some(other) = folders.filter_map(|folder| taken.get(folder)).next() {
                return Err(ExportError::Conflict(other.path.clone(), [named(other), named(item)]));
            }
        }
    }
    Ok(())
}
