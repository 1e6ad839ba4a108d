//! Pictures beside the articles, with their size and an address that names their content.

use crate::model::article::Picture;
use crate::site::Site;

/// A picture as a page shows it.
#[derive(Debug)]
pub(super) struct ShownPicture {
    pub address: String,
    pub alt: String,
    pub size: Option<(u32, u32)>,
}

/// Returns a picture that an article or the settings name.
pub(super) fn shown(site: &Site, picture: &Picture) -> ShownPicture {
    let Picture { address, alt } = picture;
    let (address, size) = match on_site(site, address) {
        Some((address, size)) => (address, size),
        None if address.starts_with('/') => (site.settings.href(address), None),
        None => (address.clone(), None),
    };
    ShownPicture { address, alt: alt.clone(), size }
}

/// Returns the versioned address and the size of a file beside the articles.
fn on_site(site: &Site, address: &str) -> Option<(String, Option<(u32, u32)>)> {
    let path =
        percent_encoding::percent_decode_str(address.strip_prefix("/articles/")?).decode_utf8().ok()?;
    let asset = site.assets().get(&*path)?;
    Some((format!("{}?v={}", site.settings.href(address), asset.version()), asset.size))
}

/// Completes sanitised HTML: local addresses begin with the path of the site, and pictures beside the articles get their
/// size and versioned address.
pub(super) fn complete_html(site: &Site, html: &str) -> String {
    const TAG: &str = "<img ";
    let html = crate::markdown::with_base(html, &site.settings.href(""));
    let base = format!("src=\"{}", site.settings.href("/articles/"));
    let mut out = String::with_capacity(html.len() + 256);
    let mut rest = html.as_str();
    while let Some(at) = rest.find(TAG) {
        let (before, tag) = rest.split_at(at + TAG.len());
        out.push_str(before);
        let end = tag.find('>').unwrap_or(tag.len());
        let (tag, after) = tag.split_at(end);
        let completed = tag.find(&base).and_then(|from| {
            let start = from + "src=\"".len();
            let length = tag[start..].find('"')?;
            let address = &tag[start..start + length];
            let (versioned, size) = on_site(site, address.strip_prefix(&site.settings.href(""))?)?;
            let size = size.filter(|_| !tag.contains(" width=") && !tag.contains(" height="));
            let size = size.map(|(w, h)| format!(" width=\"{w}\" height=\"{h}\"")).unwrap_or_default();
            Some(format!("loading=\"lazy\"{size} {}{versioned}{}", &tag[..start], &tag[start + length..]))
        });
        out.push_str(completed.as_deref().unwrap_or(tag));
        rest = after;
    }
    out.push_str(rest);
    out
}
