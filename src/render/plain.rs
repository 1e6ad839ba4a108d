//! Small documents for machines: robots.txt and sitemap.xml.

use std::fmt::Write as _;

use crate::model::route::Route;
use crate::site::Site;

/// Everything may be read: Google Calendar obeys robots.txt, so feeds must never be forbidden (RFC 9309).
#[must_use]
pub fn robots(site: &Site) -> String {
    let mut text = String::from("User-agent: *\nAllow: /\n");
    if site.settings.base_url.is_some() {
        let _ = writeln!(text, "\nSitemap: {}", site.settings.whole(&Route::Sitemap.to_string()));
    }
    text
}

/// The addresses of all pages (sitemaps.org 0.9), at most 50,000 as that protocol has it.
#[must_use]
pub fn sitemap<'a>(site: &Site, pages: impl Iterator<Item = &'a Route>) -> String {
    const MOST: usize = 50_000;
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for route in pages.take(MOST) {
        let address = site.settings.whole(&route.to_string()).replace('&', "&amp;").replace('\'', "&apos;");
        let _ = writeln!(text, "<url><loc>{address}</loc></url>");
    }
    text.push_str("</urlset>\n");
    text
}
