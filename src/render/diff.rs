//! Changes that publishing a folder would make for subscribers, as text or JSON.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;

use super::changes;
use super::report::count;
use crate::history::History;
use crate::history::change::{Change, ChangeKind};
use crate::i18n::Localizer;
use crate::model::event::EventId;
use crate::site::Site;

/// Formats the difference between a history and a loaded site, and the errors of the folder, as sentences.
#[must_use]
pub fn human(before: &History, site: &Site, errors: &[String]) -> String {
    let Difference { first, changes, untold, articles, tags, settings } = Difference::new(before, site);
    let mut out = String::new();
    for error in errors {
        let _ = writeln!(out, "{error}");
    }
    if first {
        let _ = writeln!(out, "nothing was published yet: {}, all new", count(site.events().len(), "event"));
        return out;
    }
    for line in changes.iter().map(|change| &change.words).chain(&articles).chain(&tags) {
        let _ = writeln!(out, "{line}");
    }
    if untold > 0 {
        let _ =
            writeln!(out, "{} more differ in what is no news, such as what is over", count(untold, "event"));
    }
    if settings {
        let _ = writeln!(out, "the settings or the program differ: every calendar is looked at again");
    }
    match changes.len() + untold {
        0 => {}
        1 => out.push_str("1 event changes\n"),
        events => out.push_str(&format!("{events} events change\n")),
    }
    if out.is_empty() {
        out.push_str("nothing changes\n");
    }
    if !errors.is_empty() {
        let errors = count(errors.len(), "error");
        let _ = writeln!(out, "{errors}: the events concerned stay as they were published");
    }
    out
}

/// Formats the difference and the errors as one JSON object.
#[must_use]
pub fn json(before: &History, site: &Site, errors: &[String]) -> String {
    #[derive(Serialize)]
    struct Json<'a> {
        #[serde(flatten)]
        difference: Difference,
        errors: &'a [String],
    }
    let document = Json { difference: Difference::new(before, site), errors };
    serde_json::to_string_pretty(&document).expect("keys are strings and no value fails to serialize") + "\n"
}

/// The difference between a history and a loaded site.
#[derive(Serialize)]
struct Difference {
    /// Whether the site was never published before.
    first: bool,
    /// Changes to events that matter to subscribers.
    changes: Vec<ChangeSentence>,
    /// Number of other events that differ.
    untold: usize,
    /// New, changed and removed articles.
    articles: Vec<String>,
    /// New regions and topics.
    tags: Vec<String>,
    /// Whether settings or program differ.
    settings: bool,
}

#[derive(Serialize)]
struct ChangeSentence {
    event: String,
    kinds: Vec<ChangeKind>,
    words: String,
}

impl Difference {
    fn new(before: &History, site: &Site) -> Difference {
        let after = &site.history;
        let changes = after.changes_since(before);
        let changed: BTreeSet<&EventId> = changes.iter().map(|change| &change.event).collect();
        let differs = |id: &&EventId| {
            let (known, now) = (before.events.get(*id), after.events.get(*id));
            known.map(|known| known.sequence) != now.map(|now| now.sequence)
        };
        let untold = after.events.keys().filter(differs).filter(|id| !changed.contains(id)).count();
        let words = Localizer::english();
        let sentence = |change: &Arc<Change>| ChangeSentence {
            event: change.event.to_string(),
            kinds: change.kinds(),
            words: changes::sentence(&words, change, &site.settings.zone),
        };
        let config = |history: &History| history.site.as_ref().map(|site| site.config_hash);
        Difference {
            first: before.site.is_none(),
            changes: changes.iter().map(sentence).collect(),
            untold,
            articles: articles(before, after),
            tags: new_tags(before, after),
            settings: config(before) != config(after),
        }
    }
}

fn articles(before: &History, after: &History) -> Vec<String> {
    let mut lines = Vec::new();
    for (slug, now) in &after.articles {
        let known = before.articles.get(slug).filter(|known| known.removed.is_none());
        match (known, now.removed) {
            (Some(_), Some(_)) => lines.push(format!("Article removed: {slug}")),
            (None, None) => lines.push(format!("New article: {slug}")),
            (Some(known), None) if known.hash != now.hash => lines.push(format!("Article changed: {slug}")),
            _ => {}
        }
    }
    lines
}

fn new_tags(before: &History, after: &History) -> Vec<String> {
    let new = after.tags.iter().filter(|(key, _)| !before.tags.contains_key(*key));
    new.map(|((facet, path), tag)| {
        format!("New {}: {}, at /{}/{path}", facet.key(), tag.name, facet.folder())
    })
    .collect()
}
