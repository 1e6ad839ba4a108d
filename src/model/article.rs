//! One article: a Markdown file with front matter, read, rendered and sanitised.

use jiff::Timestamp;

use super::tag::Tag;
use crate::digest::Digest;
use crate::link::Link;

/// A picture with the text that stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// An address on this site (`/articles/neck.svg`) or a whole one.
    pub address: String,
    /// What it shows, for those who do not see it.
    pub alt: String,
}

/// Where an article appeared first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribution {
    /// The name of the publication.
    pub name: String,
    /// Its address.
    pub link: Option<Link>,
}

/// One published article; drafts are not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// The word in its address.
    pub slug: String,
    /// Its title, plain text.
    pub title: String,
    /// When it was first published, as its front matter says.
    pub published: Timestamp,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// What it says, in a few plain sentences.
    pub summary: String,
    /// Its text: sanitised HTML; links on this site begin with `/`.
    pub html: String,
    /// Topics, shared with events.
    pub topics: Vec<Tag>,
    /// The lead picture.
    pub picture: Option<Picture>,
    /// Where it appeared first.
    pub source: Option<Attribution>,
    /// Where it is to be read, when that is elsewhere.
    pub external: Option<Link>,
}

impl Article {
    /// A hash of everything a reader could notice.
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
