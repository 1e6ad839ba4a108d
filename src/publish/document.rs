//! A [`Document`]: the bytes at one address, their gzip and Brotli forms, a strong entity tag for each, the last
//! change.

use std::fmt;
use std::io::Write as _;
use std::sync::OnceLock;

use brotli::enc::BrotliEncoderParams;
use bytes::Bytes;
use flate2::{Compression, GzBuilder};
use jiff::Timestamp;

use super::headers::Heads;
use crate::model::codec::hex;

/// Below this many bytes gzip saves nothing worth a header.
const SMALLEST: usize = 256;
/// Up to so many bytes gzip takes less than a millisecond.
const SHORT: usize = 32 << 10;
/// Up to so many bytes are put together in less than one.
const LONG: usize = 1 << 20;
/// gzip's level: 6 is what every web server takes.
const LEVEL: u32 = 6;
/// Brotli's: above 5 it takes longer than a page takes to come.
const QUALITY: i32 = 5;
/// Brotli's window, 2 to so many bytes: pages are shorter.
const WINDOW: i32 = 18;

/// What a document is, for those who keep copies of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A calendar or a feed: programs look for it for ever.
    Feed,
    /// A page that people look at.
    Page,
    /// A file that rarely changes.
    File,
}

/// How a document is encoded on the way (RFC 9110 §8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// gzip (RFC 1952).
    Gzip,
    /// Brotli (RFC 7932), for pages only: calendar programs have been seen to offer it and not to read it.
    Brotli,
}

impl Encoding {
    /// Its name in `Content-Encoding`; nothing for bytes as they are.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Encoding::Identity => None,
            Encoding::Gzip => Some("gzip"),
            Encoding::Brotli => Some("br"),
        }
    }
}

/// What a client takes beside bytes as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// gzip.
    pub gzip: bool,
    /// Brotli.
    pub brotli: bool,
}

/// Bytes, or how they are made.
struct Body {
    made: OnceLock<Bytes>,
    make: Option<Box<dyn Fn() -> Bytes + Send + Sync>>,
    length: usize,
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body of {} bytes", self.length)
    }
}

impl Body {
    fn bytes(&self) -> &Bytes {
        self.made.get_or_init(|| self.make.as_ref().map(|make| make()).unwrap_or_default())
    }
}

/// The entity tags of a document by its hash and what each ends with. One piece of memory holds all.
fn tags_of(hash: u128, endings: [&str; 3]) -> [Bytes; 3] {
    let digits = hex::digits(hash);
    let mut all = Vec::with_capacity(3 * (1 + digits.len()) + endings.map(str::len).iter().sum::<usize>());
    let ranges = endings.map(|ending| {
        let from = all.len();
        [b"\"", &digits[..], ending.as_bytes()].iter().for_each(|part| all.extend_from_slice(part));
        from..all.len()
    });
    let all = Bytes::from(all);
    ranges.map(|range| all.slice(range))
}

/// One document. Bodies are shared, never copied.
#[derive(Debug)]
pub struct Document {
    /// Media type with its charset.
    pub media_type: &'static str,
    /// What it is.
    pub kind: Kind,
    /// When its bytes last changed, in whole seconds; never in a day to come.
    pub changed: Timestamp,
    body: Body,
    /// The entity tag of each encoding, in their order.
    tags: [Bytes; 3],
    last_modified: Bytes,
    /// The language of its words (BCP 47), where it has them in several.
    pub language: Option<&'static str>,
    /// The Content Security Policy's `frame-ancestors` where other websites may show it.
    ancestors: Option<Bytes>,
    /// The addresses of the feed's hub and of itself, in a header's form.
    links: Option<Bytes>,
    gzip: OnceLock<Option<Bytes>>,
    brotli: OnceLock<Option<Bytes>>,
    /// What its answers begin with.
    pub heads: Heads,
}

impl Document {
    /// A document of some bytes.
    #[must_use]
    pub fn new(media_type: &'static str, kind: Kind, changed: Timestamp, body: impl Into<Bytes>) -> Document {
        let body = body.into();
        let (hash, length) = (crate::digest::of(&body), body.len());
        Document::of((media_type, kind, changed), hash, Body { made: body.into(), make: None, length })
    }

    /// A feed of so many bytes that are made when somebody lacks them; `hash` is another for other bytes.
    pub fn made_later(
        media_type: &'static str,
        changed: Timestamp,
        (hash, length): (u128, usize),
        make: impl Fn() -> Bytes + Send + Sync + 'static,
    ) -> Document {
        let body = Body { made: OnceLock::new(), make: Some(Box::new(make)), length };
        Document::of((media_type, Kind::Feed, changed), hash, body)
    }

    fn of((media_type, kind, changed): (&'static str, Kind, Timestamp), hash: u128, body: Body) -> Document {
        let last_modified = Bytes::from(crate::http_date::print(changed));
        let mut document = Document {
            media_type,
            kind,
            changed,
            body,
            tags: Default::default(),
            last_modified,
            language: None,
            ancestors: None,
            links: None,
            gzip: OnceLock::new(),
            brotli: OnceLock::new(),
            heads: Heads::default(),
        };
        // Each encoding that it has is another representation.
        let endings = if document.is_compressible() { ["\"", "-gz\"", "-br\""] } else { ["\""; 3] };
        document.tags = tags_of(hash, endings);
        document
    }

    /// The same with the value of its `Link` header (RFC 8288).
    #[must_use]
    pub fn with_links(self, links: String) -> Document {
        Document { links: Some(Bytes::from(links)), ..self }
    }

    /// The same in a language, of several in which it is to be had at its address.
    #[must_use]
    pub fn with_language(self, tag: &'static str) -> Document {
        Document { language: Some(tag), ..self }
    }

    /// The same for frames on some other websites.
    #[must_use]
    pub fn framed_by(self, origins: &[String]) -> Document {
        let ancestors = std::iter::once("'self'").chain(origins.iter().map(String::as_str));
        Document { ancestors: Some(Bytes::from(ancestors.collect::<Vec<_>>().join(" "))), ..self }
    }

    /// Who may show it in a frame, where others than the site itself may.
    #[must_use]
    pub fn ancestors(&self) -> Option<&Bytes> {
        self.ancestors.as_ref()
    }

    /// The value of its `Link` header.
    #[must_use]
    pub fn links(&self) -> Option<&Bytes> {
        self.links.as_ref()
    }

    /// [`Document::changed`] in HTTP's form.
    #[must_use]
    pub fn last_modified(&self) -> &str {
        std::str::from_utf8(&self.last_modified).expect("a date is ASCII")
    }

    /// The same, shared.
    #[must_use]
    pub fn last_modified_bytes(&self) -> &Bytes {
        &self.last_modified
    }

    /// Whether there is a gzip form of it.
    #[must_use]
    pub fn is_compressible(&self) -> bool {
        let packed = self.media_type.starts_with("image/") && self.media_type != "image/svg+xml"
            || self.media_type.starts_with("audio/")
            || self.media_type.starts_with("video/");
        !packed && self.body.length >= SMALLEST
    }

    /// The encoding that it has of those a client takes.
    #[must_use]
    pub fn offered(&self, accepted: Accepted) -> Encoding {
        match accepted {
            _ if !self.is_compressible() => Encoding::Identity,
            Accepted { brotli: true, .. } if self.language.is_some() => Encoding::Brotli,
            Accepted { gzip: true, .. } => Encoding::Gzip,
            _ => Encoding::Identity,
        }
    }

    /// The bytes in an encoding. Each is made once, when first asked for, and is the same on every machine: the
    /// header of gzip carries no time.
    #[must_use]
    pub fn body(&self, encoding: Encoding) -> &Bytes {
        match encoding {
            Encoding::Identity => self.body.bytes(),
            Encoding::Gzip => {
                self.gzip.get_or_init(|| self.gzipped()).as_ref().unwrap_or_else(|| self.body.bytes())
            }
            Encoding::Brotli => {
                self.brotli.get_or_init(|| self.brotlied()).as_ref().unwrap_or_else(|| self.body.bytes())
            }
        }
    }

    /// Whether its bytes in an encoding are there, or made in no time.
    #[must_use]
    pub fn is_ready(&self, encoding: Encoding) -> bool {
        match encoding {
            Encoding::Identity => self.is_made() || self.body.length <= LONG,
            Encoding::Gzip => self.body.length <= SHORT || self.gzip.get().is_some(),
            Encoding::Brotli => self.body.length <= SHORT || self.brotli.get().is_some(),
        }
    }

    /// Whether its bytes are there.
    #[must_use]
    pub fn is_made(&self) -> bool {
        self.body.made.get().is_some()
    }

    /// Makes its bytes before somebody asks for them.
    pub fn make(&self) {
        self.body.bytes();
    }

    /// How many bytes it has.
    #[must_use]
    pub fn length(&self) -> usize {
        self.body.length
    }

    /// The encodings in which it is there already, beside bytes as they are.
    #[must_use]
    pub fn packed(&self) -> Vec<Encoding> {
        let has = |form: &OnceLock<Option<Bytes>>| matches!(form.get(), Some(Some(_)));
        let forms = [(Encoding::Gzip, &self.gzip), (Encoding::Brotli, &self.brotli)];
        forms.into_iter().filter(|(_, form)| has(form)).map(|(encoding, _)| encoding).collect()
    }

    fn brotlied(&self) -> Option<Bytes> {
        if !self.is_compressible() {
            return None;
        }
        let parameters = BrotliEncoderParams {
            quality: QUALITY,
            lgwin: WINDOW,
            size_hint: self.body.length,
            ..BrotliEncoderParams::default()
        };
        let mut out = Vec::with_capacity(self.body.length / 4);
        let written = brotli::BrotliCompress(&mut &self.body.bytes()[..], &mut out, &parameters);
        written.expect("writing to memory does not fail");
        Some(Bytes::from(out))
    }

    fn gzipped(&self) -> Option<Bytes> {
        if !self.is_compressible() {
            return None;
        }
        let out = Vec::with_capacity(self.body.length / 4);
        let mut encoder = GzBuilder::new().mtime(0).write(out, Compression::new(LEVEL));
        let written = encoder.write_all(self.body.bytes()).and_then(|()| encoder.finish());
        Some(Bytes::from(written.expect("writing to memory does not fail")))
    }

    /// The strong entity tag of the bytes in an encoding (RFC 9110 §8.8.3): each has its own.
    #[must_use]
    pub fn tag(&self, encoding: Encoding) -> &str {
        std::str::from_utf8(self.tag_bytes(encoding)).expect("a tag is ASCII")
    }

    /// The same, shared.
    #[must_use]
    pub fn tag_bytes(&self, encoding: Encoding) -> &Bytes {
        &self.tags[encoding as usize]
    }

    /// How many bytes it holds, for a store that is bounded.
    #[must_use]
    pub fn weight(&self) -> u64 {
        // gzip comes later and takes about a quarter; what is beside the body, the heads of its answers most of all,
        // was weighed with 200,000 small documents.
        u64::try_from(self.body.length + self.body.length / 4 + 6_144).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_has_its_tag() {
        let document = Document::new("text/plain", Kind::Page, Timestamp::UNIX_EPOCH, "x".repeat(1000));
        assert_ne!(document.tag(Encoding::Identity), document.tag(Encoding::Gzip));
        assert!(document.body(Encoding::Gzip).len() < 100);
        assert_ne!(document.tag(Encoding::Brotli), document.tag(Encoding::Gzip));
        assert!(document.body(Encoding::Brotli).len() < 100);
        // Only what people look at comes as Brotli.
        let both = Accepted { gzip: true, brotli: true };
        assert_eq!(document.offered(both), Encoding::Gzip);
        assert_eq!(document.with_language("en").offered(both), Encoding::Brotli);
        let small = Document::new("text/plain", Kind::Page, Timestamp::UNIX_EPOCH, "x");
        assert_eq!(small.tag(Encoding::Identity), small.tag(Encoding::Gzip));
        assert_eq!(small.body(Encoding::Gzip), "x");
    }
}
