//! What happened to an event, as a sentence.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::history::change::{Change, ChangeKind};
use crate::history::snapshot::EventSnapshot;
use crate::i18n::{Localizer, fill, lower_first};
use crate::model::event::Status;
use crate::model::when::When;

/// The most single dates of a series that are named.
const MOST_DATES: usize = 5;

/// `Moved: Chicago support group, from Tue, May 12, 6:00 PM to Tue, May 19, 6:00 PM`. Years are named where they are not
/// that of the change, as it is in a zone.
#[must_use]
pub fn sentence(l10n: &Localizer, change: &Change, zone: &TimeZone) -> String {
    let teller = Teller { l10n, year: zone.to_datetime(change.at).year() };
    let Some(snapshot) = change.snapshot() else { return String::new() };
    let kinds = change.kinds();
    let labels: Vec<String> = kinds
        .iter()
        .enumerate()
        .map(|(n, kind)| if n == 0 { label(l10n, *kind).to_owned() } else { lower_first(label(l10n, *kind)) })
        .collect();
    let mut text = format!("{}: {}", l10n.list(&labels), snapshot.title);
    let both = change.was.as_ref().zip(change.is.as_ref());
    if let Some((was, _)) = both.filter(|_| kinds.contains(&ChangeKind::Renamed)) {
        text.push_str(&fill(l10n.until_now, &[("title", &was.title)]));
    }
    match both.filter(|_| kinds.contains(&ChangeKind::Moved)) {
        Some((was, is)) => text.push_str(&teller.moved(was, is)),
        None if kinds != [ChangeKind::Dates] => {
            text.push_str(&format!(", {}", teller.when(snapshot, Ends::Left)))
        }
        None => {}
    }
    if let Some((was, is)) = both.filter(|_| kinds.contains(&ChangeKind::Dates)) {
        let dates = teller.dates(was, is);
        text.push_str(&dates.iter().take(MOST_DATES).map(|date| format!("; {date}")).collect::<String>());
        if dates.len() > MOST_DATES {
            let more = (dates.len() - MOST_DATES).to_string();
            text.push_str(&format!("; {}", fill(l10n.more_dates, &[("n", &more)])));
        }
    }
    text
}

/// When and where the event is from now on: `Tuesday, May 12, 2026, 18:00–20:00 CDT, Public library`.
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

/// Whether ends are said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    Said,
    Left,
}

/// Tells of a change in its year.
struct Teller<'w> {
    l10n: &'w Localizer,
    year: i16,
}

impl Teller<'_> {
    fn moved(&self, was: &EventSnapshot, is: &EventSnapshot) -> String {
        let (mut from, mut to): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        if (&was.start, &was.end, &was.repeat) != (&is.start, &is.end, &is.repeat) {
            let both = |ends| (self.when(was, ends), self.when(is, ends));
            let short = both(Ends::Left);
            let (was, is) = if short.0 == short.1 { both(Ends::Said) } else { short };
            from.push(was);
            to.push(is);
        }
        if was.place != is.place {
            let place = |snapshot: &EventSnapshot| {
                snapshot.place.clone().unwrap_or_else(|| self.l10n.no_place.to_owned())
            };
            from.push(place(was));
            to.push(place(is));
        }
        fill(self.l10n.from_to, &[("from", &from.join(", ")), ("to", &to.join(", "))])
    }

    /// `Tue, May 12, 6:00 PM`; a series by its rhythm. What cannot be understood any more is shown as it is
    /// remembered.
    fn when(&self, snapshot: &EventSnapshot, ends: Ends) -> String {
        let Some(at) = snapshot.when() else { return snapshot.start.clone() };
        let first = match (&at, ends) {
            (When::Hours { start, .. }, Ends::Left) => self.moment(start.datetime()),
            (When::Hours { start, .. }, Ends::Said) => {
                format!("{}, {}", self.day(start.date()), self.l10n.hours(&at))
            }
            (When::Days { first, last }, _) if first == last => self.day(*first),
            (When::Days { first, last }, _) => format!("{} – {}", self.day(*first), self.day(*last)),
        };
        match snapshot.series(&at) {
            Some(repeat) => {
                let rhythm = lower_first(&self.l10n.series(&repeat, &at));
                fill(self.l10n.first_on, &[("series", &rhythm), ("date", &first)])
            }
            None => first,
        }
    }

    fn moment(&self, at: DateTime) -> String {
        format!("{}, {}", self.day(at.date()), self.l10n.time(at.time()))
    }

    fn day(&self, date: Date) -> String {
        if date.year() == self.year { self.l10n.date_in_year(date) } else { self.l10n.short_date(date) }
    }

    /// What is different about single dates of a series.
    fn dates(&self, was: &EventSnapshot, is: &EventSnapshot) -> Vec<String> {
        let l10n = self.l10n;
        let at = |start: &DateTime| match start.time() == jiff::civil::Time::midnight() {
            true => self.day(start.date()),
            false => self.moment(*start),
        };
        let mut said: Vec<(DateTime, String)> = Vec::new();
        let mut newly = |these: &[DateTime], those: &[DateTime], phrase: &str| {
            let new = these.iter().filter(|start| !those.contains(start));
            said.extend(new.map(|start| (*start, fill(phrase, &[("date", &at(start))]))));
        };
        newly(&is.except, &was.except, l10n.date_off);
        newly(&was.except, &is.except, l10n.date_on_again);
        newly(&is.also, &was.also, l10n.date_also);
        newly(&was.also, &is.also, l10n.date_off);
        for (start, other) in &is.dates {
            if was.dates.get(start) == Some(other) {
                continue;
            }
            let (phrase, name, value) = match other.status {
                Status::Cancelled => (l10n.date_is_cancelled, "", String::new()),
                Status::Postponed => (l10n.date_is_postponed, "", String::new()),
                Status::SoldOut => (l10n.date_is_sold_out, "", String::new()),
                Status::Confirmed | Status::Tentative => match self.when(other, Ends::Left) {
                    moved if moved != at(start) => (l10n.date_moved, "to", moved),
                    _ if other.place != is.place => match &other.place {
                        Some(place) => (l10n.date_at, "place", place.clone()),
                        None => (l10n.date_without_place, "", String::new()),
                    },
                    _ => (l10n.date_different, "", String::new()),
                },
            };
            said.push((*start, fill(phrase, &[("date", &at(start)), (name, &value)])));
        }
        for start in was.dates.keys().filter(|start| !is.dates.contains_key(*start)) {
            said.push((*start, fill(l10n.date_as_always, &[("date", &at(start))])));
        }
        said.sort();
        said.into_iter().map(|(_, text)| text).collect()
    }
}
