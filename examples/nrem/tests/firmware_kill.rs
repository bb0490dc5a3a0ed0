//! `kill -9` of the network server again and again while a real gateway upgrades real devices: the task completes, and no device
//! is updated twice.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(unix)]

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use drem::device::{Bootstrap, Device, Stop, Until};
use drem::tree_file::Identity;
use drem::ui::Rule;
use grem::config::{Lan, Login, North, SchemeName};
use omadm_proto::auth::Secret;
use omadm_proto::exchange::Syntax;
use serde_json::{Value, json};
use xrem_client::Account;

const GATEWAY: &str = "urn:test:gateway";
/// Longer than the fall-back polls, far longer than the job takes.
const PATIENCE: Duration = Duration::from_secs(90);

/// The server in a process of its own, always at the same address.
struct Nrem {
    child: Child,
}

impl Nrem {
    fn start(listen: SocketAddr, state: &Path) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_nrem"))
            .args(["serve", "--listen", &listen.to_string(), "--state"])
            .arg(state)
            .env("RUST_LOG", "off")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { child }
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Nrem {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Api {
    agent: ureq::Agent,
    base: String,
}

impl Api {
    fn new(listen: SocketAddr) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build();
        Self { agent: config.into(), base: format!("http://{listen}") }
    }

    /// Asks until the server, which may just be starting, answers.
    fn call(&self, what: &str, call: impl Fn() -> Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Value {
        let give_up = Instant::now() + PATIENCE;
        loop {
            match call() {
                Ok(mut answer) => {
                    let text = answer.body_mut().read_to_string().unwrap();
                    assert!(answer.status().is_success(), "{what}: {} {text}", answer.status());
                    return serde_json::from_str(&text).unwrap();
                }
                Err(error) => assert!(Instant::now() < give_up, "{what}: {error}"),
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.call(path, || self.agent.post(format!("{}{path}", self.base)).send_json(body))
    }

    fn put(&self, path: &str, body: &[u8]) -> Value {
        self.call(path, || self.agent.put(format!("{}{path}", self.base)).send(body))
    }

    fn get(&self, path: &str) -> Value {
        self.call(path, || self.agent.get(format!("{}{path}", self.base)).call())
    }
}

/// A gateway with its devices, in this process.
struct Area {
    gateway: Option<grem::Handle>,
    devices: Vec<Arc<Device>>,
    threads: Vec<JoinHandle<()>>,
    stop: Stop,
}

impl Area {
    fn start(dir: &Path, nrem: SocketAddr, devices: usize, sockets: grem::Sockets) -> Self {
        let lan = sockets.lan.local_addr().unwrap();
        let names: Vec<String> = (1..=devices).map(|number| format!("urn:test:device:{number}")).collect();
        let device_sockets: Vec<UdpSocket> = names.iter().map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
        let accounts = names.iter().zip(&device_sockets).map(|(id, socket)| grem::config::Device {
            id: id.clone(),
            name: id.clone(),
            secret: Secret::new("device secret"),
            server_secret: Secret::new("gateway secret"),
            scheme: SchemeName::Md5,
            client_nonce: None,
            server_nonce: None,
            notify: Some(socket.local_addr().unwrap()),
        });
        let config = grem::Config {
            id: GATEWAY.into(),
            man: "test".into(),
            model: "test".into(),
            north: North {
                url: format!("http://{nrem}/dm"),
                server_id: "nrem".into(),
                client: Login { name: "gateway".into(), secret: Secret::new("north secret") },
                server_secret: Secret::new("nrem secret"),
                scheme: SchemeName::Md5,
                client_nonce: None,
                server_nonce: None,
                wbxml: false,
                notify: sockets.notify.local_addr().unwrap(),
                poll: 2,
                proxy: None,
            },
            lan: Lan { listen: lan, public_url: None, server_id: None },
            devices: accounts.collect(),
            state: dir.join("gateway"),
        };
        let gateway = grem::serve_on(&config, sockets).unwrap();
        let mut area = Self { gateway: Some(gateway), devices: Vec::new(), threads: Vec::new(), stop: Stop::default() };
        for (id, socket) in names.into_iter().zip(device_sockets) {
            let config = drem::device::Config {
                tree: None,
                identity: Identity {
                    dev_id: Some(id.clone()),
                    server_id: GATEWAY.into(),
                    server_url: format!("http://{lan}/dm"),
                    fw_version: "1.0".into(),
                },
                state: dir.join(id.replace(':', "-")),
                image: None,
                firmware: drem::device::Firmware::default(),
                packages: None,
                package_room: None,
                account: Some(
                    Account::new(GATEWAY, format!("http://{lan}/dm"))
                        .client(id.as_str(), "device secret")
                        .server("gateway secret")
                        .syntax(Syntax::Xml),
                ),
                bootstrap: Bootstrap::default(),
                ui: Rule::None,
                poll: Some(Duration::from_secs(2)),
                metrics: None,
                proxy: None,
                until: Until::Stopped,
            };
            let device = Arc::new(Device::open(config, Some(socket)).unwrap());
            let (running, stop) = (Arc::clone(&device), area.stop.clone());
            area.threads.push(std::thread::spawn(move || {
                running.run(&stop).unwrap();
            }));
            area.devices.push(device);
        }
        area
    }

    fn active_slots(&self) -> Vec<PathBuf> {
        self.devices.iter().map(|device| device.active_slot().unwrap()).collect()
    }
}

impl Drop for Area {
    fn drop(&mut self) {
        self.stop.stop();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
        drop(self.gateway.take());
    }
}

#[test]
fn killed_again_and_again_a_firmware_task_completes_and_no_device_is_updated_twice() {
    const DEVICES: usize = 4;
    let dir = tempfile::tempdir().unwrap();
    let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let state = dir.path().join("nrem");
    let mut nrem = Nrem::start(listen, &state);
    let api = Api::new(listen);
    let sockets = grem::Sockets {
        lan: TcpListener::bind("127.0.0.1:0").unwrap(),
        notify: UdpSocket::bind("127.0.0.1:0").unwrap(),
    };
    api.post(
        "/api/v1/devices",
        &json!({
        "id": GATEWAY, "kind": "gateway", "scheme": "md5",
        "client": {"name": "gateway", "secret": "north secret"},
        "server": {"id": "nrem", "secret": "nrem secret"},
        "notify": format!("udp://{}", sockets.notify.local_addr().unwrap())}),
    );
    for number in 1..=DEVICES {
        api.post("/api/v1/devices", &json!({"id": format!("urn:test:device:{number}"), "gateway": GATEWAY}));
    }
    let image: Vec<u8> = (0..1_500_000_u32).map(|number| (number % 251) as u8).collect();
    api.put("/api/v1/images/firmware?version=2.0", &image);
    let area = Area::start(dir.path(), listen, DEVICES, sockets);
    let task = api.post("/api/v1/firmware", &json!({"target": {"all": "devices"}, "image": "firmware"}));
    let path = format!("/api/v1/tasks/{}", task["id"]);

    let give_up = Instant::now() + PATIENCE;
    let mut kills = 0;
    let done = loop {
        // Different moments of the task: what it does next takes from a few to some hundred milliseconds.
        std::thread::sleep(Duration::from_millis(20 + 70 * (kills % 7)));
        let view = api.get(&path);
        if view["state"] == "done" {
            break view;
        }
        assert!(Instant::now() < give_up, "after {kills} kills: {view:#}");
        if kills < 20 {
            nrem.kill();
            nrem = Nrem::start(listen, &state);
            kills += 1;
        }
    };

    assert!(kills > 0, "the task was over before the server was killed");
    assert_eq!(done["counts"]["ok"], DEVICES, "{done:#}");
    for slot in area.active_slots() {
        // One update leads from slot a to slot b; a second one would lead back.
        assert!(slot.ends_with("slot-b.img"), "{}", slot.display());
        assert!(std::fs::read(&slot).unwrap() == image, "{} holds something else", slot.display());
    }
}
