//! Prints the document of a route: pages in the words of a language, everything else in those of the site.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::document::{Document, Kind};
use super::headers::CALENDAR;
use super::missing::Missing;
use super::places::Places;
use super::snapshot::Snapshot;
use super::stock::Shown;
use crate::model::filter::Filter;
use crate::model::language::Language;
use crate::model::route::{FeedFormat, Route};
use crate::model::tag::{Facet, TagPath};
use crate::model::when::place;
use crate::render::pages::{self, AgendaView, PageContext};
use crate::render::vevent::Component;
use crate::render::{calendar, feeds, plain};

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

impl Snapshot {
    /// Prints what has no words of its own, or those of the site.
    pub(super) fn render(&self, route: &Route) -> Result<Document, Missing> {
        let site = &self.site;
        let changed = site.changed();
        Ok(match route {
            Route::Calendar(filter) => {
                self.known(filter)?;
                self.calendar(filter)
            }
            Route::EventsFeed(format) => {
                feed(*format, self.changed_today(), feeds::events(site, self.today, *format))
            }
            Route::ChangesFeed(tag, format) => {
                let filter =
                    tag.clone().map_or_else(Filter::everything, |(facet, path)| Filter::tag(facet, path));
                self.known(&filter)?;
                feed(
                    *format,
                    self.stock.changed_of(site, &filter),
                    feeds::changes(site, tag.as_ref(), *format),
                )
            }
            Route::EventCalendar(id) => {
                let index = site.index_of(id).ok_or_else(|| Missing::event(site, id))?;
                let changed = site.framed().max(site.remembered_at(index).changed);
                Document::new(CALENDAR, Kind::Feed, changed, self.single(index))
            }
            Route::ArticlesFeed(topic, format) => {
                self.known_topic(topic.as_ref())?;
                feed(*format, changed, feeds::articles(site, topic.as_ref(), *format))
            }
            Route::Asset(path) => self.asset(path)?,
            Route::Stylesheet => file("text/css; charset=utf-8", changed, pages::stylesheet(&site.settings)),
            Route::Script => file(JAVASCRIPT, changed, pages::SCRIPT),
            Route::EmbedScript => file(JAVASCRIPT, changed, pages::EMBED_SCRIPT),
            Route::Favicon => file("image/svg+xml", changed, pages::favicon(&site.settings)),
            Route::Manifest => file("application/manifest+json", changed, pages::manifest(&site.settings)),
            Route::Robots => {
                Document::new("text/plain; charset=utf-8", Kind::Page, changed, plain::robots(site))
            }
            Route::Sitemap => {
                let routes = self.routes();
                let pages = routes.iter().filter(|route| is_found(route));
                Document::new("application/xml", Kind::Page, changed, plain::sitemap(site, pages))
            }
            Route::Text(filter) => {
                let words = self.words(self.language());
                let text = self.choosing(&self.paper(&words), filter, pages::text)?;
                Document::new("text/plain; charset=utf-8", Kind::Page, self.changed_today(), text)
            }
            page => self.page(page, self.language())?,
        })
    }

    /// Prints a page in the words of a language.
    pub(super) fn page(&self, route: &Route, language: Language) -> Result<Document, Missing> {
        let site = &self.site;
        let words = self.words(language);
        let paper = self.paper(&words);
        let timetable = || self.agendas.timetable(site, self.today);
        let html = match route {
            Route::Agenda(filter) => {
                self.choosing(&paper, filter, |paper, choice| pages::agenda(paper, choice, None))?
            }
            Route::Month(filter, month) => {
                self.choosing(&paper, filter, |paper, choice| pages::agenda(paper, choice, Some(*month)))?
            }
            Route::Print(filter) => self.choosing(&paper, filter, pages::poster)?,
            Route::Embed(filter) => self.choosing(&paper, filter, pages::embed)?,
            Route::Subscribe(filter) => self.choosing(&paper, filter, pages::subscribe)?,
            Route::Event(id) => {
                let event = site.event(id).ok_or_else(|| Missing::event(site, id))?;
                pages::event(&paper, event, timetable())
            }
            Route::Articles(topic) => {
                self.known_topic(topic.as_ref())?;
                pages::articles(&paper, topic.as_ref())
            }
            Route::Article(slug) => {
                let article = site.article(slug).ok_or_else(|| Missing::article(site, slug))?;
                pages::article(&paper, article, timetable())
            }
            file => return self.render(file),
        };
        let changed = if matches!(route, Route::Articles(_)) { site.changed() } else { self.changed_today() };
        let page = Document::new(HTML, Kind::Page, changed, html).with_language(language.tag());
        Ok(if matches!(route, Route::Embed(_)) { page.framed_by(&site.settings.embed_from) } else { page })
    }

    /// Makes a page of what a filter wants.
    fn choosing(
        &self,
        paper: &PageContext<'_>,
        filter: &Filter,
        make: impl FnOnce(&PageContext<'_>, &AgendaView<'_>) -> String,
    ) -> Result<String, Missing> {
        self.known(filter)?;
        let count = self.shown(filter).0.count();
        Ok(self.agendas.page(paper, &self.stock, (filter, count), |choice| make(paper, choice)))
    }

    fn asset(&self, path: &str) -> Result<Document, Missing> {
        let asset = self.site.assets().get(path).ok_or_else(|| Missing::article(&self.site, path))?;
        Ok(Document::new(asset.media_type, Kind::File, self.site.changed(), asset.bytes.clone()))
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
        let places = places.list();
        let (site, stock, alarm) = (Arc::clone(&self.site), Arc::clone(&self.stock), filter.alarm());
        let components = self.stock.components_of(&self.site, &places);
        let changed = self.stock.changed_of(&self.site, filter);
        let outline = |components: &[&Component]| {
            calendar::feed(&self.site, (filter, changed), components, &self.stock.zones)
        };
        // Whoever asked for a reminder has it in each event.
        let outline = match alarm {
            None => outline(&components),
            Some(alarm) => {
                let own: Vec<Component> =
                    components.iter().map(|component| component.with_alarm(alarm)).collect();
                outline(&own.iter().collect::<Vec<_>>())
            }
        };
        // It changes with the site, or when an event falls out of it by age.
        let midnight = gone.and_then(|day| place(day.at(0, 0, 0, 0), &self.site.settings.zone));
        let changed = midnight.map_or(changed, |at| changed.max(at.timestamp()));
        Document::made_later(CALENDAR, changed, (outline.hash, outline.length), move || {
            let components = stock.each_of(&site, &places);
            match alarm {
                None => outline.text(components).into(),
                Some(alarm) => outline.text(components.map(|component| component.with_alarm(alarm))).into(),
            }
        })
    }

    /// When a page that speaks of today last changed: with the site, or at midnight.
    fn changed_today(&self) -> Timestamp {
        let midnight = place(self.today.at(0, 0, 0, 0), &self.site.settings.zone);
        midnight.map_or(self.site.changed(), |midnight| self.site.changed().max(midnight.timestamp()))
    }

    fn known(&self, filter: &Filter) -> Result<(), Missing> {
        match self.site.unknown_tags(filter).first() {
            None => Ok(()),
            Some((facet, path)) => Err(Missing::tag(&self.site, *facet, path)),
        }
    }

    fn known_topic(&self, topic: Option<&TagPath>) -> Result<(), Missing> {
        match topic.filter(|topic| self.site.tags(Facet::Topic).name(topic).is_none()) {
            None => Ok(()),
            Some(topic) => Err(Missing::tag(&self.site, Facet::Topic, topic)),
        }
    }
}

/// Whether search engines are told of it.
fn is_found(route: &Route) -> bool {
    matches!(route, Route::Agenda(_) | Route::Event(_) | Route::Articles(_) | Route::Article(_))
}

fn file(media_type: &'static str, changed: Timestamp, text: impl Into<String>) -> Document {
    Document::new(media_type, Kind::File, changed, text.into())
}

fn feed(format: FeedFormat, changed: Timestamp, text: String) -> Document {
    let media_type = match format {
        FeedFormat::Rss => "application/rss+xml; charset=utf-8",
        FeedFormat::Atom => "application/atom+xml; charset=utf-8",
        FeedFormat::Json => "application/feed+json; charset=utf-8",
    };
    Document::new(media_type, Kind::Feed, changed, text)
}
