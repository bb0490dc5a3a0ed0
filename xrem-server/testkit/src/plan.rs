//! What a world is made of.

use core::time::Duration;

use omadm_proto::auth::Scheme;
use omadm_proto::exchange::Syntax;

use crate::network::Faults;
use crate::node::Node;

/// The nodes of a world, its links and its seed.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Plan {
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// How all messages are spelled.
    pub syntax: Syntax,
    /// Gateways.
    pub gateways: u32,
    /// Devices behind each of them.
    pub behind: u32,
    /// Devices that the network server reaches itself; numbered after those behind gateways.
    pub direct: u32,
    /// How many of the direct devices, the last ones, are registered as gateways: nodes that manage themselves like a device.
    pub plain_gateways: u32,
    /// The network between the server, the gateways and the direct devices.
    pub wan: Faults,
    /// The networks between gateways and devices.
    pub lan: Faults,
    /// How often a gateway or device comes by itself.
    pub poll: Option<Duration>,
    /// How nodes and their managers prove who they are.
    pub scheme: Scheme,
    /// The largest message that a device takes; `None`: as large as any.
    pub device_message: Option<usize>,
    /// The largest object that a device takes; `None`: as large as any.
    pub device_object: Option<u64>,
    /// The largest message that the network server wants; `None`: as large as it usually takes.
    pub server_message: Option<u64>,
    /// How long the network server waits for the alert of a command that was accepted.
    pub patience: Duration,
    /// Whether devices have performance functions and traps.
    pub monitored: bool,
}

impl Plan {
    /// A network server alone; messages in `syntax`, no faults.
    #[must_use]
    pub fn new(syntax: Syntax) -> Self {
        let (wan, lan) = (Faults::default(), Faults::default());
        Self {
            seed: 1,
            syntax,
            gateways: 0,
            behind: 0,
            direct: 0,
            plain_gateways: 0,
            wan,
            lan,
            poll: None,
            scheme: Scheme::Md5,
            device_message: None,
            device_object: None,
            server_message: None,
            patience: Duration::from_secs(86_400),
            monitored: false,
        }
    }

    /// The same with performance functions and traps on all devices, all of them off: `./DiagMon/memory`,
    /// `./DiagMon/thermometer`, and below `./DiagMon/Traps` `heat`, on the temperature, and `door`, an event.
    #[must_use]
    pub const fn monitored(self) -> Self {
        Self { monitored: true, ..self }
    }

    /// The same with `gateways` gateways and `behind` devices behind each.
    #[must_use]
    pub const fn gateways(self, gateways: u32, behind: u32) -> Self {
        Self { gateways, behind, ..self }
    }

    /// The same with `direct` devices that the server reaches itself.
    #[must_use]
    pub const fn direct(self, direct: u32) -> Self {
        Self { direct, ..self }
    }

    /// The same with `gateways` more direct devices that are registered as gateways.
    #[must_use]
    pub const fn plain_gateways(self, gateways: u32) -> Self {
        Self { direct: self.direct + gateways, plain_gateways: gateways, ..self }
    }

    /// The same with another seed.
    #[must_use]
    pub const fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The same with bad links. Nodes then come by themselves every ten minutes, because a notification whose nonce was lost
    /// proves nothing to them.
    #[must_use]
    pub const fn faults(self, wan: Faults, lan: Faults) -> Self {
        Self { wan, lan, poll: Some(Duration::from_secs(600)), ..self }
    }

    /// Who manages the device `number`.
    #[must_use]
    pub fn manager_of(&self, number: u32) -> Node {
        match number.checked_sub(1).and_then(|index| index.checked_div(self.behind)) {
            Some(gateway) if gateway < self.gateways => Node::Gateway(gateway + 1),
            _ => Node::Server,
        }
    }

    /// The numbers of all devices.
    pub fn devices(&self) -> impl Iterator<Item = u32> + use<> {
        1..=self.gateways * self.behind + self.direct
    }

    /// The numbers of the devices behind the gateway `number`.
    pub fn devices_behind(&self, number: u32) -> impl Iterator<Item = u32> + use<> {
        let first = number.saturating_sub(1) * self.behind + 1;
        first..first + self.behind
    }

    /// The numbers of the direct devices.
    pub fn direct_devices(&self) -> impl Iterator<Item = u32> + use<> {
        self.devices().skip(usize::try_from(self.gateways * self.behind).unwrap_or(usize::MAX))
    }
}
