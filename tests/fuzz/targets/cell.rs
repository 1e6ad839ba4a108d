//! Any text as every kind of cell.
#![no_main]

use calcast::ical::rule::Rule;
use calcast::link::Link;
use calcast::model::settings::DateOrder;
use calcast::read::cell;
use calcast::read::time::{clock, date_text, language, recurrence_text, weekday};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for order in [None, Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst)] {
        let _ = date_text::read(text, order);
    }
    let _ = date_text::order_of(text);
    let _ = clock::read(text);
    let _ = weekday::read(text);
    let _ = language::flag(text);
    let _ = cell::duration(text);
    let _ = cell::contact(text);
    let _ = Link::parse(text);
    let by_words = recurrence_text::read(text).ok();
    let by_rule: Option<Rule> = text.parse().ok();
    for rule in by_words.into_iter().chain(by_rule) {
        // What is read is written so that it is read again.
        assert_eq!(rule.to_string().parse::<Rule>().as_ref(), Ok(&rule), "{rule}");
    }
});
