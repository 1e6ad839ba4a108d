//! Reads Markdown files as articles, and the files beside them.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::folder::Folder;
use super::frontmatter::{self, FrontMatter};
use super::tags::TagRegistry;
use super::{media_type, picture};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, Severity, nearest, quoted};
use crate::link::Link;
use crate::markdown::{self, Breaks};
use crate::model::article::{Article, Attribution, Picture};
use crate::model::settings::Settings;
use crate::model::tag::Facet;
use crate::site::Asset;
use crate::slug::slug;
use crate::text;

/// Largest article, in bytes.
const LARGEST: usize = 4 << 20;
/// Longest summary that is made of the text, in characters.
const SUMMARY: usize = 300;

/// Contents of the folder of articles.
#[derive(Default)]
pub struct ArticleFolder {
    /// Articles that can be published.
    pub articles: Vec<Article>,
    /// Files beside the articles, by their path.
    pub assets: BTreeMap<String, Asset>,
    /// Slug of each article, by its path.
    pub files: BTreeMap<String, String>,
    /// Number of articles that are not published.
    pub left_out: usize,
    /// Whether some of them have errors.
    pub has_errors: bool,
}

/// Returns whether a file is an article.
#[must_use]
pub fn is_article(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_markdown = name.rsplit_once('.').is_some_and(|(_, ending)| matches!(ending, "md" | "markdown"));
    // `_index.md` is the page of a section in Zola and Hugo.
    is_markdown && !name.starts_with('_')
}

/// Reads the folder that the settings name.
pub fn read_all(
    folder: &Folder,
    settings: &Settings,
    tags: &mut TagRegistry,
    out: &mut Diagnostics,
) -> ArticleFolder {
    let mut read = ArticleFolder::default();
    let mut places: BTreeMap<String, Place> = BTreeMap::new();
    let mark = out.mark();
    for (path, bytes) in folder.below(&settings.articles) {
        let inner = &path[settings.articles.len() + 1..];
        if !is_article(path) {
            if let Some(media_type) = media_type(inner) {
                let size = picture::size(bytes, media_type);
                read.assets.insert(inner.to_owned(), Asset { size, bytes: bytes.clone(), media_type });
            }
            continue;
        }
        read.left_out += 1;
        let first = out.mark();
        let file = Folder::name(path);
        let mut reader = ArticleReader { file: &file, inner, settings, tags, out };
        let article = reader.read(bytes);
        let has_errors = out.since(first).any(|fault| fault.code.severity() == Severity::Error);
        // A faulty article stays as it was at the last load of this process.
        let held = || folder.last_article(path).filter(|_| has_errors).cloned();
        let Some(article) = article.or_else(held) else { continue };
        let place = Place::whole(&file);
        if let Some(first) = places.get(&article.slug) {
            let found = format!("the address /articles/{}, which {first} has too", article.slug);
            out.push(
                Diagnostic::new(Code::DuplicateSlug, place, found, "an address of its own")
                    .help("write another slug = \"…\" in the front matter"),
            );
            continue;
        }
        places.insert(article.slug.clone(), place);
        read.files.insert(path.to_owned(), article.slug.clone());
        read.articles.push(article);
        read.left_out -= 1;
    }
    for (path, why) in folder.failures_below(&settings.articles) {
        let place = Place::whole(&Folder::name(path));
        let fault =
            Diagnostic::new(Code::UnreadableFile, place, why, "a file inside the folder, below 32 MB");
        out.push(
            fault.help("remove it, or put a copy of the file in its place; all other files are published"),
        );
        read.left_out += 1;
    }
    check_logo(settings, &read.assets, out);
    read.has_errors = out.since(mark).any(|fault| fault.code.severity() == Severity::Error);
    read
}

/// Reports a logo that is not beside the articles.
fn check_logo(settings: &Settings, assets: &BTreeMap<String, Asset>, out: &mut Diagnostics) {
    let Some(logo) = settings.logo.as_ref().filter(|logo| !assets.contains_key(*logo)) else { return };
    let place = Place::whole(&Folder::name(super::settings::FILE));
    let found = format!("no picture {}/{logo}", settings.articles);
    let missing =
        Diagnostic::new(Code::MissingLogo, place, found, "the path of one below the folder of articles");
    out.push(match nearest(logo, assets.keys().map(String::as_str)) {
        Some(near) => missing.help(format!("did you mean logo = \"{near}\"?")),
        None => missing,
    });
}

struct ArticleReader<'a> {
    file: &'a Arc<str>,
    /// Path below the folder of articles.
    inner: &'a str,
    settings: &'a Settings,
    tags: &'a mut TagRegistry,
    out: &'a mut Diagnostics,
}

impl ArticleReader<'_> {
    fn read(&mut self, bytes: &Bytes) -> Option<Article> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return self.refuse(Code::NotText, "bytes that are not UTF-8", "UTF-8 text");
        };
        if text.len() > LARGEST {
            return self.refuse(
                Code::TooLarge,
                &format!("{} bytes", text.len()),
                &format!("at most {LARGEST}"),
            );
        }
        let matter = match FrontMatter::parse(text) {
            Ok(matter) => matter,
            Err(fault) => {
                let place = Place::offset(self.file, text, fault.offset);
                self.out.push(
                    Diagnostic::new(Code::BadFrontMatter, place, fault.found, "front matter with title and date")
                        .help("begin the file with +++, title = \"…\", date = 2026-05-12, +++, each on a line of its own"),
                );
                return None;
            }
        };
        if let Some(repeated) = &matter.repeated {
            let place = Place::offset(self.file, text, repeated.offset);
            self.out.push(
                Diagnostic::new(Code::RepeatedKey, place, repeated.found.clone(), "each key once")
                    .help("the last one is read; remove the others"),
            );
        }
        if matter.flag("draft") {
            let place = Place::whole(self.file);
            let diagnostic = Diagnostic::new(Code::LeftOut, place, "draft = true", "an article to publish");
            self.out.push(diagnostic.help("the article is not published; remove `draft` to publish it"));
            return None;
        }
        self.published(&matter)
    }

    fn published(&mut self, matter: &FrontMatter<'_>) -> Option<Article> {
        let title = matter.text(&["title"]).map(|title| text::line(&title).into_owned());
        let Some(title) = title.filter(|title| !title.is_empty()) else {
            return self.refuse(Code::BadArticle, "front matter without a title", "title = \"…\"");
        };
        let Some(published) = self.date(matter) else {
            let found = matter
                .text(&["date", "published"])
                .map_or_else(|| "no date".to_owned(), |text| quoted(&text));
            return self.refuse(Code::BadArticle, &found, "a date such as date = 2026-05-12");
        };
        let (folder, name) = self.inner.rsplit_once('/').unwrap_or(("", self.inner));
        let page = if folder.is_empty() { "/articles/".to_owned() } else { format!("/articles/{folder}/") };
        let body = text::block(matter.body);
        let Some(html) = markdown::html(&body, Breaks::Soft, &page) else {
            return self.refuse(Code::BadArticle, "text that the Markdown parser fails on", "Markdown");
        };
        let summary = matter
            .text(&["summary", "description", "excerpt", "deck"])
            .unwrap_or_else(|| body.clone().into_owned());
        let names = matter.list(&["topics", "tags", "categories", "taxonomies.tags"]);
        let names = names.iter().map(String::as_str);
        let topics = self.tags.read(Facet::Topic, names, &|| Place::whole(self.file), self.out)?;
        Some(Article {
            slug: self.slug(matter, folder, name)?,
            title,
            published,
            authors: matter.list(&["authors", "author"]),
            summary: text::excerpt(&markdown::text(&summary), SUMMARY),
            html,
            topics,
            picture: lead_picture(matter, &page),
            source: matter.text(&["source", "source.name"]).map(|name| Attribution {
                name: text::line(&name).into_owned(),
                link: matter.text(&["source_url", "source.url"]).and_then(|link| Link::parse(&link)),
            }),
            external: matter.text(&["external", "external_url", "link"]).and_then(|link| Link::parse(&link)),
        })
    }

    fn refuse(&mut self, code: Code, found: &str, expected: &str) -> Option<Article> {
        self.out.push(Diagnostic::new(code, Place::whole(self.file), found, expected));
        None
    }

    /// Returns the date of the front matter, or the one that the path in it or the name of the file begins with.
    fn date(&self, matter: &FrontMatter<'_>) -> Option<Timestamp> {
        let zone = &self.settings.zone;
        if matter.text(&["date", "published"]).is_some() {
            return matter.instant(&["date", "published"], zone);
        }
        let path = matter.text(&["path"]).map(|path| path.trim_start_matches('/').replace('/', "-"));
        let name = self.inner.trim_end_matches("/index.md").rsplit('/').next().map(str::to_owned);
        [path, name].into_iter().flatten().find_map(|text| frontmatter::instant(text.get(..10)?, zone))
    }

    fn slug(&mut self, matter: &FrontMatter<'_>, folder: &str, name: &str) -> Option<String> {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let stem = if stem == "index" && !folder.is_empty() {
            folder.rsplit('/').next().unwrap_or(folder)
        } else {
            stem
        };
        let dated =
            stem.get(..10).is_some_and(|head| frontmatter::instant(head, &jiff::tz::TimeZone::UTC).is_some());
        let stem = if dated { stem[10..].trim_start_matches(['-', '_']) } else { stem };
        let slug = slug(&matter.text(&["slug"]).unwrap_or_else(|| stem.to_owned()));
        if slug.is_empty() {
            self.refuse(
                Code::BadArticle,
                "a name without letters or digits",
                "slug = \"…\" in the front matter",
            );
            return None;
        }
        Some(slug)
    }
}

fn lead_picture(matter: &FrontMatter<'_>, page: &str) -> Option<Picture> {
    let address = matter.text(&["image", "image.src", "picture", "extra.image"])?;
    let address = match Link::parse(&address) {
        Some(link) => link.to_string(),
        None if address.contains(':') || address.contains("..") => return None,
        None => markdown::below(page, &address),
    };
    let alt = matter.text(&["image_alt", "image.alt", "extra.image_alt"]).unwrap_or_default();
    Some(Picture { address, alt: text::line(&alt).into_owned() })
}
