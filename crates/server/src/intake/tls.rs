//! TLS by rustls: a certificate and its key from PEM text.

use std::sync::Arc;

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
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

/// A server configuration for HTTP/1.1 over TLS 1.2 and 1.3.
pub fn server_config(certificates: &[u8], key: &[u8]) -> Result<Arc<ServerConfig>, TlsError> {
    let certificates = CertificateDer::pem_slice_iter(certificates)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| TlsError::Certificate(Some(error)))?;
    if certificates.is_empty() {
        return Err(TlsError::Certificate(None));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(TlsError::Key)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key))
        .map_err(TlsError::Pair)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
