//! A virtual network: parcels in flight between nodes, one clock that jumps to whatever happens next.
//!
//! A world asks for the next arrival, hands it to the node, and sends what the node answers. Faults are decided when a parcel
//! is sent, from a seed, so a run can be repeated exactly.

use alloc::collections::BTreeMap;
use core::time::Duration;

use omadm_proto::time::Instant;

use crate::dice::Dice;

/// What a link does to the parcels it carries. The default loses and doubles nothing and takes 10 ms.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Faults {
    /// Percent of parcels that never arrive.
    pub loss: u8,
    /// Percent of parcels that arrive twice.
    pub duplication: u8,
    /// The shortest way takes this long.
    pub delay: Duration,
    /// Up to this much longer, at random: parcels overtake each other.
    pub jitter: Duration,
}

impl Default for Faults {
    fn default() -> Self {
        Self { loss: 0, duplication: 0, delay: Duration::from_millis(10), jitter: Duration::ZERO }
    }
}

impl Faults {
    /// A link that loses `loss` and doubles `duplication` percent of its parcels and lets them overtake each other.
    #[must_use]
    pub fn lossy(loss: u8, duplication: u8) -> Self {
        Self { loss, duplication, jitter: Duration::from_millis(200), ..Self::default() }
    }
}

/// Parcels of type `P` in flight, and the clock.
#[derive(Debug)]
pub struct Network<P> {
    now: Instant,
    in_flight: BTreeMap<(Instant, u64), P>,
    sent: u64,
    dice: Dice,
}

impl<P: Clone> Network<P> {
    /// An empty network whose faults follow `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { now: Instant::from_secs(1), in_flight: BTreeMap::new(), sent: 0, dice: Dice::new(seed) }
    }

    /// The virtual time.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// Sends `parcel` over a link with `faults`; returns whether it will arrive at least once.
    pub fn send(&mut self, faults: Faults, parcel: P) -> bool {
        if self.dice.chance(faults.loss) {
            return false;
        }
        if self.dice.chance(faults.duplication) {
            self.launch(faults, parcel.clone());
        }
        self.launch(faults, parcel);
        true
    }

    fn launch(&mut self, faults: Faults, parcel: P) {
        let jitter = u64::try_from(faults.jitter.as_millis()).unwrap_or(u64::MAX);
        let extra = Duration::from_millis(self.dice.below(jitter.saturating_add(1)));
        self.sent += 1;
        self.in_flight.insert((self.now + faults.delay + extra, self.sent), parcel);
    }

    /// When the next parcel arrives.
    #[must_use]
    pub fn next_arrival(&self) -> Option<Instant> {
        self.in_flight.keys().next().map(|(at, _)| *at)
    }

    /// Lets the clock jump to the next arrival or to `deadline`, whichever is first, and takes the parcel that arrives.
    /// `None` with an unmoved clock means that nothing is in flight and there is no deadline: the world has come to rest.
    pub fn advance(&mut self, deadline: Option<Instant>) -> Option<P> {
        let arrival = self.next_arrival();
        match (arrival, deadline) {
            (Some(arrival), deadline) if deadline.is_none_or(|deadline| arrival <= deadline) => {
                self.now = self.now.max(arrival);
                self.in_flight.pop_first().map(|(_, parcel)| parcel)
            }
            (_, Some(deadline)) => {
                self.now = self.now.max(deadline);
                None
            }
            _ => None,
        }
    }

    /// Drops every parcel in flight that `lost` picks: a power cut takes what was on the wire.
    pub fn drop_in_flight(&mut self, mut lost: impl FnMut(&P) -> bool) {
        self.in_flight.retain(|_, parcel| !lost(parcel));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_jumps_to_the_next_arrival_or_deadline() {
        let mut network = Network::new(1);
        network.send(Faults::default(), "parcel");
        assert_eq!(network.advance(Some(Instant::from_millis(1005))), None);
        assert_eq!(network.now(), Instant::from_millis(1005));
        assert_eq!(network.advance(None), Some("parcel"));
        assert_eq!(network.now(), Instant::from_millis(1010));
        assert_eq!(network.advance(None), None);
    }

    #[test]
    fn the_same_seed_gives_the_same_faults() {
        let run = |seed| {
            let mut network = Network::new(seed);
            let arriving: Vec<bool> = (0..64).map(|number| network.send(Faults::lossy(30, 30), number)).collect();
            let mut order = Vec::new();
            while let Some(number) = network.advance(None) {
                order.push(number);
            }
            (arriving, order)
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
    }
}
