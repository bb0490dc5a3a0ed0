//! Execs that were accepted and are carried out one after another: answered 202, reported by one alert \[mo 1.3, 13\].
//!
//! ```text
//! accepted --stored, then 202--> running --stored with its alert, then the alert is queued--> ended
//! ```
//!
//! Invariants: an order is durable before its 202 is sent. Its alert is chosen once and stored with the number that it gets in
//! the outbox, before it is queued there; a restart between the two queues it, and never a second time. An Exec that is
//! repeated with its Correlator while its order waits, or not long after it ended, is the same order.
//!
//! Called by [`crate::software`] and [`crate::lock`], which do the work.

use alloc::collections::VecDeque;
use alloc::string::String;
use core::fmt;

use omadm_proto::ids::{ActionId, ServerId};
use omadm_tree::uri::NodeUri;

use crate::client::Client;
use crate::outbox::{AlertId, GenericAlert};
use crate::output::ActionResult;
use crate::update::Request;

/// Orders that may wait at the same time.
const MAX_WAITING: usize = 32;
/// Ended orders whose Correlators are remembered.
const MAX_ENDED: usize = 32;

/// Names an order for the driver. An action with a number that was carried out before is a repetition after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OrderNumber(u64);

impl OrderNumber {
    /// The number; no two orders of a device have the same, except one of software and one of locking.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What becomes of an action that a machine takes.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It is answered with this.
    Now(ActionId, ActionResult),
    /// Later, or not by this.
    Later,
}

/// The orders of one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Orders<W> {
    next: u64,
    waiting: VecDeque<Order<W>>,
    ended: VecDeque<Origin>,
}

/// An accepted Exec.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Order<W> {
    pub(crate) number: OrderNumber,
    pub(crate) origin: Origin,
    pub(crate) work: W,
    ending: Option<Ending>,
}

/// Where an order came from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Origin {
    pub(crate) server: ServerId,
    /// The executed node.
    pub(crate) uri: NodeUri,
    pub(crate) correlator: Option<String>,
}

/// The alert of an order that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Ending {
    id: AlertId,
    alert: GenericAlert,
}

impl<W> Default for Orders<W> {
    fn default() -> Self {
        Self { next: 1, waiting: VecDeque::new(), ended: VecDeque::new() }
    }
}

impl<W> Orders<W> {
    /// Whether this very Exec was accepted before.
    pub(crate) fn knows(&self, request: &Request) -> bool {
        let same = |origin: &Origin| {
            origin.correlator.is_some()
                && origin.correlator == request.correlator
                && origin.server == request.server
                && origin.uri == request.uri
        };
        self.waiting.iter().map(|order| &order.origin).chain(&self.ended).any(same)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.waiting.len() >= MAX_WAITING
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Order<W>> {
        self.waiting.iter()
    }

    pub(crate) fn push(&mut self, request: Request, work: W) {
        let Request { server, uri, correlator } = request;
        let number = OrderNumber(self.next);
        self.next = self.next.saturating_add(1);
        self.waiting.push_back(Order { number, origin: Origin { server, uri, correlator }, work, ending: None });
    }

    /// The order that is carried out now, or is the next one.
    pub(crate) fn running(&self) -> Option<&Order<W>> {
        self.waiting.front()
    }

    pub(crate) fn running_mut(&mut self) -> Option<&mut Order<W>> {
        self.waiting.front_mut()
    }

    /// Chooses the alert of the running order; to be stored before [`Self::close`].
    pub(crate) fn end(&mut self, client: &mut Client, alert: GenericAlert) {
        if let Some(order) = self.waiting.front_mut() {
            order.ending = Some(Ending { id: client.shared().outbox.next_id(), alert });
        }
    }

    /// Queues the alert of the running order, if it is over and its alert never was queued, and takes the order off.
    pub(crate) fn close(&mut self, client: &mut Client) {
        if self.waiting.front().is_none_or(|order| order.ending.is_none()) {
            return;
        }
        let Some(order) = self.waiting.pop_front() else { return };
        if let Some(Ending { id, alert }) = order.ending
            && !client.shared().outbox.has_seen(id)
        {
            client.queue_alert(alert);
        }
        if self.ended.len() >= MAX_ENDED {
            self.ended.pop_front();
        }
        self.ended.push_back(order.origin);
    }
}

impl Origin {
    /// `alert` as the report of the order that came from here.
    pub(crate) fn report(&self, alert: GenericAlert) -> GenericAlert {
        alert.for_server(self.server.clone()).correlator(self.correlator.clone())
    }
}
