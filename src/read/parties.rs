//! Who holds events and whom to ask: many rows of a table say the same.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::cell;
use crate::model::event::Contact;

/// The most that are known at a time.
const MOST: usize = 10_000;

/// The parties of all tables, each there once.
#[derive(Default)]
pub struct ContactCache {
    known: RefCell<BTreeMap<String, Arc<Contact>>>,
}

impl fmt::Debug for ContactCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parties({})", self.known.borrow().len())
    }
}

impl ContactCache {
    /// The party of a cell.
    #[must_use]
    pub fn of(&self, text: &str) -> Arc<Contact> {
        let mut known = self.known.borrow_mut();
        if let Some(party) = known.get(text) {
            return Arc::clone(party);
        }
        if known.len() >= MOST {
            known.clear();
        }
        let party = Arc::new(cell::party(text));
        known.insert(text.to_owned(), Arc::clone(&party));
        party
    }

    /// Name, e-mail and phone may have a cell each: the first name, and the first way to reach it.
    #[must_use]
    pub fn together<'c>(&self, mut cells: impl Iterator<Item = &'c str>) -> Option<Arc<Contact>> {
        let mut whole = self.of(cells.next()?);
        for text in cells {
            let Contact { name, link } = &*self.of(text);
            let party = Arc::make_mut(&mut whole);
            if party.name.is_empty() {
                party.name.clone_from(name);
            }
            if party.link.is_none() {
                party.link.clone_from(link);
            }
        }
        Some(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_of_several_cells_is_none_of_those_in_one() {
        let parties = ContactCache::default();
        let ann = parties.of("Ann");
        let whole = parties.together(["Ann", "ann@example.org", "+1 555 010 0000"].into_iter()).unwrap();
        assert_eq!(whole.in_words(), "Ann (ann@example.org)");
        assert_eq!((ann.in_words(), parties.of("Ann").in_words()), ("Ann".into(), "Ann".into()));
        assert!(Arc::ptr_eq(&ann, &parties.of("Ann")));
        assert_eq!(parties.together(std::iter::empty()), None);
    }

    #[test]
    fn only_so_many_are_known() {
        let parties = ContactCache::default();
        for number in 0..3 * MOST {
            assert_eq!(parties.of(&format!("Circle {number}")).name, format!("Circle {number}"));
        }
        assert!(parties.known.borrow().len() <= MOST);
    }
}
