//! The accepted forms of dates in `tests/dates/examples.toml`: each has its meaning, and `docs/dates.md` lists them.

use std::fs;

use calcast::dates::duration::parse_duration;
use calcast::dates::moment::{TimeOfDay, parse_moment, parse_time};
use calcast::dates::recurrence::{self, Start};
use serde::Deserialize;

use crate::site::in_repository;

/// The accepted forms: a text and its meaning.
#[derive(Deserialize)]
struct Examples {
    days: Vec<[String; 2]>,
    stamps: Vec<[String; 2]>,
    times: Vec<[String; 2]>,
    lengths: Vec<[String; 2]>,
    /// A text, the day of the start at 18:00, and the meaning.
    series: Vec<[String; 3]>,
}

fn examples() -> Examples {
    toml::from_str(include_str!("../dates/examples.toml")).unwrap()
}

#[test]
fn moments_have_their_meaning() {
    let Examples { days, stamps, .. } = examples();
    for [text, meaning] in days.iter().chain(&stamps) {
        assert_eq!(parse_moment(text, None).map(|moment| moment.to_string()).as_ref(), Ok(meaning), "{text}");
    }
}

#[test]
fn times_have_their_meaning() {
    for [text, meaning] in examples().times {
        let read = match parse_time(&text) {
            Ok(TimeOfDay::Clock(clock)) => clock.to_string(),
            Ok(TimeOfDay::AllDay) => "all day".to_owned(),
            Ok(TimeOfDay::Nothing) => "nothing".to_owned(),
            Err(error) => panic!("{text}: {error:?}"),
        };
        assert_eq!(read, meaning, "{text}");
    }
}

#[test]
fn lengths_have_their_meaning() {
    for [text, meaning] in examples().lengths {
        let length = parse_duration(&text).unwrap();
        let (days, hours) = (i64::from(length.get_days()), i64::from(length.get_hours()));
        let parts = [(days, "d"), (hours, "h"), (length.get_minutes(), "min")];
        let parts = parts.iter().filter(|(number, _)| *number > 0);
        let shown: Vec<String> = parts.map(|(number, unit)| format!("{number} {unit}")).collect();
        assert_eq!(shown.join(" "), meaning, "{text}");
    }
}

#[test]
fn series_have_their_meaning() {
    for [text, start, meaning] in examples().series {
        let start = Start { date: start.parse().unwrap(), time: Some(jiff::civil::time(18, 0, 0, 0)) };
        let rule = recurrence::parse(&text, start, None).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert_eq!(rule.to_string(), meaning, "{text}");
        assert_eq!(recurrence::parse(&meaning, start, None), Ok(rule), "{meaning}");
    }
}

/// Returns a table of accepted forms in Markdown.
fn table(title: &str, examples: &[[String; 2]]) -> String {
    let rows: String = examples.iter().map(|[text, meaning]| format!("| `{text}` | {meaning} |\n")).collect();
    format!("\n## {title}\n\n| you type | it means |\n| --- | --- |\n{rows}")
}

/// Compares `docs/dates.md` with the examples; `CALCAST_BLESS=1` replaces it.
#[test]
fn the_documentation_lists_the_examples() {
    let Examples { days, stamps, times, lengths, series } = examples();
    let series: Vec<[String; 2]> = series
        .into_iter()
        .map(|[text, start, meaning]| [text, format!("{meaning}, from {start} on")])
        .collect();
    let text = [
        include_str!("../dates/introduction.md").to_owned(),
        table("Days", &days),
        table("Days with a time", &stamps),
        table("Times of day", &times),
        table("Lengths", &lengths),
        table("Series", &series),
    ]
    .concat();
    let path = in_repository("docs/dates.md");
    if std::env::var_os("CALCAST_BLESS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert!(fs::read_to_string(path).unwrap() == text, "docs/dates.md does not list the examples");
}
