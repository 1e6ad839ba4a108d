//! [`Memory`] to `calcast.lock`: one JSON object a line, sorted, so that a diff shows what changed.

use jiff::Timestamp;
use serde::Serialize;

use crate::model::event::EventId;
use crate::model::memory::{ArticleMemory, EventMemory, Memory, SiteMemory, TagMemory};
use crate::model::tag::Facet;

/// The format that this program writes.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Head<'a> {
    calcast_lock: u32,
    #[serde(flatten)]
    memory: &'a SiteMemory,
}

#[derive(Serialize)]
struct TagLine<'a> {
    tag: Facet,
    name: &'a str,
    changed: Timestamp,
}

#[derive(Serialize)]
struct EventLine<'a> {
    event: &'a EventId,
    #[serde(flatten)]
    memory: &'a EventMemory,
}

#[derive(Serialize)]
struct ArticleLine<'a> {
    article: &'a str,
    #[serde(flatten)]
    memory: &'a ArticleMemory,
}

/// The whole file; empty for a memory that never saw a site.
#[must_use]
pub fn text(memory: &Memory) -> String {
    let mut out = String::new();
    let Some(site) = &memory.site else { return out };
    line(&mut out, &Head { calcast_lock: VERSION, memory: site });
    for ((facet, _), TagMemory { name, changed }) in &memory.tags {
        line(&mut out, &TagLine { tag: *facet, name, changed: *changed });
    }
    for (article, memory) in &memory.articles {
        line(&mut out, &ArticleLine { article, memory });
    }
    for (event, memory) in &memory.events {
        line(&mut out, &EventLine { event, memory });
    }
    out
}

fn line(out: &mut String, value: &impl Serialize) {
    out.push_str(&serde_json::to_string(value).expect("strings, numbers and lists are always JSON"));
    out.push('\n');
}
