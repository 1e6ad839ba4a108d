//! Changes to events, as sentences.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::history::change::{Change, ChangeKind};
use crate::history::snapshot::EventSnapshot;
use crate::i18n::{Localizer, fill, lower_first};
use crate::model::event::Status;
use crate::model::when::When;

/// The most changed dates of a series that are listed.
const MAX_DATES: usize = 5;

/// Returns `Moved: Chicago support group, from Tue, May 12, 6:00 PM to Tue, May 19, 6:00 PM`.
///
/// A date names its year where that is another than the year of the change in a zone.
#[must_use]
pub fn sentence(l10n: &Localizer, change: &Change, zone: &TimeZone) -> String {
    let phrases = ChangePhrases { l10n, year: zone.to_datetime(change.at).year() };
    let Some(snapshot) = change.snapshot() else { return String::new() };
    let kinds = change.kinds();
    let labels: Vec<String> = (0..)
        .zip(&kinds)
        .map(|(n, kind)| if n == 0 { label(l10n, *kind).to_owned() } else { lower_first(label(l10n, *kind)) })
        .collect();
    let mut text = format!("{}: {}", l10n.list(&labels), snapshot.title);
    let both = |kind| change.was.as_ref().zip(change.is.as_ref()).filter(|_| kinds.contains(&kind));
    if let Some((was, _)) = both(ChangeKind::Renamed) {
        text.push_str(&fill(l10n.until_now, &[("title", &was.title)]));
    }
    match both(ChangeKind::Moved) {
        Some((was, is)) => text.push_str(&phrases.moved(was, is)),
        None if kinds != [ChangeKind::Dates] => {
            text.push_str(&format!(", {}", phrases.when(snapshot, ChangePhrases::start)));
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
    text
}

/// Returns when and where the event is now: `Tuesday, May 12, 2026, 18:00–20:00 CDT, Public library`.
#[must_use]
pub fn now(l10n: &Localizer, change: &Change) -> Option<String> {
    let snapshot = change.is.as_ref()?;
    let at = snapshot.when()?;
    let mut parts = vec![l10n.when(&at)];
    if let Some(repeat) = snapshot.series(&at) {
        parts = vec![l10n.series(&repeat, &at), l10n.hours(&at)];
    }
    parts.extend(snapshot.place.clone());
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
    fn moved(&self, was: &EventSnapshot, is: &EventSnapshot) -> String {
        let (mut from, mut to): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        if (&was.start, &was.end, &was.repeat) != (&is.start, &is.end, &is.repeat) {
            // The ends are only written if the starts are equal.
            let is_same_start = self.when(was, Self::start) == self.when(is, Self::start);
            let format = if is_same_start { Self::start_and_end } else { Self::start };
            from.push(self.when(was, format));
            to.push(self.when(is, format));
        }
        if was.place != is.place {
            let no_place = || self.l10n.no_place.to_owned();
            from.push(was.place.clone().unwrap_or_else(no_place));
            to.push(is.place.clone().unwrap_or_else(no_place));
        }
        fill(self.l10n.from_to, &[("from", &from.join(", ")), ("to", &to.join(", "))])
    }

    /// `Tue, May 12, 6:00 PM`, for a series its recurrence. A start that does not parse is shown as it is stored.
    fn when(&self, snapshot: &EventSnapshot, format: fn(&Self, &When) -> String) -> String {
        let Some(at) = snapshot.when() else { return snapshot.start.clone() };
        let first = format(self, &at);
        match snapshot.series(&at) {
            Some(repeat) => {
                let series = lower_first(&self.l10n.series(&repeat, &at));
                fill(self.l10n.first_on, &[("series", &series), ("date", &first)])
            }
            None => first,
        }
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
    fn dates(&self, was: &EventSnapshot, is: &EventSnapshot) -> Vec<String> {
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
        add_new(&is.except, &was.except, l10n.date_off);
        add_new(&was.except, &is.except, l10n.date_on_again);
        add_new(&is.also, &was.also, l10n.date_also);
        add_new(&was.also, &is.also, l10n.date_off);
        for (start, other) in &is.dates {
            if was.dates.get(start) == Some(other) {
                continue;
            }
            let (phrase, name, value) = match other.status {
                Status::Cancelled => (l10n.date_is_cancelled, "", String::new()),
                Status::Postponed => (l10n.date_is_postponed, "", String::new()),
                Status::SoldOut => (l10n.date_is_sold_out, "", String::new()),
                Status::Confirmed | Status::Tentative => match self.when(other, Self::start) {
                    moved if moved != at(start) => (l10n.date_moved, "to", moved),
                    _ if other.place != is.place => match &other.place {
                        Some(place) => (l10n.date_at, "place", place.clone()),
                        None => (l10n.date_without_place, "", String::new()),
                    },
                    _ => (l10n.date_different, "", String::new()),
                },
            };
            phrases.push((*start, fill(phrase, &[("date", &at(start)), (name, &value)])));
        }
        for start in was.dates.keys().filter(|start| !is.dates.contains_key(*start)) {
            phrases.push((*start, fill(l10n.date_as_always, &[("date", &at(start))])));
        }
        phrases.sort();
        phrases.into_iter().map(|(_, text)| text).collect()
    }
}
