//! A whole site: everything that was read, ready to be rendered.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use indexmap::IndexMap;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::article::Article;
use super::change::Change;
use super::event::{Event, EventId, Status};
use super::filter::Filter;
use super::memory::{EventHistory, History, TagHistory};
use super::settings::Settings;
use super::tag::{Facet, TagPath, Tags};
use crate::digest;

/// Why each event of a site is remembered.
const SEEN: &str = "every event of a site comes with what is remembered of it";

/// A file beside the articles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its content.
    pub bytes: Bytes,
    /// Its media type, by its ending.
    pub media_type: &'static str,
    /// The width and height of a picture, in pixels.
    pub size: Option<(u32, u32)>,
}

impl Asset {
    /// A word that is another for other bytes, so that what has it in its address may be kept for ever.
    #[must_use]
    pub fn version(&self) -> String {
        digest::version(&self.bytes)
    }
}

/// A site: events in the order of the agenda, articles with the newest first. Each event and article has
/// its entry in the memory.
#[derive(Clone, Debug)]
pub struct Site {
    /// The settings.
    pub settings: Settings,
    /// The memory after this reading.
    pub memory: History,
    events: Vec<Arc<Event>>,
    /// What is remembered of each of them.
    remembered: Vec<Arc<EventHistory>>,
    by_id: IndexMap<EventId, usize>,
    articles: Vec<Article>,
    regions: Tags,
    topics: Tags,
    assets: BTreeMap<String, Asset>,
}

impl Site {
    /// Puts a site together, of events and what is remembered of each; its tags are those of the memory.
    #[must_use]
    pub fn new(
        settings: Settings,
        memory: History,
        events: Vec<(Arc<Event>, Arc<EventHistory>)>,
        mut articles: Vec<Article>,
    ) -> Site {
        let (events, remembered): (Vec<_>, Vec<_>) = in_order(events).into_iter().unzip();
        let by_id = events.iter().enumerate().map(|(index, event)| (event.id.clone(), index)).collect();
        articles.sort_by(|a, b| b.published.cmp(&a.published).then_with(|| a.slug.cmp(&b.slug)));
        let mut regions = Tags::default();
        let mut topics = Tags::default();
        for ((facet, path), TagHistory { name, .. }) in &memory.tags {
            if settings.renamed.now(*facet, path).is_some() {
                continue;
            }
            match facet {
                Facet::Region => regions.add(path, name),
                Facet::Topic => topics.add(path, name),
            };
        }
        Site {
            settings,
            memory,
            events,
            remembered,
            by_id,
            articles,
            regions,
            topics,
            assets: BTreeMap::new(),
        }
    }

    /// The same with the files beside the articles, by their path below the folder of articles.
    #[must_use]
    pub fn with_assets(mut self, assets: BTreeMap<String, Asset>) -> Site {
        self.assets = assets;
        self
    }

    /// The events in the order of the agenda.
    #[must_use]
    pub fn events(&self) -> &[Arc<Event>] {
        &self.events
    }

    /// The articles, the newest first.
    #[must_use]
    pub fn articles(&self) -> &[Article] {
        &self.articles
    }

    /// The files beside the articles.
    #[must_use]
    pub fn assets(&self) -> &BTreeMap<String, Asset> {
        &self.assets
    }

    /// The regions or topics that ever were.
    #[must_use]
    pub fn tags(&self, facet: Facet) -> &Tags {
        match facet {
            Facet::Region => &self.regions,
            Facet::Topic => &self.topics,
        }
    }

    /// One event.
    #[must_use]
    pub fn event(&self, id: &EventId) -> Option<&Event> {
        self.index_of(id).map(|index| &*self.events[index])
    }

    /// Where an event stands in the order of the agenda.
    #[must_use]
    pub fn index_of(&self, id: &EventId) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// One article.
    #[must_use]
    pub fn article(&self, slug: &str) -> Option<&Article> {
        self.articles.iter().find(|article| article.slug == slug)
    }

    /// The articles of one topic and all below it, or all.
    #[must_use]
    pub fn articles_of(&self, topic: Option<&TagPath>) -> Vec<&Article> {
        let of_topic = |article: &&Article| {
            topic.is_none_or(|topic| article.topics.iter().any(|tag| topic.includes(&tag.path)))
        };
        self.articles.iter().filter(of_topic).collect()
    }

    /// What is remembered of an event of this site.
    #[must_use]
    pub fn remembered(&self, event: &Event) -> &Arc<EventHistory> {
        self.index_of(&event.id).and_then(|index| self.remembered.get(index)).expect(SEEN)
    }

    /// The same of the event at a place in the order of the agenda.
    #[must_use]
    pub fn remembered_at(&self, place: usize) -> &Arc<EventHistory> {
        &self.remembered[place]
    }

    /// When an article of this site last changed.
    #[must_use]
    pub fn article_changed(&self, article: &Article) -> Timestamp {
        self.memory.articles.get(&article.slug).map_or(article.published, |memory| memory.changed)
    }

    /// When anything last changed.
    #[must_use]
    pub fn changed(&self) -> Timestamp {
        self.memory.site.as_ref().map_or(Timestamp::UNIX_EPOCH, |site| site.changed)
    }

    /// When the settings or the program last changed, and every document with them.
    #[must_use]
    pub fn framed(&self) -> Timestamp {
        self.memory.site.as_ref().map_or(Timestamp::UNIX_EPOCH, |site| site.framed)
    }

    /// When the events of a filter last changed. An event that comes, changes or leaves touches each of its
    /// regions and topics, so of several conditions that must hold together the oldest touch decides. `changed` tells
    /// when a region or topic was touched last.
    #[must_use]
    pub fn changed_by(
        &self,
        filter: &Filter,
        changed: impl Fn(Facet, &TagPath) -> Option<Timestamp>,
    ) -> Timestamp {
        let any = |facet: Facet| filter.paths(facet).iter().filter_map(|path| changed(facet, path)).max();
        let together = Facet::ALL.into_iter().filter_map(any).min();
        let events = self.memory.site.as_ref().map_or(Timestamp::UNIX_EPOCH, |site| site.events);
        together.unwrap_or(events).max(self.framed())
    }

    /// The UID of an event (RFC 5545 §3.8.4.7).
    #[must_use]
    pub fn uid(&self, event: &Event) -> String {
        format!("{}@{}", event.id, self.uid_domain())
    }

    /// The part of UIDs after `@`.
    #[must_use]
    pub fn uid_domain(&self) -> &str {
        self.memory.site.as_ref().map_or("calcast.invalid", |site| site.uid_domain.as_str())
    }

    /// The first day on which a cancelled event is not shown any more: some days after its date, or after it
    /// was cancelled when it has no end. `None` for any other event.
    #[must_use]
    pub fn struck_from(&self, event: &Event) -> Option<Date> {
        if event.status != Status::Cancelled {
            return None;
        }
        let cancelled = || self.settings.zone.to_datetime(self.remembered(event).changed).date();
        let last = event.last_day().unwrap_or_else(cancelled);
        let days = i64::from(self.settings.cancelled_days) + 1;
        Some(last.checked_add(days.days()).unwrap_or(Date::MAX))
    }

    /// Whether an event was cancelled so long ago that it is not shown on a day.
    #[must_use]
    pub fn is_struck(&self, event: &Event, today: Date) -> bool {
        self.struck_from(event).is_some_and(|day| day <= today)
    }

    /// What happened lately to the events of a region or topic, or to all; the newest first.
    pub fn changes_of(&self, tag: Option<&(Facet, TagPath)>) -> impl Iterator<Item = &Change> {
        let is_of = move |change: &&Change| tag.is_none_or(|(facet, path)| change.is_of(*facet, path));
        self.memory.changes.iter().rev().map(|change| &**change).filter(is_of)
    }

    /// The values of a filter that this site never had, with their facet.
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

/// Events in the order of the agenda, each with what is remembered of it.
fn in_order(events: Vec<(Arc<Event>, Arc<EventHistory>)>) -> Vec<(Arc<Event>, Arc<EventHistory>)> {
    // Each is looked at once, and moved once; events of one rank are mostly in the order of their ids already.
    let mut ranked: Vec<_> = events.into_iter().map(|event| (event.0.when.rank(), event)).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    for equals in ranked.chunk_by_mut(|(rank, _), (next, _)| rank == next) {
        equals.sort_by(|(_, (event, _)), (_, (other, _))| event.id.cmp(&other.id));
    }
    ranked.into_iter().map(|(_, event)| event).collect()
}
