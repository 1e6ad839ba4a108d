//! `calcast probe`: a good calendar works for every program, and each problem names the programs that it affects.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::process::calcast;

const GOOD: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//b//EN\r\nBEGIN:VEVENT\r\nUID:a\r\n\
    DTSTAMP:20260101T000000Z\r\nDTSTART:20260512T180000Z\r\nSUMMARY:A\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// Starts a server on a free port that answers each request by its path and head.
fn server(answer: impl Fn(&str, &str) -> String + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<String> =
                lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
            let _ = stream.write_all(answer(&path, &head.join("\n")).as_bytes());
        }
    });
    address
}

fn ok(fields: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n{fields}\r\n{body}", body.len())
}

fn probe(address: &str) -> (Option<i32>, String) {
    let done = calcast().args(["probe", address]).output().unwrap();
    (done.status.code(), String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap())
}

const TYPE: &str = "Content-Type: text/calendar; charset=utf-8\r\n";

#[test]
fn a_good_calendar_works_for_every_program() {
    let address = server(|path, head| {
        if path == "/robots.txt" {
            return "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".to_owned();
        }
        let head = head.to_ascii_lowercase();
        if head.contains("if-none-match: \"1\"") || head.contains("if-modified-since: ") {
            return "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_owned();
        }
        // Google's importer sends no Accept.
        assert!(!head.contains("google-calendar-importer") || !head.contains("accept:"), "{head}");
        ok(&format!("{TYPE}ETag: \"1\"\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n"), GOOD)
    });
    let (code, told) = probe(&format!("{address}/calendar.ics"));
    assert_eq!(code, Some(0), "{told}");
    for program in ["Google Calendar", "Outlook", "Apple Calendar", "Thunderbird"] {
        assert!(told.contains(&format!("{program}: works\n")), "{told}");
    }
}

#[test]
fn problems_name_the_programs_they_affect() {
    let requests = AtomicUsize::new(0);
    let address = server(move |path, head| match path {
        "/robots.txt" => ok("Content-Type: text/plain\r\n", "User-agent: *\nDisallow: /cal\n"),
        "/old.ics" => {
            "HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: calendar.ics\r\n\r\n"
                .to_owned()
        }
        _ if head.contains("Thunderbird") => {
            "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".to_owned()
        }
        _ => {
            let stamp = format!("DTSTAMP:20260101T{:06}Z", requests.fetch_add(1, Ordering::Relaxed));
            ok(
                "Content-Type: text/plain\r\nETag: \"1\"\r\n",
                &GOOD.replace("DTSTAMP:20260101T000000Z", &stamp).replace("UID:a\r\n", ""),
            )
        }
    });
    let (code, told) = probe(&format!("{address}/old.ics"));
    assert_eq!(code, Some(1), "{told}");
    let of = |program: &str| {
        let rest = told.split_once(&format!("\n{program}: ")).unwrap().1;
        rest.split("\n\n").next().unwrap().to_owned()
    };
    assert!(told.contains("302 leads to http://127.0.0.1:"), "{told}");
    assert!(
        of("Google Calendar").contains("robots.txt forbids") && of("Google Calendar").contains("no UID"),
        "{told}"
    );
    assert!(of("Outlook").contains("error: the type is \"text/plain\""), "{told}");
    assert!(
        of("Apple Calendar").contains("no Last-Modified") && !of("Apple Calendar").contains("robots"),
        "{told}"
    );
    assert!(of("Thunderbird").contains("the answer is 403"), "{told}");
    assert!(of("Apple Calendar").contains("two answers in a row are not the same (DTSTAMP"), "{told}");
    assert!(of("Apple Calendar").contains("If-None-Match is answered with 200"), "{told}");
    let (code, told) = probe("calendar.ics");
    assert_eq!(code, Some(2));
    assert!(told.contains("expected an address such as"), "{told}");
}

#[test]
fn a_health_check_prints_nothing() {
    let address = server(|path, _| {
        if path == "/healthz" {
            ok("", "{}")
        } else {
            "HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned()
        }
    });
    for (path, wanted) in [("/healthz", Some(0)), ("/other", Some(1))] {
        let done = calcast().args(["probe", "--quick"]).arg(format!("{address}{path}")).output().unwrap();
        assert_eq!((done.status.code(), done.stdout.len()), (wanted, 0));
    }
}
