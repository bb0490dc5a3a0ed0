//! How many challenges a client may be given \[dm 7.4\].
//!
//! A guess at a password needs a challenge first: the nonce that the account expects is known to the owner alone. So guesses
//! are bounded by bounding challenges over all sessions of a device. The owner is not locked out by a stranger who spends
//! them: who has the nonce of its last session needs no challenge, and one that lost it waits for the next refill at most.
//! Guesses at auth-basic need no nonce; there only the length of the secret helps, and locking the owner out would not.

use core::time::Duration;

use omadm_proto::time::Instant;

/// Challenges in a row without a success.
const CAPACITY: u8 = 24;
/// One more after so long.
const REFILL: Duration = Duration::from_secs(30);

/// The challenges that were given since the client last authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ChallengeBudget {
    spent: u8,
    /// When the one that is refilled next was spent, or refilled last.
    since: Instant,
}

impl ChallengeBudget {
    /// Whether a challenge may be given now.
    #[must_use]
    pub fn is_exhausted(mut self, now: Instant) -> bool {
        self.refill(now);
        self.spent >= CAPACITY
    }

    /// Spends one; `false` when none is left.
    pub(crate) fn spend(&mut self, now: Instant) -> bool {
        self.refill(now);
        if self.spent >= CAPACITY {
            return false;
        }
        self.spent += 1;
        true
    }

    /// The client has authenticated.
    pub(crate) const fn reset(&mut self) {
        self.spent = 0;
    }

    fn refill(&mut self, now: Instant) {
        let gained = now.since(self.since).as_millis() / REFILL.as_millis();
        let gained = u8::try_from(gained).unwrap_or(u8::MAX);
        if gained >= self.spent {
            *self = Self { spent: 0, since: now };
        } else {
            self.spent -= gained;
            self.since = self.since + REFILL * u32::from(gained);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spent_budget_gives_one_challenge_every_half_minute() {
        let mut budget = ChallengeBudget::default();
        let start = Instant::from_secs(1_000);
        for _ in 0..24 {
            assert!(budget.spend(start));
        }
        assert!(!budget.spend(start + Duration::from_secs(29)));
        assert!(budget.spend(start + Duration::from_secs(30)));
        assert!(!budget.spend(start + Duration::from_secs(59)));
        assert!(budget.spend(start + Duration::from_secs(60)));
    }

    #[test]
    fn an_hour_of_silence_or_a_success_gives_all_back() {
        let mut budget = ChallengeBudget::default();
        let start = Instant::from_secs(1_000);
        while budget.spend(start) {}
        let mut rested = budget;
        assert!((0..24).all(|_| rested.spend(start + Duration::from_secs(3_600))));
        budget.reset();
        assert!((0..24).all(|_| budget.spend(start)));
    }
}
