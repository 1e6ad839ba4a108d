//! JSON Feed 1.1.

use serde_json::{Value, json};

use super::{Feed, Item};

pub(super) fn print(feed: &Feed) -> String {
    let mut document = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "description": feed.description,
        "home_page_url": feed.home,
        "feed_url": feed.address,
        "language": feed.language,
        "items": feed.items.iter().map(item).collect::<Vec<Value>>(),
    });
    if let Some(hub) = &feed.hub {
        document["hubs"] = json!([{ "type": "WebSub", "url": hub }]);
    }
    let mut text = serde_json::to_string_pretty(&document).expect("strings and lists are always JSON");
    text.push('\n');
    text
}

fn item(item: &Item) -> Value {
    let Item { id, title, address, html, summary, published, updated, authors, categories, picture, source } =
        item;
    let mut object = json!({
        "id": id,
        "url": address,
        "title": title,
        "content_html": html,
        "summary": summary,
        "date_published": published.to_string(),
        "date_modified": updated.to_string(),
        "tags": categories,
    });
    if !authors.is_empty() {
        object["authors"] = authors.iter().map(|name| json!({ "name": name })).collect();
    }
    if let Some(picture) = picture {
        object["image"] = Value::from(picture.address.as_str());
    }
    if let Some((_, Some(address))) = source {
        object["external_url"] = Value::from(address.as_str());
    }
    object
}
