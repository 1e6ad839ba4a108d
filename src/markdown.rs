//! Markdown (CommonMark with tables) to sanitised HTML for pages and to plain text for calendars.

use std::borrow::Cow;
use std::panic::catch_unwind;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::link::SCHEMES;
use crate::text::first;

const OPTIONS: Options =
    Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH).union(Options::ENABLE_FOOTNOTES);

/// What a single line break in the source becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breaks {
    /// A space, as Markdown has it.
    Soft,
    /// A line break, as people who type into a cell mean it.
    Hard,
}

/// The deepest nesting of elements that is taken.
const DEEPEST: usize = 200;
/// The longest name of an element that is looked at.
const LONGEST_NAME: usize = 16;
/// Elements that need no end tag (HTML Living Standard §13.1.2).
const OPEN: [&str; 23] = [
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option",
    "p", "source", "td", "th", "tr", "track", "wbr", "tbody", "thead",
];

/// Renders and sanitises. Relative addresses are taken to be below `folder`, which begins and ends with a
/// slash. `None` when the parser fails on the text, which crafted input can make it do, or where elements are
/// nested deeper than anybody means.
#[must_use]
pub fn html(markdown: &str, breaks: Breaks, folder: &str) -> Option<String> {
    let rendered = catch_unwind(|| {
        let events = Parser::new_ext(markdown, OPTIONS).map(|event| match (event, breaks) {
            (Event::SoftBreak, Breaks::Hard) => Event::HardBreak,
            (event, _) => event,
        });
        let mut out = String::with_capacity(markdown.len() * 3 / 2);
        pulldown_cmark::html::push_html(&mut out, events);
        out
    });
    // An HTML5 parser takes quadratic time over elements in elements in elements.
    rendered.ok().filter(|html| depth(html) <= DEEPEST).map(|html| sanitise(&html, folder))
}

/// How deep elements that have to be closed are nested, at the most.
fn depth(html: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    for piece in html.split('<').skip(1) {
        let is_end = piece.starts_with('/');
        let name: String = piece
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .take(LONGEST_NAME)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        if name.is_empty() || OPEN.contains(&name.as_str()) {
            continue;
        }
        depth = if is_end { depth.saturating_sub(1) } else { depth + 1 };
        deepest = deepest.max(depth);
    }
    deepest
}

fn sanitise(html: &str, folder: &str) -> String {
    ammonia::Builder::default()
        .url_schemes(SCHEMES.into_iter().collect())
        .url_relative(ammonia::UrlRelative::Custom(Box::new(Below(folder.to_owned()))))
        .link_rel(Some("noopener"))
        .rm_tags(["map", "area"])
        .clean(html)
        .to_string()
}

/// Relative addresses are below a folder of the site.
struct Below(String);

impl ammonia::UrlRelativeEvaluate<'_> for Below {
    fn evaluate<'a>(&self, address: &'a str) -> Option<Cow<'a, str>> {
        Some(Cow::Owned(below(&self.0, address)))
    }
}

/// A relative address as one from the root of the site.
#[must_use]
pub fn below(folder: &str, address: &str) -> String {
    if address.starts_with(['/', '#', '?']) {
        return address.to_owned();
    }
    format!("{folder}{}", address.trim_start_matches("./"))
}

/// Makes the root-relative addresses of sanitised HTML whole, for feeds that are read elsewhere.
#[must_use]
pub fn with_base(html: &str, base: &str) -> String {
    html.replace("href=\"/", &format!("href=\"{base}/")).replace("src=\"/", &format!("src=\"{base}/"))
}

/// The text without marks: links are spelled out, list items begin with a hyphen, tags are gone.
#[must_use]
pub fn text(markdown: &str) -> Cow<'_, str> {
    if first(markdown.as_bytes(), is_mark).is_none() && INDENT.find(markdown.as_bytes()).is_none() {
        return Cow::Borrowed(markdown);
    }
    let plain = catch_unwind(|| {
        let mut text = PlainText::default();
        Parser::new_ext(markdown, OPTIONS).for_each(|event| text.take(event));
        text.out.trim().to_owned()
    });
    plain.map_or(Cow::Borrowed(markdown), Cow::Owned)
}

/// Four spaces, which make a line code.
static INDENT: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("    "));

const MARKS: &[u8; 13] = b"*_[]<>#`\\&~|!";

/// Whether a byte may be, or begin, what Markdown gives a meaning.
const fn is_mark(byte: u8) -> bool {
    let (mut at, mut found) = (0, false);
    while at < MARKS.len() {
        found |= byte == MARKS[at];
        at += 1;
    }
    found
}

#[derive(Default)]
struct PlainText {
    out: String,
    links: Vec<(String, usize)>,
}

impl PlainText {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) | Event::Code(text) => self.out.push_str(&text),
            Event::SoftBreak | Event::HardBreak => self.out.push('\n'),
            Event::Html(html) | Event::InlineHtml(html) => self.tag(&html),
            Event::Rule => self.gap("\n\n"),
            Event::Start(Tag::Item) => {
                self.gap("\n");
                self.out.push_str("- ");
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                self.links.push((dest_url.to_string(), self.out.len()));
            }
            Event::End(TagEnd::Link) => self.end_link(),
            Event::End(TagEnd::Image) => drop(self.links.pop()),
            Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::List(_) | TagEnd::CodeBlock) => {
                self.gap("\n\n");
            }
            Event::End(TagEnd::TableCell) => self.out.push('\t'),
            Event::End(TagEnd::TableRow | TagEnd::TableHead) => self.gap("\n"),
            _ => {}
        }
    }

    fn gap(&mut self, gap: &str) {
        let bare = self.out.trim_end_matches(['\n', '\t', ' ']).len();
        self.out.truncate(bare);
        if !self.out.is_empty() {
            self.out.push_str(gap);
        }
    }

    fn end_link(&mut self) {
        let Some((address, start)) = self.links.pop() else { return };
        let shown = self.out.get(start..).unwrap_or_default();
        let plain = address.strip_prefix("mailto:").unwrap_or(&address);
        // An address inside the site says nothing to whoever reads the text elsewhere.
        let is_whole = address.contains(':');
        if is_whole && !shown.contains(plain) {
            self.out.push_str(&format!(" ({plain})"));
        }
    }

    /// A tag of HTML in the source: a break is a break, all others leave nothing.
    fn tag(&mut self, html: &str) {
        let mut rest = html;
        while let Some(open) = rest.find('<') {
            self.out.push_str(&rest[..open]);
            let Some(close) = rest[open..].find('>') else { break };
            let name: String =
                rest[open + 1..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
            let name = name.trim_matches('/').to_ascii_lowercase();
            if matches!(name.as_str(), "br" | "p" | "div" | "li" | "tr") && !self.out.ends_with('\n') {
                self.out.push('\n');
            }
            rest = &rest[open + close + 1..];
            if matches!(name.as_str(), "script" | "style") {
                // What stands between is for machines.
                rest = rest.find("</").map_or("", |end| &rest[end..]);
            }
        }
        self.out.push_str(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nested_without_end_is_refused() {
        assert!(html(&"<b>".repeat(100_000), Breaks::Soft, "/").is_none());
        assert!(html(&"> ".repeat(100_000), Breaks::Soft, "/").is_none());
        assert!(html(&"<b>a</b><p>b<li>c<br>".repeat(10_000), Breaks::Soft, "/").is_some());
    }

    #[test]
    fn nothing_that_runs_comes_through() {
        let source = "<script>x</script>\n\n[a](javascript:x) <img src=x onerror=y> <iframe src=z></iframe>";
        let html = html(source, Breaks::Soft, "/articles/").unwrap();
        for bad in ["script", "javascript", "onerror", "iframe"] {
            assert!(!html.contains(bad), "{html}");
        }
    }

    #[test]
    fn relative_addresses_are_below_their_folder() {
        let html = html("![neck](./neck.svg) [up](/a) [b](b)", Breaks::Soft, "/articles/").unwrap();
        assert!(html.contains("src=\"/articles/neck.svg\""), "{html}");
        assert!(html.contains("href=\"/a\"") && html.contains("href=\"/articles/b\""), "{html}");
        assert!(with_base(&html, "https://e.org").contains("href=\"https://e.org/a\""));
    }

    #[test]
    fn plain_text_keeps_what_matters() {
        assert_eq!(
            text("**Bring** a [mat](https://e.org/m).\nNext line<br>third"),
            "Bring a mat (https://e.org/m).\nNext line\nthird"
        );
        assert_eq!(text("- one\n- two\n\nEnd & more"), "- one\n- two\n\nEnd & more");
        assert_eq!(text("a\n\n<script>x < y</script>\n\nb"), "a\n\nb");
        assert_eq!(text("see [all events](/) there"), "see all events there");
        assert_eq!(text("nothing to do"), "nothing to do");
    }
}
