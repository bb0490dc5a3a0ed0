//! How documents are read: the profile, the limits and the repairs, in one small value that is passed around.

use crate::deviation::Profile;
use crate::limits::Limits;

/// How a document is read.
///
/// ```
/// # #[cfg(feature = "xml")]
/// # fn main() -> Result<(), omadm_proto::error::DecodeError> {
/// use omadm_proto::exchange::Syntax;
/// use omadm_proto::reading::Reading;
///
/// let received = br#"<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>
///     <SessionID>0123456789</SessionID><MsgID>1</MsgID><Target><LocURI>a</LocURI></Target>
///     <Source><LocURI>b</LocURI></Source></SyncHdr><SyncBody><Final/></SyncBody></SyncML>"#;
/// let read = Reading::LENIENT.message(Syntax::Xml, received)?;
/// assert_eq!(read.message.header.session_id, "0123456789");
/// let deviations: Vec<_> = read.deviations.as_slice().iter().map(|deviation| deviation.kind.to_string()).collect();
/// assert_eq!(deviations, ["the SessionID has more than four characters", "SyncBody without commands"]);
/// assert!(Reading::STRICT.message(Syntax::Xml, received).is_err());
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "xml"))]
/// # fn main() {}
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Reading {
    /// What is forgiven.
    pub profile: Profile,
    /// What is too much.
    pub limits: Limits,
    /// Whether a raw `&` in XML text is taken as itself \[windows-quirks L36\].
    pub(crate) repairs_ampersands: bool,
    /// Whether NUL bytes in XML are left out \[windows-quirks L37\].
    pub(crate) strips_nul: bool,
}

impl Reading {
    /// Takes the deviations of real peers and lists them.
    pub const LENIENT: Self = Self::new(Profile::Lenient, Limits::DEFAULT);

    /// Refuses every deviation.
    pub const STRICT: Self = Self::new(Profile::Strict, Limits::DEFAULT);

    /// In `profile`, within `limits`, without repairs.
    #[must_use]
    pub const fn new(profile: Profile, limits: Limits) -> Self {
        Self { profile, limits, repairs_ampersands: false, strips_nul: false }
    }

    /// The same, taking a raw `&` in XML text as itself. Off unless asked for: no peer in the field needs it in sessions.
    #[must_use]
    pub const fn repairing_ampersands(mut self) -> Self {
        self.repairs_ampersands = true;
        self
    }

    /// The same, leaving NUL bytes in XML out, which libdmclient sends.
    #[must_use]
    pub const fn stripping_nul(mut self) -> Self {
        self.strips_nul = true;
        self
    }
}
