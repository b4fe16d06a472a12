//! TLS for pages: what browsers speak, with a certificate they check by name, unlike that between nodes.

use std::{io, sync::Arc};

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{PROVIDER, TLS13};

/// A certificate for pages, with its key.
#[derive(Clone)]
pub struct PagesKey(TlsAcceptor);

/// Why a certificate for pages cannot be used.
#[derive(Debug, Error)]
pub enum PagesKeyFault {
    /// The text is no PEM, or holds nothing of the kind.
    #[error("no {what} in PEM: {reason}")]
    Pem {
        /// What was looked for.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// They do not belong together, or cannot be used.
    #[error("{0}")]
    Unfit(String),
}

impl std::fmt::Debug for PagesKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PagesKey(…)")
    }
}

impl PagesKey {
    /// Takes a chain of certificates, the pages' own first, and its private key, both as PEM.
    ///
    /// # Errors
    ///
    /// [`PagesKeyFault`].
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<PagesKey, PagesKeyFault> {
        let bad = |what: &'static str| {
            move |reason: &dyn std::fmt::Display| PagesKeyFault::Pem { what, reason: reason.to_string() }
        };
        let certificates: Result<Vec<CertificateDer<'static>>, _> = CertificateDer::pem_slice_iter(chain).collect();
        let certificates = certificates.map_err(|fault| bad("certificate")(&fault))?;
        if certificates.is_empty() {
            return Err(bad("certificate")(&"there is none"));
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|fault| bad("private key")(&fault))?;
        let unfit = |fault: rustls::Error| PagesKeyFault::Unfit(fault.to_string());
        let mut config = ServerConfig::builder_with_provider(PROVIDER.clone())
            .with_protocol_versions(&[&TLS13])
            .map_err(unfit)?
            .with_no_client_auth()
            .with_single_cert(certificates, key)
            .map_err(unfit)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(PagesKey(TlsAcceptor::from(Arc::new(config))))
    }

    /// Shakes hands with a browser.
    ///
    /// # Errors
    ///
    /// What the browser or the network did.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.0.accept(stream).await
    }
}
