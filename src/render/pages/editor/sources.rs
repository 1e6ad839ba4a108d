//! The sources: when each was last read, and how it went.

use super::EditorView;
use crate::diagnostic::Severity;
use crate::i18n::fill;
use crate::model::report::TableReport;
use crate::render::pages::PageContext;

/// A source and its last reading.
pub(super) struct SourceRow {
    pub name: String,
    pub read: String,
    pub rows: String,
    pub result: String,
    pub is_bad: bool,
}

/// Returns a row for each table, and one for the articles.
pub(super) fn rows(context: &PageContext<'_>, view: &EditorView<'_>) -> Vec<SourceRow> {
    let PageContext { site, l10n, today } = *context;
    let now = l10n.lately(view.report.at, &site.settings.zone, today);
    let mut rows: Vec<SourceRow> =
        view.report.tables.iter().map(|table| of_table(context, table, &now)).collect();
    let folder = format!("{}/", site.settings.articles);
    let faulty: std::collections::BTreeSet<&str> = view
        .diagnostics
        .iter()
        .filter(|fault| fault.code.severity() == Severity::Error && fault.place.file.starts_with(&folder))
        .filter(|fault| view.report.table(&fault.place.file).is_none())
        .map(|fault| &*fault.place.file)
        .collect();
    if !site.articles().is_empty() || !faulty.is_empty() {
        rows.push(SourceRow {
            name: format!("{} ({folder})", l10n.articles),
            read: now,
            rows: site.articles().len().to_string(),
            result: match faulty.len() {
                0 => l10n.editor.was_read.to_owned(),
                n => format!("{}: {n}", l10n.editor.articles_with_errors),
            },
            is_bad: !faulty.is_empty(),
        });
    }
    rows
}

fn of_table(context: &PageContext<'_>, table: &TableReport, now: &str) -> SourceRow {
    let PageContext { site, l10n, today } = *context;
    let messages = &l10n.editor;
    let held = (table.held > 0).then(|| l10n.plural(messages.events_stay, table.held));
    let since = |message: &str, at| fill(message, &[("when", &l10n.lately(at, &site.settings.zone, today))]);
    let left_out = || {
        let count = (table.left_out > 0).then(|| l10n.plural(messages.was_left_out, table.left_out));
        std::iter::once(messages.was_read.to_owned()).chain(count).collect::<Vec<_>>().join("; ")
    };
    let (read, result) = match (table.unreadable, table.shrunk) {
        (Some(at), _) => (since(messages.unreadable, at), messages.cannot_be_read.to_owned()),
        (None, Some(at)) => (now.to_owned(), since(messages.shrunk, at)),
        (None, None) => (now.to_owned(), left_out()),
    };
    let is_bad = table.unreadable.is_some() || table.shrunk.is_some();
    SourceRow {
        name: table.shown_name().to_owned(),
        read,
        rows: table.rows.to_string(),
        result: std::iter::once(result).chain(held).collect::<Vec<_>>().join("; "),
        is_bad,
    }
}
