//! A [`Document`]: the bytes published at one address, their compressed forms, entity tags and last change.

use std::fmt;
use std::io::Write as _;
use std::sync::OnceLock;

use brotli::enc::BrotliEncoderParams;
use bytes::Bytes;
use flate2::{Compression, GzBuilder};
use jiff::Timestamp;

/// Shorter bodies are not compressed: it would save less than the header costs.
const MIN_COMPRESSED: usize = 256;
/// Bodies up to this many bytes are compressed in under a millisecond.
const QUICK_TO_COMPRESS: usize = 32 << 10;
/// Bodies up to this many bytes are assembled in under a millisecond.
const QUICK_TO_ASSEMBLE: usize = 1 << 20;
/// The level of gzip; 6 is the default of most web servers.
const GZIP_LEVEL: u32 = 6;
/// The quality of Brotli; above 5 compressing a page takes longer than sending it.
const BROTLI_QUALITY: i32 = 5;
/// The window of Brotli, as a power of two; pages are shorter.
const BROTLI_WINDOW: i32 = 18;

/// How long copies of a document stay fresh in caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheClass {
    /// A calendar or feed, polled by programs.
    Feed,
    /// A page that people read.
    Page,
    /// A file that rarely changes.
    File,
    /// A document at a secret address, of which no cache keeps a copy.
    Private,
}

/// A content coding (RFC 9110 §8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// No coding.
    Identity,
    /// gzip (RFC 1952).
    Gzip,
    /// Brotli (RFC 7932), for pages only: some calendar programs offer it and cannot read it.
    Brotli,
}

impl Encoding {
    /// All codings.
    pub const ALL: [Encoding; 3] = [Encoding::Identity, Encoding::Gzip, Encoding::Brotli];

    /// Returns the value of `Content-Encoding`.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Encoding::Identity => None,
            Encoding::Gzip => Some("gzip"),
            Encoding::Brotli => Some("br"),
        }
    }
}

/// The content codings that a client accepts besides identity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// gzip.
    pub gzip: bool,
    /// Brotli.
    pub brotli: bool,
}

/// The content of a document before it is published: its bytes, or how to assemble them.
pub struct Rendered {
    changed: Timestamp,
    hash: u128,
    length: usize,
    bytes: Option<Bytes>,
    assemble: Box<dyn Fn() -> Bytes + Send + Sync>,
}

impl Rendered {
    /// Wraps bytes that last changed at an instant.
    #[must_use]
    pub fn new(changed: Timestamp, bytes: impl Into<Bytes>) -> Rendered {
        let bytes = bytes.into();
        let (hash, length) = (crate::digest::hash(&bytes), bytes.len());
        Rendered { changed, hash, length, bytes: Some(bytes), assemble: Box::new(Bytes::new) }
    }

    /// Describes content of a known length that is assembled at first use. `hash` must differ for other bytes.
    pub fn lazy(
        changed: Timestamp,
        hash: u128,
        length: usize,
        assemble: impl Fn() -> Bytes + Send + Sync + 'static,
    ) -> Rendered {
        Rendered { changed, hash, length, bytes: None, assemble: Box::new(assemble) }
    }
}

/// One published document. Its bodies are shared, not copied.
pub struct Document {
    /// The media type, with its charset.
    pub media_type: &'static str,
    /// How long copies of it stay fresh.
    pub cache_class: CacheClass,
    /// When its bytes last changed; never in the future.
    pub changed: Timestamp,
    /// The language of its text (BCP 47), for documents that exist in several.
    pub language: Option<&'static str>,
    /// The sources of the Content Security Policy's `frame-ancestors`, where other sites may frame it.
    pub frame_ancestors: Option<String>,
    /// The value of its `Link` header (RFC 8288).
    pub links: Option<String>,
    length: usize,
    assemble: Box<dyn Fn() -> Bytes + Send + Sync>,
    /// The body in each encoding, made at first use.
    bodies: [OnceLock<Bytes>; 3],
    tags: [String; 3],
    last_modified: String,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({}, {} bytes)", self.media_type, self.length)
    }
}

impl Document {
    /// Publishes content under a media type.
    #[must_use]
    pub fn new(media_type: &'static str, cache_class: CacheClass, rendered: Rendered) -> Document {
        let Rendered { changed, hash, length, bytes, assemble } = rendered;
        // Each encoding is a representation of its own (RFC 9110 §8.8.3).
        let hash = format!("{hash:032x}");
        let suffixes = if is_compressible(media_type, length) { ["", "-gz", "-br"] } else { [""; 3] };
        Document {
            media_type,
            cache_class,
            changed,
            language: None,
            frame_ancestors: None,
            links: None,
            length,
            assemble,
            bodies: [bytes.map(OnceLock::from).unwrap_or_default(), OnceLock::new(), OnceLock::new()],
            tags: suffixes.map(|suffix| ["\"", &hash, suffix, "\""].concat()),
            last_modified: crate::http_date::print(changed),
        }
    }

    /// Returns [`Document::changed`] as the value of `Last-Modified`.
    #[must_use]
    pub fn last_modified(&self) -> &str {
        &self.last_modified
    }

    /// Returns the entity tag of the body in an encoding.
    ///
    /// The tag is a strong validator (RFC 9110 §8.8.3): it changes whenever any byte of the body changes and
    /// differs between encodings.
    #[must_use]
    pub fn tag(&self, encoding: Encoding) -> &str {
        &self.tags[encoding as usize]
    }

    /// Returns whether the document has compressed forms.
    #[must_use]
    pub fn is_compressible(&self) -> bool {
        is_compressible(self.media_type, self.length)
    }

    /// Selects the best of the encodings that a client accepts.
    #[must_use]
    pub fn select_encoding(&self, accepted: Accepted) -> Encoding {
        match accepted {
            _ if !self.is_compressible() => Encoding::Identity,
            Accepted { brotli: true, .. } if self.language.is_some() => Encoding::Brotli,
            Accepted { gzip: true, .. } => Encoding::Gzip,
            _ => Encoding::Identity,
        }
    }

    /// Returns the body in an encoding, made at first use. It is the same on every machine: the header of gzip
    /// carries no time.
    #[must_use]
    pub fn body(&self, encoding: Encoding) -> &Bytes {
        let encoding = if self.is_compressible() { encoding } else { Encoding::Identity };
        self.bodies[encoding as usize].get_or_init(|| match encoding {
            Encoding::Identity => (self.assemble)(),
            Encoding::Gzip => gzip(self.body(Encoding::Identity)),
            Encoding::Brotli => brotli(self.body(Encoding::Identity)),
        })
    }

    /// Returns whether the body in an encoding has been made.
    #[must_use]
    pub fn has_body(&self, encoding: Encoding) -> bool {
        self.bodies[encoding as usize].get().is_some()
    }

    /// Returns whether the body in an encoding has been made or takes under a millisecond to make.
    #[must_use]
    pub fn is_quick(&self, encoding: Encoding) -> bool {
        let limit = match encoding {
            Encoding::Identity => QUICK_TO_ASSEMBLE,
            Encoding::Gzip | Encoding::Brotli => QUICK_TO_COMPRESS,
        };
        self.length <= limit || self.has_body(encoding)
    }

    /// Returns the length of the body in bytes, uncompressed.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// Returns the estimated bytes of memory that the document holds, for a bounded cache: its body, a compressed
    /// body of a quarter of that, and 2 KiB of overhead.
    #[must_use]
    pub fn weight(&self) -> u64 {
        u64::try_from(self.length + self.length / 4 + 2_048).unwrap_or(u64::MAX)
    }
}

fn is_compressible(media_type: &str, length: usize) -> bool {
    let is_packed = media_type.starts_with("image/") && media_type != "image/svg+xml"
        || media_type.starts_with("audio/")
        || media_type.starts_with("video/");
    !is_packed && length >= MIN_COMPRESSED
}

fn gzip(body: &[u8]) -> Bytes {
    let out = Vec::with_capacity(body.len() / 4);
    let mut encoder = GzBuilder::new().mtime(0).write(out, Compression::new(GZIP_LEVEL));
    let written = encoder.write_all(body).and_then(|()| encoder.finish());
    Bytes::from(written.expect("writing to memory does not fail"))
}

fn brotli(mut body: &[u8]) -> Bytes {
    let parameters = BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: BROTLI_WINDOW,
        size_hint: body.len(),
        ..BrotliEncoderParams::default()
    };
    let mut out = Vec::with_capacity(body.len() / 4);
    let written = brotli::BrotliCompress(&mut body, &mut out, &parameters);
    written.expect("writing to memory does not fail");
    Bytes::from(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        let rendered = Rendered::new(Timestamp::UNIX_EPOCH, text.to_owned());
        Document::new("text/plain", CacheClass::Page, rendered)
    }

    #[test]
    fn each_encoding_has_its_own_tag() {
        let mut long = document(&"x".repeat(1000));
        assert_ne!(long.tag(Encoding::Identity), long.tag(Encoding::Gzip));
        assert!(long.body(Encoding::Gzip).len() < 100);
        assert_ne!(long.tag(Encoding::Brotli), long.tag(Encoding::Gzip));
        assert!(long.body(Encoding::Brotli).len() < 100);
        // Brotli is for pages, which have a language.
        let both = Accepted { gzip: true, brotli: true };
        assert_eq!(long.select_encoding(both), Encoding::Gzip);
        long.language = Some("en");
        assert_eq!(long.select_encoding(both), Encoding::Brotli);
        let short = document("x");
        assert_eq!(short.tag(Encoding::Identity), short.tag(Encoding::Gzip));
        assert_eq!(short.body(Encoding::Gzip), "x");
    }
}
