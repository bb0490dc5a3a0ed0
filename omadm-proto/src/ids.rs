//! The identifiers of a message and of an exchange, one type each, so that none is taken for another.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use core::fmt;

/// CmdID or CmdRef: unique inside one message \[dm 2.2\].
///
/// Our own commands are numbered; peers also use text (UUIDs occur), which is kept as received. Decimal text without
/// leading zeros is the same identifier as the number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum CmdId<'a> {
    /// The element was missing: answer 400 with an empty CmdRef \[windows-quirks L25\]. Never written.
    #[default]
    Absent,
    /// A number; 0 stands for the SyncHdr in CmdRef and is never the id of a command.
    Number(u32),
    /// Any other text.
    Text(Cow<'a, str>),
}

impl<'a> CmdId<'a> {
    /// CmdRef `0`, the SyncHdr.
    pub const SYNC_HDR: CmdId<'static> = CmdId::Number(0);

    /// The identifier written as `text`.
    #[must_use]
    #[inline]
    pub fn parse(text: Cow<'a, str>) -> Self {
        match parse_canonical_decimal(&text) {
            Some(number) => Self::Number(number),
            None if text.is_empty() => Self::Absent,
            None => Self::Text(text),
        }
    }

    /// The same identifier, owning its text.
    #[must_use]
    pub fn into_owned(self) -> CmdId<'static> {
        match self {
            Self::Absent => CmdId::Absent,
            Self::Number(number) => CmdId::Number(number),
            Self::Text(text) => CmdId::Text(Cow::Owned(text.into_owned())),
        }
    }
}

impl From<u32> for CmdId<'_> {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}

impl fmt::Display for CmdId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => Ok(()),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// MsgID or MsgRef: counts the messages of one sender in one session, from 1 \[dm 2.2\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MsgId(u32);

impl MsgId {
    /// The first message of each sender.
    pub const FIRST: Self = Self(1);

    /// The message numbered `number`; 0 occurs only in a MsgRef of broken peers \[windows-quirks L32\].
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The next message of the same sender.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for MsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// SessionID: opaque text, compared as text and never re-formatted \[dm 2.2\].
///
/// The standard allows 4 characters; up to 36 are accepted because real peers send GUIDs \[windows-quirks L39\].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SessionId(Box<str>);

impl SessionId {
    /// The longest SessionID that is accepted, in bytes.
    pub const MAX_LEN: usize = 36;

    /// The identifier written as `text`; `None` when it is empty or longer than [`Self::MAX_LEN`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (!text.is_empty() && text.len() <= Self::MAX_LEN).then(|| Self(text.into()))
    }

    /// The identifier of a session that a notification asked for: upper-case hexadecimal without leading zeros \[dm 2.2\].
    #[must_use]
    pub fn from_u16(number: u16) -> Self {
        Self(alloc::format!("{number:X}").into_boxed_str())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
        pub struct $name(String);

        impl $name {
            /// The identifier written as `text`.
            #[must_use]
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_string())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// The DevId of a device or gateway: the URN in `./DevInfo/DevId` and in SyncHdr/Source \[dm 2.2, 11.1\].
    DevId
}

text_id! {
    /// ServerID of a DM account: names the server in ACLs and in its LocName \[dm 9.5, 11.3\].
    ServerId
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $name(u64);

        impl $name {
            /// The one numbered `number`.
            #[must_use]
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }
        }
    };
}

number_id! {
    /// Links a message that a machine wants sent to what comes back for it: an HTTP response, an OBEX reply, a CoAP exchange.
    ExchangeId
}

number_id! {
    /// Links an `Action` that a machine asked for to its result.
    ActionId
}

#[inline]
fn parse_canonical_decimal(text: &str) -> Option<u32> {
    let digits = text.as_bytes();
    match digits {
        [b'0'] => Some(0),
        [b'1'..=b'9', ..] if digits.len() <= 10 => {
            let number = digits.iter().try_fold(0_u64, |number, byte| {
                let digit = byte.wrapping_sub(b'0');
                (digit <= 9).then(|| number * 10 + u64::from(digit))
            })?;
            u32::try_from(number).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_text_is_a_number_and_other_text_is_kept() {
        assert_eq!(CmdId::parse("17".into()), CmdId::Number(17));
        assert_eq!(CmdId::parse("0".into()), CmdId::SYNC_HDR);
        assert_eq!(CmdId::parse("017".into()).to_string(), "017");
        assert_eq!(CmdId::parse("4294967296".into()).to_string(), "4294967296");
        assert_eq!(CmdId::parse("".into()), CmdId::Absent);
    }

    #[test]
    fn session_ids_of_notifications_are_upper_case_hexadecimal() {
        assert_eq!(SessionId::from_u16(0x00A7).as_str(), "A7");
        assert_eq!(SessionId::from_u16(0x1234).as_str(), "1234");
        assert_eq!(SessionId::parse(&"x".repeat(37)), None);
    }
}
