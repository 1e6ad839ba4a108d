//! TLS (RFC 8446) with the certificate of two PEM files (RFC 7468). Whoever renews them writes them anew; new
//! connections have the new certificate within a minute, and a certificate that cannot be read leaves the one before
//! in force.
#![expect(
    clippy::disallowed_methods,
    reason = "an edge: certificates are read from the disk, beside the folder"
)]

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::line::Line;
use crate::diagnostic::chain;
use crate::digest;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(60);
/// From accept to the end of the handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The protocols that are spoken, the best first (RFC 7301; RFC 9113 §3.2).
const PROTOCOLS: [&[u8]; 2] = [HTTP_2, b"http/1.1"];
pub(super) const HTTP_2: &[u8] = b"h2";

/// Why a certificate cannot be used.
#[derive(Debug)]
pub enum TlsError {
    /// A file that cannot be read.
    Unreadable(PathBuf, io::Error),
    /// A file that holds no PEM of the kind it should.
    Empty(PathBuf, &'static str),
    /// A certificate and a key that are not for each other, or that rustls does not take.
    Refused(rustls::Error),
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TlsError::Unreadable(path, _) => write!(f, "{}", path.display()),
            TlsError::Empty(path, what) => {
                write!(f, "{}: no {what} in it, expected PEM (-----BEGIN …)", path.display())
            }
            TlsError::Refused(_) => f.write_str("the certificate cannot be used with this key"),
        }
    }
}

impl std::error::Error for TlsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            TlsError::Unreadable(_, error) => Some(error),
            TlsError::Empty(..) => None,
            TlsError::Refused(error) => Some(error),
        }
    }
}

/// What is served by TLS: the files, and the certificate that was in them last.
#[derive(Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    in_force: Arc<InForce>,
    config: Arc<ServerConfig>,
    asked: Notify,
}

/// The certificate for new connections.
#[derive(Debug)]
struct InForce(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for InForce {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// The content of both files.
type Pair = (Vec<u8>, Vec<u8>);

impl Tls {
    /// Reads a certificate, with those that lead to its root, and its key.
    ///
    /// # Errors
    /// When one cannot be read, or they are not for each other.
    pub fn open(certificate: PathBuf, key: PathBuf) -> Result<Tls, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let pair = read(&certificate, &key)?;
        let first = parsed(&pair, (&certificate, &key), &provider)?;
        let in_force = Arc::new(InForce(ArcSwap::from_pointee(first)));
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_safe_default_protocol_versions().map_err(TlsError::Refused)?;
        let resolver = Arc::clone(&in_force) as Arc<dyn ResolvesServerCert>;
        let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(Tls { certificate, key, provider, in_force, config: Arc::new(config), asked: Notify::new() })
    }

    /// Looks at the files for ever, and puts what is new in them in force.
    pub async fn renew(self: Arc<Tls>) {
        let mut seen = None;
        loop {
            let tls = Arc::clone(&self);
            let was = seen;
            let looked = tokio::task::spawn_blocking(move || tls.look(was)).await;
            seen = looked.unwrap_or(was);
            // Whether somebody asked, or the time has come.
            let _ = timeout(LOOK, self.asked.notified()).await;
        }
    }

    /// Looks at the files now, without waiting for the time.
    pub fn look_now(&self) {
        self.asked.notify_one();
    }

    /// Looks at the files once; `seen` is the hash of what was in them last, and the answer that of now.
    fn look(&self, seen: Option<u128>) -> Option<u128> {
        let place = (self.certificate.as_path(), self.key.as_path());
        let pair = read(place.0, place.1);
        let now = match &pair {
            Ok((certificate, key)) => digest::of(certificate) ^ digest::of(key).rotate_left(1),
            Err(_) => 0,
        };
        if seen == Some(now) {
            return seen;
        }
        match pair.and_then(|pair| parsed(&pair, place, &self.provider)) {
            Ok(certificate) => {
                self.in_force.0.store(Arc::new(certificate));
                // The first look is at what was opened.
                if seen.is_some() {
                    tracing::info!("{}: a new certificate is in force", self.certificate.display());
                }
            }
            Err(error) => {
                tracing::error!("certificate: error: {}; the one before stays in force", chain(&error));
            }
        }
        Some(now)
    }

    /// Shakes hands with a client; `None` where that fails or takes too long.
    pub async fn accept(&self, stream: TcpStream) -> Option<Line> {
        let shaken = timeout(HANDSHAKE, TlsAcceptor::from(Arc::clone(&self.config)).accept(stream)).await;
        match shaken {
            Ok(Ok(stream)) => Some(Line::Tls(Box::new(stream))),
            Ok(Err(error)) => {
                tracing::debug!("handshake: {error}");
                None
            }
            Err(_) => None,
        }
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Pair, TlsError> {
    let file =
        |path: &Path| std::fs::read(path).map_err(|error| TlsError::Unreadable(path.to_owned(), error));
    Ok((file(certificate)?, file(key)?))
}

fn parsed(
    (certificate, key): &Pair,
    place: (&Path, &Path),
    provider: &CryptoProvider,
) -> Result<CertifiedKey, TlsError> {
    let empty = |path: &Path, what| TlsError::Empty(path.to_owned(), what);
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| empty(place.0, "certificate"))?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| empty(place.1, "private key"))?;
    CertifiedKey::from_der(chain, key, provider).map_err(TlsError::Refused)
}
