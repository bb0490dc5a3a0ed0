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
    /// Percent of parcels that are up to 90 seconds late: everybody has given them up by then.
    pub late: u8,
    /// Percent of parcels that arrive cut short, or as garbage.
    pub damage: u8,
}

impl Default for Faults {
    fn default() -> Self {
        Self { loss: 0, duplication: 0, delay: Duration::from_millis(10), jitter: Duration::ZERO, late: 0, damage: 0 }
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
    pub(crate) struck: Struck,
}

/// How often faults of each kind struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Struck {
    /// Parcels that were lost.
    pub lost: u64,
    /// Parcels that arrived twice.
    pub doubled: u64,
    /// Parcels that were very late.
    pub late: u64,
    /// Parcels that were cut short.
    pub cut_short: u64,
    /// Parcels that became garbage.
    pub garbage: u64,
    /// Power cuts of devices and gateways.
    pub cuts: u64,
    /// Power cuts of the network server.
    pub server_cuts: u64,
}

/// The most milliseconds that a late parcel is late.
const LATEST: u64 = 90_000;

impl<P: Clone> Network<P> {
    /// An empty network whose faults follow `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            now: Instant::from_secs(1),
            in_flight: BTreeMap::new(),
            sent: 0,
            dice: Dice::new(seed),
            struck: Struck::default(),
        }
    }

    /// The virtual time.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// Sends `parcel` over a link with `faults`; returns whether it will arrive at least once.
    pub fn send(&mut self, faults: Faults, parcel: P) -> bool {
        if self.dice.chance(faults.loss) {
            self.struck.lost += 1;
            return false;
        }
        if self.dice.chance(faults.duplication) {
            self.struck.doubled += 1;
            self.launch(faults, parcel.clone());
        }
        self.launch(faults, parcel);
        true
    }

    fn launch(&mut self, faults: Faults, parcel: P) {
        let jitter = u64::try_from(faults.jitter.as_millis()).unwrap_or(u64::MAX);
        let mut extra = Duration::from_millis(self.dice.below(jitter.saturating_add(1)));
        if self.strikes(faults.late) {
            self.struck.late += 1;
            extra += Duration::from_millis(self.dice.below(LATEST));
        }
        self.sent += 1;
        self.in_flight.insert((self.now + faults.delay + extra, self.sent), parcel);
    }

    /// Whether a fault of so many percent strikes. One that is impossible leaves the dice alone.
    pub(crate) fn strikes(&mut self, percent: u8) -> bool {
        percent > 0 && self.dice.chance(percent)
    }

    /// `bytes` as they arrive over a bad link: cut short somewhere, or something else altogether.
    pub(crate) fn harm(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.dice.chance(50) {
            self.struck.cut_short += 1;
            let len = usize::try_from(self.dice.below(bytes.len() as u64)).unwrap_or(0);
            return bytes.iter().take(len).copied().collect();
        }
        self.struck.garbage += 1;
        (0..self.dice.below(200)).map(|_| self.dice.roll().to_be_bytes()[0]).collect()
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
