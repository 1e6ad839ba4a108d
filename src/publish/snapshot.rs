//! A [`Snapshot`]: all documents of one site on one day. `serve` looks documents up in it, `export` writes
//! every one of them: both ask the same function, so both give the same bytes.

use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

use jiff::civil::Date;
use quick_cache::sync::Cache;
use quick_cache::{OptionsBuilder, Weighter};

use super::agenda::Agendas;
use super::document::{Accepted, Document, Kind};
use super::lately::Lately;
use super::missing::Missing;
use super::stock::{Shown, Stock};
use crate::model::filter::Filter;
use crate::model::language::Language;
use crate::model::route::Route;
use crate::model::site::Site;
use crate::render::pages::{self, PageContext};
use crate::render::vevent::Component;
use crate::render::words::Localizer;

/// How many bytes of documents are kept once made.
const STORE: u64 = 64 << 20;
/// Of so many events any document is made in a few milliseconds.
const FEW: usize = 200;
/// So many are rendered in some more.
const SOME: usize = 2_000;
/// Of so many events, rendered already, a calendar is put together in one.
const MANY: usize = 20_000;
/// How many bytes of documents are made ready before a snapshot is in force, and how many of them a byte that is
/// packed, or of a page, counts for.
const PREPARED: usize = 64 << 20;
const DEAR: usize = 16;
/// How many bytes of addresses are kept once understood.
const ADDRESSES: u64 = 8 << 20;

#[derive(Clone)]
struct Weight;

impl Weighter<Wanted, Arc<Document>> for Weight {
    fn weight(&self, _: &Wanted, document: &Arc<Document>) -> u64 {
        // In a store of several parts nothing heavier than a part is kept, and a large site's whole calendar would
        // be made anew for everybody: there is one part, and what is very heavy counts as a quarter of it.
        document.weight().min(STORE / 4)
    }
}

/// A route, and the language of its words.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Wanted {
    route: Route,
    language: Language,
}

/// What is at an address. Whether the document is kept is for the store to say.
#[derive(Clone)]
struct Known {
    route: Arc<Route>,
    language: Language,
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
pub struct Snapshot {
    pub(super) site: Arc<Site>,
    pub(super) today: Date,
    /// The language of the site's words.
    language: Language,
    pub(super) stock: Arc<Stock>,
    /// What of it is shown today, once a calendar is asked for.
    pub(super) shown: OnceLock<Shown>,
    /// What its pages have in common, once one is asked for.
    pub(super) agendas: Agendas,
    /// The documents that were asked for lately.
    store: Cache<Wanted, Arc<Document>, Weight>,
    /// The addresses that they were asked for by.
    addresses: Cache<Box<str>, Known, Length>,
    /// Those of combinations that were.
    lately: Lately,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Edition of {} with {} events", self.today, self.site.events().len())
    }
}

impl Snapshot {
    /// The snapshot of a site on a day. Each event is rendered once, when somebody first asks for it; calendars are
    /// put together from that.
    #[must_use]
    pub fn new(site: Site, today: Date) -> Snapshot {
        Snapshot::after(site, today, None)
    }

    /// The same, after an earlier snapshot: what of it is as it was is not rendered again.
    #[must_use]
    pub fn after(site: Site, today: Date, before: Option<&Snapshot>) -> Snapshot {
        let before = before.filter(|before| is_alike(&before.site, &site));
        let stock = Stock::new(&site, |place| before.and_then(|before| before.component_of(&site, place)));
        Snapshot::of(Arc::new(site), Arc::new(stock), today)
    }

    fn of(site: Arc<Site>, stock: Arc<Stock>, today: Date) -> Snapshot {
        let mut options = OptionsBuilder::new();
        options.shards(1).estimated_items_capacity(1_000).weight_capacity(STORE);
        let options = options.build().expect("all that is needed is set");
        let store = Cache::with_options(options, Weight, Default::default(), Default::default());
        let addresses = Cache::with_weighter(10_000, ADDRESSES, Length);
        let language = site.settings.words();
        Snapshot {
            site,
            today,
            language,
            stock,
            shown: OnceLock::new(),
            agendas: Agendas::default(),
            store,
            addresses,
            lately: Lately::default(),
        }
    }

    /// The component of the event at a place of another site, where it is remembered as it is here.
    fn component_of(&self, site: &Site, place: usize) -> Option<Component> {
        let index = self.site.index_of(&site.events()[place].id)?;
        let is_same = Arc::ptr_eq(self.site.remembered_at(index), site.remembered_at(place));
        if is_same { self.stock.rendered(index).cloned() } else { None }
    }

    /// The snapshot of the same site on another day.
    #[must_use]
    pub fn on(&self, today: Date) -> Snapshot {
        Snapshot::of(Arc::clone(&self.site), Arc::clone(&self.stock), today)
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
    pub fn is_quick(&self, address: &str, accepted: Accepted) -> bool {
        let events = self.site.events().len();
        let path = address.split('?').next().unwrap_or(address);
        let is_calendar = || path.ends_with(".ics") && !accepted.gzip;
        let is_of_one = || path.starts_with("/events/");
        let is_soon = || events <= SOME || (events <= MANY && self.stock.is_rendered());
        events <= FEW || (is_calendar() && (is_of_one() || is_soon()))
    }

    /// Renders what is not yet, and finds out what takes place this year, unless that is so much that it waits until somebody asks for it.
    pub fn warm(&self) {
        if self.site.events().len() <= MANY {
            self.stock.render_all(&self.site);
            self.agendas.timetable(&self.site, self.today);
        }
    }

    /// Makes ready what was asked for of a snapshot before this one, as much as takes little time, so that nobody
    /// waits for it once this one is in force.
    pub fn prepare(&self, before: &Snapshot) {
        let mut left = PREPARED;
        for (address, known) in before.addresses.iter() {
            let Some(was) = known.document.upgrade() else { continue };
            let packed = was.packed();
            let dear = !packed.is_empty() || was.kind == Kind::Page;
            let length = was.length();
            let Some(rest) = left.checked_sub(if dear { length * DEAR } else { length }) else { continue };
            if self.renamed(&known.route).is_some() {
                continue;
            }
            left = rest;
            let Ok((_, document)) = self.enter(&address, Route::clone(&known.route), known.language) else {
                continue;
            };
            // Most have what they ask for, and are told so.
            if was.is_made() {
                document.make();
            }
            packed.into_iter().for_each(|encoding| drop(document.body(encoding).clone()));
        }
    }

    /// The document of a route, as [`Snapshot::document`] has it; the next request for the same address finds it
    /// at once.
    ///
    /// # Errors
    /// When the site has nothing of that name.
    pub fn enter(
        &self,
        address: &str,
        route: Route,
        language: Language,
    ) -> Result<(Arc<Route>, Arc<Document>), Missing> {
        let document = self.document_in(&route, language)?;
        let route = Arc::new(route);
        let known = Known { route: Arc::clone(&route), language, document: Arc::downgrade(&document) };
        self.addresses.insert(Box::from(address), known);
        Ok((route, document))
    }

    /// Whether an address, at which there is a route, is that of a calendar of several conditions for which nobody
    /// asked lately. Of those there is no end, and most are never asked for again.
    #[must_use]
    pub fn is_passing(&self, address: &str, route: &Route) -> bool {
        let Route::Calendar(filter) = route else { return false };
        let is_one_of_many = filter.single_tag().is_none() && *filter != Filter::everything();
        is_one_of_many && self.lately.is_first(address)
    }

    /// The document of a route, kept by nobody.
    ///
    /// # Errors
    /// When the site has nothing of that name.
    pub fn passing(&self, route: &Route) -> Result<Arc<Document>, Missing> {
        self.make(route, self.language())
    }

    /// The document of a route, made when first asked for.
    ///
    /// # Errors
    /// When the site has nothing of that name; the sentence names what comes near.
    pub fn document(&self, route: &Route) -> Result<Arc<Document>, Missing> {
        self.document_in(route, self.language())
    }

    /// The same in the words of a language. Feeds, and what is for machines, have those of the site.
    ///
    /// # Errors
    /// When the site has nothing of that name.
    pub fn document_in(&self, route: &Route, language: Language) -> Result<Arc<Document>, Missing> {
        let language = if route.is_page() { language } else { self.language() };
        let wanted = Wanted { route: route.clone(), language };
        // Whoever asks for the same meanwhile waits: it is made once.
        self.store.get_or_insert_with(&wanted, || self.make(&wanted.route, language))
    }

    /// The language of the site's words.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The words of a language for this site's readers.
    #[must_use]
    pub fn words(&self, language: Language) -> Localizer {
        Localizer::in_language(&self.site.settings, language)
    }

    /// The page for whoever asked for what is not there.
    #[must_use]
    pub fn problem(&self, words: &Localizer, sentence: &str, near: Option<&str>) -> String {
        pages::problem(&self.paper(words), sentence, near)
    }

    /// The page for whoever asks a host of static files for what is not there.
    #[must_use]
    pub fn missing_page(&self) -> String {
        let words = self.words(self.language());
        self.problem(&words, &Missing::address().sentence(&words), None)
    }

    pub(super) fn paper<'a>(&'a self, words: &'a Localizer) -> PageContext<'a> {
        PageContext { site: &self.site, words, today: self.today }
    }

    fn make(&self, route: &Route, language: Language) -> Result<Arc<Document>, Missing> {
        let mut document = if route.is_page() { self.page(route, language)? } else { self.render(route)? };
        let settings = &self.site.settings;
        // W3C WebSub §4: a feed names its hub and its own address.
        if let Some(hub) = settings.hub.as_ref().filter(|_| route.is_feed()) {
            let address = settings.whole(&route.to_string());
            document = document.with_links(format!("<{hub}>; rel=\"hub\", <{address}>; rel=\"self\""));
        }
        Ok(Arc::new(document))
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
}

/// Whether two sites print an event alike that is the same in both.
fn is_alike(was: &Site, is: &Site) -> bool {
    let frame = |site: &Site| site.memory.site.as_ref().map(|site| (site.frame, site.uid_domain.clone()));
    frame(was) == frame(is) && was.settings.base_url == is.settings.base_url
}
