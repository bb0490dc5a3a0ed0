//! Gateway, server and devices together: messages are handed over at once, time jumps to the next deadline.

use alloc::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use omadm_gwmo::image::{ImageFailure, ImageHash, ImageResult};
use omadm_proto::auth::nonce::Seed;
use omadm_proto::exchange::{Inbound, SendFailure, Transmit};
use omadm_proto::ids::{ActionId, ExchangeId};
use omadm_proto::time::Instant;
use xrem_server::grem::{Grem, GremAction, GremConfig, GremEvent, GremOutput, GremRecord, LanDevice, Side};

use crate::device::{Device, Wish, account};
use crate::server::{Server, north};

/// A time after 1970, so that time stamps look like some.
pub(crate) const BEGIN: u64 = 1_770_000_000;

pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) grem: Grem,
    pub(crate) server: Server,
    pub(crate) devices: BTreeMap<u32, Device>,
    pub(crate) store: BTreeMap<String, GremRecord>,
    pub(crate) files: BTreeMap<ImageHash, Vec<u8>>,
    /// What `http://nrem/images/fw` serves.
    pub(crate) source: Vec<u8>,
    /// Bytes fetched over the WAN.
    pub(crate) fetched: usize,
    /// Bytes of images served to devices.
    pub(crate) served: usize,
    pub(crate) events: Vec<GremEvent>,
    /// The network server is out of reach.
    pub(crate) wan_down: bool,
    /// Image actions are kept back.
    pub(crate) slow_store: bool,
    pub(crate) pending: VecDeque<(ActionId, GremAction)>,
    answers: BTreeMap<ExchangeId, Transmit>,
    last_exchange: u64,
    uncommitted: Vec<GremOutput>,
    devices_known: u32,
    restarts: u8,
}

pub(crate) fn config(devices: u32) -> GremConfig {
    (1..=devices).fold(GremConfig::new("urn:gw:1", north(), "http://gw"), |config, number| {
        config.device(LanDevice::new(account(number), Some(format!("device:{number}"))))
    })
}

impl World {
    pub(crate) fn new(devices: u32) -> Self {
        let now = Instant::from_secs(BEGIN);
        let mut world = Self {
            now,
            grem: Grem::new(config(devices), Seed::new([3; 32])).unwrap(),
            server: Server::new(),
            devices: (1..=devices).map(|number| (number, Device::new(now, number))).collect(),
            store: BTreeMap::new(),
            files: BTreeMap::new(),
            source: Vec::new(),
            fetched: 0,
            served: 0,
            events: Vec::new(),
            wan_down: false,
            slow_store: false,
            pending: VecDeque::new(),
            answers: BTreeMap::new(),
            last_exchange: 0,
            uncommitted: Vec::new(),
            devices_known: devices,
            restarts: 0,
        };
        // The first session gives both sides the nonces that notifications are signed with.
        world.server.get("./DevInfo/DevId");
        world.grem.start_session(now).unwrap();
        world.run();
        assert_eq!(world.server.value("./DevInfo/DevId"), "urn:gw:1");
        world
    }

    /// A world whose devices have all said hello.
    pub(crate) fn with_attached(devices: u32) -> Self {
        let mut world = Self::new(devices);
        for device in world.devices.values_mut() {
            device.start_session(world.now);
        }
        world.run();
        assert_eq!(world.grem.inventory().len(), usize::try_from(devices).unwrap());
        world
    }

    /// Power is cut: everything in memory and on the way is gone, the store and the files stay.
    pub(crate) fn restart(&mut self) {
        self.restarts += 1;
        self.pending.clear();
        self.uncommitted.clear();
        self.answers.clear();
        // Through the spelling of a database, as a driver would.
        let records: Vec<GremRecord> = self
            .store
            .values()
            .map(|record| serde_json::from_slice(&serde_json::to_vec(record).unwrap()).unwrap())
            .collect();
        let seed = Seed::new([3 + self.restarts; 32]);
        self.grem = Grem::restore(config(self.devices_known), seed, self.now, records).unwrap();
    }

    /// The server asks the gateway to come, and everything takes its course.
    pub(crate) fn wake(&mut self) {
        let bytes = self.server.wake();
        self.grem.handle_notification(self.now, &bytes);
        self.run();
    }

    /// Lets everything happen that happens within a day.
    pub(crate) fn run(&mut self) {
        let end = self.now + core::time::Duration::from_secs(86_400);
        for _ in 0..2_000_000 {
            if self.step() {
                continue;
            }
            let next = [self.grem.next_timeout().map(|wakeup| wakeup.at)]
                .into_iter()
                .chain(self.devices.values().map(|device| device.drem.next_timeout().map(|wakeup| wakeup.at)))
                .flatten()
                .min();
            match next {
                Some(at) if at <= end => {
                    self.now = self.now.max(at);
                    self.grem.handle_timeout(self.now);
                    for device in self.devices.values_mut() {
                        device.drem.handle_timeout(self.now, &mut device.tree);
                    }
                }
                _ => return,
            }
        }
        panic!("stuck");
    }

    /// Performs what is to be done now; tells whether there was anything.
    pub(crate) fn step(&mut self) -> bool {
        let mut any = false;
        while let Some(output) = self.grem.poll_output() {
            any = true;
            self.perform(output);
        }
        self.commit();
        for number in 1..=self.devices_known {
            while let Some(wish) = self.devices.get_mut(&number).and_then(|device| device.next_wish(self.now)) {
                any = true;
                self.fulfil(number, wish);
            }
        }
        any
    }

    /// Performs one output of the gateway, or one wish of a device; tells whether there was one.
    pub(crate) fn step_once(&mut self) -> bool {
        if let Some(output) = self.grem.poll_output() {
            self.perform(output);
            return true;
        }
        for number in 1..=self.devices_known {
            if let Some(wish) = self.devices.get_mut(&number).and_then(|device| device.next_wish(self.now)) {
                self.fulfil(number, wish);
                return true;
            }
        }
        false
    }

    /// Consecutive changes are one transaction.
    fn commit(&mut self) {
        for change in core::mem::take(&mut self.uncommitted) {
            match change {
                GremOutput::Persist(record) => {
                    self.store.insert(record.key(), record);
                }
                GremOutput::Forget(ref prefix) => self.store.retain(|key, _| !key.starts_with(prefix)),
                GremOutput::Transmit { .. }
                | GremOutput::Notify { .. }
                | GremOutput::Action { .. }
                | GremOutput::Event(_) => panic!("no change: {change:?}"),
            }
        }
    }

    fn perform(&mut self, output: GremOutput) {
        if !matches!(output, GremOutput::Persist(_) | GremOutput::Forget(_) | GremOutput::Event(_)) {
            self.commit();
        }
        match output {
            GremOutput::Transmit { side: Side::North, transmit } if self.wan_down => {
                self.grem.handle_north_failure(self.now, transmit.exchange, SendFailure::Network);
            }
            GremOutput::Transmit { side: Side::North, transmit } => {
                let reply = self.server.answer(self.now, &transmit);
                self.grem.handle_north(self.now, transmit.exchange, Inbound::new(reply.syntax, &reply.body));
            }
            GremOutput::Transmit { side: Side::South, transmit } => {
                self.answers.insert(transmit.exchange, transmit);
            }
            GremOutput::Notify { device, address, bytes } => {
                let number: u32 = address.strip_prefix("device:").unwrap().parse().unwrap();
                assert_eq!(device.as_str(), format!("urn:dev:{number}"));
                if let Some(device) = self.devices.get_mut(&number) {
                    device.notify(self.now, &bytes);
                }
            }
            GremOutput::Persist(_) | GremOutput::Forget(_) => self.uncommitted.push(output),
            GremOutput::Action { id, action } if self.slow_store => self.pending.push_back((id, action)),
            GremOutput::Action { id, action } => self.act(id, action),
            GremOutput::Event(event) => self.events.push(event),
        }
    }

    /// Performs one action that was kept back.
    pub(crate) fn act_once(&mut self) -> bool {
        let Some((id, action)) = self.pending.pop_front() else { return false };
        self.act(id, action);
        true
    }

    fn act(&mut self, id: ActionId, action: GremAction) {
        let result = match action {
            GremAction::Fetch { .. } if self.wan_down => ImageResult::Failed(ImageFailure::Temporary),
            GremAction::Fetch { url, offset, max_len } => {
                assert_eq!(url, "http://nrem/images/fw");
                let (data, end) = block(&self.source, offset, max_len);
                self.fetched += data.len();
                ImageResult::Block { data, end }
            }
            GremAction::StoreBlock { hash, offset, data } => {
                let file = self.files.entry(hash).or_default();
                file.truncate(usize::try_from(offset).unwrap());
                file.extend_from_slice(&data);
                ImageResult::Done
            }
            GremAction::ReadBlock { hash, offset, max_len } => {
                let (data, end) = block(&self.files[&hash], offset, max_len);
                ImageResult::Block { data, end }
            }
            GremAction::FinalizeImage { .. } => ImageResult::Done,
            GremAction::DropImage { hash } => {
                self.files.remove(&hash);
                return;
            }
        };
        self.grem.handle_action_result(self.now, id, result);
    }

    fn fulfil(&mut self, number: u32, wish: Wish) {
        match wish {
            Wish::Send(transmit) => {
                let reply = self.hand_over(&transmit);
                let device = self.devices.get_mut(&number).unwrap();
                let inbound = Inbound::new(reply.syntax, &reply.body);
                device.drem.handle_message(self.now, &mut device.tree, transmit.exchange, inbound);
            }
            Wish::Fetch { id, url, offset, max_len } => {
                let local = url.strip_prefix("http://gw/i/").and_then(|rest| rest.split_once('/'));
                let image = local.and_then(|(token, name)| self.grem.locate_image(token, name));
                let block = image.map(|image| {
                    let (data, end) = block(&self.files[&image.hash], offset, max_len);
                    self.served += data.len();
                    let mut data = data.to_vec();
                    if self.devices[&number].corrupt {
                        data.iter_mut().for_each(|byte| *byte ^= 1);
                    }
                    (Bytes::from(data), end)
                });
                self.devices.get_mut(&number).unwrap().fetched(self.now, id, block);
            }
        }
    }

    /// Hands a device's message to the gateway and gives its answer.
    pub(crate) fn hand_over(&mut self, transmit: &Transmit) -> Transmit {
        self.last_exchange += 1;
        let exchange = ExchangeId::new(self.last_exchange);
        let inbound = Inbound::new(transmit.syntax, &transmit.body).with_mac(transmit.mac.as_deref());
        self.grem.handle_south(self.now, exchange, inbound).unwrap();
        while let Some(output) = self.grem.poll_output() {
            self.perform(output);
        }
        self.answers.remove(&exchange).expect("every message is answered")
    }
}

fn block(bytes: &[u8], offset: u64, max_len: u32) -> (Bytes, bool) {
    let rest = bytes.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
    let taken = rest.len().min(usize::try_from(max_len).unwrap());
    (Bytes::copy_from_slice(&rest[..taken]), taken == rest.len())
}
