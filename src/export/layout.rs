//! Paths of documents in an export: the file of a folder, or the key of an object, for each route.

use percent_encoding::percent_decode_str;

use crate::model::route::{HTML, Route};
use crate::publish::document::Encoding;
use crate::publish::routes;

/// File name of a page in its folder.
const INDEX: &str = "index.html";

/// How a target names documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A page is the `index.html` of a folder; a file cannot have the name of a folder.
    Folders,
    /// A page is an object whose key is its address.
    Keys,
}

impl Layout {
    /// Returns the path of a route, without a leading slash.
    #[must_use]
    pub fn path(self, route: &Route) -> String {
        let whole = route.to_string();
        let address = whole.split('?').next().unwrap_or_default();
        let address = address.trim_start_matches('/').split('/').map(|segment| self.segment(segment));
        let address = address.collect::<Vec<_>>().join("/");
        let inside = |name: &str| match address.as_str() {
            "" => name.to_owned(),
            folder => format!("{folder}/{name}"),
        };
        match (routes::info(route).index_file, self) {
            (Some(file), Layout::Folders) => inside(&file),
            // The key of an object is its address, unless that is empty or shared by several pages.
            (Some(file), Layout::Keys) if address.is_empty() || file != INDEX => inside(&file),
            _ => address,
        }
    }

    /// Returns the path of a document at an address to which no route leads, without a leading slash.
    pub(super) fn private_path(self, address: &str, media_type: &str) -> String {
        let address = address.trim_start_matches('/');
        match self {
            Layout::Folders if media_type == HTML => format!("{address}/{INDEX}"),
            Layout::Folders | Layout::Keys => address.to_owned(),
        }
    }

    /// Decodes a segment, unless the decoded form would be another path.
    fn segment(self, segment: &str) -> String {
        let decoded = percent_decode_str(segment).decode_utf8_lossy().into_owned();
        let is_ambiguous = match self {
            Layout::Folders => decoded.contains('/') || (segment.contains('%') && decoded.ends_with(".ics")),
            Layout::Keys => false,
        };
        let is_special = decoded.split('/').any(|part| matches!(part, "" | "." | ".."));
        if is_ambiguous || is_special { segment.to_owned() } else { decoded }
    }
}

/// Returns the path of an encoding of the document at a path.
#[must_use]
pub fn encoded_path(path: &str, encoding: Encoding) -> String {
    match encoding {
        Encoding::Identity => path.to_owned(),
        Encoding::Gzip => format!("{path}.gz"),
        Encoding::Brotli => format!("{path}.br"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(address: &str) -> [String; 2] {
        let (path, query) =
            address.split_once('?').map_or((address, None), |(path, query)| (path, Some(query)));
        let route = Route::parse(path, query).unwrap();
        [Layout::Folders, Layout::Keys].map(|layout| layout.path(&route))
    }

    #[test]
    fn addresses_are_mapped_to_paths() {
        for (address, folder, key) in [
            ("/", "index.html", "index.html"),
            ("/?month=2026-12", "2026-12.html", "2026-12.html"),
            ("/regions/usa", "regions/usa/index.html", "regions/usa"),
            ("/regions/usa?month=2026-12", "regions/usa/2026-12.html", "regions/usa/2026-12.html"),
            ("/regions/usa.ics", "regions/usa.ics", "regions/usa.ics"),
            ("/print", "print/index.html", "print"),
            ("/f/region=us;topic=a.ics", "f/region=us;topic=a.ics", "f/region=us;topic=a.ics"),
            ("/events/a%20b", "events/a b/index.html", "events/a b"),
            ("/events/a%2Fb", "events/a%2Fb/index.html", "events/a/b"),
            ("/events/a%2Eics", "events/a%2Eics/index.html", "events/a.ics"),
            ("/events/a%2F%2E%2E%2Fb", "events/a%2F..%2Fb/index.html", "events/a%2F..%2Fb"),
            ("/events/%2Fa", "events/%2Fa/index.html", "events/%2Fa"),
            ("/events/a%2F", "events/a%2F/index.html", "events/a%2F"),
            ("/articles/neck.svg", "articles/neck.svg", "articles/neck.svg"),
        ] {
            assert_eq!(paths(address), [folder, key], "{address}");
        }
    }
}
