//! The page of an address without a document.

use askama::Template;

use super::{Anchor, Frame, PageContext, render};
use crate::model::filter::Filter;
use crate::model::route::Route;

#[derive(Template)]
#[template(path = "not_found.html", config = "src/render/pages/askama.toml")]
struct NotFoundPage<'a> {
    frame: Frame<'a>,
    sentence: String,
    nearest: Option<Anchor>,
    all: String,
}

/// Renders a sentence that says what does not exist, and a link to the nearest address.
#[must_use]
pub fn not_found(context: &PageContext<'_>, sentence: &str, nearest: Option<&str>) -> String {
    let everything = Route::Agenda(Filter::everything());
    let frame = Frame::new(context, &everything, context.l10n.not_found, "");
    let local = |path: &str| Anchor { label: path.to_owned(), href: context.site.settings.href(path) };
    render(&NotFoundPage {
        frame: Frame { canonical: None, ..frame },
        sentence: sentence.to_owned(),
        nearest: nearest.map(local),
        all: context.href(&everything),
    })
}
