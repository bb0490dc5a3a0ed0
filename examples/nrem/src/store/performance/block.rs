//! Samples as bytes: how many, then for each how its distance in time differs from that of the one before, and how its bits
//! differ from the value before. What repeats costs a byte: a whole number at a steady pace takes about five.

use omadm_tree::mo::diag_mon::{Decimal, DiagTime};
use xrem_server::performance::Sample;

/// The bytes of `samples`, which are in ascending order, behind what is in `out`.
pub(super) fn pack(samples: &[Sample], out: &mut Vec<u8>) {
    put(samples.len() as u64, out);
    let (mut time, mut step, mut bits) = (0_u64, 0_u64, 0_u64);
    for sample in samples {
        let next = sample.time.as_unix_millis();
        let distance = next.wrapping_sub(time);
        put(zigzag(distance.wrapping_sub(step)), out);
        (time, step) = (next, distance);
        let value = sample.value.as_f64().to_bits();
        // Neighbours differ in a few of the upper bits, which come first when the bits are reversed.
        put((value ^ bits).reverse_bits(), out);
        bits = value;
    }
}

/// How many samples [`pack`] wrote into `bytes`, without reading them.
pub(super) fn count(mut bytes: &[u8]) -> Option<u64> {
    take(&mut bytes)
}

/// What [`pack`] wrote; `None` when these are other bytes.
pub(super) fn unpack(mut bytes: &[u8]) -> Option<Vec<Sample>> {
    let count = usize::try_from(take(&mut bytes)?).ok()?;
    // Two bytes at least are behind each.
    let mut samples = Vec::with_capacity(count.min(bytes.len() / 2));
    let (mut time, mut step, mut bits) = (0_u64, 0_u64, 0_u64);
    for _ in 0..count {
        step = step.wrapping_add(unzigzag(take(&mut bytes)?));
        time = time.wrapping_add(step);
        bits ^= take(&mut bytes)?.reverse_bits();
        let value = Decimal::new(f64::from_bits(bits)).ok()?;
        samples.push(Sample::new(DiagTime::from_unix_millis(time), value));
    }
    Some(samples)
}

/// Seven bits in each byte, the lowest first.
fn put(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let (mut number, mut shift) = (0_u64, 0_u32);
    loop {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7F).checked_shl(shift)?;
        if byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}

/// Small differences of either sign as small numbers.
const fn zigzag(difference: u64) -> u64 {
    (difference << 1) ^ (difference.cast_signed() >> 63).cast_unsigned()
}

const fn unzigzag(number: u64) -> u64 {
    (number >> 1) ^ (number & 1).wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(pairs: &[(u64, f64)]) -> Vec<Sample> {
        let sample =
            |(time, value): &(u64, f64)| Sample::new(DiagTime::from_unix_millis(*time), Decimal::new(*value).unwrap());
        pairs.iter().map(sample).collect()
    }

    fn packed(pairs: &[(u64, f64)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        pack(&samples(pairs), &mut bytes);
        bytes
    }

    #[test]
    fn what_was_packed_is_read_back_bit_for_bit() {
        let last = 253_402_300_799_999;
        for pairs in [
            &[][..],
            &[(0, 0.0)],
            &[(last, -1e20)],
            &[(0, 0.1), (1, 0.2), (2, 0.1 + 0.2), (1000, 1e-12), (last, 123_456_789.125)],
        ] {
            let bytes = packed(pairs);
            assert_eq!(unpack(&bytes), Some(samples(pairs)));
            assert_eq!(count(&bytes), Some(pairs.len() as u64));
        }
    }

    #[test]
    fn bytes_that_end_early_are_no_samples() {
        let bytes = packed(&[(0, 0.1), (1, 0.2)]);
        assert!((0..bytes.len()).all(|len| unpack(&bytes[..len]).is_none()));
        assert_eq!(unpack(&[1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0]), None);
    }

    #[test]
    fn whole_numbers_at_a_steady_pace_take_less_than_six_bytes_each() {
        let pairs: Vec<(u64, f64)> = (0..128)
            .map(|n| (1_700_000_000_000 + 60_000 * n, f64::from(u32::try_from(20_000 + n * 7 % 50).unwrap())))
            .collect();
        let bytes = packed(&pairs).len();
        assert!(bytes < 128 * 6, "{bytes}");
    }
}
