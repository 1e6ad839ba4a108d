//! `calcast.lock` to [`Memory`]. One JSON object a line; `render::lock` writes it.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use super::folder::Folder;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place};
use crate::model::event::EventId;
use crate::model::memory::{ArticleMemory, EventMemory, Memory, SiteMemory, TagMemory};
use crate::model::tag::{Facet, TagPath};

/// The name of the file.
pub const FILE: &str = "calcast.lock";
/// The newest format that this program knows.
pub const VERSION: u32 = 1;

/// A line, told apart by its first key. Keys that a newer program adds are passed over.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Event {
        event: EventId,
        #[serde(flatten)]
        memory: EventMemory,
    },
    Article {
        article: String,
        #[serde(flatten)]
        memory: ArticleMemory,
    },
    Tag {
        tag: Facet,
        name: Arc<str>,
        changed: Timestamp,
    },
    Head {
        calcast_lock: u32,
        #[serde(flatten)]
        memory: SiteMemory,
    },
}

/// Reads the lock; without one the memory is empty. A damaged line is an error, never a silent new start.
pub fn read(folder: &Folder, out: &mut Diagnostics) -> Memory {
    let mut memory = Memory::default();
    let Some(bytes) = folder.get(FILE) else { return memory };
    let file = Folder::name(FILE);
    let text = String::from_utf8_lossy(bytes);
    for (number, text) in (1u32..).zip(text.lines()) {
        let line = serde_json::from_str::<Line>(text);
        let newer = matches!(&line, Ok(Line::Head { calcast_lock, .. }) if *calcast_lock > VERSION);
        let good =
            !newer && line.is_ok_and(|line| take(line, &mut memory)) && (number > 1 || memory.site.is_some());
        if !good {
            let expected =
                if newer { "a format this version of calcast knows" } else { "a line as calcast wrote it" };
            let found = crate::diagnostic::quoted(text);
            out.push(
                Diagnostic::new(Code::BadLock, Place::line(&file, number), found, expected).help(
                    "restore calcast.lock from its last good version, or remove it: then every event counts as new",
                ),
            );
            return Memory::default();
        }
    }
    if memory.site.is_none() {
        out.push(Diagnostic::new(Code::BadLock, Place::whole(&file), "nothing", "what calcast wrote last").help(
            "restore calcast.lock from its last good version, or remove it: then every event counts as new",
        ));
    }
    memory
}

fn take(line: Line, memory: &mut Memory) -> bool {
    match line {
        Line::Event { event, memory: line } => memory.events.insert(event, line).is_none(),
        Line::Article { article, memory: line } => memory.articles.insert(article, line).is_none(),
        Line::Tag { tag, name, changed } => match TagPath::parse(&name) {
            Some(path) => memory.tags.insert((tag, path), TagMemory { name, changed }).is_none(),
            None => false,
        },
        Line::Head { memory: line, .. } => memory.site.replace(line).is_none(),
    }
}
