//! When something was measured or happened: UTC to the millisecond.

use core::fmt;
use core::str::FromStr;

use omadm_proto::time::UtcTime;

/// A moment of UTC in milliseconds, written `YYYYMMDDThhmmssZ`, with `.mmm` before the Z where the milliseconds are not zero.
/// Range: years 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DiagTime(u64);

/// The text is no [`DiagTime`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no UTC time of the form YYYYMMDDThhmmss[.mmm]Z")]
#[non_exhaustive]
pub struct DiagTimeError;

impl DiagTime {
    /// The millisecond `millis` after 1970-01-01T00:00:00Z; later than the year 9999 is taken as its last second.
    #[must_use]
    pub const fn from_unix_millis(millis: u64) -> Self {
        let second = UtcTime::from_unix_secs(millis / 1000).as_unix_secs();
        Self(second * 1000 + millis % 1000)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_unix_millis(self) -> u64 {
        self.0
    }

    /// The second that it lies in.
    #[must_use]
    pub const fn second(self) -> UtcTime {
        UtcTime::from_unix_secs(self.0 / 1000)
    }
}

impl From<UtcTime> for DiagTime {
    fn from(second: UtcTime) -> Self {
        Self::from_unix_millis(second.as_unix_secs() * 1000)
    }
}

impl fmt::Display for DiagTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 % 1000 {
            0 => self.second().fmt(f),
            millis => {
                let second = alloc::format!("{}", self.second());
                write!(f, "{}.{millis:03}Z", second.trim_end_matches('Z'))
            }
        }
    }
}

impl FromStr for DiagTime {
    type Err = DiagTimeError;

    fn from_str(text: &str) -> Result<Self, DiagTimeError> {
        let text = text.strip_suffix('Z').ok_or(DiagTimeError)?;
        let (second, millis) = match text.split_once('.') {
            Some((second, millis)) if millis.len() == 3 => (second, number(millis, 0..=999)?),
            Some(_) => return Err(DiagTimeError),
            None => (text, 0),
        };
        let mut whole = *b"YYYYMMDDThhmmssZ";
        let place =
            whole.get_mut(..second.len()).filter(|place| place.len() + 1 == UtcTime::LEN).ok_or(DiagTimeError)?;
        place.copy_from_slice(second.as_bytes());
        let whole = core::str::from_utf8(&whole).map_err(|_| DiagTimeError)?;
        let second: UtcTime = whole.parse().map_err(|_| DiagTimeError)?;
        Ok(Self(second.as_unix_secs() * 1000 + millis))
    }
}

fn number(digits: &str, range: core::ops::RangeInclusive<u64>) -> Result<u64, DiagTimeError> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| plain && range.contains(number)).ok_or(DiagTimeError)
}
