//! Content negotiation (RFC 9110 §12.5.3): the encoding only. The type is decided by the path alone.

use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

use crate::publish::document::Encoding;

/// The encoding a client asked for: gzip when it says so, with a weight above nought.
#[must_use]
pub fn encoding(headers: &HeaderMap) -> Encoding {
    let mut named: Option<bool> = None;
    let mut any: Option<bool> = None;
    for list in headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()) {
        for item in list.split(',') {
            let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
            let name = name.trim();
            let wanted = || Some(weight(parameters) > 0.0);
            match name {
                "*" => any = wanted(),
                _ if ["gzip", "x-gzip"].iter().any(|ours| ours.eq_ignore_ascii_case(name)) => {
                    named = wanted()
                }
                _ => {}
            }
        }
    }
    if named.or(any).unwrap_or(false) { Encoding::Gzip } else { Encoding::Identity }
}

fn weight(parameters: &str) -> f32 {
    if parameters.is_empty() {
        return 1.0;
    }
    let q = parameters
        .split(';')
        .find_map(|part| part.trim().strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('='));
    q.map_or(1.0, |q| q.trim().parse().unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn gzip_only_when_it_is_wanted() {
        for (value, expected) in [
            ("gzip", Encoding::Gzip),
            ("br, GZIP;q=0.5", Encoding::Gzip),
            ("gzip;q=0", Encoding::Identity),
            ("gzip; q=0.000, *", Encoding::Identity),
            ("*", Encoding::Gzip),
            ("br", Encoding::Identity),
            ("", Encoding::Identity),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))]);
            assert_eq!(encoding(&headers), expected, "{value}");
        }
        assert_eq!(encoding(&HeaderMap::new()), Encoding::Identity);
    }
}
