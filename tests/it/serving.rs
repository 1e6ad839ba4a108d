//! The running server: metrics, signals, systemd, log, connection limits, HTTP/1 connections.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixDatagram;

use crate::process::{PATIENCE, Scratch, Server, serve, through_shell};

fn site() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("events.csv", "id,title,start,end\ngroup,Support group,2027-06-09T18:00,20:00\n");
    scratch.write(
        "calcast.toml",
        "title = \"Sample\"\ntimezone = \"America/Chicago\"\nbase_url = \"https://example.org\"\n",
    );
    scratch
}

fn metric(server: &Server, name: &str) -> Option<String> {
    let answer = server.get("/metrics");
    assert_eq!(answer.status, 200);
    let line = answer.text().lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
    line.map(|value| value.trim().to_owned())
}

#[test]
fn metrics_never_identify_clients() {
    let folder = site();
    let server = Server::start(&mut serve(), folder.path());
    for _ in 0..3 {
        server
            .ask("/calendar.ics", &[("User-Agent", "Google-Calendar-Importer"), ("Accept-Encoding", "gzip")]);
    }
    server.get("/nowhere?who=10.1.2.3");
    let requests = |labels: &str| metric(&server, &format!("calcast_requests_total{{{labels}}}"));
    let google = "route=\"calendar\",status=\"200\",encoding=\"gzip\",client=\"google\"";
    assert_eq!(requests(google).as_deref(), Some("3"));
    let other = "route=\"other\",status=\"404\",encoding=\"identity\",client=\"other\"";
    assert_eq!(requests(other).as_deref(), Some("1"));
    assert_eq!(metric(&server, "calcast_events ").as_deref(), Some("1"));
    assert_eq!(metric(&server, "calcast_reload_failures_total ").as_deref(), Some("0"));
    assert!(!server.get("/metrics").text().contains("10.1.2.3"));
    folder.write("events.csv", "id,title,start\ngroup,Support group,soon\n");
    server.until("/metrics", |answer| answer.text().contains("calcast_held_events 1\n"));
    folder.write("calcast.toml", "title = ");
    server.until("/metrics", |answer| answer.text().contains("calcast_reload_failures_total 1\n"));
}

#[test]
fn a_strict_health_check_fails_while_something_is_held_back() {
    let folder = site();
    let server = Server::start(&mut serve(), folder.path());
    let status = |address: &str| server.get(address).status;
    assert_eq!((status("/healthz"), status("/healthz?strict")), (200, 200));
    folder.write("events.csv", "id,title,start\ngroup,Support group,soon\n");
    server.until("/healthz", |answer| answer.text().contains("\"status\": \"degraded\""));
    assert_eq!((status("/healthz"), status("/healthz?strict")), (200, 503));
    for address in ["/healthz", "/healthz?strict", "/metrics"] {
        let request = format!("HEAD {address} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let head = server.send(&request);
        assert_eq!((head.status, head.body.len()), (status(address), 0), "{address}");
    }
}

/// The address of a sheet is often the only key to it, and where the folder lies is nobody's business.
#[test]
fn the_health_report_tells_no_address_and_no_path() {
    let folder = site();
    let table = |address: &str| format!("[[events]]\nfile = \"{address}\"\n");
    folder.write("calcast.toml", table("http://127.0.0.1:1/pub/secret-key?output=csv"));
    let server = Server::start(&mut serve(), folder.path());
    let health = |part: &str| {
        server.until("/healthz", |answer| answer.text().contains(part));
        server.get("/healthz").text().to_owned()
    };
    let mut reports = vec![health("unreachable-source")];
    folder.write("calcast.toml", table("htps://sheets.example.org/secret-key"));
    reports.push(health("bad-settings"));
    std::fs::create_dir(folder.path().join("articles")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", folder.path().join("articles/secret.md")).unwrap();
    folder.write("calcast.toml", "");
    reports.push(health("unreadable-file"));
    let root = folder.path().display().to_string();
    for report in reports {
        assert!(!report.contains("secret-key") && !report.contains(&root), "{report}");
    }
}

#[test]
fn sighup_reloads_the_folder() {
    let folder = site();
    let server = Server::start(&mut serve(), folder.path());
    let read = |text: &str| text.lines().find(|line| line.contains("\"read\"")).unwrap().to_owned();
    let before = read(server.get("/healthz").text());
    server.signal("HUP");
    server.until("/healthz", |answer| read(answer.text()) != before);
    assert_eq!(server.get("/calendar.ics").status, 200);
}

#[test]
fn systemd_is_notified_of_start_watchdog_and_stop() {
    let folder = site();
    let socket = Scratch::new();
    let path = socket.path().join("notify");
    let heard = UnixDatagram::bind(&path).unwrap();
    heard.set_read_timeout(Some(PATIENCE)).unwrap();
    let next = || {
        let mut text = [0; 256];
        let length = heard.recv(&mut text).unwrap();
        String::from_utf8(text[..length].to_vec()).unwrap().trim_end().to_owned()
    };
    let mut command = serve();
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "200000");
    let server = Server::start(&mut command, folder.path());
    assert!(next().starts_with("READY=1"));
    assert_eq!((next(), next()), ("WATCHDOG=1".to_owned(), "WATCHDOG=1".to_owned()));
    assert_eq!(server.stop("TERM").code(), Some(0));
    let last = std::iter::repeat_with(next).find(|text| text != "WATCHDOG=1");
    assert_eq!(last.as_deref(), Some("STOPPING=1"));
}

#[test]
fn one_address_has_256_connections_unless_it_is_a_proxy() {
    let folder = site();
    let answered = |flags: &[&str]| {
        let server = Server::start(serve().args(flags), folder.path());
        let mut open = Vec::new();
        for _ in 0..300 {
            let mut stream = server.connect();
            let asked = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
            let is_answered = asked.is_ok() && matches!(stream.read(&mut [0; 64]), Ok(1..));
            open.push((stream, is_answered));
        }
        open.iter().filter(|(_, is_answered)| *is_answered).count()
    };
    assert_eq!(answered(&[]), 256);
    assert_eq!(answered(&["--trusted-proxy", "127.0.0.0/8"]), 300);
}

/// A reload requested in the middle of a save happens after it.
#[test]
fn sighup_does_not_publish_part_of_a_save() {
    let folder = site();
    let part = "id,title,start,end\ngroup,Support group,2027-06-09T18:00,20:00\n";
    let whole = format!("{part}walk,Walk,2027-06-10,\n");
    folder.write("events.csv", &whole);
    let server = Server::start(&mut serve(), folder.path());
    for _ in 0..12 {
        folder.write("events.csv", part);
        server.signal("HUP");
        // The save continues before the file has been quiet for long enough.
        let start = std::time::Instant::now();
        while start.elapsed() < std::time::Duration::from_millis(60) {
            server.get("/healthz");
        }
    }
    folder.write("events.csv", &whole);
    server.signal("HUP");
    let before = server.get("/healthz").text().to_owned();
    server.until("/healthz", |answer| answer.text() != before);
    let told = server.get("/changes.json");
    assert!(!told.text().contains("Walk"), "{}", told.text());
}

/// Socket activation: systemd opens the socket and passes it as descriptor 3.
#[test]
fn an_inherited_socket_is_used() {
    let folder = site();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    // A client that connects before the program starts is answered once it does.
    let mut early = std::net::TcpStream::connect(address).unwrap();
    early.write_all(b"GET /calendar.ics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let script = "LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" serve \"$@\" 3<&0 0</dev/null";
    let mut command = through_shell(script);
    command.stdin(std::os::fd::OwnedFd::from(socket));
    let server = Server::start(&mut command, folder.path());
    assert_eq!(server.connect().peer_addr().unwrap(), address);
    let mut text = String::new();
    early.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 200 OK"), "{text}");
}

#[test]
fn the_log_is_json_when_asked() {
    let folder = site();
    let server = Server::start(serve().args(["--log", "json"]), folder.path());
    folder.write("events.csv", "id,title,start\ngroup,Support group,soon\n");
    server.until("/healthz", |answer| answer.text().contains("degraded"));
    server.until("/healthz", |_| server.log().contains("1 events held back"));
    for line in server.log().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["message"].is_string() && line["level"].is_string(), "{line}");
    }
}

/// A full log pipe that nobody reads does not delay answers.
#[test]
fn an_unread_log_does_not_stop_answers() {
    let folder = site();
    let mut child = serve()
        .arg(folder.path())
        .args(["--listen", "127.0.0.1:0"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let line = lines.find_map(|line| line.ok().filter(|line| line.contains("http://127.0.0.1:"))).unwrap();
    let address = line[line.find("127.0.0.1:").unwrap()..].split('/').next().unwrap().to_owned();
    let ask = || {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    // Each reload logs a hundred faults; a pipe holds 64 kB.
    for round in 0..12 {
        let rows: String =
            (0..120).map(|row| format!("e{row},{},soon\n", "Support group ".repeat(20 + round))).collect();
        folder.write("events.csv", format!("id,title,start\n{rows}"));
        let start = std::time::Instant::now();
        let before = ask();
        while ask() == before && start.elapsed() < std::time::Duration::from_secs(2) {}
    }
    assert!(ask().contains("degraded"));
    // If logging blocked, the folder would never be read again.
    folder.write("events.csv", "id,title,start\ngroup,Support group,2027-06-09\n");
    let start = std::time::Instant::now();
    while ask().contains("degraded") {
        assert!(start.elapsed() < PATIENCE, "the mended folder is not read");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Reads the next answer on a connection: its head, and its body by Content-Length.
fn next(stream: &mut std::net::TcpStream, ahead: &mut Vec<u8>) -> (String, Vec<u8>) {
    let mut more = |ahead: &mut Vec<u8>| {
        let mut some = [0; 4096];
        let length = stream.read(&mut some).unwrap();
        assert!(length > 0, "closed after {}", String::from_utf8_lossy(ahead));
        ahead.extend_from_slice(&some[..length]);
    };
    let end = loop {
        match ahead.windows(4).position(|four| four == b"\r\n\r\n") {
            Some(end) => break end + 4,
            None => more(ahead),
        }
    };
    let head = String::from_utf8(ahead.drain(..end).collect()).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length = length.filter(|_| !head.contains(" 304 ")).map_or(0, |length| length.parse().unwrap());
    while ahead.len() < length {
        more(ahead);
    }
    (head, ahead.drain(..length).collect())
}

#[test]
fn requests_share_a_connection() {
    let folder = site();
    let server = Server::start(&mut serve(), folder.path());
    let whole = server.get("/calendar.ics").body;
    let tag = server.get("/calendar.ics").header("etag").unwrap().to_owned();
    let (mut stream, mut ahead) = (server.connect(), Vec::new());
    let request = b"GET /calendar.ics HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut ask = |parts: &[&[u8]]| {
        for part in parts {
            stream.write_all(part).unwrap();
            // The answer on another connection makes it likely that each part is read separately.
            server.get("/healthz");
        }
        next(&mut stream, &mut ahead)
    };
    let is_whole = |(head, body): (String, Vec<u8>)| head.starts_with("HTTP/1.1 200 OK\r\n") && body == whole;
    let again = format!("GET /calendar.ics HTTP/1.1\r\nHost: a\r\nIf-None-Match: {tag}\r\n\r\n");
    for round in 0..3 {
        assert!(is_whole(ask(&[request])), "{round}");
        assert!(ask(&[again.as_bytes()]).0.starts_with("HTTP/1.1 304 Not Modified\r\n"), "{round}");
        assert!(is_whole(ask(&[&request[..20], &request[20..]])), "in two parts, {round}");
        assert!(is_whole(ask(&[&[&request[..], request].concat()])), "two at once, {round}");
        assert!(is_whole(ask(&[])), "the second of two, {round}");
        assert!(ask(&[b"POST / HTTP/1.1\r\nHost: a\r\n\r\n"]).0.starts_with("HTTP/1.1 405 "), "{round}");
    }
}

/// Malformed and unusual heads, each with the status of its answer (RFC 9112 §3.2, §6.3).
#[test]
fn unusual_heads_have_the_status_that_http_requires() {
    let folder = site();
    let server = Server::start(&mut serve(), folder.path());
    let host = "Host: localhost";
    for (line, fields, status) in [
        ("GET /calendar.ics HTTP/1.1", "Host: calendar.example.org:8080", 200),
        ("GET /calendar.ics HTTP/1.1", "hOST: [::1]:8080\r\nUser-Agent: \u{e9}", 200),
        ("GET /calendar.ics HTTP/1.1", "Host: localhost\r\nContent-Length: 0", 200),
        ("GET /calendar.ics HTTP/1.1", "Host: localhost\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk", 200),
        ("GET http://localhost/calendar.ics HTTP/1.1", host, 200),
        ("GET /calendar.ics?download=1 HTTP/1.1", host, 200),
        ("GET /calendar.ics HTTP/1.0", "Accept: */*", 200),
        ("HEAD /calendar.ics HTTP/1.1", host, 200),
        ("GET /calendar.ics HTTP/1.1", "Accept: */*", 400),
        ("GET /calendar.ics HTTP/1.1", "Host: a b", 400),
        ("GET /calendar.ics HTTP/1.1", "Host: a:b", 400),
        ("GET /calendar.ics HTTP/1.1", "Host: localhost\r\nHost: elsewhere", 400),
        ("GET /calendar.ics HTTP/1.1", "Host: localhost\r\nContent-Length: 5", 400),
        ("GET /calendar.ics HTTP/1.1", "Host: localhost\r\nTransfer-Encoding: chunked", 400),
        ("GET /calendar.ics HTTP/1.1", "Host: localhost\r\nContent-Length : 5", 400),
        ("GET /calendar.ics HTTP/1.1", "Host: localhost\r\nno colon", 400),
        ("GET  /calendar.ics HTTP/1.1", host, 400),
        ("POST /calendar.ics HTTP/1.1", host, 405),
    ] {
        let answer = server.send(&format!("{line}\r\n{fields}\r\nConnection: close\r\n\r\n"));
        assert_eq!(answer.status, status, "{line} {fields}");
    }
}

#[test]
fn a_connection_closes_after_1000_requests() {
    let folder = site();
    let server = Server::start(&mut serve(), folder.path());
    server.get("/calendar.ics");
    let (mut stream, mut ahead) = (server.connect(), Vec::new());
    let mut heads = Vec::new();
    for _ in 0..1_000 {
        stream.write_all(b"GET /calendar.ics HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n").unwrap();
        heads.push(next(&mut stream, &mut ahead).0);
    }
    let closing = heads.iter().position(|head| head.contains("connection: close\r\n"));
    assert_eq!(closing, Some(999));
    assert_eq!(stream.read(&mut [0; 16]).unwrap(), 0);
}

#[test]
fn requests_may_begin_like_the_http2_preface() {
    let folder = site();
    let server = Server::start(serve().arg("--h2c"), folder.path());
    let whole = server.get("/calendar.ics").body;
    let (mut stream, mut ahead) = (server.connect(), Vec::new());
    for part in [&b"PR"[..], b"OPFIND / HTTP/1.1\r\nHost: a\r\n\r\n"] {
        stream.write_all(part).unwrap();
        // The answer on another connection makes it likely that each part is read separately.
        server.get("/healthz");
    }
    assert!(next(&mut stream, &mut ahead).0.starts_with("HTTP/1.1 405 "));
    for end in ["", "Connection: close\r\n"] {
        let request = format!("GET /calendar.ics HTTP/1.1\r\nHost: a\r\n{end}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        assert_eq!(next(&mut stream, &mut ahead).1, whole);
    }
    assert_eq!(stream.read(&mut [0; 16]).unwrap(), 0);
}

#[test]
fn long_answers_are_whole() {
    let folder = site();
    let rows = |title: &str| {
        let row = |number| format!("row{number},{title} {number},2027-06-09T18:00,20:00\n");
        let rows: String = (0..2_000).map(row).collect();
        folder.write("events.csv", format!("id,title,start,end\n{rows}"));
    };
    rows("Support group");
    let server = Server::start(&mut serve(), folder.path());
    let usual = b"GET /calendar.ics HTTP/1.1\r\nHost: a\r\n\r\n";
    let (mut stream, mut ahead) = (server.connect(), Vec::new());
    let mut ask = || {
        stream.write_all(usual).unwrap();
        next(&mut stream, &mut ahead)
    };
    let whole = server.get("/calendar.ics").body;
    assert!(whole.len() > 1 << 19);
    let heads: Vec<String> = std::iter::repeat_with(&mut ask)
        .take(5)
        .map(|(head, body)| {
            assert!(body == whole);
            head.lines().filter(|line| !line.starts_with("date: ")).collect()
        })
        .collect();
    assert!(heads.iter().all(|head| *head == heads[0]), "{heads:?}");
    rows("Walk");
    server.until("/calendar.ics", |answer| answer.text().contains("SUMMARY:Walk 1\r\n"));
    let changed = server.get("/calendar.ics").body;
    assert!((0..5).all(|_| ask().1 == changed));
    // An answer that began before SIGTERM is whole.
    stream.write_all(usual).unwrap();
    stream.peek(&mut [0]).unwrap();
    server.signal("TERM");
    assert!(next(&mut stream, &mut ahead).1 == changed);
    assert_eq!(stream.read(&mut [0; 16]).unwrap(), 0);
}
