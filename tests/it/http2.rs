//! HTTP/2 clients: concurrent answers on one connection are whole, also during a shutdown.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::process::{PATIENCE, Scratch, Server, serve};

/// A site whose calendar is longer than a frame, a stream's initial window and the coalescing buffer.
fn site() -> Scratch {
    let scratch = Scratch::new();
    let row =
        |row: usize| format!("e{row},Support group {row},2027-06-09T18:00,20:00,Ohio,Topic {}\n", row % 7);
    let rows: String = (0..400).map(row).collect();
    scratch.write("events.csv", format!("id,title,start,end,region,topic\n{rows}"));
    scratch.write("calcast.toml", "timezone = \"America/New_York\"\nbase_url = \"https://example.org\"\n");
    scratch
}

/// Connects a client with an initial window of so many bytes per stream.
async fn client(server: &Server, window: u32) -> SendRequest<Empty<Bytes>> {
    let stream = server.connect();
    stream.set_nonblocking(true).unwrap();
    let stream = TokioIo::new(tokio::net::TcpStream::from_std(stream).unwrap());
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder.initial_stream_window_size(window).initial_connection_window_size(window.max(65_535));
    let (sender, connection) = builder.handshake(stream).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// Returns the body of an answer, or `None` if the request was refused. A body that begins must be whole.
async fn ask(mut sender: SendRequest<Empty<Bytes>>, target: String) -> Option<(String, Bytes)> {
    let request = Request::get(format!("http://localhost{target}")).body(Empty::new()).unwrap();
    let answer = sender.send_request(request).await.ok()?;
    assert_eq!(answer.status(), 200, "{target}");
    let length: usize = answer.headers()["content-length"].to_str().unwrap().parse().unwrap();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body.len(), length, "{target}");
    Some((target, body))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn all_streams_of_a_connection_are_answered_whole() {
    let folder = site();
    let server = Server::start(serve().arg("--h2c"), folder.path());
    let targets =
        ["/calendar.ics", "/topics/topic-3.ics", "/events/e7.ics", "/events.rss", "/style.css", "/"];
    let expected: BTreeMap<&str, Vec<u8>> = targets.map(|target| (target, server.get(target).body)).into();
    assert!(expected["/calendar.ics"].len() > 2 * 65_535);
    runtime().block_on(async {
        // With a window of a kilobyte, each answer needs many WINDOW_UPDATE frames.
        for window in [1 << 10, 65_535, 1 << 20] {
            let sender = client(&server, window).await;
            let mut asked = JoinSet::new();
            for target in (0..10).flat_map(|_| targets) {
                asked.spawn(ask(sender.clone(), target.to_owned()));
            }
            let all = timeout(PATIENCE, asked.join_all()).await.unwrap();
            assert_eq!(all.len(), 60, "{window}");
            for (target, body) in all.into_iter().map(Option::unwrap) {
                assert!(body == expected[target.as_str()], "{target} with a window of {window}");
            }
        }
    });
}

#[test]
fn answers_in_flight_are_whole_when_the_server_stops() {
    let folder = site();
    let server = Server::start(serve().arg("--h2c"), folder.path());
    let whole = server.get("/calendar.ics").body;
    let (mut answered, mut refused) = (0, 0);
    runtime().block_on(async {
        let sender = client(&server, 4 << 10).await;
        let mut asked = JoinSet::new();
        let more = |asked: &mut JoinSet<_>| {
            asked.spawn(ask(sender.clone(), "/calendar.ics".to_owned()));
        };
        (0..40).for_each(|_| more(&mut asked));
        let mut stopping = Some(server);
        let mut stopped = None;
        while let Some(one) = timeout(PATIENCE, asked.join_next()).await.unwrap() {
            match one.unwrap() {
                Some((_, body)) => {
                    assert!(body == whole);
                    answered += 1;
                    // It is told to stop in the middle of it, and asked on.
                    if let Some(server) = stopping.take_if(|_| answered == 20) {
                        stopped = Some(tokio::task::spawn_blocking(move || server.stop("TERM")));
                    }
                    more(&mut asked);
                }
                None => refused += 1,
            }
        }
        let status = timeout(Duration::from_secs(15), stopped.unwrap()).await.unwrap().unwrap();
        assert_eq!(status.code(), Some(0));
    });
    assert!(answered >= 40 && refused > 0, "{answered} answered, {refused} not");
}
