//! TLS for clients: the server's certificate and key, checked before a port is opened.
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{fmt::Display, path::Path, sync::Arc};
use tokio_rustls::TlsAcceptor;

/// A certificate with its key.
#[derive(Clone)]
pub struct Tls(pub(crate) TlsAcceptor);

impl Tls {
    /// Reads a certificate, with those above it, and its key, both as PEM.
    ///
    /// # Errors
    /// A text that names the file and what is expected of it.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, String> {
        let fault =
            |file: &Path, what: &str, e: &dyn Display| format!("{}: {what} in PEM expected: {e}", file.display());
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|e| fault(certificate, "a certificate", &e))?;
        if chain.is_empty() {
            return Err(fault(certificate, "a certificate", &"none found"));
        }
        let private = PrivateKeyDer::from_pem_file(key).map_err(|e| fault(key, "a private key", &e))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private))
            .map_err(|e| format!("{} and {} do not fit: {e}", certificate.display(), key.display()))?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }
}
