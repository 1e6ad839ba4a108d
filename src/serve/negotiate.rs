//! Content negotiation (RFC 9110 §12.5): the encoding, and the language of pages. The type is decided by the path
//! alone.

use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, ACCEPT_LANGUAGE};

use super::conditional::fields;
use crate::model::language::Language;
use crate::model::settings::Settings;
use crate::publish::document::Accepted;

/// The encodings a client takes: those it names with a weight above nought.
#[must_use]
pub fn accepted(headers: &HeaderMap) -> Accepted {
    accepted_of(fields(headers, ACCEPT_ENCODING).filter_map(|value| value.to_str().ok()))
}

/// The same, of the lists that it names them in.
fn accepted_of<'r>(lists: impl Iterator<Item = &'r str>) -> Accepted {
    let (mut gzip, mut brotli): (Option<bool>, Option<bool>) = (None, None);
    let mut any: Option<bool> = None;
    for list in lists {
        for item in list.split(',') {
            let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
            let name = name.trim();
            let wanted = || Some(weight(parameters) > 0.0);
            match name {
                "*" => any = wanted(),
                _ if ["gzip", "x-gzip"].iter().any(|ours| ours.eq_ignore_ascii_case(name)) => gzip = wanted(),
                _ if name.eq_ignore_ascii_case("br") => brotli = wanted(),
                _ => {}
            }
        }
    }
    // What is meant by `*` is what one named would have had, and few who write it read Brotli.
    Accepted { gzip: gzip.or(any).unwrap_or(false), brotli: brotli.unwrap_or(false) }
}

/// How many languages of a list are looked at.
const MOST_LANGUAGES: usize = 20;

/// The language of words that a reader of a site likes best (RFC 9110 §12.5.4): the site's own where none of
/// those we have is named, or where the reader names the site's.
#[must_use]
pub fn language(headers: &HeaderMap, settings: &Settings) -> Language {
    let lists = fields(headers, ACCEPT_LANGUAGE).filter_map(|value| value.to_str().ok());
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
    fn only_what_is_wanted() {
        let of = |gzip, brotli| Accepted { gzip, brotli };
        for (value, expected) in [
            ("gzip", of(true, false)),
            ("gzip, deflate, br, zstd", of(true, true)),
            ("br, GZIP;q=0.5", of(true, true)),
            ("gzip;q=0", of(false, false)),
            ("gzip; q=0.000, *", of(false, false)),
            ("*", of(true, false)),
            ("BR;q=0, gzip", of(true, false)),
            ("br", of(false, true)),
            ("", of(false, false)),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))]);
            assert_eq!(accepted(&headers), expected, "{value}");
        }
        assert_eq!(accepted(&HeaderMap::new()), of(false, false));
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
