//! TLS of the connection to the centre: rustls on ring, the site's own CA.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{AlertDescription, ClientConfig, RootCertStore};

use super::{TlsConfig, TransportSetupError};

/// The client side, or `None` without a CA: then no `https://` address can be trusted.
pub(super) fn client_config(tls: &TlsConfig) -> Result<Option<Arc<ClientConfig>>, TransportSetupError> {
    let Some(ca) = &tls.ca else { return Ok(None) };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(ca)? {
        roots.add(certificate).map_err(|_| TransportSetupError::Certificate(ca.display().to_string()))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| TransportSetupError::Certificate(e.to_string()))?
        .with_root_certificates(roots);
    let config = match (&tls.client_cert, &tls.client_key) {
        (Some(cert), Some(key)) => {
            let private = PrivateKeyDer::from_pem_slice(&read(key)?)
                .map_err(|_| TransportSetupError::Certificate(key.display().to_string()))?;
            builder
                .with_client_auth_cert(certificates(cert)?, private)
                .map_err(|_| TransportSetupError::Certificate(cert.display().to_string()))?
        }
        (None, None) => builder.with_no_client_auth(),
        (Some(file), None) | (None, Some(file)) => {
            return Err(TransportSetupError::Certificate(format!(
                "{} without its counterpart",
                file.display()
            )));
        }
    };
    Ok(Some(Arc::new(config)))
}

/// True when the error says that the other side never accepted our handshake. In TLS 1.3 a refused client certificate
/// shows only when the answer is read (RFC 8446 §4.4.2.4); what we wrote before was never handed to anybody.
pub(super) fn handshake_refused(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::AlertReceived(alert)) = error.downcast_ref::<rustls::Error>() {
            return matches!(
                alert,
                AlertDescription::CertificateRequired
                    | AlertDescription::BadCertificate
                    | AlertDescription::UnsupportedCertificate
                    | AlertDescription::CertificateRevoked
                    | AlertDescription::CertificateExpired
                    | AlertDescription::CertificateUnknown
                    | AlertDescription::UnknownCA
                    | AlertDescription::AccessDenied
                    | AlertDescription::DecryptError
            );
        }
        next = match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    false
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TransportSetupError> {
    let bad = || TransportSetupError::Certificate(path.display().to_string());
    let list: Vec<_> =
        CertificateDer::pem_slice_iter(&read(path)?).collect::<Result<_, _>>().map_err(|_| bad())?;
    if list.is_empty() { Err(bad()) } else { Ok(list) }
}

fn read(path: &Path) -> Result<Vec<u8>, TransportSetupError> {
    std::fs::read(path).map_err(|e| TransportSetupError::Read(format!("{}: {e}", path.display())))
}
