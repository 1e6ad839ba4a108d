//! What happened to an event, in words.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::words::{Localizer, fill, lower_first};
use crate::history::change::{Change, ChangeKind};
use crate::history::snapshot::EventSnapshot;
use crate::model::event::Status;
use crate::model::when::When;

/// The most single dates of a series that are named.
const MOST_DATES: usize = 5;

/// `Moved: Chicago support group, from Tue, May 12, 6:00 PM to Tue, May 19, 6:00 PM`. Years are named where they are not
/// that of the change, as it is in a zone.
#[must_use]
pub fn sentence(words: &Localizer, change: &Change, zone: &TimeZone) -> String {
    let teller = Teller { words, year: zone.to_datetime(change.at).year() };
    let Some(snapshot) = change.snapshot() else { return String::new() };
    let kinds = change.kinds();
    let labels: Vec<String> = kinds
        .iter()
        .enumerate()
        .map(
            |(n, kind)| {
                if n == 0 { label(words, *kind).to_owned() } else { lower_first(label(words, *kind)) }
            },
        )
        .collect();
    let mut text = format!("{}: {}", words.listed(&labels), snapshot.title);
    let both = change.was.as_ref().zip(change.is.as_ref());
    if let Some((was, _)) = both.filter(|_| kinds.contains(&ChangeKind::Renamed)) {
        text.push_str(&fill(words.until_now, &[("title", &was.title)]));
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
            text.push_str(&format!("; {}", fill(words.more_dates, &[("n", &more)])));
        }
    }
    text
}

/// When and where the event is from now on: `Tuesday, May 12, 2026, 18:00–20:00 CDT, Public library`.
#[must_use]
pub fn now(words: &Localizer, change: &Change) -> Option<String> {
    let snapshot = change.is.as_ref()?;
    let at = snapshot.when()?;
    let mut parts = vec![words.when(&at)];
    if let Some(repeat) = snapshot.series(&at) {
        parts = vec![words.series(&repeat, &at), words.hours(&at)];
    }
    parts.extend(snapshot.place.clone());
    Some(parts.join(", "))
}

fn label(words: &Localizer, kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => words.added,
        ChangeKind::Reinstated => words.reinstated,
        ChangeKind::Cancelled => words.cancelled,
        ChangeKind::Postponed => words.postponed,
        ChangeKind::SoldOut => words.sold_out,
        ChangeKind::Confirmed => words.confirmed,
        ChangeKind::Tentative => words.unsure,
        ChangeKind::Renamed => words.renamed,
        ChangeKind::Moved => words.moved,
        ChangeKind::Dates => words.other_dates,
        ChangeKind::Details => words.changed,
        ChangeKind::Removed => words.removed,
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
    words: &'w Localizer,
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
                snapshot.place.clone().unwrap_or_else(|| self.words.no_place.to_owned())
            };
            from.push(place(was));
            to.push(place(is));
        }
        fill(self.words.from_to, &[("from", &from.join(", ")), ("to", &to.join(", "))])
    }

    /// `Tue, May 12, 6:00 PM`; a series by its rhythm. What cannot be understood any more is shown as it is
    /// remembered.
    fn when(&self, snapshot: &EventSnapshot, ends: Ends) -> String {
        let Some(at) = snapshot.when() else { return snapshot.start.clone() };
        let first = match (&at, ends) {
            (When::Hours { start, .. }, Ends::Left) => self.moment(start.datetime()),
            (When::Hours { start, .. }, Ends::Said) => {
                format!("{}, {}", self.day(start.date()), self.words.hours(&at))
            }
            (When::Days { first, last }, _) if first == last => self.day(*first),
            (When::Days { first, last }, _) => format!("{} – {}", self.day(*first), self.day(*last)),
        };
        match snapshot.series(&at) {
            Some(repeat) => {
                let rhythm = lower_first(&self.words.series(&repeat, &at));
                fill(self.words.first_on, &[("series", &rhythm), ("date", &first)])
            }
            None => first,
        }
    }

    fn moment(&self, at: DateTime) -> String {
        format!("{}, {}", self.day(at.date()), self.words.time(at.time()))
    }

    fn day(&self, date: Date) -> String {
        if date.year() == self.year { self.words.date_in_year(date) } else { self.words.short_date(date) }
    }

    /// What is different about single dates of a series.
    fn dates(&self, was: &EventSnapshot, is: &EventSnapshot) -> Vec<String> {
        let words = self.words;
        let at = |start: &DateTime| match start.time() == jiff::civil::Time::midnight() {
            true => self.day(start.date()),
            false => self.moment(*start),
        };
        let mut said: Vec<(DateTime, String)> = Vec::new();
        let mut newly = |these: &[DateTime], those: &[DateTime], phrase: &str| {
            let new = these.iter().filter(|start| !those.contains(start));
            said.extend(new.map(|start| (*start, fill(phrase, &[("date", &at(start))]))));
        };
        newly(&is.except, &was.except, words.date_off);
        newly(&was.except, &is.except, words.date_on_again);
        newly(&is.also, &was.also, words.date_also);
        newly(&was.also, &is.also, words.date_off);
        for (start, other) in &is.dates {
            if was.dates.get(start) == Some(other) {
                continue;
            }
            let (phrase, name, value) = match other.status {
                Status::Cancelled => (words.date_is_cancelled, "", String::new()),
                Status::Postponed => (words.date_is_postponed, "", String::new()),
                Status::SoldOut => (words.date_is_sold_out, "", String::new()),
                Status::Confirmed | Status::Tentative => match self.when(other, Ends::Left) {
                    moved if moved != at(start) => (words.date_moved, "to", moved),
                    _ if other.place != is.place => match &other.place {
                        Some(place) => (words.date_at, "place", place.clone()),
                        None => (words.date_without_place, "", String::new()),
                    },
                    _ => (words.date_different, "", String::new()),
                },
            };
            said.push((*start, fill(phrase, &[("date", &at(start)), (name, &value)])));
        }
        for start in was.dates.keys().filter(|start| !is.dates.contains_key(*start)) {
            said.push((*start, fill(words.date_as_always, &[("date", &at(start))])));
        }
        said.sort();
        said.into_iter().map(|(_, text)| text).collect()
    }
}
