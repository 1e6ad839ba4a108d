//! Why an address has no document, in a sentence that names the nearest address.

use crate::diagnostic::nearest;
use crate::i18n::Localizer;
use crate::model::event::EventId;
use crate::model::tag::{Facet, TagPath};
use crate::render::phrases::NotFoundReason;
use crate::site::Site;

/// The error of a request for a document that the site does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFound {
    reason: NotFoundReason,
    nearest: Option<String>,
}

impl NotFound {
    /// Creates the error for an address of unknown form.
    #[must_use]
    pub fn address() -> NotFound {
        NotFound { reason: NotFoundReason::Address, nearest: None }
    }

    /// Creates the error for a filter that cannot be parsed.
    #[must_use]
    pub fn filter() -> NotFound {
        NotFound { reason: NotFoundReason::Filter, nearest: None }
    }

    /// Creates the error for an unknown region or topic.
    pub(super) fn tag(site: &Site, facet: Facet, path: &TagPath) -> NotFound {
        let known = site.tags(facet).iter().map(|(path, _)| path.as_str());
        let reason = match facet {
            Facet::Region => NotFoundReason::Region(path.to_string()),
            Facet::Topic => NotFoundReason::Topic(path.to_string()),
        };
        let folder = format!("/{}/", facet.folder());
        NotFound { reason, nearest: nearest(path.as_str(), known).map(|near| folder + near) }
    }

    /// Creates the error for an unknown or removed event.
    pub(super) fn event(site: &Site, id: &EventId) -> NotFound {
        let mut removed = site.history.events.iter().filter(|(_, history)| history.removed.is_some());
        if let Some((_, history)) = removed.find(|(known, _)| *known == id) {
            let reason = NotFoundReason::Removed(history.event.title.to_string());
            return NotFound { reason, nearest: None };
        }
        let known = site.events().iter().map(|event| event.id.as_str());
        let nearest = nearest(id.as_str(), known).map(|near| format!("/events/{near}"));
        NotFound { reason: NotFoundReason::Event(id.to_string()), nearest }
    }

    /// Creates the error for an unknown article or file beside the articles.
    pub(super) fn article(site: &Site, slug: &str) -> NotFound {
        let slugs = site.articles().iter().map(|article| article.slug.as_str());
        let known = slugs.chain(site.assets().keys().map(String::as_str));
        let nearest = nearest(slug, known).map(|near| format!("/articles/{near}"));
        NotFound { reason: NotFoundReason::Article(slug.to_owned()), nearest }
    }

    /// Returns the most similar address that exists.
    #[must_use]
    pub fn nearest(&self) -> Option<&str> {
        self.nearest.as_deref()
    }

    /// Returns the sentence that says what does not exist.
    #[must_use]
    pub fn sentence(&self, l10n: &Localizer) -> String {
        l10n.not_found_reason(&self.reason)
    }

    /// Returns the sentence followed by the nearest address, for plain text.
    #[must_use]
    pub fn full_sentence(&self, l10n: &Localizer) -> String {
        let sentence = self.sentence(l10n);
        match &self.nearest {
            Some(near) => format!("{sentence} {}", l10n.suggestion(near)),
            None => sentence,
        }
    }
}
