//! Points and distances of a filter, rounded so that similar filters share an address and its cache entry.

use std::fmt;

use super::event::Coordinates;

/// Mean radius of the earth in kilometres.
const EARTH_RADIUS: f64 = 6_371.0;
/// Kilometres of a mile.
const KM_PER_MILE: f64 = 1.609_344;
/// Distances are multiples of this many kilometres.
const STEP: f64 = 5.0;
/// Maximum distance in kilometres: half of the circumference of the earth.
const MAX_KM: f64 = 20_000.0;

/// A point in tenths of a degree (WGS 84), about 11 km from north to south.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    latitude: i16,
    longitude: i16,
}

impl Point {
    /// Parses degrees north and east such as `41.9,-87.6`, rounded to a tenth.
    ///
    /// Returns `None` if a number is missing, above 90° north or south, or above 180° east or west.
    #[must_use]
    pub fn parse(text: &str) -> Option<Point> {
        let (latitude, longitude) = text.split_once(',')?;
        let degrees = |text: &str, most: f64| {
            let degrees: f64 = text.trim().parse().ok()?;
            (degrees.abs() <= most).then_some(degrees)
        };
        Some(Point::from(Coordinates {
            latitude: degrees(latitude, 90.0)?,
            longitude: degrees(longitude, 180.0)?,
        }))
    }

    /// Returns the great-circle distance in kilometres.
    #[must_use]
    pub fn distance(self, other: Coordinates) -> f64 {
        let (latitude, longitude) =
            (f64::from(self.latitude).to_radians() / 10.0, f64::from(self.longitude).to_radians() / 10.0);
        let (north, east) = (other.latitude.to_radians(), other.longitude.to_radians());
        let half = |angle: f64| (angle / 2.0).sin().powi(2);
        let chord = half(north - latitude) + latitude.cos() * north.cos() * half(east - longitude);
        2.0 * EARTH_RADIUS * chord.clamp(0.0, 1.0).sqrt().asin()
    }
}

/// Rounds to the nearest tenth of a degree.
impl From<Coordinates> for Point {
    fn from(coordinates: Coordinates) -> Point {
        // Degrees times ten are far inside the bounds of the type.
        let tenths = |degrees: f64| (degrees * 10.0).round() as i16;
        let longitude = tenths(coordinates.longitude);
        // The antimeridian is both 180° east and west.
        let longitude = if longitude == 1_800 { -1_800 } else { longitude };
        Point { latitude: tenths(coordinates.latitude), longitude }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = |n: i16| f64::from(n) / 10.0;
        write!(f, "{:.1},{:.1}", tenths(self.latitude), tenths(self.longitude))
    }
}

/// A distance in kilometres, a multiple of five.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Distance(u16);

impl Default for Distance {
    fn default() -> Distance {
        Distance(50)
    }
}

impl Distance {
    /// Parses a distance such as `80km`, `50mi` or `80`, rounded up to the next 5 km.
    ///
    /// Returns `None` if the number is missing, not positive or larger than 20,000 km.
    #[must_use]
    pub fn parse(text: &str) -> Option<Distance> {
        let text = text.trim().to_ascii_lowercase();
        let (number, unit) = match text.strip_suffix("mi") {
            Some(miles) => (miles, KM_PER_MILE),
            None => (text.strip_suffix("km").unwrap_or(&text), 1.0),
        };
        let kilometres = number.trim().parse::<f64>().ok()? * unit;
        let is_valid = kilometres > 0.0 && kilometres <= MAX_KM;
        is_valid.then(|| Distance(((kilometres / STEP).ceil() * STEP) as u16))
    }

    /// Returns the distance in kilometres.
    #[must_use]
    pub fn kilometres(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Distance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}km", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn invalid_texts_are_none() {
        for text in ["41.9", "91,0", "0,181", "NaN,0", "inf,0", "a,b", ""] {
            assert_eq!(Point::parse(text), None, "{text}");
        }
        for text in ["", "km", "0", "-5km", "NaN", "1e9", "20001km"] {
            assert_eq!(Distance::parse(text), None, "{text}");
        }
        assert_eq!(Distance::parse("50mi").unwrap().to_string(), "85km");
        assert_eq!(Distance::parse("76.2 km").unwrap().to_string(), "80km");
        assert_eq!(Point::parse("41.8781, -87.6298").unwrap().to_string(), "41.9,-87.6");
        assert_eq!(Point::parse("0.01,-0.04").unwrap().to_string(), "0.0,0.0");
        assert_eq!(Point::parse("0,180"), Point::parse("0,-180"));
    }

    #[test]
    fn distances_match_a_map() {
        let chicago = Point::parse("41.9,-87.6").unwrap();
        let springfield = Coordinates { latitude: 39.8, longitude: -89.65 };
        assert!((chicago.distance(springfield) - 289.0).abs() < 2.0);
        assert!(chicago.distance(Coordinates { latitude: 41.9, longitude: -87.6 }) < 0.001);
        // Across the antimeridian.
        let fiji = Point::parse("-17.0,179.9").unwrap();
        assert!(fiji.distance(Coordinates { latitude: -17.0, longitude: -179.9 }) < 25.0);
    }

    proptest! {
        #[test]
        fn parse_inverts_display(latitude in -90.0..=90.0f64, longitude in -180.0..=180.0f64, far in 1u16..=20_000) {
            let point = Point::from(Coordinates { latitude, longitude });
            prop_assert_eq!(Point::parse(&point.to_string()), Some(point));
            let distance = Distance::parse(&far.to_string()).unwrap();
            prop_assert!(distance.kilometres() >= far && distance.kilometres() < far + 5);
            prop_assert_eq!(Distance::parse(&distance.to_string()), Some(distance));
        }
    }
}
