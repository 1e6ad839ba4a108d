//! Reader of the tokens of one cell. Every production returns each way to read it and the token behind it; a cell is
//! understood if exactly one meaning consumes all of its tokens. A parser that commits to its first alternative, such as
//! those of `winnow`, could not tell that there is a second one.

use super::lexicon::{self, Meaning, Word};
use super::token::{Kind, Token, tokenize};

/// Every way to read something at a token, each with the token behind it.
pub(super) type Parses<T> = Vec<(T, usize)>;

/// Reader of the tokens of one cell.
pub(super) struct Reader {
    tokens: Vec<Token>,
    /// The meanings of the phrases that begin at each token, and the token behind each.
    meanings: Vec<Parses<Meaning>>,
}

impl Reader {
    /// Creates the reader of a text. Returns `None` if the text is too long for a date, a time or a recurrence.
    pub fn new(text: &str) -> Option<Reader> {
        let tokens = tokenize(text)?;
        let mut meanings = Vec::with_capacity(tokens.len());
        for at in 0..tokens.len() {
            let mut here = Vec::new();
            lexicon::meanings(&tokens[at..], |meaning, length| {
                let end = at + length;
                here.push((meaning, end));
                // The point of an abbreviation.
                if tokens.get(end).is_some_and(|next| next.kind == Kind::Sign('.') && !next.is_spaced) {
                    here.push((meaning, end + 1));
                }
            });
            meanings.push(here);
        }
        Some(Reader { tokens, meanings })
    }

    /// Returns the number of tokens.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Returns a token.
    pub fn token(&self, at: usize) -> Option<&Token> {
        self.tokens.get(at)
    }

    /// Returns the tokens from one on, with a space between them where the text has one.
    pub fn text_from(&self, at: usize) -> String {
        let mut text = String::new();
        for token in self.tokens.iter().skip(at) {
            if token.is_spaced && !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&token.text);
        }
        text
    }

    /// Returns the meanings of the phrases at a token.
    pub fn meanings(&self, at: usize) -> &[(Meaning, usize)] {
        self.meanings.get(at).map_or(&[], Vec::as_slice)
    }

    /// Returns each value that `pick` takes of the meanings at a token.
    pub fn pick<T>(&self, at: usize, pick: impl Fn(Meaning) -> Option<T>) -> Parses<T> {
        self.meanings(at).iter().filter_map(|(meaning, end)| Some((pick(*meaning)?, *end))).collect()
    }

    /// Returns the ends of a word at a token.
    pub fn word(&self, at: usize, word: Word) -> Vec<usize> {
        self.any(at, &[word])
    }

    /// Returns the ends of any of several words at a token.
    pub fn any(&self, at: usize, these: &[Word]) -> Vec<usize> {
        let is_one = |meaning: Meaning| matches!(meaning, Meaning::Word(word) if these.contains(&word));
        self.meanings(at).iter().filter(|(meaning, _)| is_one(*meaning)).map(|(_, end)| *end).collect()
    }

    /// Returns a token, and the ends of one or two of these words behind it, each once: words that may be there.
    pub fn maybe(&self, at: usize, these: &[Word]) -> Vec<usize> {
        let mut ends = vec![at];
        for (position, word) in these.iter().enumerate() {
            for first in self.word(at, *word) {
                ends.push(first);
                let is_new = self.tokens.get(first).is_some_and(|next| next.text != self.tokens[at].text);
                let others = these.iter().enumerate().filter(|(other, _)| *other != position && is_new);
                others.for_each(|(_, other)| ends.extend(self.word(first, *other)));
            }
        }
        ends.sort_unstable();
        ends.dedup();
        ends
    }

    /// Returns the end of a sign, one of those in `signs`.
    pub fn sign(&self, at: usize, signs: &str) -> Option<usize> {
        match self.token(at)?.kind {
            Kind::Sign(sign) if signs.contains(sign) => Some(at + 1),
            _ => None,
        }
    }

    /// Returns the end of a sign, or the token itself if there is none.
    pub fn skip_sign(&self, at: usize, signs: &str) -> usize {
        self.sign(at, signs).unwrap_or(at)
    }

    /// Returns the number at a token, and how many digits it has.
    pub fn number(&self, at: usize) -> Option<(u32, usize)> {
        let token = self.token(at)?;
        Some((token.value()?, token.text.len()))
    }

    /// Returns whether a space is before a token.
    pub fn is_spaced(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is_spaced)
    }
}
