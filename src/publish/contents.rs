//! What a snapshot contains: all its routes, and which of its feeds are news after another snapshot.

use std::collections::BTreeSet;

use super::snapshot::Snapshot;
use crate::digest::{Digest, Running};
use crate::model::filter::Filter;
use crate::model::memory::History;
use crate::model::route::{FeedFormat, Route};
use crate::model::tag::{Facet, TagPath};

impl Snapshot {
    /// The feeds that are not what they were in an earlier snapshot of the same site.
    #[must_use]
    pub fn feeds_since(&self, before: &Snapshot) -> Vec<Route> {
        let (was, is) = (&before.site().memory, &self.site().memory);
        let mut routes = Vec::new();
        let mut changes = |tag: Option<(Facet, TagPath)>| {
            routes.extend(FeedFormat::ALL.map(|format| Route::ChangesFeed(tag.clone(), format)));
            let filter = tag.map_or_else(Filter::everything, |(facet, path)| Filter::tag(facet, path));
            routes.push(Route::Calendar(filter));
        };
        let events = |memory: &History| memory.site.as_ref().map(|site| (site.events, site.framed));
        let are_events_new = events(was) != events(is);
        if are_events_new {
            changes(None);
        }
        let is_framed = self.site().framed() != before.site().framed();
        for (key, tag) in &is.tags {
            if is_framed || was.tags.get(key).is_none_or(|known| known.changed != tag.changed) {
                changes(Some(key.clone()));
            }
        }
        if are_events_new {
            routes.extend(FeedFormat::ALL.map(Route::EventsFeed));
        }
        if was.articles != is.articles || is_framed {
            let topics = self.site().articles().iter().flat_map(|article| &article.topics);
            let topics: BTreeSet<TagPath> = topics.flat_map(|tag| tag.path.with_parents()).collect();
            for topic in std::iter::once(None).chain(topics.into_iter().map(Some)) {
                routes.extend(FeedFormat::ALL.map(|format| Route::ArticlesFeed(topic.clone(), format)));
            }
        }
        routes.retain(|route| self.renamed(route).is_none());
        routes
    }

    /// The hash of all that its documents are made of: two snapshots of one hash have the same documents.
    #[must_use]
    pub fn hash(&self) -> u128 {
        let mut memory = Running::default();
        crate::render::lock::pieces(&self.site().memory).for_each(|piece| memory.add(&piece));
        let mut digest = Digest::new();
        digest.text(env!("CARGO_PKG_VERSION"));
        digest.hash(memory.finish());
        digest.text(&self.today().to_string());
        digest.text(&self.site().settings.whole(""));
        digest.finish()
    }

    /// Every route of the site but combined filters, of which there are too many to name.
    #[must_use]
    pub fn routes(&self) -> Vec<Route> {
        let mut routes: Vec<Route> = Vec::new();
        for filter in self.filters() {
            let tag = filter.single_tag().map(|(facet, path)| (facet, path.clone()));
            routes.extend(FeedFormat::ALL.map(|format| Route::ChangesFeed(tag.clone(), format)));
            routes.extend(views(&filter));
        }
        for event in self.site().events() {
            routes.extend([Route::Event(event.id.clone()), Route::EventCalendar(event.id.clone())]);
        }
        let topics: Vec<TagPath> =
            self.site().tags(Facet::Topic).iter().map(|(path, _)| path.clone()).collect();
        for topic in std::iter::once(None).chain(topics.into_iter().map(Some)) {
            routes.push(Route::Articles(topic.clone()));
            routes.extend(FeedFormat::ALL.map(|format| Route::ArticlesFeed(topic.clone(), format)));
        }
        routes.extend(FeedFormat::ALL.map(Route::EventsFeed));
        routes.extend(self.site().articles().iter().map(|article| Route::Article(article.slug.clone())));
        routes.extend(self.site().assets().keys().map(|path| Route::Asset(path.clone())));
        routes.extend([
            Route::Stylesheet,
            Route::Script,
            Route::EmbedScript,
            Route::Favicon,
            Route::Manifest,
        ]);
        routes.extend([Route::Robots, Route::Sitemap]);
        routes
    }

    /// The filters that everybody may name: for everything, and for each region and topic.
    pub(super) fn filters(&self) -> Vec<Filter> {
        let mut filters = vec![Filter::everything()];
        for facet in Facet::ALL {
            filters.extend(self.site().tags(facet).iter().map(|(path, _)| Filter::tag(facet, path.clone())));
        }
        filters
    }
}

/// All ways to look at what a filter wants.
pub(super) fn views(filter: &Filter) -> [Route; 6] {
    [Route::Agenda, Route::Calendar, Route::Text, Route::Print, Route::Embed, Route::Subscribe]
        .map(|view| view(filter.clone()))
}
