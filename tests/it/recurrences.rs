//! Tests of recurrences: each form, each refusal, and random rules in four languages.

use calcast::dates::lexicon::Unit;
use calcast::dates::order::DateOrder;
use calcast::dates::recurrence::{End, NthWeekday, Recurrence, RecurrenceError, Start, parse};
use jiff::civil::{Date, Weekday, date, time};
use proptest::prelude::*;

const DAYS: [Weekday; 7] = {
    use Weekday::*;
    [Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday]
};

fn start(date: Date) -> Start {
    Start { date, time: Some(time(18, 0, 0, 0)) }
}

fn read(text: &str) -> Result<Recurrence, RecurrenceError> {
    parse(text, start(date(2026, 12, 1)), None)
}

#[test]
fn two_meanings_are_refused_with_both() {
    for (on, text, help) in [
        ("2026-12-08", "every second Tuesday", "type every other Tuesday, or monthly on the 2nd Tuesday"),
        ("2026-12-08", "jeden zweiten Dienstag", "type every other Tuesday, or monthly on the 2nd Tuesday"),
        ("2026-12-08", "chaque deuxième mardi", "type every other Tuesday, or monthly on the 2nd Tuesday"),
        ("2026-12-08", "cada segundo martes", "type every other Tuesday, or monthly on the 2nd Tuesday"),
        (
            "2026-12-17",
            "every 3rd Thursday",
            "type every 3 weeks on Thursday, or monthly on the 3rd Thursday",
        ),
        (
            "2027-05-09",
            "every second Sunday in May",
            "type every other Sunday in May, or yearly on the 2nd Sunday in May",
        ),
        ("2026-12-02", "every 2nd day of the month", "type monthly on the 2nd, or every 2 days"),
        (
            "2026-12-01",
            "weekly until 06/07/2027",
            "type every week until 2027-07-06, or every week until 2027-06-07",
        ),
        ("2027-06-05", "yearly on 5/6", "type yearly on 5 June"),
        ("2026-12-01", "monthly on Tuesday", "type monthly on the 1st Tuesday, or every Tuesday"),
        ("2026-12-01", "every other Tuesday and Thursday", "type every 2 weeks on Tuesday and Thursday"),
        ("2026-12-01", "1st-3rd Tuesday", "type 1st Tuesday, 2nd Tuesday and 3rd Tuesday"),
        (
            "2026-12-21",
            "3rd Monday and Wednesday",
            "type 3rd Monday and 3rd Wednesday; or write every Wednesday in a row of its own",
        ),
        ("2026-12-15", "on the 15th", "type monthly on the 15th"),
        ("2027-07-04", "4 July", "type yearly on 4 July"),
        ("2026-12-01", "every Tuesday until 31 March", "type every Tuesday until 2027-03-31"),
        ("2026-12-01", "tous les mardis jusqu’en juin", "type every Tuesday until 2027-06-30"),
        (
            "2026-12-01",
            "every second",
            "set the start to the first date of monthly on the 2nd, and say so in the cell",
        ),
        ("2026-12-01", "biweekly", "type every 2 weeks; or write both weekdays"),
        ("2026-12-01", "werktags", "type montags bis freitags, or montags bis samstags"),
        ("2026-12-01", "tous les quinze jours", "type toutes les deux semaines"),
    ] {
        let error = parse(text, start(on.parse().unwrap()), None).unwrap_err();
        assert_eq!(error.help, help, "{text}");
        for suggestion in help.trim_start_matches("type ").split("; or write ").next().unwrap().split(", or ")
        {
            assert!(
                parse(suggestion, start(on.parse().unwrap()), None).is_ok() || !help.starts_with("type"),
                "{suggestion}"
            );
        }
    }
}

#[test]
fn two_rhythms_are_refused_with_a_row_for_each() {
    for (text, first, second) in [
        ("every Monday and the last Wednesday of the month", "every Monday", "monthly on the last Wednesday"),
        (
            "first Monday in May and last Monday in August",
            "yearly on the 1st Monday in May",
            "yearly on the last Monday in August",
        ),
        ("every May 5 and June 6", "yearly on 5 May", "yearly on 6 June"),
        ("5 May and 6 June every year", "yearly on 5 May", "yearly on 6 June"),
        ("every Tuesday and the 15th", "every Tuesday", "monthly on the 15th"),
        ("jeden Dienstag und jeden letzten Freitag", "every Tuesday", "monthly on the last Friday"),
        ("tous les mardis et un vendredi sur deux", "every Tuesday", "every other Friday"),
        ("todos los martes y el último viernes del mes", "every Tuesday", "monthly on the last Friday"),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(error.found, "two rhythms in one cell", "{text}");
        let help =
            format!("give each rhythm a row of its own: one with {first} in `repeat`, one with {second}");
        assert!(error.help == help || text.contains("15th"), "{text}: {}", error.help);
    }
}

#[test]
fn contradictions_are_refused() {
    for (text, found) in [
        ("every Tuesday at 7pm", "another time than the start"),
        ("every Tuesday 18:00-20:00", "a range of times"),
        ("Tuesday mornings", "another time than the start"),
        ("daily starting March 3rd", "another first day"),
        ("every Tuesday until 1 Nov 2026", "before the start"),
        ("every Tuesday until 31 June 2027", "does not exist"),
        ("every Tuesday until Monday 31 March 2027", "does not exist"),
        ("every Tuesday except 15 Dec", "without its year"),
        ("6th Monday of the month", "which no month has"),
        ("yearly on 30 February", "no such month has"),
        ("weekly on the 2nd Tuesday", "contradict each other"),
        ("weekly except Sunday", "leaves nothing"),
        ("3 times a week on Tuesday and Thursday", "3 times, but another number"),
        ("first Tuesday of each quarter", "a day of each quarter"),
        ("yearly on the first Monday", "without its month"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.found.contains(found), "{text}: {error:?}");
    }
}

#[test]
fn what_is_no_whole_rhythm_is_refused() {
    for text in [
        "",
        "yes",
        "every",
        "every second",
        "for 3x",
        "10 times",
        "until June 2027",
        "in June",
        "June",
        "every June",
        "every Jan-Mar",
        "yearly in June",
        "third week",
        "first weekend of the month",
        "6 months",
        "2 weeks",
        "twice weekly",
        "twice a month",
        "once a month",
        "einmal im Monat",
        "une fois par mois",
        "una vez al mes",
        "every 2 hours",
        "hourly",
        "twice a day",
        "every day at 10, 12 and 17",
        "semi-monthly",
        "bimonthly",
        "about every 2 weeks",
        "every two weeks or so",
        "every Tuesday or Thursday",
        "weekly or monthly",
        "every Tuesday in term time",
        "every Tuesday in summer",
        "dienstags außer in den Ferien",
        "every Tuesday?",
        "every Tuesday until Christmas",
        "every Tuesday until 2027",
        "every Tuesday for 10 weeks until 1 May 2027",
        "every other Tuesday of the month",
        "1 Dec 2026",
        "Tue 1 Dec 2026 - Thu 3 Dec 2026",
        "first 3 Mondays",
        "every 0 days",
        "every 1000 days",
        "every Tuesday, 10 weeks",
        "every 15",
        "tous les 15",
        "every two",
        "2 times every 3 weeks",
        "twice every three weeks",
        "weekly, once",
        "every other weekday",
        "MF",
        "every even week",
    ] {
        assert!(read(text).is_err(), "{text}: {:?}", read(text));
    }
}

#[test]
fn unknown_words_are_named() {
    let error = read("jeden Dienstag außer in den Ferien").unwrap_err();
    assert_eq!(error.found, "the word “Ferien”");
    let rules = error.help.strip_prefix("type it like one of these: ").unwrap();
    for rule in rules.split("; ") {
        assert!(read(rule).is_ok(), "{rule}");
    }
}

#[test]
fn the_order_of_numbers_decides() {
    let until = |order| parse("weekly until 06/07/2027", start(date(2026, 12, 1)), Some(order)).unwrap().end;
    assert_eq!(until(DateOrder::DayFirst), Some(End::Until(date(2027, 7, 6))));
    assert_eq!(until(DateOrder::MonthFirst), Some(End::Until(date(2027, 6, 7))));
}

/// How a language says a rule.
struct Phrases {
    units: [[&'static str; 2]; 4],
    weekdays: [&'static str; 7],
    months: [&'static str; 12],
    on: &'static str,
    and: &'static str,
    nth: fn(i8) -> String,
    day: &'static str,
    working_day: &'static str,
    month_day: fn(i8) -> String,
    of: &'static str,
    in_months: &'static str,
    until: fn(Date) -> String,
    times: &'static str,
    except: &'static str,
}

const GERMAN_MONTHS: [&str; 12] = [
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
    "November", "Dezember",
];
const FRENCH_MONTHS: [&str; 12] = [
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
    "novembre", "décembre",
];
const SPANISH_MONTHS: [&str; 12] = [
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
    "noviembre", "diciembre",
];

fn name<'n>(names: &[&'n str; 12], month: i8) -> &'n str {
    names[usize::try_from(month).unwrap() - 1]
}

const LANGUAGES: [Phrases; 3] = [
    Phrases {
        units: [
            ["jeden Tag", "alle # Tage"],
            ["jede Woche", "alle # Wochen"],
            ["jeden Monat", "alle # Monate"],
            ["jedes Jahr", "alle # Jahre"],
        ],
        weekdays: ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
        months: GERMAN_MONTHS,
        on: " am ",
        and: " und ",
        nth: |nth| match nth {
            -1 => "letzten".to_owned(),
            -2 => "vorletzten".to_owned(),
            nth => format!("{nth}."),
        },
        day: " Tag",
        working_day: " Arbeitstag",
        month_day: |day| format!("{day}."),
        of: " ",
        in_months: " im ",
        until: |last| format!(" bis zum {}.{}.{}", last.day(), last.month(), last.year()),
        times: "mal",
        except: " außer am ",
    },
    Phrases {
        units: [
            ["tous les jours", "tous les # jours"],
            ["toutes les semaines", "toutes les # semaines"],
            ["tous les mois", "tous les # mois"],
            ["tous les ans", "tous les # ans"],
        ],
        weekdays: ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
        months: FRENCH_MONTHS,
        on: " le ",
        and: " et ",
        nth: |nth| match nth {
            -1 => "dernier".to_owned(),
            -2 => "avant-dernier".to_owned(),
            1 => "1er".to_owned(),
            nth => format!("{nth}e"),
        },
        day: " jour",
        working_day: " jour ouvré",
        month_day: |day| day.to_string(),
        of: " ",
        in_months: " en ",
        until: |last| {
            format!(" jusqu’au {} {} {}", last.day(), name(&FRENCH_MONTHS, last.month()), last.year())
        },
        times: "fois",
        except: " sauf le ",
    },
    Phrases {
        units: [
            ["cada día", "cada # días"],
            ["cada semana", "cada # semanas"],
            ["cada mes", "cada # meses"],
            ["cada año", "cada # años"],
        ],
        weekdays: ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
        months: SPANISH_MONTHS,
        on: " el ",
        and: " y ",
        nth: |nth| match nth {
            -1 => "último".to_owned(),
            -2 => "penúltimo".to_owned(),
            nth => format!("{nth}º"),
        },
        day: " día",
        working_day: " día de semana",
        month_day: |day| day.to_string(),
        of: " de ",
        in_months: " en ",
        until: |last| {
            format!(" hasta el {} de {} de {}", last.day(), name(&SPANISH_MONTHS, last.month()), last.year())
        },
        times: "veces",
        except: " excepto el ",
    },
];

impl Phrases {
    fn joined(&self, items: &[String]) -> String {
        match items {
            [rest @ .., last] if !rest.is_empty() => {
                format!("{}{}{last}", rest.join(", "), self.and)
            }
            _ => items.concat(),
        }
    }

    fn say(&self, rule: &Recurrence) -> String {
        let unit = match rule.unit {
            Unit::Day => 0,
            Unit::Week => 1,
            Unit::Month => 2,
            _ => 3,
        };
        let mut text = self.units[unit][usize::from(rule.every > 1)].replace('#', &rule.every.to_string());
        let weekday = |weekday: &NthWeekday| {
            let name = self.weekdays[DAYS.iter().position(|day| *day == weekday.day).unwrap()];
            weekday.nth.map_or(name.to_owned(), |nth| format!("{} {name}", (self.nth)(nth)))
        };
        let month_day = |day: &i8| {
            if *day < 0 { (self.nth)(*day) + self.day } else { (self.month_day)(*day) }
        };
        let days: Vec<String> = match rule.position {
            Some(nth) => vec![(self.nth)(nth) + self.working_day],
            None => rule.weekdays.iter().map(weekday).chain(rule.month_days.iter().map(month_day)).collect(),
        };
        if !days.is_empty() {
            text = text + self.on + &self.joined(&days);
        }
        let months: Vec<String> =
            rule.months.iter().map(|month| name(&self.months, *month).to_owned()).collect();
        let is_day_of_year = rule.unit == Unit::Year && rule.month_days.iter().any(|day| *day > 0);
        if !months.is_empty() {
            let before = if is_day_of_year { self.of } else { self.in_months };
            text = text + before + &self.joined(&months);
        }
        match rule.end {
            Some(End::Until(last)) => text += &(self.until)(last),
            Some(End::Count(count)) => text += &format!(", {count} {}", self.times),
            None => {}
        }
        if !rule.except.is_empty() {
            text =
                text + self.except + &rule.except.iter().map(Date::to_string).collect::<Vec<_>>().join(", ");
        }
        text
    }
}

fn weekdays() -> impl Strategy<Value = Vec<NthWeekday>> {
    (1u8..127).prop_map(|bits| {
        DAYS.iter()
            .enumerate()
            .filter(|(at, _)| bits & (1 << at) != 0)
            .map(|(_, day)| NthWeekday { nth: None, day: *day })
            .collect()
    })
}

fn nth_weekdays() -> impl Strategy<Value = Vec<NthWeekday>> {
    let nth = prop::sample::select(vec![1, 2, 3, 4, 5, -1, -2]);
    prop::collection::vec((nth, 0usize..7), 1..4).prop_map(|items| {
        let mut found: Vec<NthWeekday> =
            items.into_iter().map(|(nth, day)| NthWeekday { nth: Some(nth), day: DAYS[day] }).collect();
        found.sort_by_key(|day| (day.nth < Some(0), day.nth, day.day.to_monday_zero_offset()));
        found.dedup();
        found
    })
}

fn month_days() -> impl Strategy<Value = Vec<i8>> {
    (prop::collection::btree_set(1i8..=28, 1..4), any::<bool>())
        .prop_map(|(days, has_last)| days.into_iter().chain(has_last.then_some(-1)).collect())
}

fn months(least: usize) -> impl Strategy<Value = Vec<i8>> {
    prop::collection::btree_set(1i8..=12, least..8).prop_map(|months| months.into_iter().collect())
}

fn rule(unit: Unit, every: u16) -> Recurrence {
    let (weekdays, month_days, months, except) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    Recurrence { unit, every, weekdays, month_days, months, position: None, end: None, except }
}

/// Rhythms and days in their canonical form.
fn days_of_rules() -> impl Strategy<Value = Recurrence> {
    let every = prop_oneof![Just(1u16), 2u16..7, 9u16..14];
    let months_or_none = prop_oneof![Just(Vec::new()), months(2)];
    prop_oneof![
        every.clone().prop_map(|every| rule(Unit::Day, every)),
        every.clone().prop_map(|every| rule(Unit::Week, every)),
        (every.clone(), weekdays())
            .prop_map(|(every, weekdays)| Recurrence { weekdays, ..rule(Unit::Week, every) }),
        (weekdays(), months(1)).prop_map(|(weekdays, months)| Recurrence {
            weekdays,
            months,
            ..rule(Unit::Week, 1)
        }),
        every.clone().prop_map(|every| rule(Unit::Month, every)),
        (every.clone(), nth_weekdays())
            .prop_map(|(every, weekdays)| Recurrence { weekdays, ..rule(Unit::Month, every) }),
        (every.clone(), month_days())
            .prop_map(|(every, month_days)| Recurrence { month_days, ..rule(Unit::Month, every) }),
        (nth_weekdays(), months_or_none.clone()).prop_map(|(weekdays, months)| Recurrence {
            weekdays,
            months,
            ..rule(Unit::Month, 1)
        }),
        (month_days(), months_or_none).prop_map(|(month_days, months)| Recurrence {
            month_days,
            months,
            ..rule(Unit::Month, 1)
        }),
        (every.clone(), prop::bool::ANY).prop_map(|(every, is_last)| {
            let weekdays = DAYS[..5].iter().map(|day| NthWeekday { nth: None, day: *day }).collect();
            Recurrence { weekdays, position: Some(if is_last { -1 } else { 1 }), ..rule(Unit::Month, every) }
        }),
        every.clone().prop_map(|every| rule(Unit::Year, every)),
        (every.clone(), nth_weekdays(), 1i8..=12).prop_map(|(every, weekdays, month)| Recurrence {
            weekdays,
            months: vec![month],
            ..rule(Unit::Year, every)
        }),
        (every, prop::collection::btree_set(1i8..=28, 1..4), 1i8..=12).prop_map(|(every, days, month)| {
            Recurrence {
                month_days: days.into_iter().collect(),
                months: vec![month],
                ..rule(Unit::Year, every)
            }
        }),
    ]
}

fn rules() -> impl Strategy<Value = Recurrence> {
    let day = (2027i16..2030, 1i8..=12, 1i8..=28).prop_map(|(year, month, day)| date(year, month, day));
    let end = prop_oneof![
        Just(None),
        day.clone().prop_map(|last| Some(End::Until(last))),
        (2u16..100).prop_map(|count| Some(End::Count(count)))
    ];
    let except = prop::collection::btree_set(day, 0..3);
    (days_of_rules(), end, except).prop_map(|(rule, end, except)| {
        let rule = Recurrence { end, ..rule };
        // Only days of the series are left out, and none if it has a count.
        let is_one = |day: &Date| read(&format!("{rule} except {day}")).is_ok();
        Recurrence { except: except.into_iter().filter(is_one).collect(), ..rule }
    })
}

proptest! {
    #[test]
    fn parse_inverts_display(rule in rules()) {
        let text = rule.to_string();
        prop_assert_eq!(read(&text), Ok(rule), "{}", text);
    }

    #[test]
    fn parse_inverts_other_languages(rule in rules(), language in 0usize..3) {
        let text = LANGUAGES[language].say(&rule);
        prop_assert_eq!(read(&text), Ok(rule), "{}", text);
    }

    #[test]
    fn no_text_panics(words in prop::collection::vec(prop::sample::select(vec![
        "every", "Tuesday", "2nd", "5", "15.", "of", "the", "month", "until", "June", "2027", "except", ",", "and", "-", "/", "x",
        "times", "mar", "de", "a", "le", "week", "other", "last", "12", "at", "6pm", "quarter", "starting", "for", "(", "20", "tous les",
    ]), 0..20)) {
        let _ = read(&words.join(" "));
    }
}
