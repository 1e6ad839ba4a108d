//! HTML pages. Each file fills one view of plain strings and links, which its template in `templates/` lays out.

mod agenda;
mod article;
mod colour;
mod editor;
mod embed;
mod event;
mod filters;
mod grid;
mod linked_data;
mod links;
mod not_found;
mod pictures;
mod qr;
mod style;
mod subscribe;
pub mod timetable;
mod view;

use askama::Template;
use jiff::civil::Date;

pub use agenda::agenda;
pub use article::{article, articles};
pub use editor::{EditorView, LoadProblem, editor, editor_stylesheet};
pub use embed::{embed, poster, text};
pub use event::event;
pub use not_found::not_found;
pub use style::{EMBED_SCRIPT, SCRIPT, favicon, manifest, stylesheet};
pub use subscribe::subscribe;
pub use view::AgendaView;

use self::pictures::ShownPicture;
use crate::digest;
use crate::i18n::language::{is_right_to_left, primary_subtag};
use crate::i18n::{Localizer, fill};
use crate::model::article::Picture;
use crate::model::filter::Filter;
use crate::model::route::{FeedFormat, Route, essence};
use crate::model::settings::Settings;
use crate::site::Site;

/// Site, language and day that every page is rendered from.
#[derive(Clone, Copy, Debug)]
pub struct PageContext<'a> {
    /// The site.
    pub site: &'a Site,
    /// The language of the reader.
    pub l10n: &'a Localizer,
    /// The current day in the zone of the site.
    pub today: Date,
}

impl PageContext<'_> {
    fn href(&self, route: &Route) -> String {
        self.site.settings.href(&route.to_string())
    }

    fn url(&self, route: &Route) -> String {
        self.site.settings.url(&route.to_string())
    }

    /// Returns an address that changes with the content of its document, which may be cached for ever.
    fn versioned(&self, route: &Route, content: &str) -> String {
        format!("{}?v={}", self.href(route), digest::version(content.as_bytes()))
    }
}

/// A link.
#[derive(Clone, Debug)]
struct Anchor {
    label: String,
    href: String,
}

/// Head, header and footer of a page.
#[derive(Debug)]
struct Frame<'a> {
    l10n: &'a Localizer,
    /// The `lang` and `dir` attributes of texts by the author, where these are in another language than the page.
    foreign: String,
    /// The attributes of single texts by the author: `dir="auto"` where they are in the language of the page.
    content: String,
    site_title: String,
    title: String,
    description: String,
    canonical: Option<String>,
    /// The picture that other programs show beside a link to the page.
    picture: Option<String>,
    /// The feeds of the page for autodiscovery, with their media types.
    alternates: Vec<(Anchor, &'static str)>,
    home: String,
    articles: Option<String>,
    subscribe: String,
    /// The current item of the navigation.
    here: &'static str,
    stylesheet: String,
    script: String,
    favicon: String,
    manifest: String,
    accent: String,
    logo: Option<ShownPicture>,
    footer: Vec<Anchor>,
    /// When the events were last read.
    last_read: String,
    /// The address of this machine, which scripts replace by that of the page.
    local_base: Option<String>,
}

impl<'a> Frame<'a> {
    fn new(context: &PageContext<'a>, route: &Route, title: &str, description: &str) -> Frame<'a> {
        let PageContext { site, l10n, today } = *context;
        let settings = &site.settings;
        let everything = Filter::everything();
        let site_title = settings.title.clone();
        let foreign = foreign(settings, l10n);
        let feeds = feeds_of(site, route);
        let whole_calendar = Anchor {
            label: l10n.calendar_feed.to_owned(),
            href: context.href(&Route::Calendar(everything.clone())),
        };
        let feed = |route: &Route| Anchor { label: feed_label(l10n, route), href: context.href(route) };
        Frame {
            l10n,
            content: if foreign.is_empty() { " dir=\"auto\"".to_owned() } else { foreign.clone() },
            foreign,
            title: if title.is_empty() { site_title.clone() } else { format!("{title} – {site_title}") },
            site_title,
            description: if description.is_empty() { &settings.description } else { description }.to_owned(),
            canonical: (settings.base_url.is_some() && !settings.is_local).then(|| context.url(route)),
            picture: None,
            alternates: alternates(context, route, &feeds),
            home: context.href(&Route::Agenda(everything.clone())),
            articles: (!site.articles().is_empty()).then(|| context.href(&Route::Articles(None))),
            subscribe: context.href(&Route::Subscribe(everything)),
            here: match route {
                Route::Articles(_) | Route::Article(_) => "articles",
                Route::Subscribe(_) => "subscribe",
                _ => "events",
            },
            stylesheet: context.versioned(&Route::Stylesheet, &stylesheet(settings)),
            script: context.versioned(&Route::Script, SCRIPT),
            favicon: context.versioned(&Route::Favicon, &favicon(settings)),
            manifest: context.href(&Route::Manifest),
            accent: colour::Accents::new(&settings.color).light,
            logo: settings.logo.as_ref().and_then(|logo| logo_of(site, logo)),
            last_read: fill(l10n.last_read, &[("date", &l10n.date(last_read(site, today)))]),
            local_base: settings.is_local.then(|| settings.url("")),
            footer: std::iter::once(whole_calendar).chain(feeds.iter().map(feed)).collect(),
        }
    }
}

/// Returns the day on which all tables were last read: today, or when the first of them could not be read any more.
fn last_read(site: &Site, today: Date) -> Date {
    let since = site.history.tables.values().filter_map(|table| table.unreadable).min();
    since.map_or(today, |since| site.settings.zone.to_datetime(since).date().min(today))
}

/// Returns `lang` and `dir` of texts by the author, or nothing where they are in the language of the page.
fn foreign(settings: &Settings, l10n: &Localizer) -> String {
    let own: String = settings.language.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    if own.is_empty() || primary_subtag(&own).eq_ignore_ascii_case(primary_subtag(&l10n.tag)) {
        return String::new();
    }
    let direction = if is_right_to_left(&own) { "rtl" } else { "ltr" };
    format!(" lang=\"{own}\" dir=\"{direction}\"")
}

fn logo_of(site: &Site, path: &str) -> Option<ShownPicture> {
    site.assets().get(path)?;
    let address = Route::Asset(path.to_owned()).to_string();
    Some(pictures::shown(site, &Picture { address, alt: String::new() }))
}

/// Returns the feeds that belong to a page.
fn feeds_of(site: &Site, route: &Route) -> Vec<Route> {
    let filter = route.filter();
    let tag = filter.as_ref().and_then(Filter::single_tag).map(|(facet, path)| (facet, path.clone()));
    let mut feeds = vec![Route::EventsFeed(FeedFormat::Rss), Route::ChangesFeed(tag, FeedFormat::Rss)];
    if !site.articles().is_empty() {
        feeds.extend(FeedFormat::ALL.map(|format| Route::ArticlesFeed(None, format)));
    }
    if let Route::Articles(Some(topic)) = route {
        feeds.push(Route::ArticlesFeed(Some(topic.clone()), FeedFormat::Rss));
    }
    feeds
}

/// Returns the calendar of a page, that of the site, and the feeds.
fn alternates(context: &PageContext<'_>, route: &Route, feeds: &[Route]) -> Vec<(Anchor, &'static str)> {
    let PageContext { site, l10n, .. } = context;
    let everything = Filter::everything();
    let own = route.filter().filter(|filter| *filter != everything);
    let calendars = own.into_iter().chain([everything]).map(|filter| {
        let label = l10n.calendar_name(site, &filter);
        (Anchor { label, href: context.href(&Route::Calendar(filter)) }, "text/calendar")
    });
    let feeds = feeds.iter().map(|feed| {
        let label = format!("{}: {}", site.settings.title, feed_label(l10n, feed));
        (Anchor { label, href: context.href(feed) }, essence(feed_format(feed).media_type()))
    });
    calendars.chain(feeds).collect()
}

/// Returns the format of the route of a feed.
fn feed_format(route: &Route) -> FeedFormat {
    match route {
        Route::EventsFeed(format) | Route::ChangesFeed(_, format) | Route::ArticlesFeed(_, format) => *format,
        _ => FeedFormat::Rss,
    }
}

fn feed_label(l10n: &Localizer, route: &Route) -> String {
    let name = match route {
        Route::EventsFeed(_) => l10n.feed_events,
        Route::ChangesFeed(None, _) => l10n.feed_changes,
        Route::ChangesFeed(Some(_), _) => l10n.feed_changes_here,
        Route::ArticlesFeed(None, _) => l10n.feed_articles,
        Route::ArticlesFeed(Some(_), _) => l10n.feed_articles_here,
        _ => return String::new(),
    };
    format!("{name} ({})", feed_format(route).name())
}

fn render(template: &impl Template) -> String {
    let mut html = template.render().expect("a template writes to memory, which does not fail");
    if !html.ends_with('\n') {
        html.push('\n');
    }
    html
}
