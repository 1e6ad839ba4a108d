//! TLS (RFC 8446) with a certificate and a key from PEM files (RFC 7468).
//!
//! Renewed files take effect for new connections within a minute. If they cannot be used, the previous certificate stays
//! in effect.

#![expect(clippy::disallowed_methods, reason = "an edge: certificates are read from disk, beside the folder")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::digest;

/// How often the files are read.
const RENEWAL_INTERVAL: Duration = Duration::from_secs(60);
/// From accept to the end of the handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// The name of HTTP/2 in ALPN (RFC 7301; RFC 9113 §3.2).
const HTTP2: &[u8] = b"h2";

/// Why a certificate cannot be used: a sentence that names the file.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TlsError(String);

/// The certificate and key files, and the configuration made from them.
#[derive(Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    config: ArcSwap<ServerConfig>,
    renewal: Notify,
}

impl Tls {
    /// Reads a certificate chain and its key.
    ///
    /// # Errors
    ///
    /// Returns an error if a file cannot be read or the two do not match.
    pub fn open(certificate: PathBuf, key: PathBuf) -> Result<Tls, TlsError> {
        let config = configure(&certificate, &key, &read(&certificate)?, &read(&key)?)?;
        Ok(Tls { certificate, key, config: ArcSwap::from_pointee(config), renewal: Notify::new() })
    }

    /// Reads the files once a minute and whenever [`renew`](Tls::renew) is called. Never returns.
    pub async fn keep_renewed(self: Arc<Tls>) {
        let mut seen = None;
        loop {
            let tls = Arc::clone(&self);
            let digest = tokio::task::spawn_blocking(move || tls.reload_if_changed(seen)).await;
            seen = digest.unwrap_or(seen);
            let _ = timeout(RENEWAL_INTERVAL, self.renewal.notified()).await;
        }
    }

    /// Makes [`Tls::keep_renewed`] read the files now.
    pub fn renew(&self) {
        self.renewal.notify_one();
    }

    /// Reads the files and uses them if their digest is not `seen`. Returns the digest.
    fn reload_if_changed(&self, seen: Option<u128>) -> Option<u128> {
        let pair = read(&self.certificate).and_then(|certificate| Ok((certificate, read(&self.key)?)));
        let digest = match &pair {
            Ok((certificate, key)) => digest::hash(certificate) ^ digest::hash(key).rotate_left(1),
            Err(_) => 0,
        };
        if seen == Some(digest) {
            return seen;
        }
        match pair.and_then(|(certificate, key)| configure(&self.certificate, &self.key, &certificate, &key))
        {
            Ok(config) => {
                self.config.store(Arc::new(config));
                if seen.is_some() {
                    tracing::info!("{}: using the new certificate", self.certificate.display());
                }
            }
            Err(error) => tracing::error!("certificate: {error}; still using the previous one"),
        }
        Some(digest)
    }

    /// Finishes a handshake. Returns the stream and whether HTTP/2 was agreed on, or `None` if the handshake failed or
    /// took too long.
    pub async fn accept(&self, stream: TcpStream) -> Option<(TlsStream<TcpStream>, bool)> {
        let handshake = TlsAcceptor::from(self.config.load_full()).accept(stream);
        match timeout(HANDSHAKE_TIMEOUT, handshake).await.ok()? {
            Ok(stream) => {
                let is_http2 = stream.get_ref().1.alpn_protocol() == Some(HTTP2);
                Some((stream, is_http2))
            }
            Err(error) => {
                tracing::debug!("handshake: {error}");
                None
            }
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|error| TlsError(format!("{}: {error}", path.display())))
}

/// Returns the configuration for the contents of two files; their paths are for errors.
fn configure(
    certificate_path: &Path,
    key_path: &Path,
    certificate: &[u8],
    key: &[u8],
) -> Result<ServerConfig, TlsError> {
    let missing = |path: &Path, what| {
        TlsError(format!("{}: no {what} in it, expected PEM (-----BEGIN …)", path.display()))
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| missing(certificate_path, "certificate"))?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| missing(key_path, "private key"))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| TlsError(format!("the certificate cannot be used with this key: {error}")))?;
    config.alpn_protocols = vec![HTTP2.to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
