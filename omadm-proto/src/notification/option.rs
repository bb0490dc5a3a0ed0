//! The options of a DM 1.3 notification, as far as they are known \[dm 15.2\].
//!
//! Known for sure: the six options with their numbers, formats, lengths and occurrences, that they stand in ascending order,
//! and the media type. Not known: the header, the digest and the numbers of the bearers, so there is no notification of DM
//! 1.3 here, [`super::Notification`] refuses its version, and the layout of DM 1.2 goes on the wire: a client that
//! understands 1.3 must understand that too.
//!
//! The head of an option is unspecified; chosen because it is the one reading of "a number of 4 bits, a length of at most
//! 4095": 16 bits, big-endian, the number in the upper 4, the length of the value in the lower 12. Unsigned values are
//! written in as few bytes as they need, for the same reason of silence.

use alloc::borrow::Cow;
use alloc::vec::Vec;

/// The media type of a notification of DM 1.3; its WSP code is 0x58.
pub const MEDIA_TYPE: &str = "application/vnd.syncml.dm.notification";

/// An option.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TriggerOption<'a> {
    /// 1, once: the server identifier, 1 to 256 bytes.
    ServerId(Cow<'a, str>),
    /// 2: an object that the session is about, by its index in the registry.
    TargetedMo(u16),
    /// 3: an object that the server wants, by its index in the registry.
    RequestedMo(u16),
    /// 4: a bearer for the session, the best one first; the numbers are not known.
    PreferredBearer(u8),
    /// 5, at most once: why, 1 to 4095 bytes.
    ConnectReason(Cow<'a, str>),
    /// 6, at most once: 1 to 4095 bytes.
    VendorInfo(Cow<'a, str>),
    /// 0 and 7 to 15: nothing is known of them, they are kept.
    Unknown {
        /// The number.
        number: u8,
        /// The value.
        value: Cow<'a, [u8]>,
    },
}

/// Why bytes are no options, or options cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionError {
    /// The bytes end within an option, or go on behind the last.
    #[error("the options end {0}")]
    End(Misplaced),
    /// A value is shorter or longer than its option allows.
    #[error("option {number} cannot have a value of {len} bytes")]
    Length {
        /// The option.
        number: u8,
        /// The length.
        len: usize,
    },
    /// A string is not UTF-8.
    #[error("option {0} is no UTF-8 text")]
    Text(u8),
    /// An option stands before one with a lower number.
    #[error("option {0} stands behind one with a higher number")]
    Order(u8),
    /// An option stands twice that may stand once.
    #[error("option {0} stands twice")]
    Twice(u8),
    /// An unknown option with the number of a known one, or one that 4 bits do not hold.
    #[error("{0} is no number of an unknown option; 0 and 7 to 15 are")]
    Number(u8),
    /// The server identifier is missing.
    #[error("option 1, the server identifier, is missing")]
    NoServerId,
}

/// Where options end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "too early or too late")]
pub enum Misplaced {
    /// Within an option.
    TooEarly,
    /// With bytes left over.
    TooLate,
}

impl core::fmt::Display for Misplaced {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::TooEarly => "too early",
            Self::TooLate => "before the bytes do",
        })
    }
}

const MAX_LEN: usize = 4095;

impl<'a> TriggerOption<'a> {
    /// The number of the option.
    #[must_use]
    pub const fn number(&self) -> u8 {
        match self {
            Self::ServerId(_) => 1,
            Self::TargetedMo(_) => 2,
            Self::RequestedMo(_) => 3,
            Self::PreferredBearer(_) => 4,
            Self::ConnectReason(_) => 5,
            Self::VendorInfo(_) => 6,
            Self::Unknown { number, .. } => *number,
        }
    }

    /// Reads `count` options that fill `bytes`.
    ///
    /// # Errors
    /// [`OptionError`]: ignore the notification.
    pub fn parse(mut bytes: &'a [u8], count: usize) -> Result<Vec<Self>, OptionError> {
        let mut options: Vec<Self> = Vec::new();
        for _ in 0..count {
            let too_early = OptionError::End(Misplaced::TooEarly);
            let (head, rest) = bytes.split_first_chunk().ok_or(too_early)?;
            let head = u16::from_be_bytes(*head);
            let (value, rest) = rest.split_at_checked(usize::from(head & 0x0FFF)).ok_or(too_early)?;
            let number = u8::try_from(head >> 12).unwrap_or_default();
            options.push(Self::from_value(number, value)?);
            bytes = rest;
        }
        if !bytes.is_empty() {
            return Err(OptionError::End(Misplaced::TooLate));
        }
        check(&options)?;
        Ok(options)
    }

    /// The bytes of `options`.
    ///
    /// # Errors
    /// [`OptionError`]: the options break a rule of the list, or a value is too long.
    pub fn encode(options: &[Self]) -> Result<Vec<u8>, OptionError> {
        check(options)?;
        let mut bytes = Vec::new();
        for option in options {
            let value = option.value();
            let (number, len) = (option.number(), value.len());
            option.check_len(len)?;
            let head = u16::from(number) << 12 | u16::try_from(len).unwrap_or_default();
            bytes.extend_from_slice(&head.to_be_bytes());
            bytes.extend_from_slice(&value);
        }
        Ok(bytes)
    }

    fn from_value(number: u8, value: &'a [u8]) -> Result<Self, OptionError> {
        let text = || core::str::from_utf8(value).map(Cow::Borrowed).map_err(|_| OptionError::Text(number));
        let length = OptionError::Length { number, len: value.len() };
        let uint = || match value {
            [one] => Ok(u16::from(*one)),
            [high, low] => Ok(u16::from_be_bytes([*high, *low])),
            _ => Err(length),
        };
        let option = match number {
            1 => Self::ServerId(text()?),
            2 => Self::TargetedMo(uint()?),
            3 => Self::RequestedMo(uint()?),
            4 => match value {
                [bearer] => Self::PreferredBearer(*bearer),
                _ => return Err(length),
            },
            5 => Self::ConnectReason(text()?),
            6 => Self::VendorInfo(text()?),
            _ => Self::Unknown { number, value: Cow::Borrowed(value) },
        };
        option.check_len(value.len())?;
        Ok(option)
    }

    fn value(&self) -> Cow<'_, [u8]> {
        match self {
            Self::ServerId(text) | Self::ConnectReason(text) | Self::VendorInfo(text) => text.as_bytes().into(),
            Self::TargetedMo(index) | Self::RequestedMo(index) => match u8::try_from(*index) {
                Ok(short) => Cow::Owned(alloc::vec![short]),
                Err(_) => Cow::Owned(index.to_be_bytes().to_vec()),
            },
            Self::PreferredBearer(bearer) => Cow::Owned(alloc::vec![*bearer]),
            Self::Unknown { value, .. } => Cow::Borrowed(value),
        }
    }

    fn check_len(&self, len: usize) -> Result<(), OptionError> {
        let allowed = match self {
            Self::ServerId(_) => 1..=256,
            Self::TargetedMo(_) | Self::RequestedMo(_) => 1..=2,
            Self::PreferredBearer(_) => 1..=1,
            Self::ConnectReason(_) | Self::VendorInfo(_) => 1..=MAX_LEN,
            Self::Unknown { .. } => 0..=MAX_LEN,
        };
        if allowed.contains(&len) { Ok(()) } else { Err(OptionError::Length { number: self.number(), len }) }
    }
}

/// The rules of the list: ascending, exactly one server identifier, at most one reason and one vendor's text.
fn check(options: &[TriggerOption<'_>]) -> Result<(), OptionError> {
    for option in options {
        if let TriggerOption::Unknown { number: number @ (1..=6 | 16..), .. } = option {
            return Err(OptionError::Number(*number));
        }
    }
    for (before, option) in options.iter().zip(options.iter().skip(1)) {
        let number = option.number();
        if number < before.number() {
            return Err(OptionError::Order(number));
        }
        if number == before.number() && matches!(number, 1 | 5 | 6) {
            return Err(OptionError::Twice(number));
        }
    }
    let server_id = options.iter().any(|option| matches!(option, TriggerOption::ServerId(_)));
    if server_id { Ok(()) } else { Err(OptionError::NoServerId) }
}
