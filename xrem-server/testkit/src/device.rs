//! A device: the DREM with its tree, its records, its flash memory and its software.

use alloc::collections::{BTreeMap, VecDeque};

use omadm_proto::auth::nonce::Seed;
use omadm_proto::exchange::{Inbound, SendFailure};
use omadm_proto::ids::{ActionId, ServerId};
use omadm_proto::limits::Limits;
use omadm_proto::message::Format;
use omadm_proto::time::Instant;
use omadm_tree::mo::diag_mon::Decimal;
use omadm_tree::mo::{ConfigFile, DIAG_FUNCTION, DIAG_TRAP, DevDetail, DevInfo, Fumo, LAWMO, SCOMO_1_0};
use omadm_tree::{AccessType, BuildError, NodeSpec, Right, Tree, TreeBuilder};
use xrem_client::drem::Drem;
use xrem_client::interaction::UserInterface;
use xrem_client::monitor::Measurement;
use xrem_client::output::{Action, ActionFailure, ActionResult, Output};
use xrem_client::record::{Record, take_tree};
use xrem_client::trigger::Trigger;
use xrem_client::update::Booted;

use crate::application::Application;
use crate::flash::Flash;
use crate::node::Node;
use crate::plan::Plan;
use crate::power::{Cut, Point, Power};
use crate::shelf::Shelf;
use crate::station::{BootError, CallId, Effect, Reply, Request, Station, Ticket};

/// The image that a device leaves the factory with.
pub(crate) const FACTORY_IMAGE: &[u8] = b"factory image";

pub(crate) struct DeviceNode {
    node: Node,
    /// Whose area network it is in, or the network server.
    pub(crate) manager: Node,
    plan: Plan,
    pub(crate) drem: Drem,
    pub(crate) tree: Tree,
    pub(crate) flash: Flash,
    pub(crate) power: Power,
    pub(crate) shelf: Shelf,
    records: BTreeMap<String, Record>,
    results: VecDeque<(ActionId, ActionResult)>,
    pub(crate) application: Application,
    /// Bytes that it fetches are damaged on the way.
    pub(crate) damaged: bool,
    /// What its sensors show, by `function/metric`.
    pub(crate) sensors: BTreeMap<String, Decimal>,
}

fn factory_tree(node: Node, manager: Node, plan: &Plan) -> Result<Tree, BuildError> {
    let tree = Tree::builder()
        .mo(DevInfo::new(node.dev_id().as_str()).man("Acme").model("Meter2").lang("en"))
        .mo(DevDetail::new().fw("1.0").hw("h1").large_objects(true).active(0, ""))
        .mo(Fumo::at("./FUMO"))
        .mo(SCOMO_1_0.instance("./SCOMO").complete())
        .mo(LAWMO.instance("./LAWMO").complete())
        .mo(ConfigFile::at("./XRem/Config"))
        .leaf("./App/Interval", 900)
        .leaf("./App/Name", node.to_string())
        .node("./App/Run", NodeSpec::interior().access(AccessType::ALL))
        .node("./App/Later", NodeSpec::interior().access(AccessType::ALL))
        .live("./App/Heat", Format::Int)
        .managed_by(manager.to_string().as_str());
    if plan.monitored { monitored(tree).build() } else { tree.build() }
}

fn monitored(tree: TreeBuilder) -> TreeBuilder {
    let function = |name: &str| DIAG_FUNCTION.instance(&format!("./DiagMon/{name}")).live("Data");
    let trap = |name: &str| DIAG_TRAP.instance(&format!("./DiagMon/Traps/{name}"));
    tree.mo(DIAG_FUNCTION.with_moi("urn:oma:mo:oma-diag:memory:1.0").instance("./DiagMon/memory").live("Data"))
        .mo(function("thermometer"))
        .mo(trap("heat").fill("Condition", "temperature > 80").fill("Severity", "critical"))
        .mo(trap("door"))
}

/// 32 bytes made of `seed`, another for each node.
pub(crate) fn seed_of(seed: u64, node: Node) -> Seed {
    let (kind, number) = match node {
        Node::Server => (0, 0),
        Node::Gateway(number) => (1, number),
        Node::Device(number) => (2, number),
    };
    let mut bytes = [kind; 32];
    let parts = seed.to_be_bytes().into_iter().chain(number.to_be_bytes());
    bytes.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
    Seed::new(bytes)
}

impl DeviceNode {
    pub(crate) fn new(node: Node, manager: Node, plan: Plan) -> Result<Self, BuildError> {
        Ok(Self {
            node,
            manager,
            plan,
            drem: Drem::new([], seed_of(plan.seed, node)),
            tree: factory_tree(node, manager, &plan)?,
            flash: Flash::running(FACTORY_IMAGE),
            power: Power::default(),
            shelf: Shelf::default(),
            records: BTreeMap::new(),
            results: VecDeque::new(),
            application: Application::new(plan.seed),
            damaged: false,
            sensors: BTreeMap::new(),
        })
    }

    /// Whoever gave it another manager gave that one the rights of the one before as well.
    fn hand_over(&mut self) -> Result<(), BuildError> {
        let manager = ServerId::new(self.manager.to_string());
        if !self.tree.root().acl().allows(Right::Replace, &manager) {
            let acl = factory_tree(self.node, self.manager, &self.plan)?.root().acl().clone();
            let given = self.tree.set_acl(".", acl);
            debug_assert!(given.is_ok(), "every tree has a root: {given:?}");
        }
        Ok(())
    }

    /// What the sensors show whose names begin and end so.
    fn measure(&self, begin: &str, end: &str) -> ActionResult {
        let shown =
            self.sensors.iter().filter(|(name, _)| name.starts_with(begin) && format!("/{name}").ends_with(end));
        let metric = |name: &str| name.rsplit_once('/').map_or(name, |(_, metric)| metric).to_owned();
        ActionResult::Measured(shown.map(|(name, value)| Measurement::new(metric(name), *value)).collect())
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "all others are for the flash memory, or refused by it")]
    fn act(&mut self, now: Instant, id: ActionId, action: Action) -> Effect {
        let told = format!("{}: {action:?}", self.node);
        let result = match action {
            Action::Fetch { url, offset, max_len } => {
                if let Some((to, path)) = Node::of_url(&url) {
                    let request = Request::Fetch { path: path.to_owned(), offset, max_len };
                    return Effect::Call { to, ticket: Ticket::Fetch(id), request };
                }
                ActionResult::Failed(ActionFailure::BadUrl)
            }
            Action::Exec { uri, correlator, .. } => self.application.exec(now, &uri.to_string(), correlator),
            Action::ApplyConfiguration(file) => self.application.configure(file),
            Action::Interact(interaction) => Application::interact(&interaction),
            Action::Read(_) => ActionResult::from("21"),
            Action::Sample { function } => self.measure(&format!("{}/", function.name().unwrap_or_default()), ""),
            Action::Measure { metric } => self.measure("", &format!("/{metric}")),
            Action::Reboot => return Effect::Restart,
            Action::Lock(_) => ActionResult::Done,
            action => match self.shelf.perform(&action).or_else(|| self.flash.perform(&action, &mut self.power)) {
                Some(result) => result,
                None => return Effect::Restart,
            },
        };
        self.results.push_back((id, result));
        Effect::Told(told)
    }
}

impl Station for DeviceNode {
    fn step(&mut self, now: Instant) -> Option<Effect> {
        let Some(output) = self.drem.poll_output() else {
            let Some((id, result)) = self.results.pop_front() else {
                let handed = self.application.hand_over(now, &mut self.drem);
                return handed.then(|| Effect::Told(format!("{}: raises an alert", self.node)));
            };
            let told = format!("{}: result {result:?}", self.node);
            self.drem.handle_action_result(now, &mut self.tree, id, result);
            return Some(Effect::Told(told));
        };
        Some(match output {
            Output::Transmit(transmit) => {
                let ticket = Ticket::Message(transmit.exchange);
                Effect::Call { to: self.manager, ticket, request: transmit.into() }
            }
            Output::Persist(record) => {
                let cut = self.power.reach(Point::Record);
                if matches!(cut, Some(Cut::Before | Cut::Torn)) {
                    return Some(Effect::Restart);
                }
                let told = format!("{}: stores {}", self.node, record.key());
                self.application.stored(&record);
                self.records.insert(record.key(), record);
                if cut.is_some() { Effect::Restart } else { Effect::Told(told) }
            }
            Output::Action { id, action } => self.act(now, id, action),
            Output::Event(event) => {
                self.application.note(now, &event);
                Effect::Told(format!("{}: {event}", self.node))
            }
        })
    }

    fn request(&mut self, _: Instant, _: Node, _: CallId, _: &Request) {}

    fn reply(&mut self, now: Instant, ticket: Ticket, reply: Option<Reply>) {
        let (drem, tree) = (&mut self.drem, &mut self.tree);
        match (ticket, reply) {
            (Ticket::Message(exchange), Some(Reply::Message { syntax, mac, body })) => {
                drem.handle_message(now, tree, exchange, Inbound::new(syntax, &body).with_mac(mac.as_deref()));
            }
            (Ticket::Message(exchange), Some(_)) => drem.handle_send_failure(now, exchange, SendFailure::Refused),
            (Ticket::Message(exchange), None) => drem.handle_send_failure(now, exchange, SendFailure::Network),
            (Ticket::Fetch(id), Some(Reply::Block { data, end })) => {
                let mut data = data.to_vec();
                if self.damaged {
                    data.iter_mut().take(1).for_each(|byte| *byte ^= 1);
                }
                drem.handle_action_result(now, tree, id, ActionResult::Block { data: data.into(), end });
            }
            (Ticket::Fetch(id), Some(_)) => drem.handle_action_result(now, tree, id, ActionFailure::BadUrl.into()),
            (Ticket::Fetch(id), None) => drem.handle_action_result(now, tree, id, ActionFailure::Timeout.into()),
        }
    }

    fn datagram(&mut self, now: Instant, bytes: &[u8]) {
        self.drem.handle_notification(now, &mut self.tree, bytes);
    }

    fn timeout(&mut self, now: Instant) {
        self.drem.handle_timeout(now, &mut self.tree);
    }

    fn deadline(&self) -> Option<Instant> {
        let machine = self.drem.next_timeout().map(|wakeup| wakeup.at);
        machine.into_iter().chain(self.application.deadline()).min()
    }

    fn come(&mut self, now: Instant) {
        if !self.drem.in_session() {
            let started =
                self.drem.start_session(now, &mut self.tree, self.manager.to_string().as_str(), Trigger::Client);
            debug_assert!(started.is_ok(), "every device has an account and a DevId");
        }
    }

    fn cut(&mut self, now: Instant) {
        self.application.cut(now);
        if !self.power.take_strike()
            && let Some(Output::Action { action, .. }) = self.drem.poll_output()
        {
            self.shelf.tear(&action);
            self.flash.tear(&action);
        }
        self.results.clear();
    }

    fn boot(&mut self, now: Instant) -> Result<(), BootError> {
        let mut records = Vec::new();
        for record in self.records.values() {
            // Through the spelling of a database, as a program would.
            records.push(serde_json::from_slice(&serde_json::to_vec(record)?)?);
        }
        self.tree = match take_tree(&mut records)? {
            Some(tree) => tree,
            None => factory_tree(self.node, self.manager, &self.plan)?,
        };
        self.hand_over()?;
        let account = self.node.account_at(self.manager, &self.plan);
        // The same seed: the counter of nonces is among the records.
        let mut limits = Limits::DEFAULT;
        limits.message_bytes = self.plan.device_message.unwrap_or(limits.message_bytes);
        limits.object_bytes = self.plan.device_object.unwrap_or(limits.object_bytes);
        self.drem = Drem::restore([account], seed_of(self.plan.seed, self.node), records)
            .with_limits(limits)
            .with_user_interface(UserInterface::Present);
        let slot = self.flash.boot(now, &mut self.power);
        self.drem.handle_boot(now, &mut self.tree, Booted::from(slot));
        self.come(now);
        Ok(())
    }
}
