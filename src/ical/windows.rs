//! Windows' names of time zones and their IANA names (Unicode CLDR, `windowsZones`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// IANA names by Windows' names in lower case.
static ZONES: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| toml::from_str(include_str!("windows.toml")).expect("the table is read by a test"));

/// Returns the IANA name of a Windows zone such as `Central Standard Time`, in any case.
#[must_use]
pub fn iana_name(name: &str) -> Option<&'static str> {
    ZONES.get(&name.trim().to_lowercase()).map(String::as_str)
}

/// Returns the IANA names of all Windows zones, in the order of Windows' names.
pub fn zones() -> impl Iterator<Item = &'static str> {
    ZONES.values().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_maps_to_a_known_zone() {
        assert_eq!(ZONES.len(), 142);
        for (name, iana) in &*ZONES {
            assert!(crate::ical::zone::named(iana).is_some(), "{name}: {iana}");
            assert_eq!(iana_name(&name.to_uppercase()), Some(iana.as_str()));
        }
        assert_eq!(iana_name("Central Standard Time"), Some("America/Chicago"));
        assert_eq!(iana_name("Central Time"), None);
    }
}
