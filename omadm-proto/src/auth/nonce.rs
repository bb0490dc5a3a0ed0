//! Nonces without a random number generator: HMAC-SHA256(seed, counter) \[dm 7.5\].
//!
//! The driver supplies the seed once, from a good source, and the machine persists seed and counter together, so that no
//! nonce is ever issued twice, not even after a restart.

use core::fmt;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroize as _;

use super::Nonce;

/// 32 bytes that nobody can guess. Wiped when dropped, never printed.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Seed([u8; 32]);

impl Seed {
    /// The seed `bytes`.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// An endless supply of nonces.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NonceSource {
    seed: Seed,
    counter: u64,
}

impl NonceSource {
    /// A supply from the start of `seed`.
    #[must_use]
    pub const fn new(seed: Seed) -> Self {
        Self::from_parts(seed, 0)
    }

    /// A supply that goes on after `counter` nonces.
    #[must_use]
    pub const fn from_parts(seed: Seed, counter: u64) -> Self {
        Self { seed, counter }
    }

    /// How many nonces were issued.
    #[must_use]
    pub const fn counter(&self) -> u64 {
        self.counter
    }

    /// The next nonce: 16 bytes, none of them 0x00 or `:`, because C-string stacks stumble over these \[dm 7.5\].
    #[expect(clippy::should_implement_trait, reason = "it never ends, so it is no iterator")]
    pub fn next(&mut self) -> Nonce {
        let bytes = keyed_hash(&self.seed.0, self.counter);
        self.counter = self.counter.wrapping_add(1);
        let (first, second) = bytes.split_at(16);
        let usable = first.iter().zip(second).map(|(&byte, &spare)| match byte {
            0x00 | b':' => spare | 0x80,
            other => other,
        });
        Nonce::new(usable.collect::<alloc::vec::Vec<u8>>())
    }
}

fn keyed_hash(seed: &[u8; 32], counter: u64) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length; the Result belongs to the trait")]
    let mut mac = Hmac::<Sha256>::new_from_slice(seed).expect("any length");
    mac.update(&counter.to_be_bytes());
    mac.finalize().into_bytes().into()
}
