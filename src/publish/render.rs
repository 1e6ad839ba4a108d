//! The content of each kind of document, rendered from a snapshot. [`super::routes`] says which route has which.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::document::Rendered;
use super::event_set::EventSet;
use super::not_found::NotFound;
use super::routes::tag_filter;
use super::snapshot::Snapshot;
use crate::i18n::language::Language;
use crate::model::event::EventId;
use crate::model::filter::Filter;
use crate::model::route::{FeedFormat, Route};
use crate::model::tag::{Facet, TagPath};
use crate::model::when::place;
use crate::render::pages::{self, AgendaView, PageContext};
use crate::render::vevent::Component;
use crate::render::{calendar, crawlers, feeds};

impl Snapshot {
    /// Renders a view of the events of a filter.
    pub(super) fn view(
        &self,
        filter: &Filter,
        language: Language,
        render: impl FnOnce(&PageContext<'_>, &AgendaView<'_>) -> String,
    ) -> Result<Rendered, NotFound> {
        self.check_tags(filter)?;
        let site = self.site();
        let (timetable, upcoming) = self.upcoming();
        let mut in_calendar = self.select(filter);
        let is_hidden = |event: usize| site.is_hidden(&site.events()[event], self.today());
        let events: Vec<u32> = in_calendar
            .iter()
            .filter(|event| !is_hidden(*event))
            .map(|event| u32::try_from(event).unwrap_or(u32::MAX))
            .collect();
        self.visible().restrict(&mut in_calendar);
        let upcoming_of = |filter: &Filter| {
            let mut selected = self.select(filter);
            selected.intersect(upcoming);
            selected
        };
        // The events of a tag are counted with the filter of the other facet only.
        let beside: BTreeMap<Facet, EventSet> = Facet::ALL
            .into_iter()
            .map(|facet| {
                let paths = filter.paths(facet).iter();
                (facet, upcoming_of(&paths.fold(filter.clone(), |rest, path| rest.without(facet, path))))
            })
            .collect();
        let counts = |facet: Facet, path: &TagPath| {
            let tagged = self.index().tagged(facet, path).iter();
            tagged.filter(|event| beside[&facet].contains(**event as usize)).count()
        };
        let view = AgendaView {
            filter,
            events: &events,
            in_calendar: in_calendar.count(),
            timetable,
            counts: &counts,
            upcoming_of: &|filter| upcoming_of(filter).count(),
        };
        Ok(Rendered::new(self.changed_today(), self.page(language, |context| render(context, &view))))
    }

    pub(super) fn event_page(&self, id: &EventId, language: Language) -> Result<Rendered, NotFound> {
        let event = self.site().event(id).ok_or_else(|| NotFound::event(self.site(), id))?;
        let page = self.page(language, |context| pages::event(context, event, self.timetable()));
        Ok(Rendered::new(self.changed_today(), page))
    }

    pub(super) fn article_page(&self, slug: &str, language: Language) -> Result<Rendered, NotFound> {
        let article = self.site().article(slug).ok_or_else(|| NotFound::article(self.site(), slug))?;
        let page = self.page(language, |context| pages::article(context, article, self.timetable()));
        Ok(Rendered::new(self.changed_today(), page))
    }

    pub(super) fn articles_page(
        &self,
        topic: Option<&TagPath>,
        language: Language,
    ) -> Result<Rendered, NotFound> {
        self.check_topic(topic)?;
        Ok(self.content(self.page(language, |context| pages::articles(context, topic))))
    }

    pub(super) fn articles_feed(
        &self,
        topic: Option<&TagPath>,
        format: FeedFormat,
    ) -> Result<Rendered, NotFound> {
        self.check_topic(topic)?;
        Ok(self.content(feeds::articles(self.site(), topic, format)))
    }

    pub(super) fn events_feed(&self, format: FeedFormat) -> Rendered {
        Rendered::new(self.changed_today(), feeds::events(self.site(), self.today(), format))
    }

    pub(super) fn changes_feed(
        &self,
        tag: Option<&(Facet, TagPath)>,
        format: FeedFormat,
    ) -> Result<Rendered, NotFound> {
        let filter = tag_filter(tag);
        self.check_tags(&filter)?;
        Ok(Rendered::new(self.changed_of(&filter), feeds::changes(self.site(), tag, format)))
    }

    pub(super) fn asset(&self, path: &str) -> Result<Rendered, NotFound> {
        let asset = self.site().assets().get(path).ok_or_else(|| NotFound::article(self.site(), path))?;
        Ok(self.content(asset.bytes.clone()))
    }

    pub(super) fn sitemap(&self) -> String {
        let routes = self.routes();
        let is_indexed = |route: &&Route| {
            matches!(route, Route::Agenda(_) | Route::Event(_) | Route::Articles(_) | Route::Article(_))
        };
        crawlers::sitemap(self.site(), routes.iter().filter(is_indexed))
    }

    pub(super) fn event_calendar(&self, id: &EventId) -> Result<Rendered, NotFound> {
        let site = self.site();
        let index = site.index_of(id).ok_or_else(|| NotFound::event(site, id))?;
        let changed = site.config_changed().max(site.history_at(index).changed);
        let component = self.events.component(index);
        Ok(Rendered::new(changed, calendar::single(site, component, &self.events.zones)))
    }

    /// Renders the calendar of a filter: its hash and length at once, its bytes at first use, since most clients that
    /// poll have them already.
    pub(super) fn calendar(&self, filter: &Filter) -> Result<Rendered, NotFound> {
        self.check_tags(filter)?;
        let mut selected = self.select(filter);
        let hidden = self.visible().restrict(&mut selected);
        let selected: Vec<usize> = selected.iter().collect();
        let alarm = filter.alarm();
        let changed = self.changed_of(filter);
        let components = self.events.components(&selected);
        let lazy = |components: &[&Component]| {
            calendar::feed(self.site(), filter, changed, components, &self.events.zones)
        };
        let lazy = match alarm {
            None => lazy(&components),
            Some(alarm) => {
                let own: Vec<Component> = components.iter().map(|event| event.with_alarm(alarm)).collect();
                lazy(&own.iter().collect::<Vec<_>>())
            }
        };
        // It also changes when an event becomes too old for it.
        let midnight = hidden.and_then(|day| place(day.at(0, 0, 0, 0), &self.site().settings.zone));
        let changed = midnight.map_or(changed, |at| changed.max(at.timestamp()));
        let events = Arc::clone(&self.events);
        Ok(Rendered::lazy(changed, lazy.hash, lazy.length, move || {
            let components = selected.iter().map(|index| events.component(*index));
            Bytes::from(match alarm {
                None => lazy.text(components),
                Some(alarm) => lazy.text(components.map(|event| event.with_alarm(alarm))),
            })
        }))
    }

    /// Wraps bytes that change with the site.
    pub(super) fn content(&self, bytes: impl Into<Bytes>) -> Rendered {
        Rendered::new(self.site().changed(), bytes)
    }

    /// Returns when the events of a filter last changed.
    pub(super) fn changed_of(&self, filter: &Filter) -> Timestamp {
        let tags = &self.site().history.tags;
        let changed = |facet, path: &TagPath| tags.get(&(facet, path.clone())).map(|tag| tag.changed);
        self.site().changed_by(filter, changed)
    }

    /// Returns when a document that depends on the day last changed: with the site, or at midnight.
    fn changed_today(&self) -> Timestamp {
        let midnight = place(self.today().at(0, 0, 0, 0), &self.site().settings.zone);
        midnight.map_or(self.site().changed(), |midnight| self.site().changed().max(midnight.timestamp()))
    }

    fn check_tags(&self, filter: &Filter) -> Result<(), NotFound> {
        match self.site().unknown_tags(filter).first() {
            None => Ok(()),
            Some((facet, path)) => Err(NotFound::tag(self.site(), *facet, path)),
        }
    }

    fn check_topic(&self, topic: Option<&TagPath>) -> Result<(), NotFound> {
        self.check_tags(&tag_filter(topic.map(|topic| (Facet::Topic, topic.clone())).as_ref()))
    }

    /// Renders a page in a language.
    pub(super) fn page(&self, language: Language, render: impl FnOnce(&PageContext<'_>) -> String) -> String {
        let l10n = self.localizer(language);
        render(&PageContext { site: self.site(), l10n: &l10n, today: self.today() })
    }

    /// Renders the page for a missing document; `detail` follows the sentence that says what is missing.
    #[must_use]
    pub fn not_found_page(&self, language: Language, error: &NotFound, detail: &str) -> String {
        self.page(language, |context| {
            let sentence = format!("{}{detail}", error.sentence(context.l10n));
            pages::not_found(context, &sentence, error.nearest())
        })
    }
}
