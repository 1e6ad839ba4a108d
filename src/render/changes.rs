//! What happened to an event, in English words.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::words;
use crate::model::change::{Change, Kind};
use crate::model::event::Status;
use crate::model::facts::Facts;
use crate::model::when::When;

/// The most single dates of a series that are named.
const MOST_DATES: usize = 5;

/// `Moved: Chicago support group, from Tue 12 May 18:00 to Tue 19 May 18:00`. Years are named where they are not
/// that of the change, as it is in a zone.
#[must_use]
pub fn sentence(change: &Change, zone: &TimeZone) -> String {
    let year = zone.to_datetime(change.at).year();
    let Some(facts) = change.facts() else { return String::new() };
    let kinds = change.kinds();
    let labels: Vec<String> = kinds
        .iter()
        .enumerate()
        .map(|(n, kind)| if n == 0 { label(*kind).to_owned() } else { label(*kind).to_lowercase() })
        .collect();
    let mut text = format!("{}: {}", words::listed(&labels), facts.title);
    let both = change.was.as_ref().zip(change.is.as_ref());
    if let Some((was, _)) = both.filter(|_| kinds.contains(&Kind::Renamed)) {
        text.push_str(&format!(", until now “{}”", was.title));
    }
    match both.filter(|_| kinds.contains(&Kind::Moved)) {
        Some((was, is)) => text.push_str(&from_to(was, is, year)),
        None if kinds != [Kind::Dates] => text.push_str(&format!(", {}", when(facts, year, Ends::Left))),
        None => {}
    }
    if let Some((was, is)) = both.filter(|_| kinds.contains(&Kind::Dates)) {
        let dates = dates(was, is, year);
        text.push_str(&dates.iter().take(MOST_DATES).map(|date| format!("; {date}")).collect::<String>());
        if dates.len() > MOST_DATES {
            text.push_str(&format!("; and {} more dates", dates.len() - MOST_DATES));
        }
    }
    text
}

/// When and where the event is from now on: `Tuesday 12 May 2026, 18:00–20:00 CDT, Public library`.
#[must_use]
pub fn now(change: &Change) -> Option<String> {
    let facts = change.is.as_ref()?;
    let at = facts.when()?;
    let mut parts = vec![words::when(&at)];
    if let Some(repeat) = facts.series(&at) {
        parts = vec![words::series(&repeat, &at), words::hours(&at)];
    }
    parts.extend(facts.place.clone());
    Some(parts.join(", "))
}

fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::Added => "New",
        Kind::Reinstated => "Takes place after all",
        Kind::Cancelled => "Cancelled",
        Kind::Postponed => "Postponed",
        Kind::SoldOut => "Sold out",
        Kind::Confirmed => "Confirmed",
        Kind::Tentative => "Not sure any more",
        Kind::Renamed => "Renamed",
        Kind::Moved => "Moved",
        Kind::Dates => "Other dates",
        Kind::Details => "Changed",
        Kind::Removed => "Removed",
    }
}

/// Whether ends are said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    Said,
    Left,
}

fn from_to(was: &Facts, is: &Facts, year: i16) -> String {
    let (mut from, mut to): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    if (&was.start, &was.end, &was.repeat) != (&is.start, &is.end, &is.repeat) {
        let short = (when(was, year, Ends::Left), when(is, year, Ends::Left));
        let (was, is) = match short.0 == short.1 {
            true => (when(was, year, Ends::Said), when(is, year, Ends::Said)),
            false => short,
        };
        from.push(was);
        to.push(is);
    }
    if was.place != is.place {
        let place = |facts: &Facts| facts.place.clone().unwrap_or_else(|| "no place".to_owned());
        from.push(place(was));
        to.push(place(is));
    }
    format!(", from {} to {}", from.join(", "), to.join(", "))
}

/// `Tue 12 May 18:00`; a series by its rhythm. What cannot be understood any more is shown as it is remembered.
fn when(facts: &Facts, year: i16, ends: Ends) -> String {
    let Some(at) = facts.when() else { return facts.start.clone() };
    let first = match (&at, ends) {
        (When::Hours { start, .. }, Ends::Left) => moment(start.datetime(), year),
        (When::Hours { start, .. }, Ends::Said) => {
            format!("{}, {}", day(start.date(), year), words::hours(&at))
        }
        (When::Days { first, last }, _) if first == last => day(*first, year),
        (When::Days { first, last }, _) => format!("{} to {}", day(*first, year), day(*last, year)),
    };
    match facts.series(&at) {
        Some(repeat) => {
            let rhythm = words::series(&repeat, &at);
            let rhythm = rhythm.replacen("Every", "every", 1).replacen("On", "on", 1);
            format!("{rhythm}, first {first}")
        }
        None => first,
    }
}

fn moment(at: DateTime, year: i16) -> String {
    format!("{} {}", day(at.date(), year), words::time(at.time()))
}

fn day(date: Date, year: i16) -> String {
    let whole = words::short_date(date);
    match date.year() == year {
        true => whole.rsplit_once(' ').map_or(whole.clone(), |(short, _)| short.to_owned()),
        false => whole,
    }
}

/// What is different about single dates of a series.
fn dates(was: &Facts, is: &Facts, year: i16) -> Vec<String> {
    let at = |start: &DateTime| match start.time() == jiff::civil::Time::midnight() {
        true => day(start.date(), year),
        false => moment(*start, year),
    };
    let mut said: Vec<(DateTime, String)> = Vec::new();
    let mut newly = |these: &[DateTime], those: &[DateTime], word: &str| {
        let new = these.iter().filter(|start| !those.contains(start));
        said.extend(new.map(|start| (*start, format!("{word} {}", at(start)))));
    };
    newly(&is.except, &was.except, "not on");
    newly(&was.except, &is.except, "on again:");
    newly(&is.also, &was.also, "also on");
    newly(&was.also, &is.also, "not on");
    for (start, other) in &is.dates {
        if was.dates.get(start) == Some(other) {
            continue;
        }
        let text = match other.status {
            Status::Cancelled => "is cancelled".to_owned(),
            Status::Postponed => "is postponed".to_owned(),
            Status::SoldOut => "is sold out".to_owned(),
            Status::Confirmed | Status::Tentative => match when(other, year, Ends::Left) {
                moved if moved != at(start) => format!("is on {moved}"),
                _ if other.place != is.place => match &other.place {
                    Some(place) => format!("is at {place}"),
                    None => "has no place".to_owned(),
                },
                _ => "is different".to_owned(),
            },
        };
        said.push((*start, format!("{} {text}", at(start))));
    }
    for start in was.dates.keys().filter(|start| !is.dates.contains_key(*start)) {
        said.push((*start, format!("{} is as always", at(start))));
    }
    said.sort();
    said.into_iter().map(|(_, text)| text).collect()
}
