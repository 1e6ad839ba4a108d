//! The accent colour of a site, adjusted to be readable on the light and on the dark background.

use color::{AlphaColor, OpaqueColor, Srgb, parse_color};

/// The backgrounds of the style sheet.
const LIGHT: [u8; 3] = [0xfb, 0xfa, 0xf7];
const DARK: [u8; 3] = [0x14, 0x19, 0x1a];
/// Minimum contrast to the background. WCAG 2.2 §1.4.3 requires 4.5 for text; buttons and cards are a little darker.
const CONTRAST: f32 = 5.5;
/// The colour used if the settings name no existing one.
const TEAL: [u8; 3] = [0, 128, 128];

/// The site's colour for text and buttons on each background.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Accents {
    /// `#0b6b6b`.
    pub light: String,
    pub dark: String,
}

impl Accents {
    /// Returns the readable colours nearest to a CSS colour.
    pub(super) fn new(css: &str) -> Accents {
        let parsed = parse_color(css).ok().map(|color| color.to_alpha_color::<Srgb>().discard_alpha());
        let color = parsed.unwrap_or_else(|| rgb(TEAL));
        Accents { light: readable(color, rgb(LIGHT), [0; 3]), dark: readable(color, rgb(DARK), [255; 3]) }
    }
}

fn rgb([red, green, blue]: [u8; 3]) -> OpaqueColor<Srgb> {
    AlphaColor::<Srgb>::from_rgb8(red, green, blue).discard_alpha()
}

/// Mixes a colour with as little of an extreme as gives it [`CONTRAST`].
fn readable(color: OpaqueColor<Srgb>, background: OpaqueColor<Srgb>, extreme: [u8; 3]) -> String {
    let mut steps = (0..=20u8).map(|step| color.lerp_rect(rgb(extreme), f32::from(step) / 20.0));
    let good = steps.find(|mixed| contrast(*mixed, background) >= CONTRAST);
    let rgba = good.unwrap_or_else(|| rgb(extreme)).to_rgba8();
    format!("#{:02x}{:02x}{:02x}", rgba.r, rgba.g, rgba.b)
}

/// Returns the contrast ratio of two colours, 1 to 21 (WCAG 2.2).
fn contrast(one: OpaqueColor<Srgb>, other: OpaqueColor<Srgb>) -> f32 {
    let (one, other) = (one.relative_luminance() + 0.05, other.relative_luminance() + 0.05);
    one.max(other) / one.min(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_is_made_readable() {
        for name in
            ["teal", "yellow", "white", "black", "navy", "steelblue", "red", "nonsense", "transparent"]
        {
            let Accents { light, dark } = Accents::new(name);
            for (accent, background) in [(light, LIGHT), (dark, DARK)] {
                let parsed = parse_color(&accent).unwrap().to_alpha_color::<Srgb>().discard_alpha();
                assert!(contrast(parsed, rgb(background)) >= CONTRAST - 0.1, "{name}: {accent}");
            }
        }
        assert_eq!(Accents::new("navy").light, "#000080");
        assert_eq!(Accents::new("nonsense"), Accents::new("teal"));
    }
}
