//! Content negotiation (RFC 9110 §12.5): the encoding, and the language of pages. The media type depends on the path
//! alone.

use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, ACCEPT_LANGUAGE, HeaderName};

use crate::i18n::language::Language;
use crate::model::settings::Settings;
use crate::publish::document::Accepted;

/// The most languages of a request that are considered.
const MAX_LANGUAGES: usize = 20;

/// Returns the encodings that a client accepts: those it names with a weight above zero.
#[must_use]
pub fn accepted(headers: &HeaderMap) -> Accepted {
    let (mut gzip, mut brotli, mut any) = (None, None, None);
    for (name, weight) in items(headers, ACCEPT_ENCODING) {
        let accepts = Some(weight > 0.0);
        match name {
            "*" => any = accepts,
            _ if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") => gzip = accepts,
            _ if name.eq_ignore_ascii_case("br") => brotli = accepts,
            _ => {}
        }
    }
    // Few clients that send `*` can read Brotli.
    Accepted { gzip: gzip.or(any).unwrap_or(false), brotli: brotli.unwrap_or(false) }
}

/// Returns the language that a client prefers (RFC 9110 §12.5.4): that of the site if the client prefers it or none
/// of ours.
#[must_use]
pub fn language(headers: &HeaderMap, settings: &Settings) -> Language {
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let mut best: Option<(f32, Language)> = None;
    for (range, weight) in items(headers, ACCEPT_LANGUAGE).take(MAX_LANGUAGES) {
        let is_own = range == "*" || primary(range) == primary(&settings.language);
        let language = if is_own { Some(settings.page_language()) } else { Language::from_tag(range) };
        if let Some(language) = language.filter(|_| weight > best.map_or(0.0, |(best, _)| best)) {
            best = Some((weight, language));
        }
    }
    best.map_or(settings.page_language(), |(_, language)| language)
}

/// Iterates over the items of a list header with their weights (RFC 9110 §12.4.2).
fn items(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = (&str, f32)> {
    let lists = headers.get_all(name).into_iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).map(|item| {
        let (value, parameters) = item.split_once(';').unwrap_or((item, ""));
        (value.trim(), weight(parameters))
    })
}

fn weight(parameters: &str) -> f32 {
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
    fn encodings_with_a_weight_of_zero_are_not_accepted() {
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
    fn the_preferred_language_is_selected() {
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
