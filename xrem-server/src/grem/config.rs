//! What a gateway is: its identity, its account at the server, its devices, its limits.

use alloc::string::String;
use alloc::vec::Vec;

use omadm_gwmo::fanout::FanoutSettings;
use omadm_gwmo::image::ImageSettings;
use omadm_gwmo::mo::{GatewayFacts, GatewayObjects};
use omadm_gwmo::names::NodeNames;
use omadm_proto::ids::{DevId, ServerId};
use omadm_tree::mo::{DevDetail, DevInfo, DmAcc};
use omadm_tree::{BuildError, Tree};
use xrem_client::account::Account;

use crate::session::Settings;
use crate::store::ClientAccount;

/// A device of the area network, as the gateway is told about it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LanDevice {
    /// How it and the gateway prove themselves to each other.
    pub account: ClientAccount,
    /// Where its notifications go, in the words of the driver (`127.0.0.1:4001`); `None` when it only comes by itself.
    pub address: Option<String>,
}

impl LanDevice {
    /// A device with `account`, notified at `address`.
    #[must_use]
    pub const fn new(account: ClientAccount, address: Option<String>) -> Self {
        Self { account, address }
    }
}

/// Everything a gateway is told before it starts.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct GremConfig {
    /// DevId of the gateway.
    pub id: DevId,
    /// `DevInfo/Man`.
    pub man: String,
    /// `DevInfo/Mod`.
    pub model: String,
    /// `DevDetail/FwV`.
    pub fwv: String,
    /// The account at the network server.
    pub north: Account,
    /// The devices.
    pub devices: Vec<LanDevice>,
    /// Devices that the inventory may hold.
    pub max_devices: usize,
    /// Alerts that may wait for the server at once; devices keep theirs while it is reached.
    pub max_waiting_alerts: usize,
    /// How sessions with devices are limited.
    pub south: Settings,
    /// How jobs are limited.
    pub fanout: FanoutSettings,
    /// How images are limited, and what their local URLs begin with.
    pub images: ImageSettings,
    /// The spelling of the GwMO nodes.
    pub names: NodeNames,
}

impl GremConfig {
    /// The gateway `id` with its account at the network server, whose images devices find below `base_url`.
    ///
    /// The driver's epoch is taken to be 1970; a driver with another one sets `fanout.epoch`. It must be the same after a
    /// restart, because deadlines are stored.
    #[must_use]
    pub fn new(id: impl Into<String>, north: Account, base_url: impl Into<String>) -> Self {
        let id = DevId::new(id);
        Self {
            man: "xrem".into(),
            model: "grem".into(),
            fwv: env!("CARGO_PKG_VERSION").into(),
            north,
            devices: Vec::new(),
            max_devices: 10_000,
            max_waiting_alerts: 1024,
            south: Settings::default(),
            fanout: FanoutSettings::new(id.clone()),
            images: ImageSettings::new(base_url),
            names: NodeNames::new(),
            id,
        }
    }

    /// The same with one more device.
    #[must_use]
    pub fn device(mut self, device: LanDevice) -> Self {
        self.devices.push(device);
        self
    }

    /// The server that manages the gateway.
    #[must_use]
    pub const fn server(&self) -> &ServerId {
        self.north.server_id()
    }

    /// The tree of a gateway that starts for the first time.
    pub(super) fn tree(&self) -> Result<Tree, BuildError> {
        let mut facts = GatewayFacts::new(self.id.clone());
        facts.max_devices = count(self.max_devices);
        facts.max_jobs = count(self.fanout.max_jobs);
        facts.max_parallel = u64::from(self.fanout.max_parallel);
        facts.max_targets = count(self.fanout.max_targets);
        facts.max_report = count(self.fanout.max_report);
        facts.store_bytes = self.images.store_bytes;
        Tree::builder()
            .clock(self.fanout.epoch)
            .mo(DevInfo::new(self.id.as_str()).man(self.man.clone()).model(self.model.clone()).lang("en"))
            .mo(DevDetail::new().fw(self.fwv.clone()).large_objects(true))
            .mo(DmAcc::at("./DMAcc/north", self.server().as_str()))
            .mo(GatewayObjects::new(&self.names, facts))
            .managed_by(self.server().as_str())
            .build()
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
