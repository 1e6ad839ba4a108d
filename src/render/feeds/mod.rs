//! Feeds of articles, of upcoming events and of what changed: one neutral `Feed`, one file for each format.

mod atom;
mod json;
mod rss;

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::changes;
use crate::history::change::Change;
use crate::i18n::Localizer;
use crate::markdown::{self, Breaks};
use crate::model::article::Article;
use crate::model::event::Event;
use crate::model::filter::Filter;
use crate::model::route::{FeedFormat, Route};
use crate::model::tag::{Facet, TagPath};
use crate::model::when::When;
use crate::site::Site;
use crate::text;

/// The most upcoming events in their feed; the calendars hold all.
const MOST_EVENTS: usize = 200;

/// The most changes in their feed.
const MOST_CHANGES: usize = 200;

/// What a tag URI may hold as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'/');

/// A feed before it has a format.
#[derive(Debug)]
struct Feed {
    title: String,
    description: String,
    language: String,
    /// Whole address of the feed.
    address: String,
    /// Whole address of the page it belongs to.
    home: String,
    /// A name that stays when the address changes (RFC 4151).
    id: String,
    updated: Timestamp,
    /// Who tells subscribers that it changed (W3C WebSub).
    hub: Option<String>,
    items: Vec<Item>,
}

#[derive(Debug)]
struct Item {
    id: String,
    title: String,
    address: String,
    html: String,
    summary: String,
    published: Timestamp,
    updated: Timestamp,
    authors: Vec<String>,
    categories: Vec<String>,
    picture: Option<Picture>,
    source: Option<(String, Option<String>)>,
}

#[derive(Debug)]
struct Picture {
    address: String,
    media_type: &'static str,
    length: usize,
}

/// The feed of all articles, or of one topic's.
#[must_use]
pub fn articles(site: &Site, topic: Option<&TagPath>, format: FeedFormat) -> String {
    let settings = &site.settings;
    let items: Vec<Item> =
        site.articles_of(topic).into_iter().map(|article| article_item(site, article)).collect();
    let title = match topic {
        Some(topic) => format!("{}: {}", settings.title, site.tags(Facet::Topic).short_name(topic)),
        None => settings.title.clone(),
    };
    let route = Route::ArticlesFeed(topic.cloned(), format);
    let home = Route::Articles(topic.cloned());
    let title = format!("{title} – {}", Localizer::for_site(settings).title_articles);
    print(format, &feed(site, title, items, (&route, &home)))
}

/// The feed of upcoming events, the next first.
#[must_use]
pub fn events<'a>(site: &'a Site, today: Date, format: FeedFormat) -> String {
    let horizon = today.checked_add(2.years()).unwrap_or(today);
    let next = |event: &'a Arc<Event>| event.occurrences(today, horizon).into_iter().next();
    let shown = site.events().iter().filter(|event| !site.is_hidden(event, today));
    let mut upcoming: Vec<(When, &Event)> = shown.filter_map(next).collect();
    upcoming.sort_by_key(|(when, _)| when.first_day());
    upcoming.truncate(MOST_EVENTS);
    let l10n = Localizer::for_site(&site.settings);
    let items = upcoming.into_iter().map(|(when, event)| event_item(site, &l10n, event, &when)).collect();
    let title = format!("{} – {}", site.settings.title, l10n.title_events);
    let home = Route::Agenda(Filter::everything());
    print(format, &feed(site, title, items, (&Route::EventsFeed(format), &home)))
}

/// The feed of what happened to the events of a region or topic, or to all; the newest first.
#[must_use]
pub fn changes(site: &Site, tag: Option<&(Facet, TagPath)>, format: FeedFormat) -> String {
    let settings = &site.settings;
    let l10n = Localizer::for_site(settings);
    let item = |change| change_item(site, &l10n, change);
    let items = site.changes_of(tag).take(MOST_CHANGES).map(item).collect();
    let what = l10n.title_changes;
    let (title, filter) = match tag {
        Some((facet, path)) => {
            let name = site.tags(*facet).short_name(path);
            (format!("{}: {name} – {what}", settings.title), Filter::tag(*facet, path.clone()))
        }
        None => (format!("{} – {what}", settings.title), Filter::everything()),
    };
    let route = Route::ChangesFeed(tag.cloned(), format);
    print(format, &feed(site, title, items, (&route, &Route::Agenda(filter))))
}

fn print(format: FeedFormat, feed: &Feed) -> String {
    match format {
        FeedFormat::Rss => self::rss::print(feed),
        FeedFormat::Atom => atom::print(feed),
        FeedFormat::Json => json::print(feed),
    }
}

fn feed(site: &Site, title: String, items: Vec<Item>, (route, home): (&Route, &Route)) -> Feed {
    let settings = &site.settings;
    let updated = items.iter().map(|item| item.updated).max().unwrap_or(site.changed());
    let description =
        if settings.description.is_empty() { title.clone() } else { settings.description.clone() };
    Feed {
        title,
        description,
        language: settings.language.clone(),
        address: settings.whole(&route.to_string()),
        home: settings.whole(&home.to_string()),
        id: tag_uri(site, Timestamp::UNIX_EPOCH, home.to_string().trim_start_matches('/')),
        updated,
        hub: settings.hub.clone(),
        items,
    }
}

fn article_item(site: &Site, article: &Article) -> Item {
    let Article { slug, title, published, authors, summary, html, topics, picture, source, external } =
        article;
    let base = site.settings.whole("");
    let page = site.settings.whole(&Route::Article(slug.clone()).to_string());
    Item {
        id: tag_uri(site, *published, &format!("articles/{slug}")),
        title: title.clone(),
        address: external.as_ref().map_or(page, ToString::to_string),
        html: if html.trim().is_empty() {
            format!("<p>{}</p>", escape(summary))
        } else {
            markdown::with_base(html, &base)
        },
        summary: summary.clone(),
        published: *published,
        updated: site.article_changed(article).max(*published),
        authors: authors.clone(),
        categories: topics.iter().map(|tag| tag.name.to_string()).collect(),
        picture: picture.as_ref().and_then(|picture| {
            let asset = site.assets().get(picture.address.strip_prefix("/articles/")?)?;
            let address = format!("{base}{}", picture.address);
            Some(Picture { address, media_type: asset.media_type, length: asset.bytes.len() })
        }),
        source: source
            .as_ref()
            .map(|source| (source.name.clone(), source.link.as_ref().map(ToString::to_string))),
    }
}

fn event_item(site: &Site, l10n: &Localizer, event: &Event, next: &When) -> Item {
    let memory = site.history_of(event);
    let when = l10n.when(next);
    let mut html = format!("<p><strong>{}</strong></p>", escape(&when));
    if let Some(place) = event.place() {
        html.push_str(&format!("<p>{}</p>", escape(&place)));
    }
    if let Some(link) = &event.online_url {
        html.push_str(&format!("<p><a href=\"{}\">{}</a></p>", escape(link.as_str()), escape(l10n.join)));
    }
    let body = markdown::html(&event.description, Breaks::Hard, "/").unwrap_or_default();
    html.push_str(&markdown::with_base(&body, &site.settings.whole("")));
    let day = l10n.short_date(next.first_day());
    Item {
        id: tag_uri(site, memory.first, &format!("events/{}", event.id)),
        title: format!("{}{} ({day})", l10n.title_prefix(event.status), event.title),
        address: site.settings.whole(&Route::Event(event.id.clone()).to_string()),
        summary: text::excerpt(&format!("{when}. {}", markdown::text(&event.description)), 300),
        html,
        published: memory.first,
        updated: memory.changed,
        authors: event.organizer.iter().map(|party| party.in_words().into_owned()).collect(),
        categories: event.regions.iter().chain(&event.topics).map(|tag| tag.name.to_string()).collect(),
        picture: None,
        source: None,
    }
}

fn change_item(site: &Site, l10n: &Localizer, change: &Change) -> Item {
    let settings = &site.settings;
    let title = changes::sentence(l10n, change, &settings.zone);
    let event = site.event(&change.event);
    let route = match event {
        Some(event) => Route::Event(event.id.clone()),
        None => Route::Agenda(Filter::everything()),
    };
    let mut html = format!("<p>{}</p>", escape(&title));
    let mut summary = title.clone();
    if let Some(now) = changes::now(l10n, change) {
        html.push_str(&format!("<p>{}</p>", escape(&now)));
        summary = format!("{summary}. {now}");
    }
    let tags = change.snapshot().map(|event| event.regions.iter().chain(&event.topics));
    Item {
        id: tag_uri(site, change.at, &format!("changes/{}/{}", change.event, change.sequence)),
        title,
        address: settings.whole(&route.to_string()),
        html,
        summary: text::excerpt(&summary, 300),
        published: change.at,
        updated: change.at,
        authors: Vec::new(),
        categories: tags.into_iter().flatten().map(ToString::to_string).collect(),
        picture: None,
        source: None,
    }
}

/// `tag:example.org,2026:articles/…` (RFC 4151): stays the same when the site moves.
fn tag_uri(site: &Site, at: Timestamp, name: &str) -> String {
    let domain = site.history.site.as_ref().map_or("calcast.invalid", |memory| memory.uid_domain.as_str());
    let year = jiff::tz::TimeZone::UTC.to_datetime(at).year();
    format!("tag:{domain},{year}:{}", utf8_percent_encode(name, KEPT))
}

/// Plain text inside HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What a writer of XML wrote to memory, which cannot fail.
fn xml<E: std::fmt::Debug>(written: Result<Vec<u8>, E>) -> String {
    let mut text = String::from_utf8(written.expect("writing to memory does not fail"))
        .expect("XML is written as UTF-8");
    text.push('\n');
    text
}
