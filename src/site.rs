//! A whole site: everything that was loaded, with its history, ready to be rendered.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use indexmap::IndexMap;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::digest;
use crate::history::change::Change;
use crate::history::{EventHistory, History};
use crate::model::article::Article;
use crate::model::event::{Event, EventId, Status};
use crate::model::filter::Filter;
use crate::model::settings::Settings;
use crate::model::tag::{Facet, TagPath, Tags};

/// A file beside the articles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its content.
    pub bytes: Bytes,
    /// Its media type, by file extension.
    pub media_type: &'static str,
    /// Width and height of a picture, in pixels.
    pub size: Option<(u32, u32)>,
}

impl Asset {
    /// Returns a short hash of the content, used in addresses that can be cached for ever.
    #[must_use]
    pub fn version(&self) -> String {
        digest::version(&self.bytes)
    }
}

/// A site: settings, events in chronological order, articles with the newest first, and their history.
#[derive(Clone, Debug)]
pub struct Site {
    /// The settings.
    pub settings: Settings,
    /// The history after this load.
    pub history: History,
    events: Vec<Arc<Event>>,
    /// The history of each event, in the same order.
    event_histories: Vec<Arc<EventHistory>>,
    index: IndexMap<EventId, usize>,
    articles: Vec<Article>,
    /// Regions and topics, in the order of [`Facet`].
    tags: [Tags; 2],
    assets: BTreeMap<String, Asset>,
}

impl Site {
    /// Creates a site of events with the history of each; its tags are those of the history.
    #[must_use]
    pub fn new(
        settings: Settings,
        history: History,
        mut events: Vec<(Arc<Event>, Arc<EventHistory>)>,
        mut articles: Vec<Article>,
        assets: BTreeMap<String, Asset>,
    ) -> Site {
        events.sort_by_cached_key(|(event, _)| (event.when.order(), event.id.clone()));
        let (events, event_histories): (Vec<_>, Vec<_>) = events.into_iter().unzip();
        let index = events.iter().enumerate().map(|(index, event)| (event.id.clone(), index)).collect();
        articles.sort_by(|a, b| b.published.cmp(&a.published).then_with(|| a.slug.cmp(&b.slug)));
        let mut tags = [Tags::default(), Tags::default()];
        for ((facet, path), tag) in &history.tags {
            if settings.renamed.now(*facet, path).is_none() {
                tags[*facet as usize].add(path, &tag.name);
            }
        }
        Site { settings, history, events, event_histories, index, articles, tags, assets }
    }

    /// Returns the events by day, then by start, all-day events first.
    #[must_use]
    pub fn events(&self) -> &[Arc<Event>] {
        &self.events
    }

    /// Returns the articles, the newest first.
    #[must_use]
    pub fn articles(&self) -> &[Article] {
        &self.articles
    }

    /// Returns the files beside the articles, by their path below the folder of articles.
    #[must_use]
    pub fn assets(&self) -> &BTreeMap<String, Asset> {
        &self.assets
    }

    /// Returns all regions or topics ever published, without the renamed ones.
    #[must_use]
    pub fn tags(&self, facet: Facet) -> &Tags {
        &self.tags[facet as usize]
    }

    /// Returns the event with an id.
    #[must_use]
    pub fn event(&self, id: &EventId) -> Option<&Event> {
        self.index_of(id).map(|index| &*self.events[index])
    }

    /// Returns the index of an event in [`Site::events`].
    #[must_use]
    pub fn index_of(&self, id: &EventId) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// Returns the article with a slug.
    #[must_use]
    pub fn article(&self, slug: &str) -> Option<&Article> {
        self.articles.iter().find(|article| article.slug == slug)
    }

    /// Returns the articles of a topic and those below it, or all.
    #[must_use]
    pub fn articles_of(&self, topic: Option<&TagPath>) -> Vec<&Article> {
        let of_topic = |article: &&Article| {
            topic.is_none_or(|topic| article.topics.iter().any(|tag| topic.includes(&tag.path)))
        };
        self.articles.iter().filter(of_topic).collect()
    }

    /// Returns the history of an event of this site.
    ///
    /// # Panics
    /// If the event is not of this site.
    #[must_use]
    pub fn history_of(&self, event: &Event) -> &Arc<EventHistory> {
        self.history_at(self.index_of(&event.id).expect("the event is of this site"))
    }

    /// Returns the history of the event at an index of [`Site::events`].
    #[must_use]
    pub fn history_at(&self, index: usize) -> &Arc<EventHistory> {
        &self.event_histories[index]
    }

    /// Returns when an article of this site last changed.
    #[must_use]
    pub fn article_changed(&self, article: &Article) -> Timestamp {
        self.history.articles.get(&article.slug).map_or(article.published, |history| history.changed)
    }

    /// Returns when anything last changed.
    #[must_use]
    pub fn changed(&self) -> Timestamp {
        self.history.site.as_ref().map_or(Timestamp::UNIX_EPOCH, |site| site.changed)
    }

    /// Returns when the settings or the program last changed, and with them every document.
    #[must_use]
    pub fn config_changed(&self) -> Timestamp {
        self.history.site.as_ref().map_or(Timestamp::UNIX_EPOCH, |site| site.config_changed)
    }

    /// Returns when the events that a filter matches last changed, given when each tag did.
    ///
    /// A change of an event dates all its tags, so of the facets of a filter, which must all match, the one that changed
    /// least recently decides.
    #[must_use]
    pub fn changed_by(
        &self,
        filter: &Filter,
        changed: impl Fn(Facet, &TagPath) -> Option<Timestamp>,
    ) -> Timestamp {
        let any = |facet: Facet| filter.paths(facet).iter().filter_map(|path| changed(facet, path)).max();
        let oldest = Facet::ALL.into_iter().filter_map(any).min();
        let events = self.history.site.as_ref().map_or(Timestamp::UNIX_EPOCH, |site| site.events);
        oldest.unwrap_or(events).max(self.config_changed())
    }

    /// Returns the UID of an event (RFC 5545 §3.8.4.7).
    #[must_use]
    pub fn uid(&self, event: &Event) -> String {
        format!("{}@{}", event.id, self.uid_domain())
    }

    /// Returns the part of UIDs after `@`.
    #[must_use]
    pub fn uid_domain(&self) -> &str {
        self.history.site.as_ref().map_or("calcast.invalid", |site| site.uid_domain.as_str())
    }

    /// Returns the first day on which a cancelled event is hidden; `None` for any other event.
    ///
    /// That is `cancelled_days` after its last day, or after its cancellation if it has no end.
    #[must_use]
    pub fn hidden_from(&self, event: &Event) -> Option<Date> {
        if event.status != Status::Cancelled {
            return None;
        }
        let cancelled = || self.settings.zone.to_datetime(self.history_of(event).changed).date();
        let last = event.last_day().unwrap_or_else(cancelled);
        let days = i64::from(self.settings.cancelled_days) + 1;
        Some(last.checked_add(days.days()).unwrap_or(Date::MAX))
    }

    /// Returns whether an event was cancelled so long ago that it is hidden on a day.
    #[must_use]
    pub fn is_hidden(&self, event: &Event, today: Date) -> bool {
        self.hidden_from(event).is_some_and(|day| day <= today)
    }

    /// Returns recent changes to the events of a region or topic, or to all; the newest first.
    pub fn changes_of(&self, tag: Option<&(Facet, TagPath)>) -> impl Iterator<Item = &Change> {
        let has_tag = move |change: &&Change| tag.is_none_or(|(facet, path)| change.has_tag(*facet, path));
        self.history.changes.iter().rev().map(|change| &**change).filter(has_tag)
    }

    /// Returns the regions and topics of a filter that this site never had.
    #[must_use]
    pub fn unknown_tags<'a>(&self, filter: &'a Filter) -> Vec<(Facet, &'a TagPath)> {
        let mut unknown = Vec::new();
        for facet in Facet::ALL {
            let missing = filter.paths(facet).iter().filter(|path| self.tags(facet).name(path).is_none());
            unknown.extend(missing.map(|path| (facet, path)));
        }
        unknown
    }
}
