//! What there is to say to whoever asks for what the site does not have: in a sentence, with the nearest name.

use crate::diagnostic::nearest;
use crate::model::event::EventId;
use crate::model::site::Site;
use crate::model::tag::{Facet, TagPath};
use crate::render::words::{Lack, Localizer};

/// Why a route has no document on this site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    lack: Lack,
    /// The nearest address that there is.
    near: Option<String>,
}

impl Missing {
    /// An address that no document has.
    #[must_use]
    pub fn address() -> Missing {
        Missing { lack: Lack::Address, near: None }
    }

    /// A filter that cannot be understood.
    #[must_use]
    pub fn filter() -> Missing {
        Missing { lack: Lack::Filter, near: None }
    }

    /// A region or topic that never was.
    pub(super) fn tag(site: &Site, facet: Facet, path: &TagPath) -> Missing {
        let known = site.tags(facet).iter().map(|(path, _)| path.as_str());
        let lack = match facet {
            Facet::Region => Lack::Region(path.to_string()),
            Facet::Topic => Lack::Topic(path.to_string()),
        };
        Missing::near(lack, nearest(path.as_str(), known), &format!("/{}/", facet.folder()))
    }

    /// An event that never was, or is no more.
    pub(super) fn event(site: &Site, id: &EventId) -> Missing {
        let mut removed = site.memory.events.iter().filter(|(_, memory)| memory.removed.is_some());
        if let Some((_, memory)) = removed.find(|(known, _)| *known == id) {
            return Missing { lack: Lack::Removed(memory.row.title.to_string()), near: None };
        }
        let known = site.events().iter().map(|event| event.id.as_str());
        Missing::near(Lack::Event(id.to_string()), nearest(id.as_str(), known), "/events/")
    }

    /// An article, or a file beside the articles.
    pub(super) fn article(site: &Site, slug: &str) -> Missing {
        let known = site.articles().iter().map(|article| article.slug.as_str());
        let near = nearest(slug, known.chain(site.assets().keys().map(String::as_str)));
        Missing::near(Lack::Article(slug.to_owned()), near, "/articles/")
    }

    fn near(lack: Lack, near: Option<&str>, folder: &str) -> Missing {
        Missing { lack, near: near.map(|near| format!("{folder}{near}")) }
    }

    /// The nearest address that there is.
    #[must_use]
    pub fn nearest(&self) -> Option<&str> {
        self.near.as_deref()
    }

    /// What is missing, without the nearest.
    #[must_use]
    pub fn sentence(&self, words: &Localizer) -> String {
        words.lack(&self.lack)
    }

    /// All of it, for whoever reads plain text.
    #[must_use]
    pub fn in_full(&self, words: &Localizer) -> String {
        let sentence = self.sentence(words);
        match &self.near {
            Some(near) => format!("{sentence} {}", words.did_you_mean(near)),
            None => sentence,
        }
    }
}
