//! The colours of a site: its own one, as bright or as dark as everybody can read on light and on dark paper.

use color::{AlphaColor, OpaqueColor, Srgb, parse_color};

/// The paper of the style sheet in the light and in the dark, and its ink there.
const LIGHT: [u8; 3] = [0xfb, 0xfa, 0xf7];
const DARK: [u8; 3] = [0x14, 0x19, 0x1a];
/// WCAG 2.2 §1.4.3 wants 4.5 for text; a little more, since buttons and cards are not quite paper.
const CONTRAST: f32 = 5.5;
/// What is taken when the settings name no colour that there is.
const TEAL: [u8; 3] = [0, 128, 128];

/// The site's colour for text and buttons on light paper, and on dark paper.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Accents {
    /// `#0b6b6b`.
    pub light: String,
    pub dark: String,
}

impl Accents {
    /// The nearest to a CSS colour that can be read.
    pub(super) fn of(name: &str) -> Accents {
        let parsed = parse_color(name).ok().map(|color| color.to_alpha_color::<Srgb>().discard_alpha());
        let color = parsed.unwrap_or_else(|| rgb(TEAL));
        Accents { light: readable(color, rgb(LIGHT), [0; 3]), dark: readable(color, rgb(DARK), [255; 3]) }
    }
}

fn rgb([red, green, blue]: [u8; 3]) -> OpaqueColor<Srgb> {
    AlphaColor::<Srgb>::from_rgb8(red, green, blue).discard_alpha()
}

/// The colour, mixed with as little of the extreme as gives it contrast to the paper.
fn readable(color: OpaqueColor<Srgb>, paper: OpaqueColor<Srgb>, extreme: [u8; 3]) -> String {
    let mut steps = (0..=20u8).map(|step| color.lerp_rect(rgb(extreme), f32::from(step) / 20.0));
    let good = steps.find(|mixed| contrast(*mixed, paper) >= CONTRAST);
    let rgba = good.unwrap_or_else(|| rgb(extreme)).to_rgba8();
    format!("#{:02x}{:02x}{:02x}", rgba.r, rgba.g, rgba.b)
}

/// WCAG 2.2's contrast ratio of two colours, 1 to 21.
fn contrast(one: OpaqueColor<Srgb>, other: OpaqueColor<Srgb>) -> f32 {
    let (one, other) = (one.relative_luminance() + 0.05, other.relative_luminance() + 0.05);
    one.max(other) / one.min(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_becomes_one_that_can_be_read() {
        for name in
            ["teal", "yellow", "white", "black", "navy", "steelblue", "red", "nonsense", "transparent"]
        {
            let Accents { light, dark } = Accents::of(name);
            for (accent, paper) in [(light, LIGHT), (dark, DARK)] {
                let parsed = parse_color(&accent).unwrap().to_alpha_color::<Srgb>().discard_alpha();
                assert!(contrast(parsed, rgb(paper)) >= CONTRAST - 0.1, "{name}: {accent}");
            }
        }
        assert_eq!(Accents::of("navy").light, "#000080");
        assert_eq!(Accents::of("nonsense"), Accents::of("teal"));
    }
}
