//! Feeds of articles, upcoming events and changes. A `Feed` has no format; each format is one file.

mod atom;
mod editor;
mod json;
mod rss;

pub use editor::errors;
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

/// The most upcoming events in their feed; the calendars have all.
const MAX_EVENTS: usize = 200;

/// The most changes in their feed.
const MAX_CHANGES: usize = 200;

/// Characters of a tag URI that need no escape.
const TAG_URI_ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'/');

/// A feed without a format.
#[derive(Debug)]
struct Feed {
    title: String,
    description: String,
    language: String,
    /// Whole address of the feed.
    address: String,
    /// Whole address of its page.
    home: String,
    /// A tag URI (RFC 4151), which is independent of the address.
    id: String,
    updated: Timestamp,
    /// Address of the hub that notifies subscribers (W3C WebSub).
    hub: Option<String>,
    items: Vec<FeedItem>,
}

/// An article, event or change in a feed.
#[derive(Debug, Default)]
struct FeedItem {
    id: String,
    title: String,
    address: String,
    html: String,
    summary: String,
    published: Timestamp,
    updated: Timestamp,
    authors: Vec<String>,
    categories: Vec<String>,
    picture: Option<FeedPicture>,
    /// Name and address of where it was first published.
    source: Option<(String, Option<String>)>,
}

/// A picture beside an item.
#[derive(Debug)]
struct FeedPicture {
    address: String,
    media_type: &'static str,
    length: usize,
}

/// Renders the feed of all articles, or of those of a topic.
#[must_use]
pub fn articles(site: &Site, topic: Option<&TagPath>, format: FeedFormat) -> String {
    let l10n = Localizer::for_site(&site.settings);
    let title = title(site, topic.map(|topic| (Facet::Topic, topic)), l10n.title_articles);
    let items = site.articles_of(topic).into_iter().map(|article| article_item(site, article)).collect();
    let route = Route::ArticlesFeed(topic.cloned(), format);
    print(format, &feed(site, title, items, &route, &Route::Articles(topic.cloned())))
}

/// Renders the feed of upcoming events, the next first.
#[must_use]
pub fn events(site: &Site, today: Date, format: FeedFormat) -> String {
    let l10n = Localizer::for_site(&site.settings);
    let horizon = today.checked_add(2.years()).unwrap_or(today);
    let visible = site.events().iter().filter(|event| !site.is_hidden(event, today));
    let next = visible.filter_map(|event| event.occurrences(today, horizon).into_iter().next());
    let mut upcoming: Vec<(When, &Event)> = next.collect();
    upcoming.sort_by_key(|(when, _)| when.first_day());
    upcoming.truncate(MAX_EVENTS);
    let items = upcoming.into_iter().map(|(when, event)| event_item(site, &l10n, event, &when)).collect();
    let title = title(site, None, l10n.title_events);
    let home = Route::Agenda(Filter::everything());
    print(format, &feed(site, title, items, &Route::EventsFeed(format), &home))
}

/// Renders the feed of changes to all events, or to those of a tag, the newest first.
#[must_use]
pub fn changes(site: &Site, tag: Option<&(Facet, TagPath)>, format: FeedFormat) -> String {
    let l10n = Localizer::for_site(&site.settings);
    let title = title(site, tag.map(|(facet, path)| (*facet, path)), l10n.title_changes);
    let changes = site.changes_of(tag).take(MAX_CHANGES);
    let items = changes.map(|change| change_item(site, &l10n, change)).collect();
    let filter = tag.map_or_else(Filter::everything, |(facet, path)| Filter::tag(*facet, path.clone()));
    let route = Route::ChangesFeed(tag.cloned(), format);
    print(format, &feed(site, title, items, &route, &Route::Agenda(filter)))
}

/// Returns `Sample: Illinois – changes`.
fn title(site: &Site, tag: Option<(Facet, &TagPath)>, kind: &str) -> String {
    let title = &site.settings.title;
    match tag {
        Some((facet, path)) => format!("{title}: {} – {kind}", site.tags(facet).short_name(path)),
        None => format!("{title} – {kind}"),
    }
}

fn print(format: FeedFormat, feed: &Feed) -> String {
    match format {
        FeedFormat::Rss => self::rss::print(feed),
        FeedFormat::Atom => atom::print(feed),
        FeedFormat::Json => json::print(feed),
    }
}

fn feed(site: &Site, title: String, items: Vec<FeedItem>, route: &Route, home: &Route) -> Feed {
    let settings = &site.settings;
    let updated = items.iter().map(|item| item.updated).max().unwrap_or(site.changed());
    let description =
        if settings.description.is_empty() { title.clone() } else { settings.description.clone() };
    Feed {
        title,
        description,
        language: settings.language.clone(),
        address: settings.url(&route.to_string()),
        home: settings.url(&home.to_string()),
        id: tag_uri(site, Timestamp::UNIX_EPOCH, home.to_string().trim_start_matches('/')),
        updated,
        hub: settings.hub.clone(),
        items,
    }
}

fn article_item(site: &Site, article: &Article) -> FeedItem {
    let Article { slug, title, published, authors, summary, html, topics, picture, source, external } =
        article;
    let base = site.settings.url("");
    let page = site.settings.url(&Route::Article(slug.clone()).to_string());
    FeedItem {
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
            Some(FeedPicture { address, media_type: asset.media_type, length: asset.bytes.len() })
        }),
        source: source
            .as_ref()
            .map(|source| (source.name.clone(), source.link.as_ref().map(ToString::to_string))),
    }
}

fn event_item(site: &Site, l10n: &Localizer, event: &Event, next: &When) -> FeedItem {
    let history = site.history_of(event);
    let when = l10n.when(next);
    let mut html = format!("<p><strong>{}</strong></p>", escape(&when));
    if let Some(place) = event.place() {
        html.push_str(&format!("<p>{}</p>", escape(&place)));
    }
    if let Some(link) = &event.online_url {
        html.push_str(&format!("<p><a href=\"{}\">{}</a></p>", escape(link.as_str()), escape(l10n.join)));
    }
    let body = markdown::html_or_text(&event.description, Breaks::Hard, "/");
    html.push_str(&markdown::with_base(&body, &site.settings.url("")));
    let day = l10n.short_date(next.first_day());
    FeedItem {
        id: tag_uri(site, history.first, &format!("events/{}", event.id)),
        title: format!("{}{} ({day})", l10n.title_prefix(event.status), event.title),
        address: site.settings.url(&Route::Event(event.id.clone()).to_string()),
        summary: text::excerpt(&format!("{when}. {}", markdown::text(&event.description)), 300),
        html,
        published: history.first,
        updated: history.changed,
        authors: event.organizer.iter().map(|contact| contact.in_words().into_owned()).collect(),
        categories: event.regions.iter().chain(&event.topics).map(|tag| tag.name.to_string()).collect(),
        ..FeedItem::default()
    }
}

fn change_item(site: &Site, l10n: &Localizer, change: &Change) -> FeedItem {
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
    let tags = change.latest().map(|event| event.regions.iter().chain(&event.topics));
    FeedItem {
        id: tag_uri(site, change.at, &format!("changes/{}/{}", change.event, change.sequence)),
        title,
        address: settings.url(&route.to_string()),
        html,
        summary: text::excerpt(&summary, 300),
        published: change.at,
        updated: change.at,
        categories: tags.into_iter().flatten().map(|tag| tag.name.to_string()).collect(),
        ..FeedItem::default()
    }
}

/// Returns `tag:example.org,2026:articles/…` (RFC 4151): stays the same when the site moves.
fn tag_uri(site: &Site, at: Timestamp, name: &str) -> String {
    let domain = site.uid_domain();
    let year = jiff::tz::TimeZone::UTC.to_datetime(at).year();
    format!("tag:{domain},{year}:{}", utf8_percent_encode(name, TAG_URI_ESCAPED))
}

/// Escapes text for HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Returns the text of an XML document that was written to memory, which cannot fail.
fn xml<E: std::fmt::Debug>(written: Result<Vec<u8>, E>) -> String {
    let mut text = String::from_utf8(written.expect("writing to memory does not fail"))
        .expect("XML is written as UTF-8");
    text.push('\n');
    text
}
