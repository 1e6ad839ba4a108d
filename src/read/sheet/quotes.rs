//! Quotation marks in a record of CSV that do not do what their author meant. The `csv` crate reads every
//! record; RFC 4180 §2 says which are sound.

/// What is odd about a quotation mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// It opens a cell and nothing closes it.
    Unclosed,
    /// A space stands before it, so that it opens nothing.
    Spaced,
    /// Something stands between it, which closes a cell, and the next separator.
    Stray,
}

enum State {
    Start,
    /// After nothing but spaces.
    Space,
    Bare,
    Quoted,
    /// After a mark inside a quoted cell: its end, or the first of two.
    Closed,
}

/// The first cell, from 0, with an odd quotation mark, in the bytes of one record.
#[must_use]
pub fn first_odd(raw: &[u8], delimiter: u8) -> Option<(usize, Quote)> {
    if is_sound(raw, delimiter) {
        return None;
    }
    let mut state = State::Start;
    let mut cell = 0;
    let mut stray = None;
    for byte in raw {
        state = match (state, *byte) {
            (State::Quoted, b'"') => State::Closed,
            (State::Quoted, _) => State::Quoted,
            (State::Closed, b'"') => State::Quoted,
            (_, byte) if byte == delimiter => {
                cell += 1;
                State::Start
            }
            (State::Start | State::Space | State::Closed, b'\r' | b'\n') => State::Start,
            (State::Start | State::Space, b' ') => State::Space,
            (State::Space, b'"') => {
                stray = stray.or(Some((cell, Quote::Spaced)));
                State::Bare
            }
            (State::Start, b'"') => State::Quoted,
            (State::Closed, _) => {
                stray = stray.or(Some((cell, Quote::Stray)));
                State::Bare
            }
            (State::Start | State::Space | State::Bare, _) => State::Bare,
        };
    }
    if matches!(state, State::Quoted) { Some((cell, Quote::Unclosed)) } else { stray }
}

/// Whether every quotation mark opens a cell, closes one, is doubled in one, or stands inside a bare one; from
/// mark to mark, without a look at what is between.
fn is_sound(raw: &[u8], delimiter: u8) -> bool {
    let is_end = |byte: Option<&u8>| byte.is_none_or(|b| *b == delimiter || matches!(*b, b'\r' | b'\n'));
    let mut at = 0;
    let mut is_open = false;
    while let Some(next) = memchr::memchr(b'"', &raw[at..]) {
        let mark = at + next;
        at = mark + 1;
        if is_open {
            if raw.get(at) == Some(&b'"') {
                at += 1;
            } else if is_end(raw.get(at)) {
                is_open = false;
            } else {
                return false;
            }
        } else if is_end(mark.checked_sub(1).map(|before| &raw[before])) {
            is_open = true;
        } else if raw[mark - 1] == b' ' {
            // Whether nothing but spaces stands before it, the long way tells.
            return false;
        }
    }
    !is_open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_odd_is_found() {
        for sound in
            ["a,b\n", "\"a\",\"b\"\r\n", "\"a \"\"b\"\" c\",\"\"", "37°36'37.8\"N 121,x", "\"a\nb\",c"]
        {
            assert_eq!(first_odd(sound.as_bytes(), b','), None, "{sound}");
            assert!(is_sound(sound.as_bytes(), b','), "{sound}");
        }
        assert_eq!(first_odd(b"a,\"Zoo\" walk,b\n", b','), Some((1, Quote::Stray)));
        assert_eq!(first_odd(b"a, \"Chicago, Illinois\",b\n", b','), Some((1, Quote::Spaced)));
        assert_eq!(first_odd(b"a;\"b\n", b';'), Some((1, Quote::Unclosed)));
        assert_eq!(first_odd(b"a,\"b\"\"", b','), Some((1, Quote::Unclosed)));
    }
}
