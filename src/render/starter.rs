//! The files of a new site: settings with comments, a small table, an article.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

const SETTINGS: &str = include_str!("starter/calcast.toml");
/// `{today}` and `{tuesday+9}` are replaced by dates; that Tuesday is the first at least two weeks from now.
const EVENTS: &str = include_str!("starter/events.csv");
const ARTICLE: &str = include_str!("starter/welcome.md");

/// Keeps the secret of the editor's page out of a repository.
pub const IGNORED: (&str, &str) = (".gitignore", "/.calcast/\n");

/// Returns the files of a site that is made on a day, by their paths.
#[must_use]
pub fn files(today: Date, uid_domain: &str) -> [(&'static str, String); 3] {
    [
        ("calcast.toml", SETTINGS.replace("{uid_domain}", uid_domain)),
        // RFC 4180 ends a record with CRLF. The byte order mark tells Excel that it is UTF-8.
        ("events.csv", format!("\u{feff}{}", with_dates(EVENTS, today).replace('\n', "\r\n"))),
        ("articles/welcome.md", with_dates(ARTICLE, today)),
    ]
}

fn with_dates(template: &str, today: Date) -> String {
    let mut tuesday = today.saturating_add(14.days());
    while tuesday.weekday() != Weekday::Tuesday {
        tuesday = tuesday.saturating_add(1.days());
    }
    let mut text = template.replace("{today}", &today.to_string());
    for days in 0..=60 {
        let date = tuesday.saturating_add(days.days());
        text = text.replace(&format!("{{tuesday+{days}}}"), &date.to_string());
    }
    text
}
