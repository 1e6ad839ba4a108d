//! Properties of generated values, compared with the crates `icalendar`, `rss` and `rrule`.

use calcast::ical::line::ContentLine;
use calcast::ical::recur;
use calcast::ical::rule::Rule;
use calcast::model::route::Route;
use calcast::publish::document::Encoding;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use crate::site::{made_of, reading, snapshot, text_at, unfold};

/// Generates hostile cell texts.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,40}",
        "[\\PC]{0,120}",
        "[\\\\;,:\"^n\r\n\t]{0,30}",
        "\\PC{0,20}(BEGIN:VEVENT|END:VCALENDAR|</script>|]]>|&amp;|\u{2028}|\u{85})\\PC{0,20}",
    ]
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn table(rows: &[[String; 3]]) -> String {
    let mut table = String::from("id,title,start,description,location,region\n");
    for (number, [title, description, location]) in rows.iter().enumerate() {
        let (day, region) = (number % 28 + 1, ["USA/Ohio", "USA/Iowa", "Canada"][number % 3]);
        table.push_str(&format!(
            "e{number},{},2026-06-{day:02}T18:00,{},{},{region}\n",
            quoted(&format!("T {title}")),
            quoted(description),
            quoted(location)
        ));
    }
    table
}

const SETTINGS: &str =
    "title = \"Laws\"\ntimezone = \"America/Chicago\"\npast = \"all\"\nbase_url = \"https://example.org\"\n";

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// No cell can break the calendar: lines have at most 75 bytes, and `icalendar` reads every title back.
    #[test]
    fn a_calendar_carries_every_cell(rows in prop::collection::vec([cell(), cell(), cell()], 1..8)) {
        let snapshot = snapshot(&made_of(SETTINGS, &table(&rows)));
        let text = text_at(&snapshot, "/calendar.ics");
        prop_assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])));
        prop_assert!(unfold(&text).iter().all(|line| ContentLine::parse(line).is_some()));
        let parsed: icalendar::Calendar = text.parse().map_err(TestCaseError::fail)?;
        let titles: Vec<&str> = parsed.components.iter().filter_map(|component| match component {
            icalendar::CalendarComponent::Event(event) => Some(icalendar::Component::get_summary(event).unwrap()),
            _ => None,
        }).collect();
        let expected: Vec<&str> = snapshot.site().events().iter().map(|event| &*event.title).collect();
        prop_assert_eq!(titles, expected);
    }

    /// No cell can break a feed: each is well-formed and has an item for every upcoming event.
    #[test]
    fn a_feed_carries_every_cell(rows in prop::collection::vec([cell(), cell(), cell()], 1..8)) {
        let snapshot = snapshot(&made_of(SETTINGS, &table(&rows)));
        let channel = rss::Channel::read_from(text_at(&snapshot, "/events.rss").as_bytes()).unwrap();
        prop_assert_eq!(channel.items().len(), rows.len());
        let json: serde_json::Value = serde_json::from_str(&text_at(&snapshot, "/events.json")).unwrap();
        prop_assert_eq!(json["items"].as_array().unwrap().len(), rows.len());
        let page = text_at(&snapshot, "/");
        prop_assert!(!page.contains("<script>"), "{}", page);
    }

    /// The calendars of all regions together have the events of the calendar of everything.
    #[test]
    fn filters_split_what_is_there(rows in prop::collection::vec([cell(), cell(), cell()], 1..12)) {
        let snapshot = snapshot(&made_of(SETTINGS, &table(&rows)));
        let uids = |address: &str| -> Vec<String> {
            let mut uids: Vec<String> = unfold(&text_at(&snapshot, address))
                .into_iter().filter(|line| line.starts_with("UID:")).collect();
            uids.sort();
            uids
        };
        let all = uids("/calendar.ics");
        prop_assert_eq!(all.len(), rows.len());
        let regions = ["usa/ohio", "usa/iowa", "canada"];
        let mut parts: Vec<String> = regions.iter().take(rows.len())
            .flat_map(|region| uids(&format!("/regions/{region}.ics"))).collect();
        parts.sort();
        prop_assert_eq!(&parts, &all);
        if rows.len() >= 3 {
            prop_assert_eq!(uids("/f/region=usa,canada.ics"), all);
        }
    }

    /// Any bytes can be read as a table, and every rejected row has a diagnostic.
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400), head in any::<bool>()) {
        let mut table = if head { b"id,title,start,end,repeat,timezone,region\n".to_vec() } else { vec![] };
        table.extend(bytes);
        let mut folder = calcast::read::folder::Folder::new();
        folder.insert("events.csv", table);
        let reading = reading(&folder);
        prop_assert!(reading.value.report.left_out == 0 || reading.diagnostics.iter().next().is_some());
    }

    /// Any request target can be parsed, and formatting a route is the inverse.
    #[test]
    fn any_target_is_parsed(target in "/[a-z/.%=;,&?0-9 \\PC]{0,60}") {
        let (path, query) = target.split_once('?').map_or((&*target, None), |(p, q)| (p, Some(q)));
        if let Ok(route) = Route::parse(path, query) {
            let printed = route.to_string();
            let (path, query) = printed.split_once('?').map_or((&*printed, None), |(p, q)| (p, Some(q)));
            prop_assert_eq!(Route::parse(path, query), Ok(route), "{}", printed);
        }
    }

    /// Compressed bodies decompress to the document.
    #[test]
    fn compression_is_lossless(rows in prop::collection::vec([cell(), cell(), cell()], 1..8)) {
        use std::io::Read as _;
        let snapshot = snapshot(&made_of(SETTINGS, &table(&rows)));
        let document = snapshot.document(&Route::parse("/calendar.ics", None).unwrap()).unwrap();
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&document.body(Encoding::Gzip)[..]).read_to_end(&mut plain).unwrap();
        prop_assert_eq!(&plain[..], &document.body(Encoding::Identity)[..]);
        let page = snapshot.document(&Route::parse("/", None).unwrap()).unwrap();
        let mut plain = Vec::new();
        brotli::BrotliDecompress(&mut &page.body(Encoding::Brotli)[..], &mut plain).unwrap();
        prop_assert_eq!(&plain[..], &page.body(Encoding::Identity)[..]);
    }
}

fn rules() -> impl Strategy<Value = String> {
    let days = prop::sample::subsequence(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"], 1..4)
        .prop_map(|days| days.join(","));
    let nth = (
        prop::sample::select(vec![-2i8, -1, 1, 2, 3, 4]),
        prop::sample::select(vec!["MO", "TU", "SA", "SU"]),
    )
        .prop_map(|(n, day)| format!("{n}{day}"));
    let period = prop_oneof![
        Just("FREQ=DAILY".to_owned()),
        days.clone().prop_map(|days| format!("FREQ=DAILY;BYDAY={days}")),
        days.clone().prop_map(|days| format!("FREQ=WEEKLY;BYDAY={days}")),
        days.clone().prop_map(|days| format!("FREQ=WEEKLY;WKST=SU;BYDAY={days}")),
        Just("FREQ=MONTHLY".to_owned()),
        nth.clone().prop_map(|day| format!("FREQ=MONTHLY;BYDAY={day}")),
        prop::sample::select(vec![-1i8, 1, 15, 31]).prop_map(|day| format!("FREQ=MONTHLY;BYMONTHDAY={day}")),
        (days, prop::sample::select(vec![-1i8, 1, 2]))
            .prop_map(|(days, at)| format!("FREQ=MONTHLY;BYDAY={days};BYSETPOS={at}")),
        Just("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR".to_owned()),
        Just("FREQ=YEARLY".to_owned()),
        (1u8..=12).prop_map(|month| format!("FREQ=YEARLY;BYMONTH={month};BYMONTHDAY=10,20")),
        (nth, 1u8..=12).prop_map(|(day, month)| format!("FREQ=YEARLY;BYMONTH={month};BYDAY={day}")),
    ];
    (period, 1u8..=3, 1u8..=30)
        .prop_map(|(period, interval, count)| format!("{period};INTERVAL={interval};COUNT={count}"))
}

fn dates_by_rrule(rule: &str, first: Date) -> Vec<Date> {
    let text = format!("DTSTART:{}T120000Z\nRRULE:{rule}", first.strftime("%Y%m%d"));
    let set: rrule::RRuleSet = text.parse().unwrap();
    let found = set.all(100).dates;
    found.iter().map(|at| at.format("%Y-%m-%d").to_string().parse().unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Dates of a rule, from its own first date on, are those of `rrule`.
    #[test]
    fn the_dates_of_a_rule(text in rules(), offset in 0i32..1500) {
        let rule: Rule = text.parse().unwrap();
        let from = date(2024, 1, 1).checked_add(jiff::Span::new().days(offset)).unwrap();
        let Some(first) = recur::dates(&rule, from).next() else { return Ok(()) };
        let ours: Vec<Date> = recur::dates(&rule, first).collect();
        prop_assert_eq!(&ours, &dates_by_rrule(&text, first), "{} from {}", text, first);
        prop_assert_eq!(rule.to_string().parse::<Rule>().unwrap(), rule);
    }
}

/// A large document is cached.
#[test]
fn a_large_document_is_cached() {
    use std::fmt::Write as _;
    let mut table = String::from("id,title,start,description\n");
    let text = "Bring a friend. ".repeat(60_000);
    for row in 0..12 {
        writeln!(table, "ev{row},Meeting,2026-07-01,{text}").unwrap();
    }
    let snapshot = snapshot(&made_of("", &table));
    let route = Route::parse("/calendar.ics", None).unwrap();
    let first = snapshot.document(&route).unwrap();
    assert!(first.weight() > 8 << 20, "{}", first.weight());
    assert!(std::sync::Arc::ptr_eq(&first, &snapshot.document(&route).unwrap()));
}
