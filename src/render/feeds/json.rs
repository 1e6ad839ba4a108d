//! JSON Feed 1.1.

use serde_json::{Value, json};

use super::{Feed, FeedItem};

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

fn item(item: &FeedItem) -> Value {
    let mut object = json!({
        "id": item.id,
        "url": item.address,
        "title": item.title,
        "content_html": item.html,
        "summary": item.summary,
        "date_published": item.published.to_string(),
        "date_modified": item.updated.to_string(),
        "tags": item.categories,
    });
    if !item.authors.is_empty() {
        object["authors"] = item.authors.iter().map(|name| json!({ "name": name })).collect();
    }
    if let Some(picture) = &item.picture {
        object["image"] = Value::from(picture.address.as_str());
    }
    if let Some((_, Some(address))) = &item.source {
        object["external_url"] = Value::from(address.as_str());
    }
    object
}
