//! What an answer costs: `cargo bench --bench serve`, or with a number of rounds, `-- 3`. Needs nginx, wrk and
//! h2load.
//!
//! calcast, nginx with the same bytes as a file, and a bare hyper server that answers with the same bytes run on
//! one core and the load on the other, one after the other, several rounds. The figure is processor time per
//! answer; ratios below 1 are better than the peer.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock and the disk")]

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use process::cpu_of;
use server::{Server, median};

mod process;
mod server;

/// Seconds of load for one figure.
const SECONDS: &str = "2";
const ROUNDS: usize = 5;
/// How often h2load is started for one figure.
const H2_LOADS: usize = 10;

/// What is asked for.
#[derive(Clone, Copy, PartialEq)]
enum Ask {
    Plain,
    Gzip,
    Unmodified,
    H2c,
}

impl Ask {
    const ALL: [Ask; 4] = [Ask::Plain, Ask::Gzip, Ask::Unmodified, Ask::H2c];

    fn name(self) -> &'static str {
        match self {
            Ask::Plain => "200",
            Ask::Gzip => "gzip 200",
            Ask::Unmodified => "304",
            Ask::H2c => "h2c 200",
        }
    }
}

/// Processor time for an answer in microseconds, while a client asks for a while.
fn cost(server: &Server, target: &str, ask: Ask) -> f64 {
    let url = format!("http://{}{target}", server.address);
    let tag = tag_of(&server.get(target));
    let before = cpu_of(server.pid());
    let (program, mut arguments) = match ask {
        // A connection has its last request after a thousand, and h2load makes no other.
        Ask::H2c => ("h2load", vec!["-c8", "-m8", "-t1", "-n7200"]),
        _ => ("wrk", vec!["-c16", "-t1", "-d", SECONDS]),
    };
    let extra = match ask {
        Ask::Plain | Ask::H2c => None,
        Ask::Gzip => Some("Accept-Encoding: gzip".to_owned()),
        Ask::Unmodified => Some(format!("If-None-Match: {tag}")),
    };
    if let Some(extra) = &extra {
        arguments.extend(["-H", extra]);
    }
    let load = || {
        let load =
            Command::new("taskset").args(["-c", "1", program]).args(&arguments).arg(&url).output().unwrap();
        let said = String::from_utf8_lossy(&load.stdout).into_owned();
        assert!(!said.contains("Non-2xx") && said.contains("equests"), "{program} {url}: {said}");
        answers(&said)
    };
    let answers: f64 = (0..if ask == Ask::H2c { H2_LOADS } else { 1 }).map(|_| load()).sum();
    let spent = cpu_of(server.pid()) - before;
    spent.as_secs_f64() * 1e6 / answers
}

/// How many answers a load generator counted.
fn answers(said: &str) -> f64 {
    let wrk = said.lines().find_map(|line| line.trim().split_once(" requests in ").map(|(count, _)| count));
    let h2load = || {
        let line = said.lines().find(|line| line.starts_with("requests: "))?;
        line.split(", ").find_map(|part| part.strip_suffix(" succeeded"))
    };
    wrk.or_else(h2load).unwrap().parse().unwrap()
}

fn tag_of(answer: &[u8]) -> String {
    let head = String::from_utf8_lossy(answer).into_owned();
    let line =
        head.lines().find(|line| line.to_ascii_lowercase().starts_with("etag:")).unwrap_or("etag: \"x\"");
    line[5..].trim().to_owned()
}

fn body_of(answer: &[u8]) -> &[u8] {
    let at = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    &answer[at + 4..]
}

/// A site whose calendar has about so many bytes.
fn site(folder: &Path, bytes: usize) {
    let mut table = String::from("id,title,start,end,timezone,location,description,region,topic\n");
    for row in 0..bytes / 560 {
        let (month, day, hour) = (row % 12 + 1, row % 28 + 1, row % 12 + 8);
        let _ = writeln!(
            table,
            "ev{row:05},Support group {row},2027-{month:02}-{day:02}T{hour:02}:30,{:02}:00,America/Chicago,\"Library, room {}\",\"Bring a friend; nobody needs to sign up, and there is coffee.\",USA/State {},Topic {}",
            hour + 2,
            row % 40,
            row % 50,
            // Each region has as many events of each topic, so filters of as many tags are of one size.
            row / 50 % 20
        );
    }
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("events.csv"), table).unwrap();
    std::fs::write(folder.join("calcast.toml"), "title = \"Bench\"\ntimezone = \"America/Chicago\"\n")
        .unwrap();
}

/// A port that is free, and the next one is too.
fn two_ports() -> u16 {
    let free = || {
        let one = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = one.local_addr().unwrap().port();
        TcpListener::bind(("127.0.0.1", port.checked_add(1)?)).ok().map(|_| port)
    };
    (0..100).find_map(|_| free()).expect("of a hundred ports one has a free neighbour")
}

/// nginx with one worker over a folder; without a master, which would leave the worker behind when it is killed.
fn nginx(folder: &Path) -> Server {
    let port = two_ports();
    let root = folder.display();
    let configuration = format!(
        "worker_processes 1; daemon off; master_process off; pid {root}/nginx.pid; error_log {root}/nginx.log;\n\
         events {{ worker_connections 1024; }}\n\
         http {{ access_log off; sendfile on; tcp_nopush on; default_type text/calendar;\n\
         client_body_temp_path {root}/b; proxy_temp_path {root}/p; fastcgi_temp_path {root}/f; uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;\n\
         server {{ listen 127.0.0.1:{port}; root {root}; gzip_static on; }}\n\
         server {{ listen 127.0.0.1:{} http2; root {root}; }} }}\n",
        port + 1
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, configuration).unwrap();
    let start = format!("echo http://127.0.0.1:{port}/; exec nginx -p {root} -c {}", file.display());
    let pid = folder.join("nginx.pid");
    let _ = std::fs::remove_file(&pid);
    let server = Server::start(&["sh", "-c", &start], Some(0));
    // It is written once nginx listens. To try a connection would make one with itself now and then.
    for _ in 0..500 {
        if pid.exists() {
            return server;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("nginx does not start: {}", std::fs::read_to_string(folder.join("nginx.log")).unwrap_or_default());
}

/// The same server where it speaks h2c.
fn h2c_port(server: &mut Server) {
    let (host, port) = server.address.rsplit_once(':').unwrap();
    server.address = format!("{host}:{}", port.parse::<u16>().unwrap() + 1);
}

/// A bare hyper server with one body: what is left when everything of calcast is taken away.
fn bare(body: &Path) {
    let plain = Bytes::from(std::fs::read(body).unwrap());
    let packed = Bytes::from(std::fs::read(body.with_extension("ics.gz")).unwrap());
    let answer = move |request: Request<Incoming>| {
        let has = |name| request.headers().contains_key(name);
        let mut response = Response::new(Full::new(Bytes::new()));
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/calendar"));
        if has(header::IF_NONE_MATCH) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else if has(header::ACCEPT_ENCODING) {
            response.headers_mut().insert(header::CONTENT_ENCODING, header::HeaderValue::from_static("gzip"));
            *response.body_mut() = Full::new(packed.clone());
        } else {
            *response.body_mut() = Full::new(plain.clone());
        }
        async move { Ok::<_, std::convert::Infallible>(response) }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("http://{}/", listener.local_addr().unwrap());
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let service = service_fn(answer.clone());
            tokio::spawn(async move {
                let builder = auto::Builder::new(TokioExecutor::new());
                let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
}

/// The peers side by side for one size; prints a row for each kind of request.
fn compare(folder: &Path, bytes: usize, rounds: usize) {
    site(folder, bytes);
    let target = "/calendar.ics";
    let seed = Server::calcast(folder, &["--base-url", "https://example.org"], None);
    let answer = seed.get(target);
    drop(seed);
    let file = folder.join("calendar.ics");
    std::fs::write(&file, body_of(&answer)).unwrap();
    assert!(Command::new("gzip").args(["-6", "-k", "-f", "-n"]).arg(&file).status().unwrap().success());
    let me = std::env::current_exe().unwrap();
    let size = body_of(&answer).len() / 1000;
    for ask in Ask::ALL {
        let mut figures = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..rounds {
            let ours = Server::calcast(folder, &["--base-url", "https://example.org", "--h2c"], Some(0));
            figures[0].push(cost(&ours, target, ask));
            drop(ours);
            let mut theirs = nginx(folder);
            if ask == Ask::H2c {
                h2c_port(&mut theirs);
            }
            figures[1].push(cost(&theirs, target, ask));
            drop(theirs);
            let bare = Server::start(&[me.to_str().unwrap(), "bare", file.to_str().unwrap()], Some(0));
            figures[2].push(cost(&bare, target, ask));
        }
        let [ours, nginx, bare] = figures.map(median);
        println!(
            "| {size} kB, {:<8} | {ours:6.1} | {nginx:6.1} | {bare:6.1} | {:5.2} | {:5.2} |",
            ask.name(),
            nginx / ours,
            bare / ours
        );
    }
}

/// Asks for filters, each of three regions and two topics, that nobody asked for before: more than are asked for
/// in the time.
const NEVER_SEEN: &str = r#"
local count = 0
function next_of(n) local r = count % n; count = math.floor(count / n); return r end
local asked = 0
request = function()
  count = asked * 7919 % 1000003
  asked = asked + 1
  local a, b = next_of(48), next_of(47)
  local x, y = next_of(19), next_of(18)
  local path = string.format("/f/region=usa/state-%d,usa/state-%d,usa/state-%d;topic=topic-%d,topic-%d.ics",
    a, a + 1, (a + 2 + b) % 50, x, (x + 1 + y) % 20)
  return wrk.format("GET", path)
end
"#;

/// Answers per second and the 99th percentile in milliseconds.
fn rate(url: &str, script: Option<&Path>) -> (f64, f64) {
    let mut load = Command::new("taskset");
    load.args(["-c", "1", "wrk", "--latency", "-c16", "-t1", "-d", SECONDS]);
    if let Some(script) = script {
        load.arg("-s").arg(script);
    }
    let said = load.arg(url).output().unwrap();
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(!said.contains("Non-2xx"), "{said}");
    let field = |name: &str| {
        let line = said.lines().find_map(|line| line.trim().strip_prefix(name)).unwrap();
        line.trim().to_owned()
    };
    let p99 = field("99%");
    let digits = p99.trim_end_matches(char::is_alphabetic).parse::<f64>().unwrap();
    let millis = if p99.ends_with("us") {
        digits / 1e3
    } else if p99.ends_with("ms") {
        digits
    } else {
        digits * 1e3
    };
    (field("Requests/sec:").parse().unwrap(), millis)
}

/// Filters that nobody asked for before, over 10,000 events, beside one of the same kind that is known: each has 60
/// events.
fn never_seen(folder: &Path, rounds: usize) {
    site(folder, 10_000 * 560);
    let script = folder.join("never-seen.lua");
    std::fs::write(&script, NEVER_SEEN).unwrap();
    let mut figures = [const { Vec::new() }; 4];
    for _ in 0..rounds {
        let server = Server::calcast(folder, &["--base-url", "https://example.org"], Some(0));
        let warm = "/f/region=usa/state-3,usa/state-4,usa/state-9;topic=topic-3,topic-9.ics";
        server.get(warm);
        let (known, known_p99) = rate(&format!("http://{}{warm}", server.address), None);
        let (cold, cold_p99) = rate(&format!("http://{}/", server.address), Some(&script));
        for (figure, value) in figures.iter_mut().zip([known, known_p99, cold, cold_p99]) {
            figure.push(value);
        }
    }
    let [known, known_p99, cold, cold_p99] = figures.map(median);
    println!("\nknown filter: {known:.0} a second, p99 {known_p99:.2} ms");
    println!("never seen: {cold:.0} a second, p99 {cold_p99:.2} ms");
    println!("ratio: {:.2} of the rate, p99 {:.2} times", cold / known, cold_p99 / known_p99);
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, body] = &arguments[..]
        && mode == "bare"
    {
        return bare(Path::new(body));
    }
    let rounds = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(ROUNDS);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("serve-{}", std::process::id()));
    println!("| answer | calcast µs | nginx µs | bare hyper µs | rate to nginx | rate to bare hyper |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for bytes in [20_000, 200_000] {
        compare(&folder.join(bytes.to_string()), bytes, rounds);
    }
    never_seen(&folder.join("never-seen"), rounds);
    std::fs::remove_dir_all(&folder).unwrap();
}
