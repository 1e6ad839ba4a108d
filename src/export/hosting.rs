//! Configuration that makes other web servers send an export with the headers and redirects of `serve`: a file for
//! nginx, and `_headers` and `_redirects` for hosts such as Netlify and Cloudflare Pages.

use std::borrow::Cow;
use std::fmt::Write as _;

use askama::Template;

use crate::model::filter::Filter;
use crate::model::route::{FeedFormat, Route, VIEWS, View, essence};
use crate::publish::document::{CacheClass, Encoding};
use crate::publish::headers::{self, IMMUTABLE, PAGE_POLICY, PRIVATE_REFERRER_POLICY, REFERRER_POLICY};
use crate::publish::snapshot::Snapshot;

#[derive(Template)]
#[template(path = "nginx.conf", config = "src/export/hosting/askama.toml", escape = "none")]
struct NginxConf<'a> {
    /// The media types of feeds and views that are not pages, and their file extensions.
    types: Vec<(&'static str, &'static str)>,
    /// Files with a content hash in their addresses, and the hash.
    versions: Vec<(String, String)>,
    renamed: Vec<(String, String)>,
    language: &'a str,
    embed_policy: &'a str,
    hub: Option<&'a str>,
    /// The address of the requested file, with nginx's `$uri`.
    own_address: String,
}

/// Returns a configuration for nginx.
#[must_use]
pub fn nginx(snapshot: &Snapshot) -> String {
    let settings = &snapshot.site().settings;
    let feeds = FeedFormat::ALL.iter().map(|format| (format.media_type(), format.extension()));
    let of_view = |view: &View| Some((view.media_type, view.extension.strip_prefix('.')?));
    let types = feeds.chain(VIEWS.iter().filter_map(of_view));
    let conf = NginxConf {
        types: types.map(|(media_type, extension)| (essence(media_type), extension)).collect(),
        versions: versions(snapshot),
        renamed: renamed(snapshot),
        language: snapshot.language().tag(),
        embed_policy: &embed_policy(snapshot),
        hub: settings.hub.as_deref(),
        own_address: settings.url("$uri"),
    };
    // Templates lose the newline at their end.
    format!("{conf}\n")
}

/// Returns the headers of a `_headers` file.
#[must_use]
pub fn headers(snapshot: &Snapshot) -> String {
    let feed = headers::cache_control(CacheClass::Feed);
    let feeds = FeedFormat::ALL.map(|format| {
        let (extension, media_type) = (format.extension(), format.media_type());
        format!(
            "/*.{extension}\n  Content-Type: {media_type}\n  Cache-Control: {feed}\n  Access-Control-Allow-Origin: *\n"
        )
    });
    format!(
        include_str!("hosting/_headers"),
        feeds = feeds.concat(),
        PAGE_POLICY = PAGE_POLICY,
        REFERRER_POLICY = REFERRER_POLICY,
        PRIVATE_REFERRER_POLICY = PRIVATE_REFERRER_POLICY,
        embed_policy = embed_policy(snapshot),
        private = headers::cache_control(CacheClass::Private),
        page = headers::cache_control(CacheClass::Page),
        feed = feed,
        file = headers::cache_control(CacheClass::File),
    )
}

/// Returns the redirects of a `_redirects` file.
#[must_use]
pub fn redirects(snapshot: &Snapshot) -> String {
    let mut text = String::new();
    for (from, to) in renamed(snapshot) {
        let _ = writeln!(text, "{from} {to} 301\n{from}.ics {to}.ics 301\n{from}/* {to}/:splat 301");
    }
    text
}

/// Returns the Content Security Policy of pages that other websites may embed.
fn embed_policy(snapshot: &Snapshot) -> Cow<'static, str> {
    let page = snapshot.document(&Route::Embed(Filter::everything()));
    page.ok().and_then(|page| headers::policy(&page)).unwrap_or(Cow::Borrowed(PAGE_POLICY))
}

/// Returns the addresses of files that pages refer to with `?v=`, and the value of that parameter.
fn versions(snapshot: &Snapshot) -> Vec<(String, String)> {
    let files = [Route::Stylesheet, Route::Script, Route::EmbedScript, Route::Favicon, Route::Manifest];
    let assets = snapshot.site().assets().keys().map(|path| Route::Asset(path.clone()));
    let version = |route: Route| {
        let document = snapshot.document(&route).ok()?;
        let version = document.tag(Encoding::Identity).get(1..=crate::digest::VERSION)?.to_owned();
        Some((route.to_string(), version))
    };
    files.into_iter().chain(assets).filter_map(version).collect()
}

/// Returns the former and present addresses of renamed regions and topics.
fn renamed(snapshot: &Snapshot) -> Vec<(String, String)> {
    let renames = &snapshot.site().settings.renamed;
    let mut addresses = Vec::new();
    for (facet, from, _) in renames.iter() {
        let Some(to) = renames.now(facet, from) else { continue };
        let folders = VIEWS.iter().map(|view| format!("/{}", view.folder));
        for folder in std::iter::once(String::new()).chain(folders) {
            let address = |path: &str| format!("{folder}/{}/{path}", facet.folder());
            addresses.push((address(from.as_str()), address(to.as_str())));
        }
    }
    addresses
}
