//! Package #0, the notification that asks a client to start a session \[dm 8.1\], in both directions.
//!
//! Layout of DM 1.1 and 1.2: 16 bytes of digest, 8 bytes of fixed trigger, the server identifier, vendor bytes. A client
//! parses, looks up the secret and nonce of [`Notification::server_id`], and calls [`ReceivedNotification::verify`]; what
//! fails there is ignored without an answer. A server calls [`Notification::encode`]. How the bytes travel in a short message
//! is in [`crate::push`]; what is known of DM 1.3 is in [`option`].

pub mod option;

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;
use subtle::ConstantTimeEq as _;

use crate::auth::{Nonce, Secret, md5};

/// What the client shall show to its user before the session \[dm 8.1\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_enums, reason = "a field of two bits")]
pub enum UiMode {
    /// Not specified.
    #[default]
    NotSpecified,
    /// In the background.
    Background,
    /// The user is told.
    Informative,
    /// The user is asked before the session starts.
    UserInteraction,
}

/// Who wanted the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_enums, reason = "a field of one bit")]
pub enum Initiator {
    /// The end user, by way of the server.
    Client,
    /// The server.
    #[default]
    Server,
}

/// The content of a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notification<'a> {
    /// The version times ten; 11 is written, 10 to 12 are read \[dm 8.1\].
    pub version: u8,
    /// What the user shall see.
    pub ui_mode: UiMode,
    /// Who wanted it.
    pub initiator: Initiator,
    /// The session to start, 1 to 0xFFFF; see [`crate::ids::SessionId::from_u16`].
    pub session_id: u16,
    /// The server identifier, 1 to 255 bytes.
    pub server_id: Cow<'a, str>,
    /// Vendor-specific bytes; usually none.
    pub vendor: Cow<'a, [u8]>,
}

/// Why bytes are no notification, or a notification cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotificationError {
    /// Fewer than the 25 bytes of the shortest notification.
    #[error("a notification of {len} bytes is too short, 25 are the least")]
    TooShort {
        /// The bytes there are.
        len: usize,
    },
    /// A version other than 1.0 to 1.2; the layout of 1.3 is not known here.
    #[error("notification version {found} (times ten) is not supported, 10 to 12 are")]
    Version {
        /// The version times ten.
        found: u16,
    },
    /// Session id 0, which is not allowed.
    #[error("session id 0 is not allowed in a notification, use 1 to 65535")]
    NoSessionId,
    /// The server identifier is empty, longer than its length can say, or longer than the rest.
    #[error("a server identifier of {len} bytes does not fit; 1 to 255 bytes within the notification do")]
    ServerIdLength {
        /// The length.
        len: usize,
    },
    /// The server identifier is not UTF-8.
    #[error("the server identifier is not UTF-8 text")]
    ServerIdText,
}

impl<'a> Notification<'a> {
    /// The media type; its WSP code is 0x44.
    pub const MEDIA_TYPE: &'static str = "application/vnd.syncml.notification";

    /// The version that is written, times ten.
    pub const VERSION: u8 = 11;

    /// A notification of `server_id` for the session `session_id`: initiated by the server, ui-mode not specified.
    #[must_use]
    pub fn new(server_id: impl Into<Cow<'a, str>>, session_id: u16) -> Self {
        Self {
            version: Self::VERSION,
            ui_mode: UiMode::NotSpecified,
            initiator: Initiator::Server,
            session_id,
            server_id: server_id.into(),
            vendor: Cow::Borrowed(&[]),
        }
    }

    /// The bytes to send, with the digest over `secret` and `nonce`: the secret of the server's credentials, and the last
    /// nonce that the client set for the server.
    ///
    /// # Errors
    ///
    /// [`NotificationError`] when session id, version or the length of the server identifier cannot be written.
    pub fn encode(&self, secret: &Secret, nonce: &Nonce) -> Result<Vec<u8>, NotificationError> {
        let trigger = self.trigger()?;
        let mut bytes = Vec::with_capacity(DIGEST_LEN + trigger.len());
        bytes.extend_from_slice(&md5::raw(&self.server_id, secret, nonce.as_bytes(), Some(&trigger)));
        bytes.extend_from_slice(&trigger);
        Ok(bytes)
    }

    /// Reads a notification without judging its digest; that is [`ReceivedNotification::verify`].
    ///
    /// # Errors
    ///
    /// [`NotificationError`]: not a notification of DM 1.1 or 1.2; ignore it.
    pub fn parse(bytes: &'a [u8]) -> Result<ReceivedNotification<'a>, NotificationError> {
        let too_short = NotificationError::TooShort { len: bytes.len() };
        if bytes.len() < SHORTEST {
            return Err(too_short);
        }
        let (digest, trigger) = bytes.split_first_chunk::<DIGEST_LEN>().ok_or(too_short)?;
        let (fixed, rest) = trigger.split_first_chunk::<FIXED_LEN>().ok_or(too_short)?;
        let [v, vui, _, _, _, session_high, session_low, id_len] = *fixed;
        let found = u16::from(v) << 2 | u16::from(vui >> 6);
        let Ok(version @ 10..=12) = u8::try_from(found) else {
            return Err(NotificationError::Version { found });
        };
        let session_id = u16::from_be_bytes([session_high, session_low]);
        if session_id == 0 {
            return Err(NotificationError::NoSessionId);
        }
        let id_len = usize::from(id_len);
        let (server_id, vendor) = match rest.split_at_checked(id_len) {
            Some((server_id, vendor)) if !server_id.is_empty() => (server_id, vendor),
            _ => return Err(NotificationError::ServerIdLength { len: id_len }),
        };
        let server_id = core::str::from_utf8(server_id).map_err(|_| NotificationError::ServerIdText)?;
        let notification = Self {
            version,
            ui_mode: UiMode::from_bits(vui >> 4),
            initiator: if vui & INITIATOR_BIT == 0 { Initiator::Client } else { Initiator::Server },
            session_id,
            server_id: Cow::Borrowed(server_id),
            vendor: Cow::Borrowed(vendor),
        };
        Ok(ReceivedNotification { digest: *digest, trigger, notification })
    }

    /// The same, owning everything.
    #[must_use]
    pub fn into_owned(self) -> Notification<'static> {
        Notification {
            version: self.version,
            ui_mode: self.ui_mode,
            initiator: self.initiator,
            session_id: self.session_id,
            server_id: Cow::Owned(self.server_id.into_owned()),
            vendor: Cow::Owned(self.vendor.into_owned()),
        }
    }

    fn trigger(&self) -> Result<Vec<u8>, NotificationError> {
        if !matches!(self.version, 10..=12) {
            return Err(NotificationError::Version { found: self.version.into() });
        }
        if self.session_id == 0 {
            return Err(NotificationError::NoSessionId);
        }
        let len = self.server_id.len();
        let id_len = match u8::try_from(len) {
            Ok(id_len) if id_len > 0 => id_len,
            _ => return Err(NotificationError::ServerIdLength { len }),
        };
        let initiator = match self.initiator {
            Initiator::Client => 0,
            Initiator::Server => INITIATOR_BIT,
        };
        let [session_high, session_low] = self.session_id.to_be_bytes();
        let mut trigger = Vec::with_capacity(FIXED_LEN + len + self.vendor.len());
        trigger.extend_from_slice(&[
            self.version >> 2,
            self.version << 6 | self.ui_mode.bits() << 4 | initiator,
            0,
            0,
            0,
            session_high,
            session_low,
            id_len,
        ]);
        trigger.extend_from_slice(self.server_id.as_bytes());
        trigger.extend_from_slice(&self.vendor);
        Ok(trigger)
    }
}

/// A parsed notification whose digest is still to be verified.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedNotification<'a> {
    digest: [u8; DIGEST_LEN],
    trigger: &'a [u8],
    notification: Notification<'a>,
}

impl<'a> ReceivedNotification<'a> {
    /// What it says; believe it only after [`Self::verify`].
    #[must_use]
    pub const fn notification(&self) -> &Notification<'a> {
        &self.notification
    }

    /// Whether the holder of `secret` made it with `nonce`, in constant time. When the stored nonce fails, a client may
    /// try [`Nonce::resync`] once \[dm 7.6\].
    #[must_use]
    pub fn verify(&self, secret: &Secret, nonce: &Nonce) -> bool {
        let expected = md5::raw(&self.notification.server_id, secret, nonce.as_bytes(), Some(self.trigger));
        expected.ct_eq(&self.digest).into()
    }
}

impl fmt::Debug for ReceivedNotification<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedNotification").field("notification", &self.notification).finish_non_exhaustive()
    }
}

const DIGEST_LEN: usize = 16;
const FIXED_LEN: usize = 8;
const SHORTEST: usize = DIGEST_LEN + FIXED_LEN + 1;
const INITIATOR_BIT: u8 = 0x08;

impl UiMode {
    /// The mode in the two low bits.
    const fn from_bits(bits: u8) -> Self {
        match bits & 0b11 {
            0 => Self::NotSpecified,
            1 => Self::Background,
            2 => Self::Informative,
            _ => Self::UserInteraction,
        }
    }

    const fn bits(self) -> u8 {
        match self {
            Self::NotSpecified => 0,
            Self::Background => 1,
            Self::Informative => 2,
            Self::UserInteraction => 3,
        }
    }
}
