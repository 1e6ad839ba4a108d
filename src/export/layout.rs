//! Where the document of a route lies in an export: its address, as a file of a folder or as the key of an object.

use percent_encoding::percent_decode_str;

use crate::model::route::Route;
use crate::publish::document::Encoding;
use crate::publish::routes;

/// The folder of what the export itself keeps: its manifest, and the recipe for nginx.
pub const OWN: &str = ".calcast";

/// The name of a page's file in its folder.
const INDEX: &str = "index.html";

/// How a target names things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A page is the file `index.html` of a folder: a folder cannot have the name of a file.
    Folders,
    /// A page is an object whose key is its address: an object may have a name that others begin with.
    Keys,
}

impl Layout {
    /// Where the document of a route lies, without a slash at its begin.
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
            // An object's key is its address, unless that is empty or names several pages.
            (Some(file), Layout::Keys) if address.is_empty() || file != INDEX => inside(&file),
            _ => address,
        }
    }

    /// A segment as it was meant, or as it is written where it would mean another file.
    fn segment(self, segment: &str) -> String {
        let decoded = percent_decode_str(segment).decode_utf8_lossy().into_owned();
        let is_other = match self {
            Layout::Folders => decoded.contains('/') || (segment.contains('%') && decoded.ends_with(".ics")),
            Layout::Keys => false,
        };
        let is_none = decoded.split('/').any(|part| matches!(part, "" | "." | ".."));
        if is_other || is_none { segment.to_owned() } else { decoded }
    }
}

/// Where an encoding of a document lies beside it.
#[must_use]
pub fn beside(path: &str, encoding: Encoding) -> String {
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
    fn each_address_has_its_place() {
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
