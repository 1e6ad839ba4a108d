//! The list of articles, and the page of one.

use askama::Template;

use super::{Anchor, Frame, render};
use crate::model::article::{Article, Picture};
use crate::model::route::{FeedFormat, Route};
use crate::model::site::Site;
use crate::model::tag::{Facet, TagPath};
use crate::render::words;

#[derive(Template)]
#[template(path = "articles.html", config = "src/render/pages/askama.toml")]
struct ListPage {
    frame: Frame,
    heading: String,
    feeds: Vec<Anchor>,
    articles: Vec<Teaser>,
}

struct Teaser {
    href: String,
    title: String,
    day: String,
    summary: String,
    picture: Option<Picture>,
    elsewhere: Option<String>,
}

/// The list of all articles, or of one topic's.
#[must_use]
pub fn articles(site: &Site, topic: Option<&TagPath>) -> String {
    let heading = match topic {
        Some(topic) => format!("Articles: {}", site.tags(Facet::Topic).short_name(topic)),
        None => "Articles".to_owned(),
    };
    let feeds = [("RSS", FeedFormat::Rss), ("Atom", FeedFormat::Atom), ("JSON Feed", FeedFormat::Json)];
    render(&ListPage {
        frame: Frame::new(site, &Route::Articles(topic.cloned()), &heading, ""),
        heading,
        feeds: feeds
            .into_iter()
            .map(|(label, format)| Anchor {
                label: label.to_owned(),
                href: site.settings.local(&Route::ArticlesFeed(topic.cloned(), format).to_string()),
            })
            .collect(),
        articles: site.articles_of(topic).into_iter().map(|article| teaser(site, article)).collect(),
    })
}

fn teaser(site: &Site, article: &Article) -> Teaser {
    Teaser {
        href: site.settings.local(&Route::Article(article.slug.clone()).to_string()),
        title: article.title.clone(),
        day: words::day(article.published, &site.settings.zone),
        summary: article.summary.clone(),
        picture: picture(site, article),
        elsewhere: article.external.as_ref().map(|link| link.host().to_owned()),
    }
}

/// The lead picture with an address that works where the site has a path before its addresses.
fn picture(site: &Site, article: &Article) -> Option<Picture> {
    let Picture { address, alt } = article.picture.as_ref()?;
    let address = if address.starts_with('/') { site.settings.local(address) } else { address.clone() };
    Some(Picture { address, alt: alt.clone() })
}

#[derive(Template)]
#[template(path = "article.html", config = "src/render/pages/askama.toml")]
struct ArticlePage {
    frame: Frame,
    title: String,
    day: String,
    authors: String,
    picture: Option<Picture>,
    summary: String,
    html: String,
    source: Option<Anchor>,
    external: Option<Anchor>,
    topics: Vec<Anchor>,
    list: String,
}

/// The page of one article.
#[must_use]
pub fn article(site: &Site, article: &Article) -> String {
    let Article { slug, title, published, authors, summary, html, topics, picture: _, source, external } =
        article;
    let settings = &site.settings;
    let base = settings.local("");
    render(&ArticlePage {
        frame: Frame::new(site, &Route::Article(slug.clone()), title, summary),
        title: title.clone(),
        day: words::day(*published, &settings.zone),
        authors: authors.join(", "),
        picture: picture(site, article),
        summary: summary.clone(),
        html: crate::markdown::with_base(html, &base),
        source: source.as_ref().map(|source| Anchor {
            label: source.name.clone(),
            href: source.link.as_ref().map(ToString::to_string).unwrap_or_default(),
        }),
        external: external
            .as_ref()
            .map(|link| Anchor { label: link.host().to_owned(), href: link.to_string() }),
        topics: topics
            .iter()
            .map(|tag| Anchor {
                label: tag.name.to_string(),
                href: settings.local(&Route::Articles(Some(tag.path.clone())).to_string()),
            })
            .collect(),
        list: settings.local(&Route::Articles(None).to_string()),
    })
}
