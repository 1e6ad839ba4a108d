//! Parses a cell with a contact.

use crate::link::Link;
use crate::model::event::Contact;

/// Parses a contact: `Name <mail>`, an e-mail address, a phone number, a link, or a name.
#[must_use]
pub fn contact(text: &str) -> Contact {
    let text = crate::text::line(text);
    if let Some((name, address)) = text.strip_suffix('>').and_then(|text| text.rsplit_once('<'))
        && let Some(link) = parse_contact_link(address)
    {
        return Contact { name: name.trim().trim_matches('"').to_owned(), link: Some(link) };
    }
    match parse_contact_link(&text) {
        Some(link) => Contact { name: String::new(), link: Some(link) },
        None => Contact { name: text.into_owned(), link: None },
    }
}

fn parse_contact_link(text: &str) -> Option<Link> {
    let text = text.trim();
    let is_mail = || {
        let (user, host) = text.split_once('@')?;
        let good = !user.is_empty() && host.contains('.') && !text.contains([' ', ',', ';', ':', '/']);
        good.then(|| Link::parse(&format!("mailto:{text}"))).flatten()
    };
    let is_phone = || {
        if !text.bytes().all(|byte| byte.is_ascii_digit() || b" +-().".contains(&byte)) {
            return None;
        }
        let plain: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        (plain.len() >= 6).then(|| Link::parse(&format!("tel:{plain}"))).flatten()
    };
    Link::parse(text).or_else(is_mail).or_else(is_phone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_have_a_link_where_the_text_has_an_address() {
        let shown = |text| (contact(text).name, contact(text).link.map(|link| link.to_string()));
        assert_eq!(
            shown("Ann B. <ann@example.org>"),
            ("Ann B.".into(), Some("mailto:ann@example.org".into()))
        );
        assert_eq!(shown("ann@example.org"), (String::new(), Some("mailto:ann@example.org".into())));
        assert_eq!(shown("+1 (555) 010-0000"), (String::new(), Some("tel:+15550100000".into())));
        assert_eq!(shown("The front desk"), ("The front desk".into(), None));
    }
}
