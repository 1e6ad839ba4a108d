//! What a save would change for subscribers, as people and programs read it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;

use super::changes;
use super::report::count;
use super::words::Localizer;
use crate::model::change::{Change, Kind};
use crate::model::event::EventId;
use crate::model::memory::{ArticleHistory, History};
use crate::model::site::Site;

/// What is different between a memory and the site that was read, in sentences.
#[must_use]
pub fn human(before: &History, site: &Site, errors: &[String]) -> String {
    let Difference { first, changes, untold, articles, tags, settings } = Difference::between(before, site);
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
        let _ = writeln!(out, "{errors}: while there is any, what is served stays as it is");
    }
    out
}

/// The same as one JSON object.
#[must_use]
pub fn json(before: &History, site: &Site, errors: &[String]) -> String {
    #[derive(Serialize)]
    struct Json<'a> {
        #[serde(flatten)]
        difference: Difference,
        errors: &'a [String],
    }
    let document = Json { difference: Difference::between(before, site), errors };
    serde_json::to_string_pretty(&document).expect("keys are text and values are plain") + "\n"
}

/// What is different.
#[derive(Serialize)]
struct Difference {
    /// Whether nothing was published before.
    first: bool,
    /// What is news of events.
    changes: Vec<Told>,
    /// How many events besides differ.
    untold: usize,
    /// What is new, different or gone of articles.
    articles: Vec<String>,
    /// Regions and topics that are new, or have no event any more.
    tags: Vec<String>,
    /// Whether settings or program differ.
    settings: bool,
}

#[derive(Serialize)]
struct Told {
    event: String,
    kinds: Vec<Kind>,
    words: String,
}

impl Difference {
    fn between(before: &History, site: &Site) -> Difference {
        let after = &site.memory;
        let news = after.news_since(before);
        let told: BTreeSet<&EventId> = news.iter().map(|change| &change.event).collect();
        let differs = |id: &&EventId| {
            let (known, now) = (before.events.get(*id), after.events.get(*id));
            known.map(|known| known.sequence) != now.map(|now| now.sequence)
        };
        let untold = after.events.keys().filter(differs).filter(|id| !told.contains(id)).count();
        let words = Localizer::english();
        let tell = |change: &Arc<Change>| Told {
            event: change.event.to_string(),
            kinds: change.kinds(),
            words: changes::sentence(&words, change, &site.settings.zone),
        };
        let framed = |memory: &History| memory.site.as_ref().map(|site| site.frame);
        Difference {
            first: before.site.is_none(),
            changes: news.iter().map(tell).collect(),
            untold,
            articles: articles(before, after),
            tags: new_tags(before, after),
            settings: framed(before) != framed(after),
        }
    }
}

fn articles(before: &History, after: &History) -> Vec<String> {
    let told = |(slug, now): (&String, &ArticleHistory)| {
        let known = before.articles.get(slug).filter(|known| known.removed.is_none());
        match (known, now.removed) {
            (Some(_), Some(_)) => Some(format!("Article removed: {slug}")),
            (None, None) => Some(format!("New article: {slug}")),
            (Some(known), None) if known.hash != now.hash => Some(format!("Article changed: {slug}")),
            _ => None,
        }
    };
    after.articles.iter().filter_map(told).collect()
}

fn new_tags(before: &History, after: &History) -> Vec<String> {
    let new = after.tags.iter().filter(|(key, _)| !before.tags.contains_key(*key));
    new.map(|((facet, path), tag)| {
        format!("New {}: {}, at /{}/{path}", facet.key(), tag.name, facet.folder())
    })
    .collect()
}
