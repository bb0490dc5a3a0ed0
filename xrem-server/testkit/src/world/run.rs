//! Moving the world: one step, or until a goal is reached.

use core::fmt;
use core::time::Duration;

use omadm_proto::time::Instant;

use super::World;
use crate::agenda::Entry;
use crate::node::Node;
use crate::station::BootError;

/// The longest time that anything takes by itself.
pub(super) const DAY: Duration = Duration::from_secs(86_400);

/// Steps at one moment that cannot be right any more.
const MAX_STEPS_AT_ONCE: u64 = 1_000_000;

/// Why a goal is not reached.
#[non_exhaustive]
pub enum Trouble {
    /// Nothing happens any more.
    Rest(Instant),
    /// There is always something to do, but time does not pass.
    Spinning(Instant),
    /// Time is over.
    Late(Instant),
    /// A node does not come up.
    Boot(BootError),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rest(now) => write!(f, "stuck: nothing happens after {now}"),
            Self::Spinning(now) => write!(f, "stuck: time does not pass at {now}"),
            Self::Late(now) => write!(f, "the goal is not reached at {now}"),
            Self::Boot(error) => write!(f, "a node does not come up: {error}"),
        }
    }
}

impl fmt::Debug for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl core::error::Error for Trouble {}

impl World {
    /// Lets one thing happen; tells whether there was anything.
    ///
    /// # Errors
    /// [`Trouble::Boot`].
    pub fn step(&mut self) -> Result<bool, Trouble> {
        self.steps += 1;
        self.restart_whose_turn_it_is();
        if let Some(node) = self.busy.first().copied() {
            self.step_of(node);
            return Ok(true);
        }
        let due = self.agenda.first();
        if let Some(parcel) = self.network.advance(due.map(|(at, _)| at)) {
            self.arrive(parcel);
            return Ok(true);
        }
        let Some((_, entry)) = due else { return Ok(false) };
        self.agenda.set(entry, None);
        self.come_due(entry)?;
        Ok(true)
    }

    fn step_of(&mut self, node: Node) {
        let now = self.now();
        let Some(station) = self.station(node) else { return };
        match station.step(now) {
            Some(effect) => self.effect(node, effect),
            None => {
                let deadline = station.deadline();
                self.busy.remove(&node);
                self.agenda.set(Entry::Machine(node), deadline);
            }
        }
    }

    fn come_due(&mut self, entry: Entry) -> Result<(), Trouble> {
        let now = self.now();
        match entry {
            Entry::Machine(node) => {
                if let Some(station) = self.station(node) {
                    station.timeout(now);
                }
                self.busy.insert(node);
            }
            Entry::Poll(node) => {
                self.network_note(&format!("{node}: comes by itself"));
                if let Some(station) = self.station(node) {
                    station.come(now);
                }
                self.busy.insert(node);
                self.plan_poll(node);
            }
            Entry::Boot(node) => self.restore(node)?,
            Entry::Call(call) => self.answered(call, None),
        }
        Ok(())
    }

    /// Whether nothing is under way, nothing waits and nothing is due, except that nodes come by themselves.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.busy.is_empty() && self.network.next_arrival().is_none() && self.agenda.only_polls()
    }

    /// Lets everything happen until `goal` is reached, at most for `limit`.
    ///
    /// # Errors
    /// [`Trouble`] when it is not reached.
    pub fn run_until(&mut self, limit: Duration, mut goal: impl FnMut(&Self) -> bool) -> Result<(), Trouble> {
        let end = self.now() + limit;
        let (mut since, mut moment) = (self.steps, self.now());
        while !goal(self) {
            if self.busy.is_empty() && self.next_moment().is_some_and(|next| next > end) {
                return Err(Trouble::Late(self.now()));
            }
            if !self.step()? {
                return Err(Trouble::Rest(self.now()));
            }
            if self.now() > moment {
                (since, moment) = (self.steps, self.now());
            } else if self.steps - since > MAX_STEPS_AT_ONCE {
                return Err(Trouble::Spinning(self.now()));
            }
        }
        Ok(())
    }

    /// Lets everything happen that happens by itself within a day.
    ///
    /// # Errors
    /// [`Trouble`] when it does not come to rest.
    pub fn settle(&mut self) -> Result<(), Trouble> {
        self.run_until(DAY, Self::is_at_rest)
    }

    /// Lets `steps` things happen, as far as there are any.
    ///
    /// # Errors
    /// [`Trouble::Boot`].
    pub fn run_steps(&mut self, steps: u64) -> Result<(), Trouble> {
        for _ in 0..steps {
            if !self.step()? {
                break;
            }
        }
        Ok(())
    }

    /// How many things happened so far.
    #[must_use]
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    fn next_moment(&self) -> Option<Instant> {
        let due = self.agenda.first().map(|(at, _)| at);
        self.network.next_arrival().into_iter().chain(due).min()
    }
}
