//! TLS by rustls: a certificate and its key from PEM text, which others can replace while the server runs.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

/// A certificate or its key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate file holds no certificate, or a broken one.
    #[error("the certificate file holds no readable PEM certificate")]
    Certificate(#[source] Option<rustls::pki_types::pem::Error>),
    /// The key file holds no private key, or a broken one.
    #[error("the key file holds no readable PEM private key (PKCS#8, PKCS#1 or SEC1)")]
    Key(#[source] rustls::pki_types::pem::Error),
    /// The two do not belong together, or rustls does not take them.
    #[error("certificate and key cannot be used together")]
    Pair(#[source] rustls::Error),
}

/// The certificate that new connections meet.
#[derive(Debug)]
pub struct Certificate(ArcSwap<CertifiedKey>);

impl Certificate {
    /// Reads a chain, the server's own certificate first, and its key.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Arc<Self>, TlsError> {
        let chain = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| TlsError::Certificate(Some(error)))?;
        if chain.is_empty() {
            return Err(TlsError::Certificate(None));
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(TlsError::Key)?;
        let certified = CertifiedKey::from_der(chain, key, &provider()).map_err(TlsError::Pair)?;
        Ok(Arc::new(Self(ArcSwap::from_pointee(certified))))
    }

    /// Has new connections meet that one. Those that are open keep what they met.
    pub fn replace(&self, with: &Self) {
        self.0.store(with.0.load_full());
    }

    /// HTTP/1.1 over TLS 1.2 and 1.3 with this certificate.
    pub(crate) fn server_config(self: Arc<Self>) -> Arc<ServerConfig> {
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("the provider has suites for both versions")
            .with_no_client_auth()
            .with_cert_resolver(self);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Arc::new(config)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}
