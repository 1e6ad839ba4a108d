//! Every value that is printed in a form that people use is read back as itself.
//!
//! Two kinds of refusal are right. After a date with the year first, the end of a range that is earlier by the clock
//! could be an offset (`2027-05-12 22:00-02:00`). After a date with a named month, a time from 1900 to 2159 without a
//! colon could be a second year. The output lists all refusals by their templates.

use std::collections::{BTreeMap, BTreeSet};

use calcast::dates::clock::{Clock, Half};
use calcast::dates::duration::parse_duration;
use calcast::dates::moment::{Moment, TimeOfDay, parse_moment, parse_time};
use calcast::dates::order::DateOrder;

use crate::date_patterns::LANGUAGES;
use crate::date_printer::{Kind, Printed, Random, clock_meaning, meaning_of, places, print};

const VALUES: usize = 100_000;
const FORMS_OF_EACH: usize = 60;
/// How many of a thousand values may be refused.
const MOST_REFUSED: usize = 5;

/// Returns how many times more values are tried than in a normal run.
pub fn scale() -> usize {
    std::env::var("DATE_TEST_SCALE").ok().and_then(|scale| scale.parse().ok()).unwrap_or(1).max(1)
}

/// Reads a printed text: its meaning, and what it says about the half of the day.
fn read(printed: &Printed, order: DateOrder) -> Option<(String, Option<Half>)> {
    let text = &printed.text;
    if printed.kind == Kind::Duration {
        let span = parse_duration(text)?;
        let minutes = i64::from(span.get_hours()) * 60 + span.get_minutes();
        return Some((format!("{} days {minutes}", span.get_days()), None));
    }
    let moment = parse_moment(text, Some(order)).ok()?;
    let half = match &moment {
        Moment::At { half, .. } | Moment::Clock(Clock { half, .. }) => Some(*half),
        Moment::Nothing | Moment::Days { .. } => None,
    };
    Some((meaning_of(&moment), half))
}

/// Returns whether the reader of times reads a time of day on its own in the same way. Other values always agree.
fn time_agrees(printed: &Printed) -> bool {
    match (printed.kind, parse_time(&printed.text)) {
        (Kind::Clock | Kind::ClockRange, Ok(TimeOfDay::Clock(clock))) => {
            clock_meaning(&clock) == printed.meaning
        }
        (Kind::Clock | Kind::ClockRange, _) => false,
        _ => true,
    }
}

#[test]
fn printed_values_are_read_back() {
    let mut random = Random(20_260_512);
    let mut forms: BTreeMap<(usize, u8), BTreeSet<String>> = BTreeMap::new();
    let mut refused: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let (mut wrong, mut read_count) = (Vec::new(), 0);
    let places = places();
    let values = VALUES * scale();
    for _ in 0..values {
        let (language, order) = *random.of(&places);
        let printed = print(&mut random, order, &LANGUAGES[language]);
        forms.entry((language, order as u8)).or_default().insert(printed.template.clone());
        match read(&printed, order) {
            Some(found) if found == (printed.meaning.clone(), printed.half) && time_agrees(&printed) => {
                read_count += 1
            }
            Some(found) => wrong.push(format!(
                "{:?} in {order:?}: {found:?}, not {} {:?}",
                printed.text, printed.meaning, printed.half
            )),
            None => refused.entry(printed.template.clone()).or_insert((0, printed.text)).0 += 1,
        }
    }
    let fewest = forms.values().map(BTreeSet::len).min().unwrap_or(0);
    let all: BTreeSet<&String> = forms.values().flatten().collect();
    let rejected = values - read_count - wrong.len();
    println!(
        "{values} values in {} forms, {fewest} in each place: {read_count} read, {rejected} refused, {} wrong",
        all.len(),
        wrong.len()
    );
    for (template, (count, text)) in &refused {
        println!("refused {count:5} {template:60} {text}");
    }
    assert!(fewest >= FORMS_OF_EACH, "{fewest}");
    assert!(wrong.is_empty(), "{} wrong, such as {:#?}", wrong.len(), &wrong[..wrong.len().min(40)]);
    assert!(rejected * 1000 <= values * MOST_REFUSED, "{rejected} of {values} refused");
}
