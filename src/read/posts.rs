//! Converts posts of Jekyll, Hugo and Zola to articles: renames keys of the front matter and removes template tags.

use std::collections::BTreeMap;

use super::frontmatter::{FrontMatter, FrontMatterError};

/// Keys of articles, and the keys of posts that they are taken from.
const KEYS: [(&str, &[&str]); 9] = [
    ("title", &["title"]),
    ("date", &["date", "published", "publishDate"]),
    ("slug", &["slug"]),
    ("summary", &["summary", "description", "excerpt", "deck"]),
    (
        "image",
        &[
            "image", "image.src", "image.path", "picture", "extra.image", "cover.image", "featured_image",
            "header.image",
        ],
    ),
    ("image_alt", &["image_alt", "image.alt", "extra.image_alt", "cover.alt"]),
    ("source", &["source", "source.name"]),
    ("source_url", &["source_url", "source.url"]),
    ("external", &["external", "external_url", "link"]),
];
const LISTS: [(&str, &[&str]); 2] = [
    ("authors", &["authors", "author", "taxonomies.authors"]),
    ("topics", &["topics", "tags", "categories", "taxonomies.tags", "taxonomies.categories"]),
];
/// Keys about layout, which have no use here.
const LAYOUT: [&str; 9] =
    ["layout", "template", "weight", "type", "permalink", "aliases", "url", "path", "published"];

/// Kind of a file in a folder of posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostFile {
    /// A post.
    Post,
    /// The page of a section in Hugo and Zola.
    Section,
    /// A picture, or another file that is published beside articles.
    Beside,
    /// Any other file.
    Other,
}

/// Returns the kind of a file, by its name.
#[must_use]
pub fn kind(name: &str) -> PostFile {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    match ending.to_ascii_lowercase().as_str() {
        "md" | "markdown" if stem.rsplit('/').next() == Some("_index") => PostFile::Section,
        "md" | "markdown" => PostFile::Post,
        _ if super::media_type(name).is_some() => PostFile::Beside,
        _ => PostFile::Other,
    }
}

/// A post converted to an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Front matter and text.
    pub text: String,
    /// Number of dropped keys and removed tags, by name.
    pub dropped: BTreeMap<String, usize>,
}

/// Converts a post.
///
/// # Errors
///
/// Returns an error if the front matter cannot be read.
pub fn post(text: &str) -> Result<Post, FrontMatterError> {
    let matter = FrontMatter::parse(text)?;
    let mut dropped = BTreeMap::new();
    let mut head = String::from("+++\n");
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    for (name, keys) in KEYS {
        if let Some(value) = matter.text(keys) {
            head.push_str(&format!("{name} = {}\n", quoted(&value)));
        }
    }
    for (name, keys) in LISTS {
        let values: Vec<String> = matter.list(keys).iter().map(|value| quoted(value)).collect();
        if !values.is_empty() {
            head.push_str(&format!("{name} = [{}]\n", values.join(", ")));
        }
    }
    // Jekyll has `published: false` instead of `draft: true`.
    if matter.flag("draft") || matter.denies("published") {
        head.push_str("draft = true\n");
    }
    head.push_str("+++\n");
    let is_read = |name: &str| {
        let mut all = KEYS.iter().chain(&LISTS).flat_map(|(_, keys)| keys.iter());
        all.any(|key| key.split('.').next() == Some(name)) || name == "draft" || LAYOUT.contains(&name)
    };
    for name in matter.names().filter(|name| !is_read(name)) {
        *dropped.entry(format!("key {name}")).or_default() += 1;
    }
    let body = plain(matter.body, &mut dropped);
    Ok(Post { text: format!("{head}\n{}\n", body.trim()), dropped })
}

/// Removes the tags of Liquid, Hugo and Zola and keeps the text between them.
fn plain(body: &str, dropped: &mut BTreeMap<String, usize>) -> String {
    let (mut out, mut rest) = (String::with_capacity(body.len()), body);
    while let Some(open) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        let closes = if rest[open..].starts_with("{{") { "}}" } else { "%}" };
        let Some(close) = rest[open..].find(closes) else { break };
        out.push_str(&rest[..open]);
        let tag = rest[open + 2..open + close].trim_matches(['<', '>', '%', '-', ' ', '\n', '\t']);
        rest = &rest[open + close + 2..];
        let name = tag.trim_start_matches('/').trim().split([' ', '(', '|']).next().unwrap_or_default();
        let value = |key: &str| {
            let (_, after) = tag.split_once(&format!("{key}=\""))?;
            after.split('"').next().map(str::to_owned)
        };
        match name {
            "highlight" => out.push_str("```"),
            "endhighlight" => out.push_str("```"),
            "raw" | "endraw" => {}
            "figure" | "image" | "img" | "include"
                if value("src").or_else(|| value("image_path")).is_some() =>
            {
                let address = value("src").or_else(|| value("image_path")).unwrap_or_default();
                let shown = value("alt").or_else(|| value("caption")).unwrap_or_default();
                out.push_str(&format!("![{shown}]({address})"));
            }
            // Addresses after it are relative to the root of the site, here too.
            "site.baseurl" | "site.url" => {}
            name => *dropped.entry(format!("tag {name}")).or_default() += 1,
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posts_of_three_programs_are_converted() {
        let jekyll = "---\nlayout: post\ntitle: \"On: walking\"\ncategories: [Walks]\nauthor: Ada\nhero: x\npublished: false\n---\nSee {{ site.baseurl }}/a and {% include figure image_path=\"a.jpg\" alt=\"A walk\" %}.\n{% highlight rust %}\nlet a = 1;\n{% endhighlight %}\n{% toc %}\n";
        let taken = post(jekyll).unwrap();
        assert_eq!(
            taken.text,
            "+++\ntitle = \"On: walking\"\nauthors = [\"Ada\"]\ntopics = [\"Walks\"]\ndraft = true\n+++\n\nSee /a and ![A walk](a.jpg).\n```\nlet a = 1;\n```\n"
        );
        let dropped: Vec<(&str, usize)> =
            taken.dropped.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        assert_eq!(dropped, [("key hero", 1), ("tag toc", 1)]);
        let hugo = "+++\ntitle = 'B'\ndate = 2026-05-06T10:00:00Z\ntags = ['One', 'Two']\n[cover]\nimage = 'c.png'\n+++\n{{< figure src=\"d.png\" caption=\"D\" >}} {{% notice %}}Mind{{% /notice %}}\n";
        let text = post(hugo).unwrap().text;
        assert!(
            text.contains(
                "date = \"2026-05-06T10:00:00Z\"\nimage = \"c.png\"\ntopics = [\"One\", \"Two\"]\n"
            ),
            "{text}"
        );
        assert!(text.ends_with("\n\n![D](d.png) Mind\n"), "{text}");
        let zola = "+++\ntitle = \"C\"\n[taxonomies]\ntags = [\"x\"]\n[extra]\nimage = \"e.png\"\n+++\nText {{ youtube(id=\"1\") }}\n";
        let taken = post(zola).unwrap();
        assert!(taken.text.contains("image = \"e.png\"\ntopics = [\"x\"]\n"), "{}", taken.text);
        assert_eq!(taken.dropped.keys().collect::<Vec<_>>(), ["tag youtube"]);
        assert!(post("no head").is_err());
        assert_eq!(post("---\ntitle: a\n---\n{{ open").unwrap().text, "+++\ntitle = \"a\"\n+++\n\n{{ open\n");
    }
}
