//! Reads the size of a picture, so that a page can reserve its space.

/// Number of bytes of an SVG that are searched for its root element.
const HEAD: usize = 4 << 10;
/// Largest width or height that is accepted, in pixels.
const LARGEST: f64 = 100_000.0;

/// Returns width and height in pixels. Returns `None` if the file is not a picture or has no size.
pub fn size(bytes: &[u8], media_type: &str) -> Option<(u32, u32)> {
    if media_type == "image/svg+xml" {
        return svg(&String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]));
    }
    if !media_type.starts_with("image/") {
        return None;
    }
    let size = imagesize::blob_size(bytes).ok()?;
    Some((u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?))
        .filter(|(w, h)| *w > 0 && *h > 0)
}

/// Returns width and height of the root element, or the size of its view box.
fn svg(text: &str) -> Option<(u32, u32)> {
    let root = &text[text.find("<svg")?..];
    let root = &root[..root.find('>')?];
    let attribute = |name: &str| {
        let start = root.find(&format!(" {name}=")).or_else(|| root.find(&format!("\n{name}=")))?;
        let value = &root[start + name.len() + 2..];
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        value[1..].split(quote).next()
    };
    let pixels = |text: &str| {
        let number: f64 = text.trim().trim_end_matches("px").parse().ok()?;
        // The bounds are within those of `u32`.
        (1.0..=LARGEST).contains(&number).then(|| number.round() as u32)
    };
    let side = |name| attribute(name).and_then(pixels);
    side("width").zip(side("height")).or_else(|| {
        let mut sides = attribute("viewBox")?.split([' ', ',']).filter(|side| !side.is_empty()).skip(2);
        Some((pixels(sides.next()?)?, pixels(sides.next()?)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        let of = |text: &str| size(text.as_bytes(), "image/svg+xml");
        assert_eq!(of("<?xml?><svg xmlns='x' viewBox=\"0 0 1200 630\">"), Some((1200, 630)));
        assert_eq!(of("<svg width='40px' height=\"30\" viewBox='0 0 1 1'>"), Some((40, 30)));
        assert_eq!(of("<svg width='100%' viewBox='0,0, 4.4,3'/>"), Some((4, 3)));
        for bad in [
            "", "<svg", "<svg>", "<svg viewBox='0 0 a b'>", "<svg viewBox='0 0 1e9 1'>",
            "<svg width= height=>",
        ] {
            assert_eq!(of(bad), None, "{bad}");
        }
        let gif = b"GIF89a\x02\x00\x03\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00";
        assert_eq!(size(gif, "image/gif"), Some((2, 3)));
        assert_eq!(size(b"GIF", "image/gif"), None);
        assert_eq!(size(gif, "application/pdf"), None);
    }
}
