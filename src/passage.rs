//! A part of a text that is kept, whole, as long as any part of it is: what was read need not be copied to be kept.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::{Arc, LazyLock};

/// What an empty passage is a part of.
static NOTHING: LazyLock<Arc<String>> = LazyLock::new(Arc::default);

/// A text that is a part of another, or all of it. It is compared and shown as the text that it is.
#[derive(Clone)]
pub struct Passage {
    whole: Arc<String>,
    start: u32,
    end: u32,
}

impl Passage {
    /// A part of a text, which is found by where it lies; a copy of what lies elsewhere.
    #[must_use]
    pub fn of(whole: &Arc<String>, part: &str) -> Passage {
        match range(whole, part) {
            Some(Range { start, end }) => Passage { whole: Arc::clone(whole), start, end },
            None => Passage::from(part),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.whole[self.start as usize..self.end as usize]
    }
}

/// Where a part lies in a text: bytes from its beginning.
fn range(whole: &str, part: &str) -> Option<Range<u32>> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let end = start.checked_add(part.len()).filter(|end| *end <= whole.len())?;
    Some(u32::try_from(start).ok()?..u32::try_from(end).ok()?)
}

impl Default for Passage {
    fn default() -> Passage {
        Passage { whole: Arc::clone(&NOTHING), start: 0, end: 0 }
    }
}

impl From<String> for Passage {
    /// # Panics
    /// For a text of 4 GiB and more, which no cell may be.
    fn from(text: String) -> Passage {
        if text.is_empty() {
            return Passage::default();
        }
        let end = u32::try_from(text.len()).expect("a cell has a limit far below 4 GiB");
        Passage { whole: Arc::new(text), start: 0, end }
    }
}

impl From<&str> for Passage {
    fn from(text: &str) -> Passage {
        Passage::from(text.to_owned())
    }
}

impl Deref for Passage {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Passage {
    fn eq(&self, other: &Passage) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Passage {}

impl PartialOrd for Passage {
    fn partial_cmp(&self, other: &Passage) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Passage {
    fn cmp(&self, other: &Passage) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialEq<str> for Passage {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Passage {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Debug for Passage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Passage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_not_copied_and_what_lies_elsewhere_is() {
        let whole = Arc::new("Café, room 2".to_owned());
        let part = Passage::of(&whole, &whole[..5]);
        assert_eq!(part, "Café");
        assert!(Arc::ptr_eq(&part.whole, &whole));
        assert_eq!(Passage::of(&whole, &whole[13..]), "");
        let elsewhere = "room".to_owned();
        let copy = Passage::of(&whole, &elsewhere);
        assert!(copy == "room" && !Arc::ptr_eq(&copy.whole, &whole));
        assert!(part < copy);
        assert_eq!(format!("{part:?} {copy:>6}"), "\"Café\"   room");
    }

    #[test]
    fn an_option_of_one_takes_no_more_room() {
        assert_eq!(size_of::<Option<Passage>>(), 16);
    }
}
