//! A [`Snapshot`]: every document of one site on one day. `serve` looks documents up in it and `export` writes all of
//! them, through the same function, so both publish the same bytes.

use std::fmt;
use std::sync::{Arc, OnceLock};

use jiff::civil::Date;
use quick_cache::sync::Cache;
use quick_cache::{OptionsBuilder, Weighter};

use super::document::{Document, Encoding};
use super::event_set::EventSet;
use super::facet_index::FacetIndex;
use super::not_found::NotFound;
use super::rendered_events::RenderedEvents;
use super::visible_events::VisibleEvents;
use crate::digest::Digest;
use crate::i18n::Localizer;
use crate::i18n::language::Language;
use crate::model::filter::Filter;
use crate::model::route::Route;
use crate::render::pages::timetable::Timetable;
use crate::site::Site;

/// The size of the document cache in bytes.
const CACHE_BYTES: u64 = 64 << 20;
/// The most bytes that [`Snapshot::prepare`] makes; a byte that is compressed or of a page counts
/// [`COSTLY_BYTE`] times.
const PREPARED_BYTES: usize = 64 << 20;
const COSTLY_BYTE: usize = 16;
/// Any document of a site of up to this many events is rendered in a few milliseconds.
const SMALL_SITE: usize = 200;
/// Sites of up to this many events are rendered before they are requested.
const PRERENDERED_SITE: usize = 20_000;

/// A route, and the language of its text: that of the site unless the route is a page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DocumentKey {
    /// The route.
    pub route: Route,
    /// The language.
    pub language: Language,
}

#[derive(Clone)]
struct DocumentWeight;

impl Weighter<DocumentKey, Arc<Document>> for DocumentWeight {
    fn weight(&self, key: &DocumentKey, document: &Arc<Document>) -> u64 {
        // Clients choose the length of a filter.
        let address = u64::try_from(key.route.to_string().len()).unwrap_or(u64::MAX);
        // A document heavier than the cache would never be cached, but rendered for every request.
        (document.weight() + 2 * address).min(CACHE_BYTES / 4)
    }
}

/// All documents of one site on one day.
pub struct Snapshot {
    site: Arc<Site>,
    today: Date,
    language: Language,
    pub(super) events: Arc<RenderedEvents>,
    index: OnceLock<FacetIndex>,
    visible: OnceLock<VisibleEvents>,
    /// The timetable, and its events from today on.
    upcoming: OnceLock<(Timetable, EventSet)>,
    documents: Cache<DocumentKey, Arc<Document>, DocumentWeight>,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot({}, {} events)", self.today, self.site.events().len())
    }
}

impl Snapshot {
    /// Creates the snapshot of a site on a day.
    #[must_use]
    pub fn new(site: Site, today: Date) -> Snapshot {
        Snapshot::after(site, today, None)
    }

    /// Creates the snapshot of the same site on another day.
    #[must_use]
    pub fn on(&self, today: Date) -> Snapshot {
        Snapshot::after(Arc::clone(&self.site), today, Some(self))
    }

    /// Creates a snapshot that reuses the rendered events of an earlier one where they are unchanged.
    #[must_use]
    pub fn after(site: impl Into<Arc<Site>>, today: Date, previous: Option<&Snapshot>) -> Snapshot {
        let site = site.into();
        let previous = previous.map(|previous| &*previous.events);
        let events = Arc::new(RenderedEvents::new(Arc::clone(&site), previous));
        let mut options = OptionsBuilder::new();
        // A shard does not cache anything heavier than itself, so there is only one.
        options.shards(1).estimated_items_capacity(1_000).weight_capacity(CACHE_BYTES);
        let options = options.build().expect("all required options are set");
        let documents = Cache::with_options(options, DocumentWeight, Default::default(), Default::default());
        let (index, visible, upcoming) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        let language = site.settings.page_language();
        Snapshot { site, today, language, events, index, visible, upcoming, documents }
    }

    /// Returns the site.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Returns the day.
    #[must_use]
    pub fn today(&self) -> Date {
        self.today
    }

    /// Returns the language of the site.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// Returns the document of a route in the language of the site.
    ///
    /// # Errors
    ///
    /// Returns an error if the site has no such event, article, file, region or topic.
    pub fn document(&self, route: &Route) -> Result<Arc<Document>, NotFound> {
        self.document_of(&DocumentKey { route: route.clone(), language: self.language })
    }

    /// Returns the document of a key, from the cache or rendered. Concurrent requests for it wait and share it.
    ///
    /// # Errors
    ///
    /// Returns an error if the site has no such event, article, file, region or topic.
    pub fn document_of(&self, key: &DocumentKey) -> Result<Arc<Document>, NotFound> {
        self.documents.get_or_insert_with(key, || self.render(&key.route, key.language).map(Arc::new))
    }

    /// Returns the document of a key if it is cached.
    #[must_use]
    pub fn cached(&self, key: &DocumentKey) -> Option<Arc<Document>> {
        self.documents.get(key)
    }

    /// Returns the weight of the cached documents in bytes.
    #[must_use]
    pub fn cached_bytes(&self) -> u64 {
        self.documents.weight()
    }

    /// Returns whether a document that is not cached is rendered in about a millisecond: on small sites all are, on
    /// others single events, and calendars whose events are rendered and need no search.
    #[must_use]
    pub fn is_quick(&self, route: &Route) -> bool {
        self.site.events().len() <= SMALL_SITE
            || match route {
                Route::EventCalendar(_) => true,
                Route::Calendar(filter) => self.events.is_complete() && filter.text().is_none(),
                _ => false,
            }
    }

    /// Renders the events of all but very large sites, and computes the timetable.
    pub fn prerender(&self) {
        if self.site.events().len() <= PRERENDERED_SITE {
            self.index();
            self.events.render_all();
            self.timetable();
        }
    }

    /// Renders what the previous snapshot has cached, until `PREPARED_BYTES` are made, so that clients that poll do
    /// not wait for it after the switch.
    pub fn prepare(&self, previous: &Snapshot) {
        let mut left = PREPARED_BYTES;
        for (key, old) in previous.documents.iter() {
            let is_costly = old.language.is_some() || old.has_body(Encoding::Gzip);
            let cost = if is_costly { old.length() * COSTLY_BYTE } else { old.length() };
            let Some(rest) = left.checked_sub(cost) else { continue };
            if self.renamed(&key.route).is_some() {
                continue;
            }
            left = rest;
            let Ok(new) = self.document_of(&key) else { continue };
            for encoding in Encoding::ALL.into_iter().filter(|encoding| old.has_body(*encoding)) {
                let _ = new.body(encoding);
            }
        }
    }

    /// Returns the route with the current names of its regions and topics, if one of them was renamed.
    #[must_use]
    pub fn renamed(&self, route: &Route) -> Option<Route> {
        let renames = &self.site.settings.renamed;
        if renames.is_empty() { None } else { route.renamed(renames) }
    }

    /// Returns a hash of everything that determines the documents of the snapshot.
    #[must_use]
    pub fn hash(&self) -> u128 {
        let mut history = Digest::new();
        crate::history::lock::chunks(&self.site.history).for_each(|piece| history.bytes(&piece));
        let mut digest = Digest::new();
        digest.text(env!("CARGO_PKG_VERSION"));
        digest.hash(history.finish());
        digest.text(&self.today.to_string());
        digest.text(&self.site.settings.url(""));
        digest.finish()
    }

    /// Returns the localizer of a language for this site.
    #[must_use]
    pub fn localizer(&self, language: Language) -> Localizer {
        Localizer::for_reader(&self.site.settings, language)
    }

    pub(super) fn index(&self) -> &FacetIndex {
        self.index.get_or_init(|| FacetIndex::new(&self.site))
    }

    /// Returns the events that match a filter, past ones included.
    pub(super) fn select(&self, filter: &Filter) -> EventSet {
        self.index().select(&self.site, filter)
    }

    pub(super) fn visible(&self) -> &VisibleEvents {
        self.visible.get_or_init(|| VisibleEvents::new(&self.site, self.today))
    }

    pub(super) fn timetable(&self) -> &Timetable {
        &self.upcoming().0
    }

    /// Returns the timetable, and the set of its events from today on.
    pub(super) fn upcoming(&self) -> &(Timetable, EventSet) {
        self.upcoming.get_or_init(|| {
            let timetable = Timetable::new(&self.site, self.today);
            let mut events = EventSet::empty(self.site.events().len());
            timetable.since(self.today).for_each(|slot| events.insert(slot.event as usize));
            (timetable, events)
        })
    }
}
