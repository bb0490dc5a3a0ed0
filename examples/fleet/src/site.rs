//! The nodes: who they are, how they reach each other, starting and stopping them.
//!
//! Sockets are bound and identities are made before anything runs, so that everything can be registered first. All secrets are
//! random and die with the run.

use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use drem::device::{Bootstrap, Device as Drem, Stop, Until};
use drem::tree_file::Identity;
use drem::ui::Rule;
use grem::config::{Lan, Login, North, SchemeName};
use omadm_proto::auth::Secret;
use omadm_proto::exchange::Syntax;
use serde_json::{Value, json};
use xrem_client::Account;

use crate::args::Args;
use crate::failure::{Failure, Result};
use crate::image::Image;
use crate::link::{Link, Quality};

/// ServerID of the NREM.
const NREM: &str = "nrem";
/// The version that all devices start with.
const FACTORY_VERSION: &str = "1.0";
/// Seconds between sessions that nobody asked for: the fall-back when a notification is lost.
const POLL: Duration = Duration::from_secs(30);

/// One gateway.
#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) id: String,
    /// What the table calls it.
    pub(crate) name: String,
    /// The ids of its devices.
    pub(crate) devices: Vec<String>,
    secret: Secret,
    server_secret: Secret,
    notify: SocketAddr,
    lan_address: SocketAddr,
    sockets: Option<grem::Sockets>,
    wan: Link,
    lan: Link,
    bad_lan: Link,
    handle: Option<grem::Handle>,
}

impl Gateway {
    fn plan(number: usize) -> std::io::Result<Self> {
        let sockets =
            grem::Sockets { lan: TcpListener::bind(("127.0.0.1", 0))?, notify: UdpSocket::bind(("127.0.0.1", 0))? };
        Ok(Self {
            id: format!("urn:xrem:gateway:{number}"),
            name: format!("gw-{number}"),
            devices: Vec::new(),
            secret: secret()?,
            server_secret: secret()?,
            notify: sockets.notify.local_addr()?,
            lan_address: sockets.lan.local_addr()?,
            sockets: Some(sockets),
            wan: Link::open(Quality::Good)?,
            lan: Link::open(Quality::Good)?,
            bad_lan: Link::open(Quality::SpoilsDownloads)?,
            handle: None,
        })
    }

    /// What the NREM is told about it.
    pub(crate) fn registration(&self) -> Value {
        json!({
            "id": self.id,
            "kind": "gateway",
            "scheme": "md5",
            "client": {"name": self.name, "secret": self.secret.expose()},
            "server": {"id": NREM, "secret": self.server_secret.expose()},
            "notify": format!("udp://{}", self.notify),
        })
    }

    /// Bytes between it and the NREM.
    pub(crate) fn wan_bytes(&self) -> u64 {
        self.wan.bytes()
    }

    /// Those of them that were images.
    pub(crate) fn wan_image_bytes(&self) -> u64 {
        self.wan.download_bytes()
    }

    /// Bytes between it and its devices.
    pub(crate) fn lan_bytes(&self) -> u64 {
        self.lan.bytes() + self.bad_lan.bytes()
    }

    fn config(&self, nrem_url: &str, args: &Args, state: PathBuf, devices: &[Device]) -> grem::Config {
        let behind = devices.iter().filter(|device| self.devices.contains(&device.id));
        grem::Config {
            id: self.id.clone(),
            man: "xrem".to_owned(),
            model: "grem".to_owned(),
            north: North {
                url: format!("{nrem_url}/dm"),
                server_id: NREM.to_owned(),
                client: Login { name: self.name.clone(), secret: self.secret.clone() },
                server_secret: self.server_secret.clone(),
                scheme: SchemeName::Md5,
                client_nonce: None,
                server_nonce: None,
                wbxml: args.wbxml,
                notify: self.notify,
                poll: POLL.as_secs(),
                proxy: Some(self.wan.url()),
            },
            lan: Lan { listen: self.lan_address, public_url: None, server_id: None },
            devices: behind.map(Device::account).collect(),
            state,
        }
    }
}

/// One device.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) id: String,
    /// Its area network hands it a corrupted copy of every image.
    pub(crate) gets_bad_image: bool,
    gateway: String,
    name: String,
    secret: Secret,
    server_secret: Secret,
    notify: SocketAddr,
    socket: Option<UdpSocket>,
    drem: Option<Arc<Drem>>,
    thread: Option<JoinHandle<()>>,
}

impl Device {
    fn plan(number: usize, gateway: &Gateway, gets_bad_image: bool) -> std::io::Result<Self> {
        let socket = UdpSocket::bind(("127.0.0.1", 0))?;
        Ok(Self {
            id: format!("urn:xrem:device:{number}"),
            gets_bad_image,
            gateway: gateway.id.clone(),
            name: format!("device-{number}"),
            secret: secret()?,
            server_secret: secret()?,
            notify: socket.local_addr()?,
            socket: Some(socket),
            drem: None,
            thread: None,
        })
    }

    /// What the NREM is told about it: no secret, those stay between it and its gateway.
    pub(crate) fn registration(&self) -> Value {
        json!({"id": self.id, "kind": "device", "gateway": self.gateway})
    }

    /// The file of the slot that it runs from.
    pub(crate) fn active_slot(&self) -> Result<PathBuf> {
        let drem = self.drem.as_ref().ok_or_else(|| Failure::new(format!("{} was never started", self.id)))?;
        drem.active_slot().map_err(|error| Failure::new(format!("{}: its boot record: {error}", self.id)))
    }

    /// What its gateway is told about it.
    fn account(&self) -> grem::config::Device {
        grem::config::Device {
            id: self.id.clone(),
            name: self.name.clone(),
            secret: self.secret.clone(),
            server_secret: self.server_secret.clone(),
            scheme: SchemeName::Md5,
            client_nonce: None,
            server_nonce: None,
            notify: Some(self.notify),
        }
    }

    fn start(&mut self, gateway: &Gateway, args: &Args, state: PathBuf, plans: &Plans<'_>) -> Result<()> {
        let link = if self.gets_bad_image { &gateway.bad_lan } else { &gateway.lan };
        let account = Account::new(self.gateway.as_str(), format!("http://{}/dm", gateway.lan_address))
            .client(self.name.as_str(), self.secret.clone())
            .server(self.server_secret.clone())
            .syntax(if args.wbxml { Syntax::Wbxml } else { Syntax::Xml });
        let config = drem::device::Config {
            tree: Some(plans.tree.to_owned()),
            identity: Identity {
                dev_id: Some(self.id.clone()),
                server_id: self.gateway.clone(),
                server_url: format!("http://{}/dm", gateway.lan_address),
                fw_version: FACTORY_VERSION.to_owned(),
            },
            state,
            image: Some(plans.factory.path.clone()),
            firmware: drem::device::Firmware::default(),
            packages: None,
            package_room: None,
            account: Some(account),
            bootstrap: Bootstrap::default(),
            ui: Rule::None,
            poll: Some(POLL),
            metrics: None,
            proxy: Some(link.url()),
            until: Until::Stopped,
        };
        let drem =
            Drem::open(config, self.socket.take()).map_err(|error| Failure::new(format!("{}: {error}", self.id)))?;
        let drem = Arc::new(drem);
        let (running, stop, id) = (Arc::clone(&drem), plans.stop.clone(), self.id.clone());
        let run = move || {
            if let Err(error) = running.run(&stop) {
                eprintln!("fleet: {id}: {error}");
            }
        };
        let thread = std::thread::Builder::new().name(self.name.clone()).spawn(run);
        self.thread =
            Some(thread.map_err(|error| Failure::new(format!("{}: cannot start a thread: {error}", self.id)))?);
        self.drem = Some(drem);
        Ok(())
    }
}

/// What all devices share.
struct Plans<'p> {
    tree: &'p Path,
    factory: &'p Image,
    stop: &'p Stop,
}

/// All nodes.
#[derive(Debug)]
pub(crate) struct Site {
    nrem: Option<nrem::Server>,
    nrem_url: String,
    gateways: Vec<Gateway>,
    devices: Vec<Device>,
    stop: Stop,
}

impl Site {
    /// Starts the NREM and decides who the others are.
    pub(crate) fn plan(args: &Args, dir: &Path) -> Result<Self> {
        let nrem = nrem::serve(nrem::Config::new(SocketAddr::from(([127, 0, 0, 1], 0)), dir.join("nrem")))
            .map_err(|error| Failure::new(format!("the NREM did not start: {error}")))?;
        let nrem_url = format!("http://{}", nrem.address());
        let no_socket =
            |error: std::io::Error| Failure::new(format!("cannot get a socket or a random number: {error}"));
        let mut gateways: Vec<Gateway> =
            (1..=usize::from(args.gateways)).map(Gateway::plan).collect::<std::io::Result<_>>().map_err(no_socket)?;
        let mut devices = Vec::new();
        let count = gateways.len();
        for number in 1..=usize::from(args.devices) {
            let Some(gateway) = gateways.get_mut((number - 1) % count) else { continue };
            let device = Device::plan(number, gateway, number <= usize::from(args.bad_image)).map_err(no_socket)?;
            gateway.devices.push(device.id.clone());
            devices.push(device);
        }
        Ok(Self { nrem: Some(nrem), nrem_url, gateways, devices, stop: Stop::default() })
    }

    /// Starts the gateways and the devices.
    pub(crate) fn start(&mut self, args: &Args, dir: &Path, factory: &Image) -> Result<()> {
        let tree = dir.join("device.toml");
        std::fs::write(&tree, include_str!("device.toml"))
            .map_err(|error| Failure::new(format!("cannot write {}: {error}", tree.display())))?;
        for gateway in &mut self.gateways {
            let state = dir.join("gateways").join(&gateway.name);
            let config = gateway.config(&self.nrem_url, args, state, &self.devices);
            let Some(sockets) = gateway.sockets.take() else { continue };
            let handle = grem::serve_on(&config, sockets);
            gateway.handle = Some(handle.map_err(|error| Failure::new(format!("{}: {error}", gateway.id)))?);
        }
        let plans = Plans { tree: &tree, factory, stop: &self.stop };
        for device in &mut self.devices {
            let state = dir.join("devices").join(&device.name);
            let gateway = self.gateways.iter().find(|gateway| gateway.id == device.gateway);
            if let Some(gateway) = gateway {
                device.start(gateway, args, state, &plans)?;
            }
        }
        Ok(())
    }

    /// Where the NREM is reached.
    pub(crate) fn nrem_url(&self) -> String {
        self.nrem_url.clone()
    }

    pub(crate) fn gateways(&self) -> &[Gateway] {
        &self.gateways
    }

    pub(crate) fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// The version that a device runs as long as it was not upgraded.
    pub(crate) const fn factory_version(&self) -> &'static str {
        FACTORY_VERSION
    }

    /// Stops every node.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.take_down()
    }

    fn take_down(&mut self) -> Result<()> {
        self.stop.stop();
        let mut result = Ok(());
        for device in &mut self.devices {
            if device.thread.take().is_some_and(|thread| thread.join().is_err()) {
                result = Err(Failure::new(format!("{} panicked", device.id)));
            }
        }
        for gateway in &mut self.gateways {
            if let Some(Err(error)) = gateway.handle.take().map(grem::Handle::stop) {
                result = Err(Failure::new(format!("{}: {error}", gateway.id)));
            }
        }
        if let Some(nrem) = self.nrem.take() {
            nrem.stop();
        }
        result
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Err(error) = self.take_down() {
            eprintln!("fleet: {error}");
        }
    }
}

/// 128 random bits in hexadecimal.
fn secret() -> std::io::Result<Secret> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    let mut text = String::new();
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text.into())
}
