//! TLS from PEM files.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use crate::{Tls, TlsError};

pub(crate) fn acceptor(tls: &Tls) -> Result<TlsAcceptor, TlsError> {
    let unusable = |e: &dyn std::fmt::Display| TlsError::Unusable(e.to_string());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key =
        PrivateKeyDer::from_pem_file(&tls.key).map_err(|e| TlsError::File(tls.key.clone(), e.to_string()))?;
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|e| unusable(&e))?;
    let builder = match &tls.client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(path)? {
                roots.add(certificate).map_err(|e| TlsError::File(path.clone(), e.to_string()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|e| unusable(&e))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let config = builder.with_single_cert(certificates(&tls.certificate)?, key).map_err(|e| unusable(&e))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let file = |why: String| TlsError::File(path.to_owned(), why);
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|e| file(e.to_string()))?;
    if certificates.is_empty() { Err(file("no certificate in it".into())) } else { Ok(certificates) }
}
