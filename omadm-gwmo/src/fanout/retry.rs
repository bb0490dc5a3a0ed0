//! Which outcomes are tried again, and after how long \[gwmo 5.5\].

use core::time::Duration;
use omadm_proto::status::StatusCode;
use sha2::{Digest as _, Sha256};

/// What a bad outcome means for the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Retry {
    /// As often as the policy allows.
    Yes,
    /// One more time.
    Once,
    /// Never: the same would come back.
    No,
}

/// The retry class of a bad status.
pub(crate) const fn of_status(status: StatusCode) -> Retry {
    match status.as_u16() {
        101 | 408 | 417 | 503 => Retry::Yes,
        500 | 506 | 510 | 511 => Retry::Once,
        _ => Retry::No,
    }
}

/// The retry class of a bad result code in a final alert: those of FUMO that mean network or server \[mo 5.4\]. Codes of the
/// other families have no entry in the sheet and are final.
pub(crate) const fn of_result(code: u16) -> Retry {
    match code {
        407 | 412 | 500 | 503 | 550..=599 => Retry::Yes,
        _ => Retry::No,
    }
}

/// Whether a result code in a final alert is good: 2xx of FUMO, 12xx of the other families \[mo 2\].
pub(crate) const fn is_good_result(code: u16) -> bool {
    matches!(code, 200..=299 | 1200..=1299)
}

/// Back-off number `n` (from 1): doubling from `base` up to `cap`, scaled by 0.75 to 1.25 from a hash, so that devices spread
/// and a test still sees the same numbers each time.
pub(crate) fn back_off(base: Duration, cap: Duration, job: &str, device: &str, n: u32) -> Duration {
    let doubled = 1_u32.checked_shl(n.saturating_sub(1)).and_then(|factor| base.checked_mul(factor));
    let plain = doubled.unwrap_or(cap).min(cap);
    let mut hash = Sha256::new();
    for part in [job.as_bytes(), &[0], device.as_bytes(), &[0], &n.to_be_bytes()] {
        hash.update(part);
    }
    let digest = hash.finalize();
    let spread = u64::from(digest.first().copied().unwrap_or_default()) * 500 / 255;
    let millis = u64::try_from(plain.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(millis.saturating_mul(750 + spread) / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_the_table() {
        for code in [101, 408, 417, 503] {
            assert_eq!(of_status(StatusCode::from_u16(code)), Retry::Yes);
        }
        for code in [500, 506, 510, 511] {
            assert_eq!(of_status(StatusCode::from_u16(code)), Retry::Once);
        }
        for code in [401, 403, 404, 405, 407, 410, 413, 420, 425, 215, 216, 507, 516, 400, 501] {
            assert_eq!(of_status(StatusCode::from_u16(code)), Retry::No);
        }
        assert_eq!(of_result(503), Retry::Yes);
        assert_eq!(of_result(402), Retry::No);
        assert!(is_good_result(200) && is_good_result(1200) && !is_good_result(410));
    }

    #[test]
    fn back_off_doubles_up_to_the_cap_and_spreads_by_a_quarter() {
        let (base, cap) = (Duration::from_secs(30), Duration::from_secs(100));
        for device in ["a", "b", "c"] {
            for (n, plain) in [(1, 30), (2, 60), (3, 100), (40, 100)] {
                let span = back_off(base, cap, "j", device, n);
                assert!(span >= Duration::from_millis(plain * 750), "{span:?}");
                assert!(span <= Duration::from_millis(plain * 1250), "{span:?}");
                assert_eq!(span, back_off(base, cap, "j", device, n));
            }
        }
    }
}
