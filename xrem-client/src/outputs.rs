//! The one FIFO of outputs, and what is not stored yet.
//!
//! Invariant: [`Outputs::transmit`] puts every unsaved record in front of the message \[architecture 1.8\].

use alloc::collections::VecDeque;

use omadm_proto::exchange::Transmit;
use omadm_proto::ids::ActionId;

use crate::event::Event;
use crate::output::{Action, Output};
use crate::record::Record;

/// The queue of one machine.
#[derive(Debug)]
pub(crate) struct Outputs {
    queue: VecDeque<Output>,
    next_action: u64,
}

impl Outputs {
    /// An empty queue whose action ids start at `first_action`, so that two machines of one driver never share one.
    pub(crate) const fn new(first_action: u64) -> Self {
        Self { queue: VecDeque::new(), next_action: first_action }
    }

    pub(crate) fn poll(&mut self) -> Option<Output> {
        self.queue.pop_front()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(crate) fn push(&mut self, output: Output) {
        self.queue.push_back(output);
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.push(Output::Event(event));
    }

    pub(crate) fn persist(&mut self, record: Record) {
        self.push(Output::Persist(record));
    }

    pub(crate) fn transmit(&mut self, transmit: Transmit) {
        self.push(Output::Transmit(transmit));
    }

    pub(crate) fn action(&mut self, action: Action) -> ActionId {
        let id = ActionId::new(self.next_action);
        self.next_action += 1;
        self.push(Output::Action { id, action });
        id
    }
}
