//! A damaged text is read as its only meaning, or not at all.

use calcast::dates::moment::{Moment, TimeOfDay, parse_moment, parse_time};
use calcast::dates::order::DateOrder;

use crate::date_forms::scale;
use crate::date_oracle::{moments, times};
use crate::date_patterns::LANGUAGES;
use crate::date_printer::{Kind, Random, clock_meaning, meaning_of, places, print};

const TEXTS: usize = 100_000;
const JOINTS: &[&str] = &[" ", ", ", " - ", "-", "/", ".", ":", " to ", " and ", ""];

/// Splits a text into numbers, words, runs of spaces and single other characters.
fn pieces(text: &str) -> Vec<String> {
    let class = |c: char| {
        if c.is_ascii_digit() {
            0
        } else if c.is_alphabetic() {
            1
        } else if c == ' ' {
            2
        } else {
            3
        }
    };
    let mut found: Vec<String> = Vec::new();
    let mut last = 4;
    for c in text.chars() {
        if class(c) == last && last < 3 {
            found.last_mut().unwrap().push(c);
        } else {
            found.push(c.to_string());
        }
        last = class(c);
    }
    found
}

/// Damages a text in one random way, perhaps with the help of another text.
fn damage(text: &str, other: &str, random: &mut Random) -> String {
    let mut pieces = pieces(text);
    if pieces.is_empty() {
        return other.to_owned();
    }
    let at = random.below(pieces.len());
    let near = (at + 2).min(pieces.len() - 1);
    let language = &LANGUAGES[random.below(4)];
    let places = |wanted: fn(char) -> bool| -> Vec<usize> {
        (0..pieces.len()).filter(|at| pieces[*at].chars().all(wanted)).collect()
    };
    let (numbers, words, signs) =
        (places(|c| c.is_ascii_digit()), places(char::is_alphabetic), places(|c| ".,:/-– ".contains(c)));
    let mut set = |places: &[usize], random: &mut Random, new: &str| {
        if !places.is_empty() {
            pieces[*random.of(places)] = new.to_owned();
        }
    };
    match random.below(10) {
        0 => drop(pieces.remove(at)),
        1 => pieces.insert(at, pieces[at].clone()),
        2 => pieces.insert(at, format!("{} ", pieces[at])),
        3 => pieces.swap(at, near),
        4 if !numbers.is_empty() => {
            let digit = char::from(b'0' + random.below(10) as u8);
            let number = &mut pieces[*random.of(&numbers)];
            let place = random.below(number.len());
            number.replace_range(place..=place, &digit.to_string());
        }
        5 => set(&words, random, random_half(at)),
        6 => set(&words, random, language.weekdays[at % 7]),
        7 => set(&words, random, language.months[at % 12]),
        8 => set(&signs, random, JOINTS[at % JOINTS.len()]),
        _ => return format!("{text}{}{other}", random.of(JOINTS)),
    }
    pieces.concat()
}

fn random_half(at: usize) -> &'static str {
    ["am", "pm", "a.m.", "PM"][at % 4]
}

/// Counts the readers that accept a text, or returns how one reads it wrongly.
fn fault(text: &str, order: DateOrder) -> Result<usize, String> {
    let mut accepted = 0;
    if let Ok(moment) = parse_moment(text, Some(order))
        && moment != Moment::Nothing
    {
        let (meaning, all) = (meaning_of(&moment), moments(text, order));
        accepted += 1;
        // Names of zones are looked up later.
        let is_unknown_zone = meaning.contains("Iana") && !meaning.contains("\"europe/paris");
        if is_unknown_zone {
            return Ok(0);
        }
        if !all.contains(&meaning) || all.len() > 1 {
            return Err(format!("{text:?} in {order:?}: {meaning} of {all:?}"));
        }
    }
    // What is read can be typed as it is shown, which is what errors suggest.
    if let Ok(moment @ (Moment::Days { .. } | Moment::At { .. })) = parse_moment(text, Some(order)) {
        let shown = moment.to_string();
        let again = parse_moment(&shown, None).map(|moment| moment.to_string());
        if again.as_ref() != Ok(&shown) {
            return Err(format!("{text:?} is shown as {shown:?}, which is {again:?}"));
        }
    }
    if let Ok(TimeOfDay::Clock(clock)) = parse_time(text)
        && !text.trim_start_matches('0').starts_with(['.', ','])
    {
        let (meaning, all) = (clock_meaning(&clock), times(text));
        if meaning.contains("Iana") {
            return Ok(accepted);
        }
        if !all.contains(&meaning) || all.len() > 1 {
            return Err(format!("{text:?} as a time: {meaning} of {all:?}"));
        }
    }
    Ok(accepted)
}

#[test]
fn damaged_texts_are_read_as_their_only_meaning_or_refused() {
    let mut random = Random(20_260_513);
    let places = places();
    let (mut accepted, mut faults) = (0, Vec::new());
    let texts = TEXTS * scale();
    for _ in 0..texts {
        let (language, order) = *random.of(&places);
        let (first, second) = (
            print(&mut random, order, &LANGUAGES[language]),
            print(&mut random, order, &LANGUAGES[language]),
        );
        if first.kind == Kind::Duration {
            continue;
        }
        let mut text = damage(&first.text, &second.text, &mut random);
        if random.below(3) == 0 {
            text = damage(&text, &first.text, &mut random);
        }
        match fault(&text, order) {
            Ok(count) => accepted += count,
            Err(fault) => faults.push(fault),
        }
    }
    println!("{texts} damaged texts: {accepted} accepted, {} faults", faults.len());
    assert!(faults.is_empty(), "{} faults, such as {:#?}", faults.len(), &faults[..faults.len().min(60)]);
}

#[test]
fn contradictions_are_refused() {
    for text in [
        "Monday, 6 June 2027", "Sa, 7. Mai 2027", "lundi 6 juin 2027", "domingo 7 de junio de 2027",
        "6 June 2027 - 5 June 2027", "vom 15. bis 13. Mai 2027", "du 15 au 13 mai 2027",
        "6/6/2027 18:00 - 5/6/2027 18:00", "31 June 2027", "31. Juni 2027", "29/2/2027", "2027-06-31",
        "5 June 2027 25:00", "5 June 2027 18:60", "5 June 2027 24:01", "5 June 2027 13:00 am",
        "5 June 2027 18:00 a.m.", "5 June 2027, 14 Uhr morgens", "5 June 2027 2028", "5/6/2027/2028",
        "Monday Tuesday 5 June 2027", "Monday, 5 June 2027 (Saturday)", "Saturday, 5 June 2027 (Saturday)",
        "5 June 2027 18:00-20:00 21:00-22:00", "5-7 June 2027 8-9 June 2027", "5 June 2027 18:00 19:00",
        "5 June 2027 18:00 - 19:00 - 20:00", "5 June 2027 18:00 19:00 20:00", "5 June 6 July 2027",
        "5 June 2027 6 pm pm", "5 June 2027 6 am pm", "5 June 2027 18:00 UTC CET", "5 June June 2027",
        "5 5 June 2027", "0 June 2027", "5 June 2027 18:00 - 18:00", "5-12-19 June 2027", "5, 6 June 2027",
        "05/06/2027 and 06/06/2027", "Mondays 7 June 2027 6pm", "mittwochs, 5. Mai 2027", "5-6-12 June 2027",
    ] {
        for order in DateOrder::ALL {
            let read = parse_moment(text, Some(order));
            assert!(read.is_err(), "{text} in {order:?}: {read:?}");
        }
    }
    for text in [
        "25:00", "18:60", "13:00 am", "0 pm", "18:00 19:00", "18:00-19:00-20:00", "6 am pm", "18:00 Uhr Uhr",
        "9:00-9:00", "8pm-12pm", "9-12am", "9am-12am", "12 de la mañana", "12h du matin", "2 hours",
        "17 Uhr ct", "5:pm", "19:00-9:00", "12-1 Uhr", "12:30 - 1:30", "9:00-5:00", "18-20", "noon - 1:30",
        "5PM-11h",
    ] {
        assert!(parse_time(text).is_err(), "{text}: {:?}", parse_time(text));
    }
}
