//! Contacts of events, shared between rows that name the same person.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::cell;
use crate::model::event::Contact;

/// Most contacts that are kept.
const MOST: usize = 10_000;

/// Cache of parsed contacts, keyed by the text of the cell. Rows of one table name the same few people, and events
/// share one value for each.
#[derive(Debug, Default)]
pub struct ContactCache {
    known: RefCell<BTreeMap<String, Arc<Contact>>>,
}

impl ContactCache {
    /// Parses the contact in a cell.
    #[must_use]
    pub fn parse(&self, text: &str) -> Arc<Contact> {
        let mut known = self.known.borrow_mut();
        if let Some(contact) = known.get(text) {
            return Arc::clone(contact);
        }
        if known.len() >= MOST {
            known.clear();
        }
        let contact = Arc::new(cell::contact(text));
        known.insert(text.to_owned(), Arc::clone(&contact));
        contact
    }

    /// Parses a contact whose name, e-mail address and phone number may have a cell each: the first name and the
    /// first link.
    #[must_use]
    pub fn parse_cells<'c>(&self, mut cells: impl Iterator<Item = &'c str>) -> Option<Arc<Contact>> {
        let mut whole = self.parse(cells.next()?);
        for text in cells {
            let Contact { name, link } = &*self.parse(text);
            let contact = Arc::make_mut(&mut whole);
            if contact.name.is_empty() {
                contact.name.clone_from(name);
            }
            if contact.link.is_none() {
                contact.link.clone_from(link);
            }
        }
        Some(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_of_several_cells_does_not_change_that_of_one() {
        let contacts = ContactCache::default();
        let ann = contacts.parse("Ann");
        let whole = contacts.parse_cells(["Ann", "ann@example.org", "+1 555 010 0000"].into_iter()).unwrap();
        assert_eq!(whole.in_words(), "Ann (ann@example.org)");
        assert_eq!((ann.in_words(), contacts.parse("Ann").in_words()), ("Ann".into(), "Ann".into()));
        assert!(Arc::ptr_eq(&ann, &contacts.parse("Ann")));
        assert_eq!(contacts.parse_cells(std::iter::empty()), None);
    }

    #[test]
    fn the_cache_is_bounded() {
        let contacts = ContactCache::default();
        for number in 0..3 * MOST {
            assert_eq!(contacts.parse(&format!("Circle {number}")).name, format!("Circle {number}"));
        }
        assert!(contacts.known.borrow().len() <= MOST);
    }
}
