//! An article: a Markdown file with front matter, converted to sanitized HTML.

use std::sync::Arc;

use jiff::Timestamp;

use super::tag::Tag;
use crate::digest::Digest;
use crate::link::Link;

/// A picture with its alternative text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// A path on this site such as `/articles/neck.svg`, or a URL.
    pub address: String,
    /// The alternative text.
    pub alt: String,
}

/// The first publication of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribution {
    /// The name of the publication.
    pub name: String,
    /// Its address.
    pub link: Option<Link>,
}

/// A published article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// The last segment of its address.
    pub slug: String,
    /// The title, plain text.
    pub title: String,
    /// When it was first published, as its front matter says.
    pub published: Timestamp,
    /// The authors.
    pub authors: Vec<String>,
    /// A summary, plain text.
    pub summary: String,
    /// The text as sanitized HTML. Links to this site begin with `/`.
    pub html: String,
    /// Topics, shared with events.
    pub topics: Vec<Arc<Tag>>,
    /// The lead picture.
    pub picture: Option<Picture>,
    /// The first publication.
    pub source: Option<Attribution>,
    /// The address of an article on another website.
    pub external: Option<Link>,
}

impl Article {
    /// Hashes everything a reader can see. The hash is stored in `calcast.lock`.
    #[must_use]
    pub fn fingerprint(&self) -> u128 {
        let Article { slug, title, published, authors, summary, html, topics, picture, source, external } =
            self;
        let mut digest = Digest::new();
        for text in [slug, title, &published.to_string(), &authors.join(";"), summary, html] {
            digest.text(text);
        }
        for tag in topics {
            digest.text(&tag.name);
        }
        digest.optional(picture.as_ref().map(|p| format!("{} {}", p.address, p.alt)).as_deref());
        digest.optional(source.as_ref().map(|s| format!("{} {:?}", s.name, s.link)).as_deref());
        digest.optional(external.as_ref().map(Link::as_str));
        digest.finish()
    }
}
