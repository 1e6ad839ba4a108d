//! robots.txt and sitemap.xml.

use std::fmt::Write as _;

use crate::model::route::Route;
use crate::site::Site;

/// Returns a robots.txt (RFC 9309) that allows everything: Google Calendar obeys it when it reads feeds.
#[must_use]
pub fn robots(site: &Site) -> String {
    let mut text = String::from("User-agent: *\nAllow: /\n");
    if site.settings.base_url.is_some() {
        let _ = writeln!(text, "\nSitemap: {}", site.settings.url(&Route::Sitemap.to_string()));
    }
    text
}

/// Returns the sitemap of pages (sitemaps.org 0.9), at most 50,000 as the protocol demands.
#[must_use]
pub fn sitemap<'a>(site: &Site, pages: impl Iterator<Item = &'a Route>) -> String {
    const MAX_PAGES: usize = 50_000;
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for route in pages.take(MAX_PAGES) {
        let address = site.settings.url(&route.to_string()).replace('&', "&amp;").replace('\'', "&apos;");
        let _ = writeln!(text, "<url><loc>{address}</loc></url>");
    }
    text.push_str("</urlset>\n");
    text
}
