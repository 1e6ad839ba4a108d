//! The list of articles, and the page of one.

use askama::Template;

use super::links::Entry;
use super::pictures::{self, Shown, shown};
use super::timetable::Timetable;
use super::{Anchor, Frame, PageContext, format_name, render};
use crate::i18n::fill;
use crate::model::article::Article;
use crate::model::route::{FeedFormat, Route};
use crate::model::tag::{Facet, TagPath};

/// How many articles of a list have their picture there: each is another request.
const PICTURES: usize = 5;
/// How many events are named beside an article.
const RELATED: usize = 3;

#[derive(Template)]
#[template(path = "articles.html", config = "src/render/pages/askama.toml")]
struct ListPage<'a> {
    frame: Frame<'a>,
    heading: String,
    feeds: Vec<Anchor>,
    articles: Vec<Teaser>,
    topics: Vec<Anchor>,
}

struct Teaser {
    href: String,
    title: String,
    day: String,
    summary: String,
    picture: Option<Shown>,
    elsewhere: Option<String>,
}

/// The list of all articles, or of one topic's.
#[must_use]
pub fn articles(paper: &PageContext<'_>, topic: Option<&TagPath>) -> String {
    let PageContext { site, l10n, .. } = *paper;
    let heading = match topic {
        Some(topic) => fill(l10n.articles_about, &[("topic", site.tags(Facet::Topic).short_name(topic))]),
        None => l10n.articles.to_owned(),
    };
    let feed = |format: FeedFormat| Anchor {
        label: format_name(format).to_owned(),
        href: paper.local(&Route::ArticlesFeed(topic.cloned(), format)),
    };
    render(&ListPage {
        frame: Frame::new(paper, &Route::Articles(topic.cloned()), &heading, ""),
        heading,
        feeds: FeedFormat::ALL.map(feed).into(),
        articles: site
            .articles_of(topic)
            .iter()
            .enumerate()
            .map(|(n, article)| teaser(paper, article, n))
            .collect(),
        topics: topics(paper),
    })
}

/// The topics that articles have, each with the list of its own.
fn topics(paper: &PageContext<'_>) -> Vec<Anchor> {
    let tags = paper.site.articles().iter().flat_map(|article| &article.topics);
    let mut topics: Vec<(&str, Route)> =
        tags.map(|tag| (&*tag.name, Route::Articles(Some(tag.path.clone())))).collect();
    topics.sort();
    topics.dedup();
    topics
        .into_iter()
        .map(|(name, route)| Anchor { label: name.to_owned(), href: paper.local(&route) })
        .collect()
}

fn teaser(paper: &PageContext<'_>, article: &Article, place: usize) -> Teaser {
    let PageContext { site, l10n, .. } = paper;
    Teaser {
        href: paper.local(&Route::Article(article.slug.clone())),
        title: article.title.clone(),
        day: l10n.day_of(article.published, &site.settings.zone),
        summary: article.summary.clone(),
        picture: article.picture.as_ref().filter(|_| place < PICTURES).map(|picture| shown(site, picture)),
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
    picture: Option<Shown>,
    summary: String,
    html: String,
    source: Option<Anchor>,
    external: Option<Anchor>,
    topics: Vec<Anchor>,
    events: Vec<Entry>,
    list: String,
}

/// The page of one article.
#[must_use]
pub fn article(paper: &PageContext<'_>, article: &Article, timetable: &Timetable) -> String {
    let Article { slug, title, published, authors, summary, html, topics, picture, source, external } =
        article;
    let PageContext { site, l10n, .. } = *paper;
    let picture = picture.as_ref().map(|picture| shown(site, picture));
    let shared = picture.as_ref().map(|picture| match picture.address.starts_with('/') {
        true => site.settings.whole(picture.address.trim_start_matches(&site.settings.local(""))),
        false => picture.address.clone(),
    });
    let is_short = html.trim().is_empty();
    render(&ArticlePage {
        frame: Frame::new(paper, &Route::Article(slug.clone()), title, summary).with_picture(shared),
        title: title.clone(),
        day: l10n.day_of(*published, &site.settings.zone),
        iso: site.settings.zone.to_datetime(*published).date().to_string(),
        authors: authors.join(", "),
        picture,
        summary: if is_short { summary.clone() } else { String::new() },
        html: pictures::dressed(site, html),
        source: source.as_ref().map(|source| Anchor {
            label: fill(l10n.first_published, &[("source", &source.name)]),
            href: source.link.as_ref().map(ToString::to_string).unwrap_or_default(),
        }),
        external: external.as_ref().map(|link| Anchor {
            label: fill(l10n.read_at, &[("host", link.host())]),
            href: link.to_string(),
        }),
        topics: topics
            .iter()
            .map(|tag| Anchor {
                label: tag.name.to_string(),
                href: paper.local(&Route::Articles(Some(tag.path.clone()))),
            })
            .collect(),
        events: related(paper, article, timetable),
        list: paper.local(&Route::Articles(None)),
    })
}

/// What takes place soon about the same.
fn related(paper: &PageContext<'_>, article: &Article, timetable: &Timetable) -> Vec<Entry> {
    let PageContext { site, l10n, today } = *paper;
    let mut seen: Vec<u32> = Vec::new();
    let is_about = |event: u32| {
        let tags = site.events().get(event as usize).map(|event| &event.topics[..]).unwrap_or_default();
        tags.iter().any(|tag| article.topics.iter().any(|topic| topic.path.includes(&tag.path)))
    };
    timetable
        .since(today)
        .filter(|slot| {
            let is_new = !seen.contains(&slot.event) && is_about(slot.event);
            if is_new {
                seen.push(slot.event);
            }
            is_new
        })
        .filter_map(|slot| slot.of(site))
        .filter(|(_, event)| !event.status.is_off())
        .take(RELATED)
        .map(|(when, event)| Entry::new(paper, event, l10n.when(&when)))
        .collect()
}
