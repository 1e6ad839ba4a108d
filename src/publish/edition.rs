//! An [`Edition`]: all documents of one site on one day. `serve` looks documents up in it, `export` writes
//! every one of them: both ask the same function, so both give the same bytes.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

use jiff::Timestamp;
use jiff::civil::Date;
use quick_cache::sync::Cache;
use quick_cache::{OptionsBuilder, Weighter};

use super::document::{Document, Encoding, Kind};
use super::stock::{Places, Shown, Stock};
use crate::diagnostic::nearest;
use crate::model::event::Event;
use crate::model::filter::Filter;
use crate::model::memory::Memory;
use crate::model::route::{FeedFormat, Route};
use crate::model::site::Site;
use crate::model::tag::{Facet, TagPath};
use crate::model::when::place;
use crate::render::calendar::{self, Component};
use crate::render::{feeds, pages, plain};

/// The media type of calendars (RFC 5545 §8.1).
const CALENDAR: &str = "text/calendar; charset=utf-8";
/// How many bytes of documents are kept once made.
const STORE: u64 = 64 << 20;
/// Of so many events any document is made in a few milliseconds.
const FEW: usize = 200;
/// So many are rendered in some more.
const SOME: usize = 2_000;
/// Of so many events, rendered already, a calendar is put together in one.
const MANY: usize = 20_000;
/// How many bytes of documents are made ready before an edition is in force, and how many of them a byte that is
/// packed, or of a page, counts for.
const PREPARED: usize = 64 << 20;
const DEAR: usize = 16;
/// How many bytes of addresses are kept once understood.
const ADDRESSES: u64 = 8 << 20;

/// Why a route has no document on this site, in a sentence for whoever asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing(String);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Missing {}

#[derive(Clone)]
struct Weight;

impl Weighter<Route, Arc<Document>> for Weight {
    fn weight(&self, _: &Route, document: &Arc<Document>) -> u64 {
        // In a store of several parts nothing heavier than a part is kept, and a large site's whole calendar would
        // be made anew for everybody: there is one part, and what is very heavy counts as a quarter of it.
        document.weight().min(STORE / 4)
    }
}

/// What is at an address. Whether the document is kept is for the store to say.
#[derive(Clone)]
struct Known {
    route: Arc<Route>,
    document: Weak<Document>,
}

#[derive(Clone)]
struct Length;

impl Weighter<Box<str>, Known> for Length {
    fn weight(&self, address: &Box<str>, _: &Known) -> u64 {
        // The route says what the address does, in other words.
        u64::try_from(2 * address.len() + 256).unwrap_or(u64::MAX)
    }
}

/// All documents of one site on one day.
pub struct Edition {
    site: Arc<Site>,
    today: Date,
    stock: Arc<Stock>,
    /// What of it is shown today, once a calendar is asked for.
    shown: OnceLock<Shown>,
    /// The documents that were asked for lately.
    store: Cache<Route, Arc<Document>, Weight>,
    /// The addresses that they were asked for by.
    addresses: Cache<Box<str>, Known, Length>,
}

impl fmt::Debug for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Edition of {} with {} events", self.today, self.site.events().len())
    }
}

impl Edition {
    /// The edition of a site on a day. Each event is rendered once, when somebody first asks for it; calendars are
    /// put together from that.
    #[must_use]
    pub fn new(site: Site, today: Date) -> Edition {
        Edition::after(site, today, None)
    }

    /// The same, after an earlier edition: what of it is as it was is not rendered again.
    #[must_use]
    pub fn after(site: Site, today: Date, before: Option<&Edition>) -> Edition {
        let before = before.filter(|before| is_alike(&before.site, &site));
        let stock = Stock::new(&site, |event| before.and_then(|before| before.component_of(&site, event)));
        Edition::of(Arc::new(site), Arc::new(stock), today)
    }

    fn of(site: Arc<Site>, stock: Arc<Stock>, today: Date) -> Edition {
        let mut options = OptionsBuilder::new();
        options.shards(1).estimated_items_capacity(1_000).weight_capacity(STORE);
        let options = options.build().expect("all that is needed is set");
        let store = Cache::with_options(options, Weight, Default::default(), Default::default());
        let addresses = Cache::with_weighter(10_000, ADDRESSES, Length);
        Edition { site, today, stock, shown: OnceLock::new(), store, addresses }
    }

    /// The component of an event that is remembered as it is in another site.
    fn component_of(&self, site: &Site, event: &Event) -> Option<Arc<Component>> {
        let index = self.site.index_of(&event.id)?;
        let was = self.site.remembered(&self.site.events()[index]);
        if !Arc::ptr_eq(was, site.remembered(event)) {
            return None;
        }
        self.stock.rendered(index).cloned()
    }

    /// The edition of the same site on another day.
    #[must_use]
    pub fn on(&self, today: Date) -> Edition {
        Edition::of(Arc::clone(&self.site), Arc::clone(&self.stock), today)
    }

    /// The site it is of.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The day it is of.
    #[must_use]
    pub fn today(&self) -> Date {
        self.today
    }

    /// The document at an address and its route, if it was asked for before: one look-up.
    #[must_use]
    pub fn at(&self, address: &str) -> Option<(Arc<Route>, Arc<Document>)> {
        let known = self.addresses.get(address)?;
        let document = known.document.upgrade()?;
        Some((known.route, document))
    }

    /// Whether the document at an address that nobody asked for yet is made in no time.
    #[must_use]
    pub fn is_quick(&self, address: &str, encoding: Encoding) -> bool {
        let events = self.site.events().len();
        let path = address.split('?').next().unwrap_or(address);
        let is_calendar = || path.ends_with(".ics") && encoding == Encoding::Identity;
        let is_of_one = || path.starts_with("/events/");
        let is_soon = || events <= SOME || (events <= MANY && self.stock.is_rendered());
        events <= FEW || (is_calendar() && (is_of_one() || is_soon()))
    }

    /// Renders what is not yet, unless that is so much that it waits until somebody asks for it.
    pub fn warm(&self) {
        if self.site.events().len() <= MANY {
            self.stock.render_all(&self.site);
        }
    }

    /// Makes ready what was asked for of an edition before this one, as much as takes little time, so that nobody
    /// waits for it once this one is in force.
    pub fn prepare(&self, before: &Edition) {
        let mut left = PREPARED;
        for (address, known) in before.addresses.iter() {
            let Some(was) = known.document.upgrade() else { continue };
            let is_packed = was.has_gzip();
            let dear = is_packed || was.kind == Kind::Page;
            let length = was.length();
            let Some(rest) = left.checked_sub(if dear { length * DEAR } else { length }) else { continue };
            if self.renamed(&known.route).is_some() {
                continue;
            }
            left = rest;
            let Ok((_, document)) = self.enter(&address, Route::clone(&known.route)) else { continue };
            // Most have what they ask for, and are told so.
            if was.is_made() {
                document.make();
            }
            if is_packed {
                document.pack();
            }
        }
    }

    /// The document of a route, as [`Edition::document`] has it; the next request for the same address finds it
    /// at once.
    ///
    /// # Errors
    /// When the site has nothing of that name.
    pub fn enter(&self, address: &str, route: Route) -> Result<(Arc<Route>, Arc<Document>), Missing> {
        let document = self.document(&route)?;
        let route = Arc::new(route);
        let known = Known { route: Arc::clone(&route), document: Arc::downgrade(&document) };
        self.addresses.insert(Box::from(address), known);
        Ok((route, document))
    }

    /// The document of a route, made when first asked for.
    ///
    /// # Errors
    /// When the site has nothing of that name; the sentence names what comes near.
    pub fn document(&self, route: &Route) -> Result<Arc<Document>, Missing> {
        // Whoever asks for the same meanwhile waits: it is made once.
        self.store.get_or_insert_with(route, || self.make(route))
    }

    fn make(&self, route: &Route) -> Result<Arc<Document>, Missing> {
        let mut document = self.render(route)?;
        let settings = &self.site.settings;
        // W3C WebSub §4: a feed names its hub and its own address.
        if let Some(hub) = settings.hub.as_ref().filter(|_| route.is_feed()) {
            let address = settings.whole(&route.to_string());
            document = document.with_links(format!("<{hub}>; rel=\"hub\", <{address}>; rel=\"self\""));
        }
        Ok(Arc::new(document))
    }

    fn render(&self, route: &Route) -> Result<Document, Missing> {
        if let Some(filter) = route.filter() {
            self.known(filter)?;
        }
        let site = &self.site;
        let page =
            |html: String, changed| Document::new("text/html; charset=utf-8", Kind::Page, changed, html);
        let changed = site.changed();
        Ok(match route {
            Route::Agenda(filter) => {
                let count = self.shown(filter).0.iter().count();
                page(pages::agenda(site, filter, self.today, count), self.changed_today())
            }
            Route::Subscribe(filter) => {
                let count = self.shown(filter).0.iter().count();
                page(pages::subscribe(site, filter, self.today, count), self.changed_today())
            }
            Route::Calendar(filter) => self.calendar(filter),
            Route::EventsFeed(format) => {
                feed(*format, self.changed_today(), feeds::events(site, self.today, *format))
            }
            Route::ChangesFeed(tag, format) => {
                let filter =
                    tag.clone().map_or_else(Filter::everything, |(facet, path)| Filter::tag(facet, path));
                self.known(&filter)?;
                feed(*format, site.changed_of(&filter), feeds::changes(site, tag.as_ref(), *format))
            }
            Route::Event(id) => {
                let event = site.event(id).ok_or_else(|| self.no_event(id.as_str()))?;
                page(pages::event(site, event, self.today), self.changed_today())
            }
            Route::EventCalendar(id) => {
                let index = site.index_of(id).ok_or_else(|| self.no_event(id.as_str()))?;
                let changed = site.framed().max(site.remembered(&site.events()[index]).changed);
                Document::new(CALENDAR, Kind::Feed, changed, self.single(index))
            }
            Route::Articles(topic) => {
                self.known_topic(topic.as_ref())?;
                page(pages::articles(site, topic.as_ref()), changed)
            }
            Route::ArticlesFeed(topic, format) => {
                self.known_topic(topic.as_ref())?;
                feed(*format, changed, feeds::articles(site, topic.as_ref(), *format))
            }
            Route::Article(slug) => match (site.article(slug), site.assets().get(slug)) {
                (Some(article), _) => page(pages::article(site, article), changed),
                (None, Some(asset)) => {
                    Document::new(asset.media_type, Kind::File, changed, asset.bytes.clone())
                }
                (None, None) => return Err(self.no_article(slug)),
            },
            Route::Asset(path) => match site.assets().get(path) {
                Some(asset) => Document::new(asset.media_type, Kind::File, changed, asset.bytes.clone()),
                None => return Err(self.no_article(path)),
            },
            Route::Stylesheet => {
                Document::new("text/css; charset=utf-8", Kind::File, changed, pages::STYLESHEET)
            }
            Route::Favicon => Document::new("image/svg+xml", Kind::File, changed, plain::FAVICON),
            Route::Robots => {
                Document::new("text/plain; charset=utf-8", Kind::Page, changed, plain::robots(site))
            }
            Route::Sitemap => {
                let routes = self.routes();
                let pages = routes.iter().filter(|route| is_page(route));
                Document::new("application/xml", Kind::Page, changed, plain::sitemap(site, pages))
            }
        })
    }

    /// The events that a calendar shows today, and the last day on which one of them went.
    fn shown(&self, filter: &Filter) -> (Places, Option<Date>) {
        let shown = self.shown.get_or_init(|| Shown::on(&self.site, self.today));
        shown.of(self.stock.wanted(&self.site, filter))
    }

    fn single(&self, index: usize) -> String {
        let component = self.stock.component(&self.site, index);
        calendar::single(&self.site, component, &self.stock.zones)
    }

    fn calendar(&self, filter: &Filter) -> Document {
        let (places, gone) = self.shown(filter);
        let components = self.stock.components_of(&self.site, &places);
        let outline = calendar::feed(&self.site, filter, &components, &self.stock.zones);
        // It changes with the site, or when an event falls out of it by age.
        let midnight = gone.and_then(|day| place(day.at(0, 0, 0, 0), &self.site.settings.zone));
        let changed = self.site.changed_of(filter);
        let changed = midnight.map_or(changed, |at| changed.max(at.timestamp()));
        let (site, stock) = (Arc::clone(&self.site), Arc::clone(&self.stock));
        Document::made_later(CALENDAR, changed, (outline.hash, outline.length), move || {
            outline.text(&stock.components_of(&site, &places)).into()
        })
    }

    /// How many bytes of documents are kept once made.
    #[must_use]
    pub fn stored(&self) -> u64 {
        self.store.weight()
    }

    /// The route that has another address now, because a region or topic in it has another name.
    #[must_use]
    pub fn renamed(&self, route: &Route) -> Option<Route> {
        let renames = &self.site.settings.renamed;
        // Most sites have none, and every request asks.
        if renames.is_empty() { None } else { route.renamed(renames) }
    }

    /// The feeds that are not what they were in an earlier edition of the same site.
    #[must_use]
    pub fn feeds_since(&self, before: &Edition) -> Vec<Route> {
        let (was, is) = (&before.site.memory, &self.site.memory);
        let mut routes = Vec::new();
        let mut changes = |tag: Option<(Facet, TagPath)>| {
            routes.extend(FeedFormat::ALL.map(|format| Route::ChangesFeed(tag.clone(), format)));
            let filter = tag.map_or_else(Filter::everything, |(facet, path)| Filter::tag(facet, path));
            routes.push(Route::Calendar(filter));
        };
        let events = |memory: &Memory| memory.site.as_ref().map(|site| (site.events, site.framed));
        let are_events_new = events(was) != events(is);
        if are_events_new {
            changes(None);
        }
        let is_framed = self.site.framed() != before.site.framed();
        for (key, tag) in &is.tags {
            if is_framed || was.tags.get(key).is_none_or(|known| known.changed != tag.changed) {
                changes(Some(key.clone()));
            }
        }
        if are_events_new {
            routes.extend(FeedFormat::ALL.map(Route::EventsFeed));
        }
        if was.articles != is.articles || is_framed {
            let topics = self.site.articles().iter().flat_map(|article| &article.topics);
            let topics: BTreeSet<TagPath> = topics.flat_map(|tag| tag.path.with_parents()).collect();
            for topic in std::iter::once(None).chain(topics.into_iter().map(Some)) {
                routes.extend(FeedFormat::ALL.map(|format| Route::ArticlesFeed(topic.clone(), format)));
            }
        }
        routes.retain(|route| self.renamed(route).is_none());
        routes
    }

    /// When a page that speaks of today last changed: with the site, or at midnight.
    fn changed_today(&self) -> Timestamp {
        let midnight = place(self.today.at(0, 0, 0, 0), &self.site.settings.zone);
        midnight.map_or(self.site.changed(), |midnight| self.site.changed().max(midnight.timestamp()))
    }

    /// Every route of the site but combined filters, of which there are too many to name.
    #[must_use]
    pub fn routes(&self) -> Vec<Route> {
        let everything = Filter::everything();
        let mut filters = vec![everything];
        for facet in Facet::ALL {
            filters.extend(self.site.tags(facet).iter().map(|(path, _)| Filter::tag(facet, path.clone())));
        }
        let mut routes: Vec<Route> = Vec::new();
        for filter in filters {
            let tag = filter.single_tag().map(|(facet, path)| (facet, path.clone()));
            routes.extend(FeedFormat::ALL.map(|format| Route::ChangesFeed(tag.clone(), format)));
            routes.extend([
                Route::Agenda(filter.clone()),
                Route::Calendar(filter.clone()),
                Route::Subscribe(filter),
            ]);
        }
        for event in self.site.events() {
            routes.extend([Route::Event(event.id.clone()), Route::EventCalendar(event.id.clone())]);
        }
        let topics: Vec<TagPath> =
            self.site.tags(Facet::Topic).iter().map(|(path, _)| path.clone()).collect();
        for topic in std::iter::once(None).chain(topics.into_iter().map(Some)) {
            routes.push(Route::Articles(topic.clone()));
            routes.extend(FeedFormat::ALL.map(|format| Route::ArticlesFeed(topic.clone(), format)));
        }
        routes.extend(FeedFormat::ALL.map(Route::EventsFeed));
        routes.extend(self.site.articles().iter().map(|article| Route::Article(article.slug.clone())));
        routes.extend(self.site.assets().keys().map(|path| Route::Asset(path.clone())));
        routes.extend([Route::Stylesheet, Route::Favicon, Route::Robots, Route::Sitemap]);
        routes
    }

    fn known(&self, filter: &Filter) -> Result<(), Missing> {
        match self.site.unknown_tags(filter).first() {
            None => Ok(()),
            Some((facet, path)) => Err(self.no_tag(*facet, path)),
        }
    }

    fn known_topic(&self, topic: Option<&TagPath>) -> Result<(), Missing> {
        match topic.filter(|topic| self.site.tags(Facet::Topic).name(topic).is_none()) {
            None => Ok(()),
            Some(topic) => Err(self.no_tag(Facet::Topic, topic)),
        }
    }

    fn no_tag(&self, facet: Facet, path: &TagPath) -> Missing {
        let known = self.site.tags(facet).iter().map(|(path, _)| path.as_str());
        let near = nearest(path.as_str(), known);
        missing(&format!("There is no {} \"{path}\"", facet.key()), near, &format!("/{}/", facet.folder()))
    }

    fn no_event(&self, id: &str) -> Missing {
        let removed = self
            .site
            .memory
            .events
            .iter()
            .find(|(known, memory)| known.as_str() == id && memory.removed.is_some());
        if let Some((_, memory)) = removed {
            return Missing(format!("The event \"{}\" is not on the calendar any more.", memory.row.title));
        }
        missing(
            &format!("There is no event \"{id}\""),
            nearest(id, self.site.events().iter().map(|event| event.id.as_str())),
            "/events/",
        )
    }

    fn no_article(&self, slug: &str) -> Missing {
        let known = self.site.articles().iter().map(|article| article.slug.as_str());
        let near = nearest(slug, known.chain(self.site.assets().keys().map(String::as_str)));
        missing(&format!("There is no article \"{slug}\""), near, "/articles/")
    }
}

/// Whether two sites print an event alike that is the same in both.
fn is_alike(was: &Site, is: &Site) -> bool {
    let frame = |site: &Site| site.memory.site.as_ref().map(|site| (site.frame, site.uid_domain.clone()));
    frame(was) == frame(is) && was.settings.base_url == is.settings.base_url
}

fn missing(sentence: &str, near: Option<&str>, folder: &str) -> Missing {
    Missing(match near {
        Some(near) => format!("{sentence}. Did you mean {folder}{near} ?"),
        None => format!("{sentence}."),
    })
}

fn is_page(route: &Route) -> bool {
    matches!(route, Route::Agenda(_) | Route::Event(_) | Route::Articles(_) | Route::Article(_))
}

fn feed(format: FeedFormat, changed: Timestamp, text: String) -> Document {
    let media_type = match format {
        FeedFormat::Rss => "application/rss+xml; charset=utf-8",
        FeedFormat::Atom => "application/atom+xml; charset=utf-8",
        FeedFormat::Json => "application/feed+json; charset=utf-8",
    };
    Document::new(media_type, Kind::Feed, changed, text)
}
