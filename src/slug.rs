//! Slugs: text as a word of an address, such as `sao-paulo` for `São Paulo`.

use deunicode::deunicode_char;

/// The maximum length of a slug, in bytes.
pub const MAX_BYTES: usize = 80;

/// Returns text as lower-case ASCII letters and digits with single hyphens between words.
///
/// `+`, `#` and `&` are spelled out, so that `C`, `C++` and `C#` differ. The slug is empty if the text has no letter or
/// digit. A slug is its own slug.
#[must_use]
pub fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            'A'..='Z' => out.push(c.to_ascii_lowercase()),
            '+' => push_word(&mut out, "plus"),
            '#' => push_word(&mut out, "sharp"),
            '&' => push_word(&mut out, "and"),
            '\'' | '’' => {}
            _ if c.is_ascii() => push_hyphen(&mut out),
            _ => {
                let spelled = deunicode_char(c).unwrap_or("-");
                for plain in spelled.chars() {
                    if plain.is_ascii_alphanumeric() {
                        out.push(plain.to_ascii_lowercase());
                    } else {
                        push_hyphen(&mut out);
                    }
                }
            }
        }
        if out.len() >= MAX_BYTES {
            break;
        }
    }
    out.truncate(MAX_BYTES);
    out.truncate(out.trim_end_matches('-').len());
    out
}

fn push_hyphen(out: &mut String) {
    if !out.is_empty() && !out.ends_with('-') {
        out.push('-');
    }
}

fn push_word(out: &mut String, word: &str) {
    push_hyphen(out);
    out.push_str(word);
    out.push('-');
}

#[cfg(test)]
mod tests {
    use super::slug;

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
    fn slugs_are_idempotent() {
        for text in ["Été à Montréal", "a--b", "ЕВРОПА", "x&y+z"] {
            assert_eq!(slug(&slug(text)), slug(text));
        }
    }
}
