//! Tests of recurrences that are refused because they have several meanings, and of their neighbours that have one.

use calcast::dates::lexicon::is_never;
use calcast::dates::recurrence::{Recurrence, RecurrenceError, Start, parse};
use jiff::civil::{Date, time};

fn read_from(text: &str, start: &str) -> Result<Recurrence, RecurrenceError> {
    let date: Date = start.parse().unwrap();
    parse(text, Start { date, time: Some(time(18, 0, 0, 0)) }, None)
}

#[test]
fn each_kind_is_named() {
    for (text, found) in [
        ("jeden Dienstag außer 22.12.2026 bis 5.1.2027", "range of dates behind"),
        ("every Tuesday except 22 Dec 2026 through 5 January 2027", "range of dates behind"),
        ("every Tuesday except 22 Dec until 5 January 2027", "range of dates behind"),
        ("tous les mardis sauf du 22 décembre 2026 au 5 janvier 2027", "range of dates behind"),
        (
            "todos los martes excepto del 22 de diciembre de 2026 al 5 de enero de 2027",
            "range of dates behind",
        ),
        ("every Tuesday except July through August 2027", "range of dates behind"),
        ("jeden Dienstag außer Juli bis August 2027", "range of dates behind"),
        ("every Tuesday except Dec until Feb 2027", "range of dates behind"),
        ("jeden Dienstag außer 15.12.2026, 10 Termine", "a number of occurrences"),
        ("every Tuesday, 10 times except 2026-12-15", "a number of occurrences"),
        ("yearly for 3 days", "before the second"),
        ("every month for a week", "before the second"),
        ("every Saturday for 2 days", "before the second"),
        ("every other Tuesday for 1 week", "before the second"),
        ("every Tuesday until Friday", "a weekday as the end"),
        ("jeden Dienstag bis Freitag", "a weekday as the end"),
        ("tous les mardis jusqu’au vendredi", "a weekday as the end"),
        ("todos los martes hasta el viernes", "a weekday as the end"),
        ("sam et di", "beside a word of another language"),
        ("sa y do", "beside a word of another language"),
        ("tous les 15 j", "14 or 15 days"),
        ("cada 15 d", "14 or 15 days"),
        ("quincenal los martes y jueves", "14 or 15 days"),
        ("cada tercer día", "every second or every third day"),
        ("every 3 Thurs", "what could be two rhythms"),
        ("every Tuesday except August 2027", "a month or range of dates"),
        ("jeden Dienstag außer Dez 2026 bis Feb 2027", "a month or range of dates"),
        ("jeden 2 Dienstag", "what could be two rhythms"),
        ("every 3 Thursday", "what could be two rhythms"),
        ("every Tuesday except Wednesday", "what the series does not have"),
        ("every Tuesday except 16 Dec 2026", "what the series does not have"),
        ("Mon-Fri except Saturday", "what the series does not have"),
        ("every Tuesday in December except June", "what the series does not have"),
        ("every Tuesday except 1 Dec 2026", "an exception on the start"),
        ("every weekday Saturday", "no single rhythm"),
        ("weekends Monday", "no single rhythm"),
        ("daily on Tuesdays and Thursdays", "contradict"),
        ("every Tuesday from June until August", "months with “until”"),
        ("todos los martes desde junio hasta agosto", "months with “until”"),
        ("días laborables", "Monday to Friday or Monday to Saturday"),
        ("último día hábil del mes", "Monday to Friday or Monday to Saturday"),
        ("jeden Dienstag 1.12.", "no single rhythm"),
        ("ab 2.12. jeden Dienstag", "another first day"),
        ("weekly 2 weeks", "no single rhythm"),
        ("every Tuesday until 06/27", "an end that could be"),
        ("every Tuesday the 15th", "no single rhythm"),
        ("Dienstag (1. und 3. im Monat)", "no single rhythm"),
        ("every other Tuesday and every Thursday", "two rhythms in one cell"),
        ("the 15th of each quarter", "without its month"),
    ] {
        let error = read_from(text, "2026-12-01").unwrap_err();
        assert!(error.found.contains(found), "{text}: {error:?}");
        let is_prose = !error.help.starts_with("type ") || error.help.starts_with("type it like");
        assert!(is_prose || error.found.starts_with('“'), "{text}: {error:?}");
    }
}

#[test]
fn neighbours_with_one_meaning_are_read() {
    for (text, meaning) in [
        ("every Tuesday except July through August", "every Tuesday from September to June"),
        (
            "every Tuesday except 15 Dec 2026, until 30 March 2027",
            "every Tuesday until 2027-03-30 except 2026-12-15",
        ),
        ("Mon until Fri", "every Monday to Friday"),
        ("every Monday through Friday", "every Monday to Friday"),
        ("2do martes del mes", "monthly on the 2nd Tuesday"),
        ("tous les 15 jours le mardi", "every other Tuesday"),
        ("cada 15 días los martes", "every other Tuesday"),
        ("quincenal los martes", "every other Tuesday"),
        ("alle 2 Dienstage", "every other Tuesday"),
        ("every 2 Tuesdays", "every other Tuesday"),
        ("daily except Wednesday and Sunday", "every Monday, Tuesday, Thursday, Friday and Saturday"),
        ("weekdays and Saturday", "every Monday to Saturday"),
        ("jeden Dienstag 18.00 Uhr", "every Tuesday"),
        ("ab 1.12. jeden Dienstag", "every Tuesday"),
        ("dienstags bis 06/2027", "every Tuesday until 2027-06-30"),
        ("every Tuesday until 2027-06", "every Tuesday until 2027-06-30"),
        ("wöchentl.", "every week"),
        ("taeglich", "every day"),
        ("6-weekly", "every 6 weeks"),
        ("Mo/We/Fr", "every Monday, Wednesday and Friday"),
        ("weekly (6 weeks)", "every week until 2027-01-11"),
        ("weekly on Tuesday, 6 weeks", "every Tuesday until 2027-01-11"),
        ("dienstags, 8 Proben", "every Tuesday, 8 times"),
    ] {
        let rule = read_from(text, "2026-12-01").map(|rule| rule.to_string());
        assert_eq!(rule.as_deref(), Ok(meaning), "{text}");
    }
}

#[test]
fn help_keeps_the_rest_of_the_cell() {
    for (start, text, help) in [
        ("2026-12-31", "monthly", "type monthly on the last day, or monthly on the 31st"),
        ("2026-12-29", "every month", "type monthly on the 29th"),
        (
            "2028-02-29",
            "yearly until 2040-03-01",
            "type yearly on the last day in February until 2040-03-01, or yearly on 29 February until 2040-03-01",
        ),
        ("2026-12-31", "letzter Werktag im Monat", "say in its place which of them it is"),
        ("2026-12-01", "biweekly until June 2027", "say in its place which of them it is"),
        (
            "2026-12-01",
            "monthly on Tuesday until June 2027",
            "say which one of the month, as in the 1st Tuesday, and keep the rest of the cell",
        ),
        (
            "2026-12-01",
            "every other Tuesday and Thursday until June 2027",
            "say every 2 weeks on Tuesday and Thursday there; keep the rest of the cell",
        ),
        (
            "2026-12-08",
            "every second Tuesday until 31 March",
            "type every other Tuesday until 2027-03-31, or monthly on the 2nd Tuesday until 2027-03-31",
        ),
        (
            "2026-12-01",
            "every Tuesday and the last Friday until June 2027",
            "give each rhythm a row of its own",
        ),
    ] {
        assert_eq!(read_from(text, start).unwrap_err().help, help, "{text}");
    }
}

#[test]
fn words_for_no_repetition() {
    for text in ["n/a", "one-off", "ponctuel", "una vez", "einmalig", "none"] {
        assert!(is_never(text), "{text}");
    }
    assert!(!is_never("weekly"));
}
