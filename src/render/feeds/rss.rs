//! RSS 2.0, with the content, Dublin Core and Atom modules.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rss::extension::atom::{AtomExtension, Link};
use rss::extension::dublincore::DublinCoreExtension;
use rss::{Category, Channel, Enclosure, Guid, Source};

use super::{Feed, FeedItem};
use crate::model::route::{FeedFormat, essence};

/// Namespace of the Atom module.
const ATOM: &str = "http://www.w3.org/2005/Atom";

pub(super) fn print(feed: &Feed) -> String {
    let itself = Link {
        href: feed.address.clone(),
        rel: "self".to_owned(),
        mime_type: Some(essence(FeedFormat::Rss.media_type()).to_owned()),
        ..Link::default()
    };
    let hub = feed.hub.iter().map(|hub| Link { href: hub.clone(), rel: "hub".to_owned(), ..Link::default() });
    let channel = Channel {
        title: feed.title.clone(),
        link: feed.home.clone(),
        description: feed.description.clone(),
        language: Some(feed.language.clone()),
        last_build_date: Some(rfc822(feed.updated)),
        generator: Some("calcast".to_owned()),
        ttl: Some("60".to_owned()),
        atom_ext: Some(AtomExtension { links: std::iter::once(itself).chain(hub).collect() }),
        namespaces: BTreeMap::from([("atom".to_owned(), ATOM.to_owned())]),
        items: feed.items.iter().map(item).collect(),
        ..Channel::default()
    };
    super::xml(channel.write_to(Vec::new()))
}

fn item(item: &FeedItem) -> rss::Item {
    rss::Item {
        guid: Some(Guid { value: item.id.clone(), permalink: false }),
        title: Some(item.title.clone()),
        link: Some(item.address.clone()),
        // A description is HTML (RSS 2.0): the plain summary is escaped once here, once by the writer.
        description: Some(super::escape(&item.summary)),
        content: Some(item.html.clone()),
        pub_date: Some(rfc822(item.published)),
        categories: item
            .categories
            .iter()
            .map(|name| Category { name: name.clone(), domain: None })
            .collect(),
        enclosure: item.picture.as_ref().map(|picture| Enclosure {
            url: picture.address.clone(),
            length: picture.length.to_string(),
            mime_type: picture.media_type.to_owned(),
        }),
        source: item
            .source
            .as_ref()
            .and_then(|(name, link)| Some(Source { url: link.clone()?, title: Some(name.clone()) })),
        dublin_core_ext: (!item.authors.is_empty()).then(|| DublinCoreExtension {
            creators: item.authors.clone(),
            ..DublinCoreExtension::default()
        }),
        ..rss::Item::default()
    }
}

/// Returns `Tue, 12 May 2026 18:00:00 +0000` (RFC 822 with a four-digit year, as RSS 2.0 asks).
fn rfc822(at: Timestamp) -> String {
    TimeZone::UTC.to_datetime(at).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
