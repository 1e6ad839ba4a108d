//! The languages in which calcast has all its words.

/// A language of pages and feeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// English, which stands in for every language that is not here.
    #[default]
    English,
    /// Spanish.
    Spanish,
    /// French.
    French,
    /// German.
    German,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 4] = [Language::English, Language::Spanish, Language::French, Language::German];

    /// Its primary subtag (BCP 47).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Spanish => "es",
            Language::French => "fr",
            Language::German => "de",
        }
    }

    /// The language of a tag: `de` of `de-AT`.
    #[must_use]
    pub fn of(tag: &str) -> Option<Language> {
        let primary = tag.split(['-', '_']).next().unwrap_or(tag);
        Language::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }
}

/// Whether a language is written from right to left, by its tag.
#[must_use]
pub fn is_right_to_left(tag: &str) -> bool {
    const RIGHT_TO_LEFT: [&str; 11] = ["ar", "arc", "ckb", "dv", "fa", "he", "ku", "ps", "sd", "ur", "yi"];
    let primary = tag.split(['-', '_']).next().unwrap_or(tag);
    RIGHT_TO_LEFT.iter().any(|known| known.eq_ignore_ascii_case(primary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_a_language_whatever_follows() {
        assert_eq!(Language::of("de-AT"), Some(Language::German));
        assert_eq!(Language::of("EN_us"), Some(Language::English));
        assert_eq!(Language::of("ast"), None);
        assert!(is_right_to_left("ar-EG") && !is_right_to_left("arn"));
    }
}
