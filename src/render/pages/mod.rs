//! The pages: compiled templates over views that are made here. A view holds l10n and addresses only, so
//! a template has nothing to decide but where they stand.

mod agenda;
mod article;
mod colour;
mod elsewhere;
mod event;
mod grid;
mod linked_data;
mod links;
mod pictures;
mod problem;
mod qr;
mod style;
mod subscribe;
pub mod timetable;

use askama::Template;
use jiff::civil::Date;

pub use agenda::{AgendaView, agenda};
pub use article::{article, articles};
pub use elsewhere::{embed, poster, text};
pub use event::event;
pub use problem::problem;
pub use style::{EMBED_SCRIPT, SCRIPT, favicon, manifest, stylesheet};
pub use subscribe::subscribe;

use self::pictures::Shown;
use crate::digest;
use crate::i18n::Localizer;
use crate::i18n::language;
use crate::model::article::Picture;
use crate::model::filter::Filter;
use crate::model::route::{FeedFormat, Route};
use crate::model::settings::Settings;
use crate::site::Site;

/// What every page is made of: a site, the l10n of a language, a day.
#[derive(Clone, Copy, Debug)]
pub struct PageContext<'a> {
    /// The site.
    pub site: &'a Site,
    /// The l10n of the reader's language.
    pub l10n: &'a Localizer,
    /// The day that is today.
    pub today: Date,
}

impl PageContext<'_> {
    fn local(&self, route: &Route) -> String {
        self.site.settings.local(&route.to_string())
    }

    fn whole(&self, route: &Route) -> String {
        self.site.settings.whole(&route.to_string())
    }
}

/// A link: what it says and where it goes.
#[derive(Clone, Debug)]
struct Anchor {
    label: String,
    href: String,
}

/// A feed that belongs to a page, for autodiscovery.
#[derive(Debug)]
struct Alternate {
    title: String,
    media_type: &'static str,
    href: String,
}

/// What every page has around its content.
#[derive(Debug)]
struct Frame<'a> {
    l10n: &'a Localizer,
    /// Attributes of what the site's author wrote, where that is in another language than the page.
    foreign: String,
    /// The same of single texts, which say their direction themselves where the language is that of the page.
    content: String,
    site_title: String,
    title: String,
    description: String,
    canonical: Option<String>,
    picture: Option<String>,
    alternates: Vec<Alternate>,
    home: String,
    articles: Option<String>,
    subscribe: String,
    here: &'static str,
    stylesheet: String,
    script: String,
    favicon: String,
    manifest: String,
    accent: String,
    logo: Option<Shown>,
    footer: Vec<Anchor>,
}

impl<'a> Frame<'a> {
    fn new(paper: &PageContext<'a>, route: &Route, title: &str, description: &str) -> Frame<'a> {
        let PageContext { site, l10n, .. } = *paper;
        let settings = &site.settings;
        let everything = Filter::everything();
        let site_title = settings.title.clone();
        let title = if title.is_empty() { site_title.clone() } else { format!("{title} – {site_title}") };
        let feeds = feeds_of(site, route);
        let mut alternates = Vec::new();
        if let Some(filter) = route.filter().filter(|filter| **filter != everything) {
            alternates.push(alternate_calendar(paper, filter));
        }
        alternates.push(alternate_calendar(paper, &everything));
        alternates.extend(feeds.iter().map(|feed| alternate_feed(paper, feed)));
        let footer =
            feeds.iter().map(|feed| Anchor { label: feed_label(l10n, feed), href: paper.local(feed) });
        let calendar = Route::Calendar(everything.clone());
        let calendar = Anchor { label: l10n.calendar_feed.to_owned(), href: paper.local(&calendar) };
        let style = stylesheet(settings);
        let versioned = |route: &Route, content: &str| {
            format!("{}?v={}", paper.local(route), digest::version(content.as_bytes()))
        };
        Frame {
            l10n,
            content: content(settings, l10n),
            foreign: foreign(settings, l10n),
            site_title,
            title,
            description: if description.is_empty() {
                settings.description.clone()
            } else {
                description.to_owned()
            },
            canonical: settings.base_url.is_some().then(|| paper.whole(route)),
            picture: None,
            alternates,
            home: paper.local(&Route::Agenda(everything.clone())),
            articles: (!site.articles().is_empty()).then(|| paper.local(&Route::Articles(None))),
            subscribe: paper.local(&Route::Subscribe(everything)),
            here: section(route),
            stylesheet: versioned(&Route::Stylesheet, &style),
            script: versioned(&Route::Script, SCRIPT),
            favicon: versioned(&Route::Favicon, &favicon(settings)),
            manifest: paper.local(&Route::Manifest),
            accent: colour::Accents::of(&settings.color).light,
            logo: settings.logo.as_ref().and_then(|logo| logo_of(site, logo)),
            footer: std::iter::once(calendar).chain(footer).collect(),
        }
    }

    /// The same with the picture that others show beside a link to it.
    fn with_picture(self, picture: Option<String>) -> Frame<'a> {
        Frame { picture, ..self }
    }
}

/// The part of the site that a page belongs to.
fn section(route: &Route) -> &'static str {
    match route {
        Route::Articles(_) | Route::Article(_) => "articles",
        Route::Subscribe(_) => "subscribe",
        _ => "events",
    }
}

/// `lang` and `dir` of what the author wrote, where readers and voices must know that it is another language.
fn foreign(settings: &Settings, l10n: &Localizer) -> String {
    let own: String = settings.language.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    if own.is_empty() || primary(&own) == primary(&l10n.tag) {
        return String::new();
    }
    let direction = if language::is_right_to_left(&own) { "rtl" } else { "ltr" };
    format!(" lang=\"{own}\" dir=\"{direction}\"")
}

fn content(settings: &Settings, l10n: &Localizer) -> String {
    let foreign = foreign(settings, l10n);
    if foreign.is_empty() { " dir=\"auto\"".to_owned() } else { foreign }
}

fn logo_of(site: &Site, path: &str) -> Option<Shown> {
    site.assets().get(path)?;
    let address = Route::Asset(path.to_owned()).to_string();
    Some(pictures::shown(site, &Picture { address, alt: String::new() }))
}

fn feeds_of(site: &Site, route: &Route) -> Vec<Route> {
    let tag = route.filter().and_then(Filter::single_tag).map(|(facet, path)| (facet, path.clone()));
    let mut feeds = vec![Route::EventsFeed(FeedFormat::Rss), Route::ChangesFeed(tag, FeedFormat::Rss)];
    if !site.articles().is_empty() {
        feeds.extend(FeedFormat::ALL.map(|format| Route::ArticlesFeed(None, format)));
    }
    if let Route::Articles(Some(topic)) = route {
        feeds.push(Route::ArticlesFeed(Some(topic.clone()), FeedFormat::Rss));
    }
    feeds
}

fn alternate_calendar(paper: &PageContext<'_>, filter: &Filter) -> Alternate {
    let href = paper.local(&Route::Calendar(filter.clone()));
    Alternate { title: paper.l10n.calendar_name(paper.site, filter), media_type: "text/calendar", href }
}

fn alternate_feed(paper: &PageContext<'_>, route: &Route) -> Alternate {
    let media_type = match route {
        Route::EventsFeed(format) | Route::ChangesFeed(_, format) | Route::ArticlesFeed(_, format) => {
            format.media_type()
        }
        _ => "text/html",
    };
    let title = format!("{}: {}", paper.site.settings.title, feed_label(paper.l10n, route));
    Alternate { title, media_type, href: paper.local(route) }
}

fn feed_label(l10n: &Localizer, route: &Route) -> String {
    let (what, format) = match route {
        Route::EventsFeed(format) => (l10n.feed_events, format),
        Route::ChangesFeed(None, format) => (l10n.feed_changes, format),
        Route::ChangesFeed(Some(_), format) => (l10n.feed_changes_here, format),
        Route::ArticlesFeed(None, format) => (l10n.feed_articles, format),
        Route::ArticlesFeed(Some(_), format) => (l10n.feed_articles_here, format),
        _ => return String::new(),
    };
    format!("{what} ({})", format_name(*format))
}

fn format_name(format: FeedFormat) -> &'static str {
    match format {
        FeedFormat::Rss => "RSS",
        FeedFormat::Atom => "Atom",
        FeedFormat::Json => "JSON",
    }
}

fn render(template: &impl Template) -> String {
    let mut html = template.render().expect("a template writes to memory, which does not fail");
    if !html.ends_with('\n') {
        html.push('\n');
    }
    html
}
