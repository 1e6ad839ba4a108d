//! Tokens of a cell: numbers, words and signs, in lower case and without accents.

/// The most tokens of a cell. Nothing that is a date, a time or a recurrence is longer.
const MAX_TOKENS: usize = 80;

/// The sort of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Decimal digits.
    Number,
    /// Letters.
    Word,
    /// Any other character.
    Sign(char),
}

/// A token and whether a space is before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub text: String,
    pub is_spaced: bool,
    /// Whether it has capital letters only.
    pub is_upper: bool,
}

impl Token {
    /// Returns the value of a number of at most nine digits.
    pub fn value(&self) -> Option<u32> {
        if self.kind != Kind::Number || self.text.len() > 9 {
            return None;
        }
        self.text.parse().ok()
    }
}

/// Splits a text into tokens. Returns `None` if there are more than [`MAX_TOKENS`].
pub(super) fn tokenize(text: &str) -> Option<Vec<Token>> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut is_spaced = false;
    for c in text.chars() {
        if c.is_whitespace() {
            is_spaced = true;
            continue;
        }
        let kind = kind_of(c);
        let joins = !is_spaced && !matches!(kind, Kind::Sign(_));
        if let Some(last) = tokens.last_mut().filter(|last| joins && last.kind == kind) {
            fold(c, &mut last.text);
            last.is_upper &= c.is_uppercase();
            continue;
        }
        if tokens.len() == MAX_TOKENS {
            return None;
        }
        let mut text = String::new();
        fold(if let Kind::Sign(sign) = kind { sign } else { c }, &mut text);
        tokens.push(Token { kind, text, is_spaced, is_upper: c.is_uppercase() });
        is_spaced = false;
    }
    Some(tokens)
}

fn kind_of(c: char) -> Kind {
    match c {
        '0'..='9' => Kind::Number,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '-' => Kind::Sign('-'),
        '’' | '‘' | '´' | '`' | '\'' => Kind::Sign('\''),
        '~' | '〜' | '～' => Kind::Sign('~'),
        _ if c.is_alphabetic() || ('\u{300}'..'\u{370}').contains(&c) => Kind::Word,
        _ => Kind::Sign(c),
    }
}

/// Adds a character in lower case and without its accent.
fn fold(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    for lower in c.to_lowercase() {
        match lower {
            'à'..='å' => out.push('a'),
            'ç' => out.push('c'),
            'è'..='ë' => out.push('e'),
            'ì'..='ï' => out.push('i'),
            'ñ' => out.push('n'),
            'ò'..='ö' => out.push('o'),
            'ù'..='ü' => out.push('u'),
            'ý' | 'ÿ' => out.push('y'),
            'ß' => out.push_str("ss"),
            '\u{300}'..'\u{370}' => {}
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_numbers_words_and_signs() {
        let texts =
            |text| -> Vec<String> { tokenize(text).unwrap().into_iter().map(|token| token.text).collect() };
        assert_eq!(
            texts("Sa., 5. MÄRZ 2027 – 18h30"),
            ["sa", ".", ",", "5", ".", "marz", "2027", "-", "18", "h", "30"]
        );
        assert_eq!(texts("fe\u{301}vrier Außer"), ["fevrier", "ausser"]);
        assert_eq!(tokenize("1 ").map(|tokens| tokens[0].is_spaced), Some(false));
        assert_eq!(tokenize(&"1 ".repeat(MAX_TOKENS + 1)), None);
    }
}
