//! The feed of the editor's page: the place and the rule of each error. It has no text of a cell, since readers on the
//! web keep what they fetch.

use std::collections::BTreeSet;

use super::{Feed, FeedItem, print, tag_uri};
use crate::diagnostic::{Diagnostic, Place, Severity, Spot, column_letters};
use crate::digest;
use crate::i18n::{Localizer, fill};
use crate::model::report::{LoadReport, TableReport};
use crate::model::route::FeedFormat;
use crate::site::Site;

/// The most errors of the feed.
const MAX_ERRORS: usize = 100;

/// Renders the errors as RSS. `path` is that of the page.
#[must_use]
pub fn errors<'d>(
    site: &Site,
    path: &str,
    report: &LoadReport,
    diagnostics: impl Iterator<Item = &'d Diagnostic>,
) -> String {
    let l10n = Localizer::for_site(&site.settings);
    let page = site.settings.url(path);
    let errors = diagnostics.filter(|diagnostic| diagnostic.code.severity() == Severity::Error);
    // Two faults of one cell may break one rule.
    let mut known = BTreeSet::new();
    let items = errors.take(MAX_ERRORS).map(|error| item(site, &l10n, report, error));
    let items = items.filter(|item| known.insert(item.id.clone()));
    let items = items.map(|item| FeedItem { address: page.clone(), ..item }).collect();
    let title = format!("{} – {}", site.settings.title, l10n.editor.held);
    let feed = Feed {
        description: title.clone(),
        title,
        language: site.settings.language.clone(),
        address: format!("{page}.rss"),
        home: page,
        id: tag_uri(site, report.at, "editor"),
        updated: report.at,
        hub: None,
        items,
    };
    print(FeedFormat::Rss, &feed)
}

fn item(site: &Site, l10n: &Localizer, report: &LoadReport, error: &Diagnostic) -> FeedItem {
    let place = in_words(l10n, report, &error.place);
    let rule = error.code.rule().to_owned();
    let key = format!("{}\n{}", error.place, error.code);
    FeedItem {
        // The place may have the address of a table, so it is hashed.
        id: format!("tag:{},2026:editor/{}", site.uid_domain(), digest::secret_hash(&key)),
        title: format!("{place}: {rule}"),
        html: format!("<p>{}</p>", super::escape(&format!("{place}: {rule}"))),
        summary: rule,
        published: report.at,
        updated: report.at,
        ..FeedItem::default()
    }
}

/// Returns `events.csv, row 65 (C65)`.
fn in_words(l10n: &Localizer, report: &LoadReport, place: &Place) -> String {
    let name = report.table(&place.file).map_or(&*place.file, TableReport::shown_name);
    match place.spot {
        Spot::Whole => name.to_owned(),
        Spot::Text { line, .. } => format!("{name}:{line}"),
        Spot::Cell { row, column } => {
            let number = row.to_string();
            let row_of = fill(l10n.editor.row_of, &[("table", name), ("n", &number)]);
            format!("{row_of} ({}{row})", column_letters(column))
        }
    }
}
