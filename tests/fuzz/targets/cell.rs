//! Any text as every kind of cell.
#![no_main]

use calcast::dates::moment::{self, Moment};
use calcast::dates::order::DateOrder;
use calcast::dates::recurrence::{self, Start};
use calcast::dates::{duration, lexicon, zone};
use calcast::ical::rule::Rule;
use calcast::link::Link;
use calcast::read::cell;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for order in [None, Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst), Some(DateOrder::YearFirst)] {
        if let Ok(moment @ (Moment::Days { .. } | Moment::At { .. })) = moment::parse_moment(text, order) {
            // What is read can be typed as it is displayed.
            let shown = moment.to_string();
            let again = moment::parse_moment(&shown, None);
            assert_eq!(again.map(|moment| moment.to_string()), Ok(shown), "{text}");
        }
    }
    let _ = moment::orders(text);
    let _ = moment::parse_time(text);
    let _ = moment::parse_weekdays(text);
    let _ = lexicon::flag(text);
    let _ = lexicon::is_never(text);
    let _ = zone::likely_zone(text);
    let _ = duration::parse_duration(text);
    let _ = cell::contact(text);
    let _ = Link::parse(text);
    let start = Start { date: jiff::civil::date(2026, 12, 1), time: Some(jiff::civil::time(18, 0, 0, 0)) };
    if let Ok(rule) = recurrence::parse(text, start, None) {
        let shown = rule.to_string();
        assert_eq!(recurrence::parse(&shown, start, None), Ok(rule), "{text}: {shown}");
    }
    if let Ok(rule) = text.parse::<Rule>() {
        // What is read is written so that it is read again.
        assert_eq!(rule.to_string().parse::<Rule>().as_ref(), Ok(&rule), "{rule}");
    }
});
