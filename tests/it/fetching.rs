//! Fetched tables: conditional requests, and what stays published when a request fails.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use calcast::history::History;
use calcast::publish::survey::survey;
use calcast::read::folder::Folder;
use calcast::source::fetch::FetchCache;

use crate::process::{Scratch, calcast};
use crate::site::noon;

/// Starts a server on a free port that sends these responses in turn; returns its address and the request heads.
fn server(answers: Vec<String>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/sheet?output=csv", listener.local_addr().unwrap());
    let (sent, heads) = channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (stream, _) = listener.accept().unwrap();
            let lines = BufReader::new(&stream).lines().map(Result::unwrap);
            let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            (&stream).write_all(answer.as_bytes()).unwrap();
            // A test that does not need the heads has dropped the receiver.
            let _ = sent.send(head.join("\n").to_lowercase());
        }
    });
    (address, heads)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
}

fn folder(address: &str) -> Folder {
    let mut folder = Folder::new();
    folder.insert("calcast.toml", format!("[[events]]\nfile = \"{address}\"\n"));
    folder
}

/// Reads a folder with one fetched table; returns the number of events and the codes of the diagnostics.
fn read(cache: &FetchCache, address: &str) -> (usize, Vec<&'static str>) {
    read_after(cache, address, &mut History::default())
}

/// The same after a load with a history, which is replaced by that of this load.
fn read_after(cache: &FetchCache, address: &str, history: &mut History) -> (usize, Vec<&'static str>) {
    let mut folder = cache.filled(folder(address));
    folder.remember(history.clone());
    *history = calcast::read::load(folder.clone(), noon()).value.site.history;
    let reading = survey(&folder, noon(), &mut || {});
    let codes = reading.diagnostics.iter().map(|fault| fault.code.name());
    (reading.value.events, codes.filter(|code| !matches!(*code, "missing-id" | "no-base-url")).collect())
}

#[test]
fn requests_are_conditional_and_what_was_published_stays() {
    let table = "title,start\nWalk,2026-06-09\n";
    let tag = "ETag: \"one\"\r\nLast-Modified: Mon, 01 Jun 2026 12:00:00 GMT\r\n";
    let longer = format!("{table}Tea,2026-06-10\n");
    let (address, heads) = server(vec![
        answer("200 OK", tag, table),
        answer("304 Not Modified", tag, ""),
        answer("503 Service Unavailable", "", "later"),
        answer("200 OK", "ETag: \"two\"\r\n", &longer),
    ]);
    let (cache, mut history) = (FetchCache::default(), History::default());
    assert_eq!(read_after(&cache, &address, &mut history), (1, vec![]));
    assert_eq!(read_after(&cache, &address, &mut history), (1, vec![]));
    assert_eq!(read_after(&cache, &address, &mut history), (1, vec!["stale-source"]));
    assert_eq!(read_after(&cache, &address, &mut history), (2, vec![]));
    // The server is gone.
    assert_eq!(read_after(&cache, &address, &mut history), (2, vec!["stale-source"]));
    let heads: Vec<String> = heads.iter().collect();
    assert!(!heads[0].contains("if-none-match"), "{}", heads[0]);
    assert!(heads[1].contains("if-none-match: \"one\""), "{}", heads[1]);
    assert!(heads[1].contains("if-modified-since: mon, 01 jun 2026"), "{}", heads[1]);
    assert!(heads[3].contains("if-none-match: \"one\""), "{}", heads[3]);
}

#[test]
fn a_page_instead_of_a_table_and_a_missing_one_are_reported() {
    let page = "<!DOCTYPE html><html>Sign in</html>";
    let (address, _heads) = server(vec![answer("200 OK", "", page), answer("404 Not Found", "", "")]);
    assert_eq!(read(&FetchCache::default(), &address), (0, vec!["not-text"]));
    assert_eq!(read(&FetchCache::default(), &address), (0, vec!["unreachable-source"]));
}

#[test]
fn check_fetches_and_plain_http_is_allowed_for_this_machine_only() {
    let (address, _heads) = server(vec![answer("200 OK", "", "title,start\nWalk,2027-06-09\n")]);
    let scratch = Scratch::new();
    scratch.write("calcast.toml", format!("[[events]]\nfile = \"{address}\"\n"));
    let check = calcast().arg("check").arg(scratch.path()).output().unwrap();
    let report = String::from_utf8(check.stdout).unwrap();
    assert!(report.contains("1 event, 0 articles, 0 left out, 0 errors"), "{report}");

    scratch.write("calcast.toml", "[[events]]\nfile = \"http://example.org/events.csv\"\n");
    let check = calcast().arg("check").arg(scratch.path()).output().unwrap();
    let report = String::from_utf8(check.stdout).unwrap();
    assert!(report.contains("calcast.toml:2:8: error[bad-settings]"), "{report}");
}
