//! What all pages share: the style sheet in the site's colour, the scripts, the icon, the manifest.

use serde_json::json;

use super::colour::Accents;
use crate::model::filter::Filter;
use crate::model::route::Route;
use crate::model::settings::Settings;

/// What makes pages more comfortable where scripts run. Without it everything works as well.
pub const SCRIPT: &str = include_str!("calcast.js");

/// What other websites put beside the frame with our events, so that it is as high as they are.
pub const EMBED_SCRIPT: &str = include_str!("embed.js");

const STYLE: &str = include_str!("style.css");

/// The style sheet, with the site's colour for light and dark.
#[must_use]
pub fn stylesheet(settings: &Settings) -> String {
    let Accents { light, dark } = Accents::of(&settings.color);
    STYLE.replace("#0b6b6b", &light).replace("#7fd1cc", &dark)
}

/// The icon: a leaf of a calendar in the site's colour, as SVG, which every present browser takes for a favicon.
#[must_use]
pub fn favicon(settings: &Settings) -> String {
    let accent = Accents::of(&settings.color).light;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\">\
         <rect x=\"3\" y=\"5\" width=\"26\" height=\"24\" rx=\"5\" fill=\"{accent}\"/>\
         <rect x=\"6\" y=\"12\" width=\"20\" height=\"14\" rx=\"2.5\" fill=\"#fff\"/>\
         <path d=\"M10 3v6M22 3v6\" stroke=\"{accent}\" stroke-width=\"3\" stroke-linecap=\"round\"/>\
         <circle cx=\"16\" cy=\"19\" r=\"4\" fill=\"#d9480f\"/></svg>"
    )
}

/// The Web Application Manifest (W3C): what a phone calls the site that somebody keeps on its first screen.
#[must_use]
pub fn manifest(settings: &Settings) -> String {
    let local = |route: Route| settings.local(&route.to_string());
    let manifest = json!({
        "name": settings.title,
        "short_name": settings.title,
        "description": settings.description,
        "lang": settings.language,
        "start_url": local(Route::Agenda(Filter::everything())),
        "scope": settings.local("/"),
        "display": "browser",
        "background_color": "#fbfaf7",
        "theme_color": Accents::of(&settings.color).light,
        "icons": [{ "src": local(Route::Favicon), "sizes": "any", "type": "image/svg+xml" }],
    });
    format!("{manifest:#}\n")
}
