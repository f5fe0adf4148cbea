//! TLS for those who run no proxy: a certificate and its key from files, read anew when told to.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio_rustls::TlsAcceptor;

use crate::exit::Failure;

/// What connections are encrypted with. Cheap to clone; clones share one certificate.
#[derive(Clone)]
pub struct Tls(Arc<Inner>);

struct Inner {
    certificate: PathBuf,
    key: PathBuf,
    acceptor: RwLock<TlsAcceptor>,
}

impl Tls {
    /// Reads a chain of certificates, the server's own first, and its key; both in PEM.
    ///
    /// # Errors
    /// A file cannot be read, holds none, or the two do not belong together.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, Failure> {
        let acceptor = RwLock::new(acceptor(certificate, key)?);
        Ok(Self(Arc::new(Inner { certificate: certificate.to_owned(), key: key.to_owned(), acceptor })))
    }

    /// Reads both files anew. Open connections go on with what they began with.
    ///
    /// # Errors
    /// As [`Tls::load`]; then everything stays as it was.
    pub fn reload(&self) -> Result<(), Failure> {
        let new = acceptor(&self.0.certificate, &self.0.key)?;
        *self.0.acceptor.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    /// Accepts connections with the certificate as it is now.
    pub fn acceptor(&self) -> TlsAcceptor {
        self.0.acceptor.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The certificates in a file, in PEM.
///
/// # Errors
/// It cannot be read, or holds none.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(path)?).collect();
    let chain = chain.map_err(|error| Failure::because(format!("could not read the certificates in `{}`", path.display()), &error))?;
    match chain.is_empty() {
        true => Err(Failure::new(format!("`{}` holds no certificate in PEM", path.display()))),
        false => Ok(chain),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::because(format!("could not read `{}`", path.display()), &error))
}

fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, Failure> {
    let chain = certificates(certificate)?;
    let secret = PrivateKeyDer::from_pem_slice(&read(key)?);
    // Why a key cannot be read might quote it.
    let secret = secret.map_err(|_| Failure::new(format!("`{}` holds no private key in PEM", key.display())))?;
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, secret));
    let mut config = config.map_err(|error| {
        Failure::because(format!("could not use the certificate `{}` with the key `{}`", certificate.display(), key.display()), &error)
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
