//! Time zones behind a time of day: `UTC+2`, `-0400`, `ET`, `CEST`, `Europe/Paris`. An abbreviation is read where it is
//! certain: by the zone of the site and the date.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::tz::{Dst, Offset, TimeZone};

use super::reader::{Parses, Reader};
use super::token::Kind;

/// A zone as it is written behind a time of day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZoneText {
    /// An offset from UTC.
    Offset(Offset),
    /// An abbreviation, in lower case.
    Abbreviation(String),
    /// A name of the IANA database.
    Iana(String),
}

impl fmt::Display for ZoneText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ZoneText::Offset(offset) if *offset == Offset::UTC => f.write_str("UTC"),
            ZoneText::Offset(offset) => {
                let minutes = offset.seconds() / 60;
                let sign = if minutes < 0 { '-' } else { '+' };
                write!(f, "UTC{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
            }
            ZoneText::Abbreviation(text) => f.write_str(&text.to_uppercase()),
            ZoneText::Iana(name) => f.write_str(name),
        }
    }
}

/// Whether an abbreviation is for one half of the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Season {
    Standard,
    Daylight,
    /// Both: `ET`.
    Either,
}

/// The part of the world in which an abbreviation is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Region {
    Anywhere,
    Americas,
    Europe,
    /// It is only suggested.
    Nowhere,
}

/// An abbreviation, where it is certain, and its zone.
struct Abbreviation {
    text: &'static str,
    region: Region,
    season: Season,
    zone: &'static str,
}

const fn row(text: &'static str, region: Region, season: Season, zone: &'static str) -> Abbreviation {
    Abbreviation { text, region, season, zone }
}

/// Abbreviations beside those that the zone of the site itself has on a date. CST is also the time of China and Cuba, EST
/// was also that of Australia, IST is that of three countries.
const ABBREVIATIONS: &[Abbreviation] = &[
    row("et", Region::Americas, Season::Either, "America/New_York"),
    row("est", Region::Americas, Season::Standard, "America/New_York"),
    row("edt", Region::Anywhere, Season::Daylight, "America/New_York"),
    row("ct", Region::Americas, Season::Either, "America/Chicago"),
    row("cst", Region::Americas, Season::Standard, "America/Chicago"),
    row("cdt", Region::Americas, Season::Daylight, "America/Chicago"),
    row("mt", Region::Americas, Season::Either, "America/Denver"),
    row("mst", Region::Americas, Season::Standard, "America/Denver"),
    row("mdt", Region::Anywhere, Season::Daylight, "America/Denver"),
    row("pt", Region::Americas, Season::Either, "America/Los_Angeles"),
    row("pst", Region::Americas, Season::Standard, "America/Los_Angeles"),
    row("pdt", Region::Anywhere, Season::Daylight, "America/Los_Angeles"),
    row("akst", Region::Anywhere, Season::Standard, "America/Anchorage"),
    row("akdt", Region::Anywhere, Season::Daylight, "America/Anchorage"),
    row("hst", Region::Anywhere, Season::Standard, "Pacific/Honolulu"),
    row("ast", Region::Americas, Season::Standard, "America/Halifax"),
    row("adt", Region::Americas, Season::Daylight, "America/Halifax"),
    row("wet", Region::Anywhere, Season::Standard, "Europe/Lisbon"),
    row("west", Region::Anywhere, Season::Daylight, "Europe/Lisbon"),
    row("bst", Region::Europe, Season::Daylight, "Europe/London"),
    row("cet", Region::Anywhere, Season::Standard, "Europe/Berlin"),
    row("cest", Region::Anywhere, Season::Daylight, "Europe/Berlin"),
    row("mez", Region::Anywhere, Season::Standard, "Europe/Berlin"),
    row("mesz", Region::Anywhere, Season::Daylight, "Europe/Berlin"),
    row("eet", Region::Anywhere, Season::Standard, "Europe/Athens"),
    row("eest", Region::Anywhere, Season::Daylight, "Europe/Athens"),
    row("msk", Region::Anywhere, Season::Standard, "Europe/Moscow"),
    row("aest", Region::Anywhere, Season::Standard, "Australia/Sydney"),
    row("aedt", Region::Anywhere, Season::Daylight, "Australia/Sydney"),
    row("awst", Region::Anywhere, Season::Standard, "Australia/Perth"),
    row("nzst", Region::Anywhere, Season::Standard, "Pacific/Auckland"),
    row("nzdt", Region::Anywhere, Season::Daylight, "Pacific/Auckland"),
    row("jst", Region::Anywhere, Season::Standard, "Asia/Tokyo"),
    row("kst", Region::Anywhere, Season::Standard, "Asia/Seoul"),
    row("sgt", Region::Anywhere, Season::Standard, "Asia/Singapore"),
    row("hkt", Region::Anywhere, Season::Standard, "Asia/Hong_Kong"),
    row("sast", Region::Anywhere, Season::Standard, "Africa/Johannesburg"),
    row("ist", Region::Nowhere, Season::Standard, "Asia/Kolkata"),
];

/// Other abbreviations, which are read only where the zone of the site has them.
const LOCAL: &[&str] =
    &["nst", "ndt", "akt", "acst", "acdt", "pkt", "wib", "eat", "wat", "cat", "gst", "nzt"];

/// The regions of the IANA database.
const REGIONS: &[&str] = &[
    "africa", "america", "antarctica", "arctic", "asia", "atlantic", "australia", "canada", "etc", "europe",
    "indian", "pacific", "us",
];

/// Why a zone is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZoneError {
    /// The abbreviation is for the other half of the year; with the offset that it means and the one in force.
    OtherSeason {
        /// The offset that the abbreviation means.
        said: Offset,
        /// The offset that its zone has on the date.
        in_force: Offset,
        /// The IANA name of its zone.
        zone: &'static str,
    },
    /// Several zones have this abbreviation; with the one that is likely for the site.
    Unclear(Option<&'static str>),
}

/// Looks a zone up by its IANA name.
pub type NamedZone<'a> = dyn Fn(&str) -> Option<TimeZone> + 'a;

/// A zone that is certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertainZone {
    /// An offset from UTC.
    Offset(Offset),
    /// A zone with its changes of the clock.
    Zone(TimeZone),
}

impl ZoneText {
    /// Returns the zone at a local time, for a site in the zone `home`. Zones are looked up with `named`.
    ///
    /// # Errors
    ///
    /// Returns an error if the abbreviation is not certain there, or not in force at that time.
    pub fn at(
        &self,
        local: DateTime,
        home: &TimeZone,
        named: &NamedZone<'_>,
    ) -> Result<CertainZone, ZoneError> {
        let text = match self {
            ZoneText::Offset(offset) => return Ok(CertainZone::Offset(*offset)),
            ZoneText::Iana(name) => {
                return named(name).map(CertainZone::Zone).ok_or(ZoneError::Unclear(None));
            }
            ZoneText::Abbreviation(text) => text.as_str(),
        };
        let at_home = home.to_ambiguous_zoned_datetime(local).compatible();
        if at_home.is_ok_and(|at| at.strftime("%Z").to_string().eq_ignore_ascii_case(text)) {
            return Ok(CertainZone::Zone(home.clone()));
        }
        let name = home.iana_name().unwrap_or_default();
        let is_near = |region| match region {
            Region::Anywhere => true,
            Region::Americas => {
                ["America/", "US/", "Canada/", "Pacific/Honolulu"].iter().any(|part| name.starts_with(part))
            }
            Region::Europe => name.starts_with("Europe/"),
            Region::Nowhere => false,
        };
        if text == "gmt" {
            let is_british = ["Europe/London", "Europe/Dublin"].contains(&name);
            let summer = home.to_ambiguous_zoned_datetime(local).compatible().ok();
            return match summer.map(|at| at.offset()).filter(|offset| is_british && *offset != Offset::UTC) {
                Some(in_force) => {
                    Err(ZoneError::OtherSeason { said: Offset::UTC, in_force, zone: "Europe/London" })
                }
                None => Ok(CertainZone::Offset(Offset::UTC)),
            };
        }
        let Some(known) = ABBREVIATIONS.iter().find(|known| known.text == text) else {
            return Err(ZoneError::Unclear(None));
        };
        if !is_near(known.region) {
            return Err(ZoneError::Unclear(Some(known.zone)));
        }
        known.at(local, named)
    }
}

impl Abbreviation {
    fn at(&self, local: DateTime, named: &NamedZone<'_>) -> Result<CertainZone, ZoneError> {
        let zone = named(self.zone).ok_or(ZoneError::Unclear(None))?;
        let Ok(at) = zone.to_ambiguous_zoned_datetime(local).compatible() else {
            return Err(ZoneError::Unclear(None));
        };
        let info = zone.to_offset_info(at.timestamp());
        let fits = match self.season {
            Season::Either => true,
            Season::Standard => info.dst() == Dst::No,
            Season::Daylight => info.dst() == Dst::Yes,
        };
        if fits {
            return Ok(CertainZone::Zone(zone));
        }
        let hour = if self.season == Season::Standard { -3600 } else { 3600 };
        let said = Offset::from_seconds(info.offset().seconds() + hour).unwrap_or(info.offset());
        Err(ZoneError::OtherSeason { said, in_force: info.offset(), zone: self.zone })
    }
}

/// The cities of `cities.toml`, by their zone.
static CITIES: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    toml::from_str(include_str!("cities.toml")).expect("cities.toml is part of the program")
});

/// Returns the zone that an abbreviation, a phrase such as `Pacific Time (US & Canada)` or a city is likely to mean, to
/// suggest it.
#[must_use]
pub fn likely_zone(text: &str) -> Option<&'static str> {
    let reader = Reader::new(text)?;
    let is_whole = |end: usize| end == reader.len() || reader.sign(end, "(").is_some();
    let zones = reader.zone_alone(0).into_iter().filter(|(_, end)| is_whole(*end));
    let abbreviation = zones.into_iter().find_map(|(zone, _)| match zone {
        ZoneText::Abbreviation(text) => {
            ABBREVIATIONS.iter().find(|known| known.text == text).map(|known| known.zone)
        }
        ZoneText::Offset(_) | ZoneText::Iana(_) => None,
    });
    let city = text.trim().rsplit('/').next().unwrap_or_default().to_lowercase().replace('_', " ");
    let of_city = || CITIES.iter().find(|(_, cities)| cities.contains(&city)).map(|(zone, _)| zone.as_str());
    abbreviation.or_else(of_city)
}

impl Reader {
    /// Reads a zone, perhaps in parentheses.
    pub(super) fn zone(&self, at: usize) -> Parses<ZoneText> {
        let Some(inside) = self.sign(at, "([") else { return self.zone_alone(at) };
        let zones = self.zone_alone(inside).into_iter();
        zones.filter_map(|(zone, end)| Some((zone, self.sign(end, ")]")?))).collect()
    }

    fn zone_alone(&self, at: usize) -> Parses<ZoneText> {
        let zone = |(offset, end)| (ZoneText::Offset(offset), end);
        let mut found: Parses<ZoneText> = self.offset(at).map(zone).into_iter().collect();
        let Some(token) = self.token(at).filter(|token| token.kind == Kind::Word) else { return found };
        match token.text.as_str() {
            "z" | "utc" => {
                found.push((ZoneText::Offset(Offset::UTC), at + 1));
                found.extend(self.offset(at + 1).or_else(|| self.hours_before(at + 1)).map(zone));
            }
            "gmt" => {
                found.push((ZoneText::Abbreviation("gmt".to_owned()), at + 1));
                found.extend(self.offset(at + 1).or_else(|| self.hours_before(at + 1)).map(zone));
            }
            text if ABBREVIATIONS.iter().any(|known| known.text == text) || LOCAL.contains(&text) => {
                // `17 Uhr ct` is no zone.
                let is_marked = at == 0
                    || self.token(at - 1).is_some_and(|token| token.text.ends_with('m') || token.text == ".");
                let zone = (ZoneText::Abbreviation(text.to_owned()), at + 1);
                found.extend((token.is_upper || is_marked).then_some(zone));
            }
            "eastern" | "central" | "mountain" | "pacific" if self.sign(at + 1, "/").is_none() => {
                found.extend(self.american_time(at));
            }
            _ => found.extend(self.iana_name(at)),
        }
        found
    }

    /// Reads `Eastern`, `Eastern Time`, `Pacific Standard Time`.
    fn american_time(&self, at: usize) -> Parses<ZoneText> {
        let is = |at: usize, text: &str| self.token(at).is_some_and(|token| token.text == text);
        let letter = self.token(at).map_or("", |token| &token.text[..1]);
        let seasons = [("standard", "st"), ("daylight", "dt")].into_iter().find(|(word, _)| is(at + 1, word));
        let (end, season) = seasons.map_or((at + 1, "t"), |(_, season)| (at + 2, season));
        let zone = ZoneText::Abbreviation(format!("{letter}{season}"));
        let mut found = vec![(zone.clone(), end)];
        found.extend(is(end, "time").then_some((zone, end + 1)));
        found
    }

    /// Reads `Europe/Paris`, `America/New_York`.
    fn iana_name(&self, at: usize) -> Option<(ZoneText, usize)> {
        let mut name = self.token(at)?.text.clone();
        let mut end = at + 1;
        while let Some(next) = self.sign(end, "/_-") {
            let word = self.token(next).filter(|token| token.kind == Kind::Word)?;
            name.push_str(&self.token(end)?.text);
            name.push_str(&word.text);
            end = next + 1;
        }
        let is_name = name.split_once('/').is_some_and(|(region, _)| REGIONS.contains(&region));
        is_name.then_some((ZoneText::Iana(name), end))
    }

    /// Reads the `-5` of `UTC-5`.
    fn hours_before(&self, at: usize) -> Option<(Offset, usize)> {
        let end = self.sign(at, "-").filter(|end| !self.is_spaced(*end))?;
        let (hours, _) = self.number(end).filter(|(hours, _)| *hours <= 14)?;
        Some((Offset::from_hours(-i8::try_from(hours).ok()?).ok()?, end + 1))
    }

    /// Reads `+02:00`, `-0400`, `+2`.
    fn offset(&self, at: usize) -> Option<(Offset, usize)> {
        let sign = match self.token(at)?.kind {
            Kind::Sign('+') => 1,
            Kind::Sign('-') => -1,
            _ => return None,
        };
        let (number, digits) = self.number(at + 1).filter(|_| !self.is_spaced(at + 1))?;
        let colon = self.sign(at + 2, ":").and_then(|end| Some((self.number(end)?, end + 1)));
        let (hours, minutes, end) = match (digits, colon) {
            (1 | 2, Some(((minutes, 2), end))) => (number, minutes, end),
            (4, None) => (number / 100, number % 100, at + 2),
            (1 | 2, None) if sign > 0 => (number, 0, at + 2),
            _ => return None,
        };
        if hours > 14 || minutes > 59 {
            return None;
        }
        let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
        Some((Offset::from_seconds(sign * seconds).ok()?, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn likely_zones_are_those_of_the_place() {
        for (text, zone) in [
            ("America/Columbus", Some("America/New_York")),
            ("Europe/Munich", Some("Europe/Berlin")),
            ("AEST", Some("Australia/Sydney")),
            ("Pacific Time (US & Canada)", Some("America/Los_Angeles")),
            ("Eastern Standard Time", Some("America/New_York")),
            ("IST", Some("Asia/Kolkata")),
            ("Pacific/Aukland", None),
            ("Eastern Europe", None),
            ("Central European Time", None),
            ("soon", None),
        ] {
            assert_eq!(likely_zone(text), zone, "{text}");
        }
    }

    #[test]
    fn abbreviations_are_read_where_they_are_certain() {
        let database = jiff::tz::TimeZoneDatabase::bundled();
        let named = |name: &str| database.get(name).ok();
        let at = |text: &str, month: i8, home: &str| {
            let (zone, _) = Reader::new(text).unwrap().zone(0).remove(0);
            zone.at(date(2027, month, 5).at(19, 0, 0, 0), &named(home).unwrap(), &named).ok()
        };
        let zone = |name: &str| Some(CertainZone::Zone(named(name).unwrap()));
        assert_eq!(at("EST", 1, "America/Chicago"), zone("America/New_York"));
        assert_eq!(at("EST", 7, "America/Chicago"), None);
        assert_eq!(at("ET", 7, "America/Chicago"), zone("America/New_York"));
        assert_eq!(at("ET", 7, "Europe/Berlin"), None);
        assert_eq!(at("MST", 7, "America/Phoenix"), zone("America/Phoenix"));
        assert_eq!(at("MST", 7, "America/Denver"), None);
        assert_eq!(at("CST", 1, "Asia/Shanghai"), zone("Asia/Shanghai"));
        assert_eq!(at("IST", 1, "Asia/Kolkata"), zone("Asia/Kolkata"));
        assert_eq!(at("IST", 1, "Europe/Berlin"), None);
        assert_eq!(at("GMT", 7, "Europe/London"), None);
        assert_eq!(at("Pacific/Auckland", 7, "Europe/London"), zone("Pacific/Auckland"));
    }
}
