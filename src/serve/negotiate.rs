//! Content negotiation (RFC 9110 §12.5): the encoding, and the language of pages. The type is decided by the path
//! alone.

use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, ACCEPT_LANGUAGE};

use crate::model::language::Language;
use crate::model::settings::Settings;
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

/// How many languages of a list are looked at.
const MOST_LANGUAGES: usize = 20;

/// The language of words that a reader of a site likes best (RFC 9110 §12.5.4): the site's own where none of
/// those we have is named, or where the reader names the site's.
#[must_use]
pub fn language(headers: &HeaderMap, settings: &Settings) -> Language {
    let lists = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
    let mut best: Option<(f32, Language)> = None;
    for item in lists.flat_map(|list| list.split(',')).take(MOST_LANGUAGES) {
        let (range, parameters) = item.split_once(';').unwrap_or((item, ""));
        let range = range.trim();
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let is_own = range == "*" || primary(range) == primary(&settings.language);
        let language = if is_own { Some(settings.words()) } else { Language::of(range) };
        let weight = weight(parameters);
        if let Some(language) = language.filter(|_| weight > best.map_or(0.0, |(best, _)| best)) {
            best = Some((weight, language));
        }
    }
    best.map_or(settings.words(), |(_, language)| language)
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

    #[test]
    fn the_language_that_is_liked_best() {
        let of = |own: &str, value: &str| {
            let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_str(value).unwrap())]);
            language(&headers, &Settings { language: own.to_owned(), ..Settings::default() })
        };
        assert_eq!(of("en", "de-AT, en;q=0.5"), Language::German);
        assert_eq!(of("en", "en;q=0.5,FR ; q=0.9"), Language::French);
        assert_eq!(of("es", "it, ja;q=0.8"), Language::Spanish);
        assert_eq!(of("es", "it, *;q=0.8, de;q=0.7"), Language::Spanish);
        assert_eq!(of("it", "it, de;q=0.9"), Language::English);
        assert_eq!(of("de", "en;q=0"), Language::German);
        assert_eq!(of("de", "\t,;;q=,en;q=x"), Language::German);
        assert_eq!(language(&HeaderMap::new(), &Settings::default()), Language::English);
    }
}
