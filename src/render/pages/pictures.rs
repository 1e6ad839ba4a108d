//! Pictures beside the articles: with the size they will have, and an address that may be kept for ever.

use crate::model::article::Picture;
use crate::site::Site;

/// A picture as a page shows it.
#[derive(Debug)]
pub(super) struct Shown {
    pub address: String,
    pub alt: String,
    pub size: Option<(u32, u32)>,
}

/// The lead picture of an article, or any other that the site names.
pub(super) fn shown(site: &Site, picture: &Picture) -> Shown {
    let Picture { address, alt } = picture;
    let (address, size) = match on_site(site, address) {
        Some((address, size)) => (address, size),
        None if address.starts_with('/') => (site.settings.local(address), None),
        None => (address.clone(), None),
    };
    Shown { address, alt: alt.clone(), size }
}

/// The address of a file beside the articles by its content, and how large it is.
fn on_site(site: &Site, address: &str) -> Option<(String, Option<(u32, u32)>)> {
    let path =
        percent_encoding::percent_decode_str(address.strip_prefix("/articles/")?).decode_utf8().ok()?;
    let asset = site.assets().get(&*path)?;
    Some((format!("{}?v={}", site.settings.local(address), asset.version()), asset.size))
}

/// Sanitised HTML with the same for each picture in it, and with addresses that work where the site has a path
/// before its own.
pub(super) fn dressed(site: &Site, html: &str) -> String {
    const TAG: &str = "<img ";
    let html = crate::markdown::with_base(html, &site.settings.local(""));
    let base = format!("src=\"{}", site.settings.local("/articles/"));
    let mut out = String::with_capacity(html.len() + 256);
    let mut rest = html.as_str();
    while let Some(at) = rest.find(TAG) {
        let (before, tag) = rest.split_at(at + TAG.len());
        out.push_str(before);
        let end = tag.find('>').unwrap_or(tag.len());
        let (tag, after) = tag.split_at(end);
        let said = tag.find(&base).and_then(|from| {
            let start = from + "src=\"".len();
            let length = tag[start..].find('"')?;
            let address = &tag[start..start + length];
            let (versioned, size) = on_site(site, address.strip_prefix(&site.settings.local(""))?)?;
            let size = size.filter(|_| !tag.contains(" width=") && !tag.contains(" height="));
            let size = size.map(|(w, h)| format!(" width=\"{w}\" height=\"{h}\"")).unwrap_or_default();
            Some(format!("loading=\"lazy\"{size} {}{versioned}{}", &tag[..start], &tag[start + length..]))
        });
        out.push_str(said.as_deref().unwrap_or(tag));
        rest = after;
    }
    out.push_str(rest);
    out
}
