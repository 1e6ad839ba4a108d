//! Checks the settings `[renamed]` against the tags of the site.

use std::sync::Arc;

use super::folder::Folder;
use super::settings::FILE;
use super::tags::TagRegistry;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, nearest, quoted};
use crate::history::History;
use crate::model::settings::Renames;
use crate::model::tag::{Facet, TagPath};

/// Removes renames of tags that rows still have, that form a circle, or that lead nowhere. Reports each.
pub(super) fn check(renames: &mut Renames, tags: &TagRegistry, history: &History, out: &mut Diagnostics) {
    let file = Folder::name(FILE);
    let all: Vec<(Facet, TagPath, TagPath)> =
        renames.iter().map(|(facet, from, to)| (facet, from.clone(), to.clone())).collect();
    for (facet, from, to) in all {
        let fault = in_use(tags, facet, &from, &to)
            .or_else(|| circular(renames, facet, &from))
            .or_else(|| unknown_target(renames, tags, history, facet, &from));
        if let Some((found, expected, help)) = fault {
            renames.remove(facet, &from);
            out.push(Diagnostic::new(Code::BadRename, Place::whole(&file), found, expected).help(help));
        }
    }
}

type Fault = (String, String, String);

fn address(facet: Facet, path: &TagPath) -> String {
    format!("{}/{path}", facet.folder())
}

fn in_use(tags: &TagRegistry, facet: Facet, from: &TagPath, to: &TagPath) -> Option<Fault> {
    let name: &Arc<str> = tags.name(facet, from)?;
    let found = format!("{}, which rows still have", quoted(&address(facet, from)));
    let help = format!("give the rows of {} the {} of {to}, or remove the line", quoted(name), facet.key());
    Some((found, format!("a {} that no row has any more", facet.key()), help))
}

fn circular(renames: &Renames, facet: Facet, from: &TagPath) -> Option<Fault> {
    if renames.now(facet, from).is_some() {
        return None;
    }
    let found = format!("{}, whose new name leads back to it", quoted(&address(facet, from)));
    Some((found, "a name that is there".to_owned(), "remove the line".to_owned()))
}

fn unknown_target(
    renames: &Renames,
    tags: &TagRegistry,
    history: &History,
    facet: Facet,
    from: &TagPath,
) -> Option<Fault> {
    let to = renames.now(facet, from)?;
    if tags.name(facet, &to).is_some() || history.tags.contains_key(&(facet, to.clone())) {
        return None;
    }
    let found = format!("{}, which no row has", quoted(&address(facet, &to)));
    let known = tags.paths(facet);
    let help = match nearest(to.as_str(), known.iter().map(TagPath::as_str)) {
        Some(near) => format!("did you mean {}/{near}?", facet.folder()),
        None => "the line has no effect until a row has it".to_owned(),
    };
    Some((found, format!("a {} that is there", facet.key()), help))
}
