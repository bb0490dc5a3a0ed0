//! Devices that are carried from one area network to another, and gateways that are cut off.

use omadm_gwmo::payload::{Dev, Devices};
use omadm_proto::alert::types;

use super::{WanState, World};
use crate::node::Node;

/// How a device leaves the area network of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the gateway tells or does not")]
pub enum Leave {
    /// The gateway tells the server that it left, as soon as it can.
    Told,
    /// The gateway does not notice.
    Unnoticed,
}

impl World {
    /// Carries the device `number`, switched off, into the area network of the gateway `to`, and switches it on there. It has
    /// another address then, an account at that gateway, and no link to the gateway before.
    pub fn carry(&mut self, number: u32, to: u32, leave: Leave) {
        let device = Node::Device(number);
        let Some(carried) = self.devices.get_mut(&number) else { return };
        let from = core::mem::replace(&mut carried.manager, Node::Gateway(to));
        // What was on the wire does not follow it.
        self.network.drop_in_flight(|parcel| parcel.concerns(device));
        self.restart(device);
        self.network_note(&format!("{device}: is carried from {from} to gw{to}"));
        if let (Leave::Told, Node::Gateway(from)) = (leave, from) {
            self.tell_left(number, from);
        }
        let now = self.now();
        if let Some(gateway) = self.gateways.get_mut(&to) {
            gateway.welcome(now, device, &self.plan);
            self.wake(Node::Gateway(to));
        }
    }

    /// The gateway `gateway` tells that the device `number` left it, if it knew it.
    fn tell_left(&mut self, number: u32, gateway: u32) {
        let Some(inventory) = self.gateway(gateway).map(xrem_server::grem::Grem::inventory) else { return };
        let Some(known) = inventory.find(&Node::Device(number).dev_id()) else { return };
        let mut device = Dev::new(known.id.clone(), known.record_name());
        device.why = Some("left".to_owned());
        let payload = Devices::new(inventory.head().revision, vec![device]).to_xml();
        self.report(gateway, types::GWMO_DEVICE_DETACHED, &payload);
    }

    /// Whether the device `number` is in the area network of the gateway `gateway`.
    pub(super) fn is_in_area(&self, number: u32, gateway: u32) -> bool {
        self.devices.get(&number).is_some_and(|device| device.manager == Node::Gateway(gateway))
    }

    /// From now on nothing crosses the WAN from and to `node`, or everything again.
    pub fn switch_wan_of(&mut self, node: Node, state: WanState) {
        match state {
            WanState::Down => self.cut_off.insert(node),
            WanState::Up => self.cut_off.remove(&node),
        };
        self.network_note(&format!("{node}: its WAN is {state:?}"));
    }
}
