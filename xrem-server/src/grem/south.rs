//! Towards the devices: their sessions, what jobs send them, what they say by themselves \[gwmo F1, F4, F5\].

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use omadm_gwmo::fanout::{AlertFacts, AlertUse, Answer, Returned, Surroundings};
use omadm_gwmo::inventory::Facts;
use omadm_proto::alert::{AlertCode, types};
use omadm_proto::auth::Nonce;
use omadm_proto::error::DecodeError;
use omadm_proto::exchange::{Inbound, Transmit};
use omadm_proto::ids::{DevId, ExchangeId};
use omadm_proto::message::{Command, Format, Item, TreeCommand, Verb};
use omadm_proto::notification::Notification;
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use xrem_client::outbox::{GenericAlert, Mark};

use super::{Grem, GremEvent, GremOutput, LanDevice, LanNonces};
use crate::session::{
    AlertItem, CommandAnswer, Context, Incoming, Received, ReceivedAlert, Reply, Session, Turn, Value, Work,
    refuse_stranger,
};
use crate::store::ClientAccount;

/// An alert type that is meant for the gateway itself, which keeps no list of a device's servers yet.
const BOOTSTRAPPED_LIST: &str = "urn:oma:at:oma-gwmo:BootstrappedDMSList:1.0";

/// What the gateway asks a device about itself; the answers have the keys from [`PROBE`] on.
const PROBED: [&str; 4] = ["./DevDetail/DevTyp", "./DevDetail/FwV", "./DevDetail/SwV", "./DevDetail/HwV"];

/// The key of the first question. Keys of templates are positions in them, far below.
const PROBE: u32 = 1 << 30;

/// A device and the sessions with it.
#[derive(Debug)]
pub(super) struct South {
    account: ClientAccount,
    pub(super) address: Option<String>,
    session: Session,
    /// What the store knows of the nonces.
    stored: (Nonce, Nonce),
    /// What it said about itself in this session.
    facts: Facts,
    probe: Probe,
    /// The SessionID of the notification that it has not followed yet.
    wanted: Option<u16>,
}

/// Whether the device was asked about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Probe {
    /// It is to be asked in its next session.
    Due,
    /// It was asked.
    Asked,
    /// It answered.
    Done,
}

impl South {
    pub(super) fn new(device: LanDevice) -> Self {
        let LanDevice { account, address } = device;
        let stored = (account.client_nonce.clone(), account.server_nonce.clone());
        Self {
            account,
            address,
            session: Session::new(),
            stored,
            facts: Facts::default(),
            probe: Probe::Due,
            wanted: None,
        }
    }

    /// The nonces, when they are not what the store knows; asked before anything built with them leaves.
    pub(super) fn changed_nonces(&mut self) -> Option<LanNonces> {
        let now = (self.account.client_nonce.clone(), self.account.server_nonce.clone());
        if now == self.stored {
            return None;
        }
        self.stored = now.clone();
        Some(LanNonces { device: self.account.dev_id.clone(), client: now.0, server: now.1 })
    }

    fn learn(&mut self, values: &[Value]) {
        for value in values {
            let name = value.uri.trim().rsplit('/').next().unwrap_or_default();
            let text = value.text().map(str::trim).filter(|text| !text.is_empty()).map(ToString::to_string);
            let fact = match name {
                "Man" => &mut self.facts.man,
                "Mod" => &mut self.facts.model,
                "DevTyp" => &mut self.facts.dev_type,
                "FwV" => &mut self.facts.fwv,
                "SwV" => &mut self.facts.swv,
                "HwV" => &mut self.facts.hwv,
                _ => continue,
            };
            *fact = text;
        }
    }
}

/// What a device's package means for the commands to come.
struct Next {
    record: Option<u32>,
    verdicts: Vec<StatusCode>,
}

impl Grem {
    /// `device` joined the area network, with this account and at this address. One that was here before has its nonces and its
    /// record of then, and is announced again, because it may have been at another gateway meanwhile; any other one when it has
    /// said what it is. The driver puts it into the configuration that it restores from.
    pub fn device_joined(&mut self, now: Instant, mut device: LanDevice) {
        self.tick(now);
        let id = device.account.dev_id.clone();
        if let Some(South { account, .. }) = self.south.get(&id) {
            device.account.client_nonce.clone_from(&account.client_nonce);
            device.account.server_nonce.clone_from(&account.server_nonce);
        }
        self.south.insert(id.clone(), South::new(device));
        if let Some(record) = self.inventory.find(&id).map(|known| known.record) {
            self.inventory.announce_again(self.now, record);
            // A session that it was in ended when it went.
            self.fanout.closed(self.now, record);
        }
        self.settle();
    }

    pub(super) fn receive_south(
        &mut self,
        exchange: ExchangeId,
        inbound: Inbound<'_>,
    ) -> Result<Transmit, DecodeError> {
        let incoming = Incoming::decode(exchange, inbound, self.settings.reading)?;
        let device = incoming.dev_id();
        let Some(south) = self.south.get_mut(&device) else {
            let answer = refuse_stranger(&mut self.nonces, &incoming);
            self.event(GremEvent::Stranger { device });
            return Ok(answer);
        };
        let mut context = Context { account: &mut south.account, nonces: &mut self.nonces, settings: &self.settings };
        match south.session.receive(self.now, &mut context, &incoming) {
            Received::Repeated(transmit) | Received::Answered(transmit) => Ok(transmit),
            Received::Refused { reply, fault } => {
                self.event(GremEvent::DeviceRefused { device, fault });
                Ok(reply)
            }
            Received::Turn(turn) => Ok(self.take_turn(&device, &incoming, turn)),
        }
    }

    fn take_turn(&mut self, device: &DevId, incoming: &Incoming<'_>, turn: Turn) -> Transmit {
        let next = self.hear(device, incoming, turn);
        let mut work = self.work_for(device, next.record);
        let reply = self.south.get_mut(device).and_then(|south| {
            let mut context =
                Context { account: &mut south.account, nonces: &mut self.nonces, settings: &self.settings };
            south.session.respond(&mut context, incoming, &next.verdicts, &mut work)
        });
        match reply {
            Some(reply) => self.account_for(device, next.record, &work, reply),
            // The session gave us this turn for this message, so it has an answer to it.
            None => refuse_stranger(&mut self.nonces, incoming),
        }
    }

    /// Takes in what the device says.
    fn hear(&mut self, device: &DevId, incoming: &Incoming<'_>, turn: Turn) -> Next {
        let known = self.inventory.find(device).map(|known| known.record);
        let Some(south) = self.south.get_mut(device) else { return Next { record: None, verdicts: Vec::new() } };
        if turn.first {
            south.wanted = None;
            south.facts = Facts::default();
            if south.probe == Probe::Asked {
                south.probe = Probe::Due;
            }
        }
        south.learn(&turn.dev_info);
        let (probed, answers): (Vec<_>, Vec<_>) = turn.answers.into_iter().partition(|answer| answer.key >= PROBE);
        if !probed.is_empty() {
            south.probe = Probe::Done;
            probed.iter().for_each(|answer| south.learn(&answer.values));
        }
        if turn.repeat && south.probe == Probe::Asked {
            south.probe = Probe::Due;
        }
        // A new device gets its record when it has said what it is, or at once when it has something to report.
        let wait = known.is_none() && south.probe != Probe::Done && turn.alerts.is_empty() && !turn.aborted;
        let record = if wait { None } else { self.attach(device, incoming, known) };
        if turn.first {
            self.event(GremEvent::DeviceSession { device: device.clone() });
        }
        if let Some(record) = record {
            if turn.first {
                self.fanout.contact(self.now, record);
            }
            if turn.repeat {
                self.fanout.not_executed(record);
            }
            for answer in answers {
                self.fanout.answered(self.now, record, answer.key, translate(answer));
            }
        }
        let verdicts = turn.alerts.iter().map(|alert| self.hear_alert(device, record, alert)).collect();
        if let Some(record) = record.filter(|_| turn.aborted) {
            self.fanout.closed(self.now, record);
        }
        Next { record, verdicts }
    }

    /// The record of the device, a new one if it has none.
    fn attach(&mut self, device: &DevId, incoming: &Incoming<'_>, known: Option<u32>) -> Option<u32> {
        let facts = self.south.get(device)?.facts.clone();
        let protocol: String = incoming.message.header.ver_proto.trim().chars().take(16).collect();
        let protocol = alloc::format!("OMA-{}", protocol.replace('/', "-"));
        match self.inventory.attach(self.now, device, &protocol, facts) {
            Ok(record) => {
                if known.is_none() {
                    self.event(GremEvent::DeviceAttached { device: device.clone(), record });
                }
                self.inventory.seen(record, self.utc());
                Some(record)
            }
            Err(_) => {
                self.event(GremEvent::InventoryFull { device: device.clone() });
                None
            }
        }
    }

    /// What to send: questions about the device itself first, then what jobs want.
    fn work_for(&mut self, device: &DevId, record: Option<u32>) -> Vec<Work<'static>> {
        let mut work = Vec::new();
        if self.south.get(device).is_some_and(|south| south.probe == Probe::Due) {
            for (key, uri) in (PROBE..).zip(PROBED) {
                let get = TreeCommand::new(Verb::Get, 1, Vec::from([Item::target(uri)]));
                work.push(Work::new(key, Command::Tree(get)));
            }
        }
        if let Some(record) = record {
            let surroundings = Surroundings { inventory: &self.inventory, images: &self.images };
            let commands = self.fanout.work(self.now, record, surroundings);
            work.extend(commands.into_iter().map(|command| Work::new(command.key, command.command)));
        }
        work
    }

    /// Notes which of the offered commands left with the reply.
    fn account_for(&mut self, device: &DevId, record: Option<u32>, work: &[Work<'_>], reply: Reply) -> Transmit {
        let is_sent = |key: &u32| !reply.undeliverable.contains(key) && !reply.not_in_dialect.contains(key);
        let (left, lost): (Vec<_>, Vec<_>) = work.iter().map(|work| work.key).take(reply.accepted).partition(is_sent);
        if let Some(south) = self.south.get_mut(device)
            && (left.iter().any(|key| *key >= PROBE))
        {
            south.probe = Probe::Asked;
        }
        if let Some(record) = record {
            for key in left.into_iter().filter(|key| *key < PROBE) {
                self.fanout.sent(record, key);
            }
            for key in lost.into_iter().filter(|key| *key < PROBE) {
                self.fanout.undeliverable(self.now, record, key);
            }
            if reply.closed {
                self.fanout.closed(self.now, record);
            }
        }
        reply.transmit
    }

    /// An alert of a device: a job takes it, or it goes up to the server.
    fn hear_alert(&mut self, device: &DevId, record: Option<u32>, alert: &ReceivedAlert) -> StatusCode {
        if alert.code != AlertCode::GENERIC_ALERT {
            return StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED;
        }
        let Some(record) = record else { return StatusCode::COMMAND_FAILED };
        let mut verdict = StatusCode::OK;
        for item in &alert.items {
            let Some(type_name) = item.type_name.as_deref() else {
                verdict = StatusCode::INCOMPLETE_COMMAND;
                continue;
            };
            let facts = AlertFacts {
                correlator: alert.correlator.as_deref(),
                source: item.source.as_deref(),
                type_name,
                data: &item.data,
            };
            let firmware = [types::FUMO_UPDATE, types::FUMO_DOWNLOAD_AND_UPDATE];
            if firmware.into_iter().any(|fumo| types::same(type_name, fumo))
                && let Some(south) = self.south.get_mut(device)
            {
                south.probe = Probe::Due;
            }
            if self.fanout.alert(self.now, record, &facts) == AlertUse::NotOurs {
                verdict = self.relay(device, record, alert.correlator.clone(), item, type_name);
            }
        }
        verdict
    }

    /// Hands an alert up with the record of the device as its source \[gwmo 9\].
    fn relay(
        &mut self,
        device: &DevId,
        record: u32,
        correlator: Option<String>,
        item: &AlertItem,
        type_name: &str,
    ) -> StatusCode {
        if types::same(type_name, BOOTSTRAPPED_LIST) {
            return StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT;
        }
        if self.client.waiting_alerts() >= self.max_waiting_alerts {
            return StatusCode::COMMAND_FAILED;
        }
        let format = item.format.as_deref().and_then(Format::parse).unwrap_or_default();
        let mut alert = GenericAlert::new(type_name, item.data.clone())
            .source(self.names.record(&alloc::format!("r{record}"), &[]))
            .format(format)
            .correlator(correlator);
        alert.mark = item.mark.as_deref().and_then(mark);
        self.client.queue_alert(alert);
        self.event(GremEvent::Relayed { device: device.clone(), type_name: type_name.to_string() });
        // Taken, and the server will hear of it.
        StatusCode::OK
    }

    /// Asks the device with the record `record` for a session.
    pub(super) fn notify(&mut self, record: u32) {
        let Some(device) = self.inventory.device(record).map(|device| device.id.clone()) else { return };
        let Some(south) = self.south.get_mut(&device) else { return };
        let Some(address) = south.address.clone() else { return };
        let session = *south.wanted.get_or_insert_with(|| {
            let random = self.nonces.next();
            random.as_bytes().iter().take(2).fold(0, |id: u16, byte| (id << 8) | u16::from(*byte))
        });
        let notification = Notification::new(south.account.server.name.as_str(), session);
        // A ServerID that is too long for a notification never gets one: its devices come by themselves.
        if let Ok(bytes) = notification.encode(&south.account.server.secret, &south.account.server_nonce) {
            self.outputs.push_back(GremOutput::Notify { device, address, bytes });
        }
    }
}

/// A device's answer in the words of the jobs.
fn translate(answer: CommandAnswer) -> Answer {
    let values = answer.values.into_iter().map(|value| {
        let format = value.format.as_deref().and_then(Format::parse).unwrap_or_default();
        Returned::new(value.uri, format, value.data)
    });
    Answer::new(answer.status, values.collect(), answer.inner.into_iter().map(translate).collect())
}

fn mark(word: &str) -> Option<Mark> {
    [Mark::Fatal, Mark::Critical, Mark::Minor, Mark::Warning, Mark::Informational, Mark::Harmless, Mark::Indeterminate]
        .into_iter()
        .find(|mark| mark.as_str() == word.trim())
}
