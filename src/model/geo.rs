//! A point on the earth that a filter asks around, and how far: both so coarse that many who ask for the same
//! neighbourhood ask for the same address.

use std::fmt;

use super::event::Coordinates;

/// The mean radius of the earth, in kilometres.
const EARTH: f64 = 6_371.0;
/// Kilometres of a mile.
const MILE: f64 = 1.609_344;
/// Distances are whole multiples of so many kilometres.
const STEP: f64 = 5.0;
/// The farthest, in kilometres: half around the earth.
const FARTHEST: f64 = 20_000.0;

/// A point, in tenths of a degree (WGS 84): about 11 km from north to south.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    latitude: i16,
    longitude: i16,
}

impl Point {
    /// From `41.9,-87.6`, degrees north and east, rounded. `None` when it is no point on the earth.
    #[must_use]
    pub fn parse(text: &str) -> Option<Point> {
        let (latitude, longitude) = text.split_once(',')?;
        let degrees = |text: &str, most: f64| {
            let degrees: f64 = text.trim().parse().ok()?;
            (degrees.abs() <= most).then_some(degrees)
        };
        Some(Point::of(Coordinates {
            latitude: degrees(latitude, 90.0)?,
            longitude: degrees(longitude, 180.0)?,
        }))
    }

    /// The nearest to some coordinates.
    #[must_use]
    pub fn of(coordinates: Coordinates) -> Point {
        // The bounds of degrees are far inside those of the type.
        let tenths = |degrees: f64| (degrees * 10.0).round() as i16;
        let longitude = tenths(coordinates.longitude);
        // The antimeridian has one name.
        Point {
            latitude: tenths(coordinates.latitude),
            longitude: if longitude == 1_800 { -1_800 } else { longitude },
        }
    }

    /// How far some coordinates are, in kilometres along the surface of a sphere.
    #[must_use]
    pub fn distance(self, other: Coordinates) -> f64 {
        let (latitude, longitude) =
            (f64::from(self.latitude).to_radians() / 10.0, f64::from(self.longitude).to_radians() / 10.0);
        let (north, east) = (other.latitude.to_radians(), other.longitude.to_radians());
        let half = |angle: f64| (angle / 2.0).sin().powi(2);
        let chord = half(north - latitude) + latitude.cos() * north.cos() * half(east - longitude);
        2.0 * EARTH * chord.clamp(0.0, 1.0).sqrt().asin()
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = |n: i16| f64::from(n) / 10.0;
        write!(f, "{:.1},{:.1}", tenths(self.latitude), tenths(self.longitude))
    }
}

/// How far around a point, in whole kilometres: a multiple of five.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Distance(u16);

impl Default for Distance {
    fn default() -> Distance {
        Distance(50)
    }
}

impl Distance {
    /// From `80km`, `50mi` or a number of kilometres, rounded up. `None` when it is none, or farther than half
    /// around the earth.
    #[must_use]
    pub fn parse(text: &str) -> Option<Distance> {
        let text = text.trim().to_ascii_lowercase();
        let (number, unit) = match text.strip_suffix("mi") {
            Some(miles) => (miles, MILE),
            None => (text.strip_suffix("km").unwrap_or(&text), 1.0),
        };
        let kilometres = number.trim().parse::<f64>().ok()? * unit;
        let good = kilometres > 0.0 && kilometres <= FARTHEST;
        // The farthest is far inside the bounds of the type.
        good.then(|| Distance(((kilometres / STEP).ceil() * STEP) as u16))
    }

    /// In kilometres.
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
    fn what_is_no_point_or_distance_is_none() {
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
    fn a_distance_is_that_of_the_map() {
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
        fn parse_undoes_print(latitude in -90.0..=90.0f64, longitude in -180.0..=180.0f64, far in 1u16..=20_000) {
            let point = Point::of(Coordinates { latitude, longitude });
            prop_assert_eq!(Point::parse(&point.to_string()), Some(point));
            let distance = Distance::parse(&far.to_string()).unwrap();
            prop_assert!(distance.kilometres() >= far && distance.kilometres() < far + 5);
            prop_assert_eq!(Distance::parse(&distance.to_string()), Some(distance));
        }
    }
}
