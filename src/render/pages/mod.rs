//! The pages: compiled templates over views that are made here. A view holds words and addresses only, so
//! a template has nothing to decide but where they stand.

mod agenda;
mod article;
mod event;
mod subscribe;

pub use agenda::agenda;
pub use article::{article, articles};
pub use event::event;
pub use subscribe::subscribe;

use askama::Template;

use crate::model::filter::Filter;
use crate::model::route::{FeedFormat, Route};
use crate::model::settings::Settings;
use crate::model::site::Site;

/// The style sheet of all pages.
pub const STYLESHEET: &str = include_str!("style.css");

/// A link: what it says and where it goes.
#[derive(Debug)]
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
struct Frame {
    language: String,
    site_title: String,
    title: String,
    description: String,
    canonical: Option<String>,
    alternates: Vec<Alternate>,
    home: String,
    articles: Option<String>,
    subscribe: String,
    stylesheet: String,
    favicon: String,
    footer: Vec<Anchor>,
}

impl Frame {
    fn new(site: &Site, route: &Route, title: &str, description: &str) -> Frame {
        let settings = &site.settings;
        let everything = Filter::everything();
        let site_title = settings.title.clone();
        let title = if title.is_empty() { site_title.clone() } else { format!("{title} – {site_title}") };
        let mut alternates = Vec::new();
        if let Some(filter) = route.filter().filter(|filter| **filter != everything) {
            alternates.push(alternate_calendar(site, filter));
        }
        alternates.push(alternate_calendar(site, &everything));
        let tag = route.filter().and_then(Filter::single_tag).map(|(facet, path)| (facet, path.clone()));
        let mut feeds: Vec<Route> =
            vec![Route::EventsFeed(FeedFormat::Rss), Route::ChangesFeed(tag, FeedFormat::Rss)];
        if !site.articles().is_empty() {
            feeds.extend(FeedFormat::ALL.map(|format| Route::ArticlesFeed(None, format)));
        }
        if let Route::Articles(Some(topic)) = route {
            feeds.push(Route::ArticlesFeed(Some(topic.clone()), FeedFormat::Rss));
        }
        alternates.extend(feeds.iter().map(|feed| alternate_feed(settings, feed)));
        let local = |route: &Route| settings.local(&route.to_string());
        let footer = feeds.iter().map(|feed| Anchor { label: feed_label(feed), href: local(feed) });
        let calendar = Route::Calendar(everything.clone());
        let calendar = Anchor { label: "Calendar (iCalendar)".to_owned(), href: local(&calendar) };
        Frame {
            language: settings.language.clone(),
            site_title,
            title,
            description: if description.is_empty() {
                settings.description.clone()
            } else {
                description.to_owned()
            },
            canonical: settings.base_url.is_some().then(|| settings.whole(&route.to_string())),
            alternates,
            home: local(&Route::Agenda(everything.clone())),
            articles: (!site.articles().is_empty()).then(|| local(&Route::Articles(None))),
            subscribe: local(&Route::Subscribe(everything)),
            stylesheet: local(&Route::Stylesheet),
            favicon: local(&Route::Favicon),
            footer: std::iter::once(calendar).chain(footer).collect(),
        }
    }
}

fn alternate_calendar(site: &Site, filter: &Filter) -> Alternate {
    let href = site.settings.local(&Route::Calendar(filter.clone()).to_string());
    Alternate { title: site.calendar_name(filter), media_type: "text/calendar", href }
}

fn alternate_feed(settings: &Settings, route: &Route) -> Alternate {
    let media_type = match route {
        Route::EventsFeed(format) | Route::ChangesFeed(_, format) | Route::ArticlesFeed(_, format) => {
            format.media_type()
        }
        _ => "text/html",
    };
    let title = format!("{}: {}", settings.title, feed_label(route));
    Alternate { title, media_type, href: settings.local(&route.to_string()) }
}

fn feed_label(route: &Route) -> String {
    let (what, format) = match route {
        Route::EventsFeed(format) => ("Events", format),
        Route::ChangesFeed(None, format) => ("What changed", format),
        Route::ChangesFeed(Some(_), format) => ("What changed here", format),
        Route::ArticlesFeed(None, format) => ("Articles", format),
        Route::ArticlesFeed(Some(_), format) => ("Articles of this topic", format),
        _ => return String::new(),
    };
    let format = match format {
        FeedFormat::Rss => "RSS",
        FeedFormat::Atom => "Atom",
        FeedFormat::Json => "JSON",
    };
    format!("{what} ({format})")
}

fn render(template: &impl Template) -> String {
    let mut html = template.render().expect("a template writes to memory, which does not fail");
    if !html.ends_with('\n') {
        html.push('\n');
    }
    html
}
