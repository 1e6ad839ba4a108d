//! The report of `check`: as text, as JSON, as commands of a GitHub workflow.

use std::fmt::Write as _;

use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Excerpt, Severity, Spot, quoted, visible};
use crate::i18n::{Localizer, lower_first};
use crate::model::report::{Report, Series, TableReport};

/// How a report is formatted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputStyle {
    /// Text alone.
    Plain,
    /// Colours, and links to the files in a folder by its address: `file:///home/ann/site`.
    Terminal(String),
}

const RED: &str = "1;31";
const YELLOW: &str = "1;33";
const BLUE: &str = "1;34";
const BOLD: &str = "1";
const FAINT: &str = "2";

impl OutputStyle {
    fn paint(&self, code: &str, text: &str) -> String {
        match self {
            OutputStyle::Plain => text.to_owned(),
            OutputStyle::Terminal(_) => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }

    /// Returns a terminal hyperlink (OSC 8) to a file of the folder, or to an address.
    fn link(&self, file: &str, text: &str) -> String {
        match self {
            OutputStyle::Plain => text.to_owned(),
            OutputStyle::Terminal(folder) => {
                let plain = visible(file);
                let address = if file.contains("://") { plain } else { format!("{folder}/{plain}") };
                let address = address.replace(' ', "%20");
                format!("\u{1b}]8;;{address}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\")
            }
        }
    }
}

/// Returns the report as text: how each table was read, every problem, the series, and a summary.
#[must_use]
pub fn human(report: &Report, diagnostics: &Diagnostics, style: &OutputStyle) -> String {
    let mut out = String::new();
    for table in &report.tables {
        write_table(table, style, &mut out);
    }
    for diagnostic in diagnostics.iter() {
        write_diagnostic(diagnostic, style, &mut out);
    }
    if diagnostics.dropped() > 0 {
        let _ = writeln!(out, "… and {} more", diagnostics.dropped());
    }
    if !report.series.is_empty() {
        let _ = writeln!(out, "{}", style.paint(BOLD, "Series, as they were understood:"));
    }
    let l10n = Localizer::english();
    for series in &report.series {
        let _ = writeln!(out, "  {}", series_line(&l10n, series));
    }
    if report.more_series > 0 {
        let _ = writeln!(out, "  … and {} more", report.more_series);
    }
    let _ = writeln!(out, "{}", style.paint(BOLD, &summary(report, diagnostics)));
    out
}

fn write_table(table: &TableReport, style: &OutputStyle, out: &mut String) {
    if table.assumed.is_empty() {
        return;
    }
    let joined = |headers: &[String], separator: &str| {
        headers.iter().map(|header| visible(header)).collect::<Vec<_>>().join(separator)
    };
    let plain = |name: &str| name.to_lowercase().replace(['_', '-'], " ");
    let is_renamed =
        |column: &str, headers: &[String]| headers.iter().any(|header| plain(header) != plain(column));
    let columns: Vec<String> = table
        .columns
        .iter()
        .filter(|mapped| is_renamed(mapped.column, &mapped.headers))
        .map(|mapped| format!("{} = {}", mapped.column, joined(&mapped.headers, " + ")))
        .collect();
    let _ = writeln!(out, "{}", crate::text::line(&table.assumed));
    if !columns.is_empty() {
        let _ = writeln!(out, "  {}", style.paint(FAINT, &columns.join(" · ")));
    }
    if !table.unread.is_empty() {
        let unread = format!("not read: {}", joined(&table.unread, ", "));
        let _ = writeln!(out, "  {}", style.paint(FAINT, &unread));
    }
    let mut counts = vec![count(table.rows, "row"), count(table.events, "event")];
    if table.replaced > 0 {
        counts.push(count(table.replaced, "changed date"));
    }
    let held = if table.held > 0 { format!(", {} held back", table.held) } else { String::new() };
    let _ = writeln!(out, "  {}, {} left out{held}", counts.join(", "), table.left_out);
    if let Some(since) = table.unreadable.filter(|_| table.held > 0) {
        let _ = writeln!(out, "  not read as a whole since {since:.0}");
    }
}

fn write_diagnostic(diagnostic: &Diagnostic, style: &OutputStyle, out: &mut String) {
    let Diagnostic { place, code, found, expected, help, excerpt } = diagnostic;
    let severity = code.severity();
    let colour = match severity {
        Severity::Error => RED,
        Severity::Warning => YELLOW,
        Severity::Note => BLUE,
    };
    let _ = writeln!(
        out,
        "{}: {}: found {found}, expected {expected}",
        style.link(&place.file, &style.paint(BOLD, &place.to_string())),
        style.paint(colour, &format!("{severity}[{code}]")),
    );
    if let Some(excerpt) = excerpt {
        write_excerpt(excerpt, style.paint(colour, &"^".repeat(excerpt.mark.1)), out);
    }
    if let Some(help) = help {
        let _ = writeln!(out, "    {} {help}", style.paint(BOLD, "help:"));
    }
}

/// Writes the cell with its header, and carets below the part that is meant.
fn write_excerpt(excerpt: &Excerpt, carets: String, out: &mut String) {
    let Excerpt { label, text, mark } = excerpt;
    let _ = writeln!(out, "    {label} | {text}");
    let before: usize = label.chars().count();
    let _ = writeln!(out, "    {:before$} | {:skip$}{carets}", "", "", skip = mark.0);
}

/// Returns `events.csv:5:8 (H5) "Support group": every month on the 2nd Tuesday; next Tue 8 Dec 2026, …`
fn series_line(l10n: &Localizer, series: &Series) -> String {
    let Series { place, title, repeat, first, next } = series;
    // The dates are separated by commas.
    let dates: Vec<String> = next.iter().map(|date| l10n.short_date(*date).replace(',', "")).collect();
    let next = if dates.is_empty() { "over".to_owned() } else { format!("next {}", dates.join(", ")) };
    let title = quoted(title);
    format!("{place} {title}: {}; {next}", lower_first(&l10n.series(repeat, first)))
}

/// Returns `1 event`, `2 events`.
pub(super) fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// Returns `412 events, 9 articles, 3 left out, 0 errors, 2 warnings`.
#[must_use]
pub fn summary(report: &Report, diagnostics: &Diagnostics) -> String {
    let held = if report.held > 0 { format!("{} held back, ", report.held) } else { String::new() };
    format!(
        "{}, {}, {} left out, {held}{}, {}",
        count(report.events, "event"),
        count(report.articles, "article"),
        report.left_out,
        count(diagnostics.count(Severity::Error), "error"),
        count(diagnostics.count(Severity::Warning), "warning"),
    )
}

/// The output of `--format json`, which the README documents.
#[derive(Serialize)]
struct JsonReport<'a> {
    events: usize,
    articles: usize,
    held: usize,
    left_out: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    tables: &'a [TableReport],
    series: Vec<JsonSeries<'a>>,
    more_series: usize,
    diagnostics: Vec<&'a Diagnostic>,
    more: usize,
}

#[derive(Serialize)]
struct JsonSeries<'a> {
    file: &'a str,
    row: u32,
    title: &'a str,
    rule: String,
    words: String,
    next: Vec<String>,
}

/// Returns the report as one JSON object.
#[must_use]
pub fn json(report: &Report, diagnostics: &Diagnostics) -> String {
    let l10n = Localizer::english();
    let document = JsonReport {
        events: report.events,
        articles: report.articles,
        held: report.held,
        left_out: report.left_out,
        errors: diagnostics.count(Severity::Error),
        warnings: diagnostics.count(Severity::Warning),
        notes: diagnostics.count(Severity::Note),
        tables: &report.tables,
        series: report
            .series
            .iter()
            .map(|series| JsonSeries {
                file: &series.place.file,
                row: series.place.row(),
                title: &series.title,
                rule: series.repeat.rule.to_string(),
                words: l10n.series(&series.repeat, &series.first),
                next: series.next.iter().map(ToString::to_string).collect(),
            })
            .collect(),
        more_series: report.more_series,
        diagnostics: diagnostics.iter().collect(),
        more: diagnostics.dropped(),
    };
    serde_json::to_string_pretty(&document).expect("keys are text and values are plain") + "\n"
}

/// Returns the report as commands of a GitHub workflow, one per line.
#[must_use]
pub fn github(report: &Report, diagnostics: &Diagnostics) -> String {
    let mut out = String::new();
    for Diagnostic { place, code, found, expected, help, excerpt: _ } in diagnostics.iter() {
        let level = match code.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let spot = match place.spot {
            Spot::Whole => String::new(),
            Spot::Cell { row: line, column } | Spot::Text { line, column } => {
                format!(",line={line},col={column}")
            }
        };
        let help = help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        let message = data(&format!("found {found}, expected {expected}{help}"));
        let _ = writeln!(out, "::{level} file={}{spot},title={code}::{message}", property(&place.file));
    }
    if diagnostics.dropped() > 0 {
        let _ = writeln!(out, "::notice::… and {} more", diagnostics.dropped());
    }
    let _ = writeln!(out, "::notice::{}", data(&summary(report, diagnostics)));
    out
}

/// Escapes the message of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Returns the explanation of a rule.
#[must_use]
pub fn page(code: Code) -> String {
    format!("{code} ({})\n{}\n\n{}\n", code.severity(), code.rule(), code.explanation())
}
