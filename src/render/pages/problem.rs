//! The page for whoever asked for what is not there.

use askama::Template;

use super::{Anchor, Frame, PageContext, render};
use crate::model::filter::Filter;
use crate::model::route::Route;

#[derive(Template)]
#[template(path = "problem.html", config = "src/render/pages/askama.toml")]
struct Page<'a> {
    frame: Frame<'a>,
    sentence: String,
    near: Option<Anchor>,
    all: String,
}

/// A sentence that says what is wrong, and the nearest that there is.
#[must_use]
pub fn problem(paper: &PageContext<'_>, sentence: &str, near: Option<&str>) -> String {
    let everything = Route::Agenda(Filter::everything());
    let mut frame = Frame::new(paper, &everything, paper.l10n.not_found, "");
    frame.canonical = None;
    let near = near.map(|path| Anchor { label: path.to_owned(), href: paper.site.settings.local(path) });
    render(&Page { frame, sentence: sentence.to_owned(), near, all: paper.local(&everything) })
}
