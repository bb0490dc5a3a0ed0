//! A whole system on one virtual clock: a network server, gateways, devices, their links and their power.
//!
//! ```text
//! step: a node has something to do  -> it does one thing (stores, sends, writes flash, ...)
//!       else the next parcel arrives, or the next deadline comes: the clock jumps there
//! ```
//!
//! Every node is driven as its contract says, one output a step, so that power can fail between any two of them
//! ([`World::cut`]). A message that is lost in either direction becomes a failure when its time is over; notifications are
//! lost silently. A world that panics, or a test that fails around it, prints the last lines of its trace.

mod campaigns;
mod moves;
mod power;
mod requesters;
mod run;
mod tasks;
mod wire;

pub use crate::station::BootError;
pub use campaigns::NoCampaign;
pub use moves::Leave;
pub use run::Trouble;
pub use tasks::{Counts, Refused};

use alloc::collections::{BTreeMap, BTreeSet};

use omadm_proto::time::Instant;
use omadm_tree::mo::diag_mon::Decimal;
use omadm_tree::{BuildError, Tree};
use xrem_client::drem::Drem;
use xrem_server::grem::Grem;
use xrem_server::store::MemoryStore;

use crate::agenda::Agenda;
pub use crate::application::Sessions;
use crate::device::{DeviceNode, FACTORY_IMAGE};
use crate::flash::Flash;
use crate::gateway::GatewayNode;
use crate::network::{Network, Struck};
use crate::node::Node;
use crate::plan::Plan;
use crate::power::Power;
use crate::server::ServerNode;
use crate::shelf::Shelf;
use crate::station::{CallId, Station};
use crate::trace::Trace;
use crate::traffic::{Link, Traffic};
use wire::{Call, Parcel};

/// A system under test.
pub struct World {
    plan: Plan,
    network: Network<Parcel>,
    agenda: Agenda,
    server: ServerNode,
    gateways: BTreeMap<u32, GatewayNode>,
    devices: BTreeMap<u32, DeviceNode>,
    /// Nodes that may have something to do now.
    busy: BTreeSet<Node>,
    off: BTreeSet<Node>,
    calls: BTreeMap<CallId, Call>,
    last_call: CallId,
    wan: Traffic,
    lan: Traffic,
    /// The same by area network, under the numbers of their gateways.
    areas: BTreeMap<u32, Traffic>,
    /// The WAN is cut.
    wan_down: bool,
    /// These alone cannot use it.
    cut_off: BTreeSet<Node>,
    trace: Trace,
    steps: u64,
    /// A node that restarts after so many steps.
    to_restart: Option<(u64, Node)>,
}

impl World {
    /// The world that `plan` describes, with everything registered and all power off.
    ///
    /// # Errors
    /// When a tree cannot be built.
    pub fn new(plan: Plan) -> Result<Self, BuildError> {
        let gateways = (1..=plan.gateways).map(|number| Ok((number, GatewayNode::new(&plan, number)?)));
        let devices = plan.devices().map(|number| {
            let (node, manager) = (Node::Device(number), plan.manager_of(number));
            Ok((number, DeviceNode::new(node, manager, plan)?))
        });
        let mut world = Self {
            plan,
            network: Network::new(plan.seed),
            agenda: Agenda::default(),
            server: ServerNode::new(&plan),
            gateways: gateways.collect::<Result<_, BuildError>>()?,
            devices: devices.collect::<Result<_, BuildError>>()?,
            busy: BTreeSet::new(),
            off: BTreeSet::new(),
            calls: BTreeMap::new(),
            last_call: 0,
            wan: Traffic::default(),
            lan: Traffic::default(),
            areas: BTreeMap::new(),
            wan_down: false,
            cut_off: BTreeSet::new(),
            trace: Trace::default(),
            steps: 0,
            to_restart: None,
        };
        world.off.extend(world.nodes());
        world.register();
        Ok(world)
    }

    /// The same with all power on, after everything that follows from that: gateways and devices have been in a session, and
    /// the server knows who is behind which gateway.
    ///
    /// # Errors
    /// [`Trouble`] when it does not get so far.
    pub fn started(plan: Plan) -> Result<Self, Trouble> {
        let mut world = Self::new(plan).map_err(BootError::from).map_err(Trouble::Boot)?;
        for node in world.nodes() {
            world.restore(node)?;
        }
        world.run_until(run::DAY, |world| world.is_at_rest() && world.all_known())?;
        Ok(world)
    }

    /// All nodes.
    #[must_use]
    pub fn nodes(&self) -> Vec<Node> {
        let gateways = self.gateways.keys().map(|number| Node::Gateway(*number));
        let devices = self.devices.keys().map(|number| Node::Device(*number));
        [Node::Server].into_iter().chain(gateways).chain(devices).collect()
    }

    /// What it is made of.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The virtual time.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.network.now()
    }

    /// What happened.
    #[must_use]
    pub const fn trace(&self) -> &Trace {
        &self.trace
    }

    /// What was sent so far.
    #[must_use]
    pub const fn traffic(&self, link: Link) -> Traffic {
        match link {
            Link::Lan => self.lan,
            Link::Wan => self.wan,
        }
    }

    /// All bytes that went over the WAN.
    #[must_use]
    pub const fn wan_bytes(&self) -> u64 {
        self.wan.bytes()
    }

    /// All bytes that went over the area networks.
    #[must_use]
    pub const fn lan_bytes(&self) -> u64 {
        self.lan.bytes()
    }

    /// What was sent so far in the area network of the gateway `number`, by the gateway and by devices.
    #[must_use]
    pub fn area(&self, number: u32) -> Traffic {
        self.areas.get(&number).copied().unwrap_or_default()
    }

    /// The database of the network server.
    #[must_use]
    pub const fn store(&self) -> &MemoryStore {
        &self.server.store
    }

    /// What the network server told so far.
    #[must_use]
    pub fn server_events(&self) -> &[xrem_server::nrem::Event] {
        &self.server.events
    }

    /// The gateway `number`.
    #[must_use]
    pub fn gateway(&self, number: u32) -> Option<&Grem> {
        self.gateways.get(&number).map(|gateway| &gateway.grem)
    }

    /// The machine of the device `number`.
    #[must_use]
    pub fn drem(&self, number: u32) -> Option<&Drem> {
        self.devices.get(&number).map(|device| &device.drem)
    }

    /// The tree of the device `number`.
    #[must_use]
    pub fn tree(&self, number: u32) -> Option<&Tree> {
        self.devices.get(&number).map(|device| &device.tree)
    }

    /// The same, for what its owner does to it.
    pub fn tree_mut(&mut self, number: u32) -> Option<&mut Tree> {
        self.devices.get_mut(&number).map(|device| &mut device.tree)
    }

    /// The flash memory of the device `number`.
    #[must_use]
    pub fn flash(&self, number: u32) -> Option<&Flash> {
        self.devices.get(&number).map(|device| &device.flash)
    }

    /// The same, to damage it.
    pub fn flash_mut(&mut self, number: u32) -> Option<&mut Flash> {
        self.devices.get_mut(&number).map(|device| &mut device.flash)
    }

    /// The write points of the device `number`.
    #[must_use]
    pub fn power(&self, number: u32) -> Option<&Power> {
        self.devices.get(&number).map(|device| &device.power)
    }

    /// The same, to choose where its power fails.
    pub fn power_mut(&mut self, number: u32) -> Option<&mut Power> {
        self.devices.get_mut(&number).map(|device| &mut device.power)
    }

    /// The software of the device `number`.
    #[must_use]
    pub fn shelf(&self, number: u32) -> Option<&Shelf> {
        self.devices.get(&number).map(|device| &device.shelf)
    }

    /// The same, to take its room away.
    pub fn shelf_mut(&mut self, number: u32) -> Option<&mut Shelf> {
        self.devices.get_mut(&number).map(|device| &mut device.shelf)
    }

    /// The image that every device runs when it leaves the factory.
    #[must_use]
    pub const fn factory_image() -> &'static [u8] {
        FACTORY_IMAGE
    }

    /// How often the device `number` ran each Exec that is not about firmware, by URI and Correlator.
    #[must_use]
    pub fn execs(&self, number: u32) -> BTreeMap<(String, Option<String>), u32> {
        self.devices.get(&number).map(|device| device.application.execs.clone()).unwrap_or_default()
    }

    /// How often the device `number` executed commands, by verb and URI.
    #[must_use]
    pub fn executed(&self, number: u32) -> BTreeMap<(String, String), u32> {
        self.devices.get(&number).map(|device| device.application.executed.clone()).unwrap_or_default()
    }

    /// The sessions of the device `number` so far.
    #[must_use]
    pub fn sessions(&self, number: u32) -> Sessions {
        self.devices.get(&number).map(|device| device.application.sessions).unwrap_or_default()
    }

    /// How often faults struck so far.
    #[must_use]
    pub const fn struck(&self) -> Struck {
        self.network.struck
    }

    /// From now on everything that the device `number` fetches arrives damaged, or no longer so.
    pub fn damage_fetches(&mut self, number: u32, damage: Damage) {
        if let Some(device) = self.devices.get_mut(&number) {
            device.damaged = damage == Damage::OneBit;
        }
    }

    /// From now on nothing crosses the WAN, or everything again.
    pub fn switch_wan(&mut self, state: WanState) {
        self.wan_down = state == WanState::Down;
        self.network_note(if self.wan_down { "the WAN is cut" } else { "the WAN is back" });
    }

    /// Raises a generic alert on the device `number`, as its application would.
    pub fn raise(&mut self, number: u32, alert: xrem_client::GenericAlert) {
        let now = self.now();
        if let Some(device) = self.devices.get_mut(&number) {
            device.application.raise(now, alert);
            self.wake(Node::Device(number));
        }
    }

    /// From now on the sensor `function/metric` of the device `number` shows `value`.
    pub fn show(&mut self, number: u32, sensor: &str, value: Decimal) {
        if let Some(device) = self.devices.get_mut(&number) {
            device.sensors.insert(sensor.to_owned(), value);
        }
    }

    /// `node` may have something to do, if it is on.
    fn wake(&mut self, node: Node) {
        if !self.off.contains(&node) {
            self.busy.insert(node);
        }
    }

    fn network_note(&mut self, text: &str) {
        self.trace.note(self.network.now(), &text);
    }

    fn station(&mut self, node: Node) -> Option<&mut dyn Station> {
        Some(match node {
            Node::Server => &mut self.server,
            Node::Gateway(number) => self.gateways.get_mut(&number)?,
            Node::Device(number) => self.devices.get_mut(&number)?,
        })
    }

    /// Whether the server knows the place of every device that is behind a gateway.
    fn all_known(&self) -> bool {
        let known = |number: &u32| tasks::place(self.store(), &Node::Device(*number).dev_id()).is_some();
        let behind = |number: &u32| self.plan.manager_of(*number) != Node::Server;
        self.devices.keys().filter(|number| behind(number)).all(known)
    }
}

/// What happens to bytes on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "damaged or not")]
pub enum Damage {
    /// They arrive as they were sent.
    None,
    /// One bit of each block is another.
    OneBit,
}

/// Whether the WAN carries anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "up or down")]
pub enum WanState {
    /// It does.
    Up,
    /// It does not.
    Down,
}

impl core::fmt::Debug for World {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("World").field("plan", &self.plan).field("now", &self.now()).finish_non_exhaustive()
    }
}

impl Drop for World {
    #[expect(clippy::print_stderr, reason = "a failed test shows what led to it")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{:?}\n{}", self.plan, self.trace);
        }
    }
}
