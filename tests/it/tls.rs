//! TLS with certificate files: trust, ALPN, renewal.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::process::{Scratch, Server, calcast, copy, serve};
use crate::site::in_repository;

/// Returns a folder with an event and a folder with the first certificate.
fn site() -> (Scratch, Scratch) {
    let (folder, pair) = (Scratch::new(), Scratch::new());
    folder.write("events.csv", "id,title,start,end\ngroup,Support group,2027-06-09T18:00,20:00\n");
    folder.write("calcast.toml", "title = \"Sample\"\ntimezone = \"America/Chicago\"\n");
    copy(&in_repository("tests/tls"), pair.path());
    (folder, pair)
}

fn start(folder: &Scratch, pair: &Scratch, flags: &[&str]) -> Server {
    let mut command = serve();
    command.arg("--tls-certificate").arg(pair.path().join("first.pem"));
    command.arg("--tls-key").arg(pair.path().join("first.key")).args(flags);
    Server::start(&mut command, folder.path())
}

/// Connects a client that trusts one of the certificates.
fn connect(server: &Server, trusted: &str, protocols: &[&[u8]]) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    let file = in_repository("tests/tls").join(trusted);
    roots.add(CertificateDer::from_pem_file(file).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let name = ServerName::try_from("localhost").unwrap();
    StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), server.connect())
}

/// Returns the answer to a GET.
fn get(server: &Server, trusted: &str, target: &str) -> Result<String, std::io::Error> {
    let mut stream = connect(server, trusted, &[]);
    write!(stream, "GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

#[test]
fn clients_that_trust_the_certificate_are_answered() {
    let (folder, pair) = site();
    let server = start(&folder, &pair, &["--hsts", "31536000"]);
    let answer = get(&server, "first.pem", "/calendar.ics").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("END:VCALENDAR\r\n"), "{answer}");
    assert!(answer.contains("\r\nstrict-transport-security: max-age=31536000\r\n"), "{answer}");
    // Without base_url, links lead to the listening address.
    assert!(answer.contains("https://127.0.0.1:"), "{answer}");
    let refused = get(&server, "second.pem", "/calendar.ics").unwrap_err();
    assert!(refused.to_string().contains("certificate"), "{refused}");
    // Plain HTTP is not answered and does not affect other connections.
    let mut plain = server.connect();
    plain.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut heard = Vec::new();
    let _ = plain.read_to_end(&mut heard);
    assert!(!heard.starts_with(b"HTTP"), "{heard:?}");
    let other = start(&folder, &pair, &[]);
    let answer = get(&other, "first.pem", "/").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("strict-transport-security"), "{answer}");
    assert_eq!(other.stop("TERM").code(), Some(0));
}

#[test]
fn a_tls_connection_is_kept_alive() {
    let (folder, pair) = site();
    let server = start(&folder, &pair, &[]);
    let mut stream = connect(&server, "first.pem", &[]);
    for _ in 0..3 {
        stream.write_all(b"GET /calendar.ics HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let mut text = Vec::new();
        while !text.ends_with(b"END:VCALENDAR\r\n") {
            let mut some = [0; 4096];
            let length = stream.read(&mut some).unwrap();
            assert!(length > 0, "{}", server.log());
            text.extend_from_slice(&some[..length]);
        }
    }
}

#[test]
fn http2_is_negotiated_by_alpn() {
    let (folder, pair) = site();
    let server = start(&folder, &pair, &[]);
    let mut stream = connect(&server, "first.pem", &[b"h2", b"http/1.1"]);
    // RFC 9113 §3.4: the preface and an empty SETTINGS frame; the server begins with its own SETTINGS.
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).unwrap();
    assert_eq!((stream.conn.alpn_protocol(), frame[3]), (Some(&b"h2"[..]), 4));
    let mut stream = connect(&server, "first.pem", &[b"http/1.1"]);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    stream.read_exact(&mut frame).unwrap();
    assert_eq!((stream.conn.alpn_protocol(), &frame), (Some(&b"http/1.1"[..]), b"HTTP/1.1 "));
}

#[test]
fn renewed_certificates_are_used_unless_broken() {
    let (folder, pair) = site();
    let server = start(&folder, &pair, &[]);
    let until = |wanted: &dyn Fn() -> bool| {
        let start = std::time::Instant::now();
        while !wanted() {
            assert!(start.elapsed() < crate::process::PATIENCE, "{}", server.log());
            std::thread::yield_now();
        }
    };
    // In the middle of a renewal, the key does not match the certificate.
    pair.write("first.pem", pair.read("second.pem"));
    server.signal("HUP");
    until(&|| server.log().contains("still using the previous one"));
    assert!(get(&server, "first.pem", "/healthz").is_ok());
    pair.write("first.key", pair.read("second.key"));
    server.signal("HUP");
    until(&|| get(&server, "second.pem", "/healthz").is_ok());
    assert!(get(&server, "first.pem", "/healthz").is_err());
}

#[test]
fn invalid_certificates_are_errors_at_the_start() {
    let (folder, pair) = site();
    let told = |certificate: &str, key: &str| {
        let mut command = calcast();
        command.arg("serve").arg(folder.path()).args(["--listen", "127.0.0.1:0"]);
        command.arg("--tls-certificate").arg(pair.path().join(certificate));
        let output = command.arg("--tls-key").arg(pair.path().join(key)).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(told("nowhere.pem", "first.key").contains("nowhere.pem: No such file"));
    assert!(told("first.key", "first.key").contains("first.key: no certificate in it"));
    assert!(told("first.pem", "first.pem").contains("first.pem: no private key in it"));
    assert!(told("second.pem", "first.key").contains("cannot be used with this key"));
}
