//! Text to a word that can stand in an address: `São Paulo` is `sao-paulo`.

use deunicode::deunicode_char;

/// The longest slug, in bytes.
pub const LONGEST: usize = 80;

/// ASCII lower-case letters and digits with single hyphens between; empty when the text has neither a
/// letter nor a digit. `+`, `#` and `&` are spelled, so that `C`, `C++` and `C#` stay three.
#[must_use]
pub fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            'A'..='Z' => out.push(c.to_ascii_lowercase()),
            '+' => word(&mut out, "plus"),
            '#' => word(&mut out, "sharp"),
            '&' => word(&mut out, "and"),
            '\'' | '’' => {}
            _ if c.is_ascii() => hyphen(&mut out),
            _ => {
                let spelled = deunicode_char(c).unwrap_or("-");
                for plain in spelled.chars() {
                    if plain.is_ascii_alphanumeric() {
                        out.push(plain.to_ascii_lowercase());
                    } else {
                        hyphen(&mut out);
                    }
                }
            }
        }
        if out.len() >= LONGEST {
            break;
        }
    }
    out.truncate(LONGEST);
    out.truncate(out.trim_end_matches('-').len());
    out
}

/// How many words a text is that have `/` between them and that [`slug`] leaves as they are; `None` where it is not.
#[must_use]
pub fn levels(text: &str) -> Option<usize> {
    // A hyphen or slash stands between two others: neither end is one, nor the next.
    let (mut levels, mut start, mut is_between) = (1, 0, true);
    for (at, byte) in text.bytes().enumerate() {
        let is_letter = byte.is_ascii_lowercase() | byte.is_ascii_digit();
        match byte {
            _ if is_letter => {}
            b'-' if !is_between => {}
            b'/' if !is_between && at - start <= LONGEST => (levels, start) = (levels + 1, at + 1),
            _ => return None,
        }
        is_between = !is_letter;
    }
    (!is_between && text.len() - start <= LONGEST).then_some(levels)
}

fn hyphen(out: &mut String) {
    if !out.is_empty() && !out.ends_with('-') {
        out.push('-');
    }
}

fn word(out: &mut String, word: &str) {
    hyphen(out);
    out.push_str(word);
    out.push('-');
}

#[cfg(test)]
mod tests {
    use super::{levels, slug};
    use proptest::prelude::*;

    #[test]
    fn letters_of_any_script_become_plain() {
        let cases = [
            ("São Paulo", "sao-paulo"),
            ("  New   York! ", "new-york"),
            ("U.S.A.", "u-s-a"),
            ("Women’s health", "womens-health"),
            ("C++", "c-plus-plus"),
            ("C#", "c-sharp"),
            ("Q & A", "q-and-a"),
            ("北京", "bei-jing"),
            ("…", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(slug(text), expected, "{text}");
        }
    }

    #[test]
    fn a_slug_is_its_own_slug() {
        for text in ["Été à Montréal", "a--b", "ЕВРОПА", "x&y+z"] {
            assert_eq!(slug(&slug(text)), slug(text));
        }
    }

    proptest! {
        #[test]
        fn what_is_a_slug_stays(text in "([a-z0-9-]{0,90}|[a-c-]{0,6}|[aA&é-]{0,4}|[ab/-]{0,6}|([a-c]{79,81}/){2}a)") {
            let words: Vec<&str> = text.split('/').collect();
            let is_same = words.iter().all(|word| !word.is_empty() && slug(word) == **word);
            prop_assert_eq!(levels(&text), is_same.then_some(words.len()), "{}", text);
        }
    }
}
