//! The filters of an agenda: chips that remove a choice, tags that add one, the search form.

use super::view::AgendaView;
use super::{Anchor, PageContext};
use crate::i18n::fill;
use crate::model::filter::{Filter, Online};
use crate::model::geo::{Distance, Point};
use crate::model::route::Route;
use crate::model::tag::{Facet, TagPath};

/// The most tags of a facet that are offered at once.
const MAX_TAGS: usize = 60;

/// The tags of a facet.
pub(super) struct TagGroup {
    pub name: &'static str,
    pub is_open: bool,
    pub links: Vec<TagLink>,
    pub more: Option<String>,
}

/// A tag, with a link that adds it to the filter or removes it.
pub(super) struct TagLink {
    pub label: String,
    pub href: String,
    pub count: usize,
    pub depth: usize,
    pub is_chosen: bool,
}

/// The search form. Hidden fields keep the rest of the filter.
pub(super) struct SearchForm {
    pub action: String,
    pub kept: Vec<(&'static str, String)>,
    pub text: String,
    pub only_online: bool,
    pub in_person: bool,
    pub near: String,
}

/// Returns each choice of a filter as a link that removes it, and the filter without it.
pub(super) fn chips(context: &PageContext<'_>, filter: &Filter) -> Vec<(Anchor, Filter)> {
    let PageContext { site, l10n, .. } = context;
    let mut chips: Vec<(String, Filter)> = Vec::new();
    for facet in Facet::ALL {
        for path in filter.paths(facet) {
            let name = site.tags(facet).short_name(path).to_owned();
            chips.push((name, filter.clone().without(facet, path)));
        }
    }
    if let Some(neighbourhood) = l10n.neighbourhood(filter) {
        chips.push((neighbourhood, filter.clone().with_near(None)));
    }
    if let Some(online) = filter.online() {
        let label = match online {
            Online::Include => l10n.or_online,
            Online::Only => l10n.online_only,
            Online::Exclude => l10n.in_person_only,
        };
        chips.push((label.to_owned(), filter.clone().with_online(None)));
    }
    if let Some(text) = filter.text() {
        chips.push((fill(l10n.quoted, &[("text", text)]), filter.clone().with_text("")));
    }
    if let Some(alarm) = filter.alarm() {
        let label = fill(l10n.with_reminder, &[("before", &l10n.alarm(alarm))]);
        chips.push((label, filter.clone().with_alarm(None)));
    }
    let link = |(label, filter): (String, Filter)| {
        (Anchor { label, href: context.href(&Route::Agenda(filter.clone())) }, filter)
    };
    chips.into_iter().map(link).collect()
}

/// Returns links that each remove one choice and lead to upcoming events, with their number.
pub(super) fn suggestions(context: &PageContext<'_>, view: &AgendaView<'_>) -> Vec<Anchor> {
    let l10n = context.l10n;
    let suggestion = |(anchor, without): (Anchor, Filter)| {
        let count = (view.upcoming_of)(&without);
        // A search text is quoted already.
        let is_quoted = without.text() != view.filter.text();
        let choice = if is_quoted { anchor.label } else { fill(l10n.quoted, &[("text", &anchor.label)]) };
        let count_text = l10n.plural(l10n.count, count);
        let label = fill(l10n.without, &[("choice", &choice), ("count", &count_text)]);
        (count > 0).then_some(Anchor { label, href: anchor.href })
    };
    chips(context, view.filter).into_iter().filter_map(suggestion).collect()
}

/// Returns the tags of a facet that have events. Where they are more than [`MAX_TAGS`], these are the top level, those
/// around the chosen ones, and of these the ones with the most events.
pub(super) fn tag_group(context: &PageContext<'_>, view: &AgendaView<'_>, facet: Facet) -> Option<TagGroup> {
    let PageContext { site, l10n, .. } = context;
    let chosen = view.filter.paths(facet);
    let mut shown: Vec<(&TagPath, usize)> = site
        .tags(facet)
        .iter()
        .map(|(path, _)| (path, (view.counts)(facet, path)))
        .filter(|(path, count)| *count > 0 || chosen.contains(path))
        .collect();
    let all = shown.len();
    if shown.len() > MAX_TAGS {
        let is_child = |path: &TagPath, of: &TagPath| path.parent().is_none_or(|parent| parent == *of);
        shown.retain(|(path, _)| {
            path.depth() == 0 || chosen.iter().any(|of| path.includes(of) || is_child(path, of))
        });
    }
    if shown.len() > MAX_TAGS {
        let mut counts: Vec<usize> = shown.iter().map(|(_, count)| *count).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let least = counts[MAX_TAGS - 1].max(1);
        shown.retain(|(path, count)| *count >= least || chosen.contains(path));
        shown.truncate(2 * MAX_TAGS);
    }
    let more = all - shown.len();
    let link = |(path, count): (&TagPath, usize)| {
        let is_chosen = chosen.contains(path);
        let filter = view.filter.clone();
        let next = if is_chosen { filter.without(facet, path) } else { filter.with(facet, path.clone()) };
        TagLink {
            label: site.tags(facet).short_name(path).to_owned(),
            href: context.href(&Route::Agenda(next)),
            count,
            depth: path.depth().min(3),
            is_chosen,
        }
    };
    let links: Vec<TagLink> = shown.into_iter().map(link).collect();
    let name = match facet {
        Facet::Region => l10n.regions,
        Facet::Topic => l10n.topics,
    };
    let more = (more > 0).then(|| fill(l10n.and_more, &[("n", &more.to_string())]));
    let is_open = !chosen.is_empty() || links.len() <= 30;
    (!links.is_empty()).then_some(TagGroup { name, is_open, links, more })
}

/// Returns the search form of a filter.
pub(super) fn search_form(context: &PageContext<'_>, filter: &Filter) -> SearchForm {
    let mut kept: Vec<(&'static str, String)> = Facet::ALL
        .into_iter()
        .flat_map(|facet| filter.paths(facet).iter().map(move |path| (facet.key(), path.to_string())))
        .collect();
    if let Some((point, within)) = filter.near() {
        kept.extend([("near", point.to_string()), ("within", within.to_string())]);
    }
    kept.extend(filter.alarm().map(|alarm| ("alarm", alarm.to_string())));
    // The script replaces `{near}` by the reader's own position.
    let within = filter.near().map_or(Distance::default(), |(_, within)| within);
    let anywhere = filter.clone().with_near(Point::parse("0,0").map(|point| (point, within)));
    let near = context.href(&Route::Agenda(anywhere)).replace("near=0.0,0.0", "near={near}");
    SearchForm {
        action: context.href(&Route::Agenda(Filter::everything())),
        kept,
        text: filter.text().unwrap_or_default().to_owned(),
        only_online: filter.online() == Some(Online::Only),
        in_person: filter.online() == Some(Online::Exclude),
        near,
    }
}
