//! Power cuts and restarts.

use core::time::Duration;

use super::World;
use super::run::Trouble;
use crate::agenda::Entry;
use crate::node::Node;

/// From a restart to the first thing a node does.
const BOOT_TIME: Duration = Duration::from_secs(2);

impl World {
    /// Cuts the power of `node`: everything in its memory is lost, what it stored stays.
    pub fn cut(&mut self, node: Node) {
        if !self.off.insert(node) {
            return;
        }
        self.network_note(&format!("{node}: power cut"));
        match node {
            Node::Server => self.network.struck.server_cuts += 1,
            Node::Gateway(_) | Node::Device(_) => self.network.struck.cuts += 1,
        }
        let now = self.now();
        if let Some(station) = self.station(node) {
            station.cut(now);
        }
        self.busy.remove(&node);
        let lost: Vec<_> = self.calls.iter().filter(|(_, call)| call.from == node).map(|(id, _)| *id).collect();
        for call in lost {
            self.calls.remove(&call);
            self.agenda.set(Entry::Call(call), None);
        }
        for entry in [Entry::Machine(node), Entry::Poll(node), Entry::Boot(node)] {
            self.agenda.set(entry, None);
        }
    }

    /// Gives `node` its power back: it is built again from what it stored.
    ///
    /// # Errors
    /// [`Trouble::Boot`] when that is not possible.
    pub fn restore(&mut self, node: Node) -> Result<(), Trouble> {
        if !self.off.remove(&node) {
            return Ok(());
        }
        self.network_note(&format!("{node}: power on"));
        self.agenda.set(Entry::Boot(node), None);
        let now = self.now();
        if let Some(station) = self.station(node) {
            station.boot(now).map_err(Trouble::Boot)?;
        }
        self.plan_poll(node);
        self.busy.insert(node);
        Ok(())
    }

    /// Cuts the power of `node` and gives it back after the time that a boot takes.
    pub fn restart(&mut self, node: Node) {
        self.cut(node);
        self.agenda.set(Entry::Boot(node), Some(self.now() + BOOT_TIME));
    }

    /// Restarts `node` after `steps` more steps, whatever is going on then.
    pub const fn restart_in(&mut self, steps: u64, node: Node) {
        self.to_restart = Some((self.steps + steps, node));
    }

    /// Whether such a restart is still to come.
    #[must_use]
    pub const fn awaits_restart(&self) -> bool {
        self.to_restart.is_some()
    }

    /// Restarts the node whose turn it is.
    pub(super) fn restart_whose_turn_it_is(&mut self) {
        if let Some((at, node)) = self.to_restart
            && at <= self.steps
        {
            self.to_restart = None;
            self.restart(node);
        }
    }

    /// Decides when `node` comes by itself.
    pub(super) fn plan_poll(&mut self, node: Node) {
        let at = self.plan.poll.filter(|_| node != Node::Server).map(|interval| self.now() + interval);
        self.agenda.set(Entry::Poll(node), at);
    }
}
