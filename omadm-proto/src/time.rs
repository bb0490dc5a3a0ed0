//! Time as the machines see it: a number that the driver hands in.
//!
//! No machine reads a clock. [`Instant`] counts milliseconds since an epoch that the driver chooses (process start, boot,
//! 1970: the machines only compare and add). [`UtcTime`] is wall-clock time and occurs only where the specification has it
//! (the TStamp property, GwMO time stamps): `YYYYMMDDThhmmssZ` \[dm 9.3, gwmo 3\].

use core::fmt;
use core::time::Duration;

/// A moment, in milliseconds since the driver's own epoch. Range: the whole of `u64`; arithmetic saturates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Instant(u64);

impl Instant {
    /// The driver's epoch.
    pub const ZERO: Self = Self(0);

    /// The moment `millis` milliseconds after the driver's epoch.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// The moment `secs` seconds after the driver's epoch.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Milliseconds since the driver's epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to `self`; zero when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl core::ops::Add<Duration> for Instant {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}s", self.0 / 1000, self.0 % 1000)
    }
}

/// When a machine wants `handle_timeout` to be called, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wakeup {
    /// The moment; in the past means at once.
    pub at: Instant,
    /// What will be done then, for people who read a trace.
    pub reason: &'static str,
}

impl Wakeup {
    /// A wake-up at `at` because of `reason`.
    #[must_use]
    pub const fn new(at: Instant, reason: &'static str) -> Self {
        Self { at, reason }
    }

    /// The earlier of two optional wake-ups.
    #[must_use]
    pub fn earliest(a: Option<Self>, b: Option<Self>) -> Option<Self> {
        match (a, b) {
            (Some(a), Some(b)) => Some(if b.at < a.at { b } else { a }),
            (a, b) => a.or(b),
        }
    }
}

/// Wall-clock time in whole seconds since 1970-01-01T00:00:00Z. Written `YYYYMMDDThhmmssZ`; range: years 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct UtcTime(u64);

impl UtcTime {
    /// 9999-12-31T23:59:59Z, the last second that four digits of a year can write.
    const LAST: u64 = 253_402_300_799;

    /// The characters that it is written with.
    pub const LEN: usize = 16;

    /// The second `secs` after 1970-01-01T00:00:00Z; later than the year 9999 is taken as its last second.
    #[must_use]
    pub const fn from_unix_secs(secs: u64) -> Self {
        Self(if secs > Self::LAST { Self::LAST } else { secs })
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_unix_secs(self) -> u64 {
        self.0
    }
}

impl fmt::Display for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.0 / 86_400, self.0 % 86_400);
        // Civil date from a day count, era by era of 400 years, the year starting in March so that leap days come last.
        let shifted = days + 719_468;
        let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
    }
}

/// The text is no [`UtcTime`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no UTC time of the form YYYYMMDDThhmmssZ from 1970 on")]
#[non_exhaustive]
pub struct UtcTimeError;

impl core::str::FromStr for UtcTime {
    type Err = UtcTimeError;

    /// A leap second counts as the second after it.
    fn from_str(text: &str) -> Result<Self, UtcTimeError> {
        let [date @ .., b'T', h1, h2, m1, m2, s1, s2, b'Z'] = text.as_bytes() else { return Err(UtcTimeError) };
        let [year @ .., n1, n2, d1, d2] = date else { return Err(UtcTimeError) };
        let (year, month) = (digits(year, 4, 1970..=9999)?, digits(&[*n1, *n2], 2, 1..=12)?);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = match month {
            2 => 28 + u64::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let day = digits(&[*d1, *d2], 2, 1..=last)?;
        let (hour, minute) = (digits(&[*h1, *h2], 2, 0..=23)?, digits(&[*m1, *m2], 2, 0..=59)?);
        let second = digits(&[*s1, *s2], 2, 0..=60)?;
        // The inverse of the calculation in Display.
        let (year, month_from_march) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let (era, year_of_era) = (year / 400, year % 400);
        let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = era * 146_097 + day_of_era - 719_468;
        Ok(Self::from_unix_secs(days * 86_400 + hour * 3600 + minute * 60 + second))
    }
}

/// The number that `len` digits are, if it lies in `range`.
fn digits(digits: &[u8], len: usize, range: core::ops::RangeInclusive<u64>) -> Result<u64, UtcTimeError> {
    let number = digits.iter().try_fold(0_u64, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + u64::from(digit - b'0')).ok_or(UtcTimeError)
    })?;
    if digits.len() == len && range.contains(&number) { Ok(number) } else { Err(UtcTimeError) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn utc_time_is_written_as_the_tstamp_example_of_the_standard() {
        assert_eq!(UtcTime::from_unix_secs(994_869_497).to_string(), "20010711T163817Z");
        assert_eq!(UtcTime::from_unix_secs(0).to_string(), "19700101T000000Z");
        assert_eq!(UtcTime::from_unix_secs(1_709_164_800).to_string(), "20240229T000000Z");
        assert_eq!(UtcTime::from_unix_secs(u64::MAX).to_string(), "99991231T235959Z");
    }

    #[test]
    fn utc_time_is_read_as_it_is_written() {
        let read = |text: &str| text.parse::<UtcTime>().map(UtcTime::as_unix_secs);
        assert_eq!(read("20010711T163817Z"), Ok(994_869_497));
        assert_eq!(read("19700101T000000Z"), Ok(0));
        assert_eq!(read("20240229T000000Z"), Ok(1_709_164_800));
        assert_eq!(read("99991231T235959Z"), Ok(253_402_300_799));
        for day in (0..2_932_896).step_by(97) {
            let time = UtcTime::from_unix_secs(day * 86_400 + day % 86_400);
            assert_eq!(time.to_string().parse(), Ok(time));
        }
    }

    #[test]
    fn what_is_no_utc_time_is_refused() {
        for text in [
            "",
            "Z",
            "20010711T163817",
            "2001-07-11T16:38:17Z",
            "20010711163817Z",
            "20230229T000000Z",
            "19691231T235959Z",
            "20010011T000000Z",
            "20011301T000000Z",
            "20010132T000000Z",
            "20010711T243817Z",
            "20010711T166017Z",
            "120010711T163817Z",
            "2001071\u{0661}T163817Z",
            "+0010711T163817Z",
        ] {
            assert_eq!(text.parse::<UtcTime>(), Err(UtcTimeError), "{text}");
        }
    }

    #[test]
    fn instants_saturate() {
        let late = Instant::from_millis(u64::MAX);
        assert_eq!(late + Duration::from_secs(1), late);
        assert_eq!(Instant::ZERO.since(late), Duration::ZERO);
    }
}
