//! Same input, same bytes: two processes that serve copies of a folder, with different time zones and locales, give
//! the same responses at every address.

use std::process::Command;

use calcast::model::route::Route;

use crate::process::{Scratch, Server, clock_offset, copy, serve};
use crate::site::{folder, in_repository, snapshot};

fn serve_in(zone: &str, language: &str) -> Command {
    let mut command = serve();
    command
        .env("TZ", zone)
        .env("TZDIR", "/nowhere")
        .env("LANG", language)
        .env("LC_ALL", language)
        .env("LC_TIME", language);
    command
}

/// Copies the sample site.
fn sample(with_lock: Option<&str>) -> Scratch {
    let scratch = Scratch::new();
    copy(&in_repository("articles"), &scratch.path().join("articles"));
    for name in ["events.csv", "calcast.toml"].into_iter().chain(with_lock) {
        std::fs::copy(in_repository(name), scratch.path().join(name)).unwrap();
    }
    scratch
}

fn addresses(scratch: &Scratch) -> Vec<String> {
    let routes = snapshot(&folder(scratch.path())).routes();
    let mut addresses: Vec<String> = routes.iter().map(Route::to_string).collect();
    addresses.extend(
        [
            "/f/region=usa/illinois,usa/ohio;topic=support-groups.ics",
            "/calendar.ics?online=only&q=neurologist",
            "/?region=canada&topic=support-groups",
            "/no/such/page",
        ]
        .map(str::to_owned),
    );
    addresses
}

fn compare(one: &Scratch, other: &Scratch) {
    let addresses = addresses(one);
    let tokyo = Server::start(&mut serve_in("Asia/Tokyo", "tr_TR.UTF-8"), one.path());
    let los_angeles = Server::start(&mut serve_in("America/Los_Angeles", "C"), other.path());
    assert!(addresses.len() > 300, "{}", addresses.len());
    for address in &addresses {
        for encoding in ["gzip", "identity"] {
            let ask = |server: &Server| {
                let answer = server.ask(address, &[("Accept-Encoding", encoding)]);
                let headers: Vec<_> = answer.headers.into_iter().filter(|(name, _)| name != "date").collect();
                (answer.status, headers, answer.body)
            };
            assert!(ask(&tokyo) == ask(&los_angeles), "{address} {encoding} differs");
        }
    }
}

#[test]
fn copies_with_a_lock_give_the_same_responses() {
    compare(&sample(Some("calcast.lock")), &sample(Some("calcast.lock")));
}

#[test]
fn copies_without_a_lock_give_the_same_responses() {
    compare(&sample(None), &sample(None));
}

#[test]
fn the_sample_is_served_years_after_its_last_edit() {
    let site = sample(Some("calcast.lock"));
    let later = clock_offset("2029-01-01T12:00:00Z");
    let server = Server::start(serve().env("CALCAST_CLOCK_OFFSET", later), site.path());
    let names = ["/sitemap.xml", "/", "/calendar.ics", "/regions/usa/illinois.ics", "/articles.rss"];
    for address in names.into_iter().chain(["/changes.rss", "/events.rss", "/print", "/healthz"]) {
        assert_eq!(server.get(address).status, 200, "{address}");
    }
    // Series without an end go on; nothing that changed more than a year ago is news.
    assert!(server.get("/").text().contains("2029-01-"));
    assert!(!server.get("/changes.rss").text().contains("<item>"));
}
