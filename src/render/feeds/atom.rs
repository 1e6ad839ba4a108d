//! Atom 1.0 (RFC 4287).

use atom_syndication::{Category, Content, Entry, FixedDateTime, Generator, Link, Person, Text};
use jiff::Timestamp;

use super::{Feed, FeedItem};
use crate::model::route::{FeedFormat, essence};

pub(super) fn print(feed: &Feed) -> String {
    let document = atom_syndication::Feed {
        title: Text::plain(feed.title.clone()),
        subtitle: Some(Text::plain(feed.description.clone())),
        id: feed.id.clone(),
        updated: date(feed.updated),
        lang: Some(feed.language.clone()),
        generator: Some(Generator { value: "calcast".to_owned(), ..Generator::default() }),
        // RFC 4287 §4.1.1: a feed has an author unless each of its entries has one.
        authors: vec![Person { name: feed.title.clone(), ..Person::default() }],
        links: [
            link(&feed.address, "self", Some(essence(FeedFormat::Atom.media_type()))),
            link(&feed.home, "alternate", Some("text/html")),
        ]
        .into_iter()
        .chain(feed.hub.iter().map(|hub| link(hub, "hub", None)))
        .collect(),
        entries: feed.items.iter().map(entry).collect(),
        ..atom_syndication::Feed::default()
    };
    super::xml(document.write_to(Vec::new()))
}

fn entry(item: &FeedItem) -> Entry {
    let mut links = vec![link(&item.address, "alternate", Some("text/html"))];
    if let Some(picture) = &item.picture {
        let length = Some(picture.length.to_string());
        links.push(Link { length, ..link(&picture.address, "enclosure", Some(picture.media_type)) });
    }
    if let Some((_, Some(address))) = &item.source {
        links.push(link(address, "via", None));
    }
    Entry {
        id: item.id.clone(),
        title: Text::plain(item.title.clone()),
        links,
        summary: Some(Text::plain(item.summary.clone())),
        content: Some(Content {
            value: Some(item.html.clone()),
            content_type: Some("html".to_owned()),
            ..Content::default()
        }),
        published: Some(date(item.published)),
        updated: date(item.updated),
        authors: item.authors.iter().map(|name| Person { name: name.clone(), ..Person::default() }).collect(),
        categories: item
            .categories
            .iter()
            .map(|name| Category { term: name.clone(), ..Category::default() })
            .collect(),
        ..Entry::default()
    }
}

fn link(address: &str, rel: &str, media_type: Option<&str>) -> Link {
    let mime_type = media_type.map(str::to_owned);
    Link { href: address.to_owned(), rel: rel.to_owned(), mime_type, ..Link::default() }
}

fn date(at: Timestamp) -> FixedDateTime {
    at.to_string().parse().expect("an instant prints as RFC 3339")
}
