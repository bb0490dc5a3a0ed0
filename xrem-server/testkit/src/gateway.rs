//! A gateway: the GREM with its records and its image files.

use alloc::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use omadm_gwmo::image::{ImageFailure, ImageHash, ImageResult};
use omadm_proto::exchange::{Inbound, SendFailure};
use omadm_proto::ids::{ActionId, ExchangeId};
use omadm_proto::time::Instant;
use omadm_tree::BuildError;
use xrem_server::grem::{Grem, GremAction, GremConfig, GremOutput, GremRecord, LanDevice, Side};

use crate::device::seed_of;
use crate::node::Node;
use crate::plan::Plan;
use crate::station::{BootError, CallId, Effect, Reply, Request, Station, Ticket, block};

/// Bytes that a gateway fetches at once: small, so that a small image takes several.
const BLOCK: u32 = 16 << 10;

pub(crate) struct GatewayNode {
    node: Node,
    config: GremConfig,
    seed: u64,
    pub(crate) grem: Grem,
    records: BTreeMap<String, GremRecord>,
    pub(crate) files: BTreeMap<ImageHash, Vec<u8>>,
    /// The output behind a transaction, which is not performed yet.
    next: Option<GremOutput>,
    results: VecDeque<(ActionId, ImageResult)>,
    answers: VecDeque<Effect>,
    callers: BTreeMap<CallId, Node>,
}

fn config(plan: &Plan, number: u32) -> GremConfig {
    let node = Node::Gateway(number);
    let north = node.account_at(Node::Server, plan);
    let mut config = GremConfig::new(node.dev_id().as_str(), north, format!("http://{node}"));
    config.images.block_bytes = BLOCK;
    plan.devices_behind(number)
        .map(Node::Device)
        .fold(config, |config, device| config.device(lan_device(node, device, plan)))
}

/// What `gateway` has to know of `device`.
fn lan_device(gateway: Node, device: Node, plan: &Plan) -> LanDevice {
    LanDevice::new(device.account_of(gateway).with_scheme(plan.scheme), Some(device.address_at(gateway)))
}

impl GatewayNode {
    pub(crate) fn new(plan: &Plan, number: u32) -> Result<Self, BuildError> {
        let (node, config) = (Node::Gateway(number), config(plan, number));
        Ok(Self {
            node,
            seed: plan.seed,
            grem: Grem::new(config.clone(), seed_of(plan.seed, node))?,
            config,
            records: BTreeMap::new(),
            files: BTreeMap::new(),
            next: None,
            results: VecDeque::new(),
            answers: VecDeque::new(),
            callers: BTreeMap::new(),
        })
    }

    /// `device` joins the area network.
    pub(crate) fn welcome(&mut self, now: Instant, device: Node, plan: &Plan) {
        let device = lan_device(self.node, device, plan);
        self.config.devices.retain(|known| known.account.dev_id != device.account.dev_id);
        self.config.devices.push(device.clone());
        self.grem.device_joined(now, device);
    }

    fn perform(&mut self, output: GremOutput) -> Effect {
        match output {
            GremOutput::Transmit { side: Side::North, transmit } => {
                let ticket = Ticket::Message(transmit.exchange);
                Effect::Call { to: Node::Server, ticket, request: transmit.into() }
            }
            GremOutput::Transmit { side: Side::South, transmit } => {
                let call = transmit.exchange.get();
                match self.callers.remove(&call) {
                    Some(to) => Effect::Answer { to, call, reply: transmit.into() },
                    None => Effect::Told(format!("{}: answers nobody", self.node)),
                }
            }
            GremOutput::Notify { address, bytes, .. } => match Node::of_address(&address, self.node) {
                Some(to) => Effect::Datagram { to, bytes: bytes.into() },
                None => Effect::Told(format!("{}: no such address: {address}", self.node)),
            },
            record @ (GremOutput::Persist(_) | GremOutput::Forget(_)) => self.commit(record),
            GremOutput::Action { id, action } => self.act(id, action),
            GremOutput::Event(event) => Effect::Told(format!("{}: {event}", self.node)),
        }
    }

    /// Stores `first` and all records behind it as one transaction: up to the next output that is none and no event.
    fn commit(&mut self, first: GremOutput) -> Effect {
        let mut told = format!("{}: commits", self.node);
        let mut output = Some(first);
        while let Some(record) = output {
            match record {
                GremOutput::Persist(record) => {
                    let key = record.key();
                    told.push_str(&format!(" {key}"));
                    self.records.insert(key, record);
                }
                GremOutput::Forget(prefix) => {
                    told.push_str(&format!(" -{prefix}"));
                    self.records.retain(|key, _| !key.starts_with(&prefix));
                }
                GremOutput::Event(event) => told.push_str(&format!(" [{event}]")),
                other @ (GremOutput::Transmit { .. } | GremOutput::Notify { .. } | GremOutput::Action { .. }) => {
                    self.next = Some(other);
                    break;
                }
            }
            output = self.grem.poll_output();
        }
        Effect::Told(told)
    }

    fn act(&mut self, id: ActionId, action: GremAction) -> Effect {
        let (told, result) = match action {
            GremAction::Fetch { url, offset, max_len } => match Node::of_url(&url) {
                Some((to, path)) => {
                    let request = Request::Fetch { path: path.to_owned(), offset, max_len };
                    return Effect::Call { to, ticket: Ticket::Fetch(id), request };
                }
                None => ("has a bad URL", Some(ImageResult::Failed(ImageFailure::BadUrl))),
            },
            GremAction::StoreBlock { hash, offset, data } => {
                ("stores a block", Some(store(self.files.entry(hash).or_default(), offset, &data)))
            }
            GremAction::ReadBlock { hash, offset, max_len } => {
                let file = self.files.get(&hash).map(Vec::as_slice).unwrap_or_default();
                let (data, end) = block(file, offset, max_len);
                ("reads a block", Some(ImageResult::Block { data, end }))
            }
            GremAction::FinalizeImage { hash, size } => {
                let len = usize::try_from(size).unwrap_or(usize::MAX);
                self.files.entry(hash).or_default().truncate(len);
                ("finalizes an image", Some(ImageResult::Done))
            }
            GremAction::DropImage { hash } => {
                self.files.remove(&hash);
                ("drops an image", None)
            }
        };
        self.results.extend(result.map(|result| (id, result)));
        Effect::Told(format!("{}: {told}", self.node))
    }

    /// A device wants a part of `i/<token>/<name>`.
    fn serve(&mut self, now: Instant, path: &str, offset: u64, max_len: u32) -> Reply {
        let local = path.strip_prefix("i/").and_then(|rest| rest.split_once('/'));
        let image = local.and_then(|(token, name)| self.grem.locate_image(token, name));
        let Some(image) = image else { return Reply::NotFound };
        let Some(file) = self.files.get(&image.hash) else { return Reply::NotFound };
        let (data, end) = block(file, offset, max_len);
        if end {
            self.grem.image_served(now, &image.node);
        }
        Reply::Block { data, end }
    }
}

fn store(file: &mut Vec<u8>, offset: u64, data: &Bytes) -> ImageResult {
    match usize::try_from(offset) {
        Ok(offset) if offset <= file.len() => file.truncate(offset),
        _ => return ImageResult::Failed(ImageFailure::Storage),
    }
    file.extend_from_slice(data);
    ImageResult::Done
}

impl Station for GatewayNode {
    fn step(&mut self, now: Instant) -> Option<Effect> {
        if let Some(output) = self.next.take().or_else(|| self.grem.poll_output()) {
            return Some(self.perform(output));
        }
        if let Some(answer) = self.answers.pop_front() {
            return Some(answer);
        }
        let (id, result) = self.results.pop_front()?;
        self.grem.handle_action_result(now, id, result);
        Some(Effect::Told(format!("{}: storage is done", self.node)))
    }

    fn request(&mut self, now: Instant, from: Node, call: CallId, request: &Request) {
        let reply = match request {
            Request::Message { syntax, mac, body } => {
                self.callers.insert(call, from);
                let inbound = Inbound::new(*syntax, body).with_mac(mac.as_deref());
                if self.grem.handle_south(now, ExchangeId::new(call), inbound).is_ok() {
                    return;
                }
                Reply::Refused
            }
            Request::Fetch { path, offset, max_len } => self.serve(now, path, *offset, *max_len),
        };
        self.answers.push_back(Effect::Answer { to: from, call, reply });
    }

    fn reply(&mut self, now: Instant, ticket: Ticket, reply: Option<Reply>) {
        let grem = &mut self.grem;
        match (ticket, reply) {
            (Ticket::Message(exchange), Some(Reply::Message { syntax, mac, body })) => {
                grem.handle_north(now, exchange, Inbound::new(syntax, &body).with_mac(mac.as_deref()));
            }
            (Ticket::Message(exchange), Some(_)) => grem.handle_north_failure(now, exchange, SendFailure::Refused),
            (Ticket::Message(exchange), None) => grem.handle_north_failure(now, exchange, SendFailure::Network),
            (Ticket::Fetch(id), Some(Reply::Block { data, end })) => {
                grem.handle_action_result(now, id, ImageResult::Block { data, end });
            }
            (Ticket::Fetch(id), Some(_)) => {
                grem.handle_action_result(now, id, ImageResult::Failed(ImageFailure::BadUrl));
            }
            (Ticket::Fetch(id), None) => {
                grem.handle_action_result(now, id, ImageResult::Failed(ImageFailure::Temporary));
            }
        }
    }

    fn datagram(&mut self, now: Instant, bytes: &[u8]) {
        self.grem.handle_notification(now, bytes);
    }

    fn timeout(&mut self, now: Instant) {
        self.grem.handle_timeout(now);
    }

    fn deadline(&self) -> Option<Instant> {
        self.grem.next_timeout().map(|wakeup| wakeup.at)
    }

    fn come(&mut self, now: Instant) {
        if !self.grem.in_session() {
            let started = self.grem.start_session(now);
            debug_assert!(started.is_ok(), "every gateway has an account");
        }
    }

    fn cut(&mut self, _: Instant) {
        self.next = None;
        self.results.clear();
        self.answers.clear();
        self.callers.clear();
    }

    fn boot(&mut self, now: Instant) -> Result<(), BootError> {
        let mut records = Vec::new();
        for record in self.records.values() {
            // Through the spelling of a database, as a program would.
            records.push(serde_json::from_slice::<GremRecord>(&serde_json::to_vec(record)?)?);
        }
        // Another seed each time, as the machine demands.
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.grem = Grem::restore(self.config.clone(), seed_of(self.seed, self.node), now, records)?;
        self.come(now);
        Ok(())
    }
}
