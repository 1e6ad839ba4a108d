//! Changes to events, as sentences.

use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::history::change::{Change, ChangeKind, has_moved};
use crate::i18n::{Localizer, fill, lower_first};
use crate::link::Link;
use crate::model::event::{Contact, Event, Status};
use crate::model::repeat::Repeat;
use crate::model::tag::Tag;
use crate::model::when::When;
use crate::text::excerpt;

/// The most changed dates of a series that are listed.
const MAX_DATES: usize = 5;
/// The most characters of a value that changed.
const MAX_DETAIL: usize = 80;

/// Returns `Moved: Chicago support group, from Tue, May 12, 6:00 PM to Tue, May 19, 6:00 PM`.
///
/// A date names its year where that is another than the year of the change in a zone.
#[must_use]
pub fn sentence(l10n: &Localizer, change: &Change, zone: &TimeZone) -> String {
    let phrases = ChangePhrases { l10n, year: zone.to_datetime(change.at).year() };
    let Some(event) = change.latest() else { return String::new() };
    let kinds = change.kinds();
    let labels: Vec<String> = (0..)
        .zip(&kinds)
        .map(|(n, kind)| if n == 0 { label(l10n, *kind).to_owned() } else { lower_first(label(l10n, *kind)) })
        .collect();
    let mut text = format!("{}: {}", l10n.list(&labels), event.title);
    let both = |kind| change.was.as_ref().zip(change.is.as_ref()).filter(|_| kinds.contains(&kind));
    if let Some((was, _)) = both(ChangeKind::Renamed) {
        text.push_str(&fill(l10n.until_now, &[("title", &was.title)]));
    }
    match both(ChangeKind::Moved) {
        Some((was, is)) => text.push_str(&phrases.moved(was, is)),
        None if kinds != [ChangeKind::Dates] => {
            text.push_str(&format!(", {}", phrases.when(event, ChangePhrases::start)));
        }
        None => {}
    }
    if let Some((was, is)) = both(ChangeKind::Dates) {
        let mut dates = phrases.dates(was, is);
        if let Some(more) = dates.len().checked_sub(MAX_DATES).filter(|more| *more > 0) {
            dates.truncate(MAX_DATES);
            dates.push(fill(l10n.more_dates, &[("n", &more.to_string())]));
        }
        dates.iter().for_each(|date| text.push_str(&format!("; {date}")));
    }
    if let Some((was, is)) = both(ChangeKind::Details) {
        phrases.details(was, is).iter().for_each(|detail| text.push_str(&format!("; {detail}")));
    }
    text
}

/// Returns when and where the event is now: `Tuesday, May 12, 2026, 18:00–20:00 CDT, Public library`.
#[must_use]
pub fn now(l10n: &Localizer, change: &Change) -> Option<String> {
    let event = change.is.as_ref()?;
    let mut parts = match event.repeat.as_deref() {
        Some(repeat) => vec![l10n.series(repeat, &event.when), l10n.hours(&event.when)],
        None => vec![l10n.when(&event.when)],
    };
    parts.extend(event.place());
    Some(parts.join(", "))
}

fn label(l10n: &Localizer, kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => l10n.added,
        ChangeKind::Reinstated => l10n.reinstated,
        ChangeKind::Cancelled => l10n.cancelled,
        ChangeKind::Postponed => l10n.postponed,
        ChangeKind::SoldOut => l10n.sold_out,
        ChangeKind::Confirmed => l10n.confirmed,
        ChangeKind::Tentative => l10n.unsure,
        ChangeKind::Renamed => l10n.renamed,
        ChangeKind::Moved => l10n.moved,
        ChangeKind::Dates => l10n.other_dates,
        ChangeKind::Details => l10n.changed,
        ChangeKind::Removed => l10n.removed,
    }
}

/// Phrases of a change in a year.
struct ChangePhrases<'w> {
    l10n: &'w Localizer,
    year: i16,
}

impl ChangePhrases<'_> {
    fn moved(&self, was: &Event, is: &Event) -> String {
        let (mut from, mut to): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        if has_moved(was, is) {
            // The ends are only written if the starts are equal.
            let is_same_start = self.when(was, Self::start) == self.when(is, Self::start);
            let format = if is_same_start { Self::start_and_end } else { Self::start };
            from.push(self.when(was, format));
            to.push(self.when(is, format));
        }
        if was.place() != is.place() {
            let no_place = || self.l10n.no_place.to_owned();
            from.push(was.place().unwrap_or_else(no_place));
            to.push(is.place().unwrap_or_else(no_place));
        }
        fill(self.l10n.from_to, &[("from", &from.join(", ")), ("to", &to.join(", "))])
    }

    /// `Tue, May 12, 6:00 PM`, for a series its recurrence.
    fn when(&self, event: &Event, format: fn(&Self, &When) -> String) -> String {
        let first = format(self, &event.when);
        match event.repeat.as_deref() {
            Some(repeat) => {
                let series = lower_first(&self.l10n.series(repeat, &event.when));
                fill(self.l10n.first_on, &[("series", &series), ("date", &first)])
            }
            None => first,
        }
    }

    /// Returns what else changed: `description: “room 2” → “room 4”`. Of a change in a lock of format 2 nothing is known.
    fn details(&self, was: &Event, is: &Event) -> Vec<String> {
        let l10n = self.l10n;
        let text = |value: &Option<Box<str>>| value.as_deref().unwrap_or_default().to_owned();
        let link = |value: &Option<Link>| value.as_ref().map(ToString::to_string).unwrap_or_default();
        let person = |value: &Option<Arc<Contact>>| {
            value.as_deref().map(Contact::in_words).unwrap_or_default().into_owned()
        };
        let names = |tags: &[Arc<Tag>]| tags.iter().map(|tag| &*tag.name).collect::<Vec<_>>().join(", ");
        let values = |event: &Event| {
            [
                (l10n.description, event.description.to_string()),
                (l10n.join, link(&event.online_url)),
                (l10n.more, link(&event.url)),
                (l10n.cost, text(&event.cost)),
                (l10n.organizer, person(&event.organizer)),
                (l10n.contact, person(&event.contact)),
                (l10n.region, names(&event.regions)),
                (l10n.topic, names(&event.topics)),
                (l10n.picture, link(&event.image)),
                (l10n.map, event.coordinates.map(|point| point.to_string()).unwrap_or_default()),
            ]
        };
        let pairs = values(was).into_iter().zip(values(is)).filter(|((_, was), (_, is))| was != is);
        let quoted = |text: &str| fill(l10n.quoted, &[("text", &excerpt(text, MAX_DETAIL))]);
        pairs
            .map(|((label, was), (_, is))| {
                format!("{}: {} → {}", lower_first(label), quoted(&was), quoted(&is))
            })
            .collect()
    }

    fn start(&self, at: &When) -> String {
        match at {
            When::Hours { start, .. } => self.moment(start.datetime()),
            When::Days { .. } => self.start_and_end(at),
        }
    }

    fn start_and_end(&self, at: &When) -> String {
        match at {
            When::Hours { start, .. } => format!("{}, {}", self.day(start.date()), self.l10n.hours(at)),
            When::Days { first, last } if first == last => self.day(*first),
            When::Days { first, last } => format!("{} – {}", self.day(*first), self.day(*last)),
        }
    }

    fn moment(&self, at: DateTime) -> String {
        format!("{}, {}", self.day(at.date()), self.l10n.time(at.time()))
    }

    fn day(&self, date: Date) -> String {
        if date.year() == self.year { self.l10n.date_in_year(date) } else { self.l10n.short_date(date) }
    }

    /// Returns what changed about single dates of a series, in their order.
    fn dates<'r>(&self, was: &'r Event, is: &'r Event) -> Vec<String> {
        let l10n = self.l10n;
        let at = |start: &DateTime| match start.time() == jiff::civil::Time::midnight() {
            true => self.day(start.date()),
            false => self.moment(*start),
        };
        let mut phrases: Vec<(DateTime, String)> = Vec::new();
        let mut add_new = |these: &[DateTime], those: &[DateTime], phrase: &str| {
            let new = these.iter().filter(|start| !those.contains(start));
            phrases.extend(new.map(|start| (*start, fill(phrase, &[("date", &at(start))]))));
        };
        let [before, after] = [was, is].map(|event| event.repeat.as_deref());
        let except = |repeat: Option<&'r Repeat>| repeat.map_or(&[][..], |repeat| &repeat.except);
        let also = |repeat: Option<&'r Repeat>| repeat.map_or(&[][..], |repeat| &repeat.also);
        add_new(except(after), except(before), l10n.date_off);
        add_new(except(before), except(after), l10n.date_on_again);
        add_new(also(after), also(before), l10n.date_also);
        add_new(also(before), also(after), l10n.date_off);
        for (start, other) in &is.overrides {
            if was.overrides.get(start) == Some(other) {
                continue;
            }
            let (phrase, name, value) = match other.status {
                Status::Cancelled => (l10n.date_is_cancelled, "", String::new()),
                Status::Postponed => (l10n.date_is_postponed, "", String::new()),
                Status::SoldOut => (l10n.date_is_sold_out, "", String::new()),
                Status::Confirmed | Status::Tentative => match self.when(other, Self::start) {
                    moved if moved != at(start) => (l10n.date_moved, "to", moved),
                    _ if other.place() != is.place() => match other.place() {
                        Some(place) => (l10n.date_at, "place", place),
                        None => (l10n.date_without_place, "", String::new()),
                    },
                    _ => (l10n.date_different, "", String::new()),
                },
            };
            phrases.push((*start, fill(phrase, &[("date", &at(start)), (name, &value)])));
        }
        for start in was.overrides.keys().filter(|start| !is.overrides.contains_key(*start)) {
            phrases.push((*start, fill(l10n.date_as_always, &[("date", &at(start))])));
        }
        phrases.sort();
        phrases.into_iter().map(|(_, text)| text).collect()
    }
}
