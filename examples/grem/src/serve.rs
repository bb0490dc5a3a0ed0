//! Putting the gateway together, and taking it down.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use dm_binding::listener::{self, Connections};
use omadm_proto::auth::Nonce;
use omadm_proto::auth::nonce::Seed;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::DevId;
use tokio::sync::{oneshot, watch};
use xrem_client::Account;
use xrem_server::grem::{Grem, GremConfig, GremRecord, LanDevice};
use xrem_server::store::ClientAccount;

use crate::actor::{Actor, Inbox, Input, now};
use crate::config::{Config, Device};
use crate::images::ImageFiles;
use crate::lan::{self, LanCounters};
use crate::north::North;
use crate::store::Store;

/// A running gateway.
#[derive(Debug)]
pub struct Handle {
    lan: SocketAddr,
    notify: SocketAddr,
    counters: Arc<LanCounters>,
    inbox: Sender<Input>,
    stopping: Arc<AtomicBool>,
    machine: Option<JoinHandle<io::Result<()>>>,
    lan_server: Option<JoinHandle<io::Result<()>>>,
    stop_lan: Option<oneshot::Sender<()>>,
}

impl Handle {
    /// Where devices reach the gateway.
    pub fn lan_address(&self) -> SocketAddr {
        self.lan
    }

    /// Where the NREM's notifications are taken.
    pub fn notify_address(&self) -> SocketAddr {
        self.notify
    }

    /// What was served to devices.
    pub fn counters(&self) -> &LanCounters {
        &self.counters
    }

    /// Stops the gateway and waits for its threads. Everything that was acknowledged is stored.
    ///
    /// # Errors
    /// Why a thread ended before it was told to.
    pub fn stop(mut self) -> io::Result<()> {
        self.finish()
    }

    /// Whether a thread ended by itself: the store or the listener failed.
    pub fn has_failed(&self) -> bool {
        [&self.machine, &self.lan_server].iter().any(|thread| thread.as_ref().is_some_and(JoinHandle::is_finished))
    }

    fn finish(&mut self) -> io::Result<()> {
        if let Some(stop) = self.stop_lan.take() {
            let _ = stop.send(());
        }
        self.stopping.store(true, Ordering::Relaxed);
        let _ = self.inbox.send(Input::Stop);
        let results = [self.machine.take(), self.lan_server.take()].map(|thread| match thread.map(JoinHandle::join) {
            None | Some(Ok(Ok(()))) => Ok(()),
            Some(Ok(Err(error))) => Err(error),
            Some(Err(_)) => Err(io::Error::other("a thread panicked")),
        });
        results.into_iter().collect()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if let Err(error) = self.finish() {
            tracing::error!(%error, "the gateway did not stop cleanly");
        }
    }
}

/// The two sockets of a gateway.
#[derive(Debug)]
pub struct Sockets {
    /// Where devices come.
    pub lan: TcpListener,
    /// Where the NREM's notifications come.
    pub notify: UdpSocket,
}

impl Sockets {
    /// Binds what the configuration names.
    ///
    /// # Errors
    /// An address cannot be used; the message names it.
    pub fn bind(config: &Config) -> io::Result<Self> {
        let (lan, notify) = (config.lan.listen, config.north.notify);
        Ok(Self {
            lan: TcpListener::bind(lan).map_err(named(format!("lan.listen {lan}")))?,
            notify: UdpSocket::bind(notify).map_err(named(format!("north.notify {notify}")))?,
        })
    }
}

fn named(what: String) -> impl FnOnce(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{what}: {error}"))
}

/// Starts the gateway on the sockets that its configuration names.
///
/// # Errors
/// A socket, a folder or the store cannot be used; the message names it.
pub fn serve(config: &Config) -> io::Result<Handle> {
    serve_on(config, Sockets::bind(config)?)
}

/// Starts the gateway on sockets that are bound already; the addresses of the configuration do not count then.
///
/// # Errors
/// A folder or the store cannot be used; the message names it.
pub fn serve_on(config: &Config, sockets: Sockets) -> io::Result<Handle> {
    let Sockets { lan: listener, notify: socket } = sockets;
    let state = &config.state;
    std::fs::create_dir_all(state).map_err(named(state.display().to_string()))?;
    let store_path = state.join("grem.redb");
    let store = Store::open(&store_path).map_err(io::Error::other).map_err(named(store_path.display().to_string()))?;
    let files = ImageFiles::open(state.join("images")).map_err(named("the image folder".into()))?;
    let (lan, notify) = (listener.local_addr()?, socket.local_addr()?);

    let grem = restore(config, lan, &store)?;
    let (inbox, inputs) = channel();
    let deliver = inbox.clone();
    let north = North::start(config.north.proxy.as_deref(), move |event| {
        // A closed channel: the gateway is stopping.
        let _ = deliver.send(Input::North(event));
    })
    .map_err(named("north.proxy".into()))?;
    let stopping = Arc::<AtomicBool>::default();
    listen_for_notifications(socket.try_clone()?, inbox.clone(), Arc::clone(&stopping))?;

    let mut actor = Actor::new(grem, store, files.clone(), north, socket);
    actor.poll = (config.north.poll > 0).then(|| Duration::from_secs(config.north.poll));
    let machine = thread::Builder::new().name("grem".into()).spawn(move || {
        let result = actor.run(&inputs);
        if let Err(error) = &result {
            tracing::error!(%error, "the gateway cannot store its state and stops");
        }
        result
    })?;
    let counters = Arc::<LanCounters>::default();
    let router = lan::router(Inbox(inbox.clone()), files, Arc::clone(&counters));
    let (stop_lan, stopped) = oneshot::channel();
    let lan_server =
        thread::Builder::new().name("grem-lan".into()).spawn(move || serve_lan(listener, router, stopped))?;
    tracing::info!(gateway = config.id, %lan, %notify, "gateway started");
    Ok(Handle {
        lan,
        notify,
        counters,
        inbox,
        stopping,
        machine: Some(machine),
        lan_server: Some(lan_server),
        stop_lan: Some(stop_lan),
    })
}

fn serve_lan(listener: TcpListener, router: axum::Router, stopped: oneshot::Receiver<()>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        listener.set_nonblocking(true)?;
        let lan = tokio::net::TcpListener::from_std(listener)?;
        // Never told to stop in order: kept-open connections of devices do not hold up the end, and what they sent is
        // answered or will be repeated.
        let (_stop, stop) = watch::channel(false);
        tokio::select! {
            () = listener::serve(lan, router, Connections::default(), stop) => Ok(()),
            _ = stopped => Ok(()),
        }
    })
}

fn listen_for_notifications(socket: UdpSocket, inbox: Sender<Input>, stopping: Arc<AtomicBool>) -> io::Result<()> {
    // A read ends now and then, to see whether the gateway is stopping.
    socket.set_read_timeout(Some(Duration::from_millis(200)))?;
    thread::Builder::new().name("grem-notify".into()).spawn(move || {
        let mut datagram = [0; 1024];
        while !stopping.load(Ordering::Relaxed) {
            if let Ok((length, _)) = socket.recv_from(&mut datagram) {
                let bytes = datagram.get(..length).unwrap_or_default().to_vec();
                if inbox.send(Input::Notification(bytes)).is_err() {
                    return;
                }
            }
        }
    })?;
    Ok(())
}

/// The machine, made of what is stored.
fn restore(config: &Config, lan: SocketAddr, store: &Store) -> io::Result<Grem> {
    let records = store
        .load()
        .map_err(io::Error::other)?
        .into_iter()
        .map(|(key, value)| {
            rmp_serde::from_slice::<GremRecord>(&value)
                .map_err(|error| io::Error::other(format!("the stored record {key:?} is damaged: {error}")))
        })
        .collect::<io::Result<Vec<GremRecord>>>()?;
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(io::Error::other)?;
    Grem::restore(machine_config(config, lan), Seed::new(seed), now(), records).map_err(io::Error::other)
}

fn machine_config(config: &Config, lan: SocketAddr) -> GremConfig {
    let north = &config.north;
    let scheme = north.scheme.into();
    let account = Account::new(north.server_id.as_str(), north.url.as_str())
        .client(north.client.name.as_str(), north.client.secret.expose())
        .server(north.server_secret.expose())
        .minimum(scheme)
        .preferred(scheme)
        .syntax(if north.wbxml { Syntax::Wbxml } else { Syntax::Xml });
    let account = match &north.client_nonce {
        Some(nonce) => account.client_nonce(nonce.clone()),
        None => account,
    };
    let account = match &north.server_nonce {
        Some(nonce) => account.server_nonce(nonce.clone()),
        None => account,
    };
    let base_url = config.lan.public_url.clone().unwrap_or_else(|| format!("http://{lan}"));
    let server_id = config.lan.server_id.clone().unwrap_or_else(|| config.id.clone());
    let mut machine = GremConfig::new(config.id.as_str(), account, base_url);
    machine.man.clone_from(&config.man);
    machine.model.clone_from(&config.model);
    config.devices.iter().fold(machine, |machine, device| machine.device(lan_device(device, &server_id)))
}

fn lan_device(device: &Device, server_id: &str) -> LanDevice {
    let client = omadm_proto::auth::Credentials::new(device.name.as_str(), device.secret.expose());
    let server = omadm_proto::auth::Credentials::new(server_id, device.server_secret.expose());
    let mut account = ClientAccount::new(DevId::new(device.id.as_str()), client, server);
    account.scheme = device.scheme.into();
    account.client_nonce = device.client_nonce.clone().unwrap_or(Nonce::EMPTY);
    account.server_nonce = device.server_nonce.clone().unwrap_or(Nonce::EMPTY);
    LanDevice::new(account, device.notify.map(|address| address.to_string()))
}
