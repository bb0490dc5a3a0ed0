//! Seeded chance: the same seed gives the same faults.

/// A small deterministic generator (`SplitMix64`); not for secrets.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice that always fall as `seed` says.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        match bound {
            0 => 0,
            bound => self.roll() % bound,
        }
    }

    /// One of `numbers`; 0 when there is none.
    pub fn pick(&mut self, numbers: &[u64]) -> u64 {
        let at = usize::try_from(self.below(numbers.len() as u64)).unwrap_or(0);
        numbers.get(at).copied().unwrap_or(0)
    }

    /// True in `percent` of 100 throws.
    pub const fn chance(&mut self, percent: u8) -> bool {
        self.below(100) < percent as u64
    }
}
