//! Absolute addresses with a scheme that is safe on a page.

use std::fmt;

/// Schemes that a page or a feed may link to.
pub const SCHEMES: [&str; 6] = ["http", "https", "mailto", "tel", "geo", "webcal"];

/// An absolute address (RFC 3986) with one of [`SCHEMES`], without spaces, quotes or control characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link(Box<str>);

impl Link {
    /// Parses an absolute address. Returns `None` for relative addresses and other schemes.
    ///
    /// Spaces and characters that would end an HTML attribute are percent-encoded. Letters beyond ASCII stay (IRI,
    /// RFC 3987).
    #[must_use]
    pub fn parse(text: &str) -> Option<Link> {
        let text = text.trim();
        let (scheme, rest) = text.split_once(':')?;
        let scheme = SCHEMES.into_iter().find(|known| known.eq_ignore_ascii_case(scheme))?;
        if text.chars().any(char::is_control) {
            return None;
        }
        let host_first = matches!(scheme, "http" | "https" | "webcal");
        let host = rest.strip_prefix("//").unwrap_or_default();
        let no_host = host.is_empty() || host.starts_with(['/', '?', '#', ' ']);
        if rest.is_empty() || (host_first && no_host) {
            return None;
        }
        let mut address = String::with_capacity(text.len());
        address.push_str(scheme);
        address.push(':');
        for part in rest.split_inclusive(is_unsafe) {
            let mut chars = part.chars();
            match chars.next_back().filter(|last| is_unsafe(*last)) {
                Some(last) => address.push_str(&format!("{}%{:02X}", chars.as_str(), u32::from(last))),
                None => address.push_str(part),
            }
        }
        Some(Link(address.into()))
    }

    /// Returns the address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the host of a web address, for display.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.0.split_once("//").map_or(&*self.0, |(_, rest)| rest);
        rest.split(['/', '?', '#']).next().unwrap_or(rest)
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns whether a character is percent-encoded, because RFC 3986 does not allow it.
fn is_unsafe(c: char) -> bool {
    matches!(c, ' ' | '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
}

#[cfg(test)]
mod tests {
    use super::Link;

    #[test]
    fn only_addresses_that_cannot_run_anything() {
        let taken = |text: &str| Link::parse(text).map(|link| link.to_string());
        assert_eq!(taken(" HTTPS://a.example.org/x y"), Some("https://a.example.org/x%20y".into()));
        assert_eq!(taken("mailto:a@example.org"), Some("mailto:a@example.org".into()));
        for text in
            ["javascript:alert(1)", "www.example.org", "https://", "http:///x", "data:text/html,x", ""]
        {
            assert_eq!(taken(text), None, "{text}");
        }
        assert_eq!(Link::parse("https://a.example.org/x").unwrap().host(), "a.example.org");
    }
}
