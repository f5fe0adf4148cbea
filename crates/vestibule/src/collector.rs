//! The way to a collector of traces: one connection a batch, on our own HTTP and TLS. That it cannot be reached is told
//! once in a while.

use std::{
    error::Error,
    fmt,
    future::Future,
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    http::{HeaderValue, Uri, header::HOST, uri::PathAndQuery},
};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    runtime::Handle,
    time,
};
use tokio_rustls::TlsConnector;

/// How long one try may take.
const TRY_TIMEOUT: Duration = Duration::from_secs(5);
/// Most of an answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 << 10;
/// How often failures are told at most.
const TOLD_PERIOD: Duration = Duration::from_secs(60);

/// Why an endpoint cannot be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// It is no URL, or one of another kind.
    #[error("it is not an address that begins with `http://` or `https://`")]
    Kind,
    /// It holds what does not belong there.
    #[error("a user, a password and a query have no place in it")]
    Extras,
    /// The host cannot be asked for a certificate.
    #[error("its host is not a name or an address")]
    Host,
    /// TLS cannot be set up: a trusted certificate is none.
    #[error("the certificates to trust cannot be used")]
    Tls,
}

/// A collector.
#[derive(Clone)]
pub struct Collector(Arc<Inner>);

struct Inner {
    host: String,
    port: u16,
    authority: HeaderValue,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    runtime: Handle,
    failures: Mutex<Failures>,
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collector")
    }
}

impl Collector {
    /// The collector at a URL; requests are made on `runtime`. Its certificate is checked against the public
    /// authorities and those `trusted` beside them.
    ///
    /// # Errors
    /// As the variants of [`EndpointError`] say.
    pub fn at(url: &str, trusted: &[CertificateDer<'_>], runtime: Handle) -> Result<Self, EndpointError> {
        let uri: Uri = url.parse().map_err(|_| EndpointError::Kind)?;
        let authority = uri.authority().ok_or(EndpointError::Kind)?;
        let (is_encrypted, port) = match uri.scheme_str() {
            Some("http") => (false, 80),
            Some("https") => (true, 443),
            _ => return Err(EndpointError::Kind),
        };
        if authority.as_str().contains('@') || uri.query().is_some() {
            return Err(EndpointError::Extras);
        }
        // An IPv6 address stands in brackets in a URL, and nowhere else.
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let tls = match is_encrypted {
            true => Some((connector(trusted)?, ServerName::try_from(host.clone()).map_err(|_| EndpointError::Host)?)),
            false => None,
        };
        let port = authority.port_u16().unwrap_or(port);
        let authority = HeaderValue::from_str(authority.as_str()).map_err(|_| EndpointError::Host)?;
        Ok(Self(Arc::new(Inner { host, port, authority, tls, runtime, failures: Mutex::default() })))
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let inner = &self.0;
        let stream = TcpStream::connect((inner.host.as_str(), inner.port)).await?;
        match &inner.tls {
            None => self.exchange(stream, request).await,
            Some((connector, name)) => self.exchange(connector.connect(name.clone(), stream).await?, request).await,
        }
    }

    async fn exchange<S>(&self, stream: S, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let path = request.uri().path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
        *request.uri_mut() = Uri::from(path);
        request.headers_mut().insert(HOST, self.0.authority.clone());
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // It ends with its sender; why it broke is what the sender says, too.
        tokio::spawn(connection);
        let (parts, body) = sender.send_request(request.map(Body::from)).await?.into_parts();
        Ok(Response::from_parts(parts, axum::body::to_bytes(Body::new(body), ANSWER_BYTES_MAX).await?))
    }

    /// Tells of a failure, unless one was told of a moment ago.
    fn tell(&self, why: &str) {
        let told = self.0.failures.lock().unwrap_or_else(PoisonError::into_inner).count(Instant::now());
        if let Some(failures) = told {
            tracing::warn!(failures, error = why, "traces do not reach the collector");
        }
    }
}

impl HttpClient for Collector {
    /// The batch's thread has no runtime of its own, so the request is made on ours.
    fn send_bytes<'c, 'f>(
        &'c self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'f>>
    where
        'c: 'f,
        Self: 'f,
    {
        let collector = self.clone();
        let sent = self.0.runtime.spawn(async move {
            let late = |_| Err(io::Error::from(io::ErrorKind::TimedOut).into());
            let sent = time::timeout(TRY_TIMEOUT, collector.send(request)).await.unwrap_or_else(late);
            match &sent {
                Ok(answer) if answer.status().is_success() => {}
                Ok(answer) => collector.tell(answer.status().as_str()),
                Err(error) => collector.tell(&causes(&**error)),
            }
            sent
        });
        Box::pin(async move { sent.await? })
    }
}

/// Failures since the last one that was told of.
#[derive(Debug, Default)]
struct Failures {
    untold: u64,
    told_at: Option<Instant>,
}

impl Failures {
    /// Counts one more; how many there were, when it is time to tell.
    fn count(&mut self, now: Instant) -> Option<u64> {
        self.untold += 1;
        match self.told_at {
            Some(at) if now.duration_since(at) < TOLD_PERIOD => None,
            _ => {
                self.told_at = Some(now);
                Some(std::mem::take(&mut self.untold))
            }
        }
    }
}

fn connector(trusted: &[CertificateDer<'_>]) -> Result<TlsConnector, EndpointError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in trusted {
        roots.add(certificate.clone().into_owned()).map_err(|_| EndpointError::Tls)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| EndpointError::Tls)?;
    Ok(TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth())))
}

fn causes(error: &(dyn Error + 'static)) -> String {
    std::iter::successors(error.source(), |&error| error.source()).fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_endpoint_is_one_that_can_be_sent_to() {
        for (url, expected) in [
            ("http://127.0.0.1:4318/v1/traces", Ok(("127.0.0.1", 4318, false))),
            ("http://[::1]/v1/traces", Ok(("::1", 80, false))),
            ("https://collector.example/otlp/v1/traces", Ok(("collector.example", 443, true))),
            ("grpc://collector.example/v1/traces", Err(EndpointError::Kind)),
            ("collector:4318/v1/traces", Err(EndpointError::Kind)),
            ("/v1/traces", Err(EndpointError::Kind)),
            ("http://ada:secret@collector.example/v1/traces", Err(EndpointError::Extras)),
            ("http://collector.example/?a=/v1/traces", Err(EndpointError::Extras)),
        ] {
            let found = Collector::at(url, &[], Handle::current());
            let found = found.as_ref().map(|found| (found.0.host.as_str(), found.0.port, found.0.tls.is_some())).map_err(|error| *error);
            assert_eq!(found, expected, "{url}");
        }
    }

    #[test]
    fn failures_are_told_at_once_and_then_once_a_minute_with_their_number() {
        let (mut failures, begin) = (Failures::default(), Instant::now());
        for (after_ms, told) in [(0, Some(1)), (1, None), (59_999, None), (60_000, Some(3)), (60_001, None), (120_000, Some(2))] {
            assert_eq!(failures.count(begin + Duration::from_millis(after_ms)), told, "{after_ms}");
        }
    }
}
