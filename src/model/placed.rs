//! Local times placed in their zones. A table has many times and few zones: the stretches of time over which
//! a zone keeps its offset are remembered, so that most are placed without asking the zone again.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, AmbiguousZonedDateTime, Offset, TimeZone};
use jiff::{ToSpan, ZonedDateTime};

use super::when::place;

/// The most zones that are remembered.
const MOST_ZONES: usize = 64;
/// The most stretches of one zone that are remembered.
const MOST_STRETCHES: usize = 64;
/// How many days before a time its zone is asked for changes.
const BACK: i64 = 730;
/// How far from a change of its offset a zone is asked: no change moves a clock further.
const NEAR: i32 = 2;

/// A local time and its offset from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The local time.
    pub at: DateTime,
    /// Its offset.
    pub offset: Offset,
}

impl Placed {
    /// The same with its zone.
    ///
    /// # Panics
    /// Never: only years that calcast takes are placed.
    #[must_use]
    pub fn with_zone(self, zone: TimeZone) -> ZonedDateTime {
        let instant = self.offset.to_timestamp(self.at).expect("it was an instant when it was placed");
        ZonedDateTime::new(instant, zone)
    }

    /// Whether it is an earlier instant than another.
    #[must_use]
    pub fn is_before(self, other: Placed) -> bool {
        if self.offset == other.offset {
            return self.at < other.at;
        }
        // Where there is no instant, there is no order either.
        self.offset.to_timestamp(self.at).ok() < other.offset.to_timestamp(other.at).ok()
    }
}

impl From<&ZonedDateTime> for Placed {
    fn from(at: &ZonedDateTime) -> Placed {
        Placed { at: at.datetime(), offset: at.offset() }
    }
}

/// The zones that were named, and what is known of them.
#[derive(Debug, Default)]
pub struct OffsetCache {
    zones: Vec<Zone>,
}

/// A zone of a [`OffsetCache`].
#[derive(Debug)]
pub struct Zone {
    name: String,
    zone: TimeZone,
    stretches: Vec<Stretch>,
}

/// From one local time to another, the latter not included, a zone has one offset, and no local time twice.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    /// The [`rank`] of either.
    from: i64,
    to: i64,
    offset: Offset,
    /// The instants of both, in seconds since 1970.
    since: i64,
    until: i64,
}

/// A number for a local time, greater for a later one: two are compared in one step.
fn rank(at: DateTime) -> i64 {
    let day = (i64::from(at.year()) * 16 + i64::from(at.month())) * 32 + i64::from(at.day());
    ((day * 32 + i64::from(at.hour())) * 64 + i64::from(at.minute())) * 64 + i64::from(at.second())
}

impl OffsetCache {
    /// The zone of a name; `find` is asked for one that is not known yet.
    pub fn zone(&mut self, name: &str, find: impl FnOnce() -> Option<TimeZone>) -> Option<&mut Zone> {
        let known = match self.zones.iter().position(|zone| zone.name == name) {
            Some(known) => known,
            None => {
                let zone = find()?;
                if self.zones.len() >= MOST_ZONES {
                    self.zones.clear();
                }
                self.zones.push(Zone { name: name.to_owned(), zone, stretches: Vec::new() });
                self.zones.len() - 1
            }
        };
        self.zones.get_mut(known)
    }

    /// Whether the clock shows the local time of an instant once. One that it shows twice means its first
    /// (RFC 5545 §3.3.5), but some programs take the second.
    pub fn is_plain(&mut self, at: &ZonedDateTime) -> bool {
        let zone = at.time_zone();
        let mut is_plain = true;
        match zone.iana_name().and_then(|name| self.zone(name, || Some(zone.clone()))) {
            // In a stretch that is known one need not ask for the local time.
            Some(known) if known.keeps_offset(at.timestamp().as_second()) => {}
            Some(known) => drop(known.place(at.datetime(), |_| is_plain = false)),
            None => is_plain = !zone.clone().into_ambiguous_zoned_datetime(at.datetime()).is_ambiguous(),
        }
        is_plain
    }

    /// Whether the local time of an instant says which instant it is, where it is placed as RFC 5545 §3.3.5 says.
    pub fn says_itself(&mut self, at: &ZonedDateTime) -> bool {
        self.is_plain(at) || says_itself(at)
    }
}

/// The same of a single one.
#[must_use]
pub fn says_itself(at: &ZonedDateTime) -> bool {
    place(at.datetime(), at.time_zone()).is_some_and(|placed| placed == *at)
}

impl Zone {
    /// The zone itself.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Places a local time as RFC 5545 §3.3.5 says: in a gap with the offset before it, in a fold the first
    /// time. What is odd about it is handed to `tell`. `None` past the calendar's end.
    pub fn place(&mut self, at: DateTime, tell: impl FnOnce(&AmbiguousZonedDateTime)) -> Option<Placed> {
        let ranked = rank(at);
        let known = self.stretches.iter().find(|stretch| stretch.from <= ranked && ranked < stretch.to);
        if let Some(stretch) = known {
            return Some(Placed { at, offset: stretch.offset });
        }
        let ambiguous = self.zone.clone().into_ambiguous_zoned_datetime(at);
        if let AmbiguousOffset::Unambiguous { offset } = ambiguous.offset() {
            self.remember(at, offset);
        } else {
            tell(&ambiguous);
        }
        ambiguous.compatible().ok().map(|placed| Placed::from(&placed))
    }

    /// Whether a second since 1970 is in a stretch that is remembered.
    fn keeps_offset(&self, second: i64) -> bool {
        self.stretches.iter().any(|stretch| stretch.since <= second && second < stretch.until)
    }

    /// Remembers the stretch around a local time, unless a change is near. Changes are followed from some time
    /// before: `TimeZone::preceding` passes over some of them (jiff 1.0: those of Cairo in 2027).
    fn remember(&mut self, at: DateTime, offset: Offset) {
        let Ok(instant) = offset.to_timestamp(at) else { return };
        let Ok(earliest) = instant.checked_sub((24 * BACK).hours()) else { return };
        let local = |instant| offset.to_datetime(instant);
        let (mut changed, mut changes) = (earliest, None);
        for change in self.zone.following(earliest) {
            if change.timestamp() > instant {
                changes = Some(change.timestamp());
                break;
            }
            changed = change.timestamp();
        }
        let from = local(changed).checked_add(NEAR.days()).ok();
        let to = changes.map_or(Some(DateTime::MAX), |change| local(change).checked_sub(NEAR.days()).ok());
        if let (Some(from), Some(to)) = (from, to)
            && from <= at
            && at < to
        {
            if self.stretches.len() >= MOST_STRETCHES {
                self.stretches.clear();
            }
            let second = |at: DateTime| offset.to_timestamp(at).map(|at| at.as_second());
            let (since, until) = (second(from).unwrap_or(i64::MAX), second(to).unwrap_or(i64::MAX));
            self.stretches.push(Stretch { from: rank(from), to: rank(to), offset, since, until });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Each hour of some days of every month, and of those around each change, after times of other years.
    #[test]
    fn no_zone_is_remembered_longer_than_it_keeps_its_offset() {
        for name in crate::ical::zone::names() {
            let zone = crate::ical::zone::named(&name).unwrap();
            let mut known = Zone { name: name.clone(), zone: zone.clone(), stretches: Vec::new() };
            // Summer first, then the months before it: what is remembered of July is not true of March.
            for year in 2020i16..2038 {
                for month in [7i8, 1, 12, 3, 10, 4, 11, 5, 2, 9, 6, 8] {
                    for day in [1, 9, 14, 28] {
                        let at = jiff::civil::date(year, month, day).at(2, 30, 0, 0);
                        let expected = zone.to_ambiguous_zoned_datetime(at).compatible().unwrap();
                        assert_eq!(known.place(at, |_| {}), Some(Placed::from(&expected)), "{at} in {name}");
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn times_are_placed_as_their_zone_says(
            zone in 0usize..600,
            minutes in prop::collection::vec(0i64..200 * 365 * 24 * 60, 1..40),
            near in prop::collection::vec((0i64..400, -3_000i64..3_000), 1..40),
        ) {
            let names = crate::ical::zone::names();
            let name = &names[zone % names.len()];
            let zone = crate::ical::zone::named(name).unwrap();
            let mut known = Zone { name: name.clone(), zone: zone.clone(), stretches: Vec::new() };
            let mut book = OffsetCache::default();
            let start = jiff::civil::date(1950, 1, 1).at(0, 0, 0, 0);
            let far = minutes.into_iter().map(|minutes| start + minutes.minutes());
            // And around the changes of the zone.
            let from = jiff::civil::date(1960, 1, 1).at(0, 0, 0, 0);
            let from = Offset::UTC.to_timestamp(from).unwrap();
            let changes: Vec<_> = zone.following(from).take(400).collect();
            let close = near.into_iter().filter_map(|(which, minutes)| {
                let change = changes.get(usize::try_from(which).unwrap())?;
                Some(change.offset().to_datetime(change.timestamp()) + minutes.minutes())
            });
            for at in far.chain(close.collect::<Vec<_>>()) {
                let expected = zone.to_ambiguous_zoned_datetime(at);
                let odd = expected.is_ambiguous();
                let expected = Placed::from(&expected.compatible().unwrap());
                let mut told = false;
                prop_assert_eq!(known.place(at, |_| told = true), Some(expected), "{} in {}", at, name);
                prop_assert_eq!(told, odd);
                // And the same of the instant, now and when it is asked for again.
                let instant = expected.with_zone(zone.clone());
                let odd = zone.to_ambiguous_zoned_datetime(instant.datetime()).is_ambiguous();
                prop_assert_eq!([book.is_plain(&instant), book.is_plain(&instant)], [!odd; 2], "{}", instant);
            }
        }
    }
}
