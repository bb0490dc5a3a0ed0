//! Measured values: decimal numbers.

use core::cmp::Ordering;
use core::fmt;
use core::str::FromStr;

/// A measured value: a finite number, written as a decimal without exponent.
///
/// Unspecified how exact a value is; chosen: 64-bit floating point, so whole numbers are exact up to 2^53. Magnitudes below
/// 10^-12 are zero and those of 10^21 and more are refused, so that none is written with more than [`Decimal::MAX_LEN`] bytes.
#[derive(Clone, Copy, Default)]
pub struct Decimal(f64);

/// The text or number is no [`Decimal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no decimal number below 10^21: digits with at most one point, and a sign before them")]
#[non_exhaustive]
pub struct DecimalError;

impl Decimal {
    /// The most bytes of a value in text; a longer one is refused.
    pub const MAX_LEN: usize = 40;

    /// Zero.
    pub const ZERO: Self = Self(0.0);

    /// The value `number`.
    ///
    /// # Errors
    /// It is infinite, no number, or too large.
    pub fn new(number: f64) -> Result<Self, DecimalError> {
        let size = number.abs();
        if size < 1e-12 {
            Ok(Self::ZERO)
        } else if size < 1e21 {
            Ok(Self(number))
        } else {
            Err(DecimalError)
        }
    }

    /// The value as floating point.
    #[must_use]
    pub const fn as_f64(self) -> f64 {
        self.0
    }

    /// `self` minus `other`; zero where that is too large to be one.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self::new(self.0 - other.0).unwrap_or_default()
    }

    /// `self` with the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::ZERO.minus(self)
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        // There is one zero and no NaN, so this is the order of numbers.
        self.0.total_cmp(&other.0)
    }
}

impl From<i32> for Decimal {
    fn from(number: i32) -> Self {
        Self(f64::from(number))
    }
}

impl From<u32> for Decimal {
    fn from(number: u32) -> Self {
        Self(f64::from(number))
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if text.len() > Self::MAX_LEN || !digits(whole) || !digits(part) || whole.len() + part.len() == 0 {
            return Err(DecimalError);
        }
        text.parse().map_err(|_| DecimalError).and_then(Self::new)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never with an exponent, and with as many digits as tell it from its neighbours.
        self.0.fmt(f)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Decimal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Decimal {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = <f64 as serde::Deserialize>::deserialize(deserializer)?;
        Self::new(number).map_err(serde::de::Error::custom)
    }
}
