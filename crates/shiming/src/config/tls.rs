//! `[tls]`: encryption on the doors' address.

use std::path::PathBuf;

section!("tls", "TLS on the doors' address; both keys or none.", Tls {
    /// The certificate chain, PEM.
    cert: Option<PathBuf> = None,
    /// Its private key, PEM.
    key: Option<PathBuf> = None,
});
