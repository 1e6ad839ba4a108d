//! The table of routes: what each is rendered by and published as. It also lists the routes of a site.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::document::{CacheClass, Document, Rendered};
use super::headers::CALENDAR;
use super::not_found::NotFound;
use super::snapshot::Snapshot;
use crate::i18n::language::Language;
use crate::model::filter::Filter;
use crate::model::route::{FILES, FeedFormat, HTML, PLAIN, Route};
use crate::model::tag::{Facet, TagPath};
use crate::read;
use crate::render::{crawlers, pages};

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

type Renderer<'r> = Box<dyn Fn(&Snapshot, Language) -> Result<Rendered, NotFound> + 'r>;

/// How the document of a route is rendered and published.
pub struct RouteInfo<'r> {
    /// The media type, with its charset.
    pub media_type: &'static str,
    /// How long copies stay fresh.
    pub cache_class: CacheClass,
    /// The value of the `route` label in metrics.
    pub label: &'static str,
    /// The name of the exported file in the folder of the route's address; none for a file at the address itself.
    pub index_file: Option<Cow<'static, str>>,
    /// Whether changes are announced to the WebSub hub.
    is_announced: bool,
    /// Whether the sites of the setting `embed_from` may frame it.
    is_embeddable: bool,
    render: Renderer<'r>,
}

impl RouteInfo<'_> {
    /// Returns whether the document is a page, which exists in several languages.
    #[must_use]
    pub fn is_page(&self) -> bool {
        self.media_type == HTML
    }
}

/// Returns how the document of a route is rendered and published.
#[must_use]
pub fn info(route: &Route) -> RouteInfo<'_> {
    match route {
        Route::Agenda(filter) => page("agenda", move |on, language| {
            on.view(filter, language, |context, view| pages::agenda(context, view, None))
        }),
        Route::Month(filter, month) => RouteInfo {
            index_file: Some(format!("{month}.html").into()),
            ..page("agenda", move |on, language| {
                on.view(filter, language, |context, view| pages::agenda(context, view, Some(*month)))
            })
        },
        Route::Print(filter) => page("print", move |on, language| on.view(filter, language, pages::poster)),
        Route::Embed(filter) => RouteInfo {
            is_embeddable: true,
            ..page("embed", move |on, language| on.view(filter, language, pages::embed))
        },
        Route::Subscribe(filter) => {
            page("subscribe", move |on, language| on.view(filter, language, pages::subscribe))
        }
        Route::Event(id) => page("event", move |on, language| on.event_page(id, language)),
        Route::Articles(topic) => {
            page("articles", move |on, language| on.articles_page(topic.as_ref(), language))
        }
        Route::Article(slug) => page("articles", move |on, language| on.article_page(slug, language)),
        Route::Text(filter) => RouteInfo {
            cache_class: CacheClass::Page,
            ..file(PLAIN, move |on, language| on.view(filter, language, pages::text))
        },
        Route::Calendar(filter) => feed(CALENDAR, calendar_label(filter), move |on, _| on.calendar(filter)),
        Route::EventCalendar(id) => RouteInfo {
            is_announced: false,
            ..feed(CALENDAR, "event calendar", move |on, _| on.event_calendar(id))
        },
        Route::EventsFeed(format) => {
            feed(format.media_type(), "events feed", move |on, _| Ok(on.events_feed(*format)))
        }
        Route::ChangesFeed(tag, format) => {
            feed(format.media_type(), "changes", move |on, _| on.changes_feed(tag.as_ref(), *format))
        }
        Route::ArticlesFeed(topic, format) => {
            feed(format.media_type(), "articles feed", move |on, _| on.articles_feed(topic.as_ref(), *format))
        }
        Route::Asset(path) => RouteInfo {
            label: "articles",
            ..file(read::media_type(path).unwrap_or(PLAIN), move |on, _| on.asset(path))
        },
        Route::Stylesheet => file(CSS, |on, _| Ok(on.content(pages::stylesheet(&on.site().settings)))),
        Route::Script => file(JAVASCRIPT, |on, _| Ok(on.content(pages::SCRIPT))),
        Route::EmbedScript => file(JAVASCRIPT, |on, _| Ok(on.content(pages::EMBED_SCRIPT))),
        Route::Manifest => {
            file("application/manifest+json", |on, _| Ok(on.content(pages::manifest(&on.site().settings))))
        }
        Route::Favicon => file("image/svg+xml", |on, _| Ok(on.content(pages::favicon(&on.site().settings)))),
        Route::Robots => RouteInfo {
            cache_class: CacheClass::Page,
            ..file(PLAIN, |on, _| Ok(on.content(crawlers::robots(on.site()))))
        },
        Route::Sitemap => RouteInfo {
            cache_class: CacheClass::Page,
            ..file("application/xml", |on, _| Ok(on.content(on.sitemap())))
        },
    }
}

fn page<'r>(
    label: &'static str,
    render: impl Fn(&Snapshot, Language) -> Result<Rendered, NotFound> + 'r,
) -> RouteInfo<'r> {
    RouteInfo {
        cache_class: CacheClass::Page,
        label,
        index_file: Some(Cow::Borrowed("index.html")),
        ..file(HTML, render)
    }
}

fn feed<'r>(
    media_type: &'static str,
    label: &'static str,
    render: impl Fn(&Snapshot, Language) -> Result<Rendered, NotFound> + 'r,
) -> RouteInfo<'r> {
    RouteInfo { cache_class: CacheClass::Feed, label, is_announced: true, ..file(media_type, render) }
}

fn file<'r>(
    media_type: &'static str,
    render: impl Fn(&Snapshot, Language) -> Result<Rendered, NotFound> + 'r,
) -> RouteInfo<'r> {
    RouteInfo {
        media_type,
        cache_class: CacheClass::File,
        label: "file",
        index_file: None,
        is_announced: false,
        is_embeddable: false,
        render: Box::new(render),
    }
}

fn calendar_label(filter: &Filter) -> &'static str {
    match filter.single_tag() {
        Some((Facet::Region, _)) => "region calendar",
        Some((Facet::Topic, _)) => "topic calendar",
        None if *filter == Filter::everything() => "calendar",
        None => "filter calendar",
    }
}

impl Snapshot {
    /// Renders the document of a route, a page in a language.
    pub(super) fn render(&self, route: &Route, language: Language) -> Result<Document, NotFound> {
        let info = info(route);
        let rendered = (info.render)(self, language)?;
        let mut document = Document::new(info.media_type, info.cache_class, rendered);
        let settings = &self.site().settings;
        document.language = info.is_page().then(|| language.tag());
        if info.is_embeddable {
            let ancestors = std::iter::once("'self'").chain(settings.embed_from.iter().map(String::as_str));
            document.frame_ancestors = Some(ancestors.collect::<Vec<_>>().join(" "));
        }
        // W3C WebSub §4: a feed names its hub and its own address.
        if let Some(hub) = settings.hub.as_ref().filter(|_| info.is_announced) {
            let address = settings.url(&route.to_string());
            document.links = Some(format!("<{hub}>; rel=\"hub\", <{address}>; rel=\"self\""));
        }
        Ok(document)
    }

    /// Returns every route of the site except combinations of filters, which are unlimited.
    #[must_use]
    pub fn routes(&self) -> Vec<Route> {
        let mut routes: Vec<Route> = Vec::new();
        for filter in self.filters() {
            let tag = filter.single_tag().map(|(facet, path)| (facet, path.clone()));
            routes.extend(FeedFormat::ALL.map(|format| Route::ChangesFeed(tag.clone(), format)));
            routes.extend(Route::views(&filter));
        }
        for event in self.site().events() {
            routes.extend([Route::Event(event.id.clone()), Route::EventCalendar(event.id.clone())]);
        }
        let topics = self.site().tags(Facet::Topic).iter().map(|(path, _)| Some(path.clone()));
        for topic in std::iter::once(None).chain(topics) {
            routes.push(Route::Articles(topic.clone()));
            routes.extend(FeedFormat::ALL.map(|format| Route::ArticlesFeed(topic.clone(), format)));
        }
        routes.extend(FeedFormat::ALL.map(Route::EventsFeed));
        routes.extend(self.site().articles().iter().map(|article| Route::Article(article.slug.clone())));
        routes.extend(self.site().assets().keys().map(|path| Route::Asset(path.clone())));
        routes.extend(FILES);
        routes
    }

    /// Returns the filters for everything and for each region and topic.
    pub(super) fn filters(&self) -> Vec<Filter> {
        let mut filters = vec![Filter::everything()];
        for facet in Facet::ALL {
            filters.extend(self.site().tags(facet).iter().map(|(path, _)| Filter::tag(facet, path.clone())));
        }
        filters
    }

    /// Returns the feeds that differ from those of an earlier snapshot of the same site.
    #[must_use]
    pub fn changed_feeds(&self, previous: &Snapshot) -> Vec<Route> {
        let (old, new) = (previous.site(), self.site());
        let has_changed = |filter: &Filter| self.changed_of(filter) != previous.changed_of(filter);
        let mut routes = Vec::new();
        for filter in self.filters().into_iter().filter(has_changed) {
            let tag = filter.single_tag().map(|(facet, path)| (facet, path.clone()));
            routes.extend(FeedFormat::ALL.map(|format| Route::ChangesFeed(tag.clone(), format)));
            routes.push(Route::Calendar(filter));
        }
        if has_changed(&Filter::everything()) {
            routes.extend(FeedFormat::ALL.map(Route::EventsFeed));
        }
        if old.config_changed() != new.config_changed() || old.history.articles != new.history.articles {
            let topics = new.articles().iter().flat_map(|article| &article.topics);
            let topics: BTreeSet<TagPath> = topics.flat_map(|tag| tag.path.with_parents()).collect();
            for topic in std::iter::once(None).chain(topics.into_iter().map(Some)) {
                routes.extend(FeedFormat::ALL.map(|format| Route::ArticlesFeed(topic.clone(), format)));
            }
        }
        routes.retain(|route| self.renamed(route).is_none());
        routes
    }
}

/// Returns the filter for a tag, or for everything.
pub(super) fn tag_filter(tag: Option<&(Facet, TagPath)>) -> Filter {
    tag.map_or_else(Filter::everything, |(facet, path)| Filter::tag(*facet, path.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_name_the_kind_of_document() {
        for (address, label) in [
            ("/", "agenda"),
            ("/calendar.ics", "calendar"),
            ("/f/region=a;topic=b.ics", "filter calendar"),
            ("/topics/x/articles.rss", "articles feed"),
            ("/regions/usa/ohio.ics", "region calendar"),
            ("/regions/usa/changes.rss", "changes"),
            ("/events/ev1.ics", "event calendar"),
            ("/events.rss", "events feed"),
            ("/embed.js", "file"),
        ] {
            assert_eq!(info(&Route::parse(address, None).unwrap()).label, label, "{address}");
        }
    }
}
