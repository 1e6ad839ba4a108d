//! Recurrence rules that all calendar programs support.
//!
//! RFC 5545 §3.3.10 allows more than any program does: Outlook has five recurrence patterns (MS-OXOCAL §2.2.1.44), and
//! Thunderbird continues in the next month if a month is too short.

use jiff::civil::Date;

use super::rule::{Frequency, Rule};

/// Returns a rule with the same dates in the form that most programs read correctly.
#[must_use]
pub fn shared_form(mut rule: Rule, first: Date) -> Rule {
    let is_of_start = rule.by_month_day.is_empty() && rule.by_day.is_empty() && !rule.by_month.is_empty();
    if rule.frequency == Frequency::Yearly && is_of_start {
        rule.by_month_day = vec![first.day()];
    }
    let by_day_of_month = !rule.by_month_day.is_empty() && rule.by_set_pos.is_empty() && rule.interval == 1;
    // Daily rules for some days of the month and yearly rules for some days of some months are monthly.
    let is_monthly = match rule.frequency {
        Frequency::Daily => by_day_of_month,
        Frequency::Yearly => by_day_of_month && has_missing_day(&rule) && !is_leap_day(&rule),
        Frequency::Weekly | Frequency::Monthly => false,
    };
    if is_monthly { Rule { frequency: Frequency::Monthly, ..rule } } else { rule }
}

/// Returns the part of a rule that some programs do not support, or `None` if all support it.
#[must_use]
pub fn unsupported(rule: &Rule) -> Option<&'static str> {
    let Rule { frequency, by_month, by_month_day, by_day, by_set_pos, .. } = rule;
    let numbered = by_day.iter().filter(|by| by.nth.is_some()).count();
    let one_day = match (&by_month_day[..], by_day.len(), &by_set_pos[..]) {
        ([], 0, []) => true,
        ([day], 0, []) => *day >= -1,
        ([], 1, []) => by_day.iter().all(|by| by.nth.is_some_and(|nth| (-1..=4).contains(&nth))),
        ([], _, [position]) => numbered == 0 && (-1..=4).contains(position),
        _ => false,
    };
    let is_shared = match frequency {
        Frequency::Daily => {
            by_month.is_empty() && by_month_day.is_empty() && by_day.is_empty() && by_set_pos.is_empty()
        }
        Frequency::Weekly => by_month.is_empty() && by_set_pos.is_empty(),
        Frequency::Monthly => by_month.is_empty() && one_day,
        Frequency::Yearly => by_month.len() <= 1 && one_day && (by_month.len() == 1 || by_day.is_empty()),
    };
    if is_shared {
        return None;
    }
    Some(match frequency {
        Frequency::Daily => "a daily rhythm on some days only",
        Frequency::Weekly => "a weekly rhythm in some months only",
        Frequency::Monthly => "several days in a month, or some months only",
        Frequency::Yearly => "several days or months in a year",
    })
}

/// Returns whether a month of the rule lacks one of its days.
fn has_missing_day(rule: &Rule) -> bool {
    let shortest = |month: i8| match month {
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let is_named = |month: &i8| rule.by_month.is_empty() || rule.by_month.contains(month);
    let longest = rule.by_month_day.iter().map(|day| day.abs()).max().unwrap_or(0);
    (1..=12).filter(is_named).any(|month| longest > shortest(month))
}

/// Returns whether the rule is for 29 February alone, which programs expect as a yearly rule.
fn is_leap_day(rule: &Rule) -> bool {
    rule.by_month == [2] && rule.by_month_day == [29]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Rule {
        text.parse().unwrap()
    }

    #[test]
    fn days_of_the_month_are_monthly() {
        let shared = |text: &str| shared_form(rule(text), jiff::civil::date(2028, 1, 29)).to_string();
        assert_eq!(shared("FREQ=YEARLY;BYMONTH=1,2"), "FREQ=MONTHLY;BYMONTH=1,2;BYMONTHDAY=29");
        assert_eq!(shared("FREQ=DAILY;BYMONTHDAY=29,-1"), "FREQ=MONTHLY;BYMONTHDAY=29,-1");
        assert_eq!(
            shared("FREQ=YEARLY;BYMONTH=9,10;BYMONTHDAY=31"),
            "FREQ=MONTHLY;BYMONTH=9,10;BYMONTHDAY=31"
        );
        for same in [
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
            "FREQ=YEARLY;BYMONTH=3,5;BYMONTHDAY=30",
            "FREQ=YEARLY;INTERVAL=2;BYMONTH=9;BYMONTHDAY=31",
            "FREQ=DAILY;INTERVAL=2;BYMONTHDAY=1",
        ] {
            assert_eq!(shared(same), same);
        }
    }

    #[test]
    fn patterns_of_outlook_are_supported() {
        for text in [
            "FREQ=DAILY;INTERVAL=3",
            "FREQ=WEEKLY;BYDAY=MO,TH",
            "FREQ=MONTHLY",
            "FREQ=MONTHLY;BYDAY=2TU",
            "FREQ=MONTHLY;BYMONTHDAY=15",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "FREQ=YEARLY",
            "FREQ=YEARLY;BYMONTH=5;BYDAY=-1SU",
        ] {
            assert_eq!(unsupported(&rule(text)), None, "{text}");
        }
        for text in [
            "FREQ=DAILY;BYMONTH=1", "FREQ=MONTHLY;BYDAY=1TU,3TU", "FREQ=MONTHLY;BYMONTHDAY=1,15",
            "FREQ=MONTHLY;BYMONTHDAY=-2", "FREQ=YEARLY;BYMONTH=3,9", "FREQ=YEARLY;BYDAY=20MO",
        ] {
            assert!(unsupported(&rule(text)).is_some(), "{text}");
        }
    }
}
