//! A device as the program `drem` runs it, with its files in the folder of a site.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use drem::device::{Bootstrap, Config, Device, Firmware, Stop, Until};
use drem::tree_file::Identity;
use drem::ui::Rule;
use serde_json::json;
use xrem_client::Account;
use xrem_client::update::ImageKey;

use super::site::Site;

/// The device. It is not there unless it is [`RealDevice::run`] or [`RealDevice::start`]ed.
pub(crate) struct RealDevice {
    config: Config,
    folder: PathBuf,
}

/// A device that runs until this is dropped.
pub(crate) struct Running {
    stop: Stop,
    thread: Option<JoinHandle<()>>,
}

impl RealDevice {
    /// The device `id`, registered at the server.
    pub(crate) fn registered(site: &Site, id: &str) -> Self {
        Self::registered_with(site, id, "")
    }

    /// The same with the nodes of a tree file besides.
    pub(crate) fn registered_with(site: &Site, id: &str, nodes: &str) -> Self {
        let body = json!({"id": id, "client": {"name": id, "secret": "device secret"},
            "server": {"id": "nrem", "secret": "server secret"}});
        let answer = site.http.api("/devices", &body);
        assert_eq!(answer.status, 201, "{}", answer.text());
        let folder = site.folder.path().join(format!("device-{id}"));
        std::fs::create_dir_all(&folder).unwrap();
        let tree = (!nodes.is_empty()).then(|| folder.join("tree.toml"));
        if let Some(file) = &tree {
            std::fs::write(file, nodes).unwrap();
        }
        let url = format!("{}/dm", site.http.base);
        let config = Config {
            tree,
            identity: Identity {
                dev_id: Some(id.to_owned()),
                server_id: "nrem".to_owned(),
                server_url: url.clone(),
                fw_version: "1.0".to_owned(),
            },
            state: folder.join("state"),
            image: None,
            packages: Some(folder.join("packages")),
            package_room: None,
            account: Some(Account::new("nrem", &*url).client(id, "device secret").server("server secret")),
            bootstrap: Bootstrap::default(),
            ui: Rule::None,
            poll: None,
            metrics: None,
            firmware: Firmware::default(),
            proxy: None,
            until: Until::Idle,
        };
        Self { config, folder }
    }

    /// The same with the image `bytes` of version `version` in its first slot.
    pub(crate) fn with_firmware(mut self, version: &str, bytes: &[u8]) -> Self {
        let file = self.folder.join("factory.img");
        std::fs::write(&file, bytes).unwrap();
        self.config.image = Some(file);
        version.clone_into(&mut self.config.identity.fw_version);
        self
    }

    /// The same, which takes only what is signed with `key`.
    pub(crate) fn with_key(mut self, key: ImageKey) -> Self {
        self.config.firmware.key = Some(key);
        self
    }

    /// One session and all that it starts.
    pub(crate) fn run(&self) {
        Device::open(self.config.clone(), None).unwrap().run(&Stop::default()).unwrap();
    }

    /// Sessions all the time.
    pub(crate) fn start(&self) -> Running {
        let config = Config { poll: Some(Duration::from_millis(300)), until: Until::Stopped, ..self.config.clone() };
        let (device, stop) = (Arc::new(Device::open(config, None).unwrap()), Stop::default());
        let seen = stop.clone();
        let thread = std::thread::spawn(move || {
            device.run(&seen).unwrap();
        });
        Running { stop, thread: Some(thread) }
    }

    /// What is installed as `component`: the bytes of its package, and whether it is active.
    pub(crate) fn installed(&self, component: &str) -> Option<(String, bool)> {
        let place = self.folder.join("packages/installed").join(component);
        Some((std::fs::read_to_string(place.join("package")).ok()?, place.join("active").exists()))
    }

    /// The image in the slot that is kept.
    pub(crate) fn firmware(&self) -> Vec<u8> {
        std::fs::read(Device::open(self.config.clone(), None).unwrap().active_slot().unwrap()).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
