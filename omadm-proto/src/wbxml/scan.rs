//! Finding the end of a string, and of what is text.

/// The low and the high bit of every byte of a word.
const LOW: u64 = u64::from_le_bytes([0x01; 8]);
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);

/// The index of the first NUL of `bytes`, eight bytes at a time: the strings of real documents are too short for anything
/// wider to pay.
#[inline]
pub(super) fn nul_in(bytes: &[u8]) -> Option<usize> {
    let (chunks, rest) = bytes.as_chunks::<8>();
    let mut at = 0;
    for chunk in chunks {
        let word = u64::from_le_bytes(*chunk);
        // A borrow can only reach bytes above the first zero, so the lowest bit is right.
        let zeros = word.wrapping_sub(LOW) & !word & HIGH;
        if zeros != 0 {
            return Some(at + (zeros.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    rest.iter().position(|byte| *byte == 0).map(|len| at + len)
}

/// What `bytes` begin with that is UTF-8.
pub(super) fn valid_prefix(bytes: &[u8]) -> &str {
    match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            bytes.get(..error.valid_up_to()).and_then(|valid| core::str::from_utf8(valid).ok()).unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::nul_in;

    #[test]
    fn the_first_nul_is_found_at_every_place() {
        for len in 0..40 {
            let mut bytes = alloc::vec![0x80; len];
            bytes.extend([0, 1, 0, 0x80]);
            assert_eq!(nul_in(&bytes), Some(len));
        }
    }

    #[test]
    fn without_a_nul_there_is_none() {
        for len in 0..40 {
            assert_eq!(nul_in(&alloc::vec![1; len]), None);
        }
    }
}
