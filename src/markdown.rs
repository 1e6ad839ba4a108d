//! Markdown (CommonMark with tables): rendered as sanitised HTML for pages and as plain text for calendars, and made
//! from HTML and plain text.

use std::borrow::Cow;
use std::panic::catch_unwind;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::link::SCHEMES;
use crate::text::position;

const OPTIONS: Options =
    Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH).union(Options::ENABLE_FOOTNOTES);

/// The meaning of a single line break in Markdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breaks {
    /// A space, as in CommonMark.
    Soft,
    /// A line break, as meant in a cell of a table.
    Hard,
}

/// The maximum depth of nested elements.
const MAX_DEPTH: usize = 200;
/// The maximum number of spaces, slashes and quotation marks in one tag, which separate its attributes.
const MAX_ATTRIBUTES: usize = 2_000;
/// The maximum number of ampersands.
const MAX_AMPERSANDS: usize = 50_000;
/// Elements without a required end tag (HTML Living Standard §13.1.2).
const WITHOUT_END_TAG: [&str; 23] = [
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option",
    "p", "source", "td", "th", "tr", "track", "wbr", "tbody", "thead",
];

/// Renders Markdown as sanitised HTML.
///
/// Relative addresses are resolved below `folder`, which begins and ends with a slash. Returns `None` if elements are
/// nested more than 200 deep, if a tag has very many attributes or the text very many ampersands, or if the parser panics,
/// as crafted input can make it do.
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
    rendered.ok().filter(|html| is_linear(html)).map(|html| sanitise(&html, folder))
}

/// Renders Markdown as sanitised HTML as [`html`] does, or as text with its marks if it cannot be rendered.
#[must_use]
pub fn html_or_text(markdown: &str, breaks: Breaks, folder: &str) -> String {
    html(markdown, breaks, folder).unwrap_or_else(|| format!("<p>{}</p>\n", ammonia::clean_text(markdown)))
}

/// Returns whether HTML is parsed in linear time: an HTML5 parser takes quadratic time for nested elements, for the
/// attributes of one element, and for characters that begin a reference and are none.
fn is_linear(html: &str) -> bool {
    html.bytes().filter(|byte| *byte == b'&').count() <= MAX_AMPERSANDS
        && html.split('<').skip(1).all(|tag| attributes(tag) <= MAX_ATTRIBUTES)
        && is_shallow(html)
}

/// Returns at least the number of attributes of a tag.
fn attributes(tag: &str) -> usize {
    let tag = tag.split('>').next().unwrap_or_default();
    tag.bytes().filter(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'"' | b'\'')).count()
}

/// Returns whether elements that need an end tag are nested at most [`MAX_DEPTH`] deep. An end tag closes the last element
/// of its name, and nothing if there is none.
fn is_shallow(html: &str) -> bool {
    let mut open: Vec<String> = Vec::new();
    for piece in html.split('<').skip(1) {
        let name = piece.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next();
        let name = name.unwrap_or_default().to_ascii_lowercase();
        if name.is_empty() || WITHOUT_END_TAG.contains(&name.as_str()) {
            continue;
        }
        if !piece.starts_with('/') {
            open.push(name);
        } else if let Some(last) = open.iter().rposition(|other| *other == name) {
            open.truncate(last);
        }
        if open.len() > MAX_DEPTH {
            return false;
        }
    }
    true
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

/// Resolves relative addresses below a folder of the site.
struct Below(String);

impl ammonia::UrlRelativeEvaluate<'_> for Below {
    fn evaluate<'a>(&self, address: &'a str) -> Option<Cow<'a, str>> {
        Some(Cow::Owned(below(&self.0, address)))
    }
}

/// Returns a relative address as one from the root of the site.
#[must_use]
pub fn below(folder: &str, address: &str) -> String {
    if address.starts_with(['/', '#', '?']) {
        return address.to_owned();
    }
    format!("{folder}{}", address.trim_start_matches("./"))
}

/// Makes the root-relative addresses of sanitised HTML absolute, for feeds.
#[must_use]
pub fn with_base(html: &str, base: &str) -> String {
    html.replace("href=\"/", &format!("href=\"{base}/")).replace("src=\"/", &format!("src=\"{base}/"))
}

/// Renders Markdown as plain text: links are spelled out, list items begin with a hyphen, tags are removed.
#[must_use]
pub fn text(markdown: &str) -> Cow<'_, str> {
    if !is_marked(markdown) {
        return Cow::Borrowed(markdown);
    }
    let plain = catch_unwind(|| {
        let mut text = PlainText::default();
        Parser::new_ext(markdown, OPTIONS).for_each(|event| text.push_event(event));
        text.out.trim().to_owned()
    });
    plain.map_or(Cow::Borrowed(markdown), Cow::Owned)
}

/// Returns Markdown that [`text`] renders as a given text, or the text itself if there is none.
#[must_use]
pub fn from_text(plain: &str) -> Cow<'_, str> {
    if text(plain) == plain {
        return Cow::Borrowed(plain);
    }
    let mut escaped = String::with_capacity(plain.len() + 16);
    for c in plain.chars() {
        if MARKS.contains(&c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    if text(&escaped) == plain { Cow::Owned(escaped) } else { Cow::Borrowed(plain) }
}

/// Converts a description in HTML, as exported by Google Calendar and others, to Markdown.
///
/// A description without HTML is returned as it is. Of elements that Markdown lacks, the text remains.
#[must_use]
pub fn from_html(source: &str) -> Cow<'_, str> {
    const TAGS: [&str; 15] =
        ["a", "b", "br", "div", "em", "h1", "h2", "h3", "h4", "i", "li", "p", "strong", "ul", "ol"];
    let begins = |tag: &str| {
        let open = format!("<{tag}");
        source.match_indices(&open).any(|(at, _)| {
            source[at + open.len()..].starts_with([' ', '>', '/']) && source[at..].contains('>')
        })
    };
    if !source.contains('<') || !TAGS.iter().any(|tag| begins(tag)) {
        return Cow::Borrowed(source);
    }
    let clean = catch_unwind(|| {
        let mut cleaner = ammonia::Builder::empty();
        cleaner
            .tags(TAGS.into_iter().collect())
            .tag_attributes([("a", ["href"].into_iter().collect())].into_iter().collect());
        cleaner.url_schemes(["http", "https", "mailto", "tel"].into_iter().collect());
        cleaner.clean_content_tags(["script", "style"].into_iter().collect()).link_rel(None);
        cleaner.clean(source).to_string()
    });
    clean.map_or(Cow::Borrowed(source), |html| Cow::Owned(from_clean_html(&html)))
}

/// Converts sanitised HTML to Markdown.
fn from_clean_html(html: &str) -> String {
    let (mut out, mut links) = (PlainText::default(), Vec::new());
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        push_plain(&rest[..open], &mut out.out);
        let Some(close) = rest[open..].find('>') else { break };
        let tag = &rest[open + 1..open + close];
        rest = &rest[open + close + 1..];
        let (name, is_end) = tag.strip_prefix('/').map_or((tag, false), |name| (name, true));
        match (name.split([' ', '/']).next().unwrap_or_default(), is_end) {
            ("a", false) => {
                let address = tag.split("href=\"").nth(1).and_then(|rest| rest.split('"').next());
                links.push((out.out.len(), unescaped(address.unwrap_or_default())));
            }
            ("a", true) => {
                let (at, address): (usize, String) = links.pop().unwrap_or_default();
                let shown = out.out.get(at..).unwrap_or_default().trim().to_owned();
                if address.is_empty() || shown.is_empty() {
                    continue;
                }
                out.out.truncate(at);
                let bare = address.trim_start_matches("mailto:").trim_end_matches('/');
                match shown.trim_end_matches('/') == bare {
                    true => out.out.push_str(bare),
                    false => out.out.push_str(&format!("[{shown}]({address})")),
                }
            }
            ("b" | "strong", false) => out.out.push_str("**"),
            ("b" | "strong", true) => close_mark(&mut out.out, "**"),
            ("i" | "em", false) => out.out.push('*'),
            ("i" | "em", true) => close_mark(&mut out.out, "*"),
            ("br", false) => out.out.push('\n'),
            ("li", false) => {
                out.push_gap("\n");
                out.out.push_str("- ");
            }
            ("h1" | "h2" | "h3" | "h4", false) => {
                out.push_gap("\n\n");
                out.out.push_str("### ");
            }
            ("p" | "ul" | "ol", _) | ("h1" | "h2" | "h3" | "h4", true) => out.push_gap("\n\n"),
            ("div", _) => out.push_gap("\n"),
            _ => {}
        }
    }
    push_plain(rest, &mut out.out);
    let lines: Vec<&str> = out.out.trim().lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// Closes emphasis, or removes emphasis that is empty.
fn close_mark(out: &mut String, mark: &str) {
    let bare = out.trim_end().len();
    let space = out.split_off(bare);
    match out.strip_suffix(mark) {
        Some(before) => out.truncate(before.len()),
        None => out.push_str(mark),
    }
    out.push_str(&space);
}

/// Appends the text of HTML without tags; spaces at the start of a line are removed.
fn push_plain(html: &str, out: &mut String) {
    let text = unescaped(html);
    let is_begun = out.is_empty() || out.ends_with('\n');
    out.push_str(if is_begun { text.trim_start_matches([' ', '\t']) } else { &text });
}

/// Resolves the entities that the sanitiser writes.
fn unescaped(html: &str) -> String {
    html.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// The characters that have a meaning in Markdown anywhere in a line.
const MARKS: [char; 13] = ['*', '_', '[', ']', '<', '>', '#', '`', '\\', '&', '~', '|', '!'];

/// Four spaces, which make code.
static INDENT: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("    "));

/// Returns whether Markdown may render as another text. `^`, which belongs to footnotes, is among `[` to `` ` ``.
fn is_marked(markdown: &str) -> bool {
    let is_mark = |byte: u8| {
        (byte.wrapping_sub(b'[') <= b'`' - b'[')
            | (byte & !2 == b'<')
            | (byte & !2 == b'|')
            | (byte & !2 == b'!')
            | (byte == b'&')
            | (byte == b'*')
    };
    position(markdown.as_bytes(), is_mark).is_some() || INDENT.find(markdown.as_bytes()).is_some()
}

/// A renderer of Markdown events as plain text.
#[derive(Default)]
struct PlainText {
    out: String,
    links: Vec<(String, usize)>,
}

impl PlainText {
    fn push_event(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) | Event::Code(text) => self.out.push_str(&text),
            Event::SoftBreak | Event::HardBreak => self.out.push('\n'),
            Event::Html(html) | Event::InlineHtml(html) => self.tag(&html),
            Event::Rule => self.push_gap("\n\n"),
            Event::Start(Tag::Item) => {
                self.push_gap("\n");
                self.out.push_str("- ");
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                self.links.push((dest_url.to_string(), self.out.len()));
            }
            Event::End(TagEnd::Link) => self.end_link(),
            Event::End(TagEnd::Image) => drop(self.links.pop()),
            Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::List(_) | TagEnd::CodeBlock) => {
                self.push_gap("\n\n");
            }
            Event::End(TagEnd::TableCell) => self.out.push('\t'),
            Event::End(TagEnd::TableRow | TagEnd::TableHead) => self.push_gap("\n"),
            _ => {}
        }
    }

    fn push_gap(&mut self, gap: &str) {
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
        // An address inside the site is useless in a calendar program.
        if address.contains(':') && !shown.contains(plain) {
            self.out.push_str(&format!(" ({plain})"));
        }
    }

    /// Handles HTML in Markdown: tags of blocks and breaks become line breaks, other tags are removed.
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
                // The content is not text.
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
    fn deeply_nested_elements_are_refused() {
        assert!(html(&"<b>".repeat(100_000), Breaks::Soft, "/").is_none());
        assert!(html(&"> ".repeat(100_000), Breaks::Soft, "/").is_none());
        assert!(html(&"<b>a</b><p>b<li>c<br>".repeat(10_000), Breaks::Soft, "/").is_some());
    }

    #[test]
    fn what_takes_a_parser_quadratic_time_is_refused() {
        // An end tag without its start closes nothing.
        for source in ["<x></i>".repeat(1_000), "<b></i>".repeat(1_000), "&#x".repeat(100_000)] {
            assert!(html(&source, Breaks::Soft, "/").is_none(), "{}", &source[..9]);
        }
        let attributes: String = (0..10_000).map(|number| format!(" a{number}=1")).collect();
        assert!(html(&format!("<p{attributes}>"), Breaks::Soft, "/").is_none());
        assert!(html_or_text("Tea. <p a=1>", Breaks::Soft, "/").contains("Tea."));
        assert!(
            html_or_text(&format!("Tea.{}", "<x></i>".repeat(1_000)), Breaks::Soft, "/").contains("Tea.")
        );
        let long = "<p class=\"a\">Tom &amp; Ann <b>and <i>others</i></b></p>\n".repeat(1_000);
        assert!(html(&long, Breaks::Soft, "/").is_some());
    }

    #[test]
    fn scripts_are_removed() {
        let source = "<script>x</script>\n\n[a](javascript:x) <img src=x onerror=y> <iframe src=z></iframe>";
        let html = html(source, Breaks::Soft, "/articles/").unwrap();
        for bad in ["script", "javascript", "onerror", "iframe"] {
            assert!(!html.contains(bad), "{html}");
        }
    }

    #[test]
    fn relative_addresses_are_resolved() {
        let html = html("![neck](./neck.svg) [up](/a) [b](b)", Breaks::Soft, "/articles/").unwrap();
        assert!(html.contains("src=\"/articles/neck.svg\""), "{html}");
        assert!(html.contains("href=\"/a\"") && html.contains("href=\"/articles/b\""), "{html}");
        assert!(with_base(&html, "https://e.org").contains("href=\"https://e.org/a\""));
    }

    #[test]
    fn text_inverts_from_text() {
        for plain in ["a\nb", "2 * 3 * 4", "a_b_c <x> &amp; [T] `q`", "~~no~~ | yes", "see https://e.org/a_b"]
        {
            assert_eq!(text(&from_text(plain)), plain);
        }
        assert_eq!(from_text("nothing to do"), "nothing to do");
    }

    #[test]
    fn html_becomes_markdown() {
        for (html, markdown) in [
            (
                "Bring <b>a mat</b>.<br>And <a href=\"https://e.org/m?a=1&amp;b=2\">water</a>",
                "Bring **a mat**.\nAnd [water](https://e.org/m?a=1&b=2)",
            ),
            ("<p>One</p><p>Two &amp; three</p>", "One\n\nTwo & three"),
            ("<ul><li>a</li><li>b</li></ul>End", "- a\n- b\n\nEnd"),
            ("<a href=\"https://e.org/\">https://e.org</a> <b></b><script>x</script>", "https://e.org"),
            ("<a href=\"javascript:x\">here</a><br/>there", "here\nthere"),
            ("no tags, 3 < 4", "no tags, 3 < 4"),
            ("Nothing <here> is a tag", "Nothing <here> is a tag"),
        ] {
            assert_eq!(from_html(html), markdown, "{html}");
        }
    }

    #[test]
    fn plain_text_keeps_links_lists_and_tables() {
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
