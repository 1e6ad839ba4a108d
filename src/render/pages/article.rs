//! The list of articles, and the page of one.

use std::sync::Arc;

use askama::Template;

use super::links::EventEntry;
use super::pictures::{self, ShownPicture, shown};
use super::timetable::Timetable;
use super::{Anchor, Frame, PageContext, render};
use crate::i18n::fill;
use crate::model::article::Article;
use crate::model::event::Event;
use crate::model::route::{FeedFormat, Route};
use crate::model::tag::{Facet, Tag, TagPath};

/// Articles of a list that are shown with their picture, each of which is a request.
const PICTURES: usize = 5;
/// Events that are listed below an article.
const RELATED: usize = 3;

#[derive(Template)]
#[template(path = "articles.html", config = "src/render/pages/askama.toml")]
struct ArticleListPage<'a> {
    frame: Frame<'a>,
    heading: String,
    feeds: Vec<Anchor>,
    articles: Vec<Teaser>,
    topics: Vec<Anchor>,
}

/// An article in a list.
struct Teaser {
    href: String,
    title: String,
    day: String,
    summary: String,
    picture: Option<ShownPicture>,
    elsewhere: Option<String>,
}

/// Renders the list of all articles, or of those of a topic.
#[must_use]
pub fn articles(context: &PageContext<'_>, topic: Option<&TagPath>) -> String {
    let PageContext { site, l10n, .. } = *context;
    let heading = match topic {
        Some(topic) => fill(l10n.articles_about, &[("topic", site.tags(Facet::Topic).short_name(topic))]),
        None => l10n.articles.to_owned(),
    };
    let feed = |format: FeedFormat| Anchor {
        label: format.name().to_owned(),
        href: context.href(&Route::ArticlesFeed(topic.cloned(), format)),
    };
    let articles = site.articles_of(topic);
    let mut topics: Vec<&Arc<Tag>> = site.articles().iter().flat_map(|article| &article.topics).collect();
    topics.sort_by_key(|tag| (&tag.name, &tag.path));
    topics.dedup_by_key(|tag| (&tag.name, &tag.path));
    render(&ArticleListPage {
        frame: Frame::new(context, &Route::Articles(topic.cloned()), &heading, ""),
        heading,
        feeds: FeedFormat::ALL.map(feed).into(),
        articles: articles.iter().enumerate().map(|(n, article)| teaser(context, article, n)).collect(),
        topics: topics.into_iter().map(|tag| topic_link(context, tag)).collect(),
    })
}

/// Returns a link to the articles of a topic.
fn topic_link(context: &PageContext<'_>, topic: &Tag) -> Anchor {
    let href = context.href(&Route::Articles(Some(topic.path.clone())));
    Anchor { label: topic.name.to_string(), href }
}

fn teaser(context: &PageContext<'_>, article: &Article, index: usize) -> Teaser {
    let PageContext { site, l10n, .. } = context;
    let picture = article.picture.as_ref().filter(|_| index < PICTURES);
    Teaser {
        href: context.href(&Route::Article(article.slug.clone())),
        title: article.title.clone(),
        day: l10n.day_of(article.published, &site.settings.zone),
        summary: article.summary.clone(),
        picture: picture.map(|picture| shown(site, picture)),
        elsewhere: article.external.as_ref().map(|link| fill(l10n.elsewhere, &[("host", link.host())])),
    }
}

#[derive(Template)]
#[template(path = "article.html", config = "src/render/pages/askama.toml")]
struct ArticlePage<'a> {
    frame: Frame<'a>,
    title: String,
    day: String,
    iso: String,
    authors: String,
    picture: Option<ShownPicture>,
    summary: String,
    html: String,
    source: Option<Anchor>,
    external: Option<Anchor>,
    topics: Vec<Anchor>,
    events: Vec<EventEntry>,
    list: String,
}

/// Renders the page of one article.
#[must_use]
pub fn article(context: &PageContext<'_>, article: &Article, timetable: &Timetable) -> String {
    let Article { slug, title, published, authors, summary, html, topics, picture, source, external } =
        article;
    let PageContext { site, l10n, .. } = *context;
    let picture = picture.as_ref().map(|picture| shown(site, picture));
    let shared = picture.as_ref().map(|picture| match picture.address.starts_with('/') {
        true => site.settings.url(picture.address.trim_start_matches(&site.settings.href(""))),
        false => picture.address.clone(),
    });
    let frame = Frame::new(context, &Route::Article(slug.clone()), title, summary);
    render(&ArticlePage {
        frame: Frame { picture: shared, ..frame },
        title: title.clone(),
        day: l10n.day_of(*published, &site.settings.zone),
        iso: site.settings.zone.to_datetime(*published).date().to_string(),
        authors: authors.join(", "),
        picture,
        summary: if html.trim().is_empty() { summary.clone() } else { String::new() },
        html: pictures::complete_html(site, html),
        source: source.as_ref().map(|source| Anchor {
            label: fill(l10n.first_published, &[("source", &source.name)]),
            href: source.link.as_ref().map(ToString::to_string).unwrap_or_default(),
        }),
        external: external.as_ref().map(|link| Anchor {
            label: fill(l10n.read_at, &[("host", link.host())]),
            href: link.to_string(),
        }),
        topics: topics.iter().map(|tag| topic_link(context, tag)).collect(),
        events: related(context, article, timetable),
        list: context.href(&Route::Articles(None)),
    })
}

/// Returns the next events of an article's topics, each once.
fn related(context: &PageContext<'_>, article: &Article, timetable: &Timetable) -> Vec<EventEntry> {
    let PageContext { site, l10n, today } = *context;
    let is_about = |tag: &Arc<Tag>| article.topics.iter().any(|topic| topic.path.includes(&tag.path));
    let mut seen: Vec<u32> = Vec::new();
    let mut entries = Vec::new();
    for occurrence in timetable.since(today) {
        let event: &Event = &site.events()[occurrence.event as usize];
        if entries.len() == RELATED {
            break;
        }
        if seen.contains(&occurrence.event) || !event.topics.iter().any(is_about) {
            continue;
        }
        seen.push(occurrence.event);
        let resolved = occurrence.resolve(site).filter(|(_, event)| !event.status.is_off());
        entries.extend(resolved.map(|(when, event)| EventEntry::new(context, event, l10n.when(&when))));
    }
    entries
}
