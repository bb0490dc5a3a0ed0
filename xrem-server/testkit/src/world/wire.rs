//! What travels: requests, answers and notifications, with the faults of their links.

use core::time::Duration;

use bytes::Bytes;

use super::World;
use crate::agenda::Entry;
use crate::network::Faults;
use crate::node::Node;
use crate::station::{CallId, Effect, Reply, Request, Ticket};
use crate::traffic::Traffic;

/// A request without an answer is given up after this time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Something under way.
#[derive(Debug, Clone)]
pub(super) enum Parcel {
    Request { from: Node, to: Node, call: CallId, request: Request },
    Reply { to: Node, call: CallId, reply: Reply },
    Datagram { to: Node, bytes: Bytes },
}

/// A request that waits for its answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    pub(super) from: Node,
    ticket: Ticket,
}

/// The gateway in whose area network `a` and `b` would meet, and the device.
const fn area(a: Node, b: Node) -> Option<(u32, u32)> {
    match (a, b) {
        (Node::Gateway(gateway), Node::Device(device)) | (Node::Device(device), Node::Gateway(gateway)) => {
            Some((gateway, device))
        }
        _ => None,
    }
}

impl Parcel {
    /// Whether `node` sent it or would get it.
    pub(super) fn concerns(&self, node: Node) -> bool {
        match self {
            Self::Request { from, to, .. } => *from == node || *to == node,
            Self::Reply { to, .. } | Self::Datagram { to, .. } => *to == node,
        }
    }
}

impl World {
    /// Does to the world what `node` wants.
    pub(super) fn effect(&mut self, node: Node, effect: Effect) {
        match effect {
            Effect::Told(text) => self.network_note(&text),
            Effect::Call { to, ticket, request } => {
                self.last_call += 1;
                let call = self.last_call;
                self.calls.insert(call, Call { from: node, ticket });
                self.agenda.set(Entry::Call(call), Some(self.now() + PATIENCE));
                self.send(node, to, Parcel::Request { from: node, to, call, request });
            }
            Effect::Answer { to, call, reply } => self.send(node, to, Parcel::Reply { to, call, reply }),
            Effect::Datagram { to, bytes } => self.send(node, to, Parcel::Datagram { to, bytes }),
            Effect::Restart => self.restart(node),
        }
    }

    fn send(&mut self, from: Node, to: Node, parcel: Parcel) {
        let area = area(from, to);
        let text = self.count(area.map(|(gateway, _)| gateway), &parcel);
        let (faults, down) = match area {
            Some((gateway, device)) => (self.plan.lan, !self.is_in_area(device, gateway)),
            None => {
                let is_cut = |node: &Node| self.cut_off.contains(node);
                (self.plan.wan, self.wan_down || is_cut(&from) || is_cut(&to))
            }
        };
        let parcel = if self.network.strikes(faults.damage) { self.harm(parcel) } else { parcel };
        let arrives = if down { false } else { self.network.send(faults, parcel) };
        let fate = if arrives { "" } else { " (lost)" };
        self.network_note(&format!("{from} -> {to}: {text}{fate}"));
    }

    fn harm(&mut self, parcel: Parcel) -> Parcel {
        let mut harm = |bytes: &Bytes| Bytes::from(self.network.harm(bytes));
        match parcel {
            Parcel::Request { from, to, call, request: Request::Message { syntax, mac, body } } => {
                let request = Request::Message { syntax, mac, body: harm(&body) };
                Parcel::Request { from, to, call, request }
            }
            Parcel::Reply { to, call, reply: Reply::Message { syntax, mac, body } } => {
                Parcel::Reply { to, call, reply: Reply::Message { syntax, mac, body: harm(&body) } }
            }
            Parcel::Datagram { to, bytes } => Parcel::Datagram { to, bytes: harm(&bytes) },
            whole @ (Parcel::Request { .. } | Parcel::Reply { .. }) => whole,
        }
    }

    /// Counts `parcel` in the area network of the gateway `area`, or in the WAN.
    fn count(&mut self, area: Option<u32>, parcel: &Parcel) -> String {
        let mut traffic = Traffic::default();
        let size = |len: usize| u64::try_from(len).unwrap_or(u64::MAX);
        let text = match parcel {
            Parcel::Request { call, request: Request::Message { body, .. }, .. }
            | Parcel::Reply { call, reply: Reply::Message { body, .. }, .. } => {
                traffic.messages += 1;
                traffic.message_bytes += size(body.len());
                format!("message {call}, {} bytes", body.len())
            }
            Parcel::Request { call, request: Request::Fetch { path, offset, .. }, .. } => {
                traffic.image_bytes += size(path.len());
                format!("fetch {call} {path} from {offset}")
            }
            Parcel::Reply { call, reply: Reply::Block { data, .. }, .. } => {
                traffic.blocks += 1;
                traffic.image_bytes += size(data.len());
                format!("block {call}, {} bytes", data.len())
            }
            Parcel::Reply { call, reply: reply @ (Reply::Refused | Reply::NotFound), .. } => {
                format!("{reply:?} {call}")
            }
            Parcel::Datagram { bytes, .. } => {
                traffic.datagrams += 1;
                traffic.datagram_bytes += size(bytes.len());
                format!("notification, {} bytes", bytes.len())
            }
        };
        match area {
            Some(gateway) => {
                self.lan += traffic;
                *self.areas.entry(gateway).or_default() += traffic;
            }
            None => self.wan += traffic,
        }
        text
    }

    /// Hands `parcel` to the node that it is for, if that is on.
    pub(super) fn arrive(&mut self, parcel: Parcel) {
        let now = self.now();
        let to = match &parcel {
            Parcel::Request { to, .. } | Parcel::Reply { to, .. } | Parcel::Datagram { to, .. } => *to,
        };
        if self.off.contains(&to) {
            return self.network_note(&format!("{to} is off: something for it is lost"));
        }
        match parcel {
            Parcel::Request { from, call, request, .. } => {
                self.network_note(&format!("{to}: request {call} arrived"));
                if let Some(station) = self.station(to) {
                    station.request(now, from, call, &request);
                }
            }
            Parcel::Reply { call, reply, .. } => {
                self.network_note(&format!("{to}: reply {call} arrived"));
                return self.answered(call, Some(reply));
            }
            Parcel::Datagram { bytes, .. } => {
                self.network_note(&format!("{to}: notification arrived"));
                if let Some(station) = self.station(to) {
                    station.datagram(now, &bytes);
                }
            }
        }
        self.busy.insert(to);
    }

    /// The answer to `call` is there, or will not be waited for any longer; a second one is ignored.
    pub(super) fn answered(&mut self, call: CallId, reply: Option<Reply>) {
        let Some(Call { from, ticket }) = self.calls.remove(&call) else { return };
        self.agenda.set(Entry::Call(call), None);
        if reply.is_none() {
            self.network_note(&format!("{from}: no answer to {call}"));
        }
        let now = self.now();
        if let Some(station) = self.station(from) {
            station.reply(now, ticket, reply);
        }
        self.busy.insert(from);
    }

    /// The links from now on.
    pub const fn set_faults(&mut self, wan: Faults, lan: Faults) {
        (self.plan.wan, self.plan.lan) = (wan, lan);
    }
}
