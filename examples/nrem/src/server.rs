//! Starting and stopping.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::JoinHandle;

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::routing::{get, post};
use dm_binding::endpoint::{Endpoint, refuse};
use dm_binding::listener::{self, Connections};
use omadm_proto::auth::nonce::Seed;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, watch};
use xrem_server::nrem::Nrem;
use xrem_server::requester::TokenDigest;
use xrem_server::session::Settings;

use crate::api::InHand;
use crate::app::{App, Shared};
use crate::config::Config;
use crate::locks::Locks;
use crate::notify::Notifier;
use crate::room::Room;
use crate::store::{Database, Writer};
use crate::told::Hub;
use crate::{api, campaigns, dm, due, images, measuring};

/// Requests to the API that are worked on at the same time.
const API_TURNS: usize = 32;

/// Streams of events that are open at the same time.
const STREAMS: usize = 256;

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder for its state.
    #[error("cannot use the state folder {folder}: {cause}")]
    State {
        /// The folder.
        folder: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// Its database.
    #[error("cannot open the database {file}: {cause}")]
    Database {
        /// The file.
        file: PathBuf,
        /// Why.
        cause: String,
    },
    /// Its address.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        cause: std::io::Error,
    },
    /// The machine it runs on.
    #[error("cannot start: {0}")]
    System(#[from] std::io::Error),
}

/// A running server. Dropping it stops it as [`Server::stop`] does.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    writing: watch::Receiver<()>,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    runtime: Runtime,
    serving: tokio::task::JoinHandle<()>,
    due: tokio::task::JoinHandle<()>,
    measuring: tokio::task::JoinHandle<()>,
    campaigns: tokio::task::JoinHandle<()>,
    writer: JoinHandle<()>,
}

/// Starts a server: when this returns it answers. It runs on threads of its own.
///
/// # Errors
/// [`StartError`] names what is in the way.
pub fn serve(config: Config) -> Result<Server, StartError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("nrem").build()?;
    let images = config.state.join("images");
    std::fs::create_dir_all(&images).map_err(|cause| StartError::State { folder: config.state.clone(), cause })?;
    remove_partial(&images)?;
    let file = config.state.join("nrem.redb");
    let in_database =
        |cause: crate::store::StoreError| StartError::Database { file: file.clone(), cause: cause.to_string() };
    let database = Database::open(&file).map_err(in_database)?;
    let last_task = database.last_task().map_err(in_database)?;
    let last_subscription = database.last_subscription().map_err(in_database)?;
    let listener = runtime
        .block_on(TcpListener::bind(config.listen))
        .map_err(|cause| StartError::Listen { address: config.listen, cause })?;
    let address = listener.local_addr()?;
    let hub = Hub::new();
    let (writer, writer_thread) = Writer::start(database.clone(), hub.clone())?;
    let writing = writer.writing();
    let (stop, stopped) = watch::channel(false);
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(std::io::Error::other)?;
    let app = App::new(Shared {
        nrem: Nrem::new(settings(&config)).with_async_timeout(config.async_timeout),
        database,
        locks: Locks::default(),
        notifier: runtime.block_on(Notifier::bind(config.push)),
        images,
        public_url: config.public_url.unwrap_or_else(|| format!("http://{}", reachable(address))),
        endpoint: Endpoint::new(config.max_message),
        room: Room::new(config.max_in_flight),
        api_turns: Semaphore::new(API_TURNS),
        max_image: config.max_image,
        operator_token: config.api_token.as_ref().map(TokenDigest::of),
        in_hand: InHand::default(),
        campaigns: tokio::sync::Mutex::default(),
        campaign_bell: tokio::sync::Notify::new(),
        settling: tokio::sync::Mutex::new(()),
        bell: tokio::sync::Notify::new(),
        writer,
        hub,
        streams: Arc::new(Semaphore::new(STREAMS)),
        stopping: stopped.clone(),
        seed: Seed::new(seed),
        counter: AtomicU64::new(0),
        last_task: AtomicU64::new(last_task),
        last_audit: AtomicU64::new(0),
        measured: tokio::sync::Notify::new(),
        last_subscription: AtomicU64::new(last_subscription),
    });
    let due = runtime.spawn(due::run(app.clone()));
    runtime.spawn(due::forget_faults(app.clone(), config.keep_faults));
    let measuring = runtime.spawn(measuring::run(app.clone()));
    let campaigns = runtime.spawn(campaigns::run(app.clone()));
    let connections = Connections { most: config.max_connections, ..Connections::default() };
    // Ends as well when the Server is gone.
    let serving = runtime.spawn(listener::serve(listener, router(app), connections, stopped));
    tracing::info!(%address, state = %config.state.display(), "nrem is running");
    let running = Running { runtime, serving, due, campaigns, measuring, writer: writer_thread };
    Ok(Server { address, stop, writing, running: Some(running) })
}

fn settings(config: &Config) -> Settings {
    let mut settings = Settings::default();
    settings.reading.limits.message_bytes = config.max_message;
    settings.max_msg_size = config.max_message as u64;
    if config.strip_nul {
        settings.reading = settings.reading.stripping_nul();
    }
    settings
}

/// The address as this machine reaches it.
fn reachable(address: SocketAddr) -> SocketAddr {
    let mut address = address;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
    }
    address
}

/// Uploads that a killed process left behind.
fn remove_partial(images: &std::path::Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(images)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(".partial-") {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn router(app: App) -> Router {
    Router::new()
        .route("/dm", post(dm::message))
        .route("/images/{name}", get(images::download))
        .merge(api::router(&app))
        .fallback(|method: Method, uri: axum::http::Uri| async move {
            refuse(
                StatusCode::NOT_FOUND,
                &format!("there is nothing at {method} {}; try POST /dm or GET /api/v1/health", uri.path()),
            )
        })
        .method_not_allowed_fallback(|method: Method, uri: axum::http::Uri| async move {
            refuse(StatusCode::METHOD_NOT_ALLOWED, &format!("{} does not answer to {method}", uri.path()))
        })
        .with_state(app)
}

impl Server {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until its database takes no more writes, because the disk is full or broken. Nothing works then until the server
    /// is stopped and another one has opened the database; what was acknowledged before is in it.
    pub fn failure(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut writing = self.writing.clone();
        async move { while writing.changed().await.is_ok() {} }
    }

    /// Stops it: what is being answered is answered, then the store is closed.
    pub fn stop(mut self) {
        self.shut_down();
    }

    fn shut_down(&mut self) {
        let Some(Running { runtime, serving, due, campaigns, measuring, writer }) = self.running.take() else { return };
        self.stop.send_replace(true);
        due.abort();
        measuring.abort();
        campaigns.abort();
        let _ = runtime.block_on(async { tokio::time::timeout(std::time::Duration::from_secs(5), serving).await });
        runtime.shutdown_timeout(std::time::Duration::from_secs(2));
        // The last handle of the writer went with the runtime; it ends when it has stored what it was given.
        if writer.join().is_err() {
            tracing::error!("the store's thread has panicked");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shut_down();
    }
}
