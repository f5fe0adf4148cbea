//! `vestibule healthcheck`: asks a server whether it is ready; for containers and scripts.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time,
};

use crate::{
    cli::HealthcheckFlags,
    exit::{Exit, Failure},
};

/// How long the server may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Most of an answer that is looked at, in bytes.
const ANSWER_BYTES_MAX: u64 = 64;

/// Asks `/readyz`, and says nothing when all is well.
pub async fn run(flags: &HealthcheckFlags) -> Result<Exit, Failure> {
    let address = reachable(flags.listen);
    let answer = time::timeout(TIMEOUT, ask(address)).await;
    match answer {
        Ok(Ok(answer)) if answer.starts_with(b"HTTP/1.1 200 ") => Ok(Exit::Done),
        Ok(Ok(answer)) if answer.starts_with(b"HTTP/1.1 503 ") => {
            Err(Failure::new(format!("the server at {address} is not ready"))
                .hint("its log says why; most often the database does not answer"))
        }
        Ok(Ok(_)) => {
            Err(Failure::new(format!("what listens on {address} is not a Vestibule server")).hint("name the address with --listen"))
        }
        Ok(Err(error)) => {
            Err(Failure::because(format!("could not ask the server at {address}"), &error).hint("name the address with --listen"))
        }
        Err(_) => Err(Failure::new(format!("the server at {address} did not answer within {} s", TIMEOUT.as_secs()))),
    }
}

async fn ask(address: SocketAddr) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await?;
    Ok(answer)
}

/// A server that listens on every address is asked on this machine's own.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other.ip(),
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_every_address_is_asked_on_this_machine() {
        for (listen, asked) in [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("192.0.2.1:80", "192.0.2.1:80")] {
            assert_eq!(reachable(listen.parse().unwrap()), asked.parse().unwrap());
        }
    }
}
