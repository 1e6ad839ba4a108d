//! The files that all pages share: style sheet, scripts, icon and web app manifest.

use serde_json::json;

use super::colour::Accents;
use crate::model::filter::Filter;
use crate::model::route::Route;
use crate::model::settings::Settings;

/// The script of all pages, which work without it.
pub const SCRIPT: &str = include_str!("calcast.js");

/// The script that other websites load beside a frame, to fit its height to the events.
pub const EMBED_SCRIPT: &str = include_str!("embed.js");

const STYLE: &str = include_str!("style.css");

/// Returns the style sheet with the site's colours.
#[must_use]
pub fn stylesheet(settings: &Settings) -> String {
    let Accents { light, dark } = Accents::new(&settings.color);
    STYLE.replace("#0b6b6b", &light).replace("#7fd1cc", &dark)
}

/// Returns the icon as SVG: a leaf of a calendar in the site's colour.
#[must_use]
pub fn favicon(settings: &Settings) -> String {
    let accent = Accents::new(&settings.color).light;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\">\
         <rect x=\"3\" y=\"5\" width=\"26\" height=\"24\" rx=\"5\" fill=\"{accent}\"/>\
         <rect x=\"6\" y=\"12\" width=\"20\" height=\"14\" rx=\"2.5\" fill=\"#fff\"/>\
         <path d=\"M10 3v6M22 3v6\" stroke=\"{accent}\" stroke-width=\"3\" stroke-linecap=\"round\"/>\
         <circle cx=\"16\" cy=\"19\" r=\"4\" fill=\"#d9480f\"/></svg>"
    )
}

/// Returns the Web Application Manifest (W3C), with which phones add the site to the home screen.
#[must_use]
pub fn manifest(settings: &Settings) -> String {
    let local = |route: Route| settings.href(&route.to_string());
    let manifest = json!({
        "name": settings.title,
        "short_name": settings.title,
        "description": settings.description,
        "lang": settings.language,
        "start_url": local(Route::Agenda(Filter::everything())),
        "scope": settings.href("/"),
        "display": "browser",
        "background_color": "#fbfaf7",
        "theme_color": Accents::new(&settings.color).light,
        "icons": [{ "src": local(Route::Favicon), "sizes": "any", "type": "image/svg+xml" }],
    });
    format!("{manifest:#}\n")
}
