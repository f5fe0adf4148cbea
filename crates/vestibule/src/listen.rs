//! Connections: accepting them, bounding them, and finishing what was accepted before the end.
//!
//! Our own loop rather than `axum::serve`, which neither times out a client that sends its headers
//! in drops nor bounds how many connections there are.

use std::{convert::Infallible, future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::TokioIo,
    server::graceful::{GracefulConnection, GracefulShutdown},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time,
};
use vestibule_server::Doors;

use crate::{alarm::Alarm, exit::Failure, tls::Tls};

/// Most connections at once on one address; further ones wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 10_000;
/// How long a client may take for the headers of a request, and how long it may be idle before one.
const HEADERS_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client may take to agree on encryption.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long what was accepted may take to finish once the end is near.
pub const FINISH_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait when the machine has no more file descriptors to accept with.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A socket that listens, and the address it got.
///
/// # Errors
/// The address cannot be listened on.
pub async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let bound = TcpListener::bind(address).await.and_then(|listener| Ok((listener.local_addr()?, listener)));
    match bound {
        Ok((address, listener)) => Ok((listener, address)),
        Err(error) => {
            let failure = Failure::because(format!("could not listen on {address}"), &error);
            Err(match error.kind() {
                std::io::ErrorKind::AddrInUse => failure.hint("another program listens there; choose another address"),
                _ => failure,
            })
        }
    }
}

/// An address that is served.
pub struct Listening {
    /// Its socket.
    pub listener: TcpListener,
    /// What its connections are encrypted with, if they are.
    pub tls: Option<Tls>,
    /// What is served there.
    pub doors: Doors,
}

/// Serves until told to stop, then finishes what was accepted. Whether all of it was finished in time.
pub async fn serve(listening: Listening, mut stop: watch::Receiver<bool>) -> bool {
    let Listening { listener, tls, doors } = listening;
    let doors = Arc::new(doors);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            biased;
            // A sender that is gone says the same.
            _ = stop.wait_for(|told| *told) => break,
            accepted = accepted => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(error = %error, "could not switch Nagle's algorithm off");
                }
                let (watcher, tls, doors) = (graceful.watcher(), tls.clone(), doors.clone());
                tokio::spawn(async move {
                    // How a connection ends is the client's affair: most just close it.
                    let _ = match tls {
                        None => watcher.watch(connection(stream, peer, doors)).await,
                        Some(tls) => match encrypted(&tls, stream).await {
                            Ok(stream) => watcher.watch(connection(stream, peer, doors)).await,
                            Err(error) => return tracing::debug!(error = %error, "a client did not agree on encryption"),
                        },
                    };
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(error = %error, "could not accept a connection");
                time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    // From here on nobody is accepted: a load balancer sees it at once.
    drop(listener);
    time::timeout(FINISH_TIMEOUT, graceful.shutdown()).await.is_ok()
}

/// Agrees on encryption with a client.
async fn encrypted(tls: &Tls, stream: TcpStream) -> io::Result<impl AsyncRead + AsyncWrite + Unpin + Send + 'static> {
    time::timeout(HANDSHAKE_TIMEOUT, tls.acceptor().accept(stream)).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// One connection. Its requests carry the client's address.
fn connection<S>(stream: S, peer: SocketAddr, doors: Arc<Doors>) -> impl GracefulConnection<Error = hyper::Error> + Send
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = http1::Builder::new();
    // Almost all answers are short: copied behind their heads they leave in one plain write.
    builder.timer(Alarm::default()).header_read_timeout(HEADERS_TIMEOUT).writev(false);
    let service = service_fn(move |request: Request<Incoming>| {
        let doors = doors.clone();
        async move { Ok::<_, Infallible>(doors.answer(request, peer).await) }
    });
    builder.serve_connection(TokioIo::new(stream), service)
}

/// Until SIGTERM or SIGINT.
///
/// # Errors
/// The signals cannot be listened for.
pub fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let cannot = |error: std::io::Error| Failure::because("could not listen for signals", &error);
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate()).map_err(cannot)?, signal(SignalKind::interrupt()).map_err(cannot)?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("told to stop by SIGTERM"),
            _ = interrupt.recv() => tracing::info!("told to stop by SIGINT"),
        }
    })
}

/// SIGHUP: to read anew what may have changed. Listened for always, because its default ends the process.
///
/// # Errors
/// The signal cannot be listened for.
pub fn reload_signal() -> Result<tokio::signal::unix::Signal, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    signal(SignalKind::hangup()).map_err(|error| Failure::because("could not listen for signals", &error))
}
