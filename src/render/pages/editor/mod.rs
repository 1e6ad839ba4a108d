//! The editor's page: what is published, what is held back and what to type, what changed, the age of each source.
//!
//! Its address is a secret, so nothing else links to it.

mod faults;
mod sources;
mod spellings;

use askama::Template;
use jiff::{SignedDuration, Timestamp};

use self::faults::{FaultBoxes, Sections};
use self::sources::SourceRow;
use self::spellings::NearTags;
use super::{Anchor, Frame, PageContext, colour, render};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::history::change::Change;
use crate::i18n::fill;
use crate::model::event::{Event, Status};
use crate::model::filter::Filter;
use crate::model::report::LoadReport;
use crate::model::route::Route;
use crate::render::changes;
use crate::text;

/// The most changes that are listed, and the most events in a row of names.
const MAX_CHANGES: usize = 50;
const MAX_NAMES: usize = 8;

/// What the page is rendered from, beside the site.
#[derive(Clone, Copy, Debug)]
pub struct EditorView<'a> {
    /// The path of the page: `/editor/` and the secret.
    pub path: &'a str,
    /// How the folder was read when the site was published.
    pub report: &'a LoadReport,
    /// The problems that were found then.
    pub diagnostics: &'a Diagnostics,
    /// Why the site is older than the last load.
    pub problem: Option<&'a LoadProblem>,
    /// Whether the page can ask for another load.
    pub can_read_again: bool,
}

/// Why the last load did not replace the site.
#[derive(Clone, Debug)]
pub enum LoadProblem {
    /// The settings or the lock cannot be read; their errors.
    Rejected(Vec<Diagnostic>),
    /// The folder cannot be read: when that was tried, and why.
    Failed(Timestamp, String),
}

impl EditorView<'_> {
    /// Returns the diagnostics of the site, and those because of which a newer one was rejected.
    pub fn all_diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        let newer: &[Diagnostic] = match self.problem {
            Some(LoadProblem::Rejected(errors)) => errors,
            _ => &[],
        };
        newer.iter().chain(self.diagnostics.iter())
    }
}

/// A number with its label, and where to read more.
struct Figure {
    number: String,
    label: String,
    href: &'static str,
    class: &'static str,
}

/// A change and its event.
struct ChangeEntry {
    when: String,
    sentence: String,
    href: Option<String>,
}

/// A line of what is published.
struct Published {
    label: &'static str,
    text: String,
    events: Vec<Anchor>,
}

#[derive(Template)]
#[template(path = "editor.html", config = "src/render/pages/askama.toml")]
struct EditorTemplate<'a> {
    frame: Frame<'a>,
    heading: String,
    /// The attributes of texts in English.
    english: &'static str,
    alert: Option<(String, String)>,
    figures: [Figure; 4],
    sheets: Vec<Anchor>,
    read_again: Option<String>,
    feed: String,
    held: FaultBoxes,
    look: FaultBoxes,
    near_tags: Vec<NearTags>,
    changes: Vec<ChangeEntry>,
    more_changes: usize,
    published: Vec<Published>,
    articles: FaultBoxes,
    sources: Vec<SourceRow>,
}

impl EditorTemplate<'_> {
    fn more(&self, more: usize) -> String {
        fill(self.frame.l10n.editor.more, &[("n", &more.to_string())])
    }
}

/// Renders the page.
#[must_use]
pub fn editor(context: &PageContext<'_>, view: &EditorView<'_>) -> String {
    let PageContext { site, l10n, today } = *context;
    let messages = &l10n.editor;
    let when = l10n.lately(view.report.at, &site.settings.zone, today);
    let heading = fill(messages.title, &[("when", &when)]);
    let Sections { held, look, articles } = Sections::new(context, view);
    let near_tags = spellings::near_tags(context);
    let (changes, more_changes) = changes_of_a_day(context, view.report.at);
    let to_look_at = look.boxes.len() + look.more + near_tags.len();
    let href = |path: &str| site.settings.href(path);
    let frame = Frame::new(context, &Route::Agenda(Filter::everything()), &heading, "");
    render(&EditorTemplate {
        frame: Frame { stylesheet: href(&format!("{}/style.css", view.path)), here: "editor", ..frame },
        heading,
        english: if l10n.tag.starts_with("en") { "" } else { " lang=\"en\"" },
        alert: alert(context, view),
        figures: figures(context, view, [to_look_at, changes.len() + more_changes]),
        sheets: sheets(context, view.report),
        read_again: view.can_read_again.then(|| href(&format!("{}?again", view.path))),
        feed: href(&format!("{}.rss", view.path)),
        held,
        look,
        near_tags,
        changes,
        more_changes,
        published: published(context, view),
        articles,
        sources: sources::rows(context, view),
    })
}

/// Returns the style sheet of the page with the site's colours.
#[must_use]
pub fn editor_stylesheet(color: &str) -> String {
    let colour::Accents { light, dark } = colour::Accents::new(color);
    include_str!("../editor.css").replace("#2f6288", &light).replace("#93c3e4", &dark)
}

/// Returns what to know before all else, and the reason in English.
fn alert(context: &PageContext<'_>, view: &EditorView<'_>) -> Option<(String, String)> {
    let PageContext { site, l10n, today } = *context;
    Some(match view.problem? {
        LoadProblem::Rejected(_) => (l10n.editor.settings_broken.to_owned(), String::new()),
        LoadProblem::Failed(at, why) => {
            let when = l10n.lately(*at, &site.settings.zone, today);
            let why = text::line(&view.report.without_addresses(why)).into_owned();
            (fill(l10n.editor.folder_broken, &[("when", &when)]), why)
        }
    })
}

fn figures(context: &PageContext<'_>, view: &EditorView<'_>, counts: [usize; 2]) -> [Figure; 4] {
    let (l10n, messages) = (context.l10n, &context.l10n.editor);
    let [to_look_at, changes] = counts;
    let tables = &view.report.tables;
    let unread = tables.iter().filter(|table| table.unreadable.is_some());
    let held = view.report.faulty_rows.len() + unread.map(|table| table.held).sum::<usize>();
    let rows: usize = tables.iter().map(|table| table.rows).sum();
    let published: usize = tables.iter().map(|table| table.events + table.replaced).sum();
    let figure = |number: usize, label: String, href, class| Figure {
        number: number.to_string(),
        label,
        href,
        class: if number == 0 { "" } else { class },
    };
    [
        figure(held, l10n.plural(messages.rows_held, held), "#held", "stop"),
        figure(to_look_at, l10n.plural(messages.to_look_at, to_look_at), "#look", "wait"),
        figure(changes, l10n.plural(messages.changes, changes), "#changed", ""),
        figure(published, fill(messages.rows_published, &[("rows", &rows.to_string())]), "#live", ""),
    ]
}

/// Returns links to the tables that can be edited at an address.
fn sheets(context: &PageContext<'_>, report: &LoadReport) -> Vec<Anchor> {
    let messages = &context.l10n.editor;
    let editable: Vec<_> =
        report.tables.iter().filter_map(|table| Some((table, table.edit_url.as_ref()?))).collect();
    let label = |name: &str| match editable.len() {
        1 => messages.open_sheet.to_owned(),
        _ => fill(messages.open_named, &[("name", name)]),
    };
    editable
        .iter()
        .map(|(table, link)| Anchor { label: label(table.shown_name()), href: link.to_string() })
        .collect()
}

/// Returns the changes of the last day before an instant, the newest first, and how many more there are.
fn changes_of_a_day(context: &PageContext<'_>, at: Timestamp) -> (Vec<ChangeEntry>, usize) {
    let PageContext { site, l10n, today } = *context;
    let since = at.checked_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
    let recent: Vec<&Change> = site.changes_of(None).take_while(|change| change.at > since).collect();
    let entry = |change: &&Change| ChangeEntry {
        when: l10n.lately(change.at, &site.settings.zone, today),
        sentence: changes::sentence(l10n, change, &site.settings.zone),
        href: site.event(&change.event).map(|event| context.href(&Route::Event(event.id.clone()))),
    };
    let entries = recent.iter().filter(|change| !change.kinds().is_empty());
    let entries: Vec<ChangeEntry> = entries.take(MAX_CHANGES).map(entry).collect();
    let noticeable = recent.iter().filter(|change| !change.kinds().is_empty()).count();
    let more = noticeable - entries.len();
    (entries, more)
}

/// Returns the first places of what is left out on purpose.
fn left_out(context: &PageContext<'_>, view: &EditorView<'_>) -> String {
    let messages = &context.l10n.editor;
    let mut places = faults::left_out(context, view);
    if places.is_empty() {
        return messages.none.to_owned();
    }
    let more = places.len().saturating_sub(MAX_NAMES);
    places.truncate(MAX_NAMES);
    let text = places.join("; ");
    if more == 0 { text } else { format!("{text}. {}", fill(messages.more, &[("n", &more.to_string())])) }
}

/// Returns what is published, by kind.
fn published(context: &PageContext<'_>, view: &EditorView<'_>) -> Vec<Published> {
    let PageContext { site, l10n, today } = *context;
    let messages = &l10n.editor;
    let shown: Vec<&Event> =
        site.events().iter().map(|event| &**event).filter(|event| !site.is_hidden(event, today)).collect();
    let is_series = |event: &&&Event| event.repeat.is_some();
    let is_over = |event: &&&Event| event.is_over_before(today);
    let series = shown.iter().filter(is_series).filter(|event| !is_over(event)).count();
    let past = shown.iter().filter(|event| !is_series(event)).filter(is_over).count();
    let to_come = shown.iter().filter(|event| !is_series(event)).count() - past;
    let to_come = fill(messages.to_come, &[("n", &to_come.to_string()), ("past", &past.to_string())]);
    let line = |label, text: String| Published { label, text, events: Vec::new() };
    let names = |label, is_meant: &dyn Fn(&Event) -> bool| {
        let meant: Vec<&Event> =
            shown.iter().copied().filter(|event| !event.is_over_before(today) && is_meant(event)).collect();
        let link = |event: &&Event| Anchor {
            label: event.title.to_string(),
            href: context.href(&Route::Event(event.id.clone())),
        };
        let more = meant.len().saturating_sub(MAX_NAMES);
        let text = match (meant.len(), more) {
            (0, _) => messages.none.to_owned(),
            (_, 0) => String::new(),
            _ => fill(messages.more, &[("n", &more.to_string())]),
        };
        Published { label, text, events: meant.iter().take(MAX_NAMES).map(link).collect() }
    };
    vec![
        line(messages.series, series.to_string()),
        line(messages.single, to_come),
        line(l10n.articles, site.articles().len().to_string()),
        names(messages.is_off, &|event| matches!(event.status, Status::Cancelled | Status::Postponed)),
        line(messages.left_out, left_out(context, view)),
        names(messages.without_point, &|event| event.coordinates.is_none() && !event.is_purely_online()),
    ]
}
