//! Decimal numbers without an allocation.

/// The decimal digits of a number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decimal {
    /// The digits stand at the end.
    digits: [u8; DIGITS],
    begin: usize,
}

/// The digits of the largest number.
const DIGITS: usize = 20;

impl Decimal {
    #[inline]
    pub(super) fn new(value: u64) -> Self {
        let mut decimal = Self { digits: [b'0'; DIGITS], begin: DIGITS };
        let mut rest = value;
        for (at, digit) in decimal.digits.iter_mut().enumerate().rev() {
            let last = (rest % 10) as u8;
            *digit = b'0' + last;
            decimal.begin = at;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        decimal
    }

    /// How many digits `value` has.
    #[inline]
    pub(super) const fn len_of(value: u64) -> usize {
        match value.checked_ilog10() {
            Some(power) => power as usize + 1,
            None => 1,
        }
    }

    pub(super) fn as_str(&self) -> &str {
        self.digits.get(self.begin..).and_then(|digits| core::str::from_utf8(digits).ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    #[test]
    fn numbers_are_written_without_leading_zeros() {
        for (value, text) in [(0, "0"), (7, "7"), (10, "10"), (4096, "4096"), (u64::MAX, "18446744073709551615")] {
            assert_eq!(Decimal::new(value).as_str(), text);
            assert_eq!(Decimal::len_of(value), text.len());
        }
    }
}
