//! The documents of the editor's page. No [`Route`](crate::model::route::Route) leads to them: who knows their address
//! decides who sees them.

use super::document::{CacheClass, Document, Rendered};
use super::snapshot::Snapshot;
use crate::i18n::language::Language;
use crate::model::route::{FeedFormat, HTML};
use crate::render::feeds;
use crate::render::pages::{self, EditorView};

/// A document of the editor's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditorPart {
    /// The page.
    Page,
    /// The feed of errors.
    Feed,
    /// The style sheet.
    Stylesheet,
}

impl EditorPart {
    /// All documents.
    pub const ALL: [EditorPart; 3] = [EditorPart::Page, EditorPart::Feed, EditorPart::Stylesheet];

    /// Returns what follows the secret in the address.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            EditorPart::Page => "",
            EditorPart::Feed => ".rss",
            EditorPart::Stylesheet => "/style.css",
        }
    }
}

impl Snapshot {
    /// Renders a document of the editor's page.
    #[must_use]
    pub fn editor_document(&self, part: EditorPart, language: Language, view: &EditorView<'_>) -> Document {
        let site = self.site();
        let (media_type, text) = match part {
            EditorPart::Page => (HTML, self.page(language, |context| pages::editor(context, view))),
            EditorPart::Feed => (
                FeedFormat::Rss.media_type(),
                feeds::errors(site, view.path, view.report, view.all_diagnostics()),
            ),
            EditorPart::Stylesheet => {
                ("text/css; charset=utf-8", pages::editor_stylesheet(&site.settings.color))
            }
        };
        let rendered = Rendered::new(view.report.at, text);
        let mut document = Document::new(media_type, CacheClass::Private, rendered);
        document.language = (part == EditorPart::Page).then(|| language.tag());
        document
    }
}
