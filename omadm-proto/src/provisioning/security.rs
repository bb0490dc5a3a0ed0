//! Who made a bootstrap document: the SEC and MAC parameters of its Content-Type \[dm 12.1, 12.3\].
//!
//! Unlike auth-MAC this is a real HMAC (RFC 2104, SHA-1) over the document as it was pushed, in WBXML. The client profile
//! and the DM profile differ in the names of SEC and in how the two secrets are joined; the rest is the same.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::auth::Secret;

/// Which secret made the MAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sec {
    /// `NETWPIN`, 0: a key that network and device know, usually the IMSI (client provisioning).
    NetwPin,
    /// `USERPIN`, 1: a PIN that the user types (both profiles).
    UserPin,
    /// `USERNETWPIN`, 2: the network key with the PIN behind it (client provisioning).
    UserNetwPin,
    /// `USERPINMAC`, 3: recognised, but how it is computed is not known here \[dm 12.1\].
    UserPinMac,
    /// `NETWORKID`: something that server and device know (DM profile).
    NetworkId,
    /// `USERPIN_NETWORKID`: the PIN, a colon, the network identity (DM profile).
    UserPinNetworkId,
}

impl Sec {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::NetwPin, Self::UserPin, Self::UserNetwPin, Self::UserPinMac, Self::NetworkId, Self::UserPinNetworkId];

    /// The name in a textual Content-Type.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NetwPin => "NETWPIN",
            Self::UserPin => "USERPIN",
            Self::UserNetwPin => "USERNETWPIN",
            Self::UserPinMac => "USERPINMAC",
            Self::NetworkId => "NETWORKID",
            Self::UserPinNetworkId => "USERPIN_NETWORKID",
        }
    }

    /// The number in a WSP Content-Type; the two names that only the DM profile has got none.
    #[must_use]
    pub const fn number(self) -> Option<u8> {
        match self {
            Self::NetwPin => Some(0),
            Self::UserPin => Some(1),
            Self::UserNetwPin => Some(2),
            Self::UserPinMac => Some(3),
            Self::NetworkId | Self::UserPinNetworkId => None,
        }
    }

    /// The one with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|sec| sec.number() == Some(number))
    }

    /// The one with this name, without regard to case, or with this number in decimal, which gateways pass on.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let named = Self::ALL.into_iter().find(|sec| sec.name().eq_ignore_ascii_case(text));
        named.or_else(|| text.parse().ok().and_then(Self::from_number))
    }
}

impl fmt::Display for Sec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a bootstrap document is not believed, or cannot be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecurityFault {
    /// The Content-Type lacks SEC or MAC.
    #[error("the bootstrap document is not signed: SEC or MAC is missing")]
    Unsigned,
    /// SEC names a secret that is not known here.
    #[error("SEC names an unknown kind of secret")]
    UnknownSec,
    /// A parameter stands twice, or MAC is not 40 hexadecimal digits.
    #[error("SEC or MAC is malformed: each stands once, MAC is 40 hexadecimal digits")]
    Malformed,
    /// SEC is one whose computation is not known, or has no form in this carriage.
    #[error("how {0} is computed or written here is not specified; use another SEC")]
    Unspecified(Sec),
    /// The PIN is needed: ask the user, then verify again.
    #[error("the PIN is needed to check the bootstrap document")]
    PinNeeded,
    /// The network key is needed.
    #[error("the network key is needed to check the bootstrap document")]
    NetworkKeyNeeded,
    /// The MAC is another one: refuse the document; count a PIN as a failed try.
    #[error("the MAC of the bootstrap document is wrong")]
    Wrong,
}

/// What a bootstrap document can be signed with: the network key, the PIN, or both. Wiped when dropped, never printed.
#[derive(Clone, Default)]
pub struct BootstrapSecrets {
    network_key: Option<Zeroizing<Vec<u8>>>,
    pin: Option<Secret>,
}

impl BootstrapSecrets {
    /// No secrets yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { network_key: None, pin: None }
    }

    /// The same with the network key: for NETWPIN and USERNETWPIN the packed IMSI (see [`super::imsi_key`]) or what else the
    /// network uses, for NETWORKID and `USERPIN_NETWORKID` the text of the identity.
    #[must_use]
    pub fn with_network_key(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.network_key = Some(Zeroizing::new(key.into()));
        self
    }

    /// The same with the PIN as the user types it.
    #[must_use]
    pub fn with_pin(mut self, pin: impl Into<Secret>) -> Self {
        self.pin = Some(pin.into());
        self
    }

    /// The HMAC key for `sec`.
    fn key(&self, sec: Sec) -> Result<Zeroizing<Vec<u8>>, SecurityFault> {
        let network = || self.network_key.as_ref().map(|key| &key[..]).ok_or(SecurityFault::NetworkKeyNeeded);
        let pin = || self.pin.as_ref().map(|pin| pin.expose().as_bytes()).ok_or(SecurityFault::PinNeeded);
        let parts: [&[u8]; 3] = match sec {
            Sec::NetwPin | Sec::NetworkId => [network()?, b"", b""],
            Sec::UserPin => [pin()?, b"", b""],
            Sec::UserNetwPin => [network()?, b"", pin()?],
            Sec::UserPinNetworkId => [pin()?, b":", network()?],
            Sec::UserPinMac => return Err(SecurityFault::Unspecified(sec)),
        };
        let mut key = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len()).sum()));
        parts.iter().for_each(|part| key.extend_from_slice(part));
        Ok(key)
    }
}

impl fmt::Debug for BootstrapSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("BootstrapSecrets");
        text.field("network_key", &self.network_key.is_some()).field("pin", &self.pin.is_some()).finish()
    }
}

/// The value of MAC: compared in constant time, written as 40 upper-case digits.
#[derive(Clone, Copy)]
pub struct BootstrapMac([u8; 20]);

impl BootstrapMac {
    /// HMAC-SHA1 of `document` under `key`.
    #[must_use]
    pub fn compute(key: &[u8], document: &[u8]) -> Self {
        Self(hmac_sha1(key, document))
    }

    /// The MAC written as `digits`, 40 hexadecimal digits of either case.
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        let digits: &[u8; 40] = digits.as_bytes().try_into().ok()?;
        let mut bytes = [0; 20];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            for digit in pair {
                let digit = char::from(*digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())?;
                *byte = *byte << 4 | digit;
            }
        }
        Some(Self(bytes))
    }
}

impl PartialEq for BootstrapMac {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for BootstrapMac {}

impl fmt::Display for BootstrapMac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for BootstrapMac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BootstrapMac(..)")
    }
}

fn hmac_sha1(key: &[u8], document: &[u8]) -> [u8; 20] {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length; the Result belongs to the trait")]
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("any length");
    mac.update(document);
    mac.finalize().into_bytes().into()
}

/// HMAC-SHA1 of the WBXML `document` under `key`, as it stands in a Content-Type.
#[must_use]
pub fn bootstrap_mac(key: &[u8], document: &[u8]) -> String {
    alloc::format!("{}", BootstrapMac::compute(key, document))
}

/// The security parameters of a bootstrap document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BootstrapSecurity {
    /// Which secret made the MAC.
    pub sec: Sec,
    /// The MAC.
    pub mac: BootstrapMac,
}

impl BootstrapSecurity {
    /// What a Content-Type said.
    #[must_use]
    pub const fn new(sec: Sec, mac: BootstrapMac) -> Self {
        Self { sec, mac }
    }

    /// Signs `document`, the exact bytes that are pushed.
    ///
    /// # Errors
    /// A secret that `sec` needs is missing, or `sec` is not specified.
    pub fn sign(sec: Sec, secrets: &BootstrapSecrets, document: &[u8]) -> Result<Self, SecurityFault> {
        Ok(Self { sec, mac: BootstrapMac::compute(&secrets.key(sec)?, document) })
    }

    /// Whether the holder of `secrets` made `document`, the exact bytes that came; in constant time.
    ///
    /// # Errors
    /// [`SecurityFault::Wrong`] when not; the others when a secret is needed to tell, or `sec` is not specified.
    pub fn verify(&self, secrets: &BootstrapSecrets, document: &[u8]) -> Result<(), SecurityFault> {
        let expected = Self::sign(self.sec, secrets, document)?;
        if expected.mac == self.mac { Ok(()) } else { Err(SecurityFault::Wrong) }
    }

    /// The parameters in a textual Content-Type, names in any case, values quoted or not; other parameters are skipped.
    ///
    /// # Errors
    /// A parameter is missing, malformed or unknown: refuse the document.
    pub fn from_content_type(content_type: &str) -> Result<Self, SecurityFault> {
        let (mut sec, mut mac) = (None, None);
        for parameter in content_type.split(';').skip(1) {
            let Some((name, value)) = parameter.split_once('=') else { continue };
            let (name, value) = (name.trim(), value.trim());
            let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
            let slot = if name.eq_ignore_ascii_case("SEC") {
                &mut sec
            } else if name.eq_ignore_ascii_case("MAC") {
                &mut mac
            } else {
                continue;
            };
            if slot.replace(value).is_some() {
                return Err(SecurityFault::Malformed);
            }
        }
        let (sec, mac) = (sec.ok_or(SecurityFault::Unsigned)?, mac.ok_or(SecurityFault::Unsigned)?);
        let sec = Sec::parse(sec).ok_or(SecurityFault::UnknownSec)?;
        Ok(Self { sec, mac: BootstrapMac::parse(mac).ok_or(SecurityFault::Malformed)? })
    }

    /// The Content-Type of a document of `media_type` that was signed so.
    #[must_use]
    pub fn content_type(&self, media_type: &str) -> String {
        alloc::format!("{media_type}; SEC={}; MAC={}", self.sec, self.mac)
    }
}
