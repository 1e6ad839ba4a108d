//! Languages that calcast has messages in.

/// A language of pages and feeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// English, the fallback for languages without messages.
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
    /// All languages.
    pub const ALL: [Language; 4] = [Language::English, Language::Spanish, Language::French, Language::German];

    /// Returns the primary subtag (BCP 47).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Spanish => "es",
            Language::French => "fr",
            Language::German => "de",
        }
    }

    /// Returns the language of a tag, whatever its region: German for `de-AT`.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary_subtag(tag)))
    }
}

/// Returns the part of a language tag before the first `-` or `_`.
#[must_use]
pub fn primary_subtag(tag: &str) -> &str {
    tag.split(['-', '_']).next().unwrap_or(tag)
}

/// Returns whether the language of a tag is written from right to left.
#[must_use]
pub fn is_right_to_left(tag: &str) -> bool {
    const RIGHT_TO_LEFT: [&str; 11] = ["ar", "arc", "ckb", "dv", "fa", "he", "ku", "ps", "sd", "ur", "yi"];
    RIGHT_TO_LEFT.iter().any(|known| known.eq_ignore_ascii_case(primary_subtag(tag)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_does_not_change_the_language() {
        assert_eq!(Language::from_tag("de-AT"), Some(Language::German));
        assert_eq!(Language::from_tag("EN_us"), Some(Language::English));
        assert_eq!(Language::from_tag("ast"), None);
        assert!(is_right_to_left("ar-EG") && !is_right_to_left("arn"));
    }
}
