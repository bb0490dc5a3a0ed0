//! Taking connections: bounded in number, and none may keep the server waiting for ever.
//!
//! A connection over the limit is answered 503 with Retry-After and closed; more of those than can be told are just closed.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Connections that are being told that there is no room.
const REFUSED_AT_ONCE: usize = 64;
/// How long such a connection is waited for.
const REFUSAL_TIME: Duration = Duration::from_secs(2);
/// The pause after the system had no file descriptor for a connection.
const AFTER_FAILURE: Duration = Duration::from_millis(100);
const REFUSAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 10\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Length: 44\r\n\r\nno room for a connection; try again in 10 s\n";

/// What connections may take.
#[derive(Debug, Clone, Copy)]
pub struct Connections {
    /// How many are open at a time.
    pub most: usize,
    /// How long the head of a request may take, the pause before it included: the life of an idle connection.
    pub idle: Duration,
}

impl Default for Connections {
    fn default() -> Self {
        Self { most: 16_384, idle: Duration::from_secs(75) }
    }
}

/// Serves `router` on `listener` until `stop` is true or its sender is gone, and returns when what was being answered is
/// answered.
pub async fn serve(listener: TcpListener, router: Router, connections: Connections, mut stop: watch::Receiver<bool>) {
    let open = Arc::new(Semaphore::new(connections.most));
    let refused = Arc::new(Semaphore::new(REFUSED_AT_ONCE));
    let service = TowerToHyperService::new(router);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection was not taken");
                tokio::time::sleep(AFTER_FAILURE).await;
                continue;
            }
        };
        if let Ok(permit) = Arc::clone(&open).try_acquire_owned() {
            tokio::spawn(answer(stream, service.clone(), connections.idle, stop.clone(), permit));
        } else if let Ok(permit) = Arc::clone(&refused).try_acquire_owned() {
            tokio::spawn(refuse(stream, permit));
        }
    }
    drop(listener);
    // Every connection gives its permit back when it is over.
    let all = u32::try_from(connections.most).unwrap_or(u32::MAX);
    let _ = open.acquire_many(all).await;
}

async fn answer(
    stream: TcpStream,
    service: TowerToHyperService<Router>,
    idle: Duration,
    mut stop: watch::Receiver<bool>,
    _permit: OwnedSemaphorePermit,
) {
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(idle)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

/// Says that there is no room, and reads what comes meanwhile, so that the words are not lost with it.
async fn refuse(mut stream: TcpStream, _permit: OwnedSemaphorePermit) {
    let told = async {
        stream.write_all(REFUSAL).await?;
        stream.shutdown().await?;
        let mut dropped = [0; 1024];
        while stream.read(&mut dropped).await? > 0 {}
        std::io::Result::Ok(())
    };
    let _ = tokio::time::timeout(REFUSAL_TIME, told).await;
}
